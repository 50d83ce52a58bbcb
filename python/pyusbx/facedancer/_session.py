"""What an emulation and the one who has it run tell each other."""

from __future__ import annotations

import threading


class Session:
    def __init__(self) -> None:
        self._told = threading.Condition()
        self._path = ""
        self._stopping = self._ended = False

    def plugged(self, path: str) -> None:
        """By the device: hosts see it."""
        with self._told:
            self._path = path
            self._told.notify_all()

    def ended(self) -> None:
        """By the device's side: it comes no more."""
        with self._told:
            self._ended = True
            self._told.notify_all()

    def wait(self) -> str:
        """The path of the device, once it is plugged in; "" if it ended before."""
        with self._told:
            self._told.wait_for(lambda: self._path or self._ended)
            return self._path

    def stop(self) -> None:
        """By the host's side: the emulation is to end."""
        self._stopping = True

    @property
    def stopping(self) -> bool:
        return self._stopping
