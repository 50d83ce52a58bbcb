/* Every function with every kind of bad argument: each call returns what the header says, nothing crashes, results are
 * zero on failure, and the caller's buffers are unchanged. */
#define _POSIX_C_SOURCE 200809L
#include "bad_arguments.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

void *token(uint64_t value)
{
    return (void *)(uintptr_t)value;
}

static void finding_and_opening(void)
{
    usbx_device *opened, *device = open_test_device();
    usbx_device_info devices[1];
    char longer[5000];
    size_t count = 99;
    int pipe_ends[2], null = open("/dev/null", O_RDWR);
    memset(longer, '1', sizeof longer);
    longer[sizeof longer - 1] = '\0';

    INVALID(usbx_devices(NULL, 1, &count));
    EQUAL(count, 0);
    INVALID(usbx_devices(NULL, SIZE_MAX, NULL));
    EXPECT(usbx_devices(devices, 1, NULL), USBX_OK);
    EXPECT(usbx_devices(NULL, 0, NULL), USBX_OK);

#define NONE(call, expected)       \
    do {                           \
        opened = device;           \
        REFUSED(call, expected);   \
        CHECK(opened == NULL);     \
    } while (0)
    INVALID(usbx_open(ACQ_VENDOR_ID, ACQ_PRODUCT_ID, NULL, NULL));
    SAID("NULL");
    NONE(usbx_open(ACQ_VENDOR_ID, ACQ_PRODUCT_ID, NOT_UTF8, &opened), USBX_ERROR_INVALID_PARAM);
    SAID("serial");
    SAID("UTF-8");
    NONE(usbx_open(ACQ_VENDOR_ID, ACQ_PRODUCT_ID, longer, &opened), USBX_ERROR_NOT_FOUND);
    NONE(usbx_open(0, 0, NULL, &opened), USBX_ERROR_NOT_FOUND);
    INVALID(usbx_open_path("virtual/1", NULL));
    NONE(usbx_open_path(NULL, &opened), USBX_ERROR_INVALID_PARAM);
    SAID("path");
    NONE(usbx_open_path(NOT_UTF8, &opened), USBX_ERROR_INVALID_PARAM);
    NONE(usbx_open_path("", &opened), USBX_ERROR_NOT_FOUND);
    NONE(usbx_open_path("virtual/", &opened), USBX_ERROR_NOT_FOUND);
    NONE(usbx_open_path("virtual/4294967297", &opened), USBX_ERROR_NOT_FOUND);
    NONE(usbx_open_path("../../etc/passwd", &opened), USBX_ERROR_NOT_FOUND);
    NONE(usbx_open_path(longer, &opened), USBX_ERROR_NOT_FOUND);

    INVALID(usbx_open_fd(null, NULL));
    NONE(usbx_open_fd(-1, &opened), USBX_ERROR_INVALID_PARAM);
    NONE(usbx_open_fd(INT32_MAX, &opened), USBX_ERROR_INVALID_PARAM);
    NONE(usbx_open_fd(null, &opened), USBX_ERROR_INVALID_PARAM);
    EQUAL(pipe(pipe_ends), 0);
    NONE(usbx_open_fd(pipe_ends[0], &opened), USBX_ERROR_INVALID_PARAM);
    EQUAL(write(pipe_ends[1], "x", 1), 1); /* the file descriptors are still open, and unread */
    EQUAL(read(pipe_ends[0], longer, 1), 1);
    EQUAL(close(pipe_ends[0]) | close(pipe_ends[1]) | close(null), 0);

    INVALID(usbx_info(device, NULL));
    INVALID(usbx_get_configuration(device, NULL));
    EXPECT(usbx_close(device), USBX_OK);
}

