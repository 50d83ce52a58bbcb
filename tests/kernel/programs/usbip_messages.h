/* The messages of USB/IP, on the socket of a port, and requests that a played device leaves without an answer. */
#ifndef USBIP_MESSAGES_H
#define USBIP_MESSAGES_H

#include "check.h"

/* In network byte order; 48 bytes each, data follows. Linux: Documentation/usb/usbip_protocol.rst. */
enum { CMD_SUBMIT = 1, CMD_UNLINK = 2, RET_SUBMIT = 3, RET_UNLINK = 4 };
struct message {
    uint32_t command, sequence, device, direction_in, endpoint;
    union {
        struct {
            uint32_t flags, length, start_frame, packets, interval;
            uint8_t setup[8];
        } submit;
        struct {
            uint32_t status, length, start_frame, packets, errors, padding[2];
        } submitted;
        struct {
            uint32_t value, padding[6]; /* CMD: the sequence number to unlink; RET: the status */
        } unlink;
    } u;
};

/* All of it; 0 if the kernel has hung up. */
int send_bytes(int end, const void *from, size_t length);
int receive_bytes(int end, void *to, size_t length);

enum { SILENT = 256 };

/* Of one played device. */
struct silence {
    uint32_t numbers[SILENT]; /* of requests without an answer; 0: free */
};

void fall_silent(struct silence *silence, uint32_t sequence);
/* Takes the request out; 0 if it is not one of them. */
int break_silence(struct silence *silence, uint32_t sequence);
/* Takes any of them out: its number; 0 if there is none. */
uint32_t break_any_silence(struct silence *silence);

#endif
