/* A stream in an event loop of Windows: usbx_stream_fd gives the HANDLE of an event, which WaitForMultipleObjects takes beside others. */
#define _POSIX_C_SOURCE 200809L
#include "target.h"

#include <windows.h>

static DWORD WINAPI press(void *stop)
{
    Sleep(1000);
    SetEvent((HANDLE)stop);
    return 0;
}

int main(void)
{
    usbx_virtual *plugged;
    usbx_device *device;
    usbx_stream *stream = NULL;
    usbx_endpoint endpoint;
    usbx_chunk chunk;
    usbx_stream_options options;
    HANDLE handles[2], thread;
    int number = 0, sleeps = 0, chunks = 0, code = open_target(NULL, &plugged, &device);

    memset(&options, 0, sizeof options);
    options.size = 16 * ACQ_FRAME_SIZE; /* one in a tenth of a second */
    if (code || claim_endpoint(device, ACQ_FRAMES, &endpoint))
        return 1;
    if (usbx_stream_open(device, ACQ_FRAMES, &options, &stream) || usbx_stream_fd(stream, &number) ||
        usbx_control(device, ACQ_OUT, ACQ_START, 0, 0, NULL, 0, 1000, NULL))
        return failed();
    handles[0] = CreateEventW(NULL, TRUE, FALSE, NULL);
    handles[1] = (HANDLE)(intptr_t)number;
    thread = CreateThread(NULL, 0, press, handles[0], 0, NULL);
    while (WaitForMultipleObjects(2, handles, FALSE, INFINITE) == WAIT_OBJECT_0 + 1) {
        usbx_status status = usbx_stream_next(stream, USBX_NO_WAIT, &chunk);
        sleeps++;
        if (status != USBX_OK && status != USBX_ERROR_TIMEOUT) /* a timeout means that there is none yet after all */
            return failed();
        chunks += status == USBX_OK;
    }
    printf("%d chunks after %d waits\n", chunks, sleeps);
    WaitForSingleObject(thread, INFINITE);
    usbx_stream_close(stream);
    usbx_close(device);
    usbx_virtual_close(plugged);
    /* It would be signalled without end if nobody took that back. */
    return chunks < 5 || sleeps > 100 * chunks;
}
