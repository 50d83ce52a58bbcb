"""Arguments on their way to the library. ctypes cuts a number that is too large and accepts nearly anything as a pointer; here they
are refused."""

from __future__ import annotations

from ctypes import addressof, c_char, c_char_p, c_void_p
from operator import index
from typing import TYPE_CHECKING

from ._declarations import USBX_NO_TIMEOUT, USBX_NO_WAIT
from .errors import InvalidParam

if TYPE_CHECKING:
    from typing_extensions import Buffer


def number(name: str, value: int, bits: int) -> int:
    """An unsigned number of `bits` bits."""
    value = index(value)
    if not 0 <= value < 1 << bits:
        raise InvalidParam(f"{name} is {value}, and goes from 0 to {(1 << bits) - 1}")
    return value


def text(name: str, value: str) -> bytes:
    """UTF-8 for the library, for which a NUL would be the end."""
    if "\0" in value:
        raise InvalidParam(f"{name} has a NUL in it: {value!r}")
    return value.encode()


def _milliseconds(timeout_ms: int) -> int:
    timeout_ms = index(timeout_ms)
    if not 0 <= timeout_ms < USBX_NO_WAIT:
        raise InvalidParam(f"timeout_ms is {timeout_ms}: give milliseconds, at most {USBX_NO_WAIT - 1}, or None to wait forever")
    return timeout_ms


def transfer_time(timeout_ms: int | None) -> int:
    """For a transfer: None means no limit; 0 is refused, as it leaves no time."""
    if timeout_ms is None:
        return USBX_NO_TIMEOUT
    timeout_ms = _milliseconds(timeout_ms)
    if timeout_ms == 0:
        raise InvalidParam("timeout_ms is 0, which leaves a transfer no time; give milliseconds, or None to wait forever")
    return timeout_ms


def waiting_time(timeout_ms: int | None) -> int:
    """For a wait on the library's own queues: None means no limit, 0 returns at once."""
    if timeout_ms is None:
        return USBX_NO_TIMEOUT
    return _milliseconds(timeout_ms) or USBX_NO_WAIT


def remote_time(timeout_ms: int | None) -> int:
    """For a question to another computer: None means the library's own limit; 0 is refused, as it leaves no time."""
    return 0 if timeout_ms is None else transfer_time(timeout_ms)


class Pinned:
    """Memory whose address the library has: it stays in its place while this object lives."""

    __slots__ = ("address", "length", "owner")

    def __init__(self, address: int | None, length: int, owner: object) -> None:
        self.address = address
        self.length = length
        self.owner = owner


def to_fill(buffer: Buffer) -> Pinned:
    """A caller's buffer to receive into: a bytearray, an array, or a writable memoryview or numpy array, in one piece."""
    length = memoryview(buffer).nbytes
    if length == 0:
        return Pinned(None, 0, buffer)
    try:
        owner = c_char.from_buffer(buffer)
    except TypeError as refused:
        raise InvalidParam(f"this buffer cannot be received into, it has to be writable and in one piece: {refused}") from None
    return Pinned(addressof(owner), length, owner)


def to_send(data: Buffer) -> Pinned:
    """A caller's bytes to send; copied only if they are not in one piece, or are read-only."""
    view = memoryview(data)
    if view.nbytes == 0:
        return Pinned(None, 0, data)
    if not isinstance(data, bytes):
        if not view.readonly and view.c_contiguous:
            owner = c_char.from_buffer(data)
            return Pinned(addressof(owner), view.nbytes, owner)
        data = view.tobytes()
    pointer = c_char_p(data)
    return Pinned(c_void_p.from_buffer(pointer).value, len(data), pointer)
