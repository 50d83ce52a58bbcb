/* Loopback: a second thread writes argv[2] MiB while this one reads them back and compares; speed must be argv[1]. */
#include "check.h"
#include <pthread.h>

enum { CHUNK = 64 * 1024 };
static usbx_device *device;
static usbx_endpoint in, out;
static size_t total;

static void *write_all(void *unused) {
    static uint8_t data[CHUNK];
    uint64_t state = 1;
    size_t done, moved;
    for (done = 0; done < total; done += moved) {
        fill_random(data, CHUNK, &state);
        OK(usbx_bulk_write(device, out.address, data, CHUNK, 20000, &moved));
        CHECK_NUMBER(moved, CHUNK);
    }
    return unused;
}

int main(int argc, char **argv) {
    static uint8_t data[CHUNK], expected[CHUNK];
    usbx_device_info info;
    pthread_t writer;
    uint64_t state = 1;
    size_t done, moved;
    double start;

    CHECK(argc == 3);
    total = (size_t)atoi(argv[2]) * 1024 * 1024;
    OK(usbx_open(LAB_VENDOR, LOOP_PRODUCT, NULL, &device));
    OK(usbx_info(device, &info));
    CHECK_NUMBER(info.speed, atoi(argv[1]));
    in = endpoint_of(device, USBX_TYPE_BULK, 0x80);
    out = endpoint_of(device, USBX_TYPE_BULK, 0);
    OK(usbx_claim(device, in.interface_number));

    start = seconds_now();
    CHECK(pthread_create(&writer, NULL, write_all, NULL) == 0);
    for (done = 0; done < total; done += moved) {
        fill_random(expected, CHUNK, &state);
        memset(data, 0, CHUNK);
        OK(usbx_bulk_read(device, in.address, data, CHUNK, 20000, &moved));
        CHECK_NUMBER(moved, CHUNK);
        CHECK(memcmp(data, expected, CHUNK) == 0);
    }
    CHECK(pthread_join(writer, NULL) == 0);
    printf("note: %s MiB there and back, %.1f MB/s each way\n", argv[2], (double)total / 1e6 / (seconds_now() - start));

    /* A short packet ends a read, whatever its buffer could take; a buffer too small overflows. */
    OK(usbx_bulk_write(device, out.address, expected, 1000, 5000, &moved));
    CHECK_NUMBER(moved, 1000);
    OK(usbx_bulk_read(device, in.address, data, CHUNK, 5000, &moved));
    CHECK_NUMBER(moved, 1000);
    CHECK(memcmp(data, expected, 1000) == 0);
    OK(usbx_close(device));
    return 0;
}
