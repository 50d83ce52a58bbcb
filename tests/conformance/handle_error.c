/* What usbx_handle_error says: of a handle's last failure, whichever thread it was on, and of a queue's transfers. */
#include "suite.h"
#include "model_fixture.h"
#include "stream_fixture.h"

#ifdef _WIN32
#define NOWHERE "NUL"
#else
#define NOWHERE "/dev/null"
#endif

static const char *said(const void *handle)
{
    static char text[1024];
    size_t length = 9999;
    memset(text, UNTOUCHED, sizeof text);
    EXPECT(usbx_handle_error(handle, text, sizeof text, &length), USBX_OK);
    EQUAL(strlen(text), length);
    return text;
}

typedef struct {
    usbx_device *device;
    usbx_stream *stream;
    char device_said[1024], stream_said[1024];
} failing;

static void *fail(void *argument)
{
    failing *f = (failing *)argument;
    uint8_t byte;
    usbx_bulk_read(f->device, 0x8f, &byte, 1, LONG, NULL);
    strncpy(f->device_said, usbx_last_error(), sizeof f->device_said - 1);
    usbx_stream_write(f->stream, &byte, 1, LONG, NULL);
    strncpy(f->stream_said, usbx_last_error(), sizeof f->stream_said - 1);
    return NULL;
}

static void a_failure_is_told_on_every_thread(void)
{
    failing f;
    usbx_device *other;
    memset(&f, 0, sizeof f);
    f.device = claim_test_device();
    f.stream = open_stream(f.device, ACQ_LOOP_IN, 0, 0);
    other = open_test_device();
    EQUAL(strlen(said(other)), 0);
    EQUAL(strlen(said(f.stream)), 0);
    pthread_join(run_thread(fail, &f), NULL);
    CHECK(strstr(f.device_said, "0x8f") != NULL && strcmp(said(f.device), f.device_said) == 0);
    CHECK(strstr(f.stream_said, "IN endpoint") != NULL && strcmp(said(f.stream), f.stream_said) == 0);
    EQUAL(strlen(said(other)), 0); /* of each its own */
    EXPECT(usbx_claim(f.device, 0), USBX_OK);
    CHECK(strcmp(said(f.device), f.device_said) == 0); /* a success changes nothing */
    EXPECT(usbx_release(f.device, 77), USBX_ERROR_NOT_FOUND);
    CHECK(strcmp(said(f.device), usbx_last_error()) == 0); /* the last one counts */
    EXPECT(usbx_stream_close(f.stream), USBX_OK);
    EXPECT(usbx_close(f.device), USBX_OK);
    EXPECT(usbx_handle_error(f.device, NULL, 0, NULL), USBX_ERROR_INVALID_HANDLE);
    EXPECT(usbx_close(other), USBX_OK);
}

typedef struct {
    usbx_watch *watch;
    usbx_virtual *virtual_device;
    usbx_capture *capture;
    usbx_share *share;
    char said[4][1024];
} others;

static void *fail_others(void *argument)
{
    others *o = (others *)argument;
    usbx_device_info info;
    int32_t event;
    usbx_status status;
    do
        status = usbx_watch_next(o->watch, USBX_NO_WAIT, &event, &info);
    while (status == USBX_OK);
    EXPECT(status, USBX_ERROR_TIMEOUT);
    strncpy(o->said[0], usbx_last_error(), sizeof o->said[0] - 1);
    EXPECT(usbx_virtual_stall(o->virtual_device, 0x8f), USBX_ERROR_INVALID_PARAM);
    strncpy(o->said[1], usbx_last_error(), sizeof o->said[1] - 1);
    EXPECT(usbx_capture_stats(o->capture, NULL), USBX_ERROR_INVALID_PARAM);
    strncpy(o->said[2], usbx_last_error(), sizeof o->said[2] - 1);
    EXPECT(usbx_share_add(o->share, "none", NULL), USBX_ERROR_NOT_FOUND);
    strncpy(o->said[3], usbx_last_error(), sizeof o->said[3] - 1);
    return NULL;
}

