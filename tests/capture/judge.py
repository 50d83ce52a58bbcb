"""Runs programs with a capture and compares the file with what they did: judge.py DIRECTORY USBX [TEST …]"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from tshark import Malformed, Record, records, tshark  # noqa: E402

directory, usbx = Path(sys.argv[1]), sys.argv[2]

ERRNO = {
    "USBX_OK": 0,
    "USBX_ERROR_PIPE": -32,
    "USBX_ERROR_TIMEOUT": -2,
    "USBX_ERROR_CANCELLED": -2,
    "USBX_ERROR_OVERFLOW": -75,
    "USBX_ERROR_NO_DEVICE": -108,
}


def run(program: str, *arguments: str | Path, **environment: str) -> list[str]:
    command = [str(directory / program), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment}, timeout=60, check=False)
    assert done.returncode == 0, f"{command} returned {done.returncode}: {done.stdout}{done.stderr}"
    return done.stdout.splitlines()


def pairs(found: list[Record]) -> list[tuple[Record, Record]]:
    """The transfers, in the order in which they began: what each began and ended with."""
    ends = {record.id: record for record in found if record.kind == "C" and record.comment == ""}
    begun = [record for record in found if record.kind == "S" and not record.synthesized]
    for first in begun:
        last = ends.pop(first.id)
        assert first.number < last.number and first.time <= last.time, (first, last)
        assert (last.pair, first.pair) == (first.number, last.number), f"tshark did not find the pair {first} {last}"
        assert first.status == -115 and (first.type, first.endpoint, first.device) == (last.type, last.endpoint, last.device)
    assert not ends, f"these have no beginning: {ends}"
    return [(first, {record.id: record for record in found if record.kind == "C"}[first.id]) for first in begun]


def head(found: list[Record]) -> list[Record]:
    """What the file says of the device before its first transfer."""
    first = [record for record in found if record.synthesized]
    assert found[: len(first)] == first, "it is at the beginning"
    device, configuration, selected = first[1], first[-3], first[-1]
    assert device.layers["DEVICE DESCRIPTOR"]["usb.idVendor"] == "0x1209"
    assert len(configuration.data) == configuration.length == 115
    assert selected.setup == bytes(8) and first[-2].setup == bytes([0, 9, 1, 0, 0, 0, 0, 0])
    return found[len(first) :]


def compare(case: str) -> list[Record]:
    """What the program says and what the file says are the same, transfer by transfer."""
    file = directory / f"{case}.pcapng"
    said = run("traffic", case, file)
    found = records(file)
    rest = head(found)
    transfers = pairs(rest)
    # What the program says of the pieces of a long transfer is in one line.
    assert len(said) == len(transfers), f"{len(said)} transfers, and the file has {len(transfers)}"
    for line, (first, last) in zip(said, transfers):
        kind, endpoint, setup, asked, status, moved, data = line.split()
        assert (kind, int(endpoint, 0)) == (first.type, first.endpoint), (line, first)
        assert first.length == int(asked), (line, first)
        assert last.status == ERRNO[status], (line, last)
        assert last.length == int(moved), (line, last)
        if setup != "-":
            assert first.setup.hex() == setup, (line, first)
        if kind == "isochronous":
            packets = [packet.split(":") for packet in data.split(",")]
            assert [(ERRNO[status], int(length)) for length, status in packets] == last.packets, (line, last)
            assert len(first.packets) == len(packets)
            continue
        continued = [record.data for record in rest if record.kind == "C" and record.id == last.id and record.comment]
        sent = (last if first.endpoint & 0x80 else first).data + b"".join(continued)
        assert sent.hex() == (data if data != "-" else ""), (line, first, last)
    return found


def test_control() -> None:
    compare("control")


def test_bulk() -> None:
    compare("bulk")


def test_interrupt() -> None:
    compare("interrupt")


def test_isochronous() -> None:
    found = compare("isochronous")
    data = [record for record in found if record.type == "isochronous" and record.kind == "C"]
    assert data[0].data[:4] == b"ACQ1" and len(data[0].data) == data[0].length


def test_queue() -> None:
    compare("queue")


def test_hid() -> None:
    """The report descriptor is dissected, and the requests of the class."""
    file = directory / "hid.pcapng"
    compare("hid")
    assert "usbhid" in tshark("-r", str(file), "-Y", "usbhid.setup.bRequest == 1", "-T", "fields", "-e", "frame.protocols")
    assert "HID Report" in tshark("-r", str(file), "-V", "-Y", "usb.setup.wLength == 255 || usbhid")


def test_longest() -> None:
    """Wireshark takes 256 KiB in one record: the rest is in further ones."""
    file = directory / "longest.pcapng"
    *_, line = run("traffic", "longest", file)
    found = [record for record in records(file) if record.type == "bulk" and record.kind == "C"]
    assert len(found) > 2 and found[0].length == 512000
    assert sum((len(record.data) for record in found)) == 512000
    assert b"".join(record.data for record in found).hex() == line.split()[-1]


def test_stream() -> None:
    """A stream that was open before the capture: each chunk that came since is in the file, once."""
    file = directory / "stream.pcapng"
    frames = [int(line.split()[1]) for line in run("traffic", "stream", file)]
    found = [record for record in records(file) if record.type == "bulk" and record.kind == "C" and record.status == 0]
    numbers = [int.from_bytes(record.data[4:8], "little") for record in found]
    assert all(len(record.data) == 16384 for record in found)
    assert numbers == sorted(set(numbers))
    # What was in flight when the capture began is not in it.
    assert [frame for frame in frames if frame >= numbers[0]] == [number for number in numbers if number <= frames[-1]]
    assert len(numbers) >= 90


def test_environment() -> None:
    file = directory / "environment.pcapng"
    run("ends", "environment", USBX_CAPTURE=str(file))
    found = pairs(head(records(file)))
    assert [last.length for _, last in found] == [512, 512]
    assert "usbx 0.1.0" in capinfos(file)


def capinfos(file: Path) -> str:
    return subprocess.run(["capinfos", file], capture_output=True, text=True, check=True).stdout


def test_environment_names_the_process() -> None:
    run("ends", "environment", USBX_CAPTURE=str(directory / "of-%p.pcapng"))
    (file,) = directory.glob("of-[0-9]*.pcapng")
    assert len(pairs(head(records(file)))) == 2
    file.unlink()


def test_environment_that_cannot_be_written() -> None:
    command = [directory / "ends", "environment"]
    environment = {**os.environ, "USBX_CAPTURE": "/nonexistent/file"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 1
    assert "USBX_CAPTURE=/nonexistent/file: No such file or directory" in done.stderr, done.stderr


def test_killed() -> None:
    """The file has what was done 10 ms before."""
    file = directory / "killed.pcapng"
    environment = {**os.environ, "USBX_CAPTURE": str(file)}
    done = subprocess.run([directory / "ends", "killed"], env=environment, check=False)
    assert done.returncode == -signal.SIGKILL
    assert len(pairs(head(records(file)))) == 2


def test_shutdown() -> None:
    """usbx_shutdown ends the file; a device that is opened later goes on in it."""
    file = directory / "shutdown.pcapng"
    run("ends", "shutdown", USBX_CAPTURE=str(file))
    found = records(file)
    data = [record.data[:1] for record in found if record.type == "bulk" and record.data]
    assert data == [b"\1", b"\1", b"\2", b"\2"], data
    assert len([record for record in found if "DEVICE DESCRIPTOR" in record.layers]) == 2


def test_fork() -> None:
    """A child leaves its parent's file alone; with %p it has its own."""
    file = directory / "fork.pcapng"
    run("ends", "fork", USBX_CAPTURE=str(file))
    assert [first.data[:1] for first, _ in pairs(head(records(file))) if first.endpoint == 2] == [b"\1", b"\2"]
    run("ends", "fork", USBX_CAPTURE=str(directory / "fork-%p.pcapng"))
    files = sorted(directory.glob("fork-*.pcapng"))
    data = sorted([first.data[:1] for first, _ in pairs(head(records(file))) if first.endpoint == 2] for file in files)
    assert data == [[b"\1", b"\2"], [b"\7"]], data
    for file in files:
        file.unlink()


