#include "usbip_faults.h"
#include "usbip_messages.h"
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* PACKET: the bytes that describe one of an isochronous request. */
enum { MOST = 1 << 20, LATER = 64, PACKET = 16 };

static struct faults *shared;
static int end;
static uint8_t data[MOST];
static struct silence silence;
static const char *serial_number;

/* Answers that wait for their time. */
static struct {
    double due; /* 0: this place is free */
    int is_held;
    struct message message;
    int clears;
} later[LATER];

static void put(const void *from, size_t length) {
    if (!send_bytes(end, from, length)) {
        _exit(0); /* the kernel has hung up */
    }
}

static void receive(void *to, size_t length) {
    if (!receive_bytes(end, to, length)) {
        _exit(0);
    }
}

static void send_later(const struct message *message, int delay_ms, int clears) {
    int i;
    if (delay_ms == 0) {
        put(message, sizeof *message);
        return;
    }
    for (i = 0; i < LATER && later[i].due > 0; i++) {
    }
    CHECK(i < LATER);
    later[i].due = seconds_now() + delay_ms / 1000.0;
    later[i].is_held = delay_ms == HELD;
    later[i].message = *message;
    later[i].clears = clears;
    shared->clearing += clears;
}

static void send_what_is_due(void) {
    struct message message = {0};
    uint32_t number;
    int i;
    message.command = htonl(RET_SUBMIT);
    while (shared->answer && (number = break_any_silence(&silence)) != 0) {
        message.sequence = htonl(number);
        shared->pending--;
        put(&message, sizeof message);
    }
    shared->answer = 0;
    for (i = 0; i < LATER; i++) {
        if (later[i].due > 0 && (later[i].is_held ? shared->let_go : later[i].due <= seconds_now())) {
            later[i].due = 0;
            put(&later[i].message, sizeof later[i].message);
            shared->clearing -= later[i].clears;
        }
    }
    shared->let_go = 0;
}

/* What it answers to an IN request; -1 for a stall. */
static long answer_of(const uint8_t *setup, uint32_t asked) {
    static const uint8_t device[] = {18, 1, 0, 2, 0, 0, 0, 64, 0x09, 0x12, 0xae, 0x0b, 0, 1, 0, 0, 1, 1};
    static const uint8_t configuration[] = {9, 2, 76, 0, 2, 1, 0, 0x80, 50, 9, 4, 0, 0, 5, 0xff, 0, 0, 0, 7, 5, 0x81, 2, 0, 2, 0,
                                            7, 5, 0x02, 2, 0, 2, 0, 7, 5, 0x83, 2, 0, 2, 0, 7, 5, 0x85, 3, 64, 0, 4,
                                            7, 5, 0x86, 1, 64, 0, 1, 9, 4, 1, 0, 0, 0xff, 0, 0, 0,
                                            9, 4, 1, 1, 1, 0xff, 0, 0, 0, 7, 5, 0x84, 2, 0, 2};
    static const uint8_t languages[] = {4, 3, 9, 4};
    size_t i;
    if (setup[0] == 0x80 && setup[1] == 6) {
        switch (setup[3]) {
        case 1: memcpy(data, device, sizeof device); return sizeof device;
        case 2:
            memcpy(data, configuration, sizeof configuration);
            data[sizeof configuration] = 0;
            data[2] = sizeof configuration + 1;
            return sizeof configuration + 1;
        case 3:
            if (setup[2] == 0) {
                memcpy(data, languages, sizeof languages);
                return sizeof languages;
            }
            data[0] = (uint8_t)(2 + 2 * strlen(serial_number));
            data[1] = 3;
            for (i = 0; i < strlen(serial_number); i++) {
                data[2 + 2 * i] = (uint8_t)serial_number[i];
                data[3 + 2 * i] = 0;
            }
            return data[0];
        default: return -1;
        }
    }
    memset(data, 0, asked);
    return setup[1] == 0 ? 2 : (long)asked;
}

