/* Devices that a program answers for on threads of its own, while the host's side works, and while devices are plugged, unplugged and
 * closed under both. */
#define _POSIX_C_SOURCE 200809L
#include "model_fixture.h"

static int stopped(usbx_status status)
{
    return status == USBX_ERROR_CLOSED || status == USBX_ERROR_INVALID_HANDLE;
}

/* For how long the echo offers its bytes: a host that has plugged the device in anew does not want those of before. */
static uint32_t offer = LONG;

/* Sends back what it receives until the device is closed. Returns the bytes that moved. */
static void *echo(void *model)
{
    uint8_t data[4 * PACKET];
    size_t received, sent, total = 0;
    for (;;) {
        usbx_status status = usbx_virtual_read(model, BULK_OUT, data, sizeof data, LONG, &received);
        if (stopped(status))
            return (void *)total;
        if (status != USBX_OK)
            continue; /* reset, unplugged, plugged in again */
        status = usbx_virtual_write(model, BULK_IN, data, received, offer, &sent);
        total += sent;
        if (stopped(status))
            return (void *)total;
    }
}

/* Answers every request with its own setup packet's numbers, until the device is closed. */
static void *answer(void *model)
{
    usbx_virtual_event event;
    uint8_t data[64];
    for (;;) {
        usbx_status status = usbx_virtual_next(model, LONG, &event, data, sizeof data, NULL);
        if (stopped(status))
            return NULL;
        if (event.event == USBX_VIRTUAL_SETUP) {
            data[0] = event.request;
            data[1] = (uint8_t)event.value;
            usbx_virtual_reply(model, data, event.request_type & 0x80 ? 2 : 0);
        }
    }
}

static void no_byte_is_lost_between_threads(void)
{
    static uint8_t sent[4 * PACKET], got[4 * PACKET];
    bench b = new_bench();
    pthread_t threads[2];
    void *echoed;
    size_t moved, back, total = 0;
    int i;
    threads[0] = run_thread(echo, b.model);
    threads[1] = run_thread(answer, b.model);
    for (i = 0; i < 300; i++) {
        size_t length = 1 + (size_t)i * 37 % (sizeof sent - 1);
        fill_pattern(sent, total, length);
        if (!EXPECT(usbx_bulk_write(b.device, BULK_OUT, sent, length, LONG, &moved), USBX_OK) || !EQUAL(moved, length))
            break;
        for (back = 0; back < length; back += moved)
            if (!EXPECT(usbx_bulk_read(b.device, BULK_IN, got + back, (length - back + PACKET - 1) / PACKET * PACKET, LONG, &moved), USBX_OK))
                break;
        if (!EQUAL(back, length) || !CHECK(is_pattern(got, total, length)))
            break;
        total += length;
        EXPECT(usbx_control(b.device, 0xc0, (uint8_t)i, (uint16_t)i, 0, got, 2, LONG, &moved), USBX_OK);
        if (!EQUAL(moved, 2) || !EQUAL(got[0], (uint8_t)i) || !EQUAL(got[1], (uint8_t)i))
            break;
    }
    free_bench(&b);
    pthread_join(threads[0], &echoed);
    pthread_join(threads[1], NULL);
    EQUAL((size_t)echoed, total);
}

enum { NUMBERED = 30000 };

/* Receives numbered packets, and sends numbered packets, without ever waiting: each call gives up while the host may be moving them.
 * Returns how many came, or -1 if it was not those. */
static void *move_numbers_without_waiting(void *model)
{
    uint32_t data[PACKET / 4] = {0}, got[PACKET / 4];
    uint32_t received = 0, sent = 0;
    int right = 1;
    while (right && (received < NUMBERED || sent < NUMBERED)) {
        size_t moved = 0;
        usbx_status status = usbx_virtual_read(model, BULK_OUT, got, sizeof got, USBX_NO_WAIT, &moved);
        if (stopped(status))
            break;
        right = status == USBX_OK ? moved == PACKET && got[0] == received : status == USBX_ERROR_TIMEOUT && moved == 0;
        received += status == USBX_OK;
        data[0] = sent;
        status = sent < NUMBERED ? usbx_virtual_write(model, BULK_IN, data, sizeof data, USBX_NO_WAIT, &moved) : USBX_ERROR_TIMEOUT;
        right = right && (status == USBX_OK || status == USBX_ERROR_TIMEOUT);
        sent += status == USBX_OK;
    }
    return (void *)(right ? (size_t)received : (size_t)-1);
}

