#include "queue_fixture.h"

usbx_queue *open_queue(void)
{
    usbx_queue *queue = NULL;
    EXPECT(usbx_queue_open(&queue), USBX_OK);
    CHECK(queue != NULL);
    return queue;
}

usbx_transfer make_transfer(uint8_t endpoint, void *data, size_t length)
{
    usbx_transfer transfer;
    memset(&transfer, 0, sizeof transfer);
    transfer.type = endpoint == ACQ_STATUS || endpoint == ACQ_HID ? USBX_TYPE_INTERRUPT : USBX_TYPE_BULK;
    transfer.endpoint = endpoint;
    transfer.data = data;
    transfer.length = length;
    return transfer;
}

usbx_transfer make_request(uint8_t request_type, uint8_t request, uint16_t index, void *data, size_t length)
{
    usbx_transfer transfer;
    memset(&transfer, 0, sizeof transfer);
    transfer.type = USBX_TYPE_CONTROL;
    transfer.request_type = request_type;
    transfer.request = request;
    transfer.index = index;
    transfer.data = data;
    transfer.length = length;
    return transfer;
}

uint64_t submit(usbx_device *device, usbx_queue *queue, const usbx_transfer *transfer)
{
    uint64_t id = 0;
    EXPECT(usbx_submit(device, queue, transfer, &id), USBX_OK);
    CHECK(id != 0);
    return id;
}

uint64_t submit_to(usbx_device *device, usbx_queue *queue, uint8_t endpoint, void *data, size_t length)
{
    usbx_transfer transfer = make_transfer(endpoint, data, length);
    return submit(device, queue, &transfer);
}

uint64_t submit_blocked_read(usbx_device *device, usbx_queue *queue, uint8_t data[ROOM * PACKET])
{
    static uint8_t sent[SENT];
    uint64_t id;
    size_t moved = 0;
    fill_pattern(sent, 0, sizeof sent);
    memset(data, UNTOUCHED, ROOM * PACKET);
    id = submit_to(device, queue, ACQ_LOOP_IN, data, ROOM * PACKET);
    EXPECT(usbx_bulk_write(device, ACQ_LOOP_OUT, sent, sizeof sent, LONG, &moved), USBX_OK);
    return EQUAL(moved, sizeof sent) ? id : 0;
}

int take(usbx_queue *queue, usbx_completion *completions, size_t wanted)
{
    size_t taken = 0, count;
    while (taken < wanted) {
        count = 99999;
        if (!EXPECT(usbx_queue_wait(queue, completions + taken, wanted - taken, LONG, &count), USBX_OK) ||
            !CHECK(count > 0 && count <= wanted - taken))
            return 0;
        taken += count;
    }
    return 1;
}

int is_empty(usbx_queue *queue)
{
    usbx_completion completion;
    size_t count = 99;
    int empty;
    memset(&completion, UNTOUCHED, sizeof completion);
    empty = EXPECT(usbx_queue_wait(queue, &completion, 1, USBX_NO_WAIT, &count), USBX_ERROR_TIMEOUT);
    return empty & EQUAL(count, 0) & CHECK(is_untouched((uint8_t *)&completion, sizeof completion));
}
