/* Shares: who is a client and for how long, good ones and others. */
#define _POSIX_C_SOURCE 200809L
#include "share_fixture.h"

#include <sys/socket.h>
#include <time.h>

static void a_device_has_one_client(void)
{
    uint8_t device[DEVICE_SIZE];
    int first, second, tries;
    unsigned status = 2;
    if (!begin_share())
        return;
    first = import_device();
    second = client_connect(share_address);
    EQUAL(client_import(second, "1-1", NULL), 2); /* busy */
    CHECK(client_ended(second));
    close(second);
    second = client_connect(share_address);
    EQUAL(client_import(second, "9-9", NULL), 4); /* no such device */
    close(second);
    goes_round(first, 1);
    close(first);
    /* It is given back, and another client gets it. */
    for (tries = 0; tries < 3000 && status == 2; tries++) {
        second = client_connect(share_address);
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
    end_share();
}

/* The device is busy for this process's own handles while a client has it, and free afterwards. */
static void a_claimed_device_is_not_taken(void)
{
    usbx_device *device;
    int fd;
    if (!begin_share())
        return;
    device = claim_test_device();
    fd = client_connect(share_address);
    EQUAL(client_import(fd, "1-1", NULL), 2);
    close(fd);
    EXPECT(usbx_release(device, 0), USBX_OK);
    fd = import_device();
    EXPECT(usbx_claim(device, 0), USBX_ERROR_BUSY);
    end_share();
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
    if (!begin_share())
        return;
    EXPECT(usbx_virtual_open("acquisition", "other", &other), USBX_OK);
    EXPECT(usbx_virtual_path(other, other_path, sizeof other_path, NULL), USBX_OK);
    EXPECT(usbx_share_add(test_share, other_path, "2-1"), USBX_OK);
    good = import_device();
    for (i = 0; i < COUNT(greetings); i++) {
        bad = client_connect(share_address);
        client_send(bad, greetings[i].bytes, greetings[i].length);
        CHECK(client_ended(bad));
        close(bad);
        goes_round(good, (uint32_t)(100 + 2 * i));
    }
    for (i = 0; i < 6; i++) {
        unsigned status;
        do { /* the one before is about to be given back */
            bad = client_connect(share_address);
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
    end_share();
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
    if (!begin_share())
        return;
    EXPECT(usbx_virtual_open("acquisition", "other", &other), USBX_OK);
    EXPECT(usbx_virtual_path(other, other_path, sizeof other_path, NULL), USBX_OK);
    EXPECT(usbx_share_add(test_share, other_path, "2-1"), USBX_OK);
    good = import_device();
    slow = client_connect(share_address);
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
    end_share();
    EXPECT(usbx_virtual_close(other), USBX_OK);
}

static void an_unplugged_device_ends_its_connection(void)
{
    answer got;
    int fd, idle;
    if (!begin_share())
        return;
    fd = import_device();
    client_submit(fd, 1, ACQ_LOOP_IN, 0, NULL, PACKET);
    client_control(fd, 2, 0x80, 0x00, 0, 0, NULL, 2);
    client_answered(fd, &got, 1, 2, 0, 2); /* so the share has the request before it, too */
    EXPECT(usbx_virtual_unplug(test_virtual), USBX_OK);
    client_answered(fd, &got, 1, 1, -108, 0);
    CHECK(client_ended(fd));
    close(fd);
    fd = client_connect(share_address);
    EQUAL(client_import(fd, "1-1", NULL), 4);
    close(fd);
    /* Plugged in again it is offered again; and one without a request hears of the end, too. */
    EXPECT(usbx_virtual_plug(test_virtual), USBX_OK);
    EXPECT(usbx_virtual_path(test_virtual, shared_path, sizeof shared_path, NULL), USBX_OK);
    usbx_share_add(test_share, shared_path, "1-2"); /* if it is in another place */
    idle = client_connect(share_address);
    if (client_import(idle, "1-1", NULL) != 0) {
        close(idle);
        idle = client_connect(share_address);
        EQUAL(client_import(idle, "1-2", NULL), 0);
    }
    EXPECT(usbx_virtual_unplug(test_virtual), USBX_OK);
    CHECK(client_ended(idle));
    close(idle);
    EXPECT(usbx_virtual_plug(test_virtual), USBX_OK);
    end_share();
}

static void closing_ends_every_connection(void)
{
    int fd, listing;
    if (!begin_share())
        return;
    fd = import_device();
    listing = client_connect(share_address);
    client_submit(fd, 1, ACQ_LOOP_IN, 0, NULL, PACKET);
    end_share();
    CHECK(client_ended(fd) && client_ended(listing));
    close(fd);
    close(listing);
    CHECK(client_connect(share_address) < 0);
}

static void only_allowed_networks_connect(void)
{
    usbx_share_options options;
    int fd;
    memset(&options, 0, sizeof options);
    options.allow = "10.0.0.0/8";
    if (!begin_share_at("127.0.0.1:0", &options))
        return;
    fd = client_connect(share_address);
    CHECK(client_ended(fd));
    close(fd);
    end_share();
    options.allow = "10.0.0.0/8,127.0.0.0/8";
    if (!begin_share_at("127.0.0.1:0", &options))
        return;
    fd = import_device();
    goes_round(fd, 1);
    close(fd);
    end_share();
}

static void a_socket_file_does_it_too(void)
{
    char where[64];
    int fd;
    snprintf(where, sizeof where, "unix:/tmp/usbx-share-%ld", (long)getpid());
    if (!begin_share_at(where, NULL))
        return;
    CHECK(strcmp(share_address, where) == 0);
    fd = import_device();
    goes_round(fd, 1);
    close(fd);
    end_share();
    CHECK(access(where + 5, F_OK) != 0);
}

const test_case share_clients_cases[] = {
    {"share_a_device_has_one_client", a_device_has_one_client},
    {"share_a_claimed_device_is_not_taken", a_claimed_device_is_not_taken},
    {"share_nonsense_ends_its_own_connection_alone", nonsense_ends_its_own_connection_alone},
    {"share_a_slow_client_disturbs_nobody", a_slow_client_disturbs_nobody},
    {"share_an_unplugged_device_ends_its_connection", an_unplugged_device_ends_its_connection},
    {"share_closing_ends_every_connection", closing_ends_every_connection},
    {"share_only_allowed_networks_connect", only_allowed_networks_connect},
    {"share_a_socket_file_does_it_too", a_socket_file_does_it_too},
};
const size_t share_clients_count = COUNT(share_clients_cases);
