/* Stands between a program and usbfs (LD_PRELOAD) as an old kernel, a controller without scatter-gather, or a system whose mapped memory
 * is another one would. LAB_LIMITS names one:
 *   pieces    the controller has no scatter-gather: a longer bulk request than 16 KiB, but in mapped memory, is refused
 *   old       besides, the kernel takes no longer request at all, and knows neither zero packets nor mapped memory; it gives nothing back
 *             after a disconnect
 *   unasked   the same kernel with zero packets; it cannot be asked for what it can do
 *   unmapped  mapping fails, though the kernel says that it can do that
 *   arm       the system is an ARM one, and its mapping is right
 *   wrong     the same, but what is mapped is other memory
 *   early     an ARM system whose kernel maps wrong memory, which must not be tried */
#include <errno.h>
#include <linux/usbdevice_fs.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { MOST = 16 * 1024, PAGE = 4096, USB_DEVICE_MAJOR = 189, MAPPINGS = 1024, BULK = USBDEVFS_URB_TYPE_BULK };

/* What the program has been shown, and what the kernel uses. */
static struct {
    char *shown, *used;
    size_t length;
} mappings[MAPPINGS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static size_t asked, mapped, longest;

/* For the program: how often it was asked for what it can do, what was mapped, and the longest request that is not in mapped memory. */
void limits_seen(size_t seen[3]) {
    pthread_mutex_lock(&lock);
    seen[0] = asked;
    seen[1] = mapped;
    seen[2] = longest;
    pthread_mutex_unlock(&lock);
}

static int is(const char *name) {
    const char *limits = getenv("LAB_LIMITS");
    return limits != NULL && strcmp(limits, name) == 0;
}

static int is_old(void) { return is("old") || is("unasked"); }

static int is_usbfs(int fd) {
    struct stat info;
    return fd >= 0 && fstat(fd, &info) == 0 && S_ISCHR(info.st_mode) && major(info.st_rdev) == USB_DEVICE_MAJOR;
}

static int fails(int error) {
    errno = error;
    return -1;
}

static int ask(int fd, unsigned *answer) {
    pthread_mutex_lock(&lock);
    asked++;
    pthread_mutex_unlock(&lock);
    if (is("unasked"))
        return fails(ENOTTY);
    if (syscall(SYS_ioctl, fd, USBDEVFS_GET_CAPABILITIES, answer) != 0)
        return -1;
    if (is("pieces") || is_old())
        *answer &= ~(unsigned)USBDEVFS_CAP_BULK_SCATTER_GATHER;
    if (is_old())
        *answer &= USBDEVFS_CAP_BULK_CONTINUATION;
    return 0;
}

/* Where the kernel has what the program sees there; NULL if it is not mapped. */
static char *used_for(char *shown) {
    char *used = NULL;
    size_t i;
    for (i = 0; i < MAPPINGS; i++)
        if (shown >= mappings[i].shown && shown < mappings[i].shown + mappings[i].length)
            used = mappings[i].used + (shown - mappings[i].shown);
    return used;
}

static int submit(int fd, struct usbdevfs_urb *urb) {
    size_t setup = urb->type == USBDEVFS_URB_TYPE_CONTROL ? 8 : 0, length = (size_t)urb->buffer_length;
    char *buffer = urb->buffer, *used;
    int result;
    pthread_mutex_lock(&lock);
    used = length > setup ? used_for(buffer + setup) : NULL;
    if (used == NULL && urb->type == BULK && length > longest)
        longest = length;
    pthread_mutex_unlock(&lock);
    if (((is("pieces") && urb->type == BULK && used == NULL) || (is_old() && urb->type != USBDEVFS_URB_TYPE_ISO)) && length > MOST)
        return fails(EINVAL);
    if (is("old") && (urb->flags & USBDEVFS_URB_ZERO_PACKET))
        return fails(EINVAL);
    if (used != NULL && used != buffer + setup) {
        memcpy(used - setup, buffer, setup);
        urb->buffer = used - setup;
    }
    result = (int)syscall(SYS_ioctl, fd, USBDEVFS_SUBMITURB, urb);
    urb->buffer = buffer;
    return result;
}

int ioctl(int fd, unsigned long request, ...) {
    struct pollfd node = {0, POLLOUT, 0};
    void *argument;
    va_list rest;
    va_start(rest, request);
    argument = va_arg(rest, void *);
    va_end(rest);
    if (request == USBDEVFS_GET_CAPABILITIES)
        return ask(fd, argument);
    if (request == USBDEVFS_SUBMITURB)
        return submit(fd, argument);
    node.fd = fd;
    if (request == USBDEVFS_REAPURBNDELAY && is_old() && poll(&node, 1, 0) == 1 && (node.revents & POLLERR))
        return fails(ENODEV);
    return (int)syscall(SYS_ioctl, fd, request, argument);
}

static void *map(void *place, size_t length, int protection, int flags, int fd, off_t offset) {
    return (void *)syscall(SYS_mmap, place, length, protection, flags, fd, offset);
}

void *mmap(void *place, size_t length, int protection, int flags, int fd, off_t offset) {
    const int private = MAP_PRIVATE | MAP_ANONYMOUS;
    char *shown, *used;
    size_t i;
    if (!is_usbfs(fd))
        return map(place, length, protection, flags, fd, offset);
    if (is("early"))
        abort();
    if (is_old() || is("unmapped")) {
        errno = ENODEV;
        return MAP_FAILED;
    }
    if (is("wrong")) {
        /* With a page in front of it, where a setup packet may be. */
        used = map(NULL, PAGE + length, PROT_READ | PROT_WRITE, private, -1, 0);
        if (used == MAP_FAILED || map(used + PAGE, length, protection, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED)
            return MAP_FAILED;
        used += PAGE;
        shown = map(place, length, protection, private | (flags & MAP_FIXED), -1, 0);
    } else {
        used = shown = map(place, length, protection, flags, fd, offset);
    }
    if (shown == MAP_FAILED)
        return shown;
    pthread_mutex_lock(&lock);
    mapped += length;
    for (i = 0; i < MAPPINGS && mappings[i].length != 0; i++) {
    }
    if (i < MAPPINGS) {
        mappings[i].shown = shown;
        mappings[i].used = used;
        mappings[i].length = length;
    }
    pthread_mutex_unlock(&lock);
    return shown;
}

int munmap(void *place, size_t length) {
    char *start = place;
    size_t i;
    pthread_mutex_lock(&lock);
    for (i = 0; i < MAPPINGS; i++) {
        if (mappings[i].length == 0 || mappings[i].shown < start || mappings[i].shown >= start + length)
            continue;
        if (mappings[i].used != mappings[i].shown)
            syscall(SYS_munmap, mappings[i].used - PAGE, PAGE + mappings[i].length);
        mappings[i].length = 0;
    }
    pthread_mutex_unlock(&lock);
    return (int)syscall(SYS_munmap, place, length);
}

int uname(struct utsname *name) {
    if (syscall(SYS_uname, name) != 0)
        return -1;
    if (is("arm") || is("wrong") || is("early")) {
        strcpy(name->machine, "aarch64");
        strcpy(name->release, is("early") ? "5.4.0" : "6.1.0");
    }
    return 0;
}
