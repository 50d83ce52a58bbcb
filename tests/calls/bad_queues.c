/* Queues, streams and watches with bad arguments. */
#include "bad_arguments.h"

static void queues(void)
{
    usbx_device *device = claim_test_device();
    usbx_queue *queue = NULL;
    usbx_transfer transfer;
    usbx_completion done[2];
    uint64_t id = 99;
    size_t count;
    int32_t fd = 99;
    INVALID(usbx_queue_open(NULL));
    SAID("NULL");
    EXPECT(usbx_queue_open(&queue), USBX_OK);
    CHECK((uint64_t)(uintptr_t)queue < UINT64_C(1) << 53 && (uint64_t)(uintptr_t)queue >> 32 != 0);
    INVALID(usbx_submit(device, queue, NULL, &id));
    EQUAL(id, 0);
    memset(done, UNTOUCHED, sizeof done);
    COUNTS(usbx_queue_wait(queue, NULL, 1, USBX_NO_WAIT, &count), USBX_ERROR_INVALID_PARAM, 0);
    COUNTS(usbx_queue_wait(queue, done, 0, USBX_NO_WAIT, &count), USBX_ERROR_INVALID_PARAM, 0);
    COUNTS(usbx_queue_wait(queue, done, SIZE_MAX, USBX_NO_WAIT, &count), USBX_ERROR_TIMEOUT, 0);
    EXPECT(usbx_queue_wait(queue, done, 1, USBX_NO_WAIT, NULL), USBX_ERROR_TIMEOUT);
    CHECK(is_untouched((uint8_t *)done, sizeof done));
    EXPECT(usbx_queue_cancel(queue, 12345), USBX_OK);
    INVALID(usbx_queue_fd(queue, NULL));
    EXPECT(usbx_queue_fd(queue, &fd), USBX_OK);
    CHECK(fd >= 0);
    /* A struct anywhere in memory: it has only tokens and numbers, so its address does not matter. */
    memset(&transfer, 0xff, sizeof transfer);
    INVALID(usbx_submit(device, queue, &transfer, NULL));
    memset(&transfer, 0, sizeof transfer); /* type 0: an empty control request, which the device refuses */
    EXPECT(usbx_submit(device, queue, &transfer, NULL), USBX_OK);
    EXPECT(usbx_queue_wait(queue, done, 2, LONG, &count), USBX_OK);
    EQUAL(count, 1);
    EXPECT(usbx_queue_close(queue), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

static void streams(void)
{
    usbx_device *device = claim_test_device(), *unclaimed = open_test_device();
    usbx_stream *stream = NULL, *in = NULL, *out = NULL;
    usbx_stream_options options;
    usbx_chunk chunk;
    uint8_t data[PACKET];
    void *room = data;
    size_t count, i;
    int32_t fd = 99;
    static const struct {
        size_t size, depth;
        uint32_t memory;
    } wrong[] = {{1, 0, 0},          {PACKET + 1, 0, 0}, {PACKET - 1, 0, 0}, {(16 << 20) + PACKET, 0, 0},
                 {SIZE_MAX, 0, 0},   {0, 1025, 0},       {0, SIZE_MAX, 0},   {0, 0, 3},
                 {0, 0, UINT32_MAX}, {SIZE_MAX - 511, SIZE_MAX, 0}};
#define NO_STREAM(device, endpoint, options, expected)                              \
    do {                                                                            \
        stream = (usbx_stream *)token(UINT64_C(0x1234567890));                       \
        REFUSED(usbx_stream_open(device, endpoint, options, &stream), expected);     \
        CHECK(stream == NULL);                                                      \
    } while (0)
    INVALID(usbx_stream_open(device, ACQ_LOOP_IN, NULL, NULL));
    SAID("NULL");
    NO_STREAM(device, 0x85, NULL, USBX_ERROR_INVALID_PARAM);
    SAID("0x83");
    NO_STREAM(device, 0, NULL, USBX_ERROR_INVALID_PARAM);
    NO_STREAM(device, 0x80, NULL, USBX_ERROR_INVALID_PARAM);
    NO_STREAM(device, ACQ_HID, NULL, USBX_ERROR_NOT_CLAIMED);
    NO_STREAM(unclaimed, ACQ_LOOP_IN, NULL, USBX_ERROR_NOT_CLAIMED);
    SAID("usbx_claim");
    for (i = 0; i < COUNT(wrong); i++) {
        memset(&options, 0, sizeof options);
        options.size = wrong[i].size;
        options.depth = wrong[i].depth;
        options.memory = wrong[i].memory;
        NO_STREAM(device, ACQ_LOOP_IN, &options, USBX_ERROR_INVALID_PARAM);
    }
    memset(&options, 0, sizeof options);
    options.flags = 8;
    NO_STREAM(device, ACQ_LOOP_IN, &options, USBX_ERROR_INVALID_PARAM);
    SAID("zero");
    options.flags = USBX_STREAM_ZERO_PACKET; /* each for one direction */
    NO_STREAM(device, ACQ_LOOP_IN, &options, USBX_ERROR_INVALID_PARAM);
    options.flags = USBX_STREAM_KEEP_GOING;
    NO_STREAM(device, ACQ_LOOP_OUT, &options, USBX_ERROR_INVALID_PARAM);
    EXPECT(usbx_stream_open(device, ACQ_LOOP_IN, NULL, &in), USBX_OK);
    EXPECT(usbx_stream_open(device, ACQ_LOOP_OUT, NULL, &out), USBX_OK);
    memset(data, UNTOUCHED, sizeof data);
    INVALID(usbx_stream_next(in, USBX_NO_WAIT, NULL));
    memset(&chunk, UNTOUCHED, sizeof chunk);
    INVALID(usbx_stream_next(out, USBX_NO_WAIT, &chunk)); /* each in its direction */
    CHECK(chunk.data == NULL && chunk.length == 0);
    COUNTS(usbx_stream_read(out, data, PACKET, USBX_NO_WAIT, &count), USBX_ERROR_INVALID_PARAM, 0);
    COUNTS(usbx_stream_read(in, NULL, PACKET, USBX_NO_WAIT, &count), USBX_ERROR_INVALID_PARAM, 0);
    COUNTS(usbx_stream_read(in, data, 0, USBX_NO_WAIT, &count), USBX_ERROR_INVALID_PARAM, 0);
    COUNTS(usbx_stream_read(in, data, PACKET, USBX_NO_WAIT, &count), USBX_ERROR_TIMEOUT, 0);
    COUNTS(usbx_stream_write(in, data, PACKET, USBX_NO_WAIT, &count), USBX_ERROR_INVALID_PARAM, 0);
    COUNTS(usbx_stream_write(out, NULL, PACKET, USBX_NO_WAIT, &count), USBX_ERROR_INVALID_PARAM, 0);
    COUNTS(usbx_stream_write(out, data, SIZE_MAX, USBX_NO_WAIT, &count), USBX_ERROR_INVALID_PARAM, 0);
    INVALID(usbx_stream_flush(in, USBX_NO_WAIT));
    INVALID(usbx_stream_space(in, USBX_NO_WAIT, &room, &count));
    CHECK(room == NULL && count == 0);
    INVALID(usbx_stream_space(out, USBX_NO_WAIT, NULL, &count));
    INVALID(usbx_stream_space(out, USBX_NO_WAIT, &room, NULL));
    CHECK(room == NULL);
    INVALID(usbx_stream_commit(in, 0));
    INVALID(usbx_stream_commit(out, 1));
    INVALID(usbx_stream_commit(out, SIZE_MAX));
    EXPECT(usbx_stream_commit(out, 0), USBX_OK);
    EXPECT(usbx_stream_flush(out, USBX_NO_WAIT), USBX_OK); /* nothing was written */
    EXPECT(usbx_stream_write(out, NULL, 0, USBX_NO_WAIT, NULL), USBX_OK);
    INVALID(usbx_stream_stats(in, NULL));
    INVALID(usbx_stream_fd(in, NULL));
    EXPECT(usbx_stream_fd(in, &fd), USBX_OK);
    CHECK(fd >= 0);
    CHECK(is_untouched(data, sizeof data));
    EXPECT(usbx_stream_close(in), USBX_OK);
    EXPECT(usbx_stream_close(out), USBX_OK);
    EQUAL(drain_loopback(device, 0), 0); /* nothing that was refused has reached the device */
    EXPECT(usbx_close(unclaimed), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

static void watches(void)
{
    usbx_watch *watch = (usbx_watch *)token(1);
    usbx_device_info info;
    int32_t event = 7;
    INVALID(usbx_watch_open(0, 0, NULL));
    EXPECT(usbx_watch_open(0, 0, &watch), USBX_OK);
    INVALID(usbx_watch_next(watch, USBX_NO_WAIT, NULL, &info));
    SAID("event");
    INVALID(usbx_watch_next(watch, USBX_NO_WAIT, &event, NULL));
    SAID("info");
    EQUAL(event, 0);
    INVALID(usbx_watch_fd(watch, NULL));
    EXPECT(usbx_watch_close(watch), USBX_OK);
}

void queues_and_streams(int argc, char **argv)
{
    static const test_case cases[] = {
        {"queues", queues},
        {"streams", streams},
        {"watches", watches},
    };
    run_cases(cases, COUNT(cases), argc, argv);
}
