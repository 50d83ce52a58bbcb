/* Compares everything the library says about a device with what the kernel says in sysfs. argv[1]: its sysfs directory. */
#include "check.h"

static const char *sysfs;

static size_t slurp(const char *name, void *data, size_t capacity) {
    char path[512];
    FILE *file;
    size_t length;
    snprintf(path, sizeof path, "%s/%s", sysfs, name);
    file = fopen(path, "rb");
    if (file == NULL) {
        fprintf(stderr, "cannot read %s\n", path);
        exit(1);
    }
    length = fread(data, 1, capacity, file);
    fclose(file);
    return length;
}

static const char *text_of(const char *name) {
    static char text[4][512];
    static int turn;
    char *mine = text[turn = (turn + 1) % 4];
    mine[slurp(name, mine, 511)] = '\0';
    mine[strcspn(mine, "\n")] = '\0';
    return mine;
}

static long hex_of(const char *name) { return strtol(text_of(name), NULL, 16); }
static long number_of(const char *name) { return strtol(text_of(name), NULL, 10); }

static void check_text(const char *what, const char *got, const char *expected) {
    if (strcmp(got, expected) != 0) {
        fprintf(stderr, "%s is \"%s\", not \"%s\"\n", what, got, expected);
        exit(1);
    }
}

static void check_info(const usbx_device_info *info) {
    const char *usb = text_of("version"); /* " 2.00" */
    CHECK_NUMBER(info->vendor_id, hex_of("idVendor"));
    CHECK_NUMBER(info->product_id, hex_of("idProduct"));
    CHECK_NUMBER(info->device_version, hex_of("bcdDevice"));
    while (*usb == ' ') {
        usb++;
    }
    CHECK_NUMBER(info->usb_version, (strtol(usb, NULL, 16) << 8) | strtol(strchr(usb, '.') + 1, NULL, 16));
    CHECK_NUMBER(info->device_class, hex_of("bDeviceClass"));
    CHECK_NUMBER(info->device_subclass, hex_of("bDeviceSubClass"));
    CHECK_NUMBER(info->device_protocol, hex_of("bDeviceProtocol"));
    CHECK_NUMBER(info->configurations, number_of("bNumConfigurations"));
    CHECK_NUMBER(info->bus, number_of("busnum"));
    CHECK_NUMBER(info->address, number_of("devnum"));
    CHECK_NUMBER(info->backend, USBX_BACKEND_SYSTEM);
    switch (number_of("speed")) {
    case 12: CHECK_NUMBER(info->speed, USBX_SPEED_FULL); break;
    case 480: CHECK_NUMBER(info->speed, USBX_SPEED_HIGH); break;
    case 5000: CHECK_NUMBER(info->speed, USBX_SPEED_SUPER); break;
    default: CHECK(!"a speed this test knows");
    }
    check_text("path", info->path, strrchr(sysfs, '/') + 1);
    check_text("manufacturer", info->manufacturer, text_of("manufacturer"));
    check_text("product", info->product, text_of("product"));
    check_text("serial", info->serial, text_of("serial"));
}

/* sysfs has the device descriptor followed by every configuration, as the device sent them. */
static void check_descriptors(usbx_device *device, const usbx_device_info *info) {
    static uint8_t all[4096], got[4096];
    size_t length = slurp("descriptors", all, sizeof all), moved, at = 18, i, found = 0;
    uint8_t configuration;

    OK(usbx_get_descriptor(device, 1, 0, got, sizeof got, &moved));
    CHECK_NUMBER(moved, 18);
    CHECK(memcmp(got, all, 18) == 0);
    OK(usbx_get_configuration(device, &configuration));
    CHECK_NUMBER(configuration, number_of("bConfigurationValue"));

    for (i = 0; i < info->configurations; i++) {
        size_t whole = all[at + 2] | (size_t)all[at + 3] << 8;
        OK(usbx_get_descriptor(device, 2, (uint8_t)i, got, sizeof got, &moved));
        CHECK_NUMBER(moved, whole);
        CHECK(memcmp(got, all + at, whole) == 0);
        if (all[at + 5] == configuration) {
            usbx_endpoint endpoints[32];
            size_t count, j, interface_number = 0, alt = 0;
            OK(usbx_endpoints(device, endpoints, 32, &count));
            for (j = at; j < at + whole; j += all[j]) {
                const uint8_t *d = all + j;
                if (d[1] == 4) {
                    interface_number = d[2];
                    alt = d[3];
                } else if (d[1] == 5) {
                    const usbx_endpoint *e = &endpoints[found++];
                    CHECK(found <= count);
                    CHECK_NUMBER(e->address, d[2]);
                    CHECK_NUMBER(e->type, d[3] & 3);
                    CHECK_NUMBER(e->max_packet_size, (d[4] | d[5] << 8) & 0x7ff);
                    CHECK_NUMBER(e->interval, d[6]);
                    CHECK_NUMBER(e->interface_number, interface_number);
                    CHECK_NUMBER(e->alt_setting, alt);
                }
            }
            CHECK_NUMBER(found, count);
            CHECK(found >= 2);
        }
        at += whole;
    }
    CHECK_NUMBER(at, length);

    /* Too small a buffer: the device cuts, and what lies beyond stays as it was. */
    memset(got, 0xee, sizeof got);
    OK(usbx_get_descriptor(device, 2, 0, got, 9, &moved));
    CHECK_NUMBER(moved, 9);
    CHECK(memcmp(got, all + 18, 9) == 0 && got[9] == 0xee);
    EXPECT(usbx_get_descriptor(device, 2, 9, got, sizeof got, &moved), USBX_ERROR_PIPE);
    CHECK_NUMBER(moved, 0);
}

