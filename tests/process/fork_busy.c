/* fork() while seven threads use the library: each child gets USBX_ERROR_FORKED at once for inherited handles, opens
 * again, transfers, and ends; the parent's threads are not disturbed. */
#define _POSIX_C_SOURCE 200809L
#include "work.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int forks = 100;

static void inherited_handles_are_refused(void)
{
    size_t i;
    for (i = 0; i < handle_call_count; i++)
        expect_refused(&handle_calls[i], open_handles[handle_calls[i].kind], "inherited", USBX_ERROR_FORKED);
}

static void opening_anew_works(void)
{
    uint8_t packet[PACKET];
    usbx_stream *stream = NULL;
    usbx_device *device;
    usbx_chunk chunk;
    size_t moved = 0, leaked = 0;
    test_virtual = NULL;
    plug();
    device = claim_test_device();
    EXPECT(usbx_bulk_write(device, ACQ_LOOP_OUT, "child", 5, LONG, NULL), USBX_OK);
    EXPECT(usbx_bulk_read(device, ACQ_LOOP_IN, packet, PACKET, LONG, &moved), USBX_OK);
    CHECK(moved == 5 && memcmp(packet, "child", 5) == 0);
    EXPECT(usbx_stream_open(device, ACQ_STATUS, NULL, &stream), USBX_OK);
    EXPECT(usbx_stream_next(stream, LONG, &chunk), USBX_OK);
    EQUAL(chunk.length, ACQ_STATUS_SIZE);
    EXPECT(usbx_shutdown(&leaked), USBX_OK);
    EQUAL(leaked, 3); /* its own: the parent's are none of its business */
}

static int child(void)
{
    static const test_case cases[] = {
        {"inherited_handles_are_refused", inherited_handles_are_refused},
        {"opening_anew_works", opening_anew_works},
    };
    alarm(60); /* a child that hangs is a failure */
    begin_cases();
    run_cases(cases, COUNT(cases), 1, NULL);
    return finish_cases();
}

/* What the children print, shown if one of them fails. */
static FILE *report;

static void show_report(void)
{
    int letter;
    fflush(report);
    rewind(report);
    while ((letter = getc(report)) != EOF)
        putchar(letter);
}

static void children_of_a_busy_parent(void)
{
    int i, status, result;
    pid_t pid;
    report = tmpfile();
    if (!CHECK(report != NULL) || !start_work())
        return;
    for (i = 0; i < forks; i++) {
        status = -1;
        fflush(stdout);
        pid = fork();
        if (pid == 0) {
            dup2(fileno(report), STDOUT_FILENO);
            result = child();
            fflush(stdout);
            exit(result);
        }
        CHECK(pid > 0);
        EQUAL(waitpid(pid, &status, 0), pid);
        if (!EQUAL(status, 0)) {
            show_report();
            break;
        }
    }
    work_goes_on();
    end_work();
    fclose(report);
}

int main(int argc, char **argv)
{
    static const test_case cases[] = {{"children_of_a_busy_parent", children_of_a_busy_parent}};
    alarm(500);
    unsetenv("USBX_TEST_DEVICE");
    if (argc == 2)
        forks = atoi(argv[1]);
    after_failure = start_over;
    run_cases(cases, COUNT(cases), 1, NULL);
    start_over();
    return finish_cases();
}
