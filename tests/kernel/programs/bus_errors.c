/* Errors on the bus: each is told at once, and nobody waits for another device's. */
#include "timed_queue.h"
#include "usbip_faults.h"

enum { IN = 0x81, OUT = 0x02, TIMES = 10 };

static usbx_device *device, *other;
static struct faults *faults;

/* The same with and without errors, both in this run, so that a slow computer is slow at both. To be told of errors takes no longer than
 * what moves does, but for a factor. Where each error was looked into for half a second, it was 32 for blocking calls, 21 for a queue and
 * 3.8 for streams; it is 0.1 to 1.6, and below 0.6 for streams, which end at an error. */
static void told_at_once(const char *what, void (*round)(int errors), double at_once) {
    double start = seconds_now(), good, bad;
    round(0);
    good = seconds_now() - start;
    round(1);
    bad = seconds_now() - start - good;
    printf("note: %s: %.0f ms, with errors %.0f ms\n", what, good * 1000, bad * 1000);
    CHECK(bad < at_once * good);
}

/* A transfer that fails is told so, in each way to make one; and the next one moves. */
static void blocking_calls(int errors) {
    usbx_status expected = errors ? USBX_ERROR_IO : USBX_OK;
    size_t moved, i;
    for (i = 0; i < TIMES; i++) {
        faults->errors = errors;
        EXPECT(usbx_bulk_read(device, IN, data, 512, 10000, &moved), expected);
        OK(usbx_bulk_read(device, IN, data, 512, 10000, &moved));
        CHECK_NUMBER(moved, 512);
        faults->errors = errors;
        EXPECT(usbx_bulk_write(device, OUT, data, 512, 10000, &moved), expected);
        CHECK_NUMBER(moved, errors ? 0 : 512);
        OK(usbx_bulk_write(device, OUT, data, 512, 10000, &moved));
        CHECK_NUMBER(moved, 512);
        faults->errors = errors;
        EXPECT(usbx_control(device, 0xc0, 1, 0, 0, data, 8, 10000, &moved), expected);
        CHECK_NUMBER(moved, errors ? 0 : 8);
        OK(usbx_control(device, 0xc0, 1, 0, 0, data, 8, 10000, &moved));
        CHECK_NUMBER(moved, 8);
    }
}

/* Of two devices, one with errors: the other one's completions are not kept waiting. */
static void a_queue(int errors) {
    usbx_queue *queue;
    size_t i;
    OK(usbx_queue_open(&queue));
    faults->errors = errors * TIMES;
    for (i = 0; i < TIMES; i++) {
        submit(device, queue, IN, i, USBX_OK);
        submit(other, queue, IN, 100 + i, USBX_OK);
    }
    for (i = 0; i < 2 * TIMES; i++) {
        usbx_completion done = next(queue);
        CHECK_NUMBER(done.status, errors && done.user_data < 100 ? USBX_ERROR_IO : USBX_OK);
    }
    OK(usbx_queue_close(queue));
}

/* Each ends at its first error, or is closed after its first chunk. */
static void streams(int errors) {
    usbx_stream_options options;
    usbx_stream *stream;
    usbx_chunk chunk;
    usbx_status status;
    size_t moved, i;
    memset(&options, 0, sizeof options);
    options.size = 512;
    options.depth = 4;
    for (i = 0; i < 3; i++) {
        int chunks = 0;
        faults->errors = 0;
        OK(usbx_stream_open(device, IN, &options, &stream));
        faults->errors = errors;
        do {
            status = usbx_stream_next(stream, USBX_NO_WAIT, &chunk);
            chunks += status == USBX_OK;
        } while ((status == USBX_OK || status == USBX_ERROR_TIMEOUT) && chunks < (errors ? 10000 : 1));
        CHECK_NUMBER(status, errors ? USBX_ERROR_IO : USBX_OK);
        OK(usbx_stream_close(stream));
    }
    faults->errors = 0;
    OK(usbx_bulk_read(device, IN, data, 512, 10000, &moved));
}

int main(void) {
    struct faults *others = plug_faults("OTHER", &other);
    faults = plug_faults("FAULTY", &device);
    OK(usbx_claim(device, 0));
    OK(usbx_claim(other, 0));
    told_at_once("blocking calls", blocking_calls, 8);
    told_at_once("a queue of two devices, one with errors", a_queue, 8);
    told_at_once("streams", streams, 1.5);
    OK(usbx_close(device));
    OK(usbx_close(other));
    unplug_faults(faults);
    unplug_faults(others);
    return 0;
}
