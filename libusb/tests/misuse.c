/* What libusb forbids: it crashes there, or corrupts memory. This library says no, goes on, and logs it. */
#include <libusb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static libusb_context *context;
static int errors;

static void LIBUSB_CALL count(libusb_context *c, enum libusb_log_level level, const char *text)
{
    (void)c, (void)text;
    errors += level == LIBUSB_LOG_LEVEL_ERROR || level == LIBUSB_LOG_LEVEL_WARNING;
}

/* Whether it was logged since the last time. */
static void logged(const char *what)
{
    printf("%s: %s\n", what, errors ? "logged" : "not logged");
    errors = 0;
}

static int calls;

static void LIBUSB_CALL called(struct libusb_transfer *t)
{
    (void)t;
    calls++;
}

static void LIBUSB_CALL close_it(struct libusb_transfer *t)
{
    calls++;
    libusb_close(t->dev_handle);
}

static libusb_device_handle *open_it(void)
{
    libusb_device_handle *handle = libusb_open_device_with_vid_pid(context, 0x1209, 0x0001);
    if (!handle || libusb_claim_interface(handle, 0) != 0)
        exit(1);
    return handle;
}

int main(void)
{
    unsigned char data[512];
    struct timeval little = {0, 20000};
    libusb_init(&context);
    libusb_set_log_cb(NULL, count, LIBUSB_LOG_CB_GLOBAL);
    libusb_set_option(context, LIBUSB_OPTION_LOG_LEVEL, LIBUSB_LOG_LEVEL_WARNING);

    libusb_device_handle *handle = open_it();
    libusb_close(handle);
    libusb_close(handle);
    logged("closed twice");
    printf("used when closed: %s\n", libusb_error_name(libusb_claim_interface(handle, 0)));
    logged("used when closed");

    handle = open_it();
    struct libusb_transfer *t = libusb_alloc_transfer(0), *own = libusb_alloc_transfer(0);
    libusb_fill_bulk_transfer(t, handle, 0x83, data, sizeof data, called, NULL, 0);
    printf("%d\n", libusb_submit_transfer(t));
    libusb_fill_bulk_transfer(own, handle, 0x83, malloc(512), 512, called, NULL, 0);
    own->flags = LIBUSB_TRANSFER_FREE_BUFFER;
    printf("%d\n", libusb_submit_transfer(own));
    libusb_free_transfer(own);
    logged("freed under way");
    libusb_handle_events_timeout(context, &little);
    libusb_close(handle);
    logged("closed with a transfer under way");
    libusb_handle_events_timeout(context, &little);
    printf("cancelled after that: %s\n", libusb_error_name(libusb_cancel_transfer(t)));
    printf("submitted after that: %s\n", libusb_error_name(libusb_submit_transfer(t)));
    logged("submitted after that");
    libusb_free_transfer(t);
    printf("calls: %d\n", calls);

    handle = open_it();
    t = libusb_alloc_transfer(0);
    memset(data, 0, sizeof data);
    libusb_fill_bulk_transfer(t, handle, 0x02, data, 8, close_it, NULL, 1000);
    printf("%d\n", libusb_submit_transfer(t));
    for (int i = 0; i < 50 && !calls; i++)
        libusb_handle_events_timeout(context, &little);
    printf("closed in its callback: %d\n", calls);
    libusb_free_transfer(t);

    libusb_device **list;
    ssize_t n = libusb_get_device_list(context, &list);
    libusb_device *device = list[n - 1];
    libusb_ref_device(device);
    errors = 0;
    libusb_free_device_list(list, 1);
    handle = open_it();
    libusb_exit(context);
    logged("exited with a device open");
    printf("its device: %04x\n", libusb_get_bus_number(device));
    printf("used after that: %d\n", libusb_release_interface(handle, 0));
    libusb_close(handle);
    libusb_unref_device(device);
    libusb_unref_device(device);
    struct libusb_device_descriptor d;
    printf("a device that is gone: %s\n", libusb_error_name(libusb_get_device_descriptor(device, &d)));
    libusb_exit(context);
    printf("%s\n", libusb_error_name(libusb_handle_events_timeout(context, &little)));
    printf("a NULL transfer: %s\n", libusb_error_name(libusb_submit_transfer(NULL)));

    /* The default context; the log is for all of them from here on. */
    libusb_set_option(NULL, LIBUSB_OPTION_LOG_LEVEL, LIBUSB_LOG_LEVEL_WARNING);
    printf("%d\n", libusb_init(NULL));
    libusb_exit(NULL);
    errors = 0;
    libusb_exit(NULL);
    logged("the default context exited twice");
    struct rlimit had, none;
    getrlimit(RLIMIT_NOFILE, &had);
    none = had;
    none.rlim_cur = 3;
    setrlimit(RLIMIT_NOFILE, &none);
    printf("without file descriptors: %s\n", libusb_error_name(libusb_init(NULL)));
    logged("without file descriptors");
    setrlimit(RLIMIT_NOFILE, &had);
    return 0;
}
