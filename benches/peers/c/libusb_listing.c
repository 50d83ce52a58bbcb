#include "listing.h"
#include <libusb.h>

static libusb_context *context;

static void list(void) {
    struct libusb_device_descriptor descriptor;
    libusb_device **all;
    ssize_t count = libusb_get_device_list(context, &all), i;
    NEED(count > 1);
    for (i = 0; i < count; i++) {
        NEED(libusb_get_device_descriptor(all[i], &descriptor) == 0);
    }
    libusb_free_device_list(all, 1);
}

static void open_claim_close(void) {
    libusb_device_handle *handle = libusb_open_device_with_vid_pid(context, VENDOR, PRODUCT);
    NEED(handle != NULL);
    NEED(libusb_claim_interface(handle, 0) == 0);
    NEED(libusb_release_interface(handle, 0) == 0);
    libusb_close(handle);
}

static void refused(void) {
    static libusb_device_handle *holder, *other;
    if (holder == NULL) {
        NEED((holder = libusb_open_device_with_vid_pid(context, VENDOR, PRODUCT)) != NULL);
        NEED((other = libusb_open_device_with_vid_pid(context, VENDOR, PRODUCT)) != NULL);
        NEED(libusb_claim_interface(holder, 0) == 0);
    }
    NEED(libusb_claim_interface(other, 0) == LIBUSB_ERROR_BUSY);
}

static void init(void) {
    NEED(libusb_init(&context) == 0);
}

int main(int argc, char **argv) {
    double start = now();
    (void)argv;
    if (argc > 1) {
        return report_first(init, open_claim_close);
    }
    init();
    list();
    return report(now() - start, list, open_claim_close, refused);
}
