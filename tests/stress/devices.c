#include "stress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bus target = {0, 0x1209, 0x0001, {0x81, 0x83}, 0x02, 0x82, 0x85, IO};

/* Loopback gadgets (f_loopback): 0525:a4a1, a bulk endpoint each way. Any of their transfers may be ended by an unplugging. */
void use_kernel(void)
{
    const bus gadgets = {1, 0x0525, 0xa4a1, {0x81, 0}, 0x01, 0, 0, IO | NO_MEM};
    target = gadgets;
}

const char *serial_of(unsigned device, char text[64])
{
    snprintf(text, 64, target.on_kernel ? "LAB-stress%u" : "STRESS-%u", device);
    return text;
}

static int is_text(const char *text, size_t capacity)
{
    return memchr(text, 0, capacity) != NULL;
}

static void check_info(worker *w, const usbx_device_info *info)
{
    CHECK(w, is_text(info->path, sizeof info->path) && is_text(info->serial, sizeof info->serial));
    CHECK(w, is_text(info->product, sizeof info->product) && is_text(info->manufacturer, sizeof info->manufacturer));
    CHECK(w, info->path[0] != 0 && info->speed <= USBX_SPEED_SUPER_PLUS);
    CHECK(w, info->backend == USBX_BACKEND_VIRTUAL ? info->vendor_id == 0x1209 : target.on_kernel);
}

void list(worker *w)
{
    static const size_t capacities[] = {0, 1, 4, 24};
    size_t capacity = capacities[below(w, 4)], count = 99, i;
    usbx_device_info *all = (usbx_device_info *)room(capacity * sizeof *all);

    if (one_in(w, 8)) {
        TRY(w, INVALID_PARAM, usbx_devices(NULL, 1 + below(w, 9), &count));
        CHECK(w, count == 0);
    } else if (TRY(w, OK_, usbx_devices(all, capacity, one_in(w, 8) ? NULL : &count)) == USBX_OK) {
        for (i = 0; i < capacity && i < count && count != 99; i++)
            check_info(w, &all[i]);
    }
    free(all);
}

/* By its path or as the first that is there we may have opened another thread's own device. */
static int is_of_one(worker *w, usbx_device *device)
{
    usbx_device_info info;
    return TRY(w, OK_ | INVALID_HANDLE, usbx_info(device, &info)) != USBX_OK || strncmp(info.serial, "OWN", 3) == 0;
}

/* Where one of them was a moment ago. */
static void open_listed(worker *w, usbx_device **device, unsigned allowed)
{
    enum { MOST = 32 };
    usbx_device_info *all = (usbx_device_info *)room(MOST * sizeof *all);
    size_t count = 0, i, first = below(w, MOST);
    *device = NULL;
    TRY(w, OK_, usbx_devices(all, MOST, &count));
    for (i = first; i < first + MOST && count > 0; i++)
        if (i % MOST < count && all[i % MOST].vendor_id == target.vendor_id) {
            if (one_in(w, 4))
                TRY(w, OK_ | NOT_FOUND, usbx_descriptors(all[i % MOST].path, NULL, 0, NULL));
            TRY(w, allowed, usbx_open_path(all[i % MOST].path, device));
            break;
        }
    free(all);
}

void open_device(worker *w)
{
    char text[64];
    usbx_device *device = (usbx_device *)w;
    unsigned slot = below(w, SLOTS);
    unsigned there = OK_ | NOT_FOUND | NO_DEVICE | (target.on_kernel ? IO : 0);
    int32_t fd = (int32_t)below(w, 3) - 1; /* none, or standard input or output */

    switch (below(w, 16)) {
    case 0:
        TRY(w, INVALID_PARAM, usbx_open(target.vendor_id, target.product_id, NULL, NULL));
        return;
    case 1:
        TRY(w, NOT_FOUND, usbx_open(0xdead, 0xbeef, NULL, &device));
        break;
    case 2:
        TRY(w, INVALID_PARAM, usbx_open(target.vendor_id, target.product_id, "\xff\xfe", &device));
        break;
    case 3:
        TRY(w, INVALID_PARAM, usbx_open_path(NULL, &device));
        break;
    case 4:
        TRY(w, NOT_FOUND, usbx_open_path(one_in(w, 2) ? "virtual/256" : "77-1.2", &device));
        break;
    case 5:
        TRY(w, INVALID_PARAM, usbx_open_fd(fd, &device));
        break;
    case 6:
        open_listed(w, &device, there);
        break;
    case 7:
        TRY(w, there, usbx_open(target.vendor_id, target.product_id, NULL, &device));
        break;
    default:
        TRY(w, there, usbx_open(target.vendor_id, target.product_id, serial_of(slot % DEVICES, text), &device));
    }
    if (device == NULL)
        return;
    opened();
    if (is_of_one(w, device))
        close_handle(w, DEVICE, device);
    else
        keep(w, DEVICE, slot, device);
}

