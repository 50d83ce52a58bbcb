"""A device as it is listed: what pyusb knows of one that is not open."""

from __future__ import annotations

import re
from typing import Iterator

from ..errors import NotFound
from ..info import DeviceInfo, descriptors, devices
from .descriptors import Device


class Listed:
    """A device that was plugged in when it was listed. Its descriptors were read without opening it."""

    def __init__(self, info: DeviceInfo) -> None:
        self.info = info
        #: The interfaces whose kernel drivers pyusb's user has detached.
        self.detached: set[int] = set()
        self.descriptor = Device(descriptors(info.path))
        self.descriptor.bus = info.bus
        self.descriptor.address = info.address
        self.descriptor.speed = int(info.speed)
        ports = port_numbers(info.path)
        # As libusb has it: a root hub is at port 0, and has no port numbers.
        self.descriptor.port_number = ports[-1] if ports else 0
        self.descriptor.port_numbers = ports or None


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
    for info in devices():
        try:
            yield Listed(info)
        except NotFound:
            continue
