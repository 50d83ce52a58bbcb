#!/usr/bin/env python3
"""Prints Doxygen's view of include/usbx.h: its plain comments, with Doxygen's commands in place of our sentences.

A comment of the header is a summary, a paragraph of parameters ("device: the handle."), and a last paragraph
"Returns …; …. Any thread. Source: …. Since 0.1.0." That is good to read as it is; Doxygen wants @param, @return, @since.
Names of the interface become code, which names.py links to their place in the reference.
"""

import re
import sys

NAME = re.compile(r"(?<![\w`.])((?:usbx|USBX)_[A-Za-z0-9_]+(?:\(\)|\*)?)")
PARAMETER = re.compile(r"([a-z_0-9]+(?:, [a-z_0-9]+)*): ")
# The last paragraph's part with a form, from its first "Returns", "Any thread", "Source" or "Since" on.
TAIL = re.compile(r"(?:^|(?<=\s))(?:Returns |Any thread|Source: |Since [\d.]+\.$).*", re.S)
PARTS = re.compile(
    r"(?:Returns (?P<returns>.*?))?\s*(?P<threads>Any thread.*?)?\s*(?:Source: (?P<source>.*?)\.)?"
    r"\s*(?:Since (?P<since>[\d.]+)\.)?$"
)
ANOTHER_STATUS = re.compile(r"; (?=USBX_|the statuses|or why|once all)")


def code(text):
    return NAME.sub(r"`\1`", text)


def parameters(paragraph):
    for line in re.split(r"\n(?=\S)", paragraph):
        start = PARAMETER.match(line)
        if not start:
            sys.exit(f"a parameter's line does not begin with its name: {line!r}")
        text = code(" ".join(line[start.end() :].split()))
        yield from (f"@param {name} {text}" for name in start[1].split(", "))


def tail(text):
    part = PARTS.match(" ".join(text.split()))
    if part["returns"]:
        cases = [code(case) for case in ANOTHER_STATUS.split(part["returns"])]
        if len(cases) == 1:
            yield "@return " + cases[0]
        else:
            last, _, more = cases.pop().partition(". ")
            yield "@return\n" + "\n".join(f"- {case}" for case in [*cases, last.rstrip(".")])
            if more:
                yield more
    if part["threads"]:
        yield "@par Threads\n" + code(part["threads"])
    if part["source"]:
        yield "@par Source\n" + part["source"]
    if part["since"]:
        yield "@since " + part["since"]


def comment(text, of_function):
    for paragraph in re.split(r"\n{2,}", text.strip()):
        if of_function and PARAMETER.match(paragraph):
            yield "\n".join(parameters(paragraph))
            continue
        end = TAIL.search(paragraph)
        plain = paragraph[: end.start()] if end else paragraph
        if plain.strip():
            yield code(plain.strip())
        if end:
            yield from tail(end[0])


def block(match):
    plain = re.sub(r"^\s*\* ?", "", match["text"], flags=re.M)
    of_function = re.search(r"\busbx_\w+\(", match["following"])
    if of_function and not re.search(r"Returns .*Since [\d.]+\.\s*$", plain, re.S):
        sys.exit(f"{of_function[0]}): its comment does not end with what it returns and since when")
    return "/**\n" + "\n\n".join(comment(plain, of_function)) + "\n*/\n" + match["following"]


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        header = file.read()
    header = re.sub(r"/\*\*(?P<text>.*?)\*/\n(?P<following>[^\n]*)", block, header, flags=re.S)
    # `struct usbx_device *` and `usbx_device *` are the same; the shorter one is what programs write.
    header = re.sub(r"\bstruct (usbx_\w+)(?= \*)", r"\1", header)
    sys.stdout.write("/** @file */\n" + header)


main()
