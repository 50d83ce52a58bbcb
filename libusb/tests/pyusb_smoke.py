"""Stock pyusb's whole path on the acquisition model: find, describe, configure, claim, move data, strings, errors."""

import usb.backend.libusb1
import usb.core
import usb.util

backend = usb.backend.libusb1.get_backend()
assert backend is not None
device = usb.core.find(idVendor=0x1209, idProduct=0x0001, backend=backend)
assert device is not None
assert (device.manufacturer, device.serial_number) == ("usbx", "VIRT0001")
device.set_configuration()
interface = device.get_active_configuration()[(0, 0)]
assert sorted(endpoint.bEndpointAddress for endpoint in interface) == [0x02, 0x81, 0x82, 0x83]
device.ctrl_transfer(0x40, 4, 0, 16, b"abcdefgh")
assert bytes(device.ctrl_transfer(0xC0, 4, 0, 16, 8)) == b"abcdefgh"
device.ctrl_transfer(0x40, 2)
data = bytes(range(200))
assert device.write(0x02, data, 1000) == 200
assert bytes(device.read(0x83, 512, 1000)) == data
try:
    device.read(0x83, 512, 50)
    raise AssertionError("there is nothing to read")
except usb.core.USBTimeoutError:
    pass
try:
    device.ctrl_transfer(0xC0, 0x77, 0, 0, 8)
    raise AssertionError("there is no such request")
except usb.core.USBError as error:
    assert error.errno == 32, error
device.set_interface_altsetting(0, 1)
assert len(device.read(0x82, 16, 1000)) == 16
usb.util.dispose_resources(device)
