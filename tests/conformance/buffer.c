/* Memory from usbx_buffer_alloc: transfers with data inside it, and who may free it when. */
#include "suite.h"
#include "queue_fixture.h"
#include "stream_fixture.h"

enum { SIZE = 64 * PACKET };

static uint8_t *allocate(usbx_device *device, size_t length)
{
    void *buffer = NULL;
    EXPECT(usbx_buffer_alloc(device, length, &buffer), USBX_OK);
    CHECK(buffer != NULL && (size_t)buffer % 4096 == 0);
    return (uint8_t *)buffer;
}

static int is_zero(const uint8_t *data, size_t length)
{
    while (length > 0 && *data == 0)
        data++, length--;
    return length == 0;
}

static void transfers_of_every_kind_use_it(void)
{
    usbx_device *device = claim_test_device();
    usbx_queue *queue = open_queue();
    uint8_t *buffer = allocate(device, 2 * SIZE), *back = buffer + SIZE;
    usbx_stream *stream;
    usbx_completion done[2];
    size_t moved = 0;
    CHECK(is_zero(buffer, 2 * SIZE));
    fill_pattern(buffer, 0, SIZE);

    EXPECT(usbx_bulk_write(device, ACQ_LOOP_OUT, buffer, SIZE, LONG, NULL), USBX_OK);
    EXPECT(usbx_bulk_read(device, ACQ_LOOP_IN, back, SIZE, LONG, &moved), USBX_OK);
    CHECK(moved == SIZE && is_pattern(back, 0, SIZE));

    memset(back, UNTOUCHED, SIZE);
    submit_to(device, queue, ACQ_LOOP_IN, back + 3, SIZE - PACKET); /* any part of it */
    submit_to(device, queue, ACQ_LOOP_OUT, buffer + 5, SIZE - PACKET);
    if (take(queue, done, 2))
        CHECK(done[0].status == USBX_OK && done[1].status == USBX_OK);
    CHECK(is_pattern(back + 3, 5, SIZE - PACKET) && is_untouched(back, 3));

    EXPECT(usbx_control(device, 0x40, 4, 0, 0, buffer, 256, LONG, NULL), USBX_OK);
    EXPECT(usbx_control(device, 0xc0, 4, 0, 0, back, 256, LONG, &moved), USBX_OK);
    CHECK(moved == 256 && memcmp(buffer, back, 256) == 0);

    EXPECT(usbx_bulk_write(device, ACQ_LOOP_OUT, buffer, 3 * PACKET, LONG, NULL), USBX_OK);
    stream = open_stream(device, ACQ_LOOP_IN, 3 * PACKET, 1);
    memset(back, UNTOUCHED, SIZE);
    EXPECT(usbx_stream_read(stream, back, 3 * PACKET, LONG, &moved), USBX_OK);
    CHECK(moved == 3 * PACKET && is_pattern(back, 0, moved));
    EXPECT(usbx_stream_close(stream), USBX_OK);

    EXPECT(usbx_queue_close(queue), USBX_OK);
    EXPECT(usbx_buffer_free(buffer), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

static void a_long_call_uses_it(void)
{
    enum { FRAMES = 8192 };
    usbx_device *device = claim_test_device();
    uint8_t *buffer = allocate(device, FRAMES * ACQ_FRAME_SIZE);
    uint32_t next = 0;
    size_t moved = 0;
    start_sampling(device, 0);
    EXPECT(usbx_bulk_read(device, ACQ_FRAMES, buffer, FRAMES * ACQ_FRAME_SIZE, LONG, &moved), USBX_OK);
    CHECK(frames_go_on(buffer, moved, &next));
    EQUAL(next, FRAMES);
    EXPECT(usbx_close(device), USBX_OK);
    EXPECT(usbx_buffer_free(buffer), USBX_OK);
}

static void it_is_busy_while_a_transfer_uses_it(void)
{
    usbx_device *device = claim_test_device(), *other = open_test_device();
    usbx_queue *queue = open_queue();
    uint8_t *buffer = allocate(device, SIZE), *others = allocate(other, SIZE);
    usbx_completion done[2];
    submit_to(device, queue, ACQ_LOOP_IN, buffer + PACKET, PACKET);
    submit_to(device, queue, ACQ_LOOP_IN, others, PACKET); /* of another handle: as any memory */
    EXPECT(usbx_buffer_free(buffer), USBX_ERROR_BUSY);
    SAID("cancel");
    EXPECT(usbx_buffer_free(others), USBX_ERROR_BUSY);
    EXPECT(usbx_queue_cancel(queue, 0), USBX_OK);
    take(queue, done, 2);
    EXPECT(usbx_buffer_free(buffer), USBX_OK);
    EXPECT(usbx_buffer_free(buffer), USBX_ERROR_INVALID_PARAM);
    EXPECT(usbx_buffer_free(others), USBX_OK);
    EXPECT(usbx_queue_close(queue), USBX_OK);
    EXPECT(usbx_close(other), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

static void address_and_bytes_outlive_the_device(void)
{
    usbx_device *device = claim_test_device();
    uint8_t *closed = allocate(device, SIZE + 1), *unplugged = NULL, *shut;
    int gone;
    fill_pattern(closed, 0, SIZE + 1);
    EXPECT(usbx_close(device), USBX_OK);
    CHECK(is_pattern(closed, 0, SIZE + 1));

    device = claim_test_device();
    shut = allocate(device, 5 * PACKET);
    fill_pattern(shut, 7, 5 * PACKET);
    EXPECT(usbx_shutdown(NULL), USBX_OK);
    CHECK(is_pattern(shut, 7, 5 * PACKET) && is_pattern(closed, 0, SIZE + 1));
    start_over();

    device = claim_test_device();
    unplugged = allocate(device, SIZE);
    fill_pattern(unplugged, 3, SIZE);
    gone = unplug();
    CHECK(is_pattern(unplugged, 3, SIZE));
    unplugged[0] = shut[0] = closed[0] = 1; /* to write to, too */
    EXPECT(usbx_close(device), USBX_OK);
    CHECK(is_pattern(unplugged + 1, 4, SIZE - 1));
    if (gone)
        plug();

    device = claim_test_device(); /* and for transfers */
    EXPECT(usbx_bulk_write(device, ACQ_LOOP_OUT, closed + 1, SIZE, LONG, NULL), USBX_OK);
    EXPECT(usbx_bulk_read(device, ACQ_LOOP_IN, unplugged, SIZE, LONG, NULL), USBX_OK);
    CHECK(is_pattern(unplugged, 1, SIZE));
    EXPECT(usbx_close(device), USBX_OK);
    EXPECT(usbx_buffer_free(closed), USBX_OK);
    EXPECT(usbx_buffer_free(shut), USBX_OK);
    EXPECT(usbx_buffer_free(unplugged), USBX_OK);
}

static void nothing_else_is_freed(void)
{
    usbx_device *device = open_test_device();
    uint8_t *buffer = allocate(device, SIZE), other[8];
    void *none = other;
    EXPECT(usbx_buffer_free(NULL), USBX_OK);
    EXPECT(usbx_buffer_free(other), USBX_ERROR_INVALID_PARAM);
    EXPECT(usbx_buffer_free(buffer + 1), USBX_ERROR_INVALID_PARAM);
    SAID("usbx_buffer_alloc");
    EXPECT(usbx_buffer_alloc(device, 0, &none), USBX_ERROR_INVALID_PARAM);
    CHECK(none == NULL);
    /* More than there is. Of 32 bits, a program may get half of all addresses. */
    EXPECT(usbx_buffer_alloc(device, sizeof(size_t) > 4 ? (size_t)-1 / 2 : (size_t)-1 / 4 * 3, &none), USBX_ERROR_NO_MEM);
    EXPECT(usbx_buffer_alloc(device, (size_t)-1, &none), USBX_ERROR_NO_MEM);
    EXPECT(usbx_buffer_alloc(device, SIZE, NULL), USBX_ERROR_INVALID_PARAM);
    buffer[SIZE - 1] = 1;
    EXPECT(usbx_buffer_free(buffer), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

typedef struct {
    usbx_device *device;
    int good;
} allocating;

static void *allocate_and_free(void *argument)
{
    allocating *a = (allocating *)argument;
    int i;
    for (i = 0; i < 200; i++) {
        void *buffer = NULL;
        uint8_t *bytes;
        size_t moved = 0;
        if (usbx_buffer_alloc(a->device, PACKET, &buffer) != USBX_OK)
            return NULL;
        bytes = (uint8_t *)buffer;
        if (usbx_control(a->device, 0x80, 6, 0x0100, 0, bytes, 18, LONG, &moved) != USBX_OK || bytes[0] != 18 ||
            usbx_buffer_free(buffer) != USBX_OK)
            return NULL;
    }
    a->good = 1;
    return NULL;
}

static void threads_have_their_own(void)
{
    usbx_device *device = open_test_device();
    allocating each[4];
    pthread_t threads[4];
    int i;
    for (i = 0; i < 4; i++) {
        each[i].device = device;
        each[i].good = 0;
        threads[i] = run_thread(allocate_and_free, &each[i]);
    }
    for (i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        CHECK(each[i].good);
    }
    EXPECT(usbx_close(device), USBX_OK);
}

const test_case buffer_cases[] = {
    {"transfers_of_every_kind_use_it", transfers_of_every_kind_use_it},
    {"a_long_call_uses_it", a_long_call_uses_it},
    {"it_is_busy_while_a_transfer_uses_it", it_is_busy_while_a_transfer_uses_it},
    {"address_and_bytes_outlive_the_device", address_and_bytes_outlive_the_device},
    {"nothing_else_is_freed", nothing_else_is_freed},
    {"threads_have_their_own", threads_have_their_own},
};
const size_t buffer_count = COUNT(buffer_cases);
