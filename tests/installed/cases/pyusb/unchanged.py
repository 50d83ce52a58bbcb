"""A program as pyusb's tutorial teaches to write them."""

import usb.core
import usb.util

dev = usb.core.find(idVendor=0x1209, idProduct=0x0001)
if dev is None:
    raise SystemExit(print("no device"))
dev.set_configuration()
print(f"{dev.manufacturer}, {dev.product}")
intf = dev.get_active_configuration()[(0, 0)]
print(*(f"0x{ep.bEndpointAddress:02x}" for ep in intf))
assert dev.write(0x02, "hello") == 5
print(dev.read(0x83, 512).tobytes().decode())
try:
    dev.read(0x83, 512, timeout=100)
except usb.core.USBTimeoutError as error:
    print(error)
usb.util.dispose_resources(dev)
