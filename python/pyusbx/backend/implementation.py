"""What pyusb asks of a backend (usb.backend.IBackend), by this package's own devices."""

from __future__ import annotations

from array import array
from contextlib import contextmanager, suppress
from ctypes import byref
from typing import TYPE_CHECKING, Any, Callable, Iterator, Optional, TypeVar

import usb.backend
from usb.core import USBError, USBTimeoutError

from .. import _blocking
from .._arguments import text
from .._declarations import usbx_device, usbx_device_info
from .._library import lib
from ..device import Device
from ..endpoint import Endpoint
from ..errors import Error, Forked, NoDevice, NotClaimed, NotFound, NotSupported, Timeout, check
from ..request import Request
from .descriptors import Configuration, Interface
from .descriptors import Endpoint as EndpointDescriptor
from .listed import Listed, listed, parent_path

if TYPE_CHECKING:
    from .descriptors import Device as DeviceDescriptor

T = TypeVar("T")


def _pyusbs(error: Error) -> Exception:
    """pyusb's exception in place of ours, with the same sentence, status, errno, and bytes that moved."""
    if isinstance(error, NotSupported):
        return NotImplementedError(str(error))
    kind = USBTimeoutError if isinstance(error, Timeout) else USBError
    failure: Exception = kind(str(error), error.status, error.errno)
    failure.transferred, failure.data = error.transferred, error.data  # type: ignore[attr-defined]
    return failure


@contextmanager
def _pyusb_errors() -> Iterator[None]:
    try:
        yield
    except Error as error:
        raise _pyusbs(error) from None


# Ctrl-C waits for the end of a transfer that ends in this time, as with pyusb's own backends it waits for any. Programs that give
# seconds, in a loop that is never late, do not pay for a thread each time.
SHORT_MS = 5000
SOON_MS = 500

# A call of a device: endpoint, memory, time; the bytes that moved.
Transfer = Callable[[Device, int, Any, Optional[int]], int]


class _Device(Device):
    """A device that may be left to the garbage collector, as pyusb does it, without a warning."""

    def _run(self, request: Request[T], timeout_ms: int | None) -> T:
        return _blocking.run(self._token, request, timeout_ms, SHORT_MS)

    def __del__(self) -> None:
        with suppress(Error):
            self.close()


def _open(listed: Listed) -> _Device:
    token = usbx_device()
    check(lib.usbx_open_path(text("path", listed.path), byref(token)))
    device = _Device(token)
    now = usbx_device_info()
    check(lib.usbx_info(token, byref(now)))
    if (now.bus, now.address) != (listed.descriptor.bus, listed.descriptor.address):
        device.close()
        raise NoDevice(f"open {listed.info}: it was unplugged, and another is there now; look for the device again")
    return device


class Opened:
    """A device that pyusb has opened."""

    def __init__(self, listed: Listed, device: Device) -> None:
        self.listed = listed
        self.device = device

    def endpoint(self, address: int) -> Endpoint | None:
        """The endpoint of that address, in the alternate settings selected now."""
        selected = {(setting.number, setting.alt_setting) for setting in self.device.interfaces() if setting.selected}
        for endpoint in self.device.endpoints():
            if endpoint.address == address and (endpoint.interface_number, endpoint.alt_setting) in selected:
                return endpoint
        return None

    def claim(self, interface_number: int) -> None:
        # A driver that pyusb's user detached stays away until he attaches it; ours came back at the last release or close.
        if interface_number in self.listed.detached:
            self.device.detach_kernel_driver(interface_number)
        self.device.claim(interface_number)

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
            stop.data = _bytes(buff)[:moved].tobytes()  # type: ignore[attr-defined]
            if isinstance(stop, Error):
                raise _pyusbs(stop) from None
            raise

    def write(self, call: Transfer, address: int, data: array[int], timeout: int) -> int:
        """The same, of bytes that the device took."""
        try:
            return self._move(call, address, data, timeout)
        except Error as error:
            if error.transferred and isinstance(error, Timeout):
                return error.transferred
            raise _pyusbs(error) from None

    def _move(self, call: Transfer, address: int, data: array[int], timeout: int) -> int:
        time = _time(timeout)
        if time is not None:
            return call(self.device, address, data, time)
        # A wait without a limit needs a thread, to let Ctrl-C in, which costs more than a transfer. Most are over before that.
        try:
            return call(self.device, address, data, SOON_MS)
        except Timeout as later:
            moved = later.transferred
        try:
            return moved + call(self.device, address, _bytes(data)[moved:], None)
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


def _time(timeout: int) -> int | None:
    """pyusb's 0 means no limit, and so does what does not fit into 32 bits: libusb cuts -1 to 49 days."""
    return int(timeout) if 0 < timeout < 0xFFFFFFFF else None


def _bytes(data: array[int]) -> memoryview:
    view = memoryview(data)
    return view if view.itemsize == 1 or not view.nbytes else view.cast("B")


