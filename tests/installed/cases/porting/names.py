"""names: docs/porting.md has every name of pyusb, and pyusbx has each of its names on the page. argv[1]: the page."""

import re
import sys

import pyusbx
import usb.control
import usb.core
import usb.util

page = open(sys.argv[1], encoding="utf-8").read().split("## pyusb, call by call", 1)[1]
rows = [line.split("|") for line in page.splitlines() if line.startswith("| ")][1:]
theirs = set(re.findall(r"\w+", " ".join(row[1] for row in rows)))


def public(thing):
    return {name for name in dir(thing) if not name.startswith("_")}


classes = usb.core.Device, usb.core.Configuration, usb.core.Interface, usb.core.Endpoint
wanted = set().union(*map(public, classes)) | set(usb.core.__all__) | set(usb.control.__all__)
wanted |= {name for name, thing in vars(usb.util).items() if getattr(thing, "__module__", "") == usb.util.__name__}
# Classes that are the devices' parts, and constants of the standard's.
wanted -= {thing.__name__ for thing in classes} | {name for name in wanted if name.isupper()}
missing = sorted(wanted - theirs)
assert len(wanted) > 40 and not missing, f"no row for {missing}"

ours = " ".join(row[2] for row in rows)
named = re.findall(r"\b(pyusbx|device)\.(\w+)", ours)
unknown = [name for where, name in named if not hasattr(pyusbx if where == "pyusbx" else pyusbx.Device, name)]
assert len(named) > 30 and not unknown, f"pyusbx has no {unknown}"
