/* Memory runs out for sizes that the caller chooses, with the kernel below: USBX_ERROR_NO_MEM, nothing was started, and the
 * same call works when there is memory again. With an ordinary allocation, Rust's runtime would end the program instead. */
#include "check.h"
#include <errno.h>
#include <stdatomic.h>

enum { LARGE = 2048, PACKETS = 4096, MANY = 1500, REPORT = 16, PACKET = 512, TIME = 20000 };

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);

static atomic_int countdown; /* the large allocation that fails; 0: none */
static atomic_int failed;

static int fails(size_t size) {
    if (size < LARGE || atomic_load(&countdown) == 0 || atomic_fetch_sub(&countdown, 1) != 1) {
        return 0;
    }
    atomic_fetch_add(&failed, 1);
    errno = ENOMEM;
    return 1;
}
void *malloc(size_t size) { return fails(size) ? NULL : __libc_malloc(size); }
void *calloc(size_t number, size_t size) { return fails(number * size) ? NULL : __libc_calloc(number, size); }
void *realloc(void *memory, size_t size) { return fails(size) ? NULL : __libc_realloc(memory, size); }

static usbx_device *device;
static usbx_queue *queue;
static uint8_t data[PACKETS * PACKET];
static usbx_packet packets[PACKETS];
static uint8_t reports[MANY][REPORT];
static usbx_completion completions[MANY];

static void prepare_packets(void) {
    size_t i;
    for (i = 0; i < PACKETS; i++) {
        packets[i].length = PACKET;
    }
}

static usbx_status control(void) {
    usbx_status status = usbx_control(device, 0x40, 4, 0, 0, data, 4000, TIME, NULL);
    return status == USBX_ERROR_PIPE ? USBX_OK : status; /* the device has no so many registers */
}

static usbx_status isochronous(void) {
    prepare_packets();
    return usbx_isochronous_read(device, 0x85, data, sizeof data, packets, PACKETS, TIME, NULL);
}

static usbx_status queued(void) {
    usbx_transfer transfer;
    usbx_status status;
    prepare_packets();
    memset(&transfer, 0, sizeof transfer);
    transfer.type = USBX_TYPE_ISOCHRONOUS;
    transfer.endpoint = 0x85;
    transfer.data = data;
    transfer.length = sizeof data;
    transfer.packets = packets;
    transfer.packet_count = PACKETS;
    status = usbx_submit(device, queue, &transfer, NULL);
    if (status == USBX_OK) {
        OK(usbx_queue_wait(queue, completions, 1, TIME, NULL));
        CHECK_NUMBER(completions[0].status, USBX_OK);
    }
    return status;
}

/* Tables grow while more and more transfers are outstanding; all of them come out again, in one batch or in several. */
static usbx_status many(void) {
    size_t i, taken = 0, count;
    usbx_status status = USBX_OK, waited;
    for (i = 0; i < MANY && status == USBX_OK; i++) {
        usbx_transfer transfer;
        memset(&transfer, 0, sizeof transfer);
        transfer.type = USBX_TYPE_INTERRUPT;
        transfer.endpoint = 0x82;
        transfer.data = reports[i];
        transfer.length = REPORT;
        status = usbx_submit(device, queue, &transfer, NULL);
    }
    i -= status != USBX_OK;
    OK(usbx_queue_cancel(queue, 0));
    while (taken < i) {
        waited = usbx_queue_wait(queue, completions, MANY, TIME, &count);
        if (waited != USBX_OK) {
            CHECK_NUMBER(waited, USBX_ERROR_NO_MEM);
            status = waited;
        }
        taken += count;
    }
    CHECK_NUMBER(taken, i);
    return status;
}

/* Tables keep the room that they have: a device and a queue that never had much. */
static void begin(void) {
    OK(usbx_shutdown(NULL));
    OK(usbx_open(0x1209, 1, NULL, &device));
    OK(usbx_claim(device, 0));
    OK(usbx_set_alt_setting(device, 0, 1));
    OK(usbx_queue_open(&queue));
}

static int starve(const char *name, usbx_status (*call)(void)) {
    int n, caught = 0, left;
    usbx_status status;
    for (n = 1;; n++) {
        begin();
        atomic_store(&countdown, n);
        status = call();
        left = atomic_exchange(&countdown, 0);
        if (left > 0) {
            break;
        }
        if (status != USBX_OK) {
            CHECK_NUMBER(status, USBX_ERROR_NO_MEM);
            caught++;
        }
        OK(call());
    }
    CHECK_NUMBER(status, USBX_OK);
    printf("note: %s: %d large allocations, %d of them told\n", name, n - 1, caught);
    return caught;
}

int main(void) {
    /* Libusb has a long transfer in pieces that are not large. */
    int pieces = is_by_libusb() ? 2 : 3;
    CHECK(starve("a control request", control) >= 1);
    CHECK(starve("isochronous packets", isochronous) >= pieces);
    CHECK(starve("queued isochronous packets", queued) >= pieces);
    CHECK(starve("many transfers", many) >= 5);
    OK(usbx_shutdown(NULL));
    return 0;
}
