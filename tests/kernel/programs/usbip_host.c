/* The library's client on a device that Linux's usbipd exports at 127.0.0.1 as argv[2]; argv[1] says what is tried. */
#include "bulk_pair.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WAIT = 10000, PIECE = 4096 };

static char path[64];

static usbx_device_info listed(void) {
    usbx_device_info all[16];
    size_t count, i;
    OK(usbx_remote_devices("127.0.0.1", all, 16, &count, WAIT));
    for (i = 0; i < count && i < 16; i++) {
        if (strcmp(all[i].path, path) == 0) {
            return all[i];
        }
    }
    fprintf(stderr, "%s is not listed\n", path);
    exit(1);
}

static void open_it(void) {
    usbx_endpoint all[32];
    size_t count;
    OK(usbx_open_path(path, &device));
    OK(usbx_endpoints(device, all, 32, &count));
    CHECK(count > 0);
}

/* Strings are there once it was opened; a second handle of this process is no second client. */
static void strings(const char *serial) {
    usbx_device_info info = listed();
    usbx_device *second;
    char by_serial[96];
    CHECK(strcmp(info.serial, "") == 0 && info.backend == USBX_BACKEND_USBIP);
    snprintf(by_serial, sizeof by_serial, "usbip://127.0.0.1/%04x:%04x:%s", info.vendor_id, info.product_id, serial);
    OK(usbx_open_path(by_serial, &device));
    OK(usbx_info(device, &info));
    CHECK(strcmp(info.serial, serial) == 0 && strcmp(info.path, path) == 0);
    CHECK(strcmp(info.product, "Prüfgerät Ω 𝄞") == 0 && strcmp(info.manufacturer, "usbx lab") == 0);
    CHECK_NUMBER(info.usb_version, 0x0200);
    OK(usbx_open_path(path, &second));
    OK(usbx_claim(device, 0));
    EXPECT(usbx_claim(second, 0), USBX_ERROR_BUSY);
    OK(usbx_close(second));
    OK(usbx_close(device));
    OK(usbx_open_path(path, &device));
    OK(usbx_close(device));
}

/* One client has it: another process hears that it is in use, and gets it when the first one has closed it. */
static void busy(void) {
    int closed[2], told[2], status;
    char byte = 0;
    pid_t child;
    CHECK(pipe(closed) == 0 && pipe(told) == 0);
    child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        double end;
        CHECK(read(closed[0], &byte, 1) == 1);
        EXPECT(usbx_open_path(path, &device), USBX_ERROR_BUSY);
        SAYS("in use at 127.0.0.1");
        CHECK(write(told[1], &byte, 1) == 1 && read(closed[0], &byte, 1) == 1);
        end = seconds_now() + 10;
        while (usbx_open_path(path, &device) != USBX_OK) {
            CHECK(seconds_now() < end);
        }
        OK(usbx_close(device));
        exit(0);
    }
    open_it();
    CHECK(write(closed[1], &byte, 1) == 1 && read(told[0], &byte, 1) == 1);
    OK(usbx_close(device));
    CHECK(write(closed[1], &byte, 1) == 1);
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

/* A killed client leaves an alternate setting behind; the next one finds the device as after plugging in. argv[2] has one that
 * has endpoints in setting 1 of interface 1 alone. */
static void left(void) {
    uint8_t setting = 9;
    int status;
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        open_it();
        OK(usbx_claim(device, 1));
        OK(usbx_set_alt_setting(device, 1, 1));
        OK(usbx_control(device, 0x81, 0x0a, 0, 1, &setting, 1, WAIT, NULL)); /* GET_INTERFACE */
        CHECK_NUMBER(setting, 1);
        kill(getpid(), SIGKILL);
    }
    CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
    while (usbx_open_path(path, &device) == USBX_ERROR_BUSY) {
    }
    OK(usbx_claim(device, 1));
    OK(usbx_control(device, 0x81, 0x0a, 0, 1, &setting, 1, WAIT, NULL));
    CHECK_NUMBER(setting, 0);
    OK(usbx_set_alt_setting(device, 1, 1));
    OK(usbx_reset(device));
    OK(usbx_control(device, 0x81, 0x0a, 0, 1, &setting, 1, WAIT, NULL));
    CHECK_NUMBER(setting, 1);
    OK(usbx_close(device));
}

