#include "stress.h"

#include <stdlib.h>
#include <string.h>

/* Why a stream ended, as usbx_stream_next says it. */
#define ENDED (PIPE | NO_DEVICE | CANCELLED | CLOSED | OVERFLOW | NOT_CLAIMED | target.bus_errors)

void open_stream(worker *w)
{
    const uint8_t addresses[] = {target.bulk_in[0], target.bulk_in[1], target.bulk_out, target.interrupt_in,
                                 target.isochronous_in};
    chosen device = choose(w, DEVICE);
    usbx_stream *stream = (usbx_stream *)w;
    usbx_stream_options options;
    uint8_t endpoint = addresses[below(w, 5)];
    unsigned allowed = OK_ | NOT_CLAIMED | NO_DEVICE | NO_MEM | (target.on_kernel ? IO : 0);
    uint32_t way = below(w, 8);

    memset(&options, 0, sizeof options);
    options.size = way == 0 ? 100 : 512 * below(w, 5);
    options.depth = way == 1 ? 1025 : below(w, 5);
    options.memory = way == 2 ? 3 : below(w, 2);
    options.flags = one_in(w, 8) ? USBX_STREAM_EXACT_TIME : 0;
    if (way == 3)
        options.reserved[below(w, 40)] = 1;
    if (way < 3) /* size 100 is right for an interrupt endpoint that sends packets of less */
        allowed = INVALID_PARAM | NOT_CLAIMED;
    if (endpoint == 0 || endpoint == target.isochronous_in || endpoint == target.interrupt_in || target.on_kernel || way == 3)
        allowed |= OK_ | INVALID_PARAM | NO_DEVICE;
    if (way == 4) {
        TRY(w, of(device, INVALID_PARAM), usbx_stream_open(device.token, endpoint, NULL, NULL));
        return;
    }
    if (TRY(w, of(device, allowed | BUSY), usbx_stream_open(device.token, endpoint, way > 5 ? NULL : &options, &stream)) == USBX_OK) {
        opened();
        keep(w, STREAM, below(w, SLOTS), stream);
    } else {
        CHECK(w, stream == NULL);
    }
}

static uint32_t moment(worker *w)
{
    return one_in(w, 8) ? 1 + below(w, 3) : USBX_NO_WAIT;
}

void stream_in(worker *w)
{
    chosen stream = choose(w, STREAM);
    usbx_chunk chunk;
    size_t length = 1 + below(w, 2000), moved = 99;
    uint8_t *data;

    if (one_in(w, 2)) {
        /* Another thread's next call ends what is borrowed here: it is looked at in loopback.c. */
        memset(&chunk, UNTOUCHED, sizeof chunk);
        if (TRY(w, of(stream, OK_ | TIMEOUT | INVALID_PARAM | ENDED), usbx_stream_next(stream.token, moment(w), &chunk)) == USBX_OK)
            CHECK(w, chunk.data != NULL || chunk.length == 0);
        else
            CHECK(w, chunk.data == NULL && chunk.length == 0 && chunk.packets == NULL && chunk.packet_count == 0);
    } else {
        data = room(length);
        if (TRY(w, of(stream, OK_ | TIMEOUT | INVALID_PARAM | ENDED),
                usbx_stream_read(stream.token, data, length, moment(w), &moved)) == USBX_OK)
            CHECK(w, moved <= length && untouched(data + moved, length - moved));
        else
            CHECK(w, moved == 0 && untouched(data, length));
        free(data);
    }
}

void stream_out(worker *w)
{
    chosen stream = choose(w, STREAM);
    unsigned allowed = of(stream, OK_ | TIMEOUT | INVALID_PARAM | ENDED);
    size_t length = below(w, 3000), moved = 99;
    void *space = w;
    uint8_t *data;

    switch (below(w, 4)) {
    case 0:
        TRY(w, allowed, usbx_stream_flush(stream.token, moment(w)));
        break;
    case 1:
        if (TRY(w, allowed, usbx_stream_space(stream.token, moment(w), &space, &moved)) == USBX_OK)
            CHECK(w, space != NULL && moved > 0);
        else
            CHECK(w, space == NULL && moved == 0);
        break;
    case 2:
        TRY(w, allowed, usbx_stream_commit(stream.token, length));
        break;
    default:
        data = bytes_to_send(w, length);
        if (TRY(w, allowed, usbx_stream_write(stream.token, data, length, moment(w), &moved)) == USBX_OK)
            CHECK(w, moved == length);
        CHECK(w, moved <= length);
        free(data);
    }
}

void look_at_stream(worker *w)
{
    chosen stream = choose(w, STREAM);
    usbx_stream_statistics counts;
    int32_t fd = 99;

    if (one_in(w, 8)) {
        TRY(w, of(stream, INVALID_PARAM), usbx_stream_stats(stream.token, NULL));
    } else if (one_in(w, 3)) {
        if (TRY(w, of(stream, OK_), usbx_stream_fd(stream.token, &fd)) == USBX_OK)
            CHECK(w, fd > 2);
        else
            CHECK(w, fd == -1);
    } else {
        memset(&counts, UNTOUCHED, sizeof counts);
        if (TRY(w, of(stream, OK_), usbx_stream_stats(stream.token, &counts)) == USBX_OK)
            CHECK(w, counts.size > 0 && counts.depth > 0 && counts.depth <= 1024 && counts.lost_packets < 1u << 31);
        else
            CHECK(w, counts.bytes == 0 && counts.size == 0 && counts.reserved[43] == 0);
    }
}
