#include "stress.h"

#include <stdlib.h>
#include <string.h>

enum { PACKET = 512 };

static uint32_t some_time(worker *w)
{
    return one_in(w, 50) ? 1 + below(w, 20) : 1 + below(w, 2);
}

void ask(worker *w)
{
    usbx_status status = (usbx_status)below(w, 300) - 200;
    CHECK(w, strcmp(usbx_version(), "") != 0);
    CHECK(w, strncmp(usbx_error_name(status), "USBX_", 5) == 0 && strlen(usbx_error_text(status)) > 5);
    CHECK(w, usbx_last_error() != NULL);
}

void control(worker *w)
{
    static const struct {
        uint8_t request_type, request;
        uint16_t value, index, length;
        unsigned allowed;
    } requests[] = {
        {0x40, 1, 0, 0, 0, OK_},                      /* start sampling */
        {0x40, 2, 0, 0, 0, OK_},                      /* stop */
        {0x40, 3, 0, 0, 4, OK_},                      /* rate */
        {0xc0, 3, 0, 0, 4, OK_},
        {0xc0, 4, 0, 0, 256, OK_},                    /* registers */
        {0x40, 4, 0, 16, 64, OK_},
        {0xc0, 4, 0, 250, 64, PIPE},                  /* past their end */
        {0xc0, 0x77, 0, 0, 64, PIPE},                 /* no such request */
        {0x80, 0, 0, 0, 2, OK_},                      /* GET_STATUS of the device */
        {0x81, 0, 0, 0, 2, OK_ | NOT_CLAIMED},        /* of an interface */
        {0x82, 0, 0, 0x83, 2, OK_ | NOT_CLAIMED},     /* of an endpoint */
        {0x02, 3, 0, 0x81, 0, OK_ | NOT_CLAIMED},     /* halts it */
        {0x02, 1, 0, 0x81, 0, OK_ | NOT_CLAIMED},     /* and ends that */
        {0x01, 11, 0, 0, 0, OK_ | NOT_CLAIMED},       /* SET_INTERFACE */
        {0x00, 9, 1, 0, 0, OK_ | BUSY},               /* SET_CONFIGURATION */
        {0x00, 9, 7, 0, 0, NOT_FOUND | BUSY},
        {0x00, 5, 3, 0, 0, INVALID_PARAM},            /* SET_ADDRESS */
    };
    chosen device = choose(w, DEVICE);
    size_t which = below(w, sizeof requests / sizeof *requests), moved = 99;
    uint16_t length = requests[which].length;
    unsigned always = TIMEOUT | CANCELLED | NO_DEVICE;
    uint8_t *data = room(length);

    if (target.on_kernel) /* of a gadget it is not known what it answers */
        always |= OK_ | PIPE | NOT_CLAIMED | NOT_FOUND | INVALID_PARAM | BUSY | target.bus_errors;
    if (one_in(w, 30)) {
        TRY(w, of(device, INVALID_PARAM), usbx_control(device.token, 0xc0, 4, 0, 0, NULL, 8, 10, &moved));
        CHECK(w, moved == 0);
    } else if (one_in(w, 30)) {
        TRY(w, of(device, INVALID_PARAM), usbx_control(device.token, 0xc0, 4, 0, 0, data, 0, USBX_NO_WAIT, &moved));
        CHECK(w, moved == 0);
    } else {
        if (requests[which].request_type == 0x40 && requests[which].request == 3) /* few samples a second, or as many as are read */
            memset(data, one_in(w, 2) ? 0 : 1, length);
        TRY(w, of(device, requests[which].allowed | always),
            usbx_control(device.token, requests[which].request_type, requests[which].request, requests[which].value,
                         requests[which].index, data, length, 1000, one_in(w, 8) ? NULL : &moved));
        CHECK(w, moved == 99 || moved <= length);
        if (requests[which].request_type & 0x80 && moved != 99 && moved <= length)
            CHECK(w, untouched(data + moved, length - moved));
    }
    free(data);
}

static size_t some_length(worker *w)
{
    static const size_t lengths[] = {PACKET, 2 * PACKET, 8 * PACKET, 1, 511, 16, 0, 700 * 1024};
    return lengths[one_in(w, 400) ? 7 : below(w, 7)];
}

static int is_one_of(uint8_t endpoint, const uint8_t *list, size_t count)
{
    for (; count > 0; count--)
        if (*list++ == endpoint)
            return 1;
    return 0;
}

/* The statuses that an IN or OUT call of this type may return. */
static unsigned for_endpoint(uint8_t endpoint, int is_right, size_t length, int in)
{
    unsigned data = OK_ | TIMEOUT | PIPE | CANCELLED | NO_DEVICE | NOT_CLAIMED | target.bus_errors;
    if (endpoint == 0 || !is_right || (in && length == 0))
        return INVALID_PARAM;
    if (target.on_kernel)
        data |= INVALID_PARAM; /* another thread may have selected another setting */
    return in && length % PACKET != 0 ? data | OVERFLOW : data;
}

