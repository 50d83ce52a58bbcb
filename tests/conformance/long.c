/* Blocking calls longer than one transfer, on the loopback: the library moves them in pieces, which the caller must not notice. */
#include "suite.h"

enum {
    PIECE = 256 * 1024,  /* of a write, and of a read of more than 2 MiB: what the kernel gets in one go */
    LONGEST = 9 * PIECE
};

typedef struct {
    usbx_device *device;
    const size_t *lengths; /* of the writes, one after the other; ended by LONGEST + 1 */
    size_t moved;          /* in all */
    usbx_status status;    /* of the last one */
} writing;

static uint8_t out[LONGEST + PACKET], in[LONGEST + PACKET];

/* Each write's bytes are the pattern from its start. */
static void *write_each(void *argument)
{
    writing *w = (writing *)argument;
    size_t i, moved;
    w->status = USBX_OK;
    for (i = 0; w->lengths[i] <= LONGEST && w->status == USBX_OK; i++) {
        w->status = usbx_bulk_write(w->device, ACQ_LOOP_OUT, w->lengths[i] ? out : NULL, w->lengths[i], LONG, &moved);
        w->moved += moved;
    }
    return NULL;
}

static int read_whole(usbx_device *device, size_t room, size_t expected)
{
    size_t moved = 99;
    memset(in, UNTOUCHED, sizeof in);
    EXPECT(usbx_bulk_read(device, ACQ_LOOP_IN, in, room, LONG, &moved), USBX_OK);
    return EQUAL(moved, expected) && CHECK(is_pattern(in, 0, moved)) && CHECK(is_untouched(in + moved, sizeof in - moved));
}

/* A short packet in whatever piece ends the read, and what the device sends behind it belongs to the next one. */
static void a_short_packet_ends_a_long_read_and_nothing_behind_is_lost(void)
{
    static const size_t lengths[] = {PIECE + 100, 300,           2 * PIECE, 0, 700, 3 * PIECE - 1,
                                     PACKET,      0,             5,         LONGEST, 0, LONGEST + 1};
    static const size_t reads[] = {PIECE + 100, 300, 2 * PIECE, 700, 3 * PIECE - 1, PACKET, 5, LONGEST};
    usbx_device *device = claim_test_device();
    writing w = {NULL, lengths, 0, USBX_ERROR_OTHER};
    pthread_t thread;
    size_t i, moved = 99;
    w.device = device;
    fill_pattern(out, 0, sizeof out);
    thread = run_thread(write_each, &w);
    for (i = 0; i < COUNT(reads); i++)
        if (!read_whole(device, LONGEST, reads[i]))
            break;
    if (i == COUNT(reads)) /* the empty packet behind the last one, which filled its read */
        EXPECT(usbx_bulk_read(device, ACQ_LOOP_IN, in, PACKET, LONG, &moved), USBX_OK);
    EXPECT(usbx_cancel(device, ACQ_LOOP_OUT), USBX_OK);
    pthread_join(thread, NULL);
    EQUAL(w.status, USBX_OK);
    EQUAL(moved, 0);
    EXPECT(usbx_close(device), USBX_OK);
}

