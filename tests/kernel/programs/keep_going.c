/* A stream that keeps going past errors on the bus, of a device whose player makes every third transfer one:
 * SERIAL. At last it is unplugged. What came with an error is delivered in its place, and no frame is missing. */
#include "check.h"

enum { FRAME = 512, WANTED = 3000 };

static uint32_t number_of(const uint8_t *frame) {
    return frame[4] | (uint32_t)frame[5] << 8 | (uint32_t)frame[6] << 16 | (uint32_t)frame[7] << 24;
}

int main(int argc, char **argv) {
    usbx_device *device;
    usbx_stream_options options = {0};
    usbx_stream_statistics stats;
    usbx_stream *stream;
    usbx_chunk chunk;
    uint8_t unpaced[4] = {0};
    uint32_t frames = 0;
    int errors = 0;
    CHECK(argc == 2);
    OK(usbx_open(0x1209, 1, argv[1], &device));
    OK(usbx_claim(device, 0));
    options.flags = USBX_STREAM_KEEP_GOING;
    OK(usbx_control(device, 0x40, 3, 0, 0, unpaced, sizeof unpaced, 5000, NULL));
    OK(usbx_control(device, 0x40, 1, 0, 0, NULL, 0, 5000, NULL));
    OK(usbx_stream_open(device, 0x81, &options, &stream));
    while (frames < WANTED) {
        const uint8_t *at;
        OK(usbx_stream_next(stream, 10000, &chunk));
        CHECK(chunk.status == USBX_OK || chunk.status == USBX_ERROR_IO);
        errors += chunk.status != USBX_OK;
        at = chunk.data;
        CHECK(chunk.length % FRAME == 0);
        for (; at < (const uint8_t *)chunk.data + chunk.length; at += FRAME) {
            CHECK(number_of(at) == frames);
            frames++;
        }
    }
    CHECK(errors > 3);
    OK(usbx_stream_stats(stream, &stats));
    CHECK(stats.other_errors >= (uint64_t)errors);
    OK(usbx_stream_close(stream));

    /* Another stream ends at the first. */
    options.flags = 0;
    OK(usbx_stream_open(device, 0x81, &options, &stream));
    do {
        errors = usbx_stream_next(stream, 10000, &chunk);
    } while (errors == USBX_OK);
    CHECK(errors == USBX_ERROR_IO);
    OK(usbx_stream_close(stream));

    /* Without the device there is nothing to carry on with. */
    options.flags = USBX_STREAM_KEEP_GOING;
    OK(usbx_stream_open(device, 0x81, &options, &stream));
    say("streaming");
    do {
        errors = usbx_stream_next(stream, 10000, &chunk);
    } while (errors == USBX_OK);
    EXPECT(errors, USBX_ERROR_NO_DEVICE);
    EXPECT(usbx_stream_next(stream, 10000, &chunk), USBX_ERROR_NO_DEVICE);
    OK(usbx_stream_close(stream));
    OK(usbx_close(device));
    return 0;
}
