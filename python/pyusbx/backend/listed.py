"""A device as it is listed: what pyusb knows of one that is not open."""

from __future__ import annotations

import re
import struct
from ctypes import sizeof
from functools import cached_property, lru_cache
from typing import Iterator

from .._arguments import text
from .._declarations import USBX_BACKEND_SYSTEM, USBX_BACKEND_USBIP, usbx_device_info
from ..device import open_path
from ..errors import Error, NotFound, NotSupported
from ..info import DeviceInfo, described, descriptors, entries, give_back
from .descriptors import DEVICE, DEVICE_LAYOUT, Device


class Described:
    """What the library says of a device that is not open. Programs that look for one device go through all, again and again: what only a
    few of these are asked for is made when it is asked for."""

    def __init__(self, entry: usbx_device_info) -> None:
        self._entry = entry
        self.path: str = entry.path.decode(errors="replace")
        #: The same for the library.
        self.place = text("path", self.path)
        self.is_real = entry.backend == USBX_BACKEND_SYSTEM
        self.descriptor = Device(_descriptors(entry, self.path))
        self.descriptor.bus = entry.bus
        self.descriptor.address = entry.address
        self.descriptor.speed = entry.speed
        ports = port_numbers(self.path)
        # As libusb has it: a root hub is at port 0, and has no port numbers.
        self.descriptor.port_number = ports[-1] if ports else 0
        self.descriptor.port_numbers = ports or None

    @cached_property
    def info(self) -> DeviceInfo:
        return described(self._entry)

    @cached_property
    def name(self) -> str:
        return str(self.info)


def _descriptors(entry: usbx_device_info, path: str) -> bytes:
    """Another computer's device tells them when it is opened. Of one that cannot be, as another program has it, there is what its host says
    in its list."""
    try:
        return descriptors(path)
    except NotSupported:
        if entry.backend != USBX_BACKEND_USBIP:
            raise
    try:
        open_path(path).close()
        return descriptors(path)
    except NotFound:
        raise
    except Error:
        kind = entry.device_class, entry.device_subclass, entry.device_protocol
        ids = entry.vendor_id, entry.product_id, entry.device_version
        return struct.pack(DEVICE_LAYOUT, 18, DEVICE, entry.usb_version, *kind, 64, *ids, 0, 0, 0, entry.configurations)


class Listed:
    """A device that was plugged in when it was listed."""

    def __init__(self, described: Described) -> None:
        self._described = described
        self.path = described.path
        self.place = described.place
        self.descriptor = described.descriptor
        #: The interfaces whose kernel drivers pyusb's user has detached.
        self.detached: set[int] = set()

    @property
    def info(self) -> DeviceInfo:
        return self._described.info

    @property
    def name(self) -> str:
        """As the library's messages have it."""
        return self._described.name


@lru_cache(maxsize=256)
def port_numbers(path: str) -> tuple[int, ...]:
    """From the hub at the root to the device: of "2-1.4" 1 and 4, of "virtual/3" 3, of a root hub none."""
    ports = re.fullmatch(r"\d+-(\d+(?:\.\d+)*)|virtual/(\d+)", path)
    return tuple(int(port) for port in (ports[1] or ports[2]).split(".")) if ports else ()


def parent_path(path: str) -> str | None:
    """The path of the hub that it is plugged into: of "2-1.4" "2-1", of "2-1" "usb2"."""
    bus, dash, ports = path.partition("-")
    if not dash:
        return None
    above, dot, _ = ports.rpartition(".")
    return f"{bus}-{above}" if dot else f"usb{bus}"


#: What was described, by all that the library lists of it. The place, the address there (another one each time that a device is plugged
#: in), the IDs, the release and the serial number are in that: the same is the same device. A program's own virtual devices may be
#: anything, and are not kept.
_known: dict[bytes, Described] = {}

_SIZE = sizeof(usbx_device_info)

#: Those that are gone are forgotten when there are so many.
_MOST = 512


#: Where an entry has its path.
_PATH = usbx_device_info.path.offset


def _keys(data: memoryview, count: int) -> Iterator[bytes]:
    """The entries, root hubs last: programs look for other devices, and pyusb makes one of its own of each that it goes through."""
    roots = []
    for at in range(0, count * _SIZE, _SIZE):
        key = data[at : at + _SIZE].tobytes()
        if key[_PATH : _PATH + 3] == b"usb" and key[_PATH + 3 : _PATH + 4].isdigit():
            roots.append(key)
        else:
            yield key
    yield from roots


def listed() -> Iterator[Listed]:
    """Those there are. One that goes away meanwhile is not."""
    memory, count = entries()
    try:
        for key in _keys(memoryview(memory).cast("B"), count):
            device = _known.get(key)
            if device is None:
                try:
                    device = Described(usbx_device_info.from_buffer_copy(key))
                except NotFound:
                    continue
                if device.is_real:
                    if len(_known) >= _MOST:
                        _known.clear()
                    _known[key] = device
            yield Listed(device)
    finally:
        give_back(memory)
