/* While the kernel takes its time to cancel one request (preload/slow_discard.c plays it), a real one keeps all other requests to that device
 * waiting. So a blocking call for another endpoint ends in its time, without a byte moved, a wait on a queue does, a submission is not held up
 * by the library, and other devices are not concerned. On Loopback: nothing comes in before something is sent. */
#define _GNU_SOURCE /* RTLD_DEFAULT */
#include "bulk_pair.h"
#include <dlfcn.h>
#include <pthread.h>

enum { WAIT = 10000, SHORT = 20, LENGTH = 512 };

static void (*begin)(void), (*await)(void);
static int (*end)(void);
static uint8_t read_by_other[LENGTH];
static usbx_queue *queue;
static usbx_stream *stream;

static void find(const char *name, void *place) {
    void *function = dlsym(RTLD_DEFAULT, name);
    CHECK(function != NULL);
    memcpy(place, &function, sizeof function);
}

static int has_ended;

static void *reads(void *status) {
    size_t moved;
    *(usbx_status *)status = usbx_bulk_read(device, in, read_by_other, LENGTH, WAIT, &moved);
    __atomic_store_n(&has_ended, 1, __ATOMIC_SEQ_CST);
    return NULL;
}

/* The ways in which a request is cancelled; each runs in a thread of its own. */
static void *a_read_times_out(void *unused) {
    size_t moved;
    usbx_status status = usbx_bulk_read(device, in, read_by_other, LENGTH, SHORT, &moved);
    CHECK(status == USBX_ERROR_TIMEOUT || status == USBX_OK);
    return unused;
}

static void *a_read_is_cancelled(void *unused) {
    usbx_status status = USBX_OK;
    pthread_t reader;
    CHECK(pthread_create(&reader, NULL, reads, &status) == 0);
    /* It may not have begun. */
    while (!__atomic_load_n(&has_ended, __ATOMIC_SEQ_CST)) {
        OK(usbx_cancel(device, in));
    }
    CHECK(pthread_join(reader, NULL) == 0);
    CHECK(status == USBX_ERROR_CANCELLED || status == USBX_OK);
    return unused;
}

static void *a_queue_is_cancelled(void *unused) {
    OK(usbx_queue_cancel(queue, 0));
    return unused;
}

static void *a_queue_is_closed(void *unused) {
    OK(usbx_queue_close(queue));
    return unused;
}

static void *a_stream_is_closed(void *unused) {
    OK(usbx_stream_close(stream));
    return unused;
}

static void submit(usbx_queue *to, uint8_t endpoint, uint8_t *data) {
    usbx_transfer transfer;
    memset(&transfer, 0, sizeof transfer);
    transfer.type = USBX_TYPE_BULK;
    transfer.endpoint = endpoint;
    transfer.data = data;
    transfer.length = LENGTH;
    OK(usbx_submit(device, to, &transfer, NULL));
}

/* Of other endpoints, and of another device: the hub that it is plugged into. */
static void others(usbx_queue *own, usbx_completion *completion, usbx_device *hub) {
    static uint8_t bytes[LENGTH];
    size_t moved = 99, count = 99;
    usbx_status status;
    EXPECT(usbx_bulk_write(device, out, bytes, LENGTH, SHORT, &moved), USBX_ERROR_TIMEOUT);
    CHECK_NUMBER(moved, 0);
    SAYS("cancelling");
    EXPECT(usbx_control(device, 0x80, 6, 0x0100, 0, bytes, 18, SHORT, &moved), USBX_ERROR_TIMEOUT);
    CHECK_NUMBER(moved, 0);
    submit(own, out, bytes);
    /* Another thread may take it from the kernel that does so anyway. */
    status = usbx_queue_wait(own, completion, 1, SHORT, &count);
    CHECK(status == USBX_ERROR_TIMEOUT || status == USBX_OK);
    CHECK_NUMBER(count, status == USBX_OK ? 1 : 0);
    OK(usbx_control(hub, 0x80, 6, 0x0100, 0, bytes, 18, WAIT, &moved));
    CHECK_NUMBER(moved, 18);
}

/* What was submitted meanwhile has moved, and the device is as before. */
static void goes_on(usbx_queue *own, usbx_completion *completion) {
    static uint8_t bytes[LENGTH];
    size_t moved;
    if (completion->transferred == 0)
        OK(usbx_queue_wait(own, completion, 1, WAIT, NULL));
    OK(completion->status);
    CHECK_NUMBER(completion->transferred, LENGTH);
    OK(usbx_control(device, 0x80, 6, 0x0100, 0, bytes, 18, WAIT, &moved));
    CHECK_NUMBER(moved, 18);
    OK(usbx_bulk_write(device, out, bytes, LENGTH, WAIT, &moved));
    CHECK_NUMBER(moved, LENGTH);
}

static void meanwhile(const char *name, void *(*cancels)(void *)) {
    pthread_t thread;
    usbx_completion completion;
    usbx_device *hub;
    usbx_queue *own;
    memset(&completion, 0, sizeof completion);
    printf("%s\n", name);
    fflush(stdout);
    OK(usbx_queue_open(&own));
    OK(usbx_open_path("usb1", &hub));
    begin();
    CHECK(pthread_create(&thread, NULL, cancels, NULL) == 0);
    await();
    others(own, &completion, hub);
    /* Else the kernel was not slow, and nothing was shown. */
    CHECK(end() > 0);
    CHECK(pthread_join(thread, NULL) == 0);
    goes_on(own, &completion);
    OK(usbx_close(hub));
    OK(usbx_queue_close(own));
    OK(usbx_set_alt_setting(device, 0, 0));
}

int main(void) {
    find("slow_discard_begin", &begin);
    find("slow_discard_await", &await);
    find("slow_discard_end", &end);
    open_pair_at(LOOP_PRODUCT, USBX_SPEED_HIGH);
    meanwhile("a blocking read times out", a_read_times_out);
    meanwhile("a blocking read is cancelled", a_read_is_cancelled);

    OK(usbx_queue_open(&queue));
    submit(queue, in, read_by_other);
    meanwhile("a queue's transfer is cancelled", a_queue_is_cancelled);
    OK(usbx_queue_close(queue));

    OK(usbx_queue_open(&queue));
    submit(queue, in, read_by_other);
    meanwhile("a queue is closed", a_queue_is_closed);

    OK(usbx_stream_open(device, in, NULL, &stream));
    meanwhile("a stream is closed", a_stream_is_closed);
    OK(usbx_close(device));
    return 0;
}
