/* libusb's hotplug, as its documentation shows it: what a program hears while a device comes, is in use, and goes. Prints it in order. */
#define _POSIX_C_SOURCE 200809L
#include <libusb.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static libusb_device_handle *handle;
static struct libusb_transfer *transfer;
static unsigned char data[512];
static int left, ended;

static void LIBUSB_CALL end(struct libusb_transfer *t)
{
    /* A host controller may report an error before the hub reports that the device is gone. */
    printf("transfer: %s\n", t->status == LIBUSB_TRANSFER_NO_DEVICE || t->status == LIBUSB_TRANSFER_ERROR ? "the device is gone" : "?");
    ended = 1;
}

static int LIBUSB_CALL once(libusb_context *c, libusb_device *d, libusb_hotplug_event event, void *data)
{
    (void)c, (void)d;
    printf("once: %d %s\n", event, (char *)data);
    return 1;
}

static int LIBUSB_CALL hears(libusb_context *c, libusb_device *d, libusb_hotplug_event event, void *unused)
{
    struct libusb_device_descriptor descriptor;
    (void)c, (void)unused;
    int r = libusb_get_device_descriptor(d, &descriptor);
    printf("%s: descriptor %d, %04x\n", event == LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED ? "arrived" : "left", r, descriptor.idVendor);
    if (event == LIBUSB_HOTPLUG_EVENT_DEVICE_LEFT) {
        printf("the one that is open: %d\n", handle && libusb_get_device(handle) == d);
        left = 1;
        return 0;
    }
    r = libusb_open(d, &handle);
    printf("open: %s\n", r == 0 ? "ok" : libusb_error_name(r));
    if (r != 0)
        exit(1);
    return 0;
}

static int is_listed(libusb_context *context)
{
    libusb_device **list;
    int found = 0;
    ssize_t n = libusb_get_device_list(context, &list);
    for (ssize_t i = 0; i < n; i++) {
        struct libusb_device_descriptor descriptor;
        found |= libusb_get_device_descriptor(list[i], &descriptor) == 0 && descriptor.idVendor == 0x1209;
    }
    libusb_free_device_list(list, 1);
    return found;
}

int main(int argc, char **argv)
{
    libusb_context *context;
    libusb_hotplug_callback_handle a, b;
    struct timeval little = {0, 100000};
    int both = LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED | LIBUSB_HOTPLUG_EVENT_DEVICE_LEFT;
    if (argc < 3 || libusb_init(&context) != 0)
        return 2;
    libusb_hotplug_register_callback(context, both, 0, 0x1209, 1, LIBUSB_HOTPLUG_MATCH_ANY, once, "a", &a);
    libusb_hotplug_register_callback(context, both, 0, 0x1209, 1, LIBUSB_HOTPLUG_MATCH_ANY, hears, NULL, &b);
    if (system(argv[1]) != 0)
        return 2;
    /* It is in the list before its event is handled; that comes all the same. */
    for (time_t start = time(NULL); !is_listed(context) && time(NULL) < start + 20;)
        nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
    for (time_t start = time(NULL); !handle && time(NULL) < start + 20;)
        libusb_handle_events_timeout(context, &little);
    if (!handle)
        return 3;
    printf("claim: %d\n", libusb_claim_interface(handle, 0));
    transfer = libusb_alloc_transfer(0);
    libusb_fill_bulk_transfer(transfer, handle, 0x83, data, sizeof data, end, NULL, 0);
    printf("submit: %d\n", libusb_submit_transfer(transfer));
    if (system(argv[2]) != 0)
        return 2;
    for (time_t start = time(NULL); !(left && ended) && time(NULL) < start + 20;)
        libusb_handle_events_timeout(context, &little);
    printf("left %d, ended %d\n", left, ended);
    printf("control: %s\n", libusb_error_name(libusb_control_transfer(handle, 0xc0, 4, 0, 0, data, 1, 1000)));
    printf("submit: %s\n", libusb_error_name(libusb_submit_transfer(transfer)));
    printf("claim: %s\n", libusb_error_name(libusb_claim_interface(handle, 1)));
    printf("reset: %s\n", libusb_error_name(libusb_reset_device(handle)));
    libusb_free_transfer(transfer);
    libusb_close(handle);
    libusb_hotplug_deregister_callback(context, b);
    libusb_exit(context);
    return 0;
}
