/* What the library does with a kernel or a controller that can do less, or maps wrong memory: preload/limits.c plays them, and LAB_LIMITS
 * says which. On Loopback, which returns what it was sent, in pieces of 4096 bytes and with the short packets. */
#define _GNU_SOURCE /* RTLD_DEFAULT */
#include "bulk_pair.h"
#include <dlfcn.h>
#include <pthread.h>

enum { WAIT = 10000, KIB = 1024, MOST = 16 * KIB, LONG = 64 * KIB, READS = 3 };

static uint8_t sent[LONG], got[READS][LONG];
static uint64_t state = 7;

static struct {
    size_t asked, mapped, longest;
} seen;

static void look(void) {
    void (*limits_seen)(size_t[3]);
    size_t numbers[3] = {0, 0, 0};
    void *function = dlsym(RTLD_DEFAULT, "limits_seen");
    CHECK(function != NULL);
    memcpy(&limits_seen, &function, sizeof function);
    limits_seen(numbers);
    seen.asked = numbers[0];
    seen.mapped = numbers[1];
    seen.longest = numbers[2];
}

/* Sends so many bytes, as one transfer. */
static void send(size_t length, uint32_t flags) {
    usbx_transfer transfer;
    usbx_completion completion;
    usbx_queue *queue;
    memset(&transfer, 0, sizeof transfer);
    fill_random(sent, length, &state);
    transfer.type = USBX_TYPE_BULK;
    transfer.endpoint = out;
    transfer.data = sent;
    transfer.length = length;
    transfer.flags = flags;
    OK(usbx_queue_open(&queue));
    OK(usbx_submit(device, queue, &transfer, NULL));
    OK(usbx_queue_wait(queue, &completion, 1, WAIT, NULL));
    OK(completion.status);
    CHECK_NUMBER(completion.transferred, length);
    OK(usbx_queue_close(queue));
}

static uint64_t ask_for(usbx_queue *queue, int number, size_t length) {
    usbx_transfer transfer;
    uint64_t id;
    memset(&transfer, 0, sizeof transfer);
    memset(got[number], 0xee, LONG);
    transfer.type = USBX_TYPE_BULK;
    transfer.endpoint = in;
    transfer.data = got[number];
    transfer.length = length;
    transfer.user_data = (uint64_t)number;
    OK(usbx_submit(device, queue, &transfer, &id));
    return id;
}

/* The next completion is that read's, with so many bytes of what was sent last. */
static void gets(usbx_queue *queue, int number, size_t length, usbx_status status) {
    usbx_completion completion;
    OK(usbx_queue_wait(queue, &completion, 1, WAIT, NULL));
    CHECK_NUMBER(completion.user_data, number);
    EXPECT(completion.status, status);
    CHECK_NUMBER(completion.transferred, length);
    CHECK(memcmp(got[number], sent, length) == 0);
    CHECK(length == LONG || got[number][length] == 0xee);
}

/* A short packet ends each read wherever it comes, and what follows it is for the next one. */
static void reads_end_at_short_packets(usbx_queue *queue) {
    const size_t lengths[] = {20000, 100, LONG, MOST - 1, MOST + 1, LONG - 1};
    int i, round;
    for (round = 0; round < 2; round++) {
        for (i = 0; i < 3; i++)
            ask_for(queue, i, round == 0 && i == 1 ? 512 : LONG);
        for (i = 0; i < 3; i++) {
            send(lengths[3 * round + i], 0);
            gets(queue, i, lengths[3 * round + i], USBX_OK);
        }
    }
}

/* What waits behind a long read can end before it; the others go on, in their order. */
static void what_waits_can_end(usbx_queue *queue) {
    static uint8_t few[512];
    size_t moved = 99;
    uint64_t second;
    ask_for(queue, 0, LONG);
    second = ask_for(queue, 1, LONG);
    ask_for(queue, 2, 512);
    OK(usbx_queue_cancel(queue, second));
    gets(queue, 1, 0, USBX_ERROR_CANCELLED);
    EXPECT(usbx_bulk_read(device, in, few, sizeof few, 50, &moved), USBX_ERROR_TIMEOUT);
    CHECK_NUMBER(moved, 0);
    send(30000, 0);
    gets(queue, 0, 30000, USBX_OK);
    send(300, 0);
    gets(queue, 2, 300, USBX_OK);
}

/* A cancel in the middle of a read keeps what has come, and what has not is for the next one. */
static void cancelled_in_the_middle(usbx_queue *queue) {
    const size_t all = MOST + 4096;
    usbx_completion completion;
    size_t moved = 0;
    ask_for(queue, 0, LONG);
    send(all, 0);
    OK(usbx_queue_cancel(queue, 0));
    OK(usbx_queue_wait(queue, &completion, 1, WAIT, NULL));
    EXPECT(completion.status, USBX_ERROR_CANCELLED);
    CHECK(completion.transferred <= all);
    if (completion.transferred < all)
        OK(usbx_bulk_read(device, in, got[0] + completion.transferred, all - completion.transferred, WAIT, &moved));
    CHECK_NUMBER(completion.transferred + moved, all);
    CHECK(memcmp(got[0], sent, all) == 0);
}

