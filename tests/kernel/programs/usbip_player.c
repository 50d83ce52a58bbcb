/* Plays a virtual device of the library to the kernel's USB stack: the kernel sends requests for a device on vhci-hcd as
 * USB/IP messages over a socket, and the player passes them to the virtual device by the C interface. Another program then
 * sees the same device on a real bus, with usbfs in between.
 *
 *   usbip_player plug MODEL SERIAL PIDFILE    plugs it in and continues in the background; returns when the kernel has been told
 *   usbip_player unplug PIDFILE               unplugs it; returns when that is done
 *
 * One thread for each endpoint takes its requests in order, with blocking calls without a timeout: only the
 * device's data, an unlink or the unplugging ends one. usbip_isochronous.c handles isochronous endpoints. */
#include "usbip_player.h"
#include "usbip_port.h"
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SHORT_NOT_OK = 0x01, ZERO_PACKET = 0x40 }; /* flags of a request */

struct request {
    struct request *next;
    uint32_t sequence, flags, length;
    uint32_t unlink_sequence; /* 0, or the message that wants this request ended */
    uint8_t setup[8], data[];
};

struct lane { /* an endpoint's requests: [0, 15] OUT, [16, 31] IN; lane 0 is the control endpoint both ways */
    struct request *first, **last, *current;
    uint8_t address, type;
    uint16_t packet;
    int started;
};

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of all below, too */
pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
usbx_device *device;
static struct lane lanes[32];
static int kernel_socket, port;
static usbx_virtual *model;
static unsigned noise, frames_read; /* every so many transfers of frames is an error on the bus; 0: none */

int errno_of(usbx_status status) {
    switch (status) {
    case USBX_OK: return 0;
    case USBX_ERROR_PIPE:
    case USBX_ERROR_NOT_FOUND: return EPIPE; /* a setting that is not there: the device stalls */
    case USBX_ERROR_OVERFLOW: return EOVERFLOW;
    case USBX_ERROR_CANCELLED: return ECONNRESET;
    case USBX_ERROR_CLOSED:
    case USBX_ERROR_NO_DEVICE: return ESHUTDOWN;
    default: fprintf(stderr, "usbip_player: %s: %s\n", usbx_error_name(status), usbx_last_error()); return EPROTO;
    }
}

void send_all(const void *data, size_t length) {
    send_bytes(kernel_socket, data, length); /* unplugged: an answer is not needed any more */
}

int receive_all(void *data, size_t length) { return receive_bytes(kernel_socket, data, length); }

static void send_submitted(const struct request *request, int in, int error, uint32_t moved) {
    struct message message = {0};
    message.command = htonl(RET_SUBMIT);
    message.sequence = htonl(request->sequence);
    message.u.submitted.status = htonl((uint32_t)-error);
    message.u.submitted.length = htonl(moved);
    send_all(&message, sizeof message);
    if (in) {
        send_all(request->data, moved);
    }
}

void send_unlinked(uint32_t sequence, int error) {
    struct message message = {0};
    message.command = htonl(RET_UNLINK);
    message.sequence = htonl(sequence);
    message.u.unlink.value = htonl((uint32_t)-error);
    send_all(&message, sizeof message);
}

/* Claims every interface of the active configuration, because the kernel's user decides about claims. */
static void claim_all(void) {
    uint8_t number;
    for (number = 0; number < 32; number++) {
        usbx_status status = usbx_claim(device, number);
        if (status == USBX_ERROR_NOT_FOUND) {
            continue;
        }
        OK(status);
    }
}

/* A control request. Requests that change the library's state go through the functions for them. */
static usbx_status control(struct request *request, size_t *moved) {
    const uint8_t *s = request->setup;
    uint16_t value = (uint16_t)(s[2] | s[3] << 8), index = (uint16_t)(s[4] | s[5] << 8);
    uint8_t active = 0, number;
    usbx_status status;
    *moved = 0;
    if (s[0] == 0x00 && s[1] == 9) { /* SET_CONFIGURATION */
        status = usbx_get_configuration(device, &active);
        if (status == USBX_OK && active == value) {
            return usbx_reset(device); /* the kernel sets the active one again after a reset, which has no message */
        }
        for (number = 0; number < 32; number++) {
            usbx_release(device, number);
        }
        status = usbx_set_configuration(device, (uint8_t)value);
        claim_all();
        return status;
    }
    if (s[0] == 0x01 && s[1] == 11) { /* SET_INTERFACE */
        return usbx_set_alt_setting(device, (uint8_t)index, (uint8_t)value);
    }
    if (s[0] == 0x02 && s[1] == 1 && value == 0 && (index & 0x0f) != 0) { /* CLEAR_FEATURE(ENDPOINT_HALT) */
        return usbx_clear_halt(device, (uint8_t)index);
    }
    return usbx_control(device, s[0], s[1], value, index, request->length ? request->data : NULL,
                        (uint16_t)request->length, USBX_NO_TIMEOUT, moved);
}

