"""Captures of the traffic."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import LOOPBACK_IN, LOOPBACK_OUT

import pyusbx


def test_what_is_moved_is_in_the_file(device: pyusbx.Device, tmp_path: Path) -> None:
    file = tmp_path / "traffic.pcapng"
    with pyusbx.Capture(file) as capture:
        device.bulk_write(LOOPBACK_OUT, b"written while it was open")
        device.bulk_read(LOOPBACK_IN, 512)
        with pytest.raises(pyusbx.Pipe):
            device.control_read(0xC0, 0x77, 0, 0, 4)
        done = capture.statistics()
    assert (done.errors, done.dropped, done.replaced, done.devices, done.failed) == (1, 0, 0, 1, False)
    assert done.records >= 6
    assert file.read_bytes().count(b"written while it was open") == 2
    device.bulk_write(LOOPBACK_OUT, b"written later")
    assert b"written later" not in file.read_bytes()


def test_options(device: pyusbx.Device, tmp_path: Path) -> None:
    file = str(tmp_path / "traffic.pcapng")
    with pyusbx.Capture(file, device=device.info().path, snap_length=7):
        device.bulk_write(LOOPBACK_OUT, b"written in full")
    assert b"written" in Path(file).read_bytes() and b"written i" not in Path(file).read_bytes()
    with pyusbx.Capture(file, device="virtual/200") as capture:
        device.bulk_write(LOOPBACK_OUT, b"written")
        assert capture.statistics().records == 0
    with pyusbx.Capture(file, ring=1 << 16, memory=1 << 20) as capture:
        for _ in range(100):
            device.bulk_write(LOOPBACK_OUT, bytes(512))
            device.bulk_read(LOOPBACK_IN, 512)
        assert capture.statistics().replaced > 0
    with pytest.raises(pyusbx.InvalidParam):
        pyusbx.Capture(file, device="x" * 256)
    with pytest.raises(pyusbx.InvalidParam):
        pyusbx.Capture(file, ring=-1)


def test_a_file_that_cannot_be_written(device: pyusbx.Device) -> None:
    with pytest.raises(pyusbx.NotFound, match="/nonexistent/file: No such file"):
        pyusbx.Capture("/nonexistent/file")
    capture = pyusbx.Capture("/dev/full")
    device.bulk_write(LOOPBACK_OUT, b"lost")
    with pytest.raises(pyusbx.Io, match="No space left on device"):
        capture.close()
