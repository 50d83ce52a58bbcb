/* Shares: the library's USB/IP server. What a client on the wire asks for, and is answered. */
#define _POSIX_C_SOURCE 200809L
#include "share_fixture.h"

#include <sys/socket.h>

static int unlinked(int fd, uint32_t sequence, int32_t status)
{
    answer got;
    return CHECK(client_answer(fd, &got, 0)) && EQUAL(got.command, RET_UNLINK) && EQUAL(got.sequence, sequence) &&
           EQUAL(got.status, status);
}

static void the_list_says_what_there_is(void)
{
    uint8_t common[12], device[DEVICE_SIZE], interfaces[8];
    int fd;
    if (!begin_share())
        return;
    fd = client_connect(share_address);
    client_send(fd, "\x01\x11\x80\x05\0\0\0\0", 8);
    CHECK(client_receive(fd, common, sizeof common) && memcmp(common, "\x01\x11\0\x05\0\0\0\0\0\0\0\x01", 12) == 0);
    CHECK(client_receive(fd, device, sizeof device) && client_receive(fd, interfaces, sizeof interfaces));
    CHECK(strcmp((char *)device, shared_path) == 0);
    CHECK(strcmp((char *)device + 256, "1-1") == 0);
    EQUAL(client_number(device + 296), 3); /* high speed */
    CHECK(memcmp(device + 300, "\x12\x09\x00\x01", 4) == 0);
    EQUAL(device[311], 2);
    CHECK(interfaces[0] == 0xff && interfaces[4] == 3);
    CHECK(client_ended(fd));
    close(fd);

    /* Nobody has the device by that. */
    fd = import_device();
    close(fd);
    end_share();
}

static void transfers_come_and_go(void)
{
    uint8_t data[2 * PACKET];
    answer got;
    int fd;
    if (!begin_share())
        return;
    fd = import_device();
    client_control(fd, 1, 0x80, 6, 0x0100, 0, NULL, 64);
    client_answered(fd, &got, 1, 1, 0, 18);
    CHECK(got.data[1] == 1 && got.data[8] == 0x09 && got.data[9] == 0x12);
    goes_round(fd, 10);
    /* A short packet ends a read, and is no failure but where the client says so. */
    fill_pattern(data, 0, 100);
    client_submit(fd, 20, ACQ_LOOP_OUT, 0, data, 100);
    client_submit(fd, 21, ACQ_LOOP_IN, 0, NULL, PACKET);
    client_answered(fd, &got, 0, 20, 0, 100);
    client_answered(fd, &got, 1, 21, 0, 100);
    CHECK(is_pattern(got.data, 0, 100));
    client_submit(fd, 22, ACQ_LOOP_OUT, 0, data, 100);
    client_submit(fd, 23, ACQ_LOOP_IN, 1, NULL, PACKET);
    client_answered(fd, &got, 0, 22, 0, 100);
    client_answered(fd, &got, 1, 23, SHORT_OF_DATA, 100);
    CHECK(is_pattern(got.data, 0, 100));
    /* A full packet needs a zero-length one behind it to end a longer read. */
    fill_pattern(data, 0, PACKET);
    client_submit(fd, 24, ACQ_LOOP_IN, 0, NULL, 2 * PACKET);
    client_submit(fd, 25, ACQ_LOOP_OUT, 0x40, data, PACKET);
    client_answered(fd, &got, 0, 25, 0, PACKET);
    client_answered(fd, &got, 1, 24, 0, PACKET);
    /* The device refuses what it does not know. */
    client_control(fd, 26, 0xc0, 0x55, 0, 0, NULL, 4);
    client_answered(fd, &got, 1, 26, REFUSED, 0);
    client_submit(fd, 27, 0x8f, 0, NULL, 64);
    client_answered(fd, &got, 1, 27, -2, 0);
    client_submit(fd, 28, 0x0f, 0, data, 64);
    client_answered(fd, &got, 0, 28, -2, 0);
    goes_round(fd, 30);
    close(fd);
    end_share();
}

