"""The devices of Facedancer's own library, unmodified, each with a small client of its kind."""

from __future__ import annotations

from pathlib import Path
from struct import pack, unpack
from typing import Iterator

import pytest

import pyusbx

pytest.importorskip("facedancer", reason="Facedancer needs Python 3.10")

import usb.core
import usb.util
from facedancer.classes.hid.keyboard import KeyboardKeys, KeyboardModifiers
from facedancer.devices.ftdi import FTDIDevice
from facedancer.devices.keyboard import USBKeyboardDevice
from facedancer.devices.umass import RawDiskImage, USBMassStorageDevice

import pyusbx.backend
from pyusbx.facedancer import emulated


class TestKeyboard:
    def test_reports_have_the_keys_that_are_down(self) -> None:
        keyboard = USBKeyboardDevice()
        with emulated(keyboard) as path, pyusbx.open_path(path) as host, host.claim(0):
            (interface,) = host.interfaces()
            assert interface.interface_class == 3
            assert host.control_read(0x81, 6, 0x2200, 0, 255)[:4] == bytes([5, 1, 9, 6])  # generic desktop, keyboard
            assert host.interrupt_read(0x83, 10) == bytes(10)
            keyboard.key_down(KeyboardKeys.A)
            keyboard.modifier_down(KeyboardModifiers.MOD_LEFT_SHIFT)
            assert host.interrupt_read(0x83, 10) == bytes([2, 0, 4, 0, 0, 0, 0, 0, 0, 0])
            keyboard.all_keys_up()
            assert host.interrupt_read(0x83, 10) == bytes(10)

    def test_pyusb_reads_it(self) -> None:
        keyboard = USBKeyboardDevice()
        with emulated(keyboard):
            host = usb.core.find(backend=pyusbx.backend.get_backend(), idVendor=0x610B, idProduct=0x4653)
            host.set_configuration()
            assert host.product == "Non-suspicious Keyboard"
            keyboard.key_down(KeyboardKeys.B)
            assert host.read(0x83, 10).tobytes() == bytes([0, 0, 5, 0, 0, 0, 0, 0, 0, 0])
            usb.util.dispose_resources(host)

    def test_it_types(self) -> None:
        """The host reads all the time, as one does with keyboards, and in the end has seen each key go down."""
        keyboard = USBKeyboardDevice()
        wanted = {(0, 0x18), (2, 0x1B)}  # u, and X with its shift

        async def type_until_read() -> None:
            while wanted:
                await keyboard.type_string("uX", duration=0.01)

        with emulated(keyboard, type_until_read()) as path, pyusbx.open_path(path) as host, host.claim(0):
            while wanted:
                report = host.interrupt_read(0x83, 10)
                wanted.discard((report[0], report[2]))


class TestFtdi:
    RESET, MODEM_CONTROL, BAUD_RATE, MODEM_STATUS = 0, 1, 3, 5

    def test_bytes_go_both_ways(self) -> None:
        serial = FTDIDevice()
        serial.handle_serial_data_received = serial.transmit
        with emulated(serial) as path, pyusbx.open_path(path) as host, host.claim(0):
            for sent in (b"hello", bytes(range(62))):
                host.bulk_write(0x01, bytes([len(sent) << 2 | 1]) + sent)
                packet = host.bulk_read(0x83, 64)
                assert (packet[0] >> 2, packet[2:]) == (len(sent), sent)

    def test_its_requests(self) -> None:
        serial = FTDIDevice()
        with emulated(serial) as path, pyusbx.open_path(path) as host:
            host.control_write(0x40, self.BAUD_RATE, 9, 0, b"")
            assert serial.baud_rate == 115200
            with pytest.raises(pyusbx.Pipe):
                host.control_write(0x40, self.BAUD_RATE, 10, 0, b"")
            host.control_write(0x40, self.MODEM_CONTROL, 0x0101, 0, b"")
            assert serial.data_terminal_ready
            assert host.control_read(0xC0, self.MODEM_STATUS, 0, 0, 1) == b"\x10"
            host.control_write(0x40, self.RESET, 0, 0, b"")
            assert (serial.baud_rate, serial.data_terminal_ready) == (9600, False)


class Disk:
    """A client for Bulk-Only Transport."""

    def __init__(self, host: pyusbx.Device) -> None:
        self.host = host
        self.tag = 0

    def command(self, command: bytes, length: int = 0, data: bytes = b"") -> bytes:
        self.tag += 1
        direction = 0x00 if data else 0x80
        wrapper = pack("<4sIIBBB16s", b"USBC", self.tag, len(data) or length, direction, 0, len(command), command)
        assert self.host.bulk_write(0x01, wrapper) == 31
        if data:
            self.host.bulk_write(0x01, data)
        received = self.host.bulk_read(0x83, length) if length else b""
        signature, tag, _, status = unpack("<4sIIB", self.host.bulk_read(0x83, 13))
        assert (signature, tag, status) == (b"USBS", self.tag, 0)
        return received


class TestMassStorage:
    @pytest.fixture
    def image(self, tmp_path: Path) -> Path:
        image = tmp_path / "image"
        image.write_bytes(b"".join(bytes([sector]) * 512 for sector in range(64)))
        return image

    @pytest.fixture
    def disk(self, image: Path) -> Iterator[Disk]:
        disk_image = RawDiskImage(str(image), 512)
        device = USBMassStorageDevice(disk_image)
        with disk_image.file, emulated(device) as path, pyusbx.open_path(path) as host, host.claim(0):
            assert host.control_read(0xA1, 254, 0, 0, 1) == b"\0"  # GET MAX LUN
            yield Disk(host)

    def test_what_it_is(self, disk: Disk) -> None:
        assert disk.command(pack(">BBBHB", 0x12, 0, 0, 36, 0), 36)[8:16] == b"GoodFET "
        assert disk.command(bytes([0x25]) + bytes(9), 8) == pack(">II", 63, 512)

    def test_sectors(self, disk: Disk) -> None:
        read = disk.command(pack(">BBIBHB", 0x28, 0, 3, 0, 5, 0), 5 * 512)
        assert read == b"".join(bytes([sector]) * 512 for sector in range(3, 8))

    def test_sectors_that_are_written(self, disk: Disk, image: Path) -> None:
        written = bytes(range(256)) * 4
        disk.command(pack(">BBIBHB", 0x2A, 0, 9, 0, 2, 0), data=written)
        assert disk.command(pack(">BBIBHB", 0x28, 0, 9, 0, 2, 0), 1024) == written
        assert disk.command(pack(">BBIBHB", 0x28, 0, 11, 0, 1, 0), 512) == bytes([11]) * 512
