/* The library as a plugin: loaded with dlopen, used and closed a hundred times; nothing accumulates. argv[1]: libusbx.so. This is not
 * linked to the library, so that only dlopen loads it. */
#define _DEFAULT_SOURCE
#include <usbx.h>

#include <dirent.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { WARM = 20, ROUNDS = 600, SLACK = 512, PACKET = 512 }; /* SLACK: kB that libc's own memory may vary by */

#define CHECK(condition)                                                \
    do {                                                                \
        if (!(condition)) {                                             \
            printf("# %s:%d: %s\n", __FILE__, __LINE__, #condition);    \
            printf("0 passed, 1 failed\n");                             \
            exit(1);                                                    \
        }                                                               \
    } while (0)
#define OK(call) CHECK((call) == USBX_OK)

static const char *path;

static void *function(void *library, const char *name)
{
    void *address = dlsym(library, name);
    CHECK(address != NULL);
    return address;
}

/* ISO C has no conversion from an object's address to a function's. */
#define CALL(name, type) (*(type *)(void *)&(void *){function(library, #name)})

typedef usbx_status (*virtual_open)(const char *, const char *, usbx_virtual **);
typedef usbx_status (*open_device)(uint16_t, uint16_t, const char *, usbx_device **);
typedef usbx_status (*claim)(usbx_device *, uint8_t);
typedef usbx_status (*bulk)(usbx_device *, uint8_t, void *, size_t, uint32_t, size_t *);
typedef usbx_status (*queue_open)(usbx_queue **);
typedef usbx_status (*submit)(usbx_device *, usbx_queue *, const usbx_transfer *, uint64_t *);
typedef usbx_status (*queue_wait)(usbx_queue *, usbx_completion *, size_t, uint32_t, size_t *);
typedef usbx_status (*stream_open)(usbx_device *, uint8_t, const usbx_stream_options *, usbx_stream **);
typedef usbx_status (*stream_next)(usbx_stream *, uint32_t, usbx_chunk *);
typedef usbx_status (*shutdown_all)(size_t *);
typedef usbx_status (*close_queue)(usbx_queue *);

/* Some work of every kind; four handles stay open. */
static void work(void *library)
{
    usbx_virtual *plugged;
    usbx_device *device;
    usbx_queue *queue;
    usbx_stream *stream;
    usbx_stream_options options;
    usbx_transfer transfer;
    usbx_completion done;
    usbx_chunk chunk;
    unsigned char data[PACKET];
    size_t moved;
    OK(CALL(usbx_virtual_open, virtual_open)("acquisition", NULL, &plugged));
    OK(CALL(usbx_open, open_device)(0x1209, 1, NULL, &device));
    OK(CALL(usbx_claim, claim)(device, 0));
    OK(CALL(usbx_bulk_write, bulk)(device, 0x02, "plugin", 6, 30000, NULL));
    OK(CALL(usbx_bulk_read, bulk)(device, 0x83, data, PACKET, 30000, &moved));
    CHECK(moved == 6 && memcmp(data, "plugin", 6) == 0);
    OK(CALL(usbx_queue_open, queue_open)(&queue));
    memset(&transfer, 0, sizeof transfer);
    transfer.type = USBX_TYPE_BULK;
    transfer.endpoint = 0x83;
    transfer.data = data;
    transfer.length = PACKET;
    OK(CALL(usbx_submit, submit)(device, queue, &transfer, NULL));
    OK(CALL(usbx_bulk_write, bulk)(device, 0x02, "queued", 6, 30000, NULL));
    OK(CALL(usbx_queue_wait, queue_wait)(queue, &done, 1, 30000, NULL));
    CHECK(done.status == USBX_OK && done.transferred == 6);
    memset(&options, 0, sizeof options);
    options.flags = USBX_STREAM_EXACT_TIME;
    OK(CALL(usbx_stream_open, stream_open)(device, 0x82, &options, &stream));
    OK(CALL(usbx_stream_next, stream_next)(stream, 30000, &chunk));
    CHECK(chunk.length == 16);
    CHECK(CALL(usbx_queue_close, close_queue)(NULL) == USBX_OK);
}

/* A thread of the host's, which has data of the library's to free at its end, after the library is closed. */
static pthread_barrier_t worked, closed;

static void *work_elsewhere(void *library)
{
    work(library);
    pthread_barrier_wait(&worked);
    pthread_barrier_wait(&closed);
    return NULL;
}

static int entries(const char *directory)
{
    DIR *listing = opendir(directory);
    int count = 0;
    CHECK(listing != NULL);
    while (readdir(listing) != NULL)
        count++;
    closedir(listing);
    return count;
}

static long resident(void)
{
    char line[256];
    long kilobytes = -1;
    FILE *status = fopen("/proc/self/status", "r");
    CHECK(status != NULL);
    while (fgets(line, sizeof line, status) != NULL)
        if (strncmp(line, "VmRSS:", 6) == 0)
            kilobytes = atol(line + 6);
    fclose(status);
    return kilobytes;
}

/* A thread that has been joined may be listed a moment longer. */
static int settles_at(const char *directory, int expected)
{
    struct timespec pause = {0, 1000 * 1000};
    int tries;
    for (tries = 0; tries < 10000 && entries(directory) > expected; tries++)
        nanosleep(&pause, NULL);
    return entries(directory) == expected;
}

static void round_of(int shuts_down)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    pthread_t thread;
    size_t leaked = 99;
    if (library == NULL)
        printf("# %s\n", dlerror());
    CHECK(library != NULL);
    CHECK(pthread_create(&thread, NULL, work_elsewhere, library) == 0);
    pthread_barrier_wait(&worked);
    if (shuts_down) {
        OK(CALL(usbx_shutdown, shutdown_all)(&leaked));
        CHECK(leaked == 4);
    }
    CHECK(dlclose(library) == 0);
    pthread_barrier_wait(&closed);
    pthread_join(thread, NULL);
}

/* What a host left open when it closed the library is still there for the next one that opens it. */
static void shut_down_later(void)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    size_t leaked = 99;
    CHECK(library != NULL);
    OK(CALL(usbx_shutdown, shutdown_all)(&leaked));
    CHECK(leaked == 4);
    CHECK(dlclose(library) == 0);
}

int main(int argc, char **argv)
{
    int descriptors, threads, i;
    long before, after;
    alarm(500);
    CHECK(argc >= 2);
    path = argv[1];
    CHECK(pthread_barrier_init(&worked, NULL, 2) == 0 && pthread_barrier_init(&closed, NULL, 2) == 0);
    descriptors = entries("/proc/self/fd");
    threads = entries("/proc/self/task");
    for (i = 0; i < WARM; i++)
        round_of(1);
    before = resident();
    for (i = 0; i < ROUNDS; i++) {
        round_of(i % 2);
        if (i % 2 == 0)
            shut_down_later();
        CHECK(settles_at("/proc/self/fd", descriptors));
        CHECK(settles_at("/proc/self/task", threads));
    }
    after = resident();
    printf("# %d rounds: VmRSS %ld kB, then %ld kB\n", ROUNDS, before, after);
    CHECK(after - before < SLACK || argc > 2);
    printf("1 passed, 0 failed\n");
    return 0;
}
