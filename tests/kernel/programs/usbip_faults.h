/* A device with faults to order, played to the kernel by USB/IP. Interface 0: 0x81 answers each read in full, 0x02 takes all,
 * 0x83 answers only when told to. Of interrupt transfers 0x85 and of isochronous ones 0x86 never answer, nor does the device to the vendor
 * request FAULTS_SILENT. Interface 1: 0x84, as 0x81, in alternate setting 1 only. */
#ifndef USBIP_FAULTS_H
#define USBIP_FAULTS_H

#include "usbip_port.h"
#include <sys/types.h>

#define FAULTS_PRODUCT 0x0bae

/* bRequest of the vendor request without an answer. */
#define FAULTS_SILENT 0x77

/* As a delay: until the program lets it go. */
#define HELD (-1)

/* What it does, in memory that it shares with the program that orders. */
struct faults {
    volatile int errors;          /* so many reads of 0x81 and 0x84 end with a protocol error */
    volatile int clear_delay_ms;  /* CLEAR_FEATURE is answered that late, or HELD */
    volatile int set_delay_ms;    /* SET_INTERFACE too */
    volatile int unlink_delay_ms; /* and so are cancelled requests; these wait without a limit */
    volatile int let_go;          /* what is HELD is answered */
    volatile int answer;          /* those of 0x83 are answered after all, with nothing */
    volatile int pending;         /* reads of 0x83, 0x85 and 0x86 that wait, and requests FAULTS_SILENT */
    volatile int clearing;        /* CLEAR_FEATUREs and SET_INTERFACEs that wait */
    int port;
    pid_t player;
};

/* Plugs it in, with that serial number, and returns when it can be opened and is configured. */
struct faults *plug_faults(const char *serial, usbx_device **device);
void unplug_faults(struct faults *faults);

/* Repeats the condition until it holds, for twenty seconds. */
#define WITHIN(condition)                                                                                              \
    do {                                                                                                               \
        double end_ = seconds_now() + 20;                                                                              \
        while (!(condition)) {                                                                                         \
            struct timespec pause_ = {0, 2000000};                                                                     \
            CHECK(seconds_now() < end_ || (condition));                                                                \
            nanosleep(&pause_, NULL);                                                                                  \
        }                                                                                                              \
    } while (0)

#endif
