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

static uint8_t selected_setting(usbx_device *device, uint8_t interface_number)
{
    usbx_interface all[8];
    size_t count = 0, i;
    EXPECT(usbx_interfaces(device, all, COUNT(all), &count), USBX_OK);
    for (i = 0; i < count && i < COUNT(all); i++)
        if (all[i].number == interface_number && all[i].selected)
            return all[i].alt_setting;
    return 99;
}

static void interfaces_are_those_of_the_device(void)
{
    static const uint8_t expected[3][6] = {{0, 0, 1, 0xff, 4}, {0, 1, 0, 0xff, 5}, {1, 0, 1, 3, 1}};
    usbx_device *device = open_test_device();
    usbx_interface all[8];
    static const uint8_t zeros[sizeof all[0].reserved];
    size_t count = 99, i;
    memset(all, UNTOUCHED, sizeof all);
    EXPECT(usbx_interfaces(device, all, COUNT(all), &count), USBX_OK);
    if (!EQUAL(count, COUNT(expected)))
        return;
    for (i = 0; i < count; i++) {
        EQUAL(all[i].number, expected[i][0]);
        EQUAL(all[i].alt_setting, expected[i][1]);
        EQUAL(all[i].selected, expected[i][2]);
        EQUAL(all[i].interface_class, expected[i][3]);
        EQUAL(all[i].endpoints, expected[i][4]);
        EQUAL(all[i].interface_subclass + all[i].interface_protocol + all[i].string_index, 0);
        EQUAL(all[i].association_count, 0);
        CHECK(memcmp(all[i].reserved, zeros, sizeof zeros) == 0);
    }
    CHECK(is_untouched((const uint8_t *)(all + count), sizeof all - count * sizeof all[0]));
    EXPECT(usbx_claim(device, 0), USBX_OK);
    EXPECT(usbx_set_alt_setting(device, 0, 1), USBX_OK);
    EQUAL(selected_setting(device, 0), 1);
    EXPECT(usbx_release(device, 0), USBX_OK);
    EQUAL(selected_setting(device, 0), 0);
    EXPECT(usbx_close(device), USBX_OK);
}

static void a_device_is_unconfigured_and_configured_again(void)
{
    usbx_device *device = open_test_device();
    uint8_t configuration = 99, data[4];
    size_t count = 99;
    EXPECT(usbx_detach_kernel_driver(device, 1), USBX_OK); /* where there is one, it would be in the way */
    EXPECT(usbx_claim(device, 0), USBX_OK);
    EXPECT(usbx_set_configuration(device, 0), USBX_ERROR_BUSY);
    SAID("usbx_release");
    EXPECT(usbx_release(device, 0), USBX_OK);
    EXPECT(usbx_set_configuration(device, 0), USBX_OK);
    EXPECT(usbx_get_configuration(device, &configuration), USBX_OK);
    EQUAL(configuration, 0);
    EXPECT(usbx_endpoints(device, NULL, 0, &count), USBX_OK);
    EQUAL(count, 0);
    EXPECT(usbx_interfaces(device, NULL, 0, &count), USBX_OK);
    EQUAL(count, 0);
    EXPECT(usbx_claim(device, 0), USBX_ERROR_NOT_FOUND);
    SAID("usbx_set_configuration");
    EXPECT(usbx_set_configuration(device, 0), USBX_OK);
    EXPECT(usbx_control(device, ACQ_IN, ACQ_REGISTERS, 0, 0, data, 4, LONG, NULL), USBX_OK);
    EXPECT(usbx_set_configuration(device, 1), USBX_OK);
    EXPECT(usbx_get_configuration(device, &configuration), USBX_OK);
    EQUAL(configuration, 1);
    EXPECT(usbx_claim(device, 0), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

/* SET_CONFIGURATION of the active one, as a request: every interface and endpoint begins anew, and claims stay. */
static void the_active_configuration_again_is_a_light_reset(void)
{
    usbx_device *device = open_test_device(), *other = open_test_device();
    uint8_t packet[PACKET];
    size_t moved = 99;
    EXPECT(usbx_detach_kernel_driver(device, 1), USBX_OK);
    EXPECT(usbx_claim(device, 0), USBX_OK);
    EXPECT(usbx_set_alt_setting(device, 0, 1), USBX_OK);
    EXPECT(usbx_control(device, 0x02, 3, 0, ACQ_LOOP_IN, NULL, 0, LONG, NULL), USBX_OK); /* halts it */
    EXPECT(usbx_control(device, 0x00, 9, 1, 0, NULL, 0, LONG, NULL), USBX_OK);
    EQUAL(selected_setting(device, 0), 0);
    EXPECT(usbx_claim(other, 0), USBX_ERROR_BUSY);
    EXPECT(usbx_bulk_write(device, ACQ_LOOP_OUT, "abc", 3, LONG, &moved), USBX_OK);
    EXPECT(usbx_bulk_read(device, ACQ_LOOP_IN, packet, PACKET, LONG, &moved), USBX_OK);
    EQUAL(moved, 3);
    EXPECT(usbx_close(other), USBX_OK);
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

static void claims_detach_kernel_drivers_if_they_are_told_to(void)
{
    usbx_device *device = open_test_device();
    const char *theirs = test_virtual || test_is_remote() ? "" : "usbhid";
    char name[256] = "?";
    EXPECT(usbx_set_auto_detach(device, 1), USBX_OK);
    EXPECT(usbx_claim(device, 1), USBX_OK);
    EXPECT(usbx_kernel_driver(device, 1, name, sizeof name, NULL), USBX_OK);
    CHECK(name[0] == 0);
    EXPECT(usbx_release(device, 1), USBX_OK);
    EXPECT(usbx_kernel_driver(device, 1, name, sizeof name, NULL), USBX_OK);
    CHECK(strcmp(name, theirs) == 0);
    EXPECT(usbx_set_auto_detach(device, 0), USBX_OK);
    EXPECT(usbx_claim(device, 1), theirs[0] == 0 ? USBX_OK : USBX_ERROR_BUSY);
    EXPECT(usbx_close(device), USBX_OK);
}

static void kernel_drivers_are_told_and_attached_at_once(void)
{
    usbx_device *device = open_test_device();
    const char *theirs = test_virtual || test_is_remote() ? "" : "usbhid"; /* without a kernel in between, or with one */
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
    {"interfaces_are_those_of_the_device", interfaces_are_those_of_the_device},
    {"a_device_is_unconfigured_and_configured_again", a_device_is_unconfigured_and_configured_again},
    {"the_active_configuration_again_is_a_light_reset", the_active_configuration_again_is_a_light_reset},
    {"claims_are_exclusive_and_kept_book_of", claims_are_exclusive_and_kept_book_of},
    {"kernel_drivers_are_detached_where_there_are_any", kernel_drivers_are_detached_where_there_are_any},
    {"claims_detach_kernel_drivers_if_they_are_told_to", claims_detach_kernel_drivers_if_they_are_told_to},
    {"kernel_drivers_are_told_and_attached_at_once", kernel_drivers_are_told_and_attached_at_once},
    {"alternate_settings_are_checked", alternate_settings_are_checked},
    {"endpoints_are_checked_before_the_bus", endpoints_are_checked_before_the_bus},
};
const size_t interface_count = COUNT(interface_cases);
