/* A device that withholds its answer to SET_CONFIGURATION delays nobody who does not mean it: lists, opening other devices, watches.
 * And no list or opening sends a device any request. The device is played to vhci-hcd; argv[1]: the serial number of another one, argv[2] of
 * one with the IDs of the busy one. That nobody was delayed shows by the order: the answer is still withheld when the calls have returned. */
#include "check.h"
#include "usbip_messages.h"
#include "usbip_port.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* So many programs come after each other while the kernel waits, for five seconds. */
enum { BUSY_PRODUCT = 0xb5, WAIT = 20000, PROGRAMS = 6 };

/* What the player and the others share; the words are atomic enough for one writer each. */
static volatile struct shared {
    int withheld; /* a SET_CONFIGURATION waits for its answer */
    int given_up; /* the kernel has withdrawn it: that took five seconds */
    int release;  /* answer it, and all that follow */
    int requests;
    int has_waited;
} *shared;

static const char *other, *twin;
static int end;

static void put(const void *from, size_t length) { CHECK(send_bytes(end, from, length)); }

static void answer(const struct message *request, const void *data, size_t length, int status) {
    struct message message = {0};
    uint32_t asked = ntohl(request->u.submit.length);
    length = length < asked ? length : asked;
    message.command = htonl(RET_SUBMIT);
    message.sequence = request->sequence;
    message.u.submitted.status = htonl((uint32_t)status);
    message.u.submitted.length = htonl((uint32_t)length);
    put(&message, sizeof message);
    put(data, length);
}

static void play(void) {
    static const uint8_t device[] = {18, 1, 0, 2, 0xff, 0, 0, 64, 0x09, 0x12, BUSY_PRODUCT, 0, 0, 1, 0, 0, 1, 2};
    static const uint8_t languages[] = {4, 3, 9, 4}, serial[] = {10, 3, 'B', 0, 'U', 0, 'S', 0, 'Y', 0};
    uint8_t configuration[] = {9, 2, 18, 0, 1, 1, 0, 0x80, 50, 9, 4, 0, 0, 0, 0xff, 0, 0, 0};
    struct message message, held = {0};
    for (;;) {
        struct pollfd polled = {end, POLLIN, 0};
        if (shared->withheld && shared->release) {
            answer(&held, NULL, 0, 0);
            shared->withheld = 0;
        }
        if (poll(&polled, 1, 10) == 0) {
            continue;
        }
        if (!receive_bytes(end, &message, sizeof message)) {
            _exit(0);
        }
        if (ntohl(message.command) == CMD_UNLINK) {
            struct message unlinked = {0};
            shared->given_up = 1;
            shared->withheld = 0;
            unlinked.command = htonl(RET_UNLINK);
            unlinked.sequence = message.sequence;
            unlinked.u.unlink.value = htonl((uint32_t)-104); /* ECONNRESET */
            put(&unlinked, sizeof unlinked);
            continue;
        }
        shared->requests++;
        if (message.u.submit.setup[1] == 9 && !shared->release) { /* SET_CONFIGURATION */
            held = message;
            shared->withheld = 1;
        } else if (message.u.submit.setup[1] != 6) { /* not GET_DESCRIPTOR */
            answer(&message, NULL, 0, 0);
        } else if (message.u.submit.setup[3] == 1) {
            answer(&message, device, sizeof device, 0);
        } else if (message.u.submit.setup[3] == 2) {
            configuration[5] = (uint8_t)(message.u.submit.setup[2] + 1);
            answer(&message, configuration, sizeof configuration, 0);
        } else if (message.u.submit.setup[3] == 3 && message.u.submit.setup[2] <= 1) {
            int is_serial = message.u.submit.setup[2] == 1;
            answer(&message, is_serial ? serial : languages, is_serial ? sizeof serial : sizeof languages, 0);
        } else {
            answer(&message, NULL, 0, -32); /* EPIPE */
        }
    }
}

static void until(volatile int *what) {
    double late = seconds_now() + 20;
    while (!*what) {
        struct timespec pause = {0, 5000000};
        CHECK(seconds_now() < late);
        nanosleep(&pause, NULL);
    }
}

