"""One transfer to make, by a blocking call or a queue."""

from __future__ import annotations

from ctypes import Array, byref, c_size_t
from typing import TYPE_CHECKING, Any, Callable, Generic, Sequence, TypeVar

from . import packet
from ._arguments import Pinned, number, to_fill, to_send
from ._declarations import USBX_TRANSFER_ZERO_PACKET, usbx_device, usbx_packet, usbx_transfer
from ._library import lib
from .constants import Type
from .errors import Error, InvalidParam
from .packet import Packet

if TYPE_CHECKING:
    from typing_extensions import Buffer

T = TypeVar("T")

_FUNCTIONS = {
    (Type.BULK, True): lib.usbx_bulk_read,
    (Type.BULK, False): lib.usbx_bulk_write,
    (Type.INTERRUPT, True): lib.usbx_interrupt_read,
    (Type.INTERRUPT, False): lib.usbx_interrupt_write,
    (Type.ISOCHRONOUS, True): lib.usbx_isochronous_read,
    (Type.ISOCHRONOUS, False): lib.usbx_isochronous_write,
}


class Request(Generic[T]):
    """What to transfer, from or to which memory, and what to return to the caller."""

    def __init__(
        self,
        type: Type,
        endpoint: int,
        is_in: bool,
        memory: Pinned,
        result: Callable[[int], T],
        brought: Callable[[int], bytes] | None = None,
        setup: tuple[int, int, int, int] | None = None,
        packets: Array[usbx_packet] | None = None,
        flags: int = 0,
        stream: int = 0,
    ) -> None:
        self.type = type
        self.endpoint = endpoint
        self.is_in = is_in
        self.memory = memory
        #: Makes the result for the caller from the number of bytes that moved.
        self.result = result
        #: The bytes that a failed transfer received, if the caller has no buffer of its own.
        self.brought = brought
        self.setup = setup
        self.packets = packets
        #: USBX_TRANSFER_*, for a queue.
        self.flags = flags
        #: The bulk stream, for a queue; 0: none.
        self.stream = stream

    def call(self, device: usbx_device, timeout_ms: int, moved: c_size_t) -> int:
        """Makes it, and returns when it has ended: the status."""
        memory = self.memory
        status: int
        if self.setup is not None:
            status = lib.usbx_control(device, *self.setup, memory.address, memory.length, timeout_ms, byref(moved))
            return status
        function = _FUNCTIONS[self.type, self.is_in]
        if self.packets is not None:
            packets, count = self.packets, len(self.packets)
            status = function(device, self.endpoint, memory.address, memory.length, packets, count, timeout_ms, byref(moved))
            return status
        status = function(device, self.endpoint, memory.address, memory.length, timeout_ms, byref(moved))
        return status

    def transfer(self, timeout_ms: int, user_data: int) -> usbx_transfer:
        """The same for a queue."""
        memory = self.memory
        transfer = usbx_transfer(
            type=self.type,
            endpoint=self.endpoint,
            timeout_ms=timeout_ms,
            flags=self.flags,
            stream=self.stream,
            data=memory.address,
            length=memory.length,
            user_data=user_data,
        )
        if self.setup is not None:
            transfer.request_type, transfer.request, transfer.value, transfer.index = self.setup
        if self.packets is not None:
            transfer.packets, transfer.packet_count = self.packets, len(self.packets)
        return transfer

    def attach(self, exception: BaseException, moved: int) -> None:
        """Adds to the exception what moved before the failure."""
        exception.transferred = moved  # type: ignore[attr-defined]
        exception.data = self.brought(moved) if self.brought else b""  # type: ignore[attr-defined]
        if self.packets is not None and isinstance(exception, Error):
            result: Any = self.result(moved)
            exception.packets = result
            exception.data = b"".join(one.data for one in exception.packets)

    def __str__(self) -> str:
        """What it does, in the words of the library's messages."""
        if self.setup is not None:
            type, request, value, index = self.setup
            return f"control request 0x{type:02x} 0x{request:02x} (value 0x{value:04x}, index 0x{index:04x}, length {self.memory.length})"
        return f"{self.type.name.lower()} {'read from' if self.is_in else 'write to'} endpoint 0x{self.endpoint:02x}"


def _own_memory(length: int) -> tuple[Pinned, Callable[[int], bytes]]:
    buffer = bytearray(length)
    return to_fill(buffer), lambda moved: bytes(memoryview(buffer)[:moved])


def _count(moved: int) -> int:
    return moved


def read(type: Type, endpoint: int, length: int, stream: int = 0) -> Request[bytes]:
    memory, bytes_of = _own_memory(length)
    stream = number("stream", stream, 16)
    return Request(type, number("endpoint", endpoint, 8), True, memory, bytes_of, bytes_of, stream=stream)


def read_into(type: Type, endpoint: int, buffer: Buffer, stream: int = 0) -> Request[int]:
    stream = number("stream", stream, 16)
    return Request(type, number("endpoint", endpoint, 8), True, to_fill(buffer), _count, stream=stream)


def write(type: Type, endpoint: int, data: Buffer, zero_packet: bool = False, stream: int = 0) -> Request[int]:
    flags = USBX_TRANSFER_ZERO_PACKET if zero_packet else 0
    stream = number("stream", stream, 16)
    return Request(type, number("endpoint", endpoint, 8), False, to_send(data), _count, flags=flags, stream=stream)


def _setup(request_type: int, request: int, value: int, index: int, is_in: bool) -> tuple[int, int, int, int]:
    if bool(number("request_type", request_type, 8) & 0x80) != is_in:
        way, other = ("IN", "control_write") if is_in else ("OUT", "control_read")
        raise InvalidParam(f"request_type is 0x{request_type:02x}, whose bit 7 does not say {way}; for this one call {other}")
    return request_type, number("request", request, 8), number("value", value, 16), number("index", index, 16)


def control_read(request_type: int, request: int, value: int, index: int, length: int) -> Request[bytes]:
    setup = _setup(request_type, request, value, index, True)
    memory, bytes_of = _own_memory(number("length", length, 16))
    return Request(Type.CONTROL, 0, True, memory, bytes_of, bytes_of, setup=setup)


def control_write(request_type: int, request: int, value: int, index: int, data: Buffer) -> Request[int]:
    setup = _setup(request_type, request, value, index, False)
    memory = to_send(data)
    number("the data's length", memory.length, 16)
    return Request(Type.CONTROL, 0, False, memory, _count, setup=setup)


def isochronous_read(endpoint: int, lengths: Sequence[int]) -> Request[list[Packet]]:
    packets = packet.table([number("a packet's length", length, 32) for length in lengths])
    place = bytearray(sum(lengths))
    return Request(
        Type.ISOCHRONOUS,
        number("endpoint", endpoint, 8),
        True,
        to_fill(place),
        lambda moved: packet.received(packets, memoryview(place)),
        packets=packets,
    )


def isochronous_write(endpoint: int, data: Sequence[Buffer]) -> Request[list[Packet]]:
    parts = [bytes(part) for part in data]
    packets = packet.table([len(part) for part in parts])
    memory = to_send(b"".join(parts))
    result = lambda moved: packet.sent(packets)  # noqa: E731
    return Request(Type.ISOCHRONOUS, number("endpoint", endpoint, 8), False, memory, result, packets=packets)
