#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void (*after_failure)(void);
static int passed, failed, skipped, failures_of_case;
static const char *skip_reason;

static int fail(const char *file, int line, const char *what)
{
    failures_of_case++;
    printf("# %s:%d: %s\n", file, line, what);
    return 0;
}

int check_status(const char *file, int line, const char *call, usbx_status got, usbx_status expected)
{
    if (got == expected)
        return 1;
    fail(file, line, call);
    printf("#   got %s (%d), expected %s; last error: %s\n", usbx_error_name(got), got, usbx_error_name(expected),
           usbx_last_error());
    return 0;
}

int check_number(const char *file, int line, const char *what, long long got, long long expected)
{
    if (got == expected)
        return 1;
    fail(file, line, what);
    printf("#   got %lld, expected %lld; last error: %s\n", got, expected, usbx_last_error());
    return 0;
}

int check_true(const char *file, int line, const char *what, int holds)
{
    if (holds)
        return 1;
    fail(file, line, what);
    printf("#   does not hold; last error: %s\n", usbx_last_error());
    return 0;
}

int check_said(const char *file, int line, const char *word)
{
    if (strstr(usbx_last_error(), word) != NULL)
        return 1;
    fail(file, line, word);
    printf("#   is not said by the last error: %s\n", usbx_last_error());
    return 0;
}

int failures_of_this_case(void)
{
    return failures_of_case;
}

void skip_case(const char *reason)
{
    skip_reason = reason;
}

static int begins_with(const char *name, const char *beginning)
{
    return strncmp(name, beginning, strlen(beginning)) == 0;
}

static int selected(const char *name, int argc, char **argv)
{
    int i, chosen = 0, choices = 0;
    for (i = 1; i < argc; i++) {
        if (argv[i][0] == '-') {
            if (begins_with(name, argv[i] + 1))
                return 0;
            continue;
        }
        choices++;
        chosen = chosen || begins_with(name, argv[i]);
    }
    return chosen || choices == 0;
}

void run_cases(const test_case *cases, size_t count, int argc, char **argv)
{
    const char *ci = getenv("CI");
    int strict = ci != NULL && strcmp(ci, "true") == 0;
    size_t i;

    setvbuf(stdout, NULL, _IOLBF, 0);
    for (i = 0; i < count; i++) {
        if (!selected(cases[i].name, argc, argv))
            continue;
        failures_of_case = 0;
        skip_reason = NULL;
        cases[i].run();
        if (skip_reason != NULL && failures_of_case == 0) {
            printf("skipped %s: %s%s\n", cases[i].name, skip_reason, strict ? " (a failure, as CI=true)" : "");
            skipped++;
            failed += strict;
        } else {
            printf("%s %s\n", failures_of_case ? "not ok" : "ok", cases[i].name);
            failures_of_case ? failed++ : passed++;
        }
        if (failures_of_case && after_failure != NULL)
            after_failure();
    }
}

void begin_cases(void)
{
    passed = failed = skipped = 0;
}

int finish_cases(void)
{
    if (passed + failed + skipped == 0) {
        printf("no case has that name\n");
        failed = 1;
    }
    if (skipped > 0)
        printf("%d SKIPPED\n", skipped);
    printf("%d passed, %d failed\n", passed, failed);
    return failed ? 1 : 0;
}
