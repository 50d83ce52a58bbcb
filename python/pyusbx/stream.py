"""A stream: continuous data from or to one endpoint, with many transfers in flight."""

from __future__ import annotations

import threading
import weakref
from contextlib import contextmanager
from ctypes import byref, c_int32, c_size_t, c_void_p, memmove
from typing import TYPE_CHECKING, AsyncIterator, Callable, Iterator

from . import _waiting
from ._arguments import number, to_fill, to_send, waiting_time
from ._declarations import (
    USBX_OK,
    usbx_chunk,
    usbx_stream,
    usbx_stream_options,
    usbx_stream_statistics,
)
from ._library import lib
from .chunk import Chunk, Loan
from .constants import Memory
from .errors import Closed, InvalidHandle, Timeout, check
from .handle import Handle
from .packet import sent
from .statistics import Statistics, described

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from .device import Device


class Stream(Handle):
    """A stream on a bulk, interrupt or isochronous endpoint, from `Device.stream`. An IN stream starts at once.

    `for chunk in stream:` and `async for chunk in stream:` run until the stream is closed; unplugging and other failures raise. If the
    reader of a bulk or interrupt stream is late, the device has to wait and no data is lost; an isochronous device does not wait, and
    `statistics` counts the lost packets. Any thread may use a stream, one at a time.
    """

    _token: usbx_stream
    _closer = lib.usbx_stream_close

    def __init__(self, device: Device, endpoint: int, *, size: int, depth: int, memory: Memory, flags: int) -> None:
        options = usbx_stream_options(
            size=number("size", size, 63),
            depth=number("depth", depth, 63),
            memory=memory,
            flags=flags,
        )
        token = usbx_stream()
        check(lib.usbx_stream_open(device._token, number("endpoint", endpoint, 8), byref(options), byref(token)))
        super().__init__(token)
        self.device = device
        self.endpoint = endpoint
        self._turn = threading.Lock()
        self._state = threading.Lock()
        self._gone = False
        self._fetched = usbx_chunk()
        self._loan = Loan(self.statistics().size)
        self._arrivals = _waiting.Arrivals()

    def __repr__(self) -> str:
        return f"<pyusbx.Stream on endpoint 0x{self.endpoint:02x} of {self.device}>"

    # IN

    def next(self, timeout_ms: int | None = None) -> Chunk:
        """The next chunk, without a copy: the data of a transfer that is full or that a short packet ended, or, when the time limit
        passes, the bytes received so far. `Timeout` if there are none; 0 returns at once. A failure that ended the stream is raised
        after the last chunk.

        The chunk before is released first. `BufferError` if a slice or numpy array of it is still in use; no data is lost then.
        """
        with self._use(timeout_ms):
            check(_waiting.take(self._fetch, self.fileno, timeout_ms))
            return self._lend()

    async def next_async(self, timeout_ms: int | None = None) -> Chunk:
        """Like `next`, in a task."""
        with self._use(0):
            check(await self._arrivals.take(self, self._fetch, self.fileno, timeout_ms))
            return self._lend()

    def _fetch(self, time: int) -> int:
        # One that was fetched when Ctrl-C came has not been lent yet.
        return USBX_OK if self._fetched.timestamp_ns else self._call(lib.usbx_stream_next, time, byref(self._fetched))

    def _lend(self) -> Chunk:
        fetched = self._fetched
        with self._state:
            if self._gone:  # closed meanwhile, and the memory with it
                raise Closed(f"{self}: another thread closed it")
            data = self._loan.lend(fetched.data, fetched.length, readonly=True)
        packets = sent(fetched.packets[: fetched.packet_count]) if fetched.packet_count else []
        chunk = Chunk(data, fetched.timestamp_ns, fetched.sequence, packets, fetched.status)
        fetched.timestamp_ns = 0
        return chunk

    def read(self, length: int, timeout_ms: int | None = None) -> bytes:
        """Reads like from a file: waits for the first byte, and returns what is there, at most `length` bytes."""
        memory = bytearray(length)
        try:
            return bytes(memoryview(memory)[: self.read_into(memory, timeout_ms)])
        except BaseException as stop:
            stop.data = bytes(memoryview(memory)[: getattr(stop, "transferred", 0)])  # type: ignore[attr-defined]
            raise

    def read_into(self, buffer: Buffer, timeout_ms: int | None = None) -> int:
        """Like `read`, into a bytearray, memoryview or numpy array. Returns the number of bytes received."""
        memory, moved = to_fill(buffer), c_size_t()

        def attempt(time: int) -> int:
            fetched = self._fetched
            if fetched.timestamp_ns and fetched.data and memory.address:
                moved.value = min(fetched.length, memory.length)
                memmove(memory.address, fetched.data, moved.value)
                fetched.data, fetched.length = fetched.data + moved.value, fetched.length - moved.value
                fetched.timestamp_ns = fetched.timestamp_ns if fetched.length else 0
                return USBX_OK
            return self._call(lib.usbx_stream_read, memory.address, memory.length, time, byref(moved))

        try:
            with self._use(timeout_ms):
                check(_waiting.take(attempt, self.fileno, timeout_ms))
                return moved.value
        except BaseException as stop:
            stop.transferred = moved.value  # type: ignore[attr-defined]
            raise

    def __iter__(self) -> Iterator[Chunk]:
        while not self.closed:
            try:
                chunk = self.next()
            except (Closed, InvalidHandle):
                if self.closed:
                    return
                raise
            yield chunk
            del chunk

    async def __aiter__(self) -> AsyncIterator[Chunk]:
        import asyncio

        while not self.closed:
            try:
                chunk = await self.next_async()
            except (Closed, InvalidHandle):
                if self.closed:
                    return
                raise
            yield chunk
            del chunk
            await asyncio.sleep(0)  # others have their turn, however fast the device is

    # OUT

    def write(self, data: Buffer, timeout_ms: int | None = None) -> int:
        """Writes like to a file: waits for room and copies the bytes. They are sent when a transfer is full, or by `flush`. The
        `transferred` of a `Timeout` says how many were copied."""
        memory, moved, taken = to_send(data), c_size_t(), 0

        def attempt(time: int) -> int:
            nonlocal taken
            place = memory.address and memory.address + taken
            status = self._call(lib.usbx_stream_write, place, memory.length - taken, time, byref(moved))
            taken += moved.value
            return status

        try:
            with self._use(timeout_ms):
                check(_waiting.take(attempt, self.fileno, timeout_ms))
        except BaseException as stop:
            stop.transferred = taken  # type: ignore[attr-defined]
            raise
        return taken

    def space(self, timeout_ms: int | None = None) -> memoryview:
        """Lends room to fill in place, which avoids the copy of `write`: fill some of it, then call `commit`. Valid until the next call."""
        place, length = c_void_p(), c_size_t()

        def attempt(time: int) -> int:
            return self._call(lib.usbx_stream_space, time, byref(place), byref(length))

        with self._use(timeout_ms):
            check(_waiting.take(attempt, self.fileno, timeout_ms))
            with self._state:
                if self._gone:
                    raise Closed(f"{self}: another thread closed it")
                return self._loan.lend(place.value, length.value, readonly=False)

    def commit(self, length: int) -> None:
        """Writes the first `length` bytes of the room from `space`; 0 gives it back. The room is released."""
        with self._use(0):
            check(self._call(lib.usbx_stream_commit, number("length", length, 63)))

    def flush(self, timeout_ms: int | None = None) -> None:
        """Sends what was written and waits until the device has taken all of it."""
        with self._use(timeout_ms):
            check(_waiting.take(lambda time: self._call(lib.usbx_stream_flush, time), self.fileno, timeout_ms))

    # Both

    def statistics(self) -> Statistics:
        """What the stream has done so far; also while another thread reads or writes."""
        counts = usbx_stream_statistics()
        check(self._call(lib.usbx_stream_stats, byref(counts)))
        return described(counts)

    def fileno(self) -> int:
        """A file descriptor for select, poll and event loops: readable when `next(0)` or `read(n, 0)` should be called."""
        fd = c_int32()
        check(self._call(lib.usbx_stream_fd, byref(fd)))
        return fd.value

    def _check_open(self) -> None:
        # The library's stream may live on for the sake of an array that has a chunk of it.
        if self.closed:
            raise InvalidHandle(f"{self} is closed")

    def _call(self, function: Callable[..., int], *arguments: object) -> int:
        self._check_open()
        return function(self._token, *arguments)

    @contextmanager
    def _use(self, timeout_ms: int | None) -> Iterator[None]:
        """One call at a time, and none while what the last one lent is in use."""
        waiting_time(timeout_ms)  # checks it
        time = -1 if timeout_ms is None else timeout_ms / 1000
        mine: list[bool] = []
        try:
            # Taken and noted in one step, which no signal's handler comes between: else Ctrl-C could leave it taken.
            mine.extend(map(self._turn.acquire, (True,), (time,)))
            if not mine[0]:
                raise Timeout(f"{self}: another thread or task is using it")
            self._check_open()
            with self._state:
                self._loan.give_back()
            yield
        finally:
            if mine and mine[0]:
                self._turn.release()

    def _shut(self) -> int:
        self._arrivals.wake()
        with self._state:
            borrower = self._loan.borrower()
            self._gone = borrower is None
        if borrower is None:
            return super()._shut()
        # A numpy array has its memory still: it ends with that.
        weakref.finalize(borrower, type(self)._closer, self._token).atexit = False
        return USBX_OK
