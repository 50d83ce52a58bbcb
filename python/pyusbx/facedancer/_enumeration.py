"""What a host asks a device that was just plugged in, and what it knows of it then."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generator, Iterator

from ._requests import CONFIGURATION, DEVICE, INTERFACE, STRING, get_descriptor, set_address, set_configuration

# What the simulated bus has no use for, and devices may want to know.
ADDRESS = 1


@dataclass
class Description:
    """The device descriptor and the configurations behind it; the strings that these refer to, by index and language."""

    descriptors: bytes = b""
    strings: dict[tuple[int, int], str] = field(default_factory=dict)
    #: The one that the host has selected; 0 for none.
    configuration: int = 0


#: Yields requests, and is sent what the device answers: bytes, or None for a stall.
Enumeration = Generator[bytes, "bytes | None", Description]


def enumeration() -> Enumeration:
    """In the order of a host: who are you, how are you made, what are you called, go. A request that is refused is what it is then."""
    device = (yield get_descriptor(DEVICE, 0, 18)) or b""
    yield set_address(ADDRESS)
    description = Description(device)
    values, indices = bytearray(), set(device[14:17])
    for index in range(device[17] if len(device) > 17 else 0):
        header = (yield get_descriptor(CONFIGURATION, index, 9)) or b""
        length = int.from_bytes(header[2:4], "little")
        configuration = (yield get_descriptor(CONFIGURATION, index, length)) or b"" if length else b""
        description.descriptors += configuration
        values += configuration[5:6]
        indices |= set(_string_indices(configuration))
    if indices - {0}:
        languages = (yield get_descriptor(STRING, 0, 255)) or b""
        for language in (int.from_bytes(languages[at : at + 2], "little") for at in range(2, len(languages) - 1, 2)):
            for index in sorted(indices - {0}):
                string = (yield get_descriptor(STRING, index, 255, language)) or b""
                if string:
                    text = string[2 : string[0]].decode("utf-16-le", "replace")
                    description.strings[index, language] = text.partition("\0")[0]
    if values:
        description.configuration = values[0]
        yield set_configuration(values[0])
    return description


def _string_indices(configuration: bytes) -> Iterator[int]:
    """iConfiguration, and iInterface of each."""
    at = 0
    while at + 1 < len(configuration) and configuration[at] >= 2:
        descriptor = configuration[at : at + configuration[at]]
        if descriptor[1] == CONFIGURATION:
            yield from descriptor[6:7]
        elif descriptor[1] == INTERFACE:
            yield from descriptor[8:9]
        at += len(descriptor)
