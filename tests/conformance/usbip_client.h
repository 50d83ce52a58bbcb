/* A client of USB/IP in a few lines: it sends what it is told, right or wrong, and takes answers apart. */
#ifndef USBIP_CLIENT_H
#define USBIP_CLIENT_H

#include <stddef.h>
#include <stdint.h>

enum { CMD_SUBMIT = 1, CMD_UNLINK = 2, RET_SUBMIT = 3, RET_UNLINK = 4, HEADER_SIZE = 48, DEVICE_SIZE = 312 };
enum { GONE_RESET = -104, REFUSED = -32, SHORT_OF_DATA = -121 }; /* errno of Linux, negative */

/* An answer: its command, whose it is, how it ended, and the data behind it. */
typedef struct {
    uint32_t command, sequence, actual, packets;
    int32_t status;
    uint8_t data[4096];
} answer;

int client_connect(const char *address); /* "127.0.0.1:PORT" or "unix:PATH"; -1 if that fails */
int client_send(int fd, const void *data, size_t length);
int client_receive(int fd, void *data, size_t length); /* 0 if the connection ends before */
int client_ended(int fd);                              /* whether the server ends the connection, with nothing more to say */
/* Asks for a device; the reply's status, or 99 if there is none. Its 312 bytes are put to `device`, if that is not NULL. */
unsigned client_import(int fd, const char *busid, uint8_t *device);
void client_submit(int fd, uint32_t sequence, uint8_t endpoint, uint32_t flags, const void *data, uint32_t length);
void client_control(int fd, uint32_t sequence, uint8_t type, uint8_t request, uint16_t value, uint16_t index,
                    const void *data, uint16_t length);
/* So many packets of that length each, IN; their answer has the data first, then 16 bytes a packet. */
void client_isochronous(int fd, uint32_t sequence, uint8_t endpoint, uint32_t length, uint32_t packets);
void client_unlink(int fd, uint32_t sequence, uint32_t target);
/* The next answer, with `in` of a request that read; 0 if the connection ends. */
int client_answer(int fd, answer *got, int in);
uint32_t client_number(const uint8_t *bytes); /* big-endian */
void client_header(uint8_t *header, uint32_t command, uint32_t sequence, uint8_t endpoint, uint32_t length);

#endif
