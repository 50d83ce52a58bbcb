/* Shared by the lab's programs: checks that print what went wrong and stop, and a few shortcuts. C99. */
#ifndef CHECK_H
#define CHECK_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <usbx.h>

#define LAB_VENDOR 0x0525
#define ZERO_PRODUCT 0xa4a0 /* Source/Sink in configuration 1, Loopback in configuration 2 */
#define LOOP_PRODUCT 0xa4a1 /* Loopback */

/* CHECK(x > 1): the condition holds. */
#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                                    \
            fprintf(stderr, "  usbx_last_error: %s\n", usbx_last_error());                                             \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

/* CHECK_NUMBER(got, expected): two whole numbers are equal. */
#define CHECK_NUMBER(got, expected)                                                                                    \
    do {                                                                                                               \
        long long got_ = (long long)(got), expected_ = (long long)(expected);                                          \
        if (got_ != expected_) {                                                                                       \
            fprintf(stderr, "%s:%d: %s is %lld, not %lld\n", __FILE__, __LINE__, #got, got_, expected_);               \
            fprintf(stderr, "  usbx_last_error: %s\n", usbx_last_error());                                             \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

/* EXPECT(usbx_open(…), USBX_ERROR_ACCESS): the call returns that status. */
#define EXPECT(call, expected)                                                                                         \
    do {                                                                                                               \
        usbx_status got_ = (call), expected_ = (expected);                                                             \
        if (got_ != expected_) {                                                                                       \
            fprintf(stderr, "%s:%d: %s\n  returned %s (%d), not %s\n", __FILE__, __LINE__, #call,                      \
                    usbx_error_name(got_), (int)got_, usbx_error_name(expected_));                                     \
            fprintf(stderr, "  usbx_last_error: %s\n", usbx_last_error());                                             \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)
#define OK(call) EXPECT(call, USBX_OK)

/* SAYS("udev"): the last error's sentence has these words. */
#define SAYS(words)                                                                                                    \
    do {                                                                                                               \
        if (strstr(usbx_last_error(), (words)) == NULL) {                                                              \
            fprintf(stderr, "%s:%d: the error does not say \"%s\"\n", __FILE__, __LINE__, (words));                    \
            fprintf(stderr, "  usbx_last_error: %s\n", usbx_last_error());                                             \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

/* Whether the bus under test is the one over libusb: it promises less (docs/reliability.md), and is asked for that. */
static inline int is_by_libusb(void) {
    const char *bus = getenv("USBX_SYSTEM_BUS");
    return bus != NULL && strcmp(bus, "libusb") == 0;
}

static inline double seconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* The first endpoint of that type and direction (0x80 in, 0 out) among the alternate setting 0 of all interfaces. */
static inline usbx_endpoint endpoint_of(usbx_device *device, uint8_t type, uint8_t direction) {
    usbx_endpoint all[32];
    size_t count, i;
    OK(usbx_endpoints(device, all, 32, &count));
    CHECK(count <= 32);
    for (i = 0; i < count; i++) {
        if (all[i].type == type && (all[i].address & 0x80) == direction && all[i].alt_setting == 0) {
            return all[i];
        }
    }
    fprintf(stderr, "no endpoint of type %d, direction 0x%02x\n", type, direction);
    exit(1);
}

/* A step of a xorshift generator: data in which a lost, doubled or swapped byte shows. */
static inline uint64_t next_random(uint64_t *state) {
    uint64_t x = *state;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return *state = x;
}

static inline void fill_random(void *data, size_t length, uint64_t *state) {
    uint8_t *at = data;
    size_t i;
    for (i = 0; i + 8 <= length; i += 8) {
        uint64_t word = next_random(state);
        memcpy(at + i, &word, 8);
    }
    for (; i < length; i++) {
        at[i] = (uint8_t)next_random(state);
    }
}

/* The shell around a program reads its lines; they must not stay in a buffer. */
static inline void say(const char *line) {
    puts(line);
    fflush(stdout);
}

#endif
