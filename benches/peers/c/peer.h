/* Shared by the peers in C: the command line, the clock and the line of figures at the end.
 *
 *   PROGRAM MODE SIZE DEPTH SECONDS
 *
 * MODE     in; latency: in, with the time of every call; out: the same bytes again and again; write: out, with bytes in
 *          the caller's memory, so that a peer with other buffers has to copy them; devices: in, from all
 *          devices of the gadget's kind at once ($PEER_DEVICES is their number)
 * SIZE     bytes in a transfer
 * DEPTH    transfers in flight; 0: blocking calls, one after the other
 * SECONDS  how long to measure, after a warm-up
 *
 * $PEER_MEMORY says "mapped" (memory shared with the kernel) or "heap", where a program can do both.
 */
#ifndef PEER_H
#define PEER_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { PEER_VENDOR = 0x0525, PEER_PRODUCT = 0xa4a0, PEER_IN = 0x81, PEER_OUT = 0x02, PEER_INTERFACE = 0 };
enum { PEER_TIMEOUT_MS = 10000, PEER_DEPTH_MAX = 256, PEER_SAMPLES_MAX = 1 << 20, PEER_DEVICES_MAX = 16 };

#define PEER_TRY(condition)                                                                        \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #condition);                \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

static struct {
    int in, latency, write, depth, mapped, devices;
    size_t size;
    double seconds;

    double began, idle;
    struct rusage usage;
    uint64_t bytes, calls;
    uint64_t calls_of[PEER_DEVICES_MAX];
    float *samples; /* microseconds */
    void *data;
    double last;
} peer;

static inline double peer_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static inline void peer_arguments(int argc, char **argv) {
    const char *memory = getenv("PEER_MEMORY"), *devices = getenv("PEER_DEVICES");
    PEER_TRY(argc == 5);
    peer.latency = strcmp(argv[1], "latency") == 0;
    if (strcmp(argv[1], "devices") == 0) {
        PEER_TRY(devices && (peer.devices = atoi(devices)) > 1 && peer.devices <= PEER_DEVICES_MAX);
    }
    peer.in = peer.latency || peer.devices || strcmp(argv[1], "in") == 0;
    peer.write = strcmp(argv[1], "write") == 0;
    PEER_TRY(peer.in || peer.write || strcmp(argv[1], "out") == 0);
    peer.size = strtoul(argv[2], NULL, 10);
    peer.depth = atoi(argv[3]);
    peer.seconds = atof(argv[4]);
    peer.mapped = memory && strcmp(memory, "mapped") == 0;
    PEER_TRY(peer.size > 0 && peer.depth >= 0 && peer.depth <= PEER_DEPTH_MAX && peer.seconds > 0);
    if (peer.latency) {
        PEER_TRY((peer.samples = calloc(PEER_SAMPLES_MAX, sizeof *peer.samples)) != NULL);
    }
}

/* Before a buffer is sent. */
static inline void peer_fill(void *buffer) {
    if (peer.write && peer.mapped) {
        if (!peer.data) {
            PEER_TRY((peer.data = calloc(1, peer.size)) != NULL);
        }
        memcpy(buffer, peer.data, peer.size);
    }
}

/* Seconds that the guest's processors were idle. The rest is the total cost: the kernel charges much of a transfer, in soft
 * interrupts, to the process they interrupt, or to a thread of its own if the processor was idle. */
static inline double peer_idle(void) {
    unsigned long long idle = 0;
    FILE *stat = fopen("/proc/stat", "r");
    PEER_TRY(stat != NULL);
    PEER_TRY(fscanf(stat, "cpu %*u %*u %*u %llu", &idle) == 1);
    fclose(stat);
    return (double)idle / (double)sysconf(_SC_CLK_TCK);
}

/* After the warm-up. */
static inline void peer_begin(void) {
    peer.bytes = peer.calls = 0;
    memset(peer.calls_of, 0, sizeof peer.calls_of);
    peer.idle = peer_idle();
    getrusage(RUSAGE_SELF, &peer.usage);
    peer.began = peer.last = peer_now();
}

/* Counts one transfer; returns whether to continue. Reads the clock at every eighth, unless each call is timed. */
static inline int peer_count(size_t bytes) {
    double now;
    PEER_TRY(bytes == peer.size);
    peer.bytes += bytes;
    peer.calls++;
    if (!peer.latency && peer.calls % 8 != 0) {
        return 1;
    }
    now = peer_now();
    if (peer.latency && peer.calls <= PEER_SAMPLES_MAX) {
        peer.samples[peer.calls - 1] = (float)((now - peer.last) * 1e6);
    }
    peer.last = now;
    return now - peer.began < peer.seconds;
}

/* Mode "devices": the same, with the device. */
static inline int peer_count_of(int device, size_t bytes) {
    peer.calls_of[device]++;
    return peer_count(bytes);
}

static inline double peer_cpu(const struct rusage *usage) {
    return (double)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) +
           (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) * 1e-6;
}

static inline int peer_compare(const void *left, const void *right) {
    float l = *(const float *)left, r = *(const float *)right;
    return (l > r) - (l < r);
}

/* Peak resident memory, in KiB. ru_maxrss would include the process that started the program. */
static inline long peer_resident(void) {
    char line[256];
    long kib = 0;
    FILE *status = fopen("/proc/self/status", "r");
    PEER_TRY(status != NULL);
    while (fgets(line, sizeof line, status) && sscanf(line, "VmHWM: %ld", &kib) != 1) {
    }
    fclose(status);
    return kib;
}

/* Mapped usbfs memory, in KiB: the kernel does not count it as resident. */
static inline long peer_mapped(void) {
    char line[512];
    unsigned long long first, end, kib = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    PEER_TRY(maps != NULL);
    while (fgets(line, sizeof line, maps)) {
        if (strstr(line, " /dev/bus/usb/") && sscanf(line, "%llx-%llx", &first, &end) == 2) {
            kib += (end - first) / 1024;
        }
    }
    fclose(maps);
    return (long)kib;
}

/* Right after the last counted transfer. */
static inline void peer_report(void) {
    double wall = peer_now() - peer.began, idle = peer_idle() - peer.idle;
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("bytes=%llu calls=%llu wall=%.6f cpu=%.6f busy=%.6f switches=%ld rss_kib=%ld mapped_kib=%ld", (unsigned long long)peer.bytes,
           (unsigned long long)peer.calls, wall, peer_cpu(&usage) - peer_cpu(&peer.usage),
           wall * (double)sysconf(_SC_NPROCESSORS_ONLN) - idle,
           usage.ru_nvcsw + usage.ru_nivcsw - peer.usage.ru_nvcsw - peer.usage.ru_nivcsw, peer_resident(),
           peer_mapped());
    if (peer.devices) {
        uint64_t least = peer.calls;
        int i;
        for (i = 0; i < peer.devices; i++) {
            least = peer.calls_of[i] < least ? peer.calls_of[i] : least;
        }
        printf(" least=%.3f", (double)least * peer.devices / (double)peer.calls);
    }
    if (peer.latency) {
        size_t n = peer.calls < PEER_SAMPLES_MAX ? (size_t)peer.calls : PEER_SAMPLES_MAX;
        qsort(peer.samples, n, sizeof *peer.samples, peer_compare);
        printf(" p50=%.1f p90=%.1f p99=%.1f max=%.1f", peer.samples[n / 2], peer.samples[n * 9 / 10],
               peer.samples[n * 99 / 100], peer.samples[n - 1]);
    }
    printf("\n");
}

/* Blocking calls: the number before the clock starts. */
enum { PEER_WARM_UP = 32 };

#endif
