"""Virtual devices that this program answers for."""

from __future__ import annotations

import asyncio
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Callable, Iterator

import pytest

import pyusbx
from pyusbx import Fault, events

IN, OUT = 0x81, 0x02
DEVICE = bytes([18, 1, 0, 2, 0, 0, 0, 64, 0x09, 0x12, 0x02, 0x00, 0, 1, 1, 2, 3, 1])
INTERFACE = bytes([9, 4, 0, 0, 2, 255, 0, 0, 0])
OTHER_SETTING = bytes([9, 4, 0, 1, 0, 255, 0, 0, 0])
ENDPOINTS = bytes([7, 5, IN, 2, 0, 2, 0]) + bytes([7, 5, OUT, 2, 0, 2, 0])
BODY = INTERFACE + ENDPOINTS + OTHER_SETTING
CONFIGURATION = bytes([9, 2, 9 + len(BODY), 0, 1, 1, 0, 0x80, 50]) + BODY
STRINGS = {1: "Maker", 2: "Model", 3: "S1"}


@pytest.fixture
def model() -> Iterator[pyusbx.VirtualDevice]:
    with pyusbx.VirtualDevice.create(DEVICE + CONFIGURATION, strings=STRINGS) as model:
        model.plug()
        yield model


@pytest.fixture
def host(model: pyusbx.VirtualDevice) -> Iterator[pyusbx.Device]:
    with pyusbx.open_path(model.path) as host, host.claim(0):
        assert model.next(1000) == events.Opened()
        yield host


@pytest.fixture
def thread() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor() as thread:
        yield thread


def test_descriptors_and_strings() -> None:
    with pyusbx.VirtualDevice.create(DEVICE + CONFIGURATION, strings={(1, 0x407): "Übung", (1, 0x409): "Exercise"}) as model:
        with pytest.raises(pyusbx.NoDevice):
            model.path
        model.add_descriptor(0x22, 0, b"report", interface=0)
        model.plug()
        with pyusbx.open_path(model.path) as host:
            info = host.info()
            assert (info.vendor_id, info.product_id, info.speed) == (0x1209, 2, pyusbx.Speed.HIGH)
            assert host.get_string(1) == "Übung" and host.get_string(1, 0x409) == "Exercise"
            with host.claim(0):
                assert host.control_read(0x81, 6, 0x2200, 0, 64) == b"report"
            assert pyusbx.descriptors(model.path) == DEVICE + CONFIGURATION
        model.unplug()
        with pytest.raises(pyusbx.NoDevice):
            model.path


def test_requests(model: pyusbx.VirtualDevice, host: pyusbx.Device, thread: ThreadPoolExecutor) -> None:
    asked = thread.submit(host.control_read, 0xC0, 3, 0x1234, 5, 8)
    assert model.next(1000) == events.Setup(0xC0, 3, 0x1234, 5, 8)
    model.reply(b"yes")
    assert asked.result() == b"yes"
    sent = bytes(range(256)) * 200
    asked = thread.submit(host.control_write, 0x40, 4, 0, 0, sent)
    event = model.next(1000)
    assert isinstance(event, events.Setup) and event.data == sent and not event.is_in
    with pytest.raises(pyusbx.InvalidParam):
        model.reply(b"no data go back")
    model.reply()
    assert asked.result() == len(sent)
    asked = thread.submit(host.control_read, 0xC0, 9, 0, 0, 8)
    model.next(1000)
    model.stall()
    with pytest.raises(pyusbx.Pipe):
        asked.result()
    with pytest.raises(pyusbx.NotFound):
        model.reply()


def test_standard_requests(model: pyusbx.VirtualDevice, host: pyusbx.Device, thread: ThreadPoolExecutor) -> None:
    model.answer_standard_requests()
    asked = thread.submit(host.control_read, 0x80, 0, 0, 0, 2)
    assert model.next(1000) == events.Setup(0x80, 0, 0, 0, 2)
    model.reply(b"\x03\x00")
    assert asked.result() == b"\x03\x00"


