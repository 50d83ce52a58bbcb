/* A HID device held by usbhid. "use": refused, detach, talk, release, close. "kill": claim and wait to be killed; or, if
 * a line comes instead, release and close. argv[2]: the interface's sysfs directory, argv[3]: the gadget's /dev/hidg0. */
#include "check.h"
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <unistd.h>

static char driver_link[512];

/* The driver that holds the interface, as sysfs shows it; "" if none. */
static const char *driver(void) {
    static char target[PATH_MAX];
    ssize_t length = readlink(driver_link, target, sizeof target - 1);
    target[length < 0 ? 0 : length] = '\0';
    return strrchr(target, '/') == NULL ? "" : strrchr(target, '/') + 1;
}

static void check_driver(const char *expected, int line) {
    if (strcmp(driver(), expected) != 0) {
        fprintf(stderr, "line %d: the driver is \"%s\", not \"%s\"\n", line, driver(), expected);
        exit(1);
    }
}

static usbx_device *detached(void) {
    usbx_device *device, *other;
    OK(usbx_open(LAB_VENDOR, 0xa4a2, NULL, &device));
    check_driver("usbhid", __LINE__);
    EXPECT(usbx_claim(device, 0), USBX_ERROR_BUSY);
    SAYS("usbhid");
    SAYS("usbx_detach_kernel_driver");
    /* Programs that clean up before they print are told as much: who holds it is found out when they ask. */
    EXPECT(usbx_claim(device, 0), USBX_ERROR_BUSY);
    OK(usbx_close(device));
    SAYS("usbhid");
    OK(usbx_open(LAB_VENDOR, 0xa4a2, NULL, &device));
    OK(usbx_detach_kernel_driver(device, 0));
    check_driver("", __LINE__);
    OK(usbx_detach_kernel_driver(device, 0)); /* nobody there any more: fine */
    OK(usbx_claim(device, 0));
    check_driver("usbfs", __LINE__);
    /* The library's own process has the device open, too, and is not who holds it. */
    OK(usbx_open(LAB_VENDOR, 0xa4a2, NULL, &other));
    EXPECT(usbx_claim(other, 0), USBX_ERROR_BUSY);
    SAYS("held by another handle of this process");
    OK(usbx_close(other));
    return device;
}

static void talk(usbx_device *device, const char *gadget) {
    usbx_endpoint in = endpoint_of(device, USBX_TYPE_INTERRUPT, 0x80);
    usbx_endpoint out = endpoint_of(device, USBX_TYPE_INTERRUPT, 0);
    uint8_t report[8] = {1, 2, 3, 4, 5, 6, 7, 8}, got[64];
    size_t moved;
    int fd = open(gadget, O_RDWR);
    CHECK(fd >= 0);
    /* HID class: GET_DESCRIPTOR(report), addressed to the interface. */
    OK(usbx_control(device, 0x81, 0x06, 0x2200, 0, got, sizeof got, 5000, &moved));
    CHECK(moved > 10 && got[0] == 0x06);

    EXPECT(usbx_interrupt_read(device, in.address, got, 8, 50, &moved), USBX_ERROR_TIMEOUT);
    CHECK_NUMBER(moved, 0);
    CHECK(write(fd, report, 8) == 8);
    OK(usbx_interrupt_read(device, in.address, got, 8, 5000, &moved));
    CHECK_NUMBER(moved, 8);
    CHECK(memcmp(got, report, 8) == 0);

    report[0] = 0x99;
    OK(usbx_interrupt_write(device, out.address, report, 8, 5000, &moved));
    CHECK_NUMBER(moved, 8);
    CHECK(read(fd, got, sizeof got) == 8);
    CHECK(memcmp(got, report, 8) == 0);
    close(fd);
}

static void *sleep_on(void *unused) {
    pause();
    return unused;
}

/* As real programs are: several threads, megabytes of memory. What the library does so that the driver comes back after a
 * kill must stand that. */
static void become_large(void) {
    pthread_t thread;
    size_t i;
    for (i = 0; i < 4; i++) {
        char *memory = malloc(4 << 20);
        CHECK(memory != NULL);
        memset(memory, 1, 4 << 20);
    }
    CHECK(pthread_create(&thread, NULL, sleep_on, NULL) == 0);
}

int main(int argc, char **argv) {
    usbx_device *device;
    CHECK(argc == 4);
    snprintf(driver_link, sizeof driver_link, "%s/driver", argv[2]);
    if (strcmp(argv[1], "kill") == 0) {
        become_large();
        device = detached();
        say("claimed");
        CHECK(getchar() != EOF);
        OK(usbx_release(device, 0));
        check_driver("usbhid", __LINE__);
        OK(usbx_close(device));
        return 0;
    }
    device = detached();
    talk(device, argv[3]);
    OK(usbx_release(device, 0));
    check_driver("usbhid", __LINE__); /* given back at release … */
    OK(usbx_detach_kernel_driver(device, 0));
    OK(usbx_claim(device, 0));
    OK(usbx_close(device));
    check_driver("usbhid", __LINE__); /* … and at close, by the time it returns */

    /* Detached and never claimed: that is given back too. */
    OK(usbx_open(LAB_VENDOR, 0xa4a2, NULL, &device));
    OK(usbx_detach_kernel_driver(device, 0));
    check_driver("", __LINE__);
    OK(usbx_close(device));
    check_driver("usbhid", __LINE__);
    return 0;
}
