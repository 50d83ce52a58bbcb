"""before: records 64 frames of an instrument, with pyusb. after.py is the same program with pyusbx."""

import struct
import sys

import usb.core
import usb.util
from record import FRAME, WANTED, print_record

device = usb.core.find(idVendor=0x1209, idProduct=0x0001)
if device is None:
    sys.exit("the device is not there, or may not be opened")
attach = device.is_kernel_driver_active(0)
if attach:
    device.detach_kernel_driver(0)
data = bytearray()
try:
    usb.util.claim_interface(device, 0)
    device.ctrl_transfer(0x40, 0x03, 0, 0, struct.pack("<I", 20000))  # samples a second
    device.ctrl_transfer(0x40, 0x01)  # start
    while len(data) < WANTED * FRAME:
        data += device.read(0x81, 4 * FRAME, 1000)  # a read that times out loses its data
    device.ctrl_transfer(0x40, 0x02)  # stop
    device.read(0x82, 16, 1000)  # may be from before the stop
    report = device.read(0x82, 16, 1000)
    print("it is", "sampling" if report[2] else "idle")
except usb.core.USBError as error:
    sys.exit(str(error))
finally:
    usb.util.release_interface(device, 0)
    if attach:
        device.attach_kernel_driver(0)
    usb.util.dispose_resources(device)
print_record(data)
