/* Both ends of connections that are about to die, as tests/remote/dead has it:
 *   phases serve ADDRESS COUNT             shares so many devices, 1-1, 1-2, …; prints the address
 *   phases again HOST BUSID                tells when it watches, when the device is there, has left, and is there again
 *   phases KIND HOST BUSID TIMEOUT_MS      moves data without an end, and prints "pending" when it has begun; 0: no timeouts
 * Success: the connection was lost, every call said so, and closing returned. It has LIMIT seconds. */
#define _GNU_SOURCE
#include "usbx.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PACKETS = 8, DEPTH = 8, SIZE = 4096 };

static struct usbx_device *device;
static uint8_t data[DEPTH][SIZE];
static uint32_t timeout;
static const char *kind;
static char own_path[256];

static void fail(const char *what, usbx_status status)
{
    fprintf(stderr, "phases: %s: %s: %s: %s\n", kind, what, usbx_error_name(status), usbx_last_error());
    exit(1);
}

static void must(const char *what, usbx_status status)
{
    if (status != USBX_OK)
        fail(what, status);
}

static void hangs(int signal)
{
    static const char text[] = "phases: a call hangs: ";
    (void)signal;
    if (write(2, text, sizeof text - 1) < 0 || write(2, kind, strlen(kind)) < 0 || write(2, "\n", 1) < 0)
        _exit(2);
    _exit(1);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void pending(void)
{
    printf("pending\n");
    fflush(stdout);
}

static usbx_status control_in(void)
{
    return usbx_control(device, 0xc0, 4, 0, 0, data[0], 64, timeout, NULL);
}

static usbx_status control_out(void)
{
    return usbx_control(device, 0x40, 4, 0, 0, data[0], 64, timeout, NULL);
}

/* Nothing comes. */
static usbx_status bulk_in(void)
{
    return usbx_bulk_read(device, 0x83, data[0], SIZE, timeout, NULL);
}

/* Until the device has no room. */
static usbx_status bulk_out(void)
{
    return usbx_bulk_write(device, 0x02, data[0], SIZE, timeout, NULL);
}

static usbx_status interrupt_in(void)
{
    return usbx_interrupt_read(device, 0x82, data[0], 16, timeout, NULL);
}

static usbx_status isochronous_in(void)
{
    struct usbx_packet packets[PACKETS] = {{0, 0, 0, 0}};
    for (int at = 0; at < PACKETS; at++)
        packets[at].length = 512;
    return usbx_isochronous_read(device, 0x85, data[0], PACKETS * 512, packets, PACKETS, timeout, NULL);
}

static usbx_status set_up(void)
{
    usbx_status status = usbx_clear_halt(device, 0x83);
    return status == USBX_OK ? usbx_set_alt_setting(device, 0, 1) : status;
}

static usbx_status stream(void)
{
    struct usbx_stream *own;
    struct usbx_chunk chunk;
    usbx_status status = usbx_stream_open(device, 0x81, NULL, &own);
    while (status == USBX_OK) {
        status = usbx_stream_next(own, timeout, &chunk);
        if (status == USBX_OK)
            status = chunk.status;
    }
    must("close a stream", usbx_stream_close(own));
    return status;
}

/* All that are pending end. */
static usbx_status queue(void)
{
    struct usbx_queue *own;
    struct usbx_completion completion;
    usbx_status status = USBX_OK;
    size_t count = 0;
    must("queue", usbx_queue_open(&own));
    for (int at = 0; at < DEPTH; at++) {
        struct usbx_transfer transfer = {.type = USBX_TYPE_BULK, .endpoint = 0x83, .data = data[at], .length = SIZE};
        transfer.timeout_ms = timeout;
        must("submit", usbx_submit(device, own, &transfer, NULL));
    }
    for (int at = 0; at < DEPTH; at++) {
        must("wait", usbx_queue_wait(own, &completion, 1, 0, &count));
        if (completion.transferred != 0)
            fail("has bytes that were never sent", completion.status);
        status = completion.status;
    }
    must("close a queue", usbx_queue_close(own));
    return status;
}

/* The event that tells of it. Other devices of the host leave, too. */
static usbx_status watch(void)
{
    struct usbx_watch *own;
    struct usbx_device_info info;
    int32_t event;
    must("watch", usbx_watch_open(0, 0, &own));
    do
        must("next", usbx_watch_next(own, 0, &event, &info));
    while (event != USBX_EVENT_LEFT || strcmp(info.path, own_path) != 0);
    must("close a watch", usbx_watch_close(own));
    return USBX_ERROR_NO_DEVICE;
}

static void until(struct usbx_watch *own, int32_t wanted)
{
    struct usbx_device_info info;
    int32_t event;
    do
        must("next", usbx_watch_next(own, 0, &event, &info));
    while (event != wanted || strcmp(info.path, own_path) != 0);
}

/* Its host is switched on, off and on: the watch that was there before has the device as often, and each time it is opened anew. */
static int comes_again(void)
{
    struct usbx_watch *own;
    must("watch", usbx_watch_open(0, 0, &own));
    printf("watches\n");
    fflush(stdout);
    for (int time = 0; time < 2; time++) {
        until(own, USBX_EVENT_ARRIVED);
        must("open", usbx_open_path(own_path, &device));
        must("use", control_in());
        printf("there\n");
        fflush(stdout);
        if (time == 0)
            until(own, USBX_EVENT_LEFT);
        usbx_status status = control_in();
        if (status != (time == 0 ? USBX_ERROR_NO_DEVICE : USBX_OK))
            fail("use", status);
        must("close", usbx_close(device));
        printf("%s\n", time == 0 ? "left" : "closed");
        fflush(stdout);
    }
    must("close a watch", usbx_watch_close(own));
    return 0;
}

static const struct {
    const char *name;
    usbx_status (*run)(void);
    int once;
} kinds[] = {
    {"control_in", control_in, 0},   {"control_out", control_out, 0},       {"bulk_in", bulk_in, 0},
    {"bulk_out", bulk_out, 0},       {"interrupt_in", interrupt_in, 0},     {"isochronous_in", isochronous_in, 0},
    {"set_up", set_up, 0},           {"stream", stream, 1},                 {"queue", queue, 1},
    {"watch", watch, 1},
};

static void serve(const char *address, int count)
{
    struct usbx_share *share;
    struct usbx_virtual *plugged;
    char path[64], text[300];
    must("share", usbx_share_open(address, NULL, &share));
    for (int at = 1; at <= count; at++) {
        char busid[16];
        snprintf(busid, sizeof busid, "1-%d", at);
        must("plug", usbx_virtual_open("acquisition", busid, &plugged));
        must("path", usbx_virtual_path(plugged, path, sizeof path, NULL));
        must("add", usbx_share_add(share, path, busid));
    }
    must("address", usbx_share_address(share, text, sizeof text, NULL));
    printf("%s\n", text);
    fflush(stdout);
    for (;;)
        pause();
}

/* The device is free for the next client, soon. */
static int is_free(const char *path)
{
    usbx_status status;
    while ((status = usbx_open_path(path, &device)) == USBX_ERROR_BUSY)
        usleep(20000);
    must("open", status);
    must("use", control_in());
    must("close", usbx_close(device));
    return 0;
}

/* Its host says nothing: the time that calls have is all that it takes. */
static int is_silent(const char *host, const char *path)
{
    struct usbx_device_info info;
    size_t count;
    usbx_status status = usbx_open_path(path, &device);
    if (status != USBX_ERROR_TIMEOUT)
        fail("open", status);
    status = usbx_remote_devices(host, &info, 1, &count, 0);
    if (status != USBX_ERROR_TIMEOUT)
        fail("list", status);
    return 0;
}

int main(int argc, char **argv)
{
    const char *limit = getenv("LIMIT");
    char *path = own_path;
    usbx_status status = USBX_OK;
    if (argc < 4)
        return 2;
    kind = argv[1];
    if (strcmp(kind, "serve") == 0)
        serve(argv[2], atoi(argv[3]));
    signal(SIGALRM, hangs);
    alarm(limit != NULL ? (unsigned)atoi(limit) : 30);
    snprintf(path, sizeof own_path, "usbip://%s/%s", argv[2], argv[3]);
    timeout = argc > 4 ? (uint32_t)atoi(argv[4]) : 0;
    if (strcmp(kind, "again") == 0)
        return comes_again();
    if (strcmp(kind, "free") == 0)
        return is_free(path);
    if (strcmp(kind, "silent") == 0)
        return is_silent(argv[2], path);
    must("open", usbx_open_path(path, &device));
    must("claim", usbx_claim(device, 0));
    must("alternate setting", usbx_set_alt_setting(device, 0, 1));
    must("start", usbx_control(device, 0x40, 1, 0, 0, NULL, 0, 0, NULL));
    for (size_t at = 0; at < sizeof kinds / sizeof *kinds; at++) {
        if (strcmp(kinds[at].name, kind) != 0)
            continue;
        pending();
        do
            status = kinds[at].run();
        while (!kinds[at].once && (status == USBX_OK || status == USBX_ERROR_TIMEOUT));
        /* With timeouts the last one says so; from then on there is no device. */
        if (status != USBX_ERROR_NO_DEVICE && !(timeout != 0 && status == USBX_ERROR_TIMEOUT))
            fail("ends in another way", status);
        if (timeout == 0 && (status = bulk_in()) != USBX_ERROR_NO_DEVICE)
            fail("is there all the same", status);
        double begin = now();
        must("close", usbx_close(device));
        printf("%s: closed in %.3f s\n", kind, now() - begin);
        return 0;
    }
    return 2;
}
