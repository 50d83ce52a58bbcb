"""Ruby: a module for the gem ffi."""

FILE = "ruby/usbx.rb"

HEAD = """\
# The declarations of usbx.h for Ruby with the gem ffi: constants, structs and functions.
# Derived from the header by languages/derive, which `make declarations` runs; edit there. docs/languages.md explains it.
# SPDX-License-Identifier: MIT OR Apache-2.0
require 'ffi'

module Usbx
  extend FFI::Library
  ffi_lib 'libusbx.so.0'
"""


def class_of(name):
    return "".join(word.capitalize() for word in name.split("_")[1:])


def integer(name):
    return ":" + (name if name == "size_t" else name[:-2])


def parameter(it):
    return integer(it.type.name) if it.kind == "value" else ":string" if it.kind == "text" else ":pointer"


def field(it):
    if it.type.pointers:
        return ":pointer"
    if it.type.length:
        return "[%s, %d]" % (":char" if it.type.name == "char" else integer(it.type.name), it.type.length)
    return integer(it.type.name)


def write(header):
    out = [HEAD, "\n"]
    out.extend("  %s = %d # %s\n" % (it.name, it.value, it.summary) for it in header.constants)
    for struct in header.structs:
        out.append("\n  # %s\n  class %s < FFI::Struct\n    layout(\n" % (struct.summary, class_of(struct.name)))
        out.extend("      %s: %s, # %s\n" % (it.name, field(it), it.summary) for it in struct.fields)
        out.append("    )\n  end\n")
    for function in header.functions:
        returns = ":string" if function.returns.pointers else ":int32"
        parameters = ", ".join(parameter(it) for it in function.parameters)
        names = ", ".join(it.name for it in function.parameters)
        blocking = ", blocking: true" if header.waits(function) else ""
        out.append("\n  # %s(%s): %s\n" % (function.name, names, function.summary))
        out.append("  attach_function :%s, [%s], %s%s\n" % (function.name, parameters, returns, blocking))
    out.append("end\n")
    return "".join(out)
