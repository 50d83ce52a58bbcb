/* This library, IN from all devices at once, a stream of each. $PEER_WAY is "threads", one for each stream, or "poll": one
 * thread and one poll() over the streams' file descriptors. */
#include "peer.h"

#include <poll.h>
#include <pthread.h>
#include <usbx.h>

static usbx_stream *streams[PEER_DEVICES_MAX];
static pthread_barrier_t warm;
static int stopping;

static void open_all(void) {
    static usbx_device_info all[256];
    const char *memory = getenv("PEER_MEMORY");
    usbx_stream_options options;
    usbx_device *device;
    size_t count, i;
    int found = 0;
    memset(&options, 0, sizeof options);
    options.size = peer.size;
    options.depth = (size_t)peer.depth;
    if (memory && strcmp(memory, "auto") != 0) {
        options.memory = peer.mapped ? USBX_MEMORY_MAPPED : USBX_MEMORY_HEAP;
    }
    PEER_TRY(usbx_devices(all, 256, &count) == USBX_OK && count <= 256);
    for (i = 0; i < count; i++) {
        if (all[i].vendor_id == PEER_VENDOR && all[i].product_id == PEER_PRODUCT) {
            PEER_TRY(found < peer.devices);
            PEER_TRY(usbx_open_path(all[i].path, &device) == USBX_OK);
            PEER_TRY(usbx_claim(device, PEER_INTERFACE) == USBX_OK);
            PEER_TRY(usbx_stream_open(device, PEER_IN, &options, &streams[found]) == USBX_OK);
            found++;
        }
    }
    PEER_TRY(found == peer.devices);
}

static void *read_one(void *number) {
    int device = (int)(intptr_t)number, i;
    uint64_t calls = 0;
    usbx_chunk chunk;
    for (i = 0; i < peer.depth; i++) {
        PEER_TRY(usbx_stream_next(streams[device], USBX_NO_TIMEOUT, &chunk) == USBX_OK);
    }
    pthread_barrier_wait(&warm); /* all are warm */
    pthread_barrier_wait(&warm); /* the clock runs */
    while (!__atomic_load_n(&stopping, __ATOMIC_RELAXED)) {
        PEER_TRY(usbx_stream_next(streams[device], USBX_NO_TIMEOUT, &chunk) == USBX_OK);
        PEER_TRY(chunk.length == peer.size);
        calls++;
    }
    peer.calls_of[device] = calls;
    return NULL;
}

static void by_threads(void) {
    pthread_t threads[PEER_DEVICES_MAX];
    struct timespec length;
    int i;
    length.tv_sec = (time_t)peer.seconds;
    length.tv_nsec = (long)((peer.seconds - (double)length.tv_sec) * 1e9);
    PEER_TRY(pthread_barrier_init(&warm, NULL, (unsigned)peer.devices + 1) == 0);
    for (i = 0; i < peer.devices; i++) {
        PEER_TRY(pthread_create(&threads[i], NULL, read_one, (void *)(intptr_t)i) == 0);
    }
    pthread_barrier_wait(&warm);
    peer_begin();
    pthread_barrier_wait(&warm);
    nanosleep(&length, NULL);
    __atomic_store_n(&stopping, 1, __ATOMIC_RELAXED);
    for (i = 0; i < peer.devices; i++) {
        PEER_TRY(pthread_join(threads[i], NULL) == 0);
        peer.calls += peer.calls_of[i];
    }
    peer.bytes = peer.calls * peer.size;
}

static void by_poll(void) {
    struct pollfd polled[PEER_DEVICES_MAX];
    uint64_t warm_up = (uint64_t)peer.depth * (uint64_t)peer.devices;
    usbx_status status;
    usbx_chunk chunk;
    int i, k, more = 1;
    for (i = 0; i < peer.devices; i++) {
        PEER_TRY(usbx_stream_fd(streams[i], &polled[i].fd) == USBX_OK);
        polled[i].events = POLLIN;
    }
    while (more) {
        PEER_TRY(poll(polled, (nfds_t)peer.devices, -1) > 0);
        for (i = 0; i < peer.devices; i++) {
            /* Take available chunks, but no more than were in flight, so that the others have their turn. */
            for (k = 0; polled[i].revents && k < peer.depth; k++) {
                status = usbx_stream_next(streams[i], USBX_NO_WAIT, &chunk);
                if (status == USBX_ERROR_TIMEOUT) {
                    break;
                }
                PEER_TRY(status == USBX_OK);
                if (warm_up > 0) {
                    if (--warm_up == 0) {
                        peer_begin();
                    }
                } else if (!peer_count_of(i, chunk.length)) {
                    more = 0;
                }
            }
        }
    }
}

int main(int argc, char **argv) {
    const char *way = getenv("PEER_WAY");
    peer_arguments(argc, argv);
    PEER_TRY(peer.devices && peer.depth > 0 && way);
    open_all();
    if (strcmp(way, "threads") == 0) {
        by_threads();
    } else {
        by_poll();
    }
    peer_report();
    PEER_TRY(usbx_shutdown(NULL) == USBX_OK);
    return 0;
}
