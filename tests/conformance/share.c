/* Shares: the library's USB/IP server, as clients on the wire see it, good ones and others. */
#define _POSIX_C_SOURCE 200809L
#include "suite.h"
#include "usbip_client.h"

#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static usbx_share *share;
static char address[256], path[32];

/* A share with the test device; 0 if that is not in this process, where nobody else has it. */
static int begin_at(const char *where, const usbx_share_options *options)
{
    usbx_close(claim_test_device()); /* its loopback is empty by that */
    if (test_virtual == NULL)
        return 0;
    return EXPECT(usbx_virtual_path(test_virtual, path, sizeof path, NULL), USBX_OK) &&
           EXPECT(usbx_share_open(where, options, &share), USBX_OK) &&
           EXPECT(usbx_share_address(share, address, sizeof address, NULL), USBX_OK) &&
           EXPECT(usbx_share_add(share, path, "1-1"), USBX_OK);
}

static int begin(void)
{
    return begin_at("127.0.0.1:0", NULL);
}

/* A client that has the device. */
static int import(void)
{
    int fd = client_connect(address);
    CHECK(fd >= 0);
    EQUAL(client_import(fd, "1-1", NULL), 0);
    return fd;
}

static int answered(int fd, answer *got, int in, uint32_t sequence, int32_t status, uint32_t actual)
{
    return CHECK(client_answer(fd, got, in)) && EQUAL(got->command, RET_SUBMIT) && EQUAL(got->sequence, sequence) &&
           EQUAL(got->status, status) && EQUAL(got->actual, actual);
}

static int unlinked(int fd, uint32_t sequence, int32_t status)
{
    answer got;
    return CHECK(client_answer(fd, &got, 0)) && EQUAL(got.command, RET_UNLINK) && EQUAL(got.sequence, sequence) &&
           EQUAL(got.status, status);
}

/* Whether the client's device works, by bytes that go round. */
static int goes_round(int fd, uint32_t sequence)
{
    uint8_t data[PACKET];
    answer got;
    fill_pattern(data, sequence, sizeof data);
    client_submit(fd, sequence, ACQ_LOOP_OUT, 0, data, sizeof data);
    client_submit(fd, sequence + 1, ACQ_LOOP_IN, 0, NULL, sizeof data);
    return answered(fd, &got, 0, sequence, 0, sizeof data) && answered(fd, &got, 1, sequence + 1, 0, sizeof data) &&
           CHECK(is_pattern(got.data, sequence, sizeof data));
}

static void end(void)
{
    EXPECT(usbx_share_close(share), USBX_OK);
    share = NULL;
}

static void the_list_says_what_there_is(void)
{
    uint8_t common[12], device[DEVICE_SIZE], interfaces[8];
    int fd;
    if (!begin())
        return;
    fd = client_connect(address);
    client_send(fd, "\x01\x11\x80\x05\0\0\0\0", 8);
    CHECK(client_receive(fd, common, sizeof common) && memcmp(common, "\x01\x11\0\x05\0\0\0\0\0\0\0\x01", 12) == 0);
    CHECK(client_receive(fd, device, sizeof device) && client_receive(fd, interfaces, sizeof interfaces));
    CHECK(strcmp((char *)device, path) == 0);
    CHECK(strcmp((char *)device + 256, "1-1") == 0);
    EQUAL(client_number(device + 296), 3); /* high speed */
    CHECK(memcmp(device + 300, "\x12\x09\x00\x01", 4) == 0);
    EQUAL(device[311], 2);
    CHECK(interfaces[0] == 0xff && interfaces[4] == 3);
    CHECK(client_ended(fd));
    close(fd);

    /* Nobody has the device by that. */
    fd = import();
    close(fd);
    end();
}

