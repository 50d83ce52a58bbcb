"""Acquires the samples of the virtual device continuously, as numpy arrays without a copy, alongside another task.

    USBX_VIRTUAL=acquisition python stream.py
"""

import asyncio

import numpy

import pyusbx

FRAME = numpy.dtype([("magic", "S4"), ("sequence", "<u4"), ("counts", "<u2", 2), ("samples", "<i2", (62, 4)), ("crc", "<u4")])


async def acquire(device: pyusbx.Device, frames: int) -> None:
    expected = 0
    with device.stream(0x81, size=16 * FRAME.itemsize) as stream:
        async for chunk in stream:
            # The chunk's memory belongs to the library and is valid until the next chunk: keep results, not the array.
            means, numbers = averages(numpy.frombuffer(chunk.data, FRAME))
            if (numbers != numpy.arange(expected, expected + len(numbers))).any():
                raise SystemExit(f"frames were lost before {numbers[0]}")
            expected += len(numbers)
            print(f"{expected:6} frames, means of the four channels:", *(f"{mean:9.1f}" for mean in means))
            if expected >= frames:
                return


def averages(frames: numpy.ndarray) -> "tuple[numpy.ndarray, numpy.ndarray]":
    return frames["samples"].mean(axis=(0, 1)), frames["sequence"].copy()


async def main() -> None:
    with pyusbx.open(0x1209, 0x0001) as device, device.claim(0), pyusbx.Queue() as queue:
        await queue.control_write(device, 0x40, 0x03, 0, 0, (50_000).to_bytes(4, "little"))  # samples per second
        await queue.control_write(device, 0x40, 0x01, 0, 0)
        reading = asyncio.create_task(acquire(device, 400))
        status = await queue.interrupt_read(device, 0x82, 16)
        print(f"{int.from_bytes(status[:2], 'little', signed=True) / 100} °C")
        await reading


asyncio.run(main())
