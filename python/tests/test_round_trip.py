"""A session with each kind of model is captured and played again, strictly: the host reads the same, to the byte."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Callable

import pytest

import pyusbx
from pyusbx import simulate
from pyusbx.simulate import bulk, cdc, dfu, hid, tmc

Session = Callable[[pyusbx.Device], list[bytes]]


class Scope(tmc.Instrument):
    def message(self, data: bytes) -> bytes | None:
        return b"usbx,Scope,1,1.0" if data.startswith(b"*IDN?") else bytes(range(256)) * 40


def ask_scope(host: pyusbx.Device) -> list[bytes]:
    read = []
    for tag, question in ((1, b"*IDN?"), (3, b":DATA?")):
        host.bulk_write(0x02, struct.pack("<BBBxIBBxx", 1, tag, tag ^ 0xFF, len(question), 1, 0) + question + bytes(-len(question) % 4))
        host.bulk_write(0x02, struct.pack("<BBBxIBBxx", 2, tag + 1, (tag + 1) ^ 0xFF, 20000, 0, 0))
        read.append(host.bulk_read(0x81, 20480))
    with pytest.raises(pyusbx.Timeout):
        host.bulk_read(0x81, 512, timeout_ms=20)
    return [*read, host.control_read(0xA1, 7, 0, 0, 24)]


class Buttons(hid.HidDevice):
    report_descriptor = b"\x05\x01\x09\x06"

    def get_report(self, kind: int, number: int) -> bytes:
        return bytes([kind, number])


def press_buttons(host: pyusbx.Device) -> list[bytes]:
    host.control_write(0x21, 0x0A, 0x7D00, 0)
    with pytest.raises(pyusbx.Pipe):
        host.control_read(0xA1, 0x55, 0, 0, 4)
    return [host.control_read(0x81, 6, 0x2200, 0, 256), host.control_read(0xA1, 1, 0x0102, 0, 8)]


class Echo(cdc.SerialDevice):
    def received(self, data: bytes) -> None:
        self.write(data.upper())


def talk_to_port(host: pyusbx.Device) -> list[bytes]:
    host.control_write(0x21, 0x20, 0, 0, struct.pack("<IBBB", 115200, 0, 0, 8))
    answers = []
    for word in (b"hello", b"world"):
        host.bulk_write(0x02, word)
        answers.append(host.bulk_read(0x81, 512))
    return [*answers, host.control_read(0xA1, 0x21, 0, 0, 7)]


class Bootloader(dfu.DfuDevice):
    pass


def download(host: pyusbx.Device) -> list[bytes]:
    statuses = []
    for number, block in enumerate((b"first block", b"second", b"")):
        host.control_write(0x21, 1, number, 0, block)
        statuses.append(host.control_read(0xA1, 3, 0, 0, 6))
    return [*statuses, host.control_read(0xA1, 5, 0, 0, 1)]


class Logger(bulk.BulkDevice):
    @simulate.vendor_request(7, "in")
    def count(self, request: simulate.Request) -> bytes:
        return b"\x05\0"

    def received(self, data: bytes) -> None:
        self.write(b"<" + data + b">")


def read_log(host: pyusbx.Device) -> list[bytes]:
    host.bulk_write(0x02, b"x" * 600)
    answer = host.bulk_read(0x81, 1024)
    with pytest.raises(pyusbx.Pipe):
        host.control_read(0xC0, 8, 0, 0, 4)
    return [answer, host.control_read(0xC0, 7, 0, 0, 2)]


def hold(path: str, session: Session) -> list[bytes]:
    with pyusbx.open_path(path) as host:
        numbers = sorted({one.number for one in host.interfaces()})
        claims = [host.claim(number) for number in numbers]
        try:
            return session(host)
        finally:
            for claim in claims:
                claim.release()


@pytest.mark.parametrize(
    "model, session", [(Scope, ask_scope), (Buttons, press_buttons), (Echo, talk_to_port), (Bootloader, download), (Logger, read_log)]
)
def test_a_session_comes_again(model: type[simulate.Device], session: Session, tmp_path: Path) -> None:
    file = str(tmp_path / "session.pcapng")
    with model() as device, pyusbx.Capture(file):
        first = hold(device.path, session)
    with pyusbx.VirtualDevice(f"replay:{file}") as recording:
        assert hold(recording.path, session) == first
        played = recording.replay_statistics()
        assert (played.departures, played.departure, played.remaining) == (0, "", 0) and played.transfers > 0
