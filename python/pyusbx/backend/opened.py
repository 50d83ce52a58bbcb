"""A device that pyusb has opened, and its transfers as pyusb wants them."""

from __future__ import annotations

import os
import threading
from array import array
from contextlib import suppress
from ctypes import byref
from typing import Any, Callable, Optional, TypeVar
from weakref import ref

from .. import _blocking
from .._arguments import number
from .._declarations import USBX_ERROR_BUSY, USBX_OK, usbx_device, usbx_device_info
from .._library import lib
from ..device import Device
from ..endpoint import Endpoint
from ..errors import Busy, Error, Forked, NoDevice, NotClaimed, Timeout, error, last_error
from ..request import Request
from .failures import USBBusyError, as_pyusbs, pyusb_errors
from .listed import Listed

T = TypeVar("T")

# Ctrl-C waits for the end of a transfer that ends in this time, as with pyusb's own backends it waits for any. Programs that give
# seconds, in a loop that is never late, do not pay for a thread each time.
SHORT_MS = 5000
SOON_MS = 500

# bRequest (USB 2.0 table 9-4)
SET_CONFIGURATION = 9

# A call of a device: endpoint, memory, time; the bytes that moved.
Transfer = Callable[[Device, int, Any, Optional[int]], int]


class _Device(Device):
    """A device that may be left to the garbage collector, as pyusb does it, without a warning."""

    def _run(self, request: Request[T], timeout_ms: int | None) -> T:
        return _blocking.run(self._token, request, timeout_ms, SHORT_MS)

    def __del__(self) -> None:
        if not self._closed:
            with suppress(Error):
                self.close()


#: Memory for what a device says of itself, that no opening uses now.
_spare: list[usbx_device_info] = []


def open_listed(listed: Listed) -> _Device:
    token = usbx_device()
    status = lib.usbx_open_path(listed.place, byref(token))
    if status != USBX_OK:  # to call check() here, below and for the list is a hundredth of find and open
        raise error(status, last_error())
    device = _Device(token, listed.name)
    try:
        now = _spare.pop()
    except IndexError:
        now = usbx_device_info()
    status = lib.usbx_info(token, byref(now))
    if status != USBX_OK:
        raise error(status, last_error())
    is_another = now.address != listed.descriptor.address or now.bus != listed.descriptor.bus
    if not _spare:
        _spare.append(now)
    if is_another:
        device.close()
        raise NoDevice(f"open {listed.info}: it was unplugged, and another is there now; look for the device again")
    return device


_reopening = threading.Lock()

# This process: to ask the system takes as long as a claim that is refused.
_process = os.getpid()


def _in_child() -> None:
    """Another thread of the parent may have had the lock."""
    global _reopening, _process
    _reopening, _process = threading.Lock(), os.getpid()


os.register_at_fork(after_in_child=_in_child)


