/* A slot keeps a closed handle until there is a new one: threads use closed handles, and close handles that others use. */
#define _POSIX_C_SOURCE 200809L
#include "stress.h"

#include <pthread.h>

static void *slots[KINDS][SLOTS];
static uint64_t opened_so_far, closed_so_far, leaked_so_far;
static uint64_t shutdowns_begun, shutdowns_ended;
/* Threads that close queues take it shared. A thread that holds it exclusively knows that no queue is being closed. */
static pthread_rwlock_t closing = PTHREAD_RWLOCK_INITIALIZER;

static void *forged(worker *w, handle_kind kind)
{
    uintptr_t real = (uintptr_t)__atomic_load_n(&slots[kind][below(w, SLOTS)], __ATOMIC_RELAXED);
    switch (below(w, 7)) {
    case 0:
        return (void *)(uintptr_t)(uint32_t)real; /* as a program without prototypes cuts it */
    case 1:
        return (void *)(real | (uintptr_t)1 << 60); /* no handle reaches 2^53 */
    case 2:
        return (void *)(uintptr_t)(1 + below(w, 64));
    case 3:
        return (void *)UINTPTR_MAX;
    case 4:
        return (void *)((uintptr_t)w | (uintptr_t)1 << 62);
    default:
        return NULL;
    }
}

chosen choose(worker *w, handle_kind kind)
{
    chosen handle;
    uint32_t way = below(w, 20);
    if (way == 0) {
        handle.token = forged(w, kind);
        handle.wrong = 1;
    } else if (way == 1) {
        handle.token = __atomic_load_n(&slots[(kind + 1 + below(w, KINDS - 1)) % KINDS][below(w, SLOTS)], __ATOMIC_RELAXED);
        handle.wrong = 1;
    } else {
        handle.token = __atomic_load_n(&slots[kind][below(w, SLOTS)], __ATOMIC_RELAXED);
        handle.wrong = handle.token == NULL;
    }
    return handle;
}

unsigned of(chosen handle, unsigned allowed)
{
    return handle.wrong ? INVALID_HANDLE : allowed | INVALID_HANDLE | CLOSED;
}

void opened(void)
{
    __atomic_fetch_add(&opened_so_far, 1, __ATOMIC_RELAXED);
}

static usbx_status close_kind(worker *w, handle_kind kind, void *handle, unsigned allowed)
{
    switch (kind) {
    case DEVICE:
        return TRY(w, allowed, usbx_close(handle));
    case STREAM:
        return TRY(w, allowed, usbx_stream_close(handle));
    case VIRTUAL:
        return TRY(w, allowed, usbx_virtual_close(handle));
    case WATCH:
        return TRY(w, allowed, usbx_watch_close(handle));
    case CAPTURE: {
        /* It is closed, too, when it says that records were dropped. */
        unsigned dropped = allowed & OK_ && handle != NULL ? OVERFLOW : 0;
        usbx_status status = TRY(w, allowed | dropped, usbx_capture_close(handle));
        return status == USBX_ERROR_OVERFLOW ? USBX_OK : status;
    }
    default:
        return TRY(w, allowed, usbx_queue_close(handle));
    }
}

static usbx_status close_with(worker *w, handle_kind kind, void *handle, unsigned allowed)
{
    usbx_status status;
    pthread_rwlock_rdlock(&closing);
    status = close_kind(w, kind, handle, allowed);
    if (status == USBX_OK && handle != NULL) {
        __atomic_fetch_add(&closed_so_far, 1, __ATOMIC_RELAXED);
        if (kind == QUEUE)
            queue_was_closed(handle);
    }
    pthread_rwlock_unlock(&closing);
    return status;
}

usbx_status close_handle(worker *w, handle_kind kind, void *handle)
{
    return close_with(w, kind, handle, handle == NULL ? OK_ : OK_ | INVALID_HANDLE);
}

void keep(worker *w, handle_kind kind, unsigned slot, void *handle)
{
    void *old = __atomic_load_n(&slots[kind][slot], __ATOMIC_RELAXED);
    close_handle(w, kind, old);
    if (!__atomic_compare_exchange_n(&slots[kind][slot], &old, handle, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        close_handle(w, kind, handle);
}

void close_any(worker *w)
{
    handle_kind kind = (handle_kind)below(w, KINDS);
    chosen handle = choose(w, kind);
    if (handle.wrong)
        close_with(w, kind, handle.token, handle.token == NULL ? OK_ : INVALID_HANDLE);
    else
        close_handle(w, kind, handle.token);
}

void shut_down(worker *w)
{
    size_t leaked = 77;
    pthread_rwlock_rdlock(&closing);
    __atomic_fetch_add(&shutdowns_begun, 1, __ATOMIC_SEQ_CST);
    TRY(w, OK_, usbx_shutdown(&leaked));
    __atomic_fetch_add(&shutdowns_ended, 1, __ATOMIC_SEQ_CST);
    __atomic_fetch_add(&leaked_so_far, leaked, __ATOMIC_RELAXED);
    pthread_rwlock_unlock(&closing);
    pthread_rwlock_wrlock(&closing);
    queues_were_closed(w);
    pthread_rwlock_unlock(&closing);
}

int shut_down_meanwhile(const worker *w)
{
    return __atomic_load_n(&shutdowns_begun, __ATOMIC_SEQ_CST) > w->shutdowns;
}

void wait_for_shutdowns(void)
{
    pthread_rwlock_wrlock(&closing);
    pthread_rwlock_unlock(&closing);
}

void own_from_now(worker *w)
{
    w->shutdowns = __atomic_load_n(&shutdowns_ended, __ATOMIC_SEQ_CST);
    w->owns = 1;
    w->lost = 0;
}

void last_shutdown(size_t *leaked, size_t *expected)
{
    usbx_shutdown(leaked);
    *expected = (size_t)(opened_so_far - closed_so_far - leaked_so_far);
}
