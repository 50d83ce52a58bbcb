"""For programs that know nothing of pyusbx: with PYUSB_BACKEND=pyusbx in the environment, usbx is pyusb's default backend.

After `python -m pyusbx.backend enable` Python imports this when it starts with that variable. Nothing else is loaded before the
program imports pyusb's libusb1 backend.
"""

import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import PathFinder

NAME = "usb.backend.libusb1"


class _Finder(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name != NAME:
            return None
        spec = PathFinder.find_spec(name, path)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader)
        return spec


class _Loader(Loader):
    def __init__(self, real):
        self.real = real

    def create_module(self, spec):
        return self.real.create_module(spec)

    def exec_module(self, module):
        self.real.exec_module(module)
        from pyusbx.backend import install

        install()

    def __getattr__(self, name):
        return getattr(self.real, name)


sys.meta_path.insert(0, _Finder())
