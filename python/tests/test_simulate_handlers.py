"""Devices that a class describes: where their handlers run, and what becomes of what these raise."""

from __future__ import annotations

import asyncio
import threading

import pytest

import pyusbx
from pyusbx import simulate
from pyusbx.simulate import Setup

from echo_model import Echo


def test_handler_that_fails(capfd: pytest.CaptureFixture[str]) -> None:
    class Model(simulate.Device):
        @simulate.vendor_request(1)
        def broken(self, request: Setup) -> bytes:
            raise ZeroDivisionError("in a handler")

    with pytest.raises(ZeroDivisionError):
        with Model() as device, pyusbx.open_path(device.path) as host:
            with pytest.raises(pyusbx.Pipe):
                host.control_read(0xC0, 1, 0, 0, 8)
    assert "in a handler" in capfd.readouterr().err
    with pytest.raises(AssertionError, match="the block's own"):  # goes first
        with Model() as device, pyusbx.open_path(device.path) as host:
            with pytest.raises(pyusbx.Pipe):
                host.control_read(0xC0, 1, 0, 0, 8)
            raise AssertionError("the block's own")


def test_out_answer_with_data_is_a_mistake(capfd: pytest.CaptureFixture[str]) -> None:
    class Model(simulate.Device):
        @simulate.vendor_request(1)
        def mixed_up(self, request: Setup) -> bytes:
            return b"data"

    with pytest.raises(TypeError, match="goes OUT"):
        with Model() as device, pyusbx.open_path(device.path) as host:
            with pytest.raises(pyusbx.Pipe):
                host.control_write(0x40, 1, 0, 0)


def test_overriding_a_handler() -> None:
    class Model(Echo):
        def other(self, request: Setup) -> bytes:
            return b"mine"

    with Model() as device, pyusbx.open_path(device.path) as host:
        assert host.control_read(0xA0, 10, 8, 0, 9) == b"mine"


def test_plain_handlers_run_on_a_thread_and_async_ones_in_the_loop() -> None:
    class Model(simulate.Device):
        back = simulate.bulk_in(0x81)
        there = simulate.bulk_out(0x02)

        def __init__(self) -> None:
            super().__init__()
            self.threads: list[threading.Thread] = []
            self.order: list[bytes] = []

        @simulate.vendor_request(1, "in")
        def plain(self, request: Setup) -> bytes:
            self.threads.append(threading.current_thread())
            return b"plain"

        @simulate.vendor_request(2, "in")
        async def waiting(self, request: Setup) -> bytes:
            self.threads.append(threading.current_thread())
            await asyncio.sleep(0.01)
            return b"async"

        @there.received
        async def slowly(self, data: bytes) -> None:
            await asyncio.sleep(0.002)
            self.order.append(data)

        @back.wanted
        async def later(self) -> bytes:
            await asyncio.sleep(0.01)
            return b"later"

    def host(path: str) -> None:
        with pyusbx.open_path(path) as host, host.claim(0):
            assert host.control_read(0xC0, 1, 0, 0, 8) == b"plain"
            assert host.control_read(0xC0, 2, 0, 0, 8) == b"async"
            for number in range(20):
                host.bulk_write(0x02, bytes([number]))
            assert host.bulk_read(0x81, 512) == b"later"

    async def main() -> None:
        model = Model()
        serving = asyncio.create_task(model.serve())
        await asyncio.sleep(0)
        await asyncio.get_running_loop().run_in_executor(None, host, model.path)
        assert model.threads[1] is threading.main_thread() is not model.threads[0]
        while len(model.order) < 20:
            await asyncio.sleep(0.001)
        assert model.order == [bytes([number]) for number in range(20)]
        serving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await serving
        serving = asyncio.create_task(model.serve())
        await asyncio.sleep(0)
        model.close()
        await serving

    asyncio.run(asyncio.wait_for(main(), 20))


def test_a_failing_handler_of_an_endpoint(capfd: pytest.CaptureFixture[str]) -> None:
    class Model(simulate.Device):
        back = simulate.bulk_in(0x81)
        there = simulate.bulk_out(0x02)

        @there.received
        async def later(self, data: bytes) -> None:
            raise LookupError(data)

        @back.wanted
        def now(self) -> bytes:
            raise LookupError("now")

    device = Model()
    with pytest.raises(LookupError):
        with device, pyusbx.open_path(device.path) as host, host.claim(0):
            host.bulk_write(0x02, b"one")
            host.bulk_write(0x02, b"two")
            with pytest.raises(pyusbx.Timeout):
                host.bulk_read(0x81, 512, timeout_ms=50)
    assert sorted(str(error) for error in device.errors) == ["b'one'", "b'two'", "now"]
