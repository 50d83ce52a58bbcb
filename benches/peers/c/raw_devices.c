/* usbfs by its ioctls alone, IN from all devices at once: the lower bound of mode "devices". One thread, one epoll loop, mapped
 * memory. $PEER_NODES are the devices' nodes. */
#include "peer.h"

#include <fcntl.h>
#include <linux/usbdevice_fs.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

static int nodes[PEER_DEVICES_MAX];
static uint64_t warm_up;

static int open_node(const char *path) {
    unsigned interface = PEER_INTERFACE;
    int node = open(path, O_RDWR | O_CLOEXEC);
    PEER_TRY(node >= 0);
    PEER_TRY(ioctl(node, USBDEVFS_CLAIMINTERFACE, &interface) == 0);
    return node;
}

static void start(int node) {
    static struct usbdevfs_urb urbs[PEER_DEVICES_MAX * PEER_DEPTH_MAX], *urb = urbs;
    int i;
    for (i = 0; i < peer.depth; i++, urb++) {
        urb->type = USBDEVFS_URB_TYPE_BULK;
        urb->endpoint = PEER_IN;
        urb->buffer = mmap(NULL, peer.size, PROT_READ | PROT_WRITE, MAP_SHARED, node, 0);
        PEER_TRY(urb->buffer != MAP_FAILED);
        memset(urb->buffer, 0, peer.size);
        urb->buffer_length = (int)peer.size;
        PEER_TRY(ioctl(node, USBDEVFS_SUBMITURB, urb) == 0);
    }
}

/* Takes complete transfers of a device, but no more than were in flight, so that the others have their turn. */
static int take(int device) {
    struct usbdevfs_urb *urb;
    int more = 1, i;
    for (i = 0; i < peer.depth && ioctl(nodes[device], USBDEVFS_REAPURBNDELAY, &urb) == 0; i++) {
        PEER_TRY(urb->status == 0);
        if (warm_up > 0) {
            if (--warm_up == 0) {
                peer_begin();
            }
        } else if (!peer_count_of(device, (size_t)urb->actual_length)) {
            more = 0;
        }
        PEER_TRY(ioctl(nodes[device], USBDEVFS_SUBMITURB, urb) == 0);
    }
    return more;
}

int main(int argc, char **argv) {
    struct epoll_event events[PEER_DEVICES_MAX];
    char *list = getenv("PEER_NODES"), *path;
    int poll, ready, i, found = 0, more = 1;
    peer_arguments(argc, argv);
    PEER_TRY(peer.devices && list && peer.depth > 0);
    PEER_TRY((poll = epoll_create1(EPOLL_CLOEXEC)) >= 0);
    for (path = strtok(list, " "); path; path = strtok(NULL, " "), found++) {
        PEER_TRY(found < peer.devices);
        nodes[found] = open_node(path);
        events[0].events = EPOLLOUT; /* usbfs is writable when something is complete */
        events[0].data.u32 = (uint32_t)found;
        PEER_TRY(epoll_ctl(poll, EPOLL_CTL_ADD, nodes[found], events) == 0);
    }
    PEER_TRY(found == peer.devices);
    warm_up = (uint64_t)peer.depth * (uint64_t)peer.devices;
    for (i = 0; i < peer.devices; i++) {
        start(nodes[i]);
    }
    while (more) {
        PEER_TRY((ready = epoll_wait(poll, events, PEER_DEVICES_MAX, -1)) > 0);
        for (i = 0; i < ready; i++) {
            more &= take((int)events[i].data.u32);
        }
    }
    peer_report();
    return 0;
}
