"""Each example runs with a capture, and again on the capture, strictly: it prints the same, to the byte. A new one is found by itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import PACKAGE

EXAMPLES = PACKAGE / "examples"
NAMES = sorted(str(path.relative_to(EXAMPLES)) for path in EXAMPLES.rglob("*.py"))
OUTSIDE = PACKAGE.parent / "examples-python"
# Of the program before its port, as pyusb runs it here; and the part that both have.
STARTED_BY = {"porting/before.py": ["-m", "pyusbx.backend", "run"]}
PARTS = ["porting/record.py"]
OTHERS = sorted({str(path.relative_to(OUTSIDE)) for path in OUTSIDE.rglob("*.py")} - set(PARTS))
ARGUMENTS = {"pyusb/interrupt_loop.py": ["5"]}

# What those of models print, each with its client.
PRINTED = {
    "simulate/bulk_instrument.py": ["1000 records", "the device refused the request", "record 20\nrecord 21\nrecord 22\nrecord 23\n"],
    "simulate/firmware.py": ["damaged: (7, <State.ERROR: 10>)", "whole: (0, <State.IDLE: 2>)", "read back: True", "model: has it True"],
    "simulate/hid_buttons.py": ["as declared: True", "buttons: 00000101", "GET_REPORT: 00000101", "model: lamps 00001111"],
    "simulate/instrument.py": [
        "('USB0::4617::19::SCOPE1::0::INSTR',)",
        "usbx,Oscilloscope,SCOPE1,1.0",
        "timebase: 2e-06 s",
        "model: remote True",
        "1000000 samples, as made: True",
        "model: status byte 0x20",
    ],
    "simulate/serial_port.py": ["model: Line(baud=115200, stop_bits=0, parity=0, bits=8) DTR RTS", "lines: 0b0011", "['HELLO', 'WORLD']"],
}

# Two tasks print, each when its data come.
UNORDERED = ["stream.py"]

# The examples of models: the recording is plugged in where the model would be.
ON_A_RECORDING = """
import runpy, sys
import pyusbx
from pyusbx import simulate

recording, program = sys.argv[1:]
sys.argv = [program]
close = simulate.Device.close

def plug(model):
    model._virtual = pyusbx.VirtualDevice("replay:" + recording)

def judge_and_close(model):
    played = model.virtual.replay_statistics()
    if played.departures or played.remaining or not played.transfers:
        print(played, file=sys.stderr)
        raise SystemExit(1)
    close(model)

simulate.Device.plug, simulate.Device.close = plug, judge_and_close
runpy.run_path(program, run_name="__main__")
"""


def run(*command: str, **environment: str) -> str:
    variables = {**os.environ, "PYTHONPATH": str(PACKAGE), **environment}
    ran = subprocess.run([sys.executable, *command], env=variables, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def hosts_lines(printed: str, name: str) -> list[str]:
    """Without what a model says of itself: in a replay there is none."""
    lines = [line for line in printed.splitlines(keepends=True) if not line.startswith("model: ")]
    return sorted(lines) if name in UNORDERED else lines


@pytest.mark.parametrize("name", NAMES)
def test_an_example_comes_again(name: str, tmp_path: Path) -> None:
    program, capture = str(EXAMPLES / name), str(tmp_path / "session.pcapng")
    arguments = ARGUMENTS.get(name, [])
    if Path(name).parent.name == "simulate":
        printed = run(program, USBX_CAPTURE=capture)
        again = run("-c", ON_A_RECORDING, capture, program)
    else:
        printed = run(program, *arguments, USBX_VIRTUAL="acquisition", USBX_CAPTURE=capture)
        again = run(program, *arguments, USBX_VIRTUAL=f"replay:{capture}")
    assert printed and hosts_lines(again, name) == hosts_lines(printed, name)
    at = 0
    for text in PRINTED.get(name, []):
        assert text in printed[at:], printed
        at = printed.index(text, at)


@pytest.mark.parametrize("name", OTHERS)
def test_a_program_of_the_guides_comes_again(name: str, tmp_path: Path) -> None:
    command, capture = [*STARTED_BY.get(name, []), str(OUTSIDE / name)], tmp_path / "session.pcapng"
    printed = run(*command, USBX_VIRTUAL="acquisition", USBX_CAPTURE=str(capture))
    assert "64 frames, 0 lost" in printed
    assert run(*command, USBX_VIRTUAL=f"replay:{capture}") == printed


@pytest.mark.parametrize("name", PRINTED)
def test_an_example_is_short(name: str) -> None:
    assert len((EXAMPLES / name).read_text().splitlines()) <= 60
