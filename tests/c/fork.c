/* fork(): in the child every call with an inherited handle is USBX_ERROR_FORKED at once, opening anew works, and the
 * parent is not disturbed, not even with a read that waits. */
#define _POSIX_C_SOURCE 200809L
#include "calls.h"
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static usbx_device *inherited;
static usbx_virtual *inherited_virtual;

static void inherited_handles_are_refused(void)
{
    size_t i;
    for (i = 0; i < handle_call_count; i++)
        expect_refused(&handle_calls[i],
                       handle_calls[i].on_device ? (const void *)inherited : (const void *)inherited_virtual,
                       "inherited", USBX_ERROR_FORKED);
    SAID("fork");
}

static void what_never_was_a_handle_is_still_none(void)
{
    EXPECT(usbx_close(NULL), USBX_OK);
    EXPECT(usbx_claim(NULL, 0), USBX_ERROR_INVALID_HANDLE);
    EXPECT(usbx_claim((usbx_device *)(void *)&inherited, 0), USBX_ERROR_INVALID_HANDLE);
}

static void opening_anew_works(void)
{
    usbx_device *device;
    start_over(); /* shutdown: leaves what is the parent's alone */
    device = claim_test_device();
    CHECK(device != NULL && device != inherited);
    EXPECT(usbx_bulk_write(device, ACQ_LOOP_OUT, "child", 5, LONG, NULL), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
    EXPECT(usbx_claim(inherited, 0), USBX_ERROR_FORKED);
    EXPECT(usbx_virtual_close(test_virtual), USBX_OK);
}

static const test_case child_cases[] = {
    {"inherited_handles_are_refused", inherited_handles_are_refused},
    {"what_never_was_a_handle_is_still_none", what_never_was_a_handle_is_still_none},
    {"opening_anew_works", opening_anew_works},
};

static void fork_and_run(void)
{
    int status = -1;
    pid_t child;
    fflush(stdout);
    child = fork();
    if (child == 0) {
        alarm(60); /* "at once": a child that hangs is a failure */
        begin_cases();
        run_cases(child_cases, COUNT(child_cases), 1, NULL);
        status = finish_cases();
        fflush(stdout);
        _exit(status); /* without a search for leaks: what another thread held is lost to a child, always */
    }
    EQUAL(waitpid(child, &status, 0), child);
    EQUAL(status, 0);
}

static void parent_goes_on(void)
{
    uint8_t packet[PACKET];
    size_t moved;
    inherited = claim_test_device();
    inherited_virtual = test_virtual;
    EXPECT(usbx_bulk_write(inherited, ACQ_LOOP_OUT, "parent", 6, LONG, NULL), USBX_OK);
    fork_and_run();
    EXPECT(usbx_bulk_read(inherited, ACQ_LOOP_IN, packet, PACKET, LONG, &moved), USBX_OK);
    EQUAL(moved, 6);
    CHECK(memcmp(packet, "parent", 6) == 0);
    EXPECT(usbx_close(inherited), USBX_OK);
}

static void parent_reads_meanwhile(void)
{
    reader r;
    inherited = claim_test_device();
    inherited_virtual = test_virtual;
    if (!start_blocked_reader(&r, inherited))
        return;
    fork_and_run();
    EXPECT(usbx_bulk_write(inherited, ACQ_LOOP_OUT, NULL, 0, LONG, NULL), USBX_OK);
    EQUAL(end_reader(&r, USBX_OK), (HELD + 1) * PACKET);
    EXPECT(usbx_close(inherited), USBX_OK);
}

int main(int argc, char **argv)
{
    static const test_case cases[] = {
        {"parent_goes_on", parent_goes_on},
        {"parent_reads_meanwhile", parent_reads_meanwhile},
    };
    alarm(900);
    unsetenv("USBX_TEST_DEVICE");
    after_failure = start_over;
    run_cases(cases, COUNT(cases), argc, argv);
    start_over();
    return finish_cases();
}
