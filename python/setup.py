"""The rest of how the package is built is in pyproject.toml. With USBX_BUNDLE=/path/to/libusbx.so, or usbx.dll, the wheel has that library
inside and is for its platform; without, it is for any, and finds the system's."""

import os
import shutil
from pathlib import Path

from setuptools import Distribution, setup
from setuptools.command.build_py import build_py

try:
    from setuptools.command.bdist_wheel import bdist_wheel
except ImportError:  # before setuptools 70.1
    from wheel.bdist_wheel import bdist_wheel

bundle = os.environ.get("USBX_BUNDLE")


class build_with_library(build_py):
    def run(self):
        super().run()
        inside = [Path(self.build_lib, "pyusbx", name) for name in ("libusbx.so.0", "usbx.dll")]
        for file in inside:
            file.unlink(missing_ok=True)
        if bundle:
            shutil.copyfile(bundle, inside[bundle.endswith(".dll")])


class with_machine_code(Distribution):
    def has_ext_modules(self):
        return bool(bundle)


class wheel_of_a_platform(bdist_wheel):
    def get_tag(self):
        """No part of CPython is linked: any Python 3 will do, on this platform."""
        python, abi, platform = super().get_tag()
        return ("py3", "none", platform) if bundle else (python, abi, platform)


setup(distclass=with_machine_code, cmdclass={"build_py": build_with_library, "bdist_wheel": wheel_of_a_platform})
