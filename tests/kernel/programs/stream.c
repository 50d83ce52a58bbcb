/* Streams on Source/Sink, every byte checked, on a device whose speed must be argv[1] (USBX_SPEED_*): the gadget sends a pattern
 * and halts its OUT endpoint when it gets another one. Writing to the gadget's file argv[2] unplugs it. */
#include "streaming.h"
#include <pthread.h>
#include <semaphore.h>

enum { ENDLESS = 512 * MIB };

static uint8_t data[MIB];

/* Source. */

/* The data is in full transfers, of which at most `depth` are unread. */
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

/* Sink. Each flush that ends in a short packet restarts the pattern. */

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

/* Another thread unplugs the device, when this one tells it to, while this one continues to read or write. */

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

/* The bus may notice before the hub reports it: then the first status is IO. Once the hub has reported it, every call says NO_DEVICE. */
static void is_gone(usbx_stream *stream, int reads, usbx_status first) {
    double end = seconds_now() + 5;
    struct timespec pause = {0, 5000000};
    usbx_chunk chunk;
    while (first == USBX_ERROR_IO) {
        CHECK(seconds_now() < end);
        nanosleep(&pause, NULL);
        first = reads ? usbx_stream_next(stream, WAIT, &chunk) : usbx_stream_flush(stream, WAIT);
    }
    EXPECT(first, USBX_ERROR_NO_DEVICE);
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
    open_pair_at(ZERO_PRODUCT, speed);
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
    await_unplugged(thread, "from the device");
    is_gone(stream, 1, status);
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
    await_unplugged(thread, "to the device");
    is_gone(stream, 0, status);
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

int main(int argc, char **argv) {
    static const uint32_t kinds[] = {USBX_MEMORY_HEAP, USBX_MEMORY_MAPPED};
    FILE *file;
    int speed, i;

    CHECK(argc == 3);
    speed = atoi(argv[1]);
    udc = argv[2];
    file = fopen(udc, "r");
    CHECK(file != NULL && fscanf(file, "%63s", controller) == 1 && fclose(file) == 0);
    CHECK(sem_init(&now, 0, 0) == 0);
    open_pair_at(ZERO_PRODUCT, speed);
    for (i = 0; i < 2; i++) {
        read_chunks(kinds[i]);
        read_odd(kinds[i]);
        write_odd(kinds[i]);
        write_in_place(kinds[i]);
    }
    write_wrong_byte();
    unplug_reader(speed);
    unplug_writer(speed);
    read_odd(USBX_MEMORY_HEAP);
    write_odd(USBX_MEMORY_HEAP);
    OK(usbx_close(device));
    return 0;
}
