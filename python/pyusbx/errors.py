"""The exceptions: one class for each USBX_ERROR_* of the header, all derived from `Error`."""

from __future__ import annotations

import builtins
import errno
from typing import TYPE_CHECKING

from . import _declarations as header
from ._library import lib
from ._sentences import in_python

if TYPE_CHECKING:
    from .packet import Packet


class Error(OSError):
    """A call that failed. `str()` gives one sentence: what was tried, on which device, why it failed, and what to do."""

    #: USBX_ERROR_*: a negative number.
    status: int = header.USBX_ERROR_OTHER
    #: Bytes that moved before the failure.
    transferred: int = 0
    #: The bytes that a read received before the failure; a read `..._into` a buffer has them there instead.
    data: bytes = b""
    #: Isochronous transfers: the outcome of each packet.
    packets: "list[Packet]"
    #: The library's own sentence, which names the functions of its C interface.
    _in_c: str

    _errno: int = errno.EIO

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(self._errno, message)
        if status is not None:
            self.status = status
        self.packets = []
        self._in_c = message

    def __str__(self) -> str:
        return str(self.strerror)

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (str(self),), self.__dict__

    @property
    def name(self) -> str:
        """The status as the header spells it: "USBX_ERROR_TIMEOUT"."""
        text: bytes = lib.usbx_error_name(self.status)
        return text.decode()


class Io(Error):
    """The transfer failed on the bus."""

    status = header.USBX_ERROR_IO


class InvalidParam(Error, ValueError):
    """An argument is not valid. Nothing reached the bus."""

    status, _errno = header.USBX_ERROR_INVALID_PARAM, errno.EINVAL


class Access(Error, PermissionError):
    """This process may not open the device; the message says what to do, for example which udev rule to add."""

    status, _errno = header.USBX_ERROR_ACCESS, errno.EACCES


class NoDevice(Error):
    """The device is gone: it was unplugged, or did not come back from a reset."""

    status, _errno = header.USBX_ERROR_NO_DEVICE, errno.ENODEV


class NotFound(Error, LookupError):
    """There is no such device, interface, alternate setting or configuration."""

    status, _errno = header.USBX_ERROR_NOT_FOUND, errno.ENOENT


class Busy(Error):
    """A kernel driver, another program or another handle is using it; the message says which."""

    status, _errno = header.USBX_ERROR_BUSY, errno.EBUSY


class Timeout(Error, builtins.TimeoutError):
    """The time limit passed. What was received before is in `data` or in the buffer."""

    status, _errno = header.USBX_ERROR_TIMEOUT, errno.ETIMEDOUT


class Overflow(Error):
    """The device sent more than the buffer can hold."""

    status, _errno = header.USBX_ERROR_OVERFLOW, errno.EOVERFLOW


class Pipe(Error):
    """The endpoint stalled: the device refused a control request, or the endpoint is halted (see `Device.clear_halt`)."""

    status, _errno = header.USBX_ERROR_PIPE, errno.EPIPE


class Interrupted(Error):
    """Not raised: a signal does not end a call. libusb has this number."""

    status, _errno = header.USBX_ERROR_INTERRUPTED, errno.EINTR


class NoMem(Error):
    """Out of memory: the process's own, or the kernel's limit for USB transfers. Also: no file descriptor left."""

    status, _errno = header.USBX_ERROR_NO_MEM, errno.ENOMEM


class NotSupported(Error):
    """This platform or device does not support it."""

    status, _errno = header.USBX_ERROR_NOT_SUPPORTED, errno.ENOTSUP


class Other(Error):
    """An error that has no number of its own."""


class InvalidHandle(Error):
    """The device, queue, stream or watch is closed."""

    status, _errno = header.USBX_ERROR_INVALID_HANDLE, errno.EBADF


class Cancelled(Error):
    """The transfer was cancelled. What was received before is in `data` or in the buffer."""

    status, _errno = header.USBX_ERROR_CANCELLED, errno.ECANCELED


class Closed(Error):
    """Another thread closed it during the call. What was received before is in `data` or in the buffer."""

    status, _errno = header.USBX_ERROR_CLOSED, errno.ECANCELED


class NotClaimed(Error):
    """The interface is not claimed; call `Device.claim` first."""

    status, _errno = header.USBX_ERROR_NOT_CLAIMED, errno.EACCES


class Forked(Error):
    """It was opened in the parent process, before fork(); open it again in the child."""

    status, _errno = header.USBX_ERROR_FORKED, errno.EBADF


class Internal(Error):
    """A defect in usbx itself; please report it."""

    status = header.USBX_ERROR_INTERNAL


CLASSES: dict[int, type[Error]] = {
    kind.status: kind
    for kind in (
        Io,
        InvalidParam,
        Access,
        NoDevice,
        NotFound,
        Busy,
        Timeout,
        Overflow,
        Pipe,
        Interrupted,
        NoMem,
        NotSupported,
        Other,
        InvalidHandle,
        Cancelled,
        Closed,
        NotClaimed,
        Forked,
        Internal,
    )
}


def error(status: int, message: str) -> Error:
    """The exception for a status, with the library's message."""
    made = CLASSES.get(status, Error)(in_python(message), status)
    made._in_c = message
    return made


def last_error() -> str:
    """The library's sentence about this thread's last failure."""
    text: bytes = lib.usbx_last_error()
    return text.decode(errors="replace")


def check(status: int) -> None:
    """Raises the exception for the status of a call that this thread made, if the call failed."""
    if status != header.USBX_OK:
        raise error(status, last_error())


def text(status: int) -> str:
    """The library's phrase for a status, to be put into a sentence."""
    phrase: str = lib.usbx_error_text(status).decode()
    return phrase[:1].lower() + phrase[1:].rstrip(".")
