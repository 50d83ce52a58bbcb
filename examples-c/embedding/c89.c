/* c89: reads an instrument as programs of 1990 did. Strict C89; the only newer header it needs is <stdint.h>.
 *
 *   c89 [FILE]       64 frames of samples from 1209:0001, to FILE if given
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <usbx.h>

#define START 0x01
#define STOP 0x02
#define RATE 0x03
#define FRAME 512
#define FRAMES 64
#define SAMPLES 62
#define CHANNELS 4

static usbx_device *device;
static unsigned char buffer[FRAMES * FRAME];

/* C89 cannot print a size_t or an int32_t: convert them to unsigned long and long. */
static void give_up(const char *what, usbx_status status)
{
    fprintf(stderr, "%s: error %ld, %s\n", what, (long)status, usbx_last_error());
    usbx_close(device);
    exit(1);
}

static void command(int request, unsigned char *data, int length)
{
    usbx_status status;

    status = usbx_control(device, 0x40, (uint8_t)request, 0, 0, data, (uint16_t)length, 1000, NULL);
    if (status != USBX_OK)
        give_up("command", status);
}

/* Two bytes, low byte first, to a signed number, on a computer of any byte order. */
static int sample(const unsigned char *bytes)
{
    int value;

    value = bytes[0] | bytes[1] << 8;
    return value < 0x8000 ? value : value - 0x10000;
}

int main(int argc, char **argv)
{
    static unsigned char rate[4] = {0x88, 0x13, 0, 0}; /* 5000 samples a second */
    usbx_status status;
    size_t count;
    int channel, i, value, low, high;
    FILE *file;

    if (strncmp(usbx_version(), "0.", 2) != 0) {
        fprintf(stderr, "this program was made for usbx 0, not %s\n", usbx_version());
        return 1;
    }
    status = usbx_open(0x1209, 0x0001, NULL, &device);
    if (status != USBX_OK)
        give_up("open", status);
    status = usbx_claim(device, 0);
    if (status != USBX_OK)
        give_up("claim", status);
    command(RATE, rate, 4);
    command(START, NULL, 0);
    count = 0;
    status = usbx_bulk_read(device, 0x81, buffer, sizeof buffer, 5000, &count);
    command(STOP, NULL, 0);
    if (status != USBX_OK && status != USBX_ERROR_TIMEOUT) /* the bytes that came in time are in the buffer */
        give_up("read", status);

    for (channel = 0; channel < CHANNELS; channel++) {
        low = 32767;
        high = -32768;
        for (i = 0; i < (int)(count / FRAME) * SAMPLES; i++) {
            value = sample(buffer + i / SAMPLES * FRAME + 12 + (i % SAMPLES * CHANNELS + channel) * 2);
            if (value < low)
                low = value;
            if (value > high)
                high = value;
        }
        printf("channel %d: %d to %d\n", channel, low, high);
    }
    printf("%lu bytes\n", (unsigned long)count);

    if (argc > 1) {
        file = fopen(argv[1], "wb");
        if (file == NULL || fwrite(buffer, 1, count, file) != count || fclose(file) != 0) {
            perror(argv[1]);
            usbx_close(device);
            return 1;
        }
    }
    usbx_close(device);
    return 0;
}
