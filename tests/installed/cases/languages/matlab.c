/* MATLAB's header at work: the first program by that header alone, passing what loadlibrary passes by it. */
#include "matlab/usbx_matlab.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check(int status)
{
    if (status) {
        fprintf(stderr, "%s\n", usbx_last_error());
        exit(1);
    }
}

int main(void)
{
    static unsigned char report[16], rate[4], data[65536];
    static struct usbx_device_info info;
    unsigned long device = 0, stream = 0, count = 0, bytes = 0, frames = 0, offset, room;
    long lost = 0;

    check(usbx_open(0x1209, 0x0001, NULL, &device));
    check(usbx_info(device, &info));
    printf("%04x:%04x at %s: %s %s, serial %s\n", info.vendor_id, info.product_id, info.path, info.manufacturer, info.product,
           info.serial);
    check(usbx_claim(device, 0));
    check(usbx_control(device, 0x40, 3, 0, 0, rate, 4, 1000, NULL));
    check(usbx_control(device, 0x40, 1, 0, 0, NULL, 0, 1000, NULL));
    check(usbx_interrupt_read(device, 0x82, report, sizeof report, 1000, &count));
    printf("status report: %lu bytes\n", count);
    check(usbx_stream_open(device, 0x81, NULL, &stream));
    while (bytes < 1048576) {
        room = 1048576 - bytes < sizeof data ? 1048576 - bytes : sizeof data;
        check(usbx_stream_read(stream, data, room, 1000, &count));
        for (offset = 0; offset < count; offset += 512) {
            unsigned int number;
            memcpy(&number, data + offset + 4, sizeof number);
            lost = (long)number - (long)frames++;
        }
        bytes += count;
    }
    printf("stream: %lu bytes, %lu frames, %ld lost\n", bytes, frames, lost);
    check(usbx_stream_close(stream));
    check(usbx_close(device));
    return 0;
}
