#include "stress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Data that goes out comes back unchanged, in any pieces, by any calls, with any number of timeouts. The device's
 * loopback holds 128 packets: first that much is written, and then all of it is read. */
enum { LOOP_OUT = 0x02, LOOP_IN = 0x83, PACKET = 512, MOST = 100 * PACKET, PIECES = 8, LONG = 60000 };

typedef struct {
    worker *w;
    usbx_device *device;
    uint8_t *sent, *came;
    size_t length, got;
} loop;

static size_t some_packets(worker *w)
{
    return PACKET * (1 + below(w, 12));
}

static void write_by_calls(loop *l)
{
    size_t done = 0, moved;
    while (done < l->length && !l->w->lost) {
        size_t length = some_packets(l->w);
        if (length > l->length - done)
            length = l->length - done;
        TRY(l->w, OK_, usbx_bulk_write(l->device, LOOP_OUT, l->sent + done, length, LONG, &moved));
        CHECK(l->w, moved == length || l->w->lost);
        done += length;
    }
}

static void write_by_stream(loop *l)
{
    worker *w = l->w;
    usbx_stream *stream;
    size_t done = 0, moved;
    void *space;

    if (TRY(w, OK_, usbx_stream_open(l->device, LOOP_OUT, NULL, &stream)) != USBX_OK)
        return;
    opened();
    while (done < l->length && !w->lost) {
        size_t left = l->length - done, length = 1 + below(w, 3000);
        if (length > left)
            length = left;
        if (one_in(w, 2)) {
            TRY(w, OK_, usbx_stream_write(stream, l->sent + done, length, LONG, &moved));
            CHECK(w, moved == length || w->lost);
            done += length;
        } else if (TRY(w, OK_, usbx_stream_space(stream, LONG, &space, &moved)) == USBX_OK) {
            length = length < moved ? length : moved;
            memcpy(space, l->sent + done, length);
            TRY(w, OK_, usbx_stream_commit(stream, length));
            done += length;
        }
    }
    TRY(w, OK_, usbx_stream_flush(stream, LONG));
    close_handle(w, STREAM, stream);
}

static void read_by_calls(loop *l)
{
    size_t moved;
    while (l->got < l->length && !l->w->lost) {
        size_t length = some_packets(l->w);
        if (length > MOST + PACKET - l->got)
            length = PACKET;
        TRY(l->w, OK_ | TIMEOUT, usbx_bulk_read(l->device, LOOP_IN, l->came + l->got, length, 1 + below(l->w, 3), &moved));
        l->got += moved;
    }
}

static void read_by_stream(loop *l)
{
    worker *w = l->w;
    usbx_stream_options options;
    usbx_stream *stream;
    usbx_chunk chunk;
    size_t moved;
    uint64_t sequence = 0;

    memset(&options, 0, sizeof options);
    options.size = some_packets(w);
    options.flags = one_in(w, 4) ? USBX_STREAM_EXACT_TIME : 0;
    if (TRY(w, OK_, usbx_stream_open(l->device, LOOP_IN, &options, &stream)) != USBX_OK)
        return;
    opened();
    while (l->got < l->length && !w->lost) {
        if (one_in(w, 2)) {
            size_t room_left = MOST + PACKET - l->got, length = 1 + below(w, 3000);
            TRY(w, OK_ | TIMEOUT,
                usbx_stream_read(stream, l->came + l->got, length < room_left ? length : room_left, 1 + below(w, 3), &moved));
            l->got += moved;
        } else if (TRY(w, OK_ | TIMEOUT, usbx_stream_next(stream, 1 + below(w, 3), &chunk)) == USBX_OK) {
            CHECK(w, l->got + chunk.length <= l->length && chunk.sequence >= sequence);
            sequence = chunk.sequence + 1;
            if (l->got + chunk.length <= l->length)
                memcpy(l->came + l->got, chunk.data, chunk.length);
            l->got += chunk.length;
        }
    }
    close_handle(w, STREAM, stream);
}

