/* The endings of the table, and what is left afterwards: the caller's bytes, the device, kernel drivers. */
#define _POSIX_C_SOURCE 200809L
#include "table.h"

int end_it(job *j)
{
    usbx_device *device = j->device;
    int isochronous = j->c.type == ISOCHRONOUS_IN;
    usbx_status status = USBX_OK;
    switch (j->c.ending) {
    case CANCEL: status = usbx_cancel(device, j->endpoint); break;
    case QUEUE_CANCEL: status = usbx_queue_cancel(j->queue, j->id); break;
    case QUEUE_CANCEL_ALL: status = usbx_queue_cancel(j->queue, 0); break;
    case OWN_CLOSE: status = j->queue != NULL ? usbx_queue_close(j->queue) : usbx_stream_close(j->stream); break;
    case CLOSE:
        status = usbx_close(device);
        j->device = NULL;
        break;
    case SHUTDOWN:
        start_over();
        j->device = NULL;
        break;
    case RELEASE: status = usbx_release(device, j->interface_number); break;
    case SET_ALT_SETTING:
        status = usbx_set_alt_setting(device, j->interface_number, !isochronous && j->interface_number == 0);
        break;
    case SET_CONFIGURATION:
        status = usbx_set_configuration(device, 1);
        EXPECT(usbx_set_configuration(device, 9), USBX_ERROR_NOT_FOUND);
        break;
    case CLEAR_HALT: status = usbx_clear_halt(device, j->endpoint); break;
    case RESET: status = usbx_reset(device); break;
    case STALL:
        if (j->c.type != CONTROL) /* which is refused for what it asks */
            status = usbx_control(device, 0x02, 3, 0, j->endpoint, NULL, 0, LONG, NULL);
        break;
    case UNPLUG: return unplug();
    default: break;
    }
    return EXPECT(status, USBX_OK);
}

/* Of the HID interface, on a kernel's bus. Behind a call it is there; behind a process that ended, a moment later. */
void check_driver_is_back(const job *j)
{
    double began = seconds_now();
    usbx_status status;
    if (getenv("USBX_TEST_DEVICE") == NULL || test_is_remote())
        return;
    while ((status = usbx_claim(j->device, 1)) == USBX_OK && j->c.ending == EXIT && seconds_now() - began < HANG / 1000) {
        EXPECT(usbx_release(j->device, 1), USBX_OK);
        pause_ms(20);
    }
    EXPECT(status, USBX_ERROR_BUSY);
    SAID("usbhid");
}

void recover(job *j)
{
    if (j->c.ending == UNPLUG) {
        EXPECT(usbx_close(j->device), USBX_OK);
        j->device = NULL;
    }
    if (j->device == NULL) {
        j->device = open_test_device();
        EXPECT(usbx_claim(j->device, 0), USBX_OK);
    } else if (j->c.ending == RELEASE && j->interface_number == 0) {
        EXPECT(usbx_claim(j->device, 0), USBX_OK);
    } else if (j->c.ending == STALL && j->endpoint != 0) {
        EXPECT(usbx_clear_halt(j->device, j->endpoint), USBX_OK);
    }
    if (j->interface_number == 1 && (j->c.ending == RELEASE || j->c.ending == CLOSE || j->c.ending == SHUTDOWN))
        check_driver_is_back(j);
}

/* Each is whole and newer than the one before. */
static int are_reports(const uint8_t *data, size_t length)
{
    size_t at;
    for (at = 0; at < length; at += ACQ_STATUS_SIZE)
        if (!CHECK(length - at >= ACQ_STATUS_SIZE) || !CHECK(acq_u32(data + at) < 0x2000000u) ||
            !CHECK(at == 0 || acq_u32(data + at + 12) > acq_u32(data + at - 4)))
            return 0;
    return 1;
}

static void check_content(job *j)
{
    const uint8_t *data = j->data.data;
    course frames = {-1, 0};
    uint32_t next;
    size_t at;
    switch (j->c.type) {
    case CONTROL:
        if (!device_keeps_its_data(&j->c))
            break;
        CHECK(is_pattern(data, 0, j->moved));
        break;
    case BULK_IN: CHECK(is_pattern(data, 0, j->moved)); break;
    case BULK_OUT: CHECK(is_pattern(data, j->c.phase == IDLE || j->c.phase == RACING ? HELD * PACKET : 0, j->length)); return;
    case INTERRUPT_IN: CHECK(are_reports(data, j->moved)); break;
    default:
        if (!is_streamed(&j->c)) {
            j->served = follow(&frames, &j->packets, j->moved);
            CHECK(j->served != (size_t)-1);
            /* A player on a busy computer misses intervals itself: then this is tried again. */
            j->was_late = frames.lost > 0 && test_virtual == NULL;
            if (!j->was_late)
                EQUAL(frames.lost, 0);
            return;
        }
        for (at = 0; at < j->moved; at += PACKET) {
            next = acq_u32(data + at + 4);
            CHECK(frames_go_on(data + at, PACKET, &next));
        }
    }
    CHECK(is_untouched(data + j->moved, j->length - j->moved));
}