static void *reads_long(void *moved) {
    OK(usbx_bulk_read(device, in, got[1], LONG, WAIT, moved));
    return NULL;
}

static void blocking_calls(void) {
    pthread_t reader;
    size_t moved = 99, written = 99;
    CHECK(pthread_create(&reader, NULL, reads_long, &moved) == 0);
    fill_random(sent, LONG, &state);
    OK(usbx_bulk_write(device, out, sent, LONG, WAIT, &written));
    CHECK(pthread_join(reader, NULL) == 0);
    CHECK_NUMBER(written, LONG);
    CHECK_NUMBER(moved, LONG);
    CHECK(memcmp(got[1], sent, LONG) == 0);
}

/* Data that end with a full packet, before the read's end: only the packet of length 0 ends it. */
static void zero_packets(usbx_queue *queue) {
    const size_t lengths[] = {512, MOST, 2 * MOST, 0};
    size_t i;
    for (i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        ask_for(queue, 0, LONG);
        send(lengths[i], USBX_TRANSFER_ZERO_PACKET);
        gets(queue, 0, lengths[i], USBX_OK);
    }
}

/* Sends so many bytes, which come by the stream: as much as there is at a time. */
static void by_stream(usbx_stream *stream, size_t length) {
    size_t moved, all;
    send(length, 0);
    for (all = 0; all < length; all += moved) {
        OK(usbx_stream_read(stream, got[0] + all, length - all, WAIT, &moved));
        CHECK(moved > 0);
    }
    CHECK(memcmp(got[0], sent, length) == 0);
}

static void streams(uint32_t memory, int maps, int divides) {
    usbx_stream_statistics now;
    usbx_stream *stream = open_stream(device, in, 0, 0, memory);
    size_t less;
    now = statistics(stream);
    CHECK_NUMBER(now.size, divides ? MOST : LONG);
    CHECK_NUMBER(now.depth, divides ? 32 : 8);
    /* Which one is quicker, it measures. */
    if (memory != USBX_MEMORY_AUTO || !maps)
        CHECK_NUMBER(now.memory, maps ? USBX_MEMORY_MAPPED : USBX_MEMORY_HEAP);
    by_stream(stream, LONG - 1);
    OK(usbx_stream_close(stream));

    /* Long transfers all the same: whoever chooses them gets them. */
    stream = open_stream(device, in, LONG, 3, memory);
    for (less = 1; less < 9; less++)
        by_stream(stream, LONG - less);
    OK(usbx_stream_close(stream));
}

static void mapped_memory(int maps) {
    usbx_stream_options options;
    usbx_stream *stream;
    memset(&options, 0, sizeof options);
    options.memory = USBX_MEMORY_MAPPED;
    EXPECT(usbx_stream_open(device, in, &options, &stream), maps ? USBX_OK : USBX_ERROR_NOT_SUPPORTED);
    if (maps) {
        OK(usbx_stream_close(stream));
    } else {
        SAYS("heap");
    }
}

int main(void) {
    const char *limits = getenv("LAB_LIMITS");
    int old = strcmp(limits, "old") == 0 || strcmp(limits, "unasked") == 0;
    int divides = old || strcmp(limits, "pieces") == 0;
    int maps = strcmp(limits, "pieces") == 0 || strcmp(limits, "arm") == 0;
    size_t by_libusb = (size_t)is_by_libusb(); /* it asks whenever a device is opened */
    static uint8_t few[512];
    usbx_queue *queue;
    size_t moved;

    open_pair_at(LOOP_PRODUCT, USBX_SPEED_HIGH);
    EXPECT(usbx_bulk_read(device, in, few, sizeof few, 20, &moved), USBX_ERROR_TIMEOUT);
    look();
    /* Nothing has needed it. */
    CHECK_NUMBER(seen.asked, by_libusb);

    OK(usbx_queue_open(&queue));
    reads_end_at_short_packets(queue);
    what_waits_can_end(queue);
    cancelled_in_the_middle(queue);
    blocking_calls();
    zero_packets(queue);
    OK(usbx_queue_close(queue));
    look();
    CHECK_NUMBER(seen.asked, by_libusb + 1);
    CHECK_NUMBER(seen.longest, divides ? MOST : LONG);

    mapped_memory(maps);
    streams(USBX_MEMORY_AUTO, maps, divides);
    streams(USBX_MEMORY_HEAP, 0, divides);
    if (maps)
        streams(USBX_MEMORY_MAPPED, 1, divides);
    look();
    CHECK_NUMBER(seen.asked, by_libusb + 1);
    CHECK(maps ? seen.mapped > 0 : seen.mapped == 0 || strcmp(limits, "wrong") == 0);
    OK(usbx_close(device));
    OK(usbx_shutdown(NULL));
    puts("ok");
    return 0;
}
