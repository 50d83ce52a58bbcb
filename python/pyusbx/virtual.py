"""Devices that are simulated in this process, to try and test a program without hardware."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import contextmanager
from ctypes import addressof, byref, c_char, c_int32, c_size_t, create_string_buffer, string_at
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Callable, Iterator, Mapping, TypeVar

from . import _waiting
from ._arguments import number, text, to_send, waiting_time
from ._declarations import (
    USBX_ERROR_IO,
    USBX_ERROR_OVERFLOW,
    USBX_ERROR_TIMEOUT,
    USBX_NO_WAIT,
    USBX_OK,
    usbx_fault,
    usbx_replay_statistics,
    usbx_virtual,
    usbx_virtual_event,
)
from ._library import lib
from .constants import Fault, Speed
from .errors import Error, check, error, last_error
from .events import VirtualEvent, happened
from .handle import Handle

if TYPE_CHECKING:
    from typing_extensions import Buffer

T = TypeVar("T", bound="VirtualDevice")

# Room for the data of a control request: what nearly all have, and the longest.
USUAL, LONGEST = 4096, 65535


@dataclass(frozen=True)
class ReplayStatistics:
    """How a program and the recording that it uses as a device agree so far.

    transfers ended as recorded; departures ended with an error, as they were not in the recording or nothing was left for them; remaining
    are recorded, and the program has not asked for them. departure is a sentence about the first departure, and frame the number of the
    frame in the capture that it met; "" and 0 if there was none.
    """

    transfers: int
    departures: int
    remaining: int
    frame: int
    departure: str


class VirtualDevice(Handle):
    """Plugs in a virtual device: `pyusbx.devices` lists it and `pyusbx.open` opens it until `unplug()` or `close()`.

    model: "acquisition", 1209:0001, a data source with bulk, interrupt and isochronous endpoints; or a recording,
    "replay:FILE[,match=strict|setup|loose][,timing=none|recorded][,device=BUS.ADDRESS]". serial: its serial number; "VIRT0001"
    or the recorded one if not given.
    `VirtualDevice.create` makes one that this program answers for; `pyusbx.simulate` does that with less code.
    """

    _token: usbx_virtual
    _closer = lib.usbx_virtual_close

    def __init__(self, model: str = "acquisition", serial: str = "") -> None:
        token = usbx_virtual()
        check(lib.usbx_virtual_open(text("model", model), text("serial", serial), byref(token)))
        self._set_up(token, model, serial)

    @classmethod
    def create(
        cls: type[T],
        descriptors: Buffer,
        speed: Speed | None = None,
        strings: Mapping[int, str] | Mapping[tuple[int, int], str] | None = None,
    ) -> T:
        """Makes a device that this program answers for; `plug()` plugs it in.

        descriptors: the device descriptor and behind it every configuration with all that follows it, as `pyusbx.descriptors` returns
        it; wrong ones are allowed. speed: None for the one that fits them. strings: texts by their index, in US English, or by
        (index, language).
        """
        token = usbx_virtual()
        sent = to_send(descriptors)
        check(lib.usbx_virtual_create(number("speed", speed or 0, 8), sent.address, sent.length, byref(token)))
        self = cls.__new__(cls)
        self._set_up(token, "create", "")
        for key, value in (strings or {}).items():
            index, language = key if isinstance(key, tuple) else (key, 0x0409)
            self.add_string(index, value, language)
        return self

    def _set_up(self, token: usbx_virtual, model: str, serial: str) -> None:
        super().__init__(token)
        self.model = model
        self.serial = serial or ("VIRT0001" if model == "acquisition" else "")
        #: Events that were lost because more than 1024 waited; control requests and waiting endpoints are never lost.
        self.lost = 0
        self._arrivals = _waiting.Arrivals()
        self._kept: deque[VirtualEvent] = deque()

    def __repr__(self) -> str:
        return f"<pyusbx.VirtualDevice {' '.join(filter(None, (self.model, self.serial)))}>"

    def replay_statistics(self) -> ReplayStatistics:
        """Of a recording: how far it has been played since it was plugged in. `NotSupported` for other devices."""
        counts, length, sentence = usbx_replay_statistics(), c_size_t(), create_string_buffer(2048)
        check(lib.usbx_virtual_replay_stats(self._token, byref(counts), sentence, len(sentence), byref(length)))
        departure = sentence.value.decode(errors="replace")
        return ReplayStatistics(counts.transfers, counts.departures, counts.remaining, counts.frame, departure)

    # What the device is

    def add_string(self, index: int, value: str, language: int = 0x0409) -> None:
        """Adds a string, which the device has from the next `plug()` on."""
        check(lib.usbx_virtual_string(self._token, number("index", index, 8), number("language", language, 16), text("value", value)))

    def add_descriptor(self, type: int, index: int, data: Buffer, interface: int | None = None) -> None:
        """Adds a descriptor that hosts ask for by itself, of the device or of an interface: a BOS (15), a HID report descriptor (0x22)."""
        recipient = 0 if interface is None else 0x100 | number("interface", interface, 8)
        sent = to_send(data)
        kind, which = number("type", type, 8), number("index", index, 8)
        check(lib.usbx_virtual_descriptor(self._token, kind, which, recipient, sent.address, sent.length))

    def answer_standard_requests(self, enable: bool = True) -> None:
        """Whether this program answers standard requests, which the library else does from the descriptors. It keeps configurations,
        alternate settings and halts in any case."""
        check(lib.usbx_virtual_answer_standard_requests(self._token, int(enable)))

    # The plug

    def plug(self) -> None:
        """Plugs the device in; after `unplug()` again, which is a new arrival."""
        check(lib.usbx_virtual_plug(self._token))

    def unplug(self) -> None:
        """Unplugs the device, as if by hand: pending transfers end with `NoDevice`."""
        check(lib.usbx_virtual_unplug(self._token))

    @property
    def path(self) -> str:
        """Where it is plugged in, for `pyusbx.open_path`. `NoDevice` while it is not."""
        found = create_string_buffer(64)
        check(lib.usbx_virtual_path(self._token, found, len(found), None))
        return found.value.decode()

    # Events and answers

    def next(self, timeout_ms: int | None = None) -> VirtualEvent:
        """The next event. `Timeout` if nothing happened in that time; 0 returns at once. While nobody calls it, the host's requests
        wait until their time limit."""
        found: list[VirtualEvent] = []
        with self._keep(found):
            check(_waiting.take(partial(self._take, found), self.fileno, timeout_ms))
            return found.pop()

    async def next_async(self, timeout_ms: int | None = None) -> VirtualEvent:
        """Like `next`, in a task."""
        found: list[VirtualEvent] = []
        with self._keep(found):
            check(await self._arrivals.take(self, partial(self._take, found), self.fileno, timeout_ms))
            return found.pop()

    def _take(self, found: list[VirtualEvent], time: int) -> int:
        try:
            found.append(self._kept.popleft())
            return USBX_OK
        except IndexError:
            pass
        event, data, length = usbx_virtual_event(), (c_char * USUAL)(), c_size_t()
        try:
            status: int = lib.usbx_virtual_next(self._token, time, byref(event), data, len(data), byref(length))
            if status == USBX_ERROR_OVERFLOW:
                data = (c_char * LONGEST)()
                status = lib.usbx_virtual_next(self._token, time, byref(event), data, len(data), byref(length))
            return status
        finally:
            if event.event:
                self.lost += event.lost
                found.append(happened(event, string_at(data, length.value)))

    @contextmanager
    def _keep(self, found: list[VirtualEvent]) -> Iterator[None]:
        """Keeps an event that was taken when Ctrl-C came for the next call."""
        try:
            yield
        finally:
            self._kept.extend(found)

    def reply(self, data: Buffer = b"") -> None:
        """Answers the control request in hand: with data, or without to acknowledge it. `Cancelled` if the host gave it up before."""
        sent = to_send(data)
        check(lib.usbx_virtual_reply(self._token, sent.address, sent.length))

    def stall(self, endpoint: int = 0) -> None:
        """Refuses the control request in hand; or halts another endpoint until the host clears that."""
        check(lib.usbx_virtual_stall(self._token, number("endpoint", endpoint, 8)))

    # Data

    def write(self, endpoint: int, data: Buffer, timeout_ms: int | None = 1000) -> int:
        """Sends data to the host at an IN endpoint and returns how many bytes; empty data are a zero-length packet. It waits until the
        host has taken all; 0 sends what the host asks for now. `transferred` of an error says how much went out."""
        return _Sending(self, endpoint, data).run(timeout_ms)

    async def write_async(self, endpoint: int, data: Buffer, timeout_ms: int | None = 1000) -> int:
        """Like `write`, in a task; a thread waits for the host."""
        return await _Sending(self, endpoint, data).run_async(timeout_ms)

    def read(self, endpoint: int, capacity: int, timeout_ms: int | None = 1000) -> bytes:
        """Receives what the host sends at an OUT endpoint, at least a packet, at most `capacity` bytes. b"" is a zero-length packet."""
        receiving = _Receiving(self, endpoint, capacity)
        receiving.run(timeout_ms)
        return receiving.received()

    async def read_async(self, endpoint: int, capacity: int, timeout_ms: int | None = 1000) -> bytes:
        """Like `read`, in a task; a thread waits for the host."""
        receiving = _Receiving(self, endpoint, capacity)
        await receiving.run_async(timeout_ms)
        return receiving.received()

    # Faults

    def fault(
        self,
        endpoint: int,
        kind: Fault,
        *,
        nth: int = 1,
        repeat: bool = False,
        status: int = USBX_ERROR_IO,
        bytes: int = 0,
        milliseconds: int = 0,
        seed: int = 0,
    ) -> None:
        """Makes the nth transfer of an endpoint from now on go wrong, and with `repeat` each further nth one. Endpoint 0: control requests.

        status: what `Fault.STATUS` ends it with, such as `pyusbx.Pipe.status`. bytes: how many move before. milliseconds: of a DELAY or
        NAK. seed: selects the bit that CORRUPT changes.
        """
        fault = usbx_fault(
            kind=number("kind", kind, 32),
            nth=number("nth", nth, 32),
            repeat=int(repeat),
            status=status,
            bytes=number("bytes", bytes, 64),
            milliseconds=number("milliseconds", milliseconds, 32),
            seed=number("seed", seed, 32),
        )
        check(lib.usbx_virtual_fault(self._token, number("endpoint", endpoint, 8), byref(fault)))

    def clear_faults(self, endpoint: int) -> None:
        """Removes the faults of an endpoint."""
        check(lib.usbx_virtual_fault(self._token, number("endpoint", endpoint, 8), None))

    def fileno(self) -> int:
        """A file descriptor for select, poll and event loops: readable when `next(0)` should be called."""
        fd = c_int32()
        check(lib.usbx_virtual_fd(self._token, byref(fd)))
        return fd.value

    def _shut(self) -> int:
        self._arrivals.wake()
        return super()._shut()


class _Moving:
    """Data on their way between the device and the host, in waits short enough for Ctrl-C and for a task that is cancelled."""

    _call: Callable[..., int]

    def __init__(self, device: VirtualDevice, endpoint: int, address: int | None, length: int) -> None:
        self.device, self.endpoint = device, number("endpoint", endpoint, 8)
        self.address, self.length = address, length
        self.moved = 0

    def step(self, time: int) -> Error | None:
        """The error that ended it; None if it is complete."""
        moved = c_size_t()
        place = None if self.address is None else self.address + self.moved
        status = self._call(self.device._token, self.endpoint, place, self.length - self.moved, time, byref(moved))
        self.moved += moved.value
        return None if status == USBX_OK else self.failed(status)

    def failed(self, status: int) -> Error:
        failure = error(status, last_error())
        failure.transferred = self.moved
        return failure

    def run(self, timeout_ms: int | None) -> int:
        for time in self.times(timeout_ms):
            failure = self.step(time)
            if failure is None or failure.status != USBX_ERROR_TIMEOUT:
                break
        return self.outcome(failure)

    async def run_async(self, timeout_ms: int | None) -> int:
        loop = asyncio.get_running_loop()
        waiting_time(timeout_ms)  # checks it
        failure = self.step(USBX_NO_WAIT)
        if failure is None or failure.status != USBX_ERROR_TIMEOUT or timeout_ms == 0:
            return self.outcome(failure)
        for time in self.times(timeout_ms):
            step = loop.run_in_executor(None, self.step, time)
            try:
                failure = await asyncio.shield(step)
            except asyncio.CancelledError as stop:
                await asyncio.wait([step])  # the memory is in use until then
                self.attach(stop)
                raise
            if failure is None or failure.status != USBX_ERROR_TIMEOUT:
                break
        return self.outcome(failure)

    def times(self, timeout_ms: int | None) -> Iterator[int]:
        """How long each wait is."""
        whole = waiting_time(timeout_ms)
        if whole == USBX_NO_WAIT:
            yield whole
            return
        end = None if timeout_ms is None else monotonic() + timeout_ms / 1000
        left: float = _waiting.LOOK_MS
        while left > 0:
            left = _waiting.LOOK_MS if end is None else (end - monotonic()) * 1000
            yield max(1, min(_waiting.LOOK_MS, int(left)))
            if end is not None:
                left = (end - monotonic()) * 1000

    def outcome(self, failure: Error | None) -> int:
        if failure is not None:
            self.attach(failure)
            raise failure
        return self.moved

    def attach(self, stop: BaseException) -> None:
        stop.transferred = self.moved  # type: ignore[attr-defined]


class _Sending(_Moving):
    _call = staticmethod(lib.usbx_virtual_write)

    def __init__(self, device: VirtualDevice, endpoint: int, data: Buffer) -> None:
        self.sent = to_send(data)
        super().__init__(device, endpoint, self.sent.address, self.sent.length)


class _Receiving(_Moving):
    _call = staticmethod(lib.usbx_virtual_read)

    def __init__(self, device: VirtualDevice, endpoint: int, capacity: int) -> None:
        self.memory = create_string_buffer(max(1, number("capacity", capacity, 31)))
        super().__init__(device, endpoint, addressof(self.memory), capacity)

    def received(self) -> bytes:
        return string_at(self.memory, self.moved)

    def attach(self, stop: BaseException) -> None:
        super().attach(stop)
        stop.data = self.received()  # type: ignore[attr-defined]
