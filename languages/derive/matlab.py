"""MATLAB: a header that loadlibrary can read, and the constants, which it cannot."""

FILE = "matlab/usbx_matlab.h"
CONSTANTS = "matlab/usbx_constants.m"

INTEGERS = {"int32_t": "int", "uint8_t": "unsigned char", "uint16_t": "unsigned short", "uint32_t": "unsigned int",
            "uint64_t": "unsigned long", "size_t": "unsigned long", "char": "char", "void": "unsigned char"}

HEAD = """\
/* The declarations of usbx.h in the C that MATLAB's loadlibrary reads on 64-bit Linux: no includes, and no own types except structs.
 * A handle, which is an opaque pointer in the header, is an unsigned long (uint64) here; so is size_t.
 * Derived from the header by languages/derive, which `make declarations` runs; edit there. docs/languages.md explains it.
 * SPDX-License-Identifier: MIT OR Apache-2.0 */
"""


def parameter(header, it):
    name = it.type.name
    if name in header.handles:
        return "unsigned long %s%s" % ("*" * (it.type.pointers - 1), it.name)
    base = "struct " + name if name not in INTEGERS else INTEGERS[name]
    return "%s%s %s%s" % ("const " if it.type.const else "", base, "*" * it.type.pointers, it.name)


def field(it):
    base = INTEGERS.get(it.type.name, "struct " + it.type.name)
    return "%s %s%s%s;" % (base, "*" * it.type.pointers, it.name, "[%d]" % it.type.length if it.type.length else "")


def write(header):
    out = [HEAD]
    for struct in header.structs:
        out.append("\n/* %s %d bytes. */\nstruct %s {\n" % (struct.summary, struct.size, struct.name))
        out.extend("    %s /* %s */\n" % (field(it), it.summary) for it in struct.fields)
        out.append("};\n")
    for function in header.functions:
        returns = "const char *" if function.returns.pointers else "int "
        parameters = ", ".join(parameter(header, it) for it in function.parameters) or "void"
        out.append("\n/* %s */\n%s%s(%s);\n" % (function.summary, returns, function.name, parameters))
    return "".join(out)


def write_constants(header):
    out = ["function usbx = usbx_constants()\n% The constants of usbx.h: usbx = usbx_constants(); usbx.USBX_ERROR_TIMEOUT\n",
           "% Derived from the header by languages/derive, which `make declarations` runs; edit there.\n% SPDX-License-Identifier: MIT OR Apache-2.0\n"]
    for it in header.constants:
        kind = "uint32" if it.value > 0x7FFFFFFF else "int32"
        out.append("usbx.%s = %s(%d); %% %s\n" % (it.name, kind, it.value, it.summary))
    out.append("end\n")
    return "".join(out)
