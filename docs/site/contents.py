"""Which pages the site has, and in which order. One that is listed and not there is an error of the build, and the reverse."""

# (heading, pages); a page is a Markdown file of docs/, without the ending, or one named with its place in ELSEWHERE.
CONTENTS = [
    ("Using usbx", ["concepts", "streams", "hotplug", "permissions", "containers", "virtual", "acquisition", "cli"]),
    ("Languages", ["cpp", "python", "pyusb", "languages"]),
    ("Bringing it along", ["embedding", "porting"]),
    ("When something is wrong", ["troubleshooting", "reliability"]),
    ("Reference", [
        "reference/index", "reference/library", "reference/devices", "reference/interfaces", "reference/transfers",
        "reference/queues", "reference/streams", "reference/watches", "reference/virtual", "reference/cpp", "reference/python",
    ]),
    ("About", ["performance", "benchmarks", "peers", "licence", "architecture", "contributing", "abi", "kernel-lab", "changelog"]),
]

# Pages that lie outside of docs/.
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
