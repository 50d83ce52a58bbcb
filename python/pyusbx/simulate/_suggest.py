"""Methods to begin with, for the requests that a host made and nobody answered."""

from __future__ import annotations

from ..events import Setup
from .declare import kind_of, recipient_of
from .device import Device


def suggestions(device: Device) -> str:
    """Source for the class, "" if every request was answered."""
    seen: dict[tuple[str, int, bool, str], list[Setup]] = {}
    for setup in device.unhandled:
        seen.setdefault((kind_of(setup), setup.request, setup.is_in, recipient_of(setup)), []).append(setup)
    return "".join(_method(*key, asked) for key, asked in seen.items())


def _method(kind: str, number: int, is_in: bool, recipient: str, asked: list[Setup]) -> str:
    direction = "in" if is_in else "out"
    lines = [f'    @simulate.{kind}_request({number:#04x}, "{direction}", "{recipient}")']
    lines.append(f"    def {kind}_{direction}_{number:02x}(self, request):")
    lines += [f"        # {line}" for line in dict.fromkeys(map(_seen, asked))]
    lines.append(f"        return bytes({max(one.length for one in asked)})" if is_in else "        return None")
    return "\n".join(lines) + "\n\n"


def _seen(setup: Setup) -> str:
    numbers = f"value {setup.value:#06x}, index {setup.index:#06x}, length {setup.length}"
    sent = setup.data[:16].hex(" ") + (" …" if len(setup.data) > 16 else "")
    return numbers + (f": {sent}" if sent else "")
