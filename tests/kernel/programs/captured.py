"""captured.py OURS USBMON: the library's capture (pcapng) and usbmon's of the same time (pcap) have the same requests of that device."""

import struct
import sys


def pcapng(data):
    """The packets, those of the head left out: they have a comment."""
    at = 0
    while at < len(data):
        kind, length = struct.unpack_from("<II", data, at)
        if kind == 6:
            captured = struct.unpack_from("<I", data, at + 20)[0]
            if length == 32 + (captured + 3) // 4 * 4:
                yield data[at + 28 : at + 28 + captured]
        at += length


def pcap(data):
    assert struct.unpack_from("<I", data)[0] in (0xA1B2C3D4, 0xA1B23C4D) and struct.unpack_from("<I", data, 20)[0] & 0xFFFF == 220
    at = 24
    while at < len(data):
        captured = struct.unpack_from("<I", data, at + 8)[0]
        yield data[at + 16 : at + 16 + captured]
        at += 16 + captured


def requests(packets, device):
    """What each record says that does not depend on who wrote it. Requests are numbered in their order."""
    begun, numbers, found = 0, {}, []
    for packet in packets:
        number, kind, transfer, endpoint, address, bus = struct.unpack_from("<QcBBBH", packet)
        setup_flag, data_flag = packet[14:16]
        if (bus, address) != device:
            continue
        status, length, captured = struct.unpack_from("<iII", packet, 28)
        setup = packet[40:48] if setup_flag == 0 else b""
        if kind == b"S":
            numbers[number] = begun  # the kernel uses a number again once the request is complete
            begun += 1
        if number in numbers:
            flags = struct.unpack_from("<I", packet, 56)[0]
            found.append((kind, numbers[number], transfer, endpoint, setup_flag, data_flag, status, length, captured, setup,
                          flags & 0x200, packet[64:]))
    return found


def show(record):
    *fields, data = record
    return f"{fields} {data[:16].hex()}"


ours, theirs = (open(name, "rb").read() for name in sys.argv[1:])
ours = list(pcapng(ours))
device = struct.unpack_from("<H", ours[0], 12)[0], ours[0][11]
ours, theirs = requests(ours, device), requests(pcap(theirs), device)


def difference(theirs):
    """Between the capture and what usbmon has from some request on."""
    begin = theirs[0][1]
    theirs = [(kind, number - begin, *rest) for kind, number, *rest in theirs]
    for kind in (b"S", b"C"):
        # The kernel knows that a request is complete before the library does: only among each other their order is the same.
        one = [record for record in ours if record[0] == kind]
        other = [record for record in theirs if record[0] == kind][: len(one)]
        for i, (mine, usbmon) in enumerate(zip(one, other)):
            if mine != usbmon:
                return f"record {i} of kind {kind}:\nours   {show(mine)}\nusbmon {show(usbmon)}"
        if len(other) < len(one):
            return f"usbmon has {len(other)} records of kind {kind}, the capture {len(one)}"
    return None


# usbmon hears of what came before the capture, too: of the kernel's driver, which may have begun with the same request.
begins = [i for i, record in enumerate(theirs) if record[0] == b"S" and record[2:] == ours[0][2:]]
differences = [difference(theirs[first:]) for first in begins]
if None not in differences:
    sys.exit("\n".join(differences) or f"usbmon has no {show(ours[0])}")
print(f"note: {len(ours)} records as usbmon has them")
