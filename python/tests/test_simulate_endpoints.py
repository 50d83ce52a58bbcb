"""Devices that a class describes: data on their endpoints."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import pyusbx
from pyusbx import simulate

from echo_model import Echo


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


def test_a_handler_at_work_belongs_to_the_device_before_it_was_plugged_in_again() -> None:
    at_work, plugged = threading.Event(), threading.Event()

    class Model(simulate.Device):
        back = simulate.bulk_in(0x81)
        there = simulate.bulk_out(0x02, room=512)

        @there.received
        def loop(self, data: bytes) -> None:
            at_work.set()
            plugged.wait(0.1)  # plug() waits for this handler
            self.back.write(data)
            if data == b"old":
                self.there.pause()

    with Model() as device:
        with pyusbx.open_path(device.path) as host, host.claim(0):
            host.bulk_write(0x02, b"old")
            assert at_work.wait(10)
            device.unplug()
            device.plug()
            plugged.set()
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
