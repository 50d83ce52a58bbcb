"""usbx for Python: USB devices, with checked handles, exact byte counts, and errors that say what to do.

`devices()` lists devices, `open()` opens one, and `Device` transfers data; `Queue` does so for many transfers at once and with asyncio,
`Stream` continuously. `Watch` reports devices that are plugged in and unplugged, `Capture` writes the traffic to a file, and `Share`
lets other computers use devices. `remote_devices()` lists the devices of another computer, which open by their paths. A failure raises an
`Error`, whose text says what to do.
"""

from . import events
from ._library import LibraryError, lib
from .capture import Capture, CaptureStatistics
from .chunk import Chunk
from .claim import Claim
from .constants import Backend, Change, Fault, Memory, Speed, Type
from .device import Device, open, open_fd, open_path, usbip_open_fd
from .endpoint import Endpoint
from .errors import (
    Access,
    Busy,
    Cancelled,
    Closed,
    Error,
    Forked,
    Internal,
    Interrupted,
    InvalidHandle,
    InvalidParam,
    Io,
    NoDevice,
    NoMem,
    NotClaimed,
    NotFound,
    NotSupported,
    Other,
    Overflow,
    Pipe,
    Timeout,
)
from .handle import shutdown
from .info import DeviceInfo, descriptors, devices, remote_devices
from .interface import Interface
from .packet import Packet
from .queue import Queue
from .share import Share
from .statistics import Statistics
from .stream import Stream
from .transfer import Transfer
from .virtual import ReplayStatistics, VirtualDevice
from .watch import Event, Watch

__all__ = [
    "Access",
    "Backend",
    "Busy",
    "Cancelled",
    "Capture",
    "CaptureStatistics",
    "Change",
    "Chunk",
    "Claim",
    "Closed",
    "Device",
    "DeviceInfo",
    "Endpoint",
    "Error",
    "Event",
    "Fault",
    "Forked",
    "Interface",
    "Internal",
    "Interrupted",
    "InvalidHandle",
    "InvalidParam",
    "Io",
    "LibraryError",
    "Memory",
    "NoDevice",
    "NoMem",
    "NotClaimed",
    "NotFound",
    "NotSupported",
    "Other",
    "Overflow",
    "Packet",
    "Pipe",
    "Queue",
    "ReplayStatistics",
    "Share",
    "Speed",
    "Statistics",
    "Stream",
    "Timeout",
    "Transfer",
    "Type",
    "VirtualDevice",
    "Watch",
    "descriptors",
    "devices",
    "events",
    "open",
    "open_fd",
    "open_path",
    "remote_devices",
    "shutdown",
    "usbip_open_fd",
    "version",
]


def version() -> str:
    """The version of the loaded library, for example "0.1.0"."""
    text: bytes = lib.usbx_version()
    return text.decode()
