/* Isochronous transfers: packets in their places, the order of frames, what is refused. */
#include "isochronous_fixture.h"

static void each_packet_has_its_place_length_and_status(void)
{
    usbx_device *device = claim_setting_1();
    intervals *t = new_intervals(20);
    course frames = {-1, 0};
    size_t moved, i;
    EXPECT(read_intervals(device, t, LONG, &moved), USBX_OK);
    EQUAL(moved, 0); /* it does not sample yet */
    for (i = 0; i < t->count; i++)
        CHECK(t->packets[i].transferred == 0 && t->packets[i].status == USBX_OK);
    start_sampling(device, 0);
    /* The interval in which it started may have begun before, and is empty. */
    EXPECT(read_intervals(device, t, LONG, &moved), USBX_OK);
    EQUAL(follow(&frames, t, moved), t->count);
    EXPECT(read_intervals(device, t, LONG, &moved), USBX_OK);
    EQUAL(moved, t->count * PACKET);
    frames.lost = 0;
    EQUAL(follow(&frames, t, moved), t->count);
    CHECK(frames.last >= 30); /* they count the time: both reads together took nearly as long */
    EXPECT(usbx_control(device, ACQ_OUT, ACQ_STOP, 0, 0, NULL, 0, LONG, NULL), USBX_OK);
    EXPECT(read_intervals(device, t, LONG, &moved), USBX_OK);
    EQUAL(moved, 0);
    free_intervals(t, 1);
    EXPECT(usbx_close(device), USBX_OK);
}

/* Sampling starts somewhere within a transfer: what comes then is not moved up to where the empty packets are. */
static void empty_packets_leave_their_places_empty(void)
{
    usbx_device *device = claim_setting_1();
    usbx_queue *queue = open_queue();
    intervals *t = new_intervals(LENGTH);
    size_t empty, tries;
    for (empty = 0, tries = 0; (empty == 0 || empty == LENGTH) && tries < 50; tries++) { /* until it fits in time */
        course frames = {-1, 0};
        usbx_completion done;
        memset(t->data, UNTOUCHED, t->length);
        submit_intervals(device, queue, t);
        start_sampling(device, 0);
        if (!take(queue, &done, 1) || !EQUAL(done.status, USBX_OK) ||
            !EQUAL(follow(&frames, t, done.transferred), LENGTH))
            break;
        EQUAL(frames.lost, 0);
        for (empty = 0; empty < LENGTH && t->packets[empty].transferred == 0; empty++) {
        }
        EXPECT(usbx_control(device, ACQ_OUT, ACQ_STOP, 0, 0, NULL, 0, LONG, NULL), USBX_OK);
    }
    CHECK(empty > 0 && empty < LENGTH);
    EXPECT(usbx_queue_close(queue), USBX_OK);
    free_intervals(t, 1);
    EXPECT(usbx_close(device), USBX_OK);
}

/* Linux says EOVERFLOW for such a packet, of which more or less of what fits may have come, and nothing of the others. */
static void a_packet_too_long_for_its_place_is_overflow_and_no_other(void)
{
    static const uint32_t rooms[] = {PACKET, 100, PACKET, 0, PACKET - 1, PACKET, 1, 12, PACKET};
    usbx_device *device = claim_sampling_setting_1();
    intervals *t = new_intervals(COUNT(rooms) * 10);
    long long last = -1;
    size_t moved, sum = 0, i;
    EXPECT(read_intervals(device, t, LONG, &moved), USBX_OK); /* the first may be empty */
    for (t->length = 0, i = 0; i < t->count; i++) {
        t->packets[i].length = rooms[i % COUNT(rooms)];
        t->length += t->packets[i].length;
    }
    EXPECT(read_intervals(device, t, LONG, &moved), USBX_OK);
    for (t->length = 0, i = 0; i < t->count; i++) {
        const usbx_packet *packet = &t->packets[i];
        const uint8_t *frame = t->data + t->length;
        int whole = rooms[i % COUNT(rooms)] == PACKET;
        EQUAL(packet->length, rooms[i % COUNT(rooms)]);
        if (!EQUAL(packet->status, whole ? USBX_OK : USBX_ERROR_OVERFLOW) || !CHECK(packet->transferred <= packet->length))
            break;
        if (whole && (!EQUAL(packet->transferred, PACKET) || !CHECK(acq_frame_is_sound(frame))))
            break;
        if (packet->transferred >= ACQ_HEADER) {
            CHECK(memcmp(frame, "ACQ1", 4) == 0 && acq_u32(frame + 4) > last);
            last = acq_u32(frame + 4);
        }
        sum += packet->transferred;
        t->length += packet->length;
    }
    EQUAL(moved, sum);
    free_intervals(t, 1);
    EXPECT(usbx_close(device), USBX_OK);
}

