#include "usbip_messages.h"
#include <sys/socket.h>

int send_bytes(int end, const void *from, size_t length) {
    const uint8_t *at = from;
    while (length > 0) {
        ssize_t sent = send(end, at, length, MSG_NOSIGNAL);
        if (sent <= 0) {
            return 0;
        }
        at += sent;
        length -= (size_t)sent;
    }
    return 1;
}

int receive_bytes(int end, void *to, size_t length) {
    return length == 0 || recv(end, to, length, MSG_WAITALL) == (ssize_t)length;
}

static uint32_t *find(struct silence *silence, uint32_t sequence) {
    int i;
    for (i = 0; i < SILENT; i++) {
        if (silence->numbers[i] == sequence) {
            return &silence->numbers[i];
        }
    }
    return NULL;
}

void fall_silent(struct silence *silence, uint32_t sequence) {
    uint32_t *place = find(silence, 0);
    CHECK(place != NULL);
    *place = sequence;
}

int break_silence(struct silence *silence, uint32_t sequence) {
    uint32_t *place = sequence != 0 ? find(silence, sequence) : NULL;
    if (place != NULL) {
        *place = 0;
    }
    return place != NULL;
}

uint32_t break_any_silence(struct silence *silence) {
    int i;
    for (i = 0; i < SILENT && silence->numbers[i] == 0; i++) {
    }
    if (i == SILENT) {
        return 0;
    }
    uint32_t sequence = silence->numbers[i];
    silence->numbers[i] = 0;
    return sequence;
}
