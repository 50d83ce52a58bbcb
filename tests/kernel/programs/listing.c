/* A list is what there is at that moment, also where the same list was right a moment before: a device is in it as soon as the kernel has
 * told of it, and out of it as soon as it is gone; in a forked child too, and where it comes back as another one at the same place. What
 * nobody plugs in or out changes nothing.
 * argv[1]: the gadget's UDC file, argv[2]: the device controller to write there, argv[3]: the device's path. */
#include "check.h"
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 16 };

/* What the gadget is now, and what it is by turns. */
static const struct identity {
    uint16_t product;
    const char *serial;
} loop = {LOOP_PRODUCT, "LAB-loop"}, other = {0xa4ae, "LAB-other"}, *now = &loop;

static const char *udc, *path;

static void put(const char *name, const char *what) {
    FILE *file = fopen(name, "w");
    CHECK(file != NULL && fprintf(file, "%s\n", what) > 0 && fclose(file) == 0);
}

static void tell(const char *what) { put(udc, what); }

static void become(const struct identity *identity) {
    const int directory = (int)(strrchr(udc, '/') - udc);
    char name[512], product[16];
    now = identity;
    snprintf(name, sizeof name, "%.*s/idProduct", directory, udc);
    snprintf(product, sizeof product, "0x%04x", now->product);
    put(name, product);
    snprintf(name, sizeof name, "%.*s/strings/0x409/serialnumber", directory, udc);
    put(name, now->serial);
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
        if (strcmp(all[i].path, path) == 0) {
            CHECK(strcmp(all[i].serial, now->serial) == 0);
            CHECK_NUMBER(all[i].product_id, now->product);
        }
    }
    return (int)there;
}

static void check_gone(void) {
    usbx_device *device;
    CHECK_NUMBER(listed(), 0);
    EXPECT(usbx_open(LAB_VENDOR, loop.product, NULL, &device), USBX_ERROR_NOT_FOUND);
    EXPECT(usbx_open(LAB_VENDOR, other.product, NULL, &device), USBX_ERROR_NOT_FOUND);
}

static void check_there(void) {
    usbx_device *device;
    CHECK_NUMBER(listed(), 1);
    OK(usbx_open(LAB_VENDOR, now->product, now->serial, &device));
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
        become(round % 2 == 0 ? &other : &loop);
        tell(argv[2]);
        wait_for(interface, 1);
        in_child(check_there);
        check_there();
    }
    return 0;
}
