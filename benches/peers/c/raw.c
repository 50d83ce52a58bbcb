/* usbfs by its ioctls alone: the best that the kernel allows. DEPTH 0: USBDEVFS_BULK with heap memory, submit and reap
 * of one transfer with mapped memory. $PEER_NODE is the device's node. */
#include "peer.h"

#include <fcntl.h>
#include <linux/usbdevice_fs.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

static int node;

static void *memory(void) {
    void *data;
    if (peer.mapped) {
        data = mmap(NULL, peer.size, PROT_READ | PROT_WRITE, MAP_SHARED, node, 0);
        PEER_TRY(data != MAP_FAILED);
    } else {
        PEER_TRY(posix_memalign(&data, 4096, peer.size) == 0);
    }
    memset(data, 0, peer.size);
    return data;
}

static void prepare(struct usbdevfs_urb *urb) {
    memset(urb, 0, sizeof *urb);
    urb->type = USBDEVFS_URB_TYPE_BULK;
    urb->endpoint = peer.in ? PEER_IN : PEER_OUT;
    urb->buffer = memory();
    urb->buffer_length = (int)peer.size;
}

static void submit(struct usbdevfs_urb *urb) {
    peer_fill(urb->buffer);
    PEER_TRY(ioctl(node, USBDEVFS_SUBMITURB, urb) == 0);
}

static struct usbdevfs_urb *reap(void) {
    struct usbdevfs_urb *urb;
    PEER_TRY(ioctl(node, USBDEVFS_REAPURB, &urb) == 0);
    PEER_TRY(urb->status == 0);
    return urb;
}

static void stream(void) {
    static struct usbdevfs_urb urbs[PEER_DEPTH_MAX];
    struct usbdevfs_urb *urb;
    int i, more;
    for (i = 0; i < peer.depth; i++) {
        prepare(&urbs[i]);
        submit(&urbs[i]);
    }
    for (i = 0; i < peer.depth; i++) {
        submit(reap());
    }
    peer_begin();
    do {
        urb = reap();
        more = peer_count((size_t)urb->actual_length);
        submit(urb);
    } while (more);
    peer_report();
    for (i = 0; i < peer.depth; i++) {
        reap();
    }
}

static size_t one(struct usbdevfs_urb *urb) {
    struct usbdevfs_bulktransfer bulk = {urb->endpoint, (unsigned)peer.size, PEER_TIMEOUT_MS, urb->buffer};
    if (!peer.mapped) {
        int moved = ioctl(node, USBDEVFS_BULK, &bulk);
        PEER_TRY(moved >= 0);
        return (size_t)moved;
    }
    submit(urb);
    return (size_t)reap()->actual_length;
}

static void blocking(void) {
    struct usbdevfs_urb urb;
    int i;
    prepare(&urb);
    for (i = 0; i < PEER_WARM_UP; i++) {
        one(&urb);
    }
    peer_begin();
    while (peer_count(one(&urb))) {
    }
    peer_report();
}

int main(int argc, char **argv) {
    const char *path = getenv("PEER_NODE");
    unsigned interface = PEER_INTERFACE;
    peer_arguments(argc, argv);
    PEER_TRY(path != NULL);
    PEER_TRY((node = open(path, O_RDWR | O_CLOEXEC)) >= 0);
    PEER_TRY(ioctl(node, USBDEVFS_CLAIMINTERFACE, &interface) == 0);
    if (peer.depth > 0) {
        stream();
    } else {
        blocking();
    }
    return 0;
}
