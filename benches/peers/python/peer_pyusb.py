"""pyusb, which only has blocking calls: MODE SIZE DEPTH SECONDS, as the others; DEPTH is not used.

$PEER_LIBUSB is the libusb it loads."""

import array
import os
import resource
import sys
import time

import usb.backend.libusb1
import usb.core
import usb.util

VENDOR, PRODUCT, IN, OUT, INTERFACE = 0x0525, 0xA4A0, 0x81, 0x02, 0
TIMEOUT_MS, WARM_UP = 10000, 32


def memory():
    """Peak resident memory, in KiB. ru_maxrss would include the process that started the program."""
    with open("/proc/self/status", encoding="ascii") as status:
        return next(line.split()[1] for line in status if line.startswith("VmHWM:"))


def idle():
    """Seconds that the guest's processors were idle; see c/peer.h."""
    with open("/proc/stat", encoding="ascii") as stat:
        return int(stat.readline().split()[4]) / os.sysconf("SC_CLK_TCK")


def main():
    mode, size, _depth, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
    latency = mode == "latency"
    backend = usb.backend.libusb1.get_backend(find_library=lambda _: os.environ["PEER_LIBUSB"])
    device = usb.core.find(idVendor=VENDOR, idProduct=PRODUCT, backend=backend)
    usb.util.claim_interface(device, INTERFACE)
    data = array.array("B", bytes(size))

    if mode in ("out", "write"):
        def one():
            return device.write(OUT, data, TIMEOUT_MS)
    else:
        def one():
            return device.read(IN, data, TIMEOUT_MS)

    for _ in range(WARM_UP):
        one()
    samples = []
    moved = calls = 0
    idle_before = idle()
    before = resource.getrusage(resource.RUSAGE_SELF)
    began = last = time.monotonic()
    while True:
        bytes_now = one()
        if bytes_now != size:
            sys.exit(f"{bytes_now} bytes instead of {size}")
        moved += bytes_now
        calls += 1
        if not latency and calls % 8:
            continue
        now = time.monotonic()
        if latency:
            samples.append((now - last) * 1e6)
        last = now
        if now - began >= seconds:
            break
    wall = time.monotonic() - began
    busy = wall * os.cpu_count() - (idle() - idle_before)
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    switches = after.ru_nvcsw + after.ru_nivcsw - before.ru_nvcsw - before.ru_nivcsw
    line = f"bytes={moved} calls={calls} wall={wall:.6f} cpu={cpu:.6f} busy={busy:.6f} switches={switches} rss_kib={memory()} mapped_kib=0"
    if latency:
        samples.sort()
        n = len(samples)
        line += "".join(f" {name}={samples[at]:.1f}" for name, at in
                        (("p50", n // 2), ("p90", n * 9 // 10), ("p99", n * 99 // 100), ("max", n - 1)))
    print(line)


main()
