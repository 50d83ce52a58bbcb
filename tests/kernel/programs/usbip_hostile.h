/* A device that breaks the rules, played to the kernel by USB/IP. */
#ifndef USBIP_HOSTILE_H
#define USBIP_HOSTILE_H

#include "usbip_port.h"

#define HOSTILE_PRODUCT 0x0bad

/* What one lies about; a seed chooses some. */
enum {
    LIE_ENTRY = 0x01,    /* bytes of the configuration: lengths, a length of 0, addresses, sizes */
    LIE_TOTAL = 0x02,    /* wTotalLength is not what is sent */
    LIE_MANY = 0x04,     /* an alternate setting of 200 endpoints */
    LIE_DEVICE = 0x08,   /* the device descriptor */
    LIE_STRING = 0x10,   /* odd lengths, halves of characters, wrong types, no languages */
    LIE_LENGTH = 0x20,   /* more than was asked for, more sent than there was */
    LIE_STATUS = 0x40,   /* statuses out of the usual */
    LIE_SHORT = 0x80,    /* any number of bytes */
    LIE_SILENT = 0x100,  /* no answer until it is cancelled */
    LIE_FICKLE = 0x200,  /* other descriptors each time */
    LIE_UNLINK = 0x400   /* cancelled requests end with any status */
};

int lies_of(uint64_t seed);
/* Plays it on that socket until the kernel hangs up. */
void play_hostile(uint64_t seed, int kernel_socket);

#endif
