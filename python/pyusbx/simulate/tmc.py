"""Test and measurement instruments: USBTMC with USB488, as VISA talks to them."""

from __future__ import annotations

import struct
from collections import deque
from typing import Any

from ..events import Setup
from .declare import bulk_in, bulk_out, class_request, interface, interrupt_in
from .device import Device

MESSAGE_OUT, REQUEST_IN, TRIGGER = 1, 2, 128
SUCCESS, FAILED = 0x01, 0x80
END = 1  # of a message: in bmTransferAttributes
HEADER = struct.Struct("<BBBxIBBxx")


class Instrument(Device):
    """An instrument: override `message`, which gets what the host wrote and returns what the host reads, or None.

    `status` is the status byte (READ_STATUS_BYTE), `remote` whether the host took it over.
    """

    product_id = 0x0013
    tmc = interface(0, interface_class=0xFE, subclass=3, protocol=1)
    input = bulk_in(0x81, interface=tmc)
    output = bulk_out(0x02, interface=tmc)
    notifications = interrupt_in(0x83, packet=8, interval=8, interface=tmc)

    def __init__(self, serial: str | None = None) -> None:
        super().__init__(serial)
        self.status = 0
        self.remote = False
        self._clear()

    def message(self, data: bytes) -> bytes | None:
        """A whole message of the host, its end of line included."""
        return None

    def triggered(self) -> Any:
        """The host sent TRIGGER."""

    def respond(self, data: bytes) -> None:
        """Queues a message for the host to read; what `message` returns comes here."""
        self._responses.append(memoryview(data))
        self._send()

    def _clear(self) -> None:
        self._raw = bytearray()  # as it came, from a header on
        self._written = bytearray()  # of the message that is being written
        self._responses: deque[memoryview] = deque()
        self._asked: tuple[int, int] | None = None  # the tag and the room of a read

    # Bulk OUT

    @output.received
    def _on_output(self, data: bytes) -> None:
        self._raw += data
        while len(self._raw) >= HEADER.size:
            kind, tag, inverse, size, attributes, _ = HEADER.unpack_from(self._raw)
            if tag ^ inverse != 0xFF or kind not in (MESSAGE_OUT, REQUEST_IN, TRIGGER):
                self._raw.clear()
                self.output.stall()
                return
            end = HEADER.size + (size if kind == MESSAGE_OUT else 0)
            if len(self._raw) < end:
                return
            body = bytes(self._raw[HEADER.size : end])
            del self._raw[: end + -end % 4]  # to a multiple of four bytes
            if kind == MESSAGE_OUT:
                self._on_message(body, bool(attributes & END))
            elif kind == REQUEST_IN:
                self._asked = tag, size
                self._send()
            else:
                self.triggered()

    def _on_message(self, body: bytes, is_end: bool) -> None:
        self._written += body
        if is_end:
            message = bytes(self._written)
            self._written.clear()
            self._responses.clear()  # of a message before, which nobody has read
            answer = self.message(message)
            if answer is not None:
                self.respond(answer)

    # Bulk IN

    def _send(self) -> None:
        if self._asked is None or not self._responses:
            return
        (tag, room), self._asked = self._asked, None
        response = self._responses.popleft()
        part, rest = response[:room], response[room:]
        if rest:
            self._responses.appendleft(rest)
        header = HEADER.pack(REQUEST_IN, tag, tag ^ 0xFF, len(part), 0 if rest else END, 0)
        self.input.write(b"".join([header, part, bytes(-len(part) % 4)]), zero_packet=True)

    # Requests

    @class_request(7, "in", "interface")
    def _get_capabilities(self, request: Setup) -> bytes:
        # USBTMC 1.00 without extras; USB488 1.00: REN_CONTROL and TRIGGER, 488.2; SCPI and remote control.
        return struct.pack("<BxHBB6xHBB8x", SUCCESS, 0x0100, 0, 0, 0x0100, 0x07, 0x0B)

    @class_request(1, "in", "endpoint")
    def _abort_output(self, request: Setup) -> bytes:
        self._raw.clear()
        self._written.clear()
        return bytes([SUCCESS, request.value & 0xFF])

    @class_request(2, "in", "endpoint")
    def _abort_output_status(self, request: Setup) -> bytes:
        return bytes([SUCCESS, 0, 0, 0, 0, 0, 0, 0])

    @class_request(3, "in", "endpoint")
    def _abort_input(self, request: Setup) -> bytes:
        self._asked = None
        self.input.clear()
        self.input.write(b"")  # the short packet that ends the transfer
        return bytes([SUCCESS, request.value & 0xFF])

    @class_request(4, "in", "endpoint")
    def _abort_input_status(self, request: Setup) -> bytes:
        return bytes([SUCCESS, 0, 0, 0, 0, 0, 0, 0])

    @class_request(5, "in", "interface")
    def _initiate_clear(self, request: Setup) -> bytes:
        self._clear()
        self.input.clear()
        return bytes([SUCCESS])

    @class_request(6, "in", "interface")
    def _clear_status(self, request: Setup) -> bytes:
        return bytes([SUCCESS, 0])

    @class_request(128, "in", "interface")
    def _read_status_byte(self, request: Setup) -> bytes:
        # With an interrupt endpoint the byte goes there.
        self.notifications.write(bytes([0x80 | request.value & 0x7F, self.status]))
        return bytes([SUCCESS, request.value & 0xFF, 0])

    @class_request(160, "in", "interface")
    def _ren_control(self, request: Setup) -> bytes:
        self.remote = bool(request.value & 0xFF)
        return bytes([SUCCESS])

    @class_request(161, "in", "interface")
    def _go_to_local(self, request: Setup) -> bytes:
        self.remote = False
        return bytes([SUCCESS])

    @class_request(162, "in", "interface")
    def _local_lockout(self, request: Setup) -> bytes:
        return bytes([SUCCESS])