static void time_cancel_and_close_keep_what_a_long_read_has(void)
{
    static const size_t lengths[] = {PIECE + 3 * PACKET, LONGEST + 1};
    static const usbx_status ends[] = {USBX_ERROR_TIMEOUT, USBX_ERROR_CANCELLED, USBX_ERROR_CLOSED};
    size_t i;
    fill_pattern(out, 0, sizeof out);
    for (i = 0; i < COUNT(ends); i++) {
        usbx_device *device = claim_test_device();
        writing w = {NULL, lengths, 0, USBX_ERROR_OTHER};
        pthread_t thread;
        reader r;
        size_t moved = 99;
        w.device = device;
        if (ends[i] == USBX_ERROR_TIMEOUT) {
            thread = run_thread(write_each, &w);
            memset(in, UNTOUCHED, sizeof in);
            EXPECT(usbx_bulk_read(device, ACQ_LOOP_IN, in, LONGEST, 3 * SHORT, &moved), USBX_ERROR_TIMEOUT);
            pthread_join(thread, NULL);
            CHECK(is_pattern(in, 0, moved <= sizeof in ? moved : 0));
            CHECK(is_untouched(in + moved, sizeof in - moved));
            /* On a slow machine it may have ended before all was written; the rest is there for the next one. */
            EQUAL(moved + drain_loopback(device, moved), lengths[0]);
        } else {
            start_reader(&r, device, LONGEST);
            write_each(&w); /* more than the device holds: when it is written, the second piece is in flight */
            if (ends[i] == USBX_ERROR_CANCELLED)
                EXPECT(usbx_cancel(device, ACQ_LOOP_IN), USBX_OK);
            else
                EXPECT(usbx_close(device), USBX_OK);
            moved = end_reader(&r, ends[i]);
            CHECK(moved >= lengths[0] - HELD * PACKET && moved <= lengths[0]);
            if (ends[i] == USBX_ERROR_CANCELLED)
                EQUAL(moved + drain_loopback(device, moved), lengths[0]);
        }
        EQUAL(w.status, USBX_OK);
        if (ends[i] != USBX_ERROR_CLOSED)
            EXPECT(usbx_close(device), USBX_OK);
    }
}

/* What a write that was cut counts as moved is what comes out at the other end, no byte more or less. */
static void a_long_write_that_is_cut_counts_what_the_device_took(void)
{
    usbx_device *device = claim_test_device();
    size_t moved = 99;
    fill_pattern(out, 0, sizeof out);
    EXPECT(usbx_bulk_write(device, ACQ_LOOP_OUT, out, LONGEST, SHORT, &moved), USBX_ERROR_TIMEOUT);
    EQUAL(moved, HELD * PACKET);
    EQUAL(drain_loopback(device, 0), HELD * PACKET);
    EXPECT(usbx_close(device), USBX_OK);
}

static void *read_long(void *argument)
{
    reader *r = (reader *)argument;
    r->status = usbx_bulk_read(r->device, ACQ_LOOP_IN, r->data, r->length, LONG, &r->moved);
    return NULL;
}

/* The bytes of each call stay together, whichever came first; a short call waits until a long one is done. */
static void long_reads_at_once_do_not_mix(void)
{
    enum { READERS = 3 };
    static const size_t lengths[] = {LONGEST, LONGEST, LONGEST, LONGEST + 1};
    usbx_device *device = claim_test_device();
    writing w = {NULL, lengths, 0, USBX_ERROR_OTHER};
    reader readers[READERS];
    size_t i;
    w.device = device;
    fill_pattern(out, 0, sizeof out);
    for (i = 0; i < READERS; i++) {
        readers[i].device = device;
        readers[i].length = LONGEST;
        readers[i].data = (uint8_t *)malloc(LONGEST);
        readers[i].thread = run_thread(read_long, &readers[i]);
    }
    write_each(&w);
    EQUAL(w.status, USBX_OK);
    for (i = 0; i < READERS; i++) {
        pthread_join(readers[i].thread, NULL);
        EQUAL(readers[i].status, USBX_OK);
        EQUAL(readers[i].moved, LONGEST);
        CHECK(memcmp(readers[i].data, out, LONGEST) == 0);
        free(readers[i].data);
    }
    EXPECT(usbx_close(device), USBX_OK);
}

const test_case long_cases[] = {
    {"a_short_packet_ends_a_long_read_and_nothing_behind_is_lost",
     a_short_packet_ends_a_long_read_and_nothing_behind_is_lost},
    {"time_cancel_and_close_keep_what_a_long_read_has", time_cancel_and_close_keep_what_a_long_read_has},
    {"a_long_write_that_is_cut_counts_what_the_device_took", a_long_write_that_is_cut_counts_what_the_device_took},
    {"long_reads_at_once_do_not_mix", long_reads_at_once_do_not_mix},
};
const size_t long_count = COUNT(long_cases);
