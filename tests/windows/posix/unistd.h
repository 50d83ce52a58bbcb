/* What the tests use beside MinGW's own. */
#ifndef POSIX_UNISTD_H
#define POSIX_UNISTD_H

#include_next <unistd.h>
#include <io.h>
#include <stdlib.h>

__declspec(dllimport) int __stdcall CreateTimerQueueTimer(void **, void *, void(__stdcall *)(void *, unsigned char), void *,
                                                          unsigned long, unsigned long, unsigned long);

static inline void __stdcall posix_alarm(void *nothing, unsigned char fired)
{
    (void)nothing, (void)fired;
    _exit(142);
}

static inline unsigned alarm(unsigned seconds)
{
    void *timer;
    CreateTimerQueueTimer(&timer, NULL, posix_alarm, NULL, 1000 * seconds, 0, 0);
    return 0;
}

/* No HANDLE to wait for: the case that waits for one is left out. */
static inline int pipe(int *fds)
{
    return _pipe(fds, 4096, 0x8000);
}

#endif
