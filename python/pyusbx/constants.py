"""The constants of the header as enumerations."""

from __future__ import annotations

from enum import IntEnum

from . import _declarations as header


class Number(IntEnum):
    """A number with a name. A value of a later library that this package does not know stays a number."""

    @classmethod
    def _missing_(cls, value: object) -> Number | None:
        if not isinstance(value, int):
            return None
        unknown = int.__new__(cls, value)
        unknown._name_, unknown._value_ = f"UNKNOWN_{value}", value
        return unknown


class Type(Number):
    """The type of an endpoint."""

    CONTROL = header.USBX_TYPE_CONTROL
    ISOCHRONOUS = header.USBX_TYPE_ISOCHRONOUS
    BULK = header.USBX_TYPE_BULK
    INTERRUPT = header.USBX_TYPE_INTERRUPT


class Speed(Number):
    """The speed of a device."""

    UNKNOWN = header.USBX_SPEED_UNKNOWN
    LOW = header.USBX_SPEED_LOW
    FULL = header.USBX_SPEED_FULL
    HIGH = header.USBX_SPEED_HIGH
    SUPER = header.USBX_SPEED_SUPER
    SUPER_PLUS = header.USBX_SPEED_SUPER_PLUS


class Backend(Number):
    """Where a device is: on this computer's bus, simulated in this process, or at another computer."""

    SYSTEM = header.USBX_BACKEND_SYSTEM
    VIRTUAL = header.USBX_BACKEND_VIRTUAL
    USBIP = header.USBX_BACKEND_USBIP


class Memory(Number):
    """The kind of memory a stream uses."""

    AUTO = header.USBX_MEMORY_AUTO
    HEAP = header.USBX_MEMORY_HEAP
    MAPPED = header.USBX_MEMORY_MAPPED


class Change(Number):
    """What happened to a device."""

    ARRIVED = header.USBX_EVENT_ARRIVED
    LEFT = header.USBX_EVENT_LEFT


class Fault(Number):
    """What goes wrong with a transfer of a virtual device; see `VirtualDevice.fault`."""

    #: The transfer ends with a status, after so many bytes.
    STATUS = header.USBX_FAULT_STATUS
    #: The transfer is complete so many milliseconds later than its data.
    DELAY = header.USBX_FAULT_DELAY
    #: The device answers NAK for so many milliseconds before the transfer goes on.
    NAK = header.USBX_FAULT_NAK
    #: An IN transfer is ended by a short packet after so many bytes; the rest of that packet is lost.
    SHORT = header.USBX_FAULT_SHORT
    #: One bit of the transfer's data is wrong.
    CORRUPT = header.USBX_FAULT_CORRUPT
    #: The last packet of an IN transfer is one byte too long, which the host sees as `Overflow`.
    BABBLE = header.USBX_FAULT_BABBLE
    #: The device is unplugged when so many bytes have moved.
    UNPLUG = header.USBX_FAULT_UNPLUG
