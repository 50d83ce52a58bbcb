"""What is known of a device without opening it, and the list of devices."""

from __future__ import annotations

from ctypes import Array, byref, c_char, c_size_t
from dataclasses import dataclass

from ._arguments import remote_time, text
from ._declarations import USBX_OK, usbx_device_info
from ._library import lib
from .constants import Backend, Speed
from .errors import check, error, last_error


@dataclass(frozen=True)
class DeviceInfo:
    """What is known of a device without opening it. Strings are "" if they are not known."""

    #: idVendor.
    vendor_id: int
    #: idProduct.
    product_id: int
    #: bcdDevice: 0x0100 is release 1.00.
    device_version: int
    #: bcdUSB: 0x0200 is USB 2.0.
    usb_version: int
    #: bDeviceClass; 0 means that each interface has its own class.
    device_class: int
    device_subclass: int
    device_protocol: int
    #: Number of configurations the device has.
    configurations: int
    #: Number of the bus.
    bus: int
    #: Address on the bus; changes each time the device is plugged in.
    address: int
    speed: Speed
    backend: Backend
    #: Where it is plugged in: "2-1.4", "usb2" (a root hub), "virtual/1". Stays the same when it is plugged into the same port again.
    path: str
    manufacturer: str
    product: str
    serial: str

    def __str__(self) -> str:
        """The name that the library's messages use: "1209:0001 (path virtual/1)"."""
        return f"{self.vendor_id:04x}:{self.product_id:04x} (path {self.path})"


def described(info: usbx_device_info) -> DeviceInfo:
    return DeviceInfo(
        vendor_id=info.vendor_id,
        product_id=info.product_id,
        device_version=info.device_version,
        usb_version=info.usb_version,
        device_class=info.device_class,
        device_subclass=info.device_subclass,
        device_protocol=info.device_protocol,
        configurations=info.configurations,
        bus=info.bus,
        address=info.address,
        speed=Speed(info.speed),
        backend=Backend(info.backend),
        path=info.path.decode(errors="replace"),
        manufacturer=info.manufacturer.decode(errors="replace"),
        product=info.product.decode(errors="replace"),
        serial=info.serial.decode(errors="replace"),
    )


#: Memory for a list that no list uses now. To make it, and to give it back to the system, takes longer than to list the devices.
_spare: list[Array[usbx_device_info]] = []


def entries() -> tuple[Array[usbx_device_info], int]:
    """The devices that are plugged in now, as the library lists them, and how many they are. `give_back` takes the memory when it is
    read."""
    try:
        entries = _spare.pop()
    except IndexError:
        entries = (usbx_device_info * 32)()
    count = c_size_t()
    while True:
        status = lib.usbx_devices(entries, len(entries), byref(count))
        if status != USBX_OK:
            raise error(status, last_error())
        if count.value <= len(entries):
            return entries, count.value
        entries = (usbx_device_info * count.value)()


def give_back(entries: Array[usbx_device_info]) -> None:
    if not _spare:
        _spare.append(entries)


def devices() -> list[DeviceInfo]:
    """The devices that are plugged in now, root hubs and virtual devices included, in the order of their paths. None is opened or
    disturbed."""
    memory, count = entries()
    found = [described(memory[at]) for at in range(count)]
    give_back(memory)
    return found


def remote_devices(host: str, timeout_ms: int | None = None) -> list[DeviceInfo]:
    """The devices that another computer exports over USB/IP, in its order; `open_path` opens them. Their strings are "" until this
    process has opened the device once.

    host: "pi.local", "192.168.1.5:3240", or "unix:/path". timeout_ms: how long the host has; None for 5 seconds, or what
    USBX_USBIP_TIMEOUT says.
    """
    where, time, capacity, count = text("host", host), remote_time(timeout_ms), 32, c_size_t()
    while True:
        entries = (usbx_device_info * capacity)()
        check(lib.usbx_remote_devices(where, entries, capacity, byref(count), time))
        if count.value <= capacity:
            return [described(entry) for entry in entries[: count.value]]
        capacity = count.value


def descriptors(path: str) -> bytes:
    """The descriptors of the device at a place, a `DeviceInfo.path`, without opening it: the device descriptor of 18 bytes, followed
    by each configuration descriptor with everything that belongs to it, as the device sent them when it was plugged in."""
    where, capacity, length = text("path", path), 1024, c_size_t()
    while True:
        data = (c_char * capacity)()
        check(lib.usbx_descriptors(where, data, capacity, byref(length)))
        if length.value <= capacity:
            return bytes(memoryview(data)[: length.value])
        capacity = length.value
