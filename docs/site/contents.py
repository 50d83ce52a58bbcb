"""The pages of the site, in order. The build fails if a listed page is missing, or a page is not listed."""

# (heading, pages); a page is a Markdown file of docs/, without the extension, or a name in ELSEWHERE.
CONTENTS = [
    ("Using usbx", ["concepts", "streams", "hotplug", "permissions", "windows", "containers", "virtual", "simulate", "acquisition", "capture", "usbip", "cli", "run"]),
    ("Languages", ["cpp", "python", "pyusb", "facedancer", "languages"]),
    ("Existing programs", ["embedding", "porting"]),
    ("When something is wrong", ["troubleshooting", "reliability"]),
    ("Reference", [
        "reference/index", "reference/library", "reference/devices", "reference/interfaces", "reference/transfers",
        "reference/queues", "reference/streams", "reference/watches", "reference/virtual", "reference/captures", "reference/shares", "reference/cpp", "reference/python",
    ]),
    ("About", ["performance", "benchmarks", "peers", "licence", "architecture", "contributing", "abi", "kernel-lab", "changelog"]),
]

# Pages outside docs/.
ELSEWHERE = {
    "index": "README.md",
    "python": "python/README.md",
    "architecture": "ARCHITECTURE.md",
    "contributing": "CONTRIBUTING.md",
    "changelog": "CHANGELOG.md",
    "peers": "benches/peers/README.md",
    "abi": "abi/README.md",
    "kernel-lab": "tests/kernel/README.md",
}
