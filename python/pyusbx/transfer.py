"""A transfer in a queue."""

from __future__ import annotations

from ctypes import c_uint64
from typing import TYPE_CHECKING, Generator, Generic, TypeVar

from ._declarations import USBX_OK, usbx_completion
from .errors import InvalidParam, error, text
from .request import Request

if TYPE_CHECKING:
    import asyncio

    from .device import Device
    from .queue import Queue

T = TypeVar("T")


class Transfer(Generic[T]):
    """A transfer that was submitted to a queue. `await` it, or let `Queue.wait` return it when it is done; `result()` then has what the
    device's method of the same name returns. Its memory is kept until it is done, even if this object is deleted."""

    def __init__(self, queue: Queue, device: Device, request: Request[T]) -> None:
        self.queue = queue
        self.device = device
        self._request = request
        self._id = c_uint64()
        self._completion: usbx_completion | None = None
        self._awaiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = []

    @property
    def endpoint(self) -> int:
        """bEndpointAddress; 0 for control requests."""
        return self._request.endpoint

    @property
    def done(self) -> bool:
        """Whether its completion was taken from the queue."""
        return self._completion is not None

    @property
    def transferred(self) -> int:
        """Bytes that moved, on failure too."""
        transferred: int = self._done().transferred
        return transferred

    @property
    def status(self) -> int:
        """USBX_OK (0), or why the transfer ended early."""
        status: int = self._done().status
        return status

    @property
    def timestamp_ns(self) -> int:
        """When the transfer completed, in nanoseconds of CLOCK_MONOTONIC, like `time.monotonic_ns()`."""
        timestamp_ns: int = self._done().timestamp_ns
        return timestamp_ns

    def result(self) -> T:
        """The result of the transfer. If it failed, its `Error` is raised."""
        completion = self._done()
        self.queue._take_out(self)
        moved = completion.transferred
        if completion.status == USBX_OK:
            return self._request.result(moved)
        reason = f"{text(completion.status)} ({moved} of {self._request.memory.length} bytes moved)"
        failure = error(completion.status, f"{self._request} of {self.device}: {reason}")
        self._request.attach(failure, moved)
        raise failure

    def cancel(self) -> None:
        """Cancels the transfer. It ends with `Cancelled` and what moved before, or with its own result if it was complete already."""
        if self._id.value and not self.done:
            self.queue._cancel(self._id.value)

    def __await__(self) -> Generator[object, None, T]:
        return self._wait().__await__()

    async def _wait(self) -> T:
        """Cancelling the waiting task cancels the transfer; after the wait nothing writes to the buffer any more."""
        import asyncio  # programs that use it have it; it takes longer to load than all of this package

        loop = asyncio.get_running_loop()
        self.queue._attend(loop)
        try:
            await self._completed(loop)
        except asyncio.CancelledError as stop:
            self.cancel()
            while not self.done:
                try:
                    await self._completed(loop)
                except asyncio.CancelledError:
                    pass
            self.queue._take_out(self)
            self._request.attach(stop, self.transferred)
            raise
        finally:
            self.queue._leave(loop)
        return self.result()

    async def _completed(self, loop: asyncio.AbstractEventLoop) -> None:
        completed: asyncio.Future[None] = loop.create_future()
        if self.queue._await(self, loop, completed):
            await completed

    def _done(self) -> usbx_completion:
        if self._completion is None:
            raise InvalidParam(f"{self!r} is not done; await it, or wait for its queue")
        return self._completion

    def __repr__(self) -> str:
        return f"<pyusbx.Transfer: {self._request} of {self.device}>"
