/* Lack of file descriptors, threads and address space: each call returns USBX_ERROR_NO_MEM with a helpful message, leaves nothing
 * behind, and works again when there is enough. Also, large numbers of handles and opens. */
#define _GNU_SOURCE
#include "queue_fixture.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum { HANDLES = 1000, PORTS = 255, MOST_DESCRIPTORS = 4096 };

static int cycles = 10000;
static usbx_device *device;

static usbx_status open_device(void **handle)
{
    return usbx_open(ACQ_VENDOR_ID, ACQ_PRODUCT_ID, NULL, (usbx_device **)handle);
}
static usbx_status close_device(void *handle) { return usbx_close((usbx_device *)handle); }
static usbx_status open_a_queue(void **handle) { return usbx_queue_open((usbx_queue **)handle); }
static usbx_status close_queue(void *handle) { return usbx_queue_close((usbx_queue *)handle); }
static usbx_status open_with(uint32_t flags, void **handle)
{
    usbx_stream_options options;
    memset(&options, 0, sizeof options);
    options.flags = flags;
    return usbx_stream_open(device, ACQ_STATUS, &options, (usbx_stream **)handle);
}
static usbx_status open_a_stream(void **handle) { return open_with(0, handle); }
static usbx_status open_exact(void **handle) { return open_with(USBX_STREAM_EXACT_TIME, handle); }
static usbx_status close_stream(void *handle) { return usbx_stream_close((usbx_stream *)handle); }
static usbx_status open_a_watch(void **handle) { return usbx_watch_open(0, 0, (usbx_watch **)handle); }
static usbx_status close_watch(void *handle) { return usbx_watch_close((usbx_watch *)handle); }

static usbx_status open_a_capture(void **handle) { return usbx_capture_open("/dev/null", NULL, (usbx_capture **)handle); }
static usbx_status close_capture(void *handle) { return usbx_capture_close((usbx_capture *)handle); }

static uint8_t bytes[PACKET];

/* A queue's first transfer needs descriptors too. */
static usbx_status open_used_queue(void **handle)
{
    usbx_transfer transfer = make_transfer(ACQ_STATUS, bytes, ACQ_STATUS_SIZE);
    usbx_status status = usbx_queue_open((usbx_queue **)handle);
    if (status == USBX_OK && (status = usbx_submit(device, (usbx_queue *)*handle, &transfer, NULL)) != USBX_OK) {
        char said[512];
        snprintf(said, sizeof said, "%s", usbx_last_error());
        usbx_queue_close((usbx_queue *)*handle);
        *handle = NULL;
        CHECK(strstr(said, "ulimit -n") != NULL);
    }
    return status;
}

static const struct {
    const char *name;
    usbx_status (*open)(void **);
    usbx_status (*close)(void *);
    int descriptors; /* that it needs */
} kinds[] = {
    {"device", open_device, close_device, 0}, {"queue", open_a_queue, close_queue, 3},
    {"queue in use", open_used_queue, close_queue, 4}, {"stream", open_a_stream, close_stream, 3},
    {"stream with exact time", open_exact, close_stream, 6}, {"watch", open_a_watch, close_watch, 7},
    {"capture", open_a_capture, close_capture, 2},
};