static void check_strings(usbx_device *device, const usbx_device_info *info) {
    uint8_t descriptor[18];
    char text[384], cut[4];
    size_t length;
    OK(usbx_get_descriptor(device, 1, 0, descriptor, 18, NULL));
    OK(usbx_get_string(device, descriptor[15], 0, text, sizeof text, &length));
    check_text("the product string", text, info->product);
    CHECK_NUMBER(length, strlen(info->product));
    OK(usbx_get_string(device, descriptor[14], 0x0409, text, sizeof text, NULL));
    check_text("the manufacturer string", text, info->manufacturer);
    /* "Pr\xc3\xbc…": three bytes would cut the second character's code in two. */
    OK(usbx_get_string(device, descriptor[15], 0, cut, 4, &length));
    check_text("the cut string", cut, "Pr");
    CHECK_NUMBER(length, strlen(info->product));
    EXPECT(usbx_get_string(device, 200, 0, text, sizeof text, &length), USBX_ERROR_PIPE);
    CHECK(text[0] == '\0' && length == 0);
    EXPECT(usbx_get_string(device, 0, 0, text, sizeof text, NULL), USBX_ERROR_INVALID_PARAM);
}

/* The gadget keeps what vendor request 0x5b writes, and 0x5c reads it back; it stalls any other. */
static void check_control(usbx_device *device) {
    uint8_t written[1000], got[1000], state[2];
    uint64_t random = 7;
    size_t moved;
    fill_random(written, sizeof written, &random);
    OK(usbx_control(device, 0x40, 0x5b, 0, 0, written, sizeof written, 5000, &moved));
    CHECK_NUMBER(moved, sizeof written);
    OK(usbx_control(device, 0xc0, 0x5c, 0, 0, got, sizeof got, 5000, &moved));
    CHECK_NUMBER(moved, sizeof got);
    CHECK(memcmp(got, written, sizeof got) == 0);
    EXPECT(usbx_control(device, 0xc0, 0x77, 0, 0, got, sizeof got, 5000, &moved), USBX_ERROR_PIPE);
    CHECK_NUMBER(moved, 0);
    /* A stalled request leaves the next one alone. GET_STATUS of the device: two bytes. */
    OK(usbx_control(device, 0x80, 0x00, 0, 0, state, 2, 5000, &moved));
    CHECK_NUMBER(moved, 2);
    /* What goes to an endpoint needs its interface claimed. */
    EXPECT(usbx_control(device, 0x82, 0x00, 0, 0x81, state, 2, 5000, NULL), USBX_ERROR_NOT_CLAIMED);
    OK(usbx_claim(device, 0));
    OK(usbx_control(device, 0x82, 0x00, 0, 0x81, state, 2, 5000, &moved));
    CHECK_NUMBER(moved, 2);
    CHECK_NUMBER(state[0], 0);
}

int main(int argc, char **argv) {
    usbx_device_info all[16], info;
    usbx_device *device;
    size_t count, i, found = 0;

    CHECK(argc == 2);
    sysfs = argv[1];
    OK(usbx_devices(all, 16, &count));
    for (i = 0; i < count; i++) {
        if (all[i].vendor_id == LAB_VENDOR) {
            check_info(&all[i]);
            found++;
        } else {
            CHECK_NUMBER(all[i].device_class, 9);
            CHECK(strncmp(all[i].path, "usb", 3) == 0);
        }
    }
    CHECK_NUMBER(found, 1);

    OK(usbx_open_path(strrchr(sysfs, '/') + 1, &device));
    OK(usbx_info(device, &info));
    check_info(&info);
    check_descriptors(device, &info);
    check_strings(device, &info);
    check_control(device);
    OK(usbx_close(device));
    return 0;
}
