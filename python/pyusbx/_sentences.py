"""The library's sentences in Python's words: they name the C interface's functions, and speak of handles that C programs can mix up."""

from __future__ import annotations

import re
from typing import Mapping

CALLS = {
    "usbx_buffer_alloc": "device.buffer()",
    "usbx_bulk_streams_alloc": "device.bulk_streams_alloc(count, [{endpoint}])",
    "usbx_bulk_streams_free": "device.bulk_streams_free([{endpoint}])",
    "usbx_cancel": "device.cancel({endpoint})",
    "usbx_claim": "device.claim({interface})",
    "usbx_clear_halt": "device.clear_halt({endpoint})",
    "usbx_control": "device.control_write()",
    "usbx_detach_kernel_driver": "device.detach_kernel_driver({interface})",
    "usbx_devices": "pyusbx.devices()",
    "usbx_release": "device.release({interface})",
    "usbx_remote_devices": "pyusbx.remote_devices()",
    "usbx_set_alt_setting": "device.set_alt_setting({interface}, {setting})",
    "usbx_set_auto_detach": "device.set_auto_detach(True)",
    "usbx_set_configuration": "device.set_configuration({configuration})",
    "usbx_stream_space": "stream.space()",
    "usbx_submit": "queue.bulk_{direction}(..., stream=)",
    "usbx_virtual_create": "VirtualDevice.create()",
    "usbx_virtual_next": "virtual.next()",
    "usbx_virtual_open": "pyusbx.VirtualDevice()",
    "usbx_virtual_plug": "virtual.plug()",
    "usbx_virtual_unplug": "virtual.unplug()",
}

_CONSTANTS = {
    "USBX_ERROR_IO": "pyusbx.Io.status",
    "USBX_ERROR_OTHER": "pyusbx.Other.status",
    "USBX_ERROR_OVERFLOW": "pyusbx.Overflow.status",
    "USBX_ERROR_PIPE": "pyusbx.Pipe.status",
    "USBX_FAULT_*": "pyusbx.Fault",
    "USBX_SPEED_*": "pyusbx.Speed",
    "USBX_MEMORY_*": "pyusbx.Memory",
    "USBX_NO_TIMEOUT": "None",
    "USBX_NO_WAIT": "0",
    "USBX_STREAM_EXACT_TIME": "exact_time=True",
    "USBX_STREAM_KEEP_GOING": "keep_going=True",
    "USBX_STREAM_ZERO_PACKET": "zero_packet=True",
    "USBX_TRANSFER_ZERO_PACKET": "zero_packet=True",
}

_NO_LONGER_OPEN = re.compile(r"0x[0-9a-f]+ is not the handle of an open ([a-z ]+); it was closed, or never was one,.*")


def in_python(sentence: str, calls: Mapping[str, str] = CALLS) -> str:
    """The sentence with Python's calls in place of C's: `device.detach_kernel_driver(0)`."""

    def call(found: re.Match[str]) -> str:
        if found[1] not in calls:
            return found[0]
        before = sentence[: found.start()]
        endpoint = _named("endpoint", before)
        return calls[found[1]].format(
            interface=found[2] or _named("interface", before),
            endpoint=endpoint,
            setting=_named("alternate setting", before),
            configuration=_named("configuration", before),
            direction="read" if re.fullmatch("0x8.", endpoint) else "write",
        )

    sentence = _NO_LONGER_OPEN.sub(r"the \1 is closed", sentence)
    sentence = re.sub(r"\b(usbx_[a-z_]+)(?:\((\d+)\))?", call, sentence)
    return re.sub(r"\bUSBX_\w+\*?", lambda found: _CONSTANTS.get(found[0], found[0]), sentence)


def _named(kind: str, text: str) -> str:
    """The last number of that kind in a text, as it is written; where there is none, a name for it."""
    numbers: list[str] = re.findall(rf"\b{kind} (0x[0-9a-f]+|\d+)", text)
    return numbers[-1] if numbers else kind.rpartition(" ")[2]
