"""Ctrl-C: a real SIGINT, sent to a program that waits."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path
from typing import Callable

import pytest

OPENED = """
import pyusbx, signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job of a shell ignores it
virtual = pyusbx.VirtualDevice()
device = pyusbx.open(0x1209, 1)
claim = device.claim(0)
"""
LIMIT = 30  # seconds, for a machine that is busy

# Unlimited waits: the wait, and the answer to a program that continues afterwards.
WAITS = {
    "read": "device.bulk_read(0x83, 512, None)",
    "read_into": "device.bulk_read_into(0x83, bytearray(512), None)",
    "long timeout": "device.bulk_read(0x83, 512, 3_600_000)",
    "write": "device.bulk_write(0x02, bytes(1024 * 1024), None)",
    "stream": "stream.next()",
    "stream read": "stream.read(512)",
    "queue": "queue.wait()",
    "watch": "watch.next()",
    "await": "asyncio.run(awaited())",
}


def until_it_sleeps(running: "subprocess.Popen[str]") -> None:
    """Until the main thread is in a system call that waits."""
    while Path(f"/proc/{running.pid}/stat").read_text().rpartition(")")[2].split()[0] != "S":
        pass


@pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS)
def test_ctrl_c_ends_a_wait(python: "Callable[..., subprocess.Popen[str]]", wait: str) -> None:
    program = f"""{OPENED}
import asyncio
async def awaited():
    await queue.bulk_read(device, 0x83, 512, None)
queue, watch, stream = pyusbx.Queue(), pyusbx.Watch(0xffff), device.stream(0x81)
try:
    print("waiting")
    {wait}
except KeyboardInterrupt:
    print("interrupted")
for one in queue, watch, stream, device, virtual:
    one.close()
print("closed")
"""
    with python(program) as running:
        assert running.stdout and running.stdout.readline() == "waiting\n"
        until_it_sleeps(running)
        running.send_signal(signal.SIGINT)
        out, _ = running.communicate(timeout=LIMIT)
    assert out == "interrupted\nclosed\n"


def test_what_has_come_is_with_the_exception(python: "Callable[..., subprocess.Popen[str]]") -> None:
    program = f"""{OPENED}
device.bulk_write(0x02, b"x" * 1024)
buffer = bytearray(4096)
import threading
def tell():
    while not buffer[0]: pass
    print("reading")
threading.Thread(target=tell).start()
try:
    device.bulk_read_into(0x83, buffer, None)
except KeyboardInterrupt as stop:
    print(stop.transferred, buffer.count(b"x"))
device.bulk_write(0x02, b"y" * 512)
print(device.bulk_read(0x83, 512)[:1])
device.close(), virtual.close()
"""
    with python(program) as running:
        assert running.stdout and running.stdout.readline() == "reading\n"
        until_it_sleeps(running)
        running.send_signal(signal.SIGINT)
        out, _ = running.communicate(timeout=LIMIT)
    assert out == "1024 1024\nb'y'\n"
