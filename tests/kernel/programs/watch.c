/* Watches on a real bus, without udevd. argv[1]: the gadget's UDC file, argv[2]: its device controller. */
#define _GNU_SOURCE
#include "check.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
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

static void node_of(char *name, size_t size) {
    snprintf(name, size, "/dev/bus/usb/%03d/%03d", there.bus, there.address);
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

/* What another process does, which reads from the one pipe and writes to the other. */
typedef void part(int from, int to);

static part waits_for_the_right, is_told_what_has_room, has_room_for_hundreds;
static part *const parts[] = {waits_for_the_right, is_told_what_has_room, has_room_for_hundreds};
enum { RIGHT, OVERFLOW, HUNDREDS };

/* Who is to hear of each change is by libusb also another program: a watch of a forked child looks at lists there. */
static pid_t start(int number, int from, int to) {
    pid_t child = fork();
    if (child == 0 && is_by_libusb() && number != RIGHT) {
        char words[3][16];
        snprintf(words[0], sizeof words[0], "%d", number);
        snprintf(words[1], sizeof words[1], "%d", from);
        snprintf(words[2], sizeof words[2], "%d", to);
        execl("/proc/self/exe", "watch", words[0], words[1], words[2], (char *)NULL);
        _exit(4);
    }
    if (child == 0) {
        parts[number](from, to);
        _exit(0);
    }
    CHECK(child > 0);
    return child;
}

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
    child = start(RIGHT, ready[0], ready[1]);
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
    child = start(OVERFLOW, unseen[0], opened[1]);
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
    child = start(HUNDREDS, over[0], opened[1]);
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
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_recvfrom, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAGAIN),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

/* Nodes still come and go. */
static void without_messages(struct sock_filter *filter, unsigned short length) {
    struct sock_fprog program = {length, filter};
    int status;
    pid_t child = fork();
    if (child == 0) {
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
        _exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    next_is(USBX_EVENT_LEFT);
    next_is(USBX_EVENT_ARRIVED);
}

int main(int argc, char **argv) {
    if (argc == 4) {
        parts[atoi(argv[1])](atoi(argv[2]), atoi(argv[3]));
        return 0;
    }
    CHECK(argc == 3);
    udc = argv[1];
    controller = argv[2];
    OK(usbx_watch_open(LAB_VENDOR, LOOP_PRODUCT, &watch));
    comes_and_goes();
    comes_and_goes_unseen();
    a_reset_is_no_event();
    the_node_comes_later();
    the_right_to_it_comes_later();
    others_wake_nobody();
    hundreds_have_room();
    overflows();
    without_messages(no_socket, sizeof no_socket / sizeof *no_socket);
    without_messages(silent_socket, sizeof silent_socket / sizeof *silent_socket);
    OK(usbx_watch_close(watch));
    return 0;
}
