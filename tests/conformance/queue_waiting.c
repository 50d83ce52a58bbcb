/* Waiting on a queue: by its file descriptor, from several threads, during blocking calls, and during a close. */
#define _POSIX_C_SOURCE 200809L
#include "queue_fixture.h"

#include <time.h>

static int descriptor(usbx_queue *queue)
{
    int32_t fd = 99;
    EXPECT(usbx_queue_fd(queue, &fd), USBX_OK);
    CHECK(fd >= 0 && fd != 99);
    return fd;
}

/* As an event loop does it: sleeps in poll() alone, and calls only when it says so. */
static int poll_and_take(usbx_queue *queue, int fd, usbx_completion *completion)
{
    for (;;) {
        usbx_status status;
        if (!CHECK(readable(fd, LONG)))
            return 0;
        status = usbx_queue_wait(queue, completion, 1, USBX_NO_WAIT, NULL);
        if (status != USBX_ERROR_TIMEOUT)
            return EXPECT(status, USBX_OK);
    }
}

static void the_descriptor_tells_when_to_look(void)
{
    usbx_device *device = claim_test_device();
    usbx_queue *queue = open_queue();
    int fd = descriptor(queue), round;
    uint8_t in[PACKET];
    usbx_transfer transfer;
    usbx_completion done;
    uint64_t id;
    CHECK(!readable(fd, 0)); /* nothing was submitted */
    for (round = 0; round < 20; round++) {
        id = submit_to(device, queue, ACQ_LOOP_IN, in, PACKET);
        is_empty(queue);
        CHECK(!readable(fd, 0)); /* it is pending */
        EXPECT(usbx_bulk_write(device, ACQ_LOOP_OUT, "abc", 3, LONG, NULL), USBX_OK);
        if (!poll_and_take(queue, fd, &done))
            return;
        COMPLETED(done, id, USBX_OK, 3);
        is_empty(queue);
        CHECK(!readable(fd, 0)); /* it was taken */
    }
    /* Of two that are complete one is taken: there still is one. */
    submit_to(device, queue, ACQ_LOOP_IN, in, PACKET);
    id = submit_to(device, queue, ACQ_LOOP_IN, in, PACKET);
    EXPECT(usbx_bulk_write(device, ACQ_LOOP_OUT, "abc", 3, LONG, NULL), USBX_OK);
    EXPECT(usbx_bulk_write(device, ACQ_LOOP_OUT, "de", 2, LONG, NULL), USBX_OK);
    if (!poll_and_take(queue, fd, &done) || !poll_and_take(queue, fd, &done))
        return;
    COMPLETED(done, id, USBX_OK, 2);
    /* By time alone: the transfer's own, and the device's. */
    transfer = make_transfer(ACQ_LOOP_IN, in, PACKET);
    transfer.timeout_ms = 50;
    id = submit(device, queue, &transfer);
    if (poll_and_take(queue, fd, &done))
        COMPLETED(done, id, USBX_ERROR_TIMEOUT, 0);
    id = submit_to(device, queue, ACQ_STATUS, in, ACQ_STATUS_SIZE);
    if (poll_and_take(queue, fd, &done))
        COMPLETED(done, id, USBX_OK, ACQ_STATUS_SIZE);
    /* And by being ended. */
    id = submit_to(device, queue, ACQ_LOOP_IN, in, PACKET);
    EXPECT(usbx_queue_cancel(queue, id), USBX_OK);
    if (poll_and_take(queue, fd, &done))
        COMPLETED(done, id, USBX_ERROR_CANCELLED, 0);
    id = submit_to(device, queue, ACQ_LOOP_IN, in, PACKET);
    EXPECT(usbx_close(device), USBX_OK);
    if (poll_and_take(queue, fd, &done))
        COMPLETED(done, id, USBX_ERROR_CLOSED, 0);
    is_empty(queue);
    CHECK(!readable(fd, 0)); /* a closed device causes no wake-ups */
    EQUAL(descriptor(queue), fd);
    EXPECT(usbx_queue_close(queue), USBX_OK);
}

