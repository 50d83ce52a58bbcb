/* Unplugging, which ends all calls, and plugging in again. */
#define _POSIX_C_SOURCE 200809L
#include "suite.h"

#include <time.h>

static void every_call_says_that_it_is_gone(void)
{
    usbx_device *device = claim_test_device();
    usbx_device_info before, info;
    usbx_endpoint endpoints[8];
    uint8_t data[PACKET], number;
    char text[384];
    size_t moved = 99;
    reader r;
    EXPECT(usbx_info(device, &before), USBX_OK);
    if (!start_blocked_reader(&r, device))
        return;
    if (!unplug()) {
        EXPECT(usbx_close(device), USBX_OK);
        end_reader(&r, USBX_ERROR_CLOSED);
        return;
    }
    end_reader(&r, USBX_ERROR_NO_DEVICE);
    EXPECT(usbx_bulk_read(device, ACQ_LOOP_IN, data, PACKET, LONG, &moved), USBX_ERROR_NO_DEVICE);
    EQUAL(moved, 0);
    SAID("1209:0001");
    EXPECT(usbx_bulk_write(device, ACQ_LOOP_OUT, data, PACKET, LONG, &moved), USBX_ERROR_NO_DEVICE);
    EXPECT(usbx_interrupt_read(device, ACQ_STATUS, data, 16, LONG, &moved), USBX_ERROR_NO_DEVICE);
    EXPECT(usbx_control(device, ACQ_IN, ACQ_RATE, 0, 0, data, 4, LONG, &moved), USBX_ERROR_NO_DEVICE);
    EXPECT(usbx_get_configuration(device, &number), USBX_ERROR_NO_DEVICE);
    EXPECT(usbx_set_configuration(device, 1), USBX_ERROR_NO_DEVICE);
    EXPECT(usbx_claim(device, 1), USBX_ERROR_NO_DEVICE);
    EXPECT(usbx_release(device, 0), USBX_ERROR_NO_DEVICE);
    EXPECT(usbx_set_alt_setting(device, 0, 0), USBX_ERROR_NO_DEVICE);
    EXPECT(usbx_detach_kernel_driver(device, 1), USBX_ERROR_NO_DEVICE);
    EXPECT(usbx_endpoints(device, endpoints, COUNT(endpoints), &moved), USBX_ERROR_NO_DEVICE);
    EXPECT(usbx_get_descriptor(device, 1, 0, data, 18, &moved), USBX_ERROR_NO_DEVICE);
    EXPECT(usbx_get_string(device, 1, 0, text, sizeof text, &moved), USBX_ERROR_NO_DEVICE);
    EXPECT(usbx_clear_halt(device, ACQ_LOOP_IN), USBX_ERROR_NO_DEVICE);
    EXPECT(usbx_reset(device), USBX_ERROR_NO_DEVICE);
    EXPECT(usbx_cancel(device, ACQ_LOOP_IN), USBX_OK); /* nothing is pending, which is what was asked for */
    EXPECT(usbx_info(device, &info), USBX_OK);         /* still known */
    CHECK(memcmp(&info, &before, sizeof info) == 0);
    EXPECT(usbx_close(device), USBX_OK);
    EXPECT(usbx_close(device), USBX_ERROR_INVALID_HANDLE);
}

static void unplugged_is_not_listed_until_plugged_in_again(void)
{
    struct timespec pause = {0, 10 * 1000 * 1000};
    usbx_device *device = open_test_device(), *gone = NULL;
    usbx_device_info info;
    usbx_status status = USBX_OK;
    int tries;
    EXPECT(usbx_info(device, &info), USBX_OK);
    if (!unplug()) {
        EXPECT(usbx_close(device), USBX_OK);
        return;
    }
    /* A kernel takes a moment to let go of it. */
    for (tries = 0; tries < 3000 && status != USBX_ERROR_NOT_FOUND; tries++) {
        nanosleep(&pause, NULL);
        status = usbx_open(info.vendor_id, info.product_id, info.serial, &gone);
        if (status == USBX_OK)
            usbx_close(gone);
    }
    EXPECT(status, USBX_ERROR_NOT_FOUND);
    EXPECT(usbx_open_path(info.path, &gone), USBX_ERROR_NOT_FOUND);
    plug();
    gone = claim_test_device();
    CHECK(gone != NULL && gone != device);
    EXPECT(usbx_get_configuration(device, &info.bus), USBX_ERROR_NO_DEVICE); /* the old handle stays what it was */
    EXPECT(usbx_close(gone), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

const test_case unplug_cases[] = {
    {"every_call_says_that_it_is_gone", every_call_says_that_it_is_gone},
    {"unplugged_is_not_listed_until_plugged_in_again", unplugged_is_not_listed_until_plugged_in_again},
};
const size_t unplug_count = COUNT(unplug_cases);
