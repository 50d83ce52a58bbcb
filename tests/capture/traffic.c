/* traffic CASE FILE: moves data of every kind to and from the virtual device while a capture is open, and prints each transfer as the
 * program sees it: type, endpoint, setup packet, bytes asked for, status, bytes moved, and the bytes. `judge` compares that with the file. */
#define _POSIX_C_SOURCE 200809L
#include "acquisition.h"
#include <usbx.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static usbx_virtual *plugged;
static usbx_device *device;
static usbx_capture *capture;
static uint8_t data[1 << 20];

static void check(usbx_status status, int line)
{
    if (status != USBX_OK) {
        fprintf(stderr, "traffic.c:%d: %s: %s\n", line, usbx_error_name(status), usbx_last_error());
        exit(1);
    }
}
#define OK(call) check(call, __LINE__)

static void say(const char *type, int endpoint, const uint8_t *setup, size_t asked, usbx_status status, size_t moved, const uint8_t *bytes)
{
    size_t i, length = endpoint & 0x80 ? moved : asked;
    printf("%s 0x%02x ", type, endpoint);
    for (i = 0; i < 8 && setup; i++)
        printf("%02x", setup[i]);
    printf("%s %lu %s %lu ", setup ? "" : "-", (unsigned long)asked, usbx_error_name(status), (unsigned long)moved);
    for (i = 0; i < length; i++)
        printf("%02x", bytes[i]);
    printf("%s\n", length == 0 ? "-" : "");
}

static usbx_status control(uint8_t type, uint8_t request, uint16_t value, uint16_t index, uint16_t length)
{
    uint8_t setup[8];
    size_t moved = 0;
    usbx_status status = usbx_control(device, type, request, value, index, data, length, 1000, &moved);
    setup[0] = type, setup[1] = request;
    setup[2] = (uint8_t)value, setup[3] = (uint8_t)(value >> 8);
    setup[4] = (uint8_t)index, setup[5] = (uint8_t)(index >> 8);
    setup[6] = (uint8_t)length, setup[7] = (uint8_t)(length >> 8);
    say("control", type & 0x80, setup, length, status, moved, data);
    return status;
}

static usbx_status bulk_read(uint8_t endpoint, size_t length, uint32_t time)
{
    size_t moved = 0;
    usbx_status status = usbx_bulk_read(device, endpoint, data, length, time, &moved);
    say("bulk", endpoint, NULL, length, status, moved, data);
    return status;
}

static usbx_status bulk_write(size_t length, uint8_t first, uint32_t time)
{
    size_t i, moved = 0;
    usbx_status status;
    for (i = 0; i < length; i++)
        data[i] = (uint8_t)(first + i);
    status = usbx_bulk_write(device, ACQ_LOOP_OUT, data, length, time, &moved);
    say("bulk", ACQ_LOOP_OUT, NULL, length, status, moved, data);
    return status;
}

static usbx_status interrupt_read(uint8_t endpoint, size_t length, uint32_t time)
{
    size_t moved = 0;
    usbx_status status = usbx_interrupt_read(device, endpoint, data, length, time, &moved);
    say("interrupt", endpoint, NULL, length, status, moved, data);
    return status;
}

/* The request that the system makes for a call. */
static void set_up(uint8_t type, uint8_t request, uint8_t value, uint8_t index)
{
    uint8_t setup[8] = {0};
    setup[0] = type, setup[1] = request, setup[2] = value, setup[4] = index;
    say("control", 0, setup, 0, USBX_OK, 0, NULL);
}