/* Reads on Loopback that end before their data come, by timeouts and by cancelling: the next ones get every byte, in order. */
static void late(void) {
    static uint8_t data[PIECE], got[2 * PIECE];
    uint64_t state = 11;
    size_t moved, round, i;
    open_it();
    OK(usbx_claim(device, 0));
    in = endpoint_of(device, USBX_TYPE_BULK, 0x80).address;
    out = endpoint_of(device, USBX_TYPE_BULK, 0).address;
    for (round = 0; round < 20; round++) {
        EXPECT(usbx_bulk_read(device, in, got, sizeof got, 20, &moved), USBX_ERROR_TIMEOUT);
        CHECK_NUMBER(moved, 0);
        fill_random(data, PIECE, &state);
        OK(usbx_bulk_write(device, out, data, PIECE - 100, WAIT, NULL));
        if (round % 2) { /* It comes when nobody reads. */
            struct timespec while_ = {0, 30000000};
            nanosleep(&while_, NULL);
        }
        for (i = 0; i < PIECE - 100; i += moved) { /* in pieces smaller than what came */
            size_t length = PIECE - 100 - i < 1000 ? PIECE - 100 - i : 1000;
            OK(usbx_bulk_read(device, in, got + i, length, WAIT, &moved));
            CHECK_NUMBER(moved, length);
        }
        CHECK(memcmp(got, data, PIECE - 100) == 0);
    }
    {
        enum { MANY = 16 };
        static uint8_t bytes[MANY * PIECE], back[MANY * PIECE];
        usbx_completion completions[MANY];
        usbx_transfer transfer;
        usbx_queue *queue;
        uint64_t ids[MANY];
        size_t count, taken = 0, at = 0;
        memset(&transfer, 0, sizeof transfer);
        fill_random(bytes, sizeof bytes, &state);
        OK(usbx_queue_open(&queue));
        transfer.type = USBX_TYPE_BULK;
        transfer.endpoint = in;
        transfer.length = PIECE;
        for (i = 0; i < MANY; i++) {
            transfer.data = back + i * PIECE;
            transfer.user_data = i;
            OK(usbx_submit(device, queue, &transfer, &ids[i]));
        }
        for (i = 0; i < MANY; i += 2) {
            OK(usbx_queue_cancel(queue, ids[i]));
        }
        while (taken < MANY / 2) {
            OK(usbx_queue_wait(queue, completions, MANY, WAIT, &count));
            for (i = 0; i < count; i++) {
                CHECK(completions[i].user_data % 2 == 0);
                EXPECT(completions[i].status, USBX_ERROR_CANCELLED);
            }
            taken += count;
        }
        OK(usbx_bulk_write(device, out, bytes, sizeof bytes, WAIT, NULL));
        for (taken = 0; taken < MANY / 2; taken += count) {
            OK(usbx_queue_wait(queue, completions, MANY, WAIT, &count));
            for (i = 0; i < count; i++) {
                OK(completions[i].status);
                CHECK_NUMBER(completions[i].user_data, 2 * (taken + i) + 1);
                CHECK_NUMBER(completions[i].transferred, PIECE);
                CHECK(memcmp(back + completions[i].user_data * PIECE, bytes + at, PIECE) == 0);
                at += PIECE;
            }
        }
        for (; at < sizeof bytes; at += moved) {
            OK(usbx_bulk_read(device, in, got, PIECE, WAIT, &moved));
            CHECK(memcmp(got, bytes + at, moved) == 0);
        }
        OK(usbx_queue_close(queue));
    }
    /* A write that is cut: Linux does not say how much of it went, but the device and the link work on. */
    {
        static uint8_t much[64 * PIECE];
        EXPECT(usbx_bulk_write(device, out, much, sizeof much, 300, &moved), USBX_ERROR_TIMEOUT);
        do {
            usbx_status status = usbx_bulk_read(device, in, got, PIECE, 500, &moved);
            if (status != USBX_OK) {
                EXPECT(status, USBX_ERROR_TIMEOUT);
                break;
            }
        } while (1);
        OK(usbx_release(device, 0)); /* and the read that was left is taken back */
        OK(usbx_claim(device, 0));
        OK(usbx_bulk_write(device, out, data, 77, WAIT, NULL));
        OK(usbx_bulk_read(device, in, got, PIECE, WAIT, &moved));
        CHECK_NUMBER(moved, 77);
        CHECK(memcmp(got, data, 77) == 0);
    }
    OK(usbx_close(device));
}

