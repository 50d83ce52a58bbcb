/* A device that this program answers for: 1209:0002 sends back what it is sent (0x02 to 0x81) and has one vendor request, which
 * tells how many bytes that were. A thread answers, and the rest of the program opens it as any device. */
#define _POSIX_C_SOURCE 200809L
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <usbx.h>

enum { IN = 0x81, OUT = 0x02, COUNT = 1 /* bRequest */, PACKET = 512 };

static const uint8_t descriptors[] = {
    18, 1, 0x00, 0x02, 0xff, 0, 0, 64, 0x09, 0x12, 0x02, 0x00, 0x00, 0x01, 0, 0, 0, 1, /* the device: 1209:0002 */
    9, 2, 32, 0, 1, 1, 0, 0x80, 50,                                                    /* its configuration, 32 bytes in all */
    9, 4, 0, 0, 2, 0xff, 0, 0, 0,                                                      /* interface 0 with two endpoints */
    7, 5, OUT, 2, 0x00, 0x02, 0,                                                       /* bulk, packets of 512 bytes */
    7, 5, IN, 2, 0x00, 0x02, 0,
};

static uint8_t packet[PACKET]; /* which goes back next */
static size_t length;
static int held;        /* there is one */
static uint8_t echoed; /* bytes, modulo 256 */

static void answer(usbx_virtual *device, const usbx_virtual_event *e)
{
    int is_known = e->request_type == 0xc0 && e->request == COUNT;
    is_known ? usbx_virtual_reply(device, &echoed, 1) : usbx_virtual_stall(device, 0);
}

/* Moves what the host asks for now. When it asks later, that is the next event. */
static void echo(usbx_virtual *device)
{
    for (;;) {
        if (!held && usbx_virtual_read(device, OUT, packet, PACKET, USBX_NO_WAIT, &length) != USBX_OK)
            return;
        held = 1;
        if (usbx_virtual_write(device, IN, packet, length, USBX_NO_WAIT, NULL) != USBX_OK)
            return;
        held = 0;
        echoed = (uint8_t)(echoed + length);
    }
}

static void *run(void *argument)
{
    usbx_virtual *device = (usbx_virtual *)argument;
    usbx_virtual_event event;
    struct pollfd ready = {-1, POLLIN, 0}; /* of a program with a loop of its own, one of many */
    usbx_status status = usbx_virtual_fd(device, &ready.fd);
    while (status == USBX_OK || status == USBX_ERROR_TIMEOUT) {
        poll(&ready, 1, -1);
        while ((status = usbx_virtual_next(device, USBX_NO_WAIT, &event, NULL, 0, NULL)) == USBX_OK) {
            if (event.event == USBX_VIRTUAL_SETUP)
                answer(device, &event);
            else if (event.event == USBX_VIRTUAL_RESET || event.event == USBX_VIRTUAL_CONFIGURED)
                held = 0, echoed = 0;
            echo(device);
        }
    }
    return NULL; /* it was closed */
}

/* What any program does with any device. */
static usbx_status try_it(void)
{
    usbx_device *device = NULL;
    char text[PACKET] = "";
    uint8_t count = 0;
    usbx_status status = usbx_open(0x1209, 0x0002, NULL, &device);
    if (status == USBX_OK)
        status = usbx_claim(device, 0);
    if (status == USBX_OK)
        status = usbx_bulk_write(device, OUT, "hello", 5, 1000, NULL);
    if (status == USBX_OK)
        status = usbx_bulk_read(device, IN, text, sizeof text, 1000, NULL);
    if (status == USBX_OK)
        status = usbx_control(device, 0xc0, COUNT, 0, 0, &count, 1, 1000, NULL);
    printf("%s: %s, %d bytes\n", usbx_error_name(status), text, count);
    usbx_close(device);
    return status;
}

int main(void)
{
    usbx_virtual *device = NULL;
    pthread_t thread;
    usbx_status status = usbx_virtual_create(USBX_SPEED_HIGH, descriptors, sizeof descriptors, &device);
    if (status == USBX_OK)
        status = usbx_virtual_plug(device);
    if (status == USBX_OK && pthread_create(&thread, NULL, run, device) == 0) {
        status = try_it();
        usbx_virtual_close(device); /* unplugs it, and ends the thread's loop */
        pthread_join(thread, NULL);
    }
    if (status != USBX_OK)
        fprintf(stderr, "%s\n", usbx_last_error());
    return status != USBX_OK;
}
