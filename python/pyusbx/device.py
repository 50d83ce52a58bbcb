"""A device: open, claim, transfer data."""

from __future__ import annotations

import weakref
from ctypes import Array, byref, c_char, c_size_t, c_uint8, c_uint32, c_void_p
from typing import TYPE_CHECKING, Any, Callable, Protocol, Sequence, TypeVar

from . import _blocking, endpoint, info, interface
from . import request as requests
from ._arguments import number, text, to_fill
from ._declarations import (
    USBX_STREAM_EXACT_TIME,
    USBX_STREAM_KEEP_GOING,
    USBX_STREAM_ZERO_PACKET,
    usbx_device,
    usbx_device_info,
    usbx_endpoint,
    usbx_interface,
)
from ._library import lib
from .claim import Claim
from .constants import Memory, Type
from .endpoint import Endpoint
from .errors import InvalidParam, check
from .handle import Handle
from .info import DeviceInfo
from .interface import Interface
from .packet import Packet
from .request import Request
from .stream import Stream

if TYPE_CHECKING:
    from typing_extensions import Buffer

T = TypeVar("T")


class SupportsFileno(Protocol):
    """A `socket.socket`, and others that stand for a file descriptor."""

    def fileno(self) -> int: ...


def _addresses(endpoints: Sequence[int]) -> Array[c_uint8]:
    return (c_uint8 * len(endpoints))(*(number("an endpoint", endpoint, 8) for endpoint in endpoints))


