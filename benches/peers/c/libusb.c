/* libusb as a program in C uses it: its asynchronous interface with DEPTH transfers that are submitted again from their
 * callback, or the synchronous calls if DEPTH is 0. */
#include "peer.h"

#include <libusb.h>

static libusb_device_handle *device;
static int in_flight, stopping;
static uint64_t warm_up;

static unsigned char *memory(void) {
    void *data;
    if (peer.mapped) {
        data = libusb_dev_mem_alloc(device, peer.size);
        PEER_TRY(data != NULL);
    } else {
        PEER_TRY(posix_memalign(&data, 4096, peer.size) == 0);
    }
    memset(data, 0, peer.size);
    return data;
}

static void LIBUSB_CALL completed(struct libusb_transfer *transfer) {
    if (stopping) {
        in_flight--;
        return;
    }
    PEER_TRY(transfer->status == LIBUSB_TRANSFER_COMPLETED);
    if (warm_up > 0) {
        if (--warm_up == 0) {
            peer_begin();
        }
    } else if (!peer_count((size_t)transfer->actual_length)) {
        stopping = 1;
    }
    /* Submit again, even after the time is up, as every peer does. */
    peer_fill(transfer->buffer);
    PEER_TRY(libusb_submit_transfer(transfer) == 0);
}

static void stream(void) {
    struct libusb_transfer *transfers[PEER_DEPTH_MAX];
    int i;
    warm_up = (uint64_t)peer.depth;
    for (i = 0; i < peer.depth; i++) {
        PEER_TRY((transfers[i] = libusb_alloc_transfer(0)) != NULL);
        libusb_fill_bulk_transfer(transfers[i], device, peer.in ? PEER_IN : PEER_OUT, memory(), (int)peer.size,
                                  completed, NULL, 0);
        PEER_TRY(libusb_submit_transfer(transfers[i]) == 0);
        in_flight++;
    }
    while (!stopping) {
        PEER_TRY(libusb_handle_events_completed(NULL, &stopping) == 0);
    }
    peer_report();
    while (in_flight > 0) {
        PEER_TRY(libusb_handle_events(NULL) == 0);
    }
    for (i = 0; i < peer.depth; i++) {
        libusb_free_transfer(transfers[i]);
    }
}

static size_t one(unsigned char *data) {
    int moved = 0;
    PEER_TRY(libusb_bulk_transfer(device, peer.in ? PEER_IN : PEER_OUT, data, (int)peer.size, &moved,
                                  PEER_TIMEOUT_MS) == 0);
    return (size_t)moved;
}

static void blocking(void) {
    unsigned char *data = memory();
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
        const struct libusb_version *version = libusb_get_version();
        printf("%d.%d.%d\n", version->major, version->minor, version->micro);
        return 0;
    }
    peer_arguments(argc, argv);
    PEER_TRY(libusb_init(NULL) == 0);
    PEER_TRY((device = libusb_open_device_with_vid_pid(NULL, PEER_VENDOR, PEER_PRODUCT)) != NULL);
    PEER_TRY(libusb_claim_interface(device, PEER_INTERFACE) == 0);
    if (peer.depth > 0) {
        stream();
    } else {
        blocking();
    }
    libusb_close(device);
    libusb_exit(NULL);
    return 0;
}
