"""Devices that a class describes: what hosts see of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

import pyusbx
from pyusbx import simulate
from pyusbx.simulate import Setup

from echo_model import Echo


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


def test_mistakes_in_a_class() -> None:
    with pytest.raises(ValueError, match="IN endpoint"):
        simulate.bulk_in(0x02)
    with pytest.raises(ValueError, match="direction"):
        simulate.vendor_request(1, "inward")
    with pytest.raises(TypeError, match="wanted"):
        simulate.bulk_in(0x81).received(lambda self, data: None)
    elsewhere = simulate.interface(1)

    class Lost(simulate.Device):
        here = simulate.interface(0)
        back = simulate.bulk_in(0x81, interface=[here, elsewhere])

    with pytest.raises(TypeError, match="endpoint 0x81 of Lost is in interface 1, alternate setting 0, which the class does not have"):
        Lost()


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
