"""A transfer that the calling thread waits for, and how Ctrl-C ends it.

Python runs a signal's handler in the main thread, and only when no call of a library is under way there. So a long transfer of the
main thread is made by a thread of its own, while the main one waits where a signal reaches it; it then cancels the transfer, and what
has moved goes with the exception.
"""

from __future__ import annotations

import threading
from ctypes import c_size_t
from typing import TypeVar

from ._arguments import transfer_time
from ._declarations import USBX_OK, usbx_device
from ._library import lib
from .errors import error, last_error
from .request import Request

T = TypeVar("T")

# A thread costs some 50 us, which a short transfer need not pay for: Ctrl-C waits so long at the most.
SHORT_MS = 1000


def run(device: usbx_device, request: Request[T], timeout_ms: int | None, short_ms: int = SHORT_MS) -> T:
    """Makes the transfer and gives what it brought. short_ms: up to which time Ctrl-C may wait for its end."""
    time = transfer_time(timeout_ms)
    moved = c_size_t()
    try:
        if 0 < time <= short_ms or threading.current_thread() is not threading.main_thread():
            status = request.call(device, time, moved)
            message = "" if status == USBX_OK else last_error()
        else:
            status, message = _Interruptible(device, request, time, moved).run()
        if status == USBX_OK:
            return request.result(moved.value)
    except BaseException as stop:  # what a signal's handler raises, KeyboardInterrupt for one
        request.attach(stop, moved.value)
        raise
    failure = error(status, message)
    request.attach(failure, moved.value)
    raise failure


class _Interruptible:
    """A transfer in a thread of its own."""

    def __init__(self, device: usbx_device, request: Request[T], time: int, moved: c_size_t) -> None:
        self.device, self.request, self.time, self.moved = device, request, time, moved
        self.outcome = (0, "")
        self.lock = threading.Lock()
        self.begun = self.stopped = False
        self.ended = threading.Event()

    def run(self) -> tuple[int, str]:
        try:
            threading.Thread(target=self.make, name="pyusbx transfer", daemon=True).start()
            self.ended.wait()
        except BaseException:
            self.stop()
            raise
        return self.outcome

    def make(self) -> None:
        with self.lock:
            if self.stopped:
                return
            self.begun = True
        status = self.request.call(self.device, self.time, self.moved)
        self.outcome = status, "" if status == USBX_OK else last_error()
        self.ended.set()

    def stop(self) -> None:
        """Returns when nothing writes to the buffer any more, however often Ctrl-C is pressed."""
        while True:
            try:
                with self.lock:
                    self.stopped = True
                # More than once: the transfer may have been about to start.
                while self.begun and not self.ended.is_set():
                    lib.usbx_cancel(self.device, self.request.endpoint)
                    self.ended.wait(0.05)
                return
            except KeyboardInterrupt:
                continue
