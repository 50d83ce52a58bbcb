"""C#: P/Invoke, for .NET and Mono."""

FILE = "csharp/Usbx.cs"

INTEGERS = {"int32_t": "int", "uint8_t": "byte", "uint16_t": "ushort", "uint32_t": "uint", "uint64_t": "ulong", "size_t": "UIntPtr"}

HEAD = """\
// The declarations of usbx.h for C#: structs, constants, functions, and a SafeHandle for each kind of handle.
// Derived from the header by languages/derive, which `make declarations` runs; edit there. docs/languages.md explains it.
// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Runtime.InteropServices;

#pragma warning disable 169 // reserved fields, which are not used

"""

HANDLE = """\
/// <summary>{summary}</summary>
public sealed class {name} : SafeHandle
{{
    public {name}() : base(IntPtr.Zero, true) {{ }}
    public override bool IsInvalid {{ get {{ return handle == IntPtr.Zero; }} }}
    protected override bool ReleaseHandle() {{ return Usbx.{closes}(handle) == Usbx.USBX_OK; }}
}}

"""


def xml(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def name_of(name):
    return "@" + name if name == "event" else name


def parameter(it):
    if it.kind == "value":
        form = INTEGERS[it.type.name]
    elif it.kind == "text":
        form = "[MarshalAs(UnmanagedType.LPUTF8Str)] string"
    elif it.kind in ("data", "data in", "text out"):
        form = "byte[]"
    elif it.kind == "data lent":
        form = "out IntPtr"
    elif it.kind == "number out":
        form = "out " + INTEGERS[it.type.name]
    elif it.kind == "struct in":
        form = "ref " + it.type.name
    elif it.array:
        form = "[In, Out] %s[]" % it.type.name
    else:
        form = {"handle": "", "handle out": "out ", "struct": "out "}[it.kind] + it.type.name
    return form + " " + name_of(it.name)


def field(it):
    if it.type.pointers:
        return "public IntPtr %s;" % it.name
    if it.type.name == "char":
        return "[MarshalAs(UnmanagedType.ByValTStr, SizeConst = %d)] public string %s;" % (it.type.length, it.name)
    if it.type.length:  # reserved, as single words, so that the struct needs no conversion
        return "uint " + ", ".join("%s_word_%d" % (it.name, n) for n in range(it.type.length // 4)) + ";"
    return "public %s %s;" % (INTEGERS[it.type.name], name_of(it.name))


def write(header):
    out = [HEAD]
    for name, summary in header.handles.items():
        out.append(HANDLE.format(name=name, summary=xml(summary), closes=header.closes(name)))
    for struct in header.structs:
        out.append("/// <summary>%s</summary>\n[StructLayout(LayoutKind.Sequential, CharSet = CharSet.Ansi)]\n" % xml(struct.summary))
        out.append("public struct %s\n{\n" % struct.name)
        for it in struct.fields:
            if it.type.length == 0 or it.type.name == "char":
                out.append("    /// <summary>%s</summary>\n" % xml(it.summary))
            out.append("    %s\n" % field(it))
        out.append("}\n\n")
    out.append('public static class Usbx\n{\n    const string Library = "libusbx.so.0";\n')
    for it in header.constants:
        kind = "uint" if it.value > 0x7FFFFFFF else "int"
        out.append("\n    /// <summary>%s</summary>\n    public const %s %s = %d;\n" % (xml(it.summary), kind, it.name, it.value))
    for function in header.functions:
        returns = "IntPtr" if function.returns.pointers else "int"
        forms = [[parameter(it) for it in function.parameters]]
        if function.name in map(header.closes, header.handles):
            forms = [["IntPtr " + function.parameters[0].name]]
        elif any(it.kind == "struct in" and it.name == "options" for it in function.parameters):
            forms.append([("IntPtr " + it.name if it.kind == "struct in" else parameter(it)) for it in function.parameters])
        for form in forms:
            out.append("\n    /// <summary>%s</summary>\n" % xml(function.summary))
            out.append("    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]\n")
            out.append("    public static extern %s %s(%s);\n" % (returns, function.name, ", ".join(form)))
    out.append("\n    /// <summary>The string at a pointer that the library returned; it is UTF-8 and stays the library's.</summary>\n")
    out.append("    public static string Text(IntPtr text) { return Marshal.PtrToStringAnsi(text); }\n}\n")
    return "".join(out)
