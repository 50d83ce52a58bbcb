"""The names of the header, and where the reference describes them."""

import pathlib
import re

from contents import CONTENTS

HERE = pathlib.Path(__file__).resolve().parent
HEADER = (HERE.parents[1] / "include/usbx.h").read_text(encoding="utf-8")
# Each C++ header is a part of one page, except those whose names are for the others.
CPP_HEADERS = sorted({file.stem for file in (HERE.parents[1] / "include/usbx").glob("*.hpp")} - {"control", "items"})
CPP_PAGE = (HERE / "reference/cpp.md").read_text(encoding="utf-8")
KINDS = {
    "doxygenfunction": re.compile(r"^(?:usbx_status|const char \*)\s*(usbx_\w+)\(", re.M),
    "doxygenstruct": re.compile(r"^typedef struct (usbx_\w+) \{", re.M),
    "doxygentypedef": re.compile(r"^typedef (?:struct usbx_\w+|\w+) (usbx_\w+);", re.M),
    "doxygendefine": re.compile(r"^#define (USBX_\w+) ", re.M),
}
KIND = {name: kind for kind, pattern in KINDS.items() for name in pattern.findall(HEADER)}


def expanded(words):
    """Names as a page lists them; `USBX_SPEED_*` means all that begin like this."""
    for word in words.split():
        yield from (name for name in KIND if name.startswith(word[:-1])) if word.endswith("*") else (word,)


def pages():
    """Each page of the reference: its name, its title, its names."""
    for _, names in CONTENTS:
        for name in names:
            file = HERE / f"{name}.md"
            if name.startswith("reference/"):
                text = file.read_text(encoding="utf-8")
                blocks = re.findall(r"^```\{names\}\n(.*?)^```$", text, re.M | re.S)
                if blocks:
                    yield name, text.split("\n", 1)[0].lstrip("# "), [n for block in blocks for n in expanded(block)]


def summary(function):
    """The first sentence of a function's comment."""
    comment = re.search(r"/\*\*\n((?: \*[^\n]*\n)*?) \*/\n[^\n;]*\b" + function + r"\(", HEADER)[1]
    text = " ".join(line.strip(" *") for line in comment.split("\n *\n")[0].split("\n"))
    return re.match(r".*?\.(?= |$)", text)[0]
