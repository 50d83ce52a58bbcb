/* Exact times of a stream's chunks: a thread takes them as they come, and ends with the stream. */
#define _POSIX_C_SOURCE 200809L
#include "suite.h"
#include "stream_fixture.h"

#include <dirent.h>
#include <time.h>
#include <unistd.h>

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* The library's threads, by their name. */
static int threads(void)
{
    DIR *tasks = opendir("/proc/self/task");
    struct dirent *task;
    int count = 0;
    while (CHECK(tasks != NULL) && (task = readdir(tasks)) != NULL) {
        char path[300], name[20] = "";
        FILE *file;
        snprintf(path, sizeof path, "/proc/self/task/%s/comm", task->d_name);
        file = fopen(path, "r");
        if (file == NULL) /* "." and "..", or it has ended */
            continue;
        if (fgets(name, sizeof name, file) != NULL)
            count += strcmp(name, "usbx-completion\n") == 0;
        fclose(file);
    }
    if (tasks != NULL)
        closedir(tasks);
    return count;
}

/* A thread that has been joined may show in /proc for a moment more, one of the case before, too. */
static void threads_come_to(int expected)
{
    struct timespec pause = {0, 10 * 1000 * 1000};
    int tries;
    for (tries = 0; tries < 500 && threads() != expected; tries++)
        nanosleep(&pause, NULL);
    EQUAL(threads(), expected);
}

static usbx_stream *open_exact(usbx_device *device, uint8_t endpoint, size_t size, size_t depth)
{
    usbx_stream_options options;
    usbx_stream *stream = NULL;
    memset(&options, 0, sizeof options);
    options.size = size;
    options.depth = depth;
    options.flags = USBX_STREAM_EXACT_TIME;
    EXPECT(usbx_stream_open(device, endpoint, &options, &stream), USBX_OK);
    return stream;
}

enum { DEPTH = 8 };

/* A frame in 10 ms, and a reader who is busy elsewhere meanwhile: each chunk says when it came. True if they were told apart. */
static int chunks_have_their_times(void)
{
    const struct timespec busy = {0, 300 * 1000 * 1000};
    usbx_device *device = claim_test_device();
    usbx_stream *stream = open_exact(device, ACQ_FRAMES, ACQ_FRAME_SIZE, DEPTH);
    uint64_t began = now_ns(), late, before = began;
    usbx_chunk chunk;
    int i;
    start_sampling(device, 6200);
    nanosleep(&busy, NULL);
    late = now_ns();
    for (i = 0; i < DEPTH; i++) {
        if (!EXPECT(usbx_stream_next(stream, LONG, &chunk), USBX_OK))
            return 1;
        CHECK(chunk.timestamp_ns >= before && chunk.timestamp_ns < late);
        before = i == 0 ? (began = chunk.timestamp_ns) : chunk.timestamp_ns;
    }
    late = before - began;
    /* And a reader who waits is woken all the same. */
    for (i = 0; i < 2 * DEPTH; i++)
        EXPECT(usbx_stream_next(stream, LONG, &chunk), USBX_OK);
    EXPECT(usbx_stream_close(stream), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
    return late >= 30 * 1000 * 1000;
}

/* A busy machine may stand still for a while, and then several are taken together; but not always. */
static void a_late_reader_learns_when_each_chunk_came(void)
{
    int tries = 1;
    while (tries < 20 && !chunks_have_their_times())
        tries++;
    CHECK(tries < 20);
}

static void its_thread_ends_with_stream_device_and_library(void)
{
    usbx_device *device = claim_test_device();
    usbx_stream *stream;
    usbx_chunk chunk;
    threads_come_to(0);
    stream = open_exact(device, ACQ_LOOP_IN, 0, 0);
    threads_come_to(1);
    EXPECT(usbx_stream_close(stream), USBX_OK);
    threads_come_to(0);
    stream = open_exact(device, ACQ_LOOP_IN, 0, 0);
    threads_come_to(1);
    EXPECT(usbx_close(device), USBX_OK);
    threads_come_to(0);
    EXPECT(usbx_stream_next(stream, LONG, &chunk), USBX_ERROR_CLOSED);
    EXPECT(usbx_stream_close(stream), USBX_OK);
    device = claim_test_device();
    stream = open_exact(device, ACQ_LOOP_IN, 0, 0);
    EXPECT(usbx_shutdown(NULL), USBX_OK);
    threads_come_to(0);
    EXPECT(usbx_stream_close(stream), USBX_ERROR_INVALID_HANDLE);
    start_over();
    device = claim_test_device();
    stream = open_exact(device, ACQ_LOOP_IN, 0, 0);
    if (unplug()) {
        EXPECT(usbx_stream_next(stream, LONG, &chunk), USBX_ERROR_NO_DEVICE);
        plug();
    }
    EXPECT(usbx_stream_close(stream), USBX_OK);
    threads_come_to(0);
    EXPECT(usbx_close(device), USBX_OK);
}

const test_case stream_time_cases[] = {
    {"a_late_reader_learns_when_each_chunk_came", a_late_reader_learns_when_each_chunk_came},
    {"its_thread_ends_with_stream_device_and_library", its_thread_ends_with_stream_device_and_library},
};
const size_t stream_time_count = COUNT(stream_time_cases);
