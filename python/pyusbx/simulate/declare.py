"""What the body of a device's class is made of: interfaces, endpoints and the requests that a method answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable, Generic, Iterator, Mapping, Sequence, TypeVar, Union, overload

from ..constants import Type
from ..events import Setup
from .endpoint import In, Out

if TYPE_CHECKING:
    from .device import Device

H = TypeVar("H", bound=Callable[..., Any])
E = TypeVar("E", In, Out)

#: A string of the device: in US English, or in several languages by their numbers.
Text = Union[str, Mapping[int, str]]


class Stall(Exception):
    """Raised by a handler: the request is refused, which the host sees as `pyusbx.Pipe`."""


@dataclass(frozen=True, eq=False)
class Interface:
    """An alternate setting of an interface; `interface()` makes one."""

    number: int = 0
    alternate: int = 0
    interface_class: int = 0xFF
    subclass: int = 0
    protocol: int = 0
    name: Text | None = None
    #: Class descriptors between the interface's descriptor and its endpoints'.
    extra: bytes = b""
    #: Descriptors before the interface's: an interface association.
    before: bytes = b""
    configuration: int = 1


def interface(
    number: int = 0,
    alternate: int = 0,
    *,
    interface_class: int = 0xFF,
    subclass: int = 0,
    protocol: int = 0,
    name: Text | None = None,
    extra: bytes = b"",
    before: bytes = b"",
    configuration: int = 1,
) -> Interface:
    """An interface, or a further alternate setting of one. A device without any has one interface of its own, for its endpoints.

    extra: class descriptors between the interface's descriptor and its endpoints'. before: descriptors in front of it, such as an
    interface association. configuration: which one it belongs to.
    """
    return Interface(number, alternate, interface_class, subclass, protocol, name, extra, before, configuration)


Where = Union[Interface, Sequence[Interface], None]


class Endpoint(Generic[E]):
    """An endpoint in a class; in an object of that class it is an `In` or an `Out`."""

    def __init__(
        self,
        type: Type,
        address: int,
        packet: int | None,
        interval: int,
        interface: Where,
        extra: bytes,
        attributes: int | None,
        runtime: Callable[..., E],
    ) -> None:
        self.type = type
        self.address = address
        self.packet = packet
        self.interval = interval
        self.interfaces = (interface,) if isinstance(interface, Interface) else tuple(interface or ())
        self.extra = extra
        self.attributes = int(type) if attributes is None else attributes
        self.runtime: Callable[..., E] = runtime
        self.room: int | None = None
        self.handler: str | None = None
        self.sent_handler: str | None = None

    @overload
    def __get__(self, device: None, owner: type) -> Endpoint[E]: ...
    @overload
    def __get__(self, device: Device, owner: type) -> E: ...
    def __get__(self, device: Device | None, owner: type) -> Endpoint[E] | E:
        if device is None:
            return self
        found: Any = device._endpoints[self.address]
        return found  # type: ignore[no-any-return]

    def received(self, handler: H) -> H:
        """Of an OUT endpoint: the method is called with the bytes that the host sends. While an `async def` one runs, the host waits."""
        if self.address & 0x80:
            raise TypeError(f"endpoint 0x{self.address:02x} is IN: the device receives nothing there; use `wanted`")
        return self._handle(handler)

    def wanted(self, handler: H) -> H:
        """Of an IN endpoint: the method is called when the host asks and nothing is queued, and returns bytes, a list of packets, or
        None to let the host wait."""
        if not self.address & 0x80:
            raise TypeError(f"endpoint 0x{self.address:02x} is OUT: the host asks for nothing there; use `received`")
        return self._handle(handler)

    def sent(self, handler: H) -> H:
        """Of an IN endpoint: the method is called when the host has taken something of what was queued."""
        self.sent_handler = handler.__name__
        return handler

    def _handle(self, handler: H) -> H:
        self.handler = handler.__name__
        return handler


def _in(
    type: Type, address: int, packet: int | None, interval: int, interface: Where, extra: bytes, attributes: int | None
) -> Endpoint[In]:
    if not 0x81 <= address <= 0x8F:
        raise ValueError(f"the address of an IN endpoint goes from 0x81 to 0x8f, and this one is 0x{address:02x}")
    return Endpoint(type, address, packet, interval, interface, extra, attributes, In)


def _out(
    type: Type, address: int, packet: int | None, interval: int, interface: Where, extra: bytes, attributes: int | None
) -> Endpoint[Out]:
    if not 0x01 <= address <= 0x0F:
        raise ValueError(f"the address of an OUT endpoint goes from 0x01 to 0x0f, and this one is 0x{address:02x}")
    return Endpoint(type, address, packet, interval, interface, extra, attributes, Out)


def bulk_in(address: int, *, packet: int | None = None, interval: int = 0, interface: Where = None, extra: bytes = b"") -> Endpoint[In]:
    """packet: the packet size; without, that of the speed. interface: which one has it, or several: without, the first one.
    extra: descriptors behind the endpoint's."""
    return _in(Type.BULK, address, packet, interval, interface, extra, None)


