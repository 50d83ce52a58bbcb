"""Reads 64 bytes from the first bulk endpoint of a device.

    USBX_VIRTUAL=acquisition python bulk_read.py        the virtual device, without hardware
    python bulk_read.py 1234:5678                       a device of yours
"""

import sys

import pyusbx

vendor_id, product_id = (int(number, 16) for number in (sys.argv[1] if len(sys.argv) > 1 else "1209:0001").split(":"))
with pyusbx.open(vendor_id, product_id) as device:
    endpoint = next(one for one in device.endpoints() if one.type is pyusbx.Type.BULK and one.is_in)
    with device.claim(endpoint.interface_number):
        if device.info().backend is pyusbx.Backend.VIRTUAL:
            device.control_write(0x40, 0x01, 0, 0)  # the device sends nothing before this request
        # Read whole packets: a packet larger than the rest of the read would be an overflow.
        data = device.bulk_read(endpoint.address, endpoint.room(64), timeout_ms=1000)
print(data[:64].hex(" ", 4))
