"""The exceptions that pyusb's users get: what programs compare is libusb's, and the sentence comes behind it."""

from __future__ import annotations

import ctypes
import pickle
from typing import Any, Optional

import pytest
import usb.backend.libusb1 as libusb1
import usb.core

from pyusbx import errors
from pyusbx.backend.failures import as_pyusbs, in_pyusbs_words

SENTENCE = "bulk read of 512 bytes from endpoint 0x81 of 1209:0001 (path 1-1): it is a test"


def libusbs_strerror() -> Optional[Any]:
    try:
        strerror = ctypes.CDLL("libusb-1.0.so.0").libusb_strerror
    except OSError:
        return None
    strerror.restype = ctypes.c_char_p
    return strerror


@pytest.mark.parametrize("status", sorted(set(errors.CLASSES) - {errors.NotSupported.status}))
def test_what_programs_compare_is_libusbs(status: int) -> None:
    made: Any = as_pyusbs(errors.error(status, SENTENCE))
    code = made.backend_error_code
    assert code == (status if status in libusb1._str_error_map else code)
    assert made.errno == libusb1._libusb_errno[code] and made.status == status
    strerror = libusbs_strerror()
    if strerror is not None:
        assert made.strerror == strerror(code).decode()
    if code != libusb1.LIBUSB_ERROR_OTHER:  # where pyusb's words without libusb are others
        assert made.strerror.lower() == libusb1._str_error_map[code].lower()
    stock = usb.core.USBError(made.strerror, code, made.errno)
    assert isinstance(made, usb.core.USBError) and made.args == stock.args
    assert isinstance(made, usb.core.USBTimeoutError) == (code == libusb1.LIBUSB_ERROR_TIMEOUT)
    assert str(made) == f"{stock}: {SENTENCE}"


def test_what_is_not_supported_is_not_implemented() -> None:
    made = as_pyusbs(errors.error(errors.NotSupported.status, SENTENCE))
    assert type(made) is NotImplementedError
    assert str(made) == f"{libusb1._str_error_map[libusb1.LIBUSB_ERROR_NOT_SUPPORTED]}: {SENTENCE}"


def test_a_failure_comes_back_whole_from_another_process() -> None:
    error = errors.error(errors.Timeout.status, SENTENCE)
    error.transferred, error.data = 3, b"abc"
    made: Any = as_pyusbs(error)
    copy = pickle.loads(pickle.dumps(made))
    assert type(copy) is type(made) and (str(copy), vars(copy)) == (str(made), vars(made))
    assert (copy.errno, copy.strerror, copy.data) == (made.errno, made.strerror, b"abc")


@pytest.mark.parametrize(
    "sentence, words",
    [
        (
            "claim interface 2 of 0525:a4a2 (path 1-1): held by kernel driver usbhid; call usbx_detach_kernel_driver first, or usbx_set_auto_detach once",
            "call dev.detach_kernel_driver(2) first",
        ),
        (
            "set configuration 1 of 0525:a4a2 (path 1-1): kernel driver usbhid holds interface 3; call usbx_detach_kernel_driver(3) first",
            "call dev.detach_kernel_driver(3) first",
        ),
        (
            "set configuration 2 of 0525:a4a2 (path 1-1): this handle has claimed interface 1; call usbx_release first",
            "call usb.util.release_interface(dev, 1) first",
        ),
        (
            "bulk read from endpoint 0x85 of 1209:0001 (path 1-1): it belongs to alternate setting 1 of interface 0, which is not "
            "selected: call usbx_set_alt_setting first; now 0x81 IN",
            "call dev.set_interface_altsetting(0, 1) first",
        ),
        ("the claim ended; call usbx_release, and usbx_claim", "call usb.util.release_interface(dev, interface), and "),
        ("usbx_other(1) stays", "usbx_other(1) stays"),
    ],
)
def test_sentences_speak_pyusb(sentence: str, words: str) -> None:
    assert words in in_pyusbs_words(sentence)
    assert "auto_detach" not in in_pyusbs_words(sentence), "pyusb has no such call"
