"""The fixtures that tests of other projects use."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest
from conftest import PACKAGE

import pyusbx

pytest_plugins = ["pytester"]

MODEL = """
import threading
import pytest, pyusbx
from pyusbx import simulate

class Model(simulate.Device):
    def __init__(self, answer=b"yes"):
        super().__init__()
        self.answer = answer

    @simulate.vendor_request(1, "in")
    def ask(self, request):
        return self.answer

    @simulate.vendor_request(2, "in")
    def broken(self, request):
        raise ZeroDivisionError("a bug of the model")
"""


def run(pytester: pytest.Pytester, **outcomes: int) -> pytest.RunResult:
    result = pytester.runpytest_inprocess("-p", "pyusbx.pytest_plugin", "-p", "no:cacheprovider")
    result.assert_outcomes(**outcomes)
    return result


def test_devices(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        MODEL
        + """
def ask(device, request):
    with pyusbx.open_path(device.path) as host:
        return host.control_read(0xC0, request, 0, 0, 8)

def test_class(usb_device):
    assert ask(usb_device(Model), 1) == b"yes"

def test_object_and_arguments(usb_device):
    first, second = usb_device(Model(b"one")), usb_device(Model, b"two")
    assert (ask(first, 1), ask(second, 1)) == (b"one", b"two")

def test_built_in(usb_device):
    usb_device("acquisition", "MINE")
    assert [info.serial for info in pyusbx.devices() if info.path.startswith("virtual/")] == ["MINE"]

def test_nothing_is_left(usb_device):
    assert not [info for info in pyusbx.devices() if info.path.startswith("virtual/")]
    assert not [thread for thread in threading.enumerate() if "usbx" in thread.name]

def test_bug(usb_device):
    with pytest.raises(pyusbx.Pipe):
        ask(usb_device(Model), 2)
"""
    )
    result = run(pytester, passed=5, errors=1)
    result.stdout.fnmatch_lines(["*ZeroDivisionError: a bug of the model"])


def recording(directory: Path) -> None:
    """What usbmon has of a device that is described and asked one thing."""
    device = bytes([18, 1, 0, 2, 0, 0, 0, 64, 0x34, 0x12, 0x78, 0x56, 0, 1, 0, 0, 0, 1])
    configuration = bytes([9, 2, 18, 0, 1, 1, 0, 0x80, 50, 9, 4, 0, 0, 0, 255, 0, 0, 0])
    asked = [(0x80, 6, 0x0100, device), (0x80, 6, 0x0200, configuration), (0xC0, 1, 0, b"recorded")]
    whole = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 220)
    for number, (kind, request, value, answer) in enumerate(asked):
        setup = struct.pack("<BBHHH", kind, request, value, 0, len(answer))
        for letter, status, data in ((b"S", -115, b""), (b"C", 0, answer)):
            flags = (0, ord("<")) if letter == b"S" else (ord("-"), 0)
            head = struct.pack("<Qc3BHBBqiiII", number + 1, letter, 2, 0x80, 5, 1, *flags, 0, number, status, len(answer), len(data))
            packet = head + setup + struct.pack("<iiII", 0, 0, 0, 0) + data
            whole += struct.pack("<IIII", 0, number, len(packet), len(packet)) + packet
    (directory / "session.pcap").write_bytes(whole)


def test_replays(pytester: pytest.Pytester) -> None:
    recording(pytester.path)
    pytester.makepyfile(
        """
import pytest, pyusbx

def ask(request, length=8):
    with pyusbx.open(0x1234, 0x5678) as host:
        return host.control_read(0xC0, request, 0, 0, length)

def test_as_recorded(usb_replay):
    usb_replay("session.pcap")
    assert ask(1) == b"recorded"

def test_options(usb_replay):
    usb_replay("session.pcap", match="loose", timing="none", device="1.5")
    assert ask(1) == ask(1) == b"recorded"

def test_departure(usb_replay):
    usb_replay("session.pcap")
    with pytest.raises(pyusbx.Error):
        ask(2)

def test_departure_that_is_meant(usb_replay):
    usb_replay("session.pcap", departures=True)
    with pytest.raises(pyusbx.Error):
        ask(2)

def test_no_such_file(usb_replay):
    with pytest.raises(pyusbx.Error, match="missing.pcap"):
        usb_replay("missing.pcap")
"""
    )
    if hasattr(pyusbx.VirtualDevice, "replay_statistics"):
        run(pytester, passed=5, errors=1)
    else:
        run(pytester, passed=5)


def test_pytest_finds_it() -> None:
    """Where the package is installed: its entry point leads to the module that these tests name."""
    project = (PACKAGE / "pyproject.toml").read_text()
    assert re.search(r'\[project.entry-points.pytest11\]\npyusbx = "pyusbx.pytest_plugin"', project)
