/* A program of libusb's submits a transfer while another of its threads selects a setting, for which the device takes its time: the
 * submission waits for that, and the transfer moves. Which libusb it has is the case's choice; the device is played with usbx. */
#include "usbip_faults.h"
#include <libusb.h>
#include <pthread.h>

enum { OUT = 0x02, LONG_MS = 300 };

static libusb_device_handle *handle;
static struct libusb_transfer *transfer;
static volatile int begun, submitted, ended;
static uint8_t data[512];

static void LIBUSB_CALL end(struct libusb_transfer *of) { ended = of == transfer; }

static void *select_setting(void *unused) {
    CHECK_NUMBER(libusb_set_interface_alt_setting(handle, 1, 1), 0);
    return unused;
}

static void *submit(void *unused) {
    __atomic_store_n(&begun, 1, __ATOMIC_SEQ_CST);
    CHECK_NUMBER(libusb_submit_transfer(transfer), 0);
    __atomic_store_n(&submitted, 1, __ATOMIC_SEQ_CST);
    return unused;
}

int main(void) {
    struct timespec longer = {0, LONG_MS * 1000000L};
    pthread_t selector, submitter;
    usbx_device *device;
    struct faults *faults = plug_faults("FAULTY", &device);
    OK(usbx_close(device));
    CHECK_NUMBER(libusb_init(NULL), 0);
    handle = libusb_open_device_with_vid_pid(NULL, 0x1209, FAULTS_PRODUCT);
    CHECK(handle != NULL);
    CHECK_NUMBER(libusb_claim_interface(handle, 0), 0);
    CHECK_NUMBER(libusb_claim_interface(handle, 1), 0);
    transfer = libusb_alloc_transfer(0);
    CHECK(transfer != NULL);
    libusb_fill_bulk_transfer(transfer, handle, OUT, data, sizeof data, end, NULL, 10000);

    faults->set_delay_ms = HELD;
    CHECK(pthread_create(&selector, NULL, select_setting, NULL) == 0);
    WITHIN(faults->clearing == 1);
    CHECK(pthread_create(&submitter, NULL, submit, NULL) == 0);
    WITHIN(begun);
    nanosleep(&longer, NULL);
    CHECK(!submitted);
    faults->let_go = 1;
    CHECK(pthread_join(selector, NULL) == 0);
    CHECK(pthread_join(submitter, NULL) == 0);
    while (!ended) {
        CHECK_NUMBER(libusb_handle_events(NULL), 0);
    }
    CHECK_NUMBER(transfer->status, LIBUSB_TRANSFER_COMPLETED);
    CHECK_NUMBER(transfer->actual_length, (int)sizeof data);
    libusb_free_transfer(transfer);
    libusb_close(handle);
    libusb_exit(NULL);
    unplug_faults(faults);
    return 0;
}
