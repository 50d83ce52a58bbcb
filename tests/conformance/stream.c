/* Streams from the device: all data arrives, once and in order. */
#define _POSIX_C_SOURCE 200809L
#include "suite.h"
#include "stream_fixture.h"

#include <time.h>

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* An emulated processor is slow. */
static uint32_t many(uint32_t frames)
{
    return test_virtual != NULL ? frames : frames / 100;
}

static void chunk_after_chunk_every_frame_comes(void)
{
    usbx_device *device = claim_test_device();
    usbx_stream *stream = open_stream(device, ACQ_FRAMES, 0, 0);
    uint32_t next = 0, frames = many(200000);
    uint64_t chunks = 0, last = now_ns();
    usbx_stream_statistics stats;
    usbx_chunk chunk;
    start_sampling(device, 0);
    for (; next < frames; chunks++) {
        memset(&chunk, UNTOUCHED, sizeof chunk);
        if (!EXPECT(usbx_stream_next(stream, LONG, &chunk), USBX_OK) || !EQUAL(chunk.sequence, chunks) ||
            !CHECK(chunk.length > 0) || !frames_go_on((const uint8_t *)chunk.data, chunk.length, &next) ||
            !CHECK(chunk.timestamp_ns >= last && chunk.timestamp_ns <= now_ns()))
            return;
        last = chunk.timestamp_ns;
    }
    stats = statistics(stream);
    CHECK(stats.bytes >= (uint64_t)next * ACQ_FRAME_SIZE);
    CHECK(stats.transfers >= chunks && stats.deepest_backlog <= stats.depth);
    CHECK(stats.size % PACKET == 0 && stats.size > 0 && stats.depth > 1);
    CHECK(stats.memory == USBX_MEMORY_HEAP || stats.memory == USBX_MEMORY_MAPPED);
    EQUAL(stats.short_packets | stats.stalls | stats.overflows | stats.other_errors, 0);
    EXPECT(usbx_stream_close(stream), USBX_OK);
    EXPECT(usbx_stream_close(stream), USBX_ERROR_INVALID_HANDLE);
    EXPECT(usbx_close(device), USBX_OK);
}

