"""models.py ADDRESS — a bootloader for dfu-util and a logic analyser for sigrok, shared at ADDRESS until standard input ends."""

import sys

import pyusbx
from pyusbx import simulate
from pyusbx.simulate import dfu


class Bootloader(dfu.DfuDevice):
    """Takes any firmware."""

    vendor_id, product_id = 0x1209, 0x0014
    manufacturer, product = "usbx", "Bootloader"


class Analyser(simulate.Device):
    """Speaks as sigrok's fx2lafw firmware does: eight channels that count."""

    vendor_id, product_id = 0x1D50, 0x608C
    manufacturer, product = "sigrok", "fx2lafw"
    samples = simulate.bulk_in(0x82)

    @simulate.vendor_request(0xB0, "in")
    def version(self, request):
        return bytes([1, 4])

    @simulate.vendor_request(0xB2, "in")
    def revision(self, request):
        return bytes([1])

    @simulate.vendor_request(0xB1, "out")
    def start(self, request):
        self.samples.write(bytes(range(256)) * 256)


with Bootloader("DFU") as loader, Analyser("LOGIC") as analyser, pyusbx.Share(sys.argv[1]) as share:
    share.add(loader.path, "dfu")
    share.add(analyser.path, "logic")
    print("shared", flush=True)
    sys.stdin.read()
