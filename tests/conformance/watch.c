/* Watches: devices that come and go. */
#define _POSIX_C_SOURCE 200809L
#include "suite.h"

static usbx_watch *watch;
static usbx_device_info there; /* the test device */

/* A watch for devices like the test device, which has told of that one. */
static int begin(void)
{
    usbx_device *device = open_test_device();
    EXPECT(usbx_info(device, &there), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
    return EXPECT(usbx_watch_open(there.vendor_id, there.product_id, &watch), USBX_OK);
}

static int next_is(usbx_watch *from, int32_t expected, const usbx_device_info *device)
{
    usbx_device_info info;
    int32_t event = -1;
    return EXPECT(usbx_watch_next(from, LONG, &event, &info), USBX_OK) && EQUAL(event, expected) &&
           CHECK(strcmp(info.serial, device->serial) == 0) && CHECK(strcmp(info.path, device->path) == 0) &&
           EQUAL(info.vendor_id, device->vendor_id) && EQUAL(info.product_id, device->product_id) &&
           CHECK(strcmp(info.product, device->product) == 0) && EQUAL(info.speed, device->speed);
}

static int nothing_more(usbx_watch *from)
{
    usbx_device_info info;
    int32_t event = -1;
    memset(&info, UNTOUCHED, sizeof info);
    return EXPECT(usbx_watch_next(from, USBX_NO_WAIT, &event, &info), USBX_ERROR_TIMEOUT) && EQUAL(event, 0) &&
           EQUAL(info.vendor_id, 0) && EQUAL(info.path[0], 0);
}

static void those_present_come_first_as_arrivals(void)
{
    usbx_device_info all[64];
    usbx_watch *every = NULL;
    size_t count, i;
    if (!begin())
        return;
    next_is(watch, USBX_EVENT_ARRIVED, &there);
    nothing_more(watch);
    EXPECT(usbx_watch_close(watch), USBX_OK);

    EXPECT(usbx_watch_open(0, 0, &every), USBX_OK);
    EXPECT(usbx_devices(all, COUNT(all), &count), USBX_OK);
    CHECK(count >= 1 && count <= COUNT(all));
    for (i = 0; i < count; i++)
        next_is(every, USBX_EVENT_ARRIVED, &all[i]);
    nothing_more(every);
    EXPECT(usbx_watch_close(every), USBX_OK);
}

static void others_are_passed_over(void)
{
    usbx_watch *other = NULL, *vendor = NULL, *product = NULL;
    if (!begin())
        return;
    EXPECT(usbx_watch_open(there.vendor_id, (uint16_t)(there.product_id + 1), &other), USBX_OK);
    EXPECT(usbx_watch_open(there.vendor_id, 0, &vendor), USBX_OK);
    EXPECT(usbx_watch_open(0, there.product_id, &product), USBX_OK);
    nothing_more(other);
    next_is(vendor, USBX_EVENT_ARRIVED, &there);
    nothing_more(vendor);
    next_is(watch, USBX_EVENT_ARRIVED, &there);
    if (unplug()) {
        next_is(watch, USBX_EVENT_LEFT, &there);
        next_is(vendor, USBX_EVENT_LEFT, &there);
        nothing_more(other);
    }
    EXPECT(usbx_watch_close(other), USBX_OK);
    EXPECT(usbx_watch_close(vendor), USBX_OK);
    EXPECT(usbx_watch_close(product), USBX_OK);
    EXPECT(usbx_watch_close(watch), USBX_OK);
}

static void plugged_in_again_it_arrives_and_opens_again(void)
{
    usbx_device *old, *device = NULL;
    usbx_device_info info;
    int32_t event = 0;
    int round;
    if (!begin())
        return;
    next_is(watch, USBX_EVENT_ARRIVED, &there);
    old = claim_test_device();
    for (round = 0; round < 2 && unplug(); round++) {
        next_is(watch, USBX_EVENT_LEFT, &there);
        nothing_more(watch);
        plug();
        EXPECT(usbx_watch_next(watch, LONG, &event, &info), USBX_OK);
        EQUAL(event, USBX_EVENT_ARRIVED);
        CHECK(strcmp(info.serial, there.serial) == 0);
        /* What has arrived can be used at once. */
        if (EXPECT(usbx_open_path(info.path, &device), USBX_OK)) {
            EXPECT(usbx_claim(device, 0), USBX_OK);
            EXPECT(usbx_close(device), USBX_OK);
        }
        EXPECT(usbx_claim(old, 0), USBX_ERROR_NO_DEVICE);
        nothing_more(watch);
        there = info;
    }
    EXPECT(usbx_close(old), USBX_OK);
    EXPECT(usbx_watch_close(watch), USBX_OK);
}

static void what_nobody_waited_for_is_told_later_in_its_order(void)
{
    int rounds, i;
    if (!begin())
        return;
    for (rounds = 0; rounds < 3 && unplug(); rounds++)
        plug();
    next_is(watch, USBX_EVENT_ARRIVED, &there);
    for (i = 0; i < rounds; i++) {
        usbx_device_info info;
        int32_t event = 0;
        next_is(watch, USBX_EVENT_LEFT, &there);
        EXPECT(usbx_watch_next(watch, LONG, &event, &info), USBX_OK);
        EQUAL(event, USBX_EVENT_ARRIVED);
        EQUAL(info.vendor_id, there.vendor_id);
        there = info; /* its strings are not known if it was gone when it was told of */
    }
    nothing_more(watch);
    EXPECT(usbx_watch_close(watch), USBX_OK);
}

/* Without an event it may be readable for a moment: whoever looks then finds nothing, and it is so no longer. */
static int gets_quiet(int32_t fd)
{
    int looks;
    for (looks = 0; looks < 10 && readable(fd, 0); looks++)
        nothing_more(watch);
    return !readable(fd, 0);
}

static void its_descriptor_is_readable_while_there_are_events(void)
{
    int32_t fd = -1;
    if (!begin())
        return;
    EXPECT(usbx_watch_fd(watch, &fd), USBX_OK);
    CHECK(readable(fd, 0));
    next_is(watch, USBX_EVENT_ARRIVED, &there);
    nothing_more(watch);
    CHECK(gets_quiet(fd));
    if (unplug()) {
        CHECK(readable(fd, LONG));
        next_is(watch, USBX_EVENT_LEFT, &there);
        nothing_more(watch);
        CHECK(gets_quiet(fd));
    }
    EXPECT(usbx_watch_close(watch), USBX_OK);
    CHECK(!readable(fd, 0));
}

static struct {
    usbx_status status;
    int32_t event;
    usbx_device_info info;
} waited;

static void *wait_for_ever(void *unused)
{
    waited.status = usbx_watch_next(watch, USBX_NO_TIMEOUT, &waited.event, &waited.info);
    return unused;
}

static void a_wait_ends_with_the_event(void)
{
    pthread_t thread;
    if (!begin())
        return;
    next_is(watch, USBX_EVENT_ARRIVED, &there);
    thread = run_thread(wait_for_ever, NULL);
    if (unplug()) {
        pthread_join(thread, NULL);
        EXPECT(waited.status, USBX_OK);
        EQUAL(waited.event, USBX_EVENT_LEFT);
        CHECK(strcmp(waited.info.serial, there.serial) == 0);
        EXPECT(usbx_watch_close(watch), USBX_OK);
    } else {
        EXPECT(usbx_watch_close(watch), USBX_OK);
        pthread_join(thread, NULL);
    }
}

static void close_and_shutdown_end_a_wait(void)
{
    int round;
    for (round = 0; round < 4; round++) {
        pthread_t thread;
        struct timespec pause = {0, 20 * 1000 * 1000};
        size_t leaked = 0;
        if (!begin())
            return;
        next_is(watch, USBX_EVENT_ARRIVED, &there);
        waited.status = USBX_OK;
        waited.event = -1;
        thread = run_thread(wait_for_ever, NULL);
        if (round % 2 == 0)
            nanosleep(&pause, NULL); /* most likely it sleeps then; what has to be right is so either way */
        if (round < 2) {
            EXPECT(usbx_watch_close(watch), USBX_OK);
        } else {
            EXPECT(usbx_shutdown(&leaked), USBX_OK);
            CHECK(leaked >= 1);
            start_over();
        }
        pthread_join(thread, NULL);
        CHECK(waited.status == USBX_ERROR_CLOSED || waited.status == USBX_ERROR_INVALID_HANDLE);
        EQUAL(waited.event, 0);
        EXPECT(usbx_watch_close(watch), USBX_ERROR_INVALID_HANDLE);
    }
}

const test_case watch_cases[] = {
    {"those_present_come_first_as_arrivals", those_present_come_first_as_arrivals},
    {"others_are_passed_over", others_are_passed_over},
    {"plugged_in_again_it_arrives_and_opens_again", plugged_in_again_it_arrives_and_opens_again},
    {"what_nobody_waited_for_is_told_later_in_its_order", what_nobody_waited_for_is_told_later_in_its_order},
    {"its_descriptor_is_readable_while_there_are_events", its_descriptor_is_readable_while_there_are_events},
    {"a_wait_ends_with_the_event", a_wait_ends_with_the_event},
    {"close_and_shutdown_end_a_wait", close_and_shutdown_end_a_wait},
};
const size_t watch_count = COUNT(watch_cases);
