"""`python -m pyusbx.backend`. What it does to an environment is in the case `pyusb` of tests/installed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

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
