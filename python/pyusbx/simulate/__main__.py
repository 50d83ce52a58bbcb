"""python -m pyusbx.simulate MODEL.py [--suggest] [--share ADDRESS] [-- COMMAND …]: plugs in the model of a file and serves it.

A COMMAND is a Python program, run here: `-- program.py arguments`, or `-- -m module arguments`. Without one it serves until Ctrl-C.
With --share the device is there for programs in other processes, too. `usbx run --simulate MODEL.py PROGRAM` does all of that.
"""

from __future__ import annotations

import argparse
import atexit
import contextlib
import inspect
import os
import runpy
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Iterator

from ..share import Share
from ._skeleton import from_device
from ._suggest import suggestions
from .device import Device


def main(arguments: list[str] | None = None) -> int:
    given = list(sys.argv[1:] if arguments is None else arguments)
    command = given[given.index("--") + 1 :] if "--" in given else []
    given = given[: given.index("--")] if "--" in given else given
    parser = argparse.ArgumentParser(prog="python -m pyusbx.simulate", description="Plugs in the device that a Python file describes.")
    parser.usage = "%(prog)s MODEL.py [--class NAME] [--suggest] [--share ADDRESS] [-- PROGRAM.py …]  or  %(prog)s --from-device PATH"
    parser.add_argument("model", nargs="?", help="a file with a class derived from pyusbx.simulate.Device")
    parser.add_argument("--class", dest="name", help="which class of the file; without, the last one")
    parser.add_argument("--suggest", action="store_true", help="print methods for the requests that nobody answered")
    parser.add_argument("--share", metavar="ADDRESS", help="for programs in other processes: 127.0.0.1:3240, or unix:/path, as usbx share")
    parser.add_argument("--attended", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--from-device", metavar="PATH", help="print a model of the device at a path, such as 1-2.4")
    options = parser.parse_args(given)
    if options.from_device is not None:
        print(from_device(options.from_device), end="")
        return 0
    if options.model is None:
        parser.error("give a file with a model, or --from-device and a path")
    attendant = Attendant(options.share) if options.attended else None
    device = load(options.model, options.name)()
    try:
        with device, shared(device, options.share):
            if attendant is not None:
                return attendant.serve()
            plugged_in = f"{device!r} is plugged in at {device.path}"
            if not command:
                return serve(plugged_in)
            print(plugged_in, file=sys.stderr)
            return run(command)
    finally:
        if options.suggest:
            print(suggestions(device), end="")


@contextlib.contextmanager
def shared(device: Device, address: str | None) -> Iterator[None]:
    """Meanwhile other processes find it at the address, if there is one."""
    if address is None:
        yield
        return
    with Share(address) as share:
        share.add(device.path)
        yield


class Attendant:
    """What has started this process (`usbx run`): it waits for a line on standard output, and closes standard input at the end, in
    whatever way it ends. The socket's directory is made for this process."""

    def __init__(self, address: str | None) -> None:
        self._socket = Path(address[len("unix:") :]) if address is not None and address.startswith("unix:") else None
        # The model prints among the messages, and reads nothing.
        self._input, self._output = os.dup(0), os.dup(1)
        with open(os.devnull) as nothing:
            os.dup2(nothing.fileno(), 0)
        os.dup2(2, 1)
        self._ended = threading.Event()
        atexit.register(self._clear)
        threading.Thread(target=self._wait, daemon=True).start()

    def _wait(self) -> None:
        while os.read(self._input, 4096):
            pass
        self._ended.set()
        # A model that does not begin, or a handler that does not end, keeps nothing alive.
        time.sleep(2)
        self._clear()
        os._exit(1)

    def _clear(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.unlink(missing_ok=True)
                self._socket.parent.rmdir()

    def serve(self) -> int:
        with contextlib.suppress(BrokenPipeError):
            os.write(self._output, b"plugged in\n")
        self._ended.wait()
        return 0


def load(file: str, name: str | None = None) -> type[Device]:
    """The class of a model's file."""
    sys.path.insert(0, str(Path(file).resolve().parent))
    names = runpy.run_path(file, run_name="model")
    if name is not None:
        found = names.get(name)
        if not (inspect.isclass(found) and issubclass(found, Device)):
            raise SystemExit(f"{file} has no class {name} that is derived from pyusbx.simulate.Device")
        return found
    own = [one for one in names.values() if inspect.isclass(one) and issubclass(one, Device) and one.__module__ == "model"]
    if not own:
        raise SystemExit(f"{file} has no class that is derived from pyusbx.simulate.Device")
    return own[-1]


def run(command: list[str]) -> int:
    """Runs a Python program here, where the device is plugged in."""
    before = sys.argv
    try:
        if command[0] == "-m":
            sys.argv = command[1:]
            runpy.run_module(command[1], run_name="__main__", alter_sys=True)
        else:
            sys.argv = command
            runpy.run_path(command[0], run_name="__main__")
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        sys.argv = before
    return 0


def serve(plugged_in: str) -> int:
    """Until Ctrl-C, which may come as soon as somebody has read that the device is there."""
    try:
        print(plugged_in, file=sys.stderr)
        signal.pause()
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
