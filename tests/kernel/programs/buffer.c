/* Buffers that transfers use without a copy, on Source/Sink (pattern=1), with the kernel's limit for USB memory at 1 MiB: what is
 * copied counts a second time, so it shows who copies. The memory is given back when the device is closed, and a forked child
 * keeps none of it. */
#include "bulk_pair.h"
#include "streaming.h"
#include <sys/wait.h>
#include <unistd.h>

enum { LARGE = 768 * 1024, PART = 512 * 1024, LIMIT = 10000 };

static uint8_t plain[PART];

static usbx_status submitted(usbx_queue *queue, void *data) {
    usbx_transfer transfer = {0};
    usbx_completion done;
    usbx_status status;
    transfer.type = USBX_TYPE_BULK;
    transfer.endpoint = in;
    transfer.data = data;
    transfer.length = PART;
    status = usbx_submit(device, queue, &transfer, NULL);
    if (status == USBX_OK) {
        OK(usbx_queue_wait(queue, &done, 1, LIMIT, NULL));
        CHECK_NUMBER(done.status, USBX_OK);
        CHECK_NUMBER(done.transferred, PART);
        check_pattern(data, PART, 0);
    }
    return status;
}

static void nothing_is_copied(void) {
    usbx_queue *queue;
    void *buffer;
    uint8_t *bytes;
    size_t moved, i;
    OK(usbx_queue_open(&queue));
    OK(usbx_buffer_alloc(device, LARGE, &buffer));
    bytes = buffer;
    EXPECT(submitted(queue, plain), USBX_ERROR_NO_MEM); /* there is no room for a copy */
    OK(submitted(queue, bytes));
    OK(submitted(queue, bytes + LARGE - PART));
    OK(usbx_bulk_read(device, in, bytes, LARGE, LIMIT, &moved)); /* in one transfer */
    CHECK_NUMBER(moved, LARGE);
    check_pattern(bytes, LARGE, 0);
    for (i = 0; i < LARGE; i += pattern_packet) {
        memcpy(bytes + i, pattern(0), pattern_packet);
    }
    OK(usbx_bulk_write(device, out, bytes, LARGE, LIMIT, &moved));
    CHECK_NUMBER(moved, LARGE);
    OK(usbx_bulk_write(device, out, bytes, pattern_packet, LIMIT, &moved)); /* it was not halted: every byte was right */
    OK(usbx_buffer_free(buffer));
    OK(submitted(queue, plain));
    OK(usbx_queue_close(queue));
}

static void closing_gives_the_memory_back(void) {
    usbx_queue *queue;
    void *before, *after;
    size_t i;
    OK(usbx_buffer_alloc(device, LARGE, &before));
    for (i = 0; i < LARGE; i++) {
        ((uint8_t *)before)[i] = (uint8_t)(i * 7 >> 3);
    }
    OK(usbx_close(device));
    open_pair(ZERO_PRODUCT);
    OK(usbx_queue_open(&queue));
    OK(usbx_buffer_alloc(device, LARGE, &after));
    CHECK(before != after);
    EXPECT(submitted(queue, before), USBX_ERROR_NO_MEM); /* ordinary memory by now, and `after` is not */
    OK(submitted(queue, after));
    for (i = 0; i < LARGE; i++) {
        CHECK(((uint8_t *)before)[i] == (uint8_t)(i * 7 >> 3));
    }
    OK(usbx_buffer_free(before));
    OK(usbx_buffer_free(after));
    OK(usbx_queue_close(queue));
}

/* Opens, forks, closes, opens again: a child that is there would have kept what the stream had. */
static void a_child_keeps_nothing(void) {
    usbx_stream *stream = open_stream(device, in, PART / 8, 8, USBX_MEMORY_MAPPED);
    void *buffer;
    int alive[2], ready[2];
    char byte;
    pid_t child;
    CHECK(pipe(alive) == 0 && pipe(ready) == 0);
    OK(usbx_buffer_alloc(device, PART / 2, &buffer));
    child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        close(alive[1]);
        /* The parent's memory is not there, and its address is nobody's. */
        if (usbx_buffer_free(buffer) != USBX_ERROR_INVALID_PARAM || write(ready[1], "!", 1) != 1) {
            _exit(1);
        }
        _exit(read(alive[0], &byte, 1) == 0 ? 0 : 2);
    }
    CHECK(read(ready[0], &byte, 1) == 1);
    OK(usbx_buffer_free(buffer));
    OK(usbx_stream_close(stream));
    OK(usbx_close(device));
    open_pair(ZERO_PRODUCT);
    stream = open_stream(device, in, PART / 8, 8, USBX_MEMORY_MAPPED);
    CHECK_NUMBER(statistics(stream).memory, USBX_MEMORY_MAPPED);
    OK(usbx_buffer_alloc(device, PART / 2, &buffer));
    OK(usbx_buffer_free(buffer));
    OK(usbx_stream_close(stream));
    close(alive[1]);
    CHECK(waitpid(child, &child, 0) > 0 && WIFEXITED(child) && WEXITSTATUS(child) == 0);
}

int main(void) {
    open_pair(ZERO_PRODUCT);
    nothing_is_copied();
    closing_gives_the_memory_back();
    a_child_keeps_nothing();
    OK(usbx_close(device));
    return 0;
}
