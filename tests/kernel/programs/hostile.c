/* hostile SEED COUNT: plugs devices in that keep no rule, one for each seed, and does with each what a program does: lists,
 * opens, asks, claims, moves data in every way, closes. Each call ends in time with a status that the header has, and touches
 * no memory but what it was given. */
#include "usbip_hostile.h"
#include <inttypes.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { GUARD = 64, ROOM = 70000, TIMEOUT = 30, HANG = 120 };

static uint8_t memory[GUARD + ROOM + GUARD], *const room = memory + GUARD;
static const char *calling;
static uint64_t seed;
static unsigned calls, failures;

/* The program is in that call and not in printf, which a signal handler must not call otherwise. */
static void hangs(int unused) {
    (void)unused;
    fprintf(stderr, "seed %" PRIu64 " (lies 0x%x): this call hangs: %s\n", seed, (unsigned)lies_of(seed), calling);
    _exit(1);
}

static void prepare(const char *call) {
    memset(memory, 0xe7, sizeof memory);
    calling = call;
    alarm(HANG);
}

static void complain(const char *what, usbx_status status) {
    fprintf(stderr, "seed %" PRIu64 " (lies 0x%x): %s: %s\n  %s (%d): %s\n", seed, (unsigned)lies_of(seed), calling, what,
            usbx_error_name(status), (int)status, usbx_last_error());
    exit(1);
}

/* Of `length` bytes of room, `moved` may be written. */
static usbx_status judge(usbx_status status, size_t length, size_t moved) {
    size_t i;
    calls++;
    failures += status != USBX_OK;
    if (strcmp(usbx_error_name(status), "USBX_ERROR_UNKNOWN") == 0 || status == USBX_ERROR_INTERNAL ||
        status == USBX_ERROR_OTHER || status == USBX_ERROR_INVALID_HANDLE) {
        complain("no status of this call", status);
    }
    if (moved > length) {
        complain("more moved than there was", status);
    }
    for (i = 0; i < sizeof memory; i++) {
        if (memory[i] != 0xe7 && (i < GUARD || i >= GUARD + moved)) {
            complain("memory was written beyond what moved", status);
        }
    }
    return status;
}

#define CALL(call, length, moved) (prepare(#call), status = (call), judge(status, length, moved))

static void ask(usbx_device *device) {
    static const uint8_t kinds[] = {1, 2, 3, 6, 15, 0x22};
    static const size_t lengths[] = {18, 255, 9, 1024, 65535, 1};
    usbx_endpoint *endpoints = (usbx_endpoint *)(void *)room;
    usbx_device_info info;
    usbx_status status;
    size_t moved = 0, i;
    uint8_t configuration;
    CALL(usbx_info(device, &info), 0, 0);
    CALL(usbx_get_configuration(device, &configuration), 0, 0);
    CALL(usbx_endpoints(device, endpoints, 8, &moved), ROOM, (moved < 8 ? moved : 8) * sizeof *endpoints);
    for (i = 0; i < 6; i++) {
        CALL(usbx_get_descriptor(device, kinds[i], (uint8_t)(i % 2), room, lengths[i], &moved), lengths[i], moved);
        CALL(usbx_get_string(device, (uint8_t)(i + 1), i % 3 ? 0 : 0x0409, (char *)room, 384 - i * 70, &moved), 384 - i * 70,
             384 - i * 70);
        CHECK(memchr(room, 0, 384 - i * 70) != NULL && moved <= 384);
        CALL(usbx_control(device, 0xc0, 1, (uint16_t)(1 + i), 0, room, (uint16_t)(i * 50), TIMEOUT, &moved), i * 50, moved);
        CALL(usbx_control(device, 0x40, 1, (uint16_t)(1 + i), 0, room, (uint16_t)(i * 50), TIMEOUT, &moved), i * 50, 0);
        CHECK(moved <= i * 50);
    }
}

static void move(usbx_device *device, uint8_t address, uint8_t type, size_t length) {
    usbx_packet packets[8] = {{0, 0, 0, 0}};
    usbx_status status;
    size_t moved = 0, i, sum = 0;
    for (i = 0; i < 8; i++) {
        packets[i].length = 512;
    }
    if (type == USBX_TYPE_ISOCHRONOUS) {
        if (address & 0x80) {
            CALL(usbx_isochronous_read(device, address, room, 4096, packets, 8, TIMEOUT, &moved), 4096, 4096);
        } else {
            CALL(usbx_isochronous_write(device, address, room, 4096, packets, 8, TIMEOUT, &moved), 4096, 0);
        }
        for (i = 0; i < 8 && status == USBX_OK; i++) {
            CHECK(packets[i].transferred <= packets[i].length);
            CHECK(packets[i].status <= 0 && strcmp(usbx_error_name(packets[i].status), "USBX_ERROR_UNKNOWN") != 0);
            sum += packets[i].transferred;
        }
        CHECK(status != USBX_OK || sum == moved);
    } else if (type == USBX_TYPE_INTERRUPT && (address & 0x80)) {
        CALL(usbx_interrupt_read(device, address, room, length, TIMEOUT, &moved), length, moved);
    } else if (type == USBX_TYPE_INTERRUPT) {
        CALL(usbx_interrupt_write(device, address, room, length, TIMEOUT, &moved), length, 0);
    } else if (address & 0x80) {
        CALL(usbx_bulk_read(device, address, room, length, TIMEOUT, &moved), length, moved);
    } else {
        CALL(usbx_bulk_write(device, address, room, length, TIMEOUT, &moved), length, 0);
    }
    CHECK(moved <= length || type == USBX_TYPE_ISOCHRONOUS);
}

