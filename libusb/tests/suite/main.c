/* Opens the device for each case; the name of a case as the argument runs that one alone. */
#include "suite.h"

libusb_context *context;
libusb_device *device;
libusb_device_handle *handle;
struct timeval soon = {0, 200000};

const char *name(int code) { return code >= 0 ? "ok" : libusb_error_name(code); }

void code(const char *what, int value)
{
    if (value >= 0)
        printf("%s: %d\n", what, value);
    else
        printf("%s: %s\n", what, libusb_error_name(value));
}

static void open_it(void)
{
    code("init", libusb_init(&context));
    handle = libusb_open_device_with_vid_pid(context, VENDOR, PRODUCT);
    printf("open: %s\n", handle ? "ok" : "none");
    if (!handle)
        exit(1);
    device = libusb_get_device(handle);
    code("auto detach", libusb_set_auto_detach_kernel_driver(handle, 1));
    code("claim", libusb_claim_interface(handle, 0));
    code("stop", libusb_control_transfer(handle, 0x40, STOP, 0, 0, NULL, 0, 1000));
}

static void close_it(void)
{
    code("release", libusb_release_interface(handle, 0));
    libusb_close(handle);
    libusb_exit(context);
}

static const char *status_name(enum libusb_transfer_status status)
{
    static const char *names[] = {"completed", "error", "timed out", "cancelled", "stall", "no device", "overflow"};
    return names[status];
}

pthread_t main_thread;

void LIBUSB_CALL seen(struct libusb_transfer *t)
{
    struct seen *s = t->user_data;
    s->status = t->status;
    s->count = t->actual_length;
    s->calls++;
    if (!pthread_equal(pthread_self(), main_thread))
        printf("on another thread\n");
    if (s->again > 0 && t->status == LIBUSB_TRANSFER_COMPLETED) {
        s->again--;
        code("resubmit", libusb_submit_transfer(t));
        return;
    }
    s->done = 1;
}

void wait_for(struct seen *s)
{
    for (int i = 0; i < 100 && !s->done; i++) {
        int r = libusb_handle_events_timeout_completed(context, &soon, &s->done);
        if (r != 0)
            code("events", r);
    }
    printf("%s %d, %d calls\n", s->done ? status_name(s->status) : "never", s->count, s->calls);
}

void drain(void)
{
    unsigned char data[512];
    int count;
    while (libusb_bulk_transfer(handle, LOOP_IN, data, sizeof data, &count, 50) == 0)
        ;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
        int closes;
    } cases[] = {{"descriptors", descriptors, 0}, {"strings", strings, 0}, {"interfaces", interfaces, 0}, {"blocking", blocking, 0}, {"asynchronous", asynchronous, 0},
                 {"in_order", in_order, 0}, {"isochronous", isochronous, 0}, {"submissions", submissions, 0}, {"at_one_time", at_one_time, 0}, {"locks", locks, 0},
                 {"polled", polled, 0}, {"together", together, 0}, {"signals", signals, 0}, {"hotplug", hotplug, 0}, {"busy", busy, 0}, {"forked", forked, 0},
                 {"with_thread", with_thread, 1}, {"wrapped", wrapped, 0}};
    main_thread = pthread_self();
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc < 2 || !strcmp(argv[1], "contexts")) {
        puts("== contexts");
        contexts();
    }
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (argc >= 2 && strcmp(argv[1], cases[i].name))
            continue;
        printf("== %s\n", cases[i].name);
        open_it();
        cases[i].run();
        if (!cases[i].closes)
            close_it();
    }
    return 0;
}
