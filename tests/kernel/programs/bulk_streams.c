/* Bulk streams of a SuperSpeed device that has 16 on each endpoint; with an argument, of one that has none. */
#include "bulk_pair.h"
#include <fcntl.h>
#include <linux/usbdevice_fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { PRODUCT = 0xa4b0, LIMIT = 50 };

static usbx_queue *queue;
static uint8_t data[1024];

static usbx_status submit(uint32_t stream) {
    usbx_transfer transfer = {0};
    transfer.type = USBX_TYPE_BULK;
    transfer.endpoint = in;
    transfer.stream = stream;
    transfer.data = data;
    transfer.length = sizeof data;
    transfer.timeout_ms = LIMIT;
    return usbx_submit(device, queue, &transfer, NULL);
}

static void ends(usbx_status expected) {
    usbx_completion done;
    OK(usbx_queue_wait(queue, &done, 1, 10000, NULL));
    CHECK_NUMBER(done.status, expected);
}

static void none(void) {
    uint32_t allocated = 99;
    EXPECT(usbx_bulk_streams_alloc(device, 16, &in, 1, &allocated), USBX_ERROR_NOT_SUPPORTED);
    CHECK_NUMBER(allocated, 0);
}

static void reset_by_another(void) {
    usbx_device_info info;
    char node[64];
    int fd;
    OK(usbx_info(device, &info));
    snprintf(node, sizeof node, "/dev/bus/usb/%03d/%03d", info.bus, info.address);
    fd = open(node, O_RDWR);
    CHECK(fd >= 0 && ioctl(fd, USBDEVFS_RESET, NULL) == 0);
    close(fd);
}

int main(int argc, char **argv) {
    uint8_t both[2];
    uint32_t allocated = 0;
    size_t moved;
    (void)argv;
    open_pair_at(argc > 1 ? ZERO_PRODUCT : PRODUCT, USBX_SPEED_SUPER);
    OK(usbx_queue_open(&queue));
    if (argc > 1) {
        none();
        return 0;
    }
    both[0] = in;
    both[1] = out;
    OK(usbx_bulk_streams_alloc(device, 100, both, 2, &allocated));
    CHECK_NUMBER(allocated, 16);
    EXPECT(usbx_bulk_streams_alloc(device, 16, &in, 1, NULL), USBX_ERROR_INVALID_PARAM);
    SAYS("free");

    /* The kernel takes each number that there is; FunctionFS has no data for it. */
    OK(submit(1));
    EXPECT(usbx_bulk_streams_free(device, both, 2), USBX_ERROR_BUSY);
    ends(USBX_ERROR_TIMEOUT);
    OK(submit(16));
    ends(USBX_ERROR_TIMEOUT);
    EXPECT(submit(17), USBX_ERROR_INVALID_PARAM);
    EXPECT(submit(0), USBX_ERROR_INVALID_PARAM);
    EXPECT(usbx_bulk_read(device, in, data, sizeof data, LIMIT, &moved), USBX_ERROR_INVALID_PARAM);
    SAYS("1 to 16");

    OK(usbx_bulk_streams_free(device, both, 2));
    EXPECT(usbx_bulk_streams_free(device, both, 2), USBX_ERROR_INVALID_PARAM);
    EXPECT(submit(1), USBX_ERROR_INVALID_PARAM);
    EXPECT(usbx_bulk_read(device, in, data, sizeof data, LIMIT, &moved), USBX_ERROR_TIMEOUT); /* the kernel takes it again */

    /* What changes the interface ends them, here and in the kernel. */
    OK(usbx_bulk_streams_alloc(device, 4, &in, 1, &allocated));
    CHECK_NUMBER(allocated, 4);
    OK(usbx_release(device, 0));
    OK(usbx_claim(device, 0));
    EXPECT(submit(1), USBX_ERROR_INVALID_PARAM);
    OK(usbx_bulk_streams_alloc(device, 4, &in, 1, &allocated));
    OK(usbx_set_alt_setting(device, 0, 0));
    OK(usbx_bulk_streams_alloc(device, 4, &in, 1, &allocated));

    /* So does a reset by another program. */
    reset_by_another();
    OK(usbx_bulk_streams_free(device, &in, 1));
    OK(usbx_bulk_streams_alloc(device, 4, &in, 1, &allocated));
    OK(submit(1));
    reset_by_another();
    ends(USBX_ERROR_IO);
    EXPECT(submit(1), USBX_ERROR_INVALID_PARAM);
    SAYS("has none");
    OK(usbx_bulk_streams_alloc(device, 4, &in, 1, &allocated));
    OK(usbx_queue_close(queue));
    OK(usbx_close(device));
    return 0;
}
