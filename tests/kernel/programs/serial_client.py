"""serial_client.py TTY — pyserial, with the port of python/examples/simulate/serial_port.py: it answers each line in capitals, and its state
follows what the host sets."""

import sys
import time

import serial


def becomes(port: serial.Serial, state: bool) -> None:
    """The state comes by the interrupt endpoint, when it comes."""
    end = time.monotonic() + 20
    while (port.cd, port.dsr) != (state, state):
        assert time.monotonic() < end, f"carrier {port.cd}, data set ready {port.dsr}, and not {state}"
        time.sleep(0.01)


with serial.Serial(sys.argv[1], 115200, timeout=20) as port:
    becomes(port, True)
    for line in ("hello", "from pyserial", "x" * 2000):
        port.write(line.encode() + b"\r")
        answer = port.read_until(b"\r\n")
        assert answer == line.upper().encode() + b"\r\n", f"{line!r} is answered by {answer!r}"
    port.baudrate, port.parity = 9600, serial.PARITY_EVEN
    port.write(b"another speed\r")
    assert port.read_until(b"\r\n") == b"ANOTHER SPEED\r\n"
    port.dtr = False
    becomes(port, False)
    port.dtr = True
    becomes(port, True)
print(f"note: pyserial {serial.VERSION}: lines, speeds and the state of {port.port}")
