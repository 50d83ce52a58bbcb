"""What a stream lends: memory of the library, which must not be used after the library has it back."""

from __future__ import annotations

import gc
import weakref
from ctypes import Array, c_char

from ._declarations import USBX_OK
from .errors import Error, error, text
from .packet import Packet


class Chunk:
    """The data of one transfer of a stream. Valid until the stream's next call; then `data` is released, and using it raises
    ValueError. To keep the bytes, copy them: `bytes(chunk)`."""

    __slots__ = ("data", "timestamp_ns", "sequence", "packets", "status")

    def __init__(self, data: memoryview, timestamp_ns: int, sequence: int, packets: list[Packet], status: int) -> None:
        #: The bytes, without a copy, read-only; empty for a zero-length packet.
        self.data = data
        #: When the transfer was complete, in nanoseconds of CLOCK_MONOTONIC, like `time.monotonic_ns()`.
        self.timestamp_ns = timestamp_ns
        #: Number of the chunk in its stream, from 0.
        self.sequence = sequence
        #: Isochronous: the outcome of each packet. Their bytes follow each other in `data` without gaps.
        self.packets = packets
        #: USBX_OK (0), or how the transfer that brought these bytes ended.
        self.status = status

    @property
    def error(self) -> Error | None:
        """The failure of the transfer that brought these bytes, or None. The stream raises the same after its last chunk."""
        return None if self.status == USBX_OK else error(self.status, f"chunk {self.sequence} of a stream: {text(self.status)}")

    def __len__(self) -> int:
        return len(self.data)

    def __bytes__(self) -> bytes:
        return bytes(self.data)

    def __repr__(self) -> str:
        return f"<pyusbx.Chunk {self.sequence}>"


class Loan:
    """Memory that is lent as a memoryview, and whether it is still in use: slices and numpy arrays keep it like the view itself does,
    and `release()` of the view does not end them. All of them hold the ctypes array underneath; when that ends, none is left."""

    def __init__(self, size: int) -> None:
        self._size = max(size, 1)
        self._array_type = c_char * self._size
        self._view: memoryview | None = None
        self._array: weakref.ref[Array[c_char]] | None = None

    def lend(self, address: int | None, length: int, readonly: bool) -> memoryview:
        if not address or not length:
            return memoryview(b"")
        # One type for all lengths, as making a type takes its time; what is beyond `length` is not shown.
        if length > self._size:
            self._size, self._array_type = length, c_char * length
        array = self._array_type.from_address(address)
        view = memoryview(array).cast("B")[:length]
        self._view = view.toreadonly() if readonly else view
        self._array = weakref.ref(array)
        return self._view

    def borrower(self) -> Array[c_char] | None:
        """Releases the view. Returns the array if a slice or numpy array still uses it, else None."""
        if self._view is not None:
            try:
                self._view.release()
                self._view = None
            except BufferError:  # in use at this moment, in another thread
                pass
        if self._array is None:
            return None
        if self._array() is not None:
            gc.collect()  # what is only waiting for that
        return self._array()

    def give_back(self) -> None:
        """Raises BufferError if the memory is still in use."""
        if self.borrower() is not None:
            raise BufferError(
                "the bytes of the last chunk are still in use, by a slice or a numpy array of its data; before the stream's "
                "next call delete it, or keep a copy instead (bytes(chunk), array.copy())"
            )
        self._array = None
