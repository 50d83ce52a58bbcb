/* Streams both ways on Loopback: the device returns the data. It is random, so that a lost packet is noticed. The device's speed must
 * be argv[1] (USBX_SPEED_*). */
#include "streaming.h"
#include <poll.h>
#include <pthread.h>

static uint8_t sent[8 * MIB + 1001], back[sizeof sent];
static usbx_stream *reader, *writer;

static void open_both(void) {
    uint64_t state = 7;
    fill_random(sent, sizeof sent, &state);
    memset(back, 0, sizeof back);
    reader = open_stream(device, in, SIZE, DEPTH, USBX_MEMORY_AUTO);
    writer = open_stream(device, out, SIZE, DEPTH, USBX_MEMORY_AUTO);
}

/* Its last packet is a short one, so that all of it has come. */
static void close_both(void) {
    usbx_stream_statistics read = statistics(reader), written = statistics(writer);
    check_sound(&read);
    check_sound(&written);
    CHECK(memcmp(back, sent, sizeof sent) == 0);
    CHECK_NUMBER(read.bytes, sizeof sent);
    CHECK_NUMBER(read.transfers, sizeof sent / SIZE + 1);
    CHECK_NUMBER(read.short_packets, 1);
    CHECK_NUMBER(written.bytes, sizeof sent);
    CHECK_NUMBER(written.transfers, sizeof sent / SIZE + 1);
    CHECK_NUMBER(written.short_packets, 0);
    OK(usbx_stream_close(writer));
    OK(usbx_stream_close(reader));
}

static void *write_all(void *unused) {
    size_t at, round, moved;
    for (at = 0, round = 0; at < sizeof sent; at += moved, round++) {
        size_t length = least(odd(round), sizeof sent - at);
        OK(usbx_stream_write(writer, sent + at, length, 2 * WAIT, &moved));
        CHECK_NUMBER(moved, length);
    }
    OK(usbx_stream_flush(writer, 2 * WAIT));
    return unused;
}

static void two_threads(void) {
    size_t at, round, moved;
    pthread_t thread;
    double start;
    open_both();
    start = seconds_now();
    CHECK(pthread_create(&thread, NULL, write_all, NULL) == 0);
    for (at = 0, round = 0; at < sizeof back; at += moved, round++) {
        OK(usbx_stream_read(reader, back + at, least(odd(round), sizeof back - at), 2 * WAIT, &moved));
        CHECK(moved > 0);
    }
    CHECK(pthread_join(thread, NULL) == 0);
    printf("note: 8 MiB there and back in two threads, %.1f MB/s each way\n",
           (double)sizeof sent / 1e6 / (seconds_now() - start));
    close_both();
}

/* One thread calls only what poll() says. */
static void one_loop(void) {
    struct pollfd fds[2];
    int readable = 1, writable = 1, flushed = 0;
    size_t there = 0, here = 0, round, moved;
    double start;
    open_both();
    start = seconds_now();
    memset(fds, 0, sizeof fds);
    OK(usbx_stream_fd(reader, &fds[0].fd));
    OK(usbx_stream_fd(writer, &fds[1].fd));
    fds[0].events = fds[1].events = POLLIN;
    for (round = 0; here < sizeof back || !flushed; round++) {
        CHECK(seconds_now() - start < 60);
        if (!readable && !writable) {
            fds[1].fd = flushed ? -1 : fds[1].fd;
            CHECK(poll(fds, 2, WAIT) > 0);
            readable = fds[0].revents != 0;
            writable = fds[1].revents != 0 && !flushed;
        }
        if (writable) {
            usbx_status status;
            if (there < sizeof sent) {
                status = usbx_stream_write(writer, sent + there, least(odd(round), sizeof sent - there), USBX_NO_WAIT, &moved);
                there += moved;
            } else {
                status = usbx_stream_flush(writer, USBX_NO_WAIT);
                flushed = status == USBX_OK;
            }
            if (status != USBX_OK) {
                EXPECT(status, USBX_ERROR_TIMEOUT);
            }
            writable = status == USBX_OK && !flushed;
        }
        if (readable) {
            usbx_status status = USBX_ERROR_TIMEOUT;
            if (here < sizeof back) {
                status = usbx_stream_read(reader, back + here, least(odd(round), sizeof back - here), USBX_NO_WAIT, &moved);
                here += moved;
            }
            if (status != USBX_OK) {
                EXPECT(status, USBX_ERROR_TIMEOUT);
            }
            readable = status == USBX_OK;
        }
    }
    printf("note: 8 MiB there and back in one poll() loop, %.1f MB/s each way\n",
           (double)sizeof sent / 1e6 / (seconds_now() - start));
    close_both();
}

