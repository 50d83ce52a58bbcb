"""The statistics of a stream."""

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
    #: IN transfers that a short packet ended.
    short_packets: int
    #: Transfers that ended with `Pipe`.
    stalls: int
    #: Transfers that ended with `Overflow`.
    overflows: int
    #: Transfers that failed in another way; cancelled transfers, and those of an unplugged device, do not count.
    other_errors: int
    #: How often the reader was so late that no transfer was in flight and the device had to wait.
    device_waits: int
    #: Maximum number of chunks that waited for the reader.
    deepest_backlog: int
    #: Isochronous IN packets that were requested.
    packets: int
    #: Isochronous IN packets that were lost.
    lost_packets: int
    #: Maximum number of transfers in flight that the stream uses.
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
