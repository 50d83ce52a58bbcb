"""A device with endpoints and requests of each kind, for the tests of `pyusbx.simulate`."""

from __future__ import annotations

import asyncio

from pyusbx import simulate
from pyusbx.simulate import Setup, Stall

panel = simulate.interface(1, interface_class=3, name="Panel", extra=bytes([9, 0x21, 0x11, 1, 0, 1, 0x22, 4, 0]))
idle, moving = simulate.interface(0, 0), simulate.interface(0, 1)


class Echo(simulate.Device):
    vendor_id, product_id, manufacturer, product, serial = 0x1209, 0x0002, "Maker", "Echo", {0x409: "one", 0x407: "eins"}
    more_descriptors = {(0x22, 0, 1): b"\x05\x01\xc0\xc0"}
    idle, moving, panel = idle, moving, panel
    back = simulate.bulk_in(0x81, interface=(idle, moving))
    there = simulate.bulk_out(0x02, interface=(idle, moving))
    ticks = simulate.isochronous_in(0x83, packet=100, interface=moving)
    sound = simulate.isochronous_out(0x04, packet=100, interface=moving)
    keys = simulate.interrupt_in(0x85, packet=8, interface=panel)

    def __init__(self, serial: str | None = None) -> None:
        super().__init__(serial)
        self.kept = b""
        self.played: list[bytes] = []
        self.seen: list[object] = []

    @there.received
    def echo(self, data: bytes) -> None:
        self.back.write(data)

    @sound.received
    def play(self, data: bytes) -> None:
        self.played.append(data)

    @ticks.wanted
    def tick(self) -> list[bytes]:
        return [b"tick"] * 8

    @simulate.vendor_request(1, "in")
    @simulate.vendor_request(1, "out")
    def register(self, request: Setup) -> bytes | None:
        if request.is_in:
            return self.kept
        self.kept = request.data
        return None

    @simulate.vendor_request(2, "in", "interface")
    async def slow(self, request: Setup) -> bytes:
        await asyncio.sleep(request.value / 1000)
        return request.value.to_bytes(2, "little")

    @simulate.vendor_request(3)
    def refused(self, request: Setup) -> None:
        raise Stall

    @simulate.class_request(10, "in", value=7)
    def seven(self, request: Setup) -> bytes:
        return b"seven"

    @simulate.class_request(10, "in")
    def other(self, request: Setup) -> bytes:
        return b"other"

    def on_alt_setting(self, interface: int, alternate: int) -> None:
        self.seen.append((interface, alternate))

    async def on_closed(self) -> None:
        self.seen.append("closed")
