/* Devices that a program answers for: isochronous data, and when its intervals begin. */
#include "model_fixture.h"
#include "suite.h"

enum { PACKETS = 10 };

static uint8_t sent[PACKETS * 64], got[PACKETS * 64];

/* A transfer of so many full packets, into `got`. */
static usbx_transfer ten_packets(usbx_packet packets[PACKETS])
{
    usbx_transfer transfer;
    size_t i;
    memset(packets, 0, PACKETS * sizeof packets[0]);
    memset(&transfer, 0, sizeof transfer);
    for (i = 0; i < PACKETS; i++)
        packets[i].length = 64;
    transfer.type = USBX_TYPE_ISOCHRONOUS;
    transfer.endpoint = SAMPLES_IN;
    transfer.data = got;
    transfer.length = sizeof got;
    transfer.packets = packets;
    transfer.packet_count = PACKETS;
    return transfer;
}

static void isochronous_packets_go_one_in_an_interval(void)
{
    bench b = new_bench();
    usbx_packet packets[PACKETS];
    usbx_transfer transfer = ten_packets(packets);
    usbx_completion done;
    size_t moved = 0, i;
    EXPECT(usbx_set_alt_setting(b.device, 0, 1), USBX_OK);
    drop_events(b.model);
    fill_pattern(sent, 0, sizeof sent);
    /* They are queued before the host asks: one for each of its intervals, the last one shorter. */
    EXPECT(usbx_virtual_write(b.model, SAMPLES_IN, sent, 5 * 64 + 10, USBX_NO_WAIT, &moved), USBX_OK);
    EQUAL(moved, 5 * 64 + 10);
    submit(b.device, b.queue, &transfer);
    if (take(b.queue, &done, 1)) {
        EXPECT(done.status, USBX_OK);
        EQUAL(done.transferred, 5 * 64 + 10);
    }
    for (i = 0; i < PACKETS; i++) {
        EXPECT(packets[i].status, USBX_OK);
        EQUAL(packets[i].transferred, i < 5 ? 64 : i == 5 ? 10 : 0);
        CHECK(is_pattern(got + 64 * i, 64 * i, packets[i].transferred));
    }
    transfer.endpoint = SAMPLES_OUT;
    transfer.data = sent;
    submit(b.device, b.queue, &transfer);
    for (i = 0; i < PACKETS; i++) {
        EXPECT(usbx_virtual_read(b.model, SAMPLES_OUT, got, 64, LONG, &moved), USBX_OK);
        EQUAL(moved, 64);
        CHECK(is_pattern(got, 64 * i, 64));
    }
    CHECK(take(b.queue, &done, 1));
    EXPECT(done.status, USBX_OK);
    /* Packets that wait are told of until the last one is read. */
    submit(b.device, b.queue, &transfer);
    CHECK(take(b.queue, &done, 1));
    drop_events(b.model);
    for (i = 0; i < PACKETS; i++) {
        EXPECT(usbx_virtual_read(b.model, SAMPLES_OUT, got, 64, USBX_NO_WAIT, &moved), USBX_OK);
        CHECK(is_pattern(got, 64 * i, 64));
        if (i + 1 < PACKETS) {
            usbx_virtual_event event = next_event(b.model);
            EQUAL(event.event, USBX_VIRTUAL_OUT);
            EQUAL(event.endpoint, SAMPLES_OUT);
        }
    }
    CHECK(has_no_event(b.model));
    free_bench(&b);
}

/* A program that sends what it is asked for has each interval's time, and no interval passes without it. */
static void each_isochronous_interval_is_asked_for_with_its_time(void)
{
    bench b = new_bench();
    usbx_packet packets[PACKETS];
    usbx_transfer transfer = ten_packets(packets);
    usbx_completion done;
    uint64_t before = 0;
    size_t i;
    EXPECT(usbx_set_alt_setting(b.device, 0, 1), USBX_OK);
    drop_events(b.model);
    submit(b.device, b.queue, &transfer);
    for (i = 0; i < PACKETS; i++) {
        usbx_virtual_event event;
        uint8_t number = (uint8_t)i;
        EXPECT(usbx_virtual_next(b.model, LONG, &event, NULL, 0, NULL), USBX_OK);
        EQUAL(event.event, USBX_VIRTUAL_IN);
        EQUAL(event.endpoint, SAMPLES_IN);
        if (i > 0)
            EQUAL(event.interval_ns - before, 1000000);
        before = event.interval_ns;
        /* One packet, an empty one each third time. */
        EXPECT(usbx_virtual_write(b.model, SAMPLES_IN, &number, i % 3 != 2, USBX_NO_WAIT, NULL), USBX_OK);
    }
    if (take(b.queue, &done, 1))
        EQUAL(done.transferred, PACKETS - PACKETS / 3);
    for (i = 0; i < PACKETS; i++) {
        EQUAL(packets[i].transferred, i % 3 != 2);
        CHECK(i % 3 == 2 || got[64 * i] == i);
    }
    free_bench(&b);
}

/* On a busy computer a program may be at something for longer than an interval waits for one that has nothing to send: at its answer, or at
 * something else, as it waited for events and there was none. */
