"""The declarations of include/usbx.h, as lists for the writers of each language."""

import re
from dataclasses import dataclass, field

from pycparser import CParser, c_ast

COMMENT = r"/\*\*((?:(?!\*/).)*)\*/"  # with re.S
INTEGERS = {"int8_t": 1, "int16_t": 2, "int32_t": 4, "int64_t": 8, "uint8_t": 1, "uint16_t": 2, "uint32_t": 4, "uint64_t": 8}


@dataclass
class Type:
    name: str  # "uint16_t", "size_t", "char", "void", or a struct's or a handle's name
    pointers: int = 0  # how many stars
    const: bool = False
    length: int = 0  # of an array in a struct, else 0


@dataclass
class Parameter:
    name: str
    type: Type
    # "value", "handle", "handle out", "text", "text out", "number out", "data in", "data", "data lent", "struct in", "struct"
    kind: str
    array: bool = False  # of structs, with the length in the next parameter


@dataclass
class Function:
    name: str
    returns: Type
    summary: str
    parameters: list = field(default_factory=list)


@dataclass
class Field:
    name: str
    type: Type
    summary: str
    offset: int = 0  # on a 64-bit machine, as is size
    size: int = 0


@dataclass
class Struct:
    name: str
    summary: str
    fields: list = field(default_factory=list)
    size: int = 0


@dataclass
class Constant:
    name: str
    value: int
    summary: str


class Header:
    def __init__(self, text):
        self.constants = [
            Constant(name, int(value.rstrip("u"), 0), summary(comment))
            for comment, name, value in re.findall(COMMENT + r"\s*#define (USBX_\w+) (-?\w+)", text, re.S)
        ]
        assert len(self.constants) == len(re.findall(r"^#define USBX_\w+ ", text, re.M)), "a constant without a comment"
        comments = {
            name: comment for comment, name in re.findall(
                COMMENT + r"\s*(?:typedef struct |usbx_status |const char \*)(usbx_\w+)", text, re.S)
        }
        self.handles, self.structs, self.functions = {}, [], []  # handles: a summary for each name
        for declaration in CParser().parse(declarations(text)).ext:
            if isinstance(declaration.type, c_ast.FuncDecl):
                self.functions.append(self.function(declaration, comments))
            elif isinstance(declaration, c_ast.Typedef) and isinstance(declaration.type.type, c_ast.Struct):
                name, members = declaration.name, declaration.type.type.decls
                if members is None:
                    self.handles[name] = summary(comments[name])
                else:
                    self.structs.append(self.struct(name, members, text, summary(comments[name])))

    def function(self, declaration, comments):
        function = Function(declaration.name, type_of(declaration.type.type), summary(comments[declaration.name]))
        for parameter in declaration.type.args.params:
            if parameter.name is not None:  # (void)
                kind_of = type_of(parameter.type)
                function.parameters.append(Parameter(parameter.name, kind_of, self.kind(kind_of)))
        for parameter, following in zip(function.parameters, function.parameters[1:]):
            parameter.array = parameter.kind == "struct" and following.name in ("capacity", "packet_count")
        return function

    def kind(self, it):
        if it.pointers == 0:
            return "value"
        if it.name in self.handles:
            return "handle" if it.pointers == 1 else "handle out"
        if it.name == "char":
            return "text" if it.const else "text out"
        if it.name == "void":
            return "data lent" if it.pointers == 2 else "data in" if it.const else "data"
        if it.name == "size_t" or it.name in INTEGERS:
            return "number out"
        return "struct in" if it.const else "struct"

    def struct(self, name, members, text, about):
        body = re.search(r"typedef struct %s \{(.*?)\n\} %s;" % (name, name), text, re.S).group(1)
        comments = {name: comment for comment, name in re.findall(COMMENT + r"[^;]*?(\w+)(?:\[\d+\])?;", body, re.S)}
        struct, offset, alignment = Struct(name, about), 0, 1
        for member in members:
            it = type_of(member.type)
            unit = 8 if it.pointers or it.name == "size_t" else 1 if it.name == "char" else INTEGERS[it.name]
            offset = (offset + unit - 1) // unit * unit
            struct.fields.append(Field(member.name, it, summary(comments[member.name]), offset, unit * (it.length or 1)))
            offset += unit * (it.length or 1)
            alignment = max(alignment, unit)
        struct.size = (offset + alignment - 1) // alignment * alignment
        return struct

    def closes(self, handle):
        """The function that closes a handle."""
        return "usbx_close" if handle == "usbx_device" else handle + "_close"

    def waits(self, function):
        """Whether it may take long: it has a timeout, or waits for transfers or the kernel."""
        instant = ("usbx_version", "usbx_error_name", "usbx_error_text", "usbx_last_error", "usbx_info")
        return function.name not in instant and not function.name.endswith(("_fd", "_stats", "_cancel"))


def declarations(text):
    """C without comments and preprocessor lines, which the parser does not know, and with the types of the includes."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    text = re.sub(r"#ifdef __cplusplus.*?#endif", "", text, flags=re.S)
    text = re.sub(r"^#.*$", "", text, flags=re.M)
    return "".join("typedef int %s;\n" % name for name in (*INTEGERS, "size_t")) + text


def type_of(node):
    pointers, length = 0, 0
    while not isinstance(node, c_ast.TypeDecl):
        if isinstance(node, c_ast.PtrDecl):
            pointers += 1
        elif isinstance(node, c_ast.ArrayDecl):
            length = int(node.dim.value)
        node = node.type
    name = node.type.name if isinstance(node.type, c_ast.Struct) else node.type.names[0]
    return Type("int32_t" if name == "usbx_status" else name, pointers, "const" in node.quals, length)


def summary(comment):
    """The first sentence of a comment."""
    text = " ".join(line.strip().lstrip("*").strip() for line in comment.strip().splitlines())
    text = re.split(r"(?<=[.:])\s{2,}", text)[0]
    return re.match(r"(.*?[.])(?: [A-Z]|$)|(.*)", text).group(0).rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ").strip()
