#!/usr/bin/env python3
"""pages.py DIRECTORY — puts the site's pages into DIRECTORY: README.md as its index, docs/*.md, the reference's.

In the repository a link says where a file lies in it; on the site, the same link leads to that file's page, or to the file
itself where it is no page. A link to what is not in the repository stops the build.
"""

import os
import pathlib
import re
import shutil
import sys

from contents import CONTENTS, ELSEWHERE

ROOT = pathlib.Path(__file__).resolve().parents[2]
LINK = re.compile(r"(\]\()([^)#\s]+)(#[^)\s]*)?(\))")
CODE = re.compile(r"(^```.*?^```$|`[^`\n]+`)", re.M | re.S)


def sources():
    """Each page's name and its file."""
    pages = {name: ROOT / place for name, place in ELSEWHERE.items()}
    pages |= {file.stem: file for file in sorted((ROOT / "docs").glob("*.md"))}
    pages |= {f"reference/{file.stem}": file for file in sorted((ROOT / "docs/site/reference").glob("*.md"))}
    return {name: file for name, file in pages.items() if file.exists()}


def linked(text, file, name, names, directory):
    """The text with its links as the site has them."""

    def link(match):
        before, target, anchor, after = match.groups()
        if re.match(r"[a-z]+:", target):
            return match[0]
        there = (file.parent / target).resolve()
        if not there.exists():
            sys.exit(f"{file.relative_to(ROOT)}: a link to {target}, which is not there")
        up = "../" * name.count("/")
        if there in names:
            return f"{before}{up}{names[there]}.md{anchor or ''}{after}"
        if there.is_dir():
            return f"{before}{up}files/{there.relative_to(ROOT)}.txt{after}" if listing(there, directory) else match[0]
        copy = directory / "files" / there.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(there, copy)
        return f"{before}{up}files/{there.relative_to(ROOT)}{after}"

    return "".join(part if CODE.fullmatch(part) else LINK.sub(link, part) for part in CODE.split(text))


def listing(there, directory):
    """A directory is its files' names."""
    copy = directory / "files" / f"{there.relative_to(ROOT)}.txt"
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_text("\n".join(sorted(os.listdir(there))) + "\n")
    return True


def contents(pages):
    for heading, names in CONTENTS:
        there = [name for name in names if name in pages]
        if there:
            yield "\n".join(["", "```{toctree}", ":hidden:", f":caption: {heading}", "", *there, "```", ""])


def main(directory):
    pages = sources()
    names = {file.resolve(): name for name, file in pages.items()}
    for name, file in pages.items():
        text = linked(file.read_text(encoding="utf-8"), file, name, names, directory)
        if name == "index":
            text += "".join(contents(pages))
        page = directory / f"{name}.md"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text, encoding="utf-8")


main(pathlib.Path(sys.argv[1]).resolve())
