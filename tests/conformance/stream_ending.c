/* How streams end, several at once, and what they cost while nothing comes. */
#define _POSIX_C_SOURCE 200809L
#include "suite.h"
#include "stream_fixture.h"

#include <dirent.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

typedef enum { STALL, CANCEL, RELEASE, RESET, CLOSE, UNPLUG, ENDS } ending;
static const usbx_status why[] = {USBX_ERROR_PIPE,      USBX_ERROR_CANCELLED, USBX_ERROR_CANCELLED,
                                  USBX_ERROR_CANCELLED, USBX_ERROR_CLOSED,    USBX_ERROR_NO_DEVICE};

/* 0 if that cannot be done here. */
static int end_by(usbx_device *device, uint8_t endpoint, ending how)
{
    switch (how) {
    case STALL: return EXPECT(usbx_control(device, 0x02, 3, 0, endpoint, NULL, 0, LONG, NULL), USBX_OK);
    case CANCEL: return EXPECT(usbx_cancel(device, endpoint), USBX_OK);
    case RELEASE: return EXPECT(usbx_release(device, 0), USBX_OK);
    case RESET: return EXPECT(usbx_reset(device), USBX_OK);
    case CLOSE: return EXPECT(usbx_close(device), USBX_OK);
    default: return unplug();
    }
}

enum { FIRST = 10 * PACKET + 5, SECOND = (HELD + 1) * PACKET };

/* A chunk that waits for its reader, packets in a transfer that is not full: then the end, which takes none of them. */
static void what_came_is_delivered_before_the_end_is_told(void)
{
    ending how;
    for (how = STALL; how < ENDS; how++) {
        usbx_device *device = claim_test_device();
        usbx_stream *stream = open_stream(device, ACQ_LOOP_IN, 0, 0);
        static uint8_t data[FIRST + SECOND];
        uint8_t back[64];
        size_t total = 0, moved;
        usbx_stream_statistics stats;
        usbx_chunk chunk;
        usbx_status status;
        int i;
        fill_pattern(data, 0, sizeof data);
        EXPECT(usbx_bulk_write(device, ACQ_LOOP_OUT, data, FIRST, LONG, NULL), USBX_OK);
        /* More than the device holds: when it is taken, some of it has come. */
        EXPECT(usbx_bulk_write(device, ACQ_LOOP_OUT, data + FIRST, SECOND, LONG, NULL), USBX_OK);
        if (!end_by(device, ACQ_LOOP_IN, how)) {
            EXPECT(usbx_stream_close(stream), USBX_OK);
            EXPECT(usbx_close(device), USBX_OK);
            return;
        }
        while ((status = usbx_stream_next(stream, LONG, &chunk)) == USBX_OK && total + chunk.length <= sizeof data) {
            CHECK(is_pattern((const uint8_t *)chunk.data, total, chunk.length));
            total += chunk.length;
        }
        if (!EXPECT(status, why[how]))
            printf("#   ended by way %d\n", (int)how);
        CHECK(total > FIRST && total <= sizeof data);
        for (i = 0; i < 3; i++) { /* each time */
            EXPECT(usbx_stream_next(stream, i == 1 ? USBX_NO_WAIT : LONG, &chunk), why[how]);
            CHECK(chunk.data == NULL && chunk.length == 0);
            EXPECT(usbx_stream_read(stream, back, sizeof back, LONG, &moved), why[how]);
            EQUAL(moved, 0);
        }
        EXPECT(usbx_stream_stats(stream, &stats), USBX_OK);
        EQUAL(stats.bytes, total);
        CHECK((stats.stalls > 0) == (how == STALL));
        EQUAL(stats.other_errors | stats.overflows, 0);
        EXPECT(usbx_stream_close(stream), USBX_OK);
        /* What the stream had not got the device still has, where that has not forgotten it. */
        if (how == STALL)
            EXPECT(usbx_clear_halt(device, ACQ_LOOP_IN), USBX_OK);
        if (how == STALL || how == CANCEL)
            EQUAL(drain_loopback(device, total), sizeof data - total);
        if (how == CLOSE)
            EXPECT(usbx_close(device), USBX_ERROR_INVALID_HANDLE);
        else
            EXPECT(usbx_close(device), USBX_OK);
    }
}

