"""LabVIEW's tables at work: the first program, by one who knows of usbx what languages/labview/*.csv say and nothing else.

A call passes what a Call Library Function Node of that setting passes; a struct is an array of bytes.
"""

import csv
import ctypes
import sys


def rows(name):
    with open("labview/%s.csv" % name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


NUMBERS = {
    "Signed 32-bit Integer": ctypes.c_int32,
    "Unsigned 8-bit Integer": ctypes.c_uint8,
    "Unsigned 16-bit Integer": ctypes.c_uint16,
    "Unsigned 32-bit Integer": ctypes.c_uint32,
    "Unsigned 64-bit Integer": ctypes.c_uint64,
    "Unsigned Pointer-sized Integer": ctypes.c_size_t,
}
library = ctypes.CDLL("libusbx.so.0")
nodes, structs, constants = {}, {}, {row["constant"]: int(row["value"]) for row in rows("constants")}
for row in rows("functions"):
    nodes.setdefault(row["function"], []).append(row)
for row in rows("structs"):
    structs.setdefault(row["struct"], {})[row["field"]] = row


def call(name, *wired):
    """What is wired in, in order; what comes out: the return value and the numbers passed by pointer."""
    result, *places = sorted(nodes[name], key=lambda row: int(row["place"]))
    assert len(places) == len(wired), name
    arguments, out = [], []
    for place, value in zip(places, wired):
        if place["type"] == "String":
            arguments.append(ctypes.c_char_p(value))
        elif place["type"] == "Array":
            assert place["data type"] == "Unsigned 8-bit Integer" and place["pass or format"] == "Array Data Pointer", place
            arguments.append((ctypes.c_uint8 * len(value)).from_buffer(value))
        elif place["pass or format"] == "Pointer to Value":
            out.append(NUMBERS[place["data type"]](value))
            arguments.append(ctypes.byref(out[-1]))
        else:
            arguments.append(NUMBERS[place["data type"]](value))
    function = getattr(library, name)
    function.restype = ctypes.c_char_p if result["type"] == "String" else NUMBERS[result["data type"]]
    returned = function(*arguments)
    return [returned] + [number.value for number in out]


def check(results):
    status, *out = results
    if status != constants["USBX_OK"]:
        sys.exit(call("usbx_last_error")[0].decode())
    return out[0] if len(out) == 1 else out


def at(data, struct, field):
    """The bytes of a field, as Array Subset takes them."""
    row = structs[struct][field]
    data = data[int(row["offset"]):][:int(row["bytes of the field"])]
    return data.split(b"\0")[0].decode() if row["wire"] == "U8[] (text)" else int.from_bytes(data, "little")


device = check(call("usbx_open", 0x1209, 0x0001, b"", 0))
info = bytearray(int(structs["usbx_device_info"]["path"]["bytes"]))
check(call("usbx_info", device, info))
print("%04x:%04x at %s: %s %s, serial %s" % tuple(
    at(info, "usbx_device_info", field) for field in ("vendor_id", "product_id", "path", "manufacturer", "product", "serial")))
check(call("usbx_claim", device, 0))
check(call("usbx_control", device, 0x40, 3, 0, 0, bytearray(4), 4, 1000, 0))
check(call("usbx_control", device, 0x40, 1, 0, 0, bytearray(), 0, 1000, 0))
print("status report: %d bytes" % check(call("usbx_interrupt_read", device, 0x82, bytearray(16), 16, 1000, 0)))

options = bytearray(int(structs["usbx_stream_options"]["size"]["bytes"]))
stream = check(call("usbx_stream_open", device, 0x81, options, 0))
data, total, frames, lost = bytearray(65536), 0, 0, 0
while total < 1048576:
    moved = check(call("usbx_stream_read", stream, data, min(len(data), 1048576 - total), 1000, 0))
    for offset in range(0, moved, 512):
        lost, frames = int.from_bytes(data[offset + 4:offset + 8], "little") - frames, frames + 1
    total += moved
print("stream: %d bytes, %d frames, %d lost" % (total, frames, lost))
check(call("usbx_stream_close", stream))
check(call("usbx_close", device))
