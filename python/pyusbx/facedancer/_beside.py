"""A host's program beside a device's, in one process, as a virtual device is seen in its own process."""

from __future__ import annotations

import os
import sys
import threading
import traceback
from typing import Callable

from facedancer.errors import EndEmulation

from ._backend import UsbxApp
from ._session import Session


class HostProgram:
    """A script and its arguments."""

    def __init__(self, command: list[str]) -> None:
        self._command = command
        with open(command[0], "rb") as script:
            self._code = compile(script.read(), command[0], "exec")
        self._session = Session()
        self._status = 0

    def beside(self, program: Callable[[], None]) -> int:
        """Runs the device's program in this thread, and the host's in another one while the device is there. Returns what the host's
        ends with, or 1 if no device was ever there for it."""
        UsbxApp.session = self._session
        thread = threading.Thread(target=self._run, name="host", daemon=True)
        thread.start()
        try:
            program()
        except EndEmulation:
            pass
        finally:
            self._session.ended()
        if not self._session.wait():
            print("pyusbx.facedancer: the program ended before a host had seen a device", file=sys.stderr)
            return 1
        thread.join()
        return self._status

    def _run(self) -> None:
        if not self._session.wait():
            return
        # The device's program has read its own by now.
        sys.argv = self._command
        sys.path.append(os.path.dirname(os.path.abspath(self._command[0])))
        try:
            exec(self._code, {"__name__": "__main__", "__file__": self._command[0]})
        except SystemExit as exit:
            self._status = self._as_status(exit.code)
        except BaseException:
            traceback.print_exc()
            self._status = 1
        finally:
            self._session.stop()

    @staticmethod
    def _as_status(code: object) -> int:
        """As Python itself does with what sys.exit got."""
        if code is None or isinstance(code, int):
            return int(code or 0)
        print(code, file=sys.stderr)
        return 1
