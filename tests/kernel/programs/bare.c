/* A host whose kernel has no USB: the library finds nothing and says so. */
#include "check.h"

int main(void) {
    usbx_device_info info;
    usbx_device *device = (usbx_device *)1;
    usbx_virtual *virtual_device;
    size_t count = 99;

    OK(usbx_devices(NULL, 0, &count));
    CHECK_NUMBER(count, 0);
    OK(usbx_devices(&info, 1, &count));
    CHECK_NUMBER(count, 0);

    EXPECT(usbx_open(0x1234, 0x5678, NULL, &device), USBX_ERROR_NOT_FOUND);
    CHECK(device == NULL);
    SAYS("1234:5678");
    SAYS("no USB subsystem");
    EXPECT(usbx_open_path("1-1", &device), USBX_ERROR_NOT_FOUND);
    SAYS("1-1");
    SAYS("no USB subsystem");

    /* With a virtual device there are devices: that this path is none of theirs comes first. */
    OK(usbx_virtual_open("acquisition", "BARE", &virtual_device));
    EXPECT(usbx_open_path("nonsense", &device), USBX_ERROR_NOT_FOUND);
    SAYS("no device at path nonsense is plugged in; 1 other is, hubs aside: usbx_devices lists them; some may not be found: this host has "
         "no USB subsystem");
    EXPECT(usbx_open(0x1234, 0x5678, NULL, &device), USBX_ERROR_NOT_FOUND);
    SAYS("no device 1234:5678 is plugged in; 1 other is");
    OK(usbx_virtual_close(virtual_device));
    return 0;
}
