"""Sends class control requests (here of the HID class): SET_IDLE, then GET_IDLE.

    USBX_VIRTUAL=acquisition python control.py          the virtual device, without hardware
    python control.py 1234:5678 0                       a HID device of yours, and its interface
"""

import sys

import pyusbx

vendor_id, product_id = (int(number, 16) for number in (sys.argv[1] if len(sys.argv) > 1 else "1209:0001").split(":"))
interface = int(sys.argv[2]) if len(sys.argv) > 2 else 1
SET_IDLE, GET_IDLE = 0x0A, 0x02
with pyusbx.open(vendor_id, product_id) as device:
    device.detach_kernel_driver(interface)  # on a real device, usbhid holds it; it gets it back at the end
    with device.claim(interface):
        # 0x21: class, to an interface, OUT. wValue: the time in units of 4 ms, then the report. wIndex: the interface.
        device.control_write(0x21, SET_IDLE, 0x7D00, interface)
        # 0xa1: the same, but IN, with one byte of data.
        (idle,) = device.control_read(0xA1, GET_IDLE, 0, interface, 1)
print(f"reports at least every {4 * idle} ms")
