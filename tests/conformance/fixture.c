#define _POSIX_C_SOURCE 200809L
#include "fixture.h"
#include "target.h"

#include <dirent.h>
#include <poll.h>
#include <string.h>
#include <time.h>

usbx_virtual *test_virtual;
/* Two, three and four bytes per character, to test cutting a string. */
const char *test_serial = "\xc3\x84" "7\xe6\xb8\xac\xf0\x9f\x98\x80" "1";
static uint16_t vendor_id = ACQ_VENDOR_ID, product_id = ACQ_PRODUCT_ID;
static int unplugged = 1;
int test_at_once = 1;

static usbx_virtual *(*plug_model)(const char *serial);
static void (*unplug_model)(void);

void use_test_model(usbx_virtual *(*plug_it)(const char *serial), void (*unplug_it)(void))
{
    plug_model = plug_it;
    unplug_model = unplug_it;
    test_at_once = 0;
}

static void plug_virtual(void)
{
    if (plug_model != NULL)
        CHECK((test_virtual = plug_model(test_serial)) != NULL);
    else
        EXPECT(usbx_virtual_open("acquisition", test_serial, &test_virtual), USBX_OK);
}

static int on_kernel(void)
{
    return getenv("USBX_TEST_DEVICE") != NULL;
}

int test_is_remote(void)
{
    return on_kernel() && getenv("USBX_USBIP") != NULL;
}

void plug(void)
{
    struct timespec pause = {0, 10 * 1000 * 1000};
    const char *command = getenv("USBX_TEST_PLUG");
    usbx_device *device = NULL;
    int tries;

    if (!on_kernel() && test_virtual == NULL)
        plug_virtual();
    if (on_kernel() && parse_target(getenv("USBX_TEST_DEVICE"), &vendor_id, &product_id, &test_serial))
        printf("# USBX_TEST_DEVICE is not VID:PID:SERIAL\n");
    if (on_kernel() && unplugged && command != NULL)
        EQUAL(system(command), 0);
    unplugged = 0;
    /* A kernel needs a moment to find it. */
    for (tries = 0; tries < 3000 && usbx_open(vendor_id, product_id, test_serial, &device); tries++)
        nanosleep(&pause, NULL);
    EXPECT(usbx_close(device), USBX_OK);
}

int unplug(void)
{
    const char *command = getenv("USBX_TEST_UNPLUG");
    if (on_kernel() && (command == NULL || getenv("USBX_TEST_PLUG") == NULL)) {
        skip_case("USBX_TEST_UNPLUG and USBX_TEST_PLUG are not set");
        return 0;
    }
    unplugged = 1;
    if (on_kernel())
        return EQUAL(system(command), 0);
    EXPECT(usbx_virtual_unplug(test_virtual), USBX_OK);
    if (unplug_model != NULL)
        unplug_model();
    else
        EXPECT(usbx_virtual_close(test_virtual), USBX_OK);
    test_virtual = NULL;
    return 1;
}

usbx_status of_unplugging(usbx_status got)
{
    return on_kernel() && got == USBX_ERROR_IO ? USBX_ERROR_NO_DEVICE : got;
}

void start_over(void)
{
    usbx_shutdown(NULL);
    if (test_virtual != NULL && unplug_model != NULL)
        unplug_model();
    test_virtual = NULL;
    unplugged = unplugged || !on_kernel();
}

usbx_device *open_test_device(void)
{
    usbx_device *device = NULL;
    if (unplugged)
        plug();
    EXPECT(usbx_open(vendor_id, product_id, test_serial, &device), USBX_OK);
    return device;
}

usbx_device *claim_test_device(void)
{
    usbx_device *device = open_test_device();
    static const uint8_t endpoints[] = {ACQ_FRAMES, ACQ_STATUS, ACQ_LOOP_OUT, ACQ_LOOP_IN};
    size_t i;
    if (device == NULL || !EXPECT(usbx_claim(device, 0), USBX_OK))
        return NULL;
    for (i = 0; i < COUNT(endpoints); i++)
        EXPECT(usbx_clear_halt(device, endpoints[i]), USBX_OK);
    EXPECT(usbx_control(device, ACQ_OUT, ACQ_STOP, 0, 0, NULL, 0, LONG, NULL), USBX_OK);
    drain_loopback(device, 0);
    return device;
}

void start_sampling(usbx_device *device, uint32_t rate)
{
    uint8_t data[4];
    acq_put_u32(data, rate);
    EXPECT(usbx_control(device, ACQ_OUT, ACQ_RATE, 0, 0, data, 4, LONG, NULL), USBX_OK);
    EXPECT(usbx_control(device, ACQ_OUT, ACQ_START, 0, 0, NULL, 0, LONG, NULL), USBX_OK);
}

int readable(int fd, int timeout_ms)
{
    struct pollfd polled = {fd, POLLIN, 0};
    int count = poll(&polled, 1, timeout_ms);
    return count == 1 && polled.revents == POLLIN;
}

