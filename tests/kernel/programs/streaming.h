/* What the programs about streams share. */
#ifndef STREAMING_H
#define STREAMING_H

#include "bulk_pair.h"

enum { WAIT = 10000, SIZE = 16 * 1024, DEPTH = 6 };

/* Lengths that fit nothing: below a packet, around one, around a transfer, some transfers. */
static inline size_t odd(size_t round) {
    static const size_t lengths[] = {1, 511, 513, 1025, SIZE - 1, SIZE + 1, 63, 100003, 4096, 3 * SIZE + 7, 2};
    return lengths[round % (sizeof lengths / sizeof *lengths)];
}

static inline size_t least(size_t a, size_t b) { return a < b ? a : b; }

static inline void check_sound(const usbx_stream_statistics *stats) {
    CHECK_NUMBER(stats->stalls, 0);
    CHECK_NUMBER(stats->overflows, 0);
    CHECK_NUMBER(stats->other_errors, 0);
    CHECK_NUMBER(stats->packets, 0);
    CHECK_NUMBER(stats->lost_packets, 0);
    CHECK_NUMBER(stats->depth, DEPTH);
    CHECK_NUMBER(stats->size, SIZE);
}

#endif
