/* A process ends with calls in progress: it ends at once, with its exit code, whichever thread ends it and however. */
#define _POSIX_C_SOURCE 200809L
#include "work.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CODE = 7, ROUNDS = 20 };

static void *leave(void *unused)
{
    (void)unused;
    exit(CODE);
}

static void shut_down(void)
{
    usbx_shutdown(NULL);
}

/* Calls that would wait forever, in addition to those of start_work. */
static void *read_for_ever(void *device)
{
    uint8_t data[PACKET];
    usbx_interrupt_read((usbx_device *)device, ACQ_HID, data, 8, USBX_NO_TIMEOUT, NULL);
    return NULL;
}

static void *next_for_ever(void *device)
{
    usbx_stream_options options;
    usbx_stream *stream = NULL;
    usbx_chunk chunk;
    memset(&options, 0, sizeof options);
    options.flags = USBX_STREAM_EXACT_TIME;
    usbx_stream_open((usbx_device *)device, ACQ_HID, &options, &stream);
    usbx_stream_next(stream, USBX_NO_TIMEOUT, &chunk);
    return NULL;
}

static void *wait_for_ever(void *queue)
{
    usbx_completion done;
    usbx_queue_wait((usbx_queue *)queue, &done, 1, USBX_NO_TIMEOUT, NULL);
    return NULL;
}

static void begin(void)
{
    usbx_device *device;
    usbx_queue *queue = NULL;
    if (!start_work())
        _exit(99);
    device = (usbx_device *)open_handles[DEVICE];
    EXPECT(usbx_release(device, 1), USBX_ERROR_NOT_CLAIMED);
    EXPECT(usbx_claim(device, 1), USBX_OK);
    EXPECT(usbx_queue_open(&queue), USBX_OK);
    run_thread(read_for_ever, device);
    run_thread(next_for_ever, device);
    run_thread(wait_for_ever, queue);
}

static void by_main(void)
{
    begin();
    exit(CODE); /* as return from main() */
}

static void by_a_thread(void)
{
    begin();
    pthread_join(run_thread(leave, NULL), NULL);
}

static void by_a_thread_after_main(void)
{
    begin();
    run_thread(leave, NULL);
    pthread_exit(NULL);
}

static void with_shutdown(void)
{
    atexit(shut_down);
    begin();
    pthread_join(run_thread(leave, NULL), NULL);
}

static void ends_with_its_code(void (*process)(void))
{
    int i, status;
    pid_t pid;
    for (i = 0; i < ROUNDS; i++) {
        fflush(stdout);
        pid = fork(); /* of a process that has not used the library */
        if (pid == 0) {
            alarm(60);
            process();
        }
        status = -1;
        EQUAL(waitpid(pid, &status, 0), pid);
        CHECK(!WIFSIGNALED(status));
        if (!EQUAL(WEXITSTATUS(status), CODE))
            return;
    }
}

static void main_exits(void) { ends_with_its_code(by_main); }
static void a_thread_exits(void) { ends_with_its_code(by_a_thread); }
static void a_thread_exits_after_main(void) { ends_with_its_code(by_a_thread_after_main); }
static void exit_shuts_down(void) { ends_with_its_code(with_shutdown); }

int main(int argc, char **argv)
{
    static const test_case cases[] = {
        {"main_exits", main_exits},
        {"a_thread_exits", a_thread_exits},
        {"a_thread_exits_after_main", a_thread_exits_after_main},
        {"exit_shuts_down", exit_shuts_down},
    };
    alarm(500);
    unsetenv("USBX_TEST_DEVICE");
    run_cases(cases, COUNT(cases), argc, argv);
    return finish_cases();
}
