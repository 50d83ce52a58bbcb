/* What the cases about streams share. */
#ifndef STREAM_FIXTURE_H
#define STREAM_FIXTURE_H

#include "fixture.h"

/* Opens a stream with transfers of that size and number; 0 leaves them to the library. */
usbx_stream *open_stream(usbx_device *device, uint8_t endpoint, size_t size, size_t depth);
usbx_stream_statistics statistics(usbx_stream *stream);

/* Whether these are whole frames that go on with number *next, which is counted up. */
int frames_go_on(const uint8_t *data, size_t length, uint32_t *next);

#endif