/* The device's pace: frame after frame, with nothing to wake the loop but the descriptor. */
static void paced_frames_wake_an_event_loop(void)
{
    enum { FRAMES = 60, READS = 4 };
    static uint8_t in[READS][ACQ_FRAME_SIZE];
    usbx_device *device = claim_test_device();
    usbx_queue *queue = open_queue();
    int fd = descriptor(queue);
    uint32_t next = 0;
    size_t i;
    for (i = 0; i < READS; i++)
        submit_to(device, queue, ACQ_FRAMES, in[i], ACQ_FRAME_SIZE);
    start_sampling(device, 12400); /* 200 frames a second */
    for (next = 0; next < FRAMES; next++) {
        usbx_completion done;
        uint8_t *frame = in[next % READS];
        if (!poll_and_take(queue, fd, &done) || !EQUAL(done.status, USBX_OK) || !EQUAL(done.transferred, ACQ_FRAME_SIZE))
            return;
        CHECK(acq_frame_is_sound(frame));
        EQUAL(acq_u32(frame + 4), next);
        submit_to(device, queue, ACQ_FRAMES, frame, ACQ_FRAME_SIZE);
    }
    EXPECT(usbx_queue_close(queue), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

typedef struct {
    usbx_queue *queue;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t taken[2], wrong; /* how often each transfer was taken: never more than once */
    uint8_t seen[1024];
    int started;
} sharing;

typedef struct {
    sharing *shared;
    int which;
    usbx_status last;
    pthread_t thread;
} waiter;

static void *wait_until_closed(void *argument)
{
    waiter *w = (waiter *)argument;
    sharing *s = w->shared;
    usbx_completion done[3];
    size_t count = 0, i;
    pthread_mutex_lock(&s->lock);
    s->started++;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    while ((w->last = usbx_queue_wait(s->queue, done, COUNT(done), USBX_NO_TIMEOUT, &count)) == USBX_OK) {
        pthread_mutex_lock(&s->lock);
        for (i = 0; i < count; i++)
            s->wrong += done[i].user_data >= sizeof s->seen || done[i].status || s->seen[done[i].user_data]++;
        s->taken[w->which] += count;
        pthread_cond_broadcast(&s->changed);
        pthread_mutex_unlock(&s->lock);
    }
    return NULL;
}

/* Two threads wait on one queue: each completion goes to one of them, and closing the queue ends both. */
static void two_threads_share_a_queue(void)
{
    enum { TRANSFERS = 1000, AT_ONCE = 50 };
    static uint8_t in[AT_ONCE][PACKET];
    static sharing shared;
    usbx_device *device = claim_test_device();
    waiter waiters[2];
    size_t i;
    memset(&shared, 0, sizeof shared);
    shared.queue = open_queue();
    pthread_mutex_init(&shared.lock, NULL);
    pthread_cond_init(&shared.changed, NULL);
    for (i = 0; i < 2; i++) {
        waiters[i].shared = &shared;
        waiters[i].which = (int)i;
        waiters[i].last = USBX_OK;
        waiters[i].thread = run_thread(wait_until_closed, &waiters[i]);
    }
    start_sampling(device, 0);
    for (i = 0; i < TRANSFERS; i++) {
        usbx_transfer transfer = make_transfer(ACQ_FRAMES, in[i % AT_ONCE], PACKET);
        pthread_mutex_lock(&shared.lock); /* until a buffer is free */
        while (i >= shared.taken[0] + shared.taken[1] + AT_ONCE)
            pthread_cond_wait(&shared.changed, &shared.lock);
        pthread_mutex_unlock(&shared.lock);
        transfer.user_data = i;
        submit(device, shared.queue, &transfer);
    }
    pthread_mutex_lock(&shared.lock);
    while (shared.taken[0] + shared.taken[1] < TRANSFERS)
        pthread_cond_wait(&shared.changed, &shared.lock);
    pthread_mutex_unlock(&shared.lock);
    EQUAL(shared.wrong, 0);
    EXPECT(usbx_queue_close(shared.queue), USBX_OK);
    for (i = 0; i < 2; i++) {
        pthread_join(waiters[i].thread, NULL);
        /* One that has been handling its last completion calls for a queue that is closed already. */
        CHECK(waiters[i].last == USBX_ERROR_CLOSED || waiters[i].last == USBX_ERROR_INVALID_HANDLE);
    }
    pthread_mutex_destroy(&shared.lock);
    pthread_cond_destroy(&shared.changed);
    EXPECT(usbx_close(device), USBX_OK);
}

/* The wait has begun or not when the queue is closed, so it is done until it had, with a longer pause each time. */
static void closing_a_queue_ends_a_wait(void)
{
    usbx_device *device = claim_test_device();
    static sharing shared;
    waiter w;
    int tries, pending;
    for (pending = 0; pending < 2; pending++) {
        w.last = USBX_OK;
        for (tries = 0; tries < 12 && w.last != USBX_ERROR_CLOSED; tries++) {
            struct timespec pause = {0, 100000L << tries};
            uint8_t in[PACKET];
            memset(&shared, 0, sizeof shared);
            pthread_mutex_init(&shared.lock, NULL);
            pthread_cond_init(&shared.changed, NULL);
            shared.queue = open_queue();
            w.shared = &shared;
            w.which = 0;
            if (pending)
                submit_to(device, shared.queue, ACQ_LOOP_IN, in, PACKET);
            w.thread = run_thread(wait_until_closed, &w);
            pthread_mutex_lock(&shared.lock);
            while (!shared.started)
                pthread_cond_wait(&shared.changed, &shared.lock);
            pthread_mutex_unlock(&shared.lock);
            nanosleep(&pause, NULL);
            EXPECT(usbx_queue_close(shared.queue), USBX_OK);
            pthread_join(w.thread, NULL);
            if (w.last != USBX_ERROR_CLOSED)
                EXPECT(w.last, USBX_ERROR_INVALID_HANDLE); /* it came too late */
            pthread_mutex_destroy(&shared.lock);
            pthread_cond_destroy(&shared.changed);
        }
        EXPECT(w.last, USBX_ERROR_CLOSED);
    }
    EXPECT(usbx_close(device), USBX_OK);
}

/* A blocking read and queued ones of the same endpoint are served in the order they came. */
static void blocking_and_queued_reads_share_an_endpoint(void)
{
    static uint8_t out[(ROOM - HELD) * PACKET];
    usbx_device *device = claim_test_device();
    usbx_queue *queue = open_queue();
    uint8_t in[2][PACKET];
    usbx_completion done[2];
    uint64_t first, second;
    reader r;
    size_t rest = (ROOM - HELD - 1) * PACKET;
    if (!start_blocked_reader(&r, device))
        return;
    first = submit_to(device, queue, ACQ_LOOP_IN, in[0], PACKET);
    second = submit_to(device, queue, ACQ_LOOP_IN, in[1], PACKET);
    is_empty(queue);
    fill_pattern(out, SENT, rest);
    EXPECT(usbx_bulk_write(device, ACQ_LOOP_OUT, out, rest, LONG, NULL), USBX_OK);
    EXPECT(usbx_bulk_write(device, ACQ_LOOP_OUT, "first", 5, LONG, NULL), USBX_OK);
    EXPECT(usbx_bulk_write(device, ACQ_LOOP_OUT, "second", 6, LONG, NULL), USBX_OK);
    if (take(queue, done, 2)) {
        COMPLETED(done[0], first, USBX_OK, 5);
        COMPLETED(done[1], second, USBX_OK, 6);
        CHECK(memcmp(in[0], "first", 5) == 0 && memcmp(in[1], "second", 6) == 0);
    }
    EQUAL(end_reader(&r, USBX_OK), ROOM * PACKET);
    EXPECT(usbx_queue_close(queue), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

typedef struct {
    usbx_device *device;
    size_t good;
} asking;

enum { QUESTIONS = 400 };

static void *ask_over_and_over(void *argument)
{
    asking *a = (asking *)argument;
    uint8_t rate[4];
    size_t i;
    for (i = 0; i < QUESTIONS; i++)
        a->good += usbx_control(a->device, ACQ_IN, ACQ_RATE, 0, 0, rate, 4, LONG, NULL) == USBX_OK;
    return NULL;
}

/* Blocking calls of another thread handle the same device's events, and so complete what is queued: the wait, which
 * sleeps without a time limit, has to hear of it each time; and the other way round. */
static void blocking_calls_and_a_queue_wake_each_other(void)
{
    usbx_device *device = claim_test_device();
    usbx_queue *queue = open_queue();
    asking a = {NULL, 0};
    uint8_t in[PACKET], out[PACKET];
    usbx_completion done;
    pthread_t thread;
    size_t i;
    fill_pattern(out, 0, sizeof out);
    a.device = device;
    thread = run_thread(ask_over_and_over, &a);
    for (i = 0; i < QUESTIONS; i++) {
        uint64_t read = submit_to(device, queue, ACQ_LOOP_IN, in, PACKET), id;
        id = submit_to(device, queue, ACQ_LOOP_OUT, out, i % PACKET);
        if (!EXPECT(usbx_queue_wait(queue, &done, 1, USBX_NO_TIMEOUT, NULL), USBX_OK))
            break;
        if (done.id != read)
            COMPLETED(done, id, USBX_OK, i % PACKET);
        if (!EXPECT(usbx_queue_wait(queue, &done, 1, USBX_NO_TIMEOUT, NULL), USBX_OK) || !EQUAL(done.transferred, i % PACKET))
            break;
    }
    pthread_join(thread, NULL);
    EQUAL(a.good, QUESTIONS);
    EXPECT(usbx_queue_close(queue), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

const test_case queue_waiting_cases[] = {
    {"the_descriptor_tells_when_to_look", the_descriptor_tells_when_to_look},
    {"paced_frames_wake_an_event_loop", paced_frames_wake_an_event_loop},
    {"two_threads_share_a_queue", two_threads_share_a_queue},
    {"closing_a_queue_ends_a_wait", closing_a_queue_ends_a_wait},
    {"blocking_and_queued_reads_share_an_endpoint", blocking_and_queued_reads_share_an_endpoint},
    {"blocking_calls_and_a_queue_wake_each_other", blocking_calls_and_a_queue_wake_each_other},
};
const size_t queue_waiting_count = COUNT(queue_waiting_cases);
