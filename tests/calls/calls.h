/* Every function that takes a handle, each called with arguments that are right, the handle apart. */
#ifndef CALLS_H
#define CALLS_H

#include "check.h"

typedef enum { DEVICE, VIRTUAL, QUEUE, STREAM, WATCH, KINDS } handle_kind;

typedef struct {
    const char *name;
    handle_kind kind;
    usbx_status (*call)(void *handle);
} handle_call;

extern const handle_call handle_calls[];
extern const size_t handle_call_count;

/* Open handles, by kind: usbx_submit takes two. */
extern void *open_handles[KINDS];

int closes(const handle_call *call); /* NULL is no mistake to it */

/* Makes the call with this handle, of whatever kind it is, and expects that it fails so, with all results zero, with the
 * caller's buffers as they were, and with a sentence about it. */
void expect_refused(const handle_call *call, const void *handle, const char *which, usbx_status expected);

#endif
