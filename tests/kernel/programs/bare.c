/* A host whose kernel has no USB: the library finds nothing and says so. */
#include "check.h"

int main(void) {
    usbx_device_info info;
    usbx_device *device = (usbx_device *)1;
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
    return 0;
}
