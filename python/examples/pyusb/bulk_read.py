"""pyusb on usbx: reads 64 bytes from the first bulk endpoint.

    USBX_VIRTUAL=acquisition python3 bulk_read.py

For a device of your own, put its IDs in, and take out or change the request that starts this one.
"""

import sys

import usb.core
import usb.util

import pyusbx.backend

VENDOR, PRODUCT = 0x1209, 0x0001

device = usb.core.find(backend=pyusbx.backend.get_backend(), idVendor=VENDOR, idProduct=PRODUCT)
if device is None:
    sys.exit(f"no device {VENDOR:04x}:{PRODUCT:04x}")
device.set_configuration()

interface = device.get_active_configuration()[(0, 0)]
endpoint = usb.util.find_descriptor(
    interface,
    custom_match=lambda e: usb.util.endpoint_direction(e.bEndpointAddress) == usb.util.ENDPOINT_IN
    and usb.util.endpoint_type(e.bmAttributes) == usb.util.ENDPOINT_TYPE_BULK,
)
if endpoint is None:
    sys.exit("its first interface has no bulk endpoint to read from")

device.ctrl_transfer(0x40, 0x01)  # this device's vendor request "start"

# Whole packets: a device may send a packet larger than 64 bytes, and the packet has to fit.
packets = -(-64 // endpoint.wMaxPacketSize)
data = endpoint.read(packets * endpoint.wMaxPacketSize, timeout=1000)
print(data[:64].tobytes().hex(" "))

usb.util.dispose_resources(device)
