"""A data logger with a protocol of its own on bulk endpoints, and a program of pyusbx that talks to it.

    python bulk_instrument.py
"""

import asyncio

import pyusbx
from pyusbx import simulate
from pyusbx.simulate import bulk

GET_COUNT, SET_RATE = 1, 2


class Logger(bulk.BulkDevice):
    """Commands by OUT, records by IN, settings by vendor requests."""

    vendor_id, product_id = 0x1209, 0x0010
    manufacturer, product = "usbx", "Logger"

    def __init__(self) -> None:
        super().__init__()
        self.records = [f"record {number}".encode() for number in range(1000)]
        self.rate = 10

    @simulate.vendor_request(GET_COUNT, "in")
    def count(self, request: simulate.Setup) -> bytes:
        return len(self.records).to_bytes(4, "little")

    @simulate.vendor_request(SET_RATE, "out")
    def set_rate(self, request: simulate.Setup) -> None:
        if not 1 <= request.value <= 1000:
            raise simulate.Stall
        self.rate = request.value

    async def received(self, data: bytes) -> None:
        first, last = (int(number) for number in data.split(b"-"))
        for record in self.records[first : last + 1]:
            await asyncio.sleep(1 / self.rate)
            self.write(record)


def main() -> None:
    with Logger() as logger, pyusbx.open_path(logger.path) as device, device.claim(0):
        print(int.from_bytes(device.control_read(0xC0, GET_COUNT, 0, 0, 4), "little"), "records")
        device.control_write(0x40, SET_RATE, 500, 0)
        try:
            device.control_write(0x40, SET_RATE, 0, 0)
        except pyusbx.Pipe as refused:
            print(refused)
        device.bulk_write(0x02, b"20-23")
        for _ in range(4):
            print(device.bulk_read(0x81, 512).decode())


if __name__ == "__main__":
    main()