/* Each is submitted again as soon as it is complete. A second of packets is always in flight, so no computer is too slow. */
static void queued_transfers_follow_without_a_gap(void)
{
    enum { TRANSFERS = 8, ROUNDS = 3 };
    usbx_device *device = claim_sampling_setting_1();
    usbx_queue *queue = open_queue();
    intervals *all = new_array_of_intervals(TRANSFERS, LENGTH);
    uint64_t ids[TRANSFERS];
    course frames = {-1, 0};
    usbx_completion done;
    size_t i;
    for (i = 0; i < TRANSFERS; i++)
        ids[i] = submit_intervals(device, queue, &all[i]);
    for (i = 0; i < TRANSFERS * ROUNDS && take(queue, &done, 1); i++) {
        intervals *t = &all[i % TRANSFERS];
        COMPLETED(done, ids[i % TRANSFERS], USBX_OK, done.transferred);
        if (!EQUAL(follow(&frames, t, done.transferred), LENGTH))
            break;
        if (i < TRANSFERS * (ROUNDS - 1)) {
            memset(t->data, UNTOUCHED, t->length);
            ids[i % TRANSFERS] = submit_intervals(device, queue, t);
        }
    }
    EQUAL(frames.lost, 0);
    is_empty(queue);
    EXPECT(usbx_queue_close(queue), USBX_OK);
    free_intervals(all, TRANSFERS);
    EXPECT(usbx_close(device), USBX_OK);
}

static void two_hundred_small_ones_complete_in_order(void)
{
    enum { TRANSFERS = 200 };
    static usbx_completion done[TRANSFERS];
    usbx_device *device = claim_sampling_setting_1();
    usbx_queue *queue = open_queue();
    intervals *all = new_array_of_intervals(TRANSFERS, 4);
    uint64_t ids[TRANSFERS];
    course frames = {-1, 0};
    size_t i;
    for (i = 0; i < TRANSFERS; i++)
        ids[i] = submit_intervals(device, queue, &all[i]);
    if (take(queue, done, TRANSFERS))
        for (i = 0; i < TRANSFERS; i++) {
            COMPLETED(done[i], ids[i], USBX_OK, done[i].transferred);
            if (!EQUAL(follow(&frames, &all[i], done[i].transferred), all[i].count))
                break;
        }
    is_empty(queue);
    EXPECT(usbx_queue_close(queue), USBX_OK);
    free_intervals(all, TRANSFERS);
    EXPECT(usbx_close(device), USBX_OK);
}

static void one_transfer_may_have_more_packets_than_the_kernel_takes_at_once(void)
{
    usbx_device *device = claim_sampling_setting_1();
    intervals *t = new_intervals(LENGTH * 5 + 1);
    course frames = {-1, 0};
    size_t moved;
    EXPECT(read_intervals(device, t, LONG, &moved), USBX_OK);
    EQUAL(follow(&frames, t, moved), t->count);
    free_intervals(t, 1);
    EXPECT(usbx_close(device), USBX_OK);
}

