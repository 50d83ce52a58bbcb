"""What a device has for hosts, endpoint by endpoint, until they take it."""

from __future__ import annotations

from collections import defaultdict, deque
from typing import Callable, Iterable

from ..errors import Cancelled, Closed, NoDevice, Timeout
from ..virtual import VirtualDevice

# A send that waits looks this often whether it should go on.
LOOK_MS = 50


class Outgoing:
    """Packets wait in the order in which they were sent, as in an endpoint's memory, which has no limit here."""

    def __init__(self, look: Callable[[], None]) -> None:
        self.device: VirtualDevice | None = None
        #: Endpoint numbers at which nothing waits any more, of which the program was not told.
        self.emptied: set[int] = set()
        self._look = look
        self._packets: defaultdict[int, deque[bytes]] = defaultdict(deque)

    def waits(self, number: int) -> bool:
        return bool(self._packets[number])

    def send(self, number: int, data: bytes, blocking: bool) -> None:
        """Before a host sees the device, nothing blocks: it would keep the host from coming."""
        self._packets[number].append(data)
        self.flush(number, blocking)

    def flush(self, number: int, blocking: bool = False) -> None:
        """Sends what the host takes now; all of it, with `blocking`."""
        packets = self._packets[number]
        while packets and self.device is not None:
            try:
                self.device.write(0x80 | number, packets[0], LOOK_MS if blocking else 0)
            except Timeout as late:
                if late.transferred:
                    packets[0] = packets[0][late.transferred :]
                elif not blocking:
                    return
                self._look()
            except (Cancelled, Closed, NoDevice):  # the host has started over, or is gone
                packets.clear()
            except BaseException:
                packets.clear()
                raise
            else:
                packets.popleft()
                if not packets:
                    self.emptied.add(number)

    def drop(self, numbers: Iterable[int] | None = None) -> None:
        for number in list(self._packets) if numbers is None else list(numbers):
            self._packets.pop(number, None)
            self.emptied.discard(number)