static void *write_numbers(void *device)
{
    uint32_t data[PACKET / 4] = {0};
    while (data[0] < NUMBERED && usbx_bulk_write(device, BULK_OUT, data, sizeof data, LONG, NULL) == USBX_OK)
        data[0]++;
    return (void *)(size_t)data[0];
}

/* What the host moves in the moment in which a call of the program gives up is what the call says. */
static void a_call_that_gives_up_says_what_moved(void)
{
    bench b = new_bench();
    pthread_t program = run_thread(move_numbers_without_waiting, b.model), writer = run_thread(write_numbers, b.device);
    uint32_t got[PACKET / 4], i;
    void *count;
    for (i = 0; i < NUMBERED; i++)
        if (!EXPECT(usbx_bulk_read(b.device, BULK_IN, got, sizeof got, LONG, NULL), USBX_OK) || !EQUAL(got[0], i))
            break;
    if (i == NUMBERED) {
        pthread_join(writer, &count);
        EQUAL((size_t)count, NUMBERED);
        pthread_join(program, &count);
        EQUAL((size_t)count, NUMBERED);
        free_bench(&b);
        return;
    }
    free_bench(&b);
    pthread_join(writer, &count);
    pthread_join(program, &count);
}

static void devices_come_and_go_under_their_programs(void)
{
    static uint8_t data[2 * PACKET];
    usbx_virtual *model = new_model();
    pthread_t threads[2];
    int i;
    offer = 10;
    threads[0] = run_thread(echo, model);
    threads[1] = run_thread(answer, model);
    for (i = 0; i < 100; i++) {
        usbx_device *device;
        EXPECT(usbx_virtual_plug(model), USBX_OK);
        device = open_model(model);
        EXPECT(usbx_claim(device, 0), USBX_OK);
        EXPECT(usbx_control(device, 0xc0, 9, 0, 0, data, 2, LONG, NULL), USBX_OK);
        if (i % 3 == 0)
            EXPECT(usbx_reset(device), USBX_OK);
        EXPECT(usbx_bulk_write(device, BULK_OUT, data, 10, LONG, NULL), USBX_OK);
        if (i % 2 == 0)
            EXPECT(usbx_close(device), USBX_OK);
        EXPECT(usbx_virtual_unplug(model), USBX_OK);
        if (i % 2 != 0) {
            EXPECT(usbx_bulk_read(device, BULK_IN, data, PACKET, LONG, NULL), USBX_ERROR_NO_DEVICE);
            EXPECT(usbx_close(device), USBX_OK);
        }
    }
    EXPECT(usbx_virtual_close(model), USBX_OK);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    offer = LONG;
}

/* The program uses the library for its answer. */
static void *ask_another_device(void *model)
{
    usbx_virtual_event event;
    usbx_device *other = NULL;
    uint8_t rate[4];
    size_t moved = 0;
    if (usbx_virtual_next(model, LONG, &event, NULL, 0, NULL) != USBX_OK || event.event != USBX_VIRTUAL_SETUP ||
        usbx_open(ACQ_VENDOR_ID, ACQ_PRODUCT_ID, "INNER", &other) != USBX_OK ||
        usbx_control(other, ACQ_IN, ACQ_RATE, 0, 0, rate, 4, LONG, &moved) != USBX_OK || usbx_close(other) != USBX_OK)
        usbx_virtual_stall(model, 0);
    else
        usbx_virtual_reply(model, rate, moved);
    return NULL;
}

static void a_model_may_use_other_devices(void)
{
    bench b = new_bench();
    usbx_virtual *inner = NULL;
    uint8_t rate[4];
    size_t moved = 0;
    pthread_t thread;
    EXPECT(usbx_virtual_open("acquisition", "INNER", &inner), USBX_OK);
    thread = run_thread(ask_another_device, b.model);
    EXPECT(usbx_control(b.device, 0xc0, 1, 0, 0, rate, 4, LONG, &moved), USBX_OK);
    EQUAL(moved, 4);
    pthread_join(thread, NULL);
    EXPECT(usbx_virtual_close(inner), USBX_OK);
    free_bench(&b);
}

const test_case model_thread_cases[] = {
    {"no_byte_is_lost_between_threads", no_byte_is_lost_between_threads},
    {"a_call_that_gives_up_says_what_moved", a_call_that_gives_up_says_what_moved},
    {"devices_come_and_go_under_their_programs", devices_come_and_go_under_their_programs},
    {"a_model_may_use_other_devices", a_model_may_use_other_devices}};
const size_t model_thread_count = COUNT(model_thread_cases);
