"""pyusb's exceptions, in place of this package's.

`errno`, `strerror` and `backend_error_code` are those of pyusb's libusb1 backend, as programs compare them. The sentence that says what
happened and what to do is behind that in `str()`.
"""

from __future__ import annotations

import errno
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING

import usb.core

from .. import _declarations as header
from .._sentences import CALLS, in_python
from ..errors import Error, Timeout

if TYPE_CHECKING:
    from ..device import Device
    from .listed import Listed

# What libusb_strerror returns and which errno pyusb takes for it, by libusb's number, which is usbx's number too.
_LIBUSB: dict[int, tuple[str, int | None]] = {
    header.USBX_ERROR_IO: ("Input/Output Error", errno.EIO),
    header.USBX_ERROR_INVALID_PARAM: ("Invalid parameter", errno.EINVAL),
    header.USBX_ERROR_ACCESS: ("Access denied (insufficient permissions)", errno.EACCES),
    header.USBX_ERROR_NO_DEVICE: ("No such device (it may have been disconnected)", errno.ENODEV),
    header.USBX_ERROR_NOT_FOUND: ("Entity not found", errno.ENOENT),
    header.USBX_ERROR_BUSY: ("Resource busy", errno.EBUSY),
    header.USBX_ERROR_TIMEOUT: ("Operation timed out", errno.ETIMEDOUT),
    header.USBX_ERROR_OVERFLOW: ("Overflow", errno.EOVERFLOW),
    header.USBX_ERROR_PIPE: ("Pipe error", errno.EPIPE),
    header.USBX_ERROR_INTERRUPTED: ("System call interrupted (perhaps due to signal)", errno.EINTR),
    header.USBX_ERROR_NO_MEM: ("Insufficient memory", errno.ENOMEM),
    header.USBX_ERROR_NOT_SUPPORTED: ("Operation not supported or unimplemented on this platform", errno.ENOSYS),
    header.USBX_ERROR_OTHER: ("Other error", None),
}

# Where usbx distinguishes more than libusb: the number that libusb has for it, or the nearest.
_NEAREST = {
    header.USBX_ERROR_INVALID_HANDLE: header.USBX_ERROR_NO_DEVICE,
    header.USBX_ERROR_CANCELLED: header.USBX_ERROR_IO,
    header.USBX_ERROR_CLOSED: header.USBX_ERROR_IO,
    header.USBX_ERROR_NOT_CLAIMED: header.USBX_ERROR_NOT_FOUND,
    header.USBX_ERROR_FORKED: header.USBX_ERROR_BUSY,
    header.USBX_ERROR_INTERNAL: header.USBX_ERROR_OTHER,
}

# A pyusb device has no method for a few of the library's calls; those keep this package's names.
_CALLS = {
    **CALLS,
    "usbx_claim": "usb.util.claim_interface(dev, {interface})",
    "usbx_clear_halt": "dev.clear_halt({endpoint})",
    "usbx_control": "dev.ctrl_transfer()",
    "usbx_detach_kernel_driver": "dev.detach_kernel_driver({interface})",
    "usbx_devices": "usb.core.find(find_all=True)",
    "usbx_release": "usb.util.release_interface(dev, {interface})",
    "usbx_set_alt_setting": "dev.set_interface_altsetting({interface}, {setting})",
    "usbx_set_configuration": "dev.set_configuration()",
}


class _Told(OSError):
    """A failure with usbx's sentence."""

    #: usbx's own words.
    _words: str
    #: USBX_ERROR_*, which distinguishes more than `backend_error_code`.
    status: int
    #: Bytes that moved before the failure, and those of a read.
    transferred: int = 0
    data: bytes = b""
    backend_error_code: int

    @property
    def sentence(self) -> str:
        """What happened and what to do. It is made when it is asked for: programs that try again and again do not ask."""
        return in_pyusbs_words(self._words)

    def __str__(self) -> str:
        return f"{super().__str__()}: {self.sentence}"

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.strerror, self.backend_error_code, self.errno), self.__dict__


class USBError(_Told, usb.core.USBError):  # type: ignore[misc]  # pyusb has no types
    """pyusb's USBError, with a sentence."""


class USBBusyError(USBError):
    """A claim that was refused. To find out who holds the interface takes longer than the claim, and programs that wait for it claim again and
    again: the library is asked when somebody wants to know."""

    #: What `USBError` is made of.
    ARGUMENTS = _LIBUSB[header.USBX_ERROR_BUSY][0], header.USBX_ERROR_BUSY, errno.EBUSY

    status = header.USBX_ERROR_BUSY
    _asked: tuple[Device, Listed, int] | None
    _answer = ""

    @property
    def _words(self) -> str:  # type: ignore[override]
        asked, self._asked = self._asked, None
        if asked is not None:
            device, listed, interface_number = asked
            what = f"claim interface {interface_number} of {listed.name}: "
            self._answer = what + "it is in use"
            with suppress(Error):
                sentence = device._error_in_c()
                # A later failure of this device is about something else.
                if sentence.startswith(what):
                    self._answer = sentence
        return self._answer

    def __reduce__(self) -> tuple[object, ...]:
        return USBError, self.ARGUMENTS, {"_words": self._words, "status": self.status}


class USBTimeoutError(_Told, usb.core.USBTimeoutError):  # type: ignore[misc]
    """pyusb's USBTimeoutError, with a sentence."""


def as_pyusbs(error: Error, code: int | None = None) -> Exception:
    """pyusb's exception in place of ours; with libusb's number, where its call has another one for that than others."""
    code = _NEAREST.get(error.status, error.status) if code is None else code
    strerror, number = _LIBUSB.get(code, _LIBUSB[header.USBX_ERROR_OTHER])
    if code == header.USBX_ERROR_NOT_SUPPORTED:
        return NotImplementedError(f"{strerror}: {in_pyusbs_words(error._in_c)}")
    failure = (USBTimeoutError if isinstance(error, Timeout) else USBError)(strerror, code, number)
    failure._words, failure.status = error._in_c, error.status
    failure.transferred, failure.data = error.transferred, error.data
    return failure


def in_pyusbs_words(sentence: str) -> str:
    """The library's sentence with pyusb's calls in place of C's: `dev.detach_kernel_driver(0)`."""
    return in_python(sentence.replace(", or usbx_set_auto_detach once", ""), _CALLS)  # pyusb has no such call


class _PyusbErrors:
    """In its `with` this package's exceptions become pyusb's. It keeps nothing, so that one is enough."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if isinstance(error, Error):
            raise as_pyusbs(error) from None


pyusb_errors = _PyusbErrors()