static void what_cannot_be_is_refused(void)
{
    usbx_device *device = claim_test_device();
    usbx_queue *queue = open_queue();
    intervals *t = new_intervals(4);
    usbx_transfer transfer = make_isochronous(t), other;
    size_t moved = 99;
    EXPECT(read_intervals(device, t, LONG, &moved), USBX_ERROR_INVALID_PARAM);
    SAID("usbx_set_alt_setting");
    EQUAL(moved, 0);
    EXPECT(usbx_submit(device, queue, &transfer, NULL), USBX_ERROR_INVALID_PARAM);
    SAID("usbx_set_alt_setting");

    EXPECT(usbx_set_alt_setting(device, 0, 1), USBX_OK);
    EXPECT(usbx_isochronous_read(device, ACQ_FRAMES, t->data, t->length, t->packets, t->count, LONG, &moved),
           USBX_ERROR_INVALID_PARAM);
    SAID("bulk");
    EXPECT(usbx_bulk_read(device, NOW, t->data, t->length, LONG, &moved), USBX_ERROR_INVALID_PARAM);
    SAID("isochronous");
    other = transfer;
    other.endpoint = ACQ_FRAMES;
    EXPECT(usbx_submit(device, queue, &other, NULL), USBX_ERROR_INVALID_PARAM);
    SAID("bulk");

    /* The device has none that goes OUT. */
    EXPECT(usbx_isochronous_write(device, NOW, t->data, t->length, t->packets, t->count, LONG, &moved),
           USBX_ERROR_INVALID_PARAM);
    SAID("not an OUT endpoint");
    EXPECT(usbx_isochronous_write(device, 0x05, t->data, t->length, t->packets, t->count, LONG, &moved),
           USBX_ERROR_INVALID_PARAM);
    SAID("0x05");
    EQUAL(moved, 0);
    other.endpoint = 0x05;
    EXPECT(usbx_submit(device, queue, &other, NULL), USBX_ERROR_INVALID_PARAM);
    SAID("0x05");

    /* Packets that do not fill the buffer, none at all, and one that no interval of the endpoint has room for. */
    EXPECT(usbx_isochronous_read(device, NOW, t->data, 100, t->packets, t->count, LONG, &moved), USBX_ERROR_INVALID_PARAM);
    EXPECT(usbx_isochronous_read(device, NOW, t->data, t->length, NULL, 0, LONG, &moved), USBX_ERROR_INVALID_PARAM);
    EXPECT(usbx_isochronous_read(device, NOW, t->data, 0, t->packets, 0, LONG, &moved), USBX_ERROR_INVALID_PARAM);
    EXPECT(usbx_isochronous_read(device, NOW, t->data, t->length, t->packets, 65537, LONG, &moved), USBX_ERROR_INVALID_PARAM);
    SAID("65537 packets; one transfer has at most 65536");
    other = transfer;
    other.packets = NULL;
    EXPECT(usbx_submit(device, queue, &other, NULL), USBX_ERROR_INVALID_PARAM);
    t->packets[0].length = PACKET + 1;
    t->packets[1].length = PACKET - 1;
    EXPECT(read_intervals(device, t, LONG, &moved), USBX_ERROR_INVALID_PARAM);
    EXPECT(usbx_submit(device, queue, &transfer, NULL), USBX_ERROR_INVALID_PARAM);
    t->packets[0].length = t->packets[1].length = PACKET;

    EXPECT(usbx_release(device, 0), USBX_OK);
    EXPECT(usbx_claim(device, 0), USBX_OK); /* which is setting 0 again */
    EXPECT(usbx_submit(device, queue, &transfer, NULL), USBX_ERROR_INVALID_PARAM);
    EXPECT(usbx_set_alt_setting(device, 0, 1), USBX_OK);
    EXPECT(usbx_release(device, 0), USBX_OK);
    EXPECT(read_intervals(device, t, LONG, &moved), USBX_ERROR_INVALID_PARAM);
    EXPECT(usbx_close(device), USBX_OK);
    EXPECT(usbx_submit(device, queue, &transfer, NULL), USBX_ERROR_INVALID_HANDLE);
    EXPECT(read_intervals(device, t, LONG, &moved), USBX_ERROR_INVALID_HANDLE);
    is_empty(queue);
    EXPECT(usbx_queue_close(queue), USBX_OK);
    free_intervals(t, 1);
}

const test_case isochronous_cases[] = {
    {"each_packet_has_its_place_length_and_status", each_packet_has_its_place_length_and_status},
    {"empty_packets_leave_their_places_empty", empty_packets_leave_their_places_empty},
    {"a_packet_too_long_for_its_place_is_overflow_and_no_other", a_packet_too_long_for_its_place_is_overflow_and_no_other},
    {"queued_transfers_follow_without_a_gap", queued_transfers_follow_without_a_gap},
    {"two_hundred_small_ones_complete_in_order", two_hundred_small_ones_complete_in_order},
    {"one_transfer_may_have_more_packets_than_the_kernel_takes_at_once",
     one_transfer_may_have_more_packets_than_the_kernel_takes_at_once},
    {"what_cannot_be_is_refused", what_cannot_be_is_refused},
};
const size_t isochronous_count = COUNT(isochronous_cases);
