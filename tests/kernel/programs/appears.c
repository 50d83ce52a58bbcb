/* A library that was first used on a host without USB finds devices once there are some. argv[1]: the command that adds USB. */
#include "check.h"

int main(int argc, char **argv) {
    usbx_device *device;
    size_t count;

    CHECK(argc == 2);
    EXPECT(usbx_open(LAB_VENDOR, ZERO_PRODUCT, NULL, &device), USBX_ERROR_NOT_FOUND);
    CHECK(system(argv[1]) == 0);
    OK(usbx_devices(NULL, 0, &count));
    CHECK(count >= 2);
    OK(usbx_open(LAB_VENDOR, ZERO_PRODUCT, NULL, &device));
    OK(usbx_close(device));
    return 0;
}
