"""An interface that is claimed."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

from .errors import Closed, InvalidHandle, NoDevice, NotClaimed

if TYPE_CHECKING:
    from .device import Device


class Claim:
    """What `Device.claim` gives. Used with `with` it is released at the end; else `release()` or the device's `close()` does it."""

    def __init__(self, device: Device, interface_number: int) -> None:
        self.device = device
        self.interface_number = interface_number

    def release(self) -> None:
        """Gives the interface back."""
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
