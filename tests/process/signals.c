/* Signals: a handler runs, and the call that it interrupted continues, with or without SA_RESTART; no timeout is
 * shortened, and no byte is lost. */
#define _DEFAULT_SOURCE
#include "queue_fixture.h"
#include "work.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { TIMES = 200, WAITERS = 3 };

static atomic_int handled, returned;

static void count(int signal)
{
    (void)signal;
    atomic_fetch_add(&handled, 1);
}

static void install(int flags)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = count;
    action.sa_flags = flags;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGUSR1, &action, NULL);
}

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* A call of each kind that waits, each on a device of its own, for a packet that comes back. */
typedef struct {
    usbx_virtual *plugged;
    usbx_device *device;
    usbx_queue *queue;
    usbx_stream *stream;
    uint8_t data[PACKET];
    const void *came;
    size_t moved;
    usbx_status status;
    pthread_t thread;
} waiter;

static void *wait_by_read(void *argument)
{
    waiter *w = (waiter *)argument;
    w->status = usbx_bulk_read(w->device, ACQ_LOOP_IN, w->data, PACKET, USBX_NO_TIMEOUT, &w->moved);
    w->came = w->data;
    atomic_fetch_add(&returned, 1);
    return NULL;
}

static void *wait_by_queue(void *argument)
{
    waiter *w = (waiter *)argument;
    usbx_transfer transfer = make_transfer(ACQ_LOOP_IN, w->data, PACKET);
    usbx_completion done;
    w->status = usbx_submit(w->device, w->queue, &transfer, NULL);
    if (w->status == USBX_OK)
        w->status = usbx_queue_wait(w->queue, &done, 1, USBX_NO_TIMEOUT, NULL);
    if (w->status == USBX_OK) {
        w->status = done.status;
        w->moved = done.transferred;
    }
    w->came = w->data;
    atomic_fetch_add(&returned, 1);
    return NULL;
}

static void *wait_by_stream(void *argument)
{
    waiter *w = (waiter *)argument;
    usbx_chunk chunk;
    w->status = usbx_stream_next(w->stream, USBX_NO_TIMEOUT, &chunk);
    w->came = chunk.data;
    w->moved = chunk.length;
    atomic_fetch_add(&returned, 1);
    return NULL;
}

static void interrupt_waiting_calls(int flags)
{
    static void *(*const ways[WAITERS])(void *) = {wait_by_read, wait_by_queue, wait_by_stream};
    struct timespec pause = {0, 100 * 1000};
    waiter waiters[WAITERS];
    int i, time, seen;
    install(flags);
    memset(waiters, 0, sizeof waiters);
    atomic_store(&returned, 0);
    for (i = 0; i < WAITERS; i++) {
        char serial[2] = {(char)('1' + i), '\0'};
        EXPECT(usbx_virtual_open("acquisition", serial, &waiters[i].plugged), USBX_OK);
        EXPECT(usbx_open(ACQ_VENDOR_ID, ACQ_PRODUCT_ID, serial, &waiters[i].device), USBX_OK);
        EXPECT(usbx_claim(waiters[i].device, 0), USBX_OK);
        if (ways[i] == wait_by_queue)
            EXPECT(usbx_queue_open(&waiters[i].queue), USBX_OK);
        if (ways[i] == wait_by_stream)
            EXPECT(usbx_stream_open(waiters[i].device, ACQ_LOOP_IN, NULL, &waiters[i].stream), USBX_OK);
        waiters[i].thread = run_thread(ways[i], &waiters[i]);
    }
    for (time = 0; time < TIMES && atomic_load(&returned) == 0; time++) {
        seen = atomic_load(&handled);
        for (i = 0; i < WAITERS; i++)
            pthread_kill(waiters[i].thread, SIGINT);
        while (atomic_load(&handled) < seen + WAITERS && atomic_load(&returned) == 0)
            nanosleep(&pause, NULL);
    }
    EQUAL(atomic_load(&returned), 0);
    for (i = 0; i < WAITERS; i++)
        EXPECT(usbx_bulk_write(waiters[i].device, ACQ_LOOP_OUT, "after", 5, LONG, NULL), USBX_OK);
    for (i = 0; i < WAITERS; i++) {
        pthread_join(waiters[i].thread, NULL);
        EQUAL(waiters[i].status, USBX_OK);
        if (EQUAL(waiters[i].moved, 5))
            CHECK(memcmp(waiters[i].came, "after", 5) == 0);
    }
    EXPECT(usbx_shutdown(NULL), USBX_OK);
}

