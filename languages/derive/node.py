"""JavaScript in Node: prototypes for koffi."""

FILE = "node/usbx.mjs"

HEAD = """\
// The declarations of usbx.h for Node with koffi: constants, types and functions.
// Derived from the header by languages/derive, which `make declarations` runs; edit there. docs/languages.md explains it.
// SPDX-License-Identifier: MIT OR Apache-2.0
import koffi from 'koffi';

const library = koffi.load('libusbx.so.0');

koffi.alias('usbx_status', 'int32_t');
"""


def c(it):
    return "%s%s %s" % ("const " if it.const else "", it.name, "*" * it.pointers)


def parameter(it):
    way = {"handle out": "_Out_ ", "number out": "_Out_ ", "text out": "_Out_ ", "data lent": "_Out_ ", "data": "_Inout_ "}
    if it.kind == "struct":
        before = "_Inout_ " if it.name == "packets" else "_Out_ "
    else:
        before = way.get(it.kind, "")
    return before + c(it.type) + it.name


def field(it):
    name = "usbx_status" if it.name == "status" else it.type.name
    return "'%s%s'" % (name, " *" if it.type.pointers else " [%d]" % it.type.length if it.type.length else "")


def write(header):
    out = [HEAD]
    out.extend("koffi.opaque('%s');\n" % name for name in header.handles)
    for struct in header.structs:
        out.append("\n/** %s */\nexport const %s = koffi.struct('%s', {\n" % (struct.summary, struct.name, struct.name))
        out.extend("    %s: %s, // %s\n" % (it.name, field(it), it.summary) for it in struct.fields)
        out.append("});\n")
    for it in header.constants:
        out.append("\n/** %s */\nexport const %s = %d;\n" % (it.summary, it.name, it.value))
    for function in header.functions:
        returns = "const char *" if function.returns.pointers else "usbx_status "
        parameters = ", ".join(parameter(it) for it in function.parameters) or "void"
        out.append("\n/** %s */\nexport const %s = library.func(\n" % (function.summary, function.name))
        out.append("    '%s%s(%s)');\n" % (returns, function.name, parameters))
    return "".join(out)
