"""Serial ports: CDC-ACM, which Linux shows as /dev/ttyACM0."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..events import Setup
from .declare import bulk_in, bulk_out, class_request, interface, interrupt_in
from .device import Device

if TYPE_CHECKING:
    from typing_extensions import Buffer

HEADER, CALLS, ACM, UNION = b"\x05\x24\x00\x20\x01", b"\x05\x24\x01\x00\x01", b"\x04\x24\x02\x06", b"\x05\x24\x06\x00\x01"
SERIAL_STATE = 0x20


@dataclass(frozen=True)
class Line:
    """How the host set the line up."""

    baud: int = 9600
    #: 0: one, 1: one and a half, 2: two.
    stop_bits: int = 0
    #: 0: none, 1: odd, 2: even, 3: mark, 4: space.
    parity: int = 0
    bits: int = 8


class SerialDevice(Device):
    """A serial port: override `received`, and call `write`. What the host set up is in `line`, `dtr` and `rts`."""

    product_id = 0x0012
    device_class, device_subclass, device_protocol = 0xEF, 2, 1
    control = interface(
        0, interface_class=2, subclass=2, extra=HEADER + CALLS + ACM + UNION, before=bytes([8, 11, 0, 2, 2, 2, 0, 0])
    )
    data = interface(1, interface_class=10)
    notifications = interrupt_in(0x83, packet=16, interval=8, interface=control)
    input = bulk_in(0x81, interface=data)
    output = bulk_out(0x02, interface=data)

    def __init__(self, serial: str | None = None) -> None:
        super().__init__(serial)
        self.line = Line()
        self.dtr = self.rts = False

    def received(self, data: bytes) -> Any:
        """The host sent bytes."""

    def write(self, data: Buffer) -> None:
        """Queues bytes for the host."""
        self.input.write(data, zero_packet=True)

    def line_changed(self) -> Any:
        """The host set `line`, `dtr` or `rts`."""

    def break_received(self, milliseconds: int) -> Any:
        """The host sends a break; 0xffff: until 0 comes."""

    def notify(self, *, dcd: bool = False, dsr: bool = False, ring: bool = False, overrun: bool = False) -> None:
        """Tells the host the state of the lines."""
        bits = dcd | dsr << 1 | ring << 3 | overrun << 6
        self.notifications.write(struct.pack("<BBHHHH", 0xA1, SERIAL_STATE, 0, 0, 2, bits))

    @output.received
    def _on_output(self, data: bytes) -> Any:
        return self.received(data)

    @class_request(0x20, "out", "interface")
    def _set_line_coding(self, request: Setup) -> Any:
        baud, stop_bits, parity, bits = struct.unpack("<IBBB", request.data[:7])
        self.line = Line(baud, stop_bits, parity, bits)
        return self.line_changed()

    @class_request(0x21, "in", "interface")
    def _get_line_coding(self, request: Setup) -> bytes:
        return struct.pack("<IBBB", self.line.baud, self.line.stop_bits, self.line.parity, self.line.bits)

    @class_request(0x22, "out", "interface")
    def _set_control_line_state(self, request: Setup) -> Any:
        self.dtr, self.rts = bool(request.value & 1), bool(request.value & 2)
        return self.line_changed()

    @class_request(0x23, "out", "interface")
    def _send_break(self, request: Setup) -> Any:
        return self.break_received(request.value)
