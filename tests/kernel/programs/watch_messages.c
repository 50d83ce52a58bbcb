/* How much room a watch has for the kernel's messages, and what it does without any. argv[1]: the gadget's UDC file, argv[2]: its device
 * controller. */
#define _GNU_SOURCE
#include "watch.h"
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static part is_told_what_has_room, has_room_for_hundreds, hears_no_message;
static part *const parts[] = {is_told_what_has_room, has_room_for_hundreds, hears_no_message};
enum { OVERFLOW, HUNDREDS, NO_MESSAGE };

static void set_room(const char *bytes) {
    FILE *file = fopen("/proc/sys/net/core/rmem_max", "w");
    CHECK(file != NULL && fputs(bytes, file) >= 0 && fclose(file) == 0);
}

/* There is room for a few messages only, and nobody takes them. What is told is true and in order: the pairs for which there was room, one at
 * least, without a hole, and then what is there. Of those in between nothing is known. */
enum { FEW_PAIRS = 9 };

static void is_told_what_has_room(int from, int to) {
    usbx_device_info info;
    uint8_t addresses[FEW_PAIRS];
    int32_t event, expected = USBX_EVENT_LEFT;
    int pairs = 0;
    CHECK(setuid(65534) == 0); /* or the kernel would give more room */
    OK(usbx_watch_open(LAB_VENDOR, LOOP_PRODUCT, &watch));
    next_is(USBX_EVENT_ARRIVED);
    CHECK(write(to, "o", 1) == 1);
    CHECK(read(from, addresses, FEW_PAIRS) == FEW_PAIRS);
    while (usbx_watch_next(watch, NOTHING_COMES, &event, &info) == USBX_OK) {
        CHECK_NUMBER(event, expected);
        CHECK_NUMBER(info.vendor_id, LAB_VENDOR);
        CHECK_NUMBER(info.product_id, LOOP_PRODUCT);
        if (event == USBX_EVENT_LEFT) {
            CHECK_NUMBER(info.address, there.address);
        } else {
            CHECK(pairs < FEW_PAIRS && there.address != addresses[FEW_PAIRS - 1]);
            CHECK(info.address == addresses[pairs] || (pairs > 0 && info.address == addresses[FEW_PAIRS - 1]));
            pairs++;
        }
        expected = USBX_EVENT_ARRIVED + USBX_EVENT_LEFT - expected;
        there = info;
    }
    CHECK_NUMBER(expected, USBX_EVENT_LEFT);
    CHECK_NUMBER(there.address, addresses[FEW_PAIRS - 1]);
    printf("note: of %d pairs beyond the room %d were told\n", FEW_PAIRS, pairs);
    fflush(stdout);
}

static void overflows(void) {
    uint8_t addresses[FEW_PAIRS];
    int opened[2], unseen[2], round, status;
    char byte, name[64];
    pid_t child;
    CHECK(pipe(opened) == 0 && pipe(unseen) == 0);
    set_room("2304");
    child = start(parts, OVERFLOW, 1, unseen[0], opened[1]);
    CHECK(read(opened[0], &byte, 1) == 1);
    for (round = 0; round < FEW_PAIRS; round++) {
        unplug();
        next_is(USBX_EVENT_LEFT);
        plug();
        next_is(USBX_EVENT_ARRIVED); /* this one has room */
        addresses[round] = there.address;
    }
    node_of(name, sizeof name);
    CHECK(chmod(name, 0666) == 0);
    CHECK(write(unseen[1], addresses, FEW_PAIRS) == FEW_PAIRS);
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    set_room("212992");
}

/* With the room that every program has, a hundred devices that come and go have room for all their messages while nobody takes them;
 * the kernel sends such messages on demand, too. */
enum { PAIRS = 100 };

static void has_room_for_hundreds(int from, int to) {
    char byte;
    int i;
    CHECK(setuid(65534) == 0);
    OK(usbx_watch_open(LAB_VENDOR, LOOP_PRODUCT, &watch));
    next_is(USBX_EVENT_ARRIVED);
    CHECK(write(to, "o", 1) == 1 && read(from, &byte, 1) == 1);
    for (i = 0; i < PAIRS; i++) {
        next_is(USBX_EVENT_LEFT);
        next_is(USBX_EVENT_ARRIVED);
    }
    nothing_comes(USBX_NO_WAIT);
}

static void hundreds_have_room(void) {
    static const char *const words[] = {"remove", "add", "bind"};
    int opened[2], over[2], i, status;
    char byte, name[300];
    pid_t child;
    CHECK(pipe(opened) == 0 && pipe(over) == 0);
    node_of(name, sizeof name);
    CHECK(chmod(name, 0666) == 0);
    child = start(parts, HUNDREDS, 1, over[0], opened[1]);
    CHECK(read(opened[0], &byte, 1) == 1);
    snprintf(name, sizeof name, "/sys/bus/usb/devices/%s/uevent", there.path);
    for (i = 0; i < 3 * PAIRS; i++) {
        FILE *file = fopen(name, "w");
        CHECK(file != NULL && fputs(words[i % 3], file) >= 0 && fclose(file) == 0);
    }
    CHECK(write(over[1], "o", 1) == 1);
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    for (i = 0; i < PAIRS; i++) {
        next_is(USBX_EVENT_LEFT);
        next_is(USBX_EVENT_ARRIVED);
    }
}

/* A container may give no socket to the kernel. */
static struct sock_filter no_socket[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_NETLINK, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

/* Or a socket without messages, as in its own user namespace. */
static struct sock_filter silent_socket[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_recvmsg, 1, 0), /* libusb's */
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_recvfrom, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAGAIN),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

/* Nodes still come and go. */
static void watches_without(struct sock_filter *filter, unsigned short length) {
    struct sock_fprog program = {length, filter};
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
    OK(usbx_watch_open(LAB_VENDOR, LOOP_PRODUCT, &watch));
    next_is(USBX_EVENT_ARRIVED);
    unplug();
    next_is(USBX_EVENT_LEFT);
    plug();
    next_is(USBX_EVENT_ARRIVED);
    use();
    nothing_comes(USBX_NO_WAIT);
}

static void hears_no_message(int from, int to) {
    (void)from;
    (void)to;
    watches_without(silent_socket, sizeof silent_socket / sizeof *silent_socket);
}

static void with_messages(pid_t child) {
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    next_is(USBX_EVENT_LEFT);
    next_is(USBX_EVENT_ARRIVED);
}

static void without_messages(struct sock_filter *filter, unsigned short length) {
    pid_t child = fork();
    if (child == 0) {
        watches_without(filter, length);
        _exit(0);
    }
    with_messages(child);
}

int main(int argc, char **argv) {
    if (did_part(parts, argc, argv)) {
        return 0;
    }
    OK(usbx_watch_open(LAB_VENDOR, LOOP_PRODUCT, &watch));
    next_is(USBX_EVENT_ARRIVED);
    hundreds_have_room();
    overflows();
    without_messages(no_socket, sizeof no_socket / sizeof *no_socket);
    without_messages(silent_socket, sizeof silent_socket / sizeof *silent_socket);
    with_messages(start(parts, NO_MESSAGE, 1, 0, 1));
    OK(usbx_watch_close(watch));
    return 0;
}
