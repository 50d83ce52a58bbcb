/* What other computers' devices cost, as benches/remote/run has it:
 *   speed serve PORT                      a bare TCP server beside the share: gives 64 bytes for 48, or bytes without an end
 *   speed trips HOST PATH COUNT           blocking round trips beside bare ones, by turns
 *   speed bare HOST SECONDS               what a bare TCP connection brings
 *   speed stream PATH SECONDS [DEPTH]     what a stream brings, 64 KiB a transfer
 *   speed ready ADDRESS SERIAL            a share of a device whose data lie ready: what is left is the way to the client
 *   speed hosts SECONDS COUNT RATE        a stream from each of the first hosts that a watch over USBX_USBIP finds, of so many
 *                                         samples a second; 0: as fast as it goes */
#define _GNU_SOURCE
#include "usbx.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { REQUEST = 48, ANSWER = 64, CHUNK = 64 << 10, ROUNDS = 5, MOST_HOSTS = 16, PORT = 3241 };

static void must(const char *what, usbx_status status)
{
    if (status == USBX_OK)
        return;
    fprintf(stderr, "speed: %s: %s: %s\n", what, usbx_error_name(status), usbx_last_error());
    exit(1);
}

static void must_be(const char *what, int is)
{
    if (is)
        return;
    perror(what);
    exit(1);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double processor_time(void)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static void *serve_one(void *argument)
{
    static const uint8_t zeros[CHUNK];
    int client = (int)(intptr_t)argument, one = 1;
    uint8_t bytes[REQUEST];
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    while (recv(client, bytes, REQUEST, MSG_WAITALL) == REQUEST)
        do
            if (send(client, zeros, bytes[0] == 'e' ? ANSWER : CHUNK, MSG_NOSIGNAL) <= 0)
                break;
        while (bytes[0] != 'e');
    close(client);
    return NULL;
}

static void serve(const char *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    must_be("listen", bind(listener, (struct sockaddr *)&address, sizeof address) == 0 && listen(listener, 4) == 0);
    for (;;) {
        pthread_t thread;
        int client = accept(listener, NULL, NULL);
        must_be("serve", client >= 0 && pthread_create(&thread, NULL, serve_one, (void *)(intptr_t)client) == 0);
        pthread_detach(thread);
    }
}

static int bare(const char *host)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    int one = 1, client = socket(AF_INET, SOCK_STREAM, 0);
    inet_pton(AF_INET, host, &address.sin_addr);
    must_be("connect", connect(client, (struct sockaddr *)&address, sizeof address) == 0);
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return client;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double median(double *times, int count)
{
    qsort(times, (size_t)count, sizeof *times, compare);
    return times[count / 2] * 1e6;
}

static int trips(const char *host, const char *path, int count)
{
    struct usbx_device *device;
    double *times = calloc((size_t)count, sizeof *times), least[2] = {1e12, 1e12};
    uint8_t request[REQUEST] = "e", answer[ANSWER];
    int socket = bare(host);
    must("open", usbx_open_path(path, &device));
    for (int round = 0; round < ROUNDS; round++) {
        for (int which = 0; which < 2; which++) {
            for (int at = 0; at < count; at++) {
                double begin = now();
                if (which == 0)
                    must_be("echo", send(socket, request, REQUEST, 0) == REQUEST &&
                                        recv(socket, answer, ANSWER, MSG_WAITALL) == ANSWER);
                else
                    must("control", usbx_control(device, 0xc0, 4, 0, 0, answer, 16, 0, NULL));
                times[at] = now() - begin;
            }
            double middle = median(times, count);
            least[which] = middle < least[which] ? middle : least[which];
        }
    }
    printf("round trip  bare TCP %.1f us  control request %.1f us  %.2f x\n", least[0], least[1], least[1] / least[0]);
    return usbx_close(device);
}

static int bare_stream(const char *host, double seconds)
{
    static uint8_t bytes[CHUNK], request[REQUEST] = "s";
    int socket = bare(host);
    double begin = 0, moved = 0;
    must_be("ask", send(socket, request, REQUEST, 0) == REQUEST);
    /* The connection's window grows for a while. */
    for (double first = now(); now() - first < seconds + 1;) {
        ssize_t got = recv(socket, bytes, CHUNK, 0);
        must_be("read", got > 0);
        if (begin == 0 && now() - first >= 1)
            begin = now();
        if (begin != 0)
            moved += (double)got;
    }
    printf("%.1f\n", moved / 1e6 / (now() - begin));
    return 0;
}

static struct usbx_stream *start(const char *path, size_t depth, uint32_t samples)
{
    struct usbx_device *device;
    struct usbx_stream *stream;
    struct usbx_stream_options options = {.size = CHUNK, .depth = depth};
    uint8_t rate[4];
    for (int at = 0; at < 4; at++)
        rate[at] = (uint8_t)(samples >> 8 * at);
    must("open", usbx_open_path(path, &device));
    must("claim", usbx_claim(device, 0));
    must("rate", usbx_control(device, 0x40, 3, 0, 0, rate, 4, 0, NULL));
    must("start", usbx_control(device, 0x40, 1, 0, 0, NULL, 0, 0, NULL));
    must("stream", usbx_stream_open(device, 0x81, &options, &stream));
    return stream;
}

static size_t next(struct usbx_stream *stream)
{
    struct usbx_chunk chunk;
    must("next", usbx_stream_next(stream, 0, &chunk));
    must("chunk", chunk.status);
    return chunk.length;
}

static int stream(const char *path, double seconds, size_t depth)
{
    struct usbx_stream *stream = start(path, depth, 0);
    struct usbx_stream_statistics statistics;
    double moved = 0;
    for (double first = now(); now() - first < 1;)
        next(stream);
    double begin = now(), used = processor_time();
    while (now() - begin < seconds)
        moved += (double)next(stream);
    double time = now() - begin;
    used = processor_time() - used;
    must("statistics", usbx_stream_stats(stream, &statistics));
    printf("%.1f %.3f %u\n", moved / 1e6 / time, used * 1e3 / (moved / 1e6), (unsigned)statistics.depth);
    return 0;
}

/* One thread, one poll. */
static int hosts(double seconds, int count, uint32_t samples)
{
    struct usbx_watch *watch;
    struct usbx_device_info info;
    struct usbx_stream *streams[MOST_HOSTS];
    struct pollfd polled[MOST_HOSTS];
    double moved = 0, of[MOST_HOSTS] = {0}, least = 1e12;
    int32_t event;
    must("watch", usbx_watch_open(0x1209, 1, &watch));
    for (int at = 0; at < count;) {
        must("watch", usbx_watch_next(watch, 10000, &event, &info));
        if (event != USBX_EVENT_ARRIVED)
            continue;
        streams[at] = start(info.path, 0, samples);
        must("fd", usbx_stream_fd(streams[at], &polled[at].fd));
        polled[at].events = POLLIN;
        at++;
    }
    double begin = now(), used = processor_time();
    while (now() - begin < seconds) {
        must_be("poll", poll(polled, (nfds_t)count, 1000) > 0);
        for (int at = 0; at < count; at++) {
            struct usbx_chunk chunk;
            usbx_status status = USBX_OK;
            /* Each gets its turn. */
            for (int turn = 0; turn < 8 && polled[at].revents != 0 && status == USBX_OK; turn++) {
                status = usbx_stream_next(streams[at], USBX_NO_WAIT, &chunk);
                if (status == USBX_OK)
                    of[at] += (double)chunk.length;
                else if (status != USBX_ERROR_TIMEOUT)
                    must("next", status);
            }
        }
    }
    double time = now() - begin;
    used = processor_time() - used;
    for (int at = 0; at < count; at++) {
        moved += of[at];
        least = of[at] < least ? of[at] : least;
    }
    printf("%d %.1f %.1f %.3f\n", count, moved / 1e6 / time, least / 1e6 / time, used * 1e3 / (moved / 1e6));
    return 0;
}

/* Bulk IN 0x81 from when it is started until nobody reads. One thread, so that none wakes another; every request is well. */
static void ready(const char *address, const char *serial)
{
    static const uint8_t descriptors[] = {
        18, 1, 0x00, 0x02, 0xff, 0, 0, 64, 0x09, 0x12, 0x01, 0x00, 0x00, 0x01, 0, 0, 1, 1, /* 1209:0001 */
        9, 2, 25, 0, 1, 1, 0, 0x80, 50,                                                      /* a configuration */
        9, 4, 0, 0, 1, 0xff, 0, 0, 0,                                                        /* an interface */
        7, 5, 0x81, 2, 0x00, 0x02, 0,                                                        /* an endpoint */
    };
    struct usbx_virtual *device;
    struct usbx_virtual_event event;
    struct usbx_share *share;
    static uint8_t bytes[1 << 20];
    char virtual_path[64], told[300];
    must("create", usbx_virtual_create(0, descriptors, sizeof descriptors, &device));
    must("serial number", usbx_virtual_string(device, 1, 0x0409, serial));
    must("plug", usbx_virtual_plug(device));
    must("path", usbx_virtual_path(device, virtual_path, sizeof virtual_path, NULL));
    must("share", usbx_share_open(address, NULL, &share));
    must("add", usbx_share_add(share, virtual_path, "ready-1"));
    must("address", usbx_share_address(share, told, sizeof told, NULL));
    printf("ready-1 at %s\n", told);
    fflush(stdout);
    for (int started = 0;;) {
        usbx_status status = usbx_virtual_next(device, started ? USBX_NO_WAIT : 0, &event, bytes, sizeof bytes, NULL);
        if (status == USBX_OK && event.event == USBX_VIRTUAL_SETUP) {
            started = event.request_type == 0x40 && event.request == 1;
            usbx_virtual_reply(device, NULL, 0);
        } else if (status == USBX_ERROR_TIMEOUT) {
            size_t moved;
            usbx_virtual_write(device, 0x81, bytes, sizeof bytes, 100, &moved);
            started = moved > 0;
        } else {
            must("next", status);
        }
    }
}

int main(int argc, char **argv)
{
    const char *mode = argc > 2 ? argv[1] : "";
    if (strcmp(mode, "serve") == 0)
        serve(argv[2]);
    if (strcmp(mode, "trips") == 0 && argc == 5)
        return trips(argv[2], argv[3], atoi(argv[4]));
    if (strcmp(mode, "bare") == 0 && argc == 4)
        return bare_stream(argv[2], atof(argv[3]));
    if (strcmp(mode, "stream") == 0 && argc >= 4)
        return stream(argv[2], atof(argv[3]), argc > 4 ? (size_t)atoi(argv[4]) : 0);
    if (strcmp(mode, "ready") == 0 && argc == 4)
        ready(argv[2], argv[3]);
    if (strcmp(mode, "hosts") == 0 && argc == 5)
        return hosts(atof(argv[2]), atoi(argv[3]), (uint32_t)atoi(argv[4]));
    return 2;
}