static void transfers_come_and_go(void)
{
    uint8_t data[2 * PACKET];
    answer got;
    int fd;
    if (!begin())
        return;
    fd = import();
    client_control(fd, 1, 0x80, 6, 0x0100, 0, NULL, 64);
    answered(fd, &got, 1, 1, 0, 18);
    CHECK(got.data[1] == 1 && got.data[8] == 0x09 && got.data[9] == 0x12);
    goes_round(fd, 10);
    /* A short packet ends a read, and is no failure but where the client says so. */
    fill_pattern(data, 0, 100);
    client_submit(fd, 20, ACQ_LOOP_OUT, 0, data, 100);
    client_submit(fd, 21, ACQ_LOOP_IN, 0, NULL, PACKET);
    answered(fd, &got, 0, 20, 0, 100);
    answered(fd, &got, 1, 21, 0, 100);
    CHECK(is_pattern(got.data, 0, 100));
    client_submit(fd, 22, ACQ_LOOP_OUT, 0, data, 100);
    client_submit(fd, 23, ACQ_LOOP_IN, 1, NULL, PACKET);
    answered(fd, &got, 0, 22, 0, 100);
    answered(fd, &got, 1, 23, SHORT_OF_DATA, 100);
    CHECK(is_pattern(got.data, 0, 100));
    /* A full packet needs a zero-length one behind it to end a longer read. */
    fill_pattern(data, 0, PACKET);
    client_submit(fd, 24, ACQ_LOOP_IN, 0, NULL, 2 * PACKET);
    client_submit(fd, 25, ACQ_LOOP_OUT, 0x40, data, PACKET);
    answered(fd, &got, 0, 25, 0, PACKET);
    answered(fd, &got, 1, 24, 0, PACKET);
    /* The device refuses what it does not know. */
    client_control(fd, 26, 0xc0, 0x55, 0, 0, NULL, 4);
    answered(fd, &got, 1, 26, REFUSED, 0);
    client_submit(fd, 27, 0x8f, 0, NULL, 64);
    answered(fd, &got, 1, 27, -2, 0);
    client_submit(fd, 28, 0x0f, 0, data, 64);
    answered(fd, &got, 0, 28, -2, 0);
    goes_round(fd, 30);
    close(fd);
    end();
}

static void settings_are_the_devices(void)
{
    answer got;
    int fd;
    if (!begin())
        return;
    fd = import();
    client_control(fd, 1, 0x00, 9, 1, 0, NULL, 0); /* as hosts begin */
    answered(fd, &got, 0, 1, 0, 0);
    client_control(fd, 2, 0x01, 11, 1, 0, NULL, 0);
    client_control(fd, 3, 0x81, 10, 0, 0, NULL, 1); /* it waits for the one before */
    answered(fd, &got, 0, 2, 0, 0);
    answered(fd, &got, 1, 3, 0, 1);
    EQUAL(got.data[0], 1);
    /* Isochronous packets, each with its own length and status. */
    client_isochronous(fd, 4, 0x85, 512, 3);
    answered(fd, &got, 1, 4, 0, 0);
    EQUAL(got.packets, 3);
    EQUAL(client_number(got.data + 16), 512);
    EQUAL(client_number(got.data + 20), 512);
    EQUAL(client_number(got.data + 24), 0);
    client_control(fd, 5, 0x01, 11, 9, 0, NULL, 0);
    answered(fd, &got, 0, 5, REFUSED, 0);
    client_control(fd, 6, 0x01, 11, 0, 0, NULL, 0);
    answered(fd, &got, 0, 6, 0, 0);
    client_control(fd, 7, 0x02, 1, 0, ACQ_LOOP_IN, NULL, 0);
    answered(fd, &got, 0, 7, 0, 0);
    client_control(fd, 8, 0x23, 3, 4, 1, NULL, 0); /* the port's reset */
    answered(fd, &got, 0, 8, 0, 0);
    client_control(fd, 9, 0x00, 9, 7, 0, NULL, 0);
    answered(fd, &got, 0, 9, REFUSED, 0);
    goes_round(fd, 10);
    close(fd);
    end();
}

