"""pyusb's exceptions, in place of this package's."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Iterator

from usb.core import USBError, USBTimeoutError

from ..errors import Error, NotSupported, Timeout


def as_pyusbs(error: Error) -> Exception:
    """pyusb's exception in place of ours, with the same sentence, status, errno, and bytes that moved."""
    if isinstance(error, NotSupported):
        return NotImplementedError(str(error))
    kind = USBTimeoutError if isinstance(error, Timeout) else USBError
    failure: Exception = kind(str(error), error.status, error.errno)
    failure.transferred, failure.data = error.transferred, error.data  # type: ignore[attr-defined]
    return failure


@contextmanager
def pyusb_errors() -> Iterator[None]:
    try:
        yield
    except Error as error:
        raise as_pyusbs(error) from None
