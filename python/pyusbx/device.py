"""A device: opened, claimed, and talked to."""

from __future__ import annotations

from ctypes import byref, c_char, c_size_t, c_uint8
from typing import TYPE_CHECKING, Sequence, TypeVar

from . import _blocking, endpoint, info
from . import request as requests
from ._arguments import number, text, to_fill
from ._declarations import usbx_device, usbx_device_info, usbx_endpoint
from ._library import lib
from .claim import Claim
from .constants import Memory, Type
from .endpoint import Endpoint
from .errors import check
from .handle import Handle
from .info import DeviceInfo
from .packet import Packet
from .request import Request
from .stream import Stream

if TYPE_CHECKING:
    from typing_extensions import Buffer

T = TypeVar("T")


class Device(Handle):
    """An open device. `pyusbx.open`, `open_path` and `open_fd` make it.

    Times are `timeout_ms`, in milliseconds, with None for ever. A transfer that fails raises an `Error` that has what moved until
    then. Any thread may use a device; calls of several threads go on side by side.
    """

    _token: usbx_device
    _closer = lib.usbx_close

    def __init__(self, token: usbx_device) -> None:
        super().__init__(token)
        self._place = str(self.info())

    def __str__(self) -> str:
        """As the library's messages name it: "1209:0001 (path virtual/1)"."""
        return self._place

    def __repr__(self) -> str:
        return f"<pyusbx.Device {self._place}>"

    # What it is

    def info(self) -> DeviceInfo:
        """What `pyusbx.devices` tells of it. Works after unplugging too."""
        described = usbx_device_info()
        check(lib.usbx_info(self._token, byref(described)))
        return info.described(described)

    def endpoints(self) -> list[Endpoint]:
        """The endpoints of the active configuration, of every interface and alternate setting; endpoint 0 is not among them."""
        count = c_size_t()
        check(lib.usbx_endpoints(self._token, None, 0, byref(count)))
        while True:
            capacity = count.value
            entries = (usbx_endpoint * capacity)()
            check(lib.usbx_endpoints(self._token, entries if capacity else None, capacity, byref(count)))
            if count.value <= capacity:  # else another configuration was selected meanwhile
                return [endpoint.described(entry) for entry in entries[: count.value]]

    def get_descriptor(self, type: int, index: int = 0, length: int = 4096) -> bytes:
        """A descriptor as the device sends it, `length` bytes of it at the most. type: 1 device, 2 configuration, 15 BOS ..."""
        memory = bytearray(number("length", length, 16))
        place, moved = to_fill(memory), c_size_t()
        type, index = number("type", type, 8), number("index", index, 8)
        check(lib.usbx_get_descriptor(self._token, type, index, place.address, place.length, byref(moved)))
        return bytes(memoryview(memory)[: moved.value])

    def get_string(self, index: int, language: int = 0) -> str:
        """A string of the device. language: 0x0409 for US English; 0 for the first the device has."""
        string = (c_char * 384)()  # holds every one
        index, language = number("index", index, 8), number("language", language, 16)
        check(lib.usbx_get_string(self._token, index, language, string, len(string), None))
        return string.value.decode(errors="replace")

    # Configuration and interfaces

    def get_configuration(self) -> int:
        """bConfigurationValue of the active configuration; 0 if there is none."""
        value = c_uint8()
        check(lib.usbx_get_configuration(self._token, byref(value)))
        return value.value

    def set_configuration(self, configuration: int) -> None:
        """Selects a configuration. No bus traffic if it is the active one."""
        check(lib.usbx_set_configuration(self._token, number("configuration", configuration, 8)))

    def claim(self, interface_number: int) -> Claim:
        """Claims an interface, so that its endpoints can be used: `with device.claim(0):`, or for as long as the device is open."""
        check(lib.usbx_claim(self._token, number("interface_number", interface_number, 8)))
        return Claim(self, interface_number)

    def release(self, interface_number: int) -> None:
        """Gives an interface back. A kernel driver that was detached is there again when this returns."""
        check(lib.usbx_release(self._token, number("interface_number", interface_number, 8)))

    def set_alt_setting(self, interface_number: int, alt_setting: int) -> None:
        """Selects an alternate setting of a claimed interface."""
        interface_number = number("interface_number", interface_number, 8)
        check(lib.usbx_set_alt_setting(self._token, interface_number, number("alt_setting", alt_setting, 8)))

    def kernel_driver(self, interface_number: int) -> str:
        """The kernel driver that holds an interface, "usbhid" for one; "" if none does. A program's claim is none."""
        name = (c_char * 256)()  # holds every one
        check(lib.usbx_kernel_driver(self._token, number("interface_number", interface_number, 8), name, len(name), None))
        return name.value.decode(errors="replace")

    def detach_kernel_driver(self, interface_number: int) -> None:
        """Takes an interface away from the kernel driver that holds it, if one does; it is given back at release and at close."""
        check(lib.usbx_detach_kernel_driver(self._token, number("interface_number", interface_number, 8)))

    def attach_kernel_driver(self, interface_number: int) -> None:
        """Gives an interface to the kernel's drivers now, before the device is closed; also one that some program left without."""
        check(lib.usbx_attach_kernel_driver(self._token, number("interface_number", interface_number, 8)))

    # Transfers

    def control_read(
        self, request_type: int, request: int, value: int, index: int, length: int, timeout_ms: int | None = 1000
    ) -> bytes:
        """Sends a control request whose data comes from the device, `length` bytes at the most. Bit 7 of request_type is set."""
        return self._run(requests.control_read(request_type, request, value, index, length), timeout_ms)

    def control_write(
        self, request_type: int, request: int, value: int, index: int, data: Buffer = b"", timeout_ms: int | None = 1000
    ) -> int:
        """Sends a control request with its data, if any. Bit 7 of request_type is clear. Returns the bytes that the device took."""
        return self._run(requests.control_write(request_type, request, value, index, data), timeout_ms)

    def bulk_read(self, endpoint: int, length: int, timeout_ms: int | None = 1000) -> bytes:
        """Reads until `length` bytes are there or a short packet ends the read. Make it whole packets (`Endpoint.room`)."""
        return self._run(requests.read(Type.BULK, endpoint, length), timeout_ms)

    def bulk_read_into(self, endpoint: int, buffer: Buffer, timeout_ms: int | None = 1000) -> int:
        """As `bulk_read`, into a bytearray, memoryview or numpy array without a copy. Returns the bytes that came."""
        return self._run(requests.read_into(Type.BULK, endpoint, buffer), timeout_ms)

    def bulk_write(self, endpoint: int, data: Buffer, timeout_ms: int | None = 1000) -> int:
        """Writes; b"" sends a zero-length packet. Returns the bytes that the device took."""
        return self._run(requests.write(Type.BULK, endpoint, data), timeout_ms)

    def interrupt_read(self, endpoint: int, length: int, timeout_ms: int | None = 1000) -> bytes:
        """As `bulk_read`, for endpoints of type interrupt; give the packet size as length to get one report a call."""
        return self._run(requests.read(Type.INTERRUPT, endpoint, length), timeout_ms)

    def interrupt_read_into(self, endpoint: int, buffer: Buffer, timeout_ms: int | None = 1000) -> int:
        """As `bulk_read_into`, for endpoints of type interrupt."""
        return self._run(requests.read_into(Type.INTERRUPT, endpoint, buffer), timeout_ms)

    def interrupt_write(self, endpoint: int, data: Buffer, timeout_ms: int | None = 1000) -> int:
        """As `bulk_write`, for endpoints of type interrupt."""
        return self._run(requests.write(Type.INTERRUPT, endpoint, data), timeout_ms)

    def isochronous_read(self, endpoint: int, lengths: Sequence[int], timeout_ms: int | None = 1000) -> list[Packet]:
        """Reads one packet in each service interval, with room for `lengths[i]` bytes in each: `[512] * 8`."""
        return self._run(requests.isochronous_read(endpoint, lengths), timeout_ms)

    def isochronous_write(self, endpoint: int, packets: Sequence[Buffer], timeout_ms: int | None = 1000) -> list[Packet]:
        """Sends one packet in each service interval, and tells what became of each."""
        return self._run(requests.isochronous_write(endpoint, packets), timeout_ms)

    def stream(
        self, endpoint: int, *, size: int = 0, depth: int = 0, memory: Memory = Memory.AUTO, exact_time: bool = False
    ) -> Stream:
        """Opens a stream on an endpoint of a claimed interface: many transfers in flight. 0 leaves a choice to the library.

        size: bytes in one transfer, a multiple of the packet size. depth: transfers in flight. exact_time: timestamps are exact
        however late the reader is, for a switch of threads each.
        """
        return Stream(self, endpoint, size=size, depth=depth, memory=memory, exact_time=exact_time)

    def cancel(self, endpoint: int) -> None:
        """Ends every pending transfer of an endpoint (0: of control requests) with `Cancelled`, in the threads that wait for them."""
        check(lib.usbx_cancel(self._token, number("endpoint", endpoint, 8)))

    def clear_halt(self, endpoint: int) -> None:
        """Clears the halt of an endpoint, after `Pipe`, so that data flows again."""
        check(lib.usbx_clear_halt(self._token, number("endpoint", endpoint, 8)))

    def reset(self) -> None:
        """Resets the device. Claims and alternate settings survive where it comes back the same."""
        check(lib.usbx_reset(self._token))

    def _run(self, request: Request[T], timeout_ms: int | None) -> T:
        return _blocking.run(self._token, request, timeout_ms)


def open(vendor_id: int, product_id: int, serial: str | None = None) -> Device:
    """Opens the device of these IDs and, if given, this serial number; of several the first in path order. It claims nothing."""
    ids = number("vendor_id", vendor_id, 16), number("product_id", product_id, 16)
    token = usbx_device()
    check(lib.usbx_open(*ids, None if serial is None else text("serial", serial), byref(token)))
    return Device(token)


def open_path(path: str) -> Device:
    """Opens the device that is plugged in at this place, a `DeviceInfo.path`: "2-1.4", "virtual/1"."""
    token = usbx_device()
    check(lib.usbx_open_path(text("path", path), byref(token)))
    return Device(token)


def open_fd(fd: int) -> Device:
    """Makes a device of a usbfs descriptor that someone else opened. It stays the caller's, who closes it after the device."""
    token = usbx_device()
    check(lib.usbx_open_fd(number("fd", fd, 31), byref(token)))
    return Device(token)
