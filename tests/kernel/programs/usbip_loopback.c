/* Plays the device of pyusb's own test suite to the kernel, by USB/IP: Microchip's benchmark device 04d8:fa2e, full speed,
 * one interface whose alternate settings 0, 1 and 2 have a pair of bulk, interrupt and isochronous endpoints. What is written
 * to endpoint N comes back from endpoint N. It runs until it is killed.
 *
 * It stores packets for each pair, and only acts on the kernel's messages, so one thread is enough. */
#include "usbip_messages.h"
#include "usbip_port.h"
#include <arpa/inet.h>
#include <errno.h>

enum { PACKETS = 4096, PACKET = 64, ROOM = 65536, ENDPOINTS = 4 };
enum { SET_TEST = 0x0e, SET_TEST_ALSO = 0x0f, SET_BUFFER = 0x10, GET_BUFFER = 0x11 }; /* vendor requests */

struct request {
    struct request *next;
    uint32_t sequence, length, moved;
    uint8_t data[];
};

/* Endpoint N both ways. */
struct pair {
    uint16_t size; /* of a packet */
    uint8_t halted_out, halted_in;
    uint32_t first, count; /* of the packets that wait to be read */
    struct {
        uint16_t length;
        uint8_t data[PACKET];
    } packets[PACKETS];
    struct request *pending; /* that wait for data, oldest first */
};

static struct pair pairs[ENDPOINTS];
static int end;
static uint8_t configuration, setting, buffer[ROOM];
static size_t buffered;

static const uint8_t device_descriptor[] = {18, 1, 0, 2, 0, 0, 0, 8, 0xd8, 0x04, 0x2e, 0xfa, 1, 0, 1, 2, 3, 1};
static const uint8_t configuration_descriptor[] = {
    9, 2, 78, 0, 1, 1, 0, 0xc0, 50,                                                     /* self-powered, 100 mA */
    9, 4, 0, 0, 2, 0, 0, 0, 0, 7, 5, 0x01, 2, 16, 0, 0, 7, 5, 0x81, 2, 16, 0, 0,        /* bulk */
    9, 4, 0, 1, 2, 0, 0, 0, 0, 7, 5, 0x02, 3, 16, 0, 1, 7, 5, 0x82, 3, 16, 0, 1,        /* interrupt */
    9, 4, 0, 2, 2, 0, 0, 0, 0, 7, 5, 0x03, 1, PACKET, 0, 1, 7, 5, 0x83, 1, PACKET, 0, 1 /* isochronous */
};
static const char *const strings[] = {"", "Travis Robinson", "Benchmark Device", "LOOPBACK"};

static void put(const void *from, size_t length) {
    if (!send_bytes(end, from, length)) {
        exit(0); /* the kernel has hung up */
    }
}

static int receive(void *to, size_t length) { return receive_bytes(end, to, length); }

static void answer(uint32_t sequence, int error, uint32_t moved, uint32_t packets) {
    struct message message = {0};
    message.command = htonl(RET_SUBMIT);
    message.sequence = htonl(sequence);
    message.u.submitted.status = htonl((uint32_t)-error);
    message.u.submitted.length = htonl(moved);
    message.u.submitted.packets = htonl(packets);
    put(&message, sizeof message);
}

static void answer_in(struct request *request, int error) {
    answer(request->sequence, error, request->moved, 0);
    put(request->data, request->moved);
    free(request);
}

static struct request *take_pending(struct pair *pair) {
    struct request *request = pair->pending;
    pair->pending = request->next;
    return request;
}

/* Gives written packets to the reads that wait for them. */
static void deliver(struct pair *pair) {
    while (pair->pending != NULL && pair->count > 0) {
        struct request *request = pair->pending;
        uint32_t length = pair->packets[pair->first].length;
        if (length > request->length - request->moved) {
            answer_in(take_pending(pair), EOVERFLOW);
        } else {
            memcpy(request->data + request->moved, pair->packets[pair->first].data, length);
            request->moved += length;
            if (length < pair->size || request->moved == request->length) {
                answer_in(take_pending(pair), 0);
            }
        }
        pair->first = (pair->first + 1) % PACKETS;
        pair->count--;
    }
}

