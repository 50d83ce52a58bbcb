#include "stress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int failures;

void begin_call(worker *w, const char *call)
{
    __atomic_store_n(&w->doing, call, __ATOMIC_RELAXED);
    __atomic_store_n(&w->calls, w->calls + 1, __ATOMIC_RELAXED);
}

int complain(worker *w, const char *file, int line, const char *what)
{
    __atomic_fetch_add(&failures, 1, __ATOMIC_RELAXED);
    printf("thread %u, operation %llu, %s:%d: not so: %s\n  after %s\n  last error: %s\n", w->number,
           (unsigned long long)w->operation, file, line, what, w->doing, usbx_last_error());
    return 0;
}

/* The length of the UTF-8 sequence that starts here (RFC 3629), or 0 if there is none. */
static size_t sequence(const unsigned char *at)
{
    size_t length = *at < 0x80 ? 1 : *at >= 0xc2 && *at < 0xe0 ? 2 : *at >= 0xe0 && *at < 0xf0 ? 3 : *at >= 0xf0 && *at < 0xf5 ? 4 : 0;
    size_t i;
    for (i = 1; i < length; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    return length;
}

/* What a person can read: a sentence of some length on one line. */
static int is_sentence(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    while (*at != 0) {
        size_t length = sequence(at);
        if (length == 0 || *at < ' ')
            return 0;
        at += length;
    }
    return strlen(text) >= 15 && strchr(text, ' ') != NULL;
}

static int is_known(usbx_status status)
{
    return (status <= 0 && status >= -12) || (status <= -99 && status >= -105);
}

static void print_set(unsigned allowed)
{
    usbx_status status;
    for (status = 0; status >= -105; status--)
        if (is_known(status) && allowed & BIT(status))
            printf(" %s", usbx_error_name(status));
}

void print_ends(const worker *workers)
{
    usbx_status status;
    uint64_t count;
    int i;
    for (status = 0; status >= -105; status--) {
        for (count = 0, i = 0; is_known(status) && i < WORKERS; i++)
            count += workers[i].ends[PLACE(status)];
        if (count > 0)
            printf("  %10llu %s\n", (unsigned long long)count, usbx_error_name(status));
    }
}

usbx_status end_call(worker *w, usbx_status status, unsigned allowed)
{
    const unsigned by_shutdown = INVALID_HANDLE | CLOSED | NO_DEVICE | NOT_FOUND;
    int known = is_known(status);

    if (known && w->owns && !(allowed & BIT(status)) && by_shutdown & BIT(status) && shut_down_meanwhile(w)) {
        w->lost = 1;
    } else if (!known || !(allowed & BIT(status))) {
        __atomic_fetch_add(&failures, 1, __ATOMIC_RELAXED);
        printf("thread %u, operation %llu: %s\n  returned %s (%d), allowed:", w->number, (unsigned long long)w->operation,
               w->doing, usbx_error_name(status), (int)status);
        print_set(allowed);
        printf("\n  last error: %s\n", usbx_last_error());
    }
    if (known)
        w->ends[PLACE(status)]++;
    if (status != USBX_OK)
        CHECK(w, is_sentence(usbx_last_error()));
    return status;
}
