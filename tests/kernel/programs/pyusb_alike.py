"""What programs written for pyusb on libusb rely on: pyusb_alike.py stock|usbx. Prints what it sees; on both it is to be the same.

The device is usbip_loopback.c's: what is written to an endpoint waits there until it is read or a configuration is selected.
"""

import multiprocessing
import os
import sys

import usb.control
import usb.core
import usb.util

if sys.argv[1] == "usbx":
    import pyusbx.backend

    pyusbx.backend.install()
OUT, IN = 0x01, 0x81


def find():
    return usb.core.find(idVendor=0x04D8, idProduct=0xFA2E)


def outcome(call):
    """As programs look at it. A class derived from pyusb's is pyusb's."""
    try:
        return call()
    except usb.core.USBError as error:
        kind = "timeout" if isinstance(error, usb.core.USBTimeoutError) else "error"
        return kind, error.errno, error.strerror, error.backend_error_code, error.args


def show(what, call):
    print(what, outcome(call), flush=True)


def in_child(call):
    """What a child made by fork sees, as multiprocessing makes it."""
    fork = multiprocessing.get_context("fork")
    answers = fork.SimpleQueue()
    child = fork.Process(target=lambda: answers.put(outcome(call)))
    child.start()
    child.join()
    return answers.get() if child.exitcode == 0 else child.exitcode


device = find()
# So python-escpos decides whether it detaches drivers.
print("libusb1", device.backend.__module__.endswith("libusb1"))

# An earlier run leaves bytes and a halt; the first line of the next clears both.
device.set_configuration()
device.write(OUT, b"stale")
usb.control.set_feature(device, usb.control.ENDPOINT_HALT, device[0][(0, 0)][1])
show("halted", lambda: device.read(IN, 16, 100))
usb.util.dispose_resources(device)
device = find()
device.set_configuration()
device.write(OUT, b"new")
show("next run", lambda: device.read(IN, 16, 100).tobytes())

show("late", lambda: device.read(IN, 16, 20))
show("refused", lambda: device.ctrl_transfer(0xC0, 0x77, 0, 0, 4))
show("no interface", lambda: usb.util.claim_interface(device, 9))
device.write(OUT, bytes(16))
show("too much", lambda: device.read(IN, 8, 100))
show("in use", lambda: in_child(lambda: usb.util.claim_interface(find(), 0)))

# Opened before a fork and used in the child; while the parent has it open, and after.
usb.util.dispose_resources(device)
device = find()
device.set_configuration()
show("child writes", lambda: in_child(lambda: device.write(OUT, b"from a child")))
show("child again", lambda: in_child(lambda: device.read(IN, 16, 100).tobytes()))
device.write(OUT, b"from the parent")
show("parent", lambda: device.read(IN, 16, 100).tobytes())
usb.util.dispose_resources(device)


def as_nobody():
    os.setgid(65534)
    os.setuid(65534)
    find().read(IN, 16)


show("not allowed", lambda: in_child(as_nobody))
