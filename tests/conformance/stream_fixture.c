#include "stream_fixture.h"

#include <string.h>

usbx_stream *open_stream(usbx_device *device, uint8_t endpoint, size_t size, size_t depth)
{
    usbx_stream_options options;
    usbx_stream *stream = NULL;
    memset(&options, 0, sizeof options);
    options.size = size;
    options.depth = depth;
    EXPECT(usbx_stream_open(device, endpoint, size || depth ? &options : NULL, &stream), USBX_OK);
    return stream;
}

usbx_stream_statistics statistics(usbx_stream *stream)
{
    usbx_stream_statistics result;
    memset(&result, UNTOUCHED, sizeof result);
    EXPECT(usbx_stream_stats(stream, &result), USBX_OK);
    return result;
}

int frames_go_on(const uint8_t *data, size_t length, uint32_t *next)
{
    for (; length >= ACQ_FRAME_SIZE; data += ACQ_FRAME_SIZE, length -= ACQ_FRAME_SIZE, ++*next)
        if (!CHECK(acq_frame_is_sound(data)) || !EQUAL(acq_u32(data + 4), *next))
            return 0;
    return EQUAL(length, 0);
}
