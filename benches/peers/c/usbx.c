/* This library: the completion queue with DEPTH transfers, or the blocking calls if DEPTH is 0. */
#include "peer.h"

#include <usbx.h>

static usbx_device *device;

static void *memory(void) {
    void *data;
    PEER_TRY(posix_memalign(&data, 4096, peer.size) == 0);
    memset(data, 0, peer.size);
    return data;
}

static void queued(void) {
    static usbx_transfer transfers[PEER_DEPTH_MAX];
    usbx_completion done[PEER_DEPTH_MAX];
    usbx_queue *queue;
    size_t warm_up = (size_t)peer.depth, count, i;
    int more = 1;
    PEER_TRY(usbx_queue_open(&queue) == USBX_OK);
    for (i = 0; i < (size_t)peer.depth; i++) {
        transfers[i].type = USBX_TYPE_BULK;
        transfers[i].endpoint = peer.in ? PEER_IN : PEER_OUT;
        transfers[i].data = memory();
        transfers[i].length = peer.size;
        transfers[i].user_data = i;
        PEER_TRY(usbx_submit(device, queue, &transfers[i], NULL) == USBX_OK);
    }
    while (more) {
        PEER_TRY(usbx_queue_wait(queue, done, PEER_DEPTH_MAX, USBX_NO_TIMEOUT, &count) == USBX_OK);
        for (i = 0; i < count; i++) {
            PEER_TRY(done[i].status == USBX_OK);
            if (warm_up > 0) {
                if (--warm_up == 0) {
                    peer_begin();
                }
            } else if (!peer_count(done[i].transferred)) {
                more = 0;
            }
            PEER_TRY(usbx_submit(device, queue, &transfers[done[i].user_data], NULL) == USBX_OK);
        }
    }
    peer_report();
    PEER_TRY(usbx_queue_close(queue) == USBX_OK);
}

static size_t one(void *data) {
    size_t moved = 0;
    if (peer.in) {
        PEER_TRY(usbx_bulk_read(device, PEER_IN, data, peer.size, PEER_TIMEOUT_MS, &moved) == USBX_OK);
    } else {
        PEER_TRY(usbx_bulk_write(device, PEER_OUT, data, peer.size, PEER_TIMEOUT_MS, &moved) == USBX_OK);
    }
    return moved;
}

static void blocking(void) {
    void *data = memory();
    int i;
    for (i = 0; i < PEER_WARM_UP; i++) {
        one(data);
    }
    peer_begin();
    while (peer_count(one(data))) {
    }
    peer_report();
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        printf("%s\n", usbx_version());
        return 0;
    }
    peer_arguments(argc, argv);
    PEER_TRY(usbx_open(PEER_VENDOR, PEER_PRODUCT, NULL, &device) == USBX_OK);
    PEER_TRY(usbx_claim(device, PEER_INTERFACE) == USBX_OK);
    if (peer.depth > 0) {
        queued();
    } else {
        blocking();
    }
    PEER_TRY(usbx_close(device) == USBX_OK);
    return 0;
}
