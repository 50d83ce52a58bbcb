"""Descriptors as pyusb wants them: objects with the standard's field names, parsed from a device's bytes.

Whatever a device may send is read as far as it makes sense: an entry of impossible length ends a configuration, and counts are of what
is there.
"""

from __future__ import annotations

import struct
from functools import cached_property
from types import SimpleNamespace
from typing import Iterator

DEVICE, CONFIGURATION, INTERFACE, ENDPOINT = 1, 2, 4, 5

DEVICE_LAYOUT = "<BBHBBBBHHHBBBB"

_DEVICE_FIELDS = (
    "bLength bDescriptorType bcdUSB bDeviceClass bDeviceSubClass bDeviceProtocol bMaxPacketSize0 "
    "idVendor idProduct bcdDevice iManufacturer iProduct iSerialNumber bNumConfigurations"
).split()
_CONFIGURATION_FIELDS = (
    "bLength bDescriptorType wTotalLength bNumInterfaces bConfigurationValue iConfiguration bmAttributes bMaxPower"
).split()
_INTERFACE_FIELDS = (
    "bLength bDescriptorType bInterfaceNumber bAlternateSetting bNumEndpoints "
    "bInterfaceClass bInterfaceSubClass bInterfaceProtocol iInterface"
).split()
_ENDPOINT_FIELDS = (
    "bLength bDescriptorType bEndpointAddress bmAttributes wMaxPacketSize bInterval bRefresh bSynchAddress"
).split()


class Descriptor(SimpleNamespace):
    """A descriptor. `extra_descriptors` are the bytes behind it up to the next of the standard's kinds."""

    def __init__(self, names: list[str], layout: str, data: bytes) -> None:
        super().__init__(**dict(zip(names, struct.unpack_from(layout, data))))
        self.extra_descriptors: list[int] = []


class Device(Descriptor):
    """A device descriptor, with its configurations in the device's order."""

    def __init__(self, data: bytes) -> None:
        super().__init__(_DEVICE_FIELDS, DEVICE_LAYOUT, data)
        self._behind = data[18:]

    @cached_property
    def configurations(self) -> list[Configuration]:
        return [Configuration(part) for part in _configurations(self._behind)]


class Configuration(Descriptor):
    """A configuration descriptor, with its interfaces."""

    def __init__(self, data: bytes) -> None:
        super().__init__(_CONFIGURATION_FIELDS, "<BBHBBBBB", data)
        #: Each with its alternate settings, both in the device's order.
        self.interfaces: list[list[Interface]] = []
        current: Descriptor = self
        setting: Interface | None = None
        for entry in _entries(data[self.bLength :]):
            if entry[1] == INTERFACE and len(entry) >= 9:
                current = setting = Interface(entry)
                self._add(setting)
            elif entry[1] == ENDPOINT and len(entry) >= 7 and setting is not None:
                current = Endpoint(entry)
                setting.endpoints.append(current)
            else:
                current.extra_descriptors.extend(entry)
        self.bNumInterfaces = len(self.interfaces)
        for interface in self.interfaces:
            for setting in interface:
                setting.bNumEndpoints = len(setting.endpoints)

    def _add(self, setting: Interface) -> None:
        for interface in self.interfaces:
            if interface[0].bInterfaceNumber == setting.bInterfaceNumber:
                interface.append(setting)
                return
        self.interfaces.append([setting])


class Interface(Descriptor):
    """An interface descriptor: one alternate setting, with its endpoints."""

    def __init__(self, entry: bytes) -> None:
        super().__init__(_INTERFACE_FIELDS, "<9B", entry)
        self.endpoints: list[Endpoint] = []


class Endpoint(Descriptor):
    """An endpoint descriptor. Only those of audio devices have the last two fields."""

    def __init__(self, entry: bytes) -> None:
        super().__init__(_ENDPOINT_FIELDS, "<BBBBHBBB", entry + bytes(2) if len(entry) < 9 else entry)


def _configurations(data: bytes) -> Iterator[bytes]:
    while len(data) >= 9 and data[0] >= 9 and data[1] == CONFIGURATION:
        length = int.from_bytes(data[2:4], "little")
        if length < 9:
            return
        yield data[:length]
        data = data[length:]


def _entries(data: bytes) -> Iterator[bytes]:
    while len(data) >= 2 and 2 <= data[0] <= len(data):
        yield data[: data[0]]
        data = data[data[0] :]