/* And of a watch, a virtual device, a capture and a share; none has another's. */
static void each_kind_of_handle_has_its_own(void)
{
    static const char *const about[] = {"wait for devices", "0x8f", "statistics", "none"};
    const void *handles[4];
    usbx_virtual *model = new_model();
    others o;
    size_t at;
    memset(&o, 0, sizeof o);
    EXPECT(usbx_watch_open(0x1209, 0xffff, &o.watch), USBX_OK);
    EXPECT(usbx_capture_open(NOWHERE, NULL, &o.capture), USBX_OK);
    EXPECT(usbx_share_open("127.0.0.1:0", NULL, &o.share), USBX_OK);
    o.virtual_device = model;
    handles[0] = o.watch;
    handles[1] = o.virtual_device;
    handles[2] = o.capture;
    handles[3] = o.share;
    for (at = 0; at < COUNT(handles); at++)
        EQUAL(strlen(said(handles[at])), 0);
    pthread_join(run_thread(fail_others, &o), NULL);
    for (at = 0; at < COUNT(handles); at++) {
        CHECK(strstr(o.said[at], about[at]) != NULL);
        CHECK(strcmp(said(handles[at]), o.said[at]) == 0);
    }
    EXPECT(usbx_watch_close(o.watch), USBX_OK);
    EXPECT(usbx_capture_close(o.capture), USBX_OK);
    EXPECT(usbx_share_close(o.share), USBX_OK);
    EXPECT(usbx_virtual_close(model), USBX_OK);
}

static void a_sentence_is_cut_where_it_does_not_fit(void)
{
    usbx_device *device = open_test_device();
    char text[8];
    size_t length = 0;
    EXPECT(usbx_release(device, 77), USBX_ERROR_NOT_FOUND);
    memset(text, UNTOUCHED, sizeof text);
    EXPECT(usbx_handle_error(device, text, 5, &length), USBX_OK);
    EQUAL(length, strlen(usbx_last_error()));
    CHECK(memcmp(text, usbx_last_error(), 4) == 0 && text[4] == 0 && (uint8_t)text[5] == UNTOUCHED);
    EXPECT(usbx_handle_error(device, NULL, 0, &length), USBX_OK);
    EQUAL(length, strlen(usbx_last_error()));
    EXPECT(usbx_close(device), USBX_OK);
}

static void a_queue_tells_of_the_transfer_that_failed_last(void)
{
    usbx_device *device = claim_test_device();
    usbx_queue *queue = open_queue();
    static uint8_t data[PACKET];
    usbx_completion done[2];
    usbx_transfer wrong = make_transfer(0x8f, data, sizeof data), stalled = make_request(0xc0, 0x77, 0, data, 9);
    int found, at;
    EXPECT(usbx_queue_wait(queue, done, 1, USBX_NO_WAIT, NULL), USBX_ERROR_TIMEOUT);
    EQUAL(strlen(said(queue)), 0); /* no transfer failed */
    EXPECT(usbx_submit(device, queue, &wrong, NULL), USBX_ERROR_INVALID_PARAM);
    EQUAL(strlen(said(queue)), 0);
    CHECK(strcmp(said(device), usbx_last_error()) == 0);

    submit(device, queue, &stalled);
    if (take(queue, done, 1)) {
        EXPECT(done[0].status, USBX_ERROR_PIPE);
        CHECK(strstr(said(queue), "control request") != NULL && strstr(said(queue), "refused") != NULL);
    }
    submit_to(device, queue, ACQ_LOOP_IN, data, sizeof data);
    EXPECT(usbx_queue_cancel(queue, 0), USBX_OK);
    submit_to(device, queue, ACQ_LOOP_OUT, data, 3);
    found = take(queue, done, 2);
    for (at = 0; found && at < 2; at++)
        CHECK(done[at].status == USBX_OK || done[at].status == USBX_ERROR_CANCELLED);
    CHECK(strstr(said(queue), "bulk read from endpoint 0x83") != NULL && strstr(said(queue), "cancelled") != NULL &&
          strstr(said(queue), "0 of 512 bytes") != NULL);
    EXPECT(usbx_queue_close(queue), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

const test_case handle_error_cases[] = {
    {"a_failure_is_told_on_every_thread", a_failure_is_told_on_every_thread},
    {"each_kind_of_handle_has_its_own", each_kind_of_handle_has_its_own},
    {"a_sentence_is_cut_where_it_does_not_fit", a_sentence_is_cut_where_it_does_not_fit},
    {"a_queue_tells_of_the_transfer_that_failed_last", a_queue_tells_of_the_transfer_that_failed_last},
};
const size_t handle_error_count = COUNT(handle_error_cases);
