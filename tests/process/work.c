#define _POSIX_C_SOURCE 200809L
#include "work.h"
#include "queue_fixture.h"

#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

enum { WORKERS = 7, PIECE = 16 * PACKET, IN_FLIGHT = 4 };

static atomic_int stopping;
static usbx_virtual *own_device;
static usbx_device *looped, *sampled, *reported;
static usbx_queue *queue;
static usbx_stream *stream;
static usbx_watch *watch;
static usbx_capture *capture;
static usbx_share *share;

/* Only the main thread checks: a worker stores its first failure. */
typedef struct {
    const char *name;
    void *(*run)(void *);
    atomic_ulong done;
    const char *failure;
    usbx_status status;
    char error[512];
    pthread_t thread;
} worker;

static int good(worker *w, usbx_status status, const char *what)
{
    if (status == USBX_OK)
        return 1;
    if (w->failure == NULL) {
        w->failure = what;
        w->status = status;
        snprintf(w->error, sizeof w->error, "%s", usbx_last_error());
    }
    atomic_store(&stopping, 1);
    return 0;
}

static int holds(worker *w, int condition, const char *what)
{
    return good(w, condition ? USBX_OK : USBX_ERROR_OTHER, what);
}

static int goes_on(worker *w)
{
    atomic_fetch_add(&w->done, 1);
    return !atomic_load(&stopping);
}

static void *write_loop(void *argument)
{
    worker *w = (worker *)argument;
    uint8_t data[PIECE];
    size_t sent = 0, moved;
    do {
        fill_pattern(data, sent, sizeof data);
        if (!good(w, usbx_bulk_write(looped, ACQ_LOOP_OUT, data, sizeof data, LONG, &moved), "bulk write"))
            break;
        sent += moved;
    } while (goes_on(w));
    usbx_bulk_write(looped, ACQ_LOOP_OUT, NULL, 0, LONG, NULL); /* the reader's end */
    return NULL;
}

static void *read_loop(void *argument)
{
    worker *w = (worker *)argument;
    uint8_t data[PIECE];
    size_t got = 0, moved;
    for (;;) {
        if (!good(w, usbx_bulk_read(looped, ACQ_LOOP_IN, data, sizeof data, LONG, &moved), "bulk read"))
            break;
        if (!holds(w, is_pattern(data, got, moved), "what was read is not what was written"))
            break;
        got += moved;
        goes_on(w);
        if (moved < sizeof data)
            break;
    }
    return NULL;
}

static void *read_stream(void *argument)
{
    worker *w = (worker *)argument;
    usbx_chunk chunk;
    uint32_t next = 0;
    size_t at;
    do {
        if (!good(w, usbx_stream_next(stream, LONG, &chunk), "stream next"))
            break;
        for (at = 0; at + ACQ_FRAME_SIZE <= chunk.length; at += ACQ_FRAME_SIZE, next++)
            if (!holds(w, acq_u32((const uint8_t *)chunk.data + at + 4) == next, "a frame is missing") ||
                !holds(w, acq_frame_is_sound((const uint8_t *)chunk.data + at), "a frame is damaged"))
                return NULL;
    } while (goes_on(w));
    return NULL;
}

static void *take_reports(void *argument)
{
    worker *w = (worker *)argument;
    uint8_t reports[IN_FLIGHT][ACQ_STATUS_SIZE];
    usbx_completion done[IN_FLIGHT];
    usbx_transfer transfer;
    size_t count = 0, i;
    uint32_t age, last = 0;
    for (i = 0; i < IN_FLIGHT; i++) {
        transfer = make_transfer(ACQ_STATUS, reports[i], ACQ_STATUS_SIZE);
        transfer.user_data = i;
        if (!good(w, usbx_submit(reported, queue, &transfer, NULL), "submit"))
            return NULL;
    }
    do {
        if (!good(w, usbx_queue_wait(queue, done, IN_FLIGHT, LONG, &count), "queue wait"))
            break;
        for (i = 0; i < count; i++) {
            uint8_t *report = reports[done[i].user_data];
            age = acq_u32(report + 12);
            if (!good(w, done[i].status, "a completion") || !holds(w, age > last, "a report comes out of its order"))
                return NULL;
            last = age;
            transfer = make_transfer(ACQ_STATUS, report, ACQ_STATUS_SIZE);
            transfer.user_data = done[i].user_data;
            if (!good(w, usbx_submit(reported, queue, &transfer, NULL), "submit again"))
                return NULL;
        }
    } while (goes_on(w));
    good(w, usbx_queue_cancel(queue, 0), "cancel");
    for (i = 0; i < IN_FLIGHT; i += count)
        if (!good(w, usbx_queue_wait(queue, done, IN_FLIGHT, LONG, &count), "the last completions"))
            break;
    return NULL;
}

static void *open_and_close_devices(void *argument)
{
    worker *w = (worker *)argument;
    usbx_device *device = NULL;
    do {
        if (!good(w, usbx_open(ACQ_VENDOR_ID, ACQ_PRODUCT_ID, "work", &device), "open") ||
            !good(w, usbx_claim(device, 1), "claim") || !good(w, usbx_close(device), "close"))
            break;
    } while (goes_on(w));
    return NULL;
}

