"""Two models that Linux's own drivers know, shared over USB/IP as "panel" and "disk": a HID panel, whose buttons are pressed by lines of the
input and whose lamps are told in lines of the output, and a disk."""

import struct
import sys

import pyusbx
from pyusbx import simulate
from pyusbx.simulate import hid


class Panel(hid.HidDevice):
    vendor_id = 0x1209
    # Usage page "Button": 8 bits in; usage page "LED": 8 bits out.
    report_descriptor = bytes.fromhex(
        "05 01 09 05 a1 01 05 09 19 01 29 08 15 00 25 01 75 01 95 08 81 02 05 08 19 01 29 08 75 01 95 08 91 02 c0"
    )

    def report_received(self, kind: int, report: bytes) -> None:
        if kind == hid.OUTPUT:
            print("lamps", report[0], flush=True)


class Disk(simulate.Device):
    """Bulk-only transport (USB Mass Storage Class), and as much of SCSI as Linux asks of a disk."""

    vendor_id, product_id = 0x1209, 0x0013
    only = simulate.interface(0, interface_class=8, subclass=6, protocol=0x50)
    input = simulate.bulk_in(0x81, interface=only)
    output = simulate.bulk_out(0x02, interface=only)
    BLOCK, BLOCKS = 512, 2048

    def __init__(self, serial: str) -> None:
        super().__init__(serial)
        self.data = bytearray(self.BLOCK * self.BLOCKS)
        self.sense = b""
        # Where written bytes go, how many are still to come, and of which command.
        self.at = self.missing = self.tag = 0

    @simulate.class_request(0xFE, "in", "interface")
    def max_lun(self, request: simulate.Setup) -> bytes:
        return b"\0"

    @simulate.class_request(0xFF, "out", "interface")
    def start_over(self, request: simulate.Setup) -> None:
        self.missing = 0

    @output.received
    def on_output(self, data: bytes) -> None:
        if self.missing:
            self.data[self.at : self.at + len(data)] = data
            self.at, self.missing = self.at + len(data), self.missing - len(data)
            if not self.missing:
                self.status(self.tag)
            return
        signature, tag, expected, flags, _, _ = struct.unpack("<4sIIBBB", data[:15])
        assert signature == b"USBC" and len(data) == 31
        command = data[15:]
        first, count = struct.unpack(">xxIxHxxxxxxx", command)
        if command[0] == 0x2A:  # WRITE(10)
            self.at, self.missing, self.tag = first * self.BLOCK, count * self.BLOCK, tag
            return
        answer = self.answer(command, first, count)
        if answer is None:
            self.sense = bytes([0x70, 0, 5, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x20]) + bytes(5)  # ILLEGAL REQUEST
        sent = (answer or b"")[:expected]
        if flags & 0x80 and expected:
            self.input.write(sent, zero_packet=len(sent) < expected)
        self.status(tag, expected - len(sent), answer is None)

    def status(self, tag: int, residue: int = 0, failed: bool = False) -> None:
        self.input.write(struct.pack("<4sIIB", b"USBS", tag, residue, failed))

    def answer(self, command: bytes, first: int, count: int) -> "bytes | None":
        operation = command[0]
        if operation in (0x00, 0x1B, 0x1E, 0x35):  # TEST UNIT READY, START STOP, PREVENT REMOVAL, SYNCHRONIZE CACHE
            return b""
        if operation == 0x03:  # REQUEST SENSE
            return self.sense
        if operation == 0x12 and not command[1]:  # INQUIRY, without pages
            return bytes([0, 0, 4, 2, 31, 0, 0, 0]) + b"usbx    " + b"Model of a disk " + b"1.0 "
        if operation == 0x1A:  # MODE SENSE(6)
            return bytes([3, 0, 0, 0])
        if operation == 0x25:  # READ CAPACITY(10)
            return struct.pack(">II", self.BLOCKS - 1, self.BLOCK)
        if operation == 0x28:  # READ(10)
            return bytes(self.data[first * self.BLOCK : (first + count) * self.BLOCK])
        return None


with Panel("PANEL") as panel, Disk("DISK") as disk, pyusbx.Share("127.0.0.1:3240") as share:
    share.add(panel.path, "panel")
    share.add(disk.path, "disk")
    print("ready", flush=True)
    for line in sys.stdin:
        panel.send_report(bytes([int(line)]))
