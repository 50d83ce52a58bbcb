/* A transfer of the table: make it, start it, bring it to the phase in which to end it, and fetch the result. */
#define _POSIX_C_SOURCE 200809L
#include "table.h"

#include <time.h>

enum {
    FEW = 4 * PACKET,      /* what the loopback gives or takes at once */
    REPORTS = 16,          /* 160 ms of them */
    REGISTERS = 64,        /* bytes, from this offset */
    TIME = 30              /* milliseconds that a transfer has if its time is to be up */
};

double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

void pause_ms(double milliseconds)
{
    struct timespec pause;
    pause.tv_sec = (time_t)(milliseconds / 1000);
    pause.tv_nsec = (long)((milliseconds - (double)pause.tv_sec * 1000) * 1e6);
    nanosleep(&pause, NULL);
}

static void give(job *j, size_t length)
{
    static uint8_t data[ROOM * PACKET];
    size_t moved = 0;
    fill_pattern(data, j->given, length);
    EXPECT(usbx_bulk_write(j->device, ACQ_LOOP_OUT, data, length, LONG, &moved), USBX_OK);
    j->given += moved;
}

static void take_some(job *j, size_t length)
{
    static uint8_t data[ROOM * PACKET];
    size_t moved = 0;
    EXPECT(usbx_bulk_read(j->device, ACQ_LOOP_IN, data, length, LONG, &moved), USBX_OK);
    CHECK(is_pattern(data, j->taken, moved));
    j->taken += moved;
}

/* Where the clock ends a transfer, it has to be longer than the ending takes: to be pulled out, on a kernel's bus, a second. */
static size_t length_of(const job *j)
{
    int much = j->c.phase == PART, slow = j->c.ending == UNPLUG;
    switch (j->c.type) {
    case CONTROL: return REGISTERS;
    case BULK_IN:
    case BULK_OUT: return much ? ROOM * PACKET : FEW;
    case INTERRUPT_IN: return j->endpoint == ACQ_HID ? 8 : (!much ? 1 : slow ? 10 * REPORTS : REPORTS) * ACQ_STATUS_SIZE;
    default: return PACKET * (!much && j->c.phase != IDLE ? 8 : slow ? 10 * LENGTH : LENGTH);
    }
}

static void make_memory(job *j)
{
    size_t i;
    j->data = allocate(j->length);
    if (j->c.type == BULK_OUT)
        fill_pattern(j->data.data, j->given, j->length);
    if (j->c.type != ISOCHRONOUS_IN)
        return;
    j->packets.count = j->length / PACKET;
    j->packets.length = j->length;
    j->packets.data = j->data.data;
    j->table = allocate(j->packets.count * sizeof(usbx_packet));
    j->packets.packets = (usbx_packet *)(void *)j->table.data;
    for (i = 0; i < j->packets.count; i++)
        j->packets.packets[i].length = PACKET;
}

static usbx_stream *open_its_stream(job *j)
{
    usbx_stream_options options;
    memset(&options, 0, sizeof options);
    options.size = j->length;
    options.depth = 2;
    j->status = usbx_stream_open(j->handle, j->endpoint, &options, &j->stream);
    return j->stream;
}

int prepare(job *j, const cell *c, int round)
{
    static const uint8_t endpoints[] = {0, ACQ_LOOP_IN, ACQ_LOOP_OUT, ACQ_STATUS, 0, NOW};
    uint8_t registers[REGISTERS];
    memset(j, 0, sizeof *j);
    j->c = *c;
    j->round = round;
    j->status = USBX_ERROR_OTHER;
    j->endpoint = endpoints[c->type];
    if (c->type == INTERRUPT_IN && c->phase == IDLE) /* a report that never comes */
        j->endpoint = ACQ_HID, j->interface_number = 1;
    j->length = length_of(j);
    if (c->ending == TIMEOUT)
        j->timeout_ms = c->phase == RACING ? 6 : TIME;
    pthread_mutex_init(&j->lock, NULL);
    pthread_cond_init(&j->changed, NULL);
    j->handle = j->device = open_test_device();
    if (j->device == NULL || !EXPECT(usbx_claim(j->device, 0), USBX_OK))
        return 0;
    if (j->interface_number == 1) {
        EXPECT(usbx_detach_kernel_driver(j->device, 1), USBX_OK);
        EXPECT(usbx_claim(j->device, 1), USBX_OK);
    }
    if (c->type == ISOCHRONOUS_IN) {
        EXPECT(usbx_set_alt_setting(j->device, 0, 1), USBX_OK);
        if (c->phase != IDLE)
            start_sampling(j->device, 0);
    }
    if (c->type == CONTROL) {
        fill_pattern(registers, 0, REGISTERS);
        EXPECT(usbx_control(j->device, ACQ_OUT, ACQ_REGISTERS, 0, REGISTERS, registers, REGISTERS, LONG, NULL), USBX_OK);
    }
    if (c->type == BULK_OUT && (c->phase == IDLE || c->phase == RACING))
        give(j, HELD * PACKET); /* it takes no more */
    make_memory(j);
    if (c->way == QUEUED || c->way == QUEUED_WAITED)
        j->queue = open_queue();
    if (is_streamed(c) && !is_in(c))
        EXPECT((open_its_stream(j), j->status), USBX_OK);
    return 1;
}

