/* What ends isochronous transfers early, in addition to the table of all endings (table.h). The data that arrived
 * is kept, each packet in its place. */
#define _POSIX_C_SOURCE 200809L
#include "isochronous_fixture.h"

#include <time.h>

enum { FEW = 20, MANY = 8, PAUSE = LENGTH / 2 /* milliseconds */ };

/* No call uses the bus meanwhile: the device's time continues, and so do the packets. */
static void let_intervals_pass(void)
{
    struct timespec pause = {0, PAUSE * 1000 * 1000};
    nanosleep(&pause, NULL);
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* What the kernel takes in several pieces, too. */
static void what_came_of_a_long_transfer_is_kept(void)
{
    usbx_device *device = claim_sampling_setting_1();
    intervals *t = new_intervals(LENGTH * MANY);
    course frames = {-1, 0};
    size_t moved, served;
    EXPECT(read_intervals(device, t, LENGTH + PAUSE, &moved), USBX_ERROR_TIMEOUT);
    served = follow(&frames, t, moved);
    CHECK(served > 1 && served < t->count);
    free_intervals(t, 1);
    EXPECT(usbx_close(device), USBX_OK);
}

static void cancel_ends_one_of_several(void)
{
    usbx_device *device = claim_sampling_setting_1();
    usbx_queue *queue = open_queue();
    intervals *all = new_array_of_intervals(MANY + 1, LENGTH);
    course frames = {-1, 0}, none = {-1, 0};
    uint64_t ids[MANY + 1];
    usbx_completion done;
    size_t i, next = 0;
    for (i = 0; i < MANY + 1; i++)
        ids[i] = submit_intervals(device, queue, &all[i]);
    EXPECT(usbx_queue_cancel(queue, ids[MANY - 1]), USBX_OK); /* its turn is nearly a second away */
    for (i = 0; i < MANY + 1 && take(queue, &done, 1); i++) {
        if (done.id == ids[MANY - 1]) {
            COMPLETED(done, ids[MANY - 1], USBX_ERROR_CANCELLED, 0);
            EQUAL(follow(&none, &all[MANY - 1], done.transferred), 0);
            continue;
        }
        next += next == MANY - 1;
        COMPLETED(done, ids[next], USBX_OK, done.transferred);
        EQUAL(follow(&frames, &all[next], done.transferred), LENGTH);
        next++;
    }
    EQUAL(next, MANY + 1);
    is_empty(queue);
    EXPECT(usbx_queue_close(queue), USBX_OK);
    free_intervals(all, MANY + 1);
    EXPECT(usbx_close(device), USBX_OK);
}

/* Neither the library nor the kernel writes to these any more, although the stream continues elsewhere. */
static void check_given_back(usbx_device *device, intervals *all, size_t count)
{
    intervals *t = new_intervals(2 * FEW);
    course frames = {-1, 0};
    size_t moved, i;
    for (i = 0; i < count; i++) {
        memset(all[i].data, UNTOUCHED, all[i].length);
        memset(all[i].packets, UNTOUCHED, all[i].count * sizeof *all[i].packets);
    }
    EXPECT(read_intervals(device, t, LONG, &moved), USBX_OK);
    EQUAL(follow(&frames, t, moved), t->count);
    for (i = 0; i < count; i++)
        CHECK(is_untouched(all[i].data, all[i].length) &&
              is_untouched((uint8_t *)all[i].packets, all[i].count * sizeof *all[i].packets));
    free_intervals(t, 1);
}

static void cancel_all_ends_within_a_second(void)
{
    int by_endpoint;
    for (by_endpoint = 0; by_endpoint < 2; by_endpoint++) {
        usbx_device *device = claim_sampling_setting_1();
        usbx_queue *queue = open_queue();
        intervals *all = new_array_of_intervals(MANY * 2, LENGTH);
        usbx_completion done[MANY * 2];
        uint64_t ids[MANY * 2];
        course frames = {-1, 0};
        double start;
        size_t i, j, cancelled = 0;
        for (i = 0; i < MANY * 2; i++)
            ids[i] = submit_intervals(device, queue, &all[i]);
        start = seconds();
        EXPECT(by_endpoint ? usbx_cancel(device, NOW) : usbx_queue_cancel(queue, 0), USBX_OK);
        if (!take(queue, done, MANY * 2))
            return;
        CHECK(seconds() - start < 1.0);
        for (i = 0; i < MANY * 2; i++) { /* cancelled ones have no order */
            for (j = 0; j < MANY * 2 && done[j].id != ids[i]; j++) {
            }
            if (!CHECK(j < MANY * 2))
                break;
            cancelled += done[j].status != USBX_OK;
            EQUAL(done[j].status, cancelled ? USBX_ERROR_CANCELLED : USBX_OK);
            /* Of a later one packets may have come, too: its turn was there as soon as the one before was cancelled. */
            follow(&frames, &all[i], done[j].transferred);
        }
        CHECK(cancelled > 0);
        is_empty(queue);
        check_given_back(device, all, MANY * 2);
        EXPECT(usbx_queue_close(queue), USBX_OK);
        free_intervals(all, MANY * 2);
        EXPECT(usbx_close(device), USBX_OK);
    }
}

static void close_gives_every_buffer_back(void)
{
    int closes_queue;
    for (closes_queue = 0; closes_queue < 2; closes_queue++) {
        usbx_device *device = claim_sampling_setting_1();
        usbx_queue *queue = open_queue();
        intervals *all = new_array_of_intervals(MANY, LENGTH);
        usbx_completion done[MANY];
        size_t i;
        for (i = 0; i < MANY; i++)
            submit_intervals(device, queue, &all[i]);
        let_intervals_pass();
        if (closes_queue) {
            EXPECT(usbx_queue_close(queue), USBX_OK);
            EXPECT(usbx_queue_wait(queue, done, MANY, USBX_NO_WAIT, NULL), USBX_ERROR_INVALID_HANDLE);
        } else {
            EXPECT(usbx_close(device), USBX_OK);
            if (take(queue, done, MANY))
                EQUAL(done[MANY - 1].status, USBX_ERROR_CLOSED);
            is_empty(queue);
            EXPECT(usbx_queue_close(queue), USBX_OK);
            device = claim_sampling_setting_1();
        }
        check_given_back(device, all, MANY);
        free_intervals(all, MANY);
        EXPECT(usbx_close(device), USBX_OK);
    }
}

static void the_stream_goes_on_after_another_setting(void)
{
    usbx_device *device = claim_sampling_setting_1();
    intervals *t = new_intervals(LENGTH);
    usbx_queue *queue = open_queue();
    course frames = {-1, 0};
    usbx_completion done;
    uint8_t rate[4];
    size_t moved;
    submit_intervals(device, queue, t);
    EXPECT(usbx_set_alt_setting(device, 0, 0), USBX_OK);
    take(queue, &done, 1);
    EXPECT(read_intervals(device, t, LONG, &moved), USBX_ERROR_INVALID_PARAM);
    SAID("usbx_set_alt_setting");
    EXPECT(usbx_set_alt_setting(device, 0, 1), USBX_OK);
    EXPECT(read_intervals(device, t, LONG, &moved), USBX_OK);
    EQUAL(follow(&frames, t, moved), LENGTH);
    EXPECT(usbx_detach_kernel_driver(device, 1), USBX_OK);
    EXPECT(usbx_claim(device, 1), USBX_OK);
    /* The other interface does not affect this one, at any time in its stream. */
    frames.last = -1, frames.lost = 0;
    submit_intervals(device, queue, t);
    let_intervals_pass();
    EXPECT(usbx_control(device, ACQ_IN, ACQ_RATE, 0, 0, rate, 4, LONG, NULL), USBX_OK); /* and something is looked at */
    EXPECT(usbx_set_alt_setting(device, 1, 0), USBX_OK);
    let_intervals_pass();
    if (take(queue, &done, 1)) {
        EQUAL(done.status, USBX_OK);
        EQUAL(follow(&frames, t, done.transferred), LENGTH);
        EQUAL(frames.lost, 0);
    }
    EXPECT(usbx_queue_close(queue), USBX_OK);
    free_intervals(t, 1);
    EXPECT(usbx_close(device), USBX_OK);
}

/* How many packets the transfer has kept that was on the bus when the device was pulled out; (size_t)-1 if a check failed. */
static size_t unplug_amid_a_stream(void)
{
    enum { TRANSFERS = 40 }; /* five seconds */
    static usbx_completion done[TRANSFERS];
    usbx_device *device = claim_sampling_setting_1();
    usbx_queue *queue = open_queue();
    intervals *all = new_array_of_intervals(TRANSFERS, LENGTH);
    usbx_transfer transfer = make_isochronous(&all[0]);
    uint64_t ids[TRANSFERS];
    course frames = {-1, 0};
    size_t i, j, moved, kept = (size_t)-1, ended = 0, served;
    for (i = 0; i < TRANSFERS; i++)
        ids[i] = submit_intervals(device, queue, &all[i]);
    let_intervals_pass();
    if (unplug() && take(queue, done, TRANSFERS)) {
        for (i = 0; i < TRANSFERS; i++) { /* those that a system ends have no order; a virtual device's do */
            for (j = 0; j < TRANSFERS && done[j].id != ids[i]; j++) {
            }
            if (!CHECK(j < TRANSFERS))
                break;
            ended += done[j].status != USBX_OK;
            CHECK(j == i || (ended > 0 && !test_virtual));
            served = follow(&frames, &all[i], done[j].transferred);
            if (!EQUAL(done[j].status, ended ? USBX_ERROR_NO_DEVICE : USBX_OK) || !CHECK(served != (size_t)-1))
                break;
            if (ended == 1)
                kept = served;
            else
                EQUAL(served, ended ? 0 : LENGTH);
        }
        CHECK(ended > 0 && frames.last > 0);
        EQUAL(frames.lost, 0);
        is_empty(queue);
        EXPECT(usbx_submit(device, queue, &transfer, NULL), USBX_ERROR_NO_DEVICE);
        EXPECT(read_intervals(device, &all[0], LONG, &moved), USBX_ERROR_NO_DEVICE);
        EQUAL(moved, 0);
    }
    EXPECT(usbx_queue_close(queue), USBX_OK);
    free_intervals(all, TRANSFERS);
    EXPECT(usbx_close(device), USBX_OK);
    return kept;
}

static void unplugging_keeps_the_packets_that_came(void)
{
    size_t kept = 0;
    int tries;
    for (tries = 0; tries < 3 && kept == 0; tries++) /* it may come between two transfers, now and then */
        kept = unplug_amid_a_stream();
    CHECK(kept > 0);
}

const test_case isochronous_ending_cases[] = {
    {"what_came_of_a_long_transfer_is_kept", what_came_of_a_long_transfer_is_kept},
    {"cancel_ends_one_of_several", cancel_ends_one_of_several},
    {"cancel_all_ends_within_a_second", cancel_all_ends_within_a_second},
    {"close_gives_every_buffer_back", close_gives_every_buffer_back},
    {"the_stream_goes_on_after_another_setting", the_stream_goes_on_after_another_setting},
    {"unplugging_keeps_the_packets_that_came", unplugging_keeps_the_packets_that_came},
};
const size_t isochronous_ending_count = COUNT(isochronous_ending_cases);
