/* Streams to the device: it gets all data, once and in order. */
#define _POSIX_C_SOURCE 200809L
#include "suite.h"
#include "stream_fixture.h"

typedef struct {
    usbx_stream *stream;
    uint8_t *data;
    size_t wanted, moved;
    usbx_status status;
} receiver;

static void *receive_all(void *argument)
{
    receiver *r = (receiver *)argument;
    size_t moved;
    while (r->moved < r->wanted) {
        r->status = usbx_stream_read(r->stream, r->data + r->moved, r->wanted - r->moved, LONG, &moved);
        r->moved += moved;
        if (r->status)
            break;
    }
    return NULL;
}

static void what_is_written_comes_back(void)
{
    enum { LENGTH = 3 * 1024 * 1024 + 7 };
    static const size_t pieces[] = {1, 511, 513, 100000, 65536, 7, 1000000};
    uint8_t *sent = (uint8_t *)malloc(LENGTH), *back = (uint8_t *)malloc(LENGTH);
    usbx_device *device = claim_test_device();
    usbx_stream *out = open_stream(device, ACQ_LOOP_OUT, 0, 0), *in = open_stream(device, ACQ_LOOP_IN, 0, 0);
    size_t length = test_virtual != NULL ? LENGTH : LENGTH / 8, at = 0, moved, i;
    receiver r = {NULL, NULL, 0, 0, USBX_ERROR_OTHER};
    pthread_t thread;
    fill_pattern(sent, 0, length);
    memset(back, UNTOUCHED, LENGTH);
    r.stream = in;
    r.data = back;
    r.wanted = length;
    thread = run_thread(receive_all, &r);
    for (i = 0; at < length; i++) {
        size_t piece = pieces[i % COUNT(pieces)];
        if (piece > length - at)
            piece = length - at;
        if (!EXPECT(usbx_stream_write(out, sent + at, piece, LONG, &moved), USBX_OK) || !EQUAL(moved, piece))
            break;
        at += piece;
        if (i % 5 == 4)
            EXPECT(usbx_stream_flush(out, LONG), USBX_OK);
    }
    EXPECT(usbx_stream_flush(out, LONG), USBX_OK);
    EXPECT(usbx_stream_flush(out, LONG), USBX_OK); /* once more is once too often, and nothing is sent */
    EQUAL(statistics(out).bytes, length);
    pthread_join(thread, NULL);
    EXPECT(r.status, USBX_OK);
    EQUAL(r.moved, length);
    CHECK(memcmp(sent, back, length) == 0);
    EQUAL(statistics(in).bytes, length);
    EXPECT(usbx_stream_close(in), USBX_OK);
    EXPECT(usbx_stream_close(out), USBX_OK);
    EQUAL(drain_loopback(device, 0), 0);
    EXPECT(usbx_close(device), USBX_OK);
    free(sent);
    free(back);
}