def test_several() -> None:
    files = [directory / f"several-{which}.pcapng" for which in ("all", "one", "cut")]
    run("ends", "several", *files)
    every, one, cut = (records(file) for file in files)
    own = [record for record in every if not record.synthesized]
    assert {record.device for record in own} == {(0, 1), (0, 2)} and len(own) == 12
    assert {record.device for record in one} == {(0, 2)} and len([record for record in one if not record.synthesized]) == 2
    sent = [record for record in cut if record.type == "bulk" and record.data]
    assert [len(record.data) for record in sent] == [10] * 4
    assert [record.length for record in sent] == [512, 512, 100, 100]


def test_ring() -> None:
    """Only what came before an error and before the end is in the file."""
    file = directory / "ring.pcapng"
    lines = dict(line.split(" ", 1) for line in run("ends", "ring", file))
    assert lines["close"].split()[0] == "USBX_OK"
    found = head(records(file))
    stalled = [record.number for record in found if record.status == -32]
    assert len(stalled) == 1
    before = [record for record in found if record.number < stalled[0]]
    after = [record for record in found if record.number > stalled[0]]
    # 64 KiB of pairs with 512 bytes, 700 of each pair in the file.
    assert 40 < len(before) < 200 and 40 < len(after) < 200, (len(before), len(after))
    assert before[-2].data[:1] == bytes([999 % 256]) and after[-1].data[:1] == bytes([999 % 256])
    records_before, dropped, replaced, errors, devices = map(int, lines["before"].split())
    assert (dropped, errors, devices) == (0, 0, 1) and replaced > 3000, lines
    assert int(lines["after"].split()[3]) == 1


