/* watch: lists the devices that are present, and then those that come and go.
 *
 *   watch                     all devices, until Ctrl-C
 *   watch 1209:0001           only devices with these IDs
 *   watch 1209:0001 2         ends after two events
 *
 * This needs no thread and no callback: the loop waits. Your own event loop can wait for usbx_watch_fd. */
#include <stdio.h>
#include <stdlib.h>
#include <usbx.h>

int main(int argc, char **argv)
{
    unsigned vendor_id = 0, product_id = 0;
    long left = argc > 2 ? atol(argv[2]) : -1; /* -1: forever */
    usbx_watch *watch;
    usbx_status status;

    if (argc > 1 && sscanf(argv[1], "%4x:%4x", &vendor_id, &product_id) != 2) {
        fprintf(stderr, "usage: watch [VID:PID [EVENTS]]\n");
        return 2;
    }
    status = usbx_watch_open((uint16_t)vendor_id, (uint16_t)product_id, &watch);
    while (status == USBX_OK && left != 0) {
        usbx_device_info info;
        int32_t event;
        /* Devices that are present come first, as arrivals. */
        status = usbx_watch_next(watch, USBX_NO_TIMEOUT, &event, &info);
        if (status == USBX_OK) {
            printf("%s %04x:%04x  %s  %s  serial %s\n", event == USBX_EVENT_ARRIVED ? "arrived" : "left   ", info.vendor_id,
                   info.product_id, info.path, info.product[0] ? info.product : "-", info.serial[0] ? info.serial : "-");
            fflush(stdout);
            left -= left > 0;
        }
    }
    if (status != USBX_OK) {
        fprintf(stderr, "%s\n", usbx_last_error());
        return 1;
    }
    usbx_watch_close(watch);
    return 0;
}
