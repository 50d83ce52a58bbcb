"""Orders of steps with a driver that holds two interfaces, by pyusb on usbx: pyusb_orders.py SYSFS. In all of them it is whole again.

A step is a letter and an interface's number: d detach, c claim, r release, a attach; or a letter alone: D dispose of the resources. After
an order the program ends, as it is written or (k) killed. Releasing alone lets pyusb's users keep what they detached.
"""

import os
import signal
import sys
import time

import usb.core
import usb.util

import pyusbx.backend

ORDERS = """d0 c0 c1 r0 r1|d0 d1 c0 c1 r0 a0 r1 a1|d0 d1 c0 c1 r1 r0 a0|d1 c1 r1 c0 c1|d0 c0 D|d1 D|d0 a0|d1 a1|d0 c0 r0 c1 r1 a1|d0 d1 a1 a0
d0 c0 c1 k|d1 k|d0 d1 c1 D c0 k|d0 c0 c1 r0 a0 k""".replace("\n", "|").split("|")
pyusbx.backend.install()
sysfs = sys.argv[1]


def driver(number):
    try:
        return os.path.basename(os.readlink(f"{sysfs}1.{number}/driver"))
    except FileNotFoundError:
        return ""


def drivers():
    return [driver(number) for number in (0, 1)]


def whole(within=5.0):
    end = time.monotonic() + within
    while drivers() != ["cdc_acm", "cdc_acm"]:
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True


def go(order):
    device = usb.core.find(idVendor=0x0525, idProduct=0xA4A3)
    for step in order.split():
        number = int(step[1:] or 0)
        if step[0] == "d":
            device.detach_kernel_driver(number)
            assert drivers() == ["", ""]
        elif step[0] == "c":
            usb.util.claim_interface(device, number)
        elif step[0] == "r":
            usb.util.release_interface(device, number)
        elif step[0] == "a":
            device.attach_kernel_driver(number)
        elif step[0] == "D":
            usb.util.dispose_resources(device)
            assert whole(0), drivers()
        elif step[0] == "k":
            os.kill(os.getpid(), signal.SIGKILL)
    if order.split()[-1][0] == "a":
        assert whole(0), drivers()


for order in ORDERS:
    assert whole(), order
    child = os.fork()
    if child == 0:
        go(order)
        sys.exit(0)
    status = os.waitpid(child, 0)[1]
    assert status in (0, signal.SIGKILL), (order, status)
    assert whole(), (order, drivers())
print(f"note: {len(ORDERS)} orders by pyusb")
