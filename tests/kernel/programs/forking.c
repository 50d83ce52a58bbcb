/* fork and exec with real devices. "busy": one thread reads Source/Sink by a stream and checks every byte, three open and close the
 * Loopback device, and a HID device is detached from its driver; meanwhile children are forked, which may use nothing of
 * their parent's, open the Loopback device by themselves and move data, and other programs are run, which inherit nothing.
 * One of the three, and the children, look for its serial number: where the library has strings from the device, threads are reading them.
 * "list": is such a program, and says how many descriptors it has. "outlived": detaches the HID device, forks a child that
 * stays, says so, and waits to be killed. */
#include "pattern.h"
#include <dirent.h>
#include <pthread.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#define HID_PRODUCT 0xa4a2

enum { FORKS = 60, OPENERS = 3 };

extern char **environ;
static char loop_serial[] = "LAB-loop";
static usbx_device *zero, *hid;
static usbx_queue *queue;
static usbx_stream *stream;
static volatile int over;

static int descriptors(void) {
    DIR *listing = opendir("/proc/self/fd");
    int count = -3; /* ".", ".." and the one to read them by */
    CHECK(listing != NULL);
    while (readdir(listing) != NULL) {
        count++;
    }
    closedir(listing);
    return count;
}

static int given(char *self) {
    char list[] = "list", *arguments[3];
    int status = -1;
    pid_t pid;
    arguments[0] = self;
    arguments[1] = list;
    arguments[2] = NULL;
    CHECK(posix_spawn(&pid, self, NULL, NULL, arguments, environ) == 0);
    CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void *read_all(void *unused) {
    usbx_chunk chunk;
    uint64_t at = 0;
    while (!over) {
        OK(usbx_stream_next(stream, 20000, &chunk));
        check_pattern(chunk.data, chunk.length, at);
        at += chunk.length;
    }
    CHECK(at > 0);
    return unused;
}

static void *open_and_close(void *serial) {
    usbx_device *device;
    while (!over) {
        OK(usbx_open(LAB_VENDOR, LOOP_PRODUCT, (const char *)serial, &device));
        OK(usbx_close(device));
    }
    return NULL;
}

static int run_child(void) {
    static uint8_t sent[500], got[512]; /* a short packet, at which the gadget sends it back */
    usbx_device *device;
    usbx_chunk chunk;
    size_t moved, leaked;
    uint64_t seed = (uint64_t)getpid();
    alarm(30);
    EXPECT(usbx_bulk_read(zero, 0x81, got, sizeof got, 1000, &moved), USBX_ERROR_FORKED);
    EXPECT(usbx_release(hid, 0), USBX_ERROR_FORKED);
    EXPECT(usbx_stream_next(stream, 1000, &chunk), USBX_ERROR_FORKED);
    EXPECT(usbx_queue_close(queue), USBX_ERROR_FORKED);
    EXPECT(usbx_close(zero), USBX_ERROR_FORKED);
    OK(usbx_shutdown(&leaked));
    CHECK_NUMBER(leaked, 0);
    OK(usbx_open(LAB_VENDOR, LOOP_PRODUCT, loop_serial, &device));
    OK(usbx_claim(device, 0));
    fill_random(sent, sizeof sent, &seed);
    OK(usbx_bulk_write(device, endpoint_of(device, USBX_TYPE_BULK, 0).address, sent, sizeof sent, 20000, NULL));
    OK(usbx_bulk_read(device, endpoint_of(device, USBX_TYPE_BULK, 0x80).address, got, sizeof got, 20000, &moved));
    CHECK_NUMBER(moved, sizeof sent);
    CHECK(memcmp(sent, got, sizeof sent) == 0);
    EXPECT(usbx_claim(zero, 0), USBX_ERROR_FORKED);
    OK(usbx_shutdown(&leaked));
    CHECK_NUMBER(leaked, 1);
    return 0;
}

static void open_hid(void) {
    OK(usbx_open(LAB_VENDOR, HID_PRODUCT, NULL, &hid));
    OK(usbx_detach_kernel_driver(hid, 0));
    OK(usbx_claim(hid, 0));
}

static void busy(char *self) {
    pthread_t reader, openers[OPENERS];
    int before = given(self), i, status;
    int32_t fd;
    pid_t pid;
    OK(usbx_open(LAB_VENDOR, ZERO_PRODUCT, NULL, &zero));
    OK(usbx_claim(zero, 0));
    open_hid();
    OK(usbx_queue_open(&queue));
    OK(usbx_queue_fd(queue, &fd));
    make_pattern(512);
    stream = open_stream(zero, endpoint_of(zero, USBX_TYPE_BULK, 0x80).address, 0, 0, USBX_MEMORY_AUTO);
    CHECK(pthread_create(&reader, NULL, read_all, NULL) == 0);
    for (i = 0; i < OPENERS; i++) {
        CHECK(pthread_create(&openers[i], NULL, open_and_close, i == 0 ? loop_serial : NULL) == 0);
    }
    CHECK(descriptors() >= before + 6); /* there is something to inherit */
    for (i = 0; i < FORKS; i++) {
        status = -1;
        pid = fork();
        if (pid == 0) {
            _exit(run_child());
        }
        CHECK(waitpid(pid, &status, 0) == pid);
        CHECK_NUMBER(status, 0);
        if (i % 10 == 0) {
            CHECK_NUMBER(given(self), before);
        }
    }
    over = 1;
    CHECK(pthread_join(reader, NULL) == 0);
    for (i = 0; i < OPENERS; i++) {
        CHECK(pthread_join(openers[i], NULL) == 0);
    }
    OK(usbx_shutdown(NULL));
    CHECK_NUMBER(descriptors(), before);
    printf("note: %d children beside a reading parent\n", FORKS);
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    if (strcmp(argv[1], "list") == 0) {
        return descriptors();
    }
    if (strcmp(argv[1], "busy") == 0) {
        busy(argv[0]);
        return 0;
    }
    open_hid();
    if (fork() == 0) {
        say("forked");
    }
    for (;;) {
        pause();
    }
}
