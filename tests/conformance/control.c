/* Control requests. Only the requests named here need a claim. */
#include "suite.h"

static void registers_keep_what_is_written(void)
{
    usbx_device *device = open_test_device();
    uint8_t out[256], in[300];
    size_t moved = 99;
    fill_pattern(out, 0, sizeof out);
    memset(in, UNTOUCHED, sizeof in);
    EXPECT(usbx_control(device, ACQ_OUT, ACQ_REGISTERS, 0, 0, out, 256, LONG, &moved), USBX_OK);
    EQUAL(moved, 256);
    EXPECT(usbx_control(device, ACQ_IN, ACQ_REGISTERS, 0, 0, in, 256, LONG, &moved), USBX_OK);
    EQUAL(moved, 256);
    CHECK(memcmp(in, out, 256) == 0);
    CHECK(is_untouched(in + 256, sizeof in - 256));

    EXPECT(usbx_control(device, ACQ_OUT, ACQ_REGISTERS, 0, 255, out, 1, LONG, &moved), USBX_OK);
    EQUAL(moved, 1);
    EXPECT(usbx_control(device, ACQ_IN, ACQ_REGISTERS, 0, 254, in, 2, LONG, NULL), USBX_OK);
    EQUAL(in[0], out[254]);
    EQUAL(in[1], out[0]);
    EXPECT(usbx_close(device), USBX_OK);
}

static void refused_requests_are_pipe(void)
{
    usbx_device *device = open_test_device();
    uint8_t data[64];
    size_t moved = 99;
    memset(data, UNTOUCHED, sizeof data);
    EXPECT(usbx_control(device, ACQ_IN, 0x55, 0, 0, data, sizeof data, LONG, &moved), USBX_ERROR_PIPE);
    EQUAL(moved, 0);
    CHECK(is_untouched(data, sizeof data));
    SAID("1209:0001");
    moved = 99;
    EXPECT(usbx_control(device, ACQ_OUT, 0x55, 0, 0, NULL, 0, LONG, &moved), USBX_ERROR_PIPE);
    EQUAL(moved, 0);
    EXPECT(usbx_control(device, ACQ_OUT, ACQ_REGISTERS, 0, 250, data, 7, LONG, &moved), USBX_ERROR_PIPE);
    EXPECT(usbx_control(device, ACQ_IN, ACQ_REGISTERS, 0, 256, data, 1, LONG, &moved), USBX_ERROR_PIPE);
    EXPECT(usbx_control(device, 0xc1, 0x01, 0, 0, data, 4, LONG, &moved), USBX_ERROR_PIPE); /* vendor: no claim needed */
    /* A refusal ends with the next request. */
    EXPECT(usbx_control(device, ACQ_IN, ACQ_REGISTERS, 0, 0, data, 4, LONG, &moved), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

static void data_comes_with_its_length(void)
{
    usbx_device *device = open_test_device();
    uint8_t data[64];
    size_t moved = 99;
    memset(data, UNTOUCHED, sizeof data);
    EXPECT(usbx_control(device, 0x80, 6, 0x0100, 0, NULL, 18, LONG, &moved), USBX_ERROR_INVALID_PARAM);
    EQUAL(moved, 0);
    SAID("NULL");
    EXPECT(usbx_control(device, ACQ_OUT, ACQ_REGISTERS, 0, 0, NULL, 4, LONG, &moved), USBX_ERROR_INVALID_PARAM);
    EXPECT(usbx_control(device, 0x80, 6, 0x0100, 0, data, 8, LONG, &moved), USBX_OK);
    EQUAL(moved, 8);
    CHECK(is_untouched(data + 8, sizeof data - 8));
    EXPECT(usbx_control(device, 0x80, 6, 0x0100, 0, data, sizeof data, LONG, &moved), USBX_OK);
    EQUAL(moved, 18); /* less than asked for is what the device has */
    CHECK(is_untouched(data + 18, sizeof data - 18));
    EXPECT(usbx_control(device, 0x80, 0, 0, 0, data, 2, LONG, &moved), USBX_OK); /* GET_STATUS */
    EQUAL(moved, 2);
    EXPECT(usbx_close(device), USBX_OK);
}

static void requests_to_an_interface_need_its_claim(void)
{
    usbx_device *device = open_test_device();
    uint8_t data[64];
    size_t moved = 99;
    EXPECT(usbx_control(device, 0xa1, 0x02, 0, 1, data, 1, LONG, &moved), USBX_ERROR_NOT_CLAIMED); /* HID GET_IDLE */
    EQUAL(moved, 0);
    SAID("interface 1");
    EXPECT(usbx_control(device, 0x81, 6, 0x2200, 1, data, 64, LONG, &moved), USBX_ERROR_NOT_CLAIMED);
    EXPECT(usbx_control(device, 0x82, 0, 0, 0x83, data, 2, LONG, &moved), USBX_ERROR_NOT_CLAIMED); /* of an endpoint */
    EXPECT(usbx_detach_kernel_driver(device, 1), USBX_OK);
    EXPECT(usbx_claim(device, 1), USBX_OK);
    EXPECT(usbx_control(device, 0xa1, 0x02, 0, 1, data, 1, LONG, &moved), USBX_OK);
    EQUAL(moved, 1);
    EXPECT(usbx_control(device, 0x81, 6, 0x2200, 1, data, 64, LONG, &moved), USBX_OK); /* the HID report descriptor */
    CHECK(moved > 0);
    EXPECT(usbx_control(device, 0x82, 0, 0, 0x83, data, 2, LONG, &moved), USBX_ERROR_NOT_CLAIMED); /* interface 0's */
    EXPECT(usbx_claim(device, 0), USBX_OK);
    EXPECT(usbx_control(device, 0x82, 0, 0, 0x83, data, 2, LONG, &moved), USBX_OK);
    EQUAL(data[0], 0); /* not halted */
    EXPECT(usbx_close(device), USBX_OK);
}

/* Raw requests that change the state the library tracks: the library recognises them. */
static void standard_requests_go_the_librarys_way(void)
{
    usbx_device *device = claim_test_device();
    EXPECT(usbx_control(device, 0x00, 9, 1, 0, NULL, 0, LONG, NULL), USBX_OK); /* SET_CONFIGURATION */
    EXPECT(usbx_control(device, 0x00, 9, 7, 0, NULL, 0, LONG, NULL), USBX_ERROR_NOT_FOUND);
    EXPECT(usbx_control(device, 0x01, 11, 0, 0, NULL, 0, LONG, NULL), USBX_OK); /* SET_INTERFACE */
    EXPECT(usbx_control(device, 0x01, 11, 5, 0, NULL, 0, LONG, NULL), USBX_ERROR_NOT_FOUND);
    EXPECT(usbx_control(device, 0x00, 5, 42, 0, NULL, 0, LONG, NULL), USBX_ERROR_INVALID_PARAM); /* SET_ADDRESS */
    EXPECT(usbx_control(device, ACQ_IN, ACQ_REGISTERS, 0, 0, (uint8_t[4]){0}, 4, LONG, NULL), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

const test_case control_cases[] = {
    {"registers_keep_what_is_written", registers_keep_what_is_written},
    {"refused_requests_are_pipe", refused_requests_are_pipe},
    {"data_comes_with_its_length", data_comes_with_its_length},
    {"requests_to_an_interface_need_its_claim", requests_to_an_interface_need_its_claim},
    {"standard_requests_go_the_librarys_way", standard_requests_go_the_librarys_way},
};
const size_t control_count = COUNT(control_cases);
