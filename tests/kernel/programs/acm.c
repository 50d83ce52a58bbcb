/* A serial device (CDC ACM) held by cdc_acm, which holds two interfaces at once: control and data.
 * argv[1]: its sysfs directory and ':' (the interfaces' directories but for "1.0"), argv[2]: the gadget's /dev/ttyGS0. */
#include "check.h"
#include <fcntl.h>
#include <limits.h>
#include <linux/usbdevice_fs.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static void check_driver(const char *sysfs, int number, const char *expected) {
    char link[512], target[PATH_MAX];
    const char *name;
    ssize_t length;
    snprintf(link, sizeof link, "%s1.%d/driver", sysfs, number);
    length = readlink(link, target, sizeof target - 1);
    target[length < 0 ? 0 : length] = '\0';
    name = strrchr(target, '/') == NULL ? "" : strrchr(target, '/') + 1;
    if (strcmp(name, expected) != 0) {
        fprintf(stderr, "interface %d: the driver is \"%s\", not \"%s\"\n", number, name, expected);
        exit(1);
    }
}

static void reset_by_another(usbx_device *device) {
    usbx_device_info info;
    char node[64];
    int fd;
    OK(usbx_info(device, &info));
    snprintf(node, sizeof node, "/dev/bus/usb/%03d/%03d", info.bus, info.address);
    fd = open(node, O_RDWR);
    CHECK(fd >= 0 && ioctl(fd, USBDEVFS_RESET, NULL) == 0);
    close(fd);
}

int main(int argc, char **argv) {
    uint8_t coding[7] = {0x00, 0xc2, 0x01, 0x00, 0, 0, 8}, got[512];
    usbx_device *device;
    usbx_endpoint in, out;
    struct termios raw;
    size_t moved;
    int fd, i;

    CHECK(argc == 3);
    check_driver(argv[1], 0, "cdc_acm");
    check_driver(argv[1], 1, "cdc_acm");
    OK(usbx_open(LAB_VENDOR, 0xa4a3, NULL, &device));
    EXPECT(usbx_claim(device, 1), USBX_ERROR_BUSY);
    SAYS("cdc_acm");
    /* Neither is the configuration taken from under a driver, nor selected anew. */
    EXPECT(usbx_set_configuration(device, 0), USBX_ERROR_BUSY);
    SAYS("cdc_acm");
    EXPECT(usbx_control(device, 0x00, 9, 1, 0, NULL, 0, 5000, NULL), USBX_ERROR_BUSY);
    SAYS("cdc_acm");
    check_driver(argv[1], 0, "cdc_acm");
    OK(usbx_detach_kernel_driver(device, 0));
    OK(usbx_detach_kernel_driver(device, 1));
    OK(usbx_claim(device, 0));
    OK(usbx_claim(device, 1));

    /* SET_LINE_CODING 115200 8N1, then GET_LINE_CODING. */
    OK(usbx_control(device, 0x21, 0x20, 0, 0, coding, 7, 5000, &moved));
    CHECK_NUMBER(moved, 7);
    OK(usbx_control(device, 0xa1, 0x21, 0, 0, got, 7, 5000, &moved));
    CHECK_NUMBER(moved, 7);
    CHECK(memcmp(got, coding, 7) == 0);
    OK(usbx_control(device, 0x21, 0x22, 3, 0, NULL, 0, 5000, NULL)); /* DTR and RTS: the other side may talk */

    in = endpoint_of(device, USBX_TYPE_BULK, 0x80);
    out = endpoint_of(device, USBX_TYPE_BULK, 0);
    fd = open(argv[2], O_RDWR | O_NOCTTY);
    CHECK(fd >= 0 && tcgetattr(fd, &raw) == 0);
    cfmakeraw(&raw);
    CHECK(tcsetattr(fd, TCSANOW, &raw) == 0);
    CHECK(write(fd, "from the gadget", 15) == 15);
    OK(usbx_bulk_read(device, in.address, got, sizeof got, 5000, &moved));
    CHECK_NUMBER(moved, 15);
    CHECK(memcmp(got, "from the gadget", 15) == 0);
    OK(usbx_bulk_write(device, out.address, "from the host", 13, 5000, &moved));
    CHECK_NUMBER(moved, 13);
    CHECK(read(fd, got, sizeof got) == 13 && memcmp(got, "from the host", 13) == 0);
    close(fd);

    /* Another program resets the device, and cdc_acm takes it at once: with the next call it is this handle's again. */
    reset_by_another(device);
    check_driver(argv[1], 0, "cdc_acm");
    OK(usbx_control(device, 0x21, 0x20, 0, 0, coding, 7, 5000, &moved));
    EXPECT(usbx_bulk_read(device, in.address, got, sizeof got, 50, &moved), USBX_ERROR_TIMEOUT); /* nobody writes */
    check_driver(argv[1], 0, "usbfs");
    check_driver(argv[1], 1, "usbfs");

    /* So it is with each call that moves no data. */
    for (i = 0; i < 5; i++) {
        reset_by_another(device);
        check_driver(argv[1], 0, "cdc_acm");
        switch (i) {
        case 0: OK(usbx_set_alt_setting(device, 1, 0)); break;
        case 1: OK(usbx_clear_halt(device, in.address)); break;
        case 2: OK(usbx_claim(device, 1)); break;
        case 3: OK(usbx_detach_kernel_driver(device, 1)); break;
        default: OK(usbx_reset(device)); break;
        }
        check_driver(argv[1], 0, "usbfs");
        check_driver(argv[1], 1, "usbfs");
    }
    /* What is released is the driver's again when all of the function is. */
    reset_by_another(device);
    OK(usbx_release(device, 1));
    OK(usbx_release(device, 0));
    check_driver(argv[1], 0, "cdc_acm");
    check_driver(argv[1], 1, "cdc_acm");

    OK(usbx_close(device));
    check_driver(argv[1], 0, "cdc_acm");
    check_driver(argv[1], 1, "cdc_acm");
    return 0;
}
