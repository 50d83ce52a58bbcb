"""Continuous data: chunks lent without a copy, which no stale reference outlives."""

from __future__ import annotations

import asyncio
import gc
import threading
from ctypes import byref

import numpy
import pytest
from conftest import FRAMES, ISOCHRONOUS, LOOPBACK_IN, LOOPBACK_OUT, RATE, START, STOP, sequence_numbers

import pyusbx
from pyusbx._declarations import USBX_ERROR_INVALID_HANDLE, usbx_stream_statistics
from pyusbx._library import lib


def test_frames_come_in_order_and_none_is_missing(sampling: pyusbx.Device) -> None:
    numbers: list[int] = []
    with sampling.stream(FRAMES, size=16 * 512, depth=4) as stream:
        for chunk in stream:
            assert (len(chunk), chunk.status, chunk.error, chunk.packets) == (16 * 512, 0, None, [])
            numbers += sequence_numbers(chunk.data)
            if chunk.sequence == 99:
                break
        statistics = stream.statistics()
    assert numbers == list(range(1600))
    assert (statistics.size, statistics.depth) == (16 * 512, 4)
    assert statistics.bytes >= 1600 * 512


def test_a_chunk_is_no_copy_and_for_reading_only(sampling: pyusbx.Device) -> None:
    with sampling.stream(FRAMES) as stream:
        chunk = stream.next()
        array = numpy.frombuffer(chunk.data, dtype="<i2")
        address = array.__array_interface__["data"][0]
        assert numpy.frombuffer(chunk.data, dtype="u1").__array_interface__["data"][0] == address
        assert array.size * 2 == len(chunk) and not array.flags.writeable
        with pytest.raises(TypeError):
            chunk.data[0] = 1


def test_a_chunk_ends_with_the_next_call(sampling: pyusbx.Device) -> None:
    with sampling.stream(FRAMES) as stream:
        chunk = stream.next()
        kept = bytes(chunk)
        view = chunk.data
        after = stream.next()
        with pytest.raises(ValueError, match="released"):
            view[0]
        with pytest.raises(ValueError, match="released"):
            bytes(chunk)
        assert sequence_numbers(after.data)[0] == sequence_numbers(kept)[-1] + 1
        stream.read(512)
        with pytest.raises(ValueError, match="released"):
            after.data[0]


@pytest.mark.parametrize(
    "borrow",
    [
        lambda data: data[10:20],
        lambda data: memoryview(data),
        lambda data: numpy.frombuffer(data, dtype="<i2"),
        lambda data: numpy.frombuffer(data, dtype="u1").reshape(-1, 512)[:, 12:508],
    ],
    ids=["slice", "memoryview", "array", "view of an array"],
)
def test_what_is_still_in_use_is_not_taken_away(sampling: pyusbx.Device, borrow) -> None:  # type: ignore[no-untyped-def]
    with sampling.stream(FRAMES) as stream:
        last = sequence_numbers(stream.next().data)[-1]
        borrowed = borrow(stream.next().data)
        seen = bytes(borrowed)
        for refused in stream.next, lambda: stream.read(512):
            with pytest.raises(BufferError, match="still in use"):
                refused()
        assert bytes(borrowed) == seen
        borrowed = bytes(borrowed)
        chunk = stream.next()  # and nothing was lost
        assert (sequence_numbers(chunk.data)[0] - last - 1) * 512 == len(chunk)


def test_an_array_outlives_the_stream_it_came_from(sampling: pyusbx.Device) -> None:
    stream = sampling.stream(FRAMES)
    array = numpy.frombuffer(stream.next().data, dtype="u1")
    seen = bytes(array)
    stream.close()
    assert stream.closed
    with pytest.raises(pyusbx.InvalidHandle):  # as far as its user can tell
        stream.next()
    sampling.close()
    assert bytes(array) == seen
    counts = usbx_stream_statistics()
    assert lib.usbx_stream_stats(stream._token, byref(counts)) == 0  # its memory is there still
    del array
    gc.collect()
    assert lib.usbx_stream_stats(stream._token, byref(counts)) == USBX_ERROR_INVALID_HANDLE


