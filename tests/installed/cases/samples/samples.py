"""The code samples of Markdown documents: what is to be done with each.

A sample is a fenced block. C, C++, Python and shell samples are run; a C or C++ sample without main() is put into a function
first, in context.c or context.cpp, which has a device, a buffer and what else samples are about. A comment in the line
before the fence, which no reader sees, says what is different:

    <!-- sample: compiled -->            only compiled; a reason may follow a comma
    <!-- sample: not run: REASON -->     neither
    <!-- excerpt of FILE -->             its lines are part of that file of the repository, which other tests run
    <!-- sample: prints -->              a text block: what the sample before it prints, exactly; `...` stands for anything

`<!-- samples: LANGUAGE … -->` says the same for all later blocks of that language in the document. Blocks of other
languages need such a comment; text, console and blocks without a language do not.
"""

import pathlib
import re
from dataclasses import dataclass

RUN = {"c", "cpp", "python", "sh"}
FREE = {"", "text", "console"}
NAMES = {"c++": "cpp", "py": "python", "bash": "sh", "shell": "sh"}
FENCE = re.compile(r"^(?P<indent> *)```(?P<language>[^\s`]*)\s*$")
COMMENT = re.compile(r"^\s*<!-- (?:sample(?P<all>s)?: )?(?P<what>(?<=: ).*?|excerpt of .*?) *-->\s*$")


@dataclass
class Sample:
    place: str
    language: str
    text: str
    what: str  # "run", "compiled", "not run", "excerpt of", "prints", or "" for an unchecked block
    argument: str = ""


def samples(document: pathlib.Path, name: str):
    """The document's samples, in their order. A block that says nothing of itself and would have to is an error."""
    lines = document.read_text(encoding="utf-8").split("\n")
    defaults, comment, at = {}, "", 0
    while at < len(lines):
        place, found, fence = f"{name}:{at + 1}", COMMENT.match(lines[at]), FENCE.match(lines[at])
        at += 1
        if found and found["all"]:
            language, _, what = found["what"].partition(" ")
            defaults[language] = what
        elif found:
            comment = found["what"]
        elif fence:
            end = next(i for i in range(at, len(lines)) if lines[i].strip() == "```")
            text = "\n".join(line[len(fence["indent"]) :] for line in lines[at:end]) + "\n"
            language = NAMES.get(fence["language"], fence["language"])
            yield judged(Sample(place, language, text, comment or defaults.get(language, "")))
            comment, at = "", end + 1
        elif lines[at - 1].strip():
            if comment:
                raise SystemExit(f"{place}: the comment before is about no sample")
    if comment:
        raise SystemExit(f"{name}: the last comment is about no sample")


def judged(sample):
    for what in ("compiled", "not run", "excerpt of", "prints"):
        if sample.what == what or re.match(what + "[:, ]", sample.what):
            sample.what, sample.argument = what, sample.what[len(what) :].strip(":, ")
            break
    else:
        if sample.what:
            raise SystemExit(f"{sample.place}: a sample cannot be {sample.what!r}")
        if sample.language in RUN:
            sample.what = "run"
        elif sample.language not in FREE:
            raise SystemExit(f"{sample.place}: what is to be done with a sample of {sample.language}?")
    if sample.what in ("not run", "excerpt of") and not sample.argument:
        raise SystemExit(f"{sample.place}: '{sample.what}' wants a reason, or a file")
    return sample
