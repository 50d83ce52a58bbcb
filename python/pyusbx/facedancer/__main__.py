"""`python -m pyusbx.facedancer`: Facedancer programs on usbx that know nothing of it."""

from __future__ import annotations

import os
import runpy
import shlex
import sys

from ..backend import install
from ._beside import HostProgram

USAGE = """\
usage: python -m pyusbx.facedancer [--host 'HOST.py [ARGUMENT ...]'] PROGRAM.py [ARGUMENT ...]
       python -m pyusbx.facedancer [--host 'HOST.py [ARGUMENT ...]'] -m MODULE [ARGUMENT ...]

Runs a device program that is written for Facedancer, without a board: its device is plugged in in this process. With --host, a second
Python program uses it: it runs in this process too, in a thread of its own, from when the device is plugged in. When it ends, the
emulation ends, and its exit status is that of the whole.
"""


def run(arguments: list[str]) -> None:
    """As `python PROGRAM.py …` and `python -m MODULE …` would."""
    if arguments[0] == "-m":
        sys.argv = arguments[1:]
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = arguments
        sys.path[0] = os.path.dirname(os.path.abspath(arguments[0]))
        runpy.run_path(arguments[0], run_name="__main__")


def main(arguments: list[str]) -> int:
    host: list[str] | None = None
    if arguments[:1] == ["--host"]:
        host = shlex.split(arguments[1]) if len(arguments) > 1 else []
        arguments = arguments[2:]
    if arguments in (["-h"], ["--help"]):
        print(USAGE, end="")
        return 0
    if host == [] or len(arguments) < (2 if arguments[:1] == ["-m"] else 1) or arguments[0].startswith("--"):
        print(USAGE, end="", file=sys.stderr)
        return 2
    os.environ["BACKEND"] = "usbx"
    # For hosts that are written for pyusb; and Facedancer looks for boards with it, which fails where there is no libusb.
    install()
    if host is None:
        run(arguments)
        return 0
    return HostProgram(host).beside(lambda: run(arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
