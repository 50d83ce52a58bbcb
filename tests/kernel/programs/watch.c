/* Watches on a real bus, without udevd. argv[1]: the gadget's UDC file, argv[2]: its device controller. */
#define _GNU_SOURCE
#include "watch.h"
#include <poll.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static void comes_and_goes(void) {
    uint8_t address;
    int round;
    next_is(USBX_EVENT_ARRIVED);
    use();
    nothing_comes(USBX_NO_WAIT);
    for (round = 0; round < ROUNDS; round++) {
        unplug();
        address = there.address;
        next_is(USBX_EVENT_LEFT);
        CHECK_NUMBER(there.address, address);
        CHECK(strcmp(there.serial, "LAB-loop") == 0);
        plug();
        next_is(USBX_EVENT_ARRIVED);
        CHECK(there.address != address);
        use();
    }
    nothing_comes(USBX_NO_WAIT);
}

/* No call waited for these events: all of them come, in order. */
static void comes_and_goes_unseen(void) {
    usbx_device_info now = there;
    int round, tries;
    for (round = 0; round < ROUNDS; round++) {
        uint8_t before = now.address;
        unplug();
        plug();
        /* The one from before may still be there: the hub takes its time. */
        for (tries = 0; now.address == before; tries++) {
            usbx_device *device;
            struct timespec pause = {0, 10000000};
            CHECK(tries < 2000);
            nanosleep(&pause, NULL);
            if (usbx_open(LAB_VENDOR, LOOP_PRODUCT, NULL, &device) == USBX_OK) {
                OK(usbx_info(device, &now));
                OK(usbx_close(device));
            }
        }
    }
    for (round = 0; round < ROUNDS; round++) {
        next_is(USBX_EVENT_LEFT);
        next_is(USBX_EVENT_ARRIVED);
    }
    nothing_comes(USBX_NO_WAIT);
    use();
}

static void a_reset_is_no_event(void) {
    usbx_device *device;
    OK(usbx_open_path(there.path, &device));
    OK(usbx_reset(device));
    OK(usbx_close(device));
    nothing_comes(NOTHING_COMES);
}

/* As in a container that has no nodes, and then gets one. */
static void the_node_comes_later(void) {
    char name[64];
    struct pollfd polled = {0};
    unplug();
    next_is(USBX_EVENT_LEFT);
    CHECK(mount("none", "/dev/bus/usb", "tmpfs", 0, NULL) == 0);
    plug();
    nothing_comes(NOTHING_COMES);
    if (is_by_libusb()) {
        FILE *file;
        int address = 0;
        snprintf(name, sizeof name, "/sys/bus/usb/devices/%.20s/devnum", there.path);
        file = fopen(name, "r");
        CHECK(file != NULL && fscanf(file, "%d", &address) == 1 && fclose(file) == 0);
        there.address = (uint8_t)address;
    } else {
        usbx_device_info all[16];
        size_t count, i;
        OK(usbx_devices(all, 16, &count)); /* it is still on the bus */
        for (i = 0; i < count && all[i].product_id != LOOP_PRODUCT; i++) {
        }
        CHECK(i < count);
        there = all[i];
    }
    snprintf(name, sizeof name, "/dev/bus/usb/%03d", there.bus);
    CHECK(mkdir(name, 0755) == 0);
    node_of(name, sizeof name);
    OK(usbx_watch_fd(watch, &polled.fd));
    polled.events = POLLIN;
    CHECK(mknod(name, S_IFCHR | 0600, makedev(189, (unsigned)(there.bus - 1) * 128 + there.address - 1)) == 0);
    CHECK(poll(&polled, 1, WAIT) == 1);
    next_is(USBX_EVENT_ARRIVED);
    use();
    CHECK(unlink(name) == 0);
    unplug();
    next_is(USBX_EVENT_LEFT);

    /* A device that leaves before it gets a node is not reported. */
    plug();
    nothing_comes(NOTHING_COMES);
    unplug();
    nothing_comes(NOTHING_COMES);

    /* All of them come at once, by a mount. */
    plug();
    nothing_comes(NOTHING_COMES);
    CHECK(umount("/dev/bus/usb") == 0);
    next_is(USBX_EVENT_ARRIVED);
    use();
}

static part waits_for_the_right;
static part *const parts[] = {waits_for_the_right};

static void waits_for_the_right(int from, int to) {
    usbx_device *device;
    int32_t event;
    (void)from;
    CHECK(setuid(65534) == 0);
    OK(usbx_watch_open(LAB_VENDOR, LOOP_PRODUCT, &watch));
    CHECK(write(to, "r", 1) == 1);
    OK(usbx_watch_next(watch, WAIT, &event, &there));
    CHECK_NUMBER(event, USBX_EVENT_ARRIVED);
    OK(usbx_open_path(there.path, &device));
    OK(usbx_close(device));
}

/* udevd gives users access to a node a moment after it appears: the arrival waits for that. */
static void the_right_to_it_comes_later(void) {
    int ready[2], status;
    char name[64], byte;
    pid_t child;
    unplug();
    next_is(USBX_EVENT_LEFT);
    CHECK(pipe(ready) == 0);
    child = start(parts, 0, 0, ready[0], ready[1]);
    CHECK(read(ready[0], &byte, 1) == 1);
    plug();
    next_is(USBX_EVENT_ARRIVED); /* root has access from the start */
    node_of(name, sizeof name);
    CHECK(chmod(name, 0666) == 0);
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

/* What else the kernel says wakes nobody. */
static void others_wake_nobody(void) {
    struct pollfd polled = {0};
    FILE *file;
    int round;
    nothing_comes(USBX_NO_WAIT);
    OK(usbx_watch_fd(watch, &polled.fd));
    polled.events = POLLIN;
    for (round = 0; round < 3; round++) {
        static const char *const words[] = {"add", "change", "remove"};
        file = fopen("/sys/class/mem/null/uevent", "w");
        CHECK(file != NULL && fputs(words[round], file) >= 0 && fclose(file) == 0);
    }
    CHECK_NUMBER(poll(&polled, 1, 0), 0);
    /* Of a USB device as a whole there is such a message, and it wakes; not so by libusb, which has that device already. */
    file = fopen("/sys/bus/usb/devices/usb1/uevent", "w");
    CHECK(file != NULL && fputs("add", file) >= 0 && fclose(file) == 0);
    CHECK_NUMBER(poll(&polled, 1, 0), !is_by_libusb());
    nothing_comes(USBX_NO_WAIT);
    CHECK_NUMBER(poll(&polled, 1, 0), 0);
}

int main(int argc, char **argv) {
    if (did_part(parts, argc, argv)) {
        return 0;
    }
    OK(usbx_watch_open(LAB_VENDOR, LOOP_PRODUCT, &watch));
    comes_and_goes();
    comes_and_goes_unseen();
    a_reset_is_no_event();
    the_node_comes_later();
    the_right_to_it_comes_later();
    others_wake_nobody();
    OK(usbx_watch_close(watch));
    return 0;
}
