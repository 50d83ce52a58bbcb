/* Devices that a program answers for: data of their endpoints. */
#define _POSIX_C_SOURCE 200809L
#include "model_fixture.h"

#include <time.h>

static uint8_t sent[8 * PACKET], got[8 * PACKET];

static void write_some(bench *b, size_t length, usbx_status expected, size_t taken)
{
    size_t moved = 99;
    fill_pattern(sent, 0, length);
    EXPECT(usbx_virtual_write(b->model, BULK_IN, sent, length, USBX_NO_WAIT, &moved), expected);
    EQUAL(moved, taken);
}

static void a_write_fills_what_the_host_asks_for(void)
{
    bench b = new_bench();
    usbx_completion done;
    uint64_t id = submit_to(b.device, b.queue, BULK_IN, got, sizeof got);
    /* Full packets leave the host's transfer open; a short one ends it. */
    write_some(&b, 2 * PACKET, USBX_OK, 2 * PACKET);
    is_empty(b.queue);
    write_some(&b, PACKET + 10, USBX_OK, PACKET + 10);
    done = completed(b.queue);
    COMPLETED(done, id, USBX_OK, 3 * PACKET + 10);
    CHECK(is_pattern(got, 0, 2 * PACKET) && is_pattern(got + 2 * PACKET, 0, PACKET + 10));
    id = submit_to(b.device, b.queue, BULK_IN, got, sizeof got);
    write_some(&b, PACKET, USBX_OK, PACKET);
    write_some(&b, 0, USBX_OK, 0); /* a zero-length packet ends it as well */
    done = completed(b.queue);
    COMPLETED(done, id, USBX_OK, PACKET);
    free_bench(&b);
}

static void a_write_counts_what_the_host_took(void)
{
    bench b = new_bench();
    usbx_completion done;
    uint64_t id = submit_to(b.device, b.queue, BULK_IN, got, 2 * PACKET);
    write_some(&b, 5 * PACKET, USBX_ERROR_TIMEOUT, 2 * PACKET);
    done = completed(b.queue);
    COMPLETED(done, id, USBX_OK, 2 * PACKET);
    /* What was not taken is gone from the device. */
    EXPECT(usbx_bulk_read(b.device, BULK_IN, got, PACKET, 20, NULL), USBX_ERROR_TIMEOUT);
    /* A packet that the host has no room for is too long. */
    id = submit_to(b.device, b.queue, BULK_IN, got, 100);
    write_some(&b, PACKET, USBX_OK, PACKET);
    done = completed(b.queue);
    COMPLETED(done, id, USBX_ERROR_OVERFLOW, 100);
    free_bench(&b);
}

static void a_read_takes_what_the_host_has_sent(void)
{
    bench b = new_bench();
    usbx_completion done;
    size_t moved = 99;
    uint64_t id;
    EXPECT(usbx_virtual_read(b.model, BULK_OUT, got, sizeof got, USBX_NO_WAIT, &moved), USBX_ERROR_TIMEOUT);
    EQUAL(moved, 0);
    fill_pattern(sent, 0, sizeof sent);
    id = submit_to(b.device, b.queue, BULK_OUT, sent, 2 * PACKET + 10);
    is_empty(b.queue);
    /* Less than a packet is no room; what does not fit comes with the next read. */
    EXPECT(usbx_virtual_read(b.model, BULK_OUT, got, PACKET - 1, USBX_NO_WAIT, &moved), USBX_ERROR_OVERFLOW);
    EQUAL(moved, 0);
    EXPECT(usbx_virtual_read(b.model, BULK_OUT, got, PACKET + 20, USBX_NO_WAIT, &moved), USBX_OK);
    EQUAL(moved, PACKET);
    is_empty(b.queue);
    EXPECT(usbx_virtual_read(b.model, BULK_OUT, got + PACKET, sizeof got - PACKET, USBX_NO_WAIT, &moved), USBX_OK);
    EQUAL(moved, PACKET + 10);
    CHECK(is_pattern(got, 0, 2 * PACKET + 10));
    done = completed(b.queue);
    COMPLETED(done, id, USBX_OK, 2 * PACKET + 10);
    /* A short packet ends a read, what follows is the next one's. An empty one alone is a success. */
    submit_to(b.device, b.queue, BULK_OUT, sent, 10);
    submit_to(b.device, b.queue, BULK_OUT, sent, 0);
    submit_to(b.device, b.queue, BULK_OUT, sent, PACKET);
    EXPECT(usbx_virtual_read(b.model, BULK_OUT, got, sizeof got, USBX_NO_WAIT, &moved), USBX_OK);
    EQUAL(moved, 10);
    EXPECT(usbx_virtual_read(b.model, BULK_OUT, got, sizeof got, USBX_NO_WAIT, &moved), USBX_OK);
    EQUAL(moved, 0);
    EXPECT(usbx_virtual_read(b.model, BULK_OUT, got, sizeof got, USBX_NO_WAIT, &moved), USBX_OK);
    EQUAL(moved, PACKET);
    free_bench(&b);
}

