"""A transfer that the calling thread waits for, and how Ctrl-C ends it.

Python runs a signal's handler in the main thread, and only when no call of a library is under way there. So a long transfer of the
main thread is made by a thread of its own, while the main one waits where a signal reaches it; it then cancels the transfer, and what
has moved goes with the exception.
"""

from __future__ import annotations

import threading
from _thread import allocate_lock, start_new_thread
from ctypes import c_size_t
from typing import TypeVar

from ._arguments import transfer_time
from ._declarations import USBX_OK, usbx_device
from ._library import lib
from .errors import error, last_error
from .request import Request

T = TypeVar("T")

# A thread costs about 50 us, which a short transfer should not pay; Ctrl-C then waits at most this long.
SHORT_MS = 1000
LOOK_MS = 250


def run(device: usbx_device, request: Request[T], timeout_ms: int | None, short_ms: int = SHORT_MS) -> T:
    """Makes the transfer and returns its result. short_ms: up to this time limit, Ctrl-C may have to wait for its end."""
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
    """A transfer in a thread of its own.

    A signal's handler may come between any two steps of the main thread. So it holds no lock while it does something else, and what
    belongs together is one step.
    """

    def __init__(self, device: usbx_device, request: Request[T], time: int, moved: c_size_t) -> None:
        self.device, self.request, self.time, self.moved = device, request, time, moved
        self.threads: list[int] = []
        self.begun = self.stopped = False
        self.outcome: tuple[int, str] | None = None
        self.ended = allocate_lock()
        self.ended.acquire()

    def run(self) -> tuple[int, str]:
        try:
            # Started and noted at once: a thread that nobody knows of would be cut short in its first lines when the program ends
            # now, and CPython does not survive that.
            self.threads.extend(map(start_new_thread, (self.make,), ((),)))
            while self.outcome is None:
                # Not forever: a signal that comes just before a wait does not end it.
                self.ended.acquire(timeout=LOOK_MS / 1000)
        except BaseException:
            self.stop()
            raise
        return self.outcome

    def make(self) -> None:
        self.begun = True
        if self.stopped:
            self.outcome = USBX_OK, ""
        else:
            status = self.request.call(self.device, self.time, self.moved)
            self.outcome = status, "" if status == USBX_OK else last_error()
        self.ended.release()

    def stop(self) -> None:
        """Returns when nothing writes to the buffer any more, even if Ctrl-C is pressed again."""
        while True:
            try:
                self.stopped = True
                while self.threads and self.outcome is None:
                    # More than once: the transfer may have been about to start.
                    if self.begun:
                        lib.usbx_cancel(self.device, self.request.endpoint)
                    self.ended.acquire(timeout=0.05)
                return
            except KeyboardInterrupt:
                continue
