"""The C conformance suite, in this process, on the Python model of the built-in device; python/tests/run builds and runs it:

    conformance_on_model.py SUITE.so [CASE | -CASE]...

The suite has the model plugged in for each of its cases that needs it, as after `usbx_shutdown`, which closes it with all else.
Without arguments it is every case that uses the device; with `--names FILE...` those of some files are printed, not run.
"""

from __future__ import annotations

import ctypes
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "examples/simulate"))

from acquisition import Acquisition  # noqa: E402

SUITE = Path(__file__).resolve().parents[2] / "tests/conformance"

# Those of other devices, which the suite makes itself, and the table, whose cells are processes of their own with devices of theirs.
OTHERS = ("model", "fault", "share", "table")

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
    if library == "--names":
        print(*(case for name in cases for case in cases_of(name)))
        return 0
    files = sorted(file.stem for file in SUITE.glob("*.c") if not file.stem.startswith(OTHERS))
    suite = ctypes.CDLL(library)
    plugged = Plugged()
    plug, unplug = PLUG(plugged.plug), UNPLUG(plugged.unplug)
    suite.use_test_model(plug, unplug)

    def run(cases: list[str]) -> int:
        arguments = [b"conformance", *map(str.encode, cases)]
        suite.begin_cases()
        code: int = suite.conformance(len(arguments), (ctypes.c_char_p * (len(arguments) + 1))(*arguments, None))
        suite.start_over()
        return code

    code = run(cases or [case for name in files for case in cases_of(name)])
    ctypes.CDLL(None).fflush(None)
    return code


if __name__ == "__main__":
    sys.exit(main())
