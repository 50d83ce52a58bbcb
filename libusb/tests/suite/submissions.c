/* What libusb_submit_transfer takes and refuses, what it leaves alone, and how several transfers end. */
#include "suite.h"

static struct libusb_transfer *transfer;
static unsigned char data[4096], big[8 + 5000];

static void submit(const char *what)
{
    struct seen s = {0};
    transfer->user_data = &s;
    int r = libusb_submit_transfer(transfer);
    code(what, r);
    if (r == 0)
        wait_for(&s);
}

static void LIBUSB_CALL free_it(struct libusb_transfer *t)
{
    seen(t);
    libusb_free_transfer(t);
}

static int deep;

/* Submits another one, which frees itself. */
static void LIBUSB_CALL go_on(struct libusb_transfer *t)
{
    if (++deep > 5)
        return;
    struct libusb_transfer *next = libusb_alloc_transfer(0);
    libusb_fill_bulk_transfer(next, t->dev_handle, LOOP_OUT, data, 8, go_on, NULL, 1000);
    next->flags = LIBUSB_TRANSFER_FREE_TRANSFER;
    code("next", libusb_submit_transfer(next));
}

static int step;

/* Submits it as it was, and otherwise each time. */
static void LIBUSB_CALL change_and_submit(struct libusb_transfer *t)
{
    printf("%d: %d, %d bytes\n", step, t->status, t->actual_length);
    switch (step++) {
    case 1:
        t->length = 40;
        break;
    case 2:
        t->buffer += 1;
        break;
    case 3:
        code("clear halt", libusb_clear_halt(handle, LOOP_OUT));
        break;
    case 4:
        code("release", libusb_release_interface(handle, 0));
        code("claim", libusb_claim_interface(handle, 0));
        break;
    case 5:
        t->timeout = 500;
        break;
    case 6:
        t->flags = LIBUSB_TRANSFER_ADD_ZERO_PACKET;
        break;
    case 7:
        t->endpoint = LOOP_IN;
        t->length = 512;
        break;
    case 8:
        t->endpoint = 0x8f;
        code("no endpoint", libusb_submit_transfer(t));
        t->endpoint = LOOP_IN;
        break;
    case 10:
        return;
    }
    code("resubmit", libusb_submit_transfer(t));
}

/* The same transfer again and again, each time with a change that its callback makes. */
static void changes(void)
{
    unsigned char read[512];
    int count;
    for (int i = 0; i < 64; i++)
        data[i] = (unsigned char)i;
    step = 0;
    transfer = libusb_alloc_transfer(0);
    libusb_fill_bulk_transfer(transfer, handle, LOOP_OUT, data, 64, change_and_submit, NULL, 1000);
    code("submit", libusb_submit_transfer(transfer));
    for (int i = 0; i < 100 && step <= 10; i++)
        libusb_handle_events_timeout(context, &soon);
    libusb_free_transfer(transfer);
    while (libusb_bulk_transfer(handle, LOOP_IN, read, sizeof read, &count, 50) == 0)
        printf("%d bytes from %d on\n", count, count > 0 ? read[0] : 0);
}