class Device(Handle):
    """An open device, from `pyusbx.open`, `open_path`, `open_fd` or `usbip_open_fd`.

    A `timeout_ms` is a time limit in milliseconds; None means no limit. A transfer that fails raises an `Error`, which has what moved
    before. Any thread may use a device, and calls of several threads run at the same time.
    """

    _token: usbx_device
    _closer = lib.usbx_close

    def __init__(self, token: usbx_device, place: str = "") -> None:
        super().__init__(token)
        self._place = place or str(self.info())

    def __str__(self) -> str:
        """The name that the library's messages use: "1209:0001 (path virtual/1)"."""
        return self._place

    def __repr__(self) -> str:
        return f"<pyusbx.Device {self._place}>"

    # What it is

    def info(self) -> DeviceInfo:
        """The description that `pyusbx.devices` gives. Works after unplugging too."""
        described = usbx_device_info()
        check(lib.usbx_info(self._token, byref(described)))
        return info.described(described)

    def endpoints(self) -> list[Endpoint]:
        """The endpoints of the active configuration, in every interface and alternate setting, without endpoint 0."""
        return [endpoint.described(entry) for entry in self._list(lib.usbx_endpoints, usbx_endpoint)]

    def interfaces(self) -> list[Interface]:
        """The interfaces of the active configuration, an entry for each alternate setting, in the device's order."""
        return [interface.described(entry) for entry in self._list(lib.usbx_interfaces, usbx_interface)]

    def _list(self, function: Callable[..., int], kind: Any) -> list[Any]:
        count = c_size_t()
        check(function(self._token, None, 0, byref(count)))
        while True:
            capacity = count.value
            entries = (kind * capacity)()
            check(function(self._token, entries if capacity else None, capacity, byref(count)))
            if count.value <= capacity:  # else another configuration was selected meanwhile
                return list(entries[: count.value])

    def get_descriptor(self, type: int, index: int = 0, length: int = 4096) -> bytes:
        """Requests a descriptor from the device, at most `length` bytes of it. type: 1 device, 2 configuration, 15 BOS ..."""
        memory = bytearray(number("length", length, 16))
        place, moved = to_fill(memory), c_size_t()
        type, index = number("type", type, 8), number("index", index, 8)
        check(lib.usbx_get_descriptor(self._token, type, index, place.address, place.length, byref(moved)))
        return bytes(memoryview(memory)[: moved.value])

    def get_string(self, index: int, language: int = 0) -> str:
        """Requests a string from the device. language: 0x0409 for US English; 0 for the first language the device has."""
        string = (c_char * 384)()  # holds every one
        index, language = number("index", index, 8), number("language", language, 16)
        check(lib.usbx_get_string(self._token, index, language, string, len(string), None))
        return string.value.decode(errors="replace")

    # Configuration and interfaces

    def get_configuration(self) -> int:
        """bConfigurationValue of the active configuration; 0 if the device is not configured."""
        value = c_uint8()
        check(lib.usbx_get_configuration(self._token, byref(value)))
        return value.value

    def set_configuration(self, configuration: int) -> None:
        """Selects a configuration. If it is the active one already, nothing is sent to the device."""
        check(lib.usbx_set_configuration(self._token, number("configuration", configuration, 8)))

    def claim(self, interface_number: int) -> Claim:
        """Claims an interface, so that its endpoints can be used: `with device.claim(0):`, or for as long as the device is open."""
        check(lib.usbx_claim(self._token, number("interface_number", interface_number, 8)))
        return Claim(self, interface_number)

    def release(self, interface_number: int) -> None:
        """Releases a claimed interface. If its kernel driver was detached, the driver is back when this returns."""
        check(lib.usbx_release(self._token, number("interface_number", interface_number, 8)))

    def set_alt_setting(self, interface_number: int, alt_setting: int) -> None:
        """Selects an alternate setting of a claimed interface."""
        interface_number = number("interface_number", interface_number, 8)
        check(lib.usbx_set_alt_setting(self._token, interface_number, number("alt_setting", alt_setting, 8)))

    def kernel_driver(self, interface_number: int) -> str:
        """The name of the kernel driver that holds an interface, for example "usbhid"; "" if there is none. A claim is not a driver."""
        name = (c_char * 256)()  # holds every one
        check(lib.usbx_kernel_driver(self._token, number("interface_number", interface_number, 8), name, len(name), None))
        return name.value.decode(errors="replace")

    def detach_kernel_driver(self, interface_number: int) -> None:
        """Detaches the kernel driver from an interface, if there is one. Releasing the interface or closing the device gives it back."""
        check(lib.usbx_detach_kernel_driver(self._token, number("interface_number", interface_number, 8)))

    def attach_kernel_driver(self, interface_number: int) -> None:
        """Lets a kernel driver bind to an interface now, before the device is closed; also where another program left none."""
        check(lib.usbx_attach_kernel_driver(self._token, number("interface_number", interface_number, 8)))

    def set_auto_detach(self, enable: bool) -> None:
        """Makes claims detach kernel drivers by themselves, or stops that. Releasing and closing give them back."""
        check(lib.usbx_set_auto_detach(self._token, int(bool(enable))))

    # Transfers

    def control_read(
        self, request_type: int, request: int, value: int, index: int, length: int, timeout_ms: int | None = 1000
    ) -> bytes:
        """Sends a control request that reads at most `length` bytes. Bit 7 of request_type is set."""
        return self._run(requests.control_read(request_type, request, value, index, length), timeout_ms)

    def control_write(
        self, request_type: int, request: int, value: int, index: int, data: Buffer = b"", timeout_ms: int | None = 1000
    ) -> int:
        """Sends a control request with its data, if any. Bit 7 of request_type is clear. Returns how many bytes the device took."""
        return self._run(requests.control_write(request_type, request, value, index, data), timeout_ms)

    def bulk_read(self, endpoint: int, length: int, timeout_ms: int | None = 1000) -> bytes:
        """Reads until `length` bytes arrived or a short packet ends the read. Use a multiple of the packet size (`Endpoint.room`)."""
        return self._run(requests.read(Type.BULK, endpoint, length), timeout_ms)

    def bulk_read_into(self, endpoint: int, buffer: Buffer, timeout_ms: int | None = 1000) -> int:
        """Like `bulk_read`, into a bytearray, memoryview or numpy array without a copy. Returns the number of bytes received."""
        return self._run(requests.read_into(Type.BULK, endpoint, buffer), timeout_ms)

    def bulk_write(self, endpoint: int, data: Buffer, timeout_ms: int | None = 1000) -> int:
        """Writes; b"" sends a zero-length packet. Returns the number of bytes that the device took."""
        return self._run(requests.write(Type.BULK, endpoint, data), timeout_ms)

    def interrupt_read(self, endpoint: int, length: int, timeout_ms: int | None = 1000) -> bytes:
        """Like `bulk_read`, for interrupt endpoints. To get one report per call, pass the packet size as length."""
        return self._run(requests.read(Type.INTERRUPT, endpoint, length), timeout_ms)

    def interrupt_read_into(self, endpoint: int, buffer: Buffer, timeout_ms: int | None = 1000) -> int:
        """Like `bulk_read_into`, for interrupt endpoints."""
        return self._run(requests.read_into(Type.INTERRUPT, endpoint, buffer), timeout_ms)

    def interrupt_write(self, endpoint: int, data: Buffer, timeout_ms: int | None = 1000) -> int:
        """Like `bulk_write`, for interrupt endpoints."""
        return self._run(requests.write(Type.INTERRUPT, endpoint, data), timeout_ms)

    def isochronous_read(self, endpoint: int, lengths: Sequence[int], timeout_ms: int | None = 1000) -> list[Packet]:
        """Reads one packet in each service interval, with room for `lengths[i]` bytes in each: `[512] * 8`."""
        return self._run(requests.isochronous_read(endpoint, lengths), timeout_ms)

    def isochronous_write(self, endpoint: int, packets: Sequence[Buffer], timeout_ms: int | None = 1000) -> list[Packet]:
        """Writes one packet in each service interval. Returns the outcome of each."""
        return self._run(requests.isochronous_write(endpoint, packets), timeout_ms)

    def stream(
        self,
        endpoint: int,
        *,
        size: int = 0,
        depth: int = 0,
        memory: Memory = Memory.AUTO,
        exact_time: bool = False,
        keep_going: bool = False,
        zero_packet: bool = False,
    ) -> Stream:
        """Opens a stream on an endpoint of a claimed interface, with several transfers in flight. 0 lets the library choose.

        size: bytes in one transfer, a multiple of the packet size. depth: number of transfers in flight. exact_time: timestamps are
        exact however late the reader is; this costs a thread switch for each. keep_going: an error on the bus does not end an IN stream:
        the chunk has it as its `status`, and the next data follow. zero_packet: `flush` of an OUT stream ends with a zero-length packet
        where what was written is a multiple of the packet size.
        """
        flags = USBX_STREAM_EXACT_TIME if exact_time else 0
        flags |= USBX_STREAM_KEEP_GOING if keep_going else 0
        flags |= USBX_STREAM_ZERO_PACKET if zero_packet else 0
        return Stream(self, endpoint, size=size, depth=depth, memory=memory, flags=flags)

    def bulk_streams_alloc(self, count: int, endpoints: Sequence[int]) -> int:
        """Allocates bulk streams (USB 3) on some endpoints of one claimed interface, for a queue's transfers with `stream=`. Returns how
        many each has then, numbered from 1."""
        allocated, addresses = c_uint32(), _addresses(endpoints)
        check(lib.usbx_bulk_streams_alloc(self._token, number("count", count, 32), addresses, len(addresses), byref(allocated)))
        return allocated.value

    def bulk_streams_free(self, endpoints: Sequence[int]) -> None:
        addresses = _addresses(endpoints)
        check(lib.usbx_bulk_streams_free(self._token, addresses, len(addresses)))

    def buffer(self, length: int) -> memoryview:
        """Memory that `..._read_into`, `..._write` and a queue use without a copy, where the system can share some with the device's host
        controller; ordinary memory otherwise. It stays as long as this view, or a slice or numpy array of it, does, also when the device
        is closed. A child made by fork() must not use it."""
        address = c_void_p()
        check(lib.usbx_buffer_alloc(self._token, number("length", length, 63), byref(address)))
        memory = (c_char * length).from_address(address.value or 0)
        weakref.finalize(memory, lib.usbx_buffer_free, address).atexit = False
        return memoryview(memory).cast("B")

    def cancel(self, endpoint: int) -> None:
        """Cancels all pending transfers of an endpoint (0: control requests); the threads that wait for them get `Cancelled`."""
        check(lib.usbx_cancel(self._token, number("endpoint", endpoint, 8)))

    def clear_halt(self, endpoint: int) -> None:
        """Clears the halt of an endpoint, so that data flows again after `Pipe`."""
        check(lib.usbx_clear_halt(self._token, number("endpoint", endpoint, 8)))

    def reset(self) -> None:
        """Resets the device. If it comes back unchanged, claims and alternate settings stay."""
        check(lib.usbx_reset(self._token))

    def _run(self, request: Request[T], timeout_ms: int | None) -> T:
        return _blocking.run(self._token, request, timeout_ms)


