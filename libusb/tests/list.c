/* The list of libusb's is what there is at that moment, also where the same list was right a moment before, without a thread that hears of
 * devices: a device is in it once the kernel has told of it, and out of it once it is gone; in a forked child too. A device that is held
 * stays what it was: it is not the one that is plugged in later in its place.
 * argv[1]: the gadget's UDC file, argv[2]: the device controller to write there, argv[3]: the device's path, argv[4]: its IDs. */
#define _XOPEN_SOURCE 700
#include <libusb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                            \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

static const char *udc;
static unsigned vendor, product;

static void tell(const char *what) {
    FILE *file = fopen(udc, "w");
    CHECK(file != NULL && fprintf(file, "%s\n", what) > 0 && fclose(file) == 0);
}

static void wait_for(const char *file, int there) {
    time_t end = time(NULL) + 20;
    struct stat status;
    while ((lstat(file, &status) == 0) != there) {
        CHECK(time(NULL) < end);
    }
}

/* The device, with a reference, if it is listed. */
static libusb_device *listed(void) {
    struct libusb_device_descriptor descriptor;
    libusb_device **list, *found = NULL;
    ssize_t count = libusb_get_device_list(NULL, &list), i;
    CHECK(count > 0 && list[count] == NULL);
    for (i = 0; i < count; i++) {
        CHECK(libusb_get_device_descriptor(list[i], &descriptor) == 0);
        if (descriptor.idVendor == vendor && descriptor.idProduct == product) {
            CHECK(found == NULL);
            found = libusb_ref_device(list[i]);
        }
    }
    libusb_free_device_list(list, 1);
    return found;
}

static void check_gone(void) {
    CHECK(listed() == NULL);
    CHECK(libusb_open_device_with_vid_pid(NULL, (uint16_t)vendor, (uint16_t)product) == NULL);
}

static void check_there(void) {
    libusb_device_handle *handle;
    libusb_device *device = listed();
    CHECK(device != NULL);
    CHECK(libusb_open(device, &handle) == 0 && libusb_get_device(handle) == device);
    CHECK(libusb_claim_interface(handle, 0) == 0);
    libusb_close(handle);
    CHECK((handle = libusb_open_device_with_vid_pid(NULL, (uint16_t)vendor, (uint16_t)product)) != NULL);
    CHECK(libusb_get_device(handle) == device);
    libusb_close(handle);
    libusb_unref_device(device);
}

static void in_child(void (*check)(void)) {
    int status;
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        check();
        _exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

int main(int argc, char **argv) {
    char entry[512], interface[512], *real;
    libusb_device_handle *handle;
    libusb_device *held;
    int round;
    CHECK(argc == 5 && sscanf(argv[4], "%x:%x", &vendor, &product) == 2);
    udc = argv[1];
    snprintf(entry, sizeof entry, "/sys/bus/usb/devices/%s", argv[3]);
    snprintf(interface, sizeof interface, "/sys/bus/usb/devices/%s:1.0", argv[3]);
    CHECK(libusb_init(NULL) == 0);
    for (round = 0; round < 4; round++) {
        CHECK((real = realpath(entry, NULL)) != NULL);
        check_there();
        check_there();
        CHECK((held = listed()) != NULL);
        tell("");
        wait_for(real, 0);
        free(real);
        in_child(check_gone);
        check_gone();
        check_gone();
        CHECK(libusb_open(held, &handle) == LIBUSB_ERROR_NO_DEVICE);
        tell(argv[2]);
        wait_for(interface, 1);
        in_child(check_there);
        check_there();
        CHECK(libusb_open(held, &handle) == LIBUSB_ERROR_NO_DEVICE);
        libusb_unref_device(held);
    }
    libusb_exit(NULL);
    return 0;
}
