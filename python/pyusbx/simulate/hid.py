"""HID devices: keyboards, panels, and instruments that talk in reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from ..events import Setup
from .declare import Stall, class_request, interface, interrupt_in, interrupt_out
from .device import Device

if TYPE_CHECKING:
    from typing_extensions import Buffer

INPUT, OUTPUT, FEATURE = 1, 2, 3


class HidDevice(Device):
    """A device whose interface 0 is HID: 0x81 IN for reports to the host, 0x02 OUT for those from it; `output = None` does without.

    report_descriptor: what the reports look like. boot: 1 for a boot keyboard, 2 for a boot mouse.
    """

    product_id = 0x0011
    report_descriptor: ClassVar[bytes] = b""
    boot: ClassVar[int] = 0
    input = interrupt_in(0x81, packet=64, interval=4)
    output = interrupt_out(0x02, packet=64, interval=4)

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        descriptor = bytes([9, 0x21, 0x11, 0x01, 0, 1, 0x22]) + len(cls.report_descriptor).to_bytes(2, "little")
        setattr(cls, "hid", interface(0, interface_class=3, subclass=int(bool(cls.boot)), protocol=cls.boot, extra=descriptor))
        own: dict[tuple[int, int, int | None], bytes] = {(0x21, 0, 0): descriptor, (0x22, 0, 0): cls.report_descriptor}
        cls.more_descriptors = {**cls.more_descriptors, **own}

    def __init__(self, serial: str | None = None) -> None:
        super().__init__(serial)
        self._idle: dict[int, int] = {}
        self._protocol = 1
        self._last = b""

    def send_report(self, report: Buffer) -> None:
        """Queues an input report, with its number in front if the reports have numbers."""
        self._last = bytes(report)
        self.input.write(self._last)

    def report_received(self, kind: int, report: bytes) -> Any:
        """The host sent a report: kind is OUTPUT or FEATURE."""

    def get_report(self, kind: int, number: int) -> bytes:
        """What the host gets when it asks for a report by a control request: the last input report. Others are refused, unless this is overridden."""
        if kind != INPUT:
            raise Stall
        return self._last

    @output.received
    def _on_output(self, data: bytes) -> Any:
        return self.report_received(OUTPUT, data)

    @class_request(0x01, "in", "interface")
    def _get_report(self, request: Setup) -> bytes:
        return self.get_report(request.value >> 8, request.value & 0xFF)

    @class_request(0x09, "out", "interface")
    def _set_report(self, request: Setup) -> Any:
        return self.report_received(request.value >> 8, request.data)

    @class_request(0x02, "in", "interface")
    def _get_idle(self, request: Setup) -> bytes:
        return bytes([self._idle.get(request.value & 0xFF, 0)])

    @class_request(0x0A, "out", "interface")
    def _set_idle(self, request: Setup) -> None:
        self._idle[request.value & 0xFF] = request.value >> 8

    @class_request(0x03, "in", "interface")
    def _get_protocol(self, request: Setup) -> bytes:
        return bytes([self._protocol])

    @class_request(0x0B, "out", "interface")
    def _set_protocol(self, request: Setup) -> None:
        self._protocol = request.value
