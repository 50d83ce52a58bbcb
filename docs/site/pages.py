#!/usr/bin/env python3
"""pages.py DIRECTORY — writes the pages of the site to DIRECTORY: README.md as its index, docs/*.md, and the reference.

In the repository a link is the path of a file; on the site, the same link leads to the page of that file, or to the file
itself if it is not a page. A link to a file that is not in the repository stops the build.
"""

import os
import pathlib
import re
import shutil
import sys

from contents import CONTENTS, ELSEWHERE

ROOT = pathlib.Path(__file__).resolve().parents[2]
LINK = re.compile(r"\[([^\]]*)\]\(([^)#\s]+)(#[^)\s]*)?\)")
CODE = re.compile(r"(^```.*?^```$)", re.M | re.S)


def sources():
    """Each page's name and its file."""
    pages = {name: ROOT / place for name, place in ELSEWHERE.items()}
    pages |= {file.stem: file for file in sorted((ROOT / "docs").glob("*.md"))}
    pages |= {f"reference/{file.stem}": file for file in sorted((ROOT / "docs/site/reference").glob("*.md"))}
    return pages


def linked(text, file, name, names, directory):
    """The text, with its links changed for the site."""

    def link(match):
        text, target, anchor = match.groups()
        if re.match(r"[a-z]+:", target):
            return match[0]
        there = (file.parent / target).resolve()
        if not there.exists():
            sys.exit(f"{file.relative_to(ROOT)}: a link to {target}, which is not there")
        up = "../" * name.count("/")
        if there in names:
            if text.endswith(target):  # the name of a file, not of a page
                text = re.search(r"^# (.*)", there.read_text(encoding="utf-8"), re.M)[1]
            return f"[{text}]({up}{names[there]}.md{anchor or ''})"
        return f"[{text}]({up}{copied(there, directory)})"

    return "".join(part if CODE.fullmatch(part) else LINK.sub(link, part) for part in CODE.split(text))


def copied(there, directory):
    """A file on the site; for a directory, the list of its files."""
    copy = pathlib.Path("files") / there.relative_to(ROOT)
    (directory / copy).parent.mkdir(parents=True, exist_ok=True)
    if not there.is_dir():
        shutil.copy(there, directory / copy)
        return copy
    copy = copy.with_name(copy.name + ".txt")
    (directory / copy).write_text("\n".join(sorted(os.listdir(there))) + "\n")
    return copy


def contents():
    for heading, names in CONTENTS:
        yield "\n".join(["", "```{toctree}", ":hidden:", f":caption: {heading}", "", *names, "```", ""])


def main(directory):
    pages = sources()
    names = {file.resolve(): name for name, file in pages.items()}
    for name, file in pages.items():
        text = linked(file.read_text(encoding="utf-8"), file, name, names, directory)
        if name == "index":
            text += "".join(contents())
        page = directory / f"{name}.md"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text, encoding="utf-8")


main(pathlib.Path(sys.argv[1]).resolve())
