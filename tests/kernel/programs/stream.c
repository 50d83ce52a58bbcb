/* Streams, every byte checked, on a device whose speed must be argv[1] (USBX_SPEED_*).
 *   stream SPEED source-sink UDC   the gadget sends a pattern and halts its OUT endpoint when what it gets is another;
 *                                  UDC is its file for pulling the plug
 *   stream SPEED loopback          what is written comes back: data that is random, so that a lost packet shows */
#include "pattern.h"
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

enum { WAIT = 10000, SIZE = 16 * 1024, DEPTH = 6, MANY = 10000, SMALL = 64, ENDLESS = 512 * MIB };

static usbx_device *device;
static uint8_t in, out;
static uint8_t data[MIB];

/* Lengths that fit nothing: below a packet, around one, around a transfer, some transfers. */
static size_t odd(size_t round) {
    static const size_t lengths[] = {1, 511, 513, 1025, SIZE - 1, SIZE + 1, 63, 100003, 4096, 3 * SIZE + 7, 2};
    return lengths[round % (sizeof lengths / sizeof *lengths)];
}

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

static void open_device(uint16_t product, int speed) {
    usbx_device_info info;
    usbx_endpoint bulk_in, bulk_out;
    OK(usbx_open(LAB_VENDOR, product, NULL, &device));
    OK(usbx_info(device, &info));
    CHECK_NUMBER(info.speed, speed);
    bulk_in = endpoint_of(device, USBX_TYPE_BULK, 0x80);
    bulk_out = endpoint_of(device, USBX_TYPE_BULK, 0);
    in = bulk_in.address;
    out = bulk_out.address;
    make_pattern(bulk_in.max_packet_size);
    OK(usbx_claim(device, bulk_in.interface_number));
}

static void check_sound(const usbx_stream_statistics *stats) {
    CHECK_NUMBER(stats->stalls, 0);
    CHECK_NUMBER(stats->overflows, 0);
    CHECK_NUMBER(stats->other_errors, 0);
    CHECK_NUMBER(stats->packets, 0);
    CHECK_NUMBER(stats->lost_packets, 0);
    CHECK_NUMBER(stats->depth, DEPTH);
    CHECK_NUMBER(stats->size, SIZE);
}

/* Source. */

/* What has come is full transfers, of which those that were not read yet are `depth` at the most. */
static void check_read(usbx_stream *stream, uint64_t got, uint32_t memory) {
    usbx_stream_statistics stats = statistics(stream);
    check_sound(&stats);
    CHECK_NUMBER(stats.memory, memory);
    CHECK_NUMBER(stats.short_packets, 0);
    CHECK_NUMBER(stats.bytes, stats.transfers * SIZE);
    CHECK(stats.bytes >= got && stats.bytes <= got + DEPTH * SIZE);
    CHECK(stats.deepest_backlog >= 1 && stats.deepest_backlog <= DEPTH);
}

static void read_chunks(uint32_t memory) {
    usbx_stream *stream = open_stream(device, in, SIZE, DEPTH, memory);
    uint64_t got, before = 0;
    usbx_chunk chunk;
    for (got = 0; got < 4 * MIB; got += chunk.length) {
        OK(usbx_stream_next(stream, WAIT, &chunk));
        OK(chunk.status);
        CHECK_NUMBER(chunk.length, SIZE);
        CHECK_NUMBER(chunk.sequence, got / SIZE);
        CHECK(chunk.timestamp_ns >= before);
        before = chunk.timestamp_ns;
        check_pattern(chunk.data, chunk.length, got);
    }
    check_read(stream, got, memory);
    OK(usbx_stream_close(stream));
    EXPECT(usbx_stream_next(stream, WAIT, &chunk), USBX_ERROR_INVALID_HANDLE);
}

static void read_odd(uint32_t memory) {
    usbx_stream *stream = open_stream(device, in, SIZE, DEPTH, memory);
    uint64_t got = 0;
    size_t round, moved;
    usbx_chunk chunk;
    for (round = 0; got < 4 * MIB; round++, got += moved) {
        size_t length = odd(round);
        data[length] = 0xee;
        OK(usbx_stream_read(stream, data, length, WAIT, &moved));
        CHECK(moved >= 1 && moved <= length && data[length] == 0xee);
        check_pattern(data, moved, got);
    }
    /* What reads have left of a transfer is the next chunk. */
    while (got % SIZE == 0) {
        OK(usbx_stream_read(stream, data, 1, WAIT, &moved));
        check_pattern(data, moved, got);
        got += moved;
    }
    OK(usbx_stream_next(stream, WAIT, &chunk));
    CHECK_NUMBER(chunk.length, SIZE - got % SIZE);
    check_pattern(chunk.data, chunk.length, got);
    check_read(stream, got + chunk.length, memory);
    OK(usbx_stream_close(stream));
}

