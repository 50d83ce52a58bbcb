"""Facedancer's device programs on usbx, without a board: their devices are plugged in in this process, for every usbx program in it.

`with emulated(device) as path:` runs a device while the block runs, which is the host's side. `python -m pyusbx.facedancer PROGRAM.py`
runs a program that knows nothing of usbx, and with `--host HOST.py` a second one beside it, which uses the device. A program that
imports this module may also choose usbx as it does any of Facedancer's backends: BACKEND=usbx.
"""

from __future__ import annotations

try:
    import facedancer
except ModuleNotFoundError as missing:
    if missing.name != "facedancer":
        raise
    raise ModuleNotFoundError(
        "pyusbx.facedancer is a backend of Facedancer, which is not installed: pip install facedancer", name="facedancer"
    ) from None

from ._backend import UsbxApp
from ._running import emulated

__all__ = ["UsbxApp", "emulated"]

del facedancer
