"""The numbers of the header that have a meaning of their own."""

from __future__ import annotations

from enum import IntEnum

from . import _declarations as header


class Number(IntEnum):
    """A number with a name; one that a later library knows and this package does not is a number all the same."""

    @classmethod
    def _missing_(cls, value: object) -> Number | None:
        if not isinstance(value, int):
            return None
        unknown = int.__new__(cls, value)
        unknown._name_, unknown._value_ = f"UNKNOWN_{value}", value
        return unknown


class Type(Number):
    """What kind of transfers an endpoint has."""

    CONTROL = header.USBX_TYPE_CONTROL
    ISOCHRONOUS = header.USBX_TYPE_ISOCHRONOUS
    BULK = header.USBX_TYPE_BULK
    INTERRUPT = header.USBX_TYPE_INTERRUPT


class Speed(Number):
    """How fast a device is connected."""

    UNKNOWN = header.USBX_SPEED_UNKNOWN
    LOW = header.USBX_SPEED_LOW
    FULL = header.USBX_SPEED_FULL
    HIGH = header.USBX_SPEED_HIGH
    SUPER = header.USBX_SPEED_SUPER
    SUPER_PLUS = header.USBX_SPEED_SUPER_PLUS


class Backend(Number):
    """Where a device is: on this computer's bus, in this process, or at another computer."""

    LIBUSB = header.USBX_BACKEND_LIBUSB
    VIRTUAL = header.USBX_BACKEND_VIRTUAL
    USBIP = header.USBX_BACKEND_USBIP


class Memory(Number):
    """What memory a stream uses."""

    AUTO = header.USBX_MEMORY_AUTO
    HEAP = header.USBX_MEMORY_HEAP
    MAPPED = header.USBX_MEMORY_MAPPED


class Change(Number):
    """What a watch saw happen to a device."""

    ARRIVED = header.USBX_EVENT_ARRIVED
    LEFT = header.USBX_EVENT_LEFT
