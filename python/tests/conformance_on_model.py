"""Cases of the C conformance suite, in this process, on the Python model of the built-in device:

    make stage && cc -std=c99 -g -shared -fPIC -Iexamples-c -Itarget/stage/include tests/conformance/*.c -o target/conformance.so \\
        -Ltarget/stage/lib -l:libusbx.so.0 -lpthread
    LD_LIBRARY_PATH=target/stage/lib USBX_LIBRARY=target/stage/lib/libusbx.so.0 PYTHONPATH=python \\
        target/python/bin/python python/tests/conformance_on_model.py target/conformance.so packet_boundaries_are_kept

The suite believes that it is on a kernel's bus (USBX_TEST_DEVICE). Give one case at a time: after a failure it closes all that the
process has open, the model included. Cases about isochronous data, usbx_shutdown, kernel drivers and child processes do not fit.
"""

import ctypes
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "examples/simulate"))

from acquisition import Acquisition  # noqa: E402

library, *cases = sys.argv[1:]
with Acquisition() as model:
    own = ctypes.CDLL(None)
    own.setenv(b"USBX_TEST_DEVICE", f"{model.vendor_id:04x}:{model.product_id:04x}:{model.serial}".encode(), 1)
    arguments = [b"conformance", *map(str.encode, cases)]
    code = ctypes.CDLL(library).main(len(arguments), (ctypes.c_char_p * (len(arguments) + 1))(*arguments, None))
    own.fflush(None)
sys.exit(code)
