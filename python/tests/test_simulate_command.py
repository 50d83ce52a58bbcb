"""`python -m pyusbx.simulate`, and models of devices that exist."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable

import pytest

import pyusbx
from pyusbx import simulate
from pyusbx.simulate.__main__ import load

from conftest import PACKAGE

MODEL = """
from pyusbx import simulate

class Model(simulate.Device):
    @simulate.vendor_request(1, "in")
    def known(self, request):
        return b"known"
"""
HOST = """
import sys, pyusbx
with pyusbx.open(0x1209, 0x0001) as host:
    print(host.control_read(0xC0, 1, 0, 0, 8))
    for value in (5, 6, 6):
        try:
            host.control_read(0xC0, 7, value, 0, 4)
        except pyusbx.Pipe:
            pass
    try:
        host.control_write(0x21, 9, 0, 0, b"abc")
    except (pyusbx.Pipe, pyusbx.NotClaimed):
        pass
    try:
        host.control_write(0x40, 9, 0, 0, b"abc")
    except pyusbx.Pipe:
        pass
sys.exit(int(sys.argv[1]))
"""


def simulated(*arguments: object, **more: Any) -> "subprocess.Popen[str]":
    command = [sys.executable, "-X", "dev", "-m", "pyusbx.simulate", *map(str, arguments)]
    return subprocess.Popen(command, cwd=PACKAGE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)


def test_suggestions(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(MODEL)
    (tmp_path / "host.py").write_text(HOST)
    process = simulated(tmp_path / "model.py", "--suggest", "--", tmp_path / "host.py", "3")
    output, errors = process.communicate(timeout=30)
    assert process.returncode == 3 and "plugged in at virtual/1" in errors
    known, stubs = output.split("\n", 1)
    assert known == "b'known'"
    # The methods answer what was asked, when they are put into the class.
    (tmp_path / "model.py").write_text(MODEL + "\n" + stubs)
    output, errors = simulated(tmp_path / "model.py", "--suggest", "--", tmp_path / "host.py", "0").communicate(timeout=30)
    assert output == "b'known'\n", errors
    assert stubs.count("value 0x0006") == 1 and "61 62 63" in stubs and "return bytes(4)" in stubs


def test_until_ctrl_c(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(MODEL)
    process = simulated(tmp_path / "model.py")
    assert process.stderr is not None and "plugged in" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=30)[0] == "" and process.returncode == 0


@pytest.mark.parametrize(
    "arguments, text",
    [
        (["missing.py"], "missing.py"),
        ([], "give a file"),
        (["{file}", "--class", "Other"], "no class Other"),
        (["--from-device", "virtual/7"], "virtual/7"),
    ],
)
def test_mistakes(tmp_path: Path, arguments: list[str], text: str) -> None:
    (tmp_path / "model.py").write_text(MODEL)
    process = simulated(*(one.replace("{file}", str(tmp_path / "model.py")) for one in arguments))
    assert text in process.communicate(timeout=30)[1] and process.returncode not in (0, None)


def model_of(path: str, directory: Path) -> "tuple[str, type[simulate.Device]]":
    source = simulate.from_device(path)
    file = directory / "skeleton.py"
    file.write_text(source)
    return source, load(str(file))


def test_model_of_the_built_in_device(plugged: pyusbx.VirtualDevice, tmp_path: Path) -> None:
    (there,) = [info for info in pyusbx.devices() if info.serial == plugged.serial]
    source, model = model_of(there.path, tmp_path)
    assert "bulk_in" in source and "descriptors = bytes" not in source
    whole = pyusbx.descriptors(there.path)
    with pyusbx.open_path(there.path) as real, real.claim(1):
        report = real.control_read(0x81, 6, 0x2200, 1, 4096)
    plugged.unplug()
    with model() as device, pyusbx.open_path(device.path) as host, host.claim(1):
        assert pyusbx.descriptors(device.path) == whole
        info = host.info()
        same = ("vendor_id", "product_id", "device_version", "usb_version", "speed", "manufacturer", "product", "serial")
        assert [getattr(info, name) for name in same] == [getattr(there, name) for name in same]
        assert host.control_read(0x81, 6, 0x2200, 1, 4096) == report


def odd(change: Callable[[bytes], bytes]) -> type[simulate.Device]:
    class Odd(simulate.Device):
        product = "Odd"
        descriptors = change(
            bytes([18, 1, 0, 2, 0, 0, 0, 64, 0x09, 0x12, 9, 0, 0, 1, 0, 5, 0, 1])
            + bytes([9, 2, 32, 0, 1, 1, 0, 0x80, 50, 9, 4, 0, 0, 2, 255, 0, 0, 0])
            + bytes([7, 5, 0x81, 2, 0, 2, 0, 7, 5, 0x02, 2, 0, 2, 0])
        )
        strings = {5: "Five"}

    return Odd


@pytest.mark.parametrize("change", [lambda whole: whole, lambda whole: whole[:24] + b"\x07" + whole[25:]])
def test_model_of_an_odd_device(change: Callable[[bytes], bytes], tmp_path: Path) -> None:
    with odd(change)() as device:
        whole = pyusbx.descriptors(device.path)
        _, model = model_of(device.path, tmp_path)
    with model() as device, pyusbx.open_path(device.path) as host:
        assert pyusbx.descriptors(device.path) == whole
        assert host.info().product == "Five"
        assert {one.address for one in host.endpoints()} == {0x81, 0x02}
        device._endpoints[0x81].write(b"usable")  # type: ignore[union-attr]
        with host.claim(0):
            assert host.bulk_read(0x81, 512) == b"usable"


def test_share(tmp_path: Path) -> None:
    """Another process finds the model; after Ctrl-C the socket is gone."""
    (tmp_path / "model.py").write_text(MODEL)
    socket = tmp_path / "socket"
    process = simulated(tmp_path / "model.py", "--share", f"unix:{socket}")
    assert process.stderr is not None
    while "plugged in" not in (line := process.stderr.readline()):
        assert line
    with pyusbx.open_path(f"usbip+unix://{socket}/virtual-1") as host:
        assert host.control_read(0xC0, 1, 0, 0, 8) == b"known"
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0 and not socket.exists()
    process.communicate()


def test_attended(tmp_path: Path) -> None:
    """As `usbx run` starts it: it says when it is ready, ends at the end of its input, and takes the socket's directory along."""
    (tmp_path / "model.py").write_text("print('hello')\n" + MODEL)
    directory = tmp_path / "sockets"
    directory.mkdir()
    process = simulated(tmp_path / "model.py", "--attended", "--share", f"unix:{directory}/0", stdin=subprocess.PIPE)
    assert process.stdout is not None and process.stdout.readline() == "plugged in\n"
    with pyusbx.open_path(f"usbip+unix://{directory}/0/virtual-1") as host:
        assert host.control_read(0xC0, 1, 0, 0, 8) == b"known"
    output, errors = process.communicate(timeout=30)
    assert (process.returncode, output, errors, directory.exists()) == (0, "", "hello\n", False)
    # One that has not begun does not stay.
    (tmp_path / "slow.py").write_text("import time\ntime.sleep(600)\n")
    directory.mkdir()
    process = simulated(tmp_path / "slow.py", "--attended", "--share", f"unix:{directory}/0", stdin=subprocess.PIPE)
    process.communicate(timeout=30)
    assert process.returncode == 1 and not directory.exists()