static void an_unlink_loses_nothing(void)
{
    uint8_t data[PACKET];
    answer got;
    int fd;
    if (!begin())
        return;
    fd = import();
    /* Won: nothing has moved. */
    client_submit(fd, 1, ACQ_LOOP_IN, 0, NULL, PACKET);
    client_unlink(fd, 2, 1);
    unlinked(fd, 2, GONE_RESET);
    /* Lost: it is answered; and of one that never was. */
    goes_round(fd, 10);
    client_unlink(fd, 12, 11);
    unlinked(fd, 12, 0);
    client_unlink(fd, 13, 4000);
    unlinked(fd, 13, 0);
    /* What has moved by then is answered, once. */
    fill_pattern(data, 7, sizeof data);
    client_submit(fd, 20, ACQ_LOOP_IN, 0, NULL, 4 * PACKET);
    client_submit(fd, 21, ACQ_LOOP_OUT, 0, data, sizeof data);
    answered(fd, &got, 0, 21, 0, sizeof data);
    client_unlink(fd, 22, 20);
    answered(fd, &got, 1, 20, GONE_RESET, sizeof data);
    CHECK(is_pattern(got.data, 7, sizeof data));
    unlinked(fd, 22, 0);
    goes_round(fd, 30);
    close(fd);
    end();
}

/* The number of the request that is answered next. */
static uint32_t client_next(int fd)
{
    uint8_t head[8] = {0};
    CHECK(recv(fd, head, sizeof head, MSG_PEEK | MSG_WAITALL) == sizeof head);
    return client_number(head + 4);
}

/* The next answer, of a read if it is that request's. */
static int next_of(int fd, answer *got, uint32_t read)
{
    return CHECK(client_answer(fd, got, client_next(fd) == read));
}

/* Requests that come in one piece: each answer has its own data. */
static void requests_in_one_piece_have_answers_of_their_own(void)
{
    enum { EACH = 4 * PACKET, COUNT_EACH = 8 };
    static uint8_t all[COUNT_EACH * (2 * HEADER_SIZE + EACH)];
    uint8_t *at = all;
    uint32_t i, writes = 0, reads = 0;
    int fd;
    answer got;
    if (!begin())
        return;
    fd = import();
    for (i = 0; i < COUNT_EACH; i++) {
        client_header(at, CMD_SUBMIT, 1 + i, ACQ_LOOP_OUT, EACH);
        fill_pattern(at + HEADER_SIZE, 100 * i, EACH);
        at += HEADER_SIZE + EACH;
    }
    for (i = 0; i < COUNT_EACH; i++) {
        client_header(at, CMD_SUBMIT, 20 + i, ACQ_LOOP_IN, EACH);
        at += HEADER_SIZE;
    }
    CHECK(client_send(fd, all, sizeof all));
    /* In any mixture: a model in another thread reads and writes when it likes. */
    for (i = 0; i < 2 * COUNT_EACH; i++) {
        int is_read = client_next(fd) >= 20;
        uint32_t number = is_read ? reads++ : writes++;
        if (!answered(fd, &got, is_read, is_read ? 20 + number : 1 + number, 0, EACH))
            break;
        CHECK(!is_read || is_pattern(got.data, 100 * number, EACH));
    }
    EQUAL(reads, COUNT_EACH);
    close(fd);
    end();
}

