"""How fast a model in Python moves data: MB/s through a bulk endpoint in each direction, and the time of a control request.

    make stage && USBX_LIBRARY=target/stage/lib/libusbx.so.0 PYTHONPATH=python python3 benches/python_model.py

The host's side is a stream of the library, in the same process: both share Python's lock.
"""

from __future__ import annotations

import sys
from time import perf_counter

import pyusbx
from pyusbx import simulate

SIZE = 64 * 1024


class Source(simulate.Device):
    back = simulate.bulk_in(0x81)
    there = simulate.bulk_out(0x02)
    data = bytes(range(256)) * (SIZE // 256)
    received = 0

    @back.wanted
    def more(self) -> list[bytes]:
        return [self.data] * 8

    @there.received
    def take(self, data: bytes) -> None:
        self.received += len(data)

    @simulate.vendor_request(1, "in")
    def answer(self, request: simulate.Setup) -> bytes:
        return b"12345678"


def reading(device: pyusbx.Device, megabytes: int) -> float:
    buffer = bytearray(SIZE)
    with device.stream(0x81, size=SIZE, depth=8) as stream:
        begin = perf_counter()
        for _ in range(megabytes * 16):
            stream.read_into(buffer)
        return megabytes * 1.048576 / (perf_counter() - begin)


def writing(device: pyusbx.Device, megabytes: int) -> float:
    data = bytes(SIZE)
    with device.stream(0x02, size=SIZE, depth=8) as stream:
        begin = perf_counter()
        for _ in range(megabytes * 16):
            stream.write(data)
        stream.flush()
        return megabytes * 1.048576 / (perf_counter() - begin)


def blocking(device: pyusbx.Device, megabytes: int) -> float:
    begin = perf_counter()
    for _ in range(megabytes * 16):
        device.bulk_read(0x81, SIZE)
    return megabytes * 1.048576 / (perf_counter() - begin)


def requests(device: pyusbx.Device, count: int) -> float:
    begin = perf_counter()
    for _ in range(count):
        device.control_read(0xC0, 1, 0, 0, 8)
    return (perf_counter() - begin) / count * 1e6


def main() -> None:
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    with Source() as model, pyusbx.open_path(model.path) as device, device.claim(0):
        for name, measure in (("stream, IN", reading), ("stream, OUT", writing), ("blocking reads of 64 KiB", blocking)):
            measure(device, megabytes // 10)
            print(f"{name:28} {sorted(measure(device, megabytes // 5) for _ in range(5))[2]:8.0f} MB/s")
        print(f"{'control request of 8 bytes':28} {sorted(requests(device, 2000) for _ in range(5))[2]:8.1f} µs")


if __name__ == "__main__":
    main()