/* Sink. Each flush that ends in a short packet begins the pattern anew. */

static void check_written(usbx_stream *stream, uint64_t sent, uint64_t transfers, uint32_t memory) {
    usbx_stream_statistics stats = statistics(stream);
    check_sound(&stats);
    CHECK_NUMBER(stats.memory, memory);
    CHECK_NUMBER(stats.short_packets, 0);
    CHECK_NUMBER(stats.bytes, sent);
    CHECK_NUMBER(stats.transfers, transfers);
}

static void write_odd(uint32_t memory) {
    usbx_stream *stream = open_stream(device, out, SIZE, DEPTH, memory);
    uint64_t sent = 0;
    size_t round, moved, flushed;
    for (flushed = 1; flushed <= 2; flushed++) {
        size_t total = 2 * MIB + 1, at = 0;
        for (round = 0; at < total; round++, at += moved) {
            size_t length = least(odd(round), total - at);
            OK(usbx_stream_write(stream, pattern(at), length, WAIT, &moved));
            CHECK_NUMBER(moved, length);
        }
        OK(usbx_stream_flush(stream, WAIT));
        sent += total;
        check_written(stream, sent, flushed * (2 * MIB / SIZE + 1), memory);
    }
    OK(usbx_stream_flush(stream, WAIT)); /* nothing to do */
    check_written(stream, sent, 2 * (2 * MIB / SIZE + 1), memory);
    OK(usbx_stream_close(stream));
}

static void write_in_place(uint32_t memory) {
    usbx_stream *stream = open_stream(device, out, SIZE, DEPTH, memory);
    size_t total = 4 * MIB + 1000, at = 0, round, room, length;
    void *space;
    for (round = 0; at < total; round++, at += length) {
        OK(usbx_stream_space(stream, WAIT, &space, &room));
        CHECK(room >= 1 && room <= SIZE);
        length = least(least(odd(round), room), total - at);
        memset(space, 0xee, room);
        memcpy(space, pattern(at), length);
        EXPECT(usbx_stream_commit(stream, room + 1), USBX_ERROR_INVALID_PARAM);
        OK(usbx_stream_commit(stream, length));
    }
    OK(usbx_stream_flush(stream, WAIT));
    check_written(stream, total, 4 * MIB / SIZE + 1, memory);
    OK(usbx_stream_close(stream));
}

/* The gadget's judgement was heard: a wrong byte ends a stream. */
static void write_wrong_byte(void) {
    usbx_stream *stream = open_stream(device, out, SIZE, DEPTH, USBX_MEMORY_HEAP);
    usbx_stream_statistics stats;
    usbx_status status;
    int more;
    memcpy(data, pattern(0), MIB);
    data[SIZE + 700]++;
    OK(usbx_stream_write(stream, data, 2 * SIZE, WAIT, NULL));
    for (more = 0; (status = usbx_stream_write(stream, pattern(0), SIZE, WAIT, NULL)) == USBX_OK; more++) {
        CHECK(more < 1000);
    }
    EXPECT(status, USBX_ERROR_PIPE);
    EXPECT(usbx_stream_flush(stream, WAIT), USBX_ERROR_PIPE);
    SAYS("usbx_clear_halt");
    stats = statistics(stream);
    CHECK(stats.stalls >= 1);
    CHECK_NUMBER(stats.other_errors, 0);
    OK(usbx_stream_close(stream));
    OK(usbx_clear_halt(device, out));
    write_odd(USBX_MEMORY_HEAP);
}

/* The plug is pulled by another thread, when this one says so, and goes on reading or writing. */

static const char *udc;
static char controller[64];
static sem_t now;
static double pulled;

static void tell(const char *what) {
    FILE *file = fopen(udc, "w");
    CHECK(file != NULL && fprintf(file, "%s\n", what) > 0 && fclose(file) == 0);
}

static void *pull(void *unused) {
    CHECK(sem_wait(&now) == 0);
    pulled = seconds_now();
    tell("");
    return unused;
}

static void await_unplugged(pthread_t thread, const char *what) {
    double took = seconds_now();
    CHECK(pthread_join(thread, NULL) == 0);
    took -= pulled;
    printf("note: a stream %s ended %.0f ms after the plug was pulled\n", what, took * 1000);
    CHECK(took > 0 && took < 1.0);
}