static void submitted(const struct message *request) {
    struct message message = {0};
    uint32_t in = ntohl(request->direction_in), endpoint = ntohl(request->endpoint), length = ntohl(request->u.submit.length);
    const uint8_t *setup = request->u.submit.setup;
    long moved = length;
    int clears = endpoint == 0 && setup[0] == 0x02 && setup[1] == 1, sets = endpoint == 0 && setup[0] == 0x01 && setup[1] == 11;
    CHECK(length <= MOST);
    if (!in) {
        receive(data, length);
    }
    if (endpoint == 6) {
        receive(data, ntohl(request->u.submit.packets) * PACKET);
    }
    message.command = htonl(RET_SUBMIT);
    message.sequence = request->sequence;
    message.u.submitted.packets = 0;
    if (endpoint == 3 || endpoint == 5 || endpoint == 6 || (endpoint == 0 && setup[0] == 0xc0 && setup[1] == FAULTS_SILENT)) {
        fall_silent(&silence, ntohl(request->sequence));
        shared->pending++;
        return;
    }
    if (endpoint == 0 && in) {
        moved = answer_of(setup, length);
        message.u.submitted.status = moved < 0 ? htonl((uint32_t)-EPIPE) : 0;
        moved = moved < 0 ? 0 : moved > (long)length ? (long)length : moved;
    } else if (endpoint != 0 && in) {
        memset(data, 0x5a, length);
    }
    if (shared->errors > 0 && (endpoint != 0 || (setup[0] & 0x60) == 0x40)) { /* data, or a vendor's request */
        shared->errors--;
        message.u.submitted.status = htonl((uint32_t)-EPROTO);
        moved = 0;
    }
    message.u.submitted.length = htonl((uint32_t)moved);
    if (clears || sets) {
        send_later(&message, clears ? shared->clear_delay_ms : shared->set_delay_ms, 1);
        return;
    }
    put(&message, sizeof message);
    if (in) {
        put(data, (size_t)moved);
    }
}

static void unlinked(const struct message *request) {
    struct message message = {0};
    uint32_t number = ntohl(request->u.unlink.value);
    int i;
    message.command = htonl(RET_UNLINK);
    message.sequence = request->sequence;
    if (break_silence(&silence, number)) {
        shared->pending--;
        message.u.unlink.value = htonl((uint32_t)-ECONNRESET);
    }
    for (i = 0; i < LATER; i++) {
        /* What was to be answered later is not answered any more. */
        if (later[i].due > 0 && ntohl(later[i].message.command) == RET_SUBMIT && ntohl(later[i].message.sequence) == number) {
            later[i].due = 0;
            shared->clearing -= later[i].clears;
            message.u.unlink.value = htonl((uint32_t)-ECONNRESET);
        }
    }
    send_later(&message, shared->unlink_delay_ms, 0);
}

static void play(void) {
    struct message message;
    for (;;) {
        struct pollfd poll_end = {end, POLLIN, 0};
        if (poll(&poll_end, 1, 5) > 0) {
            receive(&message, sizeof message);
            if (ntohl(message.command) == CMD_SUBMIT) {
                submitted(&message);
            } else {
                unlinked(&message);
            }
        }
        send_what_is_due();
    }
}

struct faults *plug_faults(const char *serial, usbx_device **device) {
    uint8_t configuration = 0;
    struct faults *faults = mmap(NULL, sizeof *faults, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(faults != MAP_FAILED);
    faults->port = attach_port(USBX_SPEED_HIGH, &end);
    faults->player = fork();
    CHECK(faults->player >= 0);
    if (faults->player == 0) {
        shared = faults;
        serial_number = serial;
        play();
    }
    close(end);
    WITHIN(usbx_open(0x1209, FAULTS_PRODUCT, serial, device) == USBX_OK);
    WITHIN(usbx_get_configuration(*device, &configuration) == USBX_OK && configuration == 1);
    return faults;
}

void unplug_faults(struct faults *faults) {
    detach_port(faults->port);
    waitpid(faults->player, NULL, 0);
}
