/* A whole session with a device of another host, over a connection that is cut after any byte, cut into pieces, or slow:
 * links [SEED [CUTS]]. Every call has to end, with NO_DEVICE and its exact count after a cut, and the device is free for the
 * next one. Client, server and what lies between them are in this process. */
#define _GNU_SOURCE
#include "proxy.h"
#include "usbx.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OUT = 0x02, LOOPBACK = 0x83, FRAMES = 0x81, STATUS = 0x82, SAMPLES = 0x85, SIZE = 3000, PACKETS = 8, PENDING = 3 };

/* No answer is waited for so long, unless something hangs: then the alarm ends the test. */
#define PATIENCE "60000"
enum { SESSION_SECONDS = 30 };

static struct usbx_device *device;
static const char *step = "";
static struct mischief current;
static int lost; /* the connection is known to be cut */

static void stop(const char *why, usbx_status status, long count)
{
    struct passage passage = proxy_end();
    fprintf(stderr, "links: %s: %s: %s, count %ld: %s\n", step, why, usbx_error_name(status), count, usbx_last_error());
    fprintf(stderr, "links: way %d, cut after %ld (%s), pieces of %zu, delays %" PRIu64 "; passed %ld and %ld, %ld data\n",
            current.way, current.cut, current.reset ? "reset" : "end", current.piece, current.delays, passage.bytes[0],
            passage.bytes[1], passage.partial);
    exit(1);
}

static void hangs(int signal)
{
    static const char text[] = "links: a call hangs in the step ";
    (void)signal;
    if (write(2, text, sizeof text - 1) < 0 || write(2, step, strlen(step)) < 0 || write(2, "\n", 1) < 0)
        _exit(2);
    abort();
}

/* Judges a call that needs the host. True if it succeeded. */
static int went_well(const char *name, usbx_status status, long count)
{
    step = name;
    if (status == USBX_OK && lost)
        stop("succeeds without a connection", status, count);
    if (status == USBX_OK)
        return 1;
    if (!proxy_end().is_cut)
        stop("fails on a connection that stands", status, count);
    if (status != USBX_ERROR_NO_DEVICE)
        stop("fails in another way", status, count);
    lost = 1;
    return 0;
}

/* The same of a read: what had come before the cut is counted. */
static int has_read(const char *name, usbx_status status, size_t moved, const uint8_t *data, const uint8_t *expected)
{
    int before = lost, well = went_well(name, status, (long)moved);
    long partial = proxy_end().partial;
    if (!well && moved != (size_t)(before ? 0 : partial))
        stop("has another count than bytes came", status, (long)moved);
    if (expected != NULL && memcmp(data, expected, moved) != 0)
        stop("has other bytes than were sent", status, (long)moved);
    return well;
}

static void transfers(void)
{
    uint8_t sent[SIZE], got[SIZE], block[64];
    struct usbx_packet packets[PACKETS];
    size_t moved = 0;
    usbx_status status;
    for (size_t at = 0; at < SIZE; at++)
        sent[at] = (uint8_t)(at * 7 + at / 256);

    step = "control OUT";
    status = usbx_control(device, 0x40, 4, 0, 0, sent, 64, 0, &moved);
    went_well(step, status, (long)moved);
    step = "control IN";
    status = usbx_control(device, 0xc0, 4, 0, 0, block, 64, 0, &moved);
    has_read(step, status, moved, block, sent);
    step = "bulk OUT";
    status = usbx_bulk_write(device, OUT, sent, SIZE, 0, &moved);
    if (!went_well(step, status, (long)moved) && moved != 0)
        stop("counts what nobody has confirmed", status, (long)moved);
    step = "bulk IN";
    for (size_t at = 0, length; at < SIZE && !lost; at += length) {
        length = SIZE - at < 1024 ? SIZE - at : 1024;
        status = usbx_bulk_read(device, LOOPBACK, got, length, 0, &moved);
        if (has_read(step, status, moved, got, sent + at) && moved != length)
            stop("is short", status, (long)moved);
    }
    step = "interrupt IN";
    status = usbx_interrupt_read(device, STATUS, block, 16, 0, &moved);
    has_read(step, status, moved, block, NULL);
    step = "isochronous IN";
    for (int at = 0; at < PACKETS; at++)
        packets[at] = (struct usbx_packet){.length = 512};
    static uint8_t samples[PACKETS * 512];
    status = usbx_isochronous_read(device, SAMPLES, samples, sizeof samples, packets, PACKETS, 0, &moved);
    if (!went_well(step, status, (long)moved) && moved != 0)
        stop("counts packets of which nothing was told", status, (long)moved);
    step = "a timeout";
    status = usbx_bulk_read(device, LOOPBACK, got, 512, 1, &moved);
    if (moved != 0)
        stop("has bytes that were never sent", status, (long)moved);
    if (status != USBX_ERROR_TIMEOUT || lost)
        went_well(step, status == USBX_OK ? USBX_ERROR_IO : status, (long)moved);
}