static void queue_up(usbx_device *device, uint8_t address, uint8_t type) {
    usbx_queue *queue;
    usbx_transfer transfer;
    usbx_completion done;
    usbx_status status;
    int i, started = 0;
    OK(usbx_queue_open(&queue));
    prepare("usbx_submit");
    for (i = 0; i < 4; i++) {
        memset(&transfer, 0, sizeof transfer);
        transfer.type = type;
        transfer.endpoint = address;
        transfer.data = room + 512 * i;
        transfer.length = 512;
        transfer.timeout_ms = TIMEOUT;
        started += judge(usbx_submit(device, queue, &transfer, NULL), ROOM, 2048) == USBX_OK;
    }
    while (started-- > 0) {
        calling = "usbx_queue_wait";
        status = usbx_queue_wait(queue, &done, 1, 20000, NULL);
        judge(status, ROOM, 2048);
        CHECK(status == USBX_OK && done.transferred <= 512);
        judge(done.status, ROOM, 2048);
    }
    CALL(usbx_queue_close(queue), ROOM, 2048);
}

static void stream(usbx_device *device, uint8_t address) {
    usbx_stream *running;
    usbx_status status;
    size_t moved = 0;
    int i;
    CALL(usbx_stream_open(device, address, NULL, &running), 0, 0);
    if (status != USBX_OK) {
        return;
    }
    for (i = 0; i < 3; i++) {
        if (address & 0x80) {
            CALL(usbx_stream_read(running, room, 5000, TIMEOUT, &moved), 5000, moved);
        } else {
            CALL(usbx_stream_write(running, room, 5000, TIMEOUT, &moved), 5000, 0);
            CALL(usbx_stream_flush(running, TIMEOUT), 0, 0);
        }
    }
    CALL(usbx_stream_close(running), 0, 0);
}

static void use(usbx_device *device, int setting) {
    usbx_endpoint all[300];
    size_t count = 0, i, moved_by = 0;
    usbx_status status;
    uint8_t number;
    for (number = 0; number < 4; number++) {
        CALL(usbx_claim(device, number), 0, 0);
        CALL(usbx_set_alt_setting(device, number, (uint8_t)setting), 0, 0);
    }
    CALL(usbx_endpoints(device, all, 300, &count), 0, 0);
    for (i = 0; i < count && i < 300 && moved_by < 10; i++) {
        if (all[i].alt_setting != setting || all[i].type == USBX_TYPE_CONTROL) {
            continue;
        }
        moved_by++;
        move(device, all[i].address, all[i].type, 512);
        move(device, all[i].address, all[i].type, 1000);
        move(device, all[i].address, all[i].type, 60000);
        queue_up(device, all[i].address, all[i].type == USBX_TYPE_ISOCHRONOUS ? USBX_TYPE_BULK : all[i].type);
        stream(device, all[i].address);
        CALL(usbx_clear_halt(device, all[i].address), 0, 0);
    }
    for (number = 0; number < 4; number++) {
        CALL(usbx_release(device, number), 0, 0);
    }
}

/* Opens it as soon as it is there and configured; NULL if the kernel will have none of it. */
static usbx_device *find(pid_t player) {
    double until = seconds_now() + 12, configured = seconds_now() + 12;
    usbx_device *device = NULL;
    uint8_t configuration = 0;
    usbx_status status;
    while (seconds_now() < until && seconds_now() < configured && waitpid(player, NULL, WNOHANG) == 0) {
        struct timespec pause = {0, 20000000};
        if (device == NULL) {
            CALL(usbx_open(0x1209, HOSTILE_PRODUCT, NULL, &device), 0, 0);
            configured = seconds_now() + 2;
        } else if (CALL(usbx_get_configuration(device, &configuration), 0, 0) != USBX_OK || configuration != 0) {
            break;
        }
        nanosleep(&pause, NULL);
    }
    return device;
}

static int meet(void) {
    usbx_device_info infos[8];
    usbx_device *device;
    usbx_status status;
    size_t leaked, there;
    int end, port = attach_port(seed % 4 == 3 ? USBX_SPEED_FULL : USBX_SPEED_HIGH, &end);
    pid_t player = fork();
    CHECK(player >= 0);
    if (player == 0) {
        play_hostile(seed, end);
        _exit(0);
    }
    close(end);
    device = find(player);
    CALL(usbx_devices(infos, 8, &there), 0, 0);
    if (device != NULL) {
        ask(device);
        use(device, 0);
        use(device, 1);
        CALL(usbx_set_configuration(device, 2), 0, 0);
        use(device, 0);
        CALL(usbx_reset(device), 0, 0);
        ask(device);
        CALL(usbx_close(device), 0, 0);
    }
    OK(usbx_shutdown(&leaked));
    CHECK_NUMBER(leaked, 0);
    kill(player, SIGKILL);
    waitpid(player, NULL, 0);
    prepare("the port's getting free");
    while (!is_port_free(port)) {
        struct timespec pause = {0, 10000000};
        nanosleep(&pause, NULL);
    }
    alarm(0);
    return device != NULL;
}

int main(int argc, char **argv) {
    uint64_t first = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    uint64_t met = 0;
    CHECK(signal(SIGALRM, hangs) != SIG_ERR);
    for (seed = first; seed < first + count; seed++) {
        met += (uint64_t)meet();
    }
    printf("note: %" PRIu64 " devices, of which the kernel took %" PRIu64 "; %u calls, %u of which failed as they should\n", count,
           met, calls, failures);
    CHECK(met * 2 >= count);
    return 0;
}
