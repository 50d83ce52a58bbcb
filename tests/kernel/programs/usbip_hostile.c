#include "usbip_hostile.h"
#include "usbip_messages.h"
#include <arpa/inet.h>
#include <errno.h>
#include <unistd.h>

enum { MOST = 65536 };

static int lies, end;
static uint64_t dice, descriptor_dice, seed_of_descriptors;
static uint8_t data[MOST];
static struct silence silence;

static uint32_t below(uint32_t limit) { return (uint32_t)(next_random(&dice) >> 33) % limit; }
static int lie(int about, uint32_t one_in) { return (lies & about) && below(one_in) == 0; }
static uint32_t below_of_descriptors(uint32_t limit) {
    return (uint32_t)(next_random(&descriptor_dice) >> 33) % limit;
}

int lies_of(uint64_t seed) {
    uint64_t state = seed * 0x9e3779b97f4a7c15u + 1;
    int i, chosen = 0;
    for (i = 0; i < 4; i++) {
        next_random(&state);
        chosen |= 1 << (next_random(&state) >> 40) % 11;
    }
    return chosen;
}

static void put(const void *from, size_t length) {
    if (!send_bytes(end, from, length)) {
        exit(0); /* the kernel has hung up */
    }
}

static int receive(void *to, size_t length) { return receive_bytes(end, to, length); }

static void add(size_t *length, const uint8_t *entry, size_t size) {
    memcpy(data + *length, entry, size);
    *length += size;
}

static void add_endpoint(size_t *length, uint8_t address, uint8_t type, uint16_t size) {
    uint8_t entry[] = {7, 5, address, type, (uint8_t)size, (uint8_t)(size >> 8), type == 2 ? 0 : 4};
    add(length, entry, 7);
}

/* The configuration of that value, with what the seed makes of it; the same each time, but for the fickle. */
static size_t configuration(uint8_t value) {
    static const uint8_t begin[] = {9, 2, 0, 0, 2, 1, 0, 0x80, 50}, first[] = {9, 4, 0, 0, 3, 0xff, 0, 0, 0},
                         other[] = {9, 4, 0, 1, 5, 0xff, 0, 0, 0}, second[] = {9, 4, 1, 0, 1, 0xff, 0, 0, 0},
                         many[] = {9, 4, 2, 0, 200, 0xff, 0, 0, 0};
    size_t length = 0, total;
    uint32_t i, changes;
    descriptor_dice = seed_of_descriptors + value + ((lies & LIE_FICKLE) ? below(2) : 0);
    add(&length, begin, 9);
    data[5] = value;
    add(&length, first, 9);
    add_endpoint(&length, 0x81, 2, 512);
    add_endpoint(&length, 0x02, 2, 512);
    add_endpoint(&length, 0x83, 3, 64);
    add(&length, other, 9);
    add_endpoint(&length, 0x81, 2, 512);
    add_endpoint(&length, 0x02, 2, 512);
    add_endpoint(&length, 0x83, 3, 64);
    add_endpoint(&length, 0x84, 1, 512);
    add_endpoint(&length, 0x05, 1, 512);
    add(&length, second, 9);
    add_endpoint(&length, 0x86, 3, 16);
    if (lies & LIE_MANY) {
        add(&length, many, 9);
        for (i = 0; i < 200; i++) {
            add_endpoint(&length, (uint8_t)(i % 15 + 1 + (i % 2 ? 0x80 : 0)), (uint8_t)(i % 4), (uint16_t)(i * 37));
        }
    }
    total = length;
    if (lies & LIE_ENTRY) {
        changes = 1 + below_of_descriptors(4);
        for (i = 0; i < changes; i++) {
            uint32_t at = 9 + below_of_descriptors((uint32_t)length - 9);
            data[at] = (uint8_t)below_of_descriptors(3) == 0 ? 0 : (uint8_t)below_of_descriptors(256);
        }
    }
    if (lies & LIE_TOTAL) {
        const uint32_t wrong[] = {4, 9, 20, (uint32_t)length - 3, (uint32_t)length + 50, 5000, 9000, 65535};
        total = wrong[below_of_descriptors(8)];
    }
    data[2] = (uint8_t)total;
    data[3] = (uint8_t)(total >> 8);
    return length;
}

static size_t string(uint8_t index) {
    static const uint8_t languages[] = {4, 3, 9, 4}, text[] = {12, 3, 'l', 0, 'i', 0, 'a', 0, 'r', 0, '1', 0};
    size_t length = index == 0 ? sizeof languages : sizeof text;
    memcpy(data, index == 0 ? languages : text, length);
    if (lie(LIE_STRING, 2)) {
        const uint8_t claims[] = {0, 1, 2, 3, 5, 13, 254, 255};
        uint32_t i;
        length = below(256);
        for (i = 2; i < length; i++) {
            data[i] = (uint8_t)(below(3) ? 0xd8 + below(8) : below(256)); /* halves of pairs, in any order */
        }
        data[0] = below(2) ? (uint8_t)length : claims[below(8)];
        data[1] = below(8) ? 3 : (uint8_t)below(256);
    }
    return length;
}

