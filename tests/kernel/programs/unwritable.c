/* Reads into memory that cannot be written: the kernel takes the data and does not say for which call. The call ends in time and
 * says why, and correct calls at the same time are not disturbed. The device has two interfaces, Source/Sink and Loopback. */
#include "bulk_pair.h"
#include <sys/mman.h>

enum { WAIT = 10000, LENGTH = 4096, TRANSFERS = 4 };

/* Claims Loopback. */
static uint8_t loop_in(void) {
    usbx_endpoint all[16];
    size_t count, i;
    OK(usbx_endpoints(device, all, 16, &count));
    for (i = 0; i < count; i++) {
        if (all[i].interface_number == 1 && (all[i].address & 0x80)) {
            OK(usbx_claim(device, 1));
            return all[i].address;
        }
    }
    CHECK(0);
    return 0;
}

int main(void) {
    static uint8_t data[TRANSFERS][LENGTH];
    usbx_completion completion;
    usbx_transfer transfer;
    usbx_queue *queue;
    uint8_t *half;
    size_t moved = 99;
    int i;
    void *page = mmap(NULL, LENGTH, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(page != MAP_FAILED);
    open_pair(ZERO_PRODUCT);
    EXPECT(usbx_bulk_read(device, in, page, LENGTH, WAIT, &moved), USBX_ERROR_INVALID_PARAM);
    SAYS("buffer");
    CHECK_NUMBER(moved, 0);
    OK(usbx_bulk_read(device, in, data[0], LENGTH, WAIT, &moved));
    CHECK_NUMBER(moved, LENGTH);
    /* Memory of which the last byte cannot be written, and memory that is there no more. */
    half = mmap(NULL, 2 * LENGTH, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(half != MAP_FAILED && mprotect(half + LENGTH, LENGTH, PROT_READ) == 0);
    EXPECT(usbx_bulk_read(device, in, half + 1, LENGTH, WAIT, &moved), USBX_ERROR_INVALID_PARAM);
    OK(usbx_bulk_read(device, in, half, LENGTH, WAIT, &moved));
    CHECK(munmap(half, 2 * LENGTH) == 0);
    EXPECT(usbx_bulk_read(device, in, half, LENGTH, WAIT, &moved), USBX_ERROR_INVALID_PARAM);
    OK(usbx_bulk_read(device, in, data[0], LENGTH, WAIT, &moved));

    /* Another read that waits meanwhile, so that it cannot be told whose the data was until the time is up. */
    OK(usbx_queue_open(&queue));
    memset(&transfer, 0, sizeof transfer);
    transfer.type = USBX_TYPE_BULK;
    transfer.endpoint = loop_in();
    transfer.data = data[0];
    transfer.length = LENGTH;
    OK(usbx_submit(device, queue, &transfer, NULL));
    EXPECT(usbx_bulk_read(device, in, page, LENGTH, 500, &moved), USBX_ERROR_INVALID_PARAM);
    OK(usbx_bulk_read(device, in, data[1], LENGTH, WAIT, &moved));
    OK(usbx_queue_cancel(queue, 0));
    OK(usbx_queue_wait(queue, &completion, 1, WAIT, NULL));
    EXPECT(completion.status, USBX_ERROR_CANCELLED);

    transfer.endpoint = in;
    for (i = 0; i < TRANSFERS; i++) {
        transfer.data = i == 1 ? page : data[i];
        transfer.user_data = (uint64_t)i;
        OK(usbx_submit(device, queue, &transfer, NULL));
    }
    for (i = 0; i < TRANSFERS; i++) {
        OK(usbx_queue_wait(queue, &completion, 1, WAIT, NULL));
        EXPECT(completion.status, completion.user_data == 1 ? USBX_ERROR_INVALID_PARAM : USBX_OK);
    }
    /* And with one in flight that is closed. */
    transfer.data = page;
    OK(usbx_submit(device, queue, &transfer, NULL));
    OK(usbx_queue_close(queue));
    OK(usbx_close(device));
    return 0;
}
