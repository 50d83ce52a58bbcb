"""A device as it is listed: what pyusb knows of one that is not open."""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from typing import Iterator

from .._declarations import usbx_device_info
from ..errors import NotFound
from ..info import DeviceInfo, described, descriptors, entries
from .descriptors import Device


class Listed:
    """A device that was plugged in when it was listed. Its descriptors were read without opening it. Programs that look for one device
    go through all: what only a few of these are asked for is made when it is asked for."""

    def __init__(self, entry: usbx_device_info) -> None:
        #: A copy: the entry itself would keep the whole list.
        self._entry = usbx_device_info.from_buffer_copy(entry)
        self.path: str = entry.path.decode(errors="replace")
        #: The interfaces whose kernel drivers pyusb's user has detached.
        self.detached: set[int] = set()
        self.descriptor = Device(descriptors(self.path))
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


def listed() -> Iterator[Listed]:
    """Those there are. One that goes away meanwhile is not."""
    for entry in entries():
        try:
            yield Listed(entry)
        except NotFound:
            continue
