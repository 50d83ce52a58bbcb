/* A write whose length is a multiple of the packet size, and the packet of length 0 that tells the device where it ends: the
 * loopback sends it back, where it ends a read. */
#include "suite.h"
#include "queue_fixture.h"
#include "stream_fixture.h"

static uint8_t data[(HELD + 8) * PACKET];

static uint64_t submit_flagged(usbx_device *device, usbx_queue *queue, const void *bytes, size_t length)
{
    usbx_transfer transfer = make_transfer(ACQ_LOOP_OUT, (void *)(size_t)bytes, length);
    transfer.flags = USBX_TRANSFER_ZERO_PACKET;
    return submit(device, queue, &transfer);
}

/* What one read gets that has room for more, and how it ends. */
static void reads(usbx_device *device, size_t expected, usbx_status how)
{
    uint8_t back[8 * PACKET];
    size_t moved = 0;
    EXPECT(usbx_bulk_read(device, ACQ_LOOP_IN, back, sizeof back, how == USBX_OK ? LONG : 100, &moved), how);
    EQUAL(moved, expected);
}

static void a_flag_ends_a_write_with_an_empty_packet(void)
{
    usbx_device *device = claim_test_device();
    usbx_queue *queue = open_queue();
    usbx_completion done[3];
    fill_pattern(data, 0, sizeof data);
    submit_flagged(device, queue, data, 3 * PACKET);
    submit_flagged(device, queue, data, PACKET + 1); /* ends by itself */
    submit_to(device, queue, ACQ_LOOP_OUT, data, PACKET);
    if (take(queue, done, 3)) {
        EXPECT(done[0].status, USBX_OK);
        EQUAL(done[0].transferred, 3 * PACKET);
        EQUAL(done[1].transferred, PACKET + 1);
    }
    reads(device, 3 * PACKET, USBX_OK);
    reads(device, PACKET + 1, USBX_OK);
    reads(device, PACKET, USBX_ERROR_TIMEOUT); /* without the flag nobody can tell */
    EXPECT(usbx_queue_close(queue), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

static void the_empty_packet_waits_for_the_device_too(void)
{
    usbx_device *device = claim_test_device();
    usbx_queue *queue = open_queue();
    usbx_completion done;
    size_t total = 0, moved;
    submit_flagged(device, queue, data, HELD * PACKET);
    EXPECT(usbx_queue_wait(queue, &done, 1, 100, NULL), USBX_ERROR_TIMEOUT); /* the device is full */
    while (total < HELD * PACKET) {
        static uint8_t back[HELD * PACKET];
        if (!EXPECT(usbx_bulk_read(device, ACQ_LOOP_IN, back, PACKET, LONG, &moved), USBX_OK))
            break;
        total += moved;
    }
    reads(device, 0, USBX_OK);
    if (take(queue, &done, 1))
        EQUAL(done.transferred, HELD * PACKET);
    EXPECT(usbx_queue_close(queue), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

static void a_blocking_write_of_nothing_is_the_same(void)
{
    usbx_device *device = claim_test_device();
    EXPECT(usbx_bulk_write(device, ACQ_LOOP_OUT, data, 2 * PACKET, LONG, NULL), USBX_OK);
    EXPECT(usbx_bulk_write(device, ACQ_LOOP_OUT, NULL, 0, LONG, NULL), USBX_OK);
    reads(device, 2 * PACKET, USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

static void a_stream_ends_what_it_flushes(void)
{
    usbx_device *device = claim_test_device();
    usbx_stream_options options;
    usbx_stream *stream = NULL;
    void *place;
    size_t room;
    memset(&options, 0, sizeof options);
    options.size = 2 * PACKET;
    options.depth = 2;
    options.flags = USBX_STREAM_ZERO_PACKET;
    EXPECT(usbx_stream_open(device, ACQ_LOOP_OUT, &options, &stream), USBX_OK);
    EXPECT(usbx_stream_write(stream, data, PACKET, LONG, NULL), USBX_OK); /* less than a transfer */
    EXPECT(usbx_stream_flush(stream, LONG), USBX_OK);
    reads(device, PACKET, USBX_OK);
    EXPECT(usbx_stream_write(stream, data, 6 * PACKET, LONG, NULL), USBX_OK); /* transfers that are full, and on their way */
    EXPECT(usbx_stream_flush(stream, LONG), USBX_OK);
    reads(device, 6 * PACKET, USBX_OK);
    EXPECT(usbx_stream_space(stream, LONG, &place, &room), USBX_OK);
    EXPECT(usbx_stream_commit(stream, PACKET), USBX_OK);
    EXPECT(usbx_stream_write(stream, data, PACKET, LONG, NULL), USBX_OK);
    EXPECT(usbx_stream_flush(stream, LONG), USBX_OK);
    reads(device, 2 * PACKET, USBX_OK);
    EXPECT(usbx_stream_write(stream, data, 5, LONG, NULL), USBX_OK);
    EXPECT(usbx_stream_flush(stream, LONG), USBX_OK);
    reads(device, 5, USBX_OK);
    EXPECT(usbx_stream_flush(stream, LONG), USBX_OK); /* of nothing */
    reads(device, 0, USBX_ERROR_TIMEOUT);
    EXPECT(usbx_stream_close(stream), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

static void the_flag_is_for_writes(void)
{
    usbx_device *device = claim_test_device();
    usbx_queue *queue = open_queue();
    usbx_transfer read = make_transfer(ACQ_LOOP_IN, data, PACKET), request = make_request(0xc0, 3, 0, data, 4);
    read.flags = request.flags = USBX_TRANSFER_ZERO_PACKET;
    EXPECT(usbx_submit(device, queue, &read, NULL), USBX_ERROR_INVALID_PARAM);
    SAID("read");
    EXPECT(usbx_submit(device, queue, &request, NULL), USBX_ERROR_INVALID_PARAM);
    read.flags = 8;
    EXPECT(usbx_submit(device, queue, &read, NULL), USBX_ERROR_INVALID_PARAM);
    SAID("0x8");
    EXPECT(usbx_queue_close(queue), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

const test_case zero_packet_cases[] = {
    {"a_flag_ends_a_write_with_an_empty_packet", a_flag_ends_a_write_with_an_empty_packet},
    {"the_empty_packet_waits_for_the_device_too", the_empty_packet_waits_for_the_device_too},
    {"a_blocking_write_of_nothing_is_the_same", a_blocking_write_of_nothing_is_the_same},
    {"a_stream_ends_what_it_flushes", a_stream_ends_what_it_flushes},
    {"the_flag_is_for_writes", the_flag_is_for_writes},
};
const size_t zero_packet_count = COUNT(zero_packet_cases);
