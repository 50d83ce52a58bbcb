"""A recording as a device: a capture of USB that is made here, byte for byte."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Callable

import pytest
from conftest import FRAMES, ISOCHRONOUS, LOOPBACK_IN, LOOPBACK_OUT, RATE, REGISTERS, START, STATUS, STOP

import pyusbx

DEVICE = bytes([18, 1, 0, 2, 0, 0, 0, 64, 0x11, 0x47, 0x15, 0x08, 0, 1, 0, 0, 0, 1])
CONFIGURATION = bytes([9, 2, 32, 0, 1, 1, 0, 0x80, 50, 9, 4, 0, 0, 2, 0xFF, 0, 0, 0, 7, 5, 0x81, 2, 0, 2, 0, 7, 5, 2, 2, 0, 2, 0])


def record(kind: str, transfer: int, endpoint: int, length: int, data: bytes, setup: bytes = b"") -> bytes:
    """One of usbmon's."""
    status = -115 if kind == "S" else 0
    no_data = 0 if data else ord("<")
    begin = struct.pack("<Q4BHBB", 1, ord(kind), transfer, endpoint, 5, 2, 0 if setup else ord("-"), no_data)
    return begin + struct.pack("<QIiII", 0, 0, status, length, len(data)) + setup.ljust(8, b"\0") + bytes(16) + data


def request(setup: bytes, answer: bytes) -> list[bytes]:
    endpoint, length = setup[0] & 0x80, int.from_bytes(setup[6:], "little")
    return [record("S", 2, endpoint, length, b"", setup), record("C", 2, endpoint, len(answer), answer)]


@pytest.fixture
def session(tmp_path: Path) -> str:
    """A vendor request, a command, and its answer."""
    records = request(bytes([0x80, 6, 0, 1, 0, 0, 18, 0]), DEVICE) + request(bytes([0x80, 6, 0, 2, 0, 0, 32, 0]), CONFIGURATION)
    records += request(bytes([0xC0, 1, 0, 0, 0, 0, 4, 0]), b"info")
    records += [record("S", 3, 2, 7, b"command"), record("C", 3, 2, 7, b"")]
    records += [record("S", 3, 0x81, 512, b""), record("C", 3, 0x81, 6, b"answer")]
    file = struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 1 << 18, 220)
    for packet in records:
        file += struct.pack("<IIII", 0, 0, len(packet), len(packet)) + packet
    path = tmp_path / "session.pcap"
    path.write_bytes(file)
    return str(path)


def test_a_program_that_does_as_recorded_plays_all_of_it(session: str) -> None:
    with pyusbx.VirtualDevice(f"replay:{session}") as recording:
        assert recording.replay_statistics() == pyusbx.ReplayStatistics(0, 0, 3, 0, "")
        with pyusbx.open(0x4711, 0x0815) as device, device.claim(0):
            assert device.control_read(0xC0, 1, 0, 0, 4) == b"info"
            device.bulk_write(0x02, b"command")
            assert device.bulk_read(0x81, 512) == b"answer"
        assert recording.replay_statistics() == pyusbx.ReplayStatistics(3, 0, 0, 0, "")


def test_a_departure_is_an_error_with_both_sides(session: str) -> None:
    with pyusbx.VirtualDevice(f"replay:{session}") as recording:
        with pyusbx.open(0x4711, 0x0815) as device, device.claim(0):
            with pytest.raises(pyusbx.Error, match="frame 7: expected 63 6f 6d 6d 61 6e 64, got 63 6f 6e"):
                device.bulk_write(0x02, b"console")
        counts = recording.replay_statistics()
        assert (counts.transfers, counts.departures, counts.remaining, counts.frame) == (0, 1, 3, 7)
        assert "got 63 6f 6e" in counts.departure


def test_what_is_no_recording(session: str, plugged: pyusbx.VirtualDevice) -> None:
    with pytest.raises(pyusbx.NotSupported, match="replay:FILE"):
        plugged.replay_statistics()
    with pytest.raises(pyusbx.InvalidParam, match="match=strict"):
        pyusbx.VirtualDevice(f"replay:{session},match=exact")
    with pytest.raises(pyusbx.NotFound, match="No such file"):
        pyusbx.VirtualDevice("replay:/nonexistent")
    assert repr(plugged) == "<pyusbx.VirtualDevice acquisition VIRT0001>"


def everything(device: pyusbx.Device) -> list[object]:
    """Transfers of every type, and every way for them to end that the virtual device has."""
    came: list[object] = []

    def tell(call: Callable[[], object]) -> None:
        try:
            came.append(call())
        except pyusbx.Error as error:
            came.append((type(error), str(error).replace("virtual/1", "")))

    with device.claim(0):
        came += [device.get_string(2), device.control_read(0x80, 6, 0x0100, 0, 18)]
        tell(lambda: device.control_write(0x40, REGISTERS, 0, 16, bytes(range(64))))
        tell(lambda: device.control_read(0xC0, REGISTERS, 0, 16, 64))
        tell(lambda: device.control_read(0xC0, 99, 0, 0, 8))
        for length in (1, 512, 1500):
            tell(lambda: device.bulk_write(LOOPBACK_OUT, bytes(range(256)) * 6, 1000))
            tell(lambda: [device.bulk_read(LOOPBACK_IN, 512), device.bulk_read(LOOPBACK_IN, 1024)])
            tell(lambda: device.bulk_write(LOOPBACK_OUT, bytes(length)))
            tell(lambda: device.bulk_read(LOOPBACK_IN, 2048, 50))
        tell(lambda: device.bulk_read(LOOPBACK_IN, 512, 5))
        tell(lambda: device.bulk_write(LOOPBACK_OUT, bytes(512)))
        tell(lambda: device.bulk_read(LOOPBACK_IN, 100))
        device.clear_halt(LOOPBACK_IN)
        tell(lambda: device.interrupt_read(STATUS, 16))
        device.control_write(0x40, RATE, 0, 0, (0).to_bytes(4, "little"))
        device.control_write(0x40, START, 0, 0)
        device.set_alt_setting(0, 1)
        tell(lambda: device.isochronous_read(ISOCHRONOUS, [512] * 8, None))
        tell(lambda: device.isochronous_read(ISOCHRONOUS, [512, 100, 512], None))
        device.control_write(0x40, STOP, 0, 0)
        tell(lambda: device.bulk_read(FRAMES, 65536, 50))
    return came


@pytest.mark.parametrize("options", ["", ",match=setup", ",timing=recorded"])
def test_a_session_comes_again(tmp_path: Path, options: str) -> None:
    path = str(tmp_path / "session.pcapng")
    with pyusbx.VirtualDevice(serial="SESSION"):
        with pyusbx.Capture(path), pyusbx.open(0x1209, 1, "SESSION") as device:
            recorded = everything(device)
    with pyusbx.VirtualDevice(f"replay:{path}{options}") as recording:
        with pyusbx.open(0x1209, 1, "SESSION") as device:
            assert everything(device) == recorded
        counts = recording.replay_statistics()
        assert (counts.departures, counts.remaining, counts.departure) == (0, 0, "")
