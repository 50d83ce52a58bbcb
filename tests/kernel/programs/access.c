/* A user who may not open the device: it is still listed with its strings, and the message says what to do. */
#include "check.h"
#include <unistd.h>

int main(int argc, char **argv) {
    usbx_device_info all[16];
    usbx_device *device = (usbx_device *)1;
    size_t count, i, found = 0;

    if (argc == 2 && strcmp(argv[1], "no-node") == 0) {
        /* Libusb finds no device at all then. */
        EXPECT(usbx_open(LAB_VENDOR, ZERO_PRODUCT, NULL, &device), is_by_libusb() ? USBX_ERROR_NOT_FOUND : USBX_ERROR_ACCESS);
        CHECK(device == NULL);
        SAYS(is_by_libusb() ? "there are no device nodes" : "does not exist here");
        SAYS("--device=/dev/bus/usb");
        return 0;
    }
    CHECK(geteuid() != 0);
    OK(usbx_devices(all, 16, &count));
    for (i = 0; i < count; i++) {
        if (all[i].vendor_id == LAB_VENDOR) {
            found++;
            CHECK(strcmp(all[i].serial, "LAB-zero") == 0);
            EXPECT(usbx_open_path(all[i].path, &device), USBX_ERROR_ACCESS);
            CHECK(device == NULL);
        }
    }
    CHECK_NUMBER(found, 1);
    EXPECT(usbx_open(LAB_VENDOR, ZERO_PRODUCT, NULL, &device), USBX_ERROR_ACCESS);
    SAYS("0525:a4a0");
    SAYS("permission denied");
    SAYS("udev");
    SAYS("0525");
    /* sysfs has the serial numbers; with an unknown one there is no such device, whatever the permissions are. */
    EXPECT(usbx_open(LAB_VENDOR, ZERO_PRODUCT, "LAB-none", &device), USBX_ERROR_NOT_FOUND);
    EXPECT(usbx_open(LAB_VENDOR, ZERO_PRODUCT, "LAB-zero", &device), USBX_ERROR_ACCESS);
    printf("note: \"%s\"\n", usbx_last_error());
    return 0;
}
