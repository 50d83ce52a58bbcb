"""`python -m pyusbx.facedancer`, with programs as Facedancer's manual teaches to write them: they know nothing of usbx."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import PACKAGE

pytest.importorskip("facedancer", reason="Facedancer needs Python 3.10")

VENDOR = """
import sys
from beside import word
from facedancer import *
from facedancer import main

@use_inner_classes_automatically
class Lamp(USBDevice):
    vendor_id: int = 0x1209
    product_id: int = 0x0020
    product_string: str = "Lamp"
    level: int = 0

    class Main(USBConfiguration):
        class Control(USBInterface):
            class Levels(USBEndpoint):
                number: int = 4
                direction: USBDirection = USBDirection.IN

                def handle_data_requested(self):
                    self.send(b"%s %d" % (word, self.get_device().level))

    @vendor_request_handler(number=1, direction=USBDirection.OUT)
    @to_device
    def handle_set_level(self, request):
        self.level = request.value
        request.acknowledge()

if __name__ == "__main__":
    main(Lamp)
"""

ECHO = """
from facedancer import main
from facedancer.devices.ftdi import FTDIDevice

terminal = FTDIDevice()

async def welcome():
    await terminal.wait_for_host()
    terminal.transmit("ready\\n")

def shout(data):
    terminal.transmit(data.decode().upper())

terminal.handle_serial_data_received = shout
main(terminal, welcome())
"""

LAMP_HOST = """
import sys, threading
import usb.core
lamp = usb.core.find(idVendor=0x1209, idProduct=0x20)
lamp.set_configuration()
lamp.ctrl_transfer(0x40, 1, int(sys.argv[1]))
print(lamp.product, lamp.read(0x84, 64).tobytes(), sys.argv[2:], threading.current_thread().name)
sys.exit(5)
"""

ECHO_HOST = """
import pyusbx
with pyusbx.open(0x0403, 0x6001) as serial, serial.claim(0):
    serial.control_write(0x40, 1, 0x0101, 0, b"")
    print(serial.bulk_read(0x83, 64)[2:])
    serial.bulk_write(0x01, bytes([5 << 2 | 1]) + b"hello")
    print(serial.bulk_read(0x83, 64)[2:])
