/* Bulk transfers on the loopback: data written to 0x02 comes back on 0x83, packet by packet. */
#include "suite.h"

static void send(usbx_device *device, size_t first, size_t length)
{
    uint8_t data[4 * PACKET];
    size_t moved = 99;
    fill_pattern(data, first, length);
    EXPECT(usbx_bulk_write(device, ACQ_LOOP_OUT, length ? data : NULL, length, LONG, &moved), USBX_OK);
    EQUAL(moved, length);
}

/* Reads into room for `length` bytes, and expects `expected` bytes of the pattern from byte `first` on. */
static void receive(usbx_device *device, size_t length, usbx_status status, size_t first, size_t expected)
{
    uint8_t data[9 * PACKET];
    size_t moved = 99;
    memset(data, UNTOUCHED, sizeof data);
    EXPECT(usbx_bulk_read(device, ACQ_LOOP_IN, data, length, status == USBX_ERROR_TIMEOUT ? SHORT : LONG, &moved), status);
    EQUAL(moved, expected);
    if (moved > sizeof data)
        return;
    CHECK(is_pattern(data, first, moved));
    CHECK(is_untouched(data + moved, sizeof data - moved));
}

static void small_sizes_come_back_as_they_were(void)
{
    static const size_t sizes[] = {0, 1, 2, 511, 512, 513, 1023, 1024, 1025};
    usbx_device *device = claim_test_device();
    size_t i;
    for (i = 0; i < COUNT(sizes); i++) {
        int short_end = sizes[i] % PACKET != 0 || sizes[i] == 0;
        send(device, 0, sizes[i]);
        receive(device, short_end ? 4096 : sizes[i], USBX_OK, 0, sizes[i]);
    }
    EQUAL(drain_loopback(device, 0), 0);
    EXPECT(usbx_close(device), USBX_OK);
}

static void packet_boundaries_are_kept(void)
{
    usbx_device *device = claim_test_device();
    send(device, 0, 100);
    send(device, 100, 200);
    receive(device, 4096, USBX_OK, 0, 100); /* a short packet ends a read */
    receive(device, 4096, USBX_OK, 100, 200);
    send(device, 0, 512);
    send(device, 512, 0);
    send(device, 512, 7);
    receive(device, 4096, USBX_OK, 0, 512); /* and so does an empty one */
    receive(device, 4096, USBX_OK, 512, 7);
    send(device, 0, 512);
    send(device, 512, 512);
    send(device, 1024, 30);
    receive(device, 1024, USBX_OK, 0, 1024); /* a full buffer ends it, too */
    receive(device, 512, USBX_OK, 1024, 30);
    EXPECT(usbx_close(device), USBX_OK);
}

static void timeout_keeps_what_came(void)
{
    usbx_device *device = claim_test_device();
    receive(device, 4096, USBX_ERROR_TIMEOUT, 0, 0);
    SAID("0x83");
    SAID("1209:0001");
    send(device, 0, 1024); /* without an empty packet after it, so that the read continues to wait */
    receive(device, 4096, USBX_ERROR_TIMEOUT, 0, 1024);
    send(device, 0, 3); /* and nothing is lost behind a timeout */
    receive(device, 4096, USBX_OK, 0, 3);
    EXPECT(usbx_close(device), USBX_OK);
}

static void write_timeout_counts_what_the_device_took(void)
{
    static uint8_t data[ROOM * PACKET];
    usbx_device *device = claim_test_device();
    size_t moved = 0;
    fill_pattern(data, 0, sizeof data);
    EXPECT(usbx_bulk_write(device, ACQ_LOOP_OUT, data, sizeof data, SHORT, &moved), USBX_ERROR_TIMEOUT);
    EQUAL(moved, HELD * PACKET);
    EQUAL(drain_loopback(device, 0), moved);
    EXPECT(usbx_close(device), USBX_OK);
}

static void overflow_says_which_size_to_use(void)
{
    usbx_device *device = claim_test_device();
    uint8_t data[2 * PACKET];
    size_t moved = 99;
    memset(data, UNTOUCHED, sizeof data);
    send(device, 0, 512);
    EXPECT(usbx_bulk_read(device, ACQ_LOOP_IN, data, 100, LONG, &moved), USBX_ERROR_OVERFLOW);
    SAID("512");
    CHECK(moved <= 100);
    CHECK(moved > 100 || is_pattern(data, 0, moved));
    CHECK(is_untouched(data + 100, sizeof data - 100));
    drain_loopback(device, 0);
    /* A packet larger than the rest of the buffer, after one that fitted: that one is not lost. */
    send(device, 0, 512);
    send(device, 512, 512);
    EXPECT(usbx_bulk_read(device, ACQ_LOOP_IN, data, 700, LONG, &moved), USBX_ERROR_OVERFLOW);
    SAID("1024");
    CHECK(moved >= 512 && moved <= 700);
    CHECK(moved > 700 || is_pattern(data, 0, moved));
    CHECK(is_untouched(data + 700, sizeof data - 700));
    drain_loopback(device, 0);
    /* Any length is fine as long as the packets fit. */
    send(device, 0, 60);
    receive(device, 100, USBX_OK, 0, 60);
    EXPECT(usbx_close(device), USBX_OK);
}

typedef struct {
    usbx_device *device;
    const uint8_t *data;
    size_t length, moved;
    usbx_status status;
} writing;

