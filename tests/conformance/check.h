/* The checks of the tests: each prints its place, the actual and the expected value if it fails, and returns whether it
 * held, so that a case can end early: `if (!EXPECT(usbx_claim(device, 0), USBX_OK)) return;`.
 * Only the main thread checks; other threads leave their results for it. */
#ifndef CHECK_H
#define CHECK_H

#include <stddef.h>
#include <usbx.h>

typedef struct {
    const char *name;
    void (*run)(void);
} test_case;

/* Runs the cases, each with a line "ok", "not ok" or "skipped". Arguments select cases by the start of their names;
 * with '-' in front they exclude cases. */
void run_cases(const test_case *cases, size_t count, int argc, char **argv);
/* Resets the counts, for a forked child. */
void begin_cases(void);
/* Prints "N passed, N failed" and returns the exit code. */
int finish_cases(void);
/* The running case cannot work on this machine. This is reported; with CI=true it is a failure. */
void skip_case(const char *reason);
/* The number of failed checks of the running case. */
int failures_of_this_case(void);
/* If set, called after a failed case, to clean up. */
extern void (*after_failure)(void);

int check_status(const char *file, int line, const char *call, usbx_status got, usbx_status expected);
int check_number(const char *file, int line, const char *what, long long got, long long expected);
int check_true(const char *file, int line, const char *what, int holds);
int check_said(const char *file, int line, const char *word);

#define EXPECT(call, expected) check_status(__FILE__, __LINE__, #call, call, expected)
#define EQUAL(got, expected) check_number(__FILE__, __LINE__, #got " == " #expected, (long long)(got), (long long)(expected))
#define CHECK(condition) check_true(__FILE__, __LINE__, #condition, (condition) ? 1 : 0)
/* Checks that the last error contains this. */
#define SAID(word) check_said(__FILE__, __LINE__, word)

#define COUNT(array) (sizeof(array) / sizeof *(array))

#endif
