"""A serial port (CDC-ACM) that answers each line in capitals, and a pyusb program that talks to it.

    python serial_port.py            needs pyusb

A program for serial ports, with pyserial for one, needs the kernel's driver between: that takes a kernel that sees the device.
"""

import struct

import usb.core

import pyusbx.backend
from pyusbx.simulate import cdc


class Shouter(cdc.SerialDevice):
    vendor_id, product_id = 0x1209, 0x0012
    manufacturer, product = "usbx", "Shouter"

    def __init__(self) -> None:
        super().__init__()
        self.typed = b""

    def received(self, data: bytes) -> None:
        *lines, self.typed = (self.typed + data).split(b"\r")
        for line in lines:
            self.write(line.upper() + b"\r\n")

    def line_changed(self) -> None:
        self.notify(dcd=self.dtr, dsr=self.dtr)


def main() -> None:
    with Shouter() as port:
        device = usb.core.find(idVendor=0x1209, idProduct=0x0012, backend=pyusbx.backend.get_backend())
        device.ctrl_transfer(0x21, 0x20, 0, 0, struct.pack("<IBBB", 115200, 0, 0, 8))  # SET_LINE_CODING
        device.ctrl_transfer(0x21, 0x22, 3, 0)  # SET_CONTROL_LINE_STATE: DTR, RTS
        device.read(0x83, 16)  # of SET_LINE_CODING
        state = device.read(0x83, 16).tobytes()
        print("model:", port.line, "DTR" if port.dtr else "", "RTS" if port.rts else "")
        print("lines:", f"{struct.unpack_from('<H', state, 8)[0]:#06b}")
        device.write(0x02, b"hello\rwor")
        device.write(0x02, b"ld\r")
        answer = b""
        while answer.count(b"\n") < 2:
            answer += device.read(0x81, 512).tobytes()
        print(answer.decode().split())
        usb.util.dispose_resources(device)


if __name__ == "__main__":
    main()
