/* The data that the Source/Sink gadget sends and expects (pattern=1), and shortcuts for streams. */
#ifndef PATTERN_H
#define PATTERN_H

#include "check.h"

enum { MIB = 1024 * 1024, PATTERN_ROOM = MIB + 1024 };

static uint8_t pattern_bytes[PATTERN_ROOM];
static size_t pattern_packet;

/* Byte i of each packet is i % 63. */
static inline void make_pattern(size_t packet) {
    size_t i;
    pattern_packet = packet;
    for (i = 0; i < PATTERN_ROOM; i++) {
        pattern_bytes[i] = (uint8_t)(i % packet % 63);
    }
}

/* The pattern from byte `at` on, 1 MiB of it. */
static inline const uint8_t *pattern(uint64_t at) { return pattern_bytes + at % pattern_packet; }

/* Whether so many bytes are the pattern from byte `at` on. */
static inline void check_pattern(const void *data, size_t length, uint64_t at) {
    const uint8_t *got = data, *expected;
    size_t i, part;
    for (; length > 0; got += part, at += part, length -= part) {
        part = length < MIB ? length : MIB;
        expected = pattern(at);
        if (memcmp(got, expected, part) != 0) {
            for (i = 0; got[i] == expected[i]; i++) {
            }
            fprintf(stderr, "byte %llu is 0x%02x, not 0x%02x\n", (unsigned long long)at + i, got[i], expected[i]);
            exit(1);
        }
    }
}

static inline usbx_stream *open_stream(usbx_device *device, uint8_t endpoint, size_t size, size_t depth, uint32_t memory) {
    usbx_stream_options options;
    usbx_stream *stream;
    memset(&options, 0, sizeof options);
    options.size = size;
    options.depth = depth;
    options.memory = memory;
    OK(usbx_stream_open(device, endpoint, &options, &stream));
    return stream;
}

static inline usbx_stream_statistics statistics(usbx_stream *stream) {
    usbx_stream_statistics result;
    OK(usbx_stream_stats(stream, &result));
    return result;
}

#endif