def bulk_out(
    address: int,
    *,
    packet: int | None = None,
    interval: int = 0,
    interface: Where = None,
    extra: bytes = b"",
    room: int | None = None,
) -> Endpoint[Out]:
    """room: how many bytes the method that receives gets at most at a time; the packet size gives it packet by packet."""
    endpoint = _out(Type.BULK, address, packet, interval, interface, extra, None)
    endpoint.room = room
    return endpoint


def interrupt_in(
    address: int, *, packet: int = 64, interval: int = 4, interface: Where = None, extra: bytes = b""
) -> Endpoint[In]:
    """interval: bInterval."""
    return _in(Type.INTERRUPT, address, packet, interval, interface, extra, None)


def interrupt_out(
    address: int, *, packet: int = 64, interval: int = 4, interface: Where = None, extra: bytes = b""
) -> Endpoint[Out]:
    return _out(Type.INTERRUPT, address, packet, interval, interface, extra, None)


def isochronous_in(
    address: int, *, packet: int = 512, interval: int = 4, interface: Where = None, extra: bytes = b"", attributes: int = 1
) -> Endpoint[In]:
    """attributes: bmAttributes, with the kind of synchronization."""
    return _in(Type.ISOCHRONOUS, address, packet, interval, interface, extra, attributes)


def isochronous_out(
    address: int, *, packet: int = 512, interval: int = 4, interface: Where = None, extra: bytes = b"", attributes: int = 1
) -> Endpoint[Out]:
    return _out(Type.ISOCHRONOUS, address, packet, interval, interface, extra, attributes)


KINDS = ("standard", "class", "vendor")
RECIPIENTS = ("device", "interface", "endpoint", "other")


@dataclass(frozen=True)
class Request:
    """Which requests a method answers; None is any."""

    kind: str
    number: int
    direction: str | None
    recipient: str | None
    value: int | None
    index: int | None

    def fits(self, setup: Setup) -> bool:
        return (
            self.number == setup.request
            and self.kind == kind_of(setup)
            and self.direction in (None, "in" if setup.is_in else "out")
            and self.recipient in (None, recipient_of(setup))
            and self.value in (None, setup.value)
            and self.index in (None, setup.index)
        )


def kind_of(setup: Setup) -> str:
    return (*KINDS, "reserved")[setup.request_type >> 5 & 3]


def recipient_of(setup: Setup) -> str:
    return RECIPIENTS[min(setup.request_type & 31, 3)]


def vendor_request(
    number: int, direction: str | None = None, recipient: str | None = None, *, value: int | None = None, index: int | None = None
) -> Callable[[H], H]:
    """The method answers these vendor requests. It gets the request, and returns bytes for one that goes "in", or None; raising `Stall`
    refuses it. recipient: "device", "interface", "endpoint" or "other". What is not given is any."""
    return _request("vendor", number, direction, recipient, value, index)


def class_request(
    number: int, direction: str | None = None, recipient: str | None = None, *, value: int | None = None, index: int | None = None
) -> Callable[[H], H]:
    """As `vendor_request`, for requests that the device's class defines."""
    return _request("class", number, direction, recipient, value, index)


def standard_request(
    number: int, direction: str | None = None, recipient: str | None = None, *, value: int | None = None, index: int | None = None
) -> Callable[[H], H]:
    """As `vendor_request`, for standard requests, which else are answered from the descriptors; those that no method answers still are.
    A method that returns NotImplemented leaves a request to them, too. Configurations, alternate settings and halts stay the library's."""
    return _request("standard", number, direction, recipient, value, index)


MARK = "_usbx_requests"


def _request(
    kind: str, number: int, direction: str | None, recipient: str | None, value: int | None, index: int | None
) -> Callable[[H], H]:
    if direction not in (None, "in", "out"):
        raise ValueError(f'direction is {direction!r}, and is "in" or "out": as the host sees it')
    if recipient is not None and recipient not in RECIPIENTS:
        raise ValueError(f"recipient is {recipient!r}, and is one of {', '.join(RECIPIENTS)}")

    def mark(handler: H) -> H:
        setattr(handler, MARK, [*getattr(handler, MARK, []), Request(kind, number, direction, recipient, value, index)])
        return handler

    return mark


def members(cls: type) -> Iterator[tuple[str, Any]]:
    """What the class and its bases define, in order, each name once: a derived class replaces what it names again."""
    found: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        found.update(vars(base))
    return iter(found.items())


def requests(cls: type) -> list[tuple[Request, str]]:
    """Which methods answer which requests, a derived class's first. One that overrides a method answers what that one answered."""
    found: list[tuple[Request, str]] = []
    seen: set[str] = set()
    for base in cls.__mro__:
        marked = {name: getattr(value, MARK) for name, value in vars(base).items() if hasattr(value, MARK)}
        found.extend((request, name) for name, all in marked.items() if name not in seen for request in all)
        seen.update(marked)
    return found
