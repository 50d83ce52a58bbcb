/* libusb's asynchronous interface, IN from all devices at once: DEPTH transfers of each, submitted again from their
 * callback, one event loop. */
#include "peer.h"

#include <libusb.h>

static libusb_device_handle *devices[PEER_DEVICES_MAX];
static int stopping;
static uint64_t warm_up;

static void open_all(void) {
    libusb_device **list;
    struct libusb_device_descriptor descriptor;
    int found = 0, i;
    ssize_t count = libusb_get_device_list(NULL, &list);
    PEER_TRY(count > 0);
    for (i = 0; i < count; i++) {
        PEER_TRY(libusb_get_device_descriptor(list[i], &descriptor) == 0);
        if (descriptor.idVendor == PEER_VENDOR && descriptor.idProduct == PEER_PRODUCT) {
            PEER_TRY(found < peer.devices);
            PEER_TRY(libusb_open(list[i], &devices[found]) == 0);
            PEER_TRY(libusb_claim_interface(devices[found], PEER_INTERFACE) == 0);
            found++;
        }
    }
    PEER_TRY(found == peer.devices);
    libusb_free_device_list(list, 1);
}

static unsigned char *memory(libusb_device_handle *device) {
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
        return;
    }
    PEER_TRY(transfer->status == LIBUSB_TRANSFER_COMPLETED);
    if (warm_up > 0) {
        if (--warm_up == 0) {
            peer_begin();
        }
    } else if (!peer_count_of((int)(intptr_t)transfer->user_data, (size_t)transfer->actual_length)) {
        stopping = 1;
    }
    PEER_TRY(libusb_submit_transfer(transfer) == 0);
}

int main(int argc, char **argv) {
    struct libusb_transfer *transfer;
    int i, k;
    peer_arguments(argc, argv);
    PEER_TRY(peer.devices && peer.depth > 0);
    PEER_TRY(libusb_init(NULL) == 0);
    open_all();
    warm_up = (uint64_t)peer.depth * (uint64_t)peer.devices;
    for (i = 0; i < peer.devices; i++) {
        for (k = 0; k < peer.depth; k++) {
            PEER_TRY((transfer = libusb_alloc_transfer(0)) != NULL);
            libusb_fill_bulk_transfer(transfer, devices[i], PEER_IN, memory(devices[i]), (int)peer.size, completed,
                                      (void *)(intptr_t)i, 0);
            PEER_TRY(libusb_submit_transfer(transfer) == 0);
        }
    }
    while (!stopping) {
        PEER_TRY(libusb_handle_events_completed(NULL, &stopping) == 0);
    }
    peer_report();
    return 0;
}
