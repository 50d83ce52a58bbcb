"""The endpoints of a device that runs."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from typing import TYPE_CHECKING, Any

from ..constants import Fault, Type
from ..errors import Cancelled, Closed, InvalidHandle, NoDevice, Timeout

if TYPE_CHECKING:
    from concurrent.futures import Future

    from typing_extensions import Buffer

    from .declare import Endpoint
    from .device import Device

# What a transfer that nobody takes part in any more ends with.
ENDED = (Cancelled, NoDevice, Closed, InvalidHandle)
ROOM = 64 * 1024


class _Endpoint:
    def __init__(self, device: Device, declared: Endpoint[Any], packet: int) -> None:
        self._device = device
        self._declared = declared
        self._lock = threading.RLock()
        self._handler = getattr(device, declared.handler) if declared.handler else None
        #: bEndpointAddress.
        self.address = declared.address
        self.type = declared.type
        #: The packet size, for isochronous endpoints the bytes of an interval.
        self.packet = packet

    def __repr__(self) -> str:
        return f"<endpoint 0x{self.address:02x} of {self._device!r}>"

    def stall(self) -> None:
        """Halts the endpoint until the host clears that."""
        self._device.virtual.stall(self.address)

    def fault(self, kind: Fault, **details: Any) -> None:
        """Makes a transfer go wrong; see `pyusbx.VirtualDevice.fault`."""
        self._device.virtual.fault(self.address, kind, **details)

    def clear_faults(self) -> None:
        self._device.virtual.clear_faults(self.address)


class In(_Endpoint):
    """An IN endpoint: `write` queues what the host gets when it asks."""

    def __init__(self, device: Device, declared: Endpoint[Any], packet: int) -> None:
        super().__init__(device, declared, packet)
        self._queue: deque[Buffer] = deque()
        self._asked = self._busy = False
        #: Isochronous: when the interval begins for which the host asked last, in nanoseconds as `time.monotonic_ns` counts them.
        self.interval_ns = 0
        self._sent_handler = getattr(device, declared.sent_handler) if declared.sent_handler else None

    def write(self, data: Buffer, zero_packet: bool = False) -> None:
        """Queues data and never waits. A transfer's end is a short packet, so each write whose length is no multiple of the packet size
        ends the host's transfer; b"" is a zero-length packet. zero_packet: adds one if the length is such a multiple. Isochronous: a
        packet for each interval."""
        length = memoryview(data).nbytes
        with self._lock:
            self._queue.append(data if isinstance(data, bytes) else bytes(data))
            if zero_packet and length and length % self.packet == 0:
                self._queue.append(b"")
            if self._asked:
                self._send()

    def offer(self, data: Buffer) -> int:
        """Sends what the host asks for at this moment, in front of what is queued, and returns how many bytes; the rest is not kept."""
        try:
            return self._device.virtual.write(self.address, data, 0)
        except (Timeout, *ENDED) as error:
            return error.transferred

    def clear(self) -> None:
        """Drops what is queued."""
        with self._lock:
            self._queue.clear()

    _forget = clear

    def __len__(self) -> int:
        """How many writes are queued."""
        return len(self._queue)

    def _on_wanted(self, interval_ns: int) -> None:
        with self._lock:
            self._asked, self.interval_ns = True, interval_ns
            if not self._queue:
                self._ask_handler()
            self._send()

    def _send(self) -> None:
        """As much as the host asks for; what is left waits until it asks again."""
        if self._busy:  # a handler wrote, and is called from below
            return
        self._busy, before = True, len(self._queue)
        try:
            while self._asked and self._queue:
                data = self._queue[0]
                try:
                    self._device.virtual.write(self.address, data, 0)
                except Timeout as error:
                    if error.transferred:
                        self._queue[0] = memoryview(data)[error.transferred :]
                    self._asked = False
                except ENDED:
                    self._queue.clear()
                    self._asked = False
                else:
                    self._queue.popleft()
                    # With nothing more to send, the library reports whether the host still asks.
                    self._asked = bool(self._queue)
            if self._sent_handler is not None and len(self._queue) < before:
                try:
                    self._device._call(self._sent_handler)
                except Exception as error:
                    self._device._failed(error)
        finally:
            self._busy = False

    def _ask_handler(self) -> None:
        if self._handler is None:
            return
        self._busy = True
        try:
            answer = self._handler()
            if asyncio.iscoroutine(answer):
                # Until then the host waits, and the handler is not called again.
                self._device._spawn(answer).add_done_callback(self._answered)
            else:
                self._add(answer)
        except Exception as error:
            self._device._failed(error)
        finally:
            self._busy = False

    def _add(self, answer: Any) -> None:
        if answer is not None:
            self._queue.extend(answer if isinstance(answer, (list, tuple)) else [answer])

    def _answered(self, answer: Future[Any]) -> None:
        if answer.cancelled():
            return
        error = answer.exception()
        if error is not None:
            self._device._failed(error)
            return
        with self._lock:
            self._add(answer.result())
            self._send()


class Out(_Endpoint):
    """An OUT endpoint: the method that `received` marks gets the data; without one, `read` does."""

    def __init__(self, device: Device, declared: Endpoint[Any], packet: int) -> None:
        super().__init__(device, declared, packet)
        self._busy = self._paused = False
        room = declared.room if declared.room is not None else ROOM
        self._room = packet if declared.type is Type.ISOCHRONOUS else max(packet, room // max(1, packet) * packet)

    def read(self, capacity: int = ROOM, timeout_ms: int | None = 1000) -> bytes:
        """What the host sends, as `pyusbx.VirtualDevice.read`, for an endpoint without a handler."""
        return self._device.virtual.read(self.address, capacity, timeout_ms)

    async def read_async(self, capacity: int = ROOM, timeout_ms: int | None = 1000) -> bytes:
        """Like `read`, in a task."""
        return await self._device.virtual.read_async(self.address, capacity, timeout_ms)

    def pause(self) -> None:
        """Takes no more data, so that the host waits, until `resume`, a reset, or another configuration or alternate setting."""
        self._paused = True

    def resume(self) -> None:
        """Takes data again."""
        if self._paused:
            self._paused = False
            self._on_offered()

    def _forget(self) -> None:
        # Else an endpoint that waits for room in a queue, which is empty now without anything sent, would wait for ever.
        self._paused = False

    def _on_offered(self) -> None:
        if self._handler is None:
            return
        with self._lock:
            while not self._busy and not self._paused:
                try:
                    data = self._device.virtual.read(self.address, self._room, 0)
                except (Timeout, *ENDED):
                    return
                try:
                    answer = self._handler(data)
                    if asyncio.iscoroutine(answer):
                        self._busy = True
                        self._device._spawn(answer).add_done_callback(self._handled)
                except Exception as error:
                    self._device._failed(error)

    def _handled(self, answer: Future[Any]) -> None:
        with self._lock:
            self._busy = False
        error = None if answer.cancelled() else answer.exception()
        if error is not None:
            self._device._failed(error)
        if not answer.cancelled():
            self._on_offered()
