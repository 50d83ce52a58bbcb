/* Who handles events: threads, locks, and loops of a program's own. */
#define _XOPEN_SOURCE 700
#include <poll.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include "suite.h"

static volatile int stop;

static void *event_thread(void *unused)
{
    while (!stop)
        libusb_handle_events(context);
    return unused;
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int completions;

static void LIBUSB_CALL count_it(struct libusb_transfer *t)
{
    pthread_mutex_lock(&mutex);
    completions += t->status == LIBUSB_TRANSFER_COMPLETED;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&mutex);
}

/* The pattern of libusb's documentation: a thread that handles events, closed down by the last libusb_close. */
void with_thread(void)
{
    static unsigned char data[16][64];
    struct libusb_transfer *t[16];
    pthread_t thread;
    stop = completions = 0;
    pthread_create(&thread, NULL, event_thread, NULL);
    for (int i = 0; i < 16; i++) {
        t[i] = libusb_alloc_transfer(0);
        libusb_fill_bulk_transfer(t[i], handle, LOOP_OUT, data[i], 64, count_it, NULL, 1000);
        libusb_submit_transfer(t[i]);
    }
    pthread_mutex_lock(&mutex);
    while (completions < 16)
        pthread_cond_wait(&changed, &mutex);
    pthread_mutex_unlock(&mutex);
    int count, total = 0;
    unsigned char back[512];
    for (int i = 0; i < 16 && libusb_bulk_transfer(handle, LOOP_IN, back, 512, &count, 1000) == 0; i++)
        total += count;
    printf("back: %d\n", total);
    for (int i = 0; i < 16; i++)
        libusb_free_transfer(t[i]);
    stop = 1;
    libusb_interrupt_event_handler(context);
    libusb_release_interface(handle, 0);
    libusb_close(handle);
    pthread_join(thread, NULL);
    libusb_exit(context);
    puts("closed");
}

static int handled;

static void *waiter(void *unused)
{
    libusb_lock_event_waiters(context);
    struct timeval long_time = {10, 0};
    if (libusb_event_handler_active(context))
        handled = libusb_wait_for_event(context, &long_time) + 1;
    libusb_unlock_event_waiters(context);
    return unused;
}

void locks(void)
{
    pthread_t thread;
    struct timeval none = {0, 0}, wrong = {0, 2000000}, next;
    code("ok", libusb_event_handling_ok(context));
    code("active", libusb_event_handler_active(context));
    code("try", libusb_try_lock_events(context));
    code("active", libusb_event_handler_active(context));
    code("handle", libusb_handle_events_locked(context, &none));
    code("wrong", libusb_handle_events_locked(context, &wrong));
    pthread_create(&thread, NULL, waiter, NULL);
    struct timespec little = {0, 50000000};
    nanosleep(&little, NULL);
    libusb_unlock_events(context);
    pthread_join(thread, NULL);
    printf("told: %d\n", handled == 1);
    libusb_lock_events(context);
    libusb_unlock_events(context);
    libusb_lock_event_waiters(context);
    code("nothing", libusb_wait_for_event(context, &none));
    libusb_unlock_event_waiters(context);
    code("next", libusb_get_next_timeout(context, &next));
    code("timeouts", libusb_pollfds_handle_timeouts(context));
    libusb_set_pollfd_notifiers(context, NULL, NULL, NULL);
    code("events", libusb_handle_events_timeout(context, &none));
    libusb_interrupt_event_handler(context);
    code("interrupted", libusb_handle_events(context));
    libusb_interrupt_event_handler(context);
    code("interrupted", libusb_handle_events_completed(context, NULL));
}

enum { DESCRIPTORS = 16 };

/* What to poll, as libusb says. */
static nfds_t to_poll(struct pollfd *set)
{
    const struct libusb_pollfd **fds = libusb_get_pollfds(context);
    nfds_t n = 0;
    for (; fds[n] && n < DESCRIPTORS; n++)
        set[n] = (struct pollfd){.fd = fds[n]->fd, .events = fds[n]->events};
    libusb_free_pollfds(fds);
    return n;
}

/* A program with a loop of its own: poll, then handle what there is. */
void polled(void)
{
    unsigned char data[64] = {0};
    struct timeval none = {0, 0};
    struct seen s = {0};
    struct libusb_transfer *t = libusb_alloc_transfer(0);
    libusb_fill_bulk_transfer(t, handle, LOOP_IN, data, 64, seen, &s, 100);
    code("submit", libusb_submit_transfer(t));
    for (int i = 0; i < 1000 && !s.done; i++) {
        struct pollfd set[DESCRIPTORS];
        nfds_t n = to_poll(set);
        poll(set, n, 1000);
        libusb_handle_events_timeout(context, &none);
    }
    wait_for(&s);
    libusb_free_transfer(t);
}

static void LIBUSB_CALL in_callback(struct libusb_transfer *t)
{
    unsigned char byte[8];
    int count;
    struct timeval none = {0, 0};
    code("control", libusb_control_transfer(handle, 0xc0, REGISTERS, 0, 16, byte, 8, 1000));
    code("bulk", libusb_bulk_transfer(handle, LOOP_OUT, byte, 8, &count, 1000));
    code("events", libusb_handle_events_locked(context, &none));
    *(int *)t->user_data = 1;
    libusb_free_transfer(t);
}