void submissions(void)
{
    int count;
    transfer = libusb_alloc_transfer(0);
    puts("what is in it stays until it ends");
    struct seen s = {0};
    libusb_fill_bulk_transfer(transfer, handle, LOOP_IN, data, 512, seen, &s, 0);
    transfer->status = LIBUSB_TRANSFER_STALL;
    transfer->actual_length = 88;
    code("submit", libusb_submit_transfer(transfer));
    printf("%d %d\n", transfer->status == LIBUSB_TRANSFER_STALL, transfer->actual_length);
    code("cancel", libusb_cancel_transfer(transfer));
    wait_for(&s);

    puts("a part of it");
    libusb_bulk_transfer(handle, LOOP_OUT, data, 512, &count, 1000);
    libusb_fill_bulk_transfer(transfer, handle, LOOP_IN, data, 4096, seen, &s, 100);
    submit("time");

    puts("kinds");
    transfer->type = 9;
    submit("no kind");
    transfer->type = LIBUSB_TRANSFER_TYPE_INTERRUPT;
    submit("another kind");
    transfer->type = LIBUSB_TRANSFER_TYPE_ISOCHRONOUS;
    transfer->num_iso_packets = 0;
    submit("no packets");

    puts("lengths");
    libusb_fill_control_setup(big, 0xc0, REGISTERS, 0, 0, 5000);
    libusb_fill_control_transfer(transfer, handle, big, seen, &s, 1000);
    submit("5000 bytes");
    code("5000 bytes", libusb_control_transfer(handle, 0xc0, REGISTERS, 0, 0, big, 5000, 1000));
    code("4096 bytes", libusb_control_transfer(handle, 0xc0, REGISTERS, 0, 0, big, 4096, 1000));
    libusb_fill_control_setup(big, 0xc0, REGISTERS, 0, 16, 8);
    libusb_fill_control_transfer(transfer, handle, big, seen, &s, 1000);
    transfer->length = 300;
    submit("more room than asked for");
    transfer->flags = LIBUSB_TRANSFER_SHORT_NOT_OK;
    submit("that is not well");
    transfer->flags = 0;
    libusb_fill_bulk_transfer(transfer, handle, LOOP_OUT, NULL, 0, seen, &s, 1000);
    submit("nothing of nowhere");
    libusb_fill_bulk_transfer(transfer, handle, LOOP_OUT, NULL, 10, seen, &s, 1000);
    submit("something of nowhere");
    code("something of nowhere", libusb_bulk_transfer(handle, LOOP_OUT, NULL, 10, &count, 1000));
    libusb_free_transfer(transfer);

    puts("freed by its callback");
    for (int with_buffer = 0; with_buffer < 2; with_buffer++) {
        transfer = libusb_alloc_transfer(0);
        libusb_fill_bulk_transfer(transfer, handle, LOOP_OUT, with_buffer ? calloc(1, 8) : data, 8, free_it, NULL, 1000);
        transfer->flags = with_buffer ? LIBUSB_TRANSFER_FREE_BUFFER : 0;
        submit("submit");
    }

    puts("without a callback");
    transfer = libusb_alloc_transfer(0);
    libusb_fill_bulk_transfer(transfer, handle, LOOP_OUT, data, 8, NULL, NULL, 1000);
    transfer->flags = LIBUSB_TRANSFER_FREE_TRANSFER;
    code("submit", libusb_submit_transfer(transfer));
    libusb_handle_events_timeout(context, &soon);

    puts("each submits the next one");
    transfer = libusb_alloc_transfer(0);
    libusb_fill_bulk_transfer(transfer, handle, LOOP_OUT, data, 8, go_on, NULL, 1000);
    transfer->flags = LIBUSB_TRANSFER_FREE_TRANSFER;
    code("submit", libusb_submit_transfer(transfer));
    for (int i = 0; i < 100 && deep <= 5; i++)
        libusb_handle_events_timeout(context, &soon);
    drain();

    puts("changed by its callback");
    changes();

    puts("the same device by another handle");
    libusb_device_handle *second = NULL;
    code("open", libusb_open(device, &second));
    code("bulk", libusb_bulk_transfer(second, LOOP_OUT, data, 8, &count, 1000));
    code("control", libusb_control_transfer(second, 0xc0, REGISTERS, 0, 16, data, 8, 1000));
    libusb_close(second);
    libusb_context *other = NULL;
    code("another context", libusb_init(&other));
    second = libusb_open_device_with_vid_pid(other, VENDOR, PRODUCT);
    printf("another device there: %d\n", second && libusb_get_device(second) != device);
    code("claim", libusb_claim_interface(second, 0));
    libusb_close(second);
    libusb_exit(other);
}

enum { MANY = 32 };
static struct libusb_transfer *many[MANY];
static int statuses[8], ended, order[MANY];

static void LIBUSB_CALL count_status(struct libusb_transfer *t)
{
    order[ended++] = (int)(size_t)t->user_data;
    statuses[t->status]++;
}

static void *cancel_all(void *unused)
{
    for (int i = 0; i < MANY; i++)
        if (libusb_cancel_transfer(many[i]) != 0)
            printf("%d is not cancelled\n", i);
    return unused;
}

static void submit_reads(int number, unsigned longest, unsigned step)
{
    static unsigned char reads[MANY][512];
    ended = 0;
    memset(statuses, 0, sizeof statuses);
    for (int i = 0; i < number; i++) {
        libusb_fill_bulk_transfer(many[i], handle, LOOP_IN, reads[i], 512, count_status, (void *)(size_t)i, longest - step * (unsigned)i);
        if (libusb_submit_transfer(many[i]) != 0)
            printf("%d is not submitted\n", i);
    }
}

static void handle_all(int number)
{
    for (int i = 0; i < 300 && ended < number; i++)
        libusb_handle_events_timeout(context, &soon);
}

static int again;

static void LIBUSB_CALL try_again(struct libusb_transfer *t)
{
    if (t->status == LIBUSB_TRANSFER_TIMED_OUT && again++ < 3 && libusb_submit_transfer(t) == 0)
        return;
    ended++;
}

void at_one_time(void)
{
    pthread_t thread;
    for (int i = 0; i < MANY; i++)
        many[i] = libusb_alloc_transfer(0);
    puts("cancelled by another thread");
    submit_reads(MANY, 0, 0);
    pthread_create(&thread, NULL, cancel_all, NULL);
    handle_all(MANY);
    pthread_join(thread, NULL);
    printf("%d ended, %d cancelled\n", ended, statuses[LIBUSB_TRANSFER_CANCELLED]);
    puts("the last one has the least time");
    submit_reads(6, 600, 100);
    handle_all(6);
    printf("%d timed out:", statuses[LIBUSB_TRANSFER_TIMED_OUT]);
    for (int i = 0; i < ended; i++)
        printf(" %d", order[i]);
    puts("\nagain when its time is up");
    ended = 0;
    libusb_fill_bulk_transfer(many[0], handle, LOOP_IN, big, 512, try_again, NULL, 50);
    code("submit", libusb_submit_transfer(many[0]));
    handle_all(1);
    printf("%d times\n", again);
    for (int i = 0; i < MANY; i++)
        libusb_free_transfer(many[i]);
}
