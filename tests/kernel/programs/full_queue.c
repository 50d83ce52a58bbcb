/* Queues with 10,000 transfers in them: on Source/Sink (argv[1] is sink) and on Loopback (cancel, or close: how they end). */
#include "bulk_pair.h"

enum { WAIT = 10000, MANY = 10000, SMALL = 64 };

static uint8_t sent[MANY * SMALL], back[MANY * SMALL];
static usbx_queue *queue;
static uint64_t ids[MANY];

static void submit_many(uint8_t endpoint, uint8_t *bytes, uint64_t first) {
    usbx_transfer transfer;
    size_t i;
    memset(&transfer, 0, sizeof transfer);
    transfer.type = USBX_TYPE_BULK;
    transfer.endpoint = endpoint;
    transfer.length = SMALL;
    for (i = 0; i < MANY; i++) {
        transfer.data = bytes + i * SMALL;
        transfer.user_data = first + i;
        OK(usbx_submit(device, queue, &transfer, &ids[i]));
    }
}

/* Takes 10,000 of each direction, in order, or of one. */
static void take_many(int directions, usbx_status status) {
    static usbx_completion completions[64];
    uint64_t next[2] = {0, MANY};
    size_t taken, count, i;
    for (taken = 0; taken < (size_t)directions * MANY; taken += count) {
        OK(usbx_queue_wait(queue, completions, 64, WAIT, &count));
        for (i = 0; i < count; i++) {
            int which = completions[i].user_data >= MANY;
            EXPECT(completions[i].status, status);
            CHECK_NUMBER(completions[i].transferred, status == USBX_OK ? SMALL : 0);
            if (status == USBX_OK) {
                CHECK_NUMBER(completions[i].user_data, next[which]);
                CHECK(which == 1 || directions == 2 || completions[i].id == ids[next[0]]);
                next[which]++;
            }
        }
    }
    EXPECT(usbx_queue_wait(queue, completions, 1, USBX_NO_WAIT, NULL), USBX_ERROR_TIMEOUT);
}

static void many_to_sink(void) {
    static uint8_t bytes[MANY * SMALL];
    double start = seconds_now();
    size_t i;
    for (i = 0; i < MANY; i++) {
        memcpy(bytes + i * SMALL, pattern(0), SMALL);
    }
    OK(usbx_queue_open(&queue));
    submit_many(out, bytes, 0);
    take_many(1, USBX_OK);
    OK(usbx_queue_close(queue));
    OK(usbx_bulk_write(device, out, bytes, SMALL, WAIT, NULL)); /* it was not halted */
    printf("note: 10,000 transfers of 64 bytes, all submitted before the first was taken, took %.2f s\n", seconds_now() - start);
}

/* On Loopback they stay in the kernel as long as nothing was written. */
static void many_loop(void) {
    double start = seconds_now(), submitted, ended;
    OK(usbx_queue_open(&queue));
    memset(back, 0, sizeof back);
    submit_many(in, back, 0);
    submitted = seconds_now();
    submit_many(out, sent, MANY);
    take_many(2, USBX_OK);
    CHECK(memcmp(back, sent, MANY * SMALL) == 0);
    ended = seconds_now();
    printf("note: 10,000 reads outstanding (submitted in %.2f s) and 10,000 writes that come back took %.2f s\n",
           submitted - start, ended - submitted);

    OK(usbx_queue_close(queue));
}

/* Ending 10,000 that are outstanding. Most of the time is the kernel's: for each it searches its list of all, from the oldest
 * on, and the newest has to go first. */
static void end_many(int by_close) {
    double start;
    OK(usbx_queue_open(&queue));
    submit_many(in, back, 0);
    start = seconds_now();
    if (!by_close) {
        OK(usbx_queue_cancel(queue, 0));
        take_many(1, USBX_ERROR_CANCELLED);
    }
    OK(usbx_queue_close(queue));
    start = seconds_now() - start;
    printf("note: %s 10,000 outstanding transfers took %.2f s\n", by_close ? "closing a queue with" : "cancelling", start);
    /* None is left to take what comes. */
    OK(usbx_bulk_write(device, out, sent, SMALL, WAIT, NULL));
    OK(usbx_bulk_read(device, in, back, SMALL, WAIT, NULL));
    CHECK(memcmp(back, sent, SMALL) == 0);
}

int main(int argc, char **argv) {
    uint64_t state = 7;
    CHECK(argc == 2);
    if (strcmp(argv[1], "sink") == 0) {
        open_pair(ZERO_PRODUCT);
        many_to_sink();
    } else {
        open_pair(LOOP_PRODUCT);
        fill_random(sent, sizeof sent, &state);
        many_loop();
        end_many(strcmp(argv[1], "close") == 0);
    }
    OK(usbx_close(device));
    return 0;
}
