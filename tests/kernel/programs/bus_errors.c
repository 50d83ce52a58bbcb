/* Errors on the bus: each is told at once, and nobody waits for another device's. */
#include "timed_queue.h"
#include "usbip_faults.h"

enum { IN = 0x81, OUT = 0x02, TIMES = 10 };

/* A call that nothing keeps waiting takes this long at most, on an emulated processor too; half of what it took to look whether
 * the device was still there. */
static const double at_once = 0.25;

static usbx_device *device, *other;
static struct faults *faults;

static void none_was_long(const char *what) {
    printf("note: %s: %.0f ms at most\n", what, longest * 1000);
    CHECK(longest < at_once);
    longest = 0;
}

/* A transfer that fails once is told so at once, in each way to make one; and the next one moves. */
static void errors_are_told_at_once(void) {
    usbx_queue *queue;
    usbx_stream *stream;
    usbx_chunk chunk;
    usbx_status status;
    size_t moved, i;
    for (i = 0; i < TIMES; i++) {
        faults->errors = 1;
        EXPECT(TIMED(usbx_bulk_read(device, IN, data, 512, 10000, &moved)), USBX_ERROR_IO);
        OK(TIMED(usbx_bulk_read(device, IN, data, 512, 10000, &moved)));
        CHECK_NUMBER(moved, 512);
        faults->errors = 1;
        EXPECT(TIMED(usbx_bulk_write(device, OUT, data, 512, 10000, &moved)), USBX_ERROR_IO);
        CHECK_NUMBER(moved, 0);
        OK(TIMED(usbx_bulk_write(device, OUT, data, 512, 10000, &moved)));
        CHECK_NUMBER(moved, 512);
        faults->errors = 1;
        EXPECT(TIMED(usbx_control(device, 0xc0, 1, 0, 0, data, 8, 10000, &moved)), USBX_ERROR_IO);
        CHECK_NUMBER(moved, 0);
        OK(TIMED(usbx_control(device, 0xc0, 1, 0, 0, data, 8, 10000, &moved)));
        CHECK_NUMBER(moved, 8);
    }
    none_was_long("blocking calls");

    OK(usbx_queue_open(&queue));
    faults->errors = TIMES;
    for (i = 0; i < TIMES; i++) {
        submit(device, queue, IN, i, USBX_OK);
        submit(other, queue, IN, 100 + i, USBX_OK);
    }
    for (i = 0; i < 2 * TIMES; i++) {
        usbx_completion done = next(queue);
        CHECK_NUMBER(done.status, done.user_data < 100 ? USBX_ERROR_IO : USBX_OK);
    }
    none_was_long("a queue of two devices, one with errors");
    OK(usbx_queue_close(queue));

    for (i = 0; i < 3; i++) {
        int chunks = 0;
        faults->errors = 0;
        OK(usbx_stream_open(device, IN, NULL, &stream));
        faults->errors = 1;
        do {
            status = TIMED(usbx_stream_next(stream, USBX_NO_WAIT, &chunk));
            chunks += status == USBX_OK;
        } while ((status == USBX_OK || status == USBX_ERROR_TIMEOUT) && chunks < 10000);
        CHECK_NUMBER(status, USBX_ERROR_IO);
        OK(usbx_stream_close(stream));
    }
    none_was_long("streams");
    faults->errors = 0;
    OK(usbx_bulk_read(device, IN, data, 512, 10000, &moved));
}

int main(void) {
    struct faults *others = plug_faults("OTHER", &other);
    faults = plug_faults("FAULTY", &device);
    OK(usbx_claim(device, 0));
    OK(usbx_claim(other, 0));
    errors_are_told_at_once();
    OK(usbx_close(device));
    OK(usbx_close(other));
    unplug_faults(faults);
    unplug_faults(others);
    return 0;
}
