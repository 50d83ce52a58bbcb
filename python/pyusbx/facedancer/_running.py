"""A device in a thread of its own, while this one is the host."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import Any, Coroutine, Iterator

from ._backend import UsbxApp
from ._session import Session


@contextmanager
def emulated(device: Any, *coroutines: Coroutine[Any, Any, Any]) -> Iterator[str]:
    """Emulates a device of Facedancer's while the block runs, and gives its path, for `pyusbx.open_path`.

    device: an object of a class derived from USBDevice, or the class. coroutines: run beside it, as those of its `emulate`. What goes
    wrong in the device's program is raised where the block ends.
    """
    device = device() if isinstance(device, type) else device
    session = Session()
    device.backend = UsbxApp(session=session)
    failures: list[BaseException] = []

    def run() -> None:
        try:
            device.emulate(*coroutines)
        except BaseException as failure:
            failures.append(failure)
        finally:
            session.ended()

    thread = threading.Thread(target=run, name=f"device {device.name}")
    thread.start()
    try:
        path = session.wait()
        if path:
            yield path
    finally:
        session.stop()
        thread.join()
        if failures:  # which may be why the block failed
            raise failures[0]
    if not path:
        raise RuntimeError(f"{device.name} ended before a host had seen it")