/* HID reports, both ways, with the gadget's side at /dev/hidg0. They are shorter than a packet: Linux's
 * gadget ends others with an empty one. */
static void interrupt(const char *gadget) {
    uint8_t report[8] = {1, 2, 3, 4, 5, 6, 7, 8}, got[64];
    size_t moved, round;
    int fd = open(gadget, O_RDWR);
    CHECK(fd >= 0);
    open_it();
    OK(usbx_claim(device, 0));
    in = endpoint_of(device, USBX_TYPE_INTERRUPT, 0x80).address;
    out = endpoint_of(device, USBX_TYPE_INTERRUPT, 0).address;
    OK(usbx_control(device, 0x81, 0x06, 0x2200, 0, got, sizeof got, WAIT, &moved));
    CHECK(moved > 10 && moved < sizeof got && got[0] == 0x06);
    for (round = 0; round < 20; round++) {
        report[0] = (uint8_t)round;
        EXPECT(usbx_interrupt_read(device, in, got, 16, 20, &moved), USBX_ERROR_TIMEOUT);
        CHECK(write(fd, report, 8) == 8);
        OK(usbx_interrupt_read(device, in, got, 16, WAIT, &moved));
        CHECK_NUMBER(moved, 8);
        CHECK(memcmp(got, report, 8) == 0);
        OK(usbx_interrupt_write(device, out, report, 8, WAIT, &moved));
        CHECK_NUMBER(moved, 8);
        CHECK(read(fd, got, sizeof got) == 8 && memcmp(got, report, 8) == 0);
    }
    OK(usbx_close(device));
    close(fd);
}

/* Sound to the emulator's loudspeaker: a packet of 192 bytes each millisecond, so many at once and for so long. */
static void isochronous(void) {
    enum { PACKETS = 40, BYTES = 192, ROUNDS = 10 };
    static uint8_t sound[PACKETS * BYTES];
    usbx_packet packets[PACKETS];
    usbx_endpoint all[8];
    size_t count, i, round, moved;
    double start;
    usbx_endpoint speaker;
    memset(&speaker, 0, sizeof speaker);
    OK(usbx_open_path(path, &device));
    OK(usbx_endpoints(device, all, 8, &count));
    for (i = 0; i < count && i < 8; i++) {
        if (all[i].type == USBX_TYPE_ISOCHRONOUS && !(all[i].address & 0x80) && all[i].alt_setting == 1) {
            speaker = all[i];
        }
    }
    CHECK(speaker.address != 0 && speaker.max_packet_size >= BYTES);
    OK(usbx_claim(device, speaker.interface_number));
    OK(usbx_set_alt_setting(device, speaker.interface_number, 1));
    for (i = 0; i < sizeof sound; i++) {
        sound[i] = (uint8_t)(i * 7);
    }
    start = seconds_now();
    for (round = 0; round < ROUNDS; round++) {
        memset(packets, 0, sizeof packets);
        for (i = 0; i < PACKETS; i++) {
            packets[i].length = BYTES;
        }
        OK(usbx_isochronous_write(device, speaker.address, sound, sizeof sound, packets, PACKETS, WAIT, &moved));
        for (i = 0; i < PACKETS; i++) {
            EXPECT(packets[i].status, USBX_OK);
            CHECK_NUMBER(packets[i].transferred, BYTES);
        }
        CHECK_NUMBER(moved, sizeof sound);
    }
    printf("note: %d ms of sound took %.0f ms\n", PACKETS * ROUNDS, (seconds_now() - start) * 1000);
    OK(usbx_set_alt_setting(device, speaker.interface_number, 0));
    OK(usbx_close(device));
}

