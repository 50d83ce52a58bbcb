/* Failing allocations: each call runs repeatedly in its own process, and the n-th allocation inside it fails, for n = 1, 2, 3 …
 * until the call needs no more (with the argument "every", no n is left out). The call either succeeds without the memory, or
 * returns USBX_ERROR_NO_MEM with nothing left behind and everything usable as before, or Rust's runtime ends the process
 * (SIGABRT), which it does for small allocations. The results for each call are printed as a table. */
#define _GNU_SOURCE
#include "queue_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t), *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

static atomic_long live; /* what is allocated now */
static atomic_long to_fail; /* this one fails; 0: none */
static atomic_size_t smallest; /* of those that are counted */

static int fails(size_t size)
{
    if (atomic_load(&to_fail) == 0 || size < atomic_load(&smallest))
        return 0;
    if (atomic_fetch_sub(&to_fail, 1) != 1)
        return 0;
    errno = ENOMEM;
    return 1;
}

static void *count(void *memory)
{
    if (memory != NULL)
        atomic_fetch_add(&live, 1);
    return memory;
}

void *malloc(size_t size) { return fails(size) ? NULL : count(__libc_malloc(size)); }
void *calloc(size_t number, size_t size) { return fails(number * size) ? NULL : count(__libc_calloc(number, size)); }
void *memalign(size_t alignment, size_t size) { return fails(size) ? NULL : count(__libc_memalign(alignment, size)); }
void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