def test_slow() -> None:
    """A reader that takes nothing: no transfer waits, and what is lost is counted, in the statistics and in the file."""
    pipe, tell, file = directory / "slow.fifo", directory / "slow.tell", directory / "slow.pcapng"
    for path in (pipe, tell):
        path.unlink(missing_ok=True)
        os.mkfifo(path)
    # It opens the pipe, reads when it is told to, and writes the file.
    script = f"exec 3<{pipe}; cat {tell} >/dev/null; cat <&3 >{file}"
    with subprocess.Popen(["bash", "-c", f"exec 3<>{pipe}; sleep infinity"]) as holder:
        with subprocess.Popen(["bash", "-c", script]) as reader:
            lines = dict(line.split(" ", 1) for line in run("ends", "slow", pipe, tell))
            holder.kill()
            reader.wait(30)
    records_taken, dropped, *_ = map(int, lines["full"].split())
    assert dropped > 1000 and records_taken + dropped >= 8000, lines
    closed = re.fullmatch(r"USBX_ERROR_OVERFLOW close a capture: write to .*slow.fifo: the file was slower than the traffic, and "
                          r"(\d+) of (\d+) records are missing in it; .*", lines["close"])
    assert closed, lines
    found = records(file)
    missing, total = map(int, closed.groups())
    assert len(found) == total - missing, (len(found), closed.groups())
    dropped_between = tshark("-r", str(file), "-Y", "frame.drop_count", "-T", "fields", "-e", "frame.drop_count").split()
    assert sum(map(int, dropped_between or ["0"])) <= missing
    assert f"{missing} of {total} records were dropped" in statistics_comment(file)


def statistics_comment(file: Path) -> str:
    """Of the block at the end, which tshark does not show."""
    return file.read_bytes()[-400:].decode(errors="replace")


def test_stuck() -> None:
    """A reader that never takes anything does not keep the program."""
    pipe = directory / "stuck.fifo"
    pipe.unlink(missing_ok=True)
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    (line,) = run("ends", "stuck", pipe)
    os.close(reader)
    assert "its reader takes no more" in line and line.startswith("close USBX_ERROR_IO"), line


def test_pipe_without_a_reader() -> None:
    pipe = directory / "none.fifo"
    pipe.unlink(missing_ok=True)
    os.mkfifo(pipe)
    (line,) = run("ends", "file", pipe)
    assert line.startswith("open ") and "no program reads this pipe yet" in line, line


def test_one_file_twice() -> None:
    again, closed = run("ends", "file", directory / "twice.pcapng")
    assert "another capture is writing this file" in again and closed.strip() == "close USBX_OK"
    assert len(pairs(head(records(directory / "twice.pcapng")))) == 400


def test_full_disk() -> None:
    closed = run("ends", "file", "/dev/full")[-1]
    assert "No space left on device" in closed and closed.startswith("close USBX_ERROR_IO"), closed


