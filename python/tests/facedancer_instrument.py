"""A device for Facedancer that keeps what it is told, and does what a test wants."""

from __future__ import annotations

import threading
from typing import Any

from facedancer import (
    USBConfiguration,
    USBDevice,
    USBDirection,
    USBEndpoint,
    USBInterface,
    USBStandardRequests,
    class_request_handler,
    standard_request_handler,
    to_any_endpoint,
    to_device,
    to_this_interface,
    use_inner_classes_automatically,
    vendor_request_handler,
)

REPLY, KEEP, SEND, HALT, LEAVE, FAIL = 1, 2, 3, 4, 5, 6


@use_inner_classes_automatically
class Instrument(USBDevice):
    name: str = "instrument"
    vendor_id: int = 0x1209
    product_id: int = 0x000F
    product_string: str = "Instrument €"
    serial_number_string: str = "F1"

    class First(USBConfiguration):
        configuration_string: str = "as ever"

        class Slow(USBInterface):
            class Out(USBEndpoint):
                number: int = 1
                direction: USBDirection = USBDirection.OUT

                def handle_data_received(self, data: bytes) -> None:
                    self.get_device().note("data", bytes(data))

            class In(USBEndpoint):
                number: int = 2
                direction: USBDirection = USBDirection.IN

                def handle_data_requested(self) -> None:
                    device = self.get_device()
                    device.note("asked", self.max_packet_size)
                    if device.ready:
                        self.send(device.ready.pop(0))

                def handle_buffer_empty(self) -> None:
                    self.get_device().note("empty", self.number)

        class Fast(USBInterface):
            """The same endpoint in another setting, which Facedancer's boards do not take."""

            alternate: int = 1
            interface_string: str = "fast"

            class In(USBEndpoint):
                number: int = 2
                direction: USBDirection = USBDirection.IN
                max_packet_size: int = 16

                def handle_data_requested(self) -> None:
                    self.send(b"from the fast setting")

    class Second(USBConfiguration):
        number: int = 2

        class Only(USBInterface):
            @class_request_handler(number=9)
            @to_this_interface
            def handle_class_request(self, request: Any) -> None:
                request.reply(b"second")

    def __post_init__(self) -> None:
        super().__post_init__()
        self.notes: list[tuple[str, Any]] = []
        self.told = threading.Condition()
        self.kept: list[Any] = []
        self.ready: list[bytes] = []

    def note(self, what: str, value: Any) -> None:
        with self.told:
            self.notes.append((what, value))
            self.told.notify_all()

    def wait_for(self, what: str, value: Any, times: int = 1) -> None:
        with self.told:
            assert self.told.wait_for(lambda: self.notes.count((what, value)) >= times, 60), self.notes

    def handle_request(self, request: Any) -> bool:
        self.note("request", (request.request_type, request.number, request.value, request.index, bytes(request.data)))
        return bool(super().handle_request(request))

    def handle_bus_reset(self) -> None:
        self.note("reset", None)
        super().handle_bus_reset()

    @standard_request_handler(number=USBStandardRequests.GET_STATUS)
    @to_device
    def handle_get_status_request(self, request: Any) -> None:
        request.reply(b"\x01\x00")

    @vendor_request_handler(number=REPLY)
    @to_device
    def handle_reply(self, request: Any) -> None:
        request.reply(b"more than anybody asked for")

    @vendor_request_handler(number=KEEP)
    @to_device
    def handle_keep(self, request: Any) -> None:
        self.kept.append(request)
        self.note("kept", request.value)

    @vendor_request_handler(number=SEND, direction=USBDirection.OUT)
    @to_device
    def handle_send(self, request: Any) -> None:
        self.send(2, request.data)
        request.acknowledge()

    @vendor_request_handler(number=HALT)
    @to_any_endpoint
    def handle_halt(self, request: Any) -> None:
        self.stall(endpoint_number=request.index & 0x7F, direction=USBDirection(request.index >> 7))
        request.acknowledge()

    @vendor_request_handler(number=LEAVE)
    @to_device
    def handle_leave(self, request: Any) -> None:
        request.acknowledge()
        self.disconnect()
        self.product_id = request.value
        self.connect()

    @vendor_request_handler(number=FAIL)
    @to_device
    def handle_fail(self, request: Any) -> None:
        raise ZeroDivisionError("in a handler")
