#include "calls.h"

#include <stdio.h>
#include <string.h>

/* What the calls may write to, and how it looks when they have failed as they should. */
static struct {
    usbx_device_info info;
    usbx_endpoint endpoints[2];
    unsigned char data[64], configuration;
    char text[64];
    size_t count;
} place;

static int all(const void *bytes, size_t length, unsigned char value)
{
    const unsigned char *byte = (const unsigned char *)bytes;
    for (; length > 0; length--)
        if (*byte++ != value)
            return 0;
    return 1;
}

static usbx_status info(usbx_device *d) { return usbx_info(d, &place.info); }
static usbx_status get_configuration(usbx_device *d) { return usbx_get_configuration(d, &place.configuration); }
static usbx_status set_configuration(usbx_device *d) { return usbx_set_configuration(d, 1); }
static usbx_status claim(usbx_device *d) { return usbx_claim(d, 0); }
static usbx_status release(usbx_device *d) { return usbx_release(d, 0); }
static usbx_status set_alt_setting(usbx_device *d) { return usbx_set_alt_setting(d, 0, 0); }
static usbx_status detach(usbx_device *d) { return usbx_detach_kernel_driver(d, 0); }
static usbx_status endpoints(usbx_device *d) { return usbx_endpoints(d, place.endpoints, 2, &place.count); }
static usbx_status get_descriptor(usbx_device *d) { return usbx_get_descriptor(d, 1, 0, place.data, 18, &place.count); }
static usbx_status get_string(usbx_device *d) { return usbx_get_string(d, 1, 0, place.text, 64, &place.count); }
static usbx_status control(usbx_device *d)
{
    return usbx_control(d, 0x80, 6, 0x0100, 0, place.data, 18, 1000, &place.count);
}
static usbx_status bulk_read(usbx_device *d) { return usbx_bulk_read(d, 0x83, place.data, 64, 1000, &place.count); }
static usbx_status bulk_write(usbx_device *d) { return usbx_bulk_write(d, 0x02, place.data, 64, 1000, &place.count); }
static usbx_status interrupt_read(usbx_device *d)
{
    return usbx_interrupt_read(d, 0x82, place.data, 16, 1000, &place.count);
}
static usbx_status interrupt_write(usbx_device *d)
{
    return usbx_interrupt_write(d, 0x04, place.data, 16, 1000, &place.count);
}
static usbx_status clear_halt(usbx_device *d) { return usbx_clear_halt(d, 0x83); }
static usbx_status reset(usbx_device *d) { return usbx_reset(d); }
static usbx_status cancel(usbx_device *d) { return usbx_cancel(d, 0x83); }

const handle_call handle_calls[] = {
    {"usbx_info", info, NULL},
    {"usbx_get_configuration", get_configuration, NULL},
    {"usbx_set_configuration", set_configuration, NULL},
    {"usbx_claim", claim, NULL},
    {"usbx_release", release, NULL},
    {"usbx_set_alt_setting", set_alt_setting, NULL},
    {"usbx_detach_kernel_driver", detach, NULL},
    {"usbx_endpoints", endpoints, NULL},
    {"usbx_get_descriptor", get_descriptor, NULL},
    {"usbx_get_string", get_string, NULL},
    {"usbx_control", control, NULL},
    {"usbx_bulk_read", bulk_read, NULL},
    {"usbx_bulk_write", bulk_write, NULL},
    {"usbx_interrupt_read", interrupt_read, NULL},
    {"usbx_interrupt_write", interrupt_write, NULL},
    {"usbx_clear_halt", clear_halt, NULL},
    {"usbx_reset", reset, NULL},
    {"usbx_cancel", cancel, NULL},
    {"usbx_close", usbx_close, NULL},
    {"usbx_virtual_unplug", NULL, usbx_virtual_unplug},
    {"usbx_virtual_close", NULL, usbx_virtual_close},
};
const size_t handle_call_count = COUNT(handle_calls);

void expect_refused(const handle_call *call, const void *handle, const char *which, usbx_status expected)
{
    usbx_status status;
    int good;
    memset(&place, 0xa5, sizeof place);
    status = call->on_device != NULL ? call->on_device((usbx_device *)handle) : call->on_virtual((usbx_virtual *)handle);
    good = EXPECT(status, expected);
    good &= CHECK(strlen(usbx_last_error()) > 10);
    good &= CHECK(all(&place.info, sizeof place.info, call->on_device == info ? 0 : 0xa5));
    good &= CHECK(place.configuration == (call->on_device == get_configuration ? 0 : 0xa5));
    good &= CHECK(place.count == 0 || all(&place.count, sizeof place.count, 0xa5));
    good &= CHECK(all(place.endpoints, sizeof place.endpoints, 0xa5) && all(place.data, sizeof place.data, 0xa5));
    good &= CHECK(place.text[0] == (call->on_device == get_string ? 0 : (char)0xa5)); /* a string is always terminated */
    good &= CHECK(all(place.text + 1, sizeof place.text - 1, 0xa5));
    if (!good)
        printf("#   of %s with a handle that is %s\n", call->name, which);
}