/* Full packets leave open whether more comes: an empty one says that nothing does, in both directions. */
static void a_zero_length_packet_ends_full_packets(void)
{
    bench b = new_bench();
    usbx_transfer transfer;
    usbx_completion done;
    size_t moved = 99;
    uint64_t id = submit_to(b.device, b.queue, BULK_IN, got, sizeof got);
    write_some(&b, 2 * PACKET, USBX_OK, 2 * PACKET);
    is_empty(b.queue);
    write_some(&b, 0, USBX_OK, 0);
    done = completed(b.queue);
    COMPLETED(done, id, USBX_OK, 2 * PACKET);
    memset(&transfer, 0, sizeof transfer);
    transfer.type = USBX_TYPE_BULK;
    transfer.endpoint = BULK_OUT;
    transfer.data = sent;
    transfer.length = 2 * PACKET;
    transfer.flags = USBX_TRANSFER_ZERO_PACKET;
    submit(b.device, b.queue, &transfer);
    submit_to(b.device, b.queue, BULK_OUT, sent, 10);
    /* It ends a read that has room for more, so that what follows is not taken for the same. */
    EXPECT(usbx_virtual_read(b.model, BULK_OUT, got, sizeof got, USBX_NO_WAIT, &moved), USBX_OK);
    EQUAL(moved, 2 * PACKET);
    EXPECT(usbx_virtual_read(b.model, BULK_OUT, got, sizeof got, USBX_NO_WAIT, &moved), USBX_OK);
    EQUAL(moved, 10);
    /* A read that the full packets fill leaves it for the next one. */
    submit(b.device, b.queue, &transfer);
    EXPECT(usbx_virtual_read(b.model, BULK_OUT, got, 2 * PACKET, USBX_NO_WAIT, &moved), USBX_OK);
    EQUAL(moved, 2 * PACKET);
    EXPECT(usbx_virtual_read(b.model, BULK_OUT, got, sizeof got, USBX_NO_WAIT, &moved), USBX_OK);
    EQUAL(moved, 0);
    EXPECT(usbx_virtual_read(b.model, BULK_OUT, got, sizeof got, USBX_NO_WAIT, &moved), USBX_ERROR_TIMEOUT);
    free_bench(&b);
}

static void waiting_endpoints_are_told_of_once(void)
{
    bench b = new_bench();
    usbx_virtual_event event;
    size_t moved;
    submit_to(b.device, b.queue, BULK_IN, got, PACKET);
    submit_to(b.device, b.queue, BULK_IN, got, PACKET);
    event = next_event(b.model);
    EQUAL(event.event, USBX_VIRTUAL_IN);
    EQUAL(event.endpoint, BULK_IN);
    has_no_event(b.model);
    write_some(&b, PACKET, USBX_OK, PACKET);
    EQUAL(next_event(b.model).event, USBX_VIRTUAL_IN); /* the second one waits */
    write_some(&b, PACKET, USBX_OK, PACKET);
    has_no_event(b.model);
    submit_to(b.device, b.queue, BULK_OUT, sent, PACKET);
    event = next_event(b.model);
    EQUAL(event.event, USBX_VIRTUAL_OUT);
    EQUAL(event.endpoint, BULK_OUT);
    EXPECT(usbx_virtual_read(b.model, BULK_OUT, got, PACKET, USBX_NO_WAIT, &moved), USBX_OK);
    has_no_event(b.model);
    free_bench(&b);
}