def open(vendor_id: int, product_id: int, serial: str | None = None) -> Device:
    """Opens the device with these IDs and, if given, this serial number; if several match, the first in the order of their paths. No
    interface is claimed."""
    ids = number("vendor_id", vendor_id, 16), number("product_id", product_id, 16)
    token = usbx_device()
    check(lib.usbx_open(*ids, None if serial is None else text("serial", serial), byref(token)))
    return Device(token)


def open_path(path: str) -> Device:
    """Opens the device that is plugged in at a place, a `DeviceInfo.path`: "2-1.4", "virtual/1"."""
    token = usbx_device()
    check(lib.usbx_open_path(text("path", path), byref(token)))
    return Device(token)


def open_fd(fd: int) -> Device:
    """Makes a device from a usbfs file descriptor that other code opened. The caller keeps it and closes it after the device."""
    token = usbx_device()
    check(lib.usbx_open_fd(number("fd", fd, 31), byref(token)))
    return Device(token)


def usbip_open_fd(connection: int | SupportsFileno, busid: str) -> Device:
    """Opens a device of another computer over a connection that other code has made. busid: which of the server's devices, "1-1.2".

    connection: a connected stream socket, or its file descriptor, on which nothing was sent or received yet. The device takes a copy
    of it and sets its options itself; the caller may close its own at once. Closing the device ends the connection.
    """
    fd = connection if isinstance(connection, int) else connection.fileno()
    if fd < 0:
        raise InvalidParam("this connection is closed")
    token = usbx_device()
    check(lib.usbx_usbip_open_fd(number("connection", fd, 31), text("busid", busid), byref(token)))
    return Device(token)