static void queue(void)
{
    struct usbx_queue *own;
    struct usbx_completion completions[PENDING];
    uint8_t data[PENDING][512];
    uint64_t ids[PENDING];
    size_t submitted = 0, done = 0;
    step = "queue";
    if (usbx_queue_open(&own) != USBX_OK)
        stop("no queue", USBX_ERROR_OTHER, 0);
    for (int at = 0; at < PENDING; at++) {
        struct usbx_transfer transfer = {.type = USBX_TYPE_BULK, .endpoint = LOOPBACK, .data = data[at], .length = 512};
        usbx_status status = usbx_submit(device, own, &transfer, &ids[at]);
        submitted += (size_t)went_well("submit", status, 0);
    }
    for (size_t at = 0; at < submitted; at++)
        if (usbx_queue_cancel(own, ids[at]) != USBX_OK)
            stop("cannot be cancelled", USBX_ERROR_OTHER, (long)at);
    while (done < submitted) {
        size_t count = 0;
        step = "queue wait";
        usbx_status status = usbx_queue_wait(own, completions, PENDING, 0, &count);
        if (status != USBX_OK)
            stop("fails", status, (long)count);
        for (size_t at = 0; at < count; at++) {
            if (completions[at].status != USBX_ERROR_CANCELLED)
                went_well("completion", completions[at].status == USBX_OK ? USBX_ERROR_IO : completions[at].status, 0);
            if (completions[at].transferred != 0)
                stop("has bytes that were never sent", completions[at].status, (long)completions[at].transferred);
        }
        done += count;
    }
    step = "queue close";
    if (usbx_queue_close(own) != USBX_OK)
        stop("fails", USBX_ERROR_OTHER, 0);
}

static void stream(void)
{
    struct usbx_stream *own;
    struct usbx_stream_options options = {.size = 2048, .depth = 4};
    struct usbx_chunk chunk;
    went_well("start", usbx_control(device, 0x40, 1, 0, 0, NULL, 0, 0, NULL), 0);
    step = "stream open";
    if (!went_well(step, usbx_stream_open(device, FRAMES, &options, &own), 0))
        return;
    for (uint64_t at = 0; at < 6 && !lost; at++) {
        step = "stream next";
        usbx_status status = usbx_stream_next(own, 0, &chunk);
        if (status == USBX_OK && chunk.status != USBX_OK)
            status = chunk.status;
        if (went_well(step, status, (long)chunk.length) && (chunk.sequence != at || chunk.length != 2048))
            stop("has a gap", status, (long)chunk.sequence);
    }
    step = "stream close";
    if (usbx_stream_close(own) != USBX_OK)
        stop("fails", USBX_ERROR_OTHER, 0);
    went_well("stop", usbx_control(device, 0x40, 2, 0, 0, NULL, 0, 0, NULL), 0);
}

/* One that was cut: an open says why it could not connect, too. */
static int opened(const char *name, usbx_status status)
{
    step = name;
    if (status == USBX_OK)
        return 1;
    if (!proxy_end().is_cut)
        stop("fails on a connection that stands", status, 0);
    if (status != USBX_ERROR_NO_DEVICE && status != USBX_ERROR_IO)
        stop("fails in another way", status, 0);
    lost = 1;
    return 0;
}

