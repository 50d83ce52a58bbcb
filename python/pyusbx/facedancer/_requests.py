"""Control requests as their eight bytes (USB 2.0 section 9.3), and the standard ones that a host makes of itself (section 9.4)."""

from __future__ import annotations

import struct

DEVICE, CONFIGURATION, STRING, INTERFACE = 1, 2, 3, 4

TO_DEVICE, FROM_DEVICE, TO_INTERFACE, TO_ENDPOINT = 0x00, 0x80, 0x01, 0x02
CLEAR_FEATURE, SET_FEATURE, SET_ADDRESS, GET_DESCRIPTOR, SET_CONFIGURATION, SET_INTERFACE = 1, 3, 5, 6, 9, 11
ENDPOINT_HALT = 0


def setup(request_type: int, request: int, value: int, index: int = 0, length: int = 0) -> bytes:
    return struct.pack("<BBHHH", request_type, request, value, index, length)


def get_descriptor(kind: int, index: int, length: int, language: int = 0) -> bytes:
    return setup(FROM_DEVICE, GET_DESCRIPTOR, kind << 8 | index, language, length)


def set_address(address: int) -> bytes:
    return setup(TO_DEVICE, SET_ADDRESS, address)


def set_configuration(value: int) -> bytes:
    return setup(TO_DEVICE, SET_CONFIGURATION, value)


def set_interface(interface: int, alt_setting: int) -> bytes:
    return setup(TO_INTERFACE, SET_INTERFACE, alt_setting, interface)


def set_halt(endpoint: int, halted: bool) -> bytes:
    return setup(TO_ENDPOINT, SET_FEATURE if halted else CLEAR_FEATURE, ENDPOINT_HALT, endpoint)
