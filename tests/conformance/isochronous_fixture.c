#include "isochronous_fixture.h"

usbx_device *claim_setting_1(void)
{
    usbx_device *device = claim_test_device();
    EXPECT(usbx_set_alt_setting(device, 0, 1), USBX_OK);
    return device;
}

usbx_device *claim_sampling_setting_1(void)
{
    usbx_device *device = claim_setting_1();
    start_sampling(device, 0); /* the rate is nothing to this endpoint */
    return device;
}

intervals *new_array_of_intervals(size_t transfers, size_t count)
{
    intervals *array = (intervals *)calloc(transfers, sizeof *array);
    size_t i, j;
    for (i = 0; array != NULL && i < transfers; i++) {
        intervals *t = &array[i];
        t->count = count;
        t->length = count * PACKET;
        t->packets = (usbx_packet *)malloc(count * sizeof *t->packets);
        t->data = (uint8_t *)malloc(t->length);
        if (t->packets == NULL || t->data == NULL)
            abort();
        memset(t->packets, UNTOUCHED, count * sizeof *t->packets);
        memset(t->data, UNTOUCHED, t->length);
        for (j = 0; j < count; j++)
            t->packets[j].length = PACKET;
    }
    if (array == NULL)
        abort();
    return array;
}

intervals *new_intervals(size_t count)
{
    return new_array_of_intervals(1, count);
}

void free_intervals(intervals *array, size_t transfers)
{
    size_t i;
    for (i = 0; i < transfers; i++) {
        free(array[i].packets);
        free(array[i].data);
    }
    free(array);
}

usbx_status read_intervals(usbx_device *device, intervals *t, uint32_t timeout_ms, size_t *moved)
{
    *moved = (size_t)-1;
    return usbx_isochronous_read(device, NOW, t->data, t->length, t->packets, t->count, timeout_ms, moved);
}

usbx_transfer make_isochronous(intervals *t)
{
    usbx_transfer transfer;
    memset(&transfer, 0, sizeof transfer);
    transfer.type = USBX_TYPE_ISOCHRONOUS;
    transfer.endpoint = NOW;
    transfer.data = t->data;
    transfer.length = t->length;
    transfer.packets = t->packets;
    transfer.packet_count = t->count;
    return transfer;
}

uint64_t submit_intervals(usbx_device *device, usbx_queue *queue, intervals *t)
{
    usbx_transfer transfer = make_isochronous(t);
    return submit(device, queue, &transfer);
}

static int follow_frame(course *c, const uint8_t *frame)
{
    long long number = acq_u32(frame + 4);
    if (!CHECK(acq_frame_is_sound(frame)) || !CHECK(number > c->last))
        return 0;
    if (c->last >= 0)
        c->lost += (size_t)(number - c->last - 1);
    c->last = number;
    return 1;
}

size_t follow(course *c, const intervals *t, size_t moved)
{
    size_t served, sum = 0, i;
    for (served = 0; served < t->count && t->packets[served].status == USBX_OK; served++) {
        const usbx_packet *packet = &t->packets[served];
        if (packet->transferred == 0 && c->last < 0)
            continue; /* it does not sample yet */
        if (!EQUAL(packet->transferred, PACKET) || !follow_frame(c, t->data + served * PACKET))
            return (size_t)-1;
        sum += packet->transferred;
    }
    for (i = 0; i < t->count; i++) {
        const usbx_packet *packet = &t->packets[i];
        if (!EQUAL(packet->length, PACKET) || !EQUAL(packet->reserved, 0))
            return (size_t)-1;
        if (i >= served && !(EQUAL(packet->status, USBX_ERROR_CANCELLED) & EQUAL(packet->transferred, 0))) {
            printf("#   packet %lu of %lu, %lu were served\n", (unsigned long)i, (unsigned long)t->count,
                   (unsigned long)served);
            return (size_t)-1;
        }
    }
    return EQUAL(moved, sum) ? served : (size_t)-1;
}
