"""USB/IP with a foreign implementation, PyPI's usbip: its devices used by this library, and this library's devices by its client."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from typing import Any, Callable

import pytest
import usbip

import pyusbx


DEVICE = """
import threading
import usbip
from usbip import In, Interface, Out, USBDevice
from usbip.transport import USBIP

HALT, SEND = 1, 2

class Instrument(Interface):
    there = Out(0x01, "bulk", mps=64)
    back = In(0x81, "bulk", mps=64)
    events = In(0x82, "interrupt", mps=8, interval=10)
    samples = In(0x83, "iso", mps=192, interval=1)
    sound = Out(0x03, "iso", mps=192, interval=1)
    heard = b""

    def on_out(self, ep, data):
        self.back.write(data)

    def on_iso(self, ep, packets):
        if ep is self.samples:
            return [bytes([i % 256]) * (length - i % 3) for i, length in enumerate(packets)]
        Instrument.heard += b"".join(packets)

    def on_control(self, setup, data=b""):
        if setup.bRequest == HALT:
            self.back.stall()
        elif setup.bRequest == SEND:
            self.events.write(data)
        elif setup.bRequest == 3:
            return Instrument.heard[: setup.wLength]
        else:
            raise usbip.Stall
        return b""

def device(serial):
    made = USBDevice(0x1209, 4, manufacturer="PyPI", product="Prüfgerät", serial=serial)
    made.add(Instrument())
    made.on_control(None, refuse)
    return made

def refuse(setup, data=b""):
    "As older Linux answers a reset."
    raise usbip.Stall

transport = USBIP("127.0.0.1", 0)
first, second = device("A"), device("B")
first.plug(via=transport)
second.plug(via=transport)
print(transport._listener.socks[0].getsockname()[1])
threading.Event().wait()
"""
TO_INTERFACE, FROM_INTERFACE = 0x41, 0xC1
HALT, SEND, HEARD = 1, 2, 3


@pytest.fixture
def host(python: Callable[..., "subprocess.Popen[str]"]) -> Iterator[str]:
    with python(DEVICE) as server:
        assert server.stdout is not None
        yield f"127.0.0.1:{int(server.stdout.readline())}"
        server.kill()


@pytest.fixture
def device(host: str) -> Iterator[pyusbx.Device]:
    with pyusbx.open_path(f"usbip://{host}/1-2") as device, device.claim(0):
        yield device


def test_its_devices_are_listed_and_found_by_their_serial_numbers(host: str) -> None:
    listed = pyusbx.remote_devices(host)
    assert [(info.path, info.vendor_id, info.product_id, info.serial) for info in listed] == [
        (f"usbip://{host}/1-1", 0x1209, 4, ""),
        (f"usbip://{host}/1-2", 0x1209, 4, ""),
    ]
    with pyusbx.open_path(f"usbip://{host}/1209:0004:B") as device:
        info = device.info()
        assert (info.path, info.manufacturer, info.product) == (f"usbip://{host}/1-2", "PyPI", "Prüfgerät")
    with pytest.raises(pyusbx.NotFound, match='"C"'):
        pyusbx.open_path(f"usbip://{host}/1209:0004:C")


def test_all_types_of_transfers(device: pyusbx.Device) -> None:
    assert [(endpoint.address, endpoint.type) for endpoint in device.endpoints()] == [
        (0x01, pyusbx.Type.BULK),
        (0x81, pyusbx.Type.BULK),
        (0x82, pyusbx.Type.INTERRUPT),
        (0x83, pyusbx.Type.ISOCHRONOUS),
        (0x03, pyusbx.Type.ISOCHRONOUS),
    ]
    data = bytes(range(256)) * 40 + b"a short packet"
    assert device.bulk_write(0x01, data) == len(data)
    assert device.bulk_read(0x81, 20000) == data
    device.control_write(TO_INTERFACE, SEND, 0, 0, b"an event")
    assert device.interrupt_read(0x82, 8) == b"an event"
    packets = device.isochronous_read(0x83, [192] * 32)
    assert [bytes(packet.data) for packet in packets] == [bytes([i]) * (192 - i % 3) for i in range(32)]
    sent = [bytes([i]) * (100 + i) for i in range(32)]
    assert [packet.status for packet in device.isochronous_write(0x03, sent)] == [0] * 32
    assert device.control_read(FROM_INTERFACE, HEARD, 0, 0, 4096) == b"".join(sent)
    with pytest.raises(pyusbx.Pipe):
        device.control_read(FROM_INTERFACE, 99, 0, 0, 1)


def test_a_read_that_times_out_loses_nothing(device: pyusbx.Device) -> None:
    for _ in range(5):
        with pytest.raises(pyusbx.Timeout):
            device.bulk_read(0x81, 64, timeout_ms=20)
        with pytest.raises(pyusbx.Timeout):
            device.interrupt_read(0x82, 8, timeout_ms=20)
        device.bulk_write(0x01, b"late")
        device.control_write(TO_INTERFACE, SEND, 0, 0, b"later")
        assert device.bulk_read(0x81, 64) == b"late"
        assert device.interrupt_read(0x82, 8) == b"later"


def test_a_halt_ends_what_is_pending_and_is_cleared(device: pyusbx.Device) -> None:
    with pyusbx.Queue() as queue:
        transfer = queue.bulk_read(device, 0x81, 64)
        device.control_write(TO_INTERFACE, HALT, 0, 0, b"")
        assert queue.wait(10000) == [transfer]
        with pytest.raises(pyusbx.Pipe):
            transfer.result()
    with pytest.raises(pyusbx.Pipe):
        device.bulk_read(0x81, 64)
    device.clear_halt(0x81)
    device.bulk_write(0x01, b"on again")
    assert device.bulk_read(0x81, 64) == b"on again"


def test_a_cancelled_transfer_is_over_and_the_next_gets_the_data(device: pyusbx.Device) -> None:
    with pyusbx.Queue() as queue:
        transfers = [queue.bulk_read(device, 0x81, 64) for _ in range(8)]
        transfers[0].cancel()
        assert queue.wait(10000) == transfers[:1]
        with pytest.raises(pyusbx.Cancelled):
            transfers[0].result()
        device.bulk_write(0x01, b"for the second")
        assert queue.wait(10000) == transfers[1:2]
        assert bytes(transfers[1].result()) == b"for the second"


def test_a_reset_is_one_though_the_device_does_not_know_the_request(device: pyusbx.Device) -> None:
    with pytest.raises(pyusbx.Timeout):
        device.bulk_read(0x81, 64, timeout_ms=20)
    device.reset()  # and the read that was left with the host is taken back
    device.bulk_write(0x01, b"x")
    assert device.bulk_read(0x81, 64) == b"x"


def test_many_at_once(device: pyusbx.Device) -> None:
    def write() -> None:
        for i in range(400):
            device.bulk_write(0x01, i.to_bytes(4, "little") * 16)

    writer = threading.Thread(target=write)
    writer.start()
    with device.stream(0x81, size=64, depth=16) as stream:
        got = b"".join(bytes(stream.read(64, timeout_ms=10000)) for _ in range(400))
    writer.join()
    assert got == b"".join(i.to_bytes(4, "little") * 16 for i in range(400))


def test_its_end_is_the_end_of_the_device(python: Callable[..., "subprocess.Popen[str]"]) -> None:
    with python(DEVICE) as server:
        assert server.stdout is not None
        with pyusbx.open_path(f"usbip://127.0.0.1:{int(server.stdout.readline())}/1-1") as device, device.claim(0):
            with pyusbx.Queue() as queue:
                transfer = queue.bulk_read(device, 0x81, 64)
                server.kill()
                assert queue.wait(15000) == [transfer]
                with pytest.raises(pyusbx.NoDevice):
                    transfer.result()


@pytest.fixture
def client() -> Iterator[Any]:
    """Its handle of this library's device."""
    with pyusbx.VirtualDevice(serial="FOR-PYPI"), pyusbx.Share("127.0.0.1:0") as share:
        share.add(next(info.path for info in pyusbx.devices() if info.serial == "FOR-PYPI"), "3-1")
        name, port = share.address.rsplit(":", 1)
        transport = usbip.transport.USBIP(name, int(port))
        (listed,) = usbip.host.list_devices(transport)
        assert (listed["busid"], listed["idVendor"], listed["speed"]) == ("3-1", 0x1209, 3)
        with usbip.open(0x1209, 1, transport=transport) as handle:
            yield handle


