"""Reads ten reports from an interrupt endpoint, one at a time.

    USBX_VIRTUAL=acquisition python interrupt_read.py       the virtual device's status, without hardware
    python interrupt_read.py 1234:5678 81                   a device of yours, and its endpoint: a mouse for example
"""

import sys

import pyusbx

vendor_id, product_id = (int(number, 16) for number in (sys.argv[1] if len(sys.argv) > 1 else "1209:0001").split(":"))
address = int(sys.argv[2] if len(sys.argv) > 2 else "82", 16)
with pyusbx.open(vendor_id, product_id) as device:
    endpoint = next(one for one in device.endpoints() if one.address == address)
    device.detach_kernel_driver(endpoint.interface_number)
    with device.claim(endpoint.interface_number):
        reports = 0
        while reports < 10:
            try:
                report = device.interrupt_read(address, endpoint.max_packet_size, timeout_ms=1000)
            except pyusbx.Timeout:
                print("nothing in this second")
                continue
            print(report.hex(" "))
            reports += 1
