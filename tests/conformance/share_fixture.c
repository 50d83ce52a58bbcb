#include "share_fixture.h"

usbx_share *test_share;
char share_address[256], shared_path[32];

int begin_share_at(const char *where, const usbx_share_options *options)
{
    usbx_close(claim_test_device()); /* its loopback is empty by that */
    if (test_virtual == NULL)
        return 0;
    return EXPECT(usbx_virtual_path(test_virtual, shared_path, sizeof shared_path, NULL), USBX_OK) &&
           EXPECT(usbx_share_open(where, options, &test_share), USBX_OK) &&
           EXPECT(usbx_share_address(test_share, share_address, sizeof share_address, NULL), USBX_OK) &&
           EXPECT(usbx_share_add(test_share, shared_path, "1-1"), USBX_OK);
}

int begin_share(void)
{
    return begin_share_at("127.0.0.1:0", NULL);
}

int import_device(void)
{
    int fd = client_connect(share_address);
    CHECK(fd >= 0);
    EQUAL(client_import(fd, "1-1", NULL), 0);
    return fd;
}

int client_answered(int fd, answer *got, int in, uint32_t sequence, int32_t status, uint32_t actual)
{
    return CHECK(client_answer(fd, got, in)) && EQUAL(got->command, RET_SUBMIT) && EQUAL(got->sequence, sequence) &&
           EQUAL(got->status, status) && EQUAL(got->actual, actual);
}

int goes_round(int fd, uint32_t sequence)
{
    uint8_t data[PACKET];
    answer got;
    fill_pattern(data, sequence, sizeof data);
    client_submit(fd, sequence, ACQ_LOOP_OUT, 0, data, sizeof data);
    client_submit(fd, sequence + 1, ACQ_LOOP_IN, 0, NULL, sizeof data);
    return client_answered(fd, &got, 0, sequence, 0, sizeof data) && client_answered(fd, &got, 1, sequence + 1, 0, sizeof data) &&
           CHECK(is_pattern(got.data, sequence, sizeof data));
}

void end_share(void)
{
    EXPECT(usbx_share_close(test_share), USBX_OK);
    test_share = NULL;
}
