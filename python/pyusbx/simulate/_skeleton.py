"""A model's source from the descriptors of a device that exists."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..constants import Speed, Type
from ..device import open_path
from ..errors import Error
from ..info import DeviceInfo, descriptors, devices
from ._standard import configurations

DEVICE, CONFIGURATION, INTERFACE, ENDPOINT, COMPANION, ASSOCIATION, HID, REPORT = 1, 2, 4, 5, 0x30, 11, 0x21, 0x22


@dataclass
class _Setting:
    configuration: int
    head: bytes
    before: bytes = b""
    extra: bytes = b""
    endpoints: list[bytes] = field(default_factory=list)
    name: str = ""


def from_device(path: str) -> str:
    """The source of a model of the device at a path ("1-2.4", "virtual/1"): its descriptors and strings as a class, without handlers.
    Where the declarations cannot say what the descriptors have, they are in it as bytes."""
    info = next((info for info in devices() if info.path == path), None)
    whole = descriptors(path)
    strings, reports = _asked(path, whole)
    if info is None:
        raise LookupError(f"there is no device at {path}")
    declared = _source(info, whole, strings, reports, _declarations(whole, strings))
    if declared is not None and _gives(declared, whole):
        return declared
    raw = [f"    descriptors = bytes.fromhex(\n        {_lines(whole)}\n    )"]
    raw += [f"    strings = {strings!r}"] if strings else []
    raw += _endpoints(whole)
    return _source(info, whole, {}, reports, "\n".join(raw)) or ""


def _asked(path: str, whole: bytes) -> tuple[dict[int, str], dict[int, bytes]]:
    """The strings and the HID report descriptors, as far as the device may be opened."""
    strings: dict[int, str] = {}
    reports: dict[int, bytes] = {}
    wanted = {whole[at] for at in (14, 15, 16)} | {one.head[8] for one in _settings(whole)}
    try:
        device = open_path(path)
    except Error:
        return strings, reports
    with device:
        for index in sorted(wanted - {0}):
            try:
                strings[index] = device.get_string(index)
            except Error:
                pass
        for setting in _settings(whole):
            if setting.head[5] == 3 and setting.head[2] not in reports:
                try:
                    with device.claim(setting.head[2]):
                        reports[setting.head[2]] = device.control_read(0x81, 6, REPORT << 8, setting.head[2], 4096)
                except Error:
                    pass
    return strings, reports


def _settings(whole: bytes) -> list[_Setting]:
    found: list[_Setting] = []
    for configuration in configurations(whole):
        before, at, first = b"", configuration[0], True
        while at + 2 <= len(configuration):
            length = max(2, configuration[at])
            one = configuration[at : at + length]
            at += length
            if one[1] == INTERFACE and len(one) == 9:
                found.append(_Setting(configuration[5], one, before))
                before, first = b"", False
            elif one[1] == ASSOCIATION or first:
                before += one
            elif one[1] == ENDPOINT:
                found[-1].endpoints.append(one)
            elif found[-1].endpoints:
                found[-1].endpoints[-1] += one
            else:
                found[-1].extra += one
    return found


def _declarations(whole: bytes, strings: dict[int, str]) -> str:
    lines: list[str] = []
    settings = _settings(whole)
    names: dict[int, str] = {}
    users: dict[bytes, list[str]] = {}
    for number, one in enumerate(settings):
        head = one.head
        name = f"interface_{head[2]}" + (f"_{head[3]}" if head[3] else "")
        name += f"_of_{one.configuration}" if one.configuration != settings[0].configuration else ""
        names[number] = name
        given = [f"{head[2]}, {head[3]}", f"interface_class={head[5]:#04x}"]
        given += [f"subclass={head[6]:#04x}"] if head[6] else []
        given += [f"protocol={head[7]:#04x}"] if head[7] else []
        given += [f"name={strings[head[8]]!r}"] if head[8] in strings else []
        given += [f"extra={_bytes(one.extra)}"] if one.extra else []
        given += [f"before={_bytes(one.before)}"] if one.before else []
        given += [f"configuration={one.configuration}"] if one.configuration != 1 else []
        lines.append(f"    {name} = simulate.interface({', '.join(given)})")
        for endpoint in one.endpoints:
            users.setdefault(endpoint, []).append(name)
    seen: dict[str, int] = {}
    for endpoint, where in users.items():
        lines.append(_endpoint(endpoint, where, seen))
    return "\n".join(lines)


def _name(endpoint: bytes, seen: dict[str, int]) -> tuple[str, str]:
    """Of the declaration, and of its function."""
    function = f"{Type(endpoint[3] & 3).name.lower()}_{'in' if endpoint[2] & 0x80 else 'out'}"
    name = f"{function}_{endpoint[2] & 15}"
    seen[name] = seen.get(name, 0) + 1
    return name + (f"_{seen[name]}" if seen[name] > 1 else ""), function


def _endpoint(endpoint: bytes, where: list[str], seen: dict[str, int]) -> str:
    name, function = _name(endpoint, seen)
    extra = endpoint[7:]
    if len(extra) >= 6 and extra[:2] == bytes([6, COMPANION]):
        extra = extra[6:]
    given = [f"{endpoint[2]:#04x}", f"packet={int.from_bytes(endpoint[4:6], 'little')}", f"interval={endpoint[6]}"]
    given.append(f"interface={where[0] if len(where) == 1 else '(' + ', '.join(where) + ')'}")
    given += [f"attributes={endpoint[3]:#04x}"] if endpoint[3] & 3 == Type.ISOCHRONOUS and endpoint[3] != 1 else []
    given += [f"extra={_bytes(extra)}"] if extra else []
    return f"    {name} = simulate.{function}({', '.join(given)})"


def _endpoints(whole: bytes) -> list[str]:
    """For a class with descriptors of its own: one declaration for each address."""
    seen: dict[str, int] = {}
    addresses: dict[int, str] = {}
    for setting in _settings(whole):
        for endpoint in setting.endpoints:
            is_usable = len(endpoint) >= 7 and endpoint[2] & 0x0F and endpoint[3] & 3
            if is_usable and endpoint[2] not in addresses:
                name, function = _name(endpoint, seen)
                packet = int.from_bytes(endpoint[4:6], "little")
                addresses[endpoint[2]] = f"    {name} = simulate.{function}({endpoint[2]:#04x}, packet={packet})"
    return list(addresses.values())


def _source(info: DeviceInfo, whole: bytes, strings: dict[int, str], reports: dict[int, bytes], body: str | None) -> str | None:
    if body is None:
        return None
    lines = [f'"""A model of {info}{" " + info.product if info.product else ""}: add handlers to it (docs/simulate.md)."""', ""]
    lines += ["from pyusbx import simulate", "", "", "class Model(simulate.Device):"]
    lines += [f"    vendor_id, product_id, device_version = {info.vendor_id:#06x}, {info.product_id:#06x}, {info.device_version:#06x}"]
    for name, at in (("manufacturer", 14), ("product", 15), ("serial", 16)):
        text = strings.get(whole[at]) or getattr(info, name)
        if text and "descriptors = " not in body:
            lines.append(f"    {name} = {text!r}")
    lines.append(f"    speed = simulate.Speed.{Speed(info.speed).name}")
    if "descriptors = " not in body:
        lines.append(f"    usb_version, control_packet = {info.usb_version:#06x}, {whole[7]}")
        if any(whole[4:7]):
            kind = ", ".join(f"{number:#04x}" for number in whole[4:7])
            lines.append(f"    device_class, device_subclass, device_protocol = {kind}")
        first = configurations(whole)[:1]
        if first:
            unit = 8 if info.speed >= Speed.SUPER else 2
            lines.append(f"    attributes, max_power_ma = {first[0][7]:#04x}, {first[0][8] * unit}")
    if reports:
        lines.append("    more_descriptors = {")
        lines += [f"        ({REPORT:#04x}, 0, {number}): bytes.fromhex(\n            {_lines(data, 12)}\n        )," for number, data in reports.items()]
        lines.append("    }")
    return "\n".join([*lines, body, ""])


def _gives(source: str, whole: bytes) -> bool:
    """Whether the class has these descriptors."""
    names: dict[str, type] = {}
    try:
        exec(compile(source, "model", "exec"), names)
        from ._build import Build

        return Build(names["Model"]).descriptors == whole
    except Exception:
        return False


def _bytes(data: bytes) -> str:
    return f'bytes.fromhex("{data.hex(" ")}")'


def _lines(data: bytes, indent: int = 8) -> str:
    rows = [f'"{data[at : at + 32].hex(" ")} "' for at in range(0, len(data), 32)]
    return ("\n" + " " * indent).join(rows)