class Opened:
    """A device that pyusb has opened."""

    #: The claim that was refused last, while its exception is there.
    _refused: Callable[[], USBBusyError | None] = staticmethod(lambda: None)

    def __init__(self, listed: Listed) -> None:
        self.listed = listed
        # The process, and the device that is open there.
        self._open = _process, open_listed(listed)
        #: The interfaces that pyusb has claimed with it.
        self.claimed: set[int] = set()

    @property
    def device(self) -> _Device:
        """In a forked child, another: what the parent opened is the parent's. What it has claimed is, too, and stays refused there."""
        process, device = self._open
        if process == _process or self.claimed:
            return device
        with _reopening:
            process, device = self._open
            if process != _process:
                device = open_listed(self.listed)
                self._open = _process, device
        return device

    def close(self) -> None:
        refused = self._refused()
        if refused is not None:
            str(refused)  # the library knows it as long as the device is open
        try:
            self._open[1].close()
        except Forked:  # it is the parent process's, and stays open there
            pass

    def endpoint(self, address: int) -> Endpoint | None:
        """The endpoint of that address, in the alternate settings selected now."""
        selected = {(setting.number, setting.alt_setting) for setting in self.device.interfaces() if setting.selected}
        for endpoint in self.device.endpoints():
            if endpoint.address == address and (endpoint.interface_number, endpoint.alt_setting) in selected:
                return endpoint
        return None

    def claim(self, interface_number: int) -> None:
        """Fails with pyusb's exceptions. A claim that is refused is made again and again: what does not happen then is called for apart."""
        # A driver that pyusb's user detached stays away until he attaches it; ours came back at the last release or close.
        if interface_number in self.listed.detached:
            with pyusb_errors:
                self.device.detach_kernel_driver(interface_number)
        process, device = self._open
        if process != _process:
            with pyusb_errors:
                device = self.device
        if type(interface_number) is not int or not 0 <= interface_number <= 255:
            with pyusb_errors:
                interface_number = number("interface_number", interface_number, 8)
        status = lib.usbx_claim(device._token, interface_number)
        if status == USBX_ERROR_BUSY:
            refused = USBBusyError(*USBBusyError.ARGUMENTS)
            refused._asked = device, self.listed, interface_number
            self._refused = ref(refused)
            try:
                raise refused
            finally:
                del refused  # else its traceback would keep it
        if status != USBX_OK:
            raise as_pyusbs(error(status, last_error()))
        self.claimed.add(interface_number)

    def release(self, interface_number: int) -> None:
        self.claimed.discard(interface_number)
        self.device.release(interface_number)

    def set_configuration(self, value: int) -> None:
        """Selects the active one again, too, as libusb does: halts of an earlier program and stale data go. libusb fails where an
        interface is in use; then this does nothing."""
        if self.claimed or self.device.get_configuration() != value:
            self.device.set_configuration(value)
            return
        with suppress(Busy):
            self.device.control_write(0x00, SET_CONFIGURATION, value, 0, b"", None)

    def detach(self, interface_number: int) -> None:
        """Takes an interface from its driver. All that the driver let go of by that stay without one, as with libusb."""
        held = self.driven()
        self.device.detach_kernel_driver(interface_number)
        self.listed.detached |= {interface_number} | held - self.driven()

    def attach(self, interface_number: int) -> None:
        self.listed.detached.discard(interface_number)
        self.device.attach_kernel_driver(interface_number)
        self.listed.detached -= self.driven()

    def driven(self) -> set[int]:
        """The interfaces that kernel drivers hold."""
        active = self.device.get_configuration()
        for configuration in self.listed.descriptor.configurations:
            if configuration.bConfigurationValue == active:
                numbers = [settings[0].bInterfaceNumber for settings in configuration.interfaces]
                return {number for number in numbers if self.device.kernel_driver(number)}
        return set()

    def claiming(self, interface: Callable[[], int | None], call: Callable[[], T]) -> T:
        """Makes the call; where it needs a claim, with one. pyusb's users do not claim what the system claims by itself."""
        try:
            return call()
        except NotClaimed:
            number = interface()
            if number is None:
                raise
        self.claim(number)
        return call()

    def interface_of(self, address: int) -> int | None:
        endpoint = self.endpoint(address)
        return None if endpoint is None else endpoint.interface_number

    def recipient(self, request_type: int, index: int) -> int | None:
        """The interface that a control request is for."""
        return index & 0xFF if request_type & 0x1F == 1 else self.interface_of(index & 0xFF)

    def read(self, call: Transfer, address: int, buff: array[int], timeout: int) -> int:
        """The bytes that came. A time that was up is no error where some did, as in pyusb's own backends: they are not lost."""
        try:
            return self._move(call, address, buff, timeout)
        except BaseException as stop:
            # pyusb drops its buffer when a read fails: what came goes with the exception.
            moved: int = getattr(stop, "transferred", 0)
            if moved and isinstance(stop, Timeout):
                return moved
            stop.data = octets(buff)[:moved].tobytes()  # type: ignore[attr-defined]
            if isinstance(stop, Error):
                raise as_pyusbs(stop) from None
            raise

    def write(self, call: Transfer, address: int, data: array[int], timeout: int) -> int:
        """The same, of bytes that the device took."""
        try:
            return self._move(call, address, data, timeout)
        except Error as error:
            if error.transferred and isinstance(error, Timeout):
                return error.transferred
            raise as_pyusbs(error) from None

    def _move(self, call: Transfer, address: int, data: array[int], timeout: int) -> int:
        time = limit(timeout)
        if time is not None:
            return call(self.device, address, data, time)
        # A wait without a limit needs a thread, to let Ctrl-C in, which costs more than a transfer. Most are over before that.
        try:
            return call(self.device, address, data, SOON_MS)
        except Timeout as later:
            moved = later.transferred
        try:
            return moved + call(self.device, address, octets(data)[moved:], None)
        except BaseException as stop:
            stop.transferred = moved + getattr(stop, "transferred", 0)  # type: ignore[attr-defined]
            raise

    def packets(self, address: int, length: int) -> list[int]:
        """Of an isochronous transfer of so many bytes: as much as fits, each."""
        endpoint = self.endpoint(address)
        size = endpoint.max_bytes_per_interval if endpoint is not None else 0
        if not size:
            return [length]  # the library says what is wrong
        full, rest = divmod(length, size)
        return [size] * full + [rest] * bool(rest)


def limit(timeout: int) -> int | None:
    """pyusb's 0 means no limit, and so does what does not fit into 32 bits: libusb cuts -1 to 49 days."""
    return int(timeout) if 0 < timeout < 0xFFFFFFFF else None


def octets(data: array[int]) -> memoryview:
    view = memoryview(data)
    return view if view.itemsize == 1 or not view.nbytes else view.cast("B")
