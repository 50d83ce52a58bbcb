#include "model_fixture.h"

#define ENDPOINT(address, type, size, interval) 7, 5, address, type, (size)&0xff, (size) >> 8, interval

const uint8_t model_descriptors[] = {
    18, 1, 0, 2, 0xff, 0, 0, 64, MODEL_VENDOR & 0xff, MODEL_VENDOR >> 8, MODEL_PRODUCT, 0, 0, 1, 1, 2, 3, 2,
    9, 2, 78, 0, 1, 1, 0, 0x80, 50,
    9, 4, 0, 0, 3, 0xff, 0, 0, 0, ENDPOINT(BULK_IN, 2, 512, 0), ENDPOINT(BULK_OUT, 2, 512, 0), ENDPOINT(REPORTS, 3, 16, 4),
    9, 4, 0, 1, 3, 0xff, 0, 0, 0, ENDPOINT(BULK_IN, 2, 512, 0), ENDPOINT(SAMPLES_IN, 1, 64, 4), ENDPOINT(SAMPLES_OUT, 1, 64, 4),
    9, 4, 1, 0, 0, 3, 0, 0, 0,
    9, 2, 25, 0, 1, 7, 0, 0x80, 50, 9, 4, 0, 0, 1, 0xff, 0, 0, 0, ENDPOINT(BULK_IN, 2, 512, 0)};
const size_t model_length = sizeof model_descriptors;

usbx_virtual *new_model(void)
{
    usbx_virtual *model = NULL;
    EXPECT(usbx_virtual_create(USBX_SPEED_HIGH, model_descriptors, model_length, &model), USBX_OK);
    return model;
}

usbx_device *open_model(usbx_virtual *model)
{
    usbx_device *device = NULL;
    char path[32];
    EXPECT(usbx_virtual_path(model, path, sizeof path, NULL), USBX_OK);
    EXPECT(usbx_open_path(path, &device), USBX_OK);
    return device;
}

bench new_bench(void)
{
    bench b = {NULL, NULL, NULL};
    b.model = new_model();
    EXPECT(usbx_virtual_plug(b.model), USBX_OK);
    b.device = open_model(b.model);
    EXPECT(usbx_claim(b.device, 0), USBX_OK);
    b.queue = open_queue();
    drop_events(b.model);
    return b;
}

void free_bench(bench *b)
{
    EXPECT(usbx_close(b->device), USBX_OK);
    EXPECT(usbx_queue_close(b->queue), USBX_OK);
    EXPECT(usbx_virtual_close(b->model), USBX_OK);
}

usbx_virtual_event next_event(usbx_virtual *model)
{
    usbx_virtual_event event;
    memset(&event, UNTOUCHED, sizeof event);
    EXPECT(usbx_virtual_next(model, USBX_NO_WAIT, &event, NULL, 0, NULL), USBX_OK);
    return event;
}

int has_no_event(usbx_virtual *model)
{
    usbx_virtual_event event;
    memset(&event, UNTOUCHED, sizeof event);
    return EXPECT(usbx_virtual_next(model, USBX_NO_WAIT, &event, NULL, 0, NULL), USBX_ERROR_TIMEOUT) &&
           EQUAL(event.event, 0);
}

void drop_events(usbx_virtual *model)
{
    usbx_virtual_event event;
    while (usbx_virtual_next(model, USBX_NO_WAIT, &event, NULL, 0, NULL) == USBX_OK)
        continue;
}

uint64_t ask(bench *b, uint8_t request_type, uint8_t request, void *data, size_t length)
{
    usbx_transfer transfer = make_request(request_type, request, 0, data, length);
    return submit(b->device, b->queue, &transfer);
}

usbx_completion completed(usbx_queue *queue)
{
    usbx_completion completion;
    size_t count = 0;
    memset(&completion, UNTOUCHED, sizeof completion);
    EXPECT(usbx_queue_wait(queue, &completion, 1, USBX_NO_WAIT, &count), USBX_OK);
    EQUAL(count, 1);
    return completion;
}
