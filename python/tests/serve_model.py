"""Shares the Python model of the built-in device over USB/IP, as tests/remote/serve.c does the built-in one: serve_model.py ADDRESS SERIAL."""

from __future__ import annotations

import sys
from pathlib import Path

import pyusbx

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "examples/simulate"))

from acquisition import Acquisition  # noqa: E402


def main() -> None:
    address, serial = sys.argv[1:]
    with Acquisition(serial) as model, pyusbx.Share(address) as share:
        share.add(model.path, "1-1")
        print(share.address, flush=True)
        plugged = True
        for line in sys.stdin:
            wanted = line == "plug\n"
            if wanted != plugged:
                model.plug() if wanted else model.unplug()
            plugged = wanted
            print(line, end="", flush=True)


if __name__ == "__main__":
    main()