def test_data(model: pyusbx.VirtualDevice, host: pyusbx.Device, thread: ThreadPoolExecutor) -> None:
    with pytest.raises(pyusbx.Timeout) as caught:
        model.write(IN, b"x" * 600, 0)
    assert caught.value.transferred == 0
    reading = thread.submit(host.bulk_read, IN, 4096)
    assert model.next(1000) == events.In(IN)
    assert model.write(IN, b"x" * 600, 1000) == 600
    assert reading.result() == b"x" * 600
    writing = thread.submit(host.bulk_write, OUT, b"y" * 700)
    assert model.next(1000) == events.Out(OUT)
    assert model.read(OUT, 4096, 1000) == b"y" * 700
    assert writing.result() == 700
    with pytest.raises(pyusbx.Timeout):
        model.read(OUT, 4096, 20)
    with pytest.raises(pyusbx.InvalidParam):
        model.write(OUT, b"wrong way")


def test_halt_setting_reset(model: pyusbx.VirtualDevice, host: pyusbx.Device) -> None:
    model.stall(IN)
    with pytest.raises(pyusbx.Pipe):
        host.bulk_read(IN, 512)
    host.clear_halt(IN)
    host.set_alt_setting(0, 1)
    host.reset()
    host.close()
    seen: list[events.VirtualEvent] = []
    while events.Closed() not in seen:
        seen.append(model.next(1000))
    # A reset device has its first settings, and gets the selected ones again.
    assert seen[:4] == [events.Halt(IN, False), events.AltSetting(0, 1), events.Reset(), events.AltSetting(0, 1)]


def test_faults(model: pyusbx.VirtualDevice, host: pyusbx.Device, thread: ThreadPoolExecutor) -> None:
    model.fault(IN, Fault.STATUS, nth=2, status=pyusbx.Io.status)
    for number in range(3):
        reading = thread.submit(host.bulk_read, IN, 512, 1000)
        if number == 1:
            with pytest.raises(pyusbx.Io):
                reading.result()
        else:
            model.write(IN, b"fine")
            assert reading.result() == b"fine"
    model.fault(IN, Fault.BABBLE, repeat=True)
    model.clear_faults(IN)
    with pytest.raises(pyusbx.InvalidParam):
        model.fault(OUT, Fault.SHORT)


def test_closing_ends_a_wait(model: pyusbx.VirtualDevice) -> None:
    caught: list[BaseException] = []

    def wait(call: Callable[[], object]) -> None:
        try:
            call()
        except pyusbx.Error as error:
            caught.append(error)

    waiting = [
        threading.Thread(target=wait, args=[call])
        for call in (model.next, lambda: model.write(IN, b"x", None), lambda: model.read(OUT, 512, None))
    ]
    for one in waiting:
        one.start()
    model.close()
    for one in waiting:
        one.join(10)
        assert not one.is_alive()
    assert {type(error) for error in caught} <= {pyusbx.Closed, pyusbx.InvalidHandle} and len(caught) == 3


def test_in_tasks(model: pyusbx.VirtualDevice) -> None:
    async def answer() -> list[object]:
        seen: list[object] = []
        while len(seen) < 3:
            event = await model.next_async(5000)
            seen.append(event)
            if isinstance(event, events.Setup):
                model.reply(b"ok")
            elif isinstance(event, events.In):
                assert await model.write_async(IN, b"data") == 4
        return seen

    async def main() -> None:
        with pyusbx.open_path(model.path) as host, host.claim(0), pyusbx.Queue() as queue:
            answering = asyncio.create_task(answer())
            assert await queue.control_read(host, 0xC0, 1, 0, 0, 8) == b"ok"
            assert await queue.bulk_read(host, IN, 512) == b"data"
            assert await answering == [events.Opened(), events.Setup(0xC0, 1, 0, 0, 8), events.In(IN)]
            receiving = asyncio.create_task(model.read_async(OUT, 512))
            await queue.bulk_write(host, OUT, b"more")
            assert await receiving == b"more"
            with pytest.raises(pyusbx.Timeout):
                await model.next_async(20)  # the read came too late for an event, or it was in time
            began = time.monotonic()
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(model.read_async(OUT, 512, None), 0.05)
            assert time.monotonic() - began < 5

    asyncio.run(asyncio.wait_for(main(), 20))


def test_ctrl_c_ends_a_wait(python: Callable[..., "subprocess.Popen[str]"]) -> None:
    program = f"""
import os, signal, threading, pyusbx
model = pyusbx.VirtualDevice.create({DEVICE + CONFIGURATION!r})
model.plug()
for wait in (model.next, lambda: model.write({IN}, b"x", None), lambda: model.read({OUT}, 512, None)):
    threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
    try:
        wait()
    except KeyboardInterrupt:
        print("interrupted")
model.close()
"""
    process = python(program)
    assert process.communicate(timeout=30)[0] == "interrupted\n" * 3
