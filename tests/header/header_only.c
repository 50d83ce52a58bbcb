/* The header needs no other header before it, in any standard of C and C++. */
#include <usbx.h>

int main(void)
{
    usbx_device_info info;
    usbx_endpoint endpoint;
    usbx_device *device = 0;
    usbx_virtual *plugged = 0;
    usbx_status status = usbx_devices(0, 0, 0);
    info.reserved[0] = endpoint.reserved[0] = 0;
    if (status == USBX_OK)
        status = usbx_close(device);
    if (status == USBX_OK)
        status = usbx_virtual_close(plugged);
    return status == USBX_OK && usbx_version()[0] != '\0' && info.reserved[0] == endpoint.reserved[0] ? 0 : 1;
}
