"""Standard requests for a device that answers some of them itself: the rest is answered from its descriptors, as the library would."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..events import Setup
from .declare import recipient_of

if TYPE_CHECKING:
    from .device import Device

GET_STATUS, CLEAR_FEATURE, SET_FEATURE, GET_DESCRIPTOR, SYNCH_FRAME = 0, 1, 3, 6, 12


def answer(device: Device, setup: Setup) -> bytes | None:
    """None: refused. An OUT request is answered with b""."""
    if setup.request == GET_DESCRIPTOR and setup.is_in:
        return descriptor(device, setup)
    if setup.request == GET_STATUS and setup.is_in:
        is_self_powered = recipient_of(setup) == "device" and device.attributes & 0x40
        return bytes([1 if is_self_powered else 0, 0])
    return None


def descriptor(device: Device, setup: Setup) -> bytes | None:
    kind, index = setup.value >> 8, setup.value & 0xFF
    interface = setup.index & 0xFF if recipient_of(setup) == "interface" else None
    found = device.more_descriptors.get((kind, index, interface))
    if found is not None or interface is not None:
        return found
    build = device._build
    if kind == 1:
        return build.descriptors[:18]
    if kind == 2:
        whole = configurations(build.descriptors)
        return whole[index] if index < len(whole) else None
    if kind == 3:
        return string(build.strings, index, setup.index)
    return None


def configurations(descriptors: bytes) -> list[bytes]:
    found, at = [], 18
    while at + 4 <= len(descriptors):
        length = int.from_bytes(descriptors[at + 2 : at + 4], "little")
        if length < 4:
            break
        found.append(descriptors[at : at + length])
        at += length
    return found


def string(strings: dict[tuple[int, int], str], index: int, language: int) -> bytes | None:
    if index == 0:
        languages = list(dict.fromkeys(one for _, one in strings))
        body = b"".join(one.to_bytes(2, "little") for one in languages)
    else:
        known = {one: text for (number, one), text in strings.items() if number == index}
        if not known:
            return None
        body = known.get(language, next(iter(known.values()))).encode("utf-16-le")
    return bytes([2 + len(body), 3]) + body
