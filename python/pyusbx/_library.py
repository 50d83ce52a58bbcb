"""The shared library: find it, load it, and check that this package knows its version."""

import os
import sys
from ctypes import CDLL, c_char_p

from ._declarations import USBX_VERSION_MAJOR, USBX_VERSION_MINOR, declare

if sys.platform == "darwin":
    NAME = f"libusbx.{USBX_VERSION_MAJOR}.dylib"
elif sys.platform == "win32":
    NAME = "usbx.dll"
else:
    NAME = f"libusbx.so.{USBX_VERSION_MAJOR}"


class LibraryError(ImportError):
    """The shared library is missing, cannot be loaded, or has another version."""


def _candidate() -> str:
    """The file that USBX_LIBRARY names, else the copy inside this package, else the system's library."""
    named = os.environ.get("USBX_LIBRARY")
    if named:
        return named
    inside = os.path.join(os.path.dirname(os.path.abspath(__file__)), NAME)
    return inside if os.path.exists(inside) else NAME


def load(path: str) -> CDLL:
    """Loads the library at a path, or by its name where the system looks for libraries."""
    try:
        library = CDLL(path)
    except OSError as error:
        raise LibraryError(
            f"cannot load the usbx library {path}: {error}; install it (and run ldconfig), install the wheel of pyusbx "
            "that has it inside, or set USBX_LIBRARY to its path"
        ) from None
    try:
        library.usbx_version.restype = c_char_p
        version = library.usbx_version().decode()
    except AttributeError:
        raise LibraryError(f"{path} is not a usbx library: it has no usbx_version()") from None
    major, minor = (int(number) for number in version.split(".")[:2])
    if major != USBX_VERSION_MAJOR or minor < USBX_VERSION_MINOR:
        raise LibraryError(
            f"{path} is usbx {version}, and this pyusbx needs {USBX_VERSION_MAJOR}.{USBX_VERSION_MINOR} or later of "
            f"{USBX_VERSION_MAJOR}.x; install that one, or set USBX_LIBRARY to its path"
        )
    declare(library)
    return library


PATH = _candidate()
lib = load(PATH)
