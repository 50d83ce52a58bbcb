/* Isochronous streams: chunks with their packets, and losses when the program does not read. */
#include "isochronous_fixture.h"
#include "stream_fixture.h"

enum { PACKETS = 8, DEPTH = 4 };

/* The frames of a stream: the number of the next one, and how many have been missing. */
typedef struct {
    long long next; /* -1 before the first */
    uint64_t missing;
} frames;

/* Checks a chunk: its packets lie one behind the other, each a frame later than the one before, or empty while the device
 * does not sample. */
static int goes_on(frames *f, const usbx_chunk *chunk, size_t packets)
{
    const uint8_t *data = (const uint8_t *)chunk->data;
    size_t i, at = 0;
    if (!EQUAL(chunk->status, USBX_OK) || !CHECK(chunk->packets != NULL) || !EQUAL(chunk->packet_count, packets))
        return 0;
    for (i = 0; i < chunk->packet_count; i++) {
        const usbx_packet *packet = &chunk->packets[i];
        long long number;
        if (!EQUAL(packet->status, USBX_OK) || !EQUAL(packet->length, packet->transferred) || !EQUAL(packet->reserved, 0))
            return 0;
        if (packet->transferred == 0 && CHECK(f->next < 0))
            continue;
        if (!EQUAL(packet->transferred, PACKET) || !CHECK(acq_frame_is_sound(data + at)))
            return 0;
        number = acq_u32(data + at + 4);
        if (!CHECK(number >= f->next))
            return 0;
        if (f->next >= 0)
            f->missing += (uint64_t)(number - f->next);
        f->next = number + 1;
        at += PACKET;
    }
    return EQUAL(chunk->length, at);
}