void *realloc(void *memory, size_t size)
{
    if (memory == NULL)
        return malloc(size);
    return fails(size) ? NULL : __libc_realloc(memory, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
    void *made = memalign(alignment, size);
    if (made == NULL)
        return ENOMEM;
    *memory = made;
    return 0;
}

void free(void *memory)
{
    if (memory != NULL)
        atomic_fetch_sub(&live, 1);
    __libc_free(memory);
}

static usbx_virtual *plugged;
static usbx_device *device, *other;
static usbx_queue *queue;
static usbx_stream *in, *out;
static uint8_t data[1 << 20];
static usbx_packet packets[64];

static usbx_status call_virtual_open(void)
{
    usbx_virtual *more = NULL;
    return usbx_virtual_open("acquisition", "more", &more);
}
static usbx_status call_devices(void)
{
    static usbx_device_info infos[4];
    return usbx_devices(infos, 4, NULL);
}
static usbx_status call_open(void) { return usbx_open(ACQ_VENDOR_ID, ACQ_PRODUCT_ID, "memory", &other); }
static usbx_status call_open_path(void) { return usbx_open_path("virtual/1", &other); }
static usbx_status call_close(void) { return usbx_close(device); }
static usbx_status call_info(void)
{
    static usbx_device_info info;
    return usbx_info(device, &info);
}
static usbx_status call_get_configuration(void) { return usbx_get_configuration(device, data); }
static usbx_status call_set_configuration(void) { return usbx_set_configuration(device, 1); }
static usbx_status call_claim(void) { return usbx_claim(device, 1); }
static usbx_status call_release(void) { return usbx_release(device, 0); }
static usbx_status call_set_alt_setting(void) { return usbx_set_alt_setting(device, 0, 1); }
static usbx_status call_detach(void) { return usbx_detach_kernel_driver(device, 1); }
static usbx_status call_kernel_driver(void) { return usbx_kernel_driver(device, 1, (char *)data, 64, NULL); }
static usbx_status call_attach(void) { return usbx_attach_kernel_driver(device, 1); }
static usbx_status call_descriptors(void) { return usbx_descriptors("virtual/1", data, 64, NULL); }
static usbx_status call_endpoints(void)
{
    static usbx_endpoint endpoints[16];
    return usbx_endpoints(device, endpoints, 16, NULL);
}
static usbx_status call_get_descriptor(void) { return usbx_get_descriptor(device, 2, 0, data, 512, NULL); }
static usbx_status call_get_string(void) { return usbx_get_string(device, 2, 0, (char *)data, 384, NULL); }
static usbx_status call_control(void)
{
    return usbx_control(device, ACQ_IN, ACQ_REGISTERS, 0, 0, data, 256, LONG, NULL);
}
static usbx_status call_bulk_write(void) { return usbx_bulk_write(device, ACQ_LOOP_OUT, data, 16 * PACKET, LONG, NULL); }
static usbx_status call_bulk_read(void) { return usbx_bulk_read(device, ACQ_FRAMES, data, 16 * PACKET, LONG, NULL); }
static usbx_status call_long_read(void) { return usbx_bulk_read(device, ACQ_FRAMES, data, sizeof data, LONG, NULL); }
static usbx_status call_interrupt_read(void)
{
    return usbx_interrupt_read(device, ACQ_STATUS, data, ACQ_STATUS_SIZE, LONG, NULL);
}
static usbx_status call_isochronous_read(void)
{
    size_t i;
    for (i = 0; i < COUNT(packets); i++)
        packets[i].length = PACKET;
    return usbx_isochronous_read(device, 0x85, data, COUNT(packets) * PACKET, packets, COUNT(packets), LONG, NULL);
}
static usbx_status call_clear_halt(void) { return usbx_clear_halt(device, ACQ_FRAMES); }
static usbx_status call_reset(void) { return usbx_reset(device); }
static usbx_status call_cancel(void) { return usbx_cancel(device, ACQ_LOOP_IN); }
static usbx_status call_queue_open(void)
{
    usbx_queue *more = NULL;
    return usbx_queue_open(&more);
}
static usbx_status call_submit(void)
{
    usbx_transfer transfer = make_transfer(ACQ_LOOP_IN, data, PACKET);
    transfer.timeout_ms = LONG;
    return usbx_submit(device, queue, &transfer, NULL);
}
static usbx_status call_queue_wait(void)
{
    usbx_completion done;
    usbx_status status = usbx_queue_wait(queue, &done, 1, LONG, NULL);
    return status == USBX_OK ? done.status : status;
}
static usbx_status call_queue_cancel(void) { return usbx_queue_cancel(queue, 0); }
static usbx_status call_queue_fd(void)
{
    int32_t fd;
    return usbx_queue_fd(queue, &fd);
}
static usbx_status call_queue_close(void) { return usbx_queue_close(queue); }
static usbx_status open_one(uint8_t endpoint, uint32_t flags)
{
    usbx_stream_options options;
    usbx_stream *more = NULL;
    memset(&options, 0, sizeof options);
    options.flags = flags;
    return usbx_stream_open(device, endpoint, &options, &more);
}
static usbx_status call_stream_open(void) { return open_one(ACQ_FRAMES, 0); }
static usbx_status call_stream_open_exact(void) { return open_one(ACQ_STATUS, USBX_STREAM_EXACT_TIME); }
static usbx_status call_stream_next(void)
{
    usbx_chunk chunk;
    return usbx_stream_next(in, LONG, &chunk);
}
static usbx_status call_stream_read(void) { return usbx_stream_read(in, data, 100, LONG, NULL); }
static usbx_status call_stream_write(void) { return usbx_stream_write(out, data, 100, LONG, NULL); }
static usbx_status call_stream_space(void)
{
    void *room;
    size_t length;
    return usbx_stream_space(out, LONG, &room, &length);
}
static usbx_status call_stream_commit(void) { return usbx_stream_commit(out, 0); }
static usbx_status call_stream_flush(void)
{
    usbx_status status = usbx_stream_write(out, data, 100, LONG, NULL);
    return status == USBX_OK ? usbx_stream_flush(out, LONG) : status;
}
static usbx_status call_stream_stats(void)
{
    usbx_stream_statistics stats;
    return usbx_stream_stats(in, &stats);
}
static usbx_status call_stream_fd(void)
{
    int32_t fd;
    return usbx_stream_fd(in, &fd);
}
static usbx_status call_stream_close(void) { return usbx_stream_close(in); }
static usbx_status call_virtual_unplug(void) { return usbx_virtual_unplug(plugged); }
static usbx_status call_shutdown(void) { return usbx_shutdown(NULL); }

static const struct {
    const char *name;
    usbx_status (*make)(void);
} calls[] = {
    {"usbx_virtual_open", call_virtual_open},
    {"usbx_devices", call_devices},
    {"usbx_open", call_open},
    {"usbx_open_path", call_open_path},
    {"usbx_close", call_close},
    {"usbx_info", call_info},
    {"usbx_get_configuration", call_get_configuration},
    {"usbx_set_configuration", call_set_configuration},
    {"usbx_claim", call_claim},
    {"usbx_release", call_release},
    {"usbx_set_alt_setting", call_set_alt_setting},
    {"usbx_detach_kernel_driver", call_detach},
    {"usbx_kernel_driver", call_kernel_driver},
    {"usbx_attach_kernel_driver", call_attach},
    {"usbx_endpoints", call_endpoints},
    {"usbx_descriptors", call_descriptors},
    {"usbx_get_descriptor", call_get_descriptor},
    {"usbx_get_string", call_get_string},
    {"usbx_control", call_control},
    {"usbx_bulk_write", call_bulk_write},
    {"usbx_bulk_read", call_bulk_read},
    {"usbx_bulk_read, 1 MiB", call_long_read},
    {"usbx_interrupt_read", call_interrupt_read},
    {"usbx_isochronous_read", call_isochronous_read},
    {"usbx_clear_halt", call_clear_halt},
    {"usbx_reset", call_reset},
    {"usbx_cancel", call_cancel},
    {"usbx_queue_open", call_queue_open},
    {"usbx_submit", call_submit},
    {"usbx_queue_wait", call_queue_wait},
    {"usbx_queue_cancel", call_queue_cancel},
    {"usbx_queue_fd", call_queue_fd},
    {"usbx_queue_close", call_queue_close},
    {"usbx_stream_open", call_stream_open},
    {"usbx_stream_open, exact time", call_stream_open_exact},
    {"usbx_stream_next", call_stream_next},
    {"usbx_stream_read", call_stream_read},
    {"usbx_stream_write", call_stream_write},
    {"usbx_stream_space", call_stream_space},
    {"usbx_stream_commit", call_stream_commit},
    {"usbx_stream_flush", call_stream_flush},
    {"usbx_stream_stats", call_stream_stats},
    {"usbx_stream_fd", call_stream_fd},
    {"usbx_stream_close", call_stream_close},
    {"usbx_virtual_unplug", call_virtual_unplug},
    {"usbx_shutdown", call_shutdown},
};

/* Everything open, and something for each call to find. */
static int prepare(usbx_status (*make)(void))
{
    static uint8_t report[ACQ_STATUS_SIZE], rate[4];
    usbx_transfer transfer = make_transfer(ACQ_STATUS, report, sizeof report);
    usbx_status failed = usbx_virtual_open("acquisition", "memory", &plugged);
    int with_in = make == call_stream_next || make == call_stream_read || make == call_stream_close ||
                  make == call_stream_stats || make == call_stream_fd || make == call_shutdown;
    failed |= usbx_open(ACQ_VENDOR_ID, ACQ_PRODUCT_ID, "memory", &device);
    failed |= usbx_claim(device, 0);
    if (make == call_isochronous_read)
        failed |= usbx_set_alt_setting(device, 0, 1);
    failed |= usbx_control(device, ACQ_OUT, ACQ_RATE, 0, 0, rate, 4, LONG, NULL);
    failed |= usbx_control(device, ACQ_OUT, ACQ_START, 0, 0, NULL, 0, LONG, NULL);
    failed |= usbx_queue_open(&queue);
    if (make == call_queue_wait || make == call_queue_cancel || make == call_queue_close || make == call_shutdown)
        failed |= usbx_submit(device, queue, &transfer, NULL);
    if (with_in)
        failed |= usbx_stream_open(device, ACQ_FRAMES, NULL, &in);
    failed |= usbx_stream_open(device, ACQ_LOOP_OUT, NULL, &out);
    return failed == USBX_OK;
}

/* All that a program does afterwards still works, and when all is closed nothing is left. */
static int is_sound(long expected)
{
    usbx_virtual *again = NULL;
    int good = usbx_shutdown(NULL) == USBX_OK;
    good = good && usbx_virtual_open("acquisition", "again", &again) == USBX_OK &&
           usbx_open(ACQ_VENDOR_ID, ACQ_PRODUCT_ID, "again", &device) == USBX_OK && usbx_claim(device, 0) == USBX_OK &&
           usbx_bulk_write(device, ACQ_LOOP_OUT, "again", 5, LONG, NULL) == USBX_OK &&
           usbx_bulk_read(device, ACQ_LOOP_IN, data, PACKET, LONG, NULL) == USBX_OK && memcmp(data, "again", 5) == 0 &&
           usbx_shutdown(NULL) == USBX_OK;
    usbx_claim(NULL, 0); /* a last error, in any case */
    return good && atomic_load(&live) <= expected;
}

enum { PASSED, DID_WITHOUT, CAUGHT, ANOTHER_STATUS, UNSOUND, UNPREPARED };

/* One call whose n-th allocation of that size or more fails. */
static int run_one(size_t call, long n, size_t size, long expected)
{
    usbx_status status;
    long left;
    alarm(60);
    if (!prepare(calls[call].make))
        return UNPREPARED;
    atomic_store(&smallest, size);
    atomic_store(&to_fail, n);
    status = calls[call].make();
    left = atomic_exchange(&to_fail, 0);
    if (!is_sound(expected))
        return UNSOUND;
    if (status == USBX_OK)
        return left > 0 ? PASSED : DID_WITHOUT;
    return status == USBX_ERROR_NO_MEM ? CAUGHT : ANOTHER_STATUS;
}

static int in_a_process(size_t call, long n, size_t size, long expected)
{
    int status = -1;
    pid_t pid = fork();
    if (pid == 0) {
        if (dup2(open("/dev/null", O_WRONLY), STDERR_FILENO) < 0) /* the runtime's own words */
            _exit(UNPREPARED);
        _exit(run_one(call, n, size, expected));
    }
    waitpid(pid, &status, 0);
    return status;
}

/* How much is left where nothing fails. */
static long left_usually(size_t call)
{
    long left = -1;
    int ends[2];
    if (pipe(ends) != 0)
        return -1;
    if (fork() == 0) {
        if (prepare(calls[call].make) && calls[call].make() == USBX_OK) {
            is_sound(0);
            left = atomic_load(&live);
        }
        _exit(write(ends[1], &left, sizeof left) < 0);
    }
    close(ends[1]);
    if (read(ends[0], &left, sizeof left) < 0)
        left = -1;
    close(ends[0]);
    wait(NULL);
    return left;
}

enum { MOST = 2000, LARGE = 4096, EACH = 20 };

static int every; /* by default, of the later ones every seventh */
static int caught;

/* Returns how many were ended by the runtime. */
static int fail_each(size_t call, size_t size, const char *which)
{
    int counts[UNPREPARED + 1] = {0}, aborted = 0, status;
    long n, expected = left_usually(call);
    CHECK(expected >= 0);
    for (n = 1; n < MOST; n += n < EACH || every ? 1 : 7) {
        status = in_a_process(call, n, size, expected);
        if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT) {
            aborted++;
            continue;
        }
        if (!CHECK(WIFEXITED(status)) || !CHECK(WEXITSTATUS(status) != UNSOUND && WEXITSTATUS(status) != UNPREPARED &&
                                                WEXITSTATUS(status) != ANOTHER_STATUS)) {
            printf("#   %s, %s allocation %ld: status 0x%x\n", calls[call].name, which, n, status);
            break;
        }
        counts[WEXITSTATUS(status)]++;
        if (WEXITSTATUS(status) == PASSED)
            break;
    }
    caught += counts[CAUGHT];
    printf("# %-30s %-6s %4d failed: %3d done without, %3d caught, %3d abort\n", calls[call].name, which,
           counts[DID_WITHOUT] + counts[CAUGHT] + aborted, counts[DID_WITHOUT], counts[CAUGHT], aborted);
    return aborted;
}

static void any_allocation_fails(void)
{
    size_t i;
    for (i = 0; i < COUNT(calls); i++)
        fail_each(i, 0, "any");
}

/* Those that are as large as what a caller asks for: none may end the process. */
static void a_large_allocation_fails(void)
{
    size_t i;
    caught = 0;
    for (i = 0; i < COUNT(calls); i++)
        EQUAL(fail_each(i, LARGE, "large"), 0);
    CHECK(caught >= 8); /* the stream's memory at least */
}

int main(int argc, char **argv)
{
    static const test_case cases[] = {
        {"any_allocation_fails", any_allocation_fails},
        {"a_large_allocation_fails", a_large_allocation_fails},
    };
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none); /* hundreds of aborts are expected */
    unsetenv("USBX_TEST_DEVICE");
    every = argc == 2 && strcmp(argv[1], "every") == 0;
    run_cases(cases, COUNT(cases), every ? 1 : argc, argv);
    return finish_cases();
}
