"""What pyproject.toml cannot say: pyusbx.pth lies beside the package, where Python looks for such files when it starts."""

import os

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = os.path.dirname(os.path.abspath(__file__))
START = "pyusbx.pth"


class BuildWithStart(build_py):
    def run(self) -> None:
        super().run()
        self.mkpath(self.build_lib)
        self.copy_file(os.path.join(HERE, START), os.path.join(self.build_lib, START))

    def get_outputs(self, include_bytecode: bool = True) -> "list[str]":
        return super().get_outputs(include_bytecode) + [os.path.join(self.build_lib, START)]


setup(cmdclass={"build_py": BuildWithStart})
