"""What pyusb finds of odd.c's device of two configurations, the first of which says that it is longer than it is."""

import usb.core
import pyusbx.backend

device = usb.core.find(idVendor=0x1209, idProduct=0x0DD0, backend=pyusbx.backend.get_backend())
assert device is not None
found = [(one.bConfigurationValue, [(i.bInterfaceNumber, i.bAlternateSetting) for i in one]) for one in device]
assert found == [(1, [(0, 1), (0, 2), (1, 0), (2, 0)]), (0, [(7, 0)])], found
