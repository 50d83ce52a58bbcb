"""What a stream has done."""

from __future__ import annotations

from dataclasses import dataclass

from ._declarations import usbx_stream_statistics
from .constants import Memory


@dataclass(frozen=True)
class Statistics:
    #: Bytes that moved.
    bytes: int
    #: Transfers that completed.
    transfers: int
    #: Transfers IN that a short packet ended.
    short_packets: int
    #: Transfers that ended with `Pipe`.
    stalls: int
    #: Transfers that ended with `Overflow`.
    overflows: int
    #: Transfers that failed otherwise; cancelled ones, and those of an unplugged device, do not count.
    other_errors: int
    #: How often no transfer was in flight because the reader was late: the device had to wait.
    device_waits: int
    #: The most chunks that waited for the reader.
    deepest_backlog: int
    #: Isochronous packets IN that were asked for.
    packets: int
    #: Isochronous packets IN that were lost.
    lost_packets: int
    #: Transfers in flight at the most, as it turned out.
    depth: int
    #: Bytes in one transfer.
    size: int
    memory: Memory


def described(counts: usbx_stream_statistics) -> Statistics:
    return Statistics(
        bytes=counts.bytes,
        transfers=counts.transfers,
        short_packets=counts.short_packets,
        stalls=counts.stalls,
        overflows=counts.overflows,
        other_errors=counts.other_errors,
        device_waits=counts.device_waits,
        deepest_backlog=counts.deepest_backlog,
        packets=counts.packets,
        lost_packets=counts.lost_packets,
        depth=counts.depth,
        size=counts.size,
        memory=Memory(counts.memory),
    )