static void an_interval_waits_for_a_program_at_work(void)
{
    int at_its_answer;
    for (at_its_answer = 0; at_its_answer < 2; at_its_answer++) {
        bench b = new_bench();
        usbx_packet packets[PACKETS];
        usbx_transfer transfer = ten_packets(packets);
        usbx_virtual_event event;
        usbx_completion done;
        uint8_t number = 1;
        size_t count;
        EXPECT(usbx_set_alt_setting(b.device, 0, 1), USBX_OK);
        drop_events(b.model);
        if (!at_its_answer)
            EXPECT(usbx_virtual_next(b.model, 1, &event, NULL, 0, NULL), USBX_ERROR_TIMEOUT);
        submit(b.device, b.queue, &transfer);
        if (at_its_answer)
            EXPECT(usbx_virtual_next(b.model, LONG, &event, NULL, 0, NULL), USBX_OK);
        EXPECT(usbx_queue_wait(b.queue, &done, 1, 400, &count), USBX_ERROR_TIMEOUT);
        if (!at_its_answer)
            EXPECT(usbx_virtual_next(b.model, LONG, &event, NULL, 0, NULL), USBX_OK);
        EQUAL(event.event, USBX_VIRTUAL_IN);
        EXPECT(usbx_virtual_write(b.model, SAMPLES_IN, &number, 1, USBX_NO_WAIT, NULL), USBX_OK);
        /* It asks for the next event, and has nothing more to send. */
        EXPECT(usbx_virtual_next(b.model, LONG, &event, NULL, 0, NULL), USBX_OK);
        CHECK(has_no_event(b.model));
        CHECK(take(b.queue, &done, 1));
        EQUAL(packets[0].transferred, 1);
        EQUAL(done.transferred, 1);
        free_bench(&b);
    }
}

enum { WIDE = 48 * 1024, WIDE_PACKETS = 3 };

static uint8_t wide_sent[WIDE_PACKETS * WIDE], wide_got[WIDE_PACKETS * WIDE];

/* SuperSpeedPlus: the companion's wBytesPerInterval has no room for such a number, and the descriptor behind it has it. */
static void an_interval_of_superspeed_plus_goes_whole(void)
{
#define WIDE_ENDPOINT(address) 7, 5, address, 1, 0, 4, 1, 6, 48, 15, 0x80, 1, 0, 8, 49, 0, 0, WIDE & 0xff, (WIDE >> 8) & 0xff, WIDE >> 16, 0
    static const uint8_t descriptors[] = {
        18, 1, 0x20, 3, 0xff, 0, 0, 9, MODEL_VENDOR & 0xff, MODEL_VENDOR >> 8, MODEL_PRODUCT + 1, 0, 0, 1, 0, 0, 0, 1,
        9, 2, 60, 0, 1, 1, 0, 0x80, 50, 9, 4, 0, 0, 2, 0xff, 0, 0, 0, WIDE_ENDPOINT(SAMPLES_IN), WIDE_ENDPOINT(SAMPLES_OUT)};
#undef WIDE_ENDPOINT
    usbx_virtual *model = NULL;
    usbx_device *device;
    usbx_endpoint endpoints[2];
    usbx_packet packets[WIDE_PACKETS];
    size_t moved = 0, i;
    EXPECT(usbx_virtual_create(USBX_SPEED_SUPER_PLUS, descriptors, sizeof descriptors, &model), USBX_OK);
    EXPECT(usbx_virtual_plug(model), USBX_OK);
    device = open_model(model);
    EXPECT(usbx_claim(device, 0), USBX_OK);
    drop_events(model);
    EXPECT(usbx_endpoints(device, endpoints, 2, &moved), USBX_OK);
    EQUAL(endpoints[0].max_bytes_per_interval, WIDE);
    memset(packets, 0, sizeof packets);
    for (i = 0; i < WIDE_PACKETS; i++)
        packets[i].length = WIDE;

    fill_pattern(wide_sent, 0, sizeof wide_sent);
    EXPECT(usbx_virtual_write(model, SAMPLES_IN, wide_sent, 2 * WIDE + 5, USBX_NO_WAIT, &moved), USBX_OK);
    EQUAL(moved, 2 * WIDE + 5);
    EXPECT(usbx_isochronous_read(device, SAMPLES_IN, wide_got, sizeof wide_got, packets, WIDE_PACKETS, LONG, &moved), USBX_OK);
    EQUAL(moved, 2 * WIDE + 5);
    for (i = 0; i < WIDE_PACKETS; i++) {
        EXPECT(packets[i].status, USBX_OK);
        EQUAL(packets[i].transferred, i < 2 ? WIDE : 5);
    }
    CHECK(is_pattern(wide_got, 0, 2 * WIDE + 5));

    EXPECT(usbx_isochronous_write(device, SAMPLES_OUT, wide_sent, sizeof wide_sent, packets, WIDE_PACKETS, LONG, &moved), USBX_OK);
    EQUAL(moved, sizeof wide_sent);
    for (i = 0; i < WIDE_PACKETS; i++) {
        EXPECT(usbx_virtual_read(model, SAMPLES_OUT, wide_got, WIDE, LONG, &moved), USBX_OK);
        EQUAL(moved, WIDE);
        CHECK(is_pattern(wide_got, i * WIDE, WIDE));
    }
    packets[0].length = WIDE + 1;
    EXPECT(usbx_isochronous_read(device, SAMPLES_IN, wide_got, WIDE + 1, packets, 1, LONG, &moved), USBX_ERROR_INVALID_PARAM);
    SAID("49152 in an interval");
    EXPECT(usbx_close(device), USBX_OK);
    EXPECT(usbx_virtual_close(model), USBX_OK);
}

const test_case model_isochronous_cases[] = {
    {"isochronous_packets_go_one_in_an_interval", isochronous_packets_go_one_in_an_interval},
    {"each_isochronous_interval_is_asked_for_with_its_time", each_isochronous_interval_is_asked_for_with_its_time},
    {"an_interval_waits_for_a_program_at_work", an_interval_waits_for_a_program_at_work},
    {"an_interval_of_superspeed_plus_goes_whole", an_interval_of_superspeed_plus_goes_whole},
};
const size_t model_isochronous_count = COUNT(model_isochronous_cases);