static void reads_of_odd_sizes_lose_nothing(void)
{
    static const size_t sizes[] = {1, 7, 511, 512, 513, 4096, 65537, 200000, 3};
    static uint8_t data[200000 + ACQ_FRAME_SIZE];
    usbx_device *device = claim_test_device();
    usbx_stream *stream = open_stream(device, ACQ_FRAMES, 0, 0);
    uint32_t next = 0, frames = many(100000);
    size_t have = 0, moved, round;
    usbx_chunk chunk;
    start_sampling(device, 0);
    for (round = 0; next < frames; round++) {
        size_t wanted = sizes[round % COUNT(sizes)], whole;
        moved = 0;
        memset(data + have, UNTOUCHED, wanted < 4096 ? wanted + 1 : 1);
        if (!EXPECT(usbx_stream_read(stream, data + have, wanted, LONG, &moved), USBX_OK) ||
            !CHECK(moved > 0 && moved <= wanted) || (wanted < 4096 && !EQUAL(data[have + wanted], UNTOUCHED)))
            return;
        have += moved;
        whole = have - have % ACQ_FRAME_SIZE;
        if (!frames_go_on(data, whole, &next))
            return;
        memmove(data, data + whole, have -= whole);
    }
    /* What a read has left of a chunk the next one brings. */
    if (EXPECT(usbx_stream_read(stream, data + have, 100, LONG, &moved), USBX_OK) &&
        EXPECT(usbx_stream_next(stream, LONG, &chunk), USBX_OK) && CHECK(chunk.length <= 200000)) {
        memcpy(data + have + moved, chunk.data, chunk.length);
        frames_go_on(data, have + moved + chunk.length, &next);
    }
    EXPECT(usbx_stream_close(stream), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

static uint32_t frames_made(usbx_device *device)
{
    uint8_t report[ACQ_STATUS_SIZE] = {0};
    EXPECT(usbx_interrupt_read(device, ACQ_STATUS, report, sizeof report, LONG, NULL), USBX_OK);
    return acq_u32(report + 4);
}

/* A reader that does not come: the device gets rid of as much as there are transfers for, waits, and drops nothing. */
static void a_late_reader_makes_the_device_wait(void)
{
    enum { DEPTH = 3, LENGTH = 2 * ACQ_FRAME_SIZE };
    usbx_device *device = claim_test_device();
    usbx_stream *stream = open_stream(device, ACQ_FRAMES, LENGTH, DEPTH);
    usbx_stream_statistics stats = statistics(stream);
    uint32_t next = 0, made;
    usbx_chunk chunk;
    int i;
    EQUAL(stats.depth, DEPTH);
    EQUAL(stats.size, LENGTH);
    start_sampling(device, 0);
    do
        made = frames_made(device);
    while (made < DEPTH * LENGTH / ACQ_FRAME_SIZE);
    for (i = 0; i < 10; i++) /* ten reports, of which the device makes one in 10 ms */
        made = frames_made(device);
    EQUAL(made, DEPTH * LENGTH / ACQ_FRAME_SIZE);
    for (i = 0; i < 20; i++) {
        if (!EXPECT(usbx_stream_next(stream, LONG, &chunk), USBX_OK) || !EQUAL(chunk.length, LENGTH) ||
            !frames_go_on((const uint8_t *)chunk.data, chunk.length, &next))
            return;
        frames_made(device);
    }
    stats = statistics(stream);
    CHECK(stats.device_waits > 0);
    CHECK(stats.deepest_backlog > 0 && stats.deepest_backlog <= DEPTH);
    EXPECT(usbx_stream_close(stream), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

static void a_borrowed_chunk_stays_until_the_next_call(void)
{
    static uint8_t copy[64 * 1024];
    usbx_device *device = claim_test_device();
    usbx_stream *stream = open_stream(device, ACQ_FRAMES, sizeof copy, 4);
    usbx_stream_statistics stats;
    usbx_chunk chunk, second;
    uint32_t next = 0;
    int32_t fd;
    int i;
    start_sampling(device, 0);
    for (i = 0; i < 20; i++) {
        if (!EXPECT(usbx_stream_next(stream, LONG, &chunk), USBX_OK) || !EQUAL(chunk.length, sizeof copy))
            return;
        memcpy(copy, chunk.data, sizeof copy);
        frames_made(device); /* the device and its other transfers continue meanwhile */
        EXPECT(usbx_stream_stats(stream, &stats), USBX_OK);
        EXPECT(usbx_stream_fd(stream, &fd), USBX_OK);
        CHECK(memcmp(copy, chunk.data, sizeof copy) == 0);
        frames_go_on(copy, sizeof copy, &next);
    }
    if (EXPECT(usbx_stream_next(stream, LONG, &second), USBX_OK))
        CHECK(second.data != chunk.data || memcmp(copy, second.data, sizeof copy) != 0);
    EXPECT(usbx_stream_close(stream), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

static void send(usbx_device *device, size_t first, size_t length)
{
    uint8_t data[4 * PACKET];
    fill_pattern(data, first, length);
    EXPECT(usbx_bulk_write(device, ACQ_LOOP_OUT, data, length, LONG, NULL), USBX_OK);
}

static void receive(usbx_stream *stream, uint32_t timeout_ms, size_t first, size_t length)
{
    usbx_chunk chunk;
    if (EXPECT(usbx_stream_next(stream, timeout_ms, &chunk), USBX_OK) && EQUAL(chunk.length, length))
        CHECK(is_pattern((const uint8_t *)chunk.data, first, length));
}

static void short_and_empty_packets_end_a_chunk(void)
{
    usbx_device *device = claim_test_device();
    usbx_stream *stream = open_stream(device, ACQ_LOOP_IN, 4 * PACKET, 4);
    usbx_chunk chunk;
    uint8_t data[3 * PACKET];
    size_t moved = 99;
    send(device, 0, 0);
    receive(stream, LONG, 0, 0);
    send(device, 0, 5);
    receive(stream, LONG, 0, 5);
    send(device, 5, PACKET);
    send(device, 5 + PACKET, 0);
    receive(stream, LONG, 5, PACKET); /* ended by the empty one */
    send(device, 0, PACKET + 1);
    receive(stream, LONG, 0, PACKET + 1);
    EQUAL(statistics(stream).short_packets, 4);
    send(device, 0, 4 * PACKET);
    receive(stream, LONG, 0, 4 * PACKET);
    EQUAL(statistics(stream).short_packets, 4);
    EQUAL(statistics(stream).bytes, 5 + PACKET + PACKET + 1 + 4 * PACKET);
    memset(&chunk, UNTOUCHED, sizeof chunk);
    EXPECT(usbx_stream_next(stream, USBX_NO_WAIT, &chunk), USBX_ERROR_TIMEOUT);
    CHECK(chunk.data == NULL && chunk.length == 0 && chunk.sequence == 0 && chunk.timestamp_ns == 0);
    /* To a reader of bytes the empty ones are nothing. */
    send(device, 0, 0);
    send(device, 0, 3);
    EXPECT(usbx_stream_read(stream, data, sizeof data, LONG, &moved), USBX_OK);
    EQUAL(moved, 3);
    CHECK(is_pattern(data, 0, 3));
    EXPECT(usbx_stream_close(stream), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

static void when_time_is_up_comes_what_there_is(void)
{
    usbx_device *device = claim_test_device();
    usbx_stream *stream = open_stream(device, ACQ_LOOP_IN, 0, 0);
    usbx_chunk chunk;
    uint8_t data[PACKET];
    uint32_t next = 0;
    size_t moved = 99, i;
    EXPECT(usbx_stream_next(stream, 50, &chunk), USBX_ERROR_TIMEOUT);
    SAID("0x83");
    EXPECT(usbx_stream_read(stream, data, sizeof data, 50, &moved), USBX_ERROR_TIMEOUT);
    EQUAL(moved, 0);
    for (i = 0; i < 3; i++) { /* whole packets, which end no transfer */
        send(device, i, 2 * PACKET);
        receive(stream, SHORT, i, 2 * PACKET);
    }
    send(device, 7, PACKET);
    EXPECT(usbx_stream_read(stream, data, sizeof data, SHORT, &moved), USBX_OK);
    EQUAL(moved, PACKET);
    CHECK(is_pattern(data, 7, PACKET));
    EQUAL(statistics(stream).other_errors, 0);
    EXPECT(usbx_stream_close(stream), USBX_OK);
    /* Over and over, with frames that come meanwhile: none is lost, none comes twice or out of order. */
    stream = open_stream(device, ACQ_FRAMES, 4 * ACQ_FRAME_SIZE, 4);
    start_sampling(device, 62000); /* a thousand frames a second */
    while (next < 1000) {
        usbx_status status = usbx_stream_next(stream, 1 + next % 3, &chunk);
        if (status == USBX_ERROR_TIMEOUT)
            continue;
        if (!EXPECT(status, USBX_OK) || !frames_go_on((const uint8_t *)chunk.data, chunk.length, &next))
            return;
    }
    EXPECT(usbx_stream_close(stream), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

static void reports_stream_one_a_chunk(void)
{
    usbx_device *device = claim_test_device();
    usbx_stream *stream = open_stream(device, ACQ_STATUS, 0, 0);
    uint32_t before = 0;
    usbx_chunk chunk;
    int i;
    for (i = 0; i < 30; i++) {
        if (!EXPECT(usbx_stream_next(stream, LONG, &chunk), USBX_OK) || !EQUAL(chunk.length, ACQ_STATUS_SIZE))
            return;
        CHECK(acq_u32((const uint8_t *)chunk.data + 12) > before || i == 0);
        before = acq_u32((const uint8_t *)chunk.data + 12);
    }
    EXPECT(usbx_stream_close(stream), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

const test_case stream_cases[] = {
    {"chunk_after_chunk_every_frame_comes", chunk_after_chunk_every_frame_comes},
    {"reads_of_odd_sizes_lose_nothing", reads_of_odd_sizes_lose_nothing},
    {"a_late_reader_makes_the_device_wait", a_late_reader_makes_the_device_wait},
    {"a_borrowed_chunk_stays_until_the_next_call", a_borrowed_chunk_stays_until_the_next_call},
    {"short_and_empty_packets_end_a_chunk", short_and_empty_packets_end_a_chunk},
    {"when_time_is_up_comes_what_there_is", when_time_is_up_comes_what_there_is},
    {"reports_stream_one_a_chunk", reports_stream_one_a_chunk},
};
const size_t stream_count = COUNT(stream_cases);
