/* captured MODE FILE [HIDG]: uses a gadget while a capture to FILE is open. Run by 47-capture, which lets usbmon watch, too.
 * loopback: transfers that end in every way, set-up calls, a stream. storage: SCSI commands of a mass storage device. acm: requests of a serial
 * device's class. hid: a report descriptor, and reports that the gadget sends by HIDG. */
#include "bulk_pair.h"

static usbx_capture *capture;
static uint8_t data[65536];

static void every_ending(void) {
    size_t moved;
    usbx_endpoint endpoint = endpoint_of(device, USBX_TYPE_BULK, 0x80);
    OK(usbx_control(device, 0x80, 0, 0, 0, data, 2, 5000, &moved));
    EXPECT(usbx_control(device, 0xc0, 0x77, 1, 2, data, 64, 5000, &moved), USBX_ERROR_PIPE);
    memset(data, 0x5a, sizeof data);
    OK(usbx_bulk_write(device, out, data, 100, 5000, &moved));
    OK(usbx_bulk_read(device, in, data, 512, 5000, &moved));
    CHECK_NUMBER(moved, 100);
    OK(usbx_bulk_write(device, out, data, 4096, 5000, &moved)); /* the gadget answers when it has so much */
    EXPECT(usbx_bulk_read(device, in, data, 8192, 200, &moved), USBX_ERROR_TIMEOUT); /* with half of it */
    CHECK_NUMBER(moved, 4096);
    EXPECT(usbx_bulk_read(device, in, data, 512, 100, &moved), USBX_ERROR_TIMEOUT); /* with nothing */
    OK(usbx_bulk_write(device, out, data, 511, 5000, &moved));
    EXPECT(usbx_bulk_read(device, in, data, 100, 5000, &moved), USBX_ERROR_OVERFLOW);
    OK(usbx_set_alt_setting(device, endpoint.interface_number, 0));
    OK(usbx_clear_halt(device, in));
    OK(usbx_control(device, 0x02, 3, 0, in, NULL, 0, 5000, NULL)); /* the device halts it */
    EXPECT(usbx_bulk_read(device, in, data, 512, 5000, &moved), USBX_ERROR_PIPE);
    OK(usbx_clear_halt(device, in));
}

static void stream(void) {
    usbx_stream_options options = {0};
    usbx_stream *stream;
    usbx_chunk chunk;
    int i;
    options.size = 4096;
    options.depth = 4;
    OK(usbx_stream_open(device, in, &options, &stream));
    for (i = 0; i < 20; i++) {
        memset(data, i, 4096);
        OK(usbx_bulk_write(device, out, data, 4096, 5000, NULL));
        OK(usbx_stream_next(stream, 5000, &chunk));
        CHECK(chunk.length == 4096 && memcmp(chunk.data, data, 4096) == 0);
    }
    OK(usbx_stream_close(stream));
}

/* A command of the bulk-only transport and what it gives. */
static int scsi(const char *command, size_t length, size_t wanted) {
    static uint8_t tag;
    uint8_t wrapper[31] = {'U', 'S', 'B', 'C'};
    size_t moved;
    wrapper[4] = ++tag;
    wrapper[8] = (uint8_t)wanted, wrapper[9] = (uint8_t)(wanted >> 8);
    wrapper[12] = 0x80;
    wrapper[14] = (uint8_t)length;
    memcpy(wrapper + 15, command, length);
    OK(usbx_bulk_write(device, out, wrapper, sizeof wrapper, 5000, NULL));
    if (wanted > 0)
        OK(usbx_bulk_read(device, in, data, wanted, 5000, &moved));
    OK(usbx_bulk_read(device, in, data, 13, 5000, &moved));
    CHECK(moved == 13 && memcmp(data, "USBS", 4) == 0 && data[4] == tag);
    return data[12];
}

int main(int argc, char **argv) {
    usbx_capture_statistics stats;
    CHECK(argc == 3 || argc == 4);
    if (strcmp(argv[1], "loopback") == 0) {
        open_pair(LOOP_PRODUCT);
        OK(usbx_capture_open(argv[2], NULL, &capture));
        every_ending();
        stream();
    } else if (strcmp(argv[1], "storage") == 0) {
        OK(usbx_open(LAB_VENDOR, 0xa4a5, NULL, &device));
        OK(usbx_set_auto_detach(device, 1));
        OK(usbx_claim(device, 0));
        in = endpoint_of(device, USBX_TYPE_BULK, 0x80).address;
        out = endpoint_of(device, USBX_TYPE_BULK, 0).address;
        OK(usbx_capture_open(argv[2], NULL, &capture));
        CHECK(scsi("\x12\0\0\0\x24", 6, 36) == 0);       /* INQUIRY */
        if (scsi("\0\0\0\0\0", 6, 0) != 0)             /* TEST UNIT READY: it says once that it is new */
            CHECK(scsi("\3\0\0\0\x12", 6, 18) == 0);    /* REQUEST SENSE */
        CHECK(scsi("\x25\0\0\0\0\0\0\0\0", 10, 8) == 0); /* READ CAPACITY */
        CHECK(scsi("\x28\0\0\0\0\0\0\0\x08", 10, 8 * 512) == 0); /* READ, eight blocks */
    } else if (strcmp(argv[1], "hid") == 0) {
        FILE *gadget;
        size_t moved;
        OK(usbx_open(LAB_VENDOR, 0xa4a2, NULL, &device));
        OK(usbx_set_auto_detach(device, 1));
        OK(usbx_claim(device, 0));
        OK(usbx_capture_open(argv[2], NULL, &capture));
        OK(usbx_control(device, 0x81, 6, 0x2200, 0, data, 255, 5000, NULL));
        in = endpoint_of(device, USBX_TYPE_INTERRUPT, 0x80).address;
        CHECK((gadget = fopen(argv[3], "r+")) != NULL);
        CHECK(fwrite("\x02\x05\xfb\x00", 1, 4, gadget) == 4 && fflush(gadget) == 0);
        OK(usbx_interrupt_read(device, in, data, 4, 5000, &moved));
        CHECK(moved == 4 && memcmp(data, "\x02\x05\xfb\x00", 4) == 0);
        CHECK(fclose(gadget) == 0);
    } else {
        uint8_t coding[7] = {0x00, 0xc2, 0x01, 0x00, 0, 0, 8};
        OK(usbx_open(LAB_VENDOR, 0xa4a3, NULL, &device));
        OK(usbx_set_auto_detach(device, 1));
        OK(usbx_claim(device, 0));
        OK(usbx_capture_open(argv[2], NULL, &capture));
        OK(usbx_control(device, 0x21, 0x20, 0, 0, coding, 7, 5000, NULL));
        OK(usbx_control(device, 0xa1, 0x21, 0, 0, data, 7, 5000, NULL));
        OK(usbx_control(device, 0x21, 0x22, 3, 0, NULL, 0, 5000, NULL));
    }
    OK(usbx_capture_stats(capture, &stats));
    CHECK_NUMBER(stats.dropped, 0);
    CHECK_NUMBER(stats.devices, 1);
    OK(usbx_capture_close(capture)); /* before the drivers come back: what they do is usbmon's alone */
    OK(usbx_close(device));
    return 0;
}
