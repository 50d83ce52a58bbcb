/* Isochronous transfers, blocking and queued, on the virtual device's alternate setting 1. */
#include "acquisition.h"
#include "check.h"

#include <string.h>

enum { PACKETS = 20, ROOM = 512, ENDPOINT = 0x85, TRANSFERS = 3 };

static usbx_virtual *plugged;
static usbx_device *device;
static uint8_t data[TRANSFERS][PACKETS * ROOM];
static usbx_packet packets[TRANSFERS][PACKETS];

static void prepare(int alt_setting)
{
    size_t i, j;
    EXPECT(usbx_virtual_open("acquisition", "ISO", &plugged), USBX_OK);
    EXPECT(usbx_open(0x1209, 1, "ISO", &device), USBX_OK);
    EXPECT(usbx_claim(device, 0), USBX_OK);
    EXPECT(usbx_set_alt_setting(device, 0, (uint8_t)alt_setting), USBX_OK);
    memset(packets, 0x55, sizeof packets);
    for (i = 0; i < TRANSFERS; i++)
        for (j = 0; j < PACKETS; j++)
            packets[i][j].length = ROOM;
}

static void over(void)
{
    EXPECT(usbx_close(device), USBX_OK);
    EXPECT(usbx_virtual_close(plugged), USBX_OK);
}

/* Whether every packet is a whole frame, each one behind the one before; the number of the next one. */
static uint32_t check_frames(const uint8_t *bytes, const usbx_packet *each, uint32_t next)
{
    size_t i;
    for (i = 0; i < PACKETS; i++) {
        EQUAL(each[i].length, ROOM);
        EQUAL(each[i].transferred, ROOM);
        EQUAL(each[i].status, USBX_OK);
        EQUAL(each[i].reserved, 0);
        CHECK(acq_frame_is_sound(bytes + i * ROOM));
        EQUAL(acq_u32(bytes + i * ROOM + 4), next + i);
    }
    return next + PACKETS;
}

static void each_packet_has_its_place_length_and_status(void)
{
    size_t moved = 99, i;
    prepare(1);
    EXPECT(usbx_isochronous_read(device, ENDPOINT, data[0], sizeof data[0], packets[0], PACKETS, 30000, &moved), USBX_OK);
    EQUAL(moved, 0); /* it does not sample yet */
    for (i = 0; i < PACKETS; i++)
        CHECK(packets[0][i].transferred == 0 && packets[0][i].status == USBX_OK);
    EXPECT(usbx_control(device, ACQ_OUT, ACQ_START, 0, 0, NULL, 0, 1000, NULL), USBX_OK);
    /* The interval in which it started may have begun before, and is empty. */
    EXPECT(usbx_isochronous_read(device, ENDPOINT, data[0], ROOM, packets[0], 1, 30000, &moved), USBX_OK);
    EXPECT(usbx_isochronous_read(device, ENDPOINT, data[0], sizeof data[0], packets[0], PACKETS, 30000, &moved), USBX_OK);
    EQUAL(moved, sizeof data[0]);
    check_frames(data[0], packets[0], acq_u32(data[0] + 4));
    over();
}

static void queued_transfers_follow_without_a_gap(void)
{
    usbx_queue *queue = NULL;
    usbx_completion done;
    usbx_transfer transfer;
    uint32_t next = 0;
    size_t i, count = 0;
    prepare(1);
    EXPECT(usbx_control(device, ACQ_OUT, ACQ_START, 0, 0, NULL, 0, 1000, NULL), USBX_OK);
    EXPECT(usbx_isochronous_read(device, ENDPOINT, data[0], ROOM, packets[0], 1, 30000, NULL), USBX_OK);
    EXPECT(usbx_queue_open(&queue), USBX_OK);
    for (i = 0; i < TRANSFERS; i++) {
        memset(&transfer, 0, sizeof transfer);
        transfer.type = USBX_TYPE_ISOCHRONOUS;
        transfer.endpoint = ENDPOINT;
        transfer.data = data[i];
        transfer.length = sizeof data[i];
        transfer.packets = packets[i];
        transfer.packet_count = PACKETS;
        transfer.user_data = i;
        EXPECT(usbx_submit(device, queue, &transfer, NULL), USBX_OK);
    }
    for (i = 0; i < TRANSFERS; i++) {
        if (!EXPECT(usbx_queue_wait(queue, &done, 1, 30000, &count), USBX_OK))
            break;
        EQUAL(done.user_data, i);
        EQUAL(done.status, USBX_OK);
        EQUAL(done.transferred, sizeof data[i]);
        next = check_frames(data[i], packets[i], i ? next : acq_u32(data[i] + 4));
    }
    EXPECT(usbx_queue_close(queue), USBX_OK);
    over();
}

static void what_cannot_be_is_refused(void)
{
    size_t moved = 99;
    prepare(0);
    EXPECT(usbx_isochronous_read(device, ENDPOINT, data[0], sizeof data[0], packets[0], PACKETS, 1000, &moved),
           USBX_ERROR_INVALID_PARAM);
    SAID("usbx_set_alt_setting");
    EQUAL(moved, 0);
    EXPECT(usbx_set_alt_setting(device, 0, 1), USBX_OK);
    EXPECT(usbx_isochronous_read(device, 0x81, data[0], sizeof data[0], packets[0], PACKETS, 1000, &moved),
           USBX_ERROR_INVALID_PARAM);
    SAID("bulk");
    EXPECT(usbx_isochronous_read(device, ENDPOINT, data[0], 100, packets[0], PACKETS, 1000, &moved), USBX_ERROR_INVALID_PARAM);
    EXPECT(usbx_isochronous_read(device, ENDPOINT, data[0], sizeof data[0], NULL, 0, 1000, &moved), USBX_ERROR_INVALID_PARAM);
    EXPECT(usbx_isochronous_write(device, ENDPOINT, data[0], sizeof data[0], packets[0], PACKETS, 1000, &moved),
           USBX_ERROR_INVALID_PARAM);
    over();
}

int main(int argc, char **argv)
{
    static const test_case cases[] = {
        {"each_packet_has_its_place_length_and_status", each_packet_has_its_place_length_and_status},
        {"queued_transfers_follow_without_a_gap", queued_transfers_follow_without_a_gap},
        {"what_cannot_be_is_refused", what_cannot_be_is_refused},
    };
    run_cases(cases, COUNT(cases), argc, argv);
    return finish_cases();
}
