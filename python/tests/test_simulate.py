"""Devices that a class describes: what hosts see of them."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import pyusbx
from pyusbx import simulate
from pyusbx.simulate import Setup, Stall

panel = simulate.interface(1, interface_class=3, name="Panel", extra=bytes([9, 0x21, 0x11, 1, 0, 1, 0x22, 4, 0]))
idle, moving = simulate.interface(0, 0), simulate.interface(0, 1)


class Echo(simulate.Device):
    vendor_id, product_id, manufacturer, product, serial = 0x1209, 0x0002, "Maker", "Echo", {0x409: "one", 0x407: "eins"}
    more_descriptors = {(0x22, 0, 1): b"\x05\x01\xc0\xc0"}
    idle, moving, panel = idle, moving, panel
    back = simulate.bulk_in(0x81, interface=(idle, moving))
    there = simulate.bulk_out(0x02, interface=(idle, moving))
    ticks = simulate.isochronous_in(0x83, packet=100, interface=moving)
    sound = simulate.isochronous_out(0x04, packet=100, interface=moving)
    keys = simulate.interrupt_in(0x85, packet=8, interface=panel)

    def __init__(self, serial: str | None = None) -> None:
        super().__init__(serial)
        self.kept = b""
        self.played: list[bytes] = []
        self.seen: list[object] = []

    @there.received
    def echo(self, data: bytes) -> None:
        self.back.write(data)

    @sound.received
    def play(self, data: bytes) -> None:
        self.played.append(data)

    @ticks.wanted
    def tick(self) -> list[bytes]:
        return [b"tick"] * 8

    @simulate.vendor_request(1, "in")
    @simulate.vendor_request(1, "out")
    def register(self, request: Setup) -> bytes | None:
        if request.is_in:
            return self.kept
        self.kept = request.data
        return None

    @simulate.vendor_request(2, "in", "interface")
    async def slow(self, request: Setup) -> bytes:
        await asyncio.sleep(request.value / 1000)
        return request.value.to_bytes(2, "little")

    @simulate.vendor_request(3)
    def refused(self, request: Setup) -> None:
        raise Stall

    @simulate.class_request(10, "in", value=7)
    def seven(self, request: Setup) -> bytes:
        return b"seven"

    @simulate.class_request(10, "in")
    def other(self, request: Setup) -> bytes:
        return b"other"

    def on_alt_setting(self, interface: int, alternate: int) -> None:
        self.seen.append((interface, alternate))

    async def on_closed(self) -> None:
        self.seen.append("closed")


def test_descriptors() -> None:
    with Echo() as device, pyusbx.open_path(device.path) as host, host.claim(1):
        info = host.info()
        assert (info.manufacturer, info.product, info.serial) == ("Maker", "Echo", "one")
        assert host.get_string(3, 0x407) == "eins"
        settings = [(one.number, one.alt_setting, one.interface_class, one.endpoints) for one in host.interfaces()]
        assert settings == [(0, 0, 255, 2), (0, 1, 255, 4), (1, 0, 3, 1)]
        assert host.get_string(host.interfaces()[2].string_index) == "Panel"
        assert [one.address for one in host.endpoints()] == [0x81, 0x02, 0x81, 0x02, 0x83, 0x04, 0x85]
        assert host.control_read(0x81, 6, 0x2200, 1, 64) == b"\x05\x01\xc0\xc0"


@pytest.mark.parametrize("speed", [simulate.Speed.FULL, simulate.Speed.HIGH, simulate.Speed.SUPER])
def test_speeds(speed: simulate.Speed) -> None:
    class Model(simulate.Device):
        data = simulate.bulk_in(0x81)

    Model.speed = speed
    with Model() as device, pyusbx.open_path(device.path) as host:
        sizes = {simulate.Speed.FULL: 64, simulate.Speed.HIGH: 512, simulate.Speed.SUPER: 1024}
        assert host.info().speed is speed and host.endpoints()[0].max_packet_size == sizes[speed] == device.data.packet


def test_requests() -> None:
    with Echo() as device, pyusbx.open_path(device.path) as host, host.claim(0):
        assert host.control_write(0x40, 1, 0, 0, b"kept" * 5000) == 20000
        assert host.control_read(0xC0, 1, 0, 0, 30000) == b"kept" * 5000
        assert host.control_read(0xC1, 2, 50, 0, 2) == b"\x32\x00"
        assert host.control_read(0xA0, 10, 7, 0, 9) == b"seven"
        assert host.control_read(0xA0, 10, 8, 0, 9) == b"other"
        for refused in (3, 99):
            with pytest.raises(pyusbx.Pipe):
                host.control_write(0x40, refused, 0, 0)
        assert device.unhandled == [Setup(0x40, 99, 0, 0, 0)]


def test_answer_that_comes_too_late() -> None:
    """It is not the answer to the next request."""
    with Echo() as device, pyusbx.open_path(device.path) as host, host.claim(0):
        for _ in range(5):
            with pytest.raises(pyusbx.Timeout):
                host.control_read(0xC1, 2, 60, 0, 2, timeout_ms=30)
            assert host.control_read(0xC1, 2, 90, 0, 2) == b"\x5a\x00"


def test_data() -> None:
    with Echo() as device, pyusbx.open_path(device.path) as host, host.claim(0):
        for length in (1, 511, 513, 5000):
            host.bulk_write(0x02, b"e" * length)
            assert host.bulk_read(0x81, 8192) == b"e" * length
        host.bulk_write(0x02, b"e" * 512)
        assert host.bulk_read(0x81, 512) == b"e" * 512
        device.back.write(b"f" * 1024, zero_packet=True)
        assert host.bulk_read(0x81, 4096) == b"f" * 1024
        # Queued before the host asks, taken in pieces.
        for number in range(100):
            device.back.write(bytes([number]) * 1024)
        assert b"".join(host.bulk_read(0x81, 512) for _ in range(200)) == b"".join(bytes([n]) * 1024 for n in range(100))


def test_zero_length_packets() -> None:
    class Model(simulate.Device):
        back = simulate.bulk_in(0x81)
        there = simulate.bulk_out(0x02)

    with Model() as device, pyusbx.open_path(device.path) as host, host.claim(0):
        # b"" after full packets ends what the host reads.
        device.back.write(b"f" * 1024)
        device.back.write(b"")
        device.back.write(b"g" * 512)
        assert host.bulk_read(0x81, 4096) == b"f" * 1024
        assert host.bulk_read(0x81, 512) == b"g" * 512
        # The host's own, behind what has filled the model's buffer, is a read of nothing.
        with host.stream(0x02, size=4096, depth=2, zero_packet=True) as stream:
            stream.write(b"h" * 1024)
            with ThreadPoolExecutor() as threads:
                flushed = threads.submit(stream.flush)
                assert device.there.read(1024) == b"h" * 1024
                assert device.there.read(4096) == b""
                flushed.result(timeout=10)


def test_isochronous() -> None:
    with Echo() as device, pyusbx.open_path(device.path) as host, host.claim(0):
        host.set_alt_setting(0, 1)
        # Each of 8 packets is there before the host asks for the next 8.
        packets = host.isochronous_read(0x83, [100] * 64)
        assert [packet.data for packet in packets].count(b"tick") > 32
        host.isochronous_write(0x04, [bytes([n]) * 100 for n in range(16)])
        end = time.monotonic() + 5
        while len(device.played) < 16 and time.monotonic() < end:
            time.sleep(0.001)
        assert device.played == [bytes([n]) * 100 for n in range(16)]
    assert device.seen[0] == (0, 1)


def test_halt_and_faults() -> None:
    with Echo() as device, pyusbx.open_path(device.path) as host, host.claim(0):
        device.back.stall()
        device.back.write(b"after")
        with pytest.raises(pyusbx.Pipe):
            host.bulk_read(0x81, 512)
        host.clear_halt(0x81)
        assert host.bulk_read(0x81, 512) == b"after"
        device.back.fault(simulate.Fault.STATUS, status=pyusbx.Io.status)
        with pytest.raises(pyusbx.Io):
            host.bulk_read(0x81, 512)
        device.fault(simulate.Fault.STATUS, status=pyusbx.Pipe.status)
        with pytest.raises(pyusbx.Pipe):
            host.control_read(0xC0, 1, 0, 0, 8)


def test_unplug_and_plug() -> None:
    with Echo() as device:
        with pyusbx.open_path(device.path) as host, host.claim(0):
            device.back.write(b"old")
            device.unplug()
            with pytest.raises(pyusbx.NoDevice):
                host.bulk_read(0x81, 512)
        device.plug()
        with pyusbx.open_path(device.path) as host, host.claim(0):
            host.bulk_write(0x02, b"new")
            assert host.bulk_read(0x81, 512) == b"new"
    with pytest.raises(pyusbx.NoDevice):
        device.path
    with device:  # a second time
        assert pyusbx.open_path(device.path).close() is None


def test_several() -> None:
    with Echo("A") as a, Echo("B") as b, pyusbx.open(0x1209, 2, "A") as one, pyusbx.open(0x1209, 2, "B") as other:
        assert a.path != b.path
        one.control_write(0x40, 1, 0, 0, b"a")
        other.control_write(0x40, 1, 0, 0, b"b")
        assert (a.kept, b.kept) == (b"a", b"b")


def test_reset_drops_what_is_queued() -> None:
    class Model(Echo):
        def on_reset(self) -> None:
            self.back.write(b"fresh")

    with Model() as device, pyusbx.open_path(device.path) as host, host.claim(0):
        device.back.write(b"stale")
        host.reset()
        assert host.bulk_read(0x81, 512) == b"fresh"


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


def test_standard_requests() -> None:
    class Model(Echo):
        @simulate.standard_request(6, "in", value=0x0200)
        def configuration(self, request: Setup) -> bytes:
            return bytes(request.length)

    with Model() as device, pyusbx.open_path(device.path) as host, host.claim(1):
        assert host.control_read(0x80, 6, 0x0200, 0, 9) == bytes(9)
        assert host.control_read(0x80, 6, 0x0100, 0, 18) == pyusbx.descriptors(device.path)[:18]
        assert host.get_string(3, 0x407) == "eins"
        assert host.control_read(0x81, 6, 0x2200, 1, 64) == b"\x05\x01\xc0\xc0"
        assert host.control_read(0x80, 0, 0, 0, 2) == bytes(2)
        with pytest.raises(pyusbx.Pipe):
            host.control_read(0x80, 6, 0x0600, 0, 10)


def test_overriding_a_handler() -> None:
    class Model(Echo):
        def other(self, request: Setup) -> bytes:
            return b"mine"

    with Model() as device, pyusbx.open_path(device.path) as host:
        assert host.control_read(0xA0, 10, 8, 0, 9) == b"mine"


def test_raw_descriptors() -> None:
    class Model(simulate.Device):
        with Echo() as device:
            descriptors = pyusbx.descriptors(device.path)[:-3]  # cut short
        del device
        back = simulate.bulk_in(0x81)

    with Model() as device, pyusbx.open_path(device.path) as host, host.claim(0):
        assert pyusbx.descriptors(device.path)[22:] == Model.descriptors[22:]  # but for the total length, which was wrong
        device.back.write(b"there")
        assert host.bulk_read(0x81, 512) == b"there"


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


def test_mistakes_in_a_class() -> None:
    with pytest.raises(ValueError, match="IN endpoint"):
        simulate.bulk_in(0x02)
    with pytest.raises(ValueError, match="direction"):
        simulate.vendor_request(1, "inward")
    with pytest.raises(TypeError, match="wanted"):
        simulate.bulk_in(0x81).received(lambda self, data: None)


def test_a_model_may_use_a_device() -> None:
    """A model that stands between a program and another device."""

    class Proxy(simulate.Device):
        @simulate.vendor_request(1, "in")
        def forward(self, request: Setup) -> bytes:
            return behind.control_read(0xC0, request.request, 0, 0, request.length)

    with Echo() as echo, pyusbx.open_path(echo.path) as behind, Proxy() as proxy, pyusbx.open_path(proxy.path) as host:
        echo.kept = b"from behind"
        assert host.control_read(0xC0, 1, 0, 0, 64) == b"from behind"


def test_many_hosts_at_once() -> None:
    with Echo() as device, ThreadPoolExecutor(4) as threads:
        def ask(number: int) -> bytes:
            with pyusbx.open_path(device.path) as host:
                return host.control_read(0xA0, 10, 7, 0, 9, timeout_ms=5000)

        assert set(threads.map(ask, range(40))) == {b"seven"}


def test_endpoint_with_room_for_four_packets() -> None:
    class Model(simulate.Device):
        back = simulate.bulk_in(0x81)
        there = simulate.bulk_out(0x02, room=512)

        @there.received
        def keep(self, data: bytes) -> None:
            self.back.write(data)
            if len(self.back) >= 4:
                self.there.pause()

        @back.sent
        def go_on(self) -> None:
            self.there.resume()

    with Model() as device, pyusbx.open_path(device.path) as host, host.claim(0):
        with pytest.raises(pyusbx.Timeout) as caught:
            host.bulk_write(0x02, b"abcd" * 1024, timeout_ms=100)
        assert caught.value.transferred == 2048
        assert host.bulk_read(0x81, 512) == b"abcd" * 128
        host.bulk_write(0x02, b"e" * 512)
        assert [host.bulk_read(0x81, 512)[:1] for _ in range(4)] == [b"a", b"a", b"a", b"e"]


@pytest.mark.parametrize("anew", ["reset", "configuration", "setting", "plug"])
def test_a_pause_ends_with_what_it_waits_for(anew: str) -> None:
    """The queue is empty then without anything sent, so that nothing else would end it."""

    class Model(simulate.Device):
        back = simulate.bulk_in(0x81)
        there = simulate.bulk_out(0x02, room=512)

        @there.received
        def loop(self, data: bytes) -> None:
            self.back.write(data)
            self.there.pause()

        @back.sent
        def go_on(self) -> None:
            self.there.resume()

    with Model() as device:
        with pyusbx.open_path(device.path) as host, host.claim(0):
            host.bulk_write(0x02, b"old")
            if anew == "reset":
                host.reset()
            elif anew == "configuration":
                host.control_write(0, 9, 1, 0)
            elif anew == "setting":
                host.set_alt_setting(0, 0)
            else:
                device.unplug()
                device.plug()
        with pyusbx.open_path(device.path) as host, host.claim(0):
            host.bulk_write(0x02, b"new")
            assert host.bulk_read(0x81, 512) == b"new"


def test_an_isochronous_packet_knows_its_interval() -> None:
    class Model(simulate.Device):
        moving = simulate.interface(0, 0)
        times = simulate.isochronous_in(0x81, packet=64, interval=4, interface=moving)

        @times.wanted
        def time_of_interval(self) -> bytes:
            return self.times.interval_ns.to_bytes(8, "little")

    with Model() as device, pyusbx.open_path(device.path) as host, host.claim(0):
        before = time.monotonic_ns()
        packets = host.isochronous_read(0x81, [64] * 32)
        begun = [int.from_bytes(packet.data, "little") for packet in packets]
        assert begun[0] >= before - 1_000_000
        assert {later - sooner for sooner, later in zip(begun, begun[1:])} == {1_000_000}


def test_offers_are_taken_or_not() -> None:
    class Model(simulate.Device):
        data = simulate.bulk_in(0x81)
        counted = 0

        @data.wanted
        def count(self) -> None:
            self.counted += self.data.offer(b"x" * 512 * 8)

    with Model() as device, pyusbx.open_path(device.path) as host, host.claim(0):
        assert device.data.offer(b"nobody asks") == 0
        assert host.bulk_read(0x81, 512 * 3) == b"x" * 512 * 3
        assert host.bulk_read(0x81, 512 * 20) == b"x" * 512 * 20
    # The host has its bytes before the model's thread has counted them; that thread has ended now.
    assert device.counted == 512 * 23


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
