"""Messages speak Python: no function of the C interface is left in them, and what is closed is called closed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Callable

import pytest
from conftest import FRAMES

import pyusbx
from pyusbx import _declarations
from pyusbx._sentences import CALLS, in_python
from pyusbx.backend.failures import in_pyusbs_words

SOURCES = Path(__file__).resolve().parents[2] / "src"
# What stays as it is: variables of the environment, and the names of statuses, which `Error.name` has too.
VARIABLES = {"USBX_CAPTURE", "USBX_SYSTEM_BUS", "USBX_VIRTUAL"}


def messages() -> list[str]:
    """The string literals of the library's sources that name something of the C interface, with numbers in their gaps."""
    found = []
    for file in sorted(SOURCES.rglob("*.rs")):
        source = re.sub(r"^\s*//.*$", "", file.read_text(), flags=re.MULTILINE)
        source = re.sub(r"\\\n\s*", "", source)
        literals: list[str] = re.findall(r'"((?:[^"\\\n]|\\.)*)"', source)
        found += [re.sub(r"\{\w*\}", "3", one) for one in literals if " " in one and re.search(r"\b(usbx_[a-z]|USBX_)", one)]
    return found


def test_every_message_has_its_python_form() -> None:
    named = {name for message in messages() for name in re.findall(r"\busbx_[a-z_]+", message)}
    # A function that this package does not call is none of its messages'.
    named &= set(_declarations.FUNCTIONS)
    assert len(named) > 10 and named <= set(CALLS), named - set(CALLS)
    known = [*_declarations.FUNCTIONS, *vars(_declarations)]
    for message in messages():
        for told in (in_python(message), in_pyusbs_words(message)):
            left = set(re.findall(r"\busbx_\w+|\bUSBX_(?!ERROR_)\w+", told)) - VARIABLES
            left = {name for name in left if any(ours.startswith(name) for ours in known)}
            assert not left, told


def test_the_calls_exist() -> None:
    owners = {"device": pyusbx.Device, "pyusbx": pyusbx, "queue": pyusbx.Queue, "stream": pyusbx.Stream}
    owners |= {"virtual": pyusbx.VirtualDevice, "VirtualDevice": pyusbx.VirtualDevice}
    for call in CALLS.values():
        for direction in ("read", "write"):
            owner, name = call.replace("{direction}", direction).partition("(")[0].split(".")
            assert callable(getattr(owners[owner], name)), call


@pytest.mark.parametrize(
    "sentence, words",
    [
        ("claim interface 2 of 0525:a4a2 (path 1-1): held by kernel driver usbhid; call usbx_detach_kernel_driver first, or "
         "usbx_set_auto_detach once", "call device.detach_kernel_driver(2) first, or device.set_auto_detach(True) once"),
        ("set configuration 1 of it: kernel driver usbhid holds interface 3; call usbx_detach_kernel_driver(3) first",
         "call device.detach_kernel_driver(3) first"),
        ("read from endpoint 0x85 of it: it belongs to alternate setting 1 of interface 0, which is not selected: call "
         "usbx_set_alt_setting first; now 0x81 IN", "call device.set_alt_setting(0, 1) first"),
        ("bulk read from endpoint 0x81 of it: the endpoint is halted (0 of 512 bytes moved); call usbx_clear_halt to go on",
         "call device.clear_halt(0x81) to go on"),
        ("the endpoint 0x02 has 1 to 4; usbx_submit with one of these", "queue.bulk_write(..., stream=) with one of these"),
        ("usbx_other(1) stays", "usbx_other(1) stays"),
    ],
)  # fmt: skip
def test_sentences_speak_python(sentence: str, words: str) -> None:
    assert words in in_python(sentence)


def test_a_refusal_names_the_method_that_helps(plugged: pyusbx.VirtualDevice) -> None:
    with pyusbx.open(0x1209, 1) as device:
        with pytest.raises(pyusbx.NotClaimed, match=r"call device\.claim\(0\) first"):
            device.bulk_read(FRAMES, 512)
        assert "call device.claim(0) first" in device.handle_error()
        with pyusbx.Queue() as queue, pytest.raises(pyusbx.NotClaimed, match=r"call device\.claim\(0\) first"):
            queue.bulk_read(device, FRAMES, 512)


def test_what_is_closed_is_called_closed(device: pyusbx.Device) -> None:
    queue, stream, watch = pyusbx.Queue(), device.stream(FRAMES), pyusbx.Watch()
    for handle in (queue, stream, watch, device):
        handle.close()
    calls: list[tuple[str, Callable[[], object]]] = [
        ("the device is closed", lambda: device.claim(0)),
        ("the device is closed", lambda: device.bulk_read(FRAMES, 512)),
        ("the device is closed", device.handle_error),
        ("the queue is closed", lambda: queue.wait(0)),
        (" is closed", lambda: stream.next(0)),
        ("the stream is closed", stream.handle_error),
        ("the watch is closed", lambda: watch.next(0)),
    ]
    for words, call in calls:
        with pytest.raises(pyusbx.InvalidHandle) as caught:
            call()
        assert str(caught.value).endswith(words), str(caught.value)
