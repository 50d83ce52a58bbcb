/* Idle: three devices open and claimed, and a thread blocked without a time limit in each of a stream's usbx_stream_next, a
 * queue's usbx_queue_wait and a blocking read, on endpoints that give nothing. It says how many threads it has, and the case counts
 * from outside how often they run. At a line the loopbacks are written to, the case writes a report, and all three have what
 * they waited for: they were listening. "polling" as argument: one thread more, which looks every 100 ms; the case has to catch
 * that. */
#include "check.h"
#include <pthread.h>

#define HID_PRODUCT 0xa4a2

enum { REPORT = 8, SENT = 16 };

static usbx_device *hid, *queued, *blocking;
static usbx_stream *stream;
static usbx_queue *queue;
static uint8_t queued_data[512], blocking_data[512];

static usbx_device *opened(uint16_t product, const char *serial) {
    usbx_device *device;
    OK(usbx_open(LAB_VENDOR, product, serial, &device));
    OK(usbx_detach_kernel_driver(device, 0));
    OK(usbx_claim(device, 0));
    return device;
}

static void *wait_for_stream(void *unused) {
    usbx_chunk chunk;
    OK(usbx_stream_next(stream, USBX_NO_TIMEOUT, &chunk));
    CHECK_NUMBER(chunk.length, REPORT);
    return unused;
}

static void *wait_for_queue(void *unused) {
    usbx_completion completion;
    OK(usbx_queue_wait(queue, &completion, 1, USBX_NO_TIMEOUT, NULL));
    OK(completion.status);
    CHECK_NUMBER(completion.transferred, SENT);
    return unused;
}

static void *wait_for_read(void *unused) {
    usbx_endpoint in = endpoint_of(blocking, USBX_TYPE_BULK, 0x80);
    size_t moved;
    OK(usbx_bulk_read(blocking, in.address, blocking_data, sizeof blocking_data, USBX_NO_TIMEOUT, &moved));
    CHECK_NUMBER(moved, SENT);
    return unused;
}

static void *look(void *unused) {
    struct timespec pause = {0, 100 * 1000 * 1000};
    for (;;) {
        nanosleep(&pause, NULL);
    }
    return unused;
}

static void start(usbx_stream_options *options, usbx_transfer *transfer) {
    usbx_endpoint in = endpoint_of(hid, USBX_TYPE_INTERRUPT, 0x80);
    memset(options, 0, sizeof *options);
    options->size = in.max_packet_size;
    OK(usbx_stream_open(hid, in.address, options, &stream));
    OK(usbx_queue_open(&queue));
    memset(transfer, 0, sizeof *transfer);
    transfer->type = USBX_TYPE_BULK;
    transfer->endpoint = endpoint_of(queued, USBX_TYPE_BULK, 0x80).address;
    transfer->data = queued_data;
    transfer->length = sizeof queued_data;
    OK(usbx_submit(queued, queue, transfer, NULL));
}

static void write_to(usbx_device *device) {
    uint8_t data[SENT] = {0};
    OK(usbx_bulk_write(device, endpoint_of(device, USBX_TYPE_BULK, 0).address, data, sizeof data, 5000, NULL));
}

int main(int argc, char **argv) {
    pthread_t threads[3], more;
    usbx_stream_options options;
    usbx_transfer transfer;
    int polling = argc == 2 && strcmp(argv[1], "polling") == 0, i;
    hid = opened(HID_PRODUCT, NULL);
    queued = opened(LOOP_PRODUCT, "LAB-loop1");
    blocking = opened(LOOP_PRODUCT, "LAB-loop2");
    start(&options, &transfer);
    CHECK(pthread_create(&threads[0], NULL, wait_for_stream, NULL) == 0);
    CHECK(pthread_create(&threads[1], NULL, wait_for_queue, NULL) == 0);
    CHECK(pthread_create(&threads[2], NULL, wait_for_read, NULL) == 0);
    CHECK(!polling || pthread_create(&more, NULL, look, NULL) == 0);
    say(polling ? "5" : "4");
    CHECK(getchar() != EOF);
    write_to(queued);
    write_to(blocking);
    for (i = 0; i < 3; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    OK(usbx_shutdown(NULL));
    return 0;
}