/* The packets of redirected.c: each as it was sent, of its own length, and none before an earlier one; the emulator may lose some. */
static void isochronous_in(void) {
    enum { PACKETS = 32, BYTES = 192, ENOUGH = 400 };
    static uint8_t data[PACKETS * BYTES];
    usbx_packet packets[PACKETS];
    size_t i, k, moved, total, whole = 0, empty = 0;
    uint32_t last = 0;
    double end = seconds_now() + 30;
    OK(usbx_open_path(path, &device));
    OK(usbx_claim(device, 0));
    OK(usbx_set_alt_setting(device, 0, 1));
    while (whole < ENOUGH) {
        CHECK(seconds_now() < end);
        memset(packets, 0, sizeof packets);
        memset(data, 0xee, sizeof data);
        for (i = 0; i < PACKETS; i++) {
            packets[i].length = BYTES;
        }
        OK(usbx_isochronous_read(device, 0x81, data, sizeof data, packets, PACKETS, WAIT, &moved));
        for (i = total = 0; i < PACKETS; total += packets[i++].transferred) {
            const uint8_t *bytes = data + i * BYTES;
            uint32_t number = bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
            EXPECT(packets[i].status, USBX_OK);
            if (packets[i].transferred == 0) {
                empty++;
                continue;
            }
            CHECK(whole == 0 || number > last);
            CHECK_NUMBER(packets[i].transferred, 100 + number % 93);
            for (k = 4; k < packets[i].transferred; k++) {
                CHECK_NUMBER(bytes[k], (uint8_t)(number + k));
            }
            CHECK(k == BYTES || bytes[k] == 0xee);
            last = number;
            whole++;
        }
        CHECK_NUMBER(moved, total);
    }
    printf("note: %d isochronous packets came, and %d were empty\n", (int)whole, (int)empty);
    OK(usbx_set_alt_setting(device, 0, 0));
    OK(usbx_close(device));
}

/* INQUIRY of a disk (bulk-only transport). */
static void storage(void) {
    static const uint8_t command[31] = {'U', 'S', 'B', 'C', 1, 0, 0, 0, 36, 0, 0, 0, 0x80, 0, 6, 0x12, 0, 0, 0, 36, 0};
    uint8_t answer[36], status[13];
    size_t moved;
    open_it();
    OK(usbx_claim(device, 0));
    in = endpoint_of(device, USBX_TYPE_BULK, 0x80).address;
    out = endpoint_of(device, USBX_TYPE_BULK, 0).address;
    OK(usbx_bulk_write(device, out, command, sizeof command, WAIT, NULL));
    OK(usbx_bulk_read(device, in, answer, sizeof answer, WAIT, &moved));
    CHECK_NUMBER(moved, sizeof answer);
    CHECK(memcmp(answer + 8, "QEMU", 4) == 0);
    OK(usbx_bulk_read(device, in, status, sizeof status, WAIT, &moved));
    CHECK(moved == 13 && memcmp(status, "USBS\1", 5) == 0 && status[12] == 0);
    OK(usbx_close(device));
}

/* The next event of a watch that is about this device. */
static int32_t next_event(usbx_watch *watch) {
    usbx_device_info info;
    int32_t event;
    do {
        OK(usbx_watch_next(watch, WAIT, &event, &info));
    } while (strcmp(info.path, path) != 0);
    return event;
}