class Backend(usb.backend.IBackend):  # type: ignore[misc]  # pyusb has no types
    """pyusb's devices by usbx. Any thread may use it."""

    def enumerate_devices(self) -> Iterator[Listed]:
        with _pyusb_errors():
            yield from listed()

    def get_parent(self, dev: Listed) -> Listed | None:
        path = parent_path(dev.path)
        with _pyusb_errors():
            return next((other for other in listed() if other.path == path), None)

    # Descriptors, of devices that need not be open

    def get_device_descriptor(self, dev: Listed) -> DeviceDescriptor:
        return dev.descriptor

    def get_configuration_descriptor(self, dev: Listed, config: int) -> Configuration:
        configurations = dev.descriptor.configurations
        if not 0 <= config < len(configurations):
            with _pyusb_errors():
                raise NotFound(f"{dev.info} has no configuration of index {config}; it has {len(configurations)}, from 0")
        return configurations[config]

    def get_interface_descriptor(self, dev: Listed, intf: int, alt: int, config: int) -> Interface:
        return self.get_configuration_descriptor(dev, config).interfaces[intf][alt]

    def get_endpoint_descriptor(self, dev: Listed, ep: int, intf: int, alt: int, config: int) -> EndpointDescriptor:
        return self.get_interface_descriptor(dev, intf, alt, config).endpoints[ep]

    # Opening, configuration, interfaces

    def open_device(self, dev: Listed) -> Opened:
        with _pyusb_errors():
            return Opened(dev, _open(dev))

    def close_device(self, dev_handle: Opened) -> None:
        with _pyusb_errors():
            try:
                dev_handle.device.close()
            except Forked:
                pass  # it is the parent process's, and stays open there

    def set_configuration(self, dev_handle: Opened, config_value: int) -> None:
        with _pyusb_errors():
            dev_handle.device.set_configuration(config_value)

    def get_configuration(self, dev_handle: Opened) -> int:
        with _pyusb_errors():
            return dev_handle.device.get_configuration()

    def set_interface_altsetting(self, dev_handle: Opened, intf: int, altsetting: int) -> None:
        with _pyusb_errors():
            dev_handle.claiming(lambda: intf, lambda: dev_handle.device.set_alt_setting(intf, altsetting))

    def claim_interface(self, dev_handle: Opened, intf: int) -> None:
        with _pyusb_errors():
            dev_handle.claim(intf)

    def release_interface(self, dev_handle: Opened, intf: int) -> None:
        with _pyusb_errors():
            dev_handle.device.release(intf)

    # Transfers

    def bulk_write(self, dev_handle: Opened, ep: int, intf: int, data: array[int], timeout: int) -> int:
        return dev_handle.write(Device.bulk_write, ep, data, timeout)

    def bulk_read(self, dev_handle: Opened, ep: int, intf: int, buff: array[int], timeout: int) -> int:
        return dev_handle.read(Device.bulk_read_into, ep, buff, timeout)

    def intr_write(self, dev_handle: Opened, ep: int, intf: int, data: array[int], timeout: int) -> int:
        return dev_handle.write(Device.interrupt_write, ep, data, timeout)

    def intr_read(self, dev_handle: Opened, ep: int, intf: int, buff: array[int], timeout: int) -> int:
        return dev_handle.read(Device.interrupt_read_into, ep, buff, timeout)

    def iso_write(self, dev_handle: Opened, ep: int, intf: int, data: array[int], timeout: int) -> int:
        with _pyusb_errors():
            view, packets, at = _bytes(data), [], 0
            for length in dev_handle.packets(ep, len(view)):
                packets.append(view[at : at + length])
                at += length
            try:
                return sum(packet.transferred for packet in dev_handle.device.isochronous_write(ep, packets, _time(timeout)))
            except Timeout as late:
                if not late.transferred:
                    raise
                return late.transferred

    def iso_read(self, dev_handle: Opened, ep: int, intf: int, buff: array[int], timeout: int) -> int:
        with _pyusb_errors():
            view = _bytes(buff)
            lengths = dev_handle.packets(ep, len(view))
            try:
                packets = dev_handle.device.isochronous_read(ep, lengths, _time(timeout))
            except Timeout as late:
                if not late.transferred:
                    raise
                packets = late.packets
            # One behind the other: pyusb gives so many bytes from the start, and packets may be shorter than their room.
            data = b"".join(packet.data for packet in packets)
            view[: len(data)] = data
            return len(data)

    def ctrl_transfer(
        self, dev_handle: Opened, bmRequestType: int, bRequest: int, wValue: int, wIndex: int, data: array[int], timeout: int
    ) -> int:
        # Cut as ctypes does it in pyusb's own backends.
        setup = bmRequestType & 0xFF, bRequest & 0xFF, wValue & 0xFFFF, wIndex & 0xFFFF
        view = _bytes(data)

        def transfer() -> int:
            if not bmRequestType & 0x80:
                return dev_handle.device.control_write(*setup, view, _time(timeout))
            answer = dev_handle.device.control_read(*setup, len(view), _time(timeout))
            view[: len(answer)] = answer
            return len(answer)

        with _pyusb_errors():
            return dev_handle.claiming(lambda: dev_handle.recipient(bmRequestType, wIndex), transfer)

    # Halt, reset, kernel drivers

    def clear_halt(self, dev_handle: Opened, ep: int) -> None:
        with _pyusb_errors():
            dev_handle.claiming(lambda: dev_handle.interface_of(ep), lambda: dev_handle.device.clear_halt(ep))

    def reset_device(self, dev_handle: Opened) -> None:
        with _pyusb_errors():
            dev_handle.device.reset()

    def is_kernel_driver_active(self, dev_handle: Opened, intf: int) -> bool:
        with _pyusb_errors():
            return bool(dev_handle.device.kernel_driver(intf))

    def detach_kernel_driver(self, dev_handle: Opened, intf: int) -> None:
        with _pyusb_errors():
            dev_handle.detach(intf)

    def attach_kernel_driver(self, dev_handle: Opened, intf: int) -> None:
        with _pyusb_errors():
            dev_handle.attach(intf)
