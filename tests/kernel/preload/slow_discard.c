/* Stands between a program and usbfs (LD_PRELOAD) as a kernel in which the cancelling of a request takes as long as the program wants, and
 * holds up no other call. */
#include <linux/usbdevice_fs.h>
#include <pthread.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int slow, waiting;

/* From here on a discard does not return. */
void slow_discard_begin(void) {
    pthread_mutex_lock(&lock);
    slow = 1;
    pthread_mutex_unlock(&lock);
}

/* Until a thread is in one. */
void slow_discard_await(void) {
    pthread_mutex_lock(&lock);
    while (waiting == 0)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
}

/* All return; how many threads were in one. */
int slow_discard_end(void) {
    int threads;
    pthread_mutex_lock(&lock);
    threads = waiting;
    slow = 0;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    return threads;
}

int ioctl(int fd, unsigned long request, ...) {
    void *argument;
    va_list rest;
    va_start(rest, request);
    argument = va_arg(rest, void *);
    va_end(rest);
    if (request == USBDEVFS_DISCARDURB) {
        pthread_mutex_lock(&lock);
        waiting++;
        pthread_cond_broadcast(&changed);
        while (slow)
            pthread_cond_wait(&changed, &lock);
        waiting--;
        pthread_mutex_unlock(&lock);
    }
    return (int)syscall(SYS_ioctl, fd, request, argument);
}