def test_reading_as_from_a_file(sampling: pyusbx.Device) -> None:
    with sampling.stream(FRAMES) as stream:
        data = b""
        while len(data) < 10 * 512:
            data += stream.read(min(1000, 10 * 512 - len(data)))
        array = numpy.zeros(512, dtype="u1")
        assert stream.read_into(array) == 512
    assert sequence_numbers(data + bytes(array)) == list(range(11))


def test_what_an_interrupted_call_had_fetched_is_the_next_ones(sampling: pyusbx.Device) -> None:
    with sampling.stream(FRAMES, size=512) as stream:
        assert stream._fetch(1000) == 0
        assert stream.next().sequence == 0
        assert stream._fetch(1000) == 0
        data = stream.read(100) + stream.read(412) + stream.read(512)
        assert sequence_numbers(data) == [1, 2]


def test_time_is_up(device: pyusbx.Device) -> None:
    with device.stream(LOOPBACK_IN, size=8 * 512) as stream:
        for timeout_ms in 0, 30:
            with pytest.raises(pyusbx.Timeout):
                stream.next(timeout_ms)
        device.bulk_write(LOOPBACK_OUT, b"x" * 512)
        assert len(stream.next(100)) == 512  # of a transfer that is not full
        in_thread: list[int] = []
        device.bulk_write(LOOPBACK_OUT, b"y" * 512)
        reader = threading.Thread(target=lambda: in_thread.append(len(stream.next(100))))
        reader.start()
        reader.join()
        assert in_thread == [512]


def test_writing(device: pyusbx.Device) -> None:
    sent = bytes(range(256)) * 64
    with device.stream(LOOPBACK_OUT, size=1024) as out:
        assert out.write(sent) == len(sent)
        room = out.space()
        room[:4] = b"last"
        out.commit(4)
        with pytest.raises(ValueError, match="released"):
            room[0]
        out.flush()
        assert out.statistics().bytes == len(sent) + 4
    assert device.bulk_read(LOOPBACK_IN, len(sent) + 512) == sent + b"last"


def test_a_writer_is_told_what_was_taken(device: pyusbx.Device) -> None:
    with device.stream(LOOPBACK_OUT, size=1024, depth=2) as out:
        with pytest.raises(pyusbx.Timeout) as caught:
            out.write(bytes(1024 * 1024), timeout_ms=50)  # the device holds 128 packets
        assert 128 * 512 <= caught.value.transferred < 1024 * 1024
        with pytest.raises(pyusbx.Timeout):
            out.flush(timeout_ms=20)


def test_isochronous_packets(sampling: pyusbx.Device) -> None:
    sampling.set_alt_setting(0, 1)
    with sampling.stream(ISOCHRONOUS) as stream:
        chunk = stream.next()
        assert sum(packet.transferred for packet in chunk.packets) == len(chunk)
        assert all(packet.error is None for packet in chunk.packets)
        assert stream.statistics().packets >= len(chunk.packets) > 0


def test_closing_ends_iteration_in_another_thread(device: pyusbx.Device) -> None:
    stream = device.stream(LOOPBACK_IN)
    device.bulk_write(LOOPBACK_OUT, b"x")
    came: list[int] = []
    first = threading.Event()

    def read() -> None:
        for chunk in stream:
            came.append(len(chunk))
            first.set()

    reader = threading.Thread(target=read)
    reader.start()
    assert first.wait(10)
    stream.close()
    reader.join(10)
    assert not reader.is_alive() and came == [1]