static void store(struct pair *pair, const uint8_t *data, uint32_t length) {
    uint32_t at = (pair->first + pair->count) % PACKETS;
    CHECK(pair->count < PACKETS && length <= pair->size);
    memcpy(pair->packets[at].data, data, length);
    pair->packets[at].length = (uint16_t)length;
    pair->count++;
}

static void halt(uint8_t address, int halted) {
    struct pair *pair = &pairs[address & 3];
    *(address & 0x80 ? &pair->halted_in : &pair->halted_out) = (uint8_t)halted;
    while (halted && (address & 0x80) && pair->pending != NULL) {
        answer_in(take_pending(pair), EPIPE);
    }
}

static void forget(void) {
    int i;
    for (i = 1; i < ENDPOINTS; i++) {
        pairs[i].first = pairs[i].count = pairs[i].halted_in = pairs[i].halted_out = 0;
    }
}

/* A string descriptor, into `to`. */
static long string(uint8_t index, uint8_t *to) {
    static const uint8_t languages[] = {4, 3, 9, 4};
    size_t length, i;
    if (index == 0) {
        memcpy(to, languages, sizeof languages);
        return sizeof languages;
    }
    if (index >= sizeof strings / sizeof *strings) {
        return -1;
    }
    length = strlen(strings[index]);
    to[0] = (uint8_t)(2 + 2 * length);
    to[1] = 3;
    for (i = 0; i < length; i++) {
        to[2 + 2 * i] = (uint8_t)strings[index][i];
        to[3 + 2 * i] = 0;
    }
    return to[0];
}

static long copy(uint8_t *to, const void *from, size_t length) {
    memcpy(to, from, length);
    return (long)length;
}

/* Executes a control request; the answer goes to `data`. Returns the bytes of data that moved, or -1 for a stall. */
static long control(const uint8_t *setup, uint8_t *data, uint32_t length) {
    uint16_t value = (uint16_t)(setup[2] | setup[3] << 8), index = (uint16_t)(setup[4] | setup[5] << 8);
    uint8_t halted = index & 0x80 ? pairs[index & 3].halted_in : pairs[index & 3].halted_out;
    const uint8_t status[] = {setup[0] == 0x80 ? 1 : setup[0] == 0x82 ? halted : 0, 0};
    switch (setup[0] << 8 | setup[1]) {
    case 0x8000: case 0x8100: case 0x8200: return copy(data, status, 2);
    case 0x8006:
        switch (value >> 8) {
        case 1: return copy(data, device_descriptor, sizeof device_descriptor);
        case 2: return value & 0xff ? -1 : copy(data, configuration_descriptor, sizeof configuration_descriptor);
        case 3: return string((uint8_t)value, data);
        default: return -1;
        }
    case 0x8008: return copy(data, &configuration, 1);
    case 0x810a: return copy(data, &setting, 1);
    case 0x0009:
        configuration = (uint8_t)value;
        setting = 0;
        forget();
        return 0;
    case 0x010b:
        if (index != 0 || value > 2) {
            return -1;
        }
        setting = (uint8_t)value;
        forget();
        return 0;
    case 0x0201: case 0x0203: halt((uint8_t)index, setup[1] == 3); return 0;
    /* What a class or a vendor request leaves is there to be read. */
    case 0x4000 | SET_BUFFER: case 0x4100 | SET_BUFFER: case 0x2109:
        buffered = length;
        memcpy(buffer, data, length);
        return (long)length;
    case 0xc000 | GET_BUFFER: case 0xc100 | GET_BUFFER: case 0xa101: return copy(data, buffer, buffered);
    case 0x4100 | SET_TEST: case 0x4100 | SET_TEST_ALSO: return 0; /* loopback is the only test it has */
    default: return -1;
    }
}

