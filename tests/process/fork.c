/* fork(): in the child every call with an inherited handle is USBX_ERROR_FORKED at once, opening again works, and the
 * parent is not disturbed, even during a waiting read. */
#define _GNU_SOURCE /* syscall() */
#include "calls.h"
#include "fixture.h"

#include <stdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static usbx_device *inherited;

static void inherited_handles_are_refused(void)
{
    size_t i;
    for (i = 0; i < handle_call_count; i++)
        expect_refused(&handle_calls[i], open_handles[handle_calls[i].kind], "inherited", USBX_ERROR_FORKED);
    SAID("fork");
}

static void what_never_was_a_handle_is_still_none(void)
{
    EXPECT(usbx_close(NULL), USBX_OK);
    EXPECT(usbx_claim(NULL, 0), USBX_ERROR_INVALID_HANDLE);
    EXPECT(usbx_claim((usbx_device *)(void *)&inherited, 0), USBX_ERROR_INVALID_HANDLE);
    EXPECT(usbx_queue_close(NULL), USBX_OK);
    EXPECT(usbx_stream_close(NULL), USBX_OK);
    EXPECT(usbx_watch_close(NULL), USBX_OK);
}

static void opening_anew_works(void)
{
    usbx_device *device;
    usbx_queue *queue;
    start_over(); /* shutdown: leaves what is the parent's alone */
    device = claim_test_device();
    CHECK(device != NULL && device != inherited);
    EXPECT(usbx_bulk_write(device, ACQ_LOOP_OUT, "child", 5, LONG, NULL), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
    EXPECT(usbx_queue_open(&queue), USBX_OK);
    EXPECT(usbx_queue_close(queue), USBX_OK);
    EXPECT(usbx_claim(inherited, 0), USBX_ERROR_FORKED);
    EXPECT(usbx_virtual_close(test_virtual), USBX_OK);
}

static const test_case child_cases[] = {
    {"inherited_handles_are_refused", inherited_handles_are_refused},
    {"what_never_was_a_handle_is_still_none", what_never_was_a_handle_is_still_none},
    {"opening_anew_works", opening_anew_works},
};

/* One handle of each kind, the queue with a transfer in flight, and the stream too. */
static uint8_t report[ACQ_STATUS_SIZE];

static void open_all(void)
{
    usbx_queue *queue = NULL;
    usbx_stream *stream = NULL;
    usbx_watch *watch = NULL;
    usbx_capture *capture = NULL;
    usbx_share *share = NULL;
    usbx_transfer transfer;
    inherited = claim_test_device();
    memset(&transfer, 0, sizeof transfer);
    transfer.type = USBX_TYPE_INTERRUPT;
    transfer.endpoint = ACQ_STATUS;
    transfer.data = report;
    transfer.length = sizeof report;
    EXPECT(usbx_queue_open(&queue), USBX_OK);
    EXPECT(usbx_submit(inherited, queue, &transfer, NULL), USBX_OK);
    EXPECT(usbx_stream_open(inherited, ACQ_FRAMES, NULL, &stream), USBX_OK);
    open_handles[DEVICE] = inherited;
    open_handles[VIRTUAL] = test_virtual;
    open_handles[QUEUE] = queue;
    open_handles[STREAM] = stream;
    EXPECT(usbx_watch_open(ACQ_VENDOR_ID, ACQ_PRODUCT_ID, &watch), USBX_OK);
    open_handles[WATCH] = watch;
    EXPECT(usbx_capture_open("/dev/null", NULL, &capture), USBX_OK);
    open_handles[CAPTURE] = capture;
    EXPECT(usbx_share_open("127.0.0.1:0", NULL, &share), USBX_OK);
    open_handles[SHARE] = share;
}

static void close_all(void)
{
    usbx_device_info info;
    int32_t event = 0;
    usbx_completion done;
    usbx_chunk chunk;
    uint8_t rate[4] = {0, 0, 0, 0};
    /* What the child plugged in and pulled out was on a bus of its own. */
    EXPECT(usbx_watch_next((usbx_watch *)open_handles[WATCH], LONG, &event, &info), USBX_OK);
    EQUAL(event, USBX_EVENT_ARRIVED);
    EXPECT(usbx_watch_next((usbx_watch *)open_handles[WATCH], USBX_NO_WAIT, &event, &info), USBX_ERROR_TIMEOUT);
    EXPECT(usbx_watch_close((usbx_watch *)open_handles[WATCH]), USBX_OK);
    EXPECT(usbx_share_close((usbx_share *)open_handles[SHARE]), USBX_OK);
    EXPECT(usbx_capture_close((usbx_capture *)open_handles[CAPTURE]), USBX_OK);
    EXPECT(usbx_queue_wait((usbx_queue *)open_handles[QUEUE], &done, 1, LONG, NULL), USBX_OK);
    EQUAL(done.status, USBX_OK);
    EQUAL(done.transferred, ACQ_STATUS_SIZE);
    EXPECT(usbx_control(inherited, ACQ_OUT, ACQ_RATE, 0, 0, rate, 4, LONG, NULL), USBX_OK);
    EXPECT(usbx_control(inherited, ACQ_OUT, ACQ_START, 0, 0, NULL, 0, LONG, NULL), USBX_OK);
    if (EXPECT(usbx_stream_next((usbx_stream *)open_handles[STREAM], LONG, &chunk), USBX_OK))
        CHECK(chunk.length >= ACQ_FRAME_SIZE && acq_frame_is_sound((const uint8_t *)chunk.data));
    EXPECT(usbx_stream_close((usbx_stream *)open_handles[STREAM]), USBX_OK);
    EXPECT(usbx_queue_close((usbx_queue *)open_handles[QUEUE]), USBX_OK);
    EXPECT(usbx_close(inherited), USBX_OK);
}

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
    open_all();
    EXPECT(usbx_bulk_write(inherited, ACQ_LOOP_OUT, "parent", 6, LONG, NULL), USBX_OK);
    fork_and_run();
    EXPECT(usbx_bulk_read(inherited, ACQ_LOOP_IN, packet, PACKET, LONG, &moved), USBX_OK);
    EQUAL(moved, 6);
    CHECK(memcmp(packet, "parent", 6) == 0);
    close_all();
}

