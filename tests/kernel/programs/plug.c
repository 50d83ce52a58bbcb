/* usbx_devices sees a device come and go, and come again, without udevd; a handle of the device that left stays
 * invalid. argv[1]: the gadget's UDC file, argv[2]: the device controller to write there. */
#include "check.h"

static const char *udc;

static void tell(const char *what) {
    FILE *file = fopen(udc, "w");
    CHECK(file != NULL && fprintf(file, "%s\n", what) > 0 && fclose(file) == 0);
}

/* Waits until the list has the device, or has it no more; false after 10 seconds. */
static int listed(int wanted, usbx_device_info *info) {
    double end = seconds_now() + 10;
    struct timespec pause = {0, 10000000};
    do {
        usbx_device_info all[16];
        size_t count, i, there = 0;
        OK(usbx_devices(all, 16, &count));
        for (i = 0; i < count && i < 16; i++) {
            if (all[i].vendor_id == LAB_VENDOR && all[i].product_id == LOOP_PRODUCT) {
                *info = all[i];
                there = 1;
            }
        }
        if ((int)there == wanted) {
            return 1;
        }
        nanosleep(&pause, NULL);
    } while (seconds_now() < end);
    return 0;
}

int main(int argc, char **argv) {
    usbx_device_info first, info;
    usbx_device *old, *device;
    usbx_endpoint in;
    uint8_t data[512];
    size_t round;

    CHECK(argc == 3);
    udc = argv[1];
    CHECK(listed(1, &first));
    OK(usbx_open_path(first.path, &old));
    OK(usbx_claim(old, 0));
    for (round = 0; round < 3; round++) {
        tell("");
        CHECK(listed(0, &info));
        EXPECT(usbx_open(LAB_VENDOR, LOOP_PRODUCT, NULL, &device), USBX_ERROR_NOT_FOUND);
        SAYS("0525:a4a1");
        tell(argv[2]);
        CHECK(listed(1, &info));
        CHECK(strcmp(info.path, first.path) == 0);
        CHECK(strcmp(info.serial, "LAB-loop") == 0);
        CHECK(info.address != first.address);
    }
    OK(usbx_open_path(info.path, &device));
    OK(usbx_claim(device, 0));
    in = endpoint_of(device, USBX_TYPE_BULK, 0x80);
    EXPECT(usbx_bulk_read(device, in.address, data, sizeof data, 50, NULL), USBX_ERROR_TIMEOUT);
    EXPECT(usbx_bulk_read(old, in.address, data, sizeof data, 50, NULL), USBX_ERROR_NO_DEVICE);
    OK(usbx_close(old));
    OK(usbx_close(device));
    return 0;
}