/* The gadget is unplugged (argv[3] is its UDC file) while a stream runs: what had come is whole, and then there is no device. */
static void stream(const char *udc) {
    usbx_status status = USBX_OK;
    usbx_stream *frames;
    usbx_chunk chunk;
    uint64_t at = 0;
    int fd = open(udc, O_WRONLY);
    CHECK(fd >= 0);
    open_it();
    OK(usbx_claim(device, 0));
    in = endpoint_of(device, USBX_TYPE_BULK, 0x80).address;
    make_pattern(endpoint_of(device, USBX_TYPE_BULK, 0x80).max_packet_size);
    frames = open_stream(device, in, 16 * 1024, 8, USBX_MEMORY_AUTO);
    while (status == USBX_OK) {
        status = usbx_stream_next(frames, WAIT, &chunk);
        if (status == USBX_OK) {
            check_pattern(chunk.data, chunk.length, at);
            if (at < 2 * MIB && at + chunk.length >= 2 * MIB) {
                CHECK(write(fd, "\n", 1) == 1);
            }
            at += chunk.length;
        }
    }
    CHECK(status == USBX_ERROR_NO_DEVICE || status == USBX_ERROR_IO);
    CHECK(at >= 2 * MIB);
    OK(usbx_stream_close(frames));
    OK(usbx_close(device));
    close(fd);
}

/* The host takes the device away during a read: says when the read waits, and ends with NO_DEVICE; a watch hears of it. */
static void taken(void) {
    uint8_t data[512];
    size_t moved = 9;
    usbx_watch *watch;
    OK(usbx_watch_open(LAB_VENDOR, LOOP_PRODUCT, &watch));
    CHECK_NUMBER(next_event(watch), USBX_EVENT_ARRIVED);
    open_it();
    OK(usbx_claim(device, 0));
    in = endpoint_of(device, USBX_TYPE_BULK, 0x80).address;
    EXPECT(usbx_bulk_read(device, in, data, sizeof data, 20, &moved), USBX_ERROR_TIMEOUT);
    say("reads");
    EXPECT(usbx_bulk_read(device, in, data, sizeof data, 30000, &moved), USBX_ERROR_NO_DEVICE);
    EXPECT(usbx_control(device, 0x80, 0, 0, 0, data, 2, WAIT, NULL), USBX_ERROR_NO_DEVICE);
    OK(usbx_close(device));
    EXPECT(usbx_open_path(path, &device), USBX_ERROR_NOT_FOUND);
    SAYS("exports no device");
    CHECK_NUMBER(next_event(watch), USBX_EVENT_LEFT);
    say("left");
    CHECK_NUMBER(next_event(watch), USBX_EVENT_ARRIVED);
    OK(usbx_watch_close(watch));
}

int main(int argc, char **argv) {
    CHECK(argc >= 3);
    snprintf(path, sizeof path, "usbip://127.0.0.1/%s", argv[2]);
    if (strcmp(argv[1], "strings") == 0) {
        strings(argv[3]);
    } else if (strcmp(argv[1], "busy") == 0) {
        busy();
    } else if (strcmp(argv[1], "left") == 0) {
        left();
    } else if (strcmp(argv[1], "late") == 0) {
        late();
    } else if (strcmp(argv[1], "interrupt") == 0) {
        interrupt(argv[3]);
    } else if (strcmp(argv[1], "isochronous") == 0) {
        isochronous();
    } else if (strcmp(argv[1], "isochronous-in") == 0) {
        isochronous_in();
    } else if (strcmp(argv[1], "storage") == 0) {
        storage();
    } else if (strcmp(argv[1], "stream") == 0) {
        stream(argv[3]);
    } else {
        CHECK(strcmp(argv[1], "taken") == 0);
        taken();
    }
    return 0;
}