/* A child that no handler of the C library's hears of, as glibc's _Fork makes one. */
static void a_bare_system_call_is_seen_too(void)
{
    int status = -1;
    pid_t child;
    open_all();
    fflush(stdout);
    child = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (child == 0) {
        size_t i;
        alarm(60);
        begin_cases();
        for (i = 0; i < handle_call_count; i++)
            expect_refused(&handle_calls[i], open_handles[handle_calls[i].kind], "inherited", USBX_ERROR_FORKED);
        _exit(failures_of_this_case() != 0);
    }
    EQUAL(waitpid(child, &status, 0), child);
    EQUAL(status, 0);
    close_all();
}

static void parent_reads_meanwhile(void)
{
    reader r;
    open_all();
    if (!start_blocked_reader(&r, inherited))
        return;
    fork_and_run();
    EXPECT(usbx_bulk_write(inherited, ACQ_LOOP_OUT, NULL, 0, LONG, NULL), USBX_OK);
    EQUAL(end_reader(&r, USBX_OK), (HELD + 1) * PACKET);
    close_all();
}

int main(int argc, char **argv)
{
    static const test_case cases[] = {
        {"parent_goes_on", parent_goes_on},
        {"parent_reads_meanwhile", parent_reads_meanwhile},
        {"a_bare_system_call_is_seen_too", a_bare_system_call_is_seen_too},
    };
    alarm(900);
    unsetenv("USBX_TEST_DEVICE");
    after_failure = start_over;
    run_cases(cases, COUNT(cases), argc, argv);
    start_over();
    return finish_cases();
}
