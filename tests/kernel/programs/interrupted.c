/* Signals and exit() with a real device. A thousand signals a second, with and without SA_RESTART, reach a thread that reads by
 * long calls, one that reads by a stream and one that waits for ever: all bytes are right, and nobody returns early. And a process
 * that is left by exit() while they read ends with its code, and the next one has the device. */
#include "pattern.h"
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIGNALS = 1000, LENGTH = 3 * MIB, READERS = 3, CODE = 7, ROUNDS = 5 };

static usbx_device *zero, *loop;
static volatile int over, returned;
static volatile sig_atomic_t handled;

static void count(int signal) {
    (void)signal;
    handled++;
}

static void *read_long(void *unused) {
    static uint8_t data[LENGTH];
    usbx_endpoint in = endpoint_of(zero, USBX_TYPE_BULK, 0x80);
    size_t moved, at;
    while (!over) {
        OK(usbx_bulk_read(zero, in.address, data, LENGTH, 60000, &moved));
        CHECK_NUMBER(moved, LENGTH);
        for (at = 0; at < moved; at += MIB) {
            check_pattern(data + at, MIB, at);
        }
    }
    return unused;
}

static void *read_stream(void *unused) {
    usbx_stream *stream = open_stream(loop, endpoint_of(loop, USBX_TYPE_BULK, 0x80).address, 0, 0, USBX_MEMORY_AUTO);
    usbx_chunk chunk;
    OK(usbx_stream_next(stream, USBX_NO_TIMEOUT, &chunk));
    CHECK_NUMBER(chunk.length, 5);
    returned = 1;
    OK(usbx_stream_close(stream));
    return unused;
}

static void *read_control(void *unused) {
    uint8_t descriptor[18];
    size_t moved;
    while (!over) {
        OK(usbx_control(loop, 0x80, 6, 0x0100, 0, descriptor, sizeof descriptor, 20000, &moved));
        CHECK_NUMBER(moved, sizeof descriptor);
    }
    return unused;
}

static void begin(pthread_t *threads) {
    static void *(*const readers[READERS])(void *) = {read_long, read_stream, read_control};
    int i;
    make_pattern(512);
    OK(usbx_open(LAB_VENDOR, ZERO_PRODUCT, NULL, &zero));
    OK(usbx_claim(zero, 0));
    OK(usbx_open(LAB_VENDOR, LOOP_PRODUCT, NULL, &loop));
    OK(usbx_claim(loop, 0));
    over = returned = 0;
    for (i = 0; i < READERS; i++) {
        CHECK(pthread_create(&threads[i], NULL, readers[i], NULL) == 0);
    }
}

static void storm(int flags) {
    struct timespec pause = {0, 1000 * 1000};
    struct sigaction action;
    pthread_t threads[READERS];
    int i, j;
    memset(&action, 0, sizeof action);
    action.sa_handler = count;
    action.sa_flags = flags;
    CHECK(sigaction(SIGINT, &action, NULL) == 0);
    begin(threads);
    for (i = 0; i < SIGNALS; i++) {
        for (j = 0; j < READERS; j++) {
            CHECK(pthread_kill(threads[j], SIGINT) == 0);
        }
        nanosleep(&pause, NULL);
    }
    CHECK_NUMBER(returned, 0);
    CHECK(handled >= SIGNALS);
    over = 1;
    OK(usbx_bulk_write(loop, endpoint_of(loop, USBX_TYPE_BULK, 0).address, "after", 5, 20000, NULL));
    for (i = 0; i < READERS; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
    OK(usbx_shutdown(NULL));
}

static void *leave(void *unused) {
    (void)unused;
    exit(CODE);
}

static void leave_by_exit(int by_thread) {
    pthread_t threads[READERS], leaver;
    begin(threads);
    usleep(1000 * (unsigned)(getpid() % 10)); /* in the middle of anything */
    if (!by_thread) {
        exit(CODE);
    }
    CHECK(pthread_create(&leaver, NULL, leave, NULL) == 0);
    pthread_join(leaver, NULL);
}

int main(void) {
    int i, status;
    pid_t pid;
    for (i = 0; i < ROUNDS; i++) {
        pid = fork(); /* of a process that has not used the library */
        if (pid == 0) {
            alarm(60);
            leave_by_exit(i % 2);
        }
        status = -1;
        CHECK(waitpid(pid, &status, 0) == pid);
        CHECK(WIFEXITED(status));
        CHECK_NUMBER(WEXITSTATUS(status), CODE);
    }
    storm(0);
    storm(SA_RESTART);
    printf("note: %ld signals handled, no call ended by them\n", (long)handled);
    return 0;
}