static void calls_go_on_without_restart(void) { interrupt_waiting_calls(0); }
static void calls_go_on_with_restart(void) { interrupt_waiting_calls(SA_RESTART); }

static pthread_t waiting;
static atomic_int waits;

/* As fast as it can, so that every wait of the call is interrupted. */
static void *interrupt_main(void *unused)
{
    struct timespec pause = {0, 1000 * 1000};
    while (atomic_load(&waits)) {
        pthread_kill(waiting, SIGUSR1);
        nanosleep(&pause, NULL);
    }
    return unused;
}

/* Signals neither shorten nor restart a timeout. */
static void time_limits_hold(void)
{
    enum { LIMIT = 300 };
    usbx_device *device = claim_test_device();
    usbx_queue *queue = open_queue();
    usbx_stream *stream = NULL;
    usbx_transfer transfer;
    usbx_completion done;
    uint8_t data[PACKET];
    usbx_chunk chunk;
    size_t moved = 99;
    pthread_t thread;
    uint64_t start;
    install(0);
    waiting = pthread_self();
    atomic_store(&waits, 1);
    thread = run_thread(interrupt_main, NULL);
#define TAKES_ITS_TIME(call)                                                \
    do {                                                                   \
        start = now_ms();                                                  \
        EXPECT(call, USBX_ERROR_TIMEOUT);                                  \
        CHECK(now_ms() - start >= LIMIT - 1 && now_ms() - start < LONG);   \
    } while (0)
    TAKES_ITS_TIME(usbx_bulk_read(device, ACQ_LOOP_IN, data, PACKET, LIMIT, &moved));
    EQUAL(moved, 0);
    TAKES_ITS_TIME(usbx_queue_wait(queue, &done, 1, LIMIT, NULL));
    transfer = make_transfer(ACQ_LOOP_IN, data, PACKET);
    transfer.timeout_ms = LIMIT;
    start = now_ms();
    submit(device, queue, &transfer);
    EXPECT(usbx_queue_wait(queue, &done, 1, USBX_NO_TIMEOUT, NULL), USBX_OK);
    EQUAL(done.status, USBX_ERROR_TIMEOUT);
    CHECK(now_ms() - start >= LIMIT - 1);
    EXPECT(usbx_stream_open(device, ACQ_LOOP_IN, NULL, &stream), USBX_OK);
    TAKES_ITS_TIME(usbx_stream_next(stream, LIMIT, &chunk));
    atomic_store(&waits, 0);
    pthread_join(thread, NULL);
    CHECK(atomic_load(&handled) > 100);
    EXPECT(usbx_stream_close(stream), USBX_OK);
    EXPECT(usbx_queue_close(queue), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

/* A thousand signals a second to each of seven threads. */
static void storm(int flags)
{
    struct timespec pause = {0, 1000 * 1000};
    int i;
    install(flags);
    if (!start_work())
        return;
    for (i = 0; i < 1500; i++) {
        signal_work(SIGUSR1);
        nanosleep(&pause, NULL);
    }
    work_goes_on();
    end_work();
}

static void a_storm_without_restart(void) { storm(0); }
static void a_storm_with_restart(void) { storm(SA_RESTART); }

int main(int argc, char **argv)
{
    static const test_case cases[] = {
        {"calls_go_on_without_restart", calls_go_on_without_restart},
        {"calls_go_on_with_restart", calls_go_on_with_restart},
        {"time_limits_hold", time_limits_hold},
        {"a_storm_without_restart", a_storm_without_restart},
        {"a_storm_with_restart", a_storm_with_restart},
    };
    alarm(500);
    unsetenv("USBX_TEST_DEVICE");
    after_failure = start_over;
    run_cases(cases, COUNT(cases), argc, argv);
    start_over();
    return finish_cases();
}
