"""pyusb on usbx, together with a kernel driver: pyusb_drivers.py DRIVER_LINK HIDG UDC. The device is a HID gadget that usbhid holds."""

import errno
import os
import sys
import time

import usb.backend.libusb1
import usb.core
import usb.util

import pyusbx.backend

link, gadget, udc = sys.argv[1:]
stock = usb.backend.libusb1.get_backend()
pyusbx.backend.install()


def fields(one):
    """What pyusb shows of a device, a configuration, an interface or an endpoint, and of all that is in it."""
    shown = {name: value for name, value in vars(one).items() if name[0] == "b" or name[0] == "i" or name[0] == "w"}
    shown.update((name, getattr(one, name, None)) for name in ("extra_descriptors", "address", "speed", "port_number", "port_numbers"))
    return shown, [fields(inner) for inner in one] if hasattr(one, "__iter__") else None


def listed(backend):
    devices = sorted(usb.core.find(find_all=True, backend=backend), key=lambda device: (device.bus, device.address))
    return [(fields(device), device.parent and device.parent.address) for device in devices]


# The two backends, side by side in one process, show the same devices with the same descriptors.
assert stock is not None and len(listed(stock)) >= 2
theirs, ours = listed(stock), listed(None)
assert len(theirs) == len(ours)
for theirs, ours in zip(theirs, ours):
    assert theirs == ours, (theirs, ours)


def driver():
    try:
        return os.path.basename(os.readlink(link))
    except FileNotFoundError:
        return ""


def find():
    return usb.core.find(idVendor=0x0525, idProduct=0xA4A2)


def within(seconds, condition):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("it does not come")


def refused(call):
    try:
        call()
    except usb.core.USBError as error:
        return error
    raise AssertionError("it was not refused")


# A user who may not open the device still sees it, and gets a message that says what to do.
child = os.fork()
if child == 0:
    os.setgid(65534)
    os.setuid(65534)
    seen = find()
    assert seen[0][(0, 0)].bInterfaceClass == 3 and len(list(seen[0][(0, 0)])) == 2
    assert seen[0][(0, 0)].extra_descriptors[1] == 0x21
    error = refused(lambda: seen.read(0x81, 8))
    assert error.errno == errno.EACCES and "udev rule" in str(error), error
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0

device = find()
assert device.serial_number == "LAB-hid" and device.parent.bDeviceClass == 9 and device.parent.parent is None
endpoint = device[0][(0, 0)][0]
error = refused(lambda: endpoint.read(8))
assert error.errno == errno.EBUSY and "usbhid" in str(error), error
assert device.is_kernel_driver_active(0)
device.detach_kernel_driver(0)
assert driver() == "" and not device.is_kernel_driver_active(0)
device.set_configuration()

hidg = os.open(gadget, os.O_RDWR)
os.write(hidg, b"12345678")
assert endpoint.read(8).tobytes() == b"12345678" and driver() == "usbfs"
assert usb.util.find_descriptor(device[0][(0, 0)], bEndpointAddress=device[0][(0, 0)][1].bEndpointAddress).write(b"abcdefgh") == 8
assert os.read(hidg, 64) == b"abcdefgh"

# What a program detached stays detached for it, whatever it does, until it attaches it.
usb.util.release_interface(device, 0)
usb.util.claim_interface(device, 0)
assert driver() == "usbfs"
device.reset()
os.write(hidg, b"reset---")
assert endpoint.read(8).tobytes() == b"reset---"
usb.util.dispose_resources(device)
assert driver() == "usbhid", "it is not in use now"
os.write(hidg, b"disposed")
within(5, lambda: endpoint.read(8).tobytes() == b"disposed")
error = refused(lambda: device.attach_kernel_driver(0))
assert error.errno == errno.EBUSY and "release" in str(error), error
usb.util.release_interface(device, 0)
device.attach_kernel_driver(0)
assert driver() == "usbhid" and device.is_kernel_driver_active(0)
assert refused(lambda: endpoint.read(8)).errno == errno.EBUSY

# Detached and never claimed, then attached; and of another handle that did not detach it.
device.detach_kernel_driver(0)
assert driver() == ""
device.attach_kernel_driver(0)
assert driver() == "usbhid"

# Plugged in again at the same place, it is another device.
device.detach_kernel_driver(0)
usb.util.claim_interface(device, 0)
os.close(hidg)
with open(udc) as file:
    controller = file.read()
with open(udc, "w") as file:
    file.write("\n")
assert within(10, lambda: refused(lambda: endpoint.read(8, 100)).errno == errno.ENODEV)
with open(udc, "w") as file:
    file.write(controller)
again = within(10, lambda: find())
assert again != device and again.port_numbers == device.port_numbers
usb.util.dispose_resources(device)
assert refused(lambda: device.set_configuration()).errno == errno.ENODEV
within(10, lambda: driver() == "usbhid")
again.detach_kernel_driver(0)
assert again.write(again[0][(0, 0)][1].bEndpointAddress, b"12345678") == 8
usb.util.dispose_resources(again)
assert driver() == "usbhid"
