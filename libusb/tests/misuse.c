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

static struct libusb_transfer *next;

/* Frees it, although the library is to; the next one may get its place. */
static void LIBUSB_CALL free_it(struct libusb_transfer *t)
{
    calls++;
    libusb_free_transfer(t);
    next = libusb_alloc_transfer(0);
}

static libusb_context *other;

/* From one context's callback into another's, and back. */
static void LIBUSB_CALL handle_again(struct libusb_transfer *t)
{
    struct timeval none = {0, 0};
    (void)t;
    calls++;
    printf("events in a callback: %s\n", libusb_error_name(libusb_handle_events(context)));
    printf("a moment of them: %s\n", libusb_error_name(libusb_handle_events_timeout(context, &none)));
}

static void LIBUSB_CALL handle_other(struct libusb_transfer *t)
{
    struct libusb_transfer *of_other = t->user_data;
    struct timeval little = {0, 20000};
    calls++;
    libusb_submit_transfer(of_other);
    for (int i = 0; i < 50 && calls < 2; i++)
        libusb_handle_events_timeout(other, &little);
}

static void LIBUSB_CALL exit_it(struct libusb_transfer *t)
{
    calls++;
    libusb_free_transfer(t);
    libusb_exit(context);
}

static void until_called(void)
{
    struct timeval little = {0, 20000};
    for (int i = 0; i < 50 && !calls; i++)
        libusb_handle_events_timeout(context, &little);
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

    calls = 0;
    handle = open_it();
    t = libusb_alloc_transfer(0);
    printf("cancelled before it was filled: %s\n", libusb_error_name(libusb_cancel_transfer(t)));
    libusb_fill_bulk_transfer(t, handle, 0x02, data, 8, free_it, NULL, 1000);
    printf("cancelled before it was submitted: %s\n", libusb_error_name(libusb_cancel_transfer(t)));
    t->flags = LIBUSB_TRANSFER_FREE_TRANSFER;
    errors = 0;
    printf("%d\n", libusb_submit_transfer(t));
    until_called();
    logged("freed by its callback and by its flag");
    libusb_fill_bulk_transfer(next, handle, 0x02, data, 8, called, NULL, 1000);
    calls = 0;
    printf("the next one: %d\n", libusb_submit_transfer(next));
    until_called();
    printf("calls: %d\n", calls);
    libusb_free_transfer(next);
    libusb_free_transfer(next);
    logged("freed twice");

    calls = 0;
    libusb_init(&other);
    libusb_device_handle *of_other = libusb_open_device_with_vid_pid(other, 0x1209, 0x0001);
    struct libusb_transfer *there = libusb_alloc_transfer(0);
    t = libusb_alloc_transfer(0);
    libusb_fill_control_setup(data, 0x80, 6, 0x0100, 0, 8);
    libusb_fill_control_transfer(there, of_other, data, handle_again, NULL, 1000);
    libusb_fill_bulk_transfer(t, handle, 0x02, data + 64, 8, handle_other, there, 1000);
    printf("%d\n", libusb_submit_transfer(t));
    until_called();
    printf("calls: %d\n", calls);
    libusb_free_transfer(t);
    libusb_free_transfer(there);
    libusb_close(of_other);
    libusb_exit(other);
    libusb_close(handle);

    libusb_device **list;
    ssize_t n = libusb_get_device_list(context, &list);
    libusb_device *device = list[n - 1];
    libusb_ref_device(device);
    libusb_free_device_list(list, 1);
    libusb_unref_device(device);
    errors = 0;
    libusb_unref_device(device);
    logged("given back too often");
    n = libusb_get_device_list(context, &list);
    printf("it is still there: %d\n", list[n - 1] == device && libusb_open(device, &handle) == 0);
    libusb_close(handle);
    libusb_ref_device(device);
    libusb_free_device_list(list, 1);
    errors = 0;
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

    libusb_init(&context);
    libusb_set_option(context, LIBUSB_OPTION_LOG_LEVEL, LIBUSB_LOG_LEVEL_WARNING);
    calls = 0;
    handle = open_it();
    t = libusb_alloc_transfer(0);
    own = libusb_alloc_transfer(0);
    libusb_fill_bulk_transfer(own, handle, 0x81, malloc(512), 512, called, NULL, 0); /* it sends nothing yet */
    own->flags = LIBUSB_TRANSFER_FREE_BUFFER;
    printf("%d\n", libusb_submit_transfer(own));
    libusb_fill_control_setup(data, 0x80, 6, 0x0100, 0, 8);
    libusb_fill_control_transfer(t, handle, data, exit_it, NULL, 1000);
    errors = 0;
    printf("%d\n", libusb_submit_transfer(t));
    for (int i = 0; i < 50 && !calls; i++)
        libusb_handle_events_timeout(context, &little);
    logged("exited in a callback");
    printf("cancelled after that: %s\n", libusb_error_name(libusb_cancel_transfer(own)));
    printf("submitted after that: %s\n", libusb_error_name(libusb_submit_transfer(own)));
    libusb_free_transfer(own);
    libusb_close(handle);
    printf("calls: %d\n", calls);
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
