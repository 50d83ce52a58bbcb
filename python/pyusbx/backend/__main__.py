"""`python -m pyusbx.backend`: pyusb programs on usbx that know nothing of it."""

from __future__ import annotations

import os
import runpy
import sys

from . import _environment, install

USAGE = """\
usage: python -m pyusbx.backend run SCRIPT [ARGUMENT ...]      runs one program with usbx below pyusb; nothing is installed
       python -m pyusbx.backend run -m MODULE [ARGUMENT ...]   the same for a module
       python -m pyusbx.backend enable    makes this Python environment look at PYUSB_BACKEND: with PYUSB_BACKEND=pyusbx
                                          its programs use usbx, and without it nothing changes
       python -m pyusbx.backend disable   undoes that
"""


def run(arguments: list[str]) -> None:
    """As `python SCRIPT …` and `python -m MODULE …` would."""
    install()
    if arguments[0] == "-m":
        sys.argv = arguments[1:]
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = arguments
        sys.path[0] = os.path.dirname(os.path.abspath(arguments[0]))
        runpy.run_path(arguments[0], run_name="__main__")


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["run"] and (len(arguments) > 2 if arguments[1:2] == ["-m"] else arguments[1:]):
        run(arguments[1:])
        return 0
    try:
        if arguments == ["enable"]:
            print(f"PYUSB_BACKEND=pyusbx is looked at by {sys.executable}, because of {_environment.enable()}")
            return 0
        if arguments == ["disable"]:
            for file in _environment.disable():
                print(f"removed {file}")
            return 0
    except OSError as error:
        print(f"pyusbx.backend: {error}", file=sys.stderr)
        return 1
    if arguments in (["-h"], ["--help"]):
        print(USAGE, end="")
        return 0
    print(USAGE, end="", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
