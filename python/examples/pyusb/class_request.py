"""pyusb on usbx: sends a class control request to an interface, HID's GET_REPORT.

    USBX_VIRTUAL=acquisition python3 class_request.py

For a device of your own, put its IDs in. Its kernel driver is taken away for the time, and is back afterwards.
"""

import sys

import usb.core
import usb.util

import pyusbx.backend

VENDOR, PRODUCT = 0x1209, 0x0001
HID = 3  # bInterfaceClass
GET_REPORT, INPUT_REPORT = 0x01, 0x0100

device = usb.core.find(backend=pyusbx.backend.get_backend(), idVendor=VENDOR, idProduct=PRODUCT)
if device is None:
    sys.exit(f"no device {VENDOR:04x}:{PRODUCT:04x}")

interface = usb.util.find_descriptor(device.get_active_configuration(), bInterfaceClass=HID)
if interface is None:
    sys.exit("it has no HID interface")
number = interface.bInterfaceNumber
if device.is_kernel_driver_active(number):
    device.detach_kernel_driver(number)

request_type = usb.util.build_request_type(
    usb.util.CTRL_IN, usb.util.CTRL_TYPE_CLASS, usb.util.CTRL_RECIPIENT_INTERFACE
)
try:
    report = device.ctrl_transfer(request_type, GET_REPORT, INPUT_REPORT, number, 64, timeout=1000)
    print(f"{len(report)} bytes: {report.tobytes().hex(' ')}")
except usb.core.USBError as error:
    sys.exit(str(error))
finally:
    usb.util.dispose_resources(device)
