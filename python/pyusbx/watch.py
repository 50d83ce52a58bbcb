"""Devices that are plugged in and unplugged."""

from __future__ import annotations

from collections import deque
from contextlib import contextmanager
from ctypes import byref, c_int32
from dataclasses import dataclass
from functools import partial
from typing import AsyncIterator, Iterator

from . import _waiting
from ._arguments import number
from ._declarations import USBX_OK, usbx_device_info, usbx_watch
from ._library import lib
from .constants import Change
from .errors import Closed, InvalidHandle, check
from .handle import Handle
from .info import DeviceInfo, described


@dataclass(frozen=True)
class Event:
    """A device arrived or left."""

    change: Change
    #: For a device that left: as it was when it arrived.
    info: DeviceInfo


class Watch(Handle):
    """A watch for devices with these IDs; 0 for any. The first events are the arrivals of the devices plugged in now; after that no
    event is missed, and none is reported twice. `for event in watch:` and `async for event in watch:` run until the watch is closed. If
    several threads use it, each gets different events.
    """

    _token: usbx_watch
    _closer = lib.usbx_watch_close

    def __init__(self, vendor_id: int = 0, product_id: int = 0) -> None:
        token = usbx_watch()
        check(lib.usbx_watch_open(number("vendor_id", vendor_id, 16), number("product_id", product_id, 16), byref(token)))
        super().__init__(token)
        self._arrivals = _waiting.Arrivals()
        self._kept: deque[Event] = deque()

    def next(self, timeout_ms: int | None = None) -> Event:
        """The next event. `Timeout` if nothing happened in that time; 0 returns at once."""
        found: list[Event] = []
        with self._keep(found):
            check(_waiting.take(partial(self._take, found), self.fileno, timeout_ms))
            return found.pop()

    async def next_async(self, timeout_ms: int | None = None) -> Event:
        """Like `next`, in a task."""
        found: list[Event] = []
        with self._keep(found):
            check(await self._arrivals.take(self, partial(self._take, found), self.fileno, timeout_ms))
            return found.pop()

    def _take(self, found: list[Event], time: int) -> int:
        try:
            found.append(self._kept.popleft())
            return USBX_OK
        except IndexError:
            pass
        change, info = c_int32(), usbx_device_info()
        try:
            status: int = lib.usbx_watch_next(self._token, time, byref(change), byref(info))
            return status
        finally:
            if change.value:
                found.append(Event(Change(change.value), described(info)))

    @contextmanager
    def _keep(self, found: list[Event]) -> Iterator[None]:
        """Keeps an event that was taken when Ctrl-C came for the next call."""
        try:
            yield
        finally:
            self._kept.extend(found)

    def __iter__(self) -> Iterator[Event]:
        while not self.closed:
            try:
                event = self.next()
            except (Closed, InvalidHandle):
                if self.closed:
                    return
                raise
            yield event

    async def __aiter__(self) -> AsyncIterator[Event]:
        while not self.closed:
            try:
                event = await self.next_async()
            except (Closed, InvalidHandle):
                if self.closed:
                    return
                raise
            yield event

    def fileno(self) -> int:
        """A file descriptor for select, poll and event loops: readable when `next(0)` should be called."""
        fd = c_int32()
        check(lib.usbx_watch_fd(self._token, byref(fd)))
        return fd.value

    def __repr__(self) -> str:
        return "<pyusbx.Watch>"

    def _shut(self) -> int:
        self._arrivals.wake()
        return super()._shut()