/* A writer hears of it too, and every time: never "all is sent" about bytes that were dropped. */
static void a_writer_hears_of_the_end_every_time(void)
{
    ending how;
    int idle;
    for (how = STALL; how < ENDS; how++)
        for (idle = 0; idle < 2; idle++) {
            static uint8_t data[ROOM * PACKET];
            usbx_device *device = claim_test_device();
            usbx_stream *stream = open_stream(device, ACQ_LOOP_OUT, 0, 0);
            usbx_stream_statistics stats;
            usbx_status expected = why[how], status;
            size_t moved;
            int i;
            if (idle && how == CANCEL) { /* there is nothing to cancel */
                EXPECT(usbx_stream_close(stream), USBX_OK);
                EXPECT(usbx_close(device), USBX_OK);
                continue;
            }
            if (idle && how == RESET)
                expected = USBX_OK; /* nothing is in its way afterwards */
            if (idle && how == RELEASE)
                expected = USBX_ERROR_NOT_CLAIMED;
            fill_pattern(data, 0, sizeof data);
            /* Some bytes that no transfer has yet, or more than the device takes. */
            EXPECT(usbx_stream_write(stream, data, idle ? 10 : sizeof data, LONG, &moved), USBX_OK);
            if (!idle)
                EXPECT(usbx_stream_flush(stream, SHORT), USBX_ERROR_TIMEOUT);
            if (!end_by(device, ACQ_LOOP_OUT, how)) {
                EXPECT(usbx_stream_close(stream), USBX_OK);
                EXPECT(usbx_close(device), USBX_OK);
                return;
            }
            for (i = 0; i < 3; i++) {
                status = usbx_stream_flush(stream, LONG);
                if (!EXPECT(status, expected))
                    printf("#   flush %d, idle %d, ended by way %d\n", i, idle, (int)how);
            }
            status = usbx_stream_write(stream, data, PACKET, LONG, &moved);
            EXPECT(status, expected);
            EQUAL(moved, expected ? 0 : PACKET);
            EXPECT(usbx_stream_stats(stream, &stats), USBX_OK);
            EQUAL(stats.bytes, !idle ? HELD * PACKET : expected ? 0 : 10);
            EXPECT(usbx_stream_close(stream), USBX_OK);
            EXPECT(usbx_close(device), how == CLOSE ? USBX_ERROR_INVALID_HANDLE : USBX_OK);
        }
}

typedef struct {
    usbx_stream *stream;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int started;
    usbx_status status;
} waiting;

static void *wait_for_a_chunk(void *argument)
{
    waiting *w = (waiting *)argument;
    usbx_chunk chunk;
    pthread_mutex_lock(&w->lock);
    w->started = 1;
    pthread_cond_broadcast(&w->changed);
    pthread_mutex_unlock(&w->lock);
    w->status = usbx_stream_next(w->stream, USBX_NO_TIMEOUT, &chunk);
    return NULL;
}

static pthread_t start_waiting(waiting *w, usbx_stream *stream)
{
    pthread_t thread;
    memset(w, 0, sizeof *w);
    w->stream = stream;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->changed, NULL);
    thread = run_thread(wait_for_a_chunk, w);
    pthread_mutex_lock(&w->lock);
    while (!w->started)
        pthread_cond_wait(&w->changed, &w->lock);
    pthread_mutex_unlock(&w->lock);
    return thread;
}