pthread_t run_thread(void *(*function)(void *), void *argument)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, function, argument) != 0)
        abort();
    return thread;
}

int directory_entries(const char *directory)
{
    DIR *listing = opendir(directory);
    int count = 0;
    if (listing == NULL)
        return -1;
    while (readdir(listing) != NULL)
        count++;
    closedir(listing);
    return count;
}

int threads_at_most(int count)
{
    struct timespec pause = {0, 10 * 1000 * 1000};
    int tries;
    for (tries = 0; tries < 500 && directory_entries("/proc/self/task") > count; tries++)
        nanosleep(&pause, NULL);
    return directory_entries("/proc/self/task") <= count;
}

uint8_t pattern(size_t n)
{
    return (uint8_t)((uint32_t)n * 2654435761u >> 24 ^ n >> 9);
}

void fill_pattern(uint8_t *data, size_t first, size_t length)
{
    size_t i;
    for (i = 0; i < length; i++)
        data[i] = pattern(first + i);
}

int is_pattern(const uint8_t *data, size_t first, size_t length)
{
    size_t i;
    for (i = 0; i < length; i++)
        if (data[i] != pattern(first + i)) {
            printf("# byte %lu of %lu is 0x%02x and not 0x%02x\n", (unsigned long)i, (unsigned long)length, data[i],
                   pattern(first + i));
            return 0;
        }
    return 1;
}

int is_untouched(const uint8_t *data, size_t length)
{
    size_t i;
    for (i = 0; i < length; i++)
        if (data[i] != UNTOUCHED)
            return 0;
    return 1;
}

/* A short packet behind what it holds tells the end: how long a device may be about its next packet, nobody knows. */
size_t drain_loopback(usbx_device *device, size_t first)
{
    static uint8_t mark[7] = {'t', 'h', 'e', ' ', 'e', 'n', 'd'}, packet[PACKET];
    size_t moved = 0, total = 0, i;
    usbx_transfer write;
    usbx_completion done;
    usbx_queue *queue = NULL;
    int right = 1, at_end = 0;
    memset(&write, 0, sizeof write);
    write.type = USBX_TYPE_BULK;
    write.endpoint = ACQ_LOOP_OUT;
    write.data = mark;
    write.length = sizeof mark;
    if (!EXPECT(usbx_queue_open(&queue), USBX_OK) || !EXPECT(usbx_submit(device, queue, &write, NULL), USBX_OK))
        return (size_t)-1;
    while (!at_end && EXPECT(usbx_bulk_read(device, ACQ_LOOP_IN, packet, PACKET, LONG, &moved), USBX_OK)) {
        at_end = moved == sizeof mark && memcmp(packet, mark, sizeof mark) == 0;
        for (i = 0; i < moved && !at_end; i++)
            right = right && packet[i] == pattern(first + total + i);
        total += at_end ? 0 : moved;
    }
    if (at_end && EXPECT(usbx_queue_wait(queue, &done, 1, LONG, &moved), USBX_OK))
        EXPECT(done.status, USBX_OK);
    EXPECT(usbx_queue_close(queue), USBX_OK);
    return at_end && right ? total : (size_t)-1;
}

static void *read_loopback(void *argument)
{
    reader *r = (reader *)argument;
    r->status = usbx_bulk_read(r->device, ACQ_LOOP_IN, r->data, r->length, USBX_NO_TIMEOUT, &r->moved);
    snprintf(r->error, sizeof r->error, "%s", usbx_last_error());
    return NULL;
}

void start_reader(reader *r, usbx_device *device, size_t length)
{
    r->device = device;
    r->length = length;
    r->data = (uint8_t *)malloc(length);
    r->moved = (size_t)-1;
    memset(r->data, UNTOUCHED, length);
    if (pthread_create(&r->thread, NULL, read_loopback, r) != 0)
        abort();
}

int start_blocked_reader(reader *r, usbx_device *device)
{
    static uint8_t data[(HELD + 1) * PACKET];
    size_t moved = 0;
    fill_pattern(data, 0, sizeof data);
    start_reader(r, device, ROOM * PACKET);
    if (EXPECT(usbx_bulk_write(device, ACQ_LOOP_OUT, data, sizeof data, LONG, &moved), USBX_OK) && EQUAL(moved, sizeof data))
        return 1;
    /* The case is over, so its reader must end too. */
    usbx_cancel(device, ACQ_LOOP_IN);
    pthread_join(r->thread, NULL);
    free(r->data);
    return 0;
}

size_t end_reader(reader *r, usbx_status expected)
{
    pthread_join(r->thread, NULL);
    if (!EXPECT(expected == USBX_ERROR_NO_DEVICE ? of_unplugging(r->status) : r->status, expected))
        printf("#   in the reading thread: %s\n", r->error);
    if (CHECK(r->moved <= r->length)) {
        CHECK(is_pattern(r->data, 0, r->moved));
        CHECK(is_untouched(r->data + r->moved, r->length - r->moved));
    }
    free(r->data);
    return r->moved;
}
