#!/usr/bin/python3
"""Derives the declarations of the languages from include/usbx.h: `make declarations`.

With --check nothing is written: it fails, and names them, if files are not what the header says.
"""

import sys
from pathlib import Path

sys.dont_write_bytecode = True  # no __pycache__ among the sources

import csharp
import header
import java
import labview
import matlab
import node
import perl
import ruby

languages = Path(__file__).resolve().parent.parent
declared = header.Header((languages.parent / "include/usbx.h").read_text(encoding="utf-8"))
files = {language.FILE: language.write(declared) for language in (csharp, java, labview, matlab, node, perl, ruby)}
files[labview.STRUCTS] = labview.write_structs(declared)
files[labview.CONSTANTS] = labview.write_constants(declared)
files[matlab.CONSTANTS] = matlab.write_constants(declared)
# A table has no comments: its licence is in a file beside it, as the REUSE specification says.
files.update({name + ".license": "SPDX-License-Identifier: MIT OR Apache-2.0\n" for name in files if name.endswith(".csv")})

if sys.argv[1:] == ["--check"]:
    stale = [name for name, text in files.items()
             if not (languages / name).exists() or (languages / name).read_text(encoding="utf-8") != text]
    if stale:
        sys.exit("not what include/usbx.h says; run `make declarations` and commit the result: " + ", ".join(stale))
else:
    for name, text in files.items():
        (languages / name).write_text(text, encoding="utf-8")
