/* replayed CAPTURE BUS.ADDRESS [STATUS]: does again what a kernel's driver did with that device of a capture by tcpdump, on a strict replay of
 * it, and expects the same answers to the byte and nothing left over. It reads the capture by itself. The files out-02, in-81, … get the data;
 * of packets that the device sends without the first STATUS bytes. */
#include "check.h"
#include <errno.h>

enum { HEADER = 24, RECORD = 16, USBMON = 64, PACKET = 64, IN = 0x80, INTERRUPT = 1, CONTROL = 2, TIME = 5000 };

/* One of usbmon's records (LINKTYPE_USB_LINUX_MMAPPED), in this machine's byte order, and where its data are. */
typedef struct record {
    uint64_t id;
    uint8_t event, type, endpoint, device;
    uint16_t bus;
    uint8_t flags[2];
    int64_t seconds;
    int32_t microseconds, status;
    uint32_t length, captured;
    uint8_t setup[8], rest[16];
    const uint8_t *data;
} record;

static usbx_device *device;
static record records[20000];
static size_t count, skipped;

static void read_capture(const char *path, unsigned bus, unsigned address) {
    static uint8_t bytes[16 << 20];
    FILE *file = fopen(path, "rb");
    size_t length, at;
    uint32_t link, captured;
    CHECK(file != NULL);
    length = fread(bytes, 1, sizeof bytes, file);
    CHECK(fclose(file) == 0 && length < sizeof bytes && length > HEADER);
    memcpy(&link, bytes + 20, 4);
    CHECK_NUMBER(link, 220);
    for (at = HEADER; at + RECORD + USBMON <= length; at += RECORD + captured) {
        record *one = &records[count];
        memcpy(&captured, bytes + at + 8, 4);
        memcpy(one, bytes + at + RECORD, USBMON);
        one->data = bytes + at + RECORD + USBMON;
        if (one->bus == bus && one->device == address)
            CHECK(++count < sizeof records / sizeof *records);
    }
}

/* The other record of the same transfer, after a submission or before a completion; or NULL. */
static const record *other(const record *one) {
    const record *at = one;
    while (one->event == 'S' ? ++at < records + count : at-- > records)
        if (at->id == one->id)
            return at->event == one->event ? NULL : at;
    return NULL;
}

static void keep(uint8_t endpoint, const uint8_t *data, size_t length) {
    char name[16];
    FILE *file;
    size_t at;
    snprintf(name, sizeof name, "%s-%02x", endpoint & IN ? "in" : "out", endpoint);
    CHECK((file = fopen(name, "ab")) != NULL);
    for (at = 0; at < length; at++)
        if (!(endpoint & IN) || at % PACKET >= skipped)
            fputc(data[at], file);
    CHECK(fclose(file) == 0);
}

static void transfer(const record *asked, const record *ended) {
    static uint8_t data[65536];
    const uint8_t *s = asked->setup;
    int in = (asked->type == CONTROL ? s[0] : asked->endpoint) & IN;
    const uint8_t *recorded = in ? ended->data : asked->data;
    usbx_status status, expected = ended->status == -EPIPE ? USBX_ERROR_PIPE : USBX_OK;
    size_t moved = 0;
    CHECK(ended->status == 0 || ended->status == -EPIPE || ended->status == -EREMOTEIO);
    CHECK(asked->length <= sizeof data && asked->captured == (in ? 0 : asked->length));
    memset(data, 0x55, sizeof data);
    memcpy(data, recorded, in ? 0 : asked->length);
    if (asked->type == CONTROL)
        status = usbx_control(device, s[0], s[1], (uint16_t)(s[2] | s[3] << 8), (uint16_t)(s[4] | s[5] << 8), data, asked->length, TIME, &moved);
    else if (asked->type == INTERRUPT)
        status = in ? usbx_interrupt_read(device, asked->endpoint, data, asked->length, TIME, &moved)
                    : usbx_interrupt_write(device, asked->endpoint, data, asked->length, TIME, &moved);
    else
        status = in ? usbx_bulk_read(device, asked->endpoint, data, asked->length, TIME, &moved)
                    : usbx_bulk_write(device, asked->endpoint, data, asked->length, TIME, &moved);
    EXPECT(status, expected);
    CHECK_NUMBER(moved, ended->length);
    CHECK(memcmp(data, recorded, moved) == 0);
    if (asked->type != CONTROL)
        keep(asked->endpoint, data, moved);
}

/* What the host says to any device, it says to the replay by calls of its own. */
static int is_enumeration(const record *one) { return one->type == CONTROL && (one->setup[0] & 0x60) == 0 && !(one->setup[0] & IN); }

int main(int argc, char **argv) {
    char spec[512], departure[512], path[256];
    usbx_replay_statistics statistics;
    usbx_virtual *replay;
    usbx_interface interfaces[16];
    unsigned bus, address;
    size_t number, i;
    CHECK(argc >= 3 && sscanf(argv[2], "%u.%u", &bus, &address) == 2);
    skipped = argc == 4 ? (size_t)atoi(argv[3]) : 0;
    read_capture(argv[1], bus, address);
    snprintf(spec, sizeof spec, "replay:%s,device=%s", argv[1], argv[2]);
    OK(usbx_virtual_open(spec, NULL, &replay));
    OK(usbx_virtual_path(replay, path, sizeof path, NULL));
    OK(usbx_open_path(path, &device));
    OK(usbx_interfaces(device, interfaces, 16, &number));
    for (i = 0; i < number; i++)
        if (interfaces[i].selected)
            OK(usbx_claim(device, interfaces[i].number));
    for (i = 0; i < count; i++) {
        const record *one = &records[i], *pair = other(one);
        /* In the order in which the host said things and heard them. One that was cancelled has come to nothing. */
        int told = one->type == CONTROL || !(one->endpoint & IN);
        const record *ended = one->event == 'S' ? pair : one, *asked = one->event == 'S' ? one : pair;
        if (asked == NULL || ended == NULL || (one->event == 'S') != told || is_enumeration(asked))
            continue;
        if (ended->status == -ENOENT || ended->status == -ECONNRESET || ended->status == -ESHUTDOWN)
            CHECK_NUMBER(ended->length, 0);
        else
            transfer(asked, ended);
    }
    OK(usbx_virtual_replay_stats(replay, &statistics, departure, sizeof departure, NULL));
    CHECK_NUMBER(statistics.departures, 0);
    CHECK_NUMBER(statistics.remaining, 0);
    printf("%llu transfers\n", (unsigned long long)statistics.transfers);
    OK(usbx_close(device));
    OK(usbx_virtual_close(replay));
    return 0;
}
