"""The base of everything that is opened: `close()`, `with` or the garbage collector closes it."""

from __future__ import annotations

import atexit
import warnings
from ctypes import byref, c_size_t, c_void_p, create_string_buffer
from types import TracebackType
from typing import Any, Callable, ClassVar, TypeVar
from weakref import ref

from ._declarations import USBX_ERROR_INVALID_HANDLE, USBX_OK
from ._library import lib
from ._sentences import in_python
from .errors import check

Self = TypeVar("Self", bound="Handle")


class Handle:
    """An object of the library that is open. Any thread may use it, and any thread may close it, even while another one uses it."""

    _token: c_void_p
    _closer: ClassVar[Callable[..., Any]]
    _closed = False

    def __init__(self, token: c_void_p) -> None:
        self._token = token
        _open.add(ref(self, _open.discard))

    @property
    def closed(self) -> bool:
        """Whether `close()` was called."""
        return self._closed

    def close(self) -> None:
        """Closes it. Calls that other threads are in end with `Closed`, later calls with `InvalidHandle`. Closing it again does nothing."""
        if not self._closed:
            self._closed = True
            status = self._shut()
            if status != USBX_ERROR_INVALID_HANDLE:  # another thread was first
                check(status)

    def handle_error(self) -> str:
        """One sentence about the last call with this object that failed, on whichever thread; for a queue, about the transfer taken last
        that failed. "" if there was none."""
        return in_python(self._error_in_c())

    def _error_in_c(self) -> str:
        """The same as the library has it."""
        text, length = create_string_buffer(1024), c_size_t()
        check(lib.usbx_handle_error(self._token, text, len(text), byref(length)))
        if length.value >= len(text):
            text = create_string_buffer(length.value + 1)
            check(lib.usbx_handle_error(self._token, text, len(text), None))
        return text.value.decode(errors="replace")

    def _shut(self) -> int:
        status: int = type(self)._closer(self._token)
        return status

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        # Without a token it was never opened. In a child process the parent's handles are left alone, in silence.
        if not self._closed and hasattr(self, "_token"):
            self._closed = True
            if self._shut() == USBX_OK:
                warnings.warn(f"unclosed {self!r}", ResourceWarning, source=self)


# A WeakSet, whose own code in Python takes as long as the opening of a device.
_open: set[ref[Handle]] = set()


@atexit.register
def shutdown() -> int:
    """Closes everything that this package has open in this process, and returns how many handles that were. It runs at exit anyway:
    then no transfer is pending, the kernel drivers are back, and waiting threads return."""
    handles = [alive() for alive in list(_open)]
    left = [handle for handle in handles if handle is not None and not handle.closed]
    for handle in left:
        handle._closed = True
        handle._shut()  # whatever became of it: the others are to be closed as well
    return len(left)
