/* usbx_reset: claims and alternate settings are as before, for the kernel and for the device. The device is a
 * network gadget (CDC ECM), whose interface 1 has an alternate setting 1. argv[1]: interface 1's sysfs directory. */
#include "check.h"

static void check_alt(usbx_device *device, const char *sysfs) {
    char path[512];
    int in_kernel = -1;
    uint8_t in_device = 99;
    FILE *file;
    snprintf(path, sizeof path, "%s/bAlternateSetting", sysfs);
    file = fopen(path, "r");
    CHECK(file != NULL && fscanf(file, "%d", &in_kernel) == 1);
    fclose(file);
    CHECK_NUMBER(in_kernel, 1);
    OK(usbx_control(device, 0x81, 0x0a, 0, 1, &in_device, 1, 5000, NULL)); /* GET_INTERFACE */
    CHECK_NUMBER(in_device, 1);
}

int main(int argc, char **argv) {
    uint8_t frame[60] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 0x88, 0xb5};
    usbx_device_info before, after;
    usbx_device *device, *other;
    usbx_endpoint all[8];
    size_t count, i, moved;
    uint8_t out = 0;

    CHECK(argc == 2);
    OK(usbx_open(LAB_VENDOR, 0xa4a4, NULL, &device));
    OK(usbx_endpoints(device, all, 8, &count));
    for (i = 0; i < count && i < 8; i++) {
        if (all[i].interface_number == 1 && all[i].alt_setting == 1 && !(all[i].address & 0x80)) {
            out = all[i].address;
        }
    }
    CHECK(out != 0);
    OK(usbx_claim(device, 0));
    OK(usbx_claim(device, 1));
    /* Its endpoints are those of an alternate setting that is not selected yet. */
    EXPECT(usbx_bulk_write(device, out, frame, sizeof frame, 2000, NULL), USBX_ERROR_INVALID_PARAM);
    EXPECT(usbx_set_alt_setting(device, 1, 7), USBX_ERROR_NOT_FOUND);
    OK(usbx_set_alt_setting(device, 1, 1));
    check_alt(device, argv[1]);
    OK(usbx_bulk_write(device, out, frame, sizeof frame, 2000, &moved));
    CHECK_NUMBER(moved, sizeof frame);
    OK(usbx_info(device, &before));

    for (i = 0; i < 3; i++) {
        OK(usbx_reset(device));
        check_alt(device, argv[1]);
        OK(usbx_bulk_write(device, out, frame, sizeof frame, 2000, &moved));
        CHECK_NUMBER(moved, sizeof frame);
        /* No other program can take a claimed interface. */
        OK(usbx_open(LAB_VENDOR, 0xa4a4, NULL, &other));
        EXPECT(usbx_claim(other, 0), USBX_ERROR_BUSY);
        EXPECT(usbx_claim(other, 1), USBX_ERROR_BUSY);
        OK(usbx_close(other));
    }
    OK(usbx_info(device, &after));
    CHECK(strcmp(before.path, after.path) == 0 && strcmp(before.serial, after.serial) == 0);
    OK(usbx_release(device, 1));
    OK(usbx_close(device));
    return 0;
}