/* Several in flight; the times of some run out, and what they have counts. Completions come in the transfers' order. */
static void read_by_queue(loop *l)
{
    worker *w = l->w;
    usbx_queue *queue;
    usbx_completion completion;
    uint8_t *rooms[PIECES];
    size_t first = 0, submitted = 0, i;

    if (TRY(w, OK_, usbx_queue_open(&queue)) != USBX_OK)
        return;
    opened();
    for (i = 0; i < PIECES; i++)
        rooms[i] = room(12 * PACKET);
    while ((l->got < l->length || first < submitted) && !w->lost) {
        usbx_transfer transfer;
        memset(&transfer, 0, sizeof transfer);
        transfer.type = USBX_TYPE_BULK;
        transfer.endpoint = LOOP_IN;
        transfer.timeout_ms = 2;
        while (l->got < l->length && submitted - first < PIECES && !w->lost) {
            transfer.data = rooms[submitted % PIECES];
            transfer.length = some_packets(w);
            transfer.user_data = submitted;
            TRY(w, OK_, usbx_submit(l->device, queue, &transfer, NULL));
            submitted++;
        }
        if (w->lost || TRY(w, OK_, usbx_queue_wait(queue, &completion, 1, LONG, NULL)) != USBX_OK)
            continue; /* with the device lost, nothing may have been submitted */
        if (!((OK_ | TIMEOUT) & BIT(completion.status)) && shut_down_meanwhile(w)) {
            w->lost = 1;
            break;
        }
        CHECK(w, completion.user_data == first && (OK_ | TIMEOUT) & BIT(completion.status));
        if (CHECK(w, l->got + completion.transferred <= l->length))
            memcpy(l->came + l->got, rooms[first % PIECES], completion.transferred);
        l->got += completion.transferred;
        first++;
    }
    close_handle(w, QUEUE, queue);
    if (w->lost)
        wait_for_shutdowns(); /* which may still be using the buffers */
    for (i = 0; i < PIECES; i++)
        free(rooms[i]);
}

static void loop_back(worker *w, usbx_device *device)
{
    loop l = {w, device, NULL, NULL, 0, 0};
    size_t moved = 99;

    l.length = one_in(w, 4) ? 1 + below(w, MOST) : 1 + below(w, 20 * PACKET);
    l.sent = bytes_to_send(w, l.length);
    l.came = room(MOST + PACKET);
    one_in(w, 2) ? write_by_calls(&l) : write_by_stream(&l);
    switch (below(w, 3)) {
    case 0:
        read_by_calls(&l);
        break;
    case 1:
        read_by_stream(&l);
        break;
    default:
        read_by_queue(&l);
    }
    if (!w->lost) {
        CHECK(w, l.got == l.length && memcmp(l.sent, l.came, l.length) == 0);
        TRY(w, TIMEOUT, usbx_bulk_read(device, LOOP_IN, l.came, PACKET, 1, &moved));
        CHECK(w, moved == 0 || w->lost);
    }
    free(l.sent);
    free(l.came);
}

/* Without other users, each call has one right answer. */
static void mind_manners(worker *w, usbx_device *device)
{
    uint8_t data[PACKET];
    size_t moved = 99;
    TRY(w, NOT_CLAIMED, usbx_release(device, 0));
    TRY(w, NOT_CLAIMED, usbx_bulk_read(device, LOOP_IN, data, PACKET, 1, &moved));
    CHECK(w, moved == 0);
    TRY(w, OK_, usbx_claim(device, 0));
    TRY(w, OK_, usbx_claim(device, 0));
    TRY(w, NOT_FOUND, usbx_set_configuration(device, 7));
    TRY(w, NOT_FOUND, usbx_set_alt_setting(device, 0, 2));
    TRY(w, OK_, usbx_set_alt_setting(device, 0, 1));
    TRY(w, OK_, usbx_release(device, 0));
}

void use_own_device(worker *w)
{
    usbx_virtual *virtual_device;
    usbx_device *device;
    char serial[64];

    own_from_now(w);
    snprintf(serial, sizeof serial, "OWN-%u-%llu", w->number, (unsigned long long)w->operation);
    if (TRY(w, OK_, usbx_virtual_open("acquisition", serial, &virtual_device)) == USBX_OK) {
        opened();
        if (TRY(w, OK_, usbx_open(0x1209, 0x0001, serial, &device)) == USBX_OK) {
            opened();
            if (one_in(w, 2))
                mind_manners(w, device);
            if (!w->lost && TRY(w, OK_, usbx_claim(device, 0)) == USBX_OK)
                loop_back(w, device);
            if (one_in(w, 2)) {
                /* A shutdown may have taken its handle, and be about to pull it out. */
                if (TRY(w, OK_, usbx_virtual_unplug(virtual_device)) == USBX_OK)
                    TRY(w, NO_DEVICE, usbx_claim(device, 1));
            }
            close_handle(w, DEVICE, device);
        }
        close_handle(w, VIRTUAL, virtual_device);
    }
    w->owns = 0;
}