static size_t listed(usbx_device_info *busy, usbx_device_info *free_one) {
    usbx_device_info all[32];
    size_t count, i, found = 0;
    OK(usbx_devices(all, 32, &count));
    for (i = 0; i < count && i < 32; i++) {
        if (all[i].product_id == BUSY_PRODUCT && strcmp(all[i].serial, twin) != 0) {
            *busy = all[i];
            found++;
        } else if (strcmp(all[i].serial, other) == 0) {
            *free_one = all[i];
            found++;
        }
    }
    return found;
}

static void open_others(const usbx_device_info *free_one) {
    usbx_device *device;
    OK(usbx_open(free_one->vendor_id, free_one->product_id, NULL, &device));
    OK(usbx_close(device));
    OK(usbx_open(free_one->vendor_id, free_one->product_id, other, &device));
    OK(usbx_close(device));
    OK(usbx_open_path(free_one->path, &device));
    OK(usbx_close(device));
    /* Over libusb every program waits a second for what may have that serial number: one does here, or the kernel's time would be over. */
    if (!is_by_libusb() || !shared->has_waited++) {
        EXPECT(usbx_open(0x1209, BUSY_PRODUCT, "another", &device), USBX_ERROR_NOT_FOUND);
    }
}

/* All that is asked of others returns while it is withheld. */
static void delays_nobody(const char *known_serial) {
    usbx_device_info busy, free_one, info;
    usbx_watch *watch;
    int32_t event;
    int arrived = 0;
    CHECK_NUMBER(listed(&busy, &free_one), 2);
    CHECK(strcmp(busy.serial, known_serial) == 0);
    open_others(&free_one);
    OK(usbx_watch_open(0, 0, &watch));
    while (usbx_watch_next(watch, USBX_NO_WAIT, &event, &info) == USBX_OK) {
        arrived |= event == USBX_EVENT_ARRIVED && strcmp(info.serial, other) == 0;
    }
    CHECK(arrived);
    OK(usbx_watch_close(watch));
    CHECK(!shared->given_up && shared->withheld);
}

