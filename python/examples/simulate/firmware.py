"""A device that waits for its firmware (DFU), and a small pyusb program that writes it and reads it back.

    python firmware.py               needs pyusb
"""

import zlib

import usb.core

import pyusbx.backend
from pyusbx.simulate import dfu


class Bootloader(dfu.DfuDevice):
    """Takes firmware whose last four bytes are the CRC-32 of the rest."""

    vendor_id, product_id = 0x1209, 0x0014
    manufacturer, product = "usbx", "Bootloader"

    def downloaded(self, firmware: bytes) -> None:
        if zlib.crc32(firmware[:-4]).to_bytes(4, "little") != firmware[-4:]:
            raise dfu.DfuError(dfu.ERR_VERIFY)


def status(device: usb.core.Device) -> "tuple[int, dfu.State]":
    answer = device.ctrl_transfer(0xA1, 3, 0, 0, 6)
    return answer[0], dfu.State(answer[4])


def download(device: usb.core.Device, firmware: bytes) -> "tuple[int, dfu.State]":
    blocks = [firmware[at : at + dfu.BLOCK] for at in range(0, len(firmware), dfu.BLOCK)]
    for number, block in enumerate([*blocks, b""]):
        device.ctrl_transfer(0x21, 1, number, 0, block)
        code, state = status(device)
    return code, state


def upload(device: usb.core.Device) -> bytes:
    whole, number = b"", 0
    while len(whole) == number * dfu.BLOCK:
        whole += device.ctrl_transfer(0xA1, 2, number, 0, dfu.BLOCK).tobytes()
        number += 1
    return whole


def main() -> None:
    firmware = bytes(range(256)) * 20
    firmware += zlib.crc32(firmware).to_bytes(4, "little")
    with Bootloader() as loader:
        device = usb.core.find(idVendor=0x1209, idProduct=0x0014, backend=pyusbx.backend.get_backend())
        print("damaged:", download(device, firmware[:-1] + b"?"))
        device.ctrl_transfer(0x21, 4, 0, 0)  # CLRSTATUS
        print("whole:", download(device, firmware))
        print("read back:", upload(device) == firmware)
        print("model: has it", loader.firmware == firmware)
        usb.util.dispose_resources(device)


if __name__ == "__main__":
    main()