static void controls(void)
{
    control(0x80, 6, 0x0100, 0, 18);
    control(0x80, 6, 0x0303, 0x0409, 255);
    control(0x81, 10, 0, 0, 1);
    memset(data, 0x5a, 16);
    control(ACQ_OUT, ACQ_REGISTERS, 0, 16, 16);
    control(ACQ_IN, ACQ_REGISTERS, 0, 8, 32);
    control(ACQ_IN, 0x77, 0, 0, 4); /* stalls */
    OK(usbx_set_alt_setting(device, 0, 1));
    set_up(1, 11, 1, 0);
    OK(usbx_set_alt_setting(device, 0, 0));
    set_up(1, 11, 0, 0);
    OK(usbx_clear_halt(device, ACQ_LOOP_IN));
    set_up(2, 1, 0, ACQ_LOOP_IN);
    OK(usbx_reset(device));
    set_up(0, 9, 1, 0);
    OK(usbx_set_alt_setting(device, 0, 1));
    set_up(1, 11, 1, 0);
    OK(usbx_release(device, 0));
    set_up(1, 11, 0, 0);
    OK(usbx_set_configuration(device, 0));
    set_up(0, 9, 0, 0);
    OK(usbx_set_configuration(device, 1));
    set_up(0, 9, 1, 0);
}

static void bulk(void)
{
    bulk_write(512, 1, 1000);
    bulk_write(100, 2, 1000);
    bulk_read(ACQ_LOOP_IN, 4096, 1000);
    bulk_write(0, 0, 1000); /* a zero-length packet */
    bulk_read(ACQ_LOOP_IN, 512, 1000);
    bulk_write(700, 3, 1000);
    bulk_read(ACQ_LOOP_IN, 512, 1000);
    bulk_read(ACQ_LOOP_IN, 100, 1000); /* more comes than fits */
    bulk_write(512, 4, 1000);
    bulk_read(ACQ_LOOP_IN, 1024, 30);   /* the time is up with half of it */
    bulk_read(ACQ_LOOP_IN, 1024, 30);   /* with nothing */
    bulk_write(200 * 512, 5, 30);       /* the device takes 128 packets */
    bulk_read(ACQ_LOOP_IN, 65536, 1000);
    control(0x02, 3, 0, ACQ_LOOP_IN, 0); /* the device halts it */
    bulk_read(ACQ_LOOP_IN, 512, 1000);
    OK(usbx_clear_halt(device, ACQ_LOOP_IN));
    set_up(2, 1, 0, ACQ_LOOP_IN);
    bulk_read(ACQ_LOOP_IN, 512, 1000 / 50);
}

static void interrupt(void)
{
    interrupt_read(ACQ_STATUS, 16, 1000);
    interrupt_read(ACQ_STATUS, 64, 1000);
    interrupt_read(ACQ_STATUS, 4, 1000); /* more comes than fits */
}

static void hid(void)
{
    OK(usbx_claim(device, 1));
    control(0x81, 6, 0x2200, 1, 255); /* the report descriptor, by which reports are understood */
    control(0xa1, 1, 0x0100, 1, 8);
    control(0x21, 10, 0, 1, 0);
    interrupt_read(ACQ_HID, 8, 20);
}

/* Lines of packets follow: what was asked, status, what moved. */
static void isochronous(void)
{
    usbx_packet packets[40];
    size_t i, moved = 0;
    usbx_status status;
    OK(usbx_set_alt_setting(device, 0, 1));
    set_up(1, 11, 1, 0);
    control(ACQ_OUT, ACQ_START, 0, 0, 0);
    memset(packets, 0, sizeof packets);
    for (i = 0; i < 40; i++)
        packets[i].length = 512;
    status = usbx_isochronous_read(device, 0x85, data, 40 * 512, packets, 40, 1000, &moved);
    printf("isochronous 0x85 - %d %s %lu ", 40 * 512, usbx_error_name(status), (unsigned long)moved);
    for (i = 0; i < 40; i++)
        printf("%lu:%s%s", (unsigned long)packets[i].transferred, usbx_error_name(packets[i].status), i == 39 ? "\n" : ",");
    set_up(1, 11, 0, 0); /* at close */
}

static void submit(usbx_queue *queue, uint8_t endpoint, size_t at, size_t length)
{
    usbx_transfer transfer;
    memset(&transfer, 0, sizeof transfer);
    transfer.type = USBX_TYPE_BULK;
    transfer.endpoint = endpoint;
    transfer.data = data + at;
    transfer.length = length;
    transfer.user_data = at;
    OK(usbx_submit(device, queue, &transfer, NULL));
}

