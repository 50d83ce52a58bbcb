/* The device leaves during a blocking read: the read ends within a second with the data that arrived. It says NO_DEVICE, or IO if the
 * bus noticed an error before the hub noticed the plug; soon afterwards, and from then on, the handle says NO_DEVICE. argv[1]: the
 * gadget's UDC file; writing "" there unplugs it. */
#include "check.h"
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

enum { BACK = 4096 };
static const char *udc;
static double pulled;

static void *pull(void *unused) {
    struct timespec blocked = {0, 300000000}; /* not a wait for something: the read is to be blocked for a while */
    int fd = open(udc, O_WRONLY);
    CHECK(fd >= 0);
    nanosleep(&blocked, NULL);
    pulled = seconds_now();
    CHECK(write(fd, "\n", 1) == 1);
    close(fd);
    return unused;
}

int main(int argc, char **argv) {
    static uint8_t data[BACK], got[4 * BACK];
    usbx_device_info info, before;
    usbx_device *device, *again = (usbx_device *)1;
    usbx_endpoint in, out;
    pthread_t puller;
    uint64_t state = 9;
    uint8_t configuration;
    size_t moved = 99;
    double took;
    usbx_status status;

    CHECK(argc == 2);
    udc = argv[1];
    OK(usbx_open(LAB_VENDOR, LOOP_PRODUCT, NULL, &device));
    OK(usbx_info(device, &before));
    in = endpoint_of(device, USBX_TYPE_BULK, 0x80);
    out = endpoint_of(device, USBX_TYPE_BULK, 0);
    OK(usbx_claim(device, 0));
    fill_random(data, BACK, &state);
    OK(usbx_bulk_write(device, out.address, data, BACK, 5000, &moved));

    CHECK(pthread_create(&puller, NULL, pull, NULL) == 0);
    status = usbx_bulk_read(device, in.address, got, sizeof got, USBX_NO_TIMEOUT, &moved);
    took = seconds_now();
    CHECK(status == USBX_ERROR_NO_DEVICE || status == USBX_ERROR_IO);
    CHECK(pthread_join(puller, NULL) == 0);
    took -= pulled;
    printf("note: the read ended %.0f ms after the plug was pulled\n", took * 1000);
    CHECK(took > 0 && took < 1.0);
    CHECK_NUMBER(moved, BACK);
    CHECK(memcmp(got, data, BACK) == 0);

    do {
        size_t none;
        status = usbx_bulk_write(device, out.address, data, BACK, 5000, &none);
    } while (status == USBX_ERROR_IO && seconds_now() - pulled < 1.0);
    CHECK_NUMBER(status, USBX_ERROR_NO_DEVICE);
    EXPECT(usbx_bulk_write(device, out.address, data, BACK, 5000, &moved), USBX_ERROR_NO_DEVICE);
    CHECK_NUMBER(moved, 0);
    EXPECT(usbx_control(device, 0x80, 0, 0, 0, got, 2, 5000, NULL), USBX_ERROR_NO_DEVICE);
    EXPECT(usbx_get_configuration(device, &configuration), USBX_ERROR_NO_DEVICE);
    EXPECT(usbx_reset(device), USBX_ERROR_NO_DEVICE);
    OK(usbx_info(device, &info)); /* what it was is still known */
    CHECK(strcmp(info.path, before.path) == 0 && strcmp(info.serial, before.serial) == 0);
    do {
        status = usbx_open_path(before.path, &again);
    } while (status == USBX_ERROR_NO_DEVICE); /* it is listed until the kernel has taken it away */
    EXPECT(status, USBX_ERROR_NOT_FOUND);
    OK(usbx_close(device));
    EXPECT(usbx_close(device), USBX_ERROR_INVALID_HANDLE);
    return 0;
}
