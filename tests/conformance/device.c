/* Finding, opening and describing a device: info, strings, descriptors. */
#include "suite.h"

static void version_and_statuses_have_words(void)
{
    char version[32];
    snprintf(version, sizeof version, "%d.%d.%d", USBX_VERSION_MAJOR, USBX_VERSION_MINOR, USBX_VERSION_PATCH);
    CHECK(strcmp(usbx_version(), version) == 0);
    CHECK(strcmp(usbx_error_name(USBX_OK), "USBX_OK") == 0);
    CHECK(strcmp(usbx_error_name(USBX_ERROR_TIMEOUT), "USBX_ERROR_TIMEOUT") == 0);
    CHECK(strcmp(usbx_error_name(USBX_ERROR_INTERNAL), "USBX_ERROR_INTERNAL") == 0);
    CHECK(strcmp(usbx_error_name(1), "USBX_ERROR_UNKNOWN") == 0);
    CHECK(strcmp(usbx_error_name(-13), "USBX_ERROR_UNKNOWN") == 0);
    CHECK(strlen(usbx_error_text(USBX_ERROR_PIPE)) > 10);
    CHECK(strlen(usbx_error_text(12345)) > 10);
}

static int listed(const char *path, usbx_device_info *found)
{
    static usbx_device_info devices[256];
    size_t count = 0, i, matches = 0;
    EXPECT(usbx_devices(devices, COUNT(devices), &count), USBX_OK);
    for (i = 0; i < count && i < COUNT(devices); i++)
        if (strcmp(devices[i].path, path) == 0) {
            *found = devices[i];
            matches++;
        }
    return matches == 1;
}

static void info_is_what_the_list_says(void)
{
    usbx_device *device = open_test_device();
    usbx_device_info info, entry;
    static const uint8_t zeros[sizeof info.reserved];
    memset(&info, UNTOUCHED, sizeof info);
    EXPECT(usbx_info(device, &info), USBX_OK);
    EQUAL(info.vendor_id, ACQ_VENDOR_ID);
    EQUAL(info.product_id, ACQ_PRODUCT_ID);
    EQUAL(info.speed, USBX_SPEED_HIGH);
    EQUAL(info.backend, test_virtual ? USBX_BACKEND_VIRTUAL : test_is_remote() ? USBX_BACKEND_USBIP : USBX_BACKEND_SYSTEM);
    EQUAL(info.configurations, 1);
    EQUAL(info.usb_version, 0x0200);
    CHECK(strcmp(info.serial, test_serial) == 0);
    CHECK(info.manufacturer[0] != 0 && info.product[0] != 0 && info.path[0] != 0);
    CHECK(memcmp(info.reserved, zeros, sizeof zeros) == 0);
    if (CHECK(listed(info.path, &entry)))
        CHECK(memcmp(&info, &entry, sizeof info) == 0);
    EXPECT(usbx_close(device), USBX_OK);
}

