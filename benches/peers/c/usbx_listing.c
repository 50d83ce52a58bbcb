#include "listing.h"
#include <usbx.h>

static usbx_device_info all[128];

static void list(void) {
    size_t count;
    NEED(usbx_devices(all, 128, &count) == USBX_OK && count > 1 && count <= 128);
}

static void open_claim_close(void) {
    usbx_device *device;
    NEED(usbx_open(VENDOR, PRODUCT, NULL, &device) == USBX_OK);
    NEED(usbx_claim(device, 0) == USBX_OK);
    NEED(usbx_close(device) == USBX_OK);
}

static void refused(void) {
    static usbx_device *holder, *other;
    if (holder == NULL) {
        NEED(usbx_open(VENDOR, PRODUCT, NULL, &holder) == USBX_OK && usbx_open(VENDOR, PRODUCT, NULL, &other) == USBX_OK);
        NEED(usbx_claim(holder, 0) == USBX_OK);
    }
    NEED(usbx_claim(other, 0) == USBX_ERROR_BUSY);
}

static void init(void) {}

int main(int argc, char **argv) {
    double start = now();
    (void)argv;
    if (argc > 1) {
        return report_first(init, open_claim_close);
    }
    list();
    return report(now() - start, list, open_claim_close, refused);
}
