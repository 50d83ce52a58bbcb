/* both VERSION: libusb's own calls go to the libusb of this VERSION; usbx reads beside it, and each of them closed leaves the other. */
#include <libusb.h>
#include <stdio.h>
#include <string.h>
#include <usbx.h>

static int read_by_usbx(usbx_device *device)
{
    unsigned char data[512];
    size_t count = 0;
    if (usbx_bulk_read(device, 0x81, data, sizeof data, 1000, &count)) {
        fprintf(stderr, "%s\n", usbx_last_error());
        return 0;
    }
    return count == sizeof data;
}

int main(int argc, char **argv)
{
    const struct libusb_version *version = libusb_get_version();
    libusb_context *context = NULL;
    libusb_device **list;
    usbx_device *device;
    char own[64];
    size_t devices;
    int usable;

    snprintf(own, sizeof own, "%u.%u.%u", version->major, version->minor, version->micro);
    printf("libusb is %s\n", own);
    if (argc < 2 || strcmp(own, argv[1]) != 0)
        return 1;
    /* On a host without USB some libusbs cannot be initialised, which does not matter here. */
    usable = libusb_init(&context) == 0;
    if (usbx_open(0x1209, 0x0001, NULL, &device) || usbx_claim(device, 0)
        || usbx_control(device, 0x40, 1, 0, 0, NULL, 0, 1000, NULL)) {
        fprintf(stderr, "%s\n", usbx_last_error());
        return 1;
    }
    if (!read_by_usbx(device))
        return 1;
    if (usable) {
        if (libusb_get_device_list(context, &list) < 0)
            return 1;
        libusb_free_device_list(list, 1);
        libusb_exit(context);
    }
    if (!read_by_usbx(device) || usbx_devices(NULL, 0, &devices) || devices < 1 || usbx_close(device))
        return 1;
    usable = libusb_init(&context) == 0;
    if (usable)
        libusb_exit(context);
    return usbx_shutdown(NULL);
}
