"""What tshark reads in a capture: one Record for each of its frames."""

from __future__ import annotations

import json
import struct
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

TYPES = ["isochronous", "interrupt", "control", "bulk"]
HEADER = 64


@dataclass
class Record:
    number: int
    #: Of its pair.
    id: str
    kind: str
    type: str
    endpoint: int
    #: Bus and device.
    device: tuple[int, int]
    status: int
    #: Asked for, or moved.
    length: int
    #: Of isochronous packets: status and length.
    packets: list[tuple[int, int]]
    data: bytes = field(repr=False)
    #: The frame that tshark found to be the other one of the pair.
    pair: int | None
    setup: bytes
    comment: str
    time: float
    #: tshark's own tree, by the names of its layers.
    layers: dict = field(repr=False)

    @property
    def synthesized(self) -> bool:
        return self.comment.startswith("written by usbx")


class Malformed(AssertionError):
    pass


def tshark(*arguments: str) -> str:
    done = subprocess.run(["tshark", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Malformed(f"tshark {' '.join(arguments)}: {done.stderr}")
    return done.stdout


def records(file: Path) -> list[Record]:
    """All of them. Fails if tshark finds anything wrong with the file."""
    wrong = tshark("-r", str(file), "-Y", "_ws.malformed || _ws.expert.severity >= 0x400000")
    if wrong:
        raise Malformed(f"{file}: tshark says:\n{wrong}")
    return [record(frame["_source"]["layers"]) for frame in json.loads(tshark("-2", "-r", str(file), "-T", "json", "-x"))]


def record(layers: dict) -> Record:
    raw = bytes.fromhex(layers["frame_raw"][0])
    usb, frame = layers["usb"], layers["frame"]
    count = struct.unpack_from("<I", raw, 60)[0]
    described = [struct.unpack_from("<iII", raw, HEADER + 16 * i) for i in range(count)]
    pair = usb.get("usb.response_in") or usb.get("usb.request_in")
    return Record(
        number=int(frame["frame.number"]),
        id=usb["usb.urb_id"],
        kind=usb["usb.urb_type"].strip("'"),
        type=TYPES[int(usb["usb.transfer_type"], 0)],
        endpoint=int(usb["usb.endpoint_address"], 0),
        device=(int(usb["usb.bus_id"]), int(usb["usb.device_address"])),
        status=int(usb["usb.urb_status"]),
        length=int(usb["usb.urb_len"]),
        packets=[(status, length) for status, _, length in described],
        data=raw[HEADER + 16 * count :],
        pair=int(pair) if pair else None,
        setup=raw[40:48],
        comment=str(layers.get("pkt_comment", {}).get("frame.comment", "")),
        time=float(frame["frame.time_epoch"]),
        layers=layers,
    )
