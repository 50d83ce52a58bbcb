"""What goes through the library, as files for Wireshark."""

from __future__ import annotations

from ctypes import byref, c_size_t, sizeof
from dataclasses import dataclass
from os import PathLike, fsdecode

from ._arguments import number, text
from ._declarations import USBX_OK, usbx_capture, usbx_capture_options, usbx_capture_statistics
from ._library import lib
from .errors import InvalidParam, check
from .handle import Handle

_SIZE_BITS = 8 * sizeof(c_size_t)


@dataclass(frozen=True)
class CaptureStatistics:
    """What a capture has done so far. A transfer has two records: when it began and when it was complete."""

    #: Records that are in the file, or on the way there.
    records: int
    #: Bytes of the file.
    bytes: int
    #: Records that were lost: there was no memory left for them, or the file takes no more.
    dropped: int
    #: Records of a ring that newer ones replaced before they were written.
    replaced: int
    #: Transfers that failed; cancelled transfers, and those whose time was up, do not count.
    errors: int
    #: Devices that were seen.
    devices: int
    #: Whether the file takes no more; `close()` says why.
    failed: bool


class Capture(Handle):
    """Captures all that goes through the library from now on, of every device, to a pcapng file that Wireshark reads.

    `with pyusbx.Capture("traffic.pcapng"): ...` ends it with the block. `close()` raises `Overflow` if the file was slower than the
    traffic and lacks some of it, `Io` if it could not be written to the end.

    file: its name. device: the path of one device, or "" for all. snap_length: the maximum number of bytes of each transfer's data; 0 for
    all. ring: keeps the last so many bytes in memory and writes them when a transfer fails and at the end; 0 writes everything. memory:
    bytes for records that wait to be written; 0 for the library's choice.
    """

    _token: usbx_capture
    _closer = lib.usbx_capture_close

    def __init__(
        self,
        file: str | PathLike[str],
        *,
        device: str = "",
        snap_length: int = 0,
        ring: int = 0,
        memory: int = 0,
    ) -> None:
        token, options = usbx_capture(), usbx_capture_options()
        path = text("device", device)
        if len(path) >= usbx_capture_options.path.size:
            raise InvalidParam(f"device is {device!r}, and no device has a path of {len(path)} bytes")
        options.path = path
        options.snap_length = number("snap_length", snap_length, _SIZE_BITS)
        options.ring = number("ring", ring, _SIZE_BITS)
        options.memory = number("memory", memory, _SIZE_BITS)
        self.file = fsdecode(file)
        check(lib.usbx_capture_open(text("file", self.file), byref(options), byref(token)))
        super().__init__(token)

    def statistics(self) -> CaptureStatistics:
        """What it has done so far."""
        counts = usbx_capture_statistics()
        check(lib.usbx_capture_stats(self._token, byref(counts)))
        return CaptureStatistics(
            records=counts.records,
            bytes=counts.bytes,
            dropped=counts.dropped,
            replaced=counts.replaced,
            errors=counts.errors,
            devices=counts.devices,
            failed=counts.status != USBX_OK,
        )

    def __repr__(self) -> str:
        return f"<pyusbx.Capture {self.file}>"