static usbx_status transfer(const struct lane *lane, struct request *request, size_t done, size_t *moved) {
    uint8_t *data = request->data + done;
    size_t length = request->length - done;
    int in = lane->address & 0x80;
    if (lane->type == USBX_TYPE_INTERRUPT) {
        return (in ? usbx_interrupt_read(device, lane->address, data, length, USBX_NO_TIMEOUT, moved)
                   : usbx_interrupt_write(device, lane->address, data, length, USBX_NO_TIMEOUT, moved));
    }
    return (in ? usbx_bulk_read(device, lane->address, data, length, USBX_NO_TIMEOUT, moved)
               : usbx_bulk_write(device, lane->address, data, length, USBX_NO_TIMEOUT, moved));
}

static int is_unlinked(const struct request *request) {
    int answer;
    pthread_mutex_lock(&lock);
    answer = request->unlink_sequence != 0;
    pthread_mutex_unlock(&lock);
    return answer;
}

/* Executes one request; returns the errno for the kernel. */
static int carry_out(const struct lane *lane, struct request *request, size_t *total) {
    int in = lane->address & 0x80;
    usbx_status status;
    size_t moved = 0;
    *total = 0;
    do {
        /* usbx_cancel is for an endpoint, not for one request: it may have cancelled this request instead of the one
         * before. Then the request continues where it was. */
        status = lane->address == 0 ? control(request, &moved) : transfer(lane, request, *total, &moved);
        *total += moved;
    } while (status == USBX_ERROR_CANCELLED && !is_unlinked(request));
    if (status == USBX_OK && !in && lane->address != 0 && (request->flags & ZERO_PACKET) && request->length > 0 &&
        request->length % lane->packet == 0) {
        status = usbx_bulk_write(device, lane->address, NULL, 0, USBX_NO_TIMEOUT, NULL);
    }
    if (status == USBX_OK && lane->address == 0x81 && noise != 0 && ++frames_read % noise == 0) {
        return EPROTO; /* what moved moved all the same */
    }
    if (status == USBX_OK && in && *total < request->length && (request->flags & SHORT_NOT_OK)) {
        return EREMOTEIO;
    }
    return errno_of(status);
}

static void *work(void *argument) {
    struct lane *lane = argument;
    pthread_mutex_lock(&lock);
    for (;;) {
        struct request *request = lane->first;
        size_t moved;
        int error, in;
        if (request == NULL) {
            pthread_cond_wait(&changed, &lock);
            continue;
        }
        lane->first = request->next;
        if (lane->first == NULL) {
            lane->last = &lane->first;
        }
        lane->current = request;
        pthread_mutex_unlock(&lock);
        error = carry_out(lane, request, &moved);
        /* Answer under the lock: an answer to an unlink must not come before the answer to its request. */
        pthread_mutex_lock(&lock);
        in = lane->address == 0 ? request->setup[0] & 0x80 : lane->address & 0x80;
        send_submitted(request, in, error, (uint32_t)moved);
        if (request->unlink_sequence != 0) {
            send_unlinked(request->unlink_sequence, 0);
        }
        lane->current = NULL;
        free(request);
        pthread_cond_broadcast(&changed);
    }
    return NULL;
}

/* An unlink. The bytes that the request has moved are answered as its result (see work), so that none is lost. */
static void unlink_request(uint32_t sequence, uint32_t unlink_sequence) {
    int i;
    if (unlink_isochronous(sequence, unlink_sequence)) {
        return;
    }
    for (i = 0; i < 32; i++) {
        struct lane *lane = &lanes[i];
        struct request **at, *request = lane->current;
        if (request != NULL && request->sequence == sequence) {
            request->unlink_sequence = unlink_sequence;
            while (lane->current == request) {
                /* The call may not have begun yet, and a cancel without a call does nothing: repeat it until the call is over. */
                struct timespec until;
                clock_gettime(CLOCK_REALTIME, &until);
                until.tv_nsec += 2000000;
                until.tv_sec += until.tv_nsec / 1000000000;
                until.tv_nsec %= 1000000000;
                pthread_mutex_unlock(&lock);
                usbx_cancel(device, lane->address);
                pthread_mutex_lock(&lock);
                if (lane->current == request) {
                    pthread_cond_timedwait(&changed, &lock, &until);
                }
            }
            return;
        }
        for (at = &lane->first; lane->started && (request = *at) != NULL; at = &request->next) {
            if (request->sequence == sequence) {
                *at = request->next;
                if (request->next == NULL) {
                    lane->last = at;
                }
                free(request);
                send_unlinked(unlink_sequence, ECONNRESET);
                return;
            }
        }
    }
    send_unlinked(unlink_sequence, 0); /* it is already answered */
}

