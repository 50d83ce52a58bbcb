"""Devices for Facedancer on usbx: what hosts see of them, and what they see of hosts."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from queue import Queue
from typing import Iterator

import pytest

import pyusbx

pytest.importorskip("facedancer", reason="Facedancer needs Python 3.10")

from facedancer import (
    DeviceSpeed,
    USBConfiguration,
    USBDevice,
    USBDirection,
    USBEndpoint,
    USBInterface,
    USBTransferType,
    use_inner_classes_automatically,
)
from facedancer_instrument import FAIL, HALT, KEEP, LEAVE, REPLY, SEND, Instrument

from pyusbx.facedancer import UsbxApp, emulated


@pytest.fixture
def instrument() -> Instrument:
    return Instrument()


@pytest.fixture
def host(instrument: Instrument) -> Iterator[pyusbx.Device]:
    with emulated(instrument) as path:
        with pyusbx.open_path(path) as device, device.claim(0):
            yield device


def arrived(product_id: int) -> pyusbx.DeviceInfo:
    with pyusbx.Watch(0x1209, product_id) as watch:
        return watch.next(10_000).info


def test_a_listing_shows_what_the_device_is(instrument: Instrument) -> None:
    with emulated(instrument) as path:
        (info,) = [info for info in pyusbx.devices() if info.path == path]
        assert (str(info), info.speed, info.configurations) == (f"1209:000f (path {path})", pyusbx.Speed.FULL, 2)
        assert (info.manufacturer, info.product, info.serial) == ("Facedancer", "Instrument €", "F1")
        configurations = (instrument.configurations[number].get_descriptor() for number in (1, 2))
        assert pyusbx.descriptors(path) == bytes(instrument.get_descriptor()) + b"".join(map(bytes, configurations))
    assert all(info.path != path for info in pyusbx.devices())


def test_a_program_sees_an_enumeration_as_a_host_makes_it(instrument: Instrument, host: pyusbx.Device) -> None:
    requests = [value[:4] for what, value in instrument.notes if what == "request"]
    assert instrument.notes[0] == ("reset", None)
    assert requests[:3] == [(0x80, 6, 0x0100, 0), (0x00, 5, 1, 0), (0x80, 6, 0x0200, 0)]
    assert (0x80, 6, 0x0201, 0) in requests and (0x80, 6, 0x0302, 0x0409) in requests
    assert requests[-1] == (0x00, 9, 1, 0) and instrument.configuration.number == 1


def test_requests_get_what_the_program_answers(instrument: Instrument, host: pyusbx.Device) -> None:
    assert host.control_read(0xC0, REPLY, 0, 0, 9) == b"more than"
    assert host.control_read(0x80, 0, 0, 0, 2) == b"\x01\x00"
    assert host.get_string(2) == "Instrument €"
    with pytest.raises(pyusbx.Pipe):
        host.control_read(0xC0, 99, 0, 0, 1)
    assert host.control_write(0x40, SEND, 0, 0, b"said before") == 11
    assert ("request", (0x40, SEND, 0, 0, b"said before")) in instrument.notes
    assert host.bulk_read(0x82, 64) == b"said before"


def test_packets_reach_the_program_one_by_one(instrument: Instrument, host: pyusbx.Device) -> None:
    data = bytes(range(130))
    assert host.bulk_write(0x01, data) == 130
    assert host.bulk_write(0x01, b"") == 0
    assert host.bulk_write(0x01, b"end") == 3
    instrument.wait_for("data", b"end")
    assert [value for what, value in instrument.notes if what == "data"] == [data[:64], data[64:128], data[128:], b"end"]


def test_a_host_that_waits_is_asked_about_until_there_is_something(instrument: Instrument, host: pyusbx.Device) -> None:
    with ThreadPoolExecutor() as beside:
        read = beside.submit(host.bulk_read, 0x82, 64, None)
        instrument.wait_for("asked", 64, times=3)
        assert not read.done()
        instrument.ready.append(b"now")
        assert read.result() == b"now"
    instrument.ready.append(b"then")
    assert host.bulk_read(0x82, 64) == b"then"
    instrument.wait_for("empty", 2, times=3)  # configured, and each of the two taken


def test_an_answer_may_come_later(instrument: Instrument) -> None:
    async def answer() -> None:
        while not instrument.kept:
            await asyncio.sleep(0)
        instrument.kept.pop().reply(b"late")

    with emulated(instrument, answer()) as path, pyusbx.open_path(path) as host:
        assert host.control_read(0xC0, KEEP, 7, 0, 64) == b"late"


def test_an_answer_that_comes_too_late_is_not_the_next_request_s(
    instrument: Instrument, host: pyusbx.Device, caplog: pytest.LogCaptureFixture
) -> None:
    for value in (1, 2):
        with ThreadPoolExecutor() as beside:
            request = beside.submit(host.control_read, 0xC0, KEEP, value, 0, 64, None)
            instrument.wait_for("kept", value)
            host.cancel(0)
            with pytest.raises(pyusbx.Cancelled):
                request.result()
    instrument.kept[0].reply(b"nobody")
    assert "does not wait for an answer to this any more: IN VENDOR request 0x02" in caplog.text
    instrument.kept[1].reply(b"nobody")
    assert host.control_read(0xC0, REPLY, 0, 0, 4) == b"more"


def test_alternate_settings_may_share_an_endpoint(instrument: Instrument, host: pyusbx.Device) -> None:
    instrument.ready.append(b"slow")
    assert host.bulk_read(0x82, 64) == b"slow"
    host.control_write(0x40, SEND, 0, 0, b"for the slow one")
    host.set_alt_setting(0, 1)
    assert host.bulk_read(0x82, 64) == b"from the fast setting"
    assert ("request", (0x01, 11, 1, 0, b"")) in instrument.notes
    assert host.control_read(0x81, 10, 0, 0, 1) == b"\x01"


def test_a_configuration_is_the_program_s_too(instrument: Instrument) -> None:
    with emulated(instrument) as path, pyusbx.open_path(path) as host:
        host.set_configuration(2)
        with host.claim(0):
            assert host.control_read(0xA1, 9, 0, 0, 64) == b"second"
        assert instrument.configuration.number == 2
        host.set_configuration(0)
        instrument.wait_for("request", (0x00, 9, 0, 0, b""))
        assert host.control_read(0xC0, REPLY, 0, 0, 4) == b"more"
        assert instrument.configuration is None


def test_a_reset_begins_anew(instrument: Instrument, host: pyusbx.Device) -> None:
    host.control_write(0x40, SEND, 0, 0, b"of before")
    del instrument.notes[:]
    host.reset()
    assert host.control_read(0xC0, REPLY, 0, 0, 4) == b"more"
    requests = [("request", (0x00, 5, 1, 0, b"")), ("request", (0x00, 9, 1, 0, b""))]
    assert [note for note in instrument.notes if note[0] != "empty"][:3] == [("reset", None), *requests]
    instrument.ready.append(b"of now")
    assert host.bulk_read(0x82, 64) == b"of now"


def test_a_halt_lasts_until_the_host_clears_it(instrument: Instrument, host: pyusbx.Device, caplog: pytest.LogCaptureFixture) -> None:
    host.control_write(0x42, HALT, 0, 0x82, b"")
    with pytest.raises(pyusbx.Pipe):
        host.bulk_read(0x82, 64)
    host.clear_halt(0x82)
    instrument.wait_for("request", (0x02, 1, 0, 0x82, b""))
    instrument.ready.append(b"again")
    assert host.bulk_read(0x82, 64) == b"again"
    host.control_write(0x42, HALT, 0, 0x01, b"")
    with pytest.raises(pyusbx.Pipe):
        host.bulk_write(0x01, b"refused")
    host.control_write(0x42, HALT, 0, 0x0F, b"")
    assert "0x0f" in caplog.text


def test_a_device_that_leaves_comes_as_another(instrument: Instrument) -> None:
    with emulated(instrument) as path:
        with pyusbx.open_path(path) as host:
            host.control_write(0x40, LEAVE, 0x10, 0, b"")
        with pyusbx.open_path(arrived(0x10).path) as host:
            assert host.control_read(0xC0, REPLY, 0, 0, 4) == b"more"


def test_what_goes_wrong_in_a_program_is_raised(instrument: Instrument) -> None:
    with pytest.raises(ZeroDivisionError) as raised:
        with emulated(instrument) as path, pyusbx.open_path(path) as host:
            host.control_write(0x40, FAIL, 0, 0, b"")
    assert isinstance(raised.value.__context__, pyusbx.NoDevice)


class Mute(Instrument):
    def get_descriptor(self) -> bytes:
        return b""


def test_a_device_that_says_nothing_of_itself() -> None:
    with pytest.raises(pyusbx.InvalidParam, match="device descriptor"):
        with emulated(Mute):
            pytest.fail("no host takes it")


def test_strings_that_are_none() -> None:
    with emulated(Instrument(product_string="cut\0here", manufacturer_string="x" * 126)) as path:
        (info,) = [info for info in pyusbx.devices() if info.path == path]
        assert (info.product, info.manufacturer) == ("cut", "x" * 126)


def test_two_devices_are_two(instrument: Instrument) -> None:
    other = Instrument(serial_number_string="F2")
    with emulated(instrument) as one, emulated(other) as two:
        with pyusbx.open_path(one) as first, pyusbx.open_path(two) as second:
            assert (first.info().serial, second.info().serial) == ("F1", "F2")
            second.control_write(0x40, SEND, 0, 0, b"")
            second.control_read(0xC0, REPLY, 0, 0, 4)
    assert ("request", (0x40, SEND, 0, 0, b"")) in other.notes
    assert ("request", (0x40, SEND, 0, 0, b"")) not in instrument.notes


def test_facedancer_chooses_it_by_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    from facedancer.core import FacedancerApp

    from pyusbx.backend import install

    install()
    monkeypatch.setenv("BACKEND", "usbx")
    assert isinstance(FacedancerApp.autodetect(), UsbxApp)
    assert [UsbxApp.appropriate_for_environment(name) for name in ("usbx", "cynthion", None)] == [True, False, False]


@use_inner_classes_automatically
class Radio(USBDevice):
    """Sends packets at regular times, and keeps those that it gets."""

    device_speed: DeviceSpeed = DeviceSpeed.HIGH

    class Main(USBConfiguration):
        class Samples(USBInterface):
            class Sent(USBEndpoint):
                number: int = 1
                direction: USBDirection = USBDirection.IN
                transfer_type: USBTransferType = USBTransferType.ISOCHRONOUS
                max_packet_size: int = 0x0800 | 128  # twice in a microframe
                interval: int = 1

                def handle_data_requested(self) -> None:
                    device = self.get_device()
                    device.count += 1
                    device.backend.send_on_endpoint(self.number, bytes([device.count]) * 200)

            class Received(USBEndpoint):
                number: int = 2
                direction: USBDirection = USBDirection.OUT
                transfer_type: USBTransferType = USBTransferType.ISOCHRONOUS
                max_packet_size: int = 0x0800 | 64
                interval: int = 1

                def handle_data_received(self, data: bytes) -> None:
                    self.get_device().received.put(bytes(data))

    def __post_init__(self) -> None:
        super().__post_init__()
        self.count = 0
        self.received: Queue[bytes] = Queue()


def test_isochronous_packets() -> None:
    radio = Radio()
    with emulated(radio) as path, pyusbx.open_path(path) as host, host.claim(0):
        assert host.info().speed == pyusbx.Speed.HIGH
        filled: list[bytes] = []
        while len(filled) < 4:
            filled += [bytes(packet.data) for packet in host.isochronous_read(0x81, [256] * 8) if packet.data]
        assert filled[:4] == [bytes([number]) * 200 for number in range(1, 5)]
        sent = [bytes([number]) * 100 for number in range(8)]
        assert all(packet.status == 0 for packet in host.isochronous_write(0x02, sent))
        assert [radio.received.get(timeout=60) for _ in sent] == sent
