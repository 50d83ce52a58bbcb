/* Every function with every kind of bad argument: each call returns what the header says, nothing crashes, results are
 * zero on failure, and the caller's buffers are unchanged. */
#define _POSIX_C_SOURCE 200809L
#include "calls.h"
#include "fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The functions of every kind except the kind of the handle. */
static void all_calls(const void *handle, handle_kind kind, const char *which)
{
    size_t i;
    for (i = 0; i < handle_call_count; i++)
        if (handle_calls[i].kind != kind)
            expect_refused(&handle_calls[i], handle, which, USBX_ERROR_INVALID_HANDLE);
}

static usbx_device *open_one_of_each(void)
{
    usbx_device *device = claim_test_device();
    usbx_queue *queue = NULL;
    usbx_stream *stream = NULL;
    usbx_watch *watch = NULL;
    usbx_capture *capture = NULL;
    usbx_share *share = NULL;
    EXPECT(usbx_share_open("127.0.0.1:0", NULL, &share), USBX_OK);
    EXPECT(usbx_queue_open(&queue), USBX_OK);
    EXPECT(usbx_watch_open(0, 0, &watch), USBX_OK);
    EXPECT(usbx_stream_open(device, ACQ_LOOP_IN, NULL, &stream), USBX_OK);
    EXPECT(usbx_capture_open("/dev/null", NULL, &capture), USBX_OK);
    open_handles[DEVICE] = device;
    open_handles[VIRTUAL] = test_virtual;
    open_handles[QUEUE] = queue;
    open_handles[STREAM] = stream;
    open_handles[WATCH] = watch;
    open_handles[CAPTURE] = capture;
    open_handles[SHARE] = share;
    return device;
}

static void close_one_of_each(void)
{
    EXPECT(usbx_capture_close(open_handles[CAPTURE]), USBX_OK);
    EXPECT(usbx_share_close(open_handles[SHARE]), USBX_OK);
    EXPECT(usbx_watch_close(open_handles[WATCH]), USBX_OK);
    EXPECT(usbx_stream_close(open_handles[STREAM]), USBX_OK);
    EXPECT(usbx_queue_close(open_handles[QUEUE]), USBX_OK);
    EXPECT(usbx_close(open_handles[DEVICE]), USBX_OK);
}

static void *token(uint64_t value)
{
    return (void *)(uintptr_t)value;
}

static void handles_that_are_none(void)
{
    usbx_device *device = open_one_of_each(), *closed = open_test_device();
    uint64_t value = (uint64_t)(uintptr_t)device, bit;
    size_t i;
    EXPECT(usbx_close(closed), USBX_OK);

    CHECK(value < UINT64_C(1) << 53); /* every language can hold it */
    CHECK(value >> 32 != 0);
    for (i = 0; i < handle_call_count; i++)
        if (!closes(&handle_calls[i]))
            expect_refused(&handle_calls[i], NULL, "NULL", USBX_ERROR_INVALID_HANDLE);
    EXPECT(usbx_close(NULL), USBX_OK);
    EXPECT(usbx_virtual_close(NULL), USBX_OK);
    EXPECT(usbx_queue_close(NULL), USBX_OK);
    EXPECT(usbx_stream_close(NULL), USBX_OK);
    EXPECT(usbx_watch_close(NULL), USBX_OK);
    EXPECT(usbx_capture_close(NULL), USBX_OK);
    EXPECT(usbx_share_close(NULL), USBX_OK);

    all_calls(closed, KINDS, "closed");
    all_calls(token(value & 0xffffffff), KINDS, "truncated to 32 bits");
    all_calls(token((uint64_t)(int64_t)(int32_t)(uint32_t)value), KINDS, "truncated and sign-extended");
    all_calls(token(1), KINDS, "1");
    all_calls(token(UINT64_MAX), KINDS, "all ones");
    all_calls(&value, KINDS, "a real address");
    all_calls("usbx", KINDS, "a string");
    all_calls(token(value + 1), KINDS, "one beside");
    all_calls(token(value - (UINT64_C(1) << 32)), KINDS, "a generation back");
    for (bit = 0; bit < 64; bit++)
        all_calls(token(value ^ UINT64_C(1) << bit), KINDS, "forged in one bit");
    EXPECT(usbx_claim(device, 0), USBX_OK); /* open handles still work */
    close_one_of_each();
}