void busy(void)
{
    static unsigned char data[8];
    int done = 0;
    struct libusb_transfer *t = libusb_alloc_transfer(0);
    libusb_fill_bulk_transfer(t, handle, LOOP_OUT, data, 8, in_callback, &done, 1000);
    code("submit", libusb_submit_transfer(t));
    for (int i = 0; i < 100 && !done; i++)
        libusb_handle_events_timeout_completed(context, &soon, &done);
    unsigned char back[512];
    int count;
    libusb_bulk_transfer(handle, LOOP_IN, back, 512, &count, 1000);
}

static int wrong;

/* libusb's documentation, "Multi-threaded applications and asynchronous I/O": who gets the lock polls, the others wait. */
static void until(volatile int *completed)
{
    struct timeval none = {0, 0};
retry:
    if (libusb_try_lock_events(context) == 0) {
        while (!*completed) {
            if (!libusb_event_handling_ok(context)) {
                libusb_unlock_events(context);
                goto retry;
            }
            struct pollfd set[DESCRIPTORS];
            nfds_t n = to_poll(set);
            struct timeval next;
            int time = 10000;
            if (libusb_get_next_timeout(context, &next) == 1)
                time = (int)(next.tv_sec * 1000 + next.tv_usec / 1000);
            if (poll(set, n, time) >= 0 && libusb_handle_events_locked(context, &none) != 0)
                wrong++;
        }
        libusb_unlock_events(context);
        return;
    }
    libusb_lock_event_waiters(context);
    while (!*completed) {
        if (!libusb_event_handler_active(context)) {
            libusb_unlock_event_waiters(context);
            goto retry;
        }
        libusb_wait_for_event(context, NULL);
    }
    libusb_unlock_event_waiters(context);
}

static void LIBUSB_CALL set_flag(struct libusb_transfer *t) { *(volatile int *)t->user_data = 1; }

static void *use(void *number)
{
    for (int i = 0; i < 50; i++) {
        unsigned char bytes[16] = {0};
        volatile int completed = 0;
        struct libusb_transfer *t = libusb_alloc_transfer(0);
        libusb_fill_control_setup(bytes, 0xc0, REGISTERS, 0, 16, 8);
        if ((size_t)number % 2)
            libusb_fill_control_transfer(t, handle, bytes, set_flag, (void *)&completed, 5000);
        else
            libusb_fill_interrupt_transfer(t, handle, STATUS, bytes, 16, set_flag, (void *)&completed, i % 3 ? 5000 : 1);
        if (libusb_submit_transfer(t) != 0) {
            wrong++;
        } else {
            until(&completed);
            wrong += t->status != LIBUSB_TRANSFER_COMPLETED && t->status != LIBUSB_TRANSFER_TIMED_OUT;
        }
        libusb_free_transfer(t);
    }
    return NULL;
}

void together(void)
{
    pthread_t threads[4];
    wrong = 0;
    for (size_t i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, use, (void *)i);
    for (size_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    printf("wrong: %d\n", wrong);
    int completed = 1;
    code("completed before", libusb_handle_events_completed(context, &completed));
}

static void came(int signal) { (void)signal; }

/* A signal ends the handling of events, so that a program looks whether it is to end; a blocking transfer goes on. */
void signals(void)
{
    unsigned char data[512];
    struct timeval time = {20, 0};
    struct itimerval timer = {{0, 20000}, {0, 20000}}, off = {{0, 0}, {0, 0}};
    struct sigaction action = {.sa_handler = came};
    struct seen s = {0};
    int count = -1;
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &timer, NULL);
    code("idle", libusb_handle_events_timeout(context, &time));
    code("read", libusb_bulk_transfer(handle, LOOP_IN, data, 512, &count, 200));
    struct libusb_transfer *t = libusb_alloc_transfer(0);
    libusb_fill_bulk_transfer(t, handle, LOOP_IN, data, 512, seen, &s, 0);
    code("submit", libusb_submit_transfer(t));
    code("handle", libusb_handle_events_timeout(context, &time));
    code("control", libusb_control_transfer(handle, 0xc0, REGISTERS, 0, 16, data, 8, 1000));
    code("read", libusb_bulk_transfer(handle, LOOP_IN, data, 512, &count, 200));
    setitimer(ITIMER_REAL, &off, NULL);
    code("cancel", libusb_cancel_transfer(t));
    wait_for(&s);
    libusb_free_transfer(t);
}

/* As programs do that become daemons when they have opened their device. */
void forked(void)
{
    unsigned char data[512] = {0};
    int count = 0, status = -1;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        struct seen s = {0};
        code("control", libusb_control_transfer(handle, 0xc0, REGISTERS, 0, 16, data, 8, 1000));
        code("write", libusb_bulk_transfer(handle, LOOP_OUT, data, 8, &count, 1000));
        struct libusb_transfer *t = libusb_alloc_transfer(0);
        libusb_fill_bulk_transfer(t, handle, LOOP_IN, data, 512, seen, &s, 1000);
        code("submit", libusb_submit_transfer(t));
        wait_for(&s);
        libusb_free_transfer(t);
        libusb_context *own;
        code("init", libusb_init(&own));
        libusb_exit(own);
        libusb_close(handle);
        libusb_exit(context);
        fflush(stdout);
        _exit(0);
    }
    waitpid(child, &status, 0);
    printf("the child ended with %d\n", status);
}
