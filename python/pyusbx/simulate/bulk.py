"""A vendor-specific device with a bulk endpoint in each direction: the form of most instruments with a protocol of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .declare import bulk_in, bulk_out
from .device import Device

if TYPE_CHECKING:
    from typing_extensions import Buffer


class BulkDevice(Device):
    """A device with 0x81 IN and 0x02 OUT. Override `received`, and call `write`."""

    product_id = 0x0010
    input = bulk_in(0x81)
    output = bulk_out(0x02)

    @output.received
    def _on_output(self, data: bytes) -> Any:
        return self.received(data)

    def received(self, data: bytes) -> Any:
        """The host sent data: a transfer, or a part of a long one. It may be an `async def`."""

    def write(self, data: Buffer) -> None:
        """Queues data for the host, ended so that the host sees where: by a short packet, or a zero-length one."""
        self.input.write(data, zero_packet=True)