static void a_model_halts_its_endpoints(void)
{
    bench b = new_bench();
    usbx_completion done;
    usbx_virtual_event event;
    uint64_t id = submit_to(b.device, b.queue, BULK_IN, got, PACKET);
    EXPECT(usbx_virtual_stall(b.model, BULK_IN), USBX_OK);
    done = completed(b.queue);
    COMPLETED(done, id, USBX_ERROR_PIPE, 0);
    EXPECT(usbx_bulk_read(b.device, BULK_IN, got, PACKET, LONG, NULL), USBX_ERROR_PIPE);
    drop_events(b.model);
    EXPECT(usbx_clear_halt(b.device, BULK_IN), USBX_OK);
    event = next_event(b.model);
    EQUAL(event.event, USBX_VIRTUAL_HALT);
    EQUAL(event.endpoint, BULK_IN);
    EQUAL(event.halted, 0);
    id = submit_to(b.device, b.queue, BULK_IN, got, PACKET);
    write_some(&b, 5, USBX_OK, 5);
    done = completed(b.queue);
    COMPLETED(done, id, USBX_OK, 5);
    EXPECT(usbx_virtual_stall(b.model, BULK_OUT), USBX_OK);
    EXPECT(usbx_bulk_write(b.device, BULK_OUT, sent, 5, LONG, NULL), USBX_ERROR_PIPE);
    EXPECT(usbx_virtual_stall(b.model, 0x8f), USBX_ERROR_INVALID_PARAM);
    EXPECT(usbx_virtual_write(b.model, BULK_OUT, sent, 1, USBX_NO_WAIT, NULL), USBX_ERROR_INVALID_PARAM);
    EXPECT(usbx_virtual_read(b.model, BULK_IN, got, PACKET, USBX_NO_WAIT, NULL), USBX_ERROR_INVALID_PARAM);
    free_bench(&b);
}

/* A device that waits in a thread of its own. */
typedef struct {
    usbx_virtual *model;
    uint8_t endpoint;
    uint8_t *data;
    size_t length, moved;
    usbx_status status;
} part;

static void *do_part(void *argument)
{
    part *p = argument;
    if (p->endpoint & 0x80)
        p->status = usbx_virtual_write(p->model, p->endpoint, p->data, p->length, LONG, &p->moved);
    else
        p->status = usbx_virtual_read(p->model, p->endpoint, p->data, p->length, LONG, &p->moved);
    return NULL;
}

static void a_thread_of_the_device_serves_blocking_calls(void)
{
    bench b = new_bench();
    part in = {NULL, BULK_IN, NULL, 0, 0, 1}, out = {NULL, BULK_OUT, NULL, 0, 0, 1};
    static uint8_t received[8 * PACKET];
    pthread_t threads[2];
    size_t moved = 0;
    in.model = out.model = b.model;
    in.data = sent, in.length = 6 * PACKET + 100;
    out.data = received, out.length = sizeof received;
    fill_pattern(sent, 0, sizeof sent);
    threads[0] = run_thread(do_part, &in);
    threads[1] = run_thread(do_part, &out);
    EXPECT(usbx_bulk_read(b.device, BULK_IN, got, sizeof got, LONG, &moved), USBX_OK);
    EQUAL(moved, 6 * PACKET + 100);
    CHECK(is_pattern(got, 0, moved));
    EXPECT(usbx_bulk_write(b.device, BULK_OUT, sent, 100, LONG, &moved), USBX_OK);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    EXPECT(in.status, USBX_OK);
    EQUAL(in.moved, 6 * PACKET + 100);
    EXPECT(out.status, USBX_OK);
    EQUAL(out.moved, 100);
    CHECK(is_pattern(received, 0, 100));
    free_bench(&b);
}

static void what_the_host_sets_up_anew_ends_the_devices_transfers(void)
{
    static const struct {
        const char *name;
        usbx_status expected;
    } ways[] = {{"reset", USBX_ERROR_CANCELLED}, {"alt", USBX_ERROR_CANCELLED}, {"unplug", USBX_ERROR_NO_DEVICE}};
    size_t i;
    for (i = 0; i < COUNT(ways); i++) {
        bench b = new_bench();
        part in = {NULL, BULK_IN, NULL, 0, 0, 1};
        pthread_t thread;
        size_t moved = 0;
        in.model = b.model, in.data = sent, in.length = 4 * PACKET;
        thread = run_thread(do_part, &in);
        /* So it is known to be waiting. */
        EXPECT(usbx_bulk_read(b.device, BULK_IN, got, PACKET, LONG, &moved), USBX_OK);
        if (i == 0)
            EXPECT(usbx_reset(b.device), USBX_OK);
        else if (i == 1)
            EXPECT(usbx_set_alt_setting(b.device, 0, 1), USBX_OK);
        else
            EXPECT(usbx_virtual_unplug(b.model), USBX_OK);
        pthread_join(thread, NULL);
        EXPECT(in.status, ways[i].expected);
        EQUAL(in.moved, PACKET);
        free_bench(&b);
    }
}

