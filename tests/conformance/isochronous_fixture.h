/* Shared by the tests of isochronous transfers. The device sends a frame in each interval of a millisecond; the frame number
 * counts intervals, so that it identifies the interval of a packet. */
#ifndef ISOCHRONOUS_FIXTURE_H
#define ISOCHRONOUS_FIXTURE_H

#include "queue_fixture.h"

enum {
    NOW = 0x85,  /* the endpoint */
    LENGTH = 128 /* packets of a transfer: what the kernel takes in one piece */
};

usbx_device *claim_setting_1(void); /* not sampling */
usbx_device *claim_sampling_setting_1(void);

/* A transfer: packets, each with room for a frame, and their places in the data. */
typedef struct {
    size_t count, length;
    usbx_packet *packets;
    uint8_t *data;
} intervals;

intervals *new_intervals(size_t count);
intervals *new_array_of_intervals(size_t transfers, size_t count);
void free_intervals(intervals *array, size_t transfers);
usbx_status read_intervals(usbx_device *device, intervals *t, uint32_t timeout_ms, size_t *moved);
usbx_transfer make_isochronous(intervals *t);
uint64_t submit_intervals(usbx_device *device, usbx_queue *queue, intervals *t);

/* The frames of several transfers, one after the other. */
typedef struct {
    long long last; /* the number of the last frame; -1 before the first */
    size_t lost;    /* intervals that no frame was of, between the first and the last */
} course;

/* Checks what became of each packet, and that `moved` is what came in all. Some are served: each is a sound frame, later
 * than the one before it, or empty, before the first frame of the course. Those behind were never on the bus. Returns
 * how many were served, or (size_t)-1 if a check failed. */
size_t follow(course *c, const intervals *t, size_t moved);

#endif