static usbx_status call(job *j)
{
    uint8_t *data = j->data.data;
    switch (j->c.type) {
    case CONTROL:
        return usbx_control(j->handle, ACQ_IN, ACQ_REGISTERS, 0, j->c.ending == STALL ? 300 : REGISTERS, data, REGISTERS,
                            j->timeout_ms, &j->moved);
    case BULK_IN: return usbx_bulk_read(j->handle, j->endpoint, data, j->length, j->timeout_ms, &j->moved);
    case BULK_OUT: return usbx_bulk_write(j->handle, j->endpoint, data, j->length, j->timeout_ms, &j->moved);
    case INTERRUPT_IN: return usbx_interrupt_read(j->handle, j->endpoint, data, j->length, j->timeout_ms, &j->moved);
    default: return read_intervals(j->handle, &j->packets, j->timeout_ms, &j->moved);
    }
}

static usbx_transfer transfer_of(job *j)
{
    usbx_transfer transfer = make_transfer(j->endpoint, j->data.data, j->length);
    if (j->c.type == CONTROL)
        transfer = make_request(ACQ_IN, ACQ_REGISTERS, j->c.ending == STALL ? 300 : REGISTERS, j->data.data, REGISTERS);
    if (j->c.type == ISOCHRONOUS_IN)
        transfer = make_isochronous(&j->packets);
    transfer.timeout_ms = j->timeout_ms;
    transfer.user_data = 4711;
    return transfer;
}

/* With a copy: what is borrowed ends with the stream, which another thread is about to close. */
static usbx_status read_all(job *j)
{
    usbx_status status = USBX_OK;
    while (status == USBX_OK && j->moved < j->length) {
        size_t moved = 0;
        status = usbx_stream_read(j->stream, j->data.data + j->moved, j->length - j->moved, HANG, &moved);
        j->moved += moved;
    }
    return status;
}

usbx_status take_chunks(job *j)
{
    int isochronous = j->c.type == ISOCHRONOUS_IN;
    uint32_t wait = j->timeout_ms ? j->timeout_ms : HANG;
    usbx_chunk chunk;
    size_t i;
    while (isochronous ? j->served < j->packets.count : j->moved < j->length) {
        usbx_status status = usbx_stream_next(j->stream, wait, &chunk);
        if (status != USBX_OK)
            return status;
        if (chunk.length > j->length - j->moved)
            return USBX_ERROR_OVERFLOW;
        memcpy(j->data.data + j->moved, chunk.data, chunk.length);
        j->moved += chunk.length;
        for (i = 0; i < chunk.packet_count; i++)
            j->served += chunk.packets[i].status == USBX_OK;
        if (j->timeout_ms)
            break; /* what has come when the time is up */
    }
    return USBX_OK;
}

void fetch(job *j)
{
    usbx_completion done;
    usbx_stream_statistics stats;
    size_t count = 0;
    j->is_known = 1;
    memset(&done, 0, sizeof done);
    if (j->c.way == BLOCKING) {
        j->status = call(j);
    } else if (!is_streamed(&j->c)) {
        j->status = usbx_queue_wait(j->queue, &done, 1, HANG, &count);
        j->is_known = j->status == USBX_OK;
        if (j->is_known) {
            j->status = done.user_data == 4711 ? done.status : USBX_ERROR_INTERNAL;
            j->moved = done.transferred;
        }
    } else if (is_in(&j->c)) {
        j->status = is_waited(&j->c) && !keeps_handles(&j->c) ? read_all(j) : take_chunks(j);
        j->is_known = keeps_handles(&j->c);
    } else {
        j->status = usbx_stream_flush(j->stream, j->timeout_ms ? j->timeout_ms : HANG);
        j->is_known = usbx_stream_stats(j->stream, &stats) == USBX_OK && j->status != USBX_ERROR_TIMEOUT;
        j->moved = (size_t)stats.bytes;
    }
    snprintf(j->error, sizeof j->error, "%s", usbx_last_error());
}

static void *fetch_in_thread(void *argument)
{
    job *j = (job *)argument;
    fetch(j);
    pthread_mutex_lock(&j->lock);
    j->ended = 1;
    j->ended_at = seconds_now();
    pthread_cond_broadcast(&j->changed);
    pthread_mutex_unlock(&j->lock);
    return NULL;
}

