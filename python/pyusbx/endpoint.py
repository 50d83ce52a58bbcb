"""An endpoint, as the device describes it."""

from __future__ import annotations

from dataclasses import dataclass

from ._declarations import usbx_endpoint
from .constants import Type


@dataclass(frozen=True)
class Endpoint:
    """An endpoint of the active configuration (USB 2.0 section 9.6.6, USB 3.2 section 9.6.7)."""

    #: bEndpointAddress: bit 7 is set for IN, device to host.
    address: int
    type: Type
    #: The interface it belongs to; claim that with `Device.claim`.
    interface_number: int
    #: The alternate setting it belongs to; if not 0, select that with `Device.set_alt_setting`.
    alt_setting: int
    #: Bytes in a packet.
    max_packet_size: int
    #: Packets in one service interval.
    packets_per_interval: int
    #: bInterval as the device gives it: milliseconds at low and full speed, 2^(n-1) x 125 us above.
    interval: int
    #: Bytes in one service interval.
    max_bytes_per_interval: int

    @property
    def is_in(self) -> bool:
        """Whether it is an IN endpoint, device to host."""
        return bool(self.address & 0x80)

    def room(self, length: int) -> int:
        """The number of bytes, rounded up to whole packets: a packet that is larger than the rest of a read causes `Overflow`."""
        packet = max(self.max_packet_size, 1)
        return -(-length // packet) * packet


def described(endpoint: usbx_endpoint) -> Endpoint:
    return Endpoint(
        address=endpoint.address,
        type=Type(endpoint.type),
        interface_number=endpoint.interface_number,
        alt_setting=endpoint.alt_setting,
        max_packet_size=endpoint.max_packet_size,
        packets_per_interval=endpoint.packets_per_interval,
        interval=endpoint.interval,
        max_bytes_per_interval=endpoint.max_bytes_per_interval,
    )
