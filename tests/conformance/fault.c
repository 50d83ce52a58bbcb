/* Faults of virtual devices: what goes wrong because it was asked for, and what the host's side makes of that. */
#define _POSIX_C_SOURCE 200809L
#include "model_fixture.h"

static uint8_t sent[8 * PACKET], got[8 * PACKET];

static usbx_fault make_fault(uint32_t kind)
{
    usbx_fault fault;
    memset(&fault, 0, sizeof fault);
    fault.kind = kind;
    return fault;
}

/* The loopback of the built-in device: faults are for every virtual device. */
typedef struct {
    usbx_virtual *virtual_device;
    usbx_device *device;
} loop;

static loop new_loop(void)
{
    loop l = {NULL, NULL};
    char path[32];
    EXPECT(usbx_virtual_open("acquisition", "F1", &l.virtual_device), USBX_OK);
    EXPECT(usbx_virtual_path(l.virtual_device, path, sizeof path, NULL), USBX_OK);
    EXPECT(usbx_open_path(path, &l.device), USBX_OK);
    EXPECT(usbx_claim(l.device, 0), USBX_OK);
    fill_pattern(sent, 0, sizeof sent);
    return l;
}

static void free_loop(loop *l)
{
    EXPECT(usbx_close(l->device), USBX_OK);
    EXPECT(usbx_virtual_close(l->virtual_device), USBX_OK);
}

static void sends(loop *l, size_t length, usbx_status expected, size_t taken)
{
    size_t moved = 99;
    EXPECT(usbx_bulk_write(l->device, ACQ_LOOP_OUT, sent, length, LONG, &moved), expected);
    EQUAL(moved, taken);
}

static void receives(loop *l, size_t length, usbx_status expected, size_t arrived)
{
    size_t moved = 99;
    memset(got, UNTOUCHED, sizeof got);
    EXPECT(usbx_bulk_read(l->device, ACQ_LOOP_IN, got, length, LONG, &moved), expected);
    EQUAL(moved, arrived);
}

static void a_status_comes_after_the_bytes_before_it(void)
{
    loop l = new_loop();
    usbx_fault fault = make_fault(USBX_FAULT_STATUS);
    fault.status = USBX_ERROR_IO;
    fault.bytes = 700;
    fault.nth = 2;
    EXPECT(usbx_virtual_fault(l.virtual_device, ACQ_LOOP_IN, &fault), USBX_OK);
    sends(&l, 4 * PACKET, USBX_OK, 4 * PACKET);
    receives(&l, PACKET, USBX_OK, PACKET);
    receives(&l, 3 * PACKET, USBX_ERROR_IO, 700);
    CHECK(is_pattern(got, PACKET, 700));
    receives(&l, 2 * PACKET, USBX_OK, 2 * PACKET - 700); /* once; what was left of the packet is not lost */
    CHECK(is_pattern(got, PACKET + 700, 2 * PACKET - 700));
    receives(&l, PACKET, USBX_OK, PACKET);
    CHECK(is_pattern(got, 3 * PACKET, PACKET));
    /* OUT packets move whole. */
    EXPECT(usbx_virtual_fault(l.virtual_device, ACQ_LOOP_OUT, &fault), USBX_OK);
    sends(&l, 1, USBX_OK, 1);
    sends(&l, 3 * PACKET, USBX_ERROR_IO, PACKET);
    /* As on a bus, a stalled endpoint stays halted. */
    fault.status = USBX_ERROR_PIPE, fault.bytes = 0, fault.nth = 0;
    EXPECT(usbx_virtual_fault(l.virtual_device, ACQ_LOOP_OUT, &fault), USBX_OK);
    sends(&l, PACKET, USBX_ERROR_PIPE, 0);
    sends(&l, PACKET, USBX_ERROR_PIPE, 0);
    EXPECT(usbx_clear_halt(l.device, ACQ_LOOP_OUT), USBX_OK);
    sends(&l, PACKET, USBX_OK, PACKET);
    free_loop(&l);
}

