"""Fixtures for pytest: devices in software, plugged in for one test. pytest loads this by itself where pyusbx is installed.

    def test_reads_its_name(usb_device):
        usb_device(Thermometer)          # a class of pyusbx.simulate, an object of one, or "acquisition"
        assert my_program.name() == "Thermometer"

    def test_as_recorded(usb_replay):
        usb_replay("session.pcapng")     # beside the test's file; see docs/virtual.md
        assert my_program.name() == "Thermometer"
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterator, Protocol

import pytest

# Nothing of the library is loaded here: pytest imports this module for tests, too, that need none.
if TYPE_CHECKING:
    from .simulate import Device
    from .virtual import VirtualDevice


class PlugsIn(Protocol):
    """What `usb_device` is."""

    def __call__(self, model: Any = "acquisition", *arguments: Any, **more: Any) -> Any: ...


class Replays(Protocol):
    """What `usb_replay` is."""

    def __call__(
        self, file: str | Path, *, match: str | None = None, timing: str | None = None, device: str | None = None, departures: bool = False
    ) -> VirtualDevice: ...


@pytest.fixture
def usb_device() -> Iterator[PlugsIn]:
    """A function that plugs in a device until the end of the test and returns it: `usb_device(Model)`. It takes a class of
    `pyusbx.simulate` with the arguments of its objects, an object of one, or the name of a built-in device with its serial number. What
    a model's handlers raise fails the test."""
    with ExitStack() as plugged:

        def plug(model: Any = "acquisition", *arguments: Any, **more: Any) -> Any:
            from .virtual import VirtualDevice

            if isinstance(model, str):
                return plugged.enter_context(VirtualDevice(model, *arguments, **more))
            device: Device = model(*arguments, **more) if isinstance(model, type) else model
            return plugged.enter_context(device)

        yield plug


@pytest.fixture
def usb_replay(request: pytest.FixtureRequest) -> Iterator[Replays]:
    """A function that plays a recording as a device until the end of the test: `usb_replay("session.pcapng")`. The file is beside the
    test's, or has its whole path. match: "strict", "setup" or "loose"; timing: "none" or "recorded"; device: which one of several,
    "BUS.ADDRESS". The test fails if the program departed from the recording, unless `departures` allows that."""
    played: list[tuple[VirtualDevice, bool]] = []

    def play(
        file: str | Path, *, match: str | None = None, timing: str | None = None, device: str | None = None, departures: bool = False
    ) -> VirtualDevice:
        from .virtual import VirtualDevice

        options = {"match": match, "timing": timing, "device": device}
        given = "".join(f",{name}={value}" for name, value in options.items() if value is not None)
        recording = VirtualDevice(f"replay:{request.path.parent / file}{given}", serial="")
        played.append((recording, departures))
        return recording

    failures: list[str] = []
    try:
        yield play
    finally:
        for recording, departures in played:
            statistics = getattr(recording, "replay_statistics", None)
            if statistics is not None and not departures and not recording.closed:
                failures.append(statistics().departure)
            recording.close()
    for failure in filter(None, failures):
        pytest.fail(failure, pytrace=False)
