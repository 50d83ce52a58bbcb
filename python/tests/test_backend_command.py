"""`python -m pyusbx.backend`. What it does to an environment is in the case `pyusb` of tests/installed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import pyusbx
from conftest import PACKAGE

SCRIPT = """
import sys, usb.core
from beside import word
print(word, __name__, sys.argv[1:], usb.core.find(idVendor=0x1209).product)
raise SystemExit(3)
"""


def command(*arguments: str, cwd: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    variables = {**os.environ, "PYTHONPATH": str(PACKAGE), "USBX_VIRTUAL": "acquisition", **environment}
    return subprocess.run(
        [sys.executable, "-X", "dev", "-m", "pyusbx.backend", *arguments], cwd=cwd, env=variables, capture_output=True, text=True, timeout=30
    )


@pytest.fixture
def program(tmp_path: Path) -> Path:
    (tmp_path / "there").mkdir()
    (tmp_path / "there/program.py").write_text(SCRIPT)
    (tmp_path / "there/beside.py").write_text("word = 'ran'\n")
    return tmp_path


@pytest.mark.parametrize("within, arguments", [(".", ("there/program.py",)), ("there", ("-m", "program"))])
def test_a_program_runs_as_ever_with_usbx_below_pyusb(program: Path, within: str, arguments: "tuple[str, ...]") -> None:
    ran = command("run", *arguments, "-m", "x", cwd=program / within)
    assert (ran.stdout, ran.returncode) == ("ran __main__ ['-m', 'x'] Virtual acquisition, 4 × 16 bit\n", 3), ran.stderr


READER = """
import usb.core, usb.util
device = usb.core.find(idVendor=0x1209)
if not device.iSerialNumber:  # its host's list has no more
    print("in use", hex(device.idProduct), device.bNumConfigurations)
    raise SystemExit
usb.util.claim_interface(device, 0)
device.write(0x02, b"there and back")
print(device.serial_number, bytes(device.read(0x83, 512)), device[0].bNumInterfaces)
"""


def test_a_program_has_another_computers_device(tmp_path: Path) -> None:
    (tmp_path / "reader.py").write_text(READER)
    with pyusbx.VirtualDevice(serial="REMOTE"), pyusbx.Share("127.0.0.1:0") as share:
        share.add(next(info.path for info in pyusbx.devices() if info.serial == "REMOTE"), "1-1")

        def reads() -> str:
            ran = command("run", "reader.py", cwd=tmp_path, USBX_VIRTUAL="", USBX_USBIP=share.address)
            return ran.stdout or ran.stderr

        assert reads() == "REMOTE b'there and back' 2\n"
        with pyusbx.open_path(f"usbip://{share.address}/1-1"):
            assert reads() == "in use 0x1 1\n"


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    ran = command("run", "nowhere.py", cwd=tmp_path)
    assert ran.returncode == 1 and "nowhere.py" in ran.stderr


@pytest.mark.parametrize("arguments", [(), ("run",), ("run", "-m"), ("install",), ("enable", "it")])
def test_what_it_does_not_know(tmp_path: Path, arguments: "tuple[str, ...]") -> None:
    ran = command(*arguments, cwd=tmp_path)
    assert (ran.stdout, ran.returncode) == ("", 2) and ran.stderr.startswith("usage: python -m pyusbx.backend run")


def test_an_environment_that_it_is_not_installed_in(tmp_path: Path) -> None:
    ran = command("enable", cwd=tmp_path)
    assert (ran.stdout, ran.returncode) == ("", 1)
    assert ran.stderr.startswith(f"pyusbx.backend: pyusbx is not installed in this Python: it is in {PACKAGE}")


def test_without_pyusb(tmp_path: Path) -> None:
    (tmp_path / "usb.py").write_text("raise ModuleNotFoundError\n")
    ran = command("run", "program.py", cwd=tmp_path)
    assert ran.returncode == 1 and ran.stderr.endswith("a backend of pyusb, which is not installed: pip install pyusb\n")
