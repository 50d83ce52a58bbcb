/* What libusb reads from the virtual device that Linux's own client (vhci-hcd) has attached, for benches/remote/kernel:
 *   libusb SECONDS DEPTH
 * 64 KiB a transfer, submitted again from its callback. Prints MB/s, after a second that is not counted. */
#define _GNU_SOURCE
#include <libusb.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { CHUNK = 64 << 10, MOST = 64, TIMEOUT_MS = 5000 };

static double began, moved, seconds;
static int in_flight, stopping;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void must_be(const char *what, int is)
{
    if (is)
        return;
    fprintf(stderr, "libusb: %s\n", what);
    exit(1);
}

static void LIBUSB_CALL completed(struct libusb_transfer *transfer)
{
    double time = now();
    in_flight--;
    if (stopping)
        return;
    must_be("a transfer fails", transfer->status == LIBUSB_TRANSFER_COMPLETED);
    if (time >= began)
        moved += transfer->actual_length;
    if (time >= began + seconds) {
        printf("%.2f\n", moved / 1e6 / (time - began));
        stopping = 1;
        return;
    }
    must_be("submit", libusb_submit_transfer(transfer) == 0);
    in_flight++;
}

int main(int argc, char **argv)
{
    struct libusb_transfer *transfers[MOST];
    libusb_device_handle *device;
    unsigned char rate[4] = {0};
    int depth;
    must_be("usage: libusb SECONDS DEPTH", argc == 3);
    seconds = atof(argv[1]);
    depth = atoi(argv[2]);
    must_be("a depth of 1 to 64", depth > 0 && depth <= MOST);
    must_be("init", libusb_init(NULL) == 0);
    device = libusb_open_device_with_vid_pid(NULL, 0x1209, 1);
    must_be("there is no device", device != NULL);
    must_be("claim", libusb_claim_interface(device, 0) == 0);
    must_be("rate", libusb_control_transfer(device, 0x40, 3, 0, 0, rate, 4, TIMEOUT_MS) == 4);
    must_be("start", libusb_control_transfer(device, 0x40, 1, 0, 0, NULL, 0, TIMEOUT_MS) == 0);
    began = now() + 1;
    for (int at = 0; at < depth; at++) {
        transfers[at] = libusb_alloc_transfer(0);
        libusb_fill_bulk_transfer(transfers[at], device, 0x81, malloc(CHUNK), CHUNK, completed, NULL, 0);
        must_be("submit", libusb_submit_transfer(transfers[at]) == 0);
        in_flight++;
    }
    while (!stopping)
        must_be("events", libusb_handle_events_completed(NULL, &stopping) == 0);
    for (int at = 0; at < depth; at++)
        libusb_cancel_transfer(transfers[at]);
    while (in_flight > 0)
        must_be("events", libusb_handle_events(NULL) == 0);
    libusb_close(device);
    libusb_exit(NULL);
    return 0;
}
