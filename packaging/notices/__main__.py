"""packaging/notices [FILE [FEATURES…]] — regenerates LICENSE-THIRD-PARTY, the notices of what the built library and command contain: the
crates, from `cargo metadata` and the licence files that they bring, libusb, and Rust's standard library (standard_library.txt). With
FILE it is written there instead, with cargo's arguments for other features of the builds with these. `make notices` calls it;
tests/licences.rs tells when the committed one is not what it writes.

Where a crate may be used under one of several licences, MIT is taken. A licence that is not known here, or a crate without the text of
its licence, ends it with a message: somebody has to look.
"""

import json
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
# What goes by these names is in the files of these names, in the crate's directory.
FILES = {
    "MIT": ["LICENSE-MIT", "license-mit", "LICENSE-MIT.txt", "LICENSE-MIT.md", "LICENSE", "LICENSE.txt", "LICENSE.md"],
    "Unicode-3.0": ["LICENSE-UNICODE"],
}
# Crates that bring no licence file: whose they are is from their manifests.
WITHOUT_TEXT = {"number_prefix"}
# Where else a crate is contained than on Linux is said.
PLATFORMS = {"x86_64-unknown-linux-gnu": "", "x86_64-pc-windows-gnu": ", on Windows"}

HEAD = """\
Third-party notices

The libraries libusbx.so and libusbx.a, the command usbx, and the copy of the library in the Python package contain the software
below. usbx itself is MIT OR Apache-2.0: LICENSE-MIT, LICENSE-APACHE. This file is made by `make notices`.

1. libusb{which}
2. Rust's standard library
3. Crates

"""
LIBUSB = """\
1. libusb {version}
{rule}

https://libusb.info, LGPL-2.1-or-later; the licence's text is in LICENSE-LGPL-2.1. It is compiled unchanged from the source that comes
with the crate libusb1-sys {crate}: https://crates.io/crates/libusb1-sys/{crate}. docs/licence.md says what follows for programs.

{authors}
"""


def main(arguments):
    packages, contained, place = {}, {"usbx": set(), "usbx-cli": set()}, {}
    is_vendored = False
    for platform, suffix in PLATFORMS.items():
        found = metadata(platform, arguments[1:])
        packages.update((package["id"], package) for package in found["packages"])
        nodes = {node["id"]: node for node in found["resolve"]["nodes"]}
        ours = {packages[id]["name"]: id for id in found["workspace_members"]}
        is_vendored |= "vendored" in nodes[ours["usbx"]]["features"]
        for name, ids in contained.items():
            ids |= inside(ours[name], nodes, packages)
            for id in ids:
                place.setdefault(id, suffix)
    crates = sorted((contained["usbx"] | contained["usbx-cli"]) - set(ours.values()), key=lambda id: (packages[id]["name"], id))
    text = HEAD.format(which="" if is_vendored else ": this build does not contain it")
    if is_vendored:
        text += libusb(next(packages[id] for id in crates if packages[id]["name"] == "libusb1-sys")) + "\n"
    text += (HERE / "standard_library.txt").read_text(encoding="utf-8")
    text += "\n3. Crates\n" + "=" * 9 + "\n"
    by_text = {}
    for id in crates:
        where = ("library and command" if id in contained["usbx"] else "command") + place[id]
        package = packages[id]
        title = f"{package['name']} {package['version']} ({where}), {package['license'].replace('/', ' OR ')}\n{address(package)}"
        by_text.setdefault(licence(package), []).append(title)
    for number, (terms, titles) in enumerate(by_text.items(), 1):
        text += "\n" + f"3.{number} ".ljust(100, "-") + "\n" + "\n".join(titles) + "\n\n" + terms + "\n"
    pathlib.Path(arguments[0] if arguments else ROOT / "LICENSE-THIRD-PARTY").write_text(text, encoding="utf-8")


def metadata(platform, features):
    cargo = os.environ.get("CARGO", "cargo")
    command = [cargo, "metadata", "--locked", "--format-version", "1", "--filter-platform", platform, *features]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)


def inside(root, nodes, packages):
    """The packages whose code is in what this one is built to: no build scripts, no tests, no compile-time macros."""
    found, wanted = set(), [root]
    while wanted:
        id = wanted.pop()
        if id in found or any("proc-macro" in target["kind"] for target in packages[id]["targets"]):
            continue
        found.add(id)
        wanted += [link["pkg"] for link in nodes[id]["deps"] if any(kind["kind"] is None for kind in link["dep_kinds"])]
    return found


def address(package):
    return f"https://crates.io/crates/{package['name']}/{package['version']}"


def licence(package):
    """The text that has to be kept with it."""
    expression, directory = package["license"].replace("/", " OR "), pathlib.Path(package["manifest_path"]).parent
    name = f"{package['name']} {package['version']}"
    terms = []
    for part in re.sub(r"[()]", "", expression).split(" AND "):
        choices = part.split(" OR ")
        chosen = "MIT" if "MIT" in choices else choices[0]
        if chosen not in FILES:
            sys.exit(f"notices: {name} is {expression}: what has to be kept with it?")
        files = [directory / file for file in FILES[chosen] if (directory / file).exists()]
        if not files and package["name"] not in WITHOUT_TEXT:
            sys.exit(f"notices: {name} ({expression}) brings no file of {' or '.join(FILES[chosen])}")
        terms.append(files[0].read_text(encoding="utf-8") if files else mit_of(package))
    return "\n".join(tidy(text) for text in terms)


def mit_of(package):
    mine = (ROOT / "LICENSE-MIT").read_text(encoding="utf-8")
    return re.sub(r"Copyright .*", "Copyright (c) " + ", ".join(package["authors"]), mine)


def libusb(package):
    directory = pathlib.Path(package["manifest_path"]).parent / "libusb"
    version = re.findall(r"#define LIBUSB_(?:MAJOR|MINOR|MICRO) (\d+)", (directory / "libusb/version.h").read_text(encoding="utf-8"))
    version = ".".join(version)
    authors = tidy((directory / "AUTHORS").read_text(encoding="utf-8"))
    return LIBUSB.format(version=version, rule="=" * len(f"1. libusb {version}"), crate=package["version"], authors=authors)


def tidy(text):
    return "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").strip("\n").split("\n"))


main(sys.argv[1:])
