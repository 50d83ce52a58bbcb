"""The C conformance suite, in this process, on the Python model of the built-in device; python/tests/run builds and runs it:

    conformance_on_model.py SUITE.so [CASE | -CASE]...

The suite has the model plugged in for each of its cases that needs it, as after `usbx_shutdown`, which closes it with all else.
Without arguments it is a part of the suite, see FILES.
"""

from __future__ import annotations

import ctypes
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "examples/simulate"))

from acquisition import Acquisition  # noqa: E402

SUITE = Path(__file__).resolve().parents[2] / "tests/conformance"

# Those that run without arguments. The others are left to be named: isochronous intervals, as the model's are no better than Python's
# threads; forked children, in which no thread answers; and streams and queues, of which a few cases fail on some runs.
FILES = ("device", "interface", "control", "handle_error", "buffer")
CASES = ("shutdown_ends_all_and_counts", "shutdown_leaves_nothing")

PLUG = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_char_p)
UNPLUG = ctypes.CFUNCTYPE(None)


class Plugged:
    model: Acquisition | None = None

    def plug(self, serial: bytes) -> int | None:
        self.unplug()
        self.model = Acquisition(serial.decode())
        self.model.plug()
        return self.model.virtual._token.value

    def unplug(self) -> None:
        if self.model is not None:
            self.model.close()
        self.model = None


def cases_of(name: str) -> list[str]:
    return re.findall(r'\{"(\w+)",\s+\w+\}', (SUITE / f"{name}.c").read_text())


def main() -> int:
    library, *cases = sys.argv[1:]
    if not cases:
        cases = [case for name in FILES for case in cases_of(name)] + [*CASES]
    suite = ctypes.CDLL(library)
    plugged = Plugged()
    plug, unplug = PLUG(plugged.plug), UNPLUG(plugged.unplug)
    suite.use_test_model(plug, unplug)
    arguments = [b"conformance", *map(str.encode, cases)]
    code: int = suite.conformance(len(arguments), (ctypes.c_char_p * (len(arguments) + 1))(*arguments, None))
    plugged.unplug()
    ctypes.CDLL(None).fflush(None)
    return code


if __name__ == "__main__":
    sys.exit(main())