/* A halt that is cleared, or an alternate setting, ends what is pending there and nothing else; what has moved is answered. */
static void changes_end_their_own_requests_alone(void)
{
    uint8_t data[PACKET];
    answer got;
    int fd, i, ended = 0;
    if (!begin())
        return;
    fd = import();
    fill_pattern(data, 7, sizeof data);
    client_submit(fd, 1, ACQ_LOOP_IN, 0, NULL, 4 * PACKET);
    client_submit(fd, 2, ACQ_LOOP_OUT, 0, data, sizeof data);
    answered(fd, &got, 0, 2, 0, sizeof data);
    client_control(fd, 3, 0x02, 1, 0, 0x81, NULL, 0); /* another endpoint of its interface */
    answered(fd, &got, 0, 3, 0, 0);
    client_control(fd, 4, 0x02, 1, 0, ACQ_LOOP_OUT, NULL, 0); /* the same number, the other way */
    answered(fd, &got, 0, 4, 0, 0);
    client_control(fd, 5, 0x01, 11, 0, 1, NULL, 0); /* another interface */
    answered(fd, &got, 0, 5, 0, 0);
    for (i = 0; i < 3; i++) {
        fill_pattern(data, 7 + (uint32_t)((i + 1) * PACKET), sizeof data);
        client_submit(fd, 6 + (uint32_t)i, ACQ_LOOP_OUT, 0, data, sizeof data);
        if (i < 2)
            answered(fd, &got, 0, 6 + (uint32_t)i, 0, sizeof data);
    }
    for (i = 0; i < 2; i++) { /* the last write, and the read that it fills */
        next_of(fd, &got, 1);
        EQUAL(got.status, 0);
        if (got.sequence == 1)
            CHECK(got.actual == 4 * PACKET && is_pattern(got.data, 7, 4 * PACKET));
        else
            EQUAL(got.sequence, 8);
    }
    /* Its own: the request is answered with what has moved, and so is the change. */
    for (i = 0; i < 2; i++) {
        int answers;
        uint32_t first = 20 + 10 * (uint32_t)i;
        fill_pattern(data, first, sizeof data);
        client_submit(fd, first, ACQ_LOOP_IN, 0, NULL, 4 * PACKET);
        client_submit(fd, first + 1, ACQ_LOOP_OUT, 0, data, sizeof data);
        answered(fd, &got, 0, first + 1, 0, sizeof data);
        if (i == 0)
            client_control(fd, first + 2, 0x02, 1, 0, ACQ_LOOP_IN, NULL, 0);
        else
            client_control(fd, first + 2, 0x01, 11, 0, 0, NULL, 0);
        for (answers = 0; answers < 2; answers++) {
            next_of(fd, &got, first);
            if (got.sequence == first)
                ended += CHECK(got.status == GONE_RESET && got.actual == PACKET && is_pattern(got.data, first, PACKET));
            else
                CHECK(got.sequence == first + 2 && got.status == 0);
        }
    }
    EQUAL(ended, 2);
    close(fd);
    end();
}

static void a_device_has_one_client(void)
{
    uint8_t device[DEVICE_SIZE];
    int first, second, tries;
    unsigned status = 2;
    if (!begin())
        return;
    first = import();
    second = client_connect(address);
    EQUAL(client_import(second, "1-1", NULL), 2); /* busy */
    CHECK(client_ended(second));
    close(second);
    second = client_connect(address);
    EQUAL(client_import(second, "9-9", NULL), 4); /* no such device */
    close(second);
    goes_round(first, 1);
    close(first);
    /* It is given back, and another client gets it. */
    for (tries = 0; tries < 3000 && status == 2; tries++) {
        second = client_connect(address);
        status = client_import(second, "1-1", device);
        if (status != 0) {
            struct timespec pause = {0, 10 * 1000 * 1000};
            close(second);
            nanosleep(&pause, NULL);
        }
    }
    EQUAL(status, 0);
    goes_round(second, 1);
    close(second);
    end();
}

