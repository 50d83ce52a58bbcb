"""Tables and a plot of what the peers measured: summary.py FIGURES VERSIONS SVG; the tables go to the standard output.

A ratio is the median of the rounds' ratios: each round's runs stand next to each other in time."""

import statistics
import sys
from html import escape

OURS = ("usbx-stream", "usbx-queue", "usbx")
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
    "usbx": "**usbx blocking**",
    "usbx-queue": "**usbx queue**",
    "usbx-stream": "**usbx stream**",
}


def read(path):
    """{(mode, size, depth): {peer: {round: figures}}}"""
    tests = {}
    for line in open(path, encoding="ascii"):
        number, peer, mode, size, depth, *figures = line.split()
        values = {key: float(value) for key, value in (figure.split("=") for figure in figures)}
        values["mb"] = values["bytes"] / values["wall"] / 1e6
        values["rate"] = values["calls"] / values["wall"]
        values["us"] = values["cpu"] / values["calls"] * 1e6
        values["turns"] = values["switches"] / values["calls"]
        # The blocking calls of those that have nothing else stand beside the streams of their size.
        size = int(size)
        tests.setdefault((mode, size, int(depth)), {}).setdefault(peer, {})[int(number)] = values
    for mode in ("in", "out", "write"):
        for size in {key[1] for key in tests}:
            queued = next((t for k, t in tests.items() if k[0] == mode and k[1] == size and k[2] > 0), None)
            if queued is not None:
                for peer, rounds in tests.get((mode, size, 0), {}).items():
                    if peer in ("usbx", "rusb", "pyusb"):
                        queued.setdefault(peer, rounds)
    return {key: peers for key, peers in tests.items() if len(peers) > 3}


def middle(rounds, key):
    return statistics.median(values[key] for values in rounds.values())


def span(rounds, key, form):
    values = [values[key] for values in rounds.values()]
    return f"{form(statistics.median(values))} ({form(min(values))}–{form(max(values))})"


def ratio(ours, peer, key):
    both = [ours[number][key] / peer[number][key] for number in ours if number in peer and peer[number][key] > 0]
    return f"{statistics.median(both):.2f}" if both else "–"


def whole(value):
    return f"{value:,.0f}"


def title(key):
    mode, size, depth = key
    amount = f"{size // 1024} KiB" if size % 1024 == 0 and size > 1024 else f"{size} B"
    if mode == "latency":
        return f"Latency of a blocking read of {amount}"
    way = {"in": "IN", "out": "OUT, the same bytes again and again", "write": "OUT, the caller's bytes"}[mode]
    return f"Stream {way}, {amount} × {depth} in flight" if depth else f"Blocking {'reads' if mode == 'in' else 'writes'} of {amount}"


def table(key, peers):
    mode, _, depth = key
    ours = [peer for peer in OURS if peer in peers]
    latency = mode == "latency"
    heads = ["", "MB/s" if depth else "calls/s", "CPU µs per transfer", "switches per transfer", "memory, MiB"]
    if latency:
        heads[1:3] = ["p50 µs", "p90", "p99", "max"]
        heads[5:] = []
    else:
        heads += [f"{name} ÷ it: rate" for name in ours] + [f"{name} ÷ it: CPU" for name in ours]
    print(f"\n### {title(key)}\n")
    print("| " + " | ".join(heads) + " |")
    print("| --- |" + " ---: |" * (len(heads) - 1))
    first = "mb" if depth else "rate"
    for peer in sorted(peers, key=lambda peer: middle(peers[peer], "p50") if latency else -middle(peers[peer], first)):
        rounds = peers[peer]
        if latency:
            cells = [span(rounds, key, whole) for key in ("p50", "p90", "p99", "max")]
        else:
            cells = [span(rounds, first, whole), span(rounds, "us", whole), f"{middle(rounds, 'turns'):.2f}",
                     f"{middle(rounds, 'rss_kib') / 1024:.1f}"]
            cells += [ratio(peers[name], rounds, "rate") for name in ours]
            cells += [ratio(peers[name], rounds, "us") for name in ours]
        print("| " + " | ".join([NAMES.get(peer, peer), *cells]) + " |")


def plot(tests, path):
    shown = [key for key in tests if key[0] != "latency" and (key[2] == 0) == (key[1] == 1024) and key[1] in (1024, 65536)]
    bar, gap, left, wide, top = 18, 5, 220, 420, 34
    parts, y = [], 10
    for key in shown:
        unit = "mb" if key[2] else "rate"
        peers = {peer: [values[unit] for values in rounds.values()] for peer, rounds in tests[key].items()}
        scale = wide / max(max(values) for values in peers.values())
        parts.append(f'<text x="10" y="{y + 16}" class="title">{escape(title(key))}, {"MB/s" if key[2] else "calls/s"}</text>')
        y += top
        for peer, values in sorted(peers.items(), key=lambda item: -statistics.median(item[1])):
            value = statistics.median(values)
            kind = "ours" if peer in OURS else "floor" if peer.startswith("raw") else "peer"
            at = y + bar / 2
            low, high = left + min(values) * scale, left + max(values) * scale
            parts.append(f'<text x="{left - 8}" y="{at + 4}" text-anchor="end">{escape(NAMES.get(peer, peer).strip("*"))}</text>')
            parts.append(f'<rect x="{left}" y="{y}" width="{value * scale:.1f}" height="{bar}" class="{kind}"/>')
            parts.append(f'<path d="M{low:.1f} {at}H{high:.1f}M{low:.1f} {at - 4}v8M{high:.1f} {at - 4}v8" class="span"/>')
            parts.append(f'<text x="{high + 8:.1f}" y="{at + 4}">{whole(value)}</text>')
            y += bar + gap
        y += 18
    with open(path, "w", encoding="utf-8") as file:
        file.write(
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + wide + 80}" height="{y}" '
            f'viewBox="0 0 {left + wide + 80} {y}" role="img" font-family="sans-serif" font-size="12">'
            "<title>usbx beside its peers: medians, lowest and highest</title>"
            "<style>rect.page{fill:#fff}text{fill:#222}.title{font-size:14px;font-weight:bold}.ours{fill:#c2410c}"
            ".floor{fill:#9ca3af}.peer{fill:#3b6ea5}.span{stroke:#222;fill:none}</style>"
            '<rect class="page" width="100%" height="100%"/>' + "".join(parts) + "</svg>\n"
        )


def main():
    tests = read(sys.argv[1])
    versions = open(sys.argv[2], encoding="utf-8").read().split("\n")
    rounds = max(len(values) for peers in tests.values() for values in peers.values())
    print(f"Medians of {rounds} rounds, lowest and highest in brackets; " + ", ".join(filter(None, versions)) + ".")
    for key, peers in tests.items():
        table(key, peers)
    plot(tests, sys.argv[3])


main()