def test_cut_by_the_system() -> None:
    """Where the file's size is limited it ends with a whole record."""
    file = directory / "limited.pcapng"
    script = f"ulimit -f 64; exec {directory / 'ends'} file {file}"
    done = subprocess.run(["bash", "-c", f"trap '' XFSZ; {script}"], capture_output=True, text=True, check=False)
    closed = done.stdout.splitlines()[-1]
    assert "File too large" in closed, done
    assert 65536 - 1000 < file.stat().st_size <= 65536
    missing, total = map(int, re.search(r"(\d+) of (\d+) records are missing", closed).groups())
    assert len(records(file)) == total - missing, closed


def test_command() -> None:
    """`usbx … --capture - | tshark -r -`: what the command prints goes to standard error."""
    script = (f"{usbx} read 1209:0001 0x81 -n 1024 --start 'vendor,out 1 0 0' --raw --capture - 2>{directory / 'read'} "
              "| tshark -r - -T fields -e usb.capdata -Y 'usb.urb_type == 67 && usb.endpoint_address == 0x81'")
    done = subprocess.run(["bash", "-o", "pipefail", "-c", script], capture_output=True, text=True, check=False,
                          env={**os.environ, "USBX_VIRTUAL": "acquisition"})
    assert done.returncode == 0, done.stderr
    assert "".join(done.stdout.split()) == (directory / "read").read_bytes().hex()


def test_usbip() -> None:
    """Another computer's device: its descriptors, its requests in pairs, and the bytes that the command read."""
    socket, file = directory / "share.socket", directory / "usbip.pcapng"
    socket.unlink(missing_ok=True)
    share = [usbx, "share", "1209:0001", "--listen", f"unix:{socket}"]
    with subprocess.Popen(share, stdout=subprocess.PIPE, text=True, env={**os.environ, "USBX_VIRTUAL": "acquisition"}) as server:
        try:
            assert [next(server.stdout).split()[0] for _ in range(2)] == ["listening", "virtual-1"]
            command = [usbx, "read", f"usbip+unix://{socket}/virtual-1", "0x81", "-n", "64K", *START, "--capture", str(file)]
            done = subprocess.run(command, capture_output=True, timeout=60, check=False)
        finally:
            server.send_signal(signal.SIGINT)
    assert done.returncode == 0, done.stderr
    transfers = pairs(head(records(file)))
    started = [first.setup.hex() for first, _ in transfers if first.setup[:1] == b"\x40"]
    assert started == ["4003000000000400", "4001000000000000"], started
    read = b"".join(last.data for first, last in transfers if first.endpoint == 0x81 and last.length)
    assert len(done.stdout) == 65536 and read.startswith(done.stdout), (len(done.stdout), len(read))


START = ("--start", "vendor,out 3 0 0 00 00 00 00", "--start", "vendor,out 1 0 0")


def test_replay() -> None:
    """The same command prints the same on the device and on the capture of it, in which everything has to match."""
    commands = {
        "bulk": ("read", "1209:0001", "0x81", "-n", "3M", *START),
        "reports": ("read", "1209:0001", "0x82", "-n", "48"),
        "isochronous": ("read", "1209:0001", "0x85", "-n", "10K", *START[2:]),
        "registers": ("control", "1209:0001", "vendor,in", "4", "0", "0", "16"),
    }
    for name, command in commands.items():
        file = directory / f"replay-{name}.pcapng"
        printed = []
        for model, more in (("acquisition", ("--capture", str(file))), (f"replay:{file},match=strict", ())):
            done = subprocess.run([usbx, *command, *more], capture_output=True, check=False, env={**os.environ, "USBX_VIRTUAL": model})
            assert done.returncode == 0, (name, model, done.stderr)
            printed.append(done.stdout)
        assert printed[0] and printed[0] == printed[-1], name


def main() -> int:
    tests = {name[5:]: test for name, test in globals().items() if name.startswith("test_")}
    wanted = {name: test for name, test in tests.items() if not sys.argv[3:] or name.startswith(tuple(sys.argv[3:]))}
    for old in directory.glob("*.pcapng"):
        old.unlink()
    failed = []
    for name, test in wanted.items():
        try:
            test()
            print(f"ok {name}")
        except (AssertionError, Malformed, ValueError, KeyError, subprocess.SubprocessError):
            traceback.print_exc()
            print(f"FAILED {name}")
            failed.append(name)
    print(f"{len(wanted) - len(failed)} of {len(wanted)} passed" + (f"; failed: {', '.join(failed)}" if failed else ""))
    return 1 if failed or not wanted else 0


sys.exit(main())
