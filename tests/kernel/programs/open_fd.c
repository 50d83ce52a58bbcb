/* A usbfs file descriptor that another program opened, used by one that may not open any (as in a sandbox). argv[1]: the node. */
#include "check.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* As container runtimes do by default. */
static void refuse_kcmp(void) {
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_kcmp, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
    CHECK(syscall(SYS_kcmp, getpid(), getpid(), 0, 0, 0) == -1 && errno == EPERM);
}

enum { THREADS = 4, ROUNDS = 100 };

/* Each thread has a file of its own. The numbers of the library's descriptors go from one to another all the time: a number that a closed
 * handle had is no reason to refuse the next one's file, and a handle that is closed takes no other one's place with it. */
static void *own_file(void *file) {
    int round, fd = *(int *)file;
    usbx_device *device, *second;
    for (round = 0; round < ROUNDS; round++) {
        OK(usbx_open_fd(fd, &device));
        EXPECT(usbx_open_fd(fd, &second), USBX_ERROR_BUSY);
        OK(usbx_close(device));
    }
    return NULL;
}

static void numbers_are_used_again(const int *files) {
    pthread_t threads[THREADS];
    int i;
    for (i = 0; i < THREADS; i++) {
        CHECK(pthread_create(&threads[i], NULL, own_file, (void *)&files[i]) == 0);
    }
    for (i = 0; i < THREADS; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
}

/* A queue waits for devices by their descriptors. Another process keeps those of a device that is closed here, so the kernel keeps their files:
 * the next device has the same numbers, and its completions come all the same. */
static void a_queue_takes_the_next_device(int fd) {
    uint8_t data[512];
    usbx_device *device;
    usbx_transfer transfer;
    usbx_completion done;
    usbx_endpoint in;
    usbx_queue *queue;
    int round, status;
    OK(usbx_queue_open(&queue));
    for (round = 0; round < 4; round++) {
        pid_t keeper;
        OK(usbx_open_fd(fd, &device));
        OK(usbx_claim(device, 0));
        in = endpoint_of(device, USBX_TYPE_BULK, 0x80);
        memset(&transfer, 0, sizeof transfer);
        transfer.type = USBX_TYPE_BULK;
        transfer.endpoint = in.address;
        transfer.data = data;
        transfer.length = sizeof data;
        OK(usbx_submit(device, queue, &transfer, NULL));
        OK(usbx_queue_wait(queue, &done, 1, 20000, NULL));
        CHECK(done.status == USBX_OK && done.transferred == sizeof data);
        keeper = fork();
        CHECK(keeper >= 0);
        if (keeper == 0) {
            pause();
            _exit(0);
        }
        OK(usbx_close(device));
        OK(usbx_open_fd(fd, &device));
        OK(usbx_claim(device, 0));
        OK(usbx_submit(device, queue, &transfer, NULL));
        OK(usbx_queue_wait(queue, &done, 1, 20000, NULL));
        CHECK(done.status == USBX_OK && done.transferred == sizeof data);
        EXPECT(usbx_queue_wait(queue, &done, 1, 20, NULL), USBX_ERROR_TIMEOUT);
        OK(usbx_close(device));
        CHECK(kill(keeper, SIGKILL) == 0 && waitpid(keeper, &status, 0) == keeper);
    }
    OK(usbx_queue_close(queue));
}

int main(int argc, char **argv) {
    int files[THREADS], i;
    uint8_t data[512], descriptor[18];
    usbx_device_info info;
    usbx_device *device = (usbx_device *)1, *second = NULL;
    char text[64];
    usbx_endpoint in;
    size_t moved, round;
    int fd, null, file, copy, other;

    CHECK(argc == 2);
    EXPECT(usbx_open_fd(-1, &device), USBX_ERROR_INVALID_PARAM);
    CHECK(device == NULL);
    null = open("/dev/null", O_RDWR);
    EXPECT(usbx_open_fd(null, &device), USBX_ERROR_INVALID_PARAM);
    file = open(argv[0], O_RDONLY);
    EXPECT(usbx_open_fd(file, &device), USBX_ERROR_INVALID_PARAM);

    fd = open(argv[1], O_RDWR);
    other = open(argv[1], O_RDWR);
    CHECK(fd >= 0 && other >= 0);
    for (i = 0; i < THREADS; i++) {
        CHECK((files[i] = open(argv[1], O_RDWR)) >= 0);
    }
    /* From here on without the right to open one. */
    CHECK(setgid(65534) == 0 && setuid(65534) == 0);
    CHECK(open(argv[1], O_RDWR) == -1);

    for (round = 0; round < 3; round++) { /* the descriptor outlives the handle: it serves again */
        if (round == 2) {
            refuse_kcmp();
        }
        OK(usbx_open_fd(fd, &device));
        OK(usbx_info(device, &info));
        CHECK_NUMBER(info.vendor_id, LAB_VENDOR);
        CHECK_NUMBER(info.product_id, ZERO_PRODUCT);
        CHECK_NUMBER(info.speed, USBX_SPEED_HIGH);
        OK(usbx_claim(device, 0));
        in = endpoint_of(device, USBX_TYPE_BULK, 0x80);
        OK(usbx_bulk_read(device, in.address, data, sizeof data, 5000, &moved));
        CHECK_NUMBER(moved, sizeof data);
        CHECK(data[62] == 62 && data[63] == 0);
        /* Of one open file there is one handle: two would take each other's data. */
        CHECK((copy = dup(fd)) >= 0);
        EXPECT(usbx_open_fd(fd, &second), USBX_ERROR_BUSY);
        CHECK(second == NULL);
        EXPECT(usbx_open_fd(copy, &second), USBX_ERROR_BUSY);
        CHECK(close(copy) == 0);
        OK(usbx_open_fd(other, &second)); /* opened once more it is another file */
        OK(usbx_get_string(second, 1, 0, text, sizeof text, NULL));
        OK(usbx_close(second));
        OK(usbx_close(device));
        CHECK(fcntl(fd, F_GETFD) >= 0);
        CHECK(pread(fd, descriptor, 18, 0) == 18 && descriptor[8] == 0x25 && descriptor[9] == 0x05);
        numbers_are_used_again(files);
    }
    a_queue_takes_the_next_device(fd);
    return 0;
}
