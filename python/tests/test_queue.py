"""Many transfers at once, with asyncio and without."""

from __future__ import annotations

import asyncio
import gc
import threading

import pytest
from conftest import ISOCHRONOUS, LOOPBACK_IN, LOOPBACK_OUT, REGISTERS, STATUS

import pyusbx


def test_awaiting(device: pyusbx.Device) -> None:
    async def main() -> None:
        with pyusbx.Queue() as queue:
            assert await queue.control_write(device, 0x40, REGISTERS, 0, 16, b"\xca\xfe") == 2
            assert await queue.control_read(device, 0xC0, REGISTERS, 0, 16, 2) == b"\xca\xfe"
            assert len(await queue.interrupt_read(device, STATUS, 16)) == 16
            buffer = bytearray(1024)
            read = queue.bulk_read_into(device, LOOPBACK_IN, buffer)
            assert not read.done and read.endpoint == LOOPBACK_IN
            assert await queue.bulk_write(device, LOOPBACK_OUT, b"hello") == 5
            assert (await read, buffer[:6]) == (5, b"hello\0")
            assert read.done and read.timestamp_ns > 0 and read.result() == 5

    asyncio.run(main())


def test_many_at_once_complete_in_their_order(device: pyusbx.Device) -> None:
    async def main() -> None:
        with pyusbx.Queue() as queue:
            reads = [queue.bulk_read(device, LOOPBACK_IN, 512) for _ in range(100)]
            writes = [queue.bulk_write(device, LOOPBACK_OUT, b"%d" % number) for number in range(100)]
            results = await asyncio.gather(*reads, *writes)
            assert results[:100] == [b"%d" % number for number in range(100)]

    asyncio.run(main())


def test_failures(device: pyusbx.Device) -> None:
    async def main() -> None:
        with pyusbx.Queue() as queue:
            with pytest.raises(pyusbx.InvalidParam, match="0x83 \\(bulk IN"):  # the library's sentence
                queue.bulk_read(device, 0x8F, 512)
            with pytest.raises(pyusbx.Pipe, match="control request 0xc0 0x63 .* of 1209:0001"):
                await queue.control_read(device, 0xC0, 0x63, 0, 0, 4)
            device.bulk_write(LOOPBACK_OUT, b"x" * 512)
            with pytest.raises(pyusbx.Timeout, match="512 of 4096 bytes") as caught:
                await queue.bulk_read(device, LOOPBACK_IN, 4096, timeout_ms=50)
            assert caught.value.data == b"x" * 512

    asyncio.run(main())


def test_cancelling_a_task_cancels_its_transfer(device: pyusbx.Device) -> None:
    """When the await has ended, nothing writes to the buffer; the exception has the data that arrived."""

    async def main() -> None:
        with pyusbx.Queue() as queue:
            buffer = bytearray(4096)
            transfer = queue.bulk_read_into(device, LOOPBACK_IN, buffer, timeout_ms=None)

            async def wait() -> int:
                return await transfer

            waiting = asyncio.create_task(wait())
            await queue.bulk_write(device, LOOPBACK_OUT, b"x" * 512)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            assert transfer.done and transfer.transferred == buffer.count(b"x") == 512
            with pytest.raises(pyusbx.Cancelled) as caught:
                transfer.result()
            assert caught.value.transferred == 512
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(queue.bulk_read(device, LOOPBACK_IN, 512, timeout_ms=None), 0.05)
            await queue.bulk_write(device, LOOPBACK_OUT, b"y" * 512)  # no cancelled read is left that would take it
            assert await queue.bulk_read(device, LOOPBACK_IN, 512) == b"y" * 512

    asyncio.run(main())


def test_memory_is_kept_until_the_completion(device: pyusbx.Device) -> None:
    """A transfer without a reference: its bytes may come at any time."""
    with pyusbx.Queue() as queue:
        buffer = bytearray(512)
        queue.bulk_read_into(device, LOOPBACK_IN, buffer, timeout_ms=None)
        gc.collect()
        with pytest.raises(BufferError):  # it cannot be moved meanwhile
            buffer.extend(b"more")
        device.bulk_write(LOOPBACK_OUT, b"came")
        (transfer,) = queue.wait(5000)
        assert (transfer.result(), buffer[:4]) == (4, b"came")
        del transfer
        buffer.extend(b"more")


def test_waiting_without_asyncio(device: pyusbx.Device) -> None:
    with pyusbx.Queue() as queue:
        with pytest.raises(pyusbx.Timeout):
            queue.wait(0)
        with pytest.raises(pyusbx.Timeout):
            queue.wait(20)
        reads = [queue.bulk_read(device, LOOPBACK_IN, 512) for _ in range(3)]
        with pytest.raises(pyusbx.InvalidParam, match="not done"):
            reads[0].result()
        for number in range(3):
            queue.bulk_write(device, LOOPBACK_OUT, bytes([number]))
        done: list[object] = []
        while len(done) < 6:
            done += queue.wait(5000)
        assert [read.result() for read in reads] == [b"\0", b"\1", b"\2"]
        assert all(read in done for read in reads)


def test_another_thread_may_take_what_a_task_awaits(device: pyusbx.Device) -> None:
    async def main() -> None:
        with pyusbx.Queue() as queue:
            read = queue.bulk_read(device, LOOPBACK_IN, 512)
            closed = (pyusbx.Closed, pyusbx.InvalidHandle)  # during the wait, or between two
            thread = threading.Thread(target=lambda: pytest.raises(closed, queue.wait))
            thread.start()
            asyncio.get_running_loop().call_later(0.05, device.bulk_write, LOOPBACK_OUT, b"x")
            assert await read == b"x"
        thread.join(10)
        assert not thread.is_alive()

    asyncio.run(asyncio.wait_for(main(), 20))


def test_isochronous(sampling: pyusbx.Device) -> None:
    sampling.set_alt_setting(0, 1)

    async def main() -> None:
        with pyusbx.Queue() as queue:
            transfers = [queue.isochronous_read(sampling, ISOCHRONOUS, [512] * 8) for _ in range(4)]
            packets = [packet for packets in await asyncio.gather(*transfers) for packet in packets]
            assert len(packets) == 32 and all(packet.error is None for packet in packets)
            assert any(packet.data[:4] == b"ACQ1" for packet in packets)

    asyncio.run(main())


def test_closing_ends_what_is_pending_with_its_count(device: pyusbx.Device) -> None:
    async def main() -> None:
        queue = pyusbx.Queue()
        buffer = bytearray(4096)
        awaited = asyncio.ensure_future(wait(queue.bulk_read_into(device, LOOPBACK_IN, buffer, timeout_ms=None)))
        await queue.bulk_write(device, LOOPBACK_OUT, b"x" * 1024)
        queue.close()
        with pytest.raises(pyusbx.Cancelled) as caught:
            await awaited
        assert caught.value.transferred == 1024 == buffer.count(b"x")

    async def wait(transfer: "pyusbx.Transfer[int]") -> int:
        return await transfer

    asyncio.run(asyncio.wait_for(main(), 20))


def test_a_forgotten_queue_takes_its_transfers_along(device: pyusbx.Device) -> None:
    queue = pyusbx.Queue()
    queue.bulk_read(device, LOOPBACK_IN, 512, timeout_ms=None)
    with pytest.warns(ResourceWarning, match="unclosed <pyusbx.Queue"):
        del queue
        gc.collect()
    device.bulk_write(LOOPBACK_OUT, b"mine")
    assert device.bulk_read(LOOPBACK_IN, 512) == b"mine"
