/* File descriptors run out with a real device: USBX_ERROR_NO_MEM with a helpful message, not "there is no such device"; nothing is
 * left behind, and data still moves. Also, opening and closing many times leaves nothing behind. */
#include "pattern.h"
#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

enum { ROUNDS = 200, MOST = 256, ENOUGH = 8, ENOUGH_BY_LIBUSB = 24 };

static int filler[MOST], filled;

static int descriptors(void) {
    DIR *listing = opendir("/proc/self/fd");
    int count = -3;
    CHECK(listing != NULL);
    while (readdir(listing) != NULL) {
        count++;
    }
    closedir(listing);
    return count;
}

/* None is left behind. By libusb a thread reads a device's strings, and may have some for a moment after the call has returned. */
static void want_descriptors(int expected) {
    double end = seconds_now() + 20;
    while (is_by_libusb() && descriptors() != expected && seconds_now() < end) {
        struct timespec pause = {0, 5000000};
        nanosleep(&pause, NULL);
    }
    CHECK_NUMBER(descriptors(), expected);
}

static void leave(int left) {
    while (filled < MOST && (filler[filled] = open("/dev/null", O_RDONLY)) >= 0) {
        filled++;
    }
    CHECK(filled < MOST && filled >= left);
    while (left-- > 0) {
        close(filler[--filled]);
    }
}

static void free_all(void) {
    while (filled > 0) {
        close(filler[--filled]);
    }
}

static void opening(void) {
    usbx_device *device;
    usbx_status status;
    int left, before = descriptors(), refused = 0;
    size_t count;
    for (left = 0; left <= (is_by_libusb() ? ENOUGH_BY_LIBUSB : ENOUGH); left++) {
        leave(left);
        device = (usbx_device *)1;
        status = usbx_open(LAB_VENDOR, ZERO_PRODUCT, NULL, &device);
        if (status != USBX_OK) {
            CHECK_NUMBER(status, USBX_ERROR_NO_MEM);
            SAYS("ulimit -n");
            CHECK(device == NULL);
            refused++;
        }
        if (left == 0) {
            EXPECT(usbx_devices(NULL, 0, &count), USBX_ERROR_NO_MEM);
            SAYS("ulimit -n");
        }
        free_all();
        OK(usbx_close(device));
        OK(usbx_shutdown(NULL)); /* the file with the kernel's count of events stays open until then */
        want_descriptors(before);
    }
    CHECK(refused >= 2);
    OK(status);
}

static void adopting(void) {
    usbx_device *device;
    usbx_device_info info;
    char name[64];
    int node, left, refused = 0;
    usbx_status status;
    OK(usbx_open(LAB_VENDOR, ZERO_PRODUCT, NULL, &device));
    OK(usbx_info(device, &info));
    OK(usbx_close(device));
    snprintf(name, sizeof name, "/dev/bus/usb/%03d/%03d", info.bus, info.address);
    node = open(name, O_RDWR);
    CHECK(node >= 0);
    for (left = 0; left <= (is_by_libusb() ? ENOUGH_BY_LIBUSB : ENOUGH); left++) {
        leave(left);
        device = (usbx_device *)1;
        status = usbx_open_fd(node, &device);
        if (status != USBX_OK) {
            CHECK_NUMBER(status, USBX_ERROR_NO_MEM);
            SAYS("ulimit -n");
            CHECK(device == NULL);
            refused++;
        }
        free_all();
        OK(usbx_close(device));
    }
    CHECK(refused >= 1);
    OK(status);
    CHECK(fcntl(node, F_GETFD) >= 0);
    close(node);
}

static void using(void) {
    static uint8_t data[MIB];
    usbx_device *device;
    usbx_stream *stream = (usbx_stream *)1;
    usbx_queue *queue = (usbx_queue *)1;
    usbx_endpoint in;
    uint8_t configuration;
    size_t moved;
    OK(usbx_open(LAB_VENDOR, ZERO_PRODUCT, NULL, &device));
    OK(usbx_claim(device, 0));
    in = endpoint_of(device, USBX_TYPE_BULK, 0x80);
    make_pattern(in.max_packet_size);
    leave(0);
    OK(usbx_bulk_read(device, in.address, data, sizeof data, 20000, &moved));
    check_pattern(data, moved, 0);
    EXPECT(usbx_stream_open(device, in.address, NULL, &stream), USBX_ERROR_NO_MEM);
    SAYS("ulimit -n");
    CHECK(stream == NULL);
    EXPECT(usbx_queue_open(&queue), USBX_ERROR_NO_MEM);
    SAYS("ulimit -n");
    OK(usbx_get_configuration(device, &configuration)); /* it takes none */
    OK(usbx_clear_halt(device, in.address));
    OK(usbx_release(device, 0));
    free_all();
    OK(usbx_claim(device, 0));
    OK(usbx_close(device));
}

static void over_and_over(void) {
    usbx_device *device;
    usbx_stream *stream;
    usbx_chunk chunk;
    usbx_endpoint in;
    int i, before;
    double start;
    OK(usbx_shutdown(NULL)); /* as above */
    before = descriptors();
    start = seconds_now();
    for (i = 0; i < ROUNDS; i++) {
        OK(usbx_open(LAB_VENDOR, ZERO_PRODUCT, NULL, &device));
        OK(usbx_claim(device, 0));
        in = endpoint_of(device, USBX_TYPE_BULK, 0x80);
        OK(usbx_stream_open(device, in.address, NULL, &stream));
        OK(usbx_stream_next(stream, 20000, &chunk));
        if (i % 2 == 0) {
            OK(usbx_stream_close(stream));
            OK(usbx_close(device));
        } else {
            OK(usbx_shutdown(NULL));
        }
        want_descriptors(before + (i % 2 == 0 && !is_by_libusb())); /* as above */
    }
    printf("note: opened, read and closed %d times in %.1f s\n", ROUNDS, seconds_now() - start);
}

int main(void) {
    struct rlimit limit = {64, 64};
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    if (is_by_libusb()) {
        puts("note: by libusb threads have file descriptors, too: more are left, and there is no file that counts events");
    }
    opening();
    adopting();
    using();
    over_and_over();
    return 0;
}