/* With so many descriptors left each kind is opened as often as that allows, refused in words, and opened again. */
static void descriptors_run_out(void)
{
    static int filler[MOST_DESCRIPTORS];
    void *handle;
    size_t kind;
    int left, count, before;
    struct rlimit limit;
    device = claim_test_device();
    EXPECT(open_used_queue(&handle), USBX_OK); /* what is made once and stays, the device's timer, is made */
    EXPECT(close_queue(handle), USBX_OK);
    EQUAL(getrlimit(RLIMIT_NOFILE, &limit), 0);
    if (limit.rlim_cur > MOST_DESCRIPTORS)
        limit.rlim_cur = MOST_DESCRIPTORS;
    EQUAL(setrlimit(RLIMIT_NOFILE, &limit), 0);
    before = directory_entries("/proc/self/fd");
    for (kind = 0; kind < COUNT(kinds); kind++) {
        for (left = 0; left <= kinds[kind].descriptors; left++) {
            usbx_status status;
            for (count = 0; count < MOST_DESCRIPTORS && (filler[count] = open("/dev/null", O_RDONLY)) >= 0; count++) {
            }
            EQUAL(errno, EMFILE);
            for (int i = 0; i < left; i++)
                close(filler[--count]);
            handle = &count;
            status = kinds[kind].open(&handle);
            if (left >= kinds[kind].descriptors) {
                if (!EQUAL(status, USBX_OK))
                    printf("#   a %s, with %d descriptors left\n", kinds[kind].name, left);
                EXPECT(kinds[kind].close(handle), USBX_OK);
            } else {
                if (!EQUAL(status, USBX_ERROR_NO_MEM))
                    printf("#   a %s, with %d descriptors left\n", kinds[kind].name, left);
                CHECK(handle == NULL);
                if (kinds[kind].open != open_used_queue)
                    SAID("ulimit -n");
            }
            while (count > 0)
                close(filler[--count]);
            EQUAL(directory_entries("/proc/self/fd"), before);
        }
        EXPECT(kinds[kind].open(&handle), USBX_OK);
        EXPECT(kinds[kind].close(handle), USBX_OK);
    }
    /* Listing needs one, and blocking transfers none. */
    EXPECT(usbx_bulk_write(device, ACQ_LOOP_OUT, "still", 5, LONG, NULL), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

/* As pthread_create of the library and of this program; EAGAIN is what a limit on processes gives, to others than root. */
static atomic_int no_threads;
int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument)
{
    static int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    if (atomic_load(&no_threads))
        return EAGAIN;
    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
    return real(thread, attributes, run, argument);
}

static void threads_run_out(void)
{
    void *stream = NULL;
    usbx_chunk chunk;
    int before;
    device = claim_test_device();
    before = directory_entries("/proc/self/fd");
    EXPECT(open_a_stream(&stream), USBX_OK);
    EXPECT(close_stream(stream), USBX_OK);
    before = directory_entries("/proc/self/fd");
    atomic_store(&no_threads, 1);
    EXPECT(open_exact(&stream), USBX_ERROR_NO_MEM);
    SAID("thread");
    CHECK(stream == NULL);
    EXPECT(open_a_capture(&stream), USBX_ERROR_NO_MEM);
    SAID("thread");
    CHECK(stream == NULL);
    EQUAL(directory_entries("/proc/self/fd"), before);
    EXPECT(open_a_stream(&stream), USBX_OK); /* which needs none */
    EXPECT(close_stream(stream), USBX_OK);
    atomic_store(&no_threads, 0);
    EXPECT(open_exact(&stream), USBX_OK);
    EXPECT(usbx_stream_next((usbx_stream *)stream, LONG, &chunk), USBX_OK);
    EXPECT(close_stream(stream), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

/* A stream that asks for more than the process may have. */
static void address_space_runs_out(void)
{
    struct rlimit old, limit;
    usbx_stream_options options;
    usbx_stream *stream = NULL;
    device = claim_test_device();
    EQUAL(getrlimit(RLIMIT_AS, &old), 0);
    limit = old;
    limit.rlim_cur = (rlim_t)1 << 30;
    EQUAL(setrlimit(RLIMIT_AS, &limit), 0);
    memset(&options, 0, sizeof options);
    options.size = 16 << 20;
    options.depth = 1024;
    EXPECT(usbx_stream_open(device, ACQ_LOOP_IN, &options, &stream), USBX_ERROR_NO_MEM);
    SAID("memory");
    CHECK(stream == NULL);
    EXPECT(usbx_stream_open(device, ACQ_LOOP_IN, NULL, &stream), USBX_OK);
    EQUAL(setrlimit(RLIMIT_AS, &old), 0);
    EXPECT(usbx_stream_close(stream), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

static void a_thousand_handles(void)
{
    static void *handles[HANDLES];
    static size_t of[HANDLES];
    usbx_virtual *plugged = NULL;
    struct rlimit limit, old;
    size_t leaked = 0;
    int i;
    device = claim_test_device();
    EQUAL(getrlimit(RLIMIT_NOFILE, &old), 0);
    limit = old;
    limit.rlim_cur = limit.rlim_max;
    EQUAL(setrlimit(RLIMIT_NOFILE, &limit), 0);
    for (i = 0; i < HANDLES; i++) {
        of[i] = (size_t)i % 4; /* devices, queues, queues in use, streams */
        if (!EXPECT(kinds[of[i]].open(&handles[i]), USBX_OK)) {
            printf("#   handle %d, a %s\n", i, kinds[of[i]].name);
            break;
        }
    }
    while (usbx_virtual_open("acquisition", "more", &plugged) == USBX_OK) {
    }
    SAID("255");
    EXPECT(usbx_open(ACQ_VENDOR_ID, ACQ_PRODUCT_ID, "more", (usbx_device **)&handles[0]), USBX_OK);
    EXPECT(usbx_bulk_write(device, ACQ_LOOP_OUT, "many", 4, LONG, NULL), USBX_OK);
    EXPECT(usbx_bulk_read(device, ACQ_LOOP_IN, bytes, PACKET, LONG, NULL), USBX_OK);
    CHECK(memcmp(bytes, "many", 4) == 0);
    EXPECT(usbx_shutdown(&leaked), USBX_OK);
    EQUAL(leaked, 1 + i + PORTS + 1);
    start_over();
    EQUAL(setrlimit(RLIMIT_NOFILE, &old), 0);
}

static long resident(void)
{
    long pages = -1;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file != NULL && fscanf(file, "%*d %ld", &pages) != 1)
        pages = -1;
    if (file != NULL)
        fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* After the first hundred, which find their memory, opening and closing takes no more. */
static void opening_and_closing(void)
{
    int descriptors = 0, i;
    long before = 0;
    size_t kind;
    device = claim_test_device();
    for (kind = 0; kind < COUNT(kinds); kind++) {
        for (i = 0; i < cycles; i++) {
            void *handle = NULL;
            if (i == 100 || i == 0) {
                descriptors = directory_entries("/proc/self/fd");
                before = resident();
            }
            if (kinds[kind].open(&handle) != USBX_OK || kinds[kind].close(handle) != USBX_OK)
                break;
        }
        EQUAL(i, cycles);
        CHECK(directory_entries("/proc/self/fd") <= descriptors);
        printf("# %d times a %s: %ld kB, then %ld kB\n", i, kinds[kind].name, before, resident());
        CHECK(resident() - before < 512);
    }
    EXPECT(usbx_close(device), USBX_OK);
}

int main(int argc, char **argv)
{
    static const test_case cases[] = {
        {"descriptors_run_out", descriptors_run_out},
        {"threads_run_out", threads_run_out},
        {"address_space_runs_out", address_space_runs_out},
        {"a_thousand_handles", a_thousand_handles},
        {"opening_and_closing", opening_and_closing},
    };
    alarm(500);
    unsetenv("USBX_TEST_DEVICE");
    after_failure = start_over;
    run_cases(cases, COUNT(cases), argc, argv);
    start_over();
    return finish_cases();
}