static void start_lane(struct lane *lane, uint8_t address) {
    usbx_endpoint all[32];
    pthread_t thread;
    size_t count, i;
    lane->started = 1;
    lane->last = &lane->first;
    lane->address = address;
    OK(usbx_endpoints(device, all, 32, &count));
    for (i = 0; i < count; i++) {
        if (all[i].address == address) {
            lane->type = all[i].type;
            lane->packet = all[i].max_packet_size;
        }
    }
    CHECK(address == 0 || lane->packet != 0);
    CHECK(pthread_create(&thread, NULL, work, lane) == 0);
}

/* Takes the kernel's messages until it hangs up. */
static void serve(void) {
    struct message message;
    while (receive_all(&message, sizeof message)) {
        uint32_t endpoint = ntohl(message.endpoint), in = ntohl(message.direction_in);
        if (ntohl(message.command) == CMD_SUBMIT && is_isochronous(&message)) {
            if (!take_isochronous(&message)) {
                return;
            }
        } else if (ntohl(message.command) == CMD_SUBMIT) {
            uint32_t length = ntohl(message.u.submit.length);
            struct lane *lane = &lanes[endpoint == 0 ? 0 : endpoint + (in ? 16 : 0)];
            struct request *request = calloc(1, sizeof *request + length + 1);
            CHECK(request != NULL && endpoint < 16);
            request->sequence = ntohl(message.sequence);
            request->flags = ntohl(message.u.submit.flags);
            request->length = length;
            memcpy(request->setup, message.u.submit.setup, 8);
            if (!in && !receive_all(request->data, length)) {
                return;
            }
            pthread_mutex_lock(&lock);
            if (!lane->started) {
                start_lane(lane, (uint8_t)(endpoint == 0 ? 0 : endpoint | (in ? 0x80 : 0)));
            }
            *lane->last = request;
            lane->last = &request->next;
            pthread_cond_broadcast(&changed);
            pthread_mutex_unlock(&lock);
        } else {
            pthread_mutex_lock(&lock);
            unlink_request(ntohl(message.u.unlink.value), ntohl(message.sequence));
            pthread_mutex_unlock(&lock);
        }
    }
}

/* Waits for the signal to unplug. The device leaves first, and pending requests end with the bytes they moved, as
 * on a bus; then the kernel's port is told. */
static void *wait_to_unplug(void *unused) {
    sigset_t set;
    int got, i;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigwait(&set, &got);
    OK(usbx_virtual_unplug(model));
    pthread_mutex_lock(&lock);
    for (i = 0; i < 32; i++) {
        while (lanes[i].current != NULL || lanes[i].first != NULL) {
            pthread_cond_wait(&changed, &lock);
        }
    }
    while (is_isochronous_pending()) {
        pthread_cond_wait(&changed, &lock);
    }
    pthread_mutex_unlock(&lock);
    wait_until_read(kernel_socket);
    detach_port(port);
    return unused;
}

static void play(const char *name, const char *serial, int ready) {
    usbx_device_info all[32];
    pthread_t thread;
    sigset_t set;
    size_t count, i;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    CHECK(pthread_sigmask(SIG_BLOCK, &set, NULL) == 0);
    OK(usbx_virtual_open(name, serial, &model));
    OK(usbx_devices(all, 32, &count));
    for (i = 0; i < count && all[i].backend != USBX_BACKEND_VIRTUAL; i++) {
    }
    CHECK(i < count);
    OK(usbx_open_path(all[i].path, &device));
    claim_all();

    port = attach_port(all[i].speed, &kernel_socket);
    CHECK(pthread_create(&thread, NULL, wait_to_unplug, NULL) == 0);
    CHECK(write(ready, "!", 1) == 1);
    close(ready);
    serve();
    alarm(20); /* a shutdown that hangs must not keep this process */
    OK(usbx_shutdown(NULL));
}

int main(int argc, char **argv) {
    char text[16] = "";
    int ready[2];
    pid_t pid;
    FILE *file;

    if (argc == 3 && strcmp(argv[1], "unplug") == 0) {
        file = fopen(argv[2], "r");
        CHECK(file != NULL && fgets(text, sizeof text, file) != NULL);
        pid = atoi(text);
        CHECK(pid > 1 && kill(pid, SIGUSR1) == 0);
        while (kill(pid, 0) == 0) { /* the case that waits for this has its own time limit */
            struct timespec pause = {0, 10000000};
            nanosleep(&pause, NULL);
        }
        return 0;
    }
    CHECK(argc == 5 && strcmp(argv[1], "plug") == 0);
    if (getenv("USBX_PLAYER_NOISE") != NULL) {
        noise = (unsigned)atoi(getenv("USBX_PLAYER_NOISE"));
    }
    CHECK(pipe(ready) == 0);
    pid = fork(); /* before the library is used: it would not take its handles along */
    if (pid == 0) {
        close(ready[0]);
        setsid();
        play(argv[2], argv[3], ready[1]);
        return 0;
    }
    close(ready[1]);
    if (pid < 0 || read(ready[0], text, 1) != 1) {
        return 1; /* it has printed why */
    }
    snprintf(text, sizeof text, "%d", (int)pid);
    write_file(argv[4], text);
    return 0;
}
