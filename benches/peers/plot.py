"""The bar plot of the peers' figures, as SVG: one group of bars for each test, ours in their own colour."""

import statistics
from html import escape

SHOWN = (("in", 65536, 8), ("write", 65536, 8), ("in", 1024, 0), ("devices", 65536, 8))
OURS = ("usbx-stream", "usbx", "usbx-poll", "usbx-threads")  # whose ratio to the others stands beside the bars
WIDTH, LEFT, BAR, PITCH = 860, 244, 17, 23
VALUE, RATIO = WIDTH - 122, WIDTH - 22  # right edges of the two columns of numbers
LONGEST = VALUE - 72 - LEFT

# With its own background: readable wherever it is shown, and dark if the reader's system is.
STYLE = """
.page{fill:#ffffff;stroke:#d0d7de}.text{fill:#1f2328}.dim{fill:#59636e}.ours{fill:#d9480f}.name{fill:#b93c0b;font-weight:bold}
.floor{fill:#8c959f}.peer{fill:#4a7fb5}.span{stroke:#1f2328;fill:none}.rule{stroke:#d0d7de}
@media (prefers-color-scheme:dark){
.page{fill:#0d1117;stroke:#3d444d}.text{fill:#e6edf3}.dim{fill:#9198a1}.ours{fill:#f76707}.name{fill:#ff922b}
.floor{fill:#6e7681}.peer{fill:#4a7fb5}.span{stroke:#e6edf3}.rule{stroke:#3d444d}}
"""


def kind(peer):
    return "ours" if peer.startswith("usbx") else "floor" if peer.startswith("raw") else "peer"


def text(x, y, content, css="text", anchor="start", more=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{css}" text-anchor="{anchor}"{more}>{escape(content)}</text>'


def group(key, peers, y, names, title, ratios):
    """The parts of one test's bars, and where the next one begins."""
    unit, head = ("mb", "MB/s") if key[2] else ("rate", "calls/s")
    values = {peer: [figures[unit] for figures in rounds.values()] for peer, rounds in peers.items()}
    middle = {peer: statistics.median(value) for peer, value in values.items()}
    ours = max((peer for peer in OURS if peer in peers), key=middle.get, default=None)
    scale = LONGEST / max(max(value) for value in values.values())
    parts = [
        f'<path d="M20 {y}H{WIDTH - 20}" class="rule"/>',
        text(20, y + 24, title(key), more=' font-size="15" font-weight="bold"'),
        text(VALUE, y + 24, head, "dim", "end"),
        text(RATIO, y + 24, "usbx ÷ it", "dim", "end"),
    ]
    y += 38
    for peer in sorted(middle, key=middle.get, reverse=True):
        at, low, high = y + BAR / 2, LEFT + min(values[peer]) * scale, LEFT + max(values[peer]) * scale
        mine = kind(peer) == "ours"
        parts += [
            text(LEFT - 10, at + 4.5, names[peer], "name" if mine else "text", "end"),
            f'<rect x="{LEFT}" y="{y}" width="{middle[peer] * scale:.1f}" height="{BAR}" rx="2" class="{kind(peer)}"/>',
            text(VALUE, at + 4.5, f"{middle[peer]:,.0f}", "name" if mine else "text", "end"),
        ]
        if high - low > 1:
            parts.append(f'<path d="M{low:.1f} {at}H{high:.1f}M{low:.1f} {at - 3}v6M{high:.1f} {at - 3}v6" class="span"/>')
        both = ratios(peers[ours], peers[peer], "rate") if ours and peer != ours else []
        if both:
            parts.append(text(RATIO, at + 4.5, f"{statistics.median(both):.2f}", anchor="end"))
        y += PITCH
    return parts, y + 14


def legend(y, rounds):
    parts = [f'<path d="M20 {y}H{WIDTH - 20}" class="rule"/>']
    for x, css, words in ((20, "ours", "this library"), (130, "floor", "usbfs without a library"), (310, "peer", "other libraries")):
        parts += [f'<rect x="{x}" y="{y + 14}" width="12" height="12" rx="2" class="{css}"/>', text(x + 18, y + 24.5, words)]
    words = f"Bars: medians of {rounds} rounds; lines: lowest and highest. More is better. The processor is emulated: compare, do not quote."
    parts.append(text(20, y + 48, words if rounds > 1 else "One round only: nothing to go by.", "dim"))
    parts.append(text(20, y + 66, "usbx ÷ it: usbx's best of the group by that one, median of the rounds' ratios.", "dim"))
    return parts, y + 82


def draw(tests, rounds, names, title, ratios):
    parts, y = [], 44
    for key in SHOWN:
        if key in tests:
            more, y = group(key, tests[key], y, names, title, ratios)
            parts += more
    more, y = legend(y, rounds)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y}" viewBox="0 0 {WIDTH} {y}" role="img" '
        'font-family="system-ui,-apple-system,Segoe UI,Helvetica,Arial,sans-serif" font-size="13">'
        f"<title>usbx compared with its peers</title><style>{STYLE}</style>"
        f'<rect class="page" x=".5" y=".5" width="{WIDTH - 1}" height="{y - 1}" rx="6"/>'
        + text(20, 28, "usbx beside other USB libraries, on one Linux kernel", more=' font-size="17" font-weight="bold"')
        + "".join(parts + more) + "</svg>\n"
    )
