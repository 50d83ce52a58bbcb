/* A read that times out keeps the data that arrived; the next read loses or repeats nothing. On Loopback, which
 * returns 4096 bytes as full packets without a short one after them, so that a longer read continues to wait. */
#include "check.h"

enum { BACK = 4096 };

int main(void) {
    static uint8_t data[BACK], got[4 * BACK];
    usbx_device *device;
    usbx_endpoint in, out;
    uint64_t state = 5;
    size_t moved = 99, round;
    double start, took;

    OK(usbx_open(LAB_VENDOR, LOOP_PRODUCT, NULL, &device));
    in = endpoint_of(device, USBX_TYPE_BULK, 0x80);
    out = endpoint_of(device, USBX_TYPE_BULK, 0);
    OK(usbx_claim(device, 0));

    start = seconds_now();
    EXPECT(usbx_bulk_read(device, in.address, got, sizeof got, 200, &moved), USBX_ERROR_TIMEOUT);
    took = seconds_now() - start;
    CHECK_NUMBER(moved, 0);
    CHECK(took >= 0.199 && took < 3);

    for (round = 0; round < 20; round++) {
        fill_random(data, BACK, &state);
        OK(usbx_bulk_write(device, out.address, data, BACK, 5000, &moved));
        memset(got, 0xee, sizeof got);
        EXPECT(usbx_bulk_read(device, in.address, got, sizeof got, 100, &moved), USBX_ERROR_TIMEOUT);
        CHECK_NUMBER(moved, BACK);
        CHECK(memcmp(got, data, BACK) == 0);
        CHECK(got[BACK] == 0xee && got[sizeof got - 1] == 0xee);
    }
    SAYS("4096");

    /* A write that is not read: the gadget keeps 32 requests of 4096 bytes, and no more until they are read. */
    {
        static uint8_t much[64 * BACK], back[64 * BACK];
        size_t there = 0, written;
        fill_random(much, sizeof much, &state);
        EXPECT(usbx_bulk_write(device, out.address, much, sizeof much, 500, &written), USBX_ERROR_TIMEOUT);
        CHECK(written > 0 && written < sizeof much);
        while (there < written) {
            OK(usbx_bulk_read(device, in.address, back + there, written - there, 5000, &moved));
            CHECK(moved > 0);
            there += moved;
        }
        CHECK(memcmp(back, much, written) == 0);
        printf("note: a write cut by its timeout was counted as %zu of %zu bytes, and so many came back\n", written, sizeof much);
    }
    OK(usbx_close(device));
    return 0;
}
