/* after: records 64 frames of an instrument, with usbx. before.c is the same program with libusb 1.0.
 *
 *   cc after.c -o after $(pkg-config --cflags --libs usbx)
 */
#include <usbx.h>

#include "record.h"

/* Keeps transfers in flight until the record is full. */
static usbx_status acquire(usbx_device *device)
{
    usbx_stream *stream;
    usbx_chunk chunk;
    usbx_status status = usbx_stream_open(device, 0x81, NULL, &stream);
    do {
        if (status == USBX_OK)
            status = usbx_stream_next(stream, 1000, &chunk);
    } while (status == USBX_OK && !record(chunk.data, chunk.length));
    usbx_stream_close(stream);
    return status;
}

static usbx_status command(usbx_device *device, uint8_t request, unsigned char *data, uint16_t length)
{
    return usbx_control(device, 0x40, request, 0, 0, data, length, 1000, NULL);
}

int main(void)
{
    unsigned char rate[4] = {0x20, 0x4e, 0, 0}, report[16]; /* 20000 samples a second */
    usbx_device *device;
    size_t count = 0;
    int failed = usbx_open(0x1209, 0x0001, NULL, &device) || usbx_detach_kernel_driver(device, 0) ||
                 usbx_claim(device, 0) || command(device, 0x03, rate, sizeof rate) ||
                 command(device, 0x01, NULL, 0) /* start */ || acquire(device) ||
                 command(device, 0x02, NULL, 0) /* stop */ ||
                 /* one report may be from before the stop */
                 usbx_interrupt_read(device, 0x82, report, sizeof report, 1000, &count) ||
                 usbx_interrupt_read(device, 0x82, report, sizeof report, 1000, &count);
    if (failed)
        fprintf(stderr, "%s\n", usbx_last_error());
    else
        printf("it is %s\n", count == 16 && report[2] ? "sampling" : "idle");
    print_record();
    usbx_close(device); /* releases the interface, and gives the kernel driver back */
    return failed;
}