static void every_nth_transfer_is_met_until_the_fault_is_removed(void)
{
    loop l = new_loop();
    usbx_fault fault = make_fault(USBX_FAULT_STATUS);
    int i;
    fault.status = USBX_ERROR_OTHER;
    fault.nth = 3;
    fault.repeat = 1;
    EXPECT(usbx_virtual_fault(l.virtual_device, 0, &fault), USBX_OK);
    for (i = 1; i <= 9; i++)
        EXPECT(usbx_control(l.device, ACQ_IN, ACQ_RATE, 0, 0, got, 4, LONG, NULL), i % 3 == 0 ? USBX_ERROR_OTHER : USBX_OK);
    EXPECT(usbx_virtual_fault(l.virtual_device, 0, NULL), USBX_OK);
    for (i = 1; i <= 3; i++)
        EXPECT(usbx_control(l.device, ACQ_IN, ACQ_RATE, 0, 0, got, 4, LONG, NULL), USBX_OK);
    free_loop(&l);
}

static void a_delay_and_a_silence_are_met_by_time_limits(void)
{
    loop l = new_loop();
    usbx_fault fault = make_fault(USBX_FAULT_DELAY);
    size_t moved = 0;
    fault.milliseconds = LONG;
    sends(&l, 2 * PACKET, USBX_OK, 2 * PACKET);
    EXPECT(usbx_virtual_fault(l.virtual_device, ACQ_LOOP_IN, &fault), USBX_OK);
    EXPECT(usbx_bulk_read(l.device, ACQ_LOOP_IN, got, PACKET, 30, &moved), USBX_ERROR_TIMEOUT);
    EQUAL(moved, PACKET); /* nothing that moved is forgotten */
    fault.kind = USBX_FAULT_NAK;
    EXPECT(usbx_virtual_fault(l.virtual_device, ACQ_LOOP_IN, &fault), USBX_OK);
    EXPECT(usbx_bulk_read(l.device, ACQ_LOOP_IN, got, PACKET, 30, &moved), USBX_ERROR_TIMEOUT);
    EQUAL(moved, 0);
    fault.milliseconds = 20;
    EXPECT(usbx_virtual_fault(l.virtual_device, ACQ_LOOP_IN, &fault), USBX_OK);
    receives(&l, PACKET, USBX_OK, PACKET); /* what the silence held back is there */
    CHECK(is_pattern(got, PACKET, PACKET));
    free_loop(&l);
}

static void packets_are_cut_too_long_or_wrong(void)
{
    loop l = new_loop();
    usbx_fault fault = make_fault(USBX_FAULT_SHORT);
    size_t i, wrong = 0, first = 0;
    int again;
    fault.bytes = 600;
    sends(&l, 3 * PACKET, USBX_OK, 3 * PACKET);
    EXPECT(usbx_virtual_fault(l.virtual_device, ACQ_LOOP_IN, &fault), USBX_OK);
    receives(&l, 3 * PACKET, USBX_OK, 600);
    receives(&l, PACKET, USBX_OK, PACKET);
    CHECK(is_pattern(got, 2 * PACKET, PACKET)); /* the rest of the cut packet is lost */
    fault.kind = USBX_FAULT_BABBLE;
    sends(&l, PACKET, USBX_OK, PACKET);
    EXPECT(usbx_virtual_fault(l.virtual_device, ACQ_LOOP_IN, &fault), USBX_OK);
    receives(&l, PACKET, USBX_ERROR_OVERFLOW, PACKET);
    fault.kind = USBX_FAULT_CORRUPT;
    fault.seed = 42;
    for (again = 0; again < 3; again++) {
        /* On its way in twice, then on its way out. */
        EXPECT(usbx_virtual_fault(l.virtual_device, again < 2 ? ACQ_LOOP_IN : ACQ_LOOP_OUT, &fault), USBX_OK);
        sends(&l, PACKET, USBX_OK, PACKET);
        CHECK(is_pattern(sent, 0, sizeof sent)); /* not in the caller's buffer */
        receives(&l, PACKET, USBX_OK, PACKET);
        for (i = wrong = 0; i < PACKET; i++) {
            uint8_t difference = got[i] ^ sent[i];
            if (difference != 0) {
                wrong++;
                CHECK((difference & (difference - 1)) == 0);
                if (again == 0)
                    first = i;
                EQUAL(i, first);
            }
        }
        EQUAL(wrong, 1);
    }
    fault.kind = USBX_FAULT_SHORT;
    EXPECT(usbx_virtual_fault(l.virtual_device, ACQ_LOOP_OUT, &fault), USBX_ERROR_INVALID_PARAM);
    free_loop(&l);
}

