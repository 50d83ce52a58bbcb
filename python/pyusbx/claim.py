"""A claimed interface."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

from .errors import Closed, InvalidHandle, NoDevice, NotClaimed

if TYPE_CHECKING:
    from .device import Device


class Claim:
    """A claimed interface, from `Device.claim`. `with` releases it at its end; otherwise `release()` or closing the device does."""

    def __init__(self, device: Device, interface_number: int) -> None:
        self.device = device
        self.interface_number = interface_number

    def release(self) -> None:
        """Releases the interface."""
        self.device.release(self.interface_number)

    def __enter__(self) -> Claim:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.release()
        except (NoDevice, Closed, InvalidHandle, NotClaimed):
            pass  # unplugged, closed or released meanwhile: there is nothing left to give back
