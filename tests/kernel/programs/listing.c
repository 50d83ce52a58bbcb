/* A list is what there is at that moment, also where the same list was right a moment before: a device is in it as soon as the kernel has
 * told of it, and out of it as soon as it is gone; in a forked child too. What nobody plugs in or out changes nothing.
 * argv[1]: the gadget's UDC file, argv[2]: the device controller to write there, argv[3]: the device's path. */
#include "check.h"
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 16 };

static const char *udc, *path;

static void tell(const char *what) {
    FILE *file = fopen(udc, "w");
    CHECK(file != NULL && fprintf(file, "%s\n", what) > 0 && fclose(file) == 0);
}

/* Where the device itself is, not its entry; and an interface of it, which the kernel adds after it has told of the device. */
static char place[512], interface[128];

static void wait_for(const char *file, int there) {
    double end = seconds_now() + 20;
    struct stat status;
    while ((lstat(file, &status) == 0) != there) {
        CHECK(seconds_now() < end);
    }
}

static int listed(void) {
    usbx_device_info all[MOST];
    size_t count, i, there = 0;
    OK(usbx_devices(all, MOST, &count));
    CHECK(count <= MOST);
    for (i = 0; i < count; i++) {
        there += strcmp(all[i].path, path) == 0;
        CHECK(strcmp(all[i].path, path) != 0 || strcmp(all[i].serial, "LAB-loop") == 0);
    }
    return (int)there;
}

static void check_gone(void) {
    usbx_device *device;
    CHECK_NUMBER(listed(), 0);
    EXPECT(usbx_open(LAB_VENDOR, LOOP_PRODUCT, NULL, &device), USBX_ERROR_NOT_FOUND);
}

static void check_there(void) {
    usbx_device *device;
    CHECK_NUMBER(listed(), 1);
    OK(usbx_open(LAB_VENDOR, LOOP_PRODUCT, "LAB-loop", &device));
    OK(usbx_claim(device, 0));
    OK(usbx_close(device));
    CHECK_NUMBER(listed(), 1);
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
    size_t round;
    CHECK(argc == 4);
    udc = argv[1], path = argv[3];
    snprintf(interface, sizeof interface, "/sys/bus/usb/devices/%s:1.0", path);
    check_there();
    for (round = 0; round < 8; round++) {
        char entry[128], *real;
        snprintf(entry, sizeof entry, "/sys/bus/usb/devices/%s", path);
        CHECK((real = realpath(entry, NULL)) != NULL && strlen(real) < sizeof place);
        strcpy(place, real);
        free(real);
        check_there();
        tell("");
        wait_for(place, 0);
        in_child(check_gone);
        check_gone();
        check_gone();
        tell(argv[2]);
        wait_for(interface, 1);
        in_child(check_there);
        check_there();
    }
    return 0;
}