static void take_control(const struct message *message, uint32_t length) {
    static uint8_t data[ROOM];
    const uint8_t *setup = message->u.submit.setup;
    int in = setup[0] & 0x80;
    long moved;
    CHECK(length <= ROOM && (in || receive(data, length)));
    moved = control(setup, data, length);
    if (in && moved > (long)length) {
        moved = (long)length;
    }
    answer(ntohl(message->sequence), moved < 0 ? EPIPE : 0, moved < 0 ? 0 : (uint32_t)moved, 0);
    if (in && moved > 0) {
        put(data, (size_t)moved);
    }
}

/* One packet goes to or comes from each interval; where nothing was written, an interval brings none. */
static void take_isochronous_packets(const struct message *message, struct pair *pair, int in, uint32_t length) {
    static uint8_t data[ROOM];
    struct {
        uint32_t offset, length, moved, status;
    } packets[1024];
    uint32_t count = ntohl(message->u.submit.packets), moved = 0, i;
    CHECK(length <= ROOM && count <= 1024 && (in || receive(data, length)) && receive(packets, count * sizeof *packets));
    for (i = 0; i < count; i++) {
        uint32_t room = ntohl(packets[i].length), done = room;
        if (in) {
            done = pair->count > 0 && pair->packets[pair->first].length <= room ? pair->packets[pair->first].length : 0;
            memcpy(data + moved, pair->packets[pair->first].data, done);
        } else if (pair->count < PACKETS) {
            store(pair, data + ntohl(packets[i].offset), room);
        }
        if (in && pair->count > 0) {
            pair->first = (pair->first + 1) % PACKETS;
            pair->count--;
        }
        moved += done;
        packets[i].moved = htonl(done);
        packets[i].status = 0;
    }
    answer(ntohl(message->sequence), 0, moved, count);
    put(data, in ? moved : 0);
    put(packets, count * sizeof *packets);
}

static void take_transfer(const struct message *message, struct pair *pair, int in, uint32_t length) {
    struct request *request = calloc(1, sizeof *request + length + 1), **last = &pair->pending;
    uint32_t at = 0;
    CHECK(request != NULL && (in || receive(request->data, length)));
    request->sequence = ntohl(message->sequence);
    request->length = length;
    if (in ? pair->halted_in : pair->halted_out) {
        answer(request->sequence, EPIPE, 0, 0);
        free(request);
    } else if (in) {
        while (*last != NULL) {
            last = &(*last)->next;
        }
        *last = request;
    } else {
        do {
            uint32_t piece = length - at < pair->size ? length - at : pair->size;
            store(pair, request->data + at, piece);
            at += piece;
        } while (at < length);
        answer(request->sequence, 0, length, 0);
        free(request);
    }
    deliver(pair);
}

static void unlink_request(uint32_t sequence, uint32_t unlink_sequence) {
    struct message message = {0};
    int i;
    for (i = 1; i < ENDPOINTS; i++) {
        struct request **at = &pairs[i].pending, *request;
        while ((request = *at) != NULL) {
            if (request->sequence == sequence) {
                *at = request->next;
                answer_in(request, ECONNRESET); /* with what it has moved */
            } else {
                at = &request->next;
            }
        }
    }
    message.command = htonl(RET_UNLINK);
    message.sequence = htonl(unlink_sequence);
    put(&message, sizeof message);
}

int main(void) {
    struct message message;
    pairs[1].size = pairs[2].size = 16;
    pairs[3].size = PACKET;
    attach_port(USBX_SPEED_FULL, &end);
    while (receive(&message, sizeof message)) {
        uint32_t number = ntohl(message.endpoint), length = ntohl(message.u.submit.length);
        int in = message.direction_in != 0;
        CHECK(number < ENDPOINTS);
        if (ntohl(message.command) == CMD_UNLINK) {
            unlink_request(ntohl(message.u.unlink.value), ntohl(message.sequence));
        } else if (number == 0) {
            take_control(&message, length);
        } else if (number == 3) {
            take_isochronous_packets(&message, &pairs[number], in, length);
        } else {
            take_transfer(&message, &pairs[number], in, length);
        }
    }
    return 0;
}
