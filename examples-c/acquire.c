/* acquire: reads samples for a while, checks every frame, shows progress, and writes them to a file. */
#define _POSIX_C_SOURCE 200809L
#include "tally.h"
#include "target.h"

#include <signal.h>
#include <unistd.h>

static const char usage[] =
    "usage: acquire [options] [VID:PID[:serial]]     (no device named: the built-in virtual one)\n"
    "  -t seconds   how long; 5 if not given, 0: until Ctrl-C\n"
    "  -r rate      samples per second and channel; 10000 if not given, 0: as fast as it goes\n"
    "  -e endpoint  bulk IN endpoint in hexadecimal; 81 if not given\n"
    "  -o file      write the samples, as 16-bit little-endian if the name ends in .raw, else as CSV\n"
    "  -x           no frames: take any device's data as it comes; every byte is counted and written\n"
    "  -p           as -x, and check the pattern of Linux's Source/Sink gadget\n"
    "exit code: 0 all is well, 1 error, 2 usage, 3 data was lost or damaged\n";

static volatile sig_atomic_t interrupted;
static void on_signal(int number) { interrupted = number; }

static int acquire(usbx_device *device, uint8_t address, double seconds, uint32_t rate, int check_pattern, tally *t)
{
    usbx_endpoint endpoint;
    usbx_stream *stream = NULL;
    usbx_chunk chunk;
    usbx_status status;
    uint8_t rate_data[4];
    double begin, now = 0, shown = 0;
    int stopping = 0, code = 0;

    if (claim_endpoint(device, address, &endpoint))
        return 1;
    t->packet_size = check_pattern ? endpoint.max_packet_size : 0;
    acq_put_u32(rate_data, rate);
    if ((!t->plain && (usbx_control(device, ACQ_OUT, ACQ_RATE, 0, 0, rate_data, 4, 1000, NULL) ||
                       usbx_control(device, ACQ_OUT, ACQ_START, 0, 0, NULL, 0, 1000, NULL))) ||
        usbx_stream_open(device, address, NULL, &stream))
        return failed();
    begin = seconds_now();
    do { /* after a stop, a device with this protocol still has some frames: read until there are no more */
        if (!stopping)
            now = seconds_now() - begin;
        if (!stopping && (interrupted || (seconds > 0 && now >= seconds))) {
            stopping = 1;
            if (t->plain)
                break;
            if (usbx_control(device, ACQ_OUT, ACQ_STOP, 0, 0, NULL, 0, 1000, NULL))
                code = failed();
        }
        /* Many transfers are in flight, and nothing is copied. A timeout means that nothing came; no data is lost. */
        status = usbx_stream_next(stream, 100, &chunk);
        if (status == USBX_OK)
            tally_take(t, (const uint8_t *)chunk.data, chunk.length);
        else if (status != USBX_ERROR_TIMEOUT)
            code = failed();
        if (isatty(STDERR_FILENO) && now - shown >= 0.1)
            tally_print(t, stderr, shown = now, " \r");
    } while (code == 0 && (!stopping || status == USBX_OK));
    usbx_stream_close(stream);
    tally_print(t, stdout, now, "\n");
    return code ? code : t->lost || t->damaged ? 3 : 0;
}

int main(int argc, char **argv)
{
    usbx_virtual *plugged;
    usbx_device *device;
    tally t = {NULL, 0, 0, 0, 0, 0, 0, 0};
    unsigned long rate = 10000, address = ACQ_FRAMES;
    double seconds = 5;
    int option, code, check_pattern = 0, wrong = 0;
    const char *file = NULL;
    char *end = NULL;

    while ((option = getopt(argc, argv, "t:r:e:o:xp")) != -1) {
        switch (option) {
        case 't': seconds = strtod(optarg, &end); wrong |= *end || end == optarg || !(seconds >= 0); break;
        case 'r': rate = strtoul(optarg, &end, 10); wrong |= *end || end == optarg || rate > 0xffffffff; break;
        case 'e': address = strtoul(optarg, &end, 16); wrong |= *end || end == optarg || address > 0xff; break;
        case 'o': file = optarg; break;
        case 'x': t.plain = 1; break;
        case 'p': t.plain = check_pattern = 1; break;
        default: wrong = 1;
        }
    }
    if (wrong || argc - optind > 1) {
        fputs(usage, stderr);
        return 2;
    }
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    code = open_target(optind < argc ? argv[optind] : NULL, &plugged, &device);
    if (code == 0 && (code = tally_open(&t, file)) == 0)
        code = acquire(device, (uint8_t)address, seconds, (uint32_t)rate, check_pattern, &t);
    usbx_close(device); /* NULL is fine, as with free() */
    usbx_virtual_close(plugged);
    return tally_close(&t, file) ? 1 : code;
}