/* Four reads in flight: two get data, one is cancelled, one is there when the device is unplugged. Each pair is found by its number. */
static void queued(void)
{
    usbx_queue *queue;
    usbx_completion done;
    size_t count, i;
    OK(usbx_queue_open(&queue));
    for (i = 0; i < 3; i++)
        submit(queue, ACQ_LOOP_IN, i * 512, 512);
    submit(queue, ACQ_LOOP_OUT, 8192, 512);
    submit(queue, ACQ_LOOP_OUT, 8192, 100);
    for (i = 0; i < 4; i++)
        OK(usbx_queue_wait(queue, &done, 1, 1000, &count));
    OK(usbx_cancel(device, ACQ_LOOP_IN));
    OK(usbx_queue_wait(queue, &done, 1, 1000, &count));
    submit(queue, ACQ_LOOP_IN, 0, 512);
    OK(usbx_virtual_unplug(plugged));
    OK(usbx_queue_wait(queue, &done, 1, 1000, &count));
    say("bulk", ACQ_LOOP_IN, NULL, 512, USBX_OK, 512, data + 8192);
    say("bulk", ACQ_LOOP_IN, NULL, 512, USBX_OK, 100, data + 8192);
    say("bulk", ACQ_LOOP_IN, NULL, 512, USBX_ERROR_CANCELLED, 0, NULL);
    say("bulk", ACQ_LOOP_OUT, NULL, 512, USBX_OK, 512, data + 8192);
    say("bulk", ACQ_LOOP_OUT, NULL, 100, USBX_OK, 100, data + 8192);
    say("bulk", ACQ_LOOP_IN, NULL, 512, USBX_ERROR_NO_DEVICE, 0, NULL);
    OK(usbx_queue_close(queue));
}

/* A transfer whose data are more than Wireshark takes in one record. */
static void longest(void)
{
    OK(usbx_control(device, ACQ_OUT, ACQ_RATE, 0, 0, data, 4, 1000, NULL));
    OK(usbx_control(device, ACQ_OUT, ACQ_START, 0, 0, NULL, 0, 1000, NULL));
    bulk_read(ACQ_FRAMES, 1000 * 512, 5000);
}

/* A stream that was open before: all its transfers from then on. Prints how many bytes came and a sum of the frames' numbers. */
static void stream(const char *file)
{
    usbx_stream *frames;
    usbx_stream_options options;
    usbx_chunk chunk;
    unsigned long count = 0;
    memset(&options, 0, sizeof options);
    options.size = 16384;
    options.depth = 4;
    OK(usbx_control(device, ACQ_OUT, ACQ_RATE, 0, 0, data, 4, 1000, NULL));
    OK(usbx_control(device, ACQ_OUT, ACQ_START, 0, 0, NULL, 0, 1000, NULL));
    OK(usbx_stream_open(device, ACQ_FRAMES, &options, &frames));
    OK(usbx_stream_next(frames, 1000, &chunk));
    OK(usbx_capture_open(file, NULL, &capture));
    for (count = 0; count < 100; count++) {
        OK(usbx_stream_next(frames, 1000, &chunk));
        printf("frame %lu\n", (unsigned long)acq_u32((const uint8_t *)chunk.data + 4));
    }
    OK(usbx_stream_close(frames));
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } cases[] = {
        {"control", controls}, {"bulk", bulk}, {"interrupt", interrupt}, {"hid", hid}, {"isochronous", isochronous},
        {"queue", queued}, {"longest", longest},
    };
    size_t i;
    int found = 0;
    if (argc != 3)
        return 2;
    OK(usbx_virtual_open("acquisition", NULL, &plugged));
    OK(usbx_open(ACQ_VENDOR_ID, ACQ_PRODUCT_ID, NULL, &device));
    OK(usbx_claim(device, 0));
    if (strcmp(argv[1], "stream") == 0) {
        stream(argv[2]);
        found = 1;
    } else {
        OK(usbx_capture_open(argv[2], NULL, &capture));
    }
    for (i = 0; i < sizeof cases / sizeof *cases; i++)
        if (strcmp(argv[1], cases[i].name) == 0) {
            cases[i].run();
            found = 1;
        }
    OK(usbx_close(device));
    OK(usbx_capture_close(capture));
    OK(usbx_virtual_close(plugged));
    return found ? 0 : 2;
}