static void settings_are_the_devices(void)
{
    answer got;
    int fd;
    if (!begin_share())
        return;
    fd = import_device();
    client_control(fd, 1, 0x00, 9, 1, 0, NULL, 0); /* as hosts begin */
    client_answered(fd, &got, 0, 1, 0, 0);
    client_control(fd, 2, 0x01, 11, 1, 0, NULL, 0);
    client_control(fd, 3, 0x81, 10, 0, 0, NULL, 1); /* it waits for the one before */
    client_answered(fd, &got, 0, 2, 0, 0);
    client_answered(fd, &got, 1, 3, 0, 1);
    EQUAL(got.data[0], 1);
    /* Isochronous packets, each with its own length and status. */
    client_isochronous(fd, 4, 0x85, 512, 3);
    client_answered(fd, &got, 1, 4, 0, 0);
    EQUAL(got.packets, 3);
    EQUAL(client_number(got.data + 16), 512);
    EQUAL(client_number(got.data + 20), 512);
    EQUAL(client_number(got.data + 24), 0);
    client_control(fd, 5, 0x01, 11, 9, 0, NULL, 0);
    client_answered(fd, &got, 0, 5, REFUSED, 0);
    client_control(fd, 6, 0x01, 11, 0, 0, NULL, 0);
    client_answered(fd, &got, 0, 6, 0, 0);
    client_control(fd, 7, 0x02, 1, 0, ACQ_LOOP_IN, NULL, 0);
    client_answered(fd, &got, 0, 7, 0, 0);
    client_control(fd, 8, 0x23, 3, 4, 1, NULL, 0); /* the port's reset */
    client_answered(fd, &got, 0, 8, 0, 0);
    client_control(fd, 9, 0x00, 9, 7, 0, NULL, 0);
    client_answered(fd, &got, 0, 9, REFUSED, 0);
    goes_round(fd, 10);
    close(fd);
    end_share();
}

static void an_unlink_loses_nothing(void)
{
    uint8_t data[PACKET];
    answer got;
    int fd;
    if (!begin_share())
        return;
    fd = import_device();
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
    client_answered(fd, &got, 0, 21, 0, sizeof data);
    client_unlink(fd, 22, 20);
    client_answered(fd, &got, 1, 20, GONE_RESET, sizeof data);
    CHECK(is_pattern(got.data, 7, sizeof data));
    unlinked(fd, 22, 0);
    goes_round(fd, 30);
    close(fd);
    end_share();
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
    if (!begin_share())
        return;
    fd = import_device();
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
        if (!client_answered(fd, &got, is_read, is_read ? 20 + number : 1 + number, 0, EACH))
            break;
        CHECK(!is_read || is_pattern(got.data, 100 * number, EACH));
    }
    EQUAL(reads, COUNT_EACH);
    close(fd);
    end_share();
}

/* A halt that is cleared, or an alternate setting, ends what is pending there and nothing else; what has moved is answered. */
static void changes_end_their_own_requests_alone(void)
{
    uint8_t data[PACKET];
    answer got;
    int fd, i, ended = 0;
    if (!begin_share())
        return;
    fd = import_device();
    fill_pattern(data, 7, sizeof data);
    client_submit(fd, 1, ACQ_LOOP_IN, 0, NULL, 4 * PACKET);
    client_submit(fd, 2, ACQ_LOOP_OUT, 0, data, sizeof data);
    client_answered(fd, &got, 0, 2, 0, sizeof data);
    client_control(fd, 3, 0x02, 1, 0, 0x81, NULL, 0); /* another endpoint of its interface */
    client_answered(fd, &got, 0, 3, 0, 0);
    client_control(fd, 4, 0x02, 1, 0, ACQ_LOOP_OUT, NULL, 0); /* the same number, the other way */
    client_answered(fd, &got, 0, 4, 0, 0);
    client_control(fd, 5, 0x01, 11, 0, 1, NULL, 0); /* another interface */
    client_answered(fd, &got, 0, 5, 0, 0);
    for (i = 0; i < 3; i++) {
        fill_pattern(data, 7 + (uint32_t)((i + 1) * PACKET), sizeof data);
        client_submit(fd, 6 + (uint32_t)i, ACQ_LOOP_OUT, 0, data, sizeof data);
        if (i < 2)
            client_answered(fd, &got, 0, 6 + (uint32_t)i, 0, sizeof data);
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
        client_answered(fd, &got, 0, first + 1, 0, sizeof data);
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
    end_share();
}

const test_case share_cases[] = {
    {"share_the_list_says_what_there_is", the_list_says_what_there_is},
    {"share_transfers_come_and_go", transfers_come_and_go},
    {"share_settings_are_the_devices", settings_are_the_devices},
    {"share_an_unlink_loses_nothing", an_unlink_loses_nothing},
    {"share_requests_in_one_piece_have_answers_of_their_own", requests_in_one_piece_have_answers_of_their_own},
    {"share_changes_end_their_own_requests_alone", changes_end_their_own_requests_alone},
};
const size_t share_count = COUNT(share_cases);
