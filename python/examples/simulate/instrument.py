"""An oscilloscope (USBTMC), and a pyvisa-py program that reads its name and a block of a million bytes.

    python instrument.py             needs pyusb, pyvisa and pyvisa-py
"""

import pyvisa

import pyusbx.backend
from pyusbx.simulate import tmc

POINTS = 1_000_000


class Oscilloscope(tmc.Instrument):
    vendor_id, product_id, serial = 0x1209, 0x0013, "SCOPE1"
    manufacturer, product = "usbx", "Oscilloscope"

    def __init__(self) -> None:
        super().__init__()
        self.timebase = 1e-3

    def message(self, data: bytes) -> "bytes | None":
        command = data.decode().strip()
        if command == "*IDN?":
            return b"usbx,Oscilloscope,SCOPE1,1.0\n"
        if command.startswith(":TIMEBASE "):
            self.timebase = float(command.split()[1])
        elif command == ":TIMEBASE?":
            return f"{self.timebase:g}\n".encode()
        elif command == ":WAVEFORM:DATA?":
            samples = bytes(range(256)) * (POINTS // 256 + 1)
            length = str(POINTS).encode()
            return b"#" + str(len(length)).encode() + length + samples[:POINTS] + b"\n"
        else:
            self.status |= 0x20  # an error of the command
        return None


def main() -> None:
    pyusbx.backend.install()  # below pyusb, which pyvisa-py uses
    with Oscilloscope() as scope:
        manager = pyvisa.ResourceManager("@py")
        print(manager.list_resources("USB?*"))
        visa = manager.open_resource("USB0::0x1209::0x0013::SCOPE1::INSTR")
        print(visa.query("*IDN?").strip())
        visa.write(":TIMEBASE 2e-6")
        print("timebase:", visa.query(":TIMEBASE?").strip(), "s")
        print("model: remote", scope.remote)
        samples = visa.query_binary_values(":WAVEFORM:DATA?", datatype="B", container=bytearray)
        print(len(samples), "samples, as made:", samples == (bytes(range(256)) * 4000)[:POINTS])
        visa.write(":NONSENSE")
        visa.query("*IDN?")  # until then it may be on its way
        print(f"model: status byte {scope.status:#04x}")
        visa.close()
        manager.close()


if __name__ == "__main__":
    main()
