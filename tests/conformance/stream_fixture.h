/* Shared by the tests of streams. */
#ifndef STREAM_FIXTURE_H
#define STREAM_FIXTURE_H

#include "fixture.h"

/* Opens a stream with this size and number of transfers; with 0 the library chooses. */
usbx_stream *open_stream(usbx_device *device, uint8_t endpoint, size_t size, size_t depth);
usbx_stream_statistics statistics(usbx_stream *stream);

/* Whether these are whole frames that continue with number *next, which is advanced. */
int frames_go_on(const uint8_t *data, size_t length, uint32_t *next);

#endif
