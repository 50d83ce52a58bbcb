/* Shares and other computers' devices with bad arguments. */
#define _POSIX_C_SOURCE 200809L
#include "bad_arguments.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

static void shares(void)
{
    usbx_share_options options;
    usbx_share *share;
    char text[64], path[32];
    size_t length;
    EXPECT(usbx_close(open_test_device()), USBX_OK); /* it is plugged in */
    memset(&options, 0, sizeof options);
#define NO_SHARE(call, expected)                              \
    do {                                                      \
        share = (usbx_share *)token(UINT64_C(0x1234567890)); \
        REFUSED(call, expected);                              \
        CHECK(share == NULL);                                 \
    } while (0)
    INVALID(usbx_share_open("127.0.0.1:0", NULL, NULL));
    SAID("share");
    NO_SHARE(usbx_share_open(NOT_UTF8, NULL, &share), USBX_ERROR_INVALID_PARAM);
    NO_SHARE(usbx_share_open("", NULL, &share), USBX_ERROR_INVALID_PARAM);
    SAID("127.0.0.1:3240"); /* says how one is written */
    NO_SHARE(usbx_share_open("localhost", NULL, &share), USBX_ERROR_INVALID_PARAM);
    NO_SHARE(usbx_share_open("127.0.0.1:65536", NULL, &share), USBX_ERROR_INVALID_PARAM);
    NO_SHARE(usbx_share_open("unix:", NULL, &share), USBX_ERROR_INVALID_PARAM);
    NO_SHARE(usbx_share_open("192.0.2.1:0", NULL, &share), USBX_ERROR_NOT_FOUND);
    NO_SHARE(usbx_share_open("unix:/no such folder/socket", NULL, &share), USBX_ERROR_NOT_FOUND);
    NO_SHARE(usbx_share_open("unix:/dev/null", NULL, &share), USBX_ERROR_BUSY);
    CHECK(strstr(usbx_last_error(), "no socket") != NULL && strstr(usbx_last_error(), "listens") == NULL);
    NO_SHARE(usbx_share_open("unix:/", NULL, &share), USBX_ERROR_BUSY);
    CHECK(strstr(usbx_last_error(), "no socket") != NULL);
    options.allow = "10.0.0.0/33";
    NO_SHARE(usbx_share_open("127.0.0.1:0", &options, &share), USBX_ERROR_INVALID_PARAM);
    SAID("10.0.0.0/33");
    options.allow = NOT_UTF8;
    NO_SHARE(usbx_share_open("127.0.0.1:0", &options, &share), USBX_ERROR_INVALID_PARAM);
    options.allow = "";
    EXPECT(usbx_share_open("127.0.0.1:0", &options, &share), USBX_OK);

    EXPECT(usbx_virtual_path(test_virtual, path, sizeof path, NULL), USBX_OK);
    INVALID(usbx_share_add(share, NULL, NULL));
    SAID("path");
    INVALID(usbx_share_add(share, NOT_UTF8, NULL));
    INVALID(usbx_share_add(share, path, NOT_UTF8));
    INVALID(usbx_share_add(share, path, ""));
    INVALID(usbx_share_add(share, path, "a bus"));
    INVALID(usbx_share_add(share, path, "virtual/1"));
    INVALID(usbx_share_add(share, path, "12345678901234567890123456789012"));
    SAID("31");
    EXPECT(usbx_share_add(share, "virtual/999", NULL), USBX_ERROR_NOT_FOUND);
    EXPECT(usbx_share_add(share, path, "1234567890123456789012345678901"), USBX_OK);
    EXPECT(usbx_share_add(share, path, NULL), USBX_ERROR_BUSY); /* it is there already */

    INVALID(usbx_share_address(share, NULL, 1, &length));
    EXPECT(usbx_share_address(share, NULL, 0, NULL), USBX_OK);
    memset(text, 'x', sizeof text);
    EXPECT(usbx_share_address(share, text, 6, &length), USBX_OK);
    CHECK(strcmp(text, "127.0") == 0 && text[6] == 'x' && length > 10);
    EXPECT(usbx_share_close(share), USBX_OK);
}