static void arrays_and_strings(void)
{
    usbx_device *device = open_test_device();
    usbx_endpoint endpoint;
    usbx_interface setting;
    uint8_t data[64];
    char text[8];
    size_t count;
    memset(data, UNTOUCHED, sizeof data);
    memset(text, UNTOUCHED, sizeof text);
    COUNTS(usbx_endpoints(device, NULL, 3, &count), USBX_ERROR_INVALID_PARAM, 0);
    EXPECT(usbx_endpoints(device, &endpoint, 0, &count), USBX_OK);
    EQUAL(count, 10);
    COUNTS(usbx_interfaces(device, NULL, 3, &count), USBX_ERROR_INVALID_PARAM, 0);
    EXPECT(usbx_interfaces(device, &setting, 0, &count), USBX_OK);
    EQUAL(count, 3);
    COUNTS(usbx_get_descriptor(device, 1, 0, NULL, 18, &count), USBX_ERROR_INVALID_PARAM, 0);
    COUNTS(usbx_get_descriptor(device, 1, 0, data, 65536, &count), USBX_ERROR_INVALID_PARAM, 0);
    SAID("65535");
    COUNTS(usbx_get_descriptor(device, 1, 0, data, SIZE_MAX, &count), USBX_ERROR_INVALID_PARAM, 0);
    EXPECT(usbx_get_descriptor(device, 1, 0, NULL, 0, &count), USBX_OK);
    EQUAL(count, 0);
    COUNTS(usbx_get_string(device, 1, 0, NULL, 5, &count), USBX_ERROR_INVALID_PARAM, 0);
    COUNTS(usbx_get_string(device, 0, 0, text, sizeof text, &count), USBX_ERROR_INVALID_PARAM, 0);
    COUNTS(usbx_get_string(device, 250, 0, text, sizeof text, &count), USBX_ERROR_PIPE, 0);
    CHECK(is_untouched(data, sizeof data));
    EQUAL(text[0], 0); /* always terminated */
    CHECK(is_untouched((uint8_t *)text + 1, sizeof text - 1));
    EXPECT(usbx_get_string(device, 1, 0, NULL, 0, NULL), USBX_OK);

    text[0] = (char)UNTOUCHED;
    COUNTS(usbx_kernel_driver(device, 0, NULL, 5, &count), USBX_ERROR_INVALID_PARAM, 0);
    COUNTS(usbx_kernel_driver(device, 99, text, sizeof text, &count), USBX_ERROR_NOT_FOUND, 0);
    EQUAL(text[0], 0);
    CHECK(is_untouched((uint8_t *)text + 1, sizeof text - 1));
    EXPECT(usbx_kernel_driver(device, 0, NULL, 0, NULL), USBX_OK);
    REFUSED(usbx_attach_kernel_driver(device, 99), USBX_ERROR_NOT_FOUND);

    COUNTS(usbx_descriptors(NULL, data, sizeof data, &count), USBX_ERROR_INVALID_PARAM, 0);
    SAID("path");
    COUNTS(usbx_descriptors(NOT_UTF8, data, sizeof data, &count), USBX_ERROR_INVALID_PARAM, 0);
    COUNTS(usbx_descriptors("virtual/1", NULL, 18, &count), USBX_ERROR_INVALID_PARAM, 0);
    COUNTS(usbx_descriptors("", data, sizeof data, &count), USBX_ERROR_NOT_FOUND, 0);
    COUNTS(usbx_descriptors(".", data, sizeof data, &count), USBX_ERROR_NOT_FOUND, 0);
    COUNTS(usbx_descriptors("virtual/", data, sizeof data, &count), USBX_ERROR_NOT_FOUND, 0);
    COUNTS(usbx_descriptors("virtual/01", data, sizeof data, &count), USBX_ERROR_NOT_FOUND, 0);
    COUNTS(usbx_descriptors("../devices/usb1", data, sizeof data, &count), USBX_ERROR_NOT_FOUND, 0);
    COUNTS(usbx_descriptors("../../../../etc/passwd", data, sizeof data, &count), USBX_ERROR_NOT_FOUND, 0);
    CHECK(is_untouched(data, sizeof data));
    EXPECT(usbx_descriptors("virtual/1", NULL, 0, NULL), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

static void transfers(void)
{
    usbx_device *device = claim_test_device();
    uint8_t data[PACKET];
    size_t count;
    memset(data, UNTOUCHED, sizeof data);
    COUNTS(usbx_control(device, 0x80, 6, 0x0100, 0, NULL, 18, LONG, &count), USBX_ERROR_INVALID_PARAM, 0);
    COUNTS(usbx_control(device, 0x40, 4, 0, 0, NULL, 18, LONG, &count), USBX_ERROR_INVALID_PARAM, 0);
    COUNTS(usbx_control(device, 0x80, 6, 0x0100, 0, data, 18, USBX_NO_WAIT, &count), USBX_ERROR_INVALID_PARAM, 0);
    SAID("USBX_NO_WAIT");
    COUNTS(usbx_bulk_read(device, 0x83, data, 0, LONG, &count), USBX_ERROR_INVALID_PARAM, 0);
    SAID("length");
    COUNTS(usbx_bulk_read(device, 0x83, NULL, 0, LONG, &count), USBX_ERROR_INVALID_PARAM, 0);
    COUNTS(usbx_bulk_read(device, 0x83, NULL, PACKET, LONG, &count), USBX_ERROR_INVALID_PARAM, 0);
    COUNTS(usbx_bulk_read(device, 0x83, data, SIZE_MAX, LONG, &count), USBX_ERROR_INVALID_PARAM, 0);
    COUNTS(usbx_bulk_read(device, 0x83, data, PACKET, USBX_NO_WAIT, &count), USBX_ERROR_INVALID_PARAM, 0);
    COUNTS(usbx_bulk_write(device, 0x02, NULL, PACKET, LONG, &count), USBX_ERROR_INVALID_PARAM, 0);
    COUNTS(usbx_bulk_write(device, 0x02, data, SIZE_MAX, LONG, &count), USBX_ERROR_INVALID_PARAM, 0);
    COUNTS(usbx_bulk_write(device, 0x02, data, PACKET, USBX_NO_WAIT, &count), USBX_ERROR_INVALID_PARAM, 0);
    COUNTS(usbx_interrupt_read(device, 0x82, data, 0, LONG, &count), USBX_ERROR_INVALID_PARAM, 0);
    COUNTS(usbx_interrupt_read(device, 0x82, NULL, 16, LONG, &count), USBX_ERROR_INVALID_PARAM, 0);
    COUNTS(usbx_interrupt_read(device, 0x82, data, 16, USBX_NO_WAIT, &count), USBX_ERROR_INVALID_PARAM, 0);
    COUNTS(usbx_interrupt_write(device, 0x02, data, 16, LONG, &count), USBX_ERROR_INVALID_PARAM, 0);
    COUNTS(usbx_interrupt_write(device, 0x02, NULL, 16, LONG, &count), USBX_ERROR_INVALID_PARAM, 0);
    CHECK(is_untouched(data, sizeof data));

    /* NULL where it is allowed */
    EXPECT(usbx_control(device, 0x40, 2, 0, 0, NULL, 0, LONG, NULL), USBX_OK);
    EXPECT(usbx_bulk_write(device, 0x02, NULL, 0, LONG, NULL), USBX_OK);
    EXPECT(usbx_bulk_read(device, 0x83, data, PACKET, LONG, NULL), USBX_OK);
    EQUAL(drain_loopback(device, 0), 0); /* nothing that was refused has reached the device */
    EXPECT(usbx_close(device), USBX_OK);
}

int main(int argc, char **argv)
{
    static const test_case cases[] = {
        {"finding_and_opening", finding_and_opening}, {"arrays_and_strings", arrays_and_strings}, {"transfers", transfers},
    };
    alarm(900);
    unsetenv("USBX_TEST_DEVICE"); /* this one is about the library, on its own device */
    after_failure = start_over;
    handles(argc, argv);
    run_cases(cases, COUNT(cases), argc, argv);
    queues_and_streams(argc, argv);
    software_devices(argc, argv);
    shares_and_remote_devices(argc, argv);
    start_over();
    return finish_cases();
}
