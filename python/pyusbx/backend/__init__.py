"""usbx as a backend of pyusb: `usb.core.find(backend=pyusbx.backend.get_backend(), idVendor=...)`.

pyusb's own interface stays as it is; what is below it becomes usbx: errors that say what to do, devices that are listed without a right
to open them, kernel drivers that come back, virtual devices (USBX_VIRTUAL=acquisition).

`install()` makes it pyusb's default, for `find()` without a backend and for programs that name pyusb's libusb1 backend. For programs
that know nothing of it, `python -m pyusbx.backend run program.py` does that; and after `python -m pyusbx.backend enable` so does the
environment variable PYUSB_BACKEND=pyusbx.
"""

from __future__ import annotations

from typing import Any

try:
    import usb.backend
except ModuleNotFoundError:
    raise ModuleNotFoundError("pyusbx.backend is a backend of pyusb, which is not installed: pip install pyusb", name="usb") from None

from .libusb1 import Backend

__all__ = ["Backend", "get_backend", "install"]

_backend: Backend | None = None


def get_backend(find_library: Any = None) -> Backend:
    """The backend, the same one each time, as pyusb tells devices apart by it.

    find_library: accepted as pyusb's own backends have it, and not used: which library is loaded is decided in pyusbx.
    """
    global _backend
    if _backend is None:
        _backend = Backend()
    return _backend


def install() -> None:
    """Makes it pyusb's default in this process. Call it before devices are looked for."""
    from usb.backend import libusb1

    libusb1.get_backend = get_backend
