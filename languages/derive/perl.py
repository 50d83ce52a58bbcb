"""Perl: a module for FFI::Platypus."""

FILE = "perl/Usbx.pm"

HEAD = """\
# The declarations of usbx.h for Perl with FFI::Platypus: constants, records and functions.
# Derived from the header by languages/derive, which `make declarations` runs; edit there. docs/languages.md explains it.
# SPDX-License-Identifier: MIT OR Apache-2.0
package Usbx;
use strict;
use warnings;
use Exporter 'import';
use FFI::Platypus 2.00;

my $ffi = FFI::Platypus->new(api => 2, lib => 'libusbx.so.0');
our @EXPORT;
"""


def class_of(name):
    return "Usbx::" + "".join(word.capitalize() for word in name.split("_")[1:])


def integer(name):
    return "sint32" if name == "int32_t" else name.replace("_t", "") if name != "size_t" else name


def parameter(it):
    kinds = {"handle": "opaque", "handle out": "opaque*", "text": "string", "text out": "opaque", "data": "opaque",
             "data in": "opaque", "data lent": "opaque*"}
    if it.kind == "value":
        return integer(it.type.name)
    if it.kind == "number out":
        return integer(it.type.name) + "*"
    if it.kind in ("struct", "struct in"):
        return "opaque" if it.array else it.type.name
    return kinds[it.kind]


def field(it):
    if it.type.pointers:
        return "opaque"
    if it.type.name == "char":
        return "string(%d)" % it.type.length
    return integer(it.type.name) + ("[%d]" % it.type.length if it.type.length else "")


def write(header):
    out = [HEAD]
    out.append("\n# Constants.\nmy %constants;\nBEGIN {\n    %constants = (\n")
    out.extend("        %s => %d, # %s\n" % (it.name, it.value, it.summary) for it in header.constants)
    out.append("    );\n}\nuse constant \\%constants;\npush @EXPORT, keys %constants;\n")
    for struct in header.structs:
        out.append("\n# %s\npackage %s {\n    use FFI::Platypus::Record;\n    record_layout_1(\n" % (struct.summary, class_of(struct.name)))
        out.extend("        '%s' => '%s', # %s\n" % (field(it), it.name, it.summary) for it in struct.fields)
        out.append("    );\n}\n$ffi->type('record(%s)*' => '%s');\n" % (class_of(struct.name), struct.name))
    for function in header.functions:
        returns = "string" if function.returns.pointers else "sint32"
        parameters = ", ".join("'%s'" % parameter(it) for it in function.parameters)
        names = ", ".join(it.name for it in function.parameters)
        out.append("\n# %s(%s): %s\n" % (function.name, names, function.summary))
        out.append("$ffi->attach(%s => [%s] => '%s');\n" % (function.name, parameters, returns))
    out.append("\npush @EXPORT, qw(\n")
    out.extend("    %s\n" % function.name for function in header.functions)
    out.append(");\n\n1;\n")
    return "".join(out)
