"""The same of pyusb, on libusb or on this package's backend (argument: libusb or usbx). A list is find(find_all=True); the first one
counts from get_backend() on, in which pyusb initializes libusb. What the imports before that took comes last."""

import errno
import os
import statistics
import sys
import time

start = time.perf_counter()
import usb.core  # noqa: E402
import usb.util  # noqa: E402

if sys.argv[1] == "usbx":
    import pyusbx.backend

    imported = time.perf_counter()
    backend = pyusbx.backend.get_backend()
else:
    import usb.backend.libusb1

    imported = time.perf_counter()
    backend = usb.backend.libusb1.get_backend(find_library=lambda name: os.environ["PEER_LIBUSB"])
assert backend is not None


def listing():
    assert len(list(usb.core.find(find_all=True, backend=backend))) > 1


def opening():
    device = usb.core.find(idVendor=0x0525, idProduct=0xA4A0, backend=backend)
    usb.util.claim_interface(device, 0)
    usb.util.dispose_resources(device)


def refused():
    try:
        usb.util.claim_interface(other, 0)
    except usb.core.USBError as error:
        assert error.errno == errno.EBUSY
    else:
        raise AssertionError("it was not refused")


def median(call):
    times = []
    for _ in range(15):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e6


listing()
first = (time.perf_counter() - imported) * 1e6
again, opened = median(listing), median(opening)
holder, other = (usb.core.find(idVendor=0x0525, idProduct=0xA4A0, backend=backend) for _ in range(2))
usb.util.claim_interface(holder, 0)
print(f"{first:.0f} {again:.0f} {opened:.0f} {median(refused):.0f} {(imported - start) * 1e6:.0f}")
