/* fork() while another thread is in the very first call of the process: the child finds a half-initialised library, and must not
 * wait for a thread that does not exist there. */
#define _POSIX_C_SOURCE 200809L
#include "fixture.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int tries = 1000;
static atomic_int ready;
static int loops; /* how long to wait before forking, so that each moment of the call comes up */

static void *call_first(void *unused)
{
    usbx_virtual *plugged = NULL;
    atomic_store(&ready, 1);
    usbx_close(NULL);
    usbx_virtual_open("acquisition", NULL, &plugged);
    return unused;
}

/* In the child of a process whose first call may have been in progress. */
static int works(void)
{
    usbx_virtual *plugged = NULL;
    usbx_device *device = NULL;
    alarm(20);
    return usbx_virtual_open("acquisition", NULL, &plugged) == USBX_OK &&
           usbx_open(ACQ_VENDOR_ID, ACQ_PRODUCT_ID, NULL, &device) == USBX_OK && usbx_claim(device, 0) == USBX_OK &&
           usbx_bulk_write(device, ACQ_LOOP_OUT, "child", 5, LONG, NULL) == USBX_OK &&
           usbx_close(device) == USBX_OK && usbx_virtual_close(plugged) == USBX_OK;
}

/* A process that has never used the library, with a child: the child's exit status. */
static int race(void)
{
    pthread_t thread = run_thread(call_first, NULL);
    volatile int i;
    int status = -1;
    pid_t pid;
    while (!atomic_load(&ready)) {
    }
    for (i = 0; i < loops; i++) {
    }
    pid = fork();
    if (pid == 0)
        _exit(works() ? 0 : 1);
    waitpid(pid, &status, 0);
    pthread_join(thread, NULL);
    return status;
}

static void the_child_does_not_wait(void)
{
    int i, status;
    pid_t pid;
    for (i = 0; i < tries; i++) {
        loops = i % 100 * 50;
        pid = fork();
        if (pid == 0)
            _exit(race() == 0 ? 0 : 1);
        status = -1;
        EQUAL(waitpid(pid, &status, 0), pid);
        if (!EQUAL(status, 0))
            return;
    }
}

int main(int argc, char **argv)
{
    static const test_case cases[] = {{"the_child_does_not_wait", the_child_does_not_wait}};
    alarm(500);
    if (argc == 2)
        tries = atoi(argv[1]);
    run_cases(cases, COUNT(cases), 1, NULL);
    return finish_cases();
}
