/* When a close has returned, nothing that it closed is open, whatever other threads were doing with it. */
#include "suite.h"
#include "stream_fixture.h"

typedef struct {
    usbx_device *device;
    usbx_queue *queue;
    usbx_stream *stream;
} open_things;

/* Each continues until its handle is closed. */
static void *use_the_queue(void *argument)
{
    open_things *t = (open_things *)argument;
    usbx_completion done;
    size_t count;
    usbx_status status;
    do {
        status = usbx_queue_wait(t->queue, &done, 1, 1, &count);
    } while (status == USBX_OK || status == USBX_ERROR_TIMEOUT);
    return NULL;
}

static void *cancel_in_the_queue(void *argument)
{
    open_things *t = (open_things *)argument;
    while (usbx_queue_cancel(t->queue, 0) == USBX_OK) {
    }
    return NULL;
}

static void *read_the_stream(void *argument)
{
    open_things *t = (open_things *)argument;
    uint8_t byte;
    size_t moved;
    usbx_status status;
    do {
        status = usbx_stream_read(t->stream, &byte, 1, 1, &moved);
    } while (status == USBX_OK || status == USBX_ERROR_TIMEOUT);
    return NULL;
}

static void nothing_is_open_when_a_close_has_returned(void)
{
    int rounds = test_virtual != NULL && test_at_once ? 300 : 30, before = 0, i, j;
    static uint8_t data[2][PACKET];
    for (i = 0; i < rounds; i++) {
        void *(*const uses[])(void *) = {use_the_queue, cancel_in_the_queue, read_the_stream};
        pthread_t threads[COUNT(uses)];
        open_things t = {NULL, NULL, NULL};
        int device_first = i % 3 == 0, by_shutdown = i % 3 == 1, now;
        if (by_shutdown)
            plug();
        t.device = claim_test_device();
        EXPECT(usbx_queue_open(&t.queue), USBX_OK);
        t.stream = open_stream(t.device, ACQ_FRAMES, 0, 0);
        for (j = 0; j < 2; j++) {
            usbx_transfer transfer;
            memset(&transfer, 0, sizeof transfer);
            transfer.type = USBX_TYPE_BULK;
            transfer.endpoint = ACQ_LOOP_IN;
            transfer.data = data[j];
            transfer.length = PACKET;
            EXPECT(usbx_submit(t.device, t.queue, &transfer, NULL), USBX_OK);
        }
        for (j = 0; j < (int)COUNT(uses); j++)
            threads[j] = run_thread(uses[j], &t);
        if (by_shutdown) {
            EXPECT(usbx_shutdown(NULL), USBX_OK);
        } else if (device_first) {
            EXPECT(usbx_close(t.device), USBX_OK);
            EXPECT(usbx_queue_close(t.queue), USBX_OK);
            EXPECT(usbx_stream_close(t.stream), USBX_OK);
        } else {
            EXPECT(usbx_stream_close(t.stream), USBX_OK);
            EXPECT(usbx_queue_close(t.queue), USBX_OK);
            EXPECT(usbx_close(t.device), USBX_OK);
        }
        now = directory_entries("/proc/self/fd"); /* before the threads have ended */
        for (j = 0; j < (int)COUNT(uses); j++)
            pthread_join(threads[j], NULL);
        if (by_shutdown)
            start_over();
        if (i < 6)
            before = before > now ? before : now; /* a virtual device has a timer from its first queue on */
        else if (!CHECK(now <= before)) {
            printf("#   %d descriptors, at most %d before; round %d\n", now, before, i);
            return;
        }
    }
}

const test_case leftover_cases[] = {
    {"nothing_is_open_when_a_close_has_returned", nothing_is_open_when_a_close_has_returned},
};
const size_t leftover_count = COUNT(leftover_cases);