/* What it answers to an IN request; -1 for a stall. */
static long answer_of(const uint8_t *setup, uint32_t asked) {
    static const uint8_t device[] = {18, 1, 0, 2, 0, 0, 0, 64, 0x09, 0x12, 0xad, 0x0b, 0, 1, 1, 2, 3, 2};
    if (setup[0] == 0x80 && setup[1] == 6) { /* GET_DESCRIPTOR */
        switch (setup[3]) {
        case 1:
            memcpy(data, device, 18);
            if (lies & LIE_DEVICE) {
                const uint8_t places[] = {2, 3, 4, 5, 6, 7, 12, 14, 15, 16, 17, 17};
                descriptor_dice = seed_of_descriptors;
                data[places[below_of_descriptors(12)]] = (uint8_t)below_of_descriptors(256);
            }
            return 18;
        case 2: return (long)configuration((uint8_t)(setup[2] + 1));
        case 3: return (long)string(setup[2]);
        default: return -1;
        }
    }
    if ((setup[0] & 0x60) == 0) { /* other standard requests: zeros */
        memset(data, 0, 16);
        return 2;
    }
    memset(data, 0x5a, asked);
    return (long)asked;
}

static uint32_t any_status(void) {
    const int statuses[] = {EPIPE, EPROTO, EILSEQ, EOVERFLOW, ETIME, ETIMEDOUT, ENOENT, ECONNRESET, EXDEV, EREMOTEIO, ECOMM,
                            ENOSR, EINVAL, 9999, -5, -0x7fffffff, 1};
    return (uint32_t)-statuses[below(sizeof statuses / sizeof *statuses)];
}

/* Answers a request, in one way or another. Of isochronous ones each packet has its own lies. But lengths beyond a
 * request's room, those of isochronous packets too, no device can make up: a host controller counts. vhci-hcd believes them, and
 * Linux 6.1 then stops in usbfs (usercopy_abort), or moves memory that is not the request's. */
static void submitted(const struct message *request) {
    struct message message = {0};
    struct {
        uint32_t offset, length, moved, status;
    } packets[256];
    uint32_t in = ntohl(request->direction_in), length = ntohl(request->u.submit.length), i, sum = 0;
    uint32_t count = ntohl(request->u.submit.packets);
    int control = request->endpoint == 0, standard = control && (request->u.submit.setup[0] & 0x60) == 0;
    /* Not of those that the kernel itself asks for, and waits for. */
    int text = standard && request->u.submit.setup[1] == 6 && request->u.submit.setup[3] == 3 && request->u.submit.setup[2] == 5;
    long moved = length;
    count = count == 0xffffffff ? 0 : count;
    CHECK(count <= 256 && length <= MOST);
    if ((!in && !receive(data, length)) || !receive(packets, count * sizeof *packets)) {
        exit(0);
    }
    if ((!standard || text) && lie(LIE_SILENT, 3)) {
        fall_silent(&silence, ntohl(request->sequence));
        return;
    }
    message.command = htonl(RET_SUBMIT);
    message.sequence = request->sequence;
    message.u.submitted.packets = htonl(count);
    if (control && in) {
        moved = answer_of(request->u.submit.setup, length);
        message.u.submitted.status = moved < 0 ? htonl((uint32_t)-EPIPE) : 0;
        moved = moved < 0 ? 0 : moved > (long)length ? (long)length : moved;
    } else if (!control) {
        memset(data, 0x5a, length);
    }
    if (!standard && lie(LIE_STATUS, 2)) {
        message.u.submitted.status = htonl(any_status());
    }
    if (!standard && lie(LIE_SHORT, 2) && moved > 0) {
        moved = (long)below((uint32_t)moved + 1);
    }
    for (i = 0; i < count; i++) {
        uint32_t room = ntohl(packets[i].length), done = lie(LIE_SHORT, 2) ? below(room + 1) : room;
        done = done < length - sum ? done : length - sum;
        packets[i].moved = htonl(done);
        packets[i].status = lie(LIE_STATUS, 3) ? htonl(any_status()) : 0;
        sum += done;
    }
    moved = count > 0 ? (long)sum : moved;
    if (count == 0 && !standard && lie(LIE_LENGTH, 2)) {
        if (in) {
            message.u.submitted.status = htonl((uint32_t)-EOVERFLOW); /* as a controller says it */
        } else {
            moved += 1 + (long)below(0x7ffffff); /* the kernel believes it */
        }
    }
    message.u.submitted.length = htonl((uint32_t)moved);
    put(&message, sizeof message);
    if (in) {
        put(data, (size_t)moved < MOST ? (size_t)moved : MOST);
    }
    put(packets, count * sizeof *packets);
}

static void unlinked(const struct message *request) {
    struct message message = {0};
    message.command = htonl(RET_UNLINK);
    message.sequence = request->sequence;
    if (break_silence(&silence, ntohl(request->u.unlink.value))) {
        message.u.unlink.value = lie(LIE_UNLINK, 2) ? htonl(any_status()) : htonl((uint32_t)-ECONNRESET);
    }
    put(&message, sizeof message);
}

void play_hostile(uint64_t seed, int kernel_socket) {
    struct message message;
    lies = lies_of(seed);
    dice = seed * 0x9e3779b97f4a7c15u + 77;
    seed_of_descriptors = seed * 0x9e3779b97f4a7c15u + 99;
    end = kernel_socket;
    while (receive(&message, sizeof message)) {
        if (ntohl(message.command) == CMD_SUBMIT) {
            submitted(&message);
        } else {
            unlinked(&message);
        }
    }
}
