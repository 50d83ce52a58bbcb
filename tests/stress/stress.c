/* stress SEED OPERATIONS [kernel]: see stress.h. OPERATIONS is for each of the eight threads. With "kernel" the devices are those on
 * this computer's bus with the serial numbers LAB-stress0 ... LAB-stress7, which another program plugs in and unplugs. */
#define _POSIX_C_SOURCE 200809L
#include "stress.h"

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SECONDS_WITHOUT_PROGRESS = 60 };

/* ThreadSanitizer has a thread of its own, and pipes to a program that finds names. */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define NOT_ALONE 1
#endif
#endif
#ifndef NOT_ALONE
#define NOT_ALONE 0
#endif

static const struct {
    void (*run)(worker *w);
    uint32_t weight;
} operations[] = {
    {list, 20},        {open_device, 220},  {describe, 200},      {set_up, 350},   {read_descriptor, 120},
    {control, 200},    {move, 450},         {move_isochronous, 10}, {steer, 80},   {ask, 20},
    {open_queue, 20},  {submit, 300},       {wait_for_completions, 300}, {steer_queue, 40},
    {open_stream, 80}, {stream_in, 150},    {stream_out, 150},    {look_at_stream, 60},
    {open_watch, 5},   {watch_devices, 60}, {open_capture, 1}, {look_at_capture, 10},
    {close_any, 12},   {replug, 3},         {unplug, 1},          {use_own_device, 10},
};

static worker workers[WORKERS];
static uint64_t seed, operations_each;
static int ended;

static void operate(worker *w)
{
    uint32_t total = 0, chance, i;
    w->random = random_of(seed, w->number, w->operation);
    for (i = 0; i < sizeof operations / sizeof *operations; i++)
        total += operations[i].weight;
    if (one_in(w, 40000)) {
        shut_down(w);
        return;
    }
    chance = below(w, total);
    for (i = 0; chance >= operations[i].weight; i++)
        chance -= operations[i].weight;
    operations[i].run(w);
}

static void *work(void *argument)
{
    worker *w = (worker *)argument;
    while (w->operation < operations_each && __atomic_load_n(&failures, __ATOMIC_RELAXED) == 0) {
        __atomic_store_n(&w->operation, w->operation + 1, __ATOMIC_RELAXED);
        operate(w);
    }
    __atomic_fetch_add(&ended, 1, __ATOMIC_RELEASE);
    return NULL;
}

static void say_what_each_does(void)
{
    int i;
    for (i = 0; i < WORKERS; i++)
        printf("thread %d, operation %llu, call %llu: %s\n", i,
               (unsigned long long)__atomic_load_n(&workers[i].operation, __ATOMIC_RELAXED),
               (unsigned long long)__atomic_load_n(&workers[i].calls, __ATOMIC_RELAXED),
               __atomic_load_n(&workers[i].doing, __ATOMIC_RELAXED));
}

/* Until all have ended. A thread that stays in one call for a minute hangs. */
static void watch(void)
{
    struct timespec pause = {0, 100 * 1000 * 1000};
    uint64_t seen[WORKERS] = {0};
    int still[WORKERS] = {0}, i;

    while (__atomic_load_n(&ended, __ATOMIC_ACQUIRE) < WORKERS) {
        nanosleep(&pause, NULL);
        for (i = 0; i < WORKERS; i++) {
            uint64_t now = __atomic_load_n(&workers[i].calls, __ATOMIC_RELAXED);
            still[i] = now == seen[i] ? still[i] + 1 : 0;
            seen[i] = now;
            if (still[i] >= 10 * SECONDS_WITHOUT_PROGRESS &&
                __atomic_load_n(&workers[i].operation, __ATOMIC_RELAXED) < operations_each) {
                printf("thread %d hangs\n", i);
                say_what_each_does();
                abort();
            }
        }
    }
}

static int directory_entries(const char *directory)
{
    DIR *listing = opendir(directory);
    int count = 0;
    while (listing != NULL && readdir(listing) != NULL)
        count++;
    if (listing != NULL)
        closedir(listing);
    return count;
}

static long kilobytes(const char *key)
{
    char line[256];
    long value = -1;
    FILE *status = fopen("/proc/self/status", "r");
    while (status != NULL && fgets(line, sizeof line, status) != NULL)
        if (strncmp(line, key, strlen(key)) == 0)
            value = strtol(line + strlen(key) + 1, NULL, 10);
    if (status != NULL)
        fclose(status);
    return value;
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* As many as at the beginning, within ten seconds: a thread that reads the strings of a device ends when it has them. */
static int entries_at_the_end(const char *directory, int expected)
{
    const struct timespec pause = {0, 10 * 1000 * 1000};
    double deadline = seconds_now() + 10;
    int count;
    while ((count = directory_entries(directory)) != expected && seconds_now() < deadline)
        nanosleep(&pause, NULL);
    return count;
}

static int same(const char *what, long long got, long long expected)
{
    if (got == expected)
        return 1;
    printf("%s: %lld, and not %lld\n", what, got, expected);
    return 0;
}


int main(int argc, char **argv)
{
    pthread_t threads[WORKERS];
    uint64_t calls = 0;
    size_t leaked, expected;
    unsigned i;
    int descriptors, tasks, good;
    double begin = seconds_now();

    if (argc < 3) {
        fprintf(stderr, "usage: stress SEED OPERATIONS [kernel]\n");
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    seed = strtoull(argv[1], NULL, 0);
    operations_each = strtoull(argv[2], NULL, 0);
    printf("seed %llu, %d threads with %llu operations each\n", (unsigned long long)seed, WORKERS,
           (unsigned long long)operations_each);
    if (argc > 3 && strcmp(argv[3], "kernel") == 0)
        use_kernel();
    descriptors = directory_entries("/proc/self/fd");
    tasks = directory_entries("/proc/self/task");

    for (i = 0; i < DEVICES && !target.on_kernel; i++)
        plug_in(&workers[0], i);
    for (i = 0; i < WORKERS; i++) {
        workers[i].number = i;
        workers[i].doing = "nothing yet";
        if (pthread_create(&threads[i], NULL, work, &workers[i]) != 0)
            abort();
    }
    watch();
    for (i = 0; i < WORKERS; i++) {
        pthread_join(threads[i], NULL);
        calls += workers[i].calls;
    }

    last_shutdown(&leaked, &expected);
    good = same("handles that were open at the end", (long long)leaked, (long long)expected);
    good &= NOT_ALONE || same("descriptors at the end", entries_at_the_end("/proc/self/fd", descriptors), descriptors);
    good &= NOT_ALONE || same("threads at the end", entries_at_the_end("/proc/self/task", tasks), tasks);
    printf("%llu calls in %.1f s; %llu handles were open at the end; memory %ld KiB, peak %ld\n", (unsigned long long)calls,
           seconds_now() - begin, (unsigned long long)leaked, kilobytes("VmRSS:"), kilobytes("VmHWM:"));
    print_ends(workers);
    good &= failures == 0;
    printf("seed %llu: %s\n", (unsigned long long)seed, good ? "passed" : "FAILED");
    return good ? 0 : 1;
}