/* At every speed; SuperSpeed's endpoints have a companion descriptor. */
static void an_interrupt_endpoint_sends_reports(void)
{
    static const uint8_t descriptors[] = {
        18, 1, 0, 2, 0xff, 0, 0, 8, MODEL_VENDOR & 0xff, MODEL_VENDOR >> 8, MODEL_PRODUCT, 0, 0, 1, 0, 0, 0, 1,
        9, 2, 25, 0, 1, 1, 0, 0x80, 50, 9, 4, 0, 0, 1, 3, 0, 0, 0, 7, 5, REPORTS, 3, 8, 0, 10};
    static const uint8_t companion[] = {6, 0x30, 0, 0, 8, 0};
    uint8_t speed;
    for (speed = USBX_SPEED_LOW; speed <= USBX_SPEED_SUPER_PLUS; speed++) {
        uint8_t bytes[sizeof descriptors + sizeof companion];
        size_t length = sizeof descriptors, moved = 0;
        bench b = {NULL, NULL, NULL};
        usbx_device_info info;
        usbx_completion done;
        uint64_t id;
        memcpy(bytes, descriptors, sizeof descriptors);
        if (speed >= USBX_SPEED_SUPER) {
            memcpy(bytes + length, companion, sizeof companion);
            length += sizeof companion;
            bytes[18 + 2] = 25 + sizeof companion;
        }
        EXPECT(usbx_virtual_create(speed, bytes, length, &b.model), USBX_OK);
        EXPECT(usbx_virtual_plug(b.model), USBX_OK);
        b.device = open_model(b.model), b.queue = open_queue();
        EXPECT(usbx_info(b.device, &info), USBX_OK);
        EQUAL(info.speed, speed);
        EXPECT(usbx_claim(b.device, 0), USBX_OK);
        id = submit_to(b.device, b.queue, REPORTS, got, 16);
        EXPECT(usbx_virtual_write(b.model, REPORTS, "0123456789", 10, USBX_NO_WAIT, &moved), USBX_OK);
        EQUAL(moved, 10);
        done = completed(b.queue);
        COMPLETED(done, id, USBX_OK, 10);
        EQUAL(memcmp(got, "0123456789", 10), 0);
        free_bench(&b);
    }
}

static void a_thousand_models_are_plugged_in_at_once(void)
{
    enum { MODELS = 1000 };
    static usbx_virtual *models[MODELS];
    static usbx_device_info infos[MODELS + 200];
    size_t before = 0, count = 0, i;
    EXPECT(usbx_devices(NULL, 0, &before), USBX_OK);
    for (i = 0; i < MODELS; i++) {
        models[i] = new_model();
        EXPECT(usbx_virtual_plug(models[i]), USBX_OK);
    }
    EXPECT(usbx_devices(infos, COUNT(infos), &count), USBX_OK);
    EQUAL(count, before + MODELS);
    for (i = 0; i < MODELS; i++)
        EXPECT(usbx_close(open_model(models[i])), USBX_OK);
    for (i = 0; i < MODELS; i++)
        EXPECT(usbx_virtual_close(models[i]), USBX_OK);
    EXPECT(usbx_devices(NULL, 0, &count), USBX_OK);
    EQUAL(count, before);
}

const test_case model_data_cases[] = {
    {"a_write_fills_what_the_host_asks_for", a_write_fills_what_the_host_asks_for},
    {"a_write_counts_what_the_host_took", a_write_counts_what_the_host_took},
    {"a_read_takes_what_the_host_has_sent", a_read_takes_what_the_host_has_sent},
    {"a_zero_length_packet_ends_full_packets", a_zero_length_packet_ends_full_packets},
    {"waiting_endpoints_are_told_of_once", waiting_endpoints_are_told_of_once},
    {"a_model_halts_its_endpoints", a_model_halts_its_endpoints},
    {"a_thread_of_the_device_serves_blocking_calls", a_thread_of_the_device_serves_blocking_calls},
    {"what_the_host_sets_up_anew_ends_the_devices_transfers", what_the_host_sets_up_anew_ends_the_devices_transfers},
    {"an_interrupt_endpoint_sends_reports", an_interrupt_endpoint_sends_reports},
    {"a_thousand_models_are_plugged_in_at_once", a_thousand_models_are_plugged_in_at_once}};
const size_t model_data_count = COUNT(model_data_cases);
