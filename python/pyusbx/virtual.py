"""Devices that are simulated in this process, to try and test a program without hardware."""

from __future__ import annotations

from ctypes import byref, c_size_t, create_string_buffer
from dataclasses import dataclass

from ._arguments import text
from ._declarations import usbx_replay_statistics, usbx_virtual
from ._library import lib
from .errors import check
from .handle import Handle


@dataclass(frozen=True)
class ReplayStatistics:
    """How a program and the recording that it uses as a device agree so far.

    transfers ended as recorded; departures ended with an error, as they were not in the recording or nothing was left for them; remaining
    are recorded, and the program has not asked for them. departure is a sentence about the first departure, and frame the number of the
    frame in the capture that it met; "" and 0 if there was none.
    """

    transfers: int
    departures: int
    remaining: int
    frame: int
    departure: str


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

    def replay_statistics(self) -> ReplayStatistics:
        """Of a recording: how far it has been played since it was plugged in. `NotSupported` for other devices."""
        counts, length, sentence = usbx_replay_statistics(), c_size_t(), create_string_buffer(2048)
        check(lib.usbx_virtual_replay_stats(self._token, byref(counts), sentence, len(sentence), byref(length)))
        departure = sentence.value.decode(errors="replace")
        return ReplayStatistics(counts.transfers, counts.departures, counts.remaining, counts.frame, departure)

    def unplug(self) -> None:
        """Unplugs the device, as if by hand: pending transfers end with `NoDevice`."""
        check(lib.usbx_virtual_unplug(self._token))
