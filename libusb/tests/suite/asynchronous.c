/* Transfers and their callbacks. */
#include "suite.h"

void asynchronous(void)
{
    unsigned char data[1024], control[8 + 64];
    struct seen s = {0};
    memset(data, 'x', sizeof data);
    struct libusb_transfer *out = libusb_alloc_transfer(0), *in = libusb_alloc_transfer(0);
    libusb_fill_bulk_transfer(out, handle, LOOP_OUT, data, 300, seen, &s, 1000);
    code("not submitted", libusb_cancel_transfer(out));
    code("submit", libusb_submit_transfer(out));
    code("submit again", libusb_submit_transfer(out));
    wait_for(&s);
    code("complete", libusb_cancel_transfer(out));

    puts("a short read");
    unsigned char *buffer = malloc(1024);
    s = (struct seen){0};
    libusb_fill_bulk_transfer(in, handle, LOOP_IN, buffer, 1024, seen, &s, 1000);
    in->flags = LIBUSB_TRANSFER_SHORT_NOT_OK;
    code("submit", libusb_submit_transfer(in));
    wait_for(&s);

    puts("time");
    s = (struct seen){0};
    libusb_fill_bulk_transfer(in, handle, LOOP_IN, buffer, 1024, seen, &s, 60);
    in->flags = 0;
    code("submit", libusb_submit_transfer(in));
    wait_for(&s);

    puts("cancel");
    s = (struct seen){0};
    in->timeout = 0;
    code("submit", libusb_submit_transfer(in));
    code("cancel", libusb_cancel_transfer(in));
    code("cancel again", libusb_cancel_transfer(in));
    wait_for(&s);

    puts("a blocking call meanwhile");
    s = (struct seen){0};
    code("submit", libusb_submit_transfer(in));
    code("control", libusb_control_transfer(handle, 0xc0, REGISTERS, 0, 16, data, 8, 1000));
    int count = 0;
    code("write", libusb_bulk_transfer(handle, LOOP_OUT, data, 77, &count, 1000));
    wait_for(&s);

    puts("resubmitted by its callback");
    s = (struct seen){.again = 3};
    out->length = 64;
    code("submit", libusb_submit_transfer(out));
    wait_for(&s);
    for (int i = 0; i < 4; i++)
        libusb_bulk_transfer(handle, LOOP_IN, buffer, 512, &count, 1000);
    printf("%d\n", count);

    puts("a zero-length packet at the end");
    s = (struct seen){0};
    libusb_fill_bulk_transfer(out, handle, LOOP_OUT, data, 512, seen, &s, 1000);
    out->flags = LIBUSB_TRANSFER_ADD_ZERO_PACKET;
    code("submit", libusb_submit_transfer(out));
    wait_for(&s);
    code("read", libusb_bulk_transfer(handle, LOOP_IN, buffer, 1024, &count, 1000));
    printf("%d\n", count);

    puts("control");
    s = (struct seen){0};
    libusb_fill_control_setup(control, 0xc0, REGISTERS, 0, 16, 8);
    libusb_fill_control_transfer(out, handle, control, seen, &s, 1000);
    out->flags = 0;
    code("submit", libusb_submit_transfer(out));
    wait_for(&s);
    s = (struct seen){0};
    libusb_fill_control_setup(control, 0xc0, 0x77, 0, 0, 8);
    code("refused", libusb_submit_transfer(out));
    wait_for(&s);
    s = (struct seen){0};
    out->length = 9;
    code("too short", libusb_submit_transfer(out));
    s = (struct seen){0};
    libusb_fill_control_setup(control, 0x01, LIBUSB_REQUEST_SET_INTERFACE, 0, 0, 0);
    libusb_fill_control_transfer(out, handle, control, seen, &s, 1000);
    code("set interface", libusb_submit_transfer(out));
    wait_for(&s);

    puts("no endpoint");
    libusb_fill_bulk_transfer(out, handle, 0x0f, data, 10, seen, &s, 1000);
    code("submit", libusb_submit_transfer(out));
    libusb_transfer_set_stream_id(out, 3);
    printf("stream %u\n", libusb_transfer_get_stream_id(out));

    puts("freed with its buffer");
    s = (struct seen){0};
    struct libusb_transfer *own = libusb_alloc_transfer(0);
    libusb_fill_bulk_transfer(own, handle, LOOP_OUT, malloc(64), 64, seen, &s, 1000);
    memset(own->buffer, 0, 64);
    own->flags = LIBUSB_TRANSFER_FREE_BUFFER | LIBUSB_TRANSFER_FREE_TRANSFER;
    code("submit", libusb_submit_transfer(own));
    wait_for(&s);
    libusb_bulk_transfer(handle, LOOP_IN, buffer, 512, &count, 1000);
    libusb_free_transfer(out);
    libusb_free_transfer(in);
    libusb_free_transfer(NULL);
    free(buffer);
}

static int order[8], ordered;

static void LIBUSB_CALL note_order(struct libusb_transfer *t) { order[ordered++] = (int)(size_t)t->user_data; }

void in_order(void)
{
    struct libusb_transfer *t[4];
    static unsigned char data[4][64];
    for (int i = 0; i < 4; i++) {
        t[i] = libusb_alloc_transfer(0);
        libusb_fill_bulk_transfer(t[i], handle, LOOP_OUT, data[i], 64, note_order, (void *)(size_t)i, 1000);
        code("submit", libusb_submit_transfer(t[i]));
    }
    for (int i = 0; i < 100 && ordered < 4; i++)
        libusb_handle_events_timeout(context, &soon);
    printf("order: %d %d %d %d\n", order[0], order[1], order[2], order[3]);
    for (int i = 0; i < 4; i++)
        libusb_free_transfer(t[i]);
    libusb_reset_device(handle);
}

void isochronous(void)
{
    static unsigned char data[8 * 1024];
    struct seen s = {0};
    struct libusb_transfer *t = libusb_alloc_transfer(8);
    code("setting 1", libusb_set_interface_alt_setting(handle, 0, 1));
    int size = libusb_get_max_iso_packet_size(device, 0x85);
    libusb_fill_iso_transfer(t, handle, 0x85, data, size * 8, 8, seen, &s, 1000);
    libusb_set_iso_packet_lengths(t, (unsigned)size);
    code("submit", libusb_submit_transfer(t));
    wait_for(&s);
    int bad = 0;
    for (int i = 0; i < 8; i++)
        bad += t->iso_packet_desc[i].status != LIBUSB_TRANSFER_COMPLETED;
    printf("bad packets: %d\n", bad);
    t->num_iso_packets = 0;
    code("no packets", libusb_submit_transfer(t));
    libusb_free_transfer(t);
    code("setting 0", libusb_set_interface_alt_setting(handle, 0, 0));
}
