"""What happens to a virtual device that a program answers for: what `VirtualDevice.next` returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

from . import _declarations as header
from ._declarations import usbx_virtual_event


@dataclass(frozen=True)
class VirtualEvent:
    """Something that happened to a virtual device. Each kind is a class of its own."""


@dataclass(frozen=True)
class Setup(VirtualEvent):
    """The host sends a control request, which is in hand from now on: `reply` or `stall` answers it."""

    #: bmRequestType.
    request_type: int
    #: bRequest.
    request: int
    #: wValue.
    value: int
    #: wIndex.
    index: int
    #: wLength.
    length: int
    #: The data of a request that goes OUT.
    data: bytes = b""

    @property
    def is_in(self) -> bool:
        """Whether the host wants data."""
        return self.request_type & 0x80 != 0


@dataclass(frozen=True)
class Reset(VirtualEvent):
    """The host reset the device."""


@dataclass(frozen=True)
class Configured(VirtualEvent):
    """The host selected a configuration, or the same one again; 0 is the unconfigured state."""

    configuration: int


@dataclass(frozen=True)
class AltSetting(VirtualEvent):
    """The host selected an alternate setting of an interface."""

    interface_number: int
    alt_setting: int


@dataclass(frozen=True)
class Halt(VirtualEvent):
    """The host set or cleared the halt of an endpoint."""

    endpoint: int
    halted: bool


@dataclass(frozen=True)
class Opened(VirtualEvent):
    """A program on the host's side opened the device."""


@dataclass(frozen=True)
class Closed(VirtualEvent):
    """A program on the host's side closed the device."""


@dataclass(frozen=True)
class In(VirtualEvent):
    """The host waits for data of an IN endpoint, and there are none: `write` sends some. Reported once, and again after the next write
    there; of an isochronous endpoint for the interval that begins at interval_ns, which waits up to 250 ms for the write, or 2 s while the
    program is at work on an event, or between two waits for one. b"" lets it pass."""

    endpoint: int
    #: When that interval begins, in nanoseconds as `time.monotonic_ns` counts them; 0 for other endpoints.
    interval_ns: int = 0


@dataclass(frozen=True)
class Out(VirtualEvent):
    """The host has data for an OUT endpoint, and no `read` waits for them. Reported once, and again after the next read there."""

    endpoint: int


@dataclass(frozen=True)
class Unknown(VirtualEvent):
    """An event of a later library, which this package does not know."""

    event: int


def happened(event: usbx_virtual_event, data: bytes) -> VirtualEvent:
    make = _KINDS.get(event.event)
    return Unknown(event.event) if make is None else make(event, data)


_KINDS: dict[int, Callable[[usbx_virtual_event, bytes], VirtualEvent]] = {
    header.USBX_VIRTUAL_SETUP: lambda e, data: Setup(e.request_type, e.request, e.value, e.index, e.length, data),
    header.USBX_VIRTUAL_RESET: lambda e, _: Reset(),
    header.USBX_VIRTUAL_CONFIGURED: lambda e, _: Configured(e.configuration),
    header.USBX_VIRTUAL_ALT_SETTING: lambda e, _: AltSetting(e.interface_number, e.alt_setting),
    header.USBX_VIRTUAL_HALT: lambda e, _: Halt(e.endpoint, bool(e.halted)),
    header.USBX_VIRTUAL_OPENED: lambda e, _: Opened(),
    header.USBX_VIRTUAL_CLOSED: lambda e, _: Closed(),
    header.USBX_VIRTUAL_IN: lambda e, _: In(e.endpoint, e.interval_ns),
    header.USBX_VIRTUAL_OUT: lambda e, _: Out(e.endpoint),
}
