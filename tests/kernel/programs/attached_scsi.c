/* Data on bulk streams: a disk by USB Attached SCSI (T10 UAS, section 6) has a stream for each command. Here several commands are under
 * way at a time, and each gets the data of its own. */
#include "check.h"

enum { VENDOR = 0x46f4, PRODUCT = 3, COMMAND = 0x01, STATUS = 0x82, DATA_IN = 0x83, DATA_OUT = 0x04, BLOCK = 512, TIME = 20000 };

static usbx_device *device;
static usbx_queue *queue;
static uint8_t status[3][96]; /* by stream */

static void submit(uint8_t endpoint, uint32_t stream, void *data, size_t length) {
    usbx_transfer transfer = {0};
    transfer.type = USBX_TYPE_BULK;
    transfer.endpoint = endpoint;
    transfer.stream = stream;
    transfer.data = data;
    transfer.length = length;
    transfer.timeout_ms = TIME;
    transfer.user_data = (uint64_t)endpoint << 8 | stream;
    OK(usbx_submit(device, queue, &transfer, NULL));
}

/* A command with its tag, which is its stream. */
static void command(uint8_t tag, const uint8_t *block, size_t length) {
    uint8_t unit[32] = {1, 0, 0, tag};
    size_t sent;
    memcpy(unit + 16, block, length);
    OK(usbx_bulk_write(device, COMMAND, unit, sizeof unit, TIME, &sent));
    CHECK_NUMBER(sent, sizeof unit);
}

static void blocks(uint8_t tag, uint8_t operation, uint8_t where) {
    const uint8_t block[10] = {operation, 0, 0, 0, 0, where, 0, 0, 1, 0};
    command(tag, block, sizeof block);
}

static void ask_status(uint32_t stream) { submit(STATUS, stream, status[stream], sizeof status[stream]); }

/* Takes so many completions; each data transfer has moved that many bytes, and each status is that of its stream. */
static void complete(size_t count, size_t first, size_t second) {
    usbx_completion done;
    while (count-- > 0) {
        OK(usbx_queue_wait(queue, &done, 1, TIME, NULL));
        CHECK_NUMBER(done.status, USBX_OK);
        uint32_t stream = done.user_data & 0xff;
        if (done.user_data >> 8 == STATUS) {
            CHECK_NUMBER(status[stream][0], 3); /* a sense unit */
            CHECK_NUMBER(status[stream][3], stream);
        } else {
            CHECK_NUMBER(done.transferred, stream == 1 ? first : second);
        }
    }
}

int main(void) {
    static const uint8_t is_ready[6] = {0}, inquiry[6] = {0x12, 0, 0, 0, 36}, capacity[10] = {0x25};
    const uint8_t endpoints[] = {STATUS, DATA_IN, DATA_OUT};
    uint8_t written[2][BLOCK], data[2][BLOCK] = {{0}};
    uint32_t allocated = 0;
    double late = seconds_now() + 20;
    while (usbx_open(VENDOR, PRODUCT, NULL, &device) != USBX_OK || usbx_claim(device, 0) != USBX_OK) {
        struct timespec pause = {0, 20000000};
        usbx_close(device);
        CHECK(seconds_now() < late);
        nanosleep(&pause, NULL);
    }
    OK(usbx_queue_open(&queue));
    OK(usbx_bulk_streams_alloc(device, 16, endpoints, 3, &allocated));
    CHECK(allocated >= 2);

    /* The first command after power-on is refused. */
    ask_status(1);
    command(1, is_ready, sizeof is_ready);
    complete(1, 0, 0);

    ask_status(1);
    ask_status(2);
    submit(DATA_IN, 2, data[1], BLOCK);
    submit(DATA_IN, 1, data[0], BLOCK);
    command(2, capacity, sizeof capacity);
    command(1, inquiry, sizeof inquiry);
    complete(4, 36, 8);
    CHECK(memcmp(data[0] + 8, "QEMU", 4) == 0);
    CHECK_NUMBER(data[1][6], BLOCK >> 8); /* the length of a block, in big-endian order */
    CHECK_NUMBER(data[1][2], (((1 << 20) / BLOCK) - 1) >> 8);

    memset(written[0], 0x11, BLOCK);
    memset(written[1], 0x22, BLOCK);
    ask_status(1);
    ask_status(2);
    submit(DATA_OUT, 1, written[0], BLOCK);
    submit(DATA_OUT, 2, written[1], BLOCK);
    blocks(2, 0x2a, 7); /* WRITE(10) */
    blocks(1, 0x2a, 5);
    complete(4, BLOCK, BLOCK);
    CHECK(status[1][6] == 0 && status[2][6] == 0);

    memset(data, 0, sizeof data);
    ask_status(1);
    ask_status(2);
    submit(DATA_IN, 1, data[0], BLOCK);
    submit(DATA_IN, 2, data[1], BLOCK);
    blocks(1, 0x28, 5); /* READ(10) */
    blocks(2, 0x28, 7);
    complete(4, BLOCK, BLOCK);
    CHECK(memcmp(data, written, sizeof data) == 0);

    /* One that is cancelled leaves the other streams of its endpoint alone. */
    submit(DATA_IN, 1, data[0], BLOCK);
    ask_status(2);
    submit(DATA_IN, 2, data[1], BLOCK);
    blocks(2, 0x28, 7);
    complete(2, 0, BLOCK);
    OK(usbx_queue_cancel(queue, 0));
    usbx_completion done;
    OK(usbx_queue_wait(queue, &done, 1, TIME, NULL));
    CHECK_NUMBER(done.status, USBX_ERROR_CANCELLED);
    CHECK_NUMBER(done.transferred, 0);

    OK(usbx_bulk_streams_free(device, endpoints, 3));
    OK(usbx_queue_close(queue));
    OK(usbx_close(device));
    return 0;
}
