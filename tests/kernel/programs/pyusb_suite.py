"""pyusb's own test suite: pyusb_suite.py DIRECTORY stock|usbx. Prints how many tests ran, passed, failed and were skipped.

DIRECTORY is the unpacked source package of pyusb, which is imported from there. stock is libusb; usbx is this library's backend, made
pyusb's default. The suite leaves out what finds no device, so the number of tests counts, too."""

import glob
import os
import sys
import unittest

directory, backend = sys.argv[1:]
sys.path.insert(0, directory)
os.chdir(os.path.join(directory, "tests"))
sys.path.insert(0, os.getcwd())

# What Python 3.12 took away, and the suite of pyusb 1.3.1 still calls.
for old, new in (("assertEquals", "assertEqual"), ("assertNotEquals", "assertNotEqual")):
    if not hasattr(unittest.TestCase, old):
        setattr(unittest.TestCase, old, getattr(unittest.TestCase, new))

if backend == "usbx":
    import pyusbx.backend

    pyusbx.backend.install()

from usb.backend import libusb1  # noqa: E402

used = type(libusb1.get_backend()).__module__
assert used == {"usbx": "pyusbx.backend.libusb1", "stock": "usb.backend.libusb1"}[backend], used

suite = unittest.TestSuite()
for name in sorted(glob.glob("test_*.py")):
    suite.addTest(__import__(name[:-3]).get_suite())
result = unittest.TextTestRunner(stream=sys.stderr, verbosity=2).run(suite)
failed, skipped = len(result.failures) + len(result.errors), len(result.skipped)
print(f"{result.testsRun} tests, {result.testsRun - failed - skipped} passed, {failed} failed, {skipped} skipped")
