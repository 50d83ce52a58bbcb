"""Devices that are simulated in this process, to try and test a program without hardware."""

from __future__ import annotations

from ctypes import byref

from ._arguments import text
from ._declarations import usbx_virtual
from ._library import lib
from .errors import check
from .handle import Handle


class VirtualDevice(Handle):
    """Plugs in a virtual device: `pyusbx.devices` lists it and `pyusbx.open` opens it until `unplug()` or `close()`.

    model: "acquisition", 1209:0001, a data source with bulk, interrupt and isochronous endpoints; or a recording,
    "replay:FILE[,match=strict|setup|loose][,timing=none|recorded][,device=BUS.ADDRESS]". serial: its serial number; "VIRT0001"
    or the recorded one if not given.
    """

    _token: usbx_virtual
    _closer = lib.usbx_virtual_close

    def __init__(self, model: str = "acquisition", serial: str = "") -> None:
        token = usbx_virtual()
        check(lib.usbx_virtual_open(text("model", model), text("serial", serial), byref(token)))
        super().__init__(token)
        self.model = model
        self.serial = serial or ("VIRT0001" if model == "acquisition" else "")

    def __repr__(self) -> str:
        return f"<pyusbx.VirtualDevice {self.model} {self.serial}".rstrip() + ">"

    def unplug(self) -> None:
        """Unplugs the device, as if by hand: pending transfers end with `NoDevice`."""
        check(lib.usbx_virtual_unplug(self._token))
