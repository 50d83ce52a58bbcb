/* The kernel's limit for USB memory of all programs together is argv[1] MiB, 1 or 0 for none: streams make do with fewer
 * transfers, long calls with smaller ones, a queue says so; and nothing hangs where somebody else has nearly all of it. On
 * Source/Sink (pattern=1), which halts its OUT endpoint at a wrong byte. */
#include "bulk_pair.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SIZE = 64 * 1024, DEPTH = 64, LONG = 8 * MIB, WAIT = 10000, PAGE = 4096, PAGES = 256 };

static size_t limit;
static uint8_t data[LONG];

/* 64 transfers of 64 KiB, four times what there may be. */
static usbx_stream_statistics read_stream(uint32_t memory) {
    usbx_stream *stream = open_stream(device, in, SIZE, DEPTH, memory);
    usbx_stream_statistics stats = statistics(stream);
    usbx_chunk chunk;
    uint64_t got;
    CHECK(!limit || stats.depth * SIZE <= limit * MIB);
    for (got = 0; got < 6 * MIB; got += chunk.length) {
        OK(usbx_stream_next(stream, WAIT, &chunk));
        CHECK_NUMBER(chunk.length, SIZE);
        CHECK_NUMBER(chunk.sequence, got / SIZE);
        check_pattern(chunk.data, chunk.length, got);
    }
    stats = statistics(stream);
    CHECK(stats.bytes >= got && stats.bytes <= got + SIZE * DEPTH);
    OK(usbx_stream_close(stream));
    return stats;
}

static usbx_stream_statistics write_stream(uint32_t memory) {
    usbx_stream *stream = open_stream(device, out, SIZE, DEPTH, memory);
    usbx_stream_statistics stats;
    size_t moved;
    int i;
    for (i = 0; i < 6; i++) {
        OK(usbx_stream_write(stream, pattern(0), MIB, WAIT, &moved));
        CHECK_NUMBER(moved, MIB);
    }
    OK(usbx_stream_flush(stream, WAIT));
    stats = statistics(stream);
    CHECK_NUMBER(stats.bytes, 6 * MIB);
    CHECK_NUMBER(stats.transfers, 6 * MIB / SIZE);
    OK(usbx_stream_close(stream));
    return stats;
}

static void streams(void) {
    static const uint32_t kinds[] = {USBX_MEMORY_HEAP, USBX_MEMORY_AUTO};
    usbx_stream_statistics stats;
    int i;
    for (i = 0; i < 2; i++) {
        stats = read_stream(kinds[i]);
        CHECK(limit ? stats.depth >= 1 && stats.depth * SIZE <= limit * MIB : stats.depth == DEPTH);
        /* Room for all is not to be had, so it is not shared with the system. */
        CHECK(!limit || stats.memory == USBX_MEMORY_HEAP);
        if (kinds[i] == USBX_MEMORY_HEAP) {
            printf("note: limit %zu MiB: %d transfers of 64 KiB became %d\n", limit, DEPTH, (int)stats.depth);
        }
        stats = write_stream(kinds[i]);
        CHECK(limit ? stats.depth >= 1 && stats.depth * SIZE <= limit * MIB : stats.depth == DEPTH);
        CHECK(!limit || stats.memory == USBX_MEMORY_HEAP);
    }
}

/* One call each, of `length` bytes. */
static void calls(size_t length) {
    size_t moved, i;
    memset(data, 0xee, length);
    OK(usbx_bulk_read(device, in, data, length, 2 * WAIT, &moved));
    CHECK_NUMBER(moved, length);
    check_pattern(data, length, 0);
    for (i = 0; i < length; i += pattern_packet) {
        memcpy(data + i, pattern(0), pattern_packet);
    }
    OK(usbx_bulk_write(device, out, data, length, 2 * WAIT, &moved));
    CHECK_NUMBER(moved, length);
    OK(usbx_bulk_write(device, out, data, pattern_packet, WAIT, &moved)); /* it was not halted */
}

static usbx_status submit(usbx_queue *queue, size_t number) {
    usbx_transfer transfer;
    memset(&transfer, 0, sizeof transfer);
    transfer.type = USBX_TYPE_BULK;
    transfer.endpoint = in;
    transfer.timeout_ms = WAIT;
    transfer.data = data + number * SIZE;
    transfer.length = SIZE;
    transfer.user_data = number;
    return usbx_submit(device, queue, &transfer, NULL);
}

static void take(usbx_queue *queue, size_t count) {
    usbx_completion completion;
    size_t i;
    for (i = 0; i < count; i++) {
        OK(usbx_queue_wait(queue, &completion, 1, WAIT, NULL));
        OK(completion.status);
        CHECK_NUMBER(completion.user_data, i);
        CHECK_NUMBER(completion.transferred, SIZE);
        check_pattern(data + i * SIZE, SIZE, 0);
    }
    EXPECT(usbx_queue_wait(queue, &completion, 1, USBX_NO_WAIT, NULL), USBX_ERROR_TIMEOUT);
}

/* How many transfers a queue takes. What it has taken completes all the same, and then it takes as many again. */
static size_t fill_queue(void) {
    usbx_status status = USBX_OK;
    usbx_queue *queue;
    size_t count, round, first = 0;
    OK(usbx_queue_open(&queue));
    for (round = 0; round < 3; round++) {
        memset(data, 0xee, DEPTH * SIZE);
        for (count = 0; count < DEPTH; count++) {
            status = submit(queue, count);
            if (status != USBX_OK) {
                break;
            }
        }
        if (count < DEPTH) {
            EXPECT(status, USBX_ERROR_NO_MEM);
            SAYS("usbfs_memory_mb");
        }
        take(queue, count);
        CHECK(round == 0 || count == first);
        first = count;
    }
    OK(usbx_queue_close(queue));
    return first;
}