/* A reader that got what there was, and called again, may find that its stream is closed by then. */
static int was_caught(const job *j)
{
    return is_wanted(&j->c, j->status) || (is_streamed(&j->c) && is_waited(&j->c) && j->moved > 0 &&
                                           !keeps_handles(&j->c) && j->status == USBX_ERROR_INVALID_HANDLE);
}

int check_bytes(job *j)
{
    const cell *c = &j->c;
    int by_time = c->type == INTERRUPT_IN || c->type == ISOCHRONOUS_IN;
    int right = c->phase == COMPLETE || c->phase == BEFORE ? is_wanted(c, j->status) : is_allowed(c, j->status);
    if (!CHECK(right))
        printf("#   it ended with %s: %s\n", usbx_error_name(j->status), j->error);
    if (!j->is_known)
        return was_caught(j);
    if (!CHECK(j->moved <= j->length))
        return 1;
    if (j->status == USBX_ERROR_INVALID_HANDLE || j->status == USBX_ERROR_NOT_CLAIMED ||
        j->status == USBX_ERROR_INVALID_PARAM || j->was_refused)
        CHECK(j->moved == 0 && (!is_in(c) || is_untouched(j->data.data, j->length)));
    else
        check_content(j);
    if (j->status == USBX_OK && c->type != ISOCHRONOUS_IN && !comes_in_parts(c))
        EQUAL(j->moved, j->length);
    if (!is_wanted(c, j->status) || j->was_late)
        return 0;
    if (c->phase == IDLE && !(ends_nothing(c) && c->type != INTERRUPT_IN))
        EQUAL(j->moved, 0);
    if (c->phase == PART && !ends_nothing(c)) {
        /* A stream's isochronous packets come with their transfer. */
        int later = c->type == ISOCHRONOUS_IN && is_streamed(c) && c->ending == TIMEOUT;
        /* A call that began too late may say what one says that was ended in time; what a queue has taken has begun. */
        int may_be_late = j->status != status_before(c) || c->way == BLOCKING || (j->queue != NULL && !j->was_refused);
        if (j->moved == 0 && !later && (by_time || c->ending == TIMEOUT) && may_be_late)
            return 0;
        CHECK(later || (j->moved > 0 && j->moved < j->length));
    }
    return 1;
}

/* What the loopback still holds, and whether it is what it should be. A short packet is put behind it to be seen. */
static void check_loopback(job *j)
{
    static uint8_t back[ROOM * PACKET];
    static uint8_t mark[7] = {'t', 'h', 'e', ' ', 'e', 'n', 'd'};
    usbx_queue *queue = open_queue();
    usbx_completion done;
    size_t moved = 0, residue, bytes = j->is_known && !is_streamed(&j->c) ? j->moved : 0;
    if (is_streamed(&j->c) && j->is_known)
        bytes = j->moved;
    submit_to(j->device, queue, ACQ_LOOP_OUT, mark, sizeof mark);
    EXPECT(usbx_bulk_read(j->device, ACQ_LOOP_IN, back, sizeof back, LONG, &moved), USBX_OK);
    if (take(queue, &done, 1))
        EQUAL(done.status, USBX_OK);
    EXPECT(usbx_queue_close(queue), USBX_OK);
    if (!CHECK(moved >= sizeof mark) || !CHECK(memcmp(back + moved - sizeof mark, mark, sizeof mark) == 0))
        return;
    residue = moved - sizeof mark;
    if (!device_keeps_its_data(&j->c)) {
        return;
    }
    if (j->c.type != BULK_IN && j->c.type != BULK_OUT) {
        EQUAL(residue, 0);
    } else if (j->c.type == BULK_OUT) {
        if (j->is_known)
            EQUAL(residue, j->given + bytes - j->taken);
        CHECK(is_pattern(back, j->taken, residue));
    } else {
        if (j->is_known)
            EQUAL(residue, j->given - bytes);
        if (!CHECK(residue <= j->given))
            return;
        CHECK(is_pattern(back, j->given - residue, residue));
        j->moved = j->given - residue; /* so this is what had moved, if there was no count */
    }
}

void check_device(job *j)
{
    uint8_t report[ACQ_STATUS_SIZE], registers[4];
    intervals *few;
    course frames = {-1, 0};
    size_t moved = 0;
    check_loopback(j);
    switch (j->c.type) {
    case CONTROL: EXPECT(usbx_control(j->device, ACQ_IN, ACQ_RATE, 0, 0, registers, 4, LONG, &moved), USBX_OK); break;
    case INTERRUPT_IN:
        EXPECT(usbx_interrupt_read(j->device, ACQ_STATUS, report, sizeof report, LONG, &moved), USBX_OK);
        EQUAL(moved, ACQ_STATUS_SIZE);
        break;
    case ISOCHRONOUS_IN:
        if (j->c.ending != RESET || j->c.phase == IDLE) /* which keeps the setting */
            EXPECT(usbx_set_alt_setting(j->device, 0, 1), USBX_OK);
        start_sampling(j->device, 0);
        few = new_intervals(3);
        EXPECT(read_intervals(j->device, few, LONG, &moved), USBX_OK);
        EQUAL(follow(&frames, few, moved), 3);
        free_intervals(few, 1);
        EXPECT(usbx_control(j->device, ACQ_OUT, ACQ_STOP, 0, 0, NULL, 0, LONG, NULL), USBX_OK);
        break;
    default: break;
    }
}
