/* Shared by the tests of devices that a program answers for: this program. Device and host are on one thread: the host submits to a
 * queue, the device does its part, and what came of it is taken. */
#ifndef MODEL_FIXTURE_H
#define MODEL_FIXTURE_H

#include "queue_fixture.h"

enum {
    MODEL_VENDOR = 0x1209,
    MODEL_PRODUCT = 0x0099,
    BULK_IN = 0x81,
    BULK_OUT = 0x02,
    REPORTS = 0x82,    /* interrupt, 16 bytes */
    SAMPLES_IN = 0x85, /* isochronous, 64 bytes each millisecond, in alternate setting 1 */
    SAMPLES_OUT = 0x06
};

extern const uint8_t model_descriptors[];
extern const size_t model_length;

typedef struct {
    usbx_virtual *model;
    usbx_device *device;
    usbx_queue *queue;
} bench;

/* A model that is plugged in, opened, with interface 0 claimed. Its events so far are taken. */
bench new_bench(void);
void free_bench(bench *b);

usbx_virtual *new_model(void);                  /* not plugged in */
usbx_device *open_model(usbx_virtual *model);   /* by its path */
/* The next event, which is there already; all 0 and a failed check if it is not. */
usbx_virtual_event next_event(usbx_virtual *model);
int has_no_event(usbx_virtual *model);
void drop_events(usbx_virtual *model);
uint64_t ask(bench *b, uint8_t request_type, uint8_t request, void *data, size_t length);
/* The one completion that is there. */
usbx_completion completed(usbx_queue *queue);

#endif
