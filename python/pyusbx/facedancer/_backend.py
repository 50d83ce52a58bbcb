"""Facedancer's backend: what its devices do, on a virtual device; and what hosts do to that, for its devices."""

from __future__ import annotations

import time
from collections import deque
from functools import partial
from typing import Any, Callable, ClassVar, Iterable

from facedancer.backends.base import FacedancerBackend
from facedancer.core import FacedancerApp
from facedancer.errors import EndEmulation
from facedancer.logging import log
from facedancer.types import DeviceSpeed, USBDirection, USBTransferType

from .. import events, version
from ..constants import Speed
from ..errors import Cancelled, InvalidParam, NotFound, Timeout
from ..virtual import VirtualDevice
from . import _requests as requests
from ._enumeration import ADDRESS, Description, Enumeration, enumeration
from ._outgoing import Outgoing
from ._session import Session

# The emulation's other coroutines wait at most this long.
LOOK_MS = 1

# Events between two looks at the other coroutines.
MOST_EVENTS = 64

# For an OUT endpoint that the device's program does not know.
MOST_PACKET = 1024

#: Gets what the device answers to a request: bytes, or None for a stall.
Answered = Callable[["bytes | None"], None]


class UsbxApp(FacedancerApp, FacedancerBackend):  # type: ignore[misc] # Facedancer has no types
    """A virtual device of this process in place of a board."""

    app_name = "usbx"

    #: For programs that make their backend themselves.
    session: ClassVar[Session | None] = None

    def __init__(self, device: Any = None, verbose: int = 0, quirks: list[str] | None = None, session: Session | None = None) -> None:
        super().__init__(device)
        self.verbose = verbose
        self.configuration: Any = None
        self._session = session or UsbxApp.session
        self._connected: Any = None
        self._speed = 0
        # From the cable's being in to a host's first question; the questions; the answer to the last one.
        self._is_new = False
        self._enumeration: Enumeration | None = None
        self._enumerated: bytes | None = None
        self._virtual: VirtualDevice | None = None
        self._outgoing = Outgoing(self._stop_if_told)
        # The request in hand and who gets the answer; those that the host gave up, whose answers are late.
        self._in_hand: tuple[Any, Answered] | None = None
        self._given_up: deque[Any] = deque(maxlen=16)
        self._configured = 0
        # IN endpoints at which a host waits while nothing does for it.
        self._hungry: set[int] = set()

    @classmethod
    def appropriate_for_environment(cls, backend_name: str | None = None) -> bool:
        return backend_name == "usbx"

    def get_version(self) -> str:
        return version()

    # What the device's program does

    def connect(self, usb_device: Any, max_packet_size_ep0: int = 64, device_speed: Any = DeviceSpeed.FULL) -> None:
        """A host finds the device with the next `service_irqs`, as one does a moment after the cable is in."""
        self._connected, self._speed, self._is_new = usb_device, int(device_speed), True

    def disconnect(self) -> None:
        self._connected = self._enumeration = self._in_hand = None
        self._is_new = False
        self._start_over()
        virtual, self._virtual, self._outgoing.device = self._virtual, None, None
        if virtual is not None:
            virtual.close()

    def reset(self) -> None:
        """The bus has seen to it."""

    def set_address(self, address: int, defer: bool = False) -> None:
        """The bus knows its devices without."""

    def validate_configuration(self, configuration: Any) -> None:
        """Alternate settings may share endpoints here."""

    def configured(self, configuration: Any) -> None:
        self.configuration = configuration
        self._outgoing.emptied.update(_in_endpoints(configuration.get_interfaces() if configuration else ()))

    def send_on_control_endpoint(self, endpoint_number: int, in_request: Any, data: bytes, blocking: bool = True) -> None:
        self._answer(bytes(data), in_request)

    def ack_status_stage(self, direction: Any = USBDirection.OUT, endpoint_number: int = 0, blocking: bool = False) -> None:
        self._answer(b"")

    def send_on_endpoint(self, endpoint_number: int, data: bytes, blocking: bool = True) -> None:
        if endpoint_number == 0:
            self._answer(bytes(data))
        else:
            self._hungry.discard(endpoint_number)
            self._outgoing.send(endpoint_number, bytes(data), blocking)

    def read_from_endpoint(self, endpoint_number: int) -> bytes:
        """One packet of what a host sends there, if it is at that."""
        return self._receive(self._virtual, endpoint_number) if self._virtual is not None else b""

    def stall_endpoint(self, endpoint_number: int, direction: Any = USBDirection.OUT) -> None:
        if endpoint_number == 0:
            self._answer(None)
        elif self._virtual is not None:
            try:
                self._virtual.stall(USBDirection(direction).to_endpoint_address(endpoint_number))
            except InvalidParam as unknown:
                log.error(str(unknown))  # no board knows better

    def clear_halt(self, endpoint_number: int, direction: Any) -> None:
        """The bus has done so: devices say this when a host has cleared the halt or selected a setting."""

    def _answer(self, data: bytes | None, request: Any = None) -> None:
        if any(late is request for late in self._given_up):
            log.warning(f"The host does not wait for an answer to this any more: {request}.")
        elif self._in_hand is not None:
            (request, answered), self._in_hand = self._in_hand, None
            answered(data if data is None else data[: request.length])

    # What hosts do

    def service_irqs(self) -> None:
        """Passes on what has happened, or what happens within a millisecond."""
        self._stop_if_told()
        if self._is_new:
            self._is_new, self._enumeration, self._enumerated = False, enumeration(), None
            self._connected.handle_bus_reset()
        elif self._enumeration is not None and self._in_hand is None:
            self._enumerate(self._enumeration)
        elif self._virtual is not None:
            self._pass_on(self._virtual)
        else:
            time.sleep(LOOK_MS / 1000)

    def _stop_if_told(self) -> None:
        if self._session is not None and self._session.stopping:
            raise EndEmulation("The host's side has ended.")

    def _enumerate(self, questions: Enumeration) -> None:
        """The next question, after the answer to the one before."""
        try:
            question = questions.send(self._enumerated)
        except StopIteration as known:
            self._enumeration = None
            self._plug(known.value)
        else:
            self._ask(question, self._note)

    def _note(self, answer: bytes | None) -> None:
        self._enumerated = answer

    def _plug(self, description: Description) -> None:
        virtual = VirtualDevice.create(description.descriptors, Speed(self._speed), description.strings)
        try:
            virtual.answer_standard_requests()
            virtual.plug()
            path = virtual.path
        except BaseException:
            virtual.close()
            raise
        self._configured = description.configuration
        self._virtual = self._outgoing.device = virtual
        log.info(f"Plugged in at {path}.")
        if self._session is not None:
            self._session.plugged(path)

    def _ask(self, setup: bytes, answered: Answered, data: bytes = b"") -> None:
        """A request, which the device may answer at once or later."""
        if self._in_hand is not None:
            self._given_up.append(self._in_hand[0])
        request = self._connected.create_request(bytearray(setup + data))
        self._in_hand = request, answered
        self._connected.handle_request(request)

    def _tell(self, setup: bytes) -> None:
        """A request that the bus has answered."""
        self._ask(setup, lambda answer: None)

    def _pass_on(self, virtual: VirtualDevice) -> None:
        wait = 0 if self._outgoing.emptied else LOOK_MS
        for _ in range(MOST_EVENTS):
            try:
                event = virtual.next(wait)
            except Timeout:
                break
            self._happened(virtual, event)
            wait = 0
            if self._virtual is not virtual:  # the program has disconnected its device
                return
        emptied, self._outgoing.emptied = self._outgoing.emptied, set()
        for number in filter(self._knows, sorted(emptied)):
            self._connected.handle_buffer_available(number)
        for number in sorted(self._hungry):
            if not self._knows(number):
                self._hungry.discard(number)
            self._connected.handle_nak(number)

    def _happened(self, virtual: VirtualDevice, event: events.VirtualEvent) -> None:
        if isinstance(event, events.Setup):
            setup = requests.setup(event.request_type, event.request, event.value, event.index, event.length)
            self._ask(setup, partial(_answer, virtual, event.is_in), event.data)
        elif isinstance(event, events.In):
            number = event.endpoint & 0x7F
            if self._outgoing.waits(number):
                self._outgoing.flush(number)
            else:
                self._hungry.add(number)
        elif isinstance(event, events.Out):
            data = self._receive(virtual, event.endpoint)
            if data:  # Facedancer's boards keep empty packets to themselves, and its programs do not expect any
                self._connected.handle_data_available(event.endpoint, data)
        elif isinstance(event, events.Reset):
            self._start_over()
            self._connected.handle_bus_reset()
            self._tell(requests.set_address(ADDRESS))
            self._tell(requests.set_configuration(self._configured))
        elif isinstance(event, events.Configured):
            self._start_over()
            self._configured = event.configuration
            self._tell(requests.set_configuration(event.configuration))
        elif isinstance(event, events.AltSetting):
            interfaces = self.configuration.get_interfaces() if self.configuration else ()
            numbers = set(_in_endpoints(each for each in interfaces if each.number == event.interface_number))
            self._start_over(numbers)
            self._tell(requests.set_interface(event.interface_number, event.alt_setting))
            self._outgoing.emptied.update(numbers)
        elif isinstance(event, events.Halt):
            self._tell(requests.set_halt(event.endpoint, event.halted))

    def _receive(self, virtual: VirtualDevice, number: int) -> bytes:
        try:
            return virtual.read(number, self._packet_size(number), 0)
        except (Timeout, Cancelled):
            return b""

    def _start_over(self, numbers: Iterable[int] | None = None) -> None:
        self._hungry.difference_update(list(self._hungry) if numbers is None else numbers)
        self._outgoing.drop(numbers)

    def _endpoint(self, number: int, direction: Any) -> Any:
        return self.configuration.get_endpoint(number, direction) if self.configuration else None

    def _knows(self, number: int) -> bool:
        return self._endpoint(number, USBDirection.IN) is not None

    def _packet_size(self, number: int) -> int:
        """What fits into one read and is one packet. wMaxPacketSize has how many per microframe above its size."""
        endpoint = self._endpoint(number, USBDirection.OUT)
        size, more = (endpoint.max_packet_size & 0x7FF, endpoint.max_packet_size >> 11 & 3) if endpoint else (0, 0)
        return (size * (more + 1) if endpoint and endpoint.transfer_type == USBTransferType.ISOCHRONOUS else size) or MOST_PACKET


def _answer(virtual: VirtualDevice, is_in: bool, data: bytes | None) -> None:
    try:
        if data is None:
            virtual.stall()
        else:
            virtual.reply(data if is_in else b"")
    except (Cancelled, NotFound):
        log.warning("The host had given up a request before the device answered.")


def _in_endpoints(interfaces: Iterable[Any]) -> Iterable[int]:
    """Their numbers."""
    return (each.number for interface in interfaces for each in interface.get_endpoints() if each.direction == USBDirection.IN)
