/* A usbfs descriptor whose rights were given up, as a sandbox's portal hands out. argv[1]: the node, argv[2]: the product. cdc_acm holds
 * interfaces 0 and 1 of the active configuration, and there is a second configuration. */
#include "check.h"
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define DROP_PRIVILEGES _IOW('U', 30, uint32_t)

/* A handle that may claim the interfaces of the mask. */
static usbx_device *allowed(const char *node, uint32_t mask, int *fd) {
    usbx_device *device;
    CHECK((*fd = open(node, O_RDWR)) >= 0 && ioctl(*fd, DROP_PRIVILEGES, &mask) == 0);
    OK(usbx_open_fd(*fd, &device));
    return device;
}

static void denied(usbx_status status, const char *what) {
    if (status != USBX_ERROR_ACCESS) {
        fprintf(stderr, "%s: %s, %s\n", what, usbx_error_name(status), usbx_last_error());
        exit(1);
    }
    SAYS(what);
    SAYS("USBDEVFS_DROP_PRIVILEGES");
}

int main(int argc, char **argv) {
    uint8_t coding[7], configuration;
    usbx_device *device, *other;
    char name[64];
    size_t moved;
    int fd;

    CHECK(argc == 3);
    device = allowed(argv[1], 0, &fd);
    denied(usbx_claim(device, 0), "claim interface 0");
    denied(usbx_detach_kernel_driver(device, 0), "detach kernel driver");
    EXPECT(usbx_set_configuration(device, 2), USBX_ERROR_BUSY); /* the kernel looks for drivers first */
    SAYS("cdc_acm");
    denied(usbx_reset(device), "reset");
    OK(usbx_set_auto_detach(device, 1));
    denied(usbx_claim(device, 1), "claim interface 1");
    /* What it may do works. */
    OK(usbx_get_configuration(device, &configuration));
    CHECK_NUMBER(configuration, 1);
    OK(usbx_kernel_driver(device, 0, name, sizeof name, NULL));
    CHECK(strcmp(name, "cdc_acm") == 0);
    OK(usbx_get_string(device, 1, 0, name, sizeof name, NULL));
    OK(usbx_close(device));
    close(fd);

    /* With the right to claim, and none to take the interface from its driver. */
    device = allowed(argv[1], 3, &fd);
    EXPECT(usbx_claim(device, 0), USBX_ERROR_BUSY);
    SAYS("cdc_acm");
    OK(usbx_set_auto_detach(device, 1));
    denied(usbx_claim(device, 0), "claim interface 0");
    OK(usbx_open(LAB_VENDOR, (uint16_t)strtoul(argv[2], NULL, 0), NULL, &other));
    OK(usbx_detach_kernel_driver(other, 0));
    OK(usbx_claim(device, 0));
    OK(usbx_control(device, 0xa1, 0x21, 0, 0, coding, 7, 5000, &moved));
    CHECK_NUMBER(moved, 7);
    denied(usbx_attach_kernel_driver(device, 1), "attach kernel driver");
    /* The kernel asks no right for these where no driver is in the way. */
    OK(usbx_set_alt_setting(device, 0, 0));
    OK(usbx_control(device, 0, 9, 1, 0, NULL, 0, 5000, NULL));
    OK(usbx_release(device, 0));
    OK(usbx_set_configuration(device, 2));
    OK(usbx_get_configuration(device, &configuration));
    CHECK_NUMBER(configuration, 2);
    OK(usbx_detach_kernel_driver(other, 0)); /* it has bound to the new interfaces */
    OK(usbx_set_configuration(device, 1));
    OK(usbx_close(device));
    OK(usbx_close(other));
    close(fd);
    return 0;
}
