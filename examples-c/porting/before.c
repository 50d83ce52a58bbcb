/* before: records 64 frames of an instrument, with libusb 1.0. after.c is the same program with usbx.
 *
 *   cc before.c -o before $(pkg-config --cflags --libs libusb-1.0)
 */
#include <libusb.h>
#include <stdlib.h>
#include <string.h>

#include "record.h"

enum { TRANSFERS = 8, SIZE = 4 * FRAME };

static struct libusb_transfer *transfers[TRANSFERS];
static int under_way, done, error;

static void LIBUSB_CALL on_transfer(struct libusb_transfer *transfer)
{
    under_way--;
    if (transfer->actual_length > 0 && !done) /* also on a timeout */
        done = record(transfer->buffer, (size_t)transfer->actual_length);
    switch (transfer->status) {
    case LIBUSB_TRANSFER_COMPLETED:
    case LIBUSB_TRANSFER_TIMED_OUT:
        break;
    case LIBUSB_TRANSFER_CANCELLED:
        done = 1;
        break;
    case LIBUSB_TRANSFER_STALL:
        error = LIBUSB_ERROR_PIPE;
        break;
    case LIBUSB_TRANSFER_NO_DEVICE:
        error = LIBUSB_ERROR_NO_DEVICE;
        break;
    case LIBUSB_TRANSFER_OVERFLOW:
        error = LIBUSB_ERROR_OVERFLOW;
        break;
    default:
        error = LIBUSB_ERROR_IO;
    }
    if (!done && !error) {
        error = libusb_submit_transfer(transfer);
        under_way += error == 0;
    }
}

/* Keeps eight transfers in flight until the record is full. Before the last callback has run, no transfer may be freed, and
 * the device must not be closed. */
static int acquire(libusb_context *context, libusb_device_handle *device)
{
    int i, result;
    for (i = 0; i < TRANSFERS && !error; i++) {
        unsigned char *buffer = malloc(SIZE);
        transfers[i] = libusb_alloc_transfer(0);
        if (buffer == NULL || transfers[i] == NULL) {
            free(buffer);
            error = LIBUSB_ERROR_NO_MEM;
            break;
        }
        libusb_fill_bulk_transfer(transfers[i], device, 0x81, buffer, SIZE, on_transfer, NULL, 1000);
        error = libusb_submit_transfer(transfers[i]);
        under_way += error == 0;
    }
    while (!done && !error) {
        result = libusb_handle_events_completed(context, &done);
        if (result < 0 && result != LIBUSB_ERROR_INTERRUPTED)
            error = result;
    }
    for (i = 0; i < TRANSFERS; i++)
        if (transfers[i] != NULL)
            libusb_cancel_transfer(transfers[i]);
    while (under_way > 0 && libusb_handle_events(context) >= 0)
        continue;
    for (i = 0; i < TRANSFERS; i++)
        if (transfers[i] != NULL) {
            free(transfers[i]->buffer);
            libusb_free_transfer(transfers[i]);
        }
    return error;
}

static int command(libusb_device_handle *device, uint8_t request, unsigned char *data, uint16_t length)
{
    int result = libusb_control_transfer(device, 0x40, request, 0, 0, data, length, 1000);
    return result < 0 ? result : result < length ? LIBUSB_ERROR_IO : 0;
}

int main(void)
{
    unsigned char rate[4] = {0x20, 0x4e, 0, 0}, report[16]; /* 20000 samples a second */
    libusb_device_handle *device = NULL;
    libusb_context *context;
    int result, count = 0;

    result = libusb_init(&context);
    if (result < 0) {
        fprintf(stderr, "libusb: %s\n", libusb_strerror(result));
        return 1;
    }
    device = libusb_open_device_with_vid_pid(context, 0x1209, 0x0001);
    if (device == NULL) {
        fprintf(stderr, "the device is not there, or may not be opened\n");
        libusb_exit(context);
        return 1;
    }
    libusb_set_auto_detach_kernel_driver(device, 1);
    result = libusb_claim_interface(device, 0);
    if (result == 0)
        result = command(device, 0x03, rate, sizeof rate);
    if (result == 0)
        result = command(device, 0x01, NULL, 0); /* start */
    if (result == 0)
        result = acquire(context, device);
    if (result == 0)
        result = command(device, 0x02, NULL, 0); /* stop */
    if (result == 0) /* one report may be from before the stop */
        result = libusb_interrupt_transfer(device, 0x82, report, sizeof report, &count, 1000);
    if (result == 0)
        result = libusb_interrupt_transfer(device, 0x82, report, sizeof report, &count, 1000);
    if (result < 0)
        fprintf(stderr, "%s\n", libusb_strerror(result));
    else
        printf("it is %s\n", count == 16 && report[2] ? "sampling" : "idle");
    print_record();
    libusb_release_interface(device, 0);
    libusb_close(device);
    libusb_exit(context);
    return result < 0;
}
