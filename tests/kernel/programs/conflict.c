/* Two processes want one interface. "hold" claims it and waits until its input ends. "want PID" is refused with the name of
 * the holder, and gets the interface after its own input ends, when the holder has released it. */
#include "check.h"

static int hold(void) {
    usbx_device *device;
    OK(usbx_open(LAB_VENDOR, ZERO_PRODUCT, NULL, &device));
    OK(usbx_claim(device, 0));
    say("held");
    while (getchar() != EOF) {
    }
    OK(usbx_close(device));
    say("released");
    return 0;
}

static int want(const char *pid) {
    usbx_device *device, *second;
    uint8_t data[512];
    size_t moved;
    OK(usbx_open(LAB_VENDOR, ZERO_PRODUCT, NULL, &device));
    EXPECT(usbx_claim(device, 0), USBX_ERROR_BUSY);
    SAYS("0525:a4a0");
    SAYS("interface 0");
    SAYS(pid);
    {
        double start = seconds_now();
        for (moved = 0; moved < 100; moved++) {
            EXPECT(usbx_claim(device, 0), USBX_ERROR_BUSY);
        }
        printf("note: a refused claim takes %.3f ms", (seconds_now() - start) * 10);
        start = seconds_now();
        SAYS(pid);
        printf(", its sentence %.3f ms\n", (seconds_now() - start) * 1000);
    }
    /* An interface that another program uses is not a kernel driver's: it is never stolen. */
    usbx_detach_kernel_driver(device, 0);
    EXPECT(usbx_claim(device, 0), USBX_ERROR_BUSY);
    EXPECT(usbx_bulk_read(device, 0x81, data, sizeof data, 1000, &moved), USBX_ERROR_NOT_CLAIMED);

    /* Who holds it is looked for when the sentence is asked for, and not when the status is made: by then nobody does. */
    EXPECT(usbx_claim(device, 0), USBX_ERROR_BUSY);
    say("refused");
    while (getchar() != EOF) {
    }
    SAYS("interface 0");
    CHECK(strstr(usbx_last_error(), pid) == NULL);
    OK(usbx_claim(device, 0));
    OK(usbx_claim(device, 0)); /* again by the same handle */

    /* Two handles of one process are two users as well. */
    OK(usbx_open(LAB_VENDOR, ZERO_PRODUCT, NULL, &second));
    EXPECT(usbx_claim(second, 0), USBX_ERROR_BUSY);
    OK(usbx_release(device, 0));
    EXPECT(usbx_release(device, 0), USBX_ERROR_NOT_CLAIMED);
    OK(usbx_claim(second, 0));
    OK(usbx_close(second));
    OK(usbx_close(device));
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "hold") == 0) {
        return hold();
    }
    CHECK(argc == 3 && strcmp(argv[1], "want") == 0);
    return want(argv[2]);
}
