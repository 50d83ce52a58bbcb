/* Transfers of several types that a device does not answer, as blocking calls, in a queue and as streams: what disturbs the device ends them,
 * and each says so. */
#ifndef UNANSWERED_H
#define UNANSWERED_H

#include "usbip_faults.h"
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { TYPES = 4, PACKETS = 4, PACKET_LENGTH = 64 };

/* What is tried: of a control request its bmRequestType; it is FAULTS_SILENT. */
struct kind {
    uint8_t type, endpoint, request_type;
};

/* Each has memory of its own. */
struct unanswered {
    struct kind kind;
    usbx_device *device;
    pthread_t thread;
    volatile long thread_id;
    usbx_status status;
    size_t moved;
    uint8_t data[512];
    usbx_packet packets[PACKETS];
};

static struct unanswered calls[TYPES], queued[TYPES];

static void prepare(struct unanswered *one, usbx_device *device, struct kind kind) {
    int i;
    memset(one, 0, sizeof *one);
    one->kind = kind;
    one->device = device;
    one->moved = 99;
    for (i = 0; i < PACKETS; i++) {
        one->packets[i].length = PACKET_LENGTH;
    }
}

static void *unanswered_call(void *argument) {
    struct unanswered *one = argument;
    uint8_t endpoint = one->kind.endpoint;
    one->thread_id = syscall(SYS_gettid);
    switch (one->kind.type) {
    case USBX_TYPE_BULK:
        one->status = usbx_bulk_read(one->device, endpoint, one->data, sizeof one->data, USBX_NO_TIMEOUT, &one->moved);
        break;
    case USBX_TYPE_INTERRUPT:
        one->status = usbx_interrupt_read(one->device, endpoint, one->data, PACKET_LENGTH, USBX_NO_TIMEOUT, &one->moved);
        break;
    case USBX_TYPE_ISOCHRONOUS:
        one->status = usbx_isochronous_read(one->device, endpoint, one->data, PACKETS * PACKET_LENGTH, one->packets, PACKETS,
                                            USBX_NO_TIMEOUT, &one->moved);
        break;
    default:
        one->status = usbx_control(one->device, one->kind.request_type, FAULTS_SILENT, 0, 0, one->data, PACKET_LENGTH, USBX_NO_TIMEOUT, &one->moved);
    }
    EXPECT(one->status, USBX_ERROR_IO);
    SAYS("reset the device");
    SAYS("try again");
    return NULL;
}

/* Whether a thread waits in the kernel: for its transfer, as nothing else keeps it. */
static int is_asleep(long thread_id) {
    char path[64], text[512] = "";
    FILE *file;
    snprintf(path, sizeof path, "/proc/self/task/%ld/stat", thread_id);
    file = fopen(path, "r");
    CHECK(file != NULL && fgets(text, sizeof text, file) != NULL && strrchr(text, ')') != NULL);
    fclose(file);
    return strrchr(text, ')')[2] == 'S';
}

static void begin_call(usbx_device *device, struct kind kind, size_t at) {
    prepare(&calls[at], device, kind);
    CHECK(pthread_create(&calls[at].thread, NULL, unanswered_call, &calls[at]) == 0);
    WITHIN(calls[at].thread_id != 0 && is_asleep(calls[at].thread_id));
}

static void call_was_ended(size_t at) {
    CHECK(pthread_join(calls[at].thread, NULL) == 0);
    CHECK_NUMBER(calls[at].moved, 0);
}

static void submit_unanswered(usbx_device *device, usbx_queue *queue, struct kind kind, size_t at) {
    struct unanswered *one = &queued[at];
    usbx_transfer transfer;
    prepare(one, device, kind);
    memset(&transfer, 0, sizeof transfer);
    transfer.type = kind.type;
    transfer.endpoint = kind.endpoint;
    transfer.request_type = kind.request_type;
    transfer.request = kind.type == USBX_TYPE_CONTROL ? FAULTS_SILENT : 0;
    transfer.data = one->data;
    transfer.length = PACKETS * PACKET_LENGTH;
    if (kind.type == USBX_TYPE_ISOCHRONOUS) {
        transfer.packets = one->packets;
        transfer.packet_count = PACKETS;
    }
    transfer.user_data = at;
    OK(usbx_submit(device, queue, &transfer, NULL));
}

static void queued_was_ended(usbx_queue *queue) {
    usbx_completion done;
    OK(usbx_queue_wait(queue, &done, 1, 10000, NULL));
    if (done.status != USBX_ERROR_IO) {
        fprintf(stderr, "the queued transfer of type %d ends with %s\n", queued[done.user_data].kind.type, usbx_error_name(done.status));
        exit(1);
    }
    CHECK_NUMBER(done.transferred, 0);
}

/* Once, with all of them pending: as calls, in a queue and in streams. */
static void all_kinds_say_io(usbx_device *device, const struct kind *kinds, size_t count, void (*disturb)(void)) {
    usbx_queue *queue;
    usbx_stream *streams[TYPES] = {NULL};
    usbx_chunk chunk;
    size_t at;
    OK(usbx_queue_open(&queue));
    for (at = 0; at < count; at++) {
        begin_call(device, kinds[at], at);
        submit_unanswered(device, queue, kinds[at], at);
        if (kinds[at].endpoint != 0) {
            OK(usbx_stream_open(device, kinds[at].endpoint, NULL, &streams[at]));
        }
    }
    disturb();
    for (at = 0; at < count; at++) {
        call_was_ended(at);
        queued_was_ended(queue);
        if (streams[at] != NULL) {
            EXPECT(usbx_stream_next(streams[at], 10000, &chunk), USBX_ERROR_IO);
            OK(usbx_stream_close(streams[at]));
        }
    }
    OK(usbx_queue_close(queue));
}

#endif
