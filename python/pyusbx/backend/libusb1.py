"""What pyusb asks of a backend (usb.backend.IBackend), by this package's own devices.

The module has the name of pyusb's own libusb1 backend because programs ask for it before they detach a kernel driver:
`device.backend.__module__.endswith("libusb1")`. It stands for a backend that can do that, and this one can. There is no libusb in it.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Iterator

import usb.backend

from .._declarations import USBX_ERROR_NOT_FOUND
from ..device import Device
from ..errors import Error, InvalidParam, NotFound, Timeout
from .descriptors import Configuration, Interface
from .descriptors import Endpoint as EndpointDescriptor
from .failures import as_pyusbs, pyusb_errors
from .listed import Listed, listed, parent_path
from .opened import Opened, limit, octets

if TYPE_CHECKING:
    from .descriptors import Device as DeviceDescriptor


class Backend(usb.backend.IBackend):  # type: ignore[misc]  # pyusb has no types
    """pyusb's devices by usbx. Any thread may use it."""

    def enumerate_devices(self) -> Iterator[Listed]:
        try:
            yield from listed()
        except Error as error:
            raise as_pyusbs(error) from None

    def get_parent(self, dev: Listed) -> Listed | None:
        path = parent_path(dev.path)
        with pyusb_errors:
            return next((other for other in listed() if other.path == path), None)

    # Descriptors, of devices that need not be open

    def get_device_descriptor(self, dev: Listed) -> DeviceDescriptor:
        return dev.descriptor

    def get_configuration_descriptor(self, dev: Listed, config: int) -> Configuration:
        configurations = dev.descriptor.configurations
        if not 0 <= config < len(configurations):
            with pyusb_errors:
                raise NotFound(f"{dev.info} has no configuration of index {config}; it has {len(configurations)}, from 0")
        return configurations[config]

    def get_interface_descriptor(self, dev: Listed, intf: int, alt: int, config: int) -> Interface:
        return self.get_configuration_descriptor(dev, config).interfaces[intf][alt]

    def get_endpoint_descriptor(self, dev: Listed, ep: int, intf: int, alt: int, config: int) -> EndpointDescriptor:
        return self.get_interface_descriptor(dev, intf, alt, config).endpoints[ep]

    # Opening, configuration, interfaces

    def open_device(self, dev: Listed) -> Opened:
        try:
            return Opened(dev)
        except Error as error:
            raise as_pyusbs(error) from None

    def close_device(self, dev_handle: Opened) -> None:
        try:
            dev_handle.close()
        except Error as error:
            raise as_pyusbs(error) from None

    def set_configuration(self, dev_handle: Opened, config_value: int) -> None:
        with pyusb_errors:
            dev_handle.set_configuration(config_value)

    def get_configuration(self, dev_handle: Opened) -> int:
        with pyusb_errors:
            return dev_handle.device.get_configuration()

    def set_interface_altsetting(self, dev_handle: Opened, intf: int, altsetting: int) -> None:
        with pyusb_errors:
            dev_handle.claiming(lambda: intf, lambda: dev_handle.device.set_alt_setting(intf, altsetting))

    def claim_interface(self, dev_handle: Opened, intf: int) -> None:
        dev_handle.claim(intf)

    def release_interface(self, dev_handle: Opened, intf: int) -> None:
        try:
            dev_handle.release(intf)
        except Error as error:
            raise as_pyusbs(error) from None

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
        with pyusb_errors:
            view, packets, at = octets(data), [], 0
            for length in dev_handle.packets(ep, len(view)):
                packets.append(view[at : at + length])
                at += length
            try:
                return sum(packet.transferred for packet in dev_handle.device.isochronous_write(ep, packets, limit(timeout)))
            except Timeout as late:
                if not late.transferred:
                    raise
                return late.transferred

    def iso_read(self, dev_handle: Opened, ep: int, intf: int, buff: array[int], timeout: int) -> int:
        with pyusb_errors:
            view = octets(buff)
            lengths = dev_handle.packets(ep, len(view))
            try:
                packets = dev_handle.device.isochronous_read(ep, lengths, limit(timeout))
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
        view = octets(data)

        def transfer() -> int:
            if not bmRequestType & 0x80:
                return dev_handle.device.control_write(*setup, view, limit(timeout))
            answer = dev_handle.device.control_read(*setup, len(view), limit(timeout))
            view[: len(answer)] = answer
            return len(answer)

        with pyusb_errors:
            return dev_handle.claiming(lambda: dev_handle.recipient(bmRequestType, wIndex), transfer)

    # Halt, reset, kernel drivers

    def clear_halt(self, dev_handle: Opened, ep: int) -> None:
        with pyusb_errors:
            try:
                dev_handle.claiming(lambda: dev_handle.interface_of(ep), lambda: dev_handle.device.clear_halt(ep))
            except InvalidParam as error:  # an endpoint that is not there
                raise as_pyusbs(error, USBX_ERROR_NOT_FOUND) from None

    def reset_device(self, dev_handle: Opened) -> None:
        with pyusb_errors:
            dev_handle.device.reset()

    def is_kernel_driver_active(self, dev_handle: Opened, intf: int) -> bool:
        with pyusb_errors:
            return bool(dev_handle.device.kernel_driver(intf))

    def detach_kernel_driver(self, dev_handle: Opened, intf: int) -> None:
        with pyusb_errors:
            dev_handle.detach(intf)

    def attach_kernel_driver(self, dev_handle: Opened, intf: int) -> None:
        with pyusb_errors:
            dev_handle.attach(intf)
