/* The ending by exit(): a separate process has the transfer. It ends in time with its exit status, and other processes can then
 * use the device. */
#define _POSIX_C_SOURCE 200809L
#include "table.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CODE = 42 };

/* What the parent started: the word, type, way, phase. */
int table_child(int argc, char **argv)
{
    static job j;
    cell c;
    if (argc != 5)
        return 2;
    c.type = (transfer_type)atoi(argv[2]);
    c.way = (transfer_way)atoi(argv[3]);
    c.phase = (transfer_phase)atoi(argv[4]);
    c.ending = EXIT;
    alarm(60);
    if (!prepare(&j, &c, 1) || !start(&j) || !bring_to_phase(&j, 5) || failures_of_this_case() > 0)
        return 3;
    if (write(3, "!", 1) != 1)
        return 4;
    exit(CODE);
}

static pid_t start_child(const cell *c, int *ready)
{
    char program[512], words[3][12], options[1024];
    const char *given = getenv("TSAN_OPTIONS");
    /* For another processor's program the kernel needs the emulator's name, which is in the environment then. */
    const char *emulated = getenv("USBX_TEST_EMULATOR");
    char *argv[] = {(char *)"sh", (char *)"-c", (char *)"exec $USBX_TEST_EMULATOR \"$0\" \"$@\"", program, (char *)"table-child",
        words[0], words[1], words[2], NULL};
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    int ends[2];
    pid_t child;
    if (!CHECK(length > 0) || !EQUAL(pipe(ends), 0))
        return -1;
    program[length] = '\0';
    snprintf(words[0], sizeof words[0], "%d", (int)c->type);
    snprintf(words[1], sizeof words[1], "%d", (int)c->way);
    snprintf(words[2], sizeof words[2], "%d", (int)c->phase);
    fflush(stdout);
    child = fork();
    if (child == 0) {
        /* What another thread still has is lost to a process that ends, and so is the thread: a search for leaks has nothing to
         * say there. */
        setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
        snprintf(options, sizeof options, "%s:report_thread_leaks=0", given != NULL ? given : "");
        setenv("TSAN_OPTIONS", options, 1);
        unsetenv("USBX_TEST_PLUG"); /* it is plugged in */
        if (dup2(ends[1], 3) != 3)
            _exit(5);
        execv(emulated != NULL ? "/bin/sh" : program, emulated != NULL ? argv : argv + 3);
        _exit(6);
    }
    close(ends[1]);
    *ready = ends[0];
    return child;
}

/* On a kernel's bus it was the same device: no process holds it any more. */
static void check_afterwards(const cell *c)
{
    double began;
    job j;
    memset(&j, 0, sizeof j);
    j.c = *c;
    j.interface_number = c->type == INTERRUPT_IN && c->phase == IDLE;
    j.device = open_test_device();
    /* The process that gives kernel drivers back holds the interfaces for a moment more. */
    for (began = seconds_now(); usbx_claim(j.device, 0) == USBX_ERROR_BUSY && seconds_now() - began < HANG / 1000;)
        pause_ms(1);
    if (!EXPECT(usbx_claim(j.device, 0), USBX_OK))
        return;
    if (j.interface_number == 1)
        check_driver_is_back(&j);
    check_device(&j);
    EXPECT(usbx_close(j.device), USBX_OK);
}

double run_in_child(const cell *c)
{
    int ready = -1, status = -1;
    pid_t child = start_child(c, &ready), ended = 0;
    char byte = 0;
    double began, took;
    if (!CHECK(child > 0))
        return 0;
    EQUAL(read(ready, &byte, 1), 1);
    close(ready);
    began = seconds_now();
    while ((ended = waitpid(child, &status, WNOHANG)) == 0 && seconds_now() - began < HANG / 1000)
        pause_ms(1);
    took = seconds_now() - began;
    if (!EQUAL(ended, child)) {
        kill(child, SIGKILL);
        waitpid(child, &status, 0);
    }
    if (!CHECK(WIFEXITED(status)) || !EQUAL(WEXITSTATUS(status), CODE))
        return took;
    if (getenv("USBX_TEST_DEVICE") != NULL)
        check_afterwards(c);
    return took;
}