/* False if the computer was too late for a packet: the device does not wait. */
static int follow_frames_with_their_packets(void)
{
    usbx_device *device = claim_sampling_setting_1();
    usbx_stream *stream = open_stream(device, NOW, 0, 0);
    usbx_stream_statistics stats = statistics(stream);
    frames f = {-1, 0};
    usbx_chunk chunk;
    uint64_t chunks, packets = stats.size / PACKET, before = 0;
    CHECK(stats.size % PACKET == 0 && packets > 0 && stats.depth > 1);
    CHECK(stats.depth * packets >= 100); /* a reader may be late by a tenth of a second: an interval is 1 ms */
    for (chunks = 0; chunks < 300 / packets; chunks++) {
        if (!EXPECT(usbx_stream_next(stream, LONG, &chunk), USBX_OK) || !goes_on(&f, &chunk, (size_t)packets))
            return 1;
        EQUAL(chunk.sequence, chunks);
        CHECK(chunk.timestamp_ns >= before);
        before = chunk.timestamp_ns;
    }
    stats = statistics(stream);
    CHECK(stats.packets >= chunks * packets && stats.transfers >= chunks);
    EQUAL(stats.short_packets + stats.stalls + stats.overflows + stats.other_errors, 0);
    EXPECT(usbx_stream_close(stream), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
    /* Played by a program on an emulated processor, the device misses intervals itself when that is late. */
    return f.missing <= (test_virtual != NULL ? 0 : 100) && stats.lost_packets + stats.device_waits == 0;
}

static void frame_after_frame_comes_with_its_packet(void)
{
    int tries = 1;
    while (tries < 20 && !follow_frames_with_their_packets())
        tries++;
    CHECK(tries < 20);
}

/* The frames that are missing where most are missing at once. */
static uint32_t widest_gap(const uint8_t *data, size_t length)
{
    uint32_t widest = 0, gap;
    size_t at;
    for (at = PACKET; at < length; at += PACKET) {
        gap = acq_u32(data + at + 4) - acq_u32(data + at - PACKET + 4) - 1;
        widest = gap > widest ? gap : widest;
    }
    return widest;
}

/* False if the computer was too late for a packet: then the stream says so, or it was less than a transfer. */
static int reads_copy_frames(void)
{
    static uint8_t data[20 * PACKET];
    usbx_device *device = claim_sampling_setting_1();
    usbx_stream *stream = open_stream(device, NOW, PACKETS * PACKET, DEPTH);
    uint32_t next, gap;
    int was_late;
    size_t got = 0, moved = 99;
    while (got < sizeof data) {
        size_t piece = got % 3 == 0 ? 100 : 1000;
        if (piece > sizeof data - got)
            piece = sizeof data - got;
        if (!EXPECT(usbx_stream_read(stream, data + got, piece, LONG, &moved), USBX_OK) ||
            !CHECK(moved > 0 && moved <= piece))
            return 1;
        got += moved;
    }
    next = acq_u32(data + 4);
    gap = widest_gap(data, sizeof data);
    was_late = statistics(stream).lost_packets > 0 || (gap > 0 && (gap < PACKETS || test_virtual == NULL));
    if (!was_late)
        frames_go_on(data, sizeof data, &next);
    EXPECT(usbx_stream_close(stream), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
    return !was_late;
}

static void reads_copy_frames_without_gaps(void)
{
    int tries = 1;
    while (tries < 20 && !reads_copy_frames())
        tries++;
    CHECK(tries < 20);
}

/* Of a chunk that a read has taken the first bytes of, the packets are those of the other bytes. */
static void what_a_read_leaves_comes_with_its_packets(void)
{
    static uint8_t data[PACKET + 100];
    usbx_device *device = claim_sampling_setting_1();
    usbx_stream *stream = open_stream(device, NOW, PACKETS * PACKET, DEPTH);
    size_t moved = 99, i, sum = 0;
    usbx_chunk chunk;
    do { /* the first packets may be empty */
        if (!EXPECT(usbx_stream_next(stream, LONG, &chunk), USBX_OK))
            return;
    } while (chunk.length < PACKETS * PACKET);
    EXPECT(usbx_stream_read(stream, data, sizeof data, LONG, &moved), USBX_OK);
    EQUAL(moved, sizeof data);
    if (!EXPECT(usbx_stream_next(stream, LONG, &chunk), USBX_OK) || !EQUAL(chunk.packet_count, PACKETS - 1))
        return;
    EQUAL(chunk.packets[0].length, PACKET - 100);
    EQUAL(chunk.packets[0].transferred, PACKET - 100);
    for (i = 0; i < chunk.packet_count; i++)
        sum += chunk.packets[i].length;
    EQUAL(sum, chunk.length);
    CHECK(acq_frame_is_sound((const uint8_t *)chunk.data + PACKET - 100));
    EXPECT(usbx_stream_close(stream), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

/* A caller that asks for chunks gets empty packets; a caller that asks for bytes does not. */
static void silence_is_empty_packets(void)
{
    usbx_device *device = claim_setting_1();
    usbx_stream *stream = open_stream(device, NOW, PACKETS * PACKET, DEPTH);
    frames f = {-1, 0};
    uint8_t byte = UNTOUCHED;
    size_t moved = 99, i;
    usbx_chunk chunk;
    for (i = 0; i < 3 * DEPTH; i++)
        if (!EXPECT(usbx_stream_next(stream, LONG, &chunk), USBX_OK) || !goes_on(&f, &chunk, PACKETS) ||
            !EQUAL(chunk.length, 0))
            return;
    EXPECT(usbx_stream_read(stream, &byte, 1, 100, &moved), USBX_ERROR_TIMEOUT);
    EQUAL(moved, 0);
    EQUAL(byte, UNTOUCHED);
    EXPECT(usbx_stream_close(stream), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

/* By the device's own clock, in hundredths of a second. */
static int pass_time(usbx_device *device, size_t hundredths)
{
    uint8_t report[ACQ_STATUS_SIZE];
    size_t i;
    for (i = 0; i < hundredths; i++)
        if (!EXPECT(usbx_interrupt_read(device, ACQ_STATUS, report, sizeof report, LONG, NULL), USBX_OK))
            return 0;
    return 1;
}

/* The device does not wait. The data that is missing is what the stream reports as lost, as exactly as a clock allows. */
static void be_late(size_t depth, int with_chunks_in_hand)
{
    usbx_device *device = claim_sampling_setting_1();
    usbx_stream *stream = open_stream(device, NOW, PACKETS * PACKET, depth);
    frames f = {-1, 0};
    usbx_stream_statistics stats, before;
    uint64_t about;
    usbx_chunk chunk;
    size_t i;
    for (i = 0; i < 2 * depth; i++)
        if (!EXPECT(usbx_stream_next(stream, LONG, &chunk), USBX_OK) || !goes_on(&f, &chunk, PACKETS))
            return;
    if (with_chunks_in_hand) { /* the stream finds several, but not all */
        if (!pass_time(device, 5) || !EXPECT(usbx_stream_next(stream, LONG, &chunk), USBX_OK) || !goes_on(&f, &chunk, PACKETS))
            return;
    }
    if (!pass_time(device, 50)) /* half a second */
        return;
    /* The stream knows what was lost before the reader has read up to there. On a busy computer more is lost meanwhile. */
    for (before = statistics(stream), i = 0; i < 3 * depth; i++) {
        if (i == depth)
            before = statistics(stream);
        if (!EXPECT(usbx_stream_next(stream, LONG, &chunk), USBX_OK) || !goes_on(&f, &chunk, PACKETS))
            return;
    }
    stats = statistics(stream);
    about = (2 + stats.device_waits) * PACKETS + (test_virtual != NULL ? 0 : 100);
    CHECK(f.missing >= 400);
    CHECK(stats.device_waits >= 1);
    if (!CHECK(stats.lost_packets + about >= f.missing && before.lost_packets <= f.missing + about))
        printf("#   %lu are missing, the stream says %lu, and %lu before\n", (unsigned long)f.missing,
               (unsigned long)stats.lost_packets, (unsigned long)before.lost_packets);
    EXPECT(usbx_stream_close(stream), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

static void a_late_reader_is_told_what_was_lost(void)
{
    be_late(DEPTH, 0);
}

static void a_late_reader_with_chunks_in_hand_is_told_what_was_lost(void)
{
    be_late(4 * DEPTH, 1);
}

static void what_came_is_delivered_before_an_isochronous_stream_ends(void)
{
    static const usbx_status why[] = {USBX_ERROR_CANCELLED, USBX_ERROR_CANCELLED, USBX_ERROR_CLOSED, USBX_ERROR_NO_DEVICE};
    size_t i;
    for (i = 0; i < COUNT(why); i++) {
        usbx_device *device = claim_sampling_setting_1();
        /* A second of packets is in flight, so no computer is so late that there is nothing to cancel. */
        usbx_stream *stream = open_stream(device, NOW, PACKETS * PACKET, 1000 / PACKETS);
        frames f = {-1, 0};
        usbx_chunk chunk;
        usbx_status status;
        if (!EXPECT(usbx_stream_next(stream, LONG, &chunk), USBX_OK) || !goes_on(&f, &chunk, PACKETS))
            return;
        switch (i) {
        case 0: EXPECT(usbx_cancel(device, NOW), USBX_OK); break;
        case 1: EXPECT(usbx_set_alt_setting(device, 0, 0), USBX_OK); break;
        case 2: EXPECT(usbx_close(device), USBX_OK); break;
        default:
            if (!unplug())
                skip_case("the device cannot be pulled out here");
        }
        while ((status = usbx_stream_next(stream, LONG, &chunk)) == USBX_OK)
            CHECK(chunk.packet_count == PACKETS);
        EXPECT(status, why[i]);
        EXPECT(usbx_stream_next(stream, LONG, &chunk), why[i]); /* and every time */
        CHECK(chunk.packets == NULL && chunk.packet_count == 0);
        EXPECT(usbx_stream_close(stream), USBX_OK);
        if (i != 2)
            EXPECT(usbx_close(device), USBX_OK);
    }
    plug();
}

/* With its only transfer's chunk in the caller's hands nothing is in flight: the stream ends for the same reason as others do. */
static void an_idle_stream_ends_as_others_do(void)
{
    int released;
    for (released = 0; released < 2; released++) {
        usbx_device *device = claim_sampling_setting_1();
        usbx_stream *stream = open_stream(device, NOW, PACKET, 1);
        usbx_status why = released ? USBX_ERROR_NOT_CLAIMED : USBX_ERROR_CANCELLED;
        usbx_chunk chunk;
        EXPECT(usbx_stream_next(stream, LONG, &chunk), USBX_OK);
        EXPECT(released ? usbx_release(device, 0) : usbx_set_alt_setting(device, 0, 0), USBX_OK);
        EXPECT(usbx_stream_next(stream, LONG, &chunk), why);
        EXPECT(usbx_stream_next(stream, LONG, &chunk), why); /* and every time */
        EXPECT(usbx_stream_close(stream), USBX_OK);
        EXPECT(usbx_close(device), USBX_OK);
    }
}

/* Another handle resets the device while this one's stream has nothing in flight: it goes on where the setting is back by then, and ends
 * otherwise; it can be closed. */
static void a_stream_meets_a_reset_by_another_handle(void)
{
    usbx_device *device = claim_sampling_setting_1(), *other = open_test_device();
    usbx_stream *stream = open_stream(device, NOW, PACKET, 1);
    usbx_chunk chunk;
    usbx_status status;
    int i;
    EXPECT(usbx_stream_next(stream, LONG, &chunk), USBX_OK);
    EXPECT(usbx_reset(other), USBX_OK);
    for (i = 0, status = USBX_OK; i < 10 && status == USBX_OK; i++)
        status = usbx_stream_next(stream, LONG, &chunk);
    CHECK(status == USBX_OK || test_virtual == NULL);
    EXPECT(usbx_stream_close(stream), USBX_OK);
    EXPECT(usbx_close(other), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

/* The setting is back when the endpoint is used, and this handle goes on where it was. */
static void a_reset_by_another_handle_keeps_the_setting(void)
{
    usbx_device *device = claim_sampling_setting_1(), *other = open_test_device();
    usbx_stream *stream;
    usbx_chunk chunk;
    uint8_t setting = 99;
    EXPECT(usbx_reset(other), USBX_OK);
    start_sampling(device, 0);
    stream = open_stream(device, NOW, PACKET, 1);
    EXPECT(usbx_stream_next(stream, LONG, &chunk), USBX_OK);
    EXPECT(usbx_stream_close(stream), USBX_OK);
    EXPECT(usbx_control(device, 0x81, 10, 0, 0, &setting, 1, LONG, NULL), USBX_OK); /* GET_INTERFACE */
    EQUAL(setting, 1);
    EXPECT(usbx_claim(other, 0), USBX_ERROR_BUSY);
    EXPECT(usbx_close(other), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

static void sizes_are_whole_packets(void)
{
    usbx_device *device = claim_setting_1();
    usbx_stream_options options;
    usbx_stream *stream = NULL;
    memset(&options, 0, sizeof options);
    options.size = PACKET + 1;
    EXPECT(usbx_stream_open(device, NOW, &options, &stream), USBX_ERROR_INVALID_PARAM);
    SAID("512");
    options.size = 300 * PACKET; /* more packets than the kernel takes in one request */
    options.depth = 2;
    options.memory = USBX_MEMORY_HEAP;
    EXPECT(usbx_stream_open(device, NOW, &options, &stream), USBX_OK);
    EQUAL(statistics(stream).size, options.size);
    EQUAL(statistics(stream).depth, 2);
    EQUAL(statistics(stream).memory, USBX_MEMORY_HEAP);
    EXPECT(usbx_stream_close(stream), USBX_OK);
    EXPECT(usbx_set_alt_setting(device, 0, 0), USBX_OK);
    EXPECT(usbx_stream_open(device, NOW, NULL, &stream), USBX_ERROR_INVALID_PARAM);
    SAID("usbx_set_alt_setting");
    EXPECT(usbx_close(device), USBX_OK);
}

const test_case stream_isochronous_cases[] = {
    {"frame_after_frame_comes_with_its_packet", frame_after_frame_comes_with_its_packet},
    {"reads_copy_frames_without_gaps", reads_copy_frames_without_gaps},
    {"what_a_read_leaves_comes_with_its_packets", what_a_read_leaves_comes_with_its_packets},
    {"silence_is_empty_packets", silence_is_empty_packets},
    {"a_late_reader_is_told_what_was_lost", a_late_reader_is_told_what_was_lost},
    {"a_late_reader_with_chunks_in_hand_is_told_what_was_lost",
     a_late_reader_with_chunks_in_hand_is_told_what_was_lost},
    {"what_came_is_delivered_before_an_isochronous_stream_ends",
     what_came_is_delivered_before_an_isochronous_stream_ends},
    {"an_idle_stream_ends_as_others_do", an_idle_stream_ends_as_others_do},
    {"a_stream_meets_a_reset_by_another_handle", a_stream_meets_a_reset_by_another_handle},
    {"a_reset_by_another_handle_keeps_the_setting", a_reset_by_another_handle_keeps_the_setting},
    {"sizes_are_whole_packets", sizes_are_whole_packets},
};
const size_t stream_isochronous_count = COUNT(stream_isochronous_cases);
