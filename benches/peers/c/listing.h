/* What it costs to find devices: the first list of a process with what goes before it, further lists when nothing has changed, opening
 * by IDs with a claim and a close, and a claim of an interface that another handle holds. Each program prints the four in microseconds;
 * of the last three, medians. With an argument it prints what the first opening of a process takes, with what goes before it. */
#ifndef LISTING_H
#define LISTING_H
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { TIMES = 51, VENDOR = 0x0525, PRODUCT = 0xa4a0 };

/* For what must succeed, with its side effects. */
#define NEED(call)                                                                                                     \
    do {                                                                                                               \
        if (!(call)) {                                                                                                 \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #call);                                                 \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec * 1e-3;
}

static int order(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median_of(void (*call)(void)) {
    double times[TIMES];
    int i;
    for (i = 0; i < TIMES; i++) {
        double start = now();
        call();
        times[i] = now() - start;
    }
    qsort(times, TIMES, sizeof *times, order);
    return times[TIMES / 2];
}

/* The same, once. */
static int report_first(void (*init)(void), void (*open)(void)) {
    double start = now();
    init();
    open();
    printf("%.0f\n", now() - start);
    return 0;
}

static int report(double first, void (*list)(void), void (*open)(void), void (*refused)(void)) {
    double again = median_of(list), opened = median_of(open);
    printf("%.0f %.0f %.0f %.0f\n", first, again, opened, median_of(refused));
    return 0;
}
#endif
