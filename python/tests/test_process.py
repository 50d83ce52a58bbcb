"""A process and its end: the library that is not there, threads that wait at exit, fork."""

from __future__ import annotations

import subprocess
from typing import Callable

import pytest

Python = Callable[..., "subprocess.Popen[str]"]

LIMIT = 30  # seconds, for a machine that is busy


def printed(running: "subprocess.Popen[str]") -> "tuple[str, int]":
    with running:
        out, _ = running.communicate(timeout=LIMIT)
    return out, running.returncode


def test_a_library_that_is_not_there(python: Python) -> None:
    out, code = printed(python("import pyusbx", USBX_LIBRARY="/nowhere/libusbx.so.0"))
    assert code == 1 and "/nowhere/libusbx.so.0" in out and "USBX_LIBRARY" in out


def test_a_library_that_is_another(python: Python) -> None:
    out, code = printed(python("import pyusbx", USBX_LIBRARY="libc.so.6"))
    assert code == 1 and "libc.so.6 is not a usbx library" in out


@pytest.mark.parametrize(("version", "fits"), [("0.1.0", True), ("0.2.7", True), ("0.0.9", False), ("1.0.0", False)])
def test_versions(python: Python, tmp_path: "object", version: str, fits: bool) -> None:
    """A library that says it is of another version, and has nothing else."""
    source = f'const char *usbx_version(void) {{ return "{version}"; }}\n'
    library = f"{tmp_path}/libusbx.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-x", "c", "-", "-o", library], input=source, text=True, check=True)
    out, code = printed(python("import pyusbx", USBX_LIBRARY=library))
    assert code == 1
    assert (f"is usbx {version}, and this pyusbx needs" in out) is not fits


WAITING = """
import pyusbx, threading, time
virtual = pyusbx.VirtualDevice()
device = pyusbx.open(0x1209, 1)
device.claim(0)
queue, watch, stream = pyusbx.Queue(), pyusbx.Watch(0xffff), device.stream(0x81)
device.claim(1)
queue.interrupt_read(device, 0x84, 8, None)
buffer = bytearray(4096)
for call in (lambda: device.bulk_read_into(0x83, buffer, None), queue.wait, watch.next, stream.next):
    threading.Thread(target=call, daemon=True).start()
device.bulk_write(0x02, b"x" * 512)
while not buffer[0]: pass
print("end")
"""


@pytest.mark.parametrize("end", ["", "raise SystemExit(3)", "import sys; sys.exit(3)"])
def test_exit_while_threads_wait(python: Python, end: str) -> None:
    out, code = printed(python(WAITING + end))
    assert (out.splitlines()[0], code) == ("end", 3 if end else 0), out
    assert "Fatal" not in out and "Traceback (most recent call last):\n  File \"<string>\"" not in out, out


def test_exit_while_an_array_has_a_chunk(python: Python) -> None:
    """A thread that reckons with the memory of a stream when the program ends."""
    program = """
import numpy, pyusbx, threading
virtual = pyusbx.VirtualDevice()
device = pyusbx.open(0x1209, 1)
device.claim(0)
device.control_write(0x40, 3, 0, 0, bytes(4))
device.control_write(0x40, 1, 0, 0)
stream = device.stream(0x81)
array = numpy.frombuffer(stream.next().data, "u1")
begun = threading.Event()
def reckon():
    while True:
        array.sum()
        begun.set()
threading.Thread(target=reckon, daemon=True).start()
begun.wait()
print("end")
"""
    out, code = printed(python(program))
    assert (out.splitlines()[0], code) == ("end", 0), out


def test_a_forked_child_opens_anew_and_leaves_the_parents_alone(python: Python) -> None:
    program = """
import os, warnings
warnings.simplefilter("ignore", DeprecationWarning)
import pyusbx
virtual = pyusbx.VirtualDevice()
device = pyusbx.open(0x1209, 1)
device.claim(0)
child = os.fork()
if child == 0:
    try:
        device.bulk_read(0x83, 512)
    except pyusbx.Forked as error:
        print("child:", error.name, flush=True)
    with pyusbx.VirtualDevice(serial="CHILD"), pyusbx.open(0x1209, 1, "CHILD") as own, own.claim(0):
        print("child:", own.bulk_write(0x02, b"mine"), flush=True)
    device = virtual = None  # says nothing, and closes nothing
    os._exit(0)
os.waitpid(child, 0)
device.bulk_write(0x02, b"still here")
print(device.bulk_read(0x83, 512))
device.close(), virtual.close()
"""
    out, code = printed(python(program))
    assert (out.splitlines(), code) == (["child: USBX_ERROR_FORKED", "child: 4", "b'still here'"], 0), out
