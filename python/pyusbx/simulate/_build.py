"""The descriptors of a device's class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..constants import Speed, Type
from .declare import Endpoint, Interface, Text, members

if TYPE_CHECKING:
    from .device import Device

US_ENGLISH = 0x0409
BULK_PACKET = {Speed.LOW: 8, Speed.FULL: 64, Speed.SUPER: 1024, Speed.SUPER_PLUS: 1024}


class Build:
    """What a class declares, as bytes for `VirtualDevice.create`."""

    def __init__(self, cls: type[Device]) -> None:
        self.cls = cls
        self.strings: dict[tuple[int, int], str] = {}
        self.numbers: dict[object, int] = {}
        self.endpoints: list[Endpoint[Any]] = []
        self.interfaces: list[Interface] = []
        for _, value in members(cls):
            if isinstance(value, Endpoint):
                self.endpoints.append(value)
            elif isinstance(value, Interface):
                self.interfaces.append(value)
        if not self.interfaces:
            self.interfaces.append(Interface(interface_class=cls.interface_class, subclass=cls.interface_subclass))
        if cls.descriptors is None:
            self._check_interfaces()
        for index, text in cls.strings.items():
            self._add_string(index, text)
        names = [cls.manufacturer, cls.product, cls.serial]
        self.manufacturer, self.product, self.serial = (self._string(name) for name in names)
        self.descriptors = cls.descriptors if cls.descriptors is not None else self._device() + self._configurations()

    def _check_interfaces(self) -> None:
        """An endpoint of an interface that is not the class's would be in no descriptor."""
        for endpoint in self.endpoints:
            for one in endpoint.interfaces:
                if one not in self.interfaces:
                    raise TypeError(
                        f"endpoint 0x{endpoint.address:02x} of {self.cls.__name__} is in interface {one.number}, alternate setting "
                        f"{one.alternate}, which the class does not have; make it an attribute of the class"
                    )

    def packet(self, endpoint: Endpoint[Any]) -> int:
        if endpoint.packet is not None:
            return endpoint.packet
        speed = self.cls.speed
        return BULK_PACKET.get(speed, 512) if speed is not None else 512

    def _add_string(self, index: int, text: Text) -> None:
        languages = {US_ENGLISH: text} if isinstance(text, str) else text
        self.strings.update({(index, language): words for language, words in languages.items()})

    def _string(self, text: Text | None) -> int:
        if not text:
            return 0
        key = text if isinstance(text, str) else tuple(text.items())
        if key not in self.numbers:
            used = {index for index, _ in self.strings}
            self.numbers[key] = next(number for number in range(1, 256) if number not in used)
            self._add_string(self.numbers[key], text)
        return self.numbers[key]

    def _device(self) -> bytes:
        cls = self.cls
        configurations = len({one.configuration for one in self.interfaces})
        is_super = cls.speed is not None and cls.speed >= Speed.SUPER
        version = cls.usb_version if cls.usb_version is not None else 0x0320 if is_super else 0x0200
        room = cls.control_packet if cls.control_packet is not None else 9 if is_super else 8 if cls.speed is Speed.LOW else 64
        return bytes(
            [18, 1, *two(version), cls.device_class, cls.device_subclass, cls.device_protocol, room]
            + [*two(cls.vendor_id), *two(cls.product_id), *two(cls.device_version)]
            + [self.manufacturer, self.product, self.serial, configurations]
        )

    def _configurations(self) -> bytes:
        numbers = sorted({one.configuration for one in self.interfaces})
        return b"".join(self._configuration(number) for number in numbers)

    def _configuration(self, number: int) -> bytes:
        own = [one for one in self.interfaces if one.configuration == number]
        body = b"".join(self._interface(one) for one in own)
        count = len({one.number for one in own})
        attributes, power = self.cls.attributes, self.cls.max_power_ma // (8 if self.is_super else 2)
        return bytes([9, 2, *two(9 + len(body)), count, number, 0, attributes, power]) + body

    @property
    def is_super(self) -> bool:
        return self.cls.speed is not None and self.cls.speed >= Speed.SUPER

    def _interface(self, one: Interface) -> bytes:
        first = self.interfaces[0]
        own = [e for e in self.endpoints if one in e.interfaces or (not e.interfaces and one is first)]
        kind = [one.interface_class, one.subclass, one.protocol, self._string(one.name)]
        head = bytes([9, 4, one.number, one.alternate, len(own), *kind])
        return one.before + head + one.extra + b"".join(map(self._endpoint, own))

    def _endpoint(self, endpoint: Endpoint[Any]) -> bytes:
        packet, interval = self.packet(endpoint), endpoint.interval
        head = bytes([7, 5, endpoint.address, endpoint.attributes, *two(packet), interval])
        if self.is_super:
            periodic = endpoint.type in (Type.ISOCHRONOUS, Type.INTERRUPT)
            head += bytes([6, 0x30, 0, 0, *two(packet if periodic else 0)])
        return head + endpoint.extra


def two(number: int) -> bytes:
    return number.to_bytes(2, "little")