static void a_device_unplugs_itself_after_so_many_bytes(void)
{
    loop l = new_loop();
    usbx_fault fault = make_fault(USBX_FAULT_UNPLUG);
    char path[32];
    fault.bytes = 2 * PACKET + 100;
    sends(&l, 5 * PACKET, USBX_OK, 5 * PACKET);
    EXPECT(usbx_virtual_fault(l.virtual_device, ACQ_LOOP_IN, &fault), USBX_OK);
    receives(&l, PACKET, USBX_OK, PACKET);
    receives(&l, 4 * PACKET, USBX_ERROR_NO_DEVICE, PACKET + 100);
    EXPECT(usbx_virtual_path(l.virtual_device, path, sizeof path, NULL), USBX_ERROR_NO_DEVICE);
    EXPECT(usbx_close(l.device), USBX_OK);
    EXPECT(usbx_virtual_plug(l.virtual_device), USBX_OK);
    EXPECT(usbx_virtual_close(l.virtual_device), USBX_OK);
}

static void faults_of_a_model_wait_until_it_is_plugged_in(void)
{
    usbx_virtual *model = new_model();
    usbx_fault fault = make_fault(USBX_FAULT_STATUS);
    usbx_device *device;
    fault.status = USBX_ERROR_IO;
    EXPECT(usbx_virtual_fault(model, BULK_IN, &fault), USBX_OK);
    EXPECT(usbx_virtual_plug(model), USBX_OK);
    device = open_model(model);
    EXPECT(usbx_claim(device, 0), USBX_OK);
    EXPECT(usbx_bulk_read(device, BULK_IN, got, PACKET, LONG, NULL), USBX_ERROR_IO);
    EXPECT(usbx_bulk_read(device, BULK_IN, got, PACKET, 20, NULL), USBX_ERROR_TIMEOUT);
    fault.kind = 99;
    EXPECT(usbx_virtual_fault(model, BULK_IN, &fault), USBX_ERROR_INVALID_PARAM);
    fault = make_fault(USBX_FAULT_STATUS);
    fault.status = USBX_ERROR_NOT_CLAIMED;
    EXPECT(usbx_virtual_fault(model, BULK_IN, &fault), USBX_ERROR_INVALID_PARAM);
    EXPECT(usbx_virtual_fault(model, 0x8f, NULL), USBX_ERROR_INVALID_PARAM);
    EXPECT(usbx_close(device), USBX_OK);
    EXPECT(usbx_virtual_close(model), USBX_OK);
}

const test_case fault_cases[] = {
    {"a_status_comes_after_the_bytes_before_it", a_status_comes_after_the_bytes_before_it},
    {"every_nth_transfer_is_met_until_the_fault_is_removed", every_nth_transfer_is_met_until_the_fault_is_removed},
    {"a_delay_and_a_silence_are_met_by_time_limits", a_delay_and_a_silence_are_met_by_time_limits},
    {"packets_are_cut_too_long_or_wrong", packets_are_cut_too_long_or_wrong},
    {"a_device_unplugs_itself_after_so_many_bytes", a_device_unplugs_itself_after_so_many_bytes},
    {"faults_of_a_model_wait_until_it_is_plugged_in", faults_of_a_model_wait_until_it_is_plugged_in}};
const size_t fault_count = COUNT(fault_cases);