/* The wait has begun or not when the stream is closed, so it is done until it had, with a longer pause each time. */
static void closing_a_stream_ends_a_wait(void)
{
    usbx_device *device = claim_test_device();
    waiting w;
    int tries;
    w.status = USBX_OK;
    for (tries = 0; tries < 12 && w.status != USBX_ERROR_CLOSED; tries++) {
        struct timespec pause = {0, 100000L << tries};
        usbx_stream *stream = open_stream(device, ACQ_LOOP_IN, 0, 0);
        pthread_t thread = start_waiting(&w, stream);
        nanosleep(&pause, NULL);
        EXPECT(usbx_stream_close(stream), USBX_OK);
        pthread_join(thread, NULL);
        CHECK(w.status == USBX_ERROR_CLOSED || w.status == USBX_ERROR_INVALID_HANDLE); /* which came too late */
    }
    EXPECT(w.status, USBX_ERROR_CLOSED);
    EXPECT(usbx_close(device), USBX_OK);
}

static int descriptor(usbx_stream *stream)
{
    int32_t fd = 99;
    EXPECT(usbx_stream_fd(stream, &fd), USBX_OK);
    CHECK(fd >= 0 && fd != 99);
    return fd;
}

/* One poll() for two streams of one device and a pipe. */
static void two_streams_and_a_pipe_in_one_loop(void)
{
    enum { FRAMES = 100 };
    usbx_device *device = claim_test_device();
    usbx_stream *frames = open_stream(device, ACQ_FRAMES, 0, 0), *loop = open_stream(device, ACQ_LOOP_IN, 0, 0);
    struct pollfd polled[3];
    uint32_t next = 0;
    size_t echoed = 0, piped = 0;
    uint8_t data[PACKET];
    int pipe_ends[2], i;
    if (!EQUAL(pipe(pipe_ends), 0))
        return;
    polled[0].fd = descriptor(frames);
    polled[1].fd = descriptor(loop);
    polled[2].fd = pipe_ends[0];
    for (i = 0; i < 3; i++)
        polled[i].events = POLLIN;
    EQUAL(poll(polled, 3, 0), 0); /* nothing was sent yet */
    EQUAL(write(pipe_ends[1], "x", 1), 1);
    EQUAL(poll(polled, 3, LONG), 1);
    CHECK(polled[2].revents == POLLIN);
    fill_pattern(data, 0, sizeof data);
    start_sampling(device, 62000); /* it keeps a second of frames, for a machine that is busy */
    while (next < FRAMES || echoed < 20 || piped < 20) {
        usbx_chunk chunk;
        usbx_status status;
        if (!CHECK(poll(polled, 3, LONG) > 0))
            return;
        if (polled[0].revents && (status = usbx_stream_next(frames, USBX_NO_WAIT, &chunk)) != USBX_ERROR_TIMEOUT) {
            const uint8_t *frame = (const uint8_t *)chunk.data;
            if (!EXPECT(status, USBX_OK))
                return;
            for (; chunk.length >= ACQ_FRAME_SIZE; chunk.length -= ACQ_FRAME_SIZE, frame += ACQ_FRAME_SIZE, next++)
                CHECK(acq_frame_is_sound(frame) && acq_u32(frame + 4) == next);
        }
        if (polled[2].revents) { /* each byte from the pipe sends a packet through the loopback */
            EQUAL(read(pipe_ends[0], data, 1), 1);
            data[0] = pattern(0);
            EXPECT(usbx_bulk_write(device, ACQ_LOOP_OUT, data, ++piped, LONG, NULL), USBX_OK);
        }
        if (polled[1].revents && (status = usbx_stream_next(loop, USBX_NO_WAIT, &chunk)) != USBX_ERROR_TIMEOUT) {
            if (!EXPECT(status, USBX_OK))
                return;
            EQUAL(chunk.length, ++echoed);
            CHECK(is_pattern((const uint8_t *)chunk.data, 0, chunk.length));
            EQUAL(write(pipe_ends[1], "x", 1), 1);
        }
    }
    EQUAL(close(pipe_ends[0]) | close(pipe_ends[1]), 0);
    EXPECT(usbx_stream_close(frames), USBX_OK);
    EXPECT(usbx_stream_close(loop), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

/* What a call leaves behind keeps the descriptor readable; the end does, too. */
static void the_descriptor_knows_what_a_call_left(void)
{
    usbx_device *device = claim_test_device();
    usbx_stream *stream = open_stream(device, ACQ_LOOP_IN, 0, 0);
    int fd = descriptor(stream), i;
    uint8_t data[10];
    size_t moved;
    CHECK(!readable(fd, 0));
    for (i = 0; i < 3; i++)
        EXPECT(usbx_bulk_write(device, ACQ_LOOP_OUT, "abcdefghij", 10, LONG, NULL), USBX_OK);
    for (i = 0; i < 30; i++) { /* one byte a time, each after a poll */
        usbx_status status = USBX_ERROR_TIMEOUT;
        while (status == USBX_ERROR_TIMEOUT && CHECK(readable(fd, LONG)))
            status = usbx_stream_read(stream, data, 1, USBX_NO_WAIT, &moved);
        EXPECT(status, USBX_OK);
        EQUAL(data[0], 'a' + i % 10);
    }
    EXPECT(usbx_stream_read(stream, data, 1, USBX_NO_WAIT, &moved), USBX_ERROR_TIMEOUT);
    CHECK(!readable(fd, 0));
    EXPECT(usbx_cancel(device, ACQ_LOOP_IN), USBX_OK);
    for (i = 0; i < 3; i++) {
        usbx_status status = USBX_ERROR_TIMEOUT;
        while (status == USBX_ERROR_TIMEOUT && CHECK(readable(fd, LONG)))
            status = usbx_stream_read(stream, data, 1, USBX_NO_WAIT, &moved);
        EXPECT(status, USBX_ERROR_CANCELLED);
    }
    EXPECT(usbx_stream_close(stream), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

/* One transfer, and its chunk is in the reader's hand: the descriptor says that the reader has to come before more can. */
static void the_descriptor_wakes_the_reader_of_a_single_transfer(void)
{
    usbx_device *device = claim_test_device();
    usbx_stream *stream;
    int fd, waits = 0;
    uint32_t next = 0;
    usbx_chunk chunk;
    start_sampling(device, 6200); /* so slowly that an emulated reader catches up; and it drops what an earlier run left */
    stream = open_stream(device, ACQ_FRAMES, ACQ_FRAME_SIZE, 1);
    fd = descriptor(stream);
    while (next < 20 || (waits == 0 && next < 5000)) {
        usbx_status status = usbx_stream_next(stream, USBX_NO_WAIT, &chunk);
        if (status == USBX_OK && !frames_go_on((const uint8_t *)chunk.data, chunk.length, &next))
            return;
        if (!CHECK(status == USBX_OK || status == USBX_ERROR_TIMEOUT) || !CHECK(readable(fd, LONG)))
            return;
        waits += status != USBX_OK;
    }
    CHECK(waits > 0);
    EXPECT(usbx_stream_close(stream), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

static void options_are_honoured(void)
{
    static const uint32_t kinds[] = {USBX_MEMORY_AUTO, USBX_MEMORY_HEAP, USBX_MEMORY_MAPPED};
    usbx_device *device = claim_test_device();
    size_t i;
    for (i = 0; i < COUNT(kinds); i++) {
        usbx_stream_options options;
        usbx_stream_statistics stats;
        usbx_stream *stream = NULL;
        usbx_status status;
        usbx_chunk chunk;
        memset(&options, 0, sizeof options);
        options.size = (i + 1) * PACKET;
        options.depth = i + 1;
        options.memory = kinds[i];
        status = usbx_stream_open(device, ACQ_FRAMES, &options, &stream);
        if (kinds[i] == USBX_MEMORY_MAPPED && status == USBX_ERROR_NOT_SUPPORTED) {
            CHECK(stream == NULL);
            SAID("mapped");
            continue;
        }
        if (!EXPECT(status, USBX_OK))
            return;
        EXPECT(usbx_stream_stats(stream, &stats), USBX_OK);
        EQUAL(stats.size, options.size);
        EQUAL(stats.depth, options.depth);
        if (kinds[i] != USBX_MEMORY_AUTO)
            EQUAL(stats.memory, kinds[i]);
        start_sampling(device, 0);
        if (EXPECT(usbx_stream_next(stream, LONG, &chunk), USBX_OK) && EQUAL(chunk.length, options.size))
            CHECK(acq_frame_is_sound((const uint8_t *)chunk.data));
        EXPECT(usbx_stream_close(stream), USBX_OK);
    }
    EXPECT(usbx_close(device), USBX_OK);
}

/* How often threads of this process went to sleep by themselves until now, the main one apart. */
static long sleeps(void)
{
    DIR *listing = opendir("/proc/self/task");
    struct dirent *entry;
    long total = 0, own = (long)getpid();
    if (listing == NULL)
        return -1;
    while ((entry = readdir(listing)) != NULL) {
        char name[300], line[200];
        FILE *status;
        if (atol(entry->d_name) == 0 || atol(entry->d_name) == own)
            continue;
        snprintf(name, sizeof name, "/proc/self/task/%s/status", entry->d_name);
        status = fopen(name, "r");
        while (status != NULL && fgets(line, sizeof line, status) != NULL)
            if (strncmp(line, "voluntary_ctxt_switches:", 24) == 0)
                total += atol(line + 24);
        if (status != NULL)
            fclose(status);
    }
    closedir(listing);
    return total;
}

/* A reader that waits, a stream that is polled, a queue, a device: while nothing comes, nothing runs. The reader may need
 * a moment to go to sleep, so one quiet second of several is asked for. */
static void idle_means_no_wake_ups(void)
{
    usbx_device *device = claim_test_device();
    usbx_stream *read = open_stream(device, ACQ_LOOP_IN, 0, 0), *polled = open_stream(device, ACQ_FRAMES, 0, 0);
    usbx_queue *queue = NULL;
    waiting w;
    pthread_t thread = start_waiting(&w, read);
    int fd = descriptor(polled), tries, quiet = 0;
    EXPECT(usbx_queue_open(&queue), USBX_OK);
    for (tries = 0; tries < 10 && !quiet; tries++) {
        long before = sleeps();
        quiet = CHECK(!readable(fd, 1000)) && before > 0 && sleeps() == before;
    }
    CHECK(quiet);
    EXPECT(usbx_stream_close(read), USBX_OK);
    pthread_join(thread, NULL);
    EXPECT(w.status, USBX_ERROR_CLOSED);
    EXPECT(usbx_stream_close(polled), USBX_OK);
    EXPECT(usbx_queue_close(queue), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

const test_case stream_ending_cases[] = {
    {"what_came_is_delivered_before_the_end_is_told", what_came_is_delivered_before_the_end_is_told},
    {"a_writer_hears_of_the_end_every_time", a_writer_hears_of_the_end_every_time},
    {"closing_a_stream_ends_a_wait", closing_a_stream_ends_a_wait},
    {"two_streams_and_a_pipe_in_one_loop", two_streams_and_a_pipe_in_one_loop},
    {"the_descriptor_knows_what_a_call_left", the_descriptor_knows_what_a_call_left},
    {"the_descriptor_wakes_the_reader_of_a_single_transfer", the_descriptor_wakes_the_reader_of_a_single_transfer},
    {"options_are_honoured", options_are_honoured},
    {"idle_means_no_wake_ups", idle_means_no_wake_ups},
};
const size_t stream_ending_count = COUNT(stream_ending_cases);
