/* Plays a full-speed device with an isochronous IN endpoint to the emulator, which has it on a controller of its own: by usbredir
 * (protocol 0.7), over the character device argv[1]. Packets have their number in front, and each length its turn. SIGTERM unplugs it. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

enum { HELLO = 0, CONNECT = 1, DISCONNECT = 2, RESET = 3, INTERFACES = 4, ENDPOINTS = 5, SET_CONFIGURATION = 6, GET_CONFIGURATION = 7,
       CONFIGURATION = 8, SET_SETTING = 9, GET_SETTING = 10, SETTING = 11, START = 12, STOP = 13, STREAM = 14, CONTROL = 100,
       ISOCHRONOUS = 102 };
enum { VERSIONED_CONNECT = 1, PACKET_SIZES = 4, SUCCESS = 0, STALL = 4, NONE = 255, PACKET = 192 };

static const uint8_t device[18] = {18, 1, 0x10, 1, 0xff, 0, 0, 8, 0x09, 0x12, 0x85, 0, 0, 1, 0, 0, 0, 1};
static const uint8_t configuration[34] = {9, 2, 34, 0, 1, 1, 0, 0x80, 50, 9, 4, 0, 0, 0, 0xff, 0, 0, 0,
                                          9, 4, 0, 1, 1, 0xff, 0, 0, 0, 7, 5, 0x81, 1, PACKET, 0, 1};
static int port;

static void must(int condition, const char *what) {
    if (!condition) {
        perror(what);
        exit(1);
    }
}

static void put32(uint8_t *at, uint32_t number) {
    at[0] = (uint8_t)number;
    at[1] = (uint8_t)(number >> 8);
    at[2] = (uint8_t)(number >> 16);
    at[3] = (uint8_t)(number >> 24);
}

static uint32_t get32(const uint8_t *at) { return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24; }

static void send_message(uint32_t type, uint32_t id, const void *body, size_t length) {
    uint8_t message[12 + 4096];
    size_t sent = 0;
    put32(message, type);
    put32(message + 4, (uint32_t)length);
    put32(message + 8, id);
    if (length > 0) {
        memcpy(message + 12, body, length);
    }
    while (sent < 12 + length) {
        ssize_t count = write(port, message + sent, 12 + length - sent);
        must(count > 0, "write");
        sent += (size_t)count;
    }
}

static void receive(void *bytes, size_t length) {
    size_t got = 0;
    while (got < length) {
        ssize_t count = read(port, (uint8_t *)bytes + got, length - got);
        must(count > 0, "read");
        got += (size_t)count;
    }
}

static void introduce(void) {
    uint8_t hello[64 + 4] = "usbx lab", connect[10] = {1, 0xff, 0, 0, 0x09, 0x12, 0x85, 0, 0, 1};
    uint8_t interfaces[4 + 4 * 32] = {1}, endpoints[3 * 32 + 2 * 32];
    put32(hello + 64, 1 << VERSIONED_CONNECT | 1 << PACKET_SIZES);
    send_message(HELLO, 0, hello, sizeof hello);
    interfaces[4 + 32] = 0xff;
    send_message(INTERFACES, 0, interfaces, sizeof interfaces);
    memset(endpoints, 0, sizeof endpoints);
    memset(endpoints, NONE, 32);
    endpoints[0] = endpoints[16] = 0; /* control */
    endpoints[17] = 1;                /* 0x81: isochronous, each millisecond */
    endpoints[32 + 17] = 1;
    endpoints[96 + 0] = endpoints[96 + 2 * 16] = 8;
    endpoints[96 + 2 * 17] = PACKET;
    send_message(ENDPOINTS, 0, endpoints, sizeof endpoints);
    send_message(CONNECT, 0, connect, sizeof connect);
}

static void answer_control(uint32_t id, const uint8_t *body) {
    uint8_t answer[10 + 64];
    const uint8_t *data = NULL;
    size_t length = 0, asked = body[8] | (size_t)body[9] << 8;
    memcpy(answer, body, 10);
    answer[3] = SUCCESS; /* What the emulator sends there is whatever its memory had. */
    if (body[1] == 6 && body[2] == 0x80 && body[5] == 1) { /* GET_DESCRIPTOR */
        data = device;
        length = sizeof device;
    } else if (body[1] == 6 && body[2] == 0x80 && body[5] == 2) {
        data = configuration;
        length = sizeof configuration;
    } else {
        answer[3] = STALL;
    }
    length = length < asked ? length : asked;
    answer[8] = (uint8_t)length;
    answer[9] = 0;
    if (data != NULL) {
        memcpy(answer + 10, data, length);
    }
    send_message(CONTROL, id, answer, 10 + length);
}

static void send_packet(uint32_t number) {
    uint8_t body[4 + PACKET] = {0x81};
    size_t length = 100 + number % 93, i;
    body[2] = (uint8_t)length;
    put32(body + 4, number);
    for (i = 4; i < length; i++) {
        body[4 + i] = (uint8_t)(number + i);
    }
    send_message(ISOCHRONOUS, number, body, 4 + length);
}

static uint64_t milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

int main(int argc, char **argv) {
    uint8_t head[12], body[4096], value = 0, setting = 0;
    uint32_t number = 0;
    uint64_t next = 0;
    int streams = 0, introduced = 0, ended;
    sigset_t end;
    sigemptyset(&end);
    sigaddset(&end, SIGTERM);
    must(sigprocmask(SIG_BLOCK, &end, NULL) == 0 && (ended = signalfd(-1, &end, 0)) >= 0, "signalfd");
    must(argc == 2 && (port = open(argv[1], O_RDWR)) >= 0, "open");
    for (;;) {
        struct pollfd ready[2] = {{0, POLLIN, 0}, {0, POLLIN, 0}};
        ready[0].fd = port;
        ready[1].fd = ended;
        if (streams && milliseconds() >= next) {
            send_packet(number++);
            next++;
            continue;
        }
        must(poll(ready, 2, streams ? 1 : -1) >= 0, "poll");
        if (ready[1].revents & POLLIN) {
            send_message(DISCONNECT, 0, NULL, 0);
            return 0;
        }
        if (!(ready[0].revents & POLLIN)) {
            continue;
        }
        receive(head, sizeof head);
        must(get32(head + 4) <= sizeof body, "length");
        receive(body, get32(head + 4));
        switch (get32(head)) {
        case HELLO:
            if (!introduced) {
                introduce();
            }
            introduced = 1;
            break;
        case RESET: streams = 0; break;
        case SET_CONFIGURATION:
            value = body[0];
            setting = 0; /* fall through */
        case GET_CONFIGURATION: {
            uint8_t status[2] = {0, 0};
            status[1] = value;
            send_message(CONFIGURATION, get32(head + 8), status, 2);
            break;
        }
        case SET_SETTING: setting = body[1]; /* fall through */
        case GET_SETTING: {
            uint8_t status[3] = {0, 0, 0};
            status[2] = setting;
            send_message(SETTING, get32(head + 8), status, 3);
            break;
        }
        case START:
        case STOP: {
            uint8_t status[2] = {0, 0x81};
            streams = get32(head) == START;
            next = milliseconds();
            send_message(STREAM, get32(head + 8), status, 2);
            break;
        }
        case CONTROL: answer_control(get32(head + 8), body); break;
        default: break;
        }
    }
}
