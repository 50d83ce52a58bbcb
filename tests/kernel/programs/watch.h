/* What the programs about watches have in common: the device that comes and goes, and its watch. */
#ifndef WATCH_H
#define WATCH_H

#include "check.h"
#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WAIT = 20000, NOTHING_COMES = 1500, ROUNDS = 20 };

static const char *udc, *controller;
static usbx_watch *watch;
static usbx_device_info there;

static void tell(const char *what) {
    FILE *file = fopen(udc, "w");
    CHECK(file != NULL && fprintf(file, "%s\n", what) > 0 && fclose(file) == 0);
}

static void plug(void) { tell(controller); }
static void unplug(void) { tell(""); }

static void next_is(int32_t expected) {
    usbx_device_info info;
    int32_t event;
    OK(usbx_watch_next(watch, WAIT, &event, &info));
    CHECK_NUMBER(event, expected);
    CHECK_NUMBER(info.vendor_id, LAB_VENDOR);
    CHECK_NUMBER(info.product_id, LOOP_PRODUCT);
    there = info;
}

static void nothing_comes(uint32_t timeout_ms) {
    usbx_device_info info;
    int32_t event;
    if (usbx_watch_next(watch, timeout_ms, &event, &info) == USBX_OK) {
        printf("event %d of %s, address %d\n", event, info.path, info.address);
    }
    CHECK_NUMBER(event, 0);
    EXPECT(usbx_watch_next(watch, USBX_NO_WAIT, &event, &info), USBX_ERROR_TIMEOUT);
}

/* A device that has arrived can be used at once. */
static void use(void) {
    usbx_device *device;
    uint8_t data[512];
    CHECK(strcmp(there.serial, "LAB-loop") == 0);
    OK(usbx_open_path(there.path, &device));
    OK(usbx_claim(device, 0));
    EXPECT(usbx_bulk_read(device, endpoint_of(device, USBX_TYPE_BULK, 0x80).address, data, sizeof data, 20, NULL),
           USBX_ERROR_TIMEOUT);
    OK(usbx_close(device));
}

static void node_of(char *name, size_t size) {
    snprintf(name, size, "/dev/bus/usb/%03d/%03d", there.bus, there.address);
}

/* What another process does, which reads from the one pipe and writes to the other. */
typedef void part(int from, int to);

/* By libusb who is to hear of each change is also another program: a watch of a forked child looks at lists there. */
static pid_t start(part *const parts[], int number, int is_other, int from, int to) {
    pid_t child = fork();
    if (child == 0 && is_other && is_by_libusb()) {
        char words[3][16];
        snprintf(words[0], sizeof words[0], "%d", number);
        snprintf(words[1], sizeof words[1], "%d", from);
        snprintf(words[2], sizeof words[2], "%d", to);
        execl("/proc/self/exe", "watch", udc, controller, words[0], words[1], words[2], (char *)NULL);
        _exit(4);
    }
    if (child == 0) {
        parts[number](from, to);
        _exit(0);
    }
    CHECK(child > 0);
    return child;
}

/* Whether this is such a program, which has done its part. */
static int did_part(part *const parts[], int argc, char **argv) {
    CHECK(argc >= 3);
    udc = argv[1];
    controller = argv[2];
    if (argc == 6) {
        parts[atoi(argv[3])](atoi(argv[4]), atoi(argv[5]));
    }
    return argc == 6;
}

#endif