def test_unplugging_raises_after_the_last_chunk(plugged: pyusbx.VirtualDevice, device: pyusbx.Device) -> None:
    with device.stream(LOOPBACK_IN) as stream:
        device.bulk_write(LOOPBACK_OUT, b"last words")
        chunks = iter(stream)
        assert bytes(next(chunks)) == b"last words"
        plugged.unplug()
        with pytest.raises(pyusbx.NoDevice):
            next(chunks)


def test_async_iteration_leaves_others_their_turn(sampling: pyusbx.Device) -> None:
    async def read(stream: pyusbx.Stream) -> list[int]:
        numbers: list[int] = []
        async for chunk in stream:
            numbers += sequence_numbers(chunk.data)
            if chunk.sequence == 49:
                return numbers
        raise AssertionError

    async def tick(turns: list[int]) -> None:
        while True:
            turns.append(1)
            await asyncio.sleep(0)

    async def main() -> None:
        turns: list[int] = []
        ticking = asyncio.create_task(tick(turns))
        with sampling.stream(FRAMES, size=512) as stream:
            assert await read(stream) == list(range(50))
        ticking.cancel()
        assert len(turns) >= 49

    asyncio.run(main())


def test_async_waits_have_a_time_and_end_with_close(device: pyusbx.Device) -> None:
    async def main() -> None:
        with device.stream(LOOPBACK_IN, size=8 * 512) as stream:
            with pytest.raises(pyusbx.Timeout):
                await stream.next_async(timeout_ms=30)
            device.bulk_write(LOOPBACK_OUT, b"x" * 512)
            assert len(await stream.next_async(timeout_ms=100)) == 512
            loop = asyncio.get_running_loop()
            loop.call_later(0.05, device.bulk_write, LOOPBACK_OUT, b"late")
            assert bytes(await stream.next_async()) == b"late"
            loop.call_later(0.05, stream.close)
            assert [chunk async for chunk in stream] == []

    asyncio.run(asyncio.wait_for(main(), 20))


def test_one_user_at_a_time(sampling: pyusbx.Device) -> None:
    sampling.control_write(0x40, STOP, 0, 0)

    async def main() -> None:
        with sampling.stream(LOOPBACK_IN) as stream:
            waiting = asyncio.create_task(stream.next_async())
            await asyncio.sleep(0)
            with pytest.raises(pyusbx.Timeout, match="another thread or task"):
                await stream.next_async()
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            sampling.bulk_write(LOOPBACK_OUT, b"!")
            assert bytes(await stream.next_async()) == b"!"

    asyncio.run(main())


def test_an_error_in_the_middle_does_not_end_it(virtual: pyusbx.VirtualDevice, device: pyusbx.Device) -> None:
    virtual.fault(FRAMES, pyusbx.Fault.STATUS, nth=4, bytes=512)
    device.control_write(0x40, RATE, 0, 0, (0).to_bytes(4, "little"))
    with device.stream(FRAMES, size=1024, depth=4, keep_going=True) as stream:
        device.control_write(0x40, START, 0, 0)
        numbers: list[int] = []
        failed = []
        for chunk in stream:
            numbers += sequence_numbers(chunk.data)
            if chunk.error is not None:
                failed.append((type(chunk.error), len(chunk)))
            if len(numbers) >= 40:
                break
        assert numbers == list(range(len(numbers)))
        assert failed == [(pyusbx.Io, 512)]  # what came before the error, in its place
        assert stream.statistics().other_errors == 1


def test_a_flush_may_end_with_an_empty_packet(device: pyusbx.Device) -> None:
    with device.stream(LOOPBACK_OUT, zero_packet=True) as stream:
        stream.write(bytes(512))
        stream.flush(5000)
        assert device.bulk_read(LOOPBACK_IN, 4096) == bytes(512)
    with pytest.raises(pyusbx.InvalidParam, match="OUT"):
        device.stream(LOOPBACK_IN, zero_packet=True)
    with device.stream(LOOPBACK_IN, keep_going=True) as stream:
        device.bulk_write(LOOPBACK_OUT, b"!")
        assert stream.read(512, 5000) == b"!"