"""


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    (tmp_path / "there").mkdir()
    (tmp_path / "there/beside.py").write_text("word = b'level'\n")
    (tmp_path / "there/lamp.py").write_text(VENDOR)
    (tmp_path / "echo.py").write_text(ECHO)
    (tmp_path / "lamp host.py").write_text(LAMP_HOST)
    (tmp_path / "echo_host.py").write_text(ECHO_HOST)
    (tmp_path / "ends.py").write_text("print('no device here')\n")
    (tmp_path / "fails.py").write_text("raise ZeroDivisionError('on the host')\n")
    (tmp_path / "says_why.py").write_text("raise SystemExit('because')\n")
    return tmp_path


def start(*arguments: str, cwd: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-X", "dev", "-m", "pyusbx.facedancer", *arguments]
    variables = {**os.environ, "PYTHONPATH": str(PACKAGE), "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(command, cwd=cwd, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def command(*arguments: str, cwd: Path) -> "tuple[str, str, int]":
    with start(*arguments, cwd=cwd) as program:
        try:
            output, errors = program.communicate(timeout=60)
        finally:
            program.kill()
        return output, errors, program.returncode


def test_a_program_of_requests_and_a_host_of_pyusb(programs: Path) -> None:
    output, errors, status = command("--host", "'lamp host.py' 7 x", "there/lamp.py", cwd=programs)
    assert (output, status) == ("Lamp b'level 7' ['x'] host\n", 5), errors


def test_a_program_with_a_coroutine_and_a_host_of_pyusbx(programs: Path) -> None:
    output, errors, status = command("--host", "echo_host.py", "echo.py", cwd=programs)
    assert (output, status) == ("b'ready\\r\\n'\nb'HELLO'\n", 0), errors


def test_a_program_gets_its_arguments(programs: Path) -> None:
    output, errors, status = command("there/lamp.py", "--print-only", cwd=programs)
    assert (output.startswith("Lamp("), status) == (True, 0), errors
    output, errors, status = command("--host", "'../lamp host.py' 1", "-m", "lamp", "--suggest", cwd=programs / "there")
    assert (output.splitlines()[0], status) == ("Lamp b'level 1' [] host", 5), errors
    assert "Automatic Suggestions" in output


def test_a_module_of_the_library(programs: Path) -> None:
    (programs / "list.py").write_text("import pyusbx\nprint([info.product for info in pyusbx.devices()])\n")
    output, errors, status = command("--host", "list.py", "-m", "facedancer.devices.keyboard", cwd=programs)
    assert (output, status) == ("['Non-suspicious Keyboard']\n", 0), errors


def test_the_samples_of_the_documentation(tmp_path: Path) -> None:
    page = (PACKAGE.parent / "docs/facedancer.md").read_text()
    samples = re.findall(r"^```(\w+)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    device, host, test, _ = (text for language, text in samples if language == "python")
    (line,) = (text for language, text in samples if language == "sh" and "pyusbx" in text)
    for name, text in ("thermometer.py", device), ("host.py", host), ("test.py", test):
        (tmp_path / name).write_text(text)
    output, errors, status = command(*line.split()[3:], cwd=tmp_path)
    assert (output, status) == ("b'21 degrees'\nb'25 degrees'\n", 0), errors
    variables = {**os.environ, "PYTHONPATH": str(PACKAGE)}
    ran = subprocess.run([sys.executable, "-X", "dev", "test.py"], cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=60)
    assert (ran.stdout, ran.returncode) == ("00 00 04 00 00 00 00 00 00 00\n", 0), ran.stderr


def test_ctrl_c_ends_a_program(programs: Path) -> None:
    with start("echo.py", cwd=programs) as program:
        assert program.stderr is not None
        try:
            while "Plugged in" not in program.stderr.readline():
                assert program.poll() is None
            program.send_signal(signal.SIGINT)
            assert program.wait(60) == 0
        finally:
            program.kill()


@pytest.mark.parametrize("host, said", [("fails.py", "ZeroDivisionError: on the host"), ("says_why.py", "because")])
def test_a_host_that_fails(programs: Path, host: str, said: str) -> None:
    output, errors, status = command("--host", host, "echo.py", cwd=programs)
    assert (output, status) == ("", 1) and said in errors.splitlines()


def test_a_program_without_a_device(programs: Path) -> None:
    output, errors, status = command("--host", "echo_host.py", "ends.py", cwd=programs)
    assert (output, status) == ("no device here\n", 1)
    assert errors.endswith("pyusbx.facedancer: the program ended before a host had seen a device\n")


@pytest.mark.parametrize("arguments", [("nowhere.py",), ("--host", "nowhere.py", "echo.py")])
def test_a_file_that_is_not_there(programs: Path, arguments: "tuple[str, ...]") -> None:
    output, errors, status = command(*arguments, cwd=programs)
    assert (output, status) == ("", 1) and "nowhere.py" in errors


@pytest.mark.parametrize(
    "arguments", [(), ("--host",), ("--host", "echo_host.py"), ("--host", "", "echo.py"), ("-m",), ("--what", "echo.py")]
)
def test_what_it_does_not_know(programs: Path, arguments: "tuple[str, ...]") -> None:
    output, errors, status = command(*arguments, cwd=programs)
    assert (output, status) == ("", 2) and errors.startswith("usage: python -m pyusbx.facedancer")


def test_without_facedancer(programs: Path) -> None:
    (programs / "facedancer.py").write_text("raise ModuleNotFoundError(name='facedancer')\n")
    output, errors, status = command("echo.py", cwd=programs)
    assert status == 1 and errors.endswith("a backend of Facedancer, which is not installed: pip install facedancer\n")
