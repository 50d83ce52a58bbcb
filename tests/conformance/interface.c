/* Endpoints, configurations, claims, alternate settings. */
#include "suite.h"

static void endpoints_are_those_of_the_device(void)
{
    static const struct {
        uint8_t address, type, interface_number, alt_setting;
        uint16_t max_packet_size;
    } expected[] = {
        {ACQ_FRAMES, USBX_TYPE_BULK, 0, 0, 512},   {ACQ_STATUS, USBX_TYPE_INTERRUPT, 0, 0, 16},
        {ACQ_LOOP_OUT, USBX_TYPE_BULK, 0, 0, 512}, {ACQ_LOOP_IN, USBX_TYPE_BULK, 0, 0, 512},
        {ACQ_FRAMES, USBX_TYPE_BULK, 0, 1, 512},   {ACQ_STATUS, USBX_TYPE_INTERRUPT, 0, 1, 16},
        {ACQ_LOOP_OUT, USBX_TYPE_BULK, 0, 1, 512}, {ACQ_LOOP_IN, USBX_TYPE_BULK, 0, 1, 512},
        {0x85, USBX_TYPE_ISOCHRONOUS, 0, 1, 512},  {ACQ_HID, USBX_TYPE_INTERRUPT, 1, 0, 8},
    };
    usbx_device *device = open_test_device();
    usbx_endpoint endpoints[16];
    static const uint8_t zeros[sizeof endpoints[0].reserved];
    size_t count = 0, i, j, found;
    memset(endpoints, UNTOUCHED, sizeof endpoints);
    EXPECT(usbx_endpoints(device, endpoints, COUNT(endpoints), &count), USBX_OK);
    if (!EQUAL(count, COUNT(expected)))
        return;
    for (i = 0; i < COUNT(expected); i++) {
        for (found = 0, j = 0; j < count; j++) {
            if (endpoints[j].address != expected[i].address || endpoints[j].alt_setting != expected[i].alt_setting)
                continue;
            found++;
            EQUAL(endpoints[j].type, expected[i].type);
            EQUAL(endpoints[j].interface_number, expected[i].interface_number);
            EQUAL(endpoints[j].max_packet_size, expected[i].max_packet_size);
            EQUAL(endpoints[j].packets_per_interval, 1);
            EQUAL(endpoints[j].max_bytes_per_interval, expected[i].max_packet_size);
            CHECK(memcmp(endpoints[j].reserved, zeros, sizeof zeros) == 0);
        }
        EQUAL(found, 1);
    }
    CHECK(is_untouched((const uint8_t *)(endpoints + count), sizeof endpoints - count * sizeof endpoints[0]));

    memset(endpoints, UNTOUCHED, sizeof endpoints);
    EXPECT(usbx_endpoints(device, endpoints, 2, &count), USBX_OK);
    EQUAL(count, COUNT(expected));
    EQUAL(endpoints[0].address, ACQ_FRAMES); /* in the order of the descriptor */
    EQUAL(endpoints[1].address, ACQ_STATUS);
    CHECK(is_untouched((const uint8_t *)(endpoints + 2), sizeof endpoints - 2 * sizeof endpoints[0]));
    EXPECT(usbx_endpoints(device, NULL, 0, &count), USBX_OK);
    EQUAL(count, COUNT(expected));
    EXPECT(usbx_endpoints(device, endpoints, 2, NULL), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

static void configuration_is_read_and_selected(void)
{
    usbx_device *device = open_test_device();
    uint8_t configuration = 99;
    EXPECT(usbx_get_configuration(device, &configuration), USBX_OK);
    EQUAL(configuration, 1);
    EXPECT(usbx_claim(device, 0), USBX_OK);
    EXPECT(usbx_set_configuration(device, 1), USBX_OK); /* already active: nothing is sent, claims do not matter */
    EXPECT(usbx_set_configuration(device, 7), USBX_ERROR_NOT_FOUND);
    SAID("1209:0001");
    EXPECT(usbx_get_configuration(device, &configuration), USBX_OK);
    EQUAL(configuration, 1);
    EXPECT(usbx_close(device), USBX_OK);
}

static void claims_are_exclusive_and_kept_book_of(void)
{
    usbx_device *device = open_test_device(), *other = open_test_device();
    EXPECT(usbx_release(device, 0), USBX_ERROR_NOT_CLAIMED);
    EXPECT(usbx_release(device, 9), USBX_ERROR_NOT_FOUND);
    EXPECT(usbx_claim(device, 9), USBX_ERROR_NOT_FOUND);
    SAID("1209:0001");
    EXPECT(usbx_claim(device, 0), USBX_OK);
    EXPECT(usbx_claim(device, 0), USBX_OK);
    EXPECT(usbx_claim(other, 0), USBX_ERROR_BUSY);
    SAID("interface 0");
    SAID("1209:0001");
    EXPECT(usbx_release(other, 0), USBX_ERROR_NOT_CLAIMED);
    EXPECT(usbx_release(device, 0), USBX_OK);
    EXPECT(usbx_release(device, 0), USBX_ERROR_NOT_CLAIMED);
    EXPECT(usbx_claim(other, 0), USBX_OK);
    EXPECT(usbx_close(other), USBX_OK); /* a close gives it back, too */
    EXPECT(usbx_claim(device, 0), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

static void kernel_drivers_are_detached_where_there_are_any(void)
{
    usbx_device *device = open_test_device();
    EXPECT(usbx_detach_kernel_driver(device, 0), USBX_OK); /* none is bound */
    EXPECT(usbx_detach_kernel_driver(device, 1), USBX_OK); /* usbhid, on a kernel's bus */
    EXPECT(usbx_detach_kernel_driver(device, 9), USBX_ERROR_NOT_FOUND);
    EXPECT(usbx_claim(device, 1), USBX_OK);
    EXPECT(usbx_release(device, 1), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

static void kernel_drivers_are_told_and_attached_at_once(void)
{
    usbx_device *device = open_test_device();
    const char *theirs = test_virtual ? "" : "usbhid"; /* without a kernel in between, or with one */
    char name[256] = "?";
    size_t length = 99;
    EXPECT(usbx_kernel_driver(device, 0, name, sizeof name, &length), USBX_OK);
    CHECK(name[0] == 0 && length == 0);
    EXPECT(usbx_kernel_driver(device, 9, name, sizeof name, &length), USBX_ERROR_NOT_FOUND);
    SAID("interface 9");
    EXPECT(usbx_detach_kernel_driver(device, 1), USBX_OK);
    EXPECT(usbx_kernel_driver(device, 1, name, sizeof name, &length), USBX_OK);
    CHECK(name[0] == 0 && length == 0);
    EXPECT(usbx_attach_kernel_driver(device, 1), USBX_OK);
    EXPECT(usbx_kernel_driver(device, 1, name, sizeof name, &length), USBX_OK);
    CHECK(strcmp(name, theirs) == 0);
    EQUAL(length, strlen(theirs));
    EXPECT(usbx_kernel_driver(device, 1, name, 4, &length), USBX_OK);
    CHECK(strncmp(name, theirs, 3) == 0 && name[3 < strlen(theirs) ? 3 : strlen(theirs)] == 0);
    EQUAL(length, strlen(theirs));
    EXPECT(usbx_attach_kernel_driver(device, 1), USBX_OK); /* there already */
    EXPECT(usbx_attach_kernel_driver(device, 0), USBX_OK); /* no driver wants it */
    EXPECT(usbx_attach_kernel_driver(device, 9), USBX_ERROR_NOT_FOUND);

    EXPECT(usbx_detach_kernel_driver(device, 1), USBX_OK);
    EXPECT(usbx_claim(device, 1), USBX_OK);
    EXPECT(usbx_kernel_driver(device, 1, name, sizeof name, &length), USBX_OK);
    CHECK(name[0] == 0); /* a program's claim is not a driver */
    EXPECT(usbx_attach_kernel_driver(device, 1), USBX_ERROR_BUSY);
    SAID("usbx_release");
    EXPECT(usbx_release(device, 1), USBX_OK);
    EXPECT(usbx_kernel_driver(device, 1, name, sizeof name, &length), USBX_OK);
    CHECK(strcmp(name, theirs) == 0);
    EXPECT(usbx_close(device), USBX_OK);
}

static void alternate_settings_are_checked(void)
{
    usbx_device *device = open_test_device();
    EXPECT(usbx_set_alt_setting(device, 0, 0), USBX_ERROR_NOT_CLAIMED);
    EXPECT(usbx_set_alt_setting(device, 9, 0), USBX_ERROR_NOT_FOUND);
    EXPECT(usbx_claim(device, 0), USBX_OK);
    EXPECT(usbx_set_alt_setting(device, 0, 0), USBX_OK);
    EXPECT(usbx_set_alt_setting(device, 0, 5), USBX_ERROR_NOT_FOUND);
    SAID("interface 0");
    EXPECT(usbx_close(device), USBX_OK);
}

static void endpoints_are_checked_before_the_bus(void)
{
    usbx_device *device = open_test_device();
    uint8_t data[512];
    size_t moved;
    memset(data, UNTOUCHED, sizeof data);

#define REFUSED(call, status)       \
    do {                            \
        moved = 99;                 \
        if (EXPECT(call, status)) { \
            EQUAL(moved, 0);        \
            SAID("1209:0001");      \
        }                           \
    } while (0)
    REFUSED(usbx_bulk_read(device, 0x81, data, 512, LONG, &moved), USBX_ERROR_NOT_CLAIMED);
    SAID("0x81");
    SAID("usbx_claim");
    REFUSED(usbx_bulk_write(device, 0x02, data, 512, LONG, &moved), USBX_ERROR_NOT_CLAIMED);
    EXPECT(usbx_claim(device, 0), USBX_OK);
    REFUSED(usbx_bulk_read(device, 0x85, data, 512, LONG, &moved), USBX_ERROR_INVALID_PARAM);
    SAID("usbx_set_alt_setting"); /* it is in another alternate setting */
    REFUSED(usbx_bulk_read(device, 0x86, data, 512, LONG, &moved), USBX_ERROR_INVALID_PARAM);
    SAID("0x81"); /* the message lists the endpoints that exist */
    SAID("0x02");
    SAID("0x83");
    REFUSED(usbx_bulk_read(device, 0x02, data, 512, LONG, &moved), USBX_ERROR_INVALID_PARAM);
    SAID("0x83");
    REFUSED(usbx_bulk_write(device, 0x83, data, 512, LONG, &moved), USBX_ERROR_INVALID_PARAM);
    SAID("0x02");
    REFUSED(usbx_bulk_read(device, 0x82, data, 512, LONG, &moved), USBX_ERROR_INVALID_PARAM);
    SAID("interrupt");
    REFUSED(usbx_interrupt_read(device, 0x81, data, 512, LONG, &moved), USBX_ERROR_INVALID_PARAM);
    SAID("bulk");
    REFUSED(usbx_interrupt_write(device, 0x02, data, 512, LONG, &moved), USBX_ERROR_INVALID_PARAM);
    REFUSED(usbx_interrupt_read(device, 0x84, data, 8, LONG, &moved), USBX_ERROR_NOT_CLAIMED);
    SAID("interface 1");
    REFUSED(usbx_bulk_read(device, 0x00, data, 512, LONG, &moved), USBX_ERROR_INVALID_PARAM);
#undef REFUSED
    EXPECT(usbx_clear_halt(device, 0x85), USBX_ERROR_INVALID_PARAM);
    SAID("0x81");
    EXPECT(usbx_clear_halt(device, 0x84), USBX_ERROR_NOT_CLAIMED);
    EXPECT(usbx_cancel(device, 0x86), USBX_ERROR_INVALID_PARAM);
    SAID("0x81");
    CHECK(is_untouched(data, sizeof data));

    EXPECT(usbx_release(device, 0), USBX_OK);
    EXPECT(usbx_bulk_read(device, 0x81, data, 512, LONG, &moved), USBX_ERROR_NOT_CLAIMED);
    EXPECT(usbx_close(device), USBX_OK);
}

const test_case interface_cases[] = {
    {"endpoints_are_those_of_the_device", endpoints_are_those_of_the_device},
    {"configuration_is_read_and_selected", configuration_is_read_and_selected},
    {"claims_are_exclusive_and_kept_book_of", claims_are_exclusive_and_kept_book_of},
    {"kernel_drivers_are_detached_where_there_are_any", kernel_drivers_are_detached_where_there_are_any},
    {"kernel_drivers_are_told_and_attached_at_once", kernel_drivers_are_told_and_attached_at_once},
    {"alternate_settings_are_checked", alternate_settings_are_checked},
    {"endpoints_are_checked_before_the_bus", endpoints_are_checked_before_the_bus},
};
const size_t interface_count = COUNT(interface_cases);
