/* The whole of libusb's interface on the acquisition model (docs/acquisition.md), as one program of libusb's: nothing in it knows usbx.
   It prints what every call gives; what may differ from run to run is left out, so that two libraries can be compared by their output.
   suite.expected is what it prints. */
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <libusb.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#if !defined(LIBUSB_API_VERSION) || LIBUSB_API_VERSION < 0x0100010A
struct libusb_platform_descriptor;
struct libusb_init_option {
    enum libusb_option option;
    union {
        int ival;
        libusb_log_cb log_cbval;
    } value;
};
struct libusb_interface_association_descriptor {
    uint8_t bLength, bDescriptorType, bFirstInterface, bInterfaceCount, bFunctionClass, bFunctionSubClass, bFunctionProtocol, iFunction;
};
struct libusb_interface_association_descriptor_array {
    const struct libusb_interface_association_descriptor *iad;
    int length;
};
#endif
/* New in 1.0.27; a library without them is not asked. */
int libusb_init_context(libusb_context **, const struct libusb_init_option[], int) __attribute__((weak));
int libusb_get_max_alt_packet_size(libusb_device *, int, int, unsigned char) __attribute__((weak));
int libusb_get_platform_descriptor(libusb_context *, struct libusb_bos_dev_capability_descriptor *, struct libusb_platform_descriptor **)
    __attribute__((weak));
void libusb_free_platform_descriptor(struct libusb_platform_descriptor *) __attribute__((weak));
int libusb_get_interface_association_descriptors(libusb_device *, uint8_t, struct libusb_interface_association_descriptor_array **)
    __attribute__((weak));
int libusb_get_active_interface_association_descriptors(libusb_device *, struct libusb_interface_association_descriptor_array **)
    __attribute__((weak));
void libusb_free_interface_association_descriptors(struct libusb_interface_association_descriptor_array *) __attribute__((weak));

enum { VENDOR = 0x1209, PRODUCT = 0x0001, FRAMES = 0x81, STATUS = 0x82, LOOP_OUT = 0x02, LOOP_IN = 0x83, REGISTERS = 4, START = 1, STOP = 2, RATE = 3 };

static libusb_context *context;
static libusb_device *device;
static libusb_device_handle *handle;
static struct timeval soon = {0, 200000};

static const char *name(int code) { return code >= 0 ? "ok" : libusb_error_name(code); }

static void code(const char *what, int value)
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

static int logged;

static void LIBUSB_CALL log_line(libusb_context *c, enum libusb_log_level level, const char *text)
{
    logged += c != NULL && level == LIBUSB_LOG_LEVEL_ERROR && strstr(text, "error") != NULL;
}

/* Two of the functions have been told to be out of use. */
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

static void contexts(void)
{
    libusb_context *a = NULL, *b = NULL;
    code("default", libusb_init(NULL));
    code("default again", libusb_init(NULL));
    code("a", libusb_init(&a));
    code("b", libusb_init(&b));
    printf("two: %d\n", a && b && a != b);
    libusb_exit(a);
    libusb_exit(b);
    libusb_exit(NULL);
    code("level", libusb_set_option(NULL, LIBUSB_OPTION_LOG_LEVEL, LIBUSB_LOG_LEVEL_NONE));
    libusb_exit(NULL);
    code("logging", libusb_init(&a));
    libusb_set_debug(a, LIBUSB_LOG_LEVEL_ERROR);
    libusb_set_log_cb(a, log_line, LIBUSB_LOG_CB_CONTEXT);
    libusb_device_handle *wrapped = NULL;
    printf("wrap nothing: %d\n", libusb_wrap_sys_device(a, -1, &wrapped) < 0 && wrapped == NULL);
    printf("logged: %d\n", logged > 0 || getenv("LIBUSB_DEBUG"));
    libusb_exit(a);
    if (libusb_init_context) {
        const struct libusb_init_option options[] = {{.option = LIBUSB_OPTION_NO_DEVICE_DISCOVERY, .value = {.ival = 1}}};
        libusb_device **none;
        if (libusb_init_context(&a, options, 1) != 0 || libusb_get_device_list(a, &none) != 0)
            printf("a context without devices has some\n");
        libusb_free_device_list(none, 1);
        libusb_exit(a);
    }
    code("no level", libusb_set_option(NULL, LIBUSB_OPTION_LOG_LEVEL, 7));
    code("no option", libusb_set_option(NULL, (enum libusb_option)99, 0));
    printf("version: %d.%d\n", libusb_get_version()->major, libusb_get_version()->minor);
    printf("capabilities: %d %d %d %d %d\n", !!libusb_has_capability(LIBUSB_CAP_HAS_CAPABILITY), !!libusb_has_capability(LIBUSB_CAP_HAS_HOTPLUG),
           !!libusb_has_capability(LIBUSB_CAP_HAS_HID_ACCESS), !!libusb_has_capability(LIBUSB_CAP_SUPPORTS_DETACH_KERNEL_DRIVER), libusb_has_capability(77));
    for (int error = 0; error >= -13; error--)
        printf("%s: %s\n", libusb_error_name(error), libusb_strerror((enum libusb_error)error));
    printf("%s: %s\n", libusb_error_name(-99), libusb_strerror(LIBUSB_ERROR_OTHER));
    code("locale", libusb_setlocale("en_GB.UTF-8"));
    code("no locale", libusb_setlocale("e"));
    code("unknown locale", libusb_setlocale("xx"));
}

