/* The computer goes to sleep while transfers are pending: they say so, and the handle goes on with its claims. The device loops data back.
 * The way to sleep ends where the virtual host controller's turn comes, as it refuses while a device is attached to it (vhci-hcd); what was
 * loaded after it has been suspended by then, and is woken again. Sleeping further would cut the lab's own files off. */
#include "unanswered.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { BACK = 4096, ACM_PRODUCT = 0xa4a3, SILENT_PRODUCT = 0xa4a4 };

static usbx_device *device;
static usbx_endpoint in, out;
static uint8_t data[BACK], got[4 * BACK];

static void sleep_once(void) {
    int fd = open("/sys/power/state", O_WRONLY);
    CHECK(fd >= 0);
    CHECK(write(fd, "freeze", 6) < 0 && errno == EBUSY);
    close(fd);
}

static void *blocked_read(void *result) {
    size_t moved = 99;
    *(usbx_status *)result = usbx_bulk_read(device, in.address, got, sizeof got, USBX_NO_TIMEOUT, &moved);
    CHECK_NUMBER(moved, 0);
    SAYS("try again");
    return NULL;
}

static void data_go_there_and_back(void) {
    size_t moved;
    OK(usbx_bulk_write(device, out.address, data, BACK, 5000, &moved));
    OK(usbx_bulk_read(device, in.address, got, BACK, 5000, &moved));
    CHECK(moved == BACK && memcmp(data, got, BACK) == 0);
}

static void is_still_claimed(void) {
    usbx_device *other;
    OK(usbx_open(LAB_VENDOR, LOOP_PRODUCT, NULL, &other));
    EXPECT(usbx_claim(other, 0), USBX_ERROR_BUSY);
    OK(usbx_close(other));
}

/* Of the function with a kernel driver: the one that has each interface, as a handle of its own sees it. */
static void drivers_are(const char *name) {
    char driver[64];
    usbx_device *other;
    uint8_t number;
    OK(usbx_open(LAB_VENDOR, ACM_PRODUCT, NULL, &other));
    for (number = 0; number < 2; number++) {
        OK(usbx_kernel_driver(other, number, driver, sizeof driver, NULL));
        if (strcmp(driver, name) != 0) {
            fprintf(stderr, "interface %d has the driver \"%s\", not \"%s\"\n", number, driver, name);
            exit(1);
        }
    }
    OK(usbx_close(other));
}

/* What was detached stays so, claimed or not, until the device is closed. */
static void drivers_stay_away(int claims) {
    usbx_device *function, *other;
    uint8_t coding[7];
    size_t moved;
    drivers_are("cdc_acm");
    OK(usbx_open(LAB_VENDOR, ACM_PRODUCT, NULL, &function));
    OK(usbx_detach_kernel_driver(function, 0));
    if (claims) {
        OK(usbx_claim(function, 0));
        OK(usbx_claim(function, 1));
    }
    sleep_once();
    if (claims) {
        /* The system binds the driver again to what was claimed; the next call takes it back. */
        OK(usbx_control(function, 0xa1, 0x21, 0, 0, coding, sizeof coding, 5000, &moved));
        CHECK_NUMBER(moved, sizeof coding);
    }
    drivers_are("");
    OK(usbx_open(LAB_VENDOR, ACM_PRODUCT, NULL, &other));
    EXPECT(usbx_claim(other, 1), claims ? USBX_ERROR_BUSY : USBX_OK);
    OK(usbx_close(other));
    OK(usbx_close(function));
    drivers_are("cdc_acm");
}

static usbx_device *silent;