static void *write_all(void *argument)
{
    writing *w = (writing *)argument;
    w->status = usbx_bulk_write(w->device, ACQ_LOOP_OUT, w->data, w->length, LONG, &w->moved);
    return NULL;
}

/* One call each way, more than the device holds and no multiple of anything. */
static void large_sizes_in_one_call(void)
{
    static const size_t sizes[] = {64 * 1024 + 1, 1024 * 1024 + 3};
    static uint8_t out[1024 * 1024 + 3], in[1024 * 1024 + 4 * PACKET];
    usbx_device *device = claim_test_device();
    size_t i, moved;
    fill_pattern(out, 0, sizeof out);
    for (i = 0; i < COUNT(sizes); i++) {
        writing w = {device, out, 0, 99, USBX_ERROR_OTHER};
        pthread_t thread;
        w.length = sizes[i];
        memset(in, UNTOUCHED, sizeof in);
        if (pthread_create(&thread, NULL, write_all, &w) != 0)
            abort();
        EXPECT(usbx_bulk_read(device, ACQ_LOOP_IN, in, sizes[i] + 2 * PACKET - sizes[i] % PACKET, LONG, &moved), USBX_OK);
        pthread_join(thread, NULL);
        EXPECT(w.status, USBX_OK);
        EQUAL(w.moved, sizes[i]);
        EQUAL(moved, sizes[i]);
        CHECK(memcmp(in, out, sizes[i]) == 0);
        CHECK(is_untouched(in + sizes[i], sizeof in - sizes[i]));
    }
    EXPECT(usbx_close(device), USBX_OK);
}

static void halted_endpoint_stalls_until_cleared(void)
{
    usbx_device *device = claim_test_device();
    uint8_t data[PACKET], status[2] = {99, 99};
    size_t moved = 99;
    memset(data, UNTOUCHED, sizeof data);
    EXPECT(usbx_control(device, 0x02, 3, 0, ACQ_LOOP_IN, NULL, 0, LONG, NULL), USBX_OK); /* SET_FEATURE(ENDPOINT_HALT) */
    EXPECT(usbx_control(device, 0x82, 0, 0, ACQ_LOOP_IN, status, 2, LONG, NULL), USBX_OK);
    EQUAL(status[0], 1);
    send(device, 0, 10);
    EXPECT(usbx_bulk_read(device, ACQ_LOOP_IN, data, PACKET, LONG, &moved), USBX_ERROR_PIPE);
    EQUAL(moved, 0);
    SAID("usbx_clear_halt");
    EXPECT(usbx_bulk_read(device, ACQ_LOOP_IN, data, PACKET, LONG, &moved), USBX_ERROR_PIPE);
    CHECK(is_untouched(data, sizeof data));
    EXPECT(usbx_clear_halt(device, ACQ_LOOP_IN), USBX_OK);
    receive(device, PACKET, USBX_OK, 0, 10);
    EXPECT(usbx_clear_halt(device, ACQ_LOOP_IN), USBX_OK); /* not halted is fine */

    EXPECT(usbx_control(device, 0x02, 3, 0, ACQ_LOOP_OUT, NULL, 0, LONG, NULL), USBX_OK);
    EXPECT(usbx_bulk_write(device, ACQ_LOOP_OUT, data, PACKET, LONG, &moved), USBX_ERROR_PIPE);
    EQUAL(moved, 0);
    EXPECT(usbx_control(device, 0x02, 1, 0, ACQ_LOOP_OUT, NULL, 0, LONG, NULL), USBX_OK); /* CLEAR_FEATURE does it, too */
    send(device, 0, 10);
    receive(device, PACKET, USBX_OK, 0, 10);
    EXPECT(usbx_close(device), USBX_OK);
}

static void reads_at_once_are_served_in_order(void)
{
    usbx_device *device = claim_test_device();
    reader first;
    uint8_t data[PACKET];
    size_t at, moved = 99;
    if (!start_blocked_reader(&first, device))
        return;
    for (at = (HELD + 1) * PACKET; at < ROOM * PACKET; at += PACKET)
        send(device, at, PACKET);
    send(device, 0, 5);
    memset(data, UNTOUCHED, sizeof data);
    EXPECT(usbx_bulk_read(device, ACQ_LOOP_IN, data, PACKET, LONG, &moved), USBX_OK);
    EQUAL(moved, 5);
    CHECK(is_pattern(data, 0, 5));
    EQUAL(end_reader(&first, USBX_OK), ROOM * PACKET);
    EXPECT(usbx_close(device), USBX_OK);
}

const test_case bulk_cases[] = {
    {"small_sizes_come_back_as_they_were", small_sizes_come_back_as_they_were},
    {"packet_boundaries_are_kept", packet_boundaries_are_kept},
    {"timeout_keeps_what_came", timeout_keeps_what_came},
    {"write_timeout_counts_what_the_device_took", write_timeout_counts_what_the_device_took},
    {"overflow_says_which_size_to_use", overflow_says_which_size_to_use},
    {"large_sizes_in_one_call", large_sizes_in_one_call},
    {"halted_endpoint_stalls_until_cleared", halted_endpoint_stalls_until_cleared},
    {"reads_at_once_are_served_in_order", reads_at_once_are_served_in_order},
};
const size_t bulk_count = COUNT(bulk_cases);