/* The length of the next chunk; 0 after a short timeout, which is not a failure yet if the machine is stalled. */
static size_t next_chunk(uint32_t timeout_ms, size_t at) {
    usbx_chunk chunk;
    usbx_status status = usbx_stream_next(reader, timeout_ms, &chunk);
    if (timeout_ms < WAIT && status == USBX_ERROR_TIMEOUT) {
        return 0;
    }
    OK(status);
    CHECK(chunk.length <= sizeof sent - at && memcmp(chunk.data, sent + at, chunk.length) == 0);
    return chunk.length;
}

/* The reader does not come until all its transfers are full and the gadget is, too: so long one write takes, as the gadget
 * keeps GADGET bytes and gives back the rest before it takes more. */
static void late_reader(void) {
    enum { GADGET = 32 * 4096, TOTAL = DEPTH * SIZE + GADGET };
    usbx_stream_statistics stats;
    usbx_chunk chunk;
    size_t at, moved, end;
    reader = open_stream(device, in, SIZE, DEPTH, USBX_MEMORY_AUTO);
    OK(usbx_bulk_write(device, out, sent, SIZE, WAIT, NULL));
    at = next_chunk(WAIT, 0);
    CHECK_NUMBER(at, SIZE);
    EXPECT(usbx_stream_next(reader, USBX_NO_WAIT, &chunk), USBX_ERROR_TIMEOUT);
    CHECK_NUMBER(statistics(reader).device_waits, 0);

    OK(usbx_bulk_write(device, out, sent + SIZE, TOTAL, WAIT, &moved));
    CHECK_NUMBER(moved, TOTAL);
    at += next_chunk(WAIT, at);
    CHECK_NUMBER(statistics(reader).device_waits, 0);
    at += next_chunk(WAIT, at);
    stats = statistics(reader);
    CHECK_NUMBER(stats.device_waits, 1);
    CHECK_NUMBER(stats.deepest_backlog, DEPTH);
    while (at < SIZE + TOTAL) {
        at += next_chunk(WAIT, at);
    }
    CHECK_NUMBER(at, SIZE + TOTAL);

    /* Full packets with nothing behind them come when the time is up, and those after them too. */
    for (end = at + 4096; end <= 2 * SIZE + TOTAL; end += 4096) {
        double limit = seconds_now() + WAIT / 1000;
        OK(usbx_bulk_write(device, out, sent + at, 4096, WAIT, NULL));
        while (at < end) {
            CHECK(seconds_now() < limit);
            at += next_chunk(200, at);
        }
        CHECK_NUMBER(at, end);
    }
    EXPECT(usbx_stream_next(reader, 100, &chunk), USBX_ERROR_TIMEOUT);
    stats = statistics(reader);
    check_sound(&stats);
    CHECK_NUMBER(stats.short_packets, 0);
    CHECK_NUMBER(stats.bytes, at);
    OK(usbx_stream_close(reader));
}

int main(int argc, char **argv) {
    CHECK(argc >= 2);
    open_pair_at(LOOP_PRODUCT, atoi(argv[1]));
    two_threads();
    /* Linux's usbipd tells of no transfer before it is complete. */
    if (argc == 2) {
        late_reader();
    }
    one_loop();
    OK(usbx_close(device));
    return 0;
}
