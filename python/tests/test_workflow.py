"""The GitHub workflow of docs/virtual.md, for a small program of its own, beside a checkout of this repository. What the workflow takes from
GitHub is there; a build of the library is the one that these tests use."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import PACKAGE

REPOSITORY = PACKAGE.parent

# The program, what it prints, and its tests.
PROGRAM = {
    "Makefile": """\
test: program
	./program | diff - tests/expected
program: program.c
	$(CC) $< -o $@ $$(pkg-config --cflags --libs usbx)
""",
    "program.c": """\
#include <stdio.h>
#include <usbx.h>

int main(void)
{
    usbx_device *device;
    char answer[512];
    size_t count;
    if (usbx_open(0x1209, 0x0001, NULL, &device) || usbx_claim(device, 0) || usbx_bulk_write(device, 0x02, "hello", 5, 1000, NULL) ||
        usbx_bulk_read(device, 0x83, answer, sizeof answer, 1000, &count))
        return fprintf(stderr, "%s\\n", usbx_last_error()) < 0 ? 2 : 1;
    printf("%.*s\\n", (int)count, answer);
    return usbx_close(device);
}
""",
    "tests/expected": "hello\n",
    "tests/test_program.py": """\
import pyusbx

def hello():
    with pyusbx.open(0x1209, 0x0001) as device, device.claim(0):
        device.bulk_write(0x02, b"hello")
        return device.bulk_read(0x83, 512)

def test_device(usb_device):
    usb_device("acquisition")
    assert hello() == b"hello"

def test_as_recorded(usb_replay):
    usb_replay("session.pcapng")
    assert hello() == b"hello"
""",
}

# The library's checkout, but for the build.
BUILT = """\
all:
install:
	mkdir -p $(PREFIX)
	cp -a {prefix}/include {prefix}/lib $(PREFIX)
	sed -i 's|^prefix=.*|prefix=$(PREFIX)|' $(PREFIX)/lib/pkgconfig/usbx.pc
wheel:
	{repository}/python/wheel {prefix}/lib/libusbx.so.0 target/wheel
"""


def steps() -> list[dict[str, Any]]:
    text = (REPOSITORY / "docs/virtual.md").read_text(encoding="utf-8")
    (sample,) = re.findall(r"^```yaml\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    # YAML 1.1 takes the word `on` for True.
    workflow = yaml.safe_load(sample)
    assert workflow[True] == ["push", "pull_request"]
    (job,) = workflow["jobs"].values()
    return list(job["steps"])


def write(directory: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(text)


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, str]:
    """GitHub's, as the environment of its commands: with a home, and a Python whose packages are the user's to install."""
    prefix = Path(os.environ["USBX_LIBRARY"]).resolve().parents[1]
    workspace, home, packages = tmp_path / "work", tmp_path / "home", tmp_path / "packages"
    write(workspace, PROGRAM)
    checkout = workspace / "usbx"
    write(checkout, {"Makefile": BUILT.format(prefix=prefix, repository=REPOSITORY)})
    for entry in REPOSITORY.iterdir():
        if entry.name not in ("Makefile", "target", ".git"):
            (checkout / entry.name).symlink_to(entry)
    home.mkdir()
    own = {name: value for name, value in os.environ.items() if not name.startswith(("USBX_", "PYTHON", "PYTEST", "MAKE", "MFLAGS"))}
    site = packages / f"lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
    return {
        **own,
        "PATH": f"{packages}/bin:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(site),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PIP_PREFIX": str(packages),
        "PIP_NO_INDEX": "1",  # pytest is there
        "CARGO_TARGET_DIR": str(Path(sys.prefix).parent),  # where python/wheel has its tools
        "HOME": str(home),
        "PWD": str(workspace),
    }


def run(step: dict[str, Any], machine: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    added = {name: value.replace("/home/runner", machine["HOME"]) for name, value in step.get("env", {}).items()}
    return subprocess.run(
        ["bash", "-e", "-c", step["run"]], cwd=machine["PWD"], env={**machine, **added}, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def test_workflow(machine: dict[str, str]) -> None:
    workspace = Path(machine["PWD"])
    build, program, python = (step for step in steps() if "run" in step)
    assert not run(build, machine).returncode
    # The library's own Makefile has what stands in for it here.
    for target in ("all", "install", "wheel"):
        assert re.search(f"^{target}:", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)
    # The recording that the program's repository has.
    recording = run({**program, "env": {**program["env"], "USBX_VIRTUAL": "acquisition", "USBX_CAPTURE": "tests/session.pcapng"}}, machine)
    assert not recording.returncode, recording.stdout
    for step in (program, python):
        done = run(step, machine)
        assert not done.returncode, done.stdout
    assert "2 passed" in done.stdout
    # One that fails leaves what the last step collects.
    collected = [step["with"]["path"] for step in steps() if step.get("if") == "failure()"]
    for left in workspace.glob("*.pcapng"):
        left.unlink()
    (workspace / "program.c").write_text(PROGRAM["program.c"].replace('"hello", 5', '"other", 5'))
    failed = run(program, machine)
    assert failed.returncode and "not as in" in failed.stdout, failed.stdout
    assert all(list(workspace.glob(pattern)) for pattern in collected)
