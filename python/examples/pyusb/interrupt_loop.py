"""pyusb on usbx: reads reports from an interrupt endpoint in a loop; a timeout does not end it.

    USBX_VIRTUAL=acquisition python3 interrupt_loop.py [REPORTS]

Without a number it goes on until Ctrl-C. For a device of your own, put its IDs in.
"""

import itertools
import sys

import usb.core
import usb.util

import pyusbx.backend

VENDOR, PRODUCT = 0x1209, 0x0001
wanted = int(sys.argv[1]) if len(sys.argv) > 1 else None

device = usb.core.find(backend=pyusbx.backend.get_backend(), idVendor=VENDOR, idProduct=PRODUCT)
if device is None:
    sys.exit(f"no device {VENDOR:04x}:{PRODUCT:04x}")
device.set_configuration()
endpoint = usb.util.find_descriptor(
    device.get_active_configuration()[(0, 0)],
    custom_match=lambda e: usb.util.endpoint_direction(e.bEndpointAddress) == usb.util.ENDPOINT_IN
    and usb.util.endpoint_type(e.bmAttributes) == usb.util.ENDPOINT_TYPE_INTR,
)
if endpoint is None:
    sys.exit("its first interface has no interrupt endpoint to read from")

try:
    for number in itertools.count() if wanted is None else range(wanted):
        try:
            report = endpoint.read(endpoint.wMaxPacketSize, timeout=500)
        except usb.core.USBTimeoutError:
            print("nothing within half a second")
            continue
        print(f"{number}: {report.tobytes().hex(' ')}")
except KeyboardInterrupt:
    pass
finally:
    usb.util.dispose_resources(device)