void describe(worker *w)
{
    chosen device = choose(w, DEVICE);
    usbx_device_info info;
    usbx_endpoint *all;
    size_t capacity = below(w, 20), count = 99, i;
    uint8_t configuration = 99;

    switch (below(w, 5)) {
    case 0:
        memset(&info, UNTOUCHED, sizeof info);
        if (TRY(w, of(device, OK_), usbx_info(device.token, &info)) == USBX_OK)
            check_info(w, &info);
        else
            CHECK(w, info.vendor_id == 0 && info.path[0] == 0 && info.reserved[63] == 0);
        break;
    case 1:
        TRY(w, of(device, INVALID_PARAM), usbx_info(device.token, NULL));
        break;
    case 2:
        if (TRY(w, of(device, OK_ | NO_DEVICE), usbx_get_configuration(device.token, &configuration)) != USBX_OK)
            CHECK(w, configuration == 0);
        else
            CHECK(w, configuration <= 2);
        break;
    case 3:
        TRY(w, of(device, INVALID_PARAM | NO_DEVICE), usbx_endpoints(device.token, NULL, 3, &count));
        CHECK(w, count == 0);
        break;
    default:
        all = (usbx_endpoint *)room(capacity * sizeof *all);
        if (TRY(w, of(device, OK_ | NO_DEVICE), usbx_endpoints(device.token, all, capacity, &count)) == USBX_OK)
            for (i = 0; i < count && i < capacity; i++)
                CHECK(w, all[i].type <= USBX_TYPE_INTERRUPT && all[i].max_packet_size > 0 && (all[i].address & 0x70) == 0);
        else
            CHECK(w, count == 0);
        free(all);
    }
}

void set_up(worker *w)
{
    chosen device = choose(w, DEVICE);
    uint8_t absent = (uint8_t)(3 + below(w, 250));
    uint8_t interface = one_in(w, 8) ? 1 : 0;
    unsigned maybe = target.on_kernel ? NOT_FOUND | IO : 0;
    unsigned other = target.on_kernel || interface == 1 ? NOT_FOUND : 0;

    switch (below(w, 16)) {
    case 0:
        TRY(w, of(device, NOT_FOUND | NO_DEVICE), usbx_claim(device.token, absent));
        break;
    case 1:
        TRY(w, of(device, NOT_FOUND | NO_DEVICE), usbx_release(device.token, absent));
        break;
    case 2:
        TRY(w, of(device, NOT_FOUND | NOT_CLAIMED | NO_DEVICE), usbx_set_alt_setting(device.token, interface, absent));
        break;
    case 3:
        TRY(w, of(device, NOT_FOUND | BUSY | NO_DEVICE), usbx_set_configuration(device.token, absent));
        break;
    case 4:
        TRY(w, of(device, OK_ | BUSY | NO_DEVICE | maybe), usbx_set_configuration(device.token, 1));
        break;
    case 5:
        TRY(w, of(device, OK_ | NO_DEVICE | maybe), usbx_detach_kernel_driver(device.token, interface));
        break;
    case 9:
        TRY(w, of(device, OK_ | BUSY | NO_DEVICE | maybe), usbx_attach_kernel_driver(device.token, interface));
        break;
    case 10:
        TRY(w, of(device, OK_ | NO_DEVICE | maybe), usbx_kernel_driver(device.token, interface, NULL, 0, NULL));
        break;
    case 6:
        TRY(w, of(device, OK_ | NOT_CLAIMED | NO_DEVICE | maybe), usbx_release(device.token, interface));
        break;
    case 7:
    case 8:
        TRY(w, of(device, OK_ | NOT_CLAIMED | NO_DEVICE | maybe | other),
            usbx_set_alt_setting(device.token, interface, (uint8_t)below(w, 2)));
        break;
    default:
        TRY(w, of(device, OK_ | BUSY | NO_DEVICE | maybe), usbx_claim(device.token, interface));
    }
}

void read_descriptor(worker *w)
{
    chosen device = choose(w, DEVICE);
    unsigned asked = TIMEOUT | CANCELLED | NO_DEVICE | target.bus_errors;
    size_t length = below(w, 100), moved = 99, capacity = 1 + below(w, 40);
    uint8_t *data = room(length);
    char text[41] = "?";

    switch (below(w, 6)) {
    case 0:
        TRY(w, of(device, INVALID_PARAM), usbx_get_descriptor(device.token, 1, 0, NULL, 18, &moved));
        CHECK(w, moved == 0);
        break;
    case 1:
        TRY(w, of(device, PIPE | asked), usbx_get_descriptor(device.token, 0x7f, 0, data, length, &moved));
        CHECK(w, moved == 0 && untouched(data, length));
        break;
    case 2:
        TRY(w, of(device, INVALID_PARAM), usbx_get_string(device.token, 0, 0, text, capacity, &moved));
        CHECK(w, moved == 0 && text[0] == 0);
        break;
    case 3:
        TRY(w, of(device, PIPE | asked), usbx_get_string(device.token, 200, 0x0409, text, capacity, &moved));
        CHECK(w, moved == 0 && text[0] == 0);
        break;
    case 4:
        if (TRY(w, of(device, OK_ | PIPE | asked), usbx_get_string(device.token, 3, 0, text, capacity, &moved)) == USBX_OK)
            CHECK(w, moved > 0 && strlen(text) < capacity);
        else
            CHECK(w, moved == 0 && text[0] == 0);
        break;
    default:
        if (TRY(w, of(device, OK_ | asked), usbx_get_descriptor(device.token, 1, 0, data, length, &moved)) == USBX_OK)
            CHECK(w, moved == (length < 18 ? length : 18) && untouched(data + moved, length - moved));
        else
            CHECK(w, moved <= length);
    }
    free(data);
}
