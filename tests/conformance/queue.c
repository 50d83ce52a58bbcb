/* Completion queues: each transfer completes once, in order. */
#define _POSIX_C_SOURCE 200809L
#include "queue_fixture.h"

static void every_type_of_transfer_completes(void)
{
    usbx_device *device = claim_test_device();
    usbx_queue *queue = open_queue();
    uint8_t out[3 * PACKET], in[4 * PACKET], report[ACQ_STATUS_SIZE], registers[6], back[8];
    usbx_transfer transfer;
    usbx_completion done[5];
    uint64_t ids[5], seen = 0;
    size_t i, k;
    fill_pattern(out, 0, sizeof out);
    memset(in, UNTOUCHED, sizeof in);
    memset(back, UNTOUCHED, sizeof back);
    fill_pattern(registers, 77, sizeof registers);

    transfer = make_transfer(ACQ_LOOP_IN, in, sizeof in);
    transfer.user_data = UINT64_MAX;
    ids[0] = submit(device, queue, &transfer);
    transfer = make_transfer(ACQ_LOOP_OUT, out, 2 * PACKET + 7);
    transfer.user_data = UINT64_C(0x8000000000000001);
    ids[1] = submit(device, queue, &transfer);
    ids[2] = submit_to(device, queue, ACQ_STATUS, report, sizeof report); /* its user_data is 0 */
    transfer = make_request(ACQ_OUT, ACQ_REGISTERS, 100, registers, sizeof registers);
    transfer.user_data = 3;
    ids[3] = submit(device, queue, &transfer);
    transfer = make_request(ACQ_IN, ACQ_REGISTERS, 100, back, sizeof registers);
    transfer.user_data = 4;
    ids[4] = submit(device, queue, &transfer);
    memset(&transfer, UNTOUCHED, sizeof transfer); /* it was copied */

    if (!take(queue, done, COUNT(done)))
        return;
    for (i = 0; i < COUNT(done); i++) {
        static const uint64_t user_data[] = {UINT64_MAX, UINT64_C(0x8000000000000001), 0, 3, 4};
        static const size_t bytes[] = {2 * PACKET + 7, 2 * PACKET + 7, ACQ_STATUS_SIZE, 6, 6};
        for (k = 0; k < COUNT(ids) && ids[k] != done[i].id; k++)
            ;
        if (!CHECK(k < COUNT(ids)) || !CHECK((seen & UINT64_C(1) << k) == 0))
            return;
        seen |= UINT64_C(1) << k;
        COMPLETED(done[i], ids[k], USBX_OK, bytes[k]);
        CHECK(done[i].user_data == user_data[k]);
    }
    CHECK(is_pattern(in, 0, 2 * PACKET + 7) && is_untouched(in + 2 * PACKET + 7, 2 * PACKET - 7));
    CHECK(acq_i16(report) > -5000 && acq_i16(report) < 10000);
    CHECK(memcmp(back, registers, sizeof registers) == 0 && is_untouched(back + 6, 2));
    is_empty(queue);
    EXPECT(usbx_queue_close(queue), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

static void one_endpoints_transfers_complete_in_order(void)
{
    enum { READS = 64, LENGTH = 4 * PACKET };
    static uint8_t in[READS][LENGTH], out[READS * LENGTH];
    usbx_device *device = claim_test_device();
    usbx_queue *queue = open_queue();
    usbx_completion done[2 * READS];
    uint64_t ids[READS], written[READS];
    size_t i, reads = 0, writes = 0;
    fill_pattern(out, 0, sizeof out);
    memset(in, UNTOUCHED, sizeof in);
    for (i = 0; i < READS; i++)
        ids[i] = submit_to(device, queue, ACQ_LOOP_IN, in[i], LENGTH);
    for (i = 0; i < READS; i++) /* each its own length; all but the last read are filled by whole packets */
        written[i] = submit_to(device, queue, ACQ_LOOP_OUT, out + i * LENGTH, LENGTH);
    if (!take(queue, done, COUNT(done)))
        return;
    for (i = 0; i < COUNT(done); i++) {
        if (reads < READS && done[i].id == ids[reads]) {
            COMPLETED(done[i], ids[reads], USBX_OK, LENGTH);
            CHECK(is_pattern(in[reads], reads * LENGTH, LENGTH));
            reads++;
        } else {
            CHECK(writes < READS);
            COMPLETED(done[i], written[writes % READS], USBX_OK, LENGTH);
            writes++;
        }
    }
    EQUAL(reads, READS);
    EXPECT(usbx_queue_close(queue), USBX_OK);
    EQUAL(drain_loopback(device, 0), 0);
    EXPECT(usbx_close(device), USBX_OK);
}

static void packets_end_reads_as_in_blocking_calls(void)
{
    static const size_t sizes[] = {0, 1, PACKET - 1, PACKET, PACKET + 1, 0};
    usbx_device *device = claim_test_device();
    usbx_queue *queue = open_queue();
    uint8_t in[6][2 * PACKET], out[2 * PACKET], one[PACKET];
    usbx_completion done[6], overflow;
    uint64_t ids[6], id;
    size_t i;
    fill_pattern(out, 0, sizeof out);
    for (i = 0; i < COUNT(sizes); i++) {
        memset(in[i], UNTOUCHED, sizeof in[i]);
        ids[i] = submit_to(device, queue, ACQ_LOOP_IN, in[i], sizes[i] == PACKET ? PACKET : 2 * PACKET);
    }
    for (i = 0; i < COUNT(sizes); i++)
        EXPECT(usbx_bulk_write(device, ACQ_LOOP_OUT, out, sizes[i], LONG, NULL), USBX_OK);
    if (!take(queue, done, COUNT(done)))
        return;
    for (i = 0; i < COUNT(sizes); i++) {
        COMPLETED(done[i], ids[i], USBX_OK, sizes[i]);
        CHECK(is_pattern(in[i], 0, sizes[i]) && is_untouched(in[i] + sizes[i], 2 * PACKET - sizes[i]));
    }
    memset(one, UNTOUCHED, sizeof one);
    id = submit_to(device, queue, ACQ_LOOP_IN, one, 100);
    EXPECT(usbx_bulk_write(device, ACQ_LOOP_OUT, out, PACKET, LONG, NULL), USBX_OK);
    if (take(queue, &overflow, 1)) {
        EQUAL(overflow.id, id);
        EQUAL(overflow.status, USBX_ERROR_OVERFLOW);
        CHECK(overflow.transferred <= 100);
        CHECK(is_untouched(one + 100, PACKET - 100));
    }
    /* A queued write of nothing sends an empty packet. */
    id = submit_to(device, queue, ACQ_LOOP_OUT, NULL, 0);
    if (take(queue, done, 1))
        COMPLETED(done[0], id, USBX_OK, 0);
    id = submit_to(device, queue, ACQ_LOOP_IN, one, PACKET);
    if (take(queue, done, 1))
        COMPLETED(done[0], id, USBX_OK, 0);
    EXPECT(usbx_queue_close(queue), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

static void a_batch_is_as_large_as_its_room(void)
{
    enum { READS = 9 };
    usbx_device *device = claim_test_device();
    usbx_queue *queue = open_queue();
    uint8_t in[READS][PACKET], out[PACKET] = {0};
    usbx_completion done[4];
    uint64_t ids[READS];
    size_t i, taken = 0, count;
    for (i = 0; i < READS; i++)
        ids[i] = submit_to(device, queue, ACQ_LOOP_IN, in[i], PACKET);
    for (i = 0; i < READS; i++)
        EXPECT(usbx_bulk_write(device, ACQ_LOOP_OUT, out, i + 1, LONG, NULL), USBX_OK);
    while (taken < READS) {
        memset(done, UNTOUCHED, sizeof done);
        count = 99;
        if (!EXPECT(usbx_queue_wait(queue, done, 2, LONG, &count), USBX_OK) || !CHECK(count == 1 || count == 2))
            return;
        CHECK(is_untouched((uint8_t *)(done + count), (COUNT(done) - count) * sizeof *done));
        for (i = 0; i < count && taken < READS; i++, taken++)
            COMPLETED(done[i], ids[taken], USBX_OK, taken + 1);
        if (taken < READS - 1 && test_virtual != NULL && test_at_once)
            EQUAL(count, 2); /* the virtual device has completed them all */
    }
    is_empty(queue);
    ids[0] = submit_to(device, queue, ACQ_STATUS, in[0], ACQ_STATUS_SIZE);
    EXPECT(usbx_queue_wait(queue, done, 1, USBX_NO_TIMEOUT, NULL), USBX_OK); /* with room for one the count is known */
    COMPLETED(done[0], ids[0], USBX_OK, ACQ_STATUS_SIZE);
    EXPECT(usbx_queue_close(queue), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

static void waiting_ends_by_time(void)
{
    usbx_device *device = claim_test_device();
    usbx_queue *queue = open_queue();
    usbx_completion done[3];
    uint8_t in[PACKET];
    uint64_t id;
    size_t count = 99;
    memset(done, UNTOUCHED, sizeof done);
    is_empty(queue); /* with nothing submitted */
    EXPECT(usbx_queue_wait(queue, done, 3, 50, &count), USBX_ERROR_TIMEOUT);
    EQUAL(count, 0);
    id = submit_to(device, queue, ACQ_LOOP_IN, in, PACKET);
    is_empty(queue);
    EXPECT(usbx_queue_wait(queue, done, 3, 50, &count), USBX_ERROR_TIMEOUT);
    EQUAL(count, 0);
    CHECK(is_untouched((uint8_t *)done, sizeof done));
    /* The end of the wait is not the end of the transfer. */
    EXPECT(usbx_bulk_write(device, ACQ_LOOP_OUT, "abc", 3, LONG, NULL), USBX_OK);
    if (take(queue, done, 1))
        COMPLETED(done[0], id, USBX_OK, 3);
    EXPECT(usbx_queue_close(queue), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

static void a_transfers_own_timeout_keeps_its_bytes(void)
{
    usbx_device *device = claim_test_device();
    usbx_queue *queue = open_queue();
    static uint8_t in[4096], out[2 * HELD * PACKET];
    usbx_transfer transfer;
    usbx_completion done[2];
    uint64_t id, other;
    fill_pattern(out, 0, sizeof out);
    memset(in, UNTOUCHED, sizeof in);
    EXPECT(usbx_bulk_write(device, ACQ_LOOP_OUT, out, 1024, LONG, NULL), USBX_OK);
    transfer = make_transfer(ACQ_LOOP_IN, in, sizeof in);
    transfer.timeout_ms = SHORT;
    id = submit(device, queue, &transfer);
    if (take(queue, done, 1))
        COMPLETED(done[0], id, USBX_ERROR_TIMEOUT, 1024);
    CHECK(is_pattern(in, 0, 1024) && is_untouched(in + 1024, sizeof in - 1024));
    /* The same for what the device does not take; and who has more time is not disturbed. */
    other = submit_to(device, queue, ACQ_STATUS, in, ACQ_STATUS_SIZE);
    if (take(queue, done, 1))
        COMPLETED(done[0], other, USBX_OK, ACQ_STATUS_SIZE);
    transfer = make_transfer(ACQ_LOOP_OUT, out, sizeof out);
    transfer.timeout_ms = SHORT;
    id = submit(device, queue, &transfer);
    if (take(queue, done, 1))
        COMPLETED(done[0], id, USBX_ERROR_TIMEOUT, HELD * PACKET);
    EQUAL(drain_loopback(device, 0), HELD * PACKET);
    /* Time that is not used up ends nothing. */
    transfer = make_transfer(ACQ_LOOP_IN, in, sizeof in);
    transfer.timeout_ms = LONG;
    id = submit(device, queue, &transfer);
    EXPECT(usbx_bulk_write(device, ACQ_LOOP_OUT, out, 3, LONG, NULL), USBX_OK);
    if (take(queue, done, 1))
        COMPLETED(done[0], id, USBX_OK, 3);
    EXPECT(usbx_queue_close(queue), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

static usbx_status refused(usbx_device *device, usbx_queue *queue, const usbx_transfer *transfer)
{
    uint64_t id = 99;
    usbx_status status = usbx_submit(device, queue, transfer, &id);
    EQUAL(id, 0);
    CHECK(strlen(usbx_last_error()) > 10);
    return status;
}

static void submit_refuses_at_once_what_cannot_be(void)
{
    usbx_device *device = claim_test_device(), *unclaimed = open_test_device();
    usbx_queue *queue = open_queue(), *other = open_queue();
    usbx_completion done;
    usbx_transfer transfer;
    uint8_t in[PACKET];
    uint64_t id;
    int type;
    memset(in, UNTOUCHED, sizeof in);
#define REFUSED(change, expected)                                  \
    do {                                                           \
        transfer = make_transfer(ACQ_LOOP_IN, in, PACKET);         \
        change;                                                    \
        EXPECT(refused(device, queue, &transfer), expected);       \
    } while (0)
    transfer = make_transfer(ACQ_LOOP_IN, in, PACKET);
    EXPECT(refused(unclaimed, other, &transfer), USBX_ERROR_NOT_CLAIMED);
    SAID("usbx_claim");
    REFUSED(transfer.endpoint = ACQ_HID; transfer.type = USBX_TYPE_INTERRUPT, USBX_ERROR_NOT_CLAIMED);
    REFUSED(transfer.endpoint = 0x85, USBX_ERROR_INVALID_PARAM);
    SAID("0x83"); /* the ones there are */
    SAID("1209:0001");
    REFUSED(transfer.endpoint = 0x03, USBX_ERROR_INVALID_PARAM); /* the other direction's */
    REFUSED(transfer.endpoint = 0, USBX_ERROR_INVALID_PARAM);
    REFUSED(transfer.type = USBX_TYPE_INTERRUPT, USBX_ERROR_INVALID_PARAM);
    SAID("bulk");
    REFUSED(transfer.endpoint = ACQ_STATUS, USBX_ERROR_INVALID_PARAM);
    for (type = 4; type < 256; type++)
        REFUSED(transfer.type = (uint8_t)type, USBX_ERROR_INVALID_PARAM);
    REFUSED(transfer.data = NULL, USBX_ERROR_INVALID_PARAM);
    SAID("NULL");
    REFUSED(transfer.length = 0, USBX_ERROR_INVALID_PARAM);
    REFUSED(transfer.length = SIZE_MAX, USBX_ERROR_INVALID_PARAM);
    REFUSED(transfer.timeout_ms = USBX_NO_WAIT, USBX_ERROR_INVALID_PARAM);
    SAID("USBX_NO_WAIT");
    REFUSED(transfer.endpoint = ACQ_LOOP_OUT; transfer.data = NULL, USBX_ERROR_INVALID_PARAM);
    REFUSED(transfer = make_request(ACQ_IN, ACQ_REGISTERS, 0, NULL, 4), USBX_ERROR_INVALID_PARAM);
    REFUSED(transfer = make_request(ACQ_IN, ACQ_REGISTERS, 0, in, 65536), USBX_ERROR_INVALID_PARAM);
    REFUSED(transfer = make_request(0xa1, 1, 1, in, 8), USBX_ERROR_NOT_CLAIMED); /* a class request to interface 1 */
    REFUSED(transfer = make_request(0x00, 9, 0, NULL, 0), USBX_ERROR_INVALID_PARAM); /* SET_CONFIGURATION */
    SAID("usbx_control");
    EXPECT(usbx_submit(device, queue, NULL, NULL), USBX_ERROR_INVALID_PARAM);
    SAID("NULL");
    is_empty(queue); /* no completion of what was refused */
    CHECK(is_untouched(in, sizeof in));
    EXPECT(usbx_cancel(device, ACQ_LOOP_IN), USBX_OK);

    /* A request that the device refuses is not a caller's mistake: it completes. */
    transfer = make_request(ACQ_IN, 0x77, 0, in, 4);
    id = submit(device, queue, &transfer);
    if (take(queue, &done, 1))
        COMPLETED(done, id, USBX_ERROR_PIPE, 0);
    EXPECT(usbx_close(unclaimed), USBX_OK);
    EXPECT(usbx_queue_close(other), USBX_OK);
    EXPECT(refused(unclaimed, queue, &transfer), USBX_ERROR_INVALID_HANDLE);
    EXPECT(usbx_queue_close(queue), USBX_OK);
    EXPECT(refused(device, queue, &transfer), USBX_ERROR_INVALID_HANDLE);
    EXPECT(usbx_close(device), USBX_OK);
}

static void one_queue_serves_several_handles(void)
{
    usbx_device *one = claim_test_device(), *two = open_test_device();
    usbx_queue *queue = open_queue(), *second = open_queue();
    uint8_t in[PACKET], key[8], back[4] = {0}, rate[4] = {0}, report[ACQ_STATUS_SIZE];
    usbx_transfer request = make_request(ACQ_IN, ACQ_RATE, 0, rate, 4);
    usbx_completion done;
    uint64_t read, button, asked;
    EXPECT(usbx_detach_kernel_driver(two, 1), USBX_OK);
    EXPECT(usbx_claim(two, 1), USBX_OK);
    read = submit_to(one, queue, ACQ_LOOP_IN, in, PACKET);
    button = submit_to(two, queue, ACQ_HID, key, sizeof key); /* which never comes */
    asked = submit(two, queue, &request);
    CHECK(read != button && button != asked && asked != read);
    if (take(queue, &done, 1))
        COMPLETED(done, asked, USBX_OK, 4);
    /* Another queue, of a device that this one has too. */
    request.data = back;
    asked = submit(one, second, &request);
    if (take(second, &done, 1))
        COMPLETED(done, asked, USBX_OK, 4);
    EQUAL(acq_u32(back), acq_u32(rate));
    is_empty(queue);
    EXPECT(usbx_close(two), USBX_OK); /* ends what is its own and nothing else */
    if (take(queue, &done, 1))
        COMPLETED(done, button, USBX_ERROR_CLOSED, 0);
    is_empty(queue);
    EXPECT(usbx_bulk_write(one, ACQ_LOOP_OUT, "abcd", 4, LONG, NULL), USBX_OK);
    if (take(queue, &done, 1))
        COMPLETED(done, read, USBX_OK, 4);
    /* And closing a queue ends nothing of another's. */
    read = submit_to(one, second, ACQ_STATUS, report, sizeof report);
    EXPECT(usbx_queue_close(queue), USBX_OK);
    if (take(second, &done, 1))
        COMPLETED(done, read, USBX_OK, ACQ_STATUS_SIZE);
    EXPECT(usbx_queue_close(second), USBX_OK);
    EXPECT(usbx_close(one), USBX_OK);
}

const test_case queue_cases[] = {
    {"every_type_of_transfer_completes", every_type_of_transfer_completes},
    {"one_endpoints_transfers_complete_in_order", one_endpoints_transfers_complete_in_order},
    {"packets_end_reads_as_in_blocking_calls", packets_end_reads_as_in_blocking_calls},
    {"a_batch_is_as_large_as_its_room", a_batch_is_as_large_as_its_room},
    {"waiting_ends_by_time", waiting_ends_by_time},
    {"a_transfers_own_timeout_keeps_its_bytes", a_transfers_own_timeout_keeps_its_bytes},
    {"submit_refuses_at_once_what_cannot_be", submit_refuses_at_once_what_cannot_be},
    {"one_queue_serves_several_handles", one_queue_serves_several_handles},
};
const size_t queue_count = COUNT(queue_cases);
