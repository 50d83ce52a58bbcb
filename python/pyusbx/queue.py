"""A completion queue: many transfers at once, for one device or several, without a thread."""

from __future__ import annotations

import itertools
import os
import threading
from collections import deque
from ctypes import byref, c_int32, c_size_t
from typing import TYPE_CHECKING, Any, Sequence, TypeVar

from . import _waiting
from . import request as requests
from ._arguments import transfer_time
from ._declarations import USBX_ERROR_CLOSED, USBX_ERROR_TIMEOUT, USBX_NO_WAIT, USBX_OK, usbx_completion, usbx_queue
from ._library import lib
from .constants import Type
from .errors import check
from .handle import Handle
from .packet import Packet
from .request import Request
from .transfer import Transfer

if TYPE_CHECKING:
    import asyncio

    from typing_extensions import Buffer

    from .device import Device

T = TypeVar("T")

BATCH = 64
Completions = usbx_completion * BATCH


class Queue(Handle):
    """A completion queue. Its methods have the names of the device's methods, and start a transfer. With asyncio, await it:
    `data = await queue.bulk_read(device, 0x81, 512)`. Without asyncio, wait for the queue: `for transfer in queue.wait():`. Use a queue
    for one or the other. Transfers of one endpoint complete in the order in which they were started, unless one is cancelled or the
    system ends them, as when the device is unplugged. Any thread may use a queue.

    Closing it cancels what is pending. Time limits are as for the device's methods.
    """

    _token: usbx_queue
    _closer = lib.usbx_queue_close

    def __init__(self) -> None:
        token = usbx_queue()
        check(lib.usbx_queue_open(byref(token)))
        super().__init__(token)
        self._keys = itertools.count(1)
        self._pending: dict[int, Transfer[Any]] = {}
        self._arrived: deque[usbx_completion] = deque()
        self._finished: dict[Transfer[Any], None] = {}
        self._attending: dict[asyncio.AbstractEventLoop, list[int]] = {}
        self._state = threading.RLock()

    def __repr__(self) -> str:
        return f"<pyusbx.Queue, {len(self._pending)} pending>"

    # Starting transfers

    def control_read(
        self, device: Device, request_type: int, request: int, value: int, index: int, length: int, timeout_ms: int | None = 1000
    ) -> Transfer[bytes]:
        return self._submit(device, requests.control_read(request_type, request, value, index, length), timeout_ms)

    def control_write(
        self,
        device: Device,
        request_type: int,
        request: int,
        value: int,
        index: int,
        data: Buffer = b"",
        timeout_ms: int | None = 1000,
    ) -> Transfer[int]:
        return self._submit(device, requests.control_write(request_type, request, value, index, data), timeout_ms)

    def bulk_read(
        self, device: Device, endpoint: int, length: int, timeout_ms: int | None = 1000, *, stream: int = 0
    ) -> Transfer[bytes]:
        """stream: which one of the endpoint's bulk streams (USB 3), from 1; see `Device.bulk_streams_alloc`."""
        return self._submit(device, requests.read(Type.BULK, endpoint, length, stream), timeout_ms)

    def bulk_read_into(
        self, device: Device, endpoint: int, buffer: Buffer, timeout_ms: int | None = 1000, *, stream: int = 0
    ) -> Transfer[int]:
        return self._submit(device, requests.read_into(Type.BULK, endpoint, buffer, stream), timeout_ms)

    def bulk_write(
        self,
        device: Device,
        endpoint: int,
        data: Buffer,
        timeout_ms: int | None = 1000,
        *,
        zero_packet: bool = False,
        stream: int = 0,
    ) -> Transfer[int]:
        """zero_packet: ends it with a zero-length packet if its length is a multiple of the packet size."""
        return self._submit(device, requests.write(Type.BULK, endpoint, data, zero_packet, stream), timeout_ms)

    def interrupt_read(self, device: Device, endpoint: int, length: int, timeout_ms: int | None = 1000) -> Transfer[bytes]:
        return self._submit(device, requests.read(Type.INTERRUPT, endpoint, length), timeout_ms)

    def interrupt_read_into(self, device: Device, endpoint: int, buffer: Buffer, timeout_ms: int | None = 1000) -> Transfer[int]:
        return self._submit(device, requests.read_into(Type.INTERRUPT, endpoint, buffer), timeout_ms)

    def interrupt_write(
        self, device: Device, endpoint: int, data: Buffer, timeout_ms: int | None = 1000, *, zero_packet: bool = False
    ) -> Transfer[int]:
        """zero_packet: ends it with a zero-length packet if its length is a multiple of the packet size."""
        return self._submit(device, requests.write(Type.INTERRUPT, endpoint, data, zero_packet), timeout_ms)

    def isochronous_read(
        self, device: Device, endpoint: int, lengths: Sequence[int], timeout_ms: int | None = 1000
    ) -> Transfer[list[Packet]]:
        return self._submit(device, requests.isochronous_read(endpoint, lengths), timeout_ms)

    def isochronous_write(
        self, device: Device, endpoint: int, packets: Sequence[Buffer], timeout_ms: int | None = 1000
    ) -> Transfer[list[Packet]]:
        return self._submit(device, requests.isochronous_write(endpoint, packets), timeout_ms)

    def _submit(self, device: Device, request: Request[T], timeout_ms: int | None) -> Transfer[T]:
        time = transfer_time(timeout_ms)
        key = next(self._keys)
        transfer = Transfer(self, device, request)
        self._pending[key] = transfer  # before it can complete, and until then: it keeps the memory
        status = lib.usbx_submit(device._token, self._token, byref(request.transfer(time, key)), byref(transfer._id))
        if status != USBX_OK:
            del self._pending[key]
            check(status)
        return transfer

    # Completions

    def wait(self, timeout_ms: int | None = None) -> list[Transfer[Any]]:
        """Waits until transfers are done and returns those that no task awaits, oldest first. `Timeout` if there are none in that time;
        0 returns at once."""
        finished: dict[Transfer[Any], None] = {}
        try:
            while not finished:
                check(_waiting.take(self._find, self.fileno, timeout_ms))
                with self._state:
                    finished, self._finished = self._finished, finished
            return list(finished)
        except BaseException:  # Ctrl-C
            self._finished.update(finished)
            raise

    def cancel(self) -> None:
        """Cancels everything that is pending. The transfers still have to be awaited or waited for."""
        self._cancel(0)

    def fileno(self) -> int:
        """A file descriptor for select, poll and event loops: readable when `wait(0)` should be called."""
        fd = c_int32()
        check(lib.usbx_queue_fd(self._token, byref(fd)))
        return fd.value

    def _find(self, time: int) -> int:
        status = USBX_OK
        while not self._finished and status == USBX_OK:
            status = self._take(time)
        return USBX_OK if self._finished else status

    def _take(self, time: int) -> int:
        """Takes completions and wakes the tasks that wait for them."""
        completions, count = Completions(), c_size_t()
        try:
            status: int = lib.usbx_queue_wait(self._token, completions, BATCH, time, byref(count))
        finally:
            # Ctrl-C may come between any two lines: what is not dealt with now is at the next call.
            self._arrived.extend(map(usbx_completion.from_buffer_copy, completions[: count.value]))
            with self._state:
                while self._arrived:
                    self._complete(self._arrived[0])
                    self._arrived.popleft()
        return status

    def _complete(self, completion: usbx_completion) -> None:
        transfer = self._pending.get(completion.user_data)
        if transfer is None:
            return
        transfer._completion = completion
        if transfer._awaiting:
            for loop, completed in transfer._awaiting:
                _waiting.call_in(loop, _waiting.tell, completed)
        else:
            self._finished[transfer] = None
        self._pending.pop(completion.user_data, None)

    def _cancel(self, id: int) -> None:
        check(lib.usbx_queue_cancel(self._token, id))

    def _take_out(self, transfer: Transfer[Any]) -> None:
        """The program has its result."""
        self._finished.pop(transfer, None)

    # Tasks

    def _await(self, transfer: Transfer[Any], loop: asyncio.AbstractEventLoop, completed: asyncio.Future[None]) -> bool:
        """Sets the future when the transfer completes; False if it is done already."""
        with self._state:
            if transfer.done:
                return False
            transfer._awaiting.append((loop, completed))
            return True

    def _attend(self, loop: asyncio.AbstractEventLoop) -> None:
        """While tasks of a loop wait, takes completions whenever the file descriptor is readable."""
        with self._state:
            if loop in self._attending:
                self._attending[loop][1] += 1
                return
            own = os.dup(self.fileno())  # stays valid when the queue is closed
            self._attending[loop] = [own, 1]
        loop.add_reader(own, self._take, USBX_NO_WAIT)

    def _leave(self, loop: asyncio.AbstractEventLoop) -> None:
        with self._state:
            attending = self._attending[loop]
            attending[1] -= 1
            if attending[1] > 0:
                return
            del self._attending[loop]
        loop.remove_reader(attending[0])
        os.close(attending[0])

    def _shut(self) -> int:
        """Before the queue is closed, each pending transfer gets its result, with what moved before."""
        status: int = lib.usbx_queue_cancel(self._token, 0)
        while status in (USBX_OK, USBX_ERROR_TIMEOUT) and self._pending:
            status = self._take(1000)
        status = super()._shut()
        for key in list(self._pending):
            self._arrived.append(usbx_completion(user_data=key, status=USBX_ERROR_CLOSED))
        with self._state:
            while self._arrived:
                self._complete(self._arrived.popleft())
        return status
