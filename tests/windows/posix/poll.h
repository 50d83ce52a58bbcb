/* poll() for what usbx_*_fd gives on Windows: the HANDLE of an event, of which a program waits as follows. */
#ifndef POSIX_POLL_H
#define POSIX_POLL_H

#include <stdint.h>

enum { POLLIN = 1, POLLOUT = 4 };

struct pollfd {
    int fd;
    short events, revents;
};

__declspec(dllimport) unsigned long __stdcall WaitForMultipleObjects(unsigned long, void *const *, int, unsigned long);
__declspec(dllimport) unsigned long __stdcall WaitForSingleObject(void *, unsigned long);

static inline int poll(struct pollfd *fds, unsigned long count, int timeout_ms)
{
    void *handles[64];
    unsigned long i;
    int ready = 0;
    for (i = 0; i < count && i < 64; i++)
        handles[i] = (void *)(intptr_t)fds[i].fd;
    if (WaitForMultipleObjects(i, handles, 0, timeout_ms < 0 ? 0xffffffff : (unsigned long)timeout_ms) == 0xffffffff)
        return -1;
    for (i = 0; i < count && i < 64; i++) {
        fds[i].revents = WaitForSingleObject(handles[i], 0) == 0 ? (short)(fds[i].events & POLLIN) : 0;
        ready += fds[i].revents != 0;
    }
    return ready;
}

#endif
