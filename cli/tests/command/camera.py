"""A camera with one picture, as PTP (ISO 15740, over USB: Still Image Class 1.0) has it, for gphoto2."""

import struct

from pyusbx import simulate

PICTURE = bytes(at * at >> 3 & 0xFF for at in range(50000))
STORE, HANDLE, ROOT = 0x00010001, 1, 0xFFFFFFFF
DATA, RESPONSE = 2, 3
HEADER = struct.Struct("<IHHI")


def text(string: str) -> bytes:
    return bytes([len(string) + 1]) + string.encode("utf-16-le") + bytes(2) if string else bytes(1)


def array(code: str, *numbers: int) -> bytes:
    return struct.pack(f"<I{len(numbers)}{code}", len(numbers), *numbers)


class Camera(simulate.Device):
    vendor_id, product_id = 0x1209, 0x0015
    manufacturer, product, serial = "usbx", "Camera", "PTP"
    still = simulate.interface(0, interface_class=6, subclass=1, protocol=1)
    input = simulate.bulk_in(0x81, interface=still)
    output = simulate.bulk_out(0x02, interface=still)
    events = simulate.interrupt_in(0x83, packet=8, interval=10, interface=still)

    def info(self, *_: int) -> bytes:
        operations = array("H", 0x1001, 0x1002, 0x1003, 0x1004, 0x1005, 0x1007, 0x1008, 0x1009)
        rest = array("H") + array("H") + array("H") + array("H", 0x3801)
        names = text("usbx") + text("Camera") + text("1.0") + text("PTP")
        return struct.pack("<HIH", 100, 0, 0) + text("") + bytes(2) + operations + rest + names

    def stores(self, *_: int) -> bytes:
        return array("I", STORE)

    def store(self, *_: int) -> bytes:
        return struct.pack("<HHHQQI", 3, 2, 1, 1 << 20, 1 << 19, 0) + text("memory") + text("")

    def handles(self, _store: int, _format: int = 0, parent: int = 0) -> bytes:
        return array("I", HANDLE) if parent in (0, ROOT) else array("I")

    def picture_info(self, *_: int) -> bytes:
        numbers = struct.pack("<IHHIHIIIIIIIHII", STORE, 0x3801, 0, len(PICTURE), 0, 0, 0, 0, 640, 480, 24, 0, 0, 0, 0)
        return numbers + text("picture.jpg") + text("20260101T120000") + text("20260101T120000") + text("")

    def picture(self, *_: int) -> bytes:
        return PICTURE

    ANSWERS = {0x1001: info, 0x1004: stores, 0x1005: store, 0x1007: handles, 0x1008: picture_info, 0x1009: picture}

    @output.received
    def command(self, data: bytes) -> None:
        _, _, code, transaction = HEADER.unpack_from(data)
        parameters = struct.unpack(f"<{(len(data) - HEADER.size) // 4}I", data[HEADER.size :])
        if code in self.ANSWERS:
            self.send(DATA, code, transaction, self.ANSWERS[code](self, *parameters))
        elif code not in (0x1002, 0x1003):
            return self.send(RESPONSE, 0x2005, transaction)
        self.send(RESPONSE, 0x2001, transaction)

    def send(self, kind: int, code: int, transaction: int, data: bytes = b"") -> None:
        self.input.write(HEADER.pack(HEADER.size + len(data), kind, code, transaction) + data, zero_packet=True)