/* It has nothing to say, but it can be asked, and is claimed. */
static void silent_is_as_before(void) {
    usbx_device *another;
    uint8_t descriptor[18];
    size_t moved;
    OK(usbx_control(silent, 0x80, 6, 0x0100, 0, descriptor, sizeof descriptor, 10000, &moved));
    CHECK_NUMBER(moved, sizeof descriptor);
    EXPECT(usbx_interrupt_read(silent, endpoint_of(silent, USBX_TYPE_INTERRUPT, 0x80).address, got, 64, 10, &moved), USBX_ERROR_TIMEOUT);
    OK(usbx_open(LAB_VENDOR, SILENT_PRODUCT, NULL, &another));
    EXPECT(usbx_claim(another, 0), USBX_ERROR_BUSY);
    OK(usbx_close(another));
}

/* Bulk, interrupt and control; the lab has no isochronous endpoint at a controller that goes to sleep. */
static void each_type_says_io(void) {
    struct kind kinds[] = {{USBX_TYPE_BULK, 0, 0}, {USBX_TYPE_INTERRUPT, 0, 0}, {USBX_TYPE_CONTROL, 0, 0xc1}};
    OK(usbx_open(LAB_VENDOR, SILENT_PRODUCT, NULL, &silent));
    OK(usbx_claim(silent, 0));
    kinds[0].endpoint = endpoint_of(silent, USBX_TYPE_BULK, 0x80).address;
    kinds[1].endpoint = endpoint_of(silent, USBX_TYPE_INTERRUPT, 0x80).address;
    silent_is_as_before();
    all_kinds_say_io(silent, kinds, sizeof kinds / sizeof *kinds, sleep_once);
    silent_is_as_before();
    OK(usbx_close(silent));
}

int main(void) {
    struct timespec blocked = {0, 300000000}; /* not a wait for something: the read is to be blocked for a while */
    usbx_status status = 99;
    usbx_transfer transfer;
    usbx_completion done;
    usbx_queue *queue;
    usbx_stream *stream;
    usbx_chunk chunk;
    pthread_t reader;
    uint64_t state = 4;
    size_t count;
    usbx_device *refuses;
    struct faults *faults = plug_faults("REFUSES", &refuses);

    OK(usbx_close(refuses));
    OK(usbx_open(LAB_VENDOR, LOOP_PRODUCT, NULL, &device));
    in = endpoint_of(device, USBX_TYPE_BULK, 0x80);
    out = endpoint_of(device, USBX_TYPE_BULK, 0);
    OK(usbx_claim(device, 0));
    fill_random(data, BACK, &state);
    data_go_there_and_back();

    OK(usbx_queue_open(&queue));
    memset(&transfer, 0, sizeof transfer);
    transfer.type = USBX_TYPE_BULK;
    transfer.endpoint = in.address;
    transfer.data = got + 2 * BACK;
    transfer.length = BACK;
    CHECK(pthread_create(&reader, NULL, blocked_read, &status) == 0);
    nanosleep(&blocked, NULL);
    OK(usbx_submit(device, queue, &transfer, NULL));
    sleep_once();
    CHECK(pthread_join(reader, NULL) == 0);
    CHECK_NUMBER(status, USBX_ERROR_IO);
    OK(usbx_queue_wait(queue, &done, 1, 10000, &count));
    CHECK_NUMBER(done.status, USBX_ERROR_IO);
    OK(usbx_queue_close(queue));
    data_go_there_and_back();
    is_still_claimed();

    OK(usbx_stream_open(device, in.address, NULL, &stream));
    EXPECT(usbx_stream_next(stream, 10, &chunk), USBX_ERROR_TIMEOUT);
    sleep_once();
    EXPECT(usbx_stream_next(stream, 10000, &chunk), USBX_ERROR_IO);
    OK(usbx_stream_close(stream));
    data_go_there_and_back();
    is_still_claimed();

    sleep_once(); /* with nothing pending */
    data_go_there_and_back();
    is_still_claimed();
    OK(usbx_release(device, 0));
    OK(usbx_claim(device, 0));
    sleep_once();
    OK(usbx_release(device, 0));
    OK(usbx_close(device));
    each_type_says_io();
    drivers_stay_away(1);
    drivers_stay_away(0);
    unplug_faults(faults);
    return 0;
}
