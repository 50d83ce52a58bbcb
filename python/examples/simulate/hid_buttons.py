"""A panel with eight buttons and eight lamps as a HID device, and a pyusb program that uses it.

    python hid_buttons.py            needs pyusb
"""

import usb.core

import pyusbx.backend
from pyusbx.simulate import hid

# Usage page "Button": 8 bits in; usage page "LED": 8 bits out.
REPORTS = bytes.fromhex(
    "05 01 09 05 a1 01 05 09 19 01 29 08 15 00 25 01 75 01 95 08 81 02 "
    "05 08 19 01 29 08 75 01 95 08 91 02 c0"
)


class Panel(hid.HidDevice):
    """Each lamp shows its button, until the host says something else."""

    vendor_id, product_id = 0x1209, 0x0011
    manufacturer, product = "usbx", "Panel"
    report_descriptor = REPORTS

    def __init__(self) -> None:
        super().__init__()
        self.lamps = 0

    def press(self, buttons: int) -> None:
        self.lamps = buttons
        self.send_report(bytes([buttons]))

    def report_received(self, kind: int, report: bytes) -> None:
        if kind == hid.OUTPUT:
            self.lamps = report[0]


def main() -> None:
    with Panel() as panel:
        device = usb.core.find(idVendor=0x1209, idProduct=0x0011, backend=pyusbx.backend.get_backend())
        description = device.ctrl_transfer(0x81, 6, 0x2200, 0, 256)
        print("report descriptor:", len(description), "bytes, as declared:", description.tobytes() == REPORTS)
        device.ctrl_transfer(0x21, 0x0A, 0x7D00, 0)  # SET_IDLE
        panel.press(0b00000101)
        print(f"buttons: {device.read(0x81, 64)[0]:08b}")
        print(f"the same by GET_REPORT: {device.ctrl_transfer(0xA1, 1, 0x0100, 0, 64)[0]:08b}")
        device.write(0x02, b"\xf0")
        device.ctrl_transfer(0x21, 9, 0x0200, 0, b"\x0f")  # SET_REPORT: the last word
        print(f"model: lamps {panel.lamps:08b}")
        usb.util.dispose_resources(device)


if __name__ == "__main__":
    main()
