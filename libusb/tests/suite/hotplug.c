/* Callbacks for devices. */
#include "suite.h"

static int arrived, calls;

static int LIBUSB_CALL came(libusb_context *c, libusb_device *d, libusb_hotplug_event event, void *data)
{
    calls++;
    arrived += d == device && event == LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED && c == context && data == (void *)&arrived;
    return 0;
}

static int LIBUSB_CALL enough(libusb_context *c, libusb_device *d, libusb_hotplug_event event, void *data)
{
    (void)c, (void)d, (void)event;
    ++*(int *)data;
    return 1;
}

/* What is opened in a callback may be used there, while the program's thread is in the registration. */
static int LIBUSB_CALL nested(libusb_context *c, libusb_device *d, libusb_hotplug_event event, void *unused)
{
    libusb_device_handle *opened = NULL;
    libusb_hotplug_callback_handle h = 0;
    unsigned char text[64];
    (void)event, (void)unused;
    code("open", libusb_open(d, &opened));
    code("string", libusb_get_string_descriptor_ascii(opened, 1, text, sizeof text));
    libusb_close(opened);
    code("register", libusb_hotplug_register_callback(c, LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED, LIBUSB_HOTPLUG_ENUMERATE, VENDOR, PRODUCT, -1, enough, &calls, &h));
    libusb_hotplug_deregister_callback(c, h);
    return 0;
}

void hotplug(void)
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
    calls = 0;
    code("one that says enough", libusb_hotplug_register_callback(context, LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED, LIBUSB_HOTPLUG_ENUMERATE, -1, -1, -1, enough, &calls, &h));
    libusb_device **list;
    ssize_t number = libusb_get_device_list(context, &list);
    libusb_free_device_list(list, 1);
    printf("of all devices: %d, it stays: %d\n", calls == number, libusb_hotplug_get_user_data(context, h) == (void *)&calls);
    libusb_hotplug_deregister_callback(context, h);
    calls = 0;
    code("one that registers another", libusb_hotplug_register_callback(context, LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED, LIBUSB_HOTPLUG_ENUMERATE, VENDOR, PRODUCT, -1, nested, NULL, &h));
    printf("calls: %d\n", calls);
    libusb_hotplug_deregister_callback(context, h);
    code("a handle that nobody wants", libusb_hotplug_register_callback(context, LIBUSB_HOTPLUG_EVENT_DEVICE_LEFT, 0, -1, -1, -1, came, NULL, NULL));
    code("no flag", libusb_hotplug_register_callback(context, LIBUSB_HOTPLUG_EVENT_DEVICE_LEFT, (libusb_hotplug_flag)2, -1, -1, -1, came, NULL, &h));
    libusb_hotplug_deregister_callback(context, 4711);
}
