/* Bad arguments, by what they are given to. */
#ifndef BAD_ARGUMENTS_H
#define BAD_ARGUMENTS_H

#include "calls.h"
#include "fixture.h"

#include <string.h>

/* Fails with this status, and a message. */
#define REFUSED(call, expected)                \
    do {                                       \
        if (EXPECT(call, expected))            \
            CHECK(strlen(usbx_last_error()) > 10); \
    } while (0)
#define INVALID(call) REFUSED(call, USBX_ERROR_INVALID_PARAM)
#define NOT_UTF8 "abc\xff\xfe"

/* The same, and the count is this number. */
#define COUNTS(call, status, number) \
    do {                             \
        count = 99;                  \
        REFUSED(call, status);       \
        EQUAL(count, number);        \
    } while (0)

/* A handle that is none. */
void *token(uint64_t value);

/* Runs the cases of its file. */
void handles(int argc, char **argv);
void queues_and_streams(int argc, char **argv);
void software_devices(int argc, char **argv);
void shares_and_remote_devices(int argc, char **argv);

#endif
