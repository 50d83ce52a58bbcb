/* Queues are shared: one thread submits, another takes the completion, a third closes the queue. A parcel is the memory of one
 * transfer; the thread that first learns that the library does not use it any more frees it. */
#include "stress.h"

#include <stdlib.h>
#include <string.h>

enum { PARCELS = 256, PACKETS = 2 };
enum { FREE, SUBMITTING, PENDING, DONE }; /* the lower two bits of a parcel's state; above it is counted how often it was used */

typedef struct {
    uint64_t state;
    void *queue;
    uint8_t *data;
    size_t length;
    usbx_packet packets[PACKETS];
} parcel;

static parcel parcels[PARCELS];

static int becomes(parcel *p, uint64_t from, uint64_t to)
{
    return __atomic_compare_exchange_n(&p->state, &from, to, 0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

static parcel *take_parcel(worker *w, uint64_t *use)
{
    uint32_t first = below(w, PARCELS), i;
    for (i = 0; i < PARCELS; i++) {
        parcel *p = &parcels[(first + i) % PARCELS];
        uint64_t state = __atomic_load_n(&p->state, __ATOMIC_ACQUIRE);
        *use = (state >> 2) + 1;
        if ((state & 3) == FREE && becomes(p, state, *use << 2 | SUBMITTING))
            return p;
    }
    return NULL;
}

static void release_parcel(parcel *p, uint64_t use)
{
    free(p->data);
    p->data = NULL;
    __atomic_store_n(&p->queue, NULL, __ATOMIC_RELAXED);
    __atomic_store_n(&p->state, use << 2 | FREE, __ATOMIC_RELEASE);
}

/* The library is through with it. If usbx_submit has not returned yet, that thread frees it. Returns 0 if that was known. */
static int parcel_is_done(parcel *p, uint64_t use)
{
    if (becomes(p, use << 2 | SUBMITTING, use << 2 | DONE))
        return 1;
    if (!becomes(p, use << 2 | PENDING, use << 2 | DONE))
        return 0;
    release_parcel(p, use);
    return 1;
}

void queue_was_closed(void *queue)
{
    int i;
    for (i = 0; i < PARCELS; i++) {
        uint64_t state = __atomic_load_n(&parcels[i].state, __ATOMIC_ACQUIRE);
        if ((state & 3) != FREE && __atomic_load_n(&parcels[i].queue, __ATOMIC_RELAXED) == queue)
            parcel_is_done(&parcels[i], state >> 2);
    }
}

void queues_were_closed(worker *w)
{
    int i;
    for (i = 0; i < PARCELS; i++) {
        void *queue = __atomic_load_n(&parcels[i].queue, __ATOMIC_RELAXED);
        int32_t fd;
        if (queue != NULL && TRY(w, OK_ | INVALID_HANDLE, usbx_queue_fd(queue, &fd)) != USBX_OK)
            queue_was_closed(queue);
    }
}

void open_queue(worker *w)
{
    usbx_queue *queue = (usbx_queue *)w;
    if (one_in(w, 8)) {
        TRY(w, INVALID_PARAM, usbx_queue_open(NULL));
    } else if (TRY(w, OK_, usbx_queue_open(&queue)) == USBX_OK) {
        opened();
        keep(w, QUEUE, below(w, SLOTS), queue);
    } else {
        CHECK(w, queue == NULL);
    }
}

static void submit_nothing(worker *w)
{
    chosen device = choose(w, DEVICE), queue = choose(w, QUEUE);
    uint64_t id = 99;
    usbx_transfer transfer;
    memset(&transfer, 0, sizeof transfer);
    transfer.type = (uint8_t)(USBX_TYPE_INTERRUPT + 1 + below(w, 200));
    if (device.wrong || queue.wrong)
        TRY(w, INVALID_HANDLE | CLOSED, usbx_submit(device.token, queue.token, one_in(w, 2) ? NULL : &transfer, &id));
    else
        TRY(w, of(device, INVALID_PARAM), usbx_submit(device.token, queue.token, one_in(w, 2) ? NULL : &transfer, &id));
    CHECK(w, id == 0);
}

void submit(worker *w)
{
    static const size_t lengths[] = {512, 1024, 4096, 64};
    chosen device = choose(w, DEVICE), queue = choose(w, QUEUE);
    unsigned allowed = OK_ | NOT_CLAIMED | NO_DEVICE | BUSY | CANCELLED | NO_MEM | INVALID_HANDLE | CLOSED;
    usbx_transfer transfer;
    uint64_t use, id = 99;
    parcel *p;

    if (one_in(w, 16)) {
        submit_nothing(w);
        return;
    }
    p = take_parcel(w, &use);
    if (p == NULL) {
        wait_for_completions(w);
        return;
    }
    memset(&transfer, 0, sizeof transfer);
    memset(p->packets, 0, sizeof p->packets);
    p->length = lengths[below(w, 4)];
    transfer.timeout_ms = one_in(w, 2) ? USBX_NO_TIMEOUT : 1 + below(w, 5);
    switch (below(w, 5)) {
    case 0:
        p->length = 256;
        transfer.type = USBX_TYPE_CONTROL;
        transfer.request_type = 0xc0;
        transfer.request = 4;
        break;
    case 1:
        transfer.type = USBX_TYPE_INTERRUPT;
        transfer.endpoint = target.interrupt_in;
        break;
    case 2:
        transfer.type = USBX_TYPE_ISOCHRONOUS;
        transfer.endpoint = target.isochronous_in;
        transfer.packets = p->packets;
        transfer.packet_count = PACKETS;
        p->length = PACKETS * 512;
        p->packets[0].length = p->packets[1].length = 512;
        allowed |= INVALID_PARAM;
        break;
    case 3:
        transfer.type = USBX_TYPE_BULK;
        transfer.endpoint = target.bulk_out;
        break;
    default:
        transfer.type = USBX_TYPE_BULK;
        transfer.endpoint = target.bulk_in[below(w, 2)];
    }
    if (target.on_kernel)
        allowed |= INVALID_PARAM | target.bus_errors;
    p->data = bytes_to_send(w, p->length);
    transfer.data = p->data;
    transfer.length = p->length;
    transfer.user_data = use << 8 | (uint64_t)(p - parcels);
    __atomic_store_n(&p->queue, queue.token, __ATOMIC_RELAXED);
    if (device.wrong || queue.wrong)
        allowed = INVALID_HANDLE | CLOSED;
    if (TRY(w, allowed, usbx_submit(device.token, queue.token, &transfer, &id)) != USBX_OK) {
        CHECK(w, id == 0);
        release_parcel(p, use);
    } else {
        CHECK(w, id != 0);
        if (!becomes(p, use << 2 | SUBMITTING, use << 2 | PENDING))
            release_parcel(p, use);
    }
}

static void look_at_completion(worker *w, const usbx_completion *completion)
{
    const unsigned ends = OK_ | TIMEOUT | PIPE | OVERFLOW | CANCELLED | CLOSED | NO_DEVICE | target.bus_errors;
    parcel *p = &parcels[completion->user_data & 0xff];
    CHECK(w, completion->id != 0 && completion->timestamp_ns != 0 && completion->user_data >> 8 != 0);
    CHECK(w, completion->status <= 0 && completion->status >= -105 && ends & BIT(completion->status));
    CHECK(w, completion->transferred <= 4096);
    parcel_is_done(p, completion->user_data >> 8);
}

void wait_for_completions(worker *w)
{
    enum { MOST = 8 };
    chosen queue = choose(w, QUEUE);
    usbx_completion completions[MOST];
    size_t capacity = 1 + below(w, MOST), count = 99, i;
    uint32_t timeout = one_in(w, 4) ? 1 + below(w, 3) : USBX_NO_WAIT;

    memset(completions, UNTOUCHED, sizeof completions);
    if (one_in(w, 16)) {
        TRY(w, of(queue, INVALID_PARAM), usbx_queue_wait(queue.token, one_in(w, 2) ? NULL : completions, 0, timeout, &count));
        CHECK(w, count == 0);
    } else if (TRY(w, of(queue, OK_ | TIMEOUT), usbx_queue_wait(queue.token, completions, capacity, timeout, &count)) ==
               USBX_OK) {
        CHECK(w, count >= 1 && count <= capacity);
        for (i = 0; i < count; i++)
            look_at_completion(w, &completions[i]);
    } else {
        CHECK(w, count == 0);
    }
}

void steer_queue(worker *w)
{
    chosen queue = choose(w, QUEUE);
    int32_t fd = 99;
    switch (below(w, 4)) {
    case 0:
        if (TRY(w, of(queue, OK_), usbx_queue_fd(queue.token, &fd)) != USBX_OK)
            CHECK(w, fd == -1);
        else
            CHECK(w, fd > 2);
        break;
    case 1:
        TRY(w, of(queue, INVALID_PARAM), usbx_queue_fd(queue.token, NULL));
        break;
    default:
        TRY(w, of(queue, OK_), usbx_queue_cancel(queue.token, below(w, 8)));
    }
}