static void list_honours_its_capacity(void)
{
    usbx_device *device = open_test_device(); /* so that there is one at least */
    usbx_device_info devices[2];
    const uint8_t *bytes = (const uint8_t *)devices;
    size_t count = 0, again = 0;
    EXPECT(usbx_devices(NULL, 0, &count), USBX_OK);
    CHECK(count >= 1);
    memset(devices, UNTOUCHED, sizeof devices);
    EXPECT(usbx_devices(devices, 0, &again), USBX_OK);
    EQUAL(again, count);
    CHECK(is_untouched(bytes, sizeof devices));
    EXPECT(usbx_devices(devices, 1, &again), USBX_OK);
    EQUAL(again, count);
    CHECK(devices[0].path[0] != 0 && (uint8_t)devices[0].path[0] != UNTOUCHED);
    CHECK(is_untouched(bytes + sizeof devices[0], sizeof devices[0]));
    EXPECT(usbx_devices(devices, 1, NULL), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

static void opens_by_path_by_ids_and_by_serial(void)
{
    usbx_device *device = open_test_device(), *other = NULL;
    usbx_device_info info, same;
    EXPECT(usbx_info(device, &info), USBX_OK);
    EXPECT(usbx_open_path(info.path, &other), USBX_OK);
    CHECK(other != NULL && other != device);
    EXPECT(usbx_info(other, &same), USBX_OK);
    CHECK(strcmp(same.path, info.path) == 0);
    EXPECT(usbx_close(other), USBX_OK);
    EXPECT(usbx_open(ACQ_VENDOR_ID, ACQ_PRODUCT_ID, NULL, &other), USBX_OK);
    EXPECT(usbx_close(other), USBX_OK);
    EXPECT(usbx_open(ACQ_VENDOR_ID, ACQ_PRODUCT_ID, "", &other), USBX_OK);
    EXPECT(usbx_close(other), USBX_OK);
    EXPECT(usbx_open(ACQ_VENDOR_ID, ACQ_PRODUCT_ID, "no such serial", &other), USBX_ERROR_NOT_FOUND);
    CHECK(other == NULL);
    SAID("1209:0001");
    SAID("no such serial");
    EXPECT(usbx_open(0xdead, 0xbeef, NULL, &other), USBX_ERROR_NOT_FOUND);
    SAID("dead:beef");
    EXPECT(usbx_open_path("99-1.2", &other), USBX_ERROR_NOT_FOUND);
    SAID("99-1.2");
    EXPECT(usbx_close(device), USBX_OK);
    EXPECT(usbx_close(device), USBX_ERROR_INVALID_HANDLE);
}

static void last_error_stays_through_successes(void)
{
    usbx_device *device = NULL;
    char before[1024];
    EXPECT(usbx_open(0xdead, 0xbeef, NULL, &device), USBX_ERROR_NOT_FOUND);
    snprintf(before, sizeof before, "%s", usbx_last_error());
    device = open_test_device();
    EXPECT(usbx_claim(device, 0), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
    CHECK(strcmp(usbx_last_error(), before) == 0);
}

static void descriptors_come_from_the_device(void)
{
    usbx_device *device = open_test_device();
    usbx_device_info info;
    uint8_t data[300];
    size_t moved = 99, total;
    memset(data, UNTOUCHED, sizeof data);
    EXPECT(usbx_info(device, &info), USBX_OK);
    EXPECT(usbx_get_descriptor(device, 1, 0, data, sizeof data, &moved), USBX_OK);
    EQUAL(moved, 18);
    EQUAL(data[0], 18);
    EQUAL(data[1], 1);
    EQUAL(data[8] | data[9] << 8, ACQ_VENDOR_ID);
    EQUAL(data[10] | data[11] << 8, ACQ_PRODUCT_ID);
    EQUAL(data[12] | data[13] << 8, info.device_version);
    CHECK(is_untouched(data + 18, sizeof data - 18));

    EXPECT(usbx_get_descriptor(device, 2, 0, data, 9, &moved), USBX_OK);
    EQUAL(moved, 9);
    total = (size_t)(data[2] | data[3] << 8);
    CHECK(total > 9 && total <= sizeof data);
    EXPECT(usbx_get_descriptor(device, 2, 0, data, sizeof data, &moved), USBX_OK);
    EQUAL(moved, total);
    EXPECT(usbx_get_descriptor(device, 2, 0, data, sizeof data, NULL), USBX_OK);

    moved = 99;
    EXPECT(usbx_get_descriptor(device, 2, 7, data, sizeof data, &moved), USBX_ERROR_PIPE);
    EQUAL(moved, 0);
    EXPECT(usbx_get_descriptor(device, 0x77, 0, data, sizeof data, &moved), USBX_ERROR_PIPE);
    SAID("1209:0001");
    EXPECT(usbx_close(device), USBX_OK);
}

static void descriptors_are_listed_without_opening(void)
{
    usbx_device *device = open_test_device();
    usbx_device_info info;
    uint8_t data[600], asked[300];
    size_t length = 99, moved = 99;
    EXPECT(usbx_info(device, &info), USBX_OK);
    memset(data, UNTOUCHED, sizeof data);
    EXPECT(usbx_descriptors(info.path, data, sizeof data, &length), USBX_OK);
    EXPECT(usbx_get_descriptor(device, 1, 0, asked, sizeof asked, &moved), USBX_OK);
    CHECK(moved == 18 && memcmp(data, asked, 18) == 0);
    EXPECT(usbx_get_descriptor(device, 2, 0, asked, sizeof asked, &moved), USBX_OK);
    EQUAL(length, 18 + moved);
    CHECK(memcmp(data + 18, asked, moved) == 0);
    CHECK(is_untouched(data + length, sizeof data - length));
    memset(data, UNTOUCHED, sizeof data);
    moved = 99;
    EXPECT(usbx_descriptors(info.path, data, 20, &moved), USBX_OK);
    EQUAL(moved, length);
    CHECK(memcmp(data + 18, asked, 2) == 0 && is_untouched(data + 20, sizeof data - 20));
    EXPECT(usbx_close(device), USBX_OK);
    EXPECT(usbx_descriptors(info.path, NULL, 0, &moved), USBX_OK); /* it is not open */
    EQUAL(moved, length);
    EXPECT(usbx_descriptors("99-1.2", data, sizeof data, &moved), USBX_ERROR_NOT_FOUND);
    EQUAL(moved, 0);
    SAID("99-1.2");
}

static uint8_t serial_index(usbx_device *device)
{
    uint8_t descriptor[18] = {0};
    EXPECT(usbx_get_descriptor(device, 1, 0, descriptor, sizeof descriptor, NULL), USBX_OK);
    return descriptor[16];
}

static void strings_are_utf8_in_any_language(void)
{
    usbx_device *device = open_test_device();
    usbx_device_info info;
    char text[384];
    uint8_t descriptor[18] = {0};
    size_t length = 99;
    EXPECT(usbx_info(device, &info), USBX_OK);
    EXPECT(usbx_get_descriptor(device, 1, 0, descriptor, sizeof descriptor, NULL), USBX_OK);
    EXPECT(usbx_get_string(device, descriptor[14], 0, text, sizeof text, &length), USBX_OK);
    CHECK(strcmp(text, info.manufacturer) == 0);
    EXPECT(usbx_get_string(device, descriptor[15], 0, text, sizeof text, &length), USBX_OK);
    CHECK(strcmp(text, info.product) == 0);
    EXPECT(usbx_get_string(device, descriptor[16], 0, text, sizeof text, &length), USBX_OK);
    CHECK(strcmp(text, test_serial) == 0);
    EQUAL(length, strlen(test_serial));
    EXPECT(usbx_get_string(device, descriptor[16], 0x0409, text, sizeof text, NULL), USBX_OK);
    CHECK(strcmp(text, test_serial) == 0);

    EXPECT(usbx_get_string(device, 0, 0, text, sizeof text, &length), USBX_ERROR_INVALID_PARAM);
    EQUAL(length, 0);
    EXPECT(usbx_get_string(device, descriptor[16], 0x0407, text, sizeof text, &length), USBX_ERROR_NOT_FOUND);
    SAID("0x0407");
    SAID("it has 0x0409");
    EQUAL(length, 0);
    EXPECT(usbx_get_string(device, 200, 0, text, sizeof text, &length), USBX_ERROR_PIPE);
    EXPECT(usbx_close(device), USBX_OK);
}

/* Every capacity there is: what fits of whole characters, terminated, and not a byte beyond. */
static void strings_are_cut_at_a_character(void)
{
    usbx_device *device = open_test_device();
    uint8_t index = serial_index(device);
    size_t whole = strlen(test_serial), capacity, length, fits, i;
    char text[400];
    for (capacity = 0; capacity <= whole + 2; capacity++) {
        memset(text, UNTOUCHED, sizeof text);
        EXPECT(usbx_get_string(device, index, 0, capacity ? text : NULL, capacity, &length), USBX_OK);
        EQUAL(length, whole);
        if (capacity == 0)
            continue;
        /* 10xxxxxx is a byte inside a character: a cut may not stand before one. */
        for (fits = capacity - 1 < whole ? capacity - 1 : whole; (test_serial[fits] & 0xc0) == 0x80; fits--)
            ;
        CHECK(memcmp(text, test_serial, fits) == 0);
        EQUAL(text[fits], 0);
        for (i = capacity; i < sizeof text; i++)
            if (!EQUAL((uint8_t)text[i], UNTOUCHED))
                break;
    }
    EXPECT(usbx_close(device), USBX_OK);
}

const test_case device_cases[] = {
    {"version_and_statuses_have_words", version_and_statuses_have_words},
    {"info_is_what_the_list_says", info_is_what_the_list_says},
    {"list_honours_its_capacity", list_honours_its_capacity},
    {"opens_by_path_by_ids_and_by_serial", opens_by_path_by_ids_and_by_serial},
    {"last_error_stays_through_successes", last_error_stays_through_successes},
    {"descriptors_come_from_the_device", descriptors_come_from_the_device},
    {"descriptors_are_listed_without_opening", descriptors_are_listed_without_opening},
    {"strings_are_utf8_in_any_language", strings_are_utf8_in_any_language},
    {"strings_are_cut_at_a_character", strings_are_cut_at_a_character},
};
const size_t device_count = COUNT(device_cases);