static void *open_and_close_streams(void *argument)
{
    worker *w = (worker *)argument;
    usbx_stream_options options;
    usbx_stream *own = NULL;
    usbx_queue *other = NULL;
    memset(&options, 0, sizeof options);
    options.flags = USBX_STREAM_EXACT_TIME;
    do {
        if (!good(w, usbx_stream_open(sampled, ACQ_STATUS, &options, &own), "open a stream") ||
            !good(w, usbx_queue_open(&other), "open a queue") || !good(w, usbx_stream_close(own), "close a stream") ||
            !good(w, usbx_queue_close(other), "close a queue"))
            break;
    } while (goes_on(w));
    return NULL;
}

static void *plug_and_list(void *argument)
{
    worker *w = (worker *)argument;
    usbx_virtual *more = NULL;
    size_t count = 0;
    do {
        if (!good(w, usbx_virtual_open("acquisition", "more", &more), "plug in") ||
            !good(w, usbx_devices(NULL, 0, &count), "list") || !holds(w, count >= 3, "a device is not listed") ||
            !good(w, usbx_virtual_close(more), "pull out"))
            break;
    } while (goes_on(w));
    return NULL;
}

static worker workers[WORKERS] = {
    {"write_loop", write_loop, 0, NULL, 0, "", 0},
    {"read_loop", read_loop, 0, NULL, 0, "", 0},
    {"read_stream", read_stream, 0, NULL, 0, "", 0},
    {"take_reports", take_reports, 0, NULL, 0, "", 0},
    {"open_and_close_devices", open_and_close_devices, 0, NULL, 0, "", 0},
    {"open_and_close_streams", open_and_close_streams, 0, NULL, 0, "", 0},
    {"plug_and_list", plug_and_list, 0, NULL, 0, "", 0},
};

static usbx_device *opened(const char *serial, uint8_t interface)
{
    usbx_device *device = NULL;
    if (EXPECT(usbx_open(ACQ_VENDOR_ID, ACQ_PRODUCT_ID, serial, &device), USBX_OK))
        EXPECT(usbx_claim(device, interface), USBX_OK);
    return device;
}

int work_goes_on(void)
{
    struct timespec pause = {0, 1000 * 1000};
    unsigned long before[WORKERS];
    int i, tries;
    for (i = 0; i < WORKERS; i++)
        before[i] = atomic_load(&workers[i].done);
    for (i = 0; i < WORKERS; i++) {
        for (tries = 0; tries < 2 * LONG && atomic_load(&workers[i].done) <= before[i] && !atomic_load(&stopping); tries++)
            nanosleep(&pause, NULL);
        if (!CHECK(atomic_load(&workers[i].done) > before[i])) {
            printf("#   %s does not continue\n", workers[i].name);
            return 0;
        }
    }
    return !atomic_load(&stopping);
}

void signal_work(int signal)
{
    int i;
    for (i = 0; i < WORKERS; i++)
        pthread_kill(workers[i].thread, signal);
}

int start_work(void)
{
    int i;
    looped = claim_test_device(); /* one device for the loopback and the reports, one for the frames */
    EXPECT(usbx_virtual_open("acquisition", "work", &own_device), USBX_OK);
    sampled = opened("work", 0);
    reported = looped;
    EXPECT(usbx_queue_open(&queue), USBX_OK);
    EXPECT(usbx_stream_open(sampled, ACQ_FRAMES, NULL, &stream), USBX_OK);
    start_sampling(sampled, 0);
    open_handles[DEVICE] = looped;
    open_handles[VIRTUAL] = own_device;
    open_handles[QUEUE] = queue;
    open_handles[STREAM] = stream;
    EXPECT(usbx_watch_open(0, 0, &watch), USBX_OK);
    open_handles[WATCH] = watch;
    EXPECT(usbx_capture_open("/dev/null", NULL, &capture), USBX_OK);
    open_handles[CAPTURE] = capture;
    EXPECT(usbx_share_open("127.0.0.1:0", NULL, &share), USBX_OK);
    open_handles[SHARE] = share;
    atomic_store(&stopping, 0);
    for (i = 0; i < WORKERS; i++) {
        workers[i].failure = NULL;
        workers[i].thread = run_thread(workers[i].run, &workers[i]);
    }
    return work_goes_on();
}

void end_work(void)
{
    int i;
    usbx_status captured;
    atomic_store(&stopping, 1);
    for (i = 0; i < WORKERS; i++) {
        pthread_join(workers[i].thread, NULL);
        if (!CHECK(workers[i].failure == NULL))
            printf("#   %s: %s: %s: %s\n", workers[i].name, workers[i].failure, usbx_error_name(workers[i].status),
                   workers[i].error);
    }
    EXPECT(usbx_share_close(share), USBX_OK);
    /* Where the computer has more to do, the capture's thread is slower than these calls, and says so. */
    captured = usbx_capture_close(capture);
    CHECK(captured == USBX_OK ||
          (captured == USBX_ERROR_OVERFLOW && strstr(usbx_last_error(), "records are missing in it") != NULL));
    EXPECT(usbx_watch_close(watch), USBX_OK);
    EXPECT(usbx_stream_close(stream), USBX_OK);
    EXPECT(usbx_queue_close(queue), USBX_OK);
    EXPECT(usbx_close(sampled), USBX_OK);
    EXPECT(usbx_close(looped), USBX_OK);
    EXPECT(usbx_virtual_close(own_device), USBX_OK);
}