/* What somebody else has: pages of a descriptor that is not the library's. The kernel does not ask whose. */
static int other;
static void *held[PAGES];

static void hold_all(void) {
    size_t i;
    for (i = 0; i < PAGES; i++) {
        if (held[i] == NULL) {
            held[i] = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, other, 0);
            if (held[i] == MAP_FAILED) {
                held[i] = NULL;
                return;
            }
        }
    }
    fprintf(stderr, "the kernel gives more than 1 MiB\n");
    exit(1);
}

static void give_back(size_t bytes) {
    size_t i;
    for (i = 0; i < PAGES && bytes > 0; i++) {
        if (held[i] != NULL) {
            CHECK(munmap(held[i], PAGE) == 0);
            held[i] = NULL;
            bytes -= bytes < PAGE ? bytes : PAGE;
        }
    }
}

/* Nearly nothing is left: 40 KiB, and then less than the smallest transfer that a long call is cut into. */
static void scarce(void) {
    usbx_stream_options options;
    usbx_stream_statistics stats;
    usbx_stream *stream;
    usbx_device_info info;
    usbx_chunk chunk;
    usbx_status status;
    uint64_t got;
    size_t moved;
    char node[64];

    OK(usbx_info(device, &info));
    snprintf(node, sizeof node, "/dev/bus/usb/%03d/%03d", info.bus, info.address);
    other = open(node, O_RDWR);
    CHECK(other >= 0);

    /* Asked for in so many words, shared memory is there but not so much. */
    memset(&options, 0, sizeof options);
    options.size = SIZE;
    options.depth = DEPTH;
    options.memory = USBX_MEMORY_MAPPED;
    EXPECT(usbx_stream_open(device, in, &options, &stream), USBX_ERROR_NO_MEM);
    SAYS("usbfs_memory_mb");

    hold_all();
    give_back(40 * 1024);
    calls(MIB);
    memset(&options, 0, sizeof options);
    options.size = SIZE;
    EXPECT(usbx_stream_open(device, in, &options, &stream), USBX_ERROR_NO_MEM);
    SAYS("usbfs_memory_mb");
    CHECK(stream == NULL);
    stream = open_stream(device, out, SIZE, DEPTH, USBX_MEMORY_AUTO);
    EXPECT(usbx_stream_write(stream, pattern(0), MIB, WAIT, &moved), USBX_ERROR_NO_MEM);
    SAYS("usbfs_memory_mb");
    CHECK_NUMBER(statistics(stream).bytes, 0);
    EXPECT(usbx_stream_flush(stream, WAIT), USBX_ERROR_NO_MEM);
    SAYS("usbfs_memory_mb");
    OK(usbx_stream_close(stream));
    stream = open_stream(device, in, SIZE / 4, DEPTH, USBX_MEMORY_AUTO);
    for (got = 0; got < 2 * MIB; got += chunk.length) {
        OK(usbx_stream_next(stream, WAIT, &chunk));
        check_pattern(chunk.data, chunk.length, got);
    }
    CHECK_NUMBER(statistics(stream).depth, 2);
    OK(usbx_stream_close(stream));

    hold_all();
    EXPECT(usbx_bulk_read(device, in, data, SIZE, WAIT, &moved), USBX_ERROR_NO_MEM);
    SAYS("usbfs_memory_mb");
    CHECK_NUMBER(moved, 0);
    EXPECT(usbx_bulk_write(device, out, pattern(0), MIB, WAIT, &moved), USBX_ERROR_NO_MEM);
    CHECK_NUMBER(moved, 0);
    CHECK_NUMBER(fill_queue(), 0);
    /* A request so small may have what the last page did not. */
    status = usbx_control(device, 0x80, 0, 0, 0, data, 2, WAIT, &moved);
    if (status != USBX_OK) {
        EXPECT(status, USBX_ERROR_NO_MEM);
        SAYS("usbfs_memory_mb");
    }

    /* Somebody takes all that becomes free while a stream runs: it goes on with less, down to nothing, and says so. */
    give_back(PAGES * PAGE);
    stream = open_stream(device, in, SIZE, DEPTH, USBX_MEMORY_HEAP);
    for (got = 0;; got += chunk.length) {
        status = usbx_stream_next(stream, WAIT, &chunk);
        if (status != USBX_OK) {
            EXPECT(status, USBX_ERROR_NO_MEM);
            break;
        }
        CHECK(got < 64 * MIB);
        check_pattern(chunk.data, chunk.length, got);
        hold_all();
    }
    stats = statistics(stream);
    CHECK_NUMBER(stats.bytes, got);
    EXPECT(usbx_stream_next(stream, WAIT, &chunk), USBX_ERROR_NO_MEM);
    SAYS("usbfs_memory_mb");
    OK(usbx_stream_close(stream));

    give_back(PAGES * PAGE);
    CHECK(close(other) == 0);
}

int main(int argc, char **argv) {
    size_t count;

    CHECK(argc == 2);
    limit = (size_t)atoi(argv[1]);
    open_pair(ZERO_PRODUCT);

    streams();
    calls(LONG);
    count = fill_queue();
    if (limit) {
        CHECK(count >= 1 && count < limit * MIB / SIZE);
        scarce();
        /* All is as before. */
        CHECK_NUMBER(fill_queue(), count);
        streams();
        calls(LONG);
    } else {
        CHECK_NUMBER(count, DEPTH);
    }
    OK(usbx_close(device));
    return 0;
}