static void replug(int speed) {
    double end = seconds_now() + 20;
    struct timespec pause = {0, 20000000};
    usbx_device *found;
    tell(controller);
    /* Until it is there, and configured. */
    while (usbx_open(LAB_VENDOR, ZERO_PRODUCT, NULL, &found) != USBX_OK || usbx_claim(found, 0) != USBX_OK) {
        usbx_close(found);
        CHECK(seconds_now() < end);
        nanosleep(&pause, NULL);
    }
    OK(usbx_close(found));
    open_device(ZERO_PRODUCT, speed);
}

static void unplug_reader(int speed) {
    usbx_stream *stream = open_stream(device, in, SIZE, DEPTH, USBX_MEMORY_AUTO);
    usbx_stream_statistics stats;
    usbx_status status;
    pthread_t thread;
    usbx_chunk chunk;
    uint64_t got = 0;
    double start;
    int told = 0;
    CHECK(pthread_create(&thread, NULL, pull, NULL) == 0);
    while ((status = usbx_stream_next(stream, WAIT, &chunk)) == USBX_OK) {
        check_pattern(chunk.data, chunk.length, got);
        got += chunk.length;
        CHECK(got < ENDLESS);
        if (got >= MIB && !told) {
            told = 1;
            CHECK(sem_post(&now) == 0);
        }
    }
    EXPECT(status, USBX_ERROR_NO_DEVICE);
    await_unplugged(thread, "from the device");
    EXPECT(usbx_stream_next(stream, WAIT, &chunk), USBX_ERROR_NO_DEVICE);
    SAYS("unplugged");
    EXPECT(usbx_stream_read(stream, data, 1, WAIT, NULL), USBX_ERROR_NO_DEVICE);
    stats = statistics(stream);
    check_sound(&stats);
    CHECK_NUMBER(stats.bytes, got); /* all that came was delivered */
    start = seconds_now();
    OK(usbx_stream_close(stream));
    OK(usbx_close(device));
    CHECK(seconds_now() - start < 5.0);
    replug(speed);
}

static void unplug_writer(int speed) {
    usbx_stream *stream = open_stream(device, out, SIZE, DEPTH, USBX_MEMORY_AUTO);
    usbx_stream_statistics stats;
    usbx_status status = USBX_OK;
    uint64_t sent = 0;
    pthread_t thread;
    size_t moved, room;
    void *space;
    double start;
    int told = 0;
    CHECK(pthread_create(&thread, NULL, pull, NULL) == 0);
    while (status == USBX_OK) {
        status = usbx_stream_write(stream, pattern(sent), 5 * SIZE, WAIT, &moved);
        CHECK(moved <= 5 * SIZE);
        sent += moved;
        CHECK(sent < ENDLESS);
        if (sent >= MIB && !told) {
            told = 1;
            CHECK(sem_post(&now) == 0);
        }
    }
    EXPECT(status, USBX_ERROR_NO_DEVICE);
    await_unplugged(thread, "to the device");
    EXPECT(usbx_stream_write(stream, data, 1, WAIT, &moved), USBX_ERROR_NO_DEVICE);
    CHECK_NUMBER(moved, 0);
    EXPECT(usbx_stream_flush(stream, WAIT), USBX_ERROR_NO_DEVICE);
    SAYS("unplugged");
    EXPECT(usbx_stream_space(stream, WAIT, &space, &room), USBX_ERROR_NO_DEVICE);
    CHECK(space == NULL && room == 0);
    stats = statistics(stream);
    check_sound(&stats);
    CHECK(stats.bytes <= sent && stats.bytes + (DEPTH + 1) * SIZE >= sent);
    /* The other way round. */
    start = seconds_now();
    OK(usbx_close(device));
    OK(usbx_stream_close(stream));
    CHECK(seconds_now() - start < 5.0);
    replug(speed);
}

/* Loopback. */

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

/* The length of the next chunk; 0 if a short time was up, which on a machine that stands still is no failure yet. */
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

/* Queues with 10,000 transfers in them. */

static usbx_queue *queue;
static uint64_t ids[MANY];

static void submit_many(uint8_t endpoint, uint8_t *bytes, uint64_t first) {
    usbx_transfer transfer;
    size_t i;
    memset(&transfer, 0, sizeof transfer);
    transfer.type = USBX_TYPE_BULK;
    transfer.endpoint = endpoint;
    transfer.length = SMALL;
    for (i = 0; i < MANY; i++) {
        transfer.data = bytes + i * SMALL;
        transfer.user_data = first + i;
        OK(usbx_submit(device, queue, &transfer, &ids[i]));
    }
}

