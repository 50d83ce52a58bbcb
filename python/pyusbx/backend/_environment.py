"""PYUSB_BACKEND=pyusbx for the programs of a Python environment, if somebody asked for it there.

Python looks for files `*.pth` in its site directories when it starts, and runs their lines. One of these lines is ours while it is
enabled, and it does nothing unless the variable is set.
"""

from __future__ import annotations

import os
import site
import sysconfig
from pathlib import Path

NAME = "pyusbx_backend.pth"

# The file stays behind when the package is uninstalled: the line then does nothing.
LINE = (
    'import os; os.environ.get("PYUSB_BACKEND") == "pyusbx" and '
    '__import__("importlib.util").util.find_spec("_pyusbx_default") and __import__("_pyusbx_default")\n'
)


def site_directories() -> list[Path]:
    """Where this Python looks for such files."""
    directories = [*site.getsitepackages(), sysconfig.get_path("purelib")]
    if site.ENABLE_USER_SITE:
        directories.append(site.getusersitepackages())
    return list(dict.fromkeys(Path(directory) for directory in directories))


def enable() -> Path:
    """Writes the file, beside the package if that is in a site directory; returns its path."""
    directories = site_directories()
    package = Path(__file__).resolve().parents[2]
    beside = [directory for directory in directories if directory.is_dir() and directory.resolve() == package]
    if not beside:
        raise OSError(f"pyusbx is not installed in this Python: it is in {package}; install it, or use `python -m pyusbx.backend run`")
    file = beside[0] / NAME
    file.write_text(LINE, encoding="utf-8")
    return file


def disable() -> list[Path]:
    """Removes the file wherever it is; returns the paths of what was removed."""
    files = [directory / NAME for directory in site_directories() if (directory / NAME).exists()]
    for file in files:
        os.remove(file)
    return files
