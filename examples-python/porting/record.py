"""How the program uses its data. This has nothing to do with USB, and the port does not change it."""

import struct

FRAME, WANTED = 512, 64  # a frame's bytes, and how many frames make a record


def print_record(data):
    highest, lost, expected = [-32768] * 4, 0, 0
    frames = [bytes(data[at : at + FRAME]) for at in range(0, len(data) // FRAME * FRAME, FRAME)]
    for frame in frames:
        (number,) = struct.unpack_from("<I", frame, 4)
        lost, expected = lost + number - expected, number + 1
        samples = struct.unpack_from("<248h", frame, 12)
        highest = [max(highest[channel], *samples[channel::4]) for channel in range(4)]
    for channel, value in enumerate(highest):
        print(f"channel {channel}: at most {value}")
    print(f"{len(frames)} frames, {lost} lost")
