/* Bounds that the system sets for a program. "epoll": the limit of what a user may wait for is reached, and the sentence says which
 * limit that is. "secure": a set-user-ID program does not look at USBX_VIRTUAL. */
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

static void epoll(void) {
    char before[32], after[32];
    usbx_queue *queue;
    set_limit("0", before);
    EXPECT(usbx_queue_open(&queue), USBX_ERROR_NO_MEM);
    SAYS("max_user_watches");
    CHECK(queue == NULL);
    set_limit(before, after);
    OK(usbx_queue_open(&queue));
    OK(usbx_queue_close(queue));
}

static void secure(void) {
    usbx_device_info devices[32];
    size_t count, i, virtual_ones = 0;
    CHECK(getenv("USBX_VIRTUAL") != NULL);
    OK(usbx_devices(devices, 32, &count));
    for (i = 0; i < count; i++) {
        virtual_ones += devices[i].backend == USBX_BACKEND_VIRTUAL; /* the guest may have root hubs, too */
    }
    CHECK((virtual_ones > 0) == (geteuid() == getuid()));
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