int wait_until_ended(job *j, unsigned milliseconds)
{
    struct timespec until;
    int ended, late = 0;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += (time_t)(milliseconds / 1000);
    until.tv_nsec += (long)(milliseconds % 1000) * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&j->lock);
    while (!j->ended && !late)
        late = pthread_cond_timedwait(&j->changed, &j->lock, &until) != 0;
    ended = j->ended;
    pthread_mutex_unlock(&j->lock);
    return ended;
}

int start(job *j)
{
    usbx_transfer transfer = transfer_of(j);
    if (j->c.type == BULK_IN && (j->c.phase == BEFORE ? status_before(&j->c) == USBX_OK
                                                      : j->c.phase == PART && j->c.ending == TIMEOUT))
        give(j, j->c.phase == BEFORE ? j->length : HELD * PACKET); /* it is there when it is asked for */
    j->began = seconds_now();
    if (j->queue != NULL) {
        j->status = usbx_submit(j->handle, j->queue, &transfer, &j->id);
    } else if (is_streamed(&j->c) && is_in(&j->c)) {
        open_its_stream(j);
    } else if (is_streamed(&j->c)) {
        size_t moved = 0;
        j->status = usbx_stream_write(j->stream, j->data.data, j->length, HANG, &moved);
        if (j->status == USBX_OK)
            EQUAL(moved, j->length);
    } else {
        j->status = USBX_OK;
    }
    if (j->status != USBX_OK) {
        j->is_known = j->was_refused = 1;
        return 0;
    }
    if (is_waited(&j->c)) {
        j->thread = run_thread(fetch_in_thread, j);
        j->has_thread = 1;
    }
    return 1;
}

/* Gives what an IN transfer waits for, or the room that an OUT transfer does. */
static void *move_data(void *argument)
{
    static uint8_t data[FEW];
    job *j = (job *)argument;
    /* After a reset there may be nothing to be read. */
    uint32_t timeout = j->c.ending == RESET ? 200 : HANG;
    size_t moved = 0;
    if (j->c.ending == TIMEOUT)
        pause_ms(4.5 + 0.5 * j->round);
    if (j->c.type == BULK_IN) {
        fill_pattern(data, 0, FEW);
        usbx_bulk_write(j->handle, ACQ_LOOP_OUT, data, FEW, timeout, &moved);
        j->given += moved;
    } else {
        usbx_bulk_read(j->handle, ACQ_LOOP_IN, data, FEW, timeout, &moved);
        j->taken += moved;
    }
    return NULL;
}

void join_mover(job *j)
{
    if (j->has_mover)
        pthread_join(j->mover, NULL);
    j->has_mover = 0;
}

static int is_complete(job *j)
{
    int32_t fd = -1;
    if (j->queue == NULL && !is_in(&j->c))
        take_some(j, j->length); /* so the device has got it, and the system hears of that in a moment */
    if (j->queue != NULL)
        EXPECT(usbx_queue_fd(j->queue, &fd), USBX_OK);
    else
        EXPECT(usbx_stream_fd(j->stream, &fd), USBX_OK);
    return CHECK(readable(fd, HANG));
}

int bring_to_phase(job *j, double pause)
{
    int loops = j->c.type == BULK_IN || j->c.type == BULK_OUT, by_time = !loops && j->c.type != CONTROL;
    switch (j->c.phase) {
    case PART:
        if (by_time)
            pause_ms(j->c.type == INTERRUPT_IN ? 20 : 15); /* the device goes by the clock */
        else if (j->c.type == BULK_IN && j->c.ending != TIMEOUT)
            give(j, SENT); /* more than the device holds: when it has been taken, some has come */
        else if (j->c.type == BULK_OUT && j->c.ending != TIMEOUT)
            take_some(j, PACKET); /* it has come here, so it was sent */
        break;
    case RACING:
        if (loops) {
            j->mover = run_thread(move_data, j);
            j->has_mover = 1;
        }
        pause_ms(j->c.type == ISOCHRONOUS_IN ? 6.5 + 0.5 * j->round : by_time ? 1 + 2 * j->round : 0.03 * j->round);
        break;
    case COMPLETE:
        if (j->c.type == BULK_IN)
            give(j, j->length);
        if (j->c.type == ISOCHRONOUS_IN)
            pause_ms(2 * (double)j->packets.count + (test_at_once ? 0 : 50)); /* to be readable it is enough that time has moved something */
        if (!is_complete(j))
            return 0;
        if (j->c.ending == TIMEOUT)
            pause_ms(TIME);
        break;
    default: break;
    }
    if (j->has_thread && j->c.phase != RACING)
        pause_ms(pause);
    return 1;
}

void finish(job *j)
{
    if (j->endpoint == ACQ_HID)
        EXPECT(usbx_cancel(j->device, ACQ_HID), USBX_OK);
    if (j->c.phase != IDLE && j->c.phase != PART)
        return;
    if (j->c.type == BULK_IN)
        give(j, j->length - j->given);
    if (j->c.type == BULK_OUT)
        take_some(j, j->c.phase == IDLE ? FEW : HELD / 2 * PACKET + HELD / 4 * PACKET);
}
