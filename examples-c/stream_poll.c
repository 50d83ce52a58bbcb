/* stream_poll: a stream and the keyboard in one poll() loop, without a thread. Add any other file descriptor the same way. */
#define _POSIX_C_SOURCE 200809L
#include "tally.h"
#include "target.h"

#include <poll.h>
#include <unistd.h>

static const char usage[] =
    "usage: stream_poll [VID:PID[:serial]]     (no device named: the built-in virtual one)\n"
    "Acquires until it is told otherwise. Return shows how it goes; q and return, or the end of the input, stops.\n"
    "exit code: 0 all is well, 1 error, 2 usage, 3 data was lost or damaged\n";

static int start(usbx_device *device, uint32_t rate)
{
    uint8_t data[4];
    acq_put_u32(data, rate);
    return usbx_control(device, ACQ_OUT, ACQ_RATE, 0, 0, data, 4, 1000, NULL) ||
           usbx_control(device, ACQ_OUT, ACQ_START, 0, 0, NULL, 0, 1000, NULL);
}

/* Takes one chunk. If there are more, the file descriptor stays readable, and the keyboard has its turn in between. */
static int take(usbx_stream *stream, tally *t)
{
    usbx_chunk chunk;
    usbx_status status = usbx_stream_next(stream, USBX_NO_WAIT, &chunk);
    if (status == USBX_OK)
        tally_take(t, (const uint8_t *)chunk.data, chunk.length);
    else if (status != USBX_ERROR_TIMEOUT) /* a timeout means that there is none yet after all */
        return failed();
    return 0;
}

static int run(usbx_device *device, tally *t)
{
    struct pollfd polled[2] = {{STDIN_FILENO, POLLIN, 0}, {-1, POLLIN, 0}};
    usbx_stream_options options;
    usbx_stream *stream = NULL;
    usbx_endpoint endpoint;
    double begin = seconds_now();
    char line[80];
    int code = 0;

    if (claim_endpoint(device, ACQ_FRAMES, &endpoint))
        return 1;
    memset(&options, 0, sizeof options);
    options.size = 16 * ACQ_FRAME_SIZE; /* a chunk every tenth of a second; the default is fewer and larger chunks */
    if (start(device, 10000) || usbx_stream_open(device, ACQ_FRAMES, &options, &stream) ||
        usbx_stream_fd(stream, &polled[1].fd))
        code = failed();
    while (code == 0 && poll(polled, 2, -1) > 0) {
        if (polled[1].revents != 0)
            code = take(stream, t);
        if (polled[0].revents != 0) {
            if (read(STDIN_FILENO, line, sizeof line) <= 0 || line[0] == 'q')
                break;
            tally_print(t, stdout, seconds_now() - begin, "\n");
            fflush(stdout);
        }
    }
    usbx_control(device, ACQ_OUT, ACQ_STOP, 0, 0, NULL, 0, 1000, NULL);
    usbx_stream_close(stream); /* NULL is fine, as with free() */
    tally_print(t, stdout, seconds_now() - begin, "\n");
    return code ? code : t->lost || t->damaged ? 3 : 0;
}

int main(int argc, char **argv)
{
    tally t = {NULL, 0, 0, 0, 0, 0, 0, 0};
    usbx_virtual *plugged;
    usbx_device *device;
    int code;

    if (argc > 2 || (argc == 2 && argv[1][0] == '-')) {
        fputs(usage, stderr);
        return 2;
    }
    code = open_target(argc > 1 ? argv[1] : NULL, &plugged, &device);
    if (code == 0)
        code = run(device, &t);
    usbx_close(device);
    usbx_virtual_close(plugged);
    return code;
}
