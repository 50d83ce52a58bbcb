/* Handles that are none, or of another kind, or closed. */
#include "bad_arguments.h"

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

void handles(int argc, char **argv)
{
    static const test_case cases[] = {
        {"handles_that_are_none", handles_that_are_none},
        {"handles_of_another_kind", handles_of_another_kind},
        {"handles_after_shutdown", handles_after_shutdown},
        {"errors_of_handles", errors_of_handles},
    };
    run_cases(cases, COUNT(cases), argc, argv);
}
