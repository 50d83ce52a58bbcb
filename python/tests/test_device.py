"""Opening, claiming, asking and talking, as blocking calls."""

from __future__ import annotations

import gc
import pickle
import threading
import warnings

import numpy
import pytest
from conftest import FRAMES, ISOCHRONOUS, LOOPBACK_IN, LOOPBACK_OUT, REGISTERS, STATUS, sequence_numbers

import pyusbx


def test_version() -> None:
    assert pyusbx.version().startswith("0.1.")


def test_a_plugged_in_device_is_listed_and_opened(plugged: pyusbx.VirtualDevice) -> None:
    (info,) = [info for info in pyusbx.devices() if info.serial == "VIRT0001"]
    assert (info.vendor_id, info.product_id, info.usb_version) == (0x1209, 0x0001, 0x0200)
    assert (info.speed, info.backend) == (pyusbx.Speed.HIGH, pyusbx.Backend.VIRTUAL)
    assert "×" in info.product  # UTF-8
    with pyusbx.open_path(info.path) as device:
        assert device.info() == info
    assert device.closed


def test_serial_numbers_tell_devices_apart() -> None:
    with pyusbx.VirtualDevice(serial="ONE"), pyusbx.VirtualDevice(serial="TWO"):
        with pyusbx.open(0x1209, 1, "TWO") as device:
            assert device.info().serial == "TWO"


def test_what_is_not_there(plugged: pyusbx.VirtualDevice) -> None:
    with pytest.raises(pyusbx.NotFound, match="1234:5678") as caught:
        pyusbx.open(0x1234, 0x5678)
    assert isinstance(caught.value, OSError) and isinstance(caught.value, LookupError)
    assert (caught.value.name, caught.value.status) == ("USBX_ERROR_NOT_FOUND", -5)
    again = pickle.loads(pickle.dumps(caught.value))  # on its way between processes
    assert (type(again), str(again), again.status) == (pyusbx.NotFound, str(caught.value), -5)
    with pytest.raises(pyusbx.InvalidParam):
        pyusbx.open_fd(0)


def test_endpoints_and_descriptors(device: pyusbx.Device) -> None:
    endpoints = {(one.address, one.alt_setting): one for one in device.endpoints()}
    frames = endpoints[FRAMES, 0]
    assert (frames.type, frames.is_in, frames.max_packet_size) == (pyusbx.Type.BULK, True, 512)
    assert (frames.room(1), frames.room(512), frames.room(513)) == (512, 512, 1024)
    assert endpoints[ISOCHRONOUS, 1].type is pyusbx.Type.ISOCHRONOUS
    descriptor = device.get_descriptor(1)
    assert descriptor[:2] == b"\x12\x01" and len(descriptor) == 18
    assert device.get_string(descriptor[16]) == "VIRT0001"
    assert device.get_configuration() == 1
    device.set_configuration(1)


def test_control(device: pyusbx.Device) -> None:
    assert device.control_write(0x40, REGISTERS, 0, 16, b"\xca\xfe") == 2
    assert device.control_read(0xC0, REGISTERS, 0, 16, 2) == b"\xca\xfe"
    with pytest.raises(pyusbx.Pipe, match="refused the request"):
        device.control_read(0xC0, 99, 0, 0, 4)
    with pytest.raises(pyusbx.InvalidParam, match="control_write"):
        device.control_read(0x40, REGISTERS, 0, 16, 2)
    with pytest.raises(pyusbx.NotClaimed):
        device.control_read(0xA1, 0x02, 0, 1, 1)  # GET_IDLE, to an interface that is not claimed


@pytest.mark.parametrize("data", [b"bytes", bytearray(b"array"), memoryview(b"view"), numpy.arange(9, dtype="<i4"), b""])
def test_whatever_has_bytes_is_sent(device: pyusbx.Device, data: object) -> None:
    wanted = bytes(data)  # type: ignore[call-overload]
    assert device.bulk_write(LOOPBACK_OUT, data) == len(wanted)
    assert device.bulk_read(LOOPBACK_IN, 512) == wanted


def test_memory_in_pieces_is_sent_as_it_reads(device: pyusbx.Device) -> None:
    every_other = numpy.arange(20, dtype="u1")[::2]
    frozen = numpy.arange(3, dtype="u1")
    frozen.flags.writeable = False
    for data in every_other, frozen, memoryview(b"abcdef")[::2]:
        device.bulk_write(LOOPBACK_OUT, data)
        assert device.bulk_read(LOOPBACK_IN, 512) == bytes(data)


def test_reading_into_a_buffer(device: pyusbx.Device) -> None:
    array = numpy.zeros(128, dtype="<u4")
    device.bulk_write(LOOPBACK_OUT, (7).to_bytes(4, "little") * 3)
    assert device.bulk_read_into(LOOPBACK_IN, array) == 12
    assert list(array[:4]) == [7, 7, 7, 0]
    for unfit in b"read-only", memoryview(bytearray(1024))[::2]:
        with pytest.raises(pyusbx.InvalidParam, match="writable and in one piece"):
            device.bulk_read_into(LOOPBACK_IN, unfit)


