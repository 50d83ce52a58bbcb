/* This library: a stream with DEPTH transfers. The library or $PEER_MEMORY chooses its memory. Bytes of the caller's own
 * (write) are copied; the same buffers again and again (out) are memory that the stream lends, left unchanged. */
#include "peer.h"

#include <usbx.h>

static usbx_stream *stream;

static size_t one(const void *data) {
    usbx_chunk chunk;
    void *room;
    size_t moved;
    if (peer.in) {
        PEER_TRY(usbx_stream_next(stream, USBX_NO_TIMEOUT, &chunk) == USBX_OK);
        return chunk.length;
    }
    if (!peer.write) {
        PEER_TRY(usbx_stream_space(stream, USBX_NO_TIMEOUT, &room, &moved) == USBX_OK);
        PEER_TRY(usbx_stream_commit(stream, moved) == USBX_OK);
        return moved;
    }
    PEER_TRY(usbx_stream_write(stream, data, peer.size, USBX_NO_TIMEOUT, &moved) == USBX_OK);
    return moved;
}

int main(int argc, char **argv) {
    const char *memory = getenv("PEER_MEMORY");
    usbx_stream_options options;
    usbx_device *device;
    void *data;
    int i;
    peer_arguments(argc, argv);
    PEER_TRY(peer.depth > 0);
    memset(&options, 0, sizeof options);
    options.size = peer.size;
    options.depth = (size_t)peer.depth;
    if (memory && strcmp(memory, "auto") != 0) {
        options.memory = peer.mapped ? USBX_MEMORY_MAPPED : USBX_MEMORY_HEAP;
    }
    PEER_TRY((data = calloc(1, peer.size)) != NULL);
    PEER_TRY(usbx_open(PEER_VENDOR, PEER_PRODUCT, NULL, &device) == USBX_OK);
    PEER_TRY(usbx_claim(device, PEER_INTERFACE) == USBX_OK);
    PEER_TRY(usbx_stream_open(device, peer.in ? PEER_IN : PEER_OUT, &options, &stream) == USBX_OK);
    for (i = 0; i < 2 * peer.depth; i++) {
        one(data);
    }
    peer_begin();
    while (peer_count(one(data))) {
    }
    peer_report();
    PEER_TRY(usbx_stream_close(stream) == USBX_OK);
    PEER_TRY(usbx_close(device) == USBX_OK);
    return 0;
}
