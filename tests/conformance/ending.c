/* What ends transfers, and what does not, in addition to the table of all endings (table.h). The read is known to
 * be waiting when it is ended (start_blocked_reader), and the bytes that moved are not lost. */
#define _POSIX_C_SOURCE 200809L
#include "suite.h"

enum { SENT = (HELD + 1) * PACKET };

/* The device still has the data that the read has not taken. */
static void nothing_is_lost(usbx_device *device, size_t moved)
{
    CHECK(moved >= PACKET);
    EQUAL(moved % PACKET, 0);
    EQUAL(drain_loopback(device, moved), SENT - moved);
}

static void cancel_ends_a_read_and_keeps_its_bytes(void)
{
    usbx_device *device = claim_test_device();
    reader r;
    if (!start_blocked_reader(&r, device))
        return;
    EXPECT(usbx_cancel(device, ACQ_LOOP_IN), USBX_OK);
    nothing_is_lost(device, end_reader(&r, USBX_ERROR_CANCELLED));
    CHECK(strstr(r.error, "0x83") != NULL);
    EXPECT(usbx_close(device), USBX_OK);
}

static void cancel_is_for_one_endpoint(void)
{
    usbx_device *device = claim_test_device();
    reader r;
    if (!start_blocked_reader(&r, device))
        return;
    EXPECT(usbx_cancel(device, ACQ_LOOP_OUT), USBX_OK);
    EXPECT(usbx_cancel(device, ACQ_FRAMES), USBX_OK);
    EXPECT(usbx_cancel(device, 0), USBX_OK);
    EXPECT(usbx_bulk_write(device, ACQ_LOOP_OUT, NULL, 0, LONG, NULL), USBX_OK); /* ends it normally */
    EQUAL(end_reader(&r, USBX_OK), SENT);
    EXPECT(usbx_close(device), USBX_OK);
}

static void cancel_with_nothing_pending_is_fine(void)
{
    usbx_device *device = claim_test_device();
    uint8_t packet[PACKET], value[4];
    size_t moved;
    EXPECT(usbx_cancel(device, ACQ_LOOP_IN), USBX_OK);
    EXPECT(usbx_cancel(device, 0), USBX_OK);
    /* and it does not wait for the next transfer to end that */
    EXPECT(usbx_bulk_write(device, ACQ_LOOP_OUT, "abc", 3, LONG, &moved), USBX_OK);
    EXPECT(usbx_bulk_read(device, ACQ_LOOP_IN, packet, PACKET, LONG, &moved), USBX_OK);
    EQUAL(moved, 3);
    EXPECT(usbx_control(device, ACQ_IN, ACQ_RATE, 0, 0, value, 4, LONG, NULL), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

/* A call that changes nothing, and a call that is refused, disturb no other call. */
static void what_changes_nothing_ends_no_read(void)
{
    usbx_device *device = claim_test_device();
    reader r;
    if (!start_blocked_reader(&r, device))
        return;
    EXPECT(usbx_claim(device, 0), USBX_OK);
    EXPECT(usbx_detach_kernel_driver(device, 0), USBX_OK);
    EXPECT(usbx_set_configuration(device, 1), USBX_OK);
    EXPECT(usbx_control(device, 0x00, 9, 1, 0, NULL, 0, LONG, NULL), USBX_OK); /* SET_CONFIGURATION, the same way */
    EXPECT(usbx_set_configuration(device, 9), USBX_ERROR_NOT_FOUND);
    EXPECT(usbx_set_alt_setting(device, 0, 9), USBX_ERROR_NOT_FOUND);
    EXPECT(usbx_set_alt_setting(device, 9, 0), USBX_ERROR_NOT_FOUND);
    EXPECT(usbx_set_alt_setting(device, 1, 0), USBX_ERROR_NOT_CLAIMED);
    EXPECT(usbx_release(device, 1), USBX_ERROR_NOT_CLAIMED);
    EXPECT(usbx_bulk_write(device, ACQ_LOOP_OUT, NULL, 0, LONG, NULL), USBX_OK); /* ends it normally */
    EQUAL(end_reader(&r, USBX_OK), SENT);
    EXPECT(usbx_close(device), USBX_OK);
}

typedef struct {
    usbx_device *device;
    pthread_barrier_t *barrier;
    usbx_status status;
} closing;

static void *close_it(void *argument)
{
    closing *c = (closing *)argument;
    pthread_barrier_wait(c->barrier);
    c->status = usbx_close(c->device);
    return NULL;
}

static void one_of_several_closes_wins(void)
{
    enum { CLOSERS = 8, ROUNDS = 20 };
    int round, i, ok, invalid;
    for (round = 0; round < ROUNDS; round++) {
        usbx_device *device = claim_test_device();
        pthread_t threads[CLOSERS];
        closing closers[CLOSERS];
        pthread_barrier_t barrier;
        reader r;
        int reading = round % 4 == 0; /* some with a read to be ended */
        if (reading && !start_blocked_reader(&r, device))
            return;
        pthread_barrier_init(&barrier, NULL, CLOSERS);
        for (i = 0; i < CLOSERS; i++) {
            closers[i].device = device;
            closers[i].barrier = &barrier;
            if (pthread_create(&threads[i], NULL, close_it, &closers[i]) != 0)
                abort();
        }
        for (i = ok = invalid = 0; i < CLOSERS; i++) {
            pthread_join(threads[i], NULL);
            ok += closers[i].status == USBX_OK;
            invalid += closers[i].status == USBX_ERROR_INVALID_HANDLE;
        }
        pthread_barrier_destroy(&barrier);
        EQUAL(ok, 1);
        EQUAL(invalid, CLOSERS - 1);
        if (reading)
            end_reader(&r, USBX_ERROR_CLOSED);
    }
}

static void shutdown_ends_all_and_counts(void)
{
    usbx_device *device = claim_test_device(), *other = open_test_device();
    usbx_virtual *plugged = test_virtual;
    size_t leaked = 99;
    reader r;
    if (!start_blocked_reader(&r, device))
        return;
    EXPECT(usbx_shutdown(&leaked), USBX_OK);
    EQUAL(leaked, plugged != NULL ? 3 : 2);
    end_reader(&r, USBX_ERROR_CLOSED);
    EXPECT(usbx_close(device), USBX_ERROR_INVALID_HANDLE);
    EXPECT(usbx_claim(other, 0), USBX_ERROR_INVALID_HANDLE);
    if (plugged != NULL) {
        EXPECT(usbx_virtual_unplug(plugged), USBX_ERROR_INVALID_HANDLE);
        start_over();
    }
    EXPECT(usbx_shutdown(&leaked), USBX_OK);
    EQUAL(leaked, 0);
    EXPECT(usbx_close(claim_test_device()), USBX_OK); /* the library works again */
}

const test_case ending_cases[] = {
    {"cancel_ends_a_read_and_keeps_its_bytes", cancel_ends_a_read_and_keeps_its_bytes},
    {"cancel_is_for_one_endpoint", cancel_is_for_one_endpoint},
    {"cancel_with_nothing_pending_is_fine", cancel_with_nothing_pending_is_fine},
    {"what_changes_nothing_ends_no_read", what_changes_nothing_ends_no_read},
    {"one_of_several_closes_wins", one_of_several_closes_wins},
    {"shutdown_ends_all_and_counts", shutdown_ends_all_and_counts},
};
const size_t ending_count = COUNT(ending_cases);
