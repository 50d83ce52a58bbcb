/* A usbfs file descriptor that another program opened, used by one that may not open any (as in a sandbox). argv[1]: the node. */
#include "check.h"
#include <fcntl.h>
#include <unistd.h>

int main(int argc, char **argv) {
    uint8_t data[512], descriptor[18];
    usbx_device_info info;
    usbx_device *device = (usbx_device *)1, *second = NULL;
    char text[64];
    usbx_endpoint in;
    size_t moved, round;
    int fd, null, file, copy, other;

    CHECK(argc == 2);
    EXPECT(usbx_open_fd(-1, &device), USBX_ERROR_INVALID_PARAM);
    CHECK(device == NULL);
    null = open("/dev/null", O_RDWR);
    EXPECT(usbx_open_fd(null, &device), USBX_ERROR_INVALID_PARAM);
    file = open(argv[0], O_RDONLY);
    EXPECT(usbx_open_fd(file, &device), USBX_ERROR_INVALID_PARAM);

    fd = open(argv[1], O_RDWR);
    other = open(argv[1], O_RDWR);
    CHECK(fd >= 0 && other >= 0);
    /* From here on without the right to open one. */
    CHECK(setgid(65534) == 0 && setuid(65534) == 0);
    CHECK(open(argv[1], O_RDWR) == -1);

    for (round = 0; round < 2; round++) { /* the descriptor outlives the handle: it serves again */
        OK(usbx_open_fd(fd, &device));
        OK(usbx_info(device, &info));
        CHECK_NUMBER(info.vendor_id, LAB_VENDOR);
        CHECK_NUMBER(info.product_id, ZERO_PRODUCT);
        CHECK_NUMBER(info.speed, USBX_SPEED_HIGH);
        OK(usbx_claim(device, 0));
        in = endpoint_of(device, USBX_TYPE_BULK, 0x80);
        OK(usbx_bulk_read(device, in.address, data, sizeof data, 5000, &moved));
        CHECK_NUMBER(moved, sizeof data);
        CHECK(data[62] == 62 && data[63] == 0);
        /* Of one open file there is one handle: two would take each other's data. */
        CHECK((copy = dup(fd)) >= 0);
        EXPECT(usbx_open_fd(fd, &second), USBX_ERROR_BUSY);
        CHECK(second == NULL);
        EXPECT(usbx_open_fd(copy, &second), USBX_ERROR_BUSY);
        CHECK(close(copy) == 0);
        OK(usbx_open_fd(other, &second)); /* opened once more it is another file */
        OK(usbx_get_string(second, 1, 0, text, sizeof text, NULL));
        OK(usbx_close(second));
        OK(usbx_close(device));
        CHECK(fcntl(fd, F_GETFD) >= 0);
        CHECK(pread(fd, descriptor, 18, 0) == 18 && descriptor[8] == 0x25 && descriptor[9] == 0x05);
    }
    return 0;
}