/* The device takes as much as it holds; the writer learns how much was taken, and continues from there. */
static void a_full_device_makes_the_writer_wait(void)
{
    enum { SIZE = 16 * PACKET, DEPTH = 4, ALL = (HELD * PACKET) + (DEPTH + 4) * SIZE };
    static uint8_t sent[ALL], back[ALL];
    usbx_device *device = claim_test_device();
    usbx_stream *out = open_stream(device, ACQ_LOOP_OUT, SIZE, DEPTH);
    size_t taken = 99, more = 0, moved = 0, got = 0;
    fill_pattern(sent, 0, sizeof sent);
    EXPECT(usbx_stream_write(out, sent, sizeof sent, SHORT, &taken), USBX_ERROR_TIMEOUT);
    EQUAL(taken, HELD * PACKET + DEPTH * SIZE);
    EXPECT(usbx_stream_write(out, sent + taken, sizeof sent - taken, USBX_NO_WAIT, &more), USBX_ERROR_TIMEOUT);
    EQUAL(more, 0);
    EXPECT(usbx_stream_flush(out, 50), USBX_ERROR_TIMEOUT);
    while (got < sizeof back) {
        /* As the device gives, it takes. */
        if (!EXPECT(usbx_bulk_read(device, ACQ_LOOP_IN, back + got, SIZE, LONG, &moved), USBX_OK) || !EQUAL(moved, SIZE))
            return;
        got += moved;
        if (taken < sizeof sent) {
            usbx_status status = usbx_stream_write(out, sent + taken, sizeof sent - taken, SHORT, &more);
            CHECK(status == USBX_OK || status == USBX_ERROR_TIMEOUT);
            taken += more;
        }
    }
    EXPECT(usbx_stream_flush(out, LONG), USBX_OK);
    CHECK(memcmp(sent, back, sizeof sent) == 0);
    EXPECT(usbx_stream_close(out), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

/* The same without the copy: room is lent, filled and committed. */
static void room_is_filled_in_place(void)
{
    enum { SIZE = 8 * PACKET, DEPTH = 3, ALL = 20 * SIZE + 100 };
    static uint8_t back[ALL];
    static const size_t fills[] = {1, SIZE, 700, 2 * PACKET, SIZE - 1};
    usbx_device *device = claim_test_device();
    usbx_stream *out = open_stream(device, ACQ_LOOP_OUT, SIZE, DEPTH), *in = open_stream(device, ACQ_LOOP_IN, 0, 0);
    receiver r = {NULL, NULL, 0, 0, USBX_ERROR_OTHER};
    pthread_t thread;
    void *room = NULL, *again = NULL;
    size_t length = 0, at = 0, i, moved = 99;
    uint8_t byte;
    r.stream = in;
    r.data = back;
    r.wanted = ALL;
    thread = run_thread(receive_all, &r);
    EXPECT(usbx_stream_space(out, LONG, &room, &length), USBX_OK);
    EQUAL(length, SIZE);
    EXPECT(usbx_stream_flush(out, LONG), USBX_OK); /* with room lent and nothing in it: nothing is sent */
    EXPECT(usbx_stream_commit(out, 1), USBX_ERROR_INVALID_PARAM);
    SAID("usbx_stream_space");
    for (i = 0; at < ALL; i++) {
        size_t fill = fills[i % COUNT(fills)];
        if (!EXPECT(usbx_stream_space(out, LONG, &room, &length), USBX_OK) || !CHECK(length > 0 && length <= SIZE))
            break;
        EXPECT(usbx_stream_commit(out, 0), USBX_OK);
        EXPECT(usbx_stream_space(out, LONG, &again, &length), USBX_OK);
        CHECK(again == room);
        EXPECT(usbx_stream_commit(out, length + 1), USBX_ERROR_INVALID_PARAM);
        fill = fill < length ? fill : length;
        fill = fill < ALL - at ? fill : ALL - at;
        fill_pattern((uint8_t *)room, at, fill);
        if (!EXPECT(usbx_stream_commit(out, fill), USBX_OK))
            break;
        at += fill;
        if (i % 3 == 0 && at < ALL) { /* beside the copying way */
            byte = pattern(at);
            EXPECT(usbx_stream_write(out, &byte, 1, LONG, &moved), USBX_OK);
            at++;
        }
    }
    EXPECT(usbx_stream_flush(out, LONG), USBX_OK);
    pthread_join(thread, NULL);
    EXPECT(r.status, USBX_OK);
    EQUAL(r.moved, ALL);
    CHECK(is_pattern(back, 0, ALL));
    /* A device that takes no more: the room lasts as long as the transfers do. */
    EXPECT(usbx_stream_close(in), USBX_OK);
    for (i = 0; i <= HELD * PACKET / SIZE + DEPTH; i++) {
        usbx_status status = usbx_stream_space(out, SHORT, &room, &length);
        if (status != USBX_OK) {
            EXPECT(status, USBX_ERROR_TIMEOUT);
            CHECK(room == NULL && length == 0);
            break;
        }
        fill_pattern((uint8_t *)room, i * SIZE, length);
        EXPECT(usbx_stream_commit(out, length), USBX_OK);
    }
    EQUAL(i, HELD * PACKET / SIZE + DEPTH);
    EXPECT(usbx_stream_close(out), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

/* Only lent memory may be committed, and only once; old data in the transfer's memory is not sent. */
static void what_was_not_lent_is_not_sent(void)
{
    usbx_device *device = claim_test_device();
    usbx_stream *out = open_stream(device, ACQ_LOOP_OUT, PACKET, 1);
    uint8_t data[PACKET];
    void *room = NULL;
    size_t length = 0, moved = 0;
    memset(data, 'S', sizeof data);
    EXPECT(usbx_stream_write(out, data, PACKET, LONG, NULL), USBX_OK);
    EXPECT(usbx_stream_flush(out, LONG), USBX_OK);
    fill_pattern(data, 0, 3);
    EXPECT(usbx_stream_write(out, data, 3, LONG, NULL), USBX_OK);
    EXPECT(usbx_stream_commit(out, 20), USBX_ERROR_INVALID_PARAM);
    EXPECT(usbx_stream_space(out, LONG, &room, &length), USBX_OK);
    EQUAL(length, PACKET - 3);
    fill_pattern((uint8_t *)room, 3, 4);
    EXPECT(usbx_stream_commit(out, 4), USBX_OK);
    EXPECT(usbx_stream_commit(out, 4), USBX_ERROR_INVALID_PARAM);
    EXPECT(usbx_stream_flush(out, LONG), USBX_OK);
    EXPECT(usbx_bulk_read(device, ACQ_LOOP_IN, data, PACKET, LONG, &moved), USBX_OK);
    EQUAL(moved, PACKET);
    EXPECT(usbx_bulk_read(device, ACQ_LOOP_IN, data, PACKET, LONG, &moved), USBX_OK);
    EQUAL(moved, 7);
    CHECK(is_pattern(data, 0, 7));
    EXPECT(usbx_stream_close(out), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

/* With nothing in flight there is nothing to cancel, and the stream continues: with one transfer, or with all that it has at once. */
static void a_cancel_between_two_writes_ends_nothing(void)
{
    enum { DEPTH = 4 };
    usbx_device *device = claim_test_device();
    usbx_stream *out = open_stream(device, ACQ_LOOP_OUT, PACKET, DEPTH);
    uint8_t data[DEPTH * PACKET];
    size_t i, length, total = 0;
    for (i = 0; i < 6 * DEPTH; i++, total += length) {
        length = i % 3 == 0 ? PACKET : DEPTH * PACKET;
        fill_pattern(data, total, length);
        if (!EXPECT(usbx_stream_write(out, data, length, LONG, NULL), USBX_OK) ||
            !EXPECT(usbx_stream_flush(out, LONG), USBX_OK))
            break;
        if (i % 4 == 1)
            EXPECT(usbx_cancel(device, ACQ_LOOP_OUT), USBX_OK);
        if (i % 4 == 3)
            EXPECT(usbx_clear_halt(device, ACQ_LOOP_OUT), USBX_OK);
    }
    EQUAL(i, 6 * DEPTH);
    EQUAL(drain_loopback(device, 0), total);
    EXPECT(usbx_stream_close(out), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

const test_case stream_out_cases[] = {
    {"what_is_written_comes_back", what_is_written_comes_back},
    {"a_full_device_makes_the_writer_wait", a_full_device_makes_the_writer_wait},
    {"room_is_filled_in_place", room_is_filled_in_place},
    {"what_was_not_lent_is_not_sent", what_was_not_lent_is_not_sent},
    {"a_cancel_between_two_writes_ends_nothing", a_cancel_between_two_writes_ends_nothing},
};
const size_t stream_out_count = COUNT(stream_out_cases);
