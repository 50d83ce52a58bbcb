/* An endpoint halted by SET_FEATURE stalls every transfer until usbx_clear_halt; then data flows. */
#include "check.h"

static void check_halt(usbx_device *device, uint8_t endpoint) {
    uint8_t data[1024] = {0}, state[2];
    size_t moved = 99, i;
    for (i = 0; i < sizeof data; i++) {
        data[i] = (uint8_t)(i % 512 % 63);
    }
    OK(usbx_control(device, 0x02, 3, 0, endpoint, NULL, 0, 5000, NULL)); /* SET_FEATURE(ENDPOINT_HALT) */
    OK(usbx_control(device, 0x82, 0, 0, endpoint, state, 2, 5000, NULL)); /* GET_STATUS: halted */
    CHECK_NUMBER(state[0], 1);
    for (i = 0; i < 2; i++) { /* it stays so */
        if (endpoint & 0x80) {
            EXPECT(usbx_bulk_read(device, endpoint, data, sizeof data, 5000, &moved), USBX_ERROR_PIPE);
        } else {
            EXPECT(usbx_bulk_write(device, endpoint, data, sizeof data, 5000, &moved), USBX_ERROR_PIPE);
        }
        CHECK_NUMBER(moved, 0);
        SAYS("usbx_clear_halt");
    }
    OK(usbx_clear_halt(device, endpoint));
    OK(usbx_control(device, 0x82, 0, 0, endpoint, state, 2, 5000, NULL));
    CHECK_NUMBER(state[0], 0);
    if (endpoint & 0x80) {
        OK(usbx_bulk_read(device, endpoint, data, sizeof data, 5000, &moved));
        CHECK(data[0] == 0 && data[62] == 62 && data[63] == 0);
    } else {
        OK(usbx_bulk_write(device, endpoint, data, sizeof data, 5000, &moved));
    }
    CHECK_NUMBER(moved, sizeof data);
}

int main(void) {
    usbx_device *device;
    usbx_endpoint in, out;
    OK(usbx_open(LAB_VENDOR, ZERO_PRODUCT, NULL, &device));
    in = endpoint_of(device, USBX_TYPE_BULK, 0x80);
    out = endpoint_of(device, USBX_TYPE_BULK, 0);
    EXPECT(usbx_clear_halt(device, in.address), USBX_ERROR_NOT_CLAIMED);
    OK(usbx_claim(device, 0));
    check_halt(device, in.address);
    check_halt(device, out.address);
    EXPECT(usbx_clear_halt(device, 0x8f), USBX_ERROR_INVALID_PARAM);
    OK(usbx_close(device));
    return 0;
}
