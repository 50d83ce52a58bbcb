"""What programs written for pyusb on libusb rely on: pyusb_alike.py stock|usbx. Prints what it sees; on both it is to be the same.

The device is usbip_loopback.c's: what is written to an endpoint waits there until it is read or a configuration is selected. Of another
one, a gadget, a kernel driver holds an interface. What differs, as docs/pyusb.md says, goes to the file that is named last.
"""

import multiprocessing
import os
import signal
import sys
import time

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
show("no driver", lambda: device.is_kernel_driver_active(0))
show("none to attach", lambda: device.attach_kernel_driver(0))
show("no endpoint", lambda: device.clear_halt(0x8F))
show("no string", lambda: usb.util.get_string(device, 77))
show("in use", lambda: in_child(lambda: usb.util.claim_interface(find(), 0)))

# A kernel driver holds another interface, which forbids that the configuration is selected. It keeps it, and nothing is disturbed.
beside = usb.core.find(idVendor=0x0525, idProduct=0xA4A7)
LOOP_OUT, LOOP_IN = (e.bEndpointAddress for e in sorted(beside[0][(0, 0)], key=lambda e: e.bEndpointAddress))
show("driven", lambda: beside.is_kernel_driver_active(1))
usb.control.set_feature(beside, usb.control.ENDPOINT_HALT, beside[0][(0, 0)].endpoints()[0])
usb.util.dispose_resources(beside)
with open(sys.argv[2], "w") as differs:
    print("beside a driver", outcome(beside.set_configuration), file=differs)
show("still driven", lambda: beside.is_kernel_driver_active(1))
show("still halted", lambda: beside.ctrl_transfer(0x82, 0, 0, LOOP_IN, 2).tobytes())
usb.util.dispose_resources(beside)
show("detached", lambda: beside.detach_kernel_driver(1))
show("selected", beside.set_configuration)
show("not halted", lambda: beside.ctrl_transfer(0x82, 0, 0, LOOP_IN, 2).tobytes())
beside.write(LOOP_OUT, b"through")
show("moves", lambda: beside.read(LOOP_IN, 512, 1000).tobytes())
show("stays away", lambda: beside.is_kernel_driver_active(1))
usb.util.dispose_resources(beside)
show("attached", lambda: beside.attach_kernel_driver(1))
show("driven again", lambda: beside.is_kernel_driver_active(1))
usb.util.dispose_resources(beside)

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

# The device leaves.
device = find()
device.set_configuration()
show("there", lambda: device.write(OUT, bytes(4)))
os.kill(int(os.environ["PLAYER"]), signal.SIGKILL)
while os.path.exists(f"/dev/bus/usb/{device.bus:03}/{device.address:03}"):
    time.sleep(0.01)
show("gone, to read", lambda: device.read(IN, 16, 100))
show("gone, to write", lambda: device.write(OUT, bytes(4)))
show("gone, to ask", lambda: device.ctrl_transfer(0x80, 6, 0x0100, 0, 18))
show("gone, to clear", lambda: device.clear_halt(IN))
# Not a reset: libusb has another number for that until udev has told it, and there is none here.
