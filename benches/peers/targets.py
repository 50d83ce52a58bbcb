"""The library's targets compared with its peers, as ratios of one run's medians. A report: no run fails because of a time."""

import statistics

RAW, LIBUSB, NUSB = ("raw-mapped", "raw-heap"), ("libusb-mapped", "libusb-heap"), ("nusb-mapped", "nusb-heap")


def stream(mode, way):
    key, ours = (mode, 65536, 8), ("usbx-stream",)
    return [
        (f"{way}: rate, to bare usbfs with mapped memory", key, ours, RAW[:1], "rate", ">=", 0.95),
        (f"{way}: rate, to libusb async", key, ours, LIBUSB, "rate", ">=", 1.0),
        (f"{way}: rate, to nusb", key, ours, NUSB, "rate", ">=", 1.05),
        (f"{way}: rate, to rusb", key, ours, ("rusb",), "rate", ">=", 4.0),
        (f"{way}: rate, to pyusb", key, ours, ("pyusb",), "rate", ">=", 6.0),
        (f"{way}: CPU per transfer, to nusb", key, ours, NUSB, "us", "<=", 1.0),
    ]


# What, which test, ours (the best of), theirs (the best of), which figure, and the mark.
TARGETS = [
    *stream("in", "stream IN"),
    *stream("write", "stream OUT, bytes copied in"),
    *stream("out", "stream OUT, filled in place"),
    ("blocking read of 1024 B: rate, to libusb sync", ("in", 1024, 0), ("usbx",), ("libusb",), "rate", ">=", 1.0),
    ("blocking read of 1024 B: CPU per call, to libusb sync", ("in", 1024, 0), ("usbx",), ("libusb",), "us", "<=", 1.05),
    ("eight devices: rate, to libusb async", ("devices", 65536, 8), ("usbx-poll", "usbx-threads"), LIBUSB, "rate", ">=", 0.95),
]


def best(peers, names, figure, middle):
    there = [name for name in names if name in peers]
    choose = max if figure == "rate" else min
    return choose(there, key=lambda name: middle(peers[name], figure)) if there else None


def rows(tests, middle, ratios):
    for what, key, ours, theirs, figure, sign, mark in TARGETS:
        peers = tests.get(key, {})
        our, their = best(peers, ours, figure, middle), best(peers, theirs, figure, middle)
        both = ratios(peers[our], peers[their], figure) if our and their else []
        if len(theirs) > 1 and their:
            what += f" ({their.split('-')[1]} memory)"
        if len(ours) > 1 and our:
            what += f" (ours: {our.split('-')[1]})"
        aim = f"{'≥' if sign == '>=' else '≤'} {mark:.2f}"
        if not both:
            yield [what, aim, "not measured", "", "", ""]
            continue
        median = statistics.median(both)
        reached = median >= mark if sign == ">=" else median <= mark
        # What no library can reach on this bus is seen from what usbfs without one does.
        floor = best(peers, (*RAW, "raw-bulk"), figure, middle)
        floor = f"{statistics.median(ratios(peers[floor], peers[their], figure)):.2f}" if floor else ""
        yield [what, aim, f"{median:.3f}", f"{min(both):.2f}–{max(both):.2f}", "yes" if reached else "**no**", floor]
