/* Source/Sink: reads and writes argv[2] MiB, every byte checked, on a device whose speed must be argv[1] (USBX_SPEED_*).
 * The gadget sends byte i % packet % 63 and halts its OUT endpoint when it gets anything else (pattern=1). */
#include "check.h"

enum { CHUNK = 256 * 1024 };
static uint8_t expected[CHUNK], data[CHUNK];

int main(int argc, char **argv) {
    static const int packet_of[] = {0, 8, 64, 512, 1024};
    usbx_device_info info;
    usbx_device *device;
    usbx_endpoint in, out;
    size_t moved, total, done, i;
    double start, reading, writing;

    CHECK(argc == 3);
    total = (size_t)atoi(argv[2]) * 1024 * 1024;
    OK(usbx_open(LAB_VENDOR, ZERO_PRODUCT, "LAB-zero", &device));
    OK(usbx_info(device, &info));
    CHECK_NUMBER(info.speed, atoi(argv[1]));
    in = endpoint_of(device, USBX_TYPE_BULK, 0x80);
    out = endpoint_of(device, USBX_TYPE_BULK, 0);
    CHECK_NUMBER(in.max_packet_size, packet_of[info.speed]);
    CHECK_NUMBER(in.packets_per_interval, 1);
    for (i = 0; i < CHUNK; i++) {
        expected[i] = (uint8_t)(i % in.max_packet_size % 63);
    }

    EXPECT(usbx_bulk_read(device, in.address, data, CHUNK, 1000, &moved), USBX_ERROR_NOT_CLAIMED);
    OK(usbx_claim(device, in.interface_number));

    start = seconds_now();
    for (done = 0; done < total; done += moved) {
        memset(data, 0xee, CHUNK);
        OK(usbx_bulk_read(device, in.address, data, CHUNK, 10000, &moved));
        CHECK_NUMBER(moved, CHUNK);
        if (memcmp(data, expected, CHUNK) != 0) {
            for (i = 0; data[i] == expected[i]; i++) {
            }
            fprintf(stderr, "byte %zu is 0x%02x, not 0x%02x\n", done + i, data[i], expected[i]);
            return 1;
        }
    }
    reading = seconds_now() - start;

    start = seconds_now();
    for (done = 0; done < total; done += moved) {
        OK(usbx_bulk_write(device, out.address, expected, CHUNK, 10000, &moved));
        CHECK_NUMBER(moved, CHUNK);
    }
    writing = seconds_now() - start;

    /* The gadget judges what it got, and was heard; a wrong byte must be seen too, or the check above is worth nothing. */
    memset(data, 1, CHUNK);
    usbx_bulk_write(device, out.address, data, CHUNK, 10000, NULL);
    EXPECT(usbx_bulk_write(device, out.address, data, CHUNK, 10000, NULL), USBX_ERROR_PIPE);
    OK(usbx_clear_halt(device, out.address));

    printf("note: %s MiB each way, read %.1f MB/s, written %.1f MB/s\n", argv[2], (double)total / 1e6 / reading,
           (double)total / 1e6 / writing);
    OK(usbx_close(device));
    return 0;
}
