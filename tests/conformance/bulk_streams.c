/* Bulk streams (USB 3) where there are none: refused, and nothing changes. tests/kernel has a device with some. */
#include "suite.h"
#include "queue_fixture.h"

static void a_high_speed_device_has_none(void)
{
    static const uint8_t both[] = {ACQ_LOOP_IN, ACQ_LOOP_OUT};
    usbx_device *device = claim_test_device();
    uint32_t allocated = 99;
    size_t moved = 0;
    uint8_t data[PACKET];
    EXPECT(usbx_bulk_streams_alloc(device, 16, both, 2, &allocated), USBX_ERROR_NOT_SUPPORTED);
    SAID("SuperSpeed");
    EQUAL(allocated, 0);
    EXPECT(usbx_bulk_streams_alloc(device, 16, both, 2, NULL), USBX_ERROR_NOT_SUPPORTED);
    EXPECT(usbx_bulk_streams_free(device, both, 2), USBX_ERROR_INVALID_PARAM); /* it has none */
    EXPECT(usbx_bulk_write(device, ACQ_LOOP_OUT, data, 3, LONG, NULL), USBX_OK);
    EXPECT(usbx_bulk_read(device, ACQ_LOOP_IN, data, sizeof data, LONG, &moved), USBX_OK);
    EQUAL(moved, 3);
    EXPECT(usbx_close(device), USBX_OK);
}

static void what_is_wrong_is_said_first(void)
{
    static const struct {
        uint8_t endpoints[2];
        size_t count;
        const char *said;
    } wrong[] = {
        {{ACQ_LOOP_IN, ACQ_LOOP_IN}, 2, "twice"},
        {{ACQ_LOOP_IN, ACQ_STATUS}, 2, "interrupt"},
        {{ACQ_LOOP_IN, 0x8f}, 2, "0x8f"},
        {{ACQ_LOOP_IN, 0}, 2, "0x00"},
        {{ACQ_LOOP_IN, 0}, 0, "at least one"},
    };
    static const uint8_t one[] = {ACQ_LOOP_IN};
    usbx_device *device = claim_test_device(), *unclaimed = open_test_device();
    uint32_t allocated;
    size_t i;
    for (i = 0; i < COUNT(wrong); i++) {
        allocated = 99;
        EXPECT(usbx_bulk_streams_alloc(device, 16, wrong[i].endpoints, wrong[i].count, &allocated),
               USBX_ERROR_INVALID_PARAM);
        SAID(wrong[i].said);
        EQUAL(allocated, 0);
        EXPECT(usbx_bulk_streams_free(device, wrong[i].endpoints, wrong[i].count), USBX_ERROR_INVALID_PARAM);
    }
    EXPECT(usbx_bulk_streams_alloc(device, 16, NULL, 1, &allocated), USBX_ERROR_INVALID_PARAM);
    EXPECT(usbx_bulk_streams_alloc(device, 16, one, (size_t)-1, &allocated), USBX_ERROR_INVALID_PARAM);
    EXPECT(usbx_bulk_streams_free(device, NULL, 1), USBX_ERROR_INVALID_PARAM);
    EXPECT(usbx_bulk_streams_alloc(device, 1, one, 1, &allocated), USBX_ERROR_INVALID_PARAM);
    EXPECT(usbx_bulk_streams_alloc(device, 65534, one, 1, &allocated), USBX_ERROR_INVALID_PARAM);
    EXPECT(usbx_bulk_streams_alloc(unclaimed, 16, one, 1, &allocated), USBX_ERROR_NOT_CLAIMED);
    EXPECT(usbx_close(unclaimed), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

static void a_transfer_has_a_stream_only_where_there_are_some(void)
{
    usbx_device *device = claim_test_device();
    usbx_queue *queue = open_queue();
    uint8_t data[PACKET];
    usbx_transfer bulk = make_transfer(ACQ_LOOP_IN, data, sizeof data), request = make_request(0xc0, 3, 0, data, 4);
    bulk.stream = 1;
    EXPECT(usbx_submit(device, queue, &bulk, NULL), USBX_ERROR_INVALID_PARAM);
    SAID("usbx_bulk_streams_alloc");
    bulk.stream = 0x10000;
    EXPECT(usbx_submit(device, queue, &bulk, NULL), USBX_ERROR_INVALID_PARAM);
    request.stream = 1;
    EXPECT(usbx_submit(device, queue, &request, NULL), USBX_ERROR_INVALID_PARAM);
    EXPECT(usbx_queue_close(queue), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

const test_case bulk_stream_cases[] = {
    {"a_high_speed_device_has_none", a_high_speed_device_has_none},
    {"what_is_wrong_is_said_first", what_is_wrong_is_said_first},
    {"a_transfer_has_a_stream_only_where_there_are_some", a_transfer_has_a_stream_only_where_there_are_some},
};
const size_t bulk_stream_count = COUNT(bulk_stream_cases);
