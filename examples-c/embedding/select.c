/* select: a program with its own select() loop, one thread and an alarm clock by signal. It adds USB as three file
 * descriptors: a watch (the instrument may come and go), a stream (its samples) and a queue (its status reports).
 *
 *   USBX_VIRTUAL=acquisition select     prints its progress each second; q and return, the end of the input or Ctrl-C ends it
 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <unistd.h>
#include <usbx.h>

enum { FRAME = 512, REPORT = 16 };

static volatile sig_atomic_t rang, stopped;
static usbx_watch *watch;
static usbx_device *device; /* NULL while there is none */
static usbx_stream *stream;
static usbx_queue *queue;
static unsigned char report[REPORT];
static unsigned long frames, reports;
static char path[256];

/* A signal may come at any time: set a flag, and do not call the library. */
static void on_signal(int number) { *(number == SIGALRM ? &rang : &stopped) = 1; }

static void say(const char *what)
{
    printf("%s\n", what);
    fflush(stdout);
}

/* Closing ends pending transfers and waits until the buffers are ours again. NULL is fine. */
static void end(void)
{
    usbx_queue_close(queue);
    usbx_stream_close(stream);
    usbx_close(device);
    queue = NULL;
    stream = NULL;
    device = NULL;
}

static usbx_status ask_for_report(void)
{
    usbx_transfer transfer;
    memset(&transfer, 0, sizeof transfer);
    transfer.type = USBX_TYPE_INTERRUPT;
    transfer.endpoint = 0x82;
    transfer.data = report;
    transfer.length = sizeof report;
    transfer.timeout_ms = 1000;
    return usbx_submit(device, queue, &transfer, NULL);
}

static void begin(void)
{
    if (usbx_open_path(path, &device) || usbx_claim(device, 0) ||
        usbx_control(device, 0x40, 0x01, 0, 0, NULL, 0, 1000, NULL) || /* start */
        usbx_stream_open(device, 0x81, NULL, &stream) || usbx_queue_open(&queue) || ask_for_report()) {
        say(usbx_last_error());
        end();
    }
}

/* Each of these takes one item and does not wait. TIMEOUT means that there was none after all. If there are more, the
 * file descriptor stays readable, and the others have their turn first. */
static void take_event(void)
{
    usbx_device_info info;
    int32_t event;
    if (usbx_watch_next(watch, USBX_NO_WAIT, &event, &info) != USBX_OK)
        return;
    printf("%s at %s\n", event == USBX_EVENT_ARRIVED ? "arrived" : "left", info.path);
    if (event == USBX_EVENT_ARRIVED && device == NULL) {
        memcpy(path, info.path, sizeof path);
        begin();
    } else if (event == USBX_EVENT_LEFT && device != NULL && strcmp(path, info.path) == 0) {
        end();
    }
}

static void take_chunk(uint32_t timeout_ms)
{
    usbx_chunk chunk;
    usbx_status status = usbx_stream_next(stream, timeout_ms, &chunk);
    if (status == USBX_OK) {
        frames += (unsigned long)(chunk.length / FRAME);
    } else if (status != USBX_ERROR_TIMEOUT) {
        say(usbx_last_error());
        end();
    }
}

static void take_report(void)
{
    usbx_completion done;
    if (usbx_queue_wait(queue, &done, 1, USBX_NO_WAIT, NULL) != USBX_OK)
        return;
    reports += done.status == USBX_OK;
    if ((done.status == USBX_OK || done.status == USBX_ERROR_TIMEOUT) && ask_for_report() == USBX_OK)
        return;
    say(usbx_error_text(done.status)); /* if the device is gone, the watch reports it */
}

static void take_keys(void)
{
    char line[80];
    if (read(STDIN_FILENO, line, sizeof line) <= 0 || line[0] == 'q')
        stopped = 1;
}

/* Puts a file descriptor into the set. No set can hold FD_SETSIZE and above: use poll() or epoll in such a program. */
static void add(int32_t fd, fd_set *set, int *highest)
{
    if (fd < 0 || fd >= FD_SETSIZE) {
        say("too many files are open for select()");
        exit(1);
    }
    FD_SET(fd, set);
    *highest = fd > *highest ? fd : *highest;
}

static void loop(const sigset_t *signals_let_in)
{
    int32_t watch_fd = -1, stream_fd = -1, queue_fd = -1;
    usbx_watch_fd(watch, &watch_fd);
    while (!stopped) {
        fd_set set;
        int highest = -1;
        FD_ZERO(&set);
        add(STDIN_FILENO, &set, &highest);
        add(watch_fd, &set, &highest);
        if (device != NULL) {
            usbx_stream_fd(stream, &stream_fd);
            usbx_queue_fd(queue, &queue_fd);
            add(stream_fd, &set, &highest);
            add(queue_fd, &set, &highest);
        }
        if (pselect(highest + 1, &set, NULL, NULL, NULL, signals_let_in) < 0) {
            if (errno != EINTR)
                return;
            FD_ZERO(&set); /* a signal: the set is undefined */
        }
        if (rang) {
            rang = 0;
            alarm(1);
            if (device != NULL)
                take_chunk(1); /* only a call that waits gets the data of a transfer that is not full yet */
            printf("%lu frames, %lu reports\n", frames, reports);
            fflush(stdout);
        }
        if (FD_ISSET(STDIN_FILENO, &set))
            take_keys();
        if (device != NULL && FD_ISSET(stream_fd, &set))
            take_chunk(USBX_NO_WAIT);
        if (device != NULL && FD_ISSET(queue_fd, &set))
            take_report();
        if (FD_ISSET(watch_fd, &set)) /* last: it may open and close what the others use */
            take_event();
    }
}

int main(void)
{
    struct sigaction action;
    sigset_t blocked, before;

    /* Signals only arrive while the program waits: pselect() unblocks them. */
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGALRM);
    sigaddset(&blocked, SIGINT);
    sigprocmask(SIG_BLOCK, &blocked, &before);
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    sigaction(SIGALRM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    alarm(1);

    if (usbx_watch_open(0x1209, 0x0001, &watch)) {
        say(usbx_last_error());
        return 1;
    }
    loop(&before);
    end();
    usbx_watch_close(watch);
    printf("%lu frames, %lu reports\n", frames, reports);
    return 0;
}
