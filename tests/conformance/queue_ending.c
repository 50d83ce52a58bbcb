/* What ends queued transfers early. No thread waits on the queue: the call that ends them waits until they are complete. */
#define _POSIX_C_SOURCE 200809L
#include "queue_fixture.h"

static void nothing_is_lost(usbx_device *device, const uint8_t *data, size_t moved)
{
    CHECK(moved >= PACKET && moved <= SENT);
    EQUAL(moved % PACKET, 0);
    CHECK(is_pattern(data, 0, moved) && is_untouched(data + moved, ROOM * PACKET - moved));
    EQUAL(drain_loopback(device, moved), SENT - moved);
}

static void cancel_ends_one(void)
{
    usbx_device *device = claim_test_device();
    usbx_queue *queue = open_queue();
    uint8_t in[3][PACKET];
    usbx_completion done[2];
    uint64_t ids[3];
    size_t i;
    for (i = 0; i < 3; i++)
        ids[i] = submit_to(device, queue, ACQ_LOOP_IN, in[i], PACKET);
    memset(in[1], UNTOUCHED, PACKET);
    EXPECT(usbx_queue_cancel(queue, ids[1]), USBX_OK);
    if (take(queue, done, 1))
        COMPLETED(done[0], ids[1], USBX_ERROR_CANCELLED, 0);
    is_empty(queue);
    EXPECT(usbx_queue_cancel(queue, ids[1]), USBX_OK); /* pending no more, never seen: passed over */
    EXPECT(usbx_queue_cancel(queue, ids[2] + 1), USBX_OK);
    EXPECT(usbx_queue_cancel(queue, UINT64_MAX), USBX_OK);
    is_empty(queue);
    EXPECT(usbx_bulk_write(device, ACQ_LOOP_OUT, "a", 1, LONG, NULL), USBX_OK);
    EXPECT(usbx_bulk_write(device, ACQ_LOOP_OUT, "bc", 2, LONG, NULL), USBX_OK);
    if (take(queue, done, 2)) {
        COMPLETED(done[0], ids[0], USBX_OK, 1);
        COMPLETED(done[1], ids[2], USBX_OK, 2);
    }
    CHECK(in[0][0] == 'a' && in[2][0] == 'b' && is_untouched(in[1], PACKET));
    EXPECT(usbx_queue_close(queue), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

static void cancel_keeps_what_came(void)
{
    static uint8_t data[ROOM * PACKET], more[PACKET];
    usbx_device *device = claim_test_device();
    usbx_queue *queue = open_queue();
    usbx_completion done[2], *first;
    uint64_t id, second;
    size_t i;
    for (i = 0; i < 3; i++) { /* by its number; all of the queue; all of the endpoint */
        if ((id = submit_blocked_read(device, queue, data)) == 0)
            return;
        second = submit_to(device, queue, ACQ_LOOP_IN, more, PACKET);
        if (i == 0)
            EXPECT(usbx_queue_cancel(queue, second), USBX_OK);
        EXPECT(i < 2 ? usbx_queue_cancel(queue, i == 0 ? id : 0) : usbx_cancel(device, ACQ_LOOP_IN), USBX_OK);
        if (!take(queue, done, 2))
            return;
        first = done[0].id == id ? &done[0] : &done[1]; /* cancelled ones have no order */
        COMPLETED(*first, id, USBX_ERROR_CANCELLED, first->transferred);
        COMPLETED(done[first == done], second, USBX_ERROR_CANCELLED, 0);
        nothing_is_lost(device, data, first->transferred);
    }
    EXPECT(usbx_queue_cancel(queue, 0), USBX_OK); /* with nothing pending */
    is_empty(queue);
    EXPECT(usbx_queue_close(queue), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

static void a_closed_queue_touches_no_buffer(void)
{
    enum { READS = 4, LENGTH = 16 * PACKET };
    static uint8_t in[READS][LENGTH], out[8 * PACKET];
    usbx_device *device = claim_test_device();
    usbx_queue *queue = open_queue();
    uint8_t report[ACQ_STATUS_SIZE];
    usbx_completion done;
    size_t i;
    for (i = 0; i < READS; i++)
        submit_to(device, queue, ACQ_LOOP_IN, in[i], LENGTH);
    submit_to(device, queue, ACQ_STATUS, report, sizeof report); /* may be complete, and not taken */
    EXPECT(usbx_queue_close(queue), USBX_OK);
    memset(in, UNTOUCHED, sizeof in);
    memset(report, UNTOUCHED, sizeof report);
    fill_pattern(out, 0, sizeof out);
    EXPECT(usbx_bulk_write(device, ACQ_LOOP_OUT, out, sizeof out, LONG, NULL), USBX_OK);
    EXPECT(usbx_interrupt_read(device, ACQ_STATUS, out, ACQ_STATUS_SIZE, LONG, NULL), USBX_OK);
    EQUAL(drain_loopback(device, 0), sizeof out); /* all of it is still there: no forgotten read has taken any */
    CHECK(is_untouched(in[0], sizeof in) && is_untouched(report, sizeof report));
    EXPECT(usbx_queue_wait(queue, &done, 1, USBX_NO_WAIT, NULL), USBX_ERROR_INVALID_HANDLE);
    EXPECT(usbx_queue_close(queue), USBX_ERROR_INVALID_HANDLE);
    EXPECT(usbx_close(device), USBX_OK);
}

typedef enum { CLOSE, RELEASE, ALT_SETTING, RESET, CLEAR_HALT, ENDS } ending;

static usbx_status end_by(usbx_device *device, ending how)
{
    switch (how) {
    case CLOSE: return usbx_close(device);
    case RELEASE: return usbx_release(device, 0);
    case ALT_SETTING: return usbx_set_alt_setting(device, 0, 0);
    case RESET: return usbx_reset(device);
    default: return usbx_clear_halt(device, ACQ_LOOP_IN);
    }
}

static void what_ends_blocking_reads_ends_queued_ones(void)
{
    static uint8_t data[ROOM * PACKET], more[4][PACKET];
    ending how;
    for (how = CLOSE; how < ENDS; how++) {
        usbx_device *device = claim_test_device();
        usbx_queue *queue = open_queue();
        usbx_status expected = how == CLOSE ? USBX_ERROR_CLOSED : USBX_ERROR_CANCELLED;
        usbx_completion done[5];
        uint64_t id = submit_blocked_read(device, queue, data);
        size_t i, firsts = 0;
        if (id == 0)
            return;
        for (i = 0; i < 4; i++)
            submit_to(device, queue, ACQ_LOOP_IN, more[i], PACKET);
        EXPECT(end_by(device, how), USBX_OK);
        memset(more, UNTOUCHED, sizeof more); /* nothing is in flight any more */
        if (!take(queue, done, 5))
            return;
        for (i = 0; i < 5; i++) {
            EQUAL(done[i].status, expected);
            firsts += done[i].id == id;
            if (done[i].id == id)
                CHECK(done[i].transferred >= PACKET && is_pattern(data, 0, done[i].transferred));
        }
        EQUAL(firsts, 1);
        is_empty(queue);
        if (how == CLOSE) {
            device = claim_test_device(); /* the claim has been released, and the queue works with another device */
        } else if (how == RELEASE) {
            usbx_transfer transfer = make_transfer(ACQ_LOOP_IN, data, PACKET);
            EXPECT(usbx_submit(device, queue, &transfer, NULL), USBX_ERROR_NOT_CLAIMED);
            EXPECT(usbx_claim(device, 0), USBX_OK);
        }
        EXPECT(usbx_reset(device), USBX_OK); /* and so is what the device still held */
        id = submit_to(device, queue, ACQ_LOOP_IN, data, PACKET);
        EXPECT(usbx_bulk_write(device, ACQ_LOOP_OUT, "abc", 3, LONG, NULL), USBX_OK);
        if (take(queue, done, 1))
            COMPLETED(done[0], id, USBX_OK, 3);
        CHECK(is_untouched(more[0], sizeof more));
        EXPECT(usbx_queue_close(queue), USBX_OK);
        EXPECT(usbx_close(device), USBX_OK);
    }
}

static void unplug_ends_all(void)
{
    static uint8_t data[ROOM * PACKET], more[PACKET], rate[4];
    usbx_device *device = claim_test_device();
    usbx_queue *queue = open_queue();
    usbx_transfer transfer = make_transfer(ACQ_LOOP_IN, more, PACKET);
    usbx_completion done[2];
    uint64_t id;
    size_t i;
    if ((id = submit_blocked_read(device, queue, data)) == 0)
        return;
    submit_to(device, queue, ACQ_LOOP_IN, more, PACKET);
    if (unplug()) {
        if (!take(queue, done, 2))
            return;
        for (i = 0; i < 2; i++) {
            EQUAL(done[i].status, USBX_ERROR_NO_DEVICE);
            if (done[i].id == id)
                CHECK(done[i].transferred >= PACKET && is_pattern(data, 0, done[i].transferred));
        }
        EXPECT(usbx_submit(device, queue, &transfer, NULL), USBX_ERROR_NO_DEVICE);
        transfer = make_request(ACQ_IN, ACQ_RATE, 0, rate, 4);
        EXPECT(usbx_submit(device, queue, &transfer, NULL), USBX_ERROR_NO_DEVICE);
        SAID("1209:0001");
        is_empty(queue);
    }
    EXPECT(usbx_close(device), USBX_OK);
    EXPECT(usbx_queue_close(queue), USBX_OK);
}

static void shutdown_closes_queues_and_counts_them(void)
{
    static uint8_t data[ROOM * PACKET];
    usbx_device *device;
    usbx_queue *queue, *idle;
    usbx_completion done;
    int threads, descriptors;
    size_t leaked = 99;
    start_over();
    threads = directory_entries("/proc/self/task");
    descriptors = directory_entries("/proc/self/fd");
    device = claim_test_device();
    queue = open_queue();
    idle = open_queue();
    if (submit_blocked_read(device, queue, data) == 0)
        return;
    EXPECT(usbx_shutdown(&leaked), USBX_OK);
    EQUAL(leaked, test_virtual != NULL ? 4 : 3);
    start_over();
    CHECK(threads_at_most(threads));
    EQUAL(directory_entries("/proc/self/fd"), descriptors);
    EXPECT(usbx_queue_wait(queue, &done, 1, LONG, NULL), USBX_ERROR_INVALID_HANDLE);
    EXPECT(usbx_queue_close(idle), USBX_ERROR_INVALID_HANDLE);
    queue = open_queue(); /* the library works again */
    EXPECT(usbx_queue_close(queue), USBX_OK);
}

/* Ten thousand at once. A kernel has 16 MiB for all USB transfers together; at its limit submit says so and no more. */
static void thousands_outstanding(void)
{
    enum { MANY = 10000, SENDS = 300 };
    static usbx_completion done[MANY];
    usbx_device *device = claim_test_device();
    int kernel = test_virtual == NULL && !test_is_remote();
    size_t length = kernel ? 32 * PACKET : PACKET, submitted = 0, i;
    usbx_queue *queue = open_queue();
    uint8_t *in, packet[PACKET];
    usbx_transfer transfer;
    in = (uint8_t *)malloc(MANY * length);
    if (!CHECK(in != NULL))
        return;
    for (; submitted < MANY; submitted++) {
        uint64_t id = 0;
        usbx_status status;
        transfer = make_transfer(ACQ_LOOP_IN, in + submitted * length, length);
        transfer.user_data = submitted;
        status = usbx_submit(device, queue, &transfer, &id);
        if (status == USBX_ERROR_NO_MEM && kernel) {
            EQUAL(id, 0);
            CHECK(strlen(usbx_last_error()) > 10);
            break;
        }
        if (!EXPECT(status, USBX_OK))
            break;
    }
    CHECK(submitted >= (kernel ? 100 : MANY));
    for (i = 0; i < SENDS; i++) { /* short packets, so that each ends one read */
        fill_pattern(packet, i, PACKET - 1);
        if (!EXPECT(usbx_bulk_write(device, ACQ_LOOP_OUT, packet, PACKET - 1, LONG, NULL), USBX_OK))
            break;
    }
    if (!take(queue, done, SENDS))
        return;
    for (i = 0; i < SENDS; i++)
        if (!EQUAL(done[i].user_data, i) || !EQUAL(done[i].status, USBX_OK) || !EQUAL(done[i].transferred, PACKET - 1) ||
            !CHECK(is_pattern(in + i * length, i, PACKET - 1)))
            break;
    EXPECT(usbx_queue_cancel(queue, 0), USBX_OK);
    if (!take(queue, done, submitted - SENDS))
        return;
    for (i = 0; i < submitted - SENDS; i++)
        if (!EQUAL(done[i].status, USBX_ERROR_CANCELLED) || !EQUAL(done[i].transferred, 0))
            break;
    transfer.user_data = 0; /* there is room again */
    submit(device, queue, &transfer);
    EXPECT(usbx_queue_close(queue), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
    free(in);
}

const test_case queue_ending_cases[] = {
    {"cancel_ends_one", cancel_ends_one},
    {"cancel_keeps_what_came", cancel_keeps_what_came},
    {"a_closed_queue_touches_no_buffer", a_closed_queue_touches_no_buffer},
    {"what_ends_blocking_reads_ends_queued_ones", what_ends_blocking_reads_ends_queued_ones},
    {"unplug_ends_all", unplug_ends_all},
    {"shutdown_closes_queues_and_counts_them", shutdown_closes_queues_and_counts_them},
    {"thousands_outstanding", thousands_outstanding},
};
const size_t queue_ending_count = COUNT(queue_ending_cases);