/* The device is busy for this process's own handles while a client has it, and free afterwards. */
static void a_claimed_device_is_not_taken(void)
{
    usbx_device *device;
    int fd;
    if (!begin())
        return;
    device = claim_test_device();
    fd = client_connect(address);
    EQUAL(client_import(fd, "1-1", NULL), 2);
    close(fd);
    EXPECT(usbx_release(device, 0), USBX_OK);
    fd = import();
    EXPECT(usbx_claim(device, 0), USBX_ERROR_BUSY);
    end();
    CHECK(client_ended(fd));
    close(fd);
    EXPECT(usbx_claim(device, 0), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

static void nonsense_ends_its_own_connection_alone(void)
{
    static const struct {
        const char *bytes;
        size_t length;
    } greetings[] = {
        {"GET / HTTP/1.1\r\n\r\n", 18},
        {"\x01\x06\x80\x05\0\0\0\0", 8},
        {"\x01\x11\x00\x05\0\0\0\0", 8},
        {"\x01\x11\x12\x34\0\0\0\0", 8},
    };
    uint8_t header[HEADER_SIZE], zeros[HEADER_SIZE] = {0};
    usbx_virtual *other = NULL;
    char other_path[32];
    size_t i;
    int good, bad;
    if (!begin())
        return;
    EXPECT(usbx_virtual_open("acquisition", "other", &other), USBX_OK);
    EXPECT(usbx_virtual_path(other, other_path, sizeof other_path, NULL), USBX_OK);
    EXPECT(usbx_share_add(share, other_path, "2-1"), USBX_OK);
    good = import();
    for (i = 0; i < COUNT(greetings); i++) {
        bad = client_connect(address);
        client_send(bad, greetings[i].bytes, greetings[i].length);
        CHECK(client_ended(bad));
        close(bad);
        goes_round(good, (uint32_t)(100 + 2 * i));
    }
    for (i = 0; i < 6; i++) {
        unsigned status;
        do { /* the one before is about to be given back */
            bad = client_connect(address);
            status = client_import(bad, "2-1", NULL);
            if (status != 0)
                close(bad);
        } while (status == 2);
        EQUAL(status, 0);
        client_header(header, CMD_SUBMIT, 1, ACQ_LOOP_IN, PACKET);
        if (i == 0)
            memcpy(header, zeros, sizeof header); /* no command */
        if (i == 1)
            header[3] = RET_SUBMIT;
        if (i == 2)
            header[18] = 1; /* endpoint 259 */
        if (i == 3)
            client_header(header, CMD_SUBMIT, 1, ACQ_LOOP_OUT, 0x7fffffff);
        if (i == 4)
            client_send(bad, header, sizeof header); /* twice the same number */
        if (i == 5) { /* cut off in the middle */
            client_send(bad, header, sizeof header / 2);
            shutdown(bad, SHUT_WR);
        } else {
            client_send(bad, header, sizeof header);
        }
        CHECK(client_ended(bad));
        close(bad);
        goes_round(good, (uint32_t)(200 + 2 * i));
    }
    close(good);
    end();
    EXPECT(usbx_virtual_close(other), USBX_OK);
}

/* A client that takes no answers: its requests are left where they are, and others' go on. */
static void a_slow_client_disturbs_nobody(void)
{
    uint8_t header[HEADER_SIZE];
    usbx_virtual *other = NULL;
    char other_path[32];
    uint32_t sequence = 1;
    int good, slow;
    if (!begin())
        return;
    EXPECT(usbx_virtual_open("acquisition", "other", &other), USBX_OK);
    EXPECT(usbx_virtual_path(other, other_path, sizeof other_path, NULL), USBX_OK);
    EXPECT(usbx_share_add(share, other_path, "2-1"), USBX_OK);
    good = import();
    slow = client_connect(address);
    EQUAL(client_import(slow, "2-1", NULL), 0);
    for (;;) {
        client_header(header, CMD_SUBMIT, sequence++, 0x80, 18);
        memcpy(header + 40, "\x80\x06\x00\x01\x00\x00\x12\x00", 8);
        /* Until the server reads no more. */
        if (send(slow, header, sizeof header, MSG_NOSIGNAL | MSG_DONTWAIT) != sizeof header)
            break;
    }
    CHECK(sequence > 1000);
    goes_round(good, 1);
    close(slow);
    goes_round(good, 3);
    close(good);
    end();
    EXPECT(usbx_virtual_close(other), USBX_OK);
}

static void an_unplugged_device_ends_its_connection(void)
{
    answer got;
    int fd, idle;
    if (!begin())
        return;
    fd = import();
    client_submit(fd, 1, ACQ_LOOP_IN, 0, NULL, PACKET);
    client_control(fd, 2, 0x80, 0x00, 0, 0, NULL, 2);
    answered(fd, &got, 1, 2, 0, 2); /* so the share has the request before it, too */
    EXPECT(usbx_virtual_unplug(test_virtual), USBX_OK);
    answered(fd, &got, 1, 1, -108, 0);
    CHECK(client_ended(fd));
    close(fd);
    fd = client_connect(address);
    EQUAL(client_import(fd, "1-1", NULL), 4);
    close(fd);
    /* Plugged in again it is offered again; and one without a request hears of the end, too. */
    EXPECT(usbx_virtual_plug(test_virtual), USBX_OK);
    EXPECT(usbx_virtual_path(test_virtual, path, sizeof path, NULL), USBX_OK);
    usbx_share_add(share, path, "1-2"); /* if it is in another place */
    idle = client_connect(address);
    if (client_import(idle, "1-1", NULL) != 0) {
        close(idle);
        idle = client_connect(address);
        EQUAL(client_import(idle, "1-2", NULL), 0);
    }
    EXPECT(usbx_virtual_unplug(test_virtual), USBX_OK);
    CHECK(client_ended(idle));
    close(idle);
    EXPECT(usbx_virtual_plug(test_virtual), USBX_OK);
    end();
}

static void closing_ends_every_connection(void)
{
    int fd, listing;
    if (!begin())
        return;
    fd = import();
    listing = client_connect(address);
    client_submit(fd, 1, ACQ_LOOP_IN, 0, NULL, PACKET);
    end();
    CHECK(client_ended(fd) && client_ended(listing));
    close(fd);
    close(listing);
    CHECK(client_connect(address) < 0);
}

static void only_allowed_networks_connect(void)
{
    usbx_share_options options;
    int fd;
    memset(&options, 0, sizeof options);
    options.allow = "10.0.0.0/8";
    if (!begin_at("127.0.0.1:0", &options))
        return;
    fd = client_connect(address);
    CHECK(client_ended(fd));
    close(fd);
    end();
    options.allow = "10.0.0.0/8,127.0.0.0/8";
    if (!begin_at("127.0.0.1:0", &options))
        return;
    fd = import();
    goes_round(fd, 1);
    close(fd);
    end();
}

static void a_socket_file_does_it_too(void)
{
    char where[64];
    int fd;
    snprintf(where, sizeof where, "unix:/tmp/usbx-share-%ld", (long)getpid());
    if (!begin_at(where, NULL))
        return;
    CHECK(strcmp(address, where) == 0);
    fd = import();
    goes_round(fd, 1);
    close(fd);
    end();
    CHECK(access(where + 5, F_OK) != 0);
}

const test_case share_cases[] = {
    {"share_the_list_says_what_there_is", the_list_says_what_there_is},
    {"share_transfers_come_and_go", transfers_come_and_go},
    {"share_settings_are_the_devices", settings_are_the_devices},
    {"share_an_unlink_loses_nothing", an_unlink_loses_nothing},
    {"share_requests_in_one_piece_have_answers_of_their_own", requests_in_one_piece_have_answers_of_their_own},
    {"share_changes_end_their_own_requests_alone", changes_end_their_own_requests_alone},
    {"share_a_device_has_one_client", a_device_has_one_client},
    {"share_a_claimed_device_is_not_taken", a_claimed_device_is_not_taken},
    {"share_nonsense_ends_its_own_connection_alone", nonsense_ends_its_own_connection_alone},
    {"share_a_slow_client_disturbs_nobody", a_slow_client_disturbs_nobody},
    {"share_an_unplugged_device_ends_its_connection", an_unplugged_device_ends_its_connection},
    {"share_closing_ends_every_connection", closing_ends_every_connection},
    {"share_only_allowed_networks_connect", only_allowed_networks_connect},
    {"share_a_socket_file_does_it_too", a_socket_file_does_it_too},
};
const size_t share_count = COUNT(share_cases);
