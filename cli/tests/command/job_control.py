"""job_control.py USBX MODEL.py: `usbx run` as a job of an interactive shell on a terminal. Ctrl-C comes once, Ctrl-Z and fg work."""

import os
import pty
import re
import select
import sys
import time

USBX, MODEL = sys.argv[1:]
COUNTS = """import signal, time
count = 0
def hear(*_):
    global count
    count += 1
signal.signal(signal.SIGINT, hear)
print("re" + "ady", flush=True)
while not count:
    time.sleep(0.01)
time.sleep(0.3)
print("heard", count)
"""
shell, terminal = pty.fork()
if shell == 0:
    os.execvpe("bash", ["bash", "--norc", "--noprofile", "-i"], {**os.environ, "PS1": "PROMPT> ", "COUNTS": COUNTS})
read = ""


def until(pattern):
    """What the terminal shows up to here; the next search begins behind it."""
    global read
    end = time.monotonic() + 60
    while not (found := re.search(pattern, read)):
        assert time.monotonic() < end, f"no {pattern!r} in {read!r}"
        if select.select([terminal], [], [], 0.2)[0]:
            read += os.read(terminal, 4096).decode(errors="replace")
    read = read[found.end() :]
    return found


def enter(line):
    until("PROMPT> ")
    os.write(terminal, f"{line}\n".encode())


def press(key):
    os.write(terminal, key)


run = f"'{USBX}' run --simulate '{MODEL}' --"
enter(f'{run} python3 -c "$COUNTS"')
until("ready")
press(b"\x03")
assert until(r"heard (\d+)")[1] == "1"
for stop, pressed in (("for i in 1 2 3 4 5 6 7 8 9; do sleep 0.1; done", True), ("kill -STOP $$", False)):
    enter(f"{run} sh -c 'echo rea''dy; {stop}; echo do''ne; exit 4'")
    until("ready")
    if pressed:
        press(b"\x1a")
    until("Stopped")
    enter("fg")
    until("done")
    enter("echo code=$?")
    until("code=4")
press(b"exit\n")
