"""Tables and a plot of what the peers measured: summary.py FIGURES VERSIONS SVG; the tables go to the standard output.

A ratio is the median of the rounds' ratios: the runs of a round are close together in time."""

import statistics
import sys

import plot
import targets

NAMES = {
    "raw-mapped": "raw usbfs, mapped memory",
    "raw-heap": "raw usbfs, heap memory",
    "raw-bulk": "raw usbfs, USBDEVFS_BULK",
    "libusb-mapped": "libusb async, mapped memory",
    "libusb-heap": "libusb async, heap memory",
    "libusb": "libusb sync",
    "nusb-mapped": "nusb queue, mapped memory",
    "nusb-heap": "nusb queue, heap memory",
    "nusb": "nusb blocking",
    "rusb": "rusb blocking",
    "pyusb": "pyusb blocking",
    "usbx": "usbx blocking",
    "usbx-blocking": "usbx blocking",
    "usbx-queue": "usbx queue",
    "usbx-stream": "usbx stream",
    "usbx-poll": "usbx streams, one poll loop",
    "usbx-threads": "usbx streams, a thread each",
}
# Those of ours whose ratios to the others are printed.
OURS = ("usbx-stream", "usbx-queue", "usbx", "usbx-poll", "usbx-threads")


def read(path):
    """{(mode, size, depth): {peer: {round: figures}}}"""
    tests = {}
    for line in open(path, encoding="ascii"):
        number, peer, mode, size, depth, *figures = line.split()
        values = {key: float(value) for key, value in (figure.split("=") for figure in figures)}
        values["mb"] = values["bytes"] / values["wall"] / 1e6
        values["rate"] = values["calls"] / values["wall"]
        values["us"] = values["cpu"] / values["calls"] * 1e6
        values["guest_us"] = values["busy"] / values["calls"] * 1e6
        values["us_mb"] = values["cpu"] / values["bytes"] * 1e12
        values["guest_us_mb"] = values["busy"] / values["bytes"] * 1e12
        values["turns"] = values["switches"] / values["calls"]
        tests.setdefault((mode, int(size), int(depth)), {}).setdefault(peer, {})[int(number)] = values
    return tests


def middle(rounds, key):
    return statistics.median(values[key] for values in rounds.values())


def ratios(ours, peer, key):
    """Ours by the other's, of each round that has both."""
    return [ours[number][key] / peer[number][key] for number in ours if number in peer and peer[number][key] > 0]


def whole(value):
    return f"{value:,.0f}"


def span(rounds, key):
    values = [values[key] for values in rounds.values()]
    return f"{whole(statistics.median(values))} ({whole(min(values))}–{whole(max(values))})"


def title(key):
    mode, size, depth = key
    amount = f"{size // 1024} KiB" if size % 1024 == 0 and size > 1024 else f"{size} B"
    if mode == "latency":
        return f"Round-trip latency of a blocking read of {amount}"
    if mode == "devices":
        return f"Eight devices at once, IN, {amount} × {depth} in flight each"
    way = {"in": "IN", "out": "OUT, the same bytes again and again", "write": "OUT, the caller's bytes"}[mode]
    return f"Stream {way}, {amount} × {depth} in flight" if depth else f"Blocking {'reads' if mode == 'in' else 'writes'} of {amount}"


def row(cells):
    print("| " + " | ".join(cells) + " |")


def heading(text, heads):
    print(f"\n### {text}\n")
    row(heads)
    print("| --- |" + " ---: |" * (len(heads) - 1))


def name(peer):
    return f"**{NAMES[peer]}**" if peer.startswith("usbx") else NAMES[peer]


def latency_table(key, peers):
    heading(title(key), ["", "p50 µs", "p90", "p99", "max", "CPU µs per call"])
    for peer in sorted(peers, key=lambda peer: middle(peers[peer], "p50")):
        row([name(peer)] + [span(peers[peer], figure) for figure in ("p50", "p90", "p99", "max", "us")])


def table(key, peers):
    mode, _, depth = key
    first = "mb" if depth else "rate"
    ours = [peer for peer in OURS if peer in peers]
    call = "transfer" if depth else "call"
    heads = ["", "MB/s" if depth else "calls/s", f"CPU µs per {call}", "per MB", f"whole guest's µs per {call}", "per MB", "switches"]
    if mode == "devices":
        heads.append("slowest device's share")
    # On a processor that is never idle, the time charged to a process says little.
    cost, head = ("guest_us", "whole guest's CPU") if mode == "devices" else ("us", "CPU")
    for peer in ours:
        heads += [f"{NAMES[peer]} ÷ it: rate", head]
    heading(title(key), heads)
    for peer in sorted(peers, key=lambda peer: -middle(peers[peer], first)):
        rounds = peers[peer]
        cells = [name(peer), span(rounds, first), span(rounds, "us"), whole(middle(rounds, "us_mb")), span(rounds, "guest_us"),
                 whole(middle(rounds, "guest_us_mb")), f"{middle(rounds, 'turns'):.2f}"]
        if mode == "devices":
            cells.append(f"{middle(rounds, 'least'):.2f}")
        for our in ours:
            for figure in ("rate", cost):
                both = ratios(peers[our], rounds, figure)
                cells.append(f"{statistics.median(both):.2f}" if both else "–")
        row(cells)


def memory_table(tests):
    """The kernel does not count mapped memory as resident; without this column, peers that use it would look too good."""
    key = ("in", 65536, 8)
    if key not in tests:
        return
    heading(f"Memory: {title(key)}, MiB", ["", "peak resident", "mapped usbfs memory", "total"])
    mib = {peer: [middle(rounds, figure) / 1024 for figure in ("rss_kib", "mapped_kib")] for peer, rounds in tests[key].items()}
    for peer in sorted(mib, key=lambda peer: sum(mib[peer])):
        row([name(peer)] + [f"{value:.1f}" for value in (*mib[peer], sum(mib[peer]))])


def main():
    figures, versions, svg = sys.argv[1:]
    tests = read(figures)
    versions = ", ".join(filter(None, open(versions, encoding="utf-8").read().split("\n")))
    rounds = max(len(values) for peers in tests.values() for values in peers.values())
    print(f"Medians of {rounds} rounds, lowest and highest in brackets; {versions}.")
    for key, peers in tests.items():
        (latency_table if key[0] == "latency" else table)(key, peers)
    memory_table(tests)
    heading("Targets", ["", "target", "median of the ratios", "lowest–highest", "reached", "bare usbfs's ratio"])
    for cells in targets.rows(tests, middle, ratios):
        row(cells)
    with open(svg, "w", encoding="utf-8") as file:
        file.write(plot.draw(tests, rounds, NAMES, title, ratios))


if __name__ == "__main__":
    main()
