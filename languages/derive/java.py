"""Java: an interface for JNA."""

FILE = "java/usbx/Usbx.java"

INTEGERS = {"int32_t": "int", "uint8_t": "byte", "uint16_t": "short", "uint32_t": "int", "uint64_t": "long", "size_t": "SizeT"}
REFERENCES = {"int32_t": "IntByReference", "uint8_t": "ByteByReference", "uint64_t": "LongByReference", "size_t": "SizeTByReference"}

HEAD = """\
// The declarations of usbx.h for Java with JNA: constants, handles, structs and functions.
// Derived from the header by languages/derive, which `make declarations` runs; edit there. docs/languages.md explains it.
// SPDX-License-Identifier: MIT OR Apache-2.0
package usbx;

import com.sun.jna.*;
import com.sun.jna.ptr.*;
import java.nio.ByteBuffer;
import java.util.Map;

public interface Usbx extends Library {
    Usbx USBX = Native.load("libusbx.so.0", Usbx.class, Map.of(Library.OPTION_STRING_ENCODING, "UTF-8"));

    /** C's size_t. */
    class SizeT extends IntegerType {
        public SizeT() {
            this(0);
        }

        public SizeT(long value) {
            super(Native.SIZE_T_SIZE, value, true);
        }
    }

    /** A size_t that a function writes. */
    class SizeTByReference extends ByReference {
        public SizeTByReference() {
            super(Native.SIZE_T_SIZE);
        }

        public long getValue() {
            return Native.SIZE_T_SIZE == 8 ? getPointer().getLong(0) : getPointer().getInt(0) & 0xffffffffL;
        }
    }
"""

HANDLE = """
    /** {summary} */
    class {name} extends PointerType {{
        public {name}() {{
        }}

        public {name}(Pointer token) {{
            super(token);
        }}
    }}
"""


def parameter(it):
    if it.kind == "value":
        form = INTEGERS[it.type.name]
    elif it.kind == "number out":
        form = REFERENCES[it.type.name]
    elif it.kind in ("data", "data in"):
        form = "ByteBuffer"
    elif it.kind in ("struct", "struct in", "handle"):
        form = it.type.name + ("[]" if it.array else "")
    else:
        form = {"text": "String", "text out": "byte[]", "handle out": "PointerByReference", "data lent": "PointerByReference"}[it.kind]
    return form + " " + it.name


def field(it):
    if it.type.pointers:
        return "Pointer %s" % it.name
    if it.type.length:
        return "byte[] %s = new byte[%d]" % (it.name, it.type.length)
    if it.type.name == "size_t":
        return "SizeT %s = new SizeT()" % it.name
    return "%s %s" % (INTEGERS[it.type.name], it.name)


def write(header):
    out = [HEAD]
    for it in header.constants:
        value = "0x%X" % it.value if it.value > 0x7FFFFFFF else "%d" % it.value
        out.append("\n    /** %s */\n    int %s = %s;\n" % (it.summary, it.name, value))
    for name, summary in header.handles.items():
        out.append(HANDLE.format(name=name, summary=summary))
    for struct in header.structs:
        order = ", ".join('"%s"' % it.name for it in struct.fields)
        out.append("\n    /** %s */\n    @Structure.FieldOrder({%s})\n" % (struct.summary, order))
        out.append("    class %s extends Structure {\n" % struct.name)
        for it in struct.fields:
            out.append("        /** %s */\n        public %s;\n" % (it.summary, field(it)))
        out.append("    }\n")
    for function in header.functions:
        returns = "String" if function.returns.pointers else "int"
        parameters = ", ".join(parameter(it) for it in function.parameters)
        out.append("\n    /** %s */\n    %s %s(%s);\n" % (function.summary, returns, function.name, parameters))
    out.append("}\n")
    return "".join(out)
