"""The library's built-in device `acquisition` (docs/acquisition.md) as a model in Python, and a program that takes samples from it.

    python acquisition.py            needs numpy
    python -m pyusbx.simulate acquisition.py -- your_program.py
"""

import asyncio
import threading
import time
import zlib
from collections.abc import Coroutine

import numpy

import pyusbx
from pyusbx import simulate

FRAME, SAMPLES, KEPT = 512, 62, 1024
HEADER = numpy.dtype([("magic", "S4"), ("sequence", "<u4"), ("samples", "<u2"), ("channels", "<u2")])
LAYOUT = numpy.dtype([("header", HEADER), ("data", "<i2", (SAMPLES, 4)), ("crc", "<u4")])
SINE = numpy.rint(30000 * numpy.sin(2 * numpy.pi * numpy.arange(1000) / 1000)).astype("<i2")
SQUARE = numpy.where(numpy.arange(1000) < 500, 20000, -20000).astype("<i2")
REPORTS = bytes.fromhex("06 00 ff 09 01 a1 01 05 09 19 01 29 08 15 00 25 01 75 01 95 08 81 02 c0")
HID = bytes([9, 0x21, 0x11, 0x01, 0, 1, 0x22, len(REPORTS), 0])


def frames(first: int, count: int, seed: int) -> bytes:
    """The frames from one sequence number on."""
    made = numpy.zeros(count, LAYOUT)
    made["header"] = (b"ACQ1", 0, SAMPLES, 4)
    made["header"]["sequence"] = (first + numpy.arange(count, dtype="u8")).astype("u4")
    n = numpy.arange(first * SAMPLES, (first + count) * SAMPLES, dtype="u8").reshape(count, SAMPLES)
    phase = n % numpy.uint64(1000)
    z = (numpy.uint64(seed << 32) ^ n) * numpy.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
    channels = (SINE[phase], (n - numpy.uint64(0x8000)).astype("u2"), SQUARE[phase], (z >> numpy.uint64(48)).astype("u2"))
    for channel, values in enumerate(channels):
        made["data"][:, :, channel] = values.view("<i2")
    raw = made.tobytes()
    made["crc"] = [zlib.crc32(raw[at : at + FRAME - 4]) for at in range(0, len(raw), FRAME)]
    return made.tobytes()