void move(worker *w)
{
    const uint8_t addresses[] = {target.bulk_in[0], target.bulk_in[1], target.bulk_out, target.interrupt_in,
                                 target.isochronous_in, 0x84, (uint8_t)below(w, 256)};
    chosen device = choose(w, DEVICE);
    uint32_t way = below(w, 8);
    uint8_t endpoint = addresses[way < 2 ? below(w, 7) : way < 6 ? below(w, 2) : way == 6 ? 2 : 3];
    size_t length = some_length(w), moved = 99;
    uint32_t timeout = some_time(w);
    uint8_t *data = bytes_to_send(w, length);
    int right;

    switch (way) {
    case 6:
        right = endpoint == target.bulk_out;
        TRY(w, of(device, for_endpoint(endpoint, right, length, 0)),
            usbx_bulk_write(device.token, endpoint, data, length, timeout, &moved));
        break;
    case 7:
        memset(data, UNTOUCHED, length);
        right = endpoint == target.interrupt_in;
        TRY(w, of(device, for_endpoint(endpoint, right, length, 1) | (length == 1 && right ? OVERFLOW : 0)),
            usbx_interrupt_read(device.token, endpoint, data, length, timeout, &moved));
        CHECK(w, moved <= length && untouched(data + moved, length - moved));
        break;
    case 0: /* there is no such endpoint */
        TRY(w, of(device, INVALID_PARAM),
            usbx_interrupt_write(device.token, endpoint, data, length, timeout, &moved));
        CHECK(w, moved == 0);
        break;
    case 1:
        if (one_in(w, 2))
            TRY(w, of(device, INVALID_PARAM), usbx_bulk_read(device.token, endpoint, NULL, 512, timeout, &moved));
        else
            TRY(w, of(device, INVALID_PARAM), usbx_bulk_read(device.token, endpoint, data, length, USBX_NO_WAIT, &moved));
        CHECK(w, moved == 0);
        break;
    default:
        memset(data, UNTOUCHED, length);
        right = is_one_of(endpoint, target.bulk_in, 2);
        TRY(w, of(device, for_endpoint(endpoint, right, length, 1)),
            usbx_bulk_read(device.token, endpoint, data, length, timeout, &moved));
        CHECK(w, moved <= length && untouched(data + moved, length - moved));
    }
    CHECK(w, moved <= length);
    free(data);
}

void move_isochronous(worker *w)
{
    chosen device = choose(w, DEVICE);
    usbx_packet packets[4];
    uint32_t each = 128 * (1 + below(w, 6)); /* more than 512 is too long */
    size_t count = below(w, 5), length = each * count, moved = 99, i, sum = 0;
    uint8_t *data = room(length);
    /* The endpoint is there in alternate setting 1 only. */
    unsigned there = OK_ | TIMEOUT | CANCELLED | NO_DEVICE | NOT_CLAIMED | PIPE | INVALID_PARAM | target.bus_errors;
    usbx_status status;

    memset(packets, 0, sizeof packets);
    for (i = 0; i < 4; i++)
        packets[i].length = each;
    if (one_in(w, 8)) {
        TRY(w, of(device, INVALID_PARAM),
            usbx_isochronous_write(device.token, 0x05, data, length, packets, count, 5, &moved));
        CHECK(w, moved == 0);
    } else {
        status = TRY(w, of(device, each > 512 || count == 0 ? INVALID_PARAM | NOT_CLAIMED : there),
                     usbx_isochronous_read(device.token, target.isochronous_in, data, length, packets, count,
                                           1 + below(w, 6), &moved));
        for (i = 0; i < count; i++)
            sum += packets[i].transferred;
        CHECK(w, moved <= length);
        CHECK(w, status != USBX_OK || sum == moved);
    }
    free(data);
}

void steer(worker *w)
{
    const uint8_t addresses[] = {target.bulk_in[0], target.bulk_in[1], target.bulk_out, target.interrupt_in};
    chosen device = choose(w, DEVICE);
    uint8_t endpoint = addresses[below(w, 4)];
    unsigned perhaps = target.on_kernel ? INVALID_PARAM | target.bus_errors : 0;

    switch (below(w, 8)) {
    case 0:
        TRY(w, of(device, OK_ | NO_DEVICE | (target.on_kernel ? NOT_CLAIMED : 0) | target.bus_errors), usbx_reset(device.token));
        break;
    case 1:
        TRY(w, of(device, INVALID_PARAM), usbx_cancel(device.token, 0x8f));
        break;
    case 2:
        TRY(w, of(device, INVALID_PARAM), usbx_clear_halt(device.token, 0x0f));
        break;
    case 3:
    case 4:
        TRY(w, of(device, OK_ | NOT_CLAIMED | NO_DEVICE | perhaps), usbx_clear_halt(device.token, endpoint));
        break;
    default:
        TRY(w, of(device, OK_ | perhaps), usbx_cancel(device.token, one_in(w, 6) ? 0 : endpoint));
    }
}
