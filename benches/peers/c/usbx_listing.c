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

int main(void) {
    double start = now();
    list();
    return report(now() - start, list, open_claim_close);
}
