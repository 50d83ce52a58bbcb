"""Devices of common classes, and what the clients of their examples (test_examples) do not do there."""

from __future__ import annotations

import struct
from typing import Iterator

import pytest

import pyusbx
from pyusbx.simulate import cdc, dfu, hid, tmc


class Scope(tmc.Instrument):
    def message(self, data: bytes) -> bytes | None:
        return data.upper() if data.endswith(b"?") else None


@pytest.fixture
def scope() -> Iterator[tuple[Scope, pyusbx.Device]]:
    with Scope() as scope, pyusbx.open_path(scope.path) as host, host.claim(0):
        yield scope, host


def out(kind: int, tag: int, size: int, attributes: int, body: bytes = b"") -> bytes:
    return struct.pack("<BBBxIBBxx", kind, tag, tag ^ 0xFF, size, attributes, 0) + body + bytes(-len(body) % 4)


def test_tmc_message_in_parts_and_answer_in_parts(scope: tuple[Scope, pyusbx.Device]) -> None:
    _, host = scope
    host.bulk_write(0x02, out(1, 1, 5, 0, b"hello"))
    whole = out(1, 2, 1000, 1, b"x" * 999 + b"?")
    host.bulk_write(0x02, whole[:512])
    host.bulk_write(0x02, whole[512:])
    received, ended, tag = b"", False, 3
    while not ended:
        host.bulk_write(0x02, out(2, tag, 500, 0))  # 500 and the header: a full packet, and so an empty one after it
        answer = host.bulk_read(0x81, 4096)
        kind, back, inverse, size, attributes = struct.unpack_from("<BBBxIB", answer)
        assert (kind, back, inverse) == (2, tag, tag ^ 0xFF) and len(answer) == 12 + size + -size % 4
        received += answer[12 : 12 + size]
        ended, tag = bool(attributes & 1), tag + 1
    assert received == b"HELLO" + b"X" * 999 + b"?" and tag == 6


def test_tmc_read_before_there_is_an_answer_and_abort(scope: tuple[Scope, pyusbx.Device]) -> None:
    device, host = scope
    host.bulk_write(0x02, out(2, 1, 64, 0))
    with pytest.raises(pyusbx.Timeout):
        host.bulk_read(0x81, 512, timeout_ms=50)
    assert host.control_read(0xA2, 3, 1, 0x81, 2) == b"\x01\x01"  # INITIATE_ABORT_BULK_IN
    assert host.bulk_read(0x81, 512) == b""
    assert host.control_read(0xA2, 4, 0, 0x81, 8)[0] == 1
    device.status = 0x40
    assert host.control_read(0xA1, 128, 5, 0, 3) == b"\x01\x05\x00"
    assert host.interrupt_read(0x83, 8) == b"\x85\x40"
    capabilities = host.control_read(0xA1, 7, 0, 0, 24)
    assert len(capabilities) == 24 and capabilities[0] == 1 and capabilities[14] == 7


def test_tmc_header_that_is_none(scope: tuple[Scope, pyusbx.Device]) -> None:
    _, host = scope
    host.bulk_write(0x02, b"*IDN? and more\n")
    host.control_read(0xA1, 7, 0, 0, 24)  # it was looked at before this
    with pytest.raises(pyusbx.Pipe):
        host.bulk_write(0x02, out(1, 1, 3, 1, b"ok?"))
    host.clear_halt(0x02)
    host.bulk_write(0x02, out(1, 1, 3, 1, b"ok?") + out(2, 2, 64, 0))
    assert host.bulk_read(0x81, 512)[12:15] == b"OK?"


def test_hid_without_an_out_endpoint() -> None:
    class Mouse(hid.HidDevice):
        report_descriptor, boot, output = b"\x05\x01", 2, None

        def get_report(self, kind: int, number: int) -> bytes:
            return bytes([kind, number]) if kind == hid.FEATURE else super().get_report(kind, number)

    with Mouse() as device, pyusbx.open_path(device.path) as host, host.claim(0):
        (interface,) = host.interfaces()
        assert (interface.interface_class, interface.interface_subclass, interface.interface_protocol) == (3, 1, 2)
        assert [one.address for one in host.endpoints()] == [0x81]
        assert host.control_read(0xA1, 1, 0x0305, 0, 8) == b"\x03\x05"
        with pytest.raises(pyusbx.Pipe):
            host.control_read(0xA1, 1, 0x0200, 0, 8)
        host.control_write(0x21, 0x0B, 0, 0)
        assert host.control_read(0xA1, 3, 0, 0, 1) == b"\x00"
        assert host.control_read(0x81, 6, 0x2100, 0, 9) == bytes([9, 0x21, 0x11, 1, 0, 1, 0x22, 2, 0])


def test_dfu_mistakes_of_the_host() -> None:
    with dfu.DfuDevice() as device, pyusbx.open_path(device.path) as host, host.claim(0):
        with pytest.raises(pyusbx.Pipe):
            host.control_write(0x21, 1, 0, 0)  # an empty block, and none before
        assert host.control_read(0xA1, 5, 0, 0, 1) == b"\x0a"
        with pytest.raises(pyusbx.Pipe):
            host.control_read(0xA1, 2, 0, 0, 64)
        host.control_write(0x21, 4, 0, 0)
        host.control_write(0x21, 1, 0, 0, b"block")
        assert host.control_read(0xA1, 3, 0, 0, 6) == bytes([0, 0, 0, 0, 5, 0])
        host.control_write(0x21, 6, 0, 0)  # ABORT
        assert host.control_read(0xA1, 5, 0, 0, 1) == b"\x02" and device.firmware == b""


def test_cdc_break_and_association() -> None:
    class Port(cdc.SerialDevice):
        breaks: list[int] = []

        def break_received(self, milliseconds: int) -> None:
            self.breaks.append(milliseconds)

    with Port() as device, pyusbx.open_path(device.path) as host, host.claim(0):
        host.control_write(0x21, 0x23, 100, 0)
        assert Port.breaks == [100]
        assert host.control_read(0xA1, 0x21, 0, 0, 7) == struct.pack("<IBBB", 9600, 0, 0, 8)
        assert [one.association for one in host.interfaces()] == [(0, 2), (0, 2)]