def test_a_timeout_keeps_what_moved(device: pyusbx.Device) -> None:
    device.bulk_write(LOOPBACK_OUT, bytes(range(256)) * 4)  # two packets: no short one ends the read
    with pytest.raises(TimeoutError) as caught:
        device.bulk_read(LOOPBACK_IN, 4096, timeout_ms=50)
    failure = caught.value
    assert isinstance(failure, pyusbx.Timeout)
    assert (failure.transferred, failure.data) == (1024, bytes(range(256)) * 4)
    assert "1024 of 4096 bytes" in str(failure)
    buffer = bytearray(4096)
    device.bulk_write(LOOPBACK_OUT, b"x" * 512)
    with pytest.raises(pyusbx.Timeout) as caught:
        device.bulk_read_into(LOOPBACK_IN, buffer, timeout_ms=50)
    assert (caught.value.transferred, caught.value.data, buffer[:513]) == (512, b"", b"x" * 512 + b"\0")


def test_interrupt_and_overflow(device: pyusbx.Device) -> None:
    assert len(device.interrupt_read(STATUS, 16)) == 16
    with pytest.raises(pyusbx.Overflow, match="read 512 bytes instead of 64"):
        device.bulk_write(LOOPBACK_OUT, b"x" * 512)
        device.bulk_read(LOOPBACK_IN, 64)


def test_isochronous(sampling: pyusbx.Device) -> None:
    sampling.set_alt_setting(0, 1)
    packets = sampling.isochronous_read(ISOCHRONOUS, [512] * 16)
    assert [packet.error for packet in packets] == [None] * 16
    numbers = [sequence_numbers(packet.data)[0] for packet in packets if packet.data]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def test_arguments_that_do_not_fit_are_refused(device: pyusbx.Device) -> None:
    """ctypes would cut them, and read from another endpoint, or send another request."""
    for wrong in (
        lambda: device.bulk_read(0x181, 512),
        lambda: device.bulk_read(FRAMES, 512, timeout_ms=-1),
        lambda: device.bulk_read(FRAMES, 512, timeout_ms=0),
        lambda: device.bulk_read(FRAMES, 512, timeout_ms=2**32 - 1),
        lambda: device.bulk_read(FRAMES, 0),
        lambda: device.control_write(0x40, REGISTERS, 0x10000, 0, b""),
        lambda: device.control_write(0x40, REGISTERS, 0, 0, bytes(65536)),
        lambda: pyusbx.open(0x11209, 1),
        lambda: pyusbx.open(0x1209, 1, "VIRT0001\0of old"),
    ):
        with pytest.raises(pyusbx.InvalidParam):
            wrong()
    with pytest.raises(TypeError):
        device.bulk_read(FRAMES, 512, timeout_ms=1.5)  # type: ignore[arg-type]


def test_claims_end_with_their_block(device: pyusbx.Device) -> None:
    with pyusbx.open(0x1209, 1) as other:
        with pytest.raises(pyusbx.Busy):
            other.claim(0)
        with other.claim(1):
            other.release(1)  # earlier than its block: fine
        device.release(0)
        with other.claim(0):
            pass
        device.claim(0)


def test_a_block_ends_though_the_device_is_gone(plugged: pyusbx.VirtualDevice, device: pyusbx.Device) -> None:
    with pytest.raises(pyusbx.NoDevice):
        with device.claim(1):
            plugged.unplug()
            device.bulk_read(FRAMES, 512)


def test_close_ends_the_calls_of_other_threads(device: pyusbx.Device) -> None:
    """And a call that waits keeps no other thread from running."""
    ended: list[pyusbx.Error] = []
    buffer = bytearray(4096)

    def read() -> None:
        try:
            device.bulk_read_into(LOOPBACK_IN, buffer, timeout_ms=None)
        except pyusbx.Error as error:
            ended.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    device.bulk_write(LOOPBACK_OUT, b"x" * 512)
    while not buffer[0]:  # the read is in flight
        pass
    device.close()
    reader.join(10)
    assert [(type(error), error.transferred) for error in ended] == [(pyusbx.Closed, 512)]
    with pytest.raises(pyusbx.InvalidHandle):
        device.get_configuration()
    device.close()


def test_what_is_forgotten_is_closed_and_said(plugged: pyusbx.VirtualDevice) -> None:
    device = pyusbx.open(0x1209, 1)
    device.claim(0)
    with pytest.warns(ResourceWarning, match="unclosed <pyusbx.Device 1209:0001"):
        del device
        gc.collect()
    with warnings.catch_warnings(), pyusbx.open(0x1209, 1) as device:
        warnings.simplefilter("error")
        device.claim(0)  # is free again


def test_shutdown_closes_all(plugged: pyusbx.VirtualDevice) -> None:
    device, queue = pyusbx.open(0x1209, 1), pyusbx.Queue()
    assert pyusbx.shutdown() == 3
    assert device.closed and queue.closed and plugged.closed
    assert not [info for info in pyusbx.devices() if info.serial == plugged.serial]
    assert pyusbx.shutdown() == 0
    with pyusbx.VirtualDevice(), pyusbx.open(0x1209, 1):
        pass
