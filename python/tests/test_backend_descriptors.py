"""What pyusb sees of devices whose descriptors are right, odd, or wrong."""

from __future__ import annotations

import random

import pytest

from pyusbx.backend.descriptors import Device
from pyusbx.backend.listed import parent_path, port_numbers

DEVICE = bytes([18, 1, 0, 2, 0, 0, 0, 8, 0xD8, 4, 0x2E, 0xFA, 1, 0, 1, 2, 3, 2])
BULK = bytes([7, 5, 0x81, 2, 0, 2, 0])
AUDIO = bytes([9, 5, 0x02, 1, 64, 0, 1, 3, 0x84])
CLASS = bytes([5, 0x24, 1, 2, 3])
ASSOCIATION = bytes([8, 11, 0, 2, 2, 2, 1, 0])


def interface(number: int, alternate: int, endpoints: int) -> bytes:
    return bytes([9, 4, number, alternate, endpoints, 0xFF, 1, 2, 3])


def configuration(value: int, interfaces: int, *parts: bytes) -> bytes:
    rest = b"".join(parts)
    return bytes([9, 2, *(9 + len(rest)).to_bytes(2, "little"), interfaces, value, 0, 0xC0, 50]) + rest


def test_everything_stands_where_it_belongs() -> None:
    device = Device(
        DEVICE
        + configuration(1, 2, ASSOCIATION, interface(0, 0, 0), CLASS, interface(0, 1, 2), BULK, CLASS, AUDIO, interface(4, 0, 1), BULK)
        + configuration(7, 1, interface(0, 0, 0))
    )
    assert (device.idVendor, device.idProduct, device.bNumConfigurations) == (0x04D8, 0xFA2E, 2)
    first, second = device.configurations
    assert (first.bConfigurationValue, second.bConfigurationValue, second.bMaxPower) == (1, 7, 50)
    assert first.extra_descriptors == list(ASSOCIATION)
    assert [[i.bAlternateSetting for i in settings] for settings in first.interfaces] == [[0, 1], [0]]
    assert first.interfaces[0][0].extra_descriptors == list(CLASS)
    bulk, audio = first.interfaces[0][1].endpoints
    assert (bulk.bEndpointAddress, bulk.wMaxPacketSize, bulk.bRefresh, bulk.extra_descriptors) == (0x81, 512, 0, list(CLASS))
    assert (audio.bEndpointAddress, audio.bRefresh, audio.bSynchAddress) == (0x02, 3, 0x84)
    assert first.interfaces[1][0].bInterfaceNumber == 4


def test_counts_are_of_what_is_there() -> None:
    device = Device(DEVICE + configuration(1, 9, interface(0, 0, 30), BULK, interface(0, 1, 0)))
    assert device.configurations[0].bNumInterfaces == 1
    assert [i.bNumEndpoints for i in device.configurations[0].interfaces[0]] == [1, 0]


def test_nonsense_is_read_as_far_as_it_makes_sense() -> None:
    dice = random.Random(1)
    good = DEVICE + configuration(1, 1, interface(0, 0, 2), BULK, AUDIO, CLASS) + configuration(2, 1, interface(0, 0, 1), BULK)
    for _ in range(3000):
        data = bytearray(good)
        for _ in range(dice.randrange(1, 6)):
            data[dice.randrange(18, len(data))] = dice.choice((0, 1, 2, 255, dice.randrange(256)))
        device = Device(bytes(data[: dice.randrange(18, len(data) + 1)]))
        for one in device.configurations:
            assert one.bNumInterfaces == len(one.interfaces)
            assert all(i.bNumEndpoints == len(i.endpoints) for settings in one.interfaces for i in settings)


@pytest.mark.parametrize(
    "path, ports, parent",
    [
        ("2-1.4.12", (1, 4, 12), "2-1.4"),
        ("2-1", (1,), "usb2"),
        ("usb2", (), None),
        ("virtual/3", (3,), None),
        ("", (), None),
    ],
)
def test_places_are_ports_from_the_root(path: str, ports: "tuple[int, ...]", parent: "str | None") -> None:
    assert (port_numbers(path), parent_path(path)) == (ports, parent)
