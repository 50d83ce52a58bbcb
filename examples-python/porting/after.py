"""after: records 64 frames of an instrument, with pyusbx. before.py is the same program with pyusb."""

import struct
import sys

import pyusbx
from record import FRAME, WANTED, print_record

data = bytearray()
try:
    with pyusbx.open(0x1209, 0x0001) as device:
        device.detach_kernel_driver(0)  # if there is one; it comes back at the end
        device.claim(0)
        device.control_write(0x40, 0x03, 0, 0, struct.pack("<I", 20000))  # samples a second
        device.control_write(0x40, 0x01, 0, 0)  # start
        with device.stream(0x81) as stream:
            while len(data) < WANTED * FRAME:
                data += stream.read(WANTED * FRAME - len(data), 1000)
        device.control_write(0x40, 0x02, 0, 0)  # stop
        device.interrupt_read(0x82, 16)  # may be from before the stop
        report = device.interrupt_read(0x82, 16)
        print("it is", "sampling" if report[2] else "idle")
except pyusbx.Error as error:
    sys.exit(str(error))
print_record(data)
