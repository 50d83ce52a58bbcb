/* Devices that are within reason but unlike most, played to the kernel by USB/IP. */
#ifndef USBIP_ODD_H
#define USBIP_ODD_H

#include "usbip_port.h"

#define ODD_PRODUCT 0x0dd0

struct odd_device {
    int speed;
    uint8_t device[18];
    const uint8_t *configurations[2]; /* as they are sent, whatever they say of their length */
    size_t lengths[2];
    int has_languages;      /* else the table of languages stalls */
    uint8_t deaf_to_long;   /* a string of this index: requests of more bytes than it has are never answered */
    uint8_t fills;          /* reads of this endpoint get all that is asked for: only the length of a request keeps its reports apart */
    const uint8_t *strings[8];
    volatile int *unanswered; /* how many of these requests there were, in memory that is shared; may be NULL */
};

/* Plays it on that socket until the kernel hangs up. GET_DEVICE_ID of a printer and bulk reads are answered with 0x5a. */
void play_odd(const struct odd_device *device, int kernel_socket);

#endif
