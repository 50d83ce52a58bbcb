"""Firmware updates: a device in DFU mode (USB DFU 1.1)."""

from __future__ import annotations

import enum
from typing import Any, ClassVar

from ..events import Setup
from .declare import Stall, class_request, interface
from .device import Device

CAN_DOWNLOAD, CAN_UPLOAD, MANIFESTATION_TOLERANT = 1, 2, 4
BLOCK = 1024


class State(enum.IntEnum):
    """bState."""

    IDLE = 2
    DOWNLOAD_SYNC = 3
    DOWNLOAD_IDLE = 5
    MANIFEST_SYNC = 6
    UPLOAD_IDLE = 9
    ERROR = 10


class DfuError(Exception):
    """Raised by `block_written` or `downloaded`: the device goes into its error state, with this bStatus."""

    def __init__(self, status: int) -> None:
        super().__init__(f"DFU status {status}")
        self.status = status


ERR_WRITE, ERR_VERIFY, ERR_NOT_DONE, ERR_STALLED_PACKET = 0x03, 0x07, 0x09, 0x0F


class DfuDevice(Device):
    """A device in DFU mode whose memory is `firmware`. Override `block_written` to be slow or to refuse, `downloaded` to check."""

    product_id = 0x0014
    #: How long the host waits before it asks again, after each block.
    poll_ms: ClassVar[int] = 0
    functional = bytes([9, 0x21, CAN_DOWNLOAD | CAN_UPLOAD | MANIFESTATION_TOLERANT, 255, 0]) + BLOCK.to_bytes(2, "little") + b"\x10\x01"
    dfu = interface(0, interface_class=0xFE, subclass=1, protocol=2, extra=functional)

    def __init__(self, serial: str | None = None) -> None:
        super().__init__(serial)
        self.firmware = b""
        self.state = State.IDLE
        self._status = 0
        self._incoming = bytearray()

    def block_written(self, number: int, data: bytes) -> None:
        """The host wrote a block."""

    def downloaded(self, firmware: bytes) -> None:
        """The host wrote all; it becomes `firmware` if nothing is raised."""

    def on_reset(self) -> Any:
        self.state, self._status = State.IDLE, 0

    def _fail(self, status: int) -> None:
        self.state, self._status = State.ERROR, status

    @class_request(1, "out", "interface")
    def _download(self, request: Setup) -> None:
        is_first = self.state is State.IDLE
        if self.state not in (State.IDLE, State.DOWNLOAD_IDLE) or (is_first and not request.length):
            self._fail(ERR_STALLED_PACKET)
            raise Stall
        if is_first:
            self._incoming.clear()
        if not request.length:
            self.state = State.MANIFEST_SYNC
            return
        try:
            self.block_written(request.value, request.data)
        except DfuError as error:
            self._fail(error.status)
            return
        self._incoming += request.data
        self.state = State.DOWNLOAD_SYNC

    @class_request(2, "in", "interface")
    def _upload(self, request: Setup) -> bytes:
        if self.state not in (State.IDLE, State.UPLOAD_IDLE):
            self._fail(ERR_STALLED_PACKET)
            raise Stall
        if self.state is State.IDLE:
            self._sent = 0
        block = self.firmware[self._sent : self._sent + request.length]
        self._sent += len(block)
        self.state = State.IDLE if len(block) < request.length else State.UPLOAD_IDLE
        return block

    @class_request(3, "in", "interface")
    def _get_status(self, request: Setup) -> bytes:
        if self.state is State.DOWNLOAD_SYNC:
            self.state = State.DOWNLOAD_IDLE
        elif self.state is State.MANIFEST_SYNC:
            try:
                self.downloaded(bytes(self._incoming))
                self.firmware = bytes(self._incoming)
                self.state = State.IDLE
            except DfuError as error:
                self._fail(error.status)
        return bytes([self._status]) + self.poll_ms.to_bytes(3, "little") + bytes([self.state, 0])

    @class_request(4, "out", "interface")
    def _clear_status(self, request: Setup) -> None:
        if self.state is not State.ERROR:
            self._fail(ERR_STALLED_PACKET)
            raise Stall
        self.state, self._status = State.IDLE, 0

    @class_request(5, "in", "interface")
    def _get_state(self, request: Setup) -> bytes:
        return bytes([self.state])

    @class_request(6, "out", "interface")
    def _abort(self, request: Setup) -> None:
        self.state = State.IDLE