/* Takes 10,000 of each direction, in order, or of one. */
static void take_many(int directions, usbx_status status) {
    static usbx_completion completions[64];
    uint64_t next[2] = {0, MANY};
    size_t taken, count, i;
    for (taken = 0; taken < (size_t)directions * MANY; taken += count) {
        OK(usbx_queue_wait(queue, completions, 64, WAIT, &count));
        for (i = 0; i < count; i++) {
            int which = completions[i].user_data >= MANY;
            EXPECT(completions[i].status, status);
            CHECK_NUMBER(completions[i].transferred, status == USBX_OK ? SMALL : 0);
            if (status == USBX_OK) {
                CHECK_NUMBER(completions[i].user_data, next[which]);
                CHECK(which == 1 || directions == 2 || completions[i].id == ids[next[0]]);
                next[which]++;
            }
        }
    }
    EXPECT(usbx_queue_wait(queue, completions, 1, USBX_NO_WAIT, NULL), USBX_ERROR_TIMEOUT);
}

static void many_to_sink(void) {
    static uint8_t bytes[MANY * SMALL];
    double start = seconds_now();
    size_t i;
    for (i = 0; i < MANY; i++) {
        memcpy(bytes + i * SMALL, pattern(0), SMALL);
    }
    OK(usbx_queue_open(&queue));
    submit_many(out, bytes, 0);
    take_many(1, USBX_OK);
    OK(usbx_queue_close(queue));
    OK(usbx_bulk_write(device, out, bytes, SMALL, WAIT, NULL)); /* it was not halted */
    printf("note: 10,000 transfers of 64 bytes, all submitted before the first was taken, took %.2f s\n", seconds_now() - start);
}

/* On Loopback they stay in the kernel as long as nothing was written. */
static void many_loop(void) {
    double start = seconds_now(), submitted, ended;
    OK(usbx_queue_open(&queue));
    memset(back, 0, sizeof back);
    submit_many(in, back, 0);
    submitted = seconds_now();
    submit_many(out, sent, MANY);
    take_many(2, USBX_OK);
    CHECK(memcmp(back, sent, MANY * SMALL) == 0);
    ended = seconds_now();
    printf("note: 10,000 reads outstanding (submitted in %.2f s) and 10,000 writes that come back took %.2f s\n",
           submitted - start, ended - submitted);

    OK(usbx_queue_close(queue));
}

/* Ending 10,000 that are outstanding. Most of the time is the kernel's: for each it searches its list of all, from the oldest
 * on, and the newest has to go first. */
static void end_many(int by_close) {
    double start;
    OK(usbx_queue_open(&queue));
    submit_many(in, back, 0);
    start = seconds_now();
    if (!by_close) {
        OK(usbx_queue_cancel(queue, 0));
        take_many(1, USBX_ERROR_CANCELLED);
    }
    OK(usbx_queue_close(queue));
    start = seconds_now() - start;
    printf("note: %s 10,000 outstanding transfers took %.2f s\n", by_close ? "closing a queue with" : "cancelling", start);
    CHECK(start < 60);
    /* None is left to take what comes. */
    OK(usbx_bulk_write(device, out, sent, SMALL, WAIT, NULL));
    OK(usbx_bulk_read(device, in, back, SMALL, WAIT, NULL));
    CHECK(memcmp(back, sent, SMALL) == 0);
}

int main(int argc, char **argv) {
    static const uint32_t kinds[] = {USBX_MEMORY_HEAP, USBX_MEMORY_MAPPED};
    int speed, i;

    CHECK(argc >= 3);
    speed = atoi(argv[1]);
    if (strcmp(argv[2], "source-sink") == 0) {
        FILE *file;
        CHECK(argc == 4);
        udc = argv[3];
        file = fopen(udc, "r");
        CHECK(file != NULL && fscanf(file, "%63s", controller) == 1 && fclose(file) == 0);
        CHECK(sem_init(&now, 0, 0) == 0);
        open_device(ZERO_PRODUCT, speed);
        for (i = 0; i < 2; i++) {
            read_chunks(kinds[i]);
            read_odd(kinds[i]);
            write_odd(kinds[i]);
            write_in_place(kinds[i]);
        }
        write_wrong_byte();
        many_to_sink();
        unplug_reader(speed);
        unplug_writer(speed);
        read_odd(USBX_MEMORY_HEAP);
        write_odd(USBX_MEMORY_HEAP);
    } else {
        open_device(LOOP_PRODUCT, speed);
        two_threads();
        late_reader();
        one_loop();
        many_loop();
        end_many(speed == USBX_SPEED_SUPER);
    }
    OK(usbx_close(device));
    return 0;
}
