"""A newly plugged in and opened virtual device for every test that wants one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Callable, Iterator

import pytest

import pyusbx
from pyusbx.simulate.__main__ import load

PACKAGE = Path(__file__).resolve().parent.parent

FRAMES, STATUS, LOOPBACK_OUT, LOOPBACK_IN, ISOCHRONOUS = 0x81, 0x82, 0x02, 0x83, 0x85
START, STOP, RATE, REGISTERS = 1, 2, 3, 4


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--model", metavar="FILE", help="a model in Python of the built-in device, in its place")


@pytest.fixture
def plugged(request: pytest.FixtureRequest) -> Iterator[pyusbx.VirtualDevice]:
    file = request.config.getoption("--model")
    with load(file)() if file else pyusbx.VirtualDevice() as virtual:
        yield virtual


@pytest.fixture
def virtual(plugged: pyusbx.VirtualDevice) -> pyusbx.VirtualDevice:
    """What a model in Python is plugged in as, too."""
    return getattr(plugged, "virtual", plugged)


@pytest.fixture
def device(plugged: pyusbx.VirtualDevice) -> Iterator[pyusbx.Device]:
    with pyusbx.open(0x1209, 0x0001, plugged.serial) as device:
        with device.claim(0):
            yield device


@pytest.fixture
def sampling(device: pyusbx.Device) -> pyusbx.Device:
    """As fast as the host reads, from frame 0 on."""
    device.control_write(0x40, RATE, 0, 0, (0).to_bytes(4, "little"))
    device.control_write(0x40, START, 0, 0)
    return device


def sequence_numbers(data: "bytes | memoryview") -> list[int]:
    """Of the frames in it."""
    return [int.from_bytes(data[at + 4 : at + 8], "little") for at in range(0, len(data), 512)]


@pytest.fixture
def python() -> Callable[..., "subprocess.Popen[str]"]:
    """Starts a program of its own, with the package."""

    def start(program: str, **environment: str) -> "subprocess.Popen[str]":
        variables = {**os.environ, "PYTHONPATH": str(PACKAGE), "PYTHONUNBUFFERED": "1", **environment}
        return subprocess.Popen(
            [sys.executable, "-X", "dev", "-c", program],
            env=variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    return start
