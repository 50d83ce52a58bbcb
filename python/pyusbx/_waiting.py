"""Waiting for the library's queues, streams and watches, in a thread and in asyncio."""

from __future__ import annotations

import os
import select
import threading
from time import monotonic
from typing import TYPE_CHECKING, Callable

from ._arguments import waiting_time
from ._declarations import USBX_ERROR_TIMEOUT, USBX_NO_WAIT
from .handle import Handle

if TYPE_CHECKING:
    import asyncio

# Closing a descriptor in another thread does not wake a poll of it, nor does a signal that comes just before the poll.
LOOK_MS = 250


def _left_ms(end: float | None) -> int | None:
    return None if end is None else max(0, int((end - monotonic()) * 1000))


def take(attempt: Callable[[int], int], descriptor: Callable[[], int], timeout_ms: int | None) -> int:
    """Calls `attempt` with the library's own wait and returns its status. The main thread waits for the file descriptor instead, so that
    Python runs the handlers of signals and Ctrl-C ends the wait at once."""
    time = waiting_time(timeout_ms)
    if time == USBX_NO_WAIT or threading.current_thread() is not threading.main_thread() or not hasattr(select, "poll"):
        return attempt(time)
    end = None if timeout_ms is None else monotonic() + timeout_ms / 1000
    status = attempt(USBX_NO_WAIT)
    if status != USBX_ERROR_TIMEOUT:
        return status
    poll = select.poll()
    poll.register(descriptor(), select.POLLIN)
    while status == USBX_ERROR_TIMEOUT:
        left = _left_ms(end)
        if left == 0:
            # A time of its own, however short, has a stream give what a transfer has got so far.
            return attempt(1)
        poll.poll(LOOK_MS if left is None else min(left, LOOK_MS))
        status = attempt(USBX_NO_WAIT)
    return status


class Arrivals:
    """The tasks that wait for a handle's file descriptor; closing the handle wakes them."""

    def __init__(self) -> None:
        self._waiting: set[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = set()

    async def take(
        self, handle: Handle, attempt: Callable[[int], int], descriptor: Callable[[], int], timeout_ms: int | None
    ) -> int:
        """Like `take`, in a task."""
        waiting_time(timeout_ms)  # checks it
        end = None if timeout_ms is None else monotonic() + timeout_ms / 1000
        status = attempt(USBX_NO_WAIT)
        while status == USBX_ERROR_TIMEOUT and timeout_ms != 0:
            left = _left_ms(end)
            if left == 0:
                return attempt(1)
            await self._readable(handle, descriptor(), None if left is None else left / 1000)
            status = attempt(USBX_NO_WAIT)
        return status

    async def _readable(self, handle: Handle, fd: int, seconds: float | None) -> None:
        import asyncio  # programs that use it have it; it takes longer to load than all of this package

        loop = asyncio.get_running_loop()
        ready: asyncio.Future[None] = loop.create_future()
        own = os.dup(fd)  # a loop knows one reader for each descriptor, and this one stays valid
        self._waiting.add((loop, ready))
        try:
            loop.add_reader(own, tell, ready)
            if not handle.closed:
                await asyncio.wait([ready], timeout=seconds)
        finally:
            self._waiting.discard((loop, ready))
            loop.remove_reader(own)
            os.close(own)
            ready.cancel()

    def wake(self) -> None:
        """From any thread."""
        for loop, ready in list(self._waiting):
            call_in(loop, tell, ready)


def call_in(loop: asyncio.AbstractEventLoop, call: Callable[..., None], *arguments: object) -> None:
    """Calls it in a loop's thread, unless the loop has ended."""
    try:
        loop.call_soon_threadsafe(call, *arguments)
    except RuntimeError:
        pass


def tell(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)