static struct passage session(const char *host, const char *path, const char *direct, const struct mischief *mischief)
{
    struct usbx_device_info info;
    size_t count = 0;
    current = *mischief;
    lost = 0;
    alarm(SESSION_SECONDS);
    proxy_begin(mischief);
    step = "list";
    if (opened(step, usbx_remote_devices(host, &info, 1, &count, 0)) && count != 1)
        stop("has not one device", USBX_OK, (long)count);
    step = "open";
    if (opened(step, usbx_open_path(path, &device))) {
        step = "set-up";
        went_well("reset", usbx_reset(device), 0);
        went_well("claim", usbx_claim(device, 0), 0);
        step = "alternate setting";
        usbx_status status = usbx_set_alt_setting(device, 0, 1);
        if (status != USBX_ERROR_NOT_CLAIMED)
            went_well(step, status, 0);
        if (!lost) {
            transfers();
            stream();
            queue();
            status = usbx_release(device, 0);
            step = "release";
            if (status != USBX_OK || !lost)
                went_well(step, status, 0);
        }
        step = "close";
        if (usbx_close(device) != USBX_OK)
            stop("fails", USBX_ERROR_OTHER, 0);
    }
    struct passage passage = proxy_end();
    if (mischief->cut < 0 && lost)
        stop("a session without a cut is lost", USBX_OK, 0);
    /* The next client gets the device, once the server has heard of the end. */
    uint8_t block[4];
    usbx_status status;
    step = "the next client";
    while ((status = usbx_open_path(direct, &device)) == USBX_ERROR_BUSY)
        usleep(2000);
    if (status == USBX_OK)
        status = usbx_control(device, 0xc0, 3, 0, 0, block, 4, 0, NULL);
    if (status != USBX_OK || usbx_close(device) != USBX_OK)
        stop("does not get the device", status, 0);
    alarm(0);
    return passage;
}

int main(int argc, char **argv)
{
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
    long cuts = argc > 2 ? atol(argv[2]) : 300;
    char address[64], host[64], path[96], direct[96];
    struct usbx_virtual *plugged = NULL;
    struct usbx_share *share = NULL;
    setenv("USBX_USBIP_TIMEOUT", PATIENCE, 1);
    signal(SIGALRM, hangs);
    if (usbx_virtual_open("acquisition", "LINKS", &plugged) != USBX_OK ||
        usbx_share_open("127.0.0.1:0", NULL, &share) != USBX_OK ||
        usbx_virtual_path(plugged, path, sizeof path, NULL) != USBX_OK || usbx_share_add(share, path, "1-1") != USBX_OK ||
        usbx_share_address(share, address, sizeof address, NULL) != USBX_OK)
        stop("cannot begin", USBX_ERROR_OTHER, 0);
    uint16_t port = proxy_start((uint16_t)atoi(strchr(address, ':') + 1));
    snprintf(host, sizeof host, "127.0.0.1:%u", port);
    snprintf(path, sizeof path, "usbip://127.0.0.1:%u/1-1", port);
    snprintf(direct, sizeof direct, "usbip://%s/1-1", address);

    /* The first one reads the strings, too. */
    struct mischief mischief = {.cut = -1};
    session(host, path, direct, &mischief);
    struct passage whole = session(host, path, direct, &mischief);
    mischief.piece = 1;
    session(host, path, direct, &mischief);
    for (mischief.delays = seed; mischief.delays < seed + 3; mischief.delays++) {
        mischief.piece = 700;
        session(host, path, direct, &mischief);
    }
    printf("links: whole: %ld bytes there, %ld back\n", whole.bytes[0], whole.bytes[1]);
    fflush(stdout);
    for (int way = 0; way < 2; way++) {
        long step_of = (whole.bytes[way] + cuts - 1) / cuts;
        uint64_t random = seed * 0x9e3779b97f4a7c15u | 1;
        for (long at = 0; at < whole.bytes[way]; at += step_of) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            struct mischief cut = {.way = way, .cut = at + (long)((random >> 33) % (uint64_t)step_of)};
            cut.reset = (int)(random >> 62) & 1;
            session(host, path, direct, &cut);
        }
    }
    if (usbx_share_close(share) != USBX_OK || usbx_virtual_close(plugged) != USBX_OK || usbx_shutdown(NULL) != USBX_OK)
        stop("cannot end", USBX_ERROR_OTHER, 0);
    printf("links: %ld cuts in each direction\n", cuts);
    return 0;
}