class Acquisition(simulate.Device):
    vendor_id, product_id = 0x1209, 0x0001
    manufacturer, product, serial = "usbx", "Virtual acquisition, 4 × 16 bit", "VIRT0001"
    alone, together = simulate.interface(0, 0), simulate.interface(0, 1)
    panel = simulate.interface(1, interface_class=3, extra=HID)
    more_descriptors = {(0x21, 0, 1): HID, (0x22, 0, 1): REPORTS}
    frames = simulate.bulk_in(0x81, interface=(alone, together))
    status = simulate.interrupt_in(0x82, packet=16, interval=7, interface=(alone, together))
    there = simulate.bulk_out(0x02, interface=(alone, together), room=512)
    back = simulate.bulk_in(0x83, interface=(alone, together))
    now = simulate.isochronous_in(0x85, packet=FRAME, interval=4, interface=together)
    buttons = simulate.interrupt_in(0x84, packet=8, interval=7, interface=panel)

    def __init__(self, serial: "str | None" = None) -> None:
        super().__init__(serial)
        self.lock = threading.RLock()  # handlers run on two threads: the plain ones, and those that wait
        self.plugged = time.monotonic()
        self.reported = 0
        self.on_reset()

    def on_reset(self) -> None:
        with self.lock:
            self.registers = bytearray(256)
            self.idle = self.rate = 0
            self.start_over(running=False)
            self.rate = 10_000

    def on_configured(self, configuration: int) -> None:
        self.on_reset()

    # Sampling

    def start_over(self, running: bool) -> None:
        self.running, self.since, self.seed = running, time.monotonic_ns(), int.from_bytes(self.registers[:4], "little")
        self.began = self.since
        self.settled = self.next = self.dropped = 0

    def made(self) -> int:
        """How many frames were made since the start."""
        if not self.running or not self.rate:
            return self.settled
        return self.settled + (time.monotonic_ns() - self.since) * self.rate // (SAMPLES * 1_000_000_000)

    def settle(self) -> None:
        self.settled, self.since = self.made(), time.monotonic_ns()

    def send_frames(self) -> bool:
        """Whether frames were there for the host."""
        with self.lock:
            if self.running and not self.rate:
                self.next += self.frames.offer(frames(self.next, 32, self.seed)) // FRAME
                self.settled = self.next
                return True
            made = self.made()
            late = max(0, made - self.next - KEPT)
            self.next, self.dropped = self.next + late, self.dropped + late
            if made == self.next:
                return False
            self.next += self.frames.offer(frames(self.next, min(made - self.next, 32), self.seed)) // FRAME
            return True

    @frames.wanted
    def on_frames(self) -> "Coroutine[None, None, None] | None":
        return None if self.send_frames() else self.frames_later()

    async def frames_later(self) -> None:
        while self.running and not self.send_frames():
            await asyncio.sleep(0.001)

    @simulate.vendor_request(1, "out", "device")
    def start(self, request: simulate.Setup) -> None:
        with self.lock:
            self.start_over(running=True)
        self.spawn(self.frames_later())  # the host may have asked before

    @simulate.vendor_request(2, "out", "device")
    def stop(self, request: simulate.Setup) -> None:
        with self.lock:
            self.settle()
            self.running = False

    @simulate.vendor_request(3, "out", "device")
    def set_rate(self, request: simulate.Setup) -> None:
        if request.length != 4:
            raise simulate.Stall
        with self.lock:
            self.settle()
            self.rate = int.from_bytes(request.data, "little")

    @simulate.vendor_request(3, "in", "device")
    def get_rate(self, request: simulate.Setup) -> bytes:
        return self.rate.to_bytes(4, "little")

    @simulate.vendor_request(4, None, "device")
    def register_block(self, request: simulate.Setup) -> "bytes | None":
        first, end = request.index, request.index + request.length
        if end > 256 or first > 255:
            raise simulate.Stall
        if request.is_in:
            return bytes(self.registers[first:end])
        self.registers[first:end] = request.data
        return None

    # The other endpoints

    @status.wanted
    async def report(self) -> None:
        while (number := int((time.monotonic() - self.plugged) * 100)) == self.reported:
            await asyncio.sleep(0.001)
        self.reported = number
        up = int((time.monotonic() - self.plugged) * 1000)
        with self.lock:
            made = self.made()
            numbers = made, self.dropped + max(0, made - self.next - KEPT), up
        head = (2500 + up // 1000 % 100).to_bytes(2, "little") + int(self.running).to_bytes(2, "little")
        self.status.offer(head + b"".join((number & 0xFFFFFFFF).to_bytes(4, "little") for number in numbers))

    @there.received
    def loop(self, packet: bytes) -> None:
        self.back.write(packet)
        if len(self.back) >= 128:
            self.there.pause()

    @back.sent
    def loop_on(self) -> None:
        self.there.resume()

    @now.wanted
    def of_this_millisecond(self) -> bytes:
        begins = self.now.interval_ns - self.began
        return frames(begins // 1_000_000, 1, self.seed) if self.running and begins >= 0 else b""

    # The panel

    @simulate.class_request(1, "in", "interface", value=0x0100, index=1)
    def get_report(self, request: simulate.Setup) -> bytes:
        return b"\0"

    @simulate.class_request(2, "in", "interface", index=1)
    def get_idle(self, request: simulate.Setup) -> bytes:
        return bytes([self.idle])

    @simulate.class_request(10, "out", "interface", index=1)
    def set_idle(self, request: simulate.Setup) -> None:
        self.idle = request.value >> 8


def main() -> None:
    with Acquisition() as model, pyusbx.open_path(model.path) as device, device.claim(0):
        device.control_write(0x40, 3, 0, 0, (50_000).to_bytes(4, "little"))
        device.control_write(0x40, 1, 0, 0)
        with device.stream(0x81, size=16 * FRAME) as stream:
            for chunk in stream:
                taken = numpy.frombuffer(chunk.data, LAYOUT)
                print(taken["header"]["sequence"][0], "means:", taken["data"].mean(axis=(0, 1)).round())
                del taken
                if chunk.sequence == 4:
                    break


if __name__ == "__main__":
    main()