static void handles_of_another_kind(void)
{
    usbx_device *device = open_one_of_each();
    all_calls(device, DEVICE, "a usbx_device");
    all_calls(test_virtual, VIRTUAL, "a usbx_virtual");
    all_calls(open_handles[QUEUE], QUEUE, "a usbx_queue");
    all_calls(open_handles[STREAM], STREAM, "a usbx_stream");
    all_calls(open_handles[WATCH], WATCH, "a usbx_watch");
    all_calls(open_handles[CAPTURE], CAPTURE, "a usbx_capture");
    all_calls(open_handles[SHARE], SHARE, "a usbx_share");
    close_one_of_each();
    all_calls(open_handles[QUEUE], KINDS, "a queue that was closed");
    all_calls(open_handles[STREAM], KINDS, "a stream that was closed");
    all_calls(open_handles[WATCH], KINDS, "a watch that was closed");
    all_calls(open_handles[SHARE], KINDS, "a share that was closed");
}

static void handles_after_shutdown(void)
{
    static const char *const before = "from before a shutdown";
    usbx_device *device = open_one_of_each();
    size_t leaked = 0, kind;
    EXPECT(usbx_shutdown(&leaked), USBX_OK);
    EQUAL(leaked, KINDS);
    for (kind = 0; kind < KINDS; kind++)
        all_calls(open_handles[kind], KINDS, before);
    EXPECT(usbx_shutdown(NULL), USBX_OK);
    start_over();
    EXPECT(usbx_close(open_test_device()), USBX_OK);
    all_calls(device, KINDS, "from before a shutdown, and its slot is used again");
}

/* Fails with this status, and a message. */
#define REFUSED(call, expected)                \
    do {                                       \
        if (EXPECT(call, expected))            \
            CHECK(strlen(usbx_last_error()) > 10); \
    } while (0)
#define INVALID(call) REFUSED(call, USBX_ERROR_INVALID_PARAM)
#define NOT_UTF8 "abc\xff\xfe"

static void finding_and_opening(void)
{
    usbx_device *opened, *device = open_test_device();
    usbx_device_info devices[1];
    char longer[5000];
    size_t count = 99;
    int pipe_ends[2], null = open("/dev/null", O_RDWR);
    memset(longer, '1', sizeof longer);
    longer[sizeof longer - 1] = '\0';

    INVALID(usbx_devices(NULL, 1, &count));
    EQUAL(count, 0);
    INVALID(usbx_devices(NULL, SIZE_MAX, NULL));
    EXPECT(usbx_devices(devices, 1, NULL), USBX_OK);
    EXPECT(usbx_devices(NULL, 0, NULL), USBX_OK);

#define NONE(call, expected)       \
    do {                           \
        opened = device;           \
        REFUSED(call, expected);   \
        CHECK(opened == NULL);     \
    } while (0)
    INVALID(usbx_open(ACQ_VENDOR_ID, ACQ_PRODUCT_ID, NULL, NULL));
    SAID("NULL");
    NONE(usbx_open(ACQ_VENDOR_ID, ACQ_PRODUCT_ID, NOT_UTF8, &opened), USBX_ERROR_INVALID_PARAM);
    SAID("serial");
    SAID("UTF-8");
    NONE(usbx_open(ACQ_VENDOR_ID, ACQ_PRODUCT_ID, longer, &opened), USBX_ERROR_NOT_FOUND);
    NONE(usbx_open(0, 0, NULL, &opened), USBX_ERROR_NOT_FOUND);
    INVALID(usbx_open_path("virtual/1", NULL));
    NONE(usbx_open_path(NULL, &opened), USBX_ERROR_INVALID_PARAM);
    SAID("path");
    NONE(usbx_open_path(NOT_UTF8, &opened), USBX_ERROR_INVALID_PARAM);
    NONE(usbx_open_path("", &opened), USBX_ERROR_NOT_FOUND);
    NONE(usbx_open_path("virtual/", &opened), USBX_ERROR_NOT_FOUND);
    NONE(usbx_open_path("virtual/4294967297", &opened), USBX_ERROR_NOT_FOUND);
    NONE(usbx_open_path("../../etc/passwd", &opened), USBX_ERROR_NOT_FOUND);
    NONE(usbx_open_path(longer, &opened), USBX_ERROR_NOT_FOUND);

    INVALID(usbx_open_fd(null, NULL));
    NONE(usbx_open_fd(-1, &opened), USBX_ERROR_INVALID_PARAM);
    NONE(usbx_open_fd(INT32_MAX, &opened), USBX_ERROR_INVALID_PARAM);
    NONE(usbx_open_fd(null, &opened), USBX_ERROR_INVALID_PARAM);
    EQUAL(pipe(pipe_ends), 0);
    NONE(usbx_open_fd(pipe_ends[0], &opened), USBX_ERROR_INVALID_PARAM);
    EQUAL(write(pipe_ends[1], "x", 1), 1); /* the file descriptors are still open, and unread */
    EQUAL(read(pipe_ends[0], longer, 1), 1);
    EQUAL(close(pipe_ends[0]) | close(pipe_ends[1]) | close(null), 0);

    INVALID(usbx_info(device, NULL));
    INVALID(usbx_get_configuration(device, NULL));
    EXPECT(usbx_close(device), USBX_OK);
}

