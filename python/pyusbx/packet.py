"""The packets of an isochronous transfer."""

from __future__ import annotations

from ctypes import Array
from dataclasses import dataclass

from ._declarations import USBX_OK, usbx_packet
from .errors import Error, error, text


@dataclass(frozen=True)
class Packet:
    """The outcome of one packet."""

    #: Bytes to send, or room to receive.
    length: int
    #: Bytes that moved.
    transferred: int
    #: USBX_OK (0), or what happened to this packet alone; USBX_ERROR_CANCELLED if it was never on the bus.
    status: int
    #: The bytes received; b"" for a packet that was sent.
    data: bytes = b""

    @property
    def error(self) -> Error | None:
        """Why the packet failed; None if it did not."""
        return None if self.status == USBX_OK else error(self.status, f"isochronous packet: {text(self.status)}")


def table(lengths: list[int]) -> Array[usbx_packet]:
    """The packets to pass to the library."""
    packets = (usbx_packet * len(lengths))()
    for packet, length in zip(packets, lengths):
        packet.length = length
    return packets


def received(packets: Array[usbx_packet], place: memoryview) -> list[Packet]:
    """Each packet with its bytes; `length` bytes of the buffer belong to it."""
    found, at = [], 0
    for packet in packets:
        data = bytes(place[at : at + packet.transferred])
        found.append(Packet(packet.length, packet.transferred, packet.status, data))
        at += packet.length
    return found


def sent(packets: Array[usbx_packet]) -> list[Packet]:
    return [Packet(packet.length, packet.transferred, packet.status) for packet in packets]