static void other_computers(void)
{
    usbx_device_info devices[2];
    usbx_device *opened;
    usbx_share *share = NULL;
    char address[64], path[32], longer[5000];
    size_t count = 99;
    int pipe_ends[2], sockets[2], null = open("/dev/null", O_RDWR);
    EXPECT(usbx_close(open_test_device()), USBX_OK); /* it is plugged in */
    EXPECT(usbx_virtual_path(test_virtual, path, sizeof path, NULL), USBX_OK);
    EXPECT(usbx_share_open("127.0.0.1:0", NULL, &share), USBX_OK);
    EXPECT(usbx_share_add(share, path, "1-1"), USBX_OK);
    EXPECT(usbx_share_address(share, address, sizeof address, NULL), USBX_OK);
    memset(longer, '1', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    memset(devices, UNTOUCHED, sizeof devices);

#define NO_LIST(call, status) \
    do {                      \
        count = 99;           \
        REFUSED(call, status); \
        EQUAL(count, 0);      \
        CHECK(devices[0].path[0] == (char)UNTOUCHED); \
    } while (0)
    NO_LIST(usbx_remote_devices(NULL, devices, 2, &count, 0), USBX_ERROR_INVALID_PARAM);
    SAID("host");
    NO_LIST(usbx_remote_devices(NOT_UTF8, devices, 2, &count, 0), USBX_ERROR_INVALID_PARAM);
    NO_LIST(usbx_remote_devices("", devices, 2, &count, 0), USBX_ERROR_INVALID_PARAM);
    SAID("192.168.1.5:3240"); /* says how one is written */
    NO_LIST(usbx_remote_devices("127.0.0.1:65536", devices, 2, &count, 0), USBX_ERROR_INVALID_PARAM);
    NO_LIST(usbx_remote_devices("unix:", devices, 2, &count, 0), USBX_ERROR_INVALID_PARAM);
    NO_LIST(usbx_remote_devices("unix:/no such folder/socket", devices, 2, &count, 0), USBX_ERROR_NOT_FOUND);
    NO_LIST(usbx_remote_devices(address, NULL, 1, &count, 0), USBX_ERROR_INVALID_PARAM);
    EXPECT(usbx_remote_devices(address, NULL, 0, NULL, 0), USBX_OK);
    EXPECT(usbx_remote_devices(address, devices, 2, &count, UINT32_MAX), USBX_OK);
    EQUAL(count, 1);
    CHECK(devices[0].vendor_id == ACQ_VENDOR_ID && devices[0].backend == USBX_BACKEND_USBIP);
    CHECK(devices[1].path[0] == (char)UNTOUCHED);

    opened = NULL;
    INVALID(usbx_usbip_open_fd(null, "1-1", NULL));
#define NOT_OVER(call, expected)                    \
    do {                                            \
        opened = (usbx_device *)token(UINT64_C(1)); \
        REFUSED(call, expected);                    \
        CHECK(opened == NULL);                      \
    } while (0)
    NOT_OVER(usbx_usbip_open_fd(-1, "1-1", &opened), USBX_ERROR_INVALID_PARAM);
    NOT_OVER(usbx_usbip_open_fd(INT32_MAX, "1-1", &opened), USBX_ERROR_INVALID_PARAM);
    NOT_OVER(usbx_usbip_open_fd(null, "1-1", &opened), USBX_ERROR_INVALID_PARAM);
    EQUAL(pipe(pipe_ends), 0);
    NOT_OVER(usbx_usbip_open_fd(pipe_ends[0], "1-1", &opened), USBX_ERROR_INVALID_PARAM);
    EQUAL(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
    NOT_OVER(usbx_usbip_open_fd(sockets[0], NULL, &opened), USBX_ERROR_INVALID_PARAM);
    SAID("busid");
    NOT_OVER(usbx_usbip_open_fd(sockets[0], NOT_UTF8, &opened), USBX_ERROR_INVALID_PARAM);
    NOT_OVER(usbx_usbip_open_fd(sockets[0], "", &opened), USBX_ERROR_INVALID_PARAM);
    NOT_OVER(usbx_usbip_open_fd(sockets[0], "a bus", &opened), USBX_ERROR_INVALID_PARAM);
    NOT_OVER(usbx_usbip_open_fd(sockets[0], longer, &opened), USBX_ERROR_INVALID_PARAM);
    EQUAL(close(sockets[1]), 0);
    NOT_OVER(usbx_usbip_open_fd(sockets[0], "1-1", &opened), USBX_ERROR_IO); /* nobody is there */
    EQUAL(close(sockets[0]), 0); /* the caller's own is still open */
    EQUAL(close(pipe_ends[0]) | close(pipe_ends[1]) | close(null), 0);
    EXPECT(usbx_share_close(share), USBX_OK);
}

void shares_and_remote_devices(int argc, char **argv)
{
    static const test_case cases[] = {
        {"shares", shares},
        {"other_computers", other_computers},
    };
    run_cases(cases, COUNT(cases), argc, argv);
}
