"""Devices that come and go."""

from __future__ import annotations

import asyncio
import threading

import pytest

import pyusbx
from pyusbx import Change


def test_those_that_are_there_come_first(plugged: pyusbx.VirtualDevice) -> None:
    with pyusbx.Watch(0x1209, 0x0001) as watch:
        event = watch.next(5000)
        assert (event.change, event.info.serial) == (Change.ARRIVED, plugged.serial)
        with pytest.raises(pyusbx.Timeout):
            watch.next(20)
        with pyusbx.VirtualDevice(serial="LATE"):
            assert watch.next(5000).info.serial == "LATE"
        event = watch.next(5000)
        assert (event.change, event.info.serial) == (Change.LEFT, "LATE")


def test_closing_ends_iteration_in_another_thread() -> None:
    watch = pyusbx.Watch(0x1209, 0x0001)
    seen: list[Change] = []
    first = threading.Event()

    def look() -> None:
        for event in watch:
            seen.append(event.change)
            first.set()

    looking = threading.Thread(target=look)
    looking.start()
    with pyusbx.VirtualDevice():
        assert first.wait(10)
        watch.close()
        looking.join(10)
    assert not looking.is_alive() and seen == [Change.ARRIVED]


def test_async_iteration() -> None:
    async def main() -> None:
        with pyusbx.Watch(0x1209, 0x0001) as watch:
            with pytest.raises(pyusbx.Timeout):
                await watch.next_async(20)
            virtual = pyusbx.VirtualDevice(serial="SEEN")
            loop = asyncio.get_running_loop()
            loop.call_later(0.05, virtual.close)
            seen = []
            async for event in watch:
                seen.append((event.change, event.info.serial))
                if event.change is Change.LEFT:
                    break
            assert seen == [(Change.ARRIVED, "SEEN"), (Change.LEFT, "SEEN")]
            loop.call_later(0.05, watch.close)
            assert [event async for event in watch] == []

    asyncio.run(asyncio.wait_for(main(), 20))
