/* The surroundings of a sample that is not a whole program: a device that is open, claimed and sends data. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <usbx.h>

usbx_device *device;
usbx_stream *stream;
usbx_queue *queue;
usbx_watch *watch;
usbx_completion completions[16];
unsigned char buffer[65536];
size_t count;
static size_t taken;

/* Where a sample does something with data. After a while the device has no more to send, so that loops end. */
void take(const void *data, size_t length);
void take(const void *data, size_t length)
{
    taken += length;
    if (data && taken > 100000)
        usbx_control(device, 0x40, 2, 0, 0, NULL, 0, 1000, NULL);
}

/* Samples do not look at each status; here somebody does. */
static usbx_status looked_at(const char *what, usbx_status status)
{
    if (status != USBX_OK && status != USBX_ERROR_TIMEOUT) {
        fprintf(stderr, "%s: %s\n", what, usbx_last_error());
        exit(1);
    }
    return status;
}

int sample(void);

int main(void)
{
#ifndef SAMPLE_OPENS
    looked_at("open", usbx_open(0x1209, 0x0001, NULL, &device));
    looked_at("claim", usbx_claim(device, 0));
    looked_at("start", usbx_control(device, 0x40, 1, 0, 0, NULL, 0, 1000, NULL));
#endif
    return sample();
}

/* MACROS */
int sample(void)
{
/* SAMPLE */
    return 0;
}