static void arrays_and_strings(void)
{
    usbx_device *device = open_test_device();
    usbx_endpoint endpoint;
    usbx_interface setting;
    uint8_t data[64];
    char text[8];
    size_t count;
    memset(data, UNTOUCHED, sizeof data);
    memset(text, UNTOUCHED, sizeof text);
#define COUNTS(call, status, number) \
    do {                             \
        count = 99;                  \
        REFUSED(call, status);       \
        EQUAL(count, number);        \
    } while (0)
    COUNTS(usbx_endpoints(device, NULL, 3, &count), USBX_ERROR_INVALID_PARAM, 0);
    EXPECT(usbx_endpoints(device, &endpoint, 0, &count), USBX_OK);
    EQUAL(count, 10);
    COUNTS(usbx_interfaces(device, NULL, 3, &count), USBX_ERROR_INVALID_PARAM, 0);
    EXPECT(usbx_interfaces(device, &setting, 0, &count), USBX_OK);
    EQUAL(count, 3);
    COUNTS(usbx_get_descriptor(device, 1, 0, NULL, 18, &count), USBX_ERROR_INVALID_PARAM, 0);
    COUNTS(usbx_get_descriptor(device, 1, 0, data, 65536, &count), USBX_ERROR_INVALID_PARAM, 0);
    SAID("65535");
    COUNTS(usbx_get_descriptor(device, 1, 0, data, SIZE_MAX, &count), USBX_ERROR_INVALID_PARAM, 0);
    EXPECT(usbx_get_descriptor(device, 1, 0, NULL, 0, &count), USBX_OK);
    EQUAL(count, 0);
    COUNTS(usbx_get_string(device, 1, 0, NULL, 5, &count), USBX_ERROR_INVALID_PARAM, 0);
    COUNTS(usbx_get_string(device, 0, 0, text, sizeof text, &count), USBX_ERROR_INVALID_PARAM, 0);
    COUNTS(usbx_get_string(device, 250, 0, text, sizeof text, &count), USBX_ERROR_PIPE, 0);
    CHECK(is_untouched(data, sizeof data));
    EQUAL(text[0], 0); /* always terminated */
    CHECK(is_untouched((uint8_t *)text + 1, sizeof text - 1));
    EXPECT(usbx_get_string(device, 1, 0, NULL, 0, NULL), USBX_OK);

    text[0] = (char)UNTOUCHED;
    COUNTS(usbx_kernel_driver(device, 0, NULL, 5, &count), USBX_ERROR_INVALID_PARAM, 0);
    COUNTS(usbx_kernel_driver(device, 99, text, sizeof text, &count), USBX_ERROR_NOT_FOUND, 0);
    EQUAL(text[0], 0);
    CHECK(is_untouched((uint8_t *)text + 1, sizeof text - 1));
    EXPECT(usbx_kernel_driver(device, 0, NULL, 0, NULL), USBX_OK);
    REFUSED(usbx_attach_kernel_driver(device, 99), USBX_ERROR_NOT_FOUND);

    COUNTS(usbx_descriptors(NULL, data, sizeof data, &count), USBX_ERROR_INVALID_PARAM, 0);
    SAID("path");
    COUNTS(usbx_descriptors(NOT_UTF8, data, sizeof data, &count), USBX_ERROR_INVALID_PARAM, 0);
    COUNTS(usbx_descriptors("virtual/1", NULL, 18, &count), USBX_ERROR_INVALID_PARAM, 0);
    COUNTS(usbx_descriptors("", data, sizeof data, &count), USBX_ERROR_NOT_FOUND, 0);
    COUNTS(usbx_descriptors(".", data, sizeof data, &count), USBX_ERROR_NOT_FOUND, 0);
    COUNTS(usbx_descriptors("virtual/", data, sizeof data, &count), USBX_ERROR_NOT_FOUND, 0);
    COUNTS(usbx_descriptors("virtual/01", data, sizeof data, &count), USBX_ERROR_NOT_FOUND, 0);
    COUNTS(usbx_descriptors("../devices/usb1", data, sizeof data, &count), USBX_ERROR_NOT_FOUND, 0);
    COUNTS(usbx_descriptors("../../../../etc/passwd", data, sizeof data, &count), USBX_ERROR_NOT_FOUND, 0);
    CHECK(is_untouched(data, sizeof data));
    EXPECT(usbx_descriptors("virtual/1", NULL, 0, NULL), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

static void transfers(void)
{
    usbx_device *device = claim_test_device();
    uint8_t data[PACKET];
    size_t count;
    memset(data, UNTOUCHED, sizeof data);
    COUNTS(usbx_control(device, 0x80, 6, 0x0100, 0, NULL, 18, LONG, &count), USBX_ERROR_INVALID_PARAM, 0);
    COUNTS(usbx_control(device, 0x40, 4, 0, 0, NULL, 18, LONG, &count), USBX_ERROR_INVALID_PARAM, 0);
    COUNTS(usbx_control(device, 0x80, 6, 0x0100, 0, data, 18, USBX_NO_WAIT, &count), USBX_ERROR_INVALID_PARAM, 0);
    SAID("USBX_NO_WAIT");
    COUNTS(usbx_bulk_read(device, 0x83, data, 0, LONG, &count), USBX_ERROR_INVALID_PARAM, 0);
    SAID("length");
    COUNTS(usbx_bulk_read(device, 0x83, NULL, 0, LONG, &count), USBX_ERROR_INVALID_PARAM, 0);
    COUNTS(usbx_bulk_read(device, 0x83, NULL, PACKET, LONG, &count), USBX_ERROR_INVALID_PARAM, 0);
    COUNTS(usbx_bulk_read(device, 0x83, data, SIZE_MAX, LONG, &count), USBX_ERROR_INVALID_PARAM, 0);
    COUNTS(usbx_bulk_read(device, 0x83, data, PACKET, USBX_NO_WAIT, &count), USBX_ERROR_INVALID_PARAM, 0);
    COUNTS(usbx_bulk_write(device, 0x02, NULL, PACKET, LONG, &count), USBX_ERROR_INVALID_PARAM, 0);
    COUNTS(usbx_bulk_write(device, 0x02, data, SIZE_MAX, LONG, &count), USBX_ERROR_INVALID_PARAM, 0);
    COUNTS(usbx_bulk_write(device, 0x02, data, PACKET, USBX_NO_WAIT, &count), USBX_ERROR_INVALID_PARAM, 0);
    COUNTS(usbx_interrupt_read(device, 0x82, data, 0, LONG, &count), USBX_ERROR_INVALID_PARAM, 0);
    COUNTS(usbx_interrupt_read(device, 0x82, NULL, 16, LONG, &count), USBX_ERROR_INVALID_PARAM, 0);
    COUNTS(usbx_interrupt_read(device, 0x82, data, 16, USBX_NO_WAIT, &count), USBX_ERROR_INVALID_PARAM, 0);
    COUNTS(usbx_interrupt_write(device, 0x02, data, 16, LONG, &count), USBX_ERROR_INVALID_PARAM, 0);
    COUNTS(usbx_interrupt_write(device, 0x02, NULL, 16, LONG, &count), USBX_ERROR_INVALID_PARAM, 0);
    CHECK(is_untouched(data, sizeof data));

    /* NULL where it is allowed */
    EXPECT(usbx_control(device, 0x40, 2, 0, 0, NULL, 0, LONG, NULL), USBX_OK);
    EXPECT(usbx_bulk_write(device, 0x02, NULL, 0, LONG, NULL), USBX_OK);
    EXPECT(usbx_bulk_read(device, 0x83, data, PACKET, LONG, NULL), USBX_OK);
    EQUAL(drain_loopback(device, 0), 0); /* nothing that was refused has reached the device */
    EXPECT(usbx_close(device), USBX_OK);
}

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

static void virtual_devices(void)
{
    usbx_virtual *plugged;
    usbx_replay_statistics replayed;
    char serial[128], text[8];
    memset(serial, 'x', sizeof serial);
    serial[127] = '\0';
#define NOTHING(call, expected)                                 \
    do {                                                        \
        plugged = (usbx_virtual *)token(UINT64_C(0x1234567890)); \
        REFUSED(call, expected);                                \
        CHECK(plugged == NULL);                                 \
    } while (0)
    INVALID(usbx_virtual_open("acquisition", NULL, NULL));
    NOTHING(usbx_virtual_open("replay:", NULL, &plugged), USBX_ERROR_INVALID_PARAM);
    NOTHING(usbx_virtual_open("replay:f,match=exact", NULL, &plugged), USBX_ERROR_INVALID_PARAM);
    SAID("match=strict");
    NOTHING(usbx_virtual_open("replay:/nonexistent", NULL, &plugged), USBX_ERROR_NOT_FOUND);
    NOTHING(usbx_virtual_open("replay:/", NULL, &plugged), USBX_ERROR_INVALID_PARAM);
    NOTHING(usbx_virtual_open(NULL, NULL, &plugged), USBX_ERROR_INVALID_PARAM);
    SAID("model");
    NOTHING(usbx_virtual_open(NOT_UTF8, NULL, &plugged), USBX_ERROR_INVALID_PARAM);
    NOTHING(usbx_virtual_open("", NULL, &plugged), USBX_ERROR_NOT_FOUND);
    NOTHING(usbx_virtual_open("no such model", NULL, &plugged), USBX_ERROR_NOT_FOUND);
    SAID("acquisition"); /* lists the models */
    NOTHING(usbx_virtual_open("acquisition", NOT_UTF8, &plugged), USBX_ERROR_INVALID_PARAM);
    NOTHING(usbx_virtual_open("acquisition", serial, &plugged), USBX_ERROR_INVALID_PARAM);
    SAID("126");
    serial[126] = '\0';
    EXPECT(usbx_virtual_open("acquisition", serial, &plugged), USBX_OK);
    INVALID(usbx_virtual_replay_stats(plugged, NULL, NULL, 0, NULL));
    INVALID(usbx_virtual_replay_stats(plugged, &replayed, NULL, 1, NULL));
    EXPECT(usbx_virtual_replay_stats(plugged, &replayed, text, sizeof text, NULL), USBX_ERROR_NOT_SUPPORTED);
    SAID("replay:FILE");
    EXPECT(usbx_virtual_unplug(plugged), USBX_OK);
    EXPECT(usbx_virtual_unplug(plugged), USBX_OK); /* already unplugged: does nothing */
    EXPECT(usbx_virtual_close(plugged), USBX_OK);
    EXPECT(usbx_virtual_close(plugged), USBX_ERROR_INVALID_HANDLE);
}

static void models(void)
{
    static const unsigned char device[18] = {18, 1, 0, 2, 0, 0, 0, 64, 9, 0x12, 0x97, 0, 0, 1, 0, 0, 0, 0};
    usbx_virtual *plugged, *model = NULL;
    usbx_virtual_event event;
    unsigned char data[4];
    size_t count;
    int32_t fd = 5;
    char text[128];
    memset(text, 'x', sizeof text);
    text[127] = '\0';
    INVALID(usbx_virtual_create(0, device, sizeof device, NULL));
    NOTHING(usbx_virtual_create(0, NULL, 18, &plugged), USBX_ERROR_INVALID_PARAM);
    NOTHING(usbx_virtual_create(0, NULL, 0, &plugged), USBX_ERROR_INVALID_PARAM);
    SAID("18 bytes");
    NOTHING(usbx_virtual_create(0, data, (size_t)-1, &plugged), USBX_ERROR_INVALID_PARAM);
    NOTHING(usbx_virtual_create(6, device, sizeof device, &plugged), USBX_ERROR_INVALID_PARAM);
    SAID("USBX_SPEED_");
    EXPECT(usbx_virtual_create(0, device, sizeof device, &model), USBX_OK);
    INVALID(usbx_virtual_string(model, 0, 0x0409, "x"));
    INVALID(usbx_virtual_string(model, 1, 0x0409, NULL));
    INVALID(usbx_virtual_string(model, 1, 0x0409, NOT_UTF8));
    INVALID(usbx_virtual_string(model, 1, 0x0409, text));
    SAID("126");
    INVALID(usbx_virtual_descriptor(model, 15, 0, 1, device, 1));
    INVALID(usbx_virtual_descriptor(model, 15, 0, 0, NULL, 1));
    INVALID(usbx_virtual_descriptor(model, 15, 0, 0, device, 65536));
    INVALID(usbx_virtual_next(model, USBX_NO_WAIT, NULL, NULL, 0, NULL));
    count = 7;
    INVALID(usbx_virtual_next(model, USBX_NO_WAIT, &event, NULL, 1, &count));
    EQUAL(count, 0);
    EQUAL(event.event, 0);
    REFUSED(usbx_virtual_path(model, text, sizeof text, &count), USBX_ERROR_NO_DEVICE);
    EQUAL(text[0], '\0');
    INVALID(usbx_virtual_path(model, NULL, 5, &count));
    INVALID(usbx_virtual_fd(model, NULL));
    REFUSED(usbx_virtual_reply(model, NULL, 0), USBX_ERROR_NOT_FOUND);
    INVALID(usbx_virtual_reply(model, NULL, 1));
    INVALID(usbx_virtual_stall(model, 0x81));
    REFUSED(usbx_virtual_stall(model, 0), USBX_ERROR_NOT_FOUND);
    COUNTS(usbx_virtual_write(model, 0x81, data, 1, 1000, &count), USBX_ERROR_INVALID_PARAM, 0);
    COUNTS(usbx_virtual_read(model, 0x01, NULL, 1, 1000, &count), USBX_ERROR_INVALID_PARAM, 0);
    EXPECT(usbx_virtual_fd(model, &fd), USBX_OK);
    CHECK(fd >= 0);
    EXPECT(usbx_virtual_close(model), USBX_OK);
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

static void captures(void)
{
    usbx_capture *capture = (usbx_capture *)token(1);
    usbx_capture_options options;
    memset(&options, 0, sizeof options);
#define NO_CAPTURE(call, expected)                              \
    do {                                                        \
        capture = (usbx_capture *)token(1);                     \
        REFUSED(call, expected);                                \
        CHECK(capture == NULL);                                 \
    } while (0)
    INVALID(usbx_capture_open("/dev/null", NULL, NULL));
    NO_CAPTURE(usbx_capture_open(NULL, NULL, &capture), USBX_ERROR_INVALID_PARAM);
    SAID("path");
    NO_CAPTURE(usbx_capture_open("", NULL, &capture), USBX_ERROR_INVALID_PARAM);
    NO_CAPTURE(usbx_capture_open(NOT_UTF8, NULL, &capture), USBX_ERROR_INVALID_PARAM);
    NO_CAPTURE(usbx_capture_open("/nonexistent/file", NULL, &capture), USBX_ERROR_NOT_FOUND);
    SAID("/nonexistent/file");
    NO_CAPTURE(usbx_capture_open("/", NULL, &capture), USBX_ERROR_IO);
    options.flags = 1;
    NO_CAPTURE(usbx_capture_open("/dev/null", &options, &capture), USBX_ERROR_INVALID_PARAM);
    SAID("flags");
    options.flags = 0;
    options.memory = (size_t)-1;
    NO_CAPTURE(usbx_capture_open("/dev/null", &options, &capture), USBX_ERROR_INVALID_PARAM);
    options.memory = 0;
    options.ring = (size_t)-1;
    NO_CAPTURE(usbx_capture_open("/dev/null", &options, &capture), USBX_ERROR_INVALID_PARAM);
    options.ring = 0;
    memcpy(options.path, NOT_UTF8, sizeof NOT_UTF8);
    NO_CAPTURE(usbx_capture_open("/dev/null", &options, &capture), USBX_ERROR_INVALID_PARAM);
    memset(options.path, 'x', sizeof options.path); /* not terminated: as long as the field is */
    EXPECT(usbx_capture_open("/dev/null", &options, &capture), USBX_OK);
    INVALID(usbx_capture_stats(capture, NULL));
    EXPECT(usbx_capture_close(capture), USBX_OK);
    EXPECT(usbx_capture_close(capture), USBX_ERROR_INVALID_HANDLE);
}

static void shares(void)
{
    usbx_share_options options;
    usbx_share *share;
    char text[64], path[32];
    size_t length;
    EXPECT(usbx_close(open_test_device()), USBX_OK); /* it is plugged in */
    memset(&options, 0, sizeof options);
#define NO_SHARE(call, expected)                              \
    do {                                                      \
        share = (usbx_share *)token(UINT64_C(0x1234567890)); \
        REFUSED(call, expected);                              \
        CHECK(share == NULL);                                 \
    } while (0)
    INVALID(usbx_share_open("127.0.0.1:0", NULL, NULL));
    SAID("share");
    NO_SHARE(usbx_share_open(NOT_UTF8, NULL, &share), USBX_ERROR_INVALID_PARAM);
    NO_SHARE(usbx_share_open("", NULL, &share), USBX_ERROR_INVALID_PARAM);
    SAID("127.0.0.1:3240"); /* says how one is written */
    NO_SHARE(usbx_share_open("localhost", NULL, &share), USBX_ERROR_INVALID_PARAM);
    NO_SHARE(usbx_share_open("127.0.0.1:65536", NULL, &share), USBX_ERROR_INVALID_PARAM);
    NO_SHARE(usbx_share_open("unix:", NULL, &share), USBX_ERROR_INVALID_PARAM);
    NO_SHARE(usbx_share_open("192.0.2.1:0", NULL, &share), USBX_ERROR_NOT_FOUND);
    NO_SHARE(usbx_share_open("unix:/no such folder/socket", NULL, &share), USBX_ERROR_NOT_FOUND);
    NO_SHARE(usbx_share_open("unix:/dev/null", NULL, &share), USBX_ERROR_BUSY);
    CHECK(strstr(usbx_last_error(), "no socket") != NULL && strstr(usbx_last_error(), "listens") == NULL);
    NO_SHARE(usbx_share_open("unix:/", NULL, &share), USBX_ERROR_BUSY);
    CHECK(strstr(usbx_last_error(), "no socket") != NULL);
    options.allow = "10.0.0.0/33";
    NO_SHARE(usbx_share_open("127.0.0.1:0", &options, &share), USBX_ERROR_INVALID_PARAM);
    SAID("10.0.0.0/33");
    options.allow = NOT_UTF8;
    NO_SHARE(usbx_share_open("127.0.0.1:0", &options, &share), USBX_ERROR_INVALID_PARAM);
    options.allow = "";
    EXPECT(usbx_share_open("127.0.0.1:0", &options, &share), USBX_OK);

    EXPECT(usbx_virtual_path(test_virtual, path, sizeof path, NULL), USBX_OK);
    INVALID(usbx_share_add(share, NULL, NULL));
    SAID("path");
    INVALID(usbx_share_add(share, NOT_UTF8, NULL));
    INVALID(usbx_share_add(share, path, NOT_UTF8));
    INVALID(usbx_share_add(share, path, ""));
    INVALID(usbx_share_add(share, path, "a bus"));
    INVALID(usbx_share_add(share, path, "virtual/1"));
    INVALID(usbx_share_add(share, path, "12345678901234567890123456789012"));
    SAID("31");
    EXPECT(usbx_share_add(share, "virtual/999", NULL), USBX_ERROR_NOT_FOUND);
    EXPECT(usbx_share_add(share, path, "1234567890123456789012345678901"), USBX_OK);
    EXPECT(usbx_share_add(share, path, NULL), USBX_ERROR_BUSY); /* it is there already */

    INVALID(usbx_share_address(share, NULL, 1, &length));
    EXPECT(usbx_share_address(share, NULL, 0, NULL), USBX_OK);
    memset(text, 'x', sizeof text);
    EXPECT(usbx_share_address(share, text, 6, &length), USBX_OK);
    CHECK(strcmp(text, "127.0") == 0 && text[6] == 'x' && length > 10);
    EXPECT(usbx_share_close(share), USBX_OK);
}

static void other_computers(void)
{
    usbx_device_info devices[2];
    usbx_device *opened;
    usbx_share *share = NULL;
    char address[64], path[32], longer[5000];
    size_t count = 99;
    int pipe_ends[2], sockets[2], null = open("/dev/null", O_RDWR);
    EXPECT(usbx_close(open_test_device()), USBX_OK); /* it is plugged in */
    EXPECT(usbx_virtual_path(test_virtual, path, sizeof path, NULL), USBX_OK);
    EXPECT(usbx_share_open("127.0.0.1:0", NULL, &share), USBX_OK);
    EXPECT(usbx_share_add(share, path, "1-1"), USBX_OK);
    EXPECT(usbx_share_address(share, address, sizeof address, NULL), USBX_OK);
    memset(longer, '1', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    memset(devices, UNTOUCHED, sizeof devices);

#define NO_LIST(call, status) \
    do {                      \
        count = 99;           \
        REFUSED(call, status); \
        EQUAL(count, 0);      \
        CHECK(devices[0].path[0] == (char)UNTOUCHED); \
    } while (0)
    NO_LIST(usbx_remote_devices(NULL, devices, 2, &count, 0), USBX_ERROR_INVALID_PARAM);
    SAID("host");
    NO_LIST(usbx_remote_devices(NOT_UTF8, devices, 2, &count, 0), USBX_ERROR_INVALID_PARAM);
    NO_LIST(usbx_remote_devices("", devices, 2, &count, 0), USBX_ERROR_INVALID_PARAM);
    SAID("192.168.1.5:3240"); /* says how one is written */
    NO_LIST(usbx_remote_devices("127.0.0.1:65536", devices, 2, &count, 0), USBX_ERROR_INVALID_PARAM);
    NO_LIST(usbx_remote_devices("unix:", devices, 2, &count, 0), USBX_ERROR_INVALID_PARAM);
    NO_LIST(usbx_remote_devices("unix:/no such folder/socket", devices, 2, &count, 0), USBX_ERROR_NOT_FOUND);
    NO_LIST(usbx_remote_devices(address, NULL, 1, &count, 0), USBX_ERROR_INVALID_PARAM);
    EXPECT(usbx_remote_devices(address, NULL, 0, NULL, 0), USBX_OK);
    EXPECT(usbx_remote_devices(address, devices, 2, &count, UINT32_MAX), USBX_OK);
    EQUAL(count, 1);
    CHECK(devices[0].vendor_id == ACQ_VENDOR_ID && devices[0].backend == USBX_BACKEND_USBIP);
    CHECK(devices[1].path[0] == (char)UNTOUCHED);

    opened = NULL;
    INVALID(usbx_usbip_open_fd(null, "1-1", NULL));
#define NOT_OVER(call, expected)                    \
    do {                                            \
        opened = (usbx_device *)token(UINT64_C(1)); \
        REFUSED(call, expected);                    \
        CHECK(opened == NULL);                      \
    } while (0)
    NOT_OVER(usbx_usbip_open_fd(-1, "1-1", &opened), USBX_ERROR_INVALID_PARAM);
    NOT_OVER(usbx_usbip_open_fd(INT32_MAX, "1-1", &opened), USBX_ERROR_INVALID_PARAM);
    NOT_OVER(usbx_usbip_open_fd(null, "1-1", &opened), USBX_ERROR_INVALID_PARAM);
    EQUAL(pipe(pipe_ends), 0);
    NOT_OVER(usbx_usbip_open_fd(pipe_ends[0], "1-1", &opened), USBX_ERROR_INVALID_PARAM);
    EQUAL(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
    NOT_OVER(usbx_usbip_open_fd(sockets[0], NULL, &opened), USBX_ERROR_INVALID_PARAM);
    SAID("busid");
    NOT_OVER(usbx_usbip_open_fd(sockets[0], NOT_UTF8, &opened), USBX_ERROR_INVALID_PARAM);
    NOT_OVER(usbx_usbip_open_fd(sockets[0], "", &opened), USBX_ERROR_INVALID_PARAM);
    NOT_OVER(usbx_usbip_open_fd(sockets[0], "a bus", &opened), USBX_ERROR_INVALID_PARAM);
    NOT_OVER(usbx_usbip_open_fd(sockets[0], longer, &opened), USBX_ERROR_INVALID_PARAM);
    EQUAL(close(sockets[1]), 0);
    NOT_OVER(usbx_usbip_open_fd(sockets[0], "1-1", &opened), USBX_ERROR_IO); /* nobody is there */
    EQUAL(close(sockets[0]), 0); /* the caller's own is still open */
    EQUAL(close(pipe_ends[0]) | close(pipe_ends[1]) | close(null), 0);
    EXPECT(usbx_share_close(share), USBX_OK);
}

/* usbx_handle_error takes a handle of every kind, and nothing else. */
static void errors_of_handles(void)
{
    usbx_device *device = open_one_of_each(), *closed = open_test_device();
    uint64_t value = (uint64_t)(uintptr_t)device, bit;
    char text[64];
    size_t length, kind;
    EXPECT(usbx_close(closed), USBX_OK);
    EXPECT(usbx_release(device, 99), USBX_ERROR_NOT_FOUND);
    for (kind = 0; kind < KINDS; kind++) {
        length = 99;
        EXPECT(usbx_handle_error(open_handles[kind], text, sizeof text, &length), USBX_OK);
        EXPECT(usbx_handle_error(open_handles[kind], NULL, 0, NULL), USBX_OK);
        INVALID(usbx_handle_error(open_handles[kind], NULL, 1, &length));
        EQUAL(length, 0);
    }
#define NO_HANDLE(handle)                                                                              \
    do {                                                                                               \
        text[0] = 'x';                                                                                 \
        length = 99;                                                                                   \
        REFUSED(usbx_handle_error(handle, text, sizeof text, &length), USBX_ERROR_INVALID_HANDLE);     \
        CHECK(text[0] == 0 && length == 0);                                                            \
    } while (0)
    NO_HANDLE(NULL);
    NO_HANDLE(closed);
    NO_HANDLE("usbx");
    NO_HANDLE(&value);
    NO_HANDLE(token(UINT64_MAX));
    for (bit = 0; bit < 64; bit++)
        NO_HANDLE(token(value ^ UINT64_C(1) << bit));
    close_one_of_each();
    NO_HANDLE(device);
}

int main(int argc, char **argv)
{
    static const test_case cases[] = {
        {"handles_that_are_none", handles_that_are_none}, {"handles_of_another_kind", handles_of_another_kind},
        {"handles_after_shutdown", handles_after_shutdown}, {"finding_and_opening", finding_and_opening},
        {"arrays_and_strings", arrays_and_strings}, {"transfers", transfers}, {"queues", queues}, {"streams", streams},
        {"virtual_devices", virtual_devices}, {"models", models}, {"watches", watches},
        {"captures", captures},
        {"shares", shares}, {"other_computers", other_computers},
        {"errors_of_handles", errors_of_handles},
    };
    alarm(900);
    unsetenv("USBX_TEST_DEVICE"); /* this one is about the library, on its own device */
    after_failure = start_over;
    run_cases(cases, COUNT(cases), argc, argv);
    start_over();
    return finish_cases();
}
