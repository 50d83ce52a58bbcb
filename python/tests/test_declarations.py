"""The declarations for ctypes beside the header: constants, structures field by field, functions argument by argument."""

from __future__ import annotations

import ctypes
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from pycparser import c_ast, c_parser

from pyusbx import _declarations as ours
from pyusbx import errors

INCLUDE = Path(__file__).resolve().parents[2] / "include"
HANDLES = {"usbx_capture", "usbx_device", "usbx_queue", "usbx_share", "usbx_stream", "usbx_virtual", "usbx_watch"}
PLAIN = {
    "char": ctypes.c_char,
    "int32_t": ctypes.c_int32,
    "size_t": ctypes.c_size_t,
    "uint8_t": ctypes.c_uint8,
    "uint16_t": ctypes.c_uint16,
    "uint32_t": ctypes.c_uint32,
    "uint64_t": ctypes.c_uint64,
    "usbx_status": ours.usbx_status,
}


def gcc(*arguments: str, source: str = "#include <usbx.h>\n") -> str:
    command = ["gcc", f"-I{INCLUDE}", "-x", "c", "-", *arguments]
    return subprocess.run(command, input=source, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def header() -> c_ast.FileAST:
    return c_parser.CParser().parse(gcc("-E", "-P", "-D__attribute__(x)=", "-D__extension__="))


def structures(header: c_ast.FileAST) -> dict[str, c_ast.Struct]:
    types = [one.type.type for one in header.ext if isinstance(one, c_ast.Typedef) and one.name.startswith("usbx_")
             if isinstance(one.type, c_ast.TypeDecl)]
    return {type.name: type for type in types if isinstance(type, c_ast.Struct)}


def pointed(node: Any) -> tuple[str, bool]:
    """The name of what a pointer leads to, and whether it is const."""
    kind = node.type
    return (kind.name if isinstance(kind, c_ast.Struct) else kind.names[0]), "const" in node.quals


def wanted(node: Any) -> Any:
    """What the type is for ctypes."""
    if isinstance(node, c_ast.ArrayDecl):
        return wanted(node.type) * int(node.dim.value)
    if isinstance(node, c_ast.TypeDecl):
        return PLAIN[node.type.names[0]]
    assert isinstance(node, c_ast.PtrDecl)
    if isinstance(node.type, c_ast.PtrDecl):
        return ctypes.POINTER(wanted(node.type))
    name, const = pointed(node.type)
    if name in HANDLES:
        return getattr(ours, name)
    if name == "void":
        return ctypes.c_void_p
    if name == "char":
        return ctypes.c_char_p if const else ctypes.POINTER(ctypes.c_char)
    return ctypes.POINTER(PLAIN.get(name) or getattr(ours, name))


def test_constants() -> None:
    defined = re.findall(r"^#define (USBX_\w+) (-?\w+)$", gcc("-E", "-dM"), re.M)
    numbers = {name: int(value.rstrip("uU"), 0) for name, value in defined}
    assert len(numbers) > 40
    assert numbers == {name: value for name, value in vars(ours).items() if name.startswith("USBX_")}


def test_structures(header: c_ast.FileAST) -> None:
    declared = {name: struct for name, struct in structures(header).items() if struct.decls}
    assert declared.keys() == {
        name for name, value in vars(ours).items() if isinstance(value, type) and issubclass(value, ctypes.Structure) and name != "Structure"
    }
    for name, struct in declared.items():
        fields = [(field.name, wanted(field.type)) for field in struct.decls]
        assert fields == list(getattr(ours, name)._fields_), name


def test_layout(header: c_ast.FileAST, tmp_path: Path) -> None:
    """As the C compiler lays them out: names and types alone say nothing about padding."""
    declared = {name: struct for name, struct in structures(header).items() if struct.decls}
    lines = [f'printf("{name} %zu\\n", sizeof({name}));' for name in declared]
    for name, struct in declared.items():
        for field in struct.decls:
            place = f"offsetof({name}, {field.name}), sizeof((({name} *)0)->{field.name})"
            lines.append(f'printf("{name}.{field.name} %zu %zu\\n", {place});')
    body = "\n".join(lines)
    gcc("-o", str(tmp_path / "layout"), source=f"#include <stdio.h>\n#include <usbx.h>\nint main(void) {{\n{body}\n}}\n")
    printed = subprocess.run([tmp_path / "layout"], capture_output=True, text=True, check=True).stdout.splitlines()
    found = {name: tuple(map(int, numbers)) for name, *numbers in map(str.split, printed)}
    for name in declared:
        structure = getattr(ours, name)
        assert found.pop(name) == (ctypes.sizeof(structure),), name
        for field, _ in structure._fields_:
            place = getattr(structure, field)
            assert found.pop(f"{name}.{field}") == (place.offset, place.size), f"{name}.{field}"
    assert not found


def test_handles(header: c_ast.FileAST) -> None:
    assert HANDLES == {name for name, struct in structures(header).items() if not struct.decls}
    for name in HANDLES:
        assert issubclass(getattr(ours, name), ctypes.c_void_p)


def test_functions(header: c_ast.FileAST) -> None:
    declared = {one.name: one.type for one in header.ext if isinstance(one, c_ast.Decl) and isinstance(one.type, c_ast.FuncDecl)}
    declared = {name: function for name, function in declared.items() if name.startswith("usbx_")}
    assert declared.keys() == ours.FUNCTIONS.keys()
    for name, function in declared.items():
        parameters = [one.type for one in function.args.params]
        takes = [wanted(type) for type in parameters if not is_void(type)]
        assert (wanted(function.type), takes) == (ours.FUNCTIONS[name][0], list(ours.FUNCTIONS[name][1])), name


def is_void(node: Any) -> bool:
    return isinstance(node, c_ast.TypeDecl) and node.type.names == ["void"]


def test_every_error_has_a_class() -> None:
    statuses = {value for name, value in vars(ours).items() if name.startswith("USBX_ERROR_")}
    assert errors.CLASSES.keys() == statuses
    for name, value in vars(ours).items():
        if name.startswith("USBX_ERROR_"):
            words = name[len("USBX_ERROR_") :].split("_")
            assert errors.CLASSES[value].__name__ == "".join(word.capitalize() for word in words)
            assert errors.CLASSES[value]("x").name == name
