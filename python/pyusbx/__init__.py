"""usbx for Python: USB devices, without misuse."""

from ._library import LibraryError, lib

__all__ = ["LibraryError", "version"]


def version() -> str:
    """The version of the library that is loaded: "0.1.0"."""
    text: bytes = lib.usbx_version()
    return text.decode()