static void in_a_child(const char *known_serial) {
    int status;
    pid_t child = fork();
    if (child == 0) {
        delays_nobody(known_serial);
        _exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

static void open_twin(void) {
    usbx_device *device;
    usbx_device_info info;
    OK(usbx_open(0x1209, BUSY_PRODUCT, twin, &device));
    OK(usbx_info(device, &info));
    CHECK(strcmp(info.serial, twin) == 0);
    OK(usbx_close(device));
    CHECK(!shared->given_up && shared->withheld);
}

/* By many programs, each of which knows no strings yet. */
static void open_twin_by_programs(void) {
    int i, status;
    for (i = 0; i < PROGRAMS; i++) {
        pid_t child = fork();
        if (child == 0) {
            open_twin();
            _exit(0);
        }
        CHECK(waitpid(child, &status, 0) == child && status == 0);
    }
}

/* Runs this program anew, as one that has called nothing yet; it does what the name says. */
static void in_a_new_program(const char *what) {
    int status;
    pid_t fresh = fork();
    if (fresh == 0) {
        CHECK(execl("/proc/self/exe", "busy", other, twin, what, (char *)NULL) == 0);
    }
    CHECK(waitpid(fresh, &status, 0) == fresh && status == 0);
}

static void next_is(usbx_watch *watch, const char *serial) {
    usbx_device_info info;
    int32_t event;
    OK(usbx_watch_next(watch, WAIT, &event, &info));
    CHECK_NUMBER(event, USBX_EVENT_ARRIVED);
    CHECK(strcmp(info.serial, serial) == 0);
}

/* Its strings come when it is free. */
static void comes_to_rest(void) {
    usbx_device_info busy, free_one;
    double late = seconds_now() + 20;
    shared->release = 1;
    do {
        struct timespec pause = {0, 5000000};
        CHECK(seconds_now() < late);
        nanosleep(&pause, NULL);
        CHECK_NUMBER(listed(&busy, &free_one), 2);
    } while (strcmp(busy.serial, "BUSY") != 0);
    CHECK(!shared->given_up);
}

static void asks_nothing(void) {
    usbx_device_info busy, free_one;
    usbx_device *device;
    usbx_endpoint endpoints[4];
    usbx_interface interfaces[4];
    uint8_t configuration, descriptors[256];
    size_t count;
    int before = shared->requests;
    CHECK_NUMBER(listed(&busy, &free_one), 2);
    OK(usbx_open(0x1209, BUSY_PRODUCT, "BUSY", &device));
    OK(usbx_info(device, &busy));
    OK(usbx_endpoints(device, endpoints, 4, &count));
    OK(usbx_get_configuration(device, &configuration));
    CHECK_NUMBER(configuration, 1);
    OK(usbx_interfaces(device, interfaces, 4, &count));
    OK(usbx_descriptors(busy.path, descriptors, sizeof descriptors, &count));
    OK(usbx_close(device));
    OK(usbx_open_path(busy.path, &device));
    OK(usbx_close(device));
    CHECK_NUMBER(shared->requests - before, 0);
}

int main(int argc, char **argv) {
    int memory = open("shared", O_RDWR | O_CREAT, 0600);
    usbx_watch *watch, *late_watch;
    usbx_device *device;
    usbx_device_info info;
    int32_t event;
    int port, status;
    pid_t player, changing;
    CHECK(argc >= 3);
    other = argv[1];
    twin = argv[2];
    CHECK(memory >= 0 && ftruncate(memory, sizeof *shared) == 0);
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
    CHECK(shared != MAP_FAILED);
    if (argc > 3) { /* the new program */
        if (strcmp(argv[3], "twin") == 0) {
            open_twin_by_programs();
        } else {
            delays_nobody("");
        }
        return 0;
    }
    OK(usbx_watch_open(0x1209, BUSY_PRODUCT, &watch));
    next_is(watch, twin);
    port = attach_port(USBX_SPEED_HIGH, &end);
    player = fork();
    if (player == 0) {
        play();
    }
    close(end);

    /* The kernel selects the first configuration of a new device. */
    until(&shared->withheld);
    EXPECT(usbx_watch_next(watch, USBX_NO_WAIT, &event, &info), USBX_ERROR_TIMEOUT);
    delays_nobody("");
    in_a_child("");
    OK(usbx_watch_open(0x1209, BUSY_PRODUCT, &late_watch));
    next_is(late_watch, twin);
    EXPECT(usbx_watch_next(watch, USBX_NO_WAIT, &event, &info), USBX_ERROR_TIMEOUT);
    EXPECT(usbx_watch_next(late_watch, USBX_NO_WAIT, &event, &info), USBX_ERROR_TIMEOUT);
    CHECK(!shared->given_up && shared->withheld);
    comes_to_rest();
    next_is(watch, "BUSY");
    next_is(late_watch, "BUSY");
    asks_nothing();

    /* Another program selects the second. What was read before is still known, but to the bus over libusb; a new program does without. */
    shared->release = 0;
    changing = fork();
    if (changing == 0) {
        OK(usbx_open(0x1209, BUSY_PRODUCT, "BUSY", &device));
        OK(usbx_set_configuration(device, 2));
        OK(usbx_close(device));
        _exit(0);
    }
    until(&shared->withheld);
    delays_nobody(is_by_libusb() ? "" : "BUSY");
    in_a_child(is_by_libusb() ? "" : "BUSY");
    in_a_new_program("all");
    comes_to_rest();
    CHECK(waitpid(changing, &status, 0) == changing && status == 0);

    /* And the first again. Its twin is opened by its serial number. */
    shared->release = 0;
    changing = fork();
    if (changing == 0) {
        OK(usbx_open(0x1209, BUSY_PRODUCT, "BUSY", &device));
        OK(usbx_set_configuration(device, 1));
        OK(usbx_close(device));
        _exit(0);
    }
    until(&shared->withheld);
    in_a_new_program("twin");
    CHECK(!shared->given_up && shared->withheld);
    comes_to_rest();
    CHECK(waitpid(changing, &status, 0) == changing && status == 0);
    OK(usbx_watch_close(watch));
    OK(usbx_watch_close(late_watch));
    kill(player, SIGKILL);
    waitpid(player, NULL, 0);
    while (!is_port_free(port)) {
        struct timespec pause = {0, 10000000};
        nanosleep(&pause, NULL);
    }
    return 0;
}
