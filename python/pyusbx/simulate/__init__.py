"""Devices in Python: a class says what a device is and how it answers, and any usbx program in this process can use it.

    class Thermometer(simulate.Device):
        vendor_id, product_id = 0x1209, 0x0002
        readings = simulate.bulk_in(0x81)

        @simulate.vendor_request(1, "in")
        def temperature(self, request):
            return (2150).to_bytes(2, "little")

    with Thermometer() as device, pyusbx.open_path(device.path) as host:
        print(host.control_read(0xC0, 1, 0, 0, 2))

docs/simulate.md is a guide. `pyusbx.simulate.hid`, `cdc`, `tmc`, `bulk` and `dfu` have devices of common classes to derive from.
"""

from ..constants import Fault, Speed
from ..events import Setup
from ._skeleton import from_device
from .declare import (
    Interface,
    Stall,
    bulk_in,
    bulk_out,
    class_request,
    interface,
    interrupt_in,
    interrupt_out,
    isochronous_in,
    isochronous_out,
    standard_request,
    vendor_request,
)
from .device import Device
from .endpoint import In, Out

__all__ = [
    "Device",
    "Fault",
    "In",
    "Interface",
    "Out",
    "Setup",
    "Speed",
    "Stall",
    "bulk_in",
    "bulk_out",
    "class_request",
    "from_device",
    "interface",
    "interrupt_in",
    "interrupt_out",
    "isochronous_in",
    "isochronous_out",
    "standard_request",
    "vendor_request",
]
