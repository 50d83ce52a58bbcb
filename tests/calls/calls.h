/* Every function that takes a handle, called with valid arguments except for the handle. */
#ifndef CALLS_H
#define CALLS_H

#include "check.h"

typedef enum { DEVICE, VIRTUAL, QUEUE, STREAM, WATCH, CAPTURE, SHARE, KINDS } handle_kind;

typedef struct {
    const char *name;
    handle_kind kind;
    usbx_status (*call)(void *handle);
} handle_call;

extern const handle_call handle_calls[];
extern const size_t handle_call_count;

/* Open handles, by kind: usbx_submit takes two. */
extern void *open_handles[KINDS];

int closes(const handle_call *call); /* it accepts NULL */

/* Makes the call with this handle, of any kind, and expects this failure, with all results zero, with the caller's buffers
 * unchanged, and with a message. */
void expect_refused(const handle_call *call, const void *handle, const char *which, usbx_status expected);

#endif
