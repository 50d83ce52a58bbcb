/* Selecting configuration 2 and back, each checked by the behaviour of its interface. argv[1]: the device's sysfs directory. */
#include "check.h"

static void check_kernel_says(const char *sysfs, int expected) {
    char path[512];
    int got = -1;
    FILE *file;
    snprintf(path, sizeof path, "%s/bConfigurationValue", sysfs);
    file = fopen(path, "r");
    CHECK(file != NULL && fscanf(file, "%d", &got) == 1);
    fclose(file);
    CHECK_NUMBER(got, expected);
}

int main(int argc, char **argv) {
    uint8_t data[512], back[512], configuration;
    usbx_device *device;
    usbx_endpoint in, out;
    uint64_t state = 3;
    size_t moved;

    CHECK(argc == 2);
    OK(usbx_open(LAB_VENDOR, ZERO_PRODUCT, NULL, &device));
    OK(usbx_get_configuration(device, &configuration));
    CHECK_NUMBER(configuration, 1);

    OK(usbx_set_configuration(device, 2));
    OK(usbx_get_configuration(device, &configuration));
    CHECK_NUMBER(configuration, 2);
    check_kernel_says(argv[1], 2);
    in = endpoint_of(device, USBX_TYPE_BULK, 0x80);
    out = endpoint_of(device, USBX_TYPE_BULK, 0);
    OK(usbx_claim(device, 0));
    fill_random(data, sizeof data, &state);
    OK(usbx_bulk_write(device, out.address, data, 300, 5000, &moved));
    OK(usbx_bulk_read(device, in.address, back, sizeof back, 5000, &moved));
    CHECK_NUMBER(moved, 300);
    CHECK(memcmp(data, back, 300) == 0);

    /* The active one again: nothing happens, the claim holds. */
    OK(usbx_set_configuration(device, 2));
    OK(usbx_bulk_write(device, out.address, data, 200, 5000, &moved));
    OK(usbx_bulk_read(device, in.address, back, sizeof back, 5000, &moved));
    CHECK_NUMBER(moved, 200);

    /* Another one would take the claim's ground away: the sentence names what is in the way and what to do. */
    EXPECT(usbx_set_configuration(device, 1), USBX_ERROR_BUSY);
    SAYS("claimed interface 0");
    SAYS("usbx_release");
    check_kernel_says(argv[1], 2);
    EXPECT(usbx_set_configuration(device, 9), USBX_ERROR_NOT_FOUND);
    OK(usbx_release(device, 0));
    OK(usbx_set_configuration(device, 1));
    check_kernel_says(argv[1], 1);
    EXPECT(usbx_bulk_read(device, in.address, back, sizeof back, 5000, &moved), USBX_ERROR_NOT_CLAIMED);
    OK(usbx_claim(device, 0));
    OK(usbx_bulk_read(device, in.address, back, sizeof back, 5000, &moved));
    CHECK_NUMBER(moved, sizeof back);
    CHECK(back[0] == 0 && back[1] == 1 && back[62] == 62 && back[63] == 0);
    OK(usbx_close(device));
    return 0;
}