static void descriptors(void)
{
    libusb_device **list;
    ssize_t count = libusb_get_device_list(context, &list);
    int found = 0;
    for (ssize_t i = 0; i < count; i++)
        found |= list[i] == device;
    printf("listed: %d, end: %d\n", found, list[count] == NULL);
    libusb_free_device_list(list, 1);
    printf("ref: %d\n", libusb_ref_device(device) == device);
    libusb_unref_device(device);

    struct libusb_device_descriptor d;
    code("device descriptor", libusb_get_device_descriptor(device, &d));
    printf("%d %d %04x %d %04x:%04x %04x %d %d %d %d\n", d.bLength, d.bDescriptorType, d.bcdUSB, d.bMaxPacketSize0, d.idVendor, d.idProduct, d.bcdDevice, d.iManufacturer,
           d.iProduct, d.iSerialNumber, d.bNumConfigurations);
    struct libusb_config_descriptor *c, *other;
    code("active", libusb_get_active_config_descriptor(device, &c));
    printf("configuration: %d %d %d %d %d %02x %d extra %d\n", c->bLength, c->wTotalLength, c->bNumInterfaces, c->bConfigurationValue, c->iConfiguration, c->bmAttributes, c->MaxPower,
           c->extra_length);
    for (int i = 0; i < c->bNumInterfaces; i++)
        for (int a = 0; a < c->interface[i].num_altsetting; a++) {
            const struct libusb_interface_descriptor *s = &c->interface[i].altsetting[a];
            printf("interface %d.%d: %d endpoints, class %02x %02x %02x, extra %d\n", s->bInterfaceNumber, s->bAlternateSetting, s->bNumEndpoints, s->bInterfaceClass,
                   s->bInterfaceSubClass, s->bInterfaceProtocol, s->extra_length);
            for (int e = 0; e < s->bNumEndpoints; e++) {
                const struct libusb_endpoint_descriptor *p = &s->endpoint[e];
                struct libusb_ss_endpoint_companion_descriptor *companion = NULL;
                int r = libusb_get_ss_endpoint_companion_descriptor(context, p, &companion);
                printf(" endpoint %02x: %02x %d %d, extra %d, companion %s, packet %d, interval %d\n", p->bEndpointAddress, p->bmAttributes, p->wMaxPacketSize, p->bInterval,
                       p->extra_length, name(r), libusb_get_max_packet_size(device, p->bEndpointAddress), libusb_get_max_iso_packet_size(device, p->bEndpointAddress));
                libusb_free_ss_endpoint_companion_descriptor(companion);
                if (libusb_get_max_alt_packet_size && libusb_get_max_alt_packet_size(device, i, a, p->bEndpointAddress) != libusb_get_max_iso_packet_size(device, p->bEndpointAddress))
                    printf("differs in its setting\n");
            }
        }
    code("by index", libusb_get_config_descriptor(device, 0, &other));
    printf("same: %d\n", other->wTotalLength == c->wTotalLength);
    libusb_free_config_descriptor(other);
    code("by value", libusb_get_config_descriptor_by_value(device, c->bConfigurationValue, &other));
    libusb_free_config_descriptor(other);
    libusb_free_config_descriptor(c);
    code("no index", libusb_get_config_descriptor(device, 9, &other));
    code("no value", libusb_get_config_descriptor_by_value(device, 9, &other));
    code("no endpoint", libusb_get_max_packet_size(device, 0x8f));
    code("no endpoint", libusb_get_max_iso_packet_size(device, 0x8f));
    code("speed", libusb_get_device_speed(device));

    struct libusb_bos_descriptor *bos = NULL;
    code("bos", libusb_get_bos_descriptor(handle, &bos));
    libusb_free_bos_descriptor(bos);
    static unsigned char extension[] = {7, 16, 2, 2, 0, 0, 0}, superspeed[] = {10, 16, 3, 2, 15, 0, 1, 10, 0xff, 7},
                         container[] = {20, 16, 4, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
                         platform[] = {24, 16, 5, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 1, 2, 3, 4};
    struct libusb_bos_dev_capability_descriptor *cap = (void *)extension;
    struct libusb_usb_2_0_extension_descriptor *x = NULL;
    code("extension", libusb_get_usb_2_0_extension_descriptor(context, cap, &x));
    printf("%d %u\n", x->bLength, x->bmAttributes);
    libusb_free_usb_2_0_extension_descriptor(x);
    struct libusb_ss_usb_device_capability_descriptor *s = NULL;
    code("not that", libusb_get_ss_usb_device_capability_descriptor(context, cap, &s));
    code("superspeed", libusb_get_ss_usb_device_capability_descriptor(context, (void *)superspeed, &s));
    printf("%d %d %d %d %d\n", s->bmAttributes, s->wSpeedSupported, s->bFunctionalitySupport, s->bU1DevExitLat, s->bU2DevExitLat);
    libusb_free_ss_usb_device_capability_descriptor(s);
    struct libusb_container_id_descriptor *id = NULL;
    code("container", libusb_get_container_id_descriptor(context, (void *)container, &id));
    printf("%d %d\n", id->ContainerID[0], id->ContainerID[15]);
    libusb_free_container_id_descriptor(id);
    if (libusb_get_platform_descriptor) {
        struct libusb_platform_descriptor *p = NULL;
        if (libusb_get_platform_descriptor(context, (void *)platform, &p) != 0 || memcmp(p, platform, sizeof platform) != 0)
            printf("the platform's descriptor differs\n");
        libusb_free_platform_descriptor(p);
        struct libusb_interface_association_descriptor_array *iad = NULL;
        if (libusb_get_interface_association_descriptors(device, 0, &iad) != 0 || iad->length != 0)
            printf("associations\n");
        libusb_free_interface_association_descriptors(iad);
        if (libusb_get_active_interface_association_descriptors(device, &iad) != 0 || iad->length != 0)
            printf("associations\n");
        libusb_free_interface_association_descriptors(iad);
    }
    uint8_t ports[8];
    printf("path: %d\n", libusb_get_port_path(context, device, ports, 8) == libusb_get_port_numbers(device, ports, 8));
    code("ports of no room", libusb_get_port_numbers(device, ports, 0));
    printf("port: %d\n", libusb_get_port_number(device) == 0 || libusb_get_port_numbers(device, ports, 8) > 0);
    (void)libusb_get_bus_number(device), (void)libusb_get_device_address(device), (void)libusb_get_parent(device);
}

static void strings(void)
{
    unsigned char text[256];
    for (uint8_t i = 1; i <= 3; i++) {
        int r = libusb_get_string_descriptor_ascii(handle, i, text, sizeof text);
        printf("string %d: %d \"%s\"\n", i, r, r >= 0 ? (char *)text : "");
    }
    code("cut", libusb_get_string_descriptor_ascii(handle, 1, text, 3));
    printf("\"%s\"\n", (char *)text);
    code("string 0", libusb_get_string_descriptor_ascii(handle, 0, text, sizeof text));
    code("no string", libusb_get_string_descriptor_ascii(handle, 77, text, sizeof text));
    code("descriptor", libusb_get_descriptor(handle, LIBUSB_DT_DEVICE, 0, text, 18));
    code("language", libusb_get_string_descriptor(handle, 1, 0x409, text, sizeof text));
}

static void interfaces(void)
{
    int value = 0;
    code("get configuration", libusb_get_configuration(handle, &value));
    printf("it is %d\n", value);
    code("claim again", libusb_claim_interface(handle, 0));
    /* While drivers are detached for a claim, the system has other codes for what is not there. */
    libusb_set_auto_detach_kernel_driver(handle, 0);
    code("claim none", libusb_claim_interface(handle, 9));
    code("claim 99", libusb_claim_interface(handle, 99));
    code("claim -1", libusb_claim_interface(handle, -1));
    code("release none", libusb_release_interface(handle, 9));
    code("alternate setting 1", libusb_set_interface_alt_setting(handle, 0, 1));
    code("alternate setting 0", libusb_set_interface_alt_setting(handle, 0, 0));
    code("no setting", libusb_set_interface_alt_setting(handle, 0, 9));
    code("setting 300", libusb_set_interface_alt_setting(handle, 0, 300));
    code("setting of what is not claimed", libusb_set_interface_alt_setting(handle, 1, 0));
    code("configuration while claimed", libusb_set_configuration(handle, 1));
    code("configuration 300", libusb_set_configuration(handle, 300));
    code("clear halt", libusb_clear_halt(handle, LOOP_IN));
    code("clear halt of none", libusb_clear_halt(handle, 0x8f));
    libusb_device_handle *second = NULL;
    code("open again", libusb_open(device, &second));
    code("claim what the other has", libusb_claim_interface(second, 0));
    code("set what the other has", libusb_set_interface_alt_setting(second, 0, 0));
    libusb_close(second);
    code("driver of 1", libusb_kernel_driver_active(handle, 1));
    code("detach 1", libusb_detach_kernel_driver(handle, 1));
    code("detach 1 again", libusb_detach_kernel_driver(handle, 1));
    code("attach 1", libusb_attach_kernel_driver(handle, 1));
    code("attach 1 again", libusb_attach_kernel_driver(handle, 1));
    code("attach what is claimed", libusb_attach_kernel_driver(handle, 0));
    code("attach none", libusb_attach_kernel_driver(handle, 9));
    char node[64];
    snprintf(node, sizeof node, "/dev/bus/usb/%03d/%03d", libusb_get_bus_number(device), libusb_get_device_address(device));
    int fd = open(node, O_RDWR);
    libusb_device_handle *wrapped = NULL;
    if (fd >= 0) {
        unsigned char bytes[18];
        code("wrap", libusb_wrap_sys_device(context, fd, &wrapped));
        code("read by it", libusb_get_descriptor(wrapped, LIBUSB_DT_DEVICE, 0, bytes, 18));
        libusb_close(wrapped);
        close(fd);
    }
    libusb_detach_kernel_driver(handle, 1);
    code("driver", libusb_kernel_driver_active(handle, 0));
    code("detach", libusb_detach_kernel_driver(handle, 0));
    code("release", libusb_release_interface(handle, 0));
    code("release again", libusb_release_interface(handle, 0));
    code("no configuration", libusb_set_configuration(handle, 9));
    code("without a claim", libusb_clear_halt(handle, LOOP_IN));
    code("claim", libusb_claim_interface(handle, 0));
    code("reset", libusb_reset_device(handle));
    libusb_attach_kernel_driver(handle, 1);
}

static void blocking(void)
{
    unsigned char data[4096], back[4096];
    int count = -1;
    code("write registers", libusb_control_transfer(handle, 0x40, REGISTERS, 0, 16, (unsigned char *)"abcdefgh", 8, 1000));
    code("read registers", libusb_control_transfer(handle, 0xc0, REGISTERS, 0, 16, data, 8, 1000));
    printf("%.8s\n", (char *)data);
    code("no request", libusb_control_transfer(handle, 0xc0, 0x77, 0, 0, data, 8, 1000));
    for (unsigned i = 0; i < sizeof data; i++)
        data[i] = (unsigned char)(i * 7);
    code("write", libusb_bulk_transfer(handle, LOOP_OUT, data, 1000, &count, 1000));
    printf("%d\n", count);
    code("read", libusb_bulk_transfer(handle, LOOP_IN, back, 4096, &count, 1000));
    printf("%d, same %d\n", count, memcmp(data, back, 1000) == 0);
    code("read nothing", libusb_bulk_transfer(handle, LOOP_IN, back, 512, &count, 50));
    printf("%d\n", count);
    code("write 512", libusb_bulk_transfer(handle, LOOP_OUT, data, 512, &count, 1000));
    code("read 1024", libusb_bulk_transfer(handle, LOOP_IN, back, 1024, &count, 50));
    printf("%d\n", count);
    code("write 600", libusb_bulk_transfer(handle, LOOP_OUT, data, 600, &count, 1000));
    code("read 10", libusb_bulk_transfer(handle, LOOP_IN, back, 10, &count, 50));
    code("read the rest", libusb_bulk_transfer(handle, LOOP_IN, back, 1024, &count, 50));
    code("by the interrupt's function", libusb_interrupt_transfer(handle, LOOP_OUT, data, 10, &count, 1000));
    code("read that", libusb_bulk_transfer(handle, LOOP_IN, back, 512, &count, 1000));
    printf("%d\n", count);
    code("interrupt", libusb_interrupt_transfer(handle, STATUS, back, 16, &count, 1000));
    printf("%d\n", count);
    code("interrupt by the other", libusb_bulk_transfer(handle, STATUS, back, 16, NULL, 1000));
    code("no endpoint", libusb_bulk_transfer(handle, 0x8f, back, 16, &count, 1000));
    code("an empty write", libusb_bulk_transfer(handle, LOOP_OUT, data, 0, &count, 1000));
    code("read that", libusb_bulk_transfer(handle, LOOP_IN, back, 512, &count, 50));
    printf("%d\n", count);
    unsigned char *memory = libusb_dev_mem_alloc(handle, 4096);
    if (memory) {
        memcpy(memory, data, 100);
        if (libusb_bulk_transfer(handle, LOOP_OUT, memory, 100, &count, 1000) != 0 || libusb_bulk_transfer(handle, LOOP_IN, memory + 512, 512, &count, 1000) != 0 ||
            memcmp(memory, memory + 512, 100) != 0 || libusb_dev_mem_free(handle, memory, 4096) != 0)
            printf("the device's memory fails\n");
    }
    unsigned char streams[1] = {LOOP_IN};
    printf("streams: %d %d\n", libusb_alloc_streams(handle, 4, streams, 1) < 0, libusb_free_streams(handle, streams, 1) < 0);
}

struct seen {
    int done, calls, again;
    enum libusb_transfer_status status;
    int count;
};

static const char *status_name(enum libusb_transfer_status status)
{
    static const char *names[] = {"completed", "error", "timed out", "cancelled", "stall", "no device", "overflow"};
    return names[status];
}

static pthread_t main_thread;

static void LIBUSB_CALL seen(struct libusb_transfer *t)
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

static void wait_for(struct seen *s)
{
    for (int i = 0; i < 100 && !s->done; i++) {
        int r = libusb_handle_events_timeout_completed(context, &soon, &s->done);
        if (r != 0)
            code("events", r);
    }
    printf("%s %d, %d calls\n", s->done ? status_name(s->status) : "never", s->count, s->calls);
}

static void asynchronous(void)
{
    unsigned char data[1024], control[8 + 64];
    struct seen s = {0};
    memset(data, 'x', sizeof data);
    struct libusb_transfer *out = libusb_alloc_transfer(0), *in = libusb_alloc_transfer(0);
    libusb_fill_bulk_transfer(out, handle, LOOP_OUT, data, 300, seen, &s, 1000);
    code("not submitted", libusb_cancel_transfer(out));
    code("submit", libusb_submit_transfer(out));
    code("submit again", libusb_submit_transfer(out));
    wait_for(&s);
    code("complete", libusb_cancel_transfer(out));

    puts("a short read");
    unsigned char *buffer = malloc(1024);
    s = (struct seen){0};
    libusb_fill_bulk_transfer(in, handle, LOOP_IN, buffer, 1024, seen, &s, 1000);
    in->flags = LIBUSB_TRANSFER_SHORT_NOT_OK;
    code("submit", libusb_submit_transfer(in));
    wait_for(&s);

    puts("time");
    s = (struct seen){0};
    libusb_fill_bulk_transfer(in, handle, LOOP_IN, buffer, 1024, seen, &s, 60);
    in->flags = 0;
    code("submit", libusb_submit_transfer(in));
    wait_for(&s);

    puts("cancel");
    s = (struct seen){0};
    in->timeout = 0;
    code("submit", libusb_submit_transfer(in));
    code("cancel", libusb_cancel_transfer(in));
    code("cancel again", libusb_cancel_transfer(in));
    wait_for(&s);

    puts("a blocking call meanwhile");
    s = (struct seen){0};
    code("submit", libusb_submit_transfer(in));
    code("control", libusb_control_transfer(handle, 0xc0, REGISTERS, 0, 16, data, 8, 1000));
    int count = 0;
    code("write", libusb_bulk_transfer(handle, LOOP_OUT, data, 77, &count, 1000));
    wait_for(&s);

    puts("resubmitted by its callback");
    s = (struct seen){.again = 3};
    out->length = 64;
    code("submit", libusb_submit_transfer(out));
    wait_for(&s);
    for (int i = 0; i < 4; i++)
        libusb_bulk_transfer(handle, LOOP_IN, buffer, 512, &count, 1000);
    printf("%d\n", count);

    puts("a zero-length packet at the end");
    s = (struct seen){0};
    libusb_fill_bulk_transfer(out, handle, LOOP_OUT, data, 512, seen, &s, 1000);
    out->flags = LIBUSB_TRANSFER_ADD_ZERO_PACKET;
    code("submit", libusb_submit_transfer(out));
    wait_for(&s);
    code("read", libusb_bulk_transfer(handle, LOOP_IN, buffer, 1024, &count, 1000));
    printf("%d\n", count);

    puts("control");
    s = (struct seen){0};
    libusb_fill_control_setup(control, 0xc0, REGISTERS, 0, 16, 8);
    libusb_fill_control_transfer(out, handle, control, seen, &s, 1000);
    out->flags = 0;
    code("submit", libusb_submit_transfer(out));
    wait_for(&s);
    s = (struct seen){0};
    libusb_fill_control_setup(control, 0xc0, 0x77, 0, 0, 8);
    code("refused", libusb_submit_transfer(out));
    wait_for(&s);
    s = (struct seen){0};
    out->length = 9;
    code("too short", libusb_submit_transfer(out));
    s = (struct seen){0};
    libusb_fill_control_setup(control, 0x01, LIBUSB_REQUEST_SET_INTERFACE, 0, 0, 0);
    libusb_fill_control_transfer(out, handle, control, seen, &s, 1000);
    code("set interface", libusb_submit_transfer(out));
    wait_for(&s);

    puts("no endpoint");
    libusb_fill_bulk_transfer(out, handle, 0x0f, data, 10, seen, &s, 1000);
    code("submit", libusb_submit_transfer(out));
    libusb_transfer_set_stream_id(out, 3);
    printf("stream %u\n", libusb_transfer_get_stream_id(out));

    puts("freed with its buffer");
    s = (struct seen){0};
    struct libusb_transfer *own = libusb_alloc_transfer(0);
    libusb_fill_bulk_transfer(own, handle, LOOP_OUT, malloc(64), 64, seen, &s, 1000);
    memset(own->buffer, 0, 64);
    own->flags = LIBUSB_TRANSFER_FREE_BUFFER | LIBUSB_TRANSFER_FREE_TRANSFER;
    code("submit", libusb_submit_transfer(own));
    wait_for(&s);
    libusb_bulk_transfer(handle, LOOP_IN, buffer, 512, &count, 1000);
    libusb_free_transfer(out);
    libusb_free_transfer(in);
    libusb_free_transfer(NULL);
    free(buffer);
}

static int order[8], ordered;

static void LIBUSB_CALL note_order(struct libusb_transfer *t) { order[ordered++] = (int)(size_t)t->user_data; }

static void in_order(void)
{
    struct libusb_transfer *t[4];
    static unsigned char data[4][64];
    for (int i = 0; i < 4; i++) {
        t[i] = libusb_alloc_transfer(0);
        libusb_fill_bulk_transfer(t[i], handle, LOOP_OUT, data[i], 64, note_order, (void *)(size_t)i, 1000);
        code("submit", libusb_submit_transfer(t[i]));
    }
    for (int i = 0; i < 100 && ordered < 4; i++)
        libusb_handle_events_timeout(context, &soon);
    printf("order: %d %d %d %d\n", order[0], order[1], order[2], order[3]);
    for (int i = 0; i < 4; i++)
        libusb_free_transfer(t[i]);
    libusb_reset_device(handle);
}

static void isochronous(void)
{
    static unsigned char data[8 * 1024];
    struct seen s = {0};
    struct libusb_transfer *t = libusb_alloc_transfer(8);
    code("setting 1", libusb_set_interface_alt_setting(handle, 0, 1));
    int size = libusb_get_max_iso_packet_size(device, 0x85);
    libusb_fill_iso_transfer(t, handle, 0x85, data, size * 8, 8, seen, &s, 1000);
    libusb_set_iso_packet_lengths(t, (unsigned)size);
    code("submit", libusb_submit_transfer(t));
    wait_for(&s);
    int bad = 0;
    for (int i = 0; i < 8; i++)
        bad += t->iso_packet_desc[i].status != LIBUSB_TRANSFER_COMPLETED;
    printf("bad packets: %d\n", bad);
    t->num_iso_packets = 0;
    code("no packets", libusb_submit_transfer(t));
    libusb_free_transfer(t);
    code("setting 0", libusb_set_interface_alt_setting(handle, 0, 0));
}

static volatile int stop;

static void *event_thread(void *unused)
{
    while (!stop)
        libusb_handle_events(context);
    return unused;
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int completions;

static void LIBUSB_CALL count_it(struct libusb_transfer *t)
{
    pthread_mutex_lock(&mutex);
    completions += t->status == LIBUSB_TRANSFER_COMPLETED;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&mutex);
}

/* The pattern of libusb's documentation: a thread that handles events, closed down by the last libusb_close. */
static void with_thread(void)
{
    static unsigned char data[16][64];
    struct libusb_transfer *t[16];
    pthread_t thread;
    stop = completions = 0;
    pthread_create(&thread, NULL, event_thread, NULL);
    for (int i = 0; i < 16; i++) {
        t[i] = libusb_alloc_transfer(0);
        libusb_fill_bulk_transfer(t[i], handle, LOOP_OUT, data[i], 64, count_it, NULL, 1000);
        libusb_submit_transfer(t[i]);
    }
    pthread_mutex_lock(&mutex);
    while (completions < 16)
        pthread_cond_wait(&changed, &mutex);
    pthread_mutex_unlock(&mutex);
    int count, total = 0;
    unsigned char back[512];
    for (int i = 0; i < 16 && libusb_bulk_transfer(handle, LOOP_IN, back, 512, &count, 1000) == 0; i++)
        total += count;
    printf("back: %d\n", total);
    for (int i = 0; i < 16; i++)
        libusb_free_transfer(t[i]);
    stop = 1;
    libusb_interrupt_event_handler(context);
    libusb_release_interface(handle, 0);
    libusb_close(handle);
    pthread_join(thread, NULL);
    libusb_exit(context);
    puts("closed");
}

static int handled;

static void *waiter(void *unused)
{
    libusb_lock_event_waiters(context);
    struct timeval long_time = {10, 0};
    if (libusb_event_handler_active(context))
        handled = libusb_wait_for_event(context, &long_time) + 1;
    libusb_unlock_event_waiters(context);
    return unused;
}

static void locks(void)
{
    pthread_t thread;
    struct timeval none = {0, 0}, wrong = {0, 2000000}, next;
    code("ok", libusb_event_handling_ok(context));
    code("active", libusb_event_handler_active(context));
    code("try", libusb_try_lock_events(context));
    code("active", libusb_event_handler_active(context));
    code("handle", libusb_handle_events_locked(context, &none));
    code("wrong", libusb_handle_events_locked(context, &wrong));
    pthread_create(&thread, NULL, waiter, NULL);
    struct timespec little = {0, 50000000};
    nanosleep(&little, NULL);
    libusb_unlock_events(context);
    pthread_join(thread, NULL);
    printf("told: %d\n", handled == 1);
    libusb_lock_events(context);
    libusb_unlock_events(context);
    libusb_lock_event_waiters(context);
    code("nothing", libusb_wait_for_event(context, &none));
    libusb_unlock_event_waiters(context);
    code("next", libusb_get_next_timeout(context, &next));
    code("timeouts", libusb_pollfds_handle_timeouts(context));
    libusb_set_pollfd_notifiers(context, NULL, NULL, NULL);
    code("events", libusb_handle_events_timeout(context, &none));
    libusb_interrupt_event_handler(context);
    code("interrupted", libusb_handle_events(context));
    libusb_interrupt_event_handler(context);
    code("interrupted", libusb_handle_events_completed(context, NULL));
}

/* A program with a loop of its own: poll, then handle what there is. */
static void polled(void)
{
    unsigned char data[64] = {0};
    struct timeval none = {0, 0};
    struct seen s = {0};
    struct libusb_transfer *t = libusb_alloc_transfer(0);
    libusb_fill_bulk_transfer(t, handle, LOOP_IN, data, 64, seen, &s, 100);
    code("submit", libusb_submit_transfer(t));
    for (int i = 0; i < 1000 && !s.done; i++) {
        const struct libusb_pollfd **fds = libusb_get_pollfds(context);
        struct pollfd set[16];
        nfds_t n = 0;
        for (; fds[n] && n < 16; n++)
            set[n] = (struct pollfd){.fd = fds[n]->fd, .events = fds[n]->events};
        libusb_free_pollfds(fds);
        poll(set, n, 1000);
        libusb_handle_events_timeout(context, &none);
    }
    wait_for(&s);
    libusb_free_transfer(t);
}

static int arrived, calls;

static int LIBUSB_CALL came(libusb_context *c, libusb_device *d, libusb_hotplug_event event, void *data)
{
    calls++;
    arrived += d == device && event == LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED && c == context && data == (void *)&arrived;
    return 0;
}

static void hotplug(void)
{
    libusb_hotplug_callback_handle h = 0;
    code("register", libusb_hotplug_register_callback(context, LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED | LIBUSB_HOTPLUG_EVENT_DEVICE_LEFT, LIBUSB_HOTPLUG_ENUMERATE, VENDOR, PRODUCT,
                                                      LIBUSB_HOTPLUG_MATCH_ANY, came, &arrived, &h));
    printf("arrived %d of %d\n", arrived, calls);
    printf("data: %d\n", libusb_hotplug_get_user_data(context, h) == (void *)&arrived);
    libusb_hotplug_deregister_callback(context, h);
    struct timeval none = {0, 0};
    libusb_handle_events_timeout(context, &none);
    printf("data: %d\n", libusb_hotplug_get_user_data(context, h) == NULL);
    code("no events", libusb_hotplug_register_callback(context, 0, 0, -1, -1, -1, came, NULL, &h));
    code("no function", libusb_hotplug_register_callback(context, LIBUSB_HOTPLUG_EVENT_DEVICE_LEFT, 0, -1, -1, -1, NULL, NULL, &h));
    code("no vendor", libusb_hotplug_register_callback(context, LIBUSB_HOTPLUG_EVENT_DEVICE_LEFT, 0, 70000, -1, -1, came, NULL, &h));
}

static void busy(void);
static void LIBUSB_CALL in_callback(struct libusb_transfer *t)
{
    unsigned char byte[8];
    int count;
    struct timeval none = {0, 0};
    code("control", libusb_control_transfer(handle, 0xc0, REGISTERS, 0, 16, byte, 8, 1000));
    code("bulk", libusb_bulk_transfer(handle, LOOP_OUT, byte, 8, &count, 1000));
    code("events", libusb_handle_events_locked(context, &none));
    *(int *)t->user_data = 1;
    libusb_free_transfer(t);
}

static void busy(void)
{
    static unsigned char data[8];
    int done = 0;
    struct libusb_transfer *t = libusb_alloc_transfer(0);
    libusb_fill_bulk_transfer(t, handle, LOOP_OUT, data, 8, in_callback, &done, 1000);
    code("submit", libusb_submit_transfer(t));
    for (int i = 0; i < 100 && !done; i++)
        libusb_handle_events_timeout_completed(context, &soon, &done);
    unsigned char back[512];
    int count;
    libusb_bulk_transfer(handle, LOOP_IN, back, 512, &count, 1000);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
        int closes;
    } cases[] = {{"descriptors", descriptors, 0}, {"strings", strings, 0}, {"interfaces", interfaces, 0}, {"blocking", blocking, 0}, {"asynchronous", asynchronous, 0},
                 {"in_order", in_order, 0}, {"isochronous", isochronous, 0}, {"locks", locks, 0}, {"polled", polled, 0}, {"hotplug", hotplug, 0}, {"busy", busy, 0},
                 {"with_thread", with_thread, 1}};
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
