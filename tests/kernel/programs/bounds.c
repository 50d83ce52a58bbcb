/* Bounds that the system sets for a program. "epoll": the limit of what a user may wait for is reached, and the sentence says which
 * limit that is. "secure": a set-user-ID program does not look at USBX_VIRTUAL, USBX_CAPTURE and USBX_USBIP; the case looks for the
 * capture. */
#include "check.h"
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define LIMIT "/proc/sys/fs/epoll/max_user_watches"

static void set_limit(const char *value, char *before) {
    int fd = open(LIMIT, O_RDWR);
    ssize_t length;
    CHECK(fd >= 0);
    length = pread(fd, before, 30, 0);
    CHECK(length > 0);
    before[length] = '\0';
    CHECK(pwrite(fd, value, strlen(value), 0) == (ssize_t)strlen(value));
    close(fd);
}

/* With the call at the limit: refused, with the limit's name, and without a handle. */
#define AT_LIMIT(call, handle)                                                                                         \
    do {                                                                                                               \
        EXPECT(call, USBX_ERROR_NO_MEM);                                                                               \
        SAYS("max_user_watches");                                                                                      \
        CHECK((handle) == NULL);                                                                                       \
    } while (0)

static void epoll(void) {
    char before[32], after[32], path[32];
    static uint8_t data[512], moved[3] = {1, 2, 3};
    usbx_virtual *virtual_device;
    usbx_device *device;
    usbx_queue *queue, *open_before;
    usbx_stream *stream;
    usbx_watch *watch;
    usbx_share *share;
    usbx_transfer transfer;
    usbx_completion done;
    OK(usbx_virtual_open("acquisition", "LIMIT", &virtual_device));
    OK(usbx_virtual_path(virtual_device, path, sizeof path, NULL));
    OK(usbx_open_path(path, &device));
    OK(usbx_claim(device, 0));
    OK(usbx_queue_open(&open_before));
    memset(&transfer, 0, sizeof transfer);
    transfer.type = USBX_TYPE_BULK;
    transfer.endpoint = 0x83;
    transfer.data = data;
    transfer.length = sizeof data;

    set_limit("0", before);
    AT_LIMIT(usbx_queue_open(&queue), queue);
    AT_LIMIT(usbx_stream_open(device, 0x83, NULL, &stream), stream);
    AT_LIMIT(usbx_watch_open(0, 0, &watch), watch);
    AT_LIMIT(usbx_share_open("127.0.0.1:0", NULL, &share), share);
    EXPECT(usbx_submit(device, open_before, &transfer, NULL), USBX_ERROR_NO_MEM);
    SAYS("max_user_watches");
    OK(usbx_bulk_write(device, 0x02, moved, sizeof moved, 5000, NULL)); /* which waits for nothing of that kind */

    set_limit(before, after);
    OK(usbx_submit(device, open_before, &transfer, NULL));
    OK(usbx_queue_wait(open_before, &done, 1, 5000, NULL));
    CHECK(done.status == USBX_OK && done.transferred == sizeof moved); /* and the refused one has taken none of it */
    OK(usbx_queue_open(&queue));
    OK(usbx_stream_open(device, 0x83, NULL, &stream));
    OK(usbx_watch_open(0, 0, &watch));
    OK(usbx_share_open("127.0.0.1:0", NULL, &share));
    OK(usbx_shutdown(NULL));
}

static void secure(void) {
    usbx_device_info devices[32];
    size_t count, i, virtual_ones = 0;
    int trusts = geteuid() == getuid();
    usbx_virtual *virtual_device;
    usbx_device *device;
    char path[32];
    CHECK(getenv("USBX_VIRTUAL") != NULL);
    OK(usbx_devices(devices, 32, &count));
    for (i = 0; i < count; i++) {
        virtual_ones += devices[i].backend == USBX_BACKEND_VIRTUAL; /* the guest may have root hubs, too */
    }
    CHECK((virtual_ones > 0) == trusts);
    CHECK(getenv("USBX_USBIP") != NULL);
    EXPECT(usbx_open_path("nonsense", &device), USBX_ERROR_NOT_FOUND);
    CHECK((strstr(usbx_last_error(), "USBX_USBIP") != NULL) == trusts);
    CHECK(getenv("USBX_CAPTURE") != NULL);
    OK(usbx_virtual_open("acquisition", "OWN", &virtual_device));
    OK(usbx_virtual_path(virtual_device, path, sizeof path, NULL));
    OK(usbx_open_path(path, &device));
    OK(usbx_shutdown(NULL));
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    if (strcmp(argv[1], "epoll") == 0) {
        epoll();
    } else {
        secure();
    }
    return 0;
}
