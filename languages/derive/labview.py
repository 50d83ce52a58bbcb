"""LabVIEW: the settings of each Call Library Function Node, and the offsets of struct fields."""

import csv
import io

FILE = "labview/functions.csv"
STRUCTS = "labview/structs.csv"
CONSTANTS = "labview/constants.csv"

INTEGERS = {"int32_t": "Signed 32-bit Integer", "uint8_t": "Unsigned 8-bit Integer", "uint16_t": "Unsigned 16-bit Integer",
            "uint32_t": "Unsigned 32-bit Integer", "uint64_t": "Unsigned 64-bit Integer", "size_t": "Unsigned Pointer-sized Integer"}
WIRES = {"int32_t": "I32", "uint8_t": "U8", "uint16_t": "U16", "uint32_t": "U32", "uint64_t": "U64", "size_t": "U64"}
POINTER = "Unsigned Pointer-sized Integer"


def table(head, rows):
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return out.getvalue()


def parameter(header, function, place):
    """type, data type, how it is passed, what to wire, note"""
    it = function.parameters[place]
    following = function.parameters[place + 1].name if place + 1 < len(function.parameters) else ""
    if it.kind == "value":
        return "Numeric", INTEGERS[it.type.name], "Value", WIRES[it.type.name], ""
    if it.kind == "handle":
        return "Numeric", POINTER, "Value", "U64", "the handle"
    if it.kind == "handle out":
        return "Numeric", POINTER, "Pointer to Value", "U64", "returns the handle; %s closes it" % header.closes(it.type.name)
    if it.kind == "number out":
        return "Numeric", INTEGERS[it.type.name], "Pointer to Value", WIRES[it.type.name], "output; wire 0 to its left"
    if it.kind == "text":
        return "String", "", "C String Pointer", "String", "UTF-8; an empty string is the same as NULL" if it.name == "serial" else "UTF-8"
    if it.kind == "text out":
        return "String", "", "C String Pointer", "String", "minimum size: " + following
    if it.kind == "data lent":
        return "Numeric", POINTER, "Pointer to Value", "U64", "an address; write there with MoveBlock"
    if it.kind in ("data", "data in"):
        way = "bytes to send" if it.kind == "data in" else "bytes to send or to receive" if function.name == "usbx_control" else "receives the bytes"
        return "Array", INTEGERS["uint8_t"], "Array Data Pointer", "U8[]", "%s; minimum size: %s" % (way, following)
    size = next(struct.size for struct in header.structs if struct.name == it.type.name)
    times = " x " + following if it.array else ""
    return "Array", INTEGERS["uint8_t"], "Array Data Pointer", "U8[]", "%s, %d bytes%s; initialize it to that size" % (it.type.name, size, times)


def write(header):
    rows = []
    for function in header.functions:
        # A call that waits in LabVIEW's only UI thread would stop all of LabVIEW; other calls there share the thread with usbx_last_error.
        waits = any(it.name == "timeout_ms" for it in function.parameters)
        node = function.name, "C", "Run in any thread" if waits else "Run in UI thread"
        if function.returns.pointers:
            rows.append(node + (0, "return type", "String", "", "C String Pointer", "String", function.summary))
        else:
            rows.append(node + (0, "return type", "Numeric", INTEGERS["int32_t"], "", "I32", function.summary))
        for place, it in enumerate(function.parameters):
            rows.append(node + (place + 1, it.name) + parameter(header, function, place))
    return table(("function", "calling convention", "thread", "place", "parameter", "type", "data type", "pass or format", "wire", "note"), rows)


def write_structs(header):
    rows = []
    for struct in header.structs:
        for it in struct.fields:
            wire = "U64" if it.type.pointers else "U8[] (text)" if it.type.name == "char" else WIRES[it.type.name] + ("[]" if it.type.length else "")
            rows.append((struct.name, struct.size, it.name, it.offset, it.size, wire, it.summary))
    return table(("struct", "bytes", "field", "offset", "bytes of the field", "wire", "meaning"), rows)


def write_constants(header):
    return table(("constant", "value", "meaning"), ((it.name, it.value, it.summary) for it in header.constants))
