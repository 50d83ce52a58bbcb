"""Devices of Facedancer's own library, unmodified, shared over USB/IP as "keyboard", "adapter" and "image": a keyboard, on which a line of the
input presses the A, a serial adapter that sends back what it gets, and a disk of the file that the argument names."""

import sys

from facedancer.classes.hid.keyboard import KeyboardKeys
from facedancer.devices.ftdi import FTDIDevice
from facedancer.devices.keyboard import USBKeyboardDevice
from facedancer.devices.umass import RawDiskImage, USBMassStorageDevice

import pyusbx
from pyusbx.facedancer import emulated

keyboard, adapter = USBKeyboardDevice(), FTDIDevice()
adapter.handle_serial_data_received = adapter.transmit
disk = USBMassStorageDevice(RawDiskImage(sys.argv[1], 512))
with emulated(keyboard) as keys, emulated(adapter) as serial, emulated(disk) as image, pyusbx.Share("127.0.0.1:3240") as share:
    for path, name in ((keys, "keyboard"), (serial, "adapter"), (image, "image")):
        share.add(path, name)
    print("ready", flush=True)
    for _ in sys.stdin:
        keyboard.key_down(KeyboardKeys.A)