def test_its_client_uses_our_device(client: Any) -> None:
    assert (client.device_descriptor.idVendor, client.device_descriptor.idProduct) == (0x1209, 1)
    assert client.bulk_out(0x02, b"there and back") == 14
    assert client.bulk_in(0x83, 512) == b"there and back"
    assert client.control(0x40, 4, 0, 0, b"registers") == 9
    assert client.control(0xC0, 4, 0, 0, 9) == b"registers"
    with pytest.raises(usbip.Stall):
        client.control(0xC0, 99, 0, 0, 1)
    client.control(0x01, 0x0B, 1, 0, b"")  # SET_INTERFACE
    client.control(0x40, 3, 0, 0, (0).to_bytes(4, "little"))
    client.control(0x40, 1, 0, 0, b"")
    frames = client.bulk_in(0x81, 8192)
    assert [frames[at : at + 8] for at in range(0, 8192, 512)] == [b"ACQ1" + i.to_bytes(4, "little") for i in range(16)]
    assert len(client.interrupt_in(0x82, 16)) > 0
    packets = client.iso_in(0x85, 512, 16)
    assert all(packet[:4] == b"ACQ1" and len(packet) == 512 for packet in packets)


def test_its_client_clears_a_halt(client: Any) -> None:
    client.control(0x02, 3, 0, 0x83, b"")  # SET_FEATURE(ENDPOINT_HALT)
    with pytest.raises(usbip.Stall):
        client.bulk_in(0x83, 64)
    client.clear_halt(0x83)
    client.bulk_out(0x02, b"again")
    assert client.bulk_in(0x83, 64) == b"again"
