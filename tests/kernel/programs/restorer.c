/* The process that gives kernel drivers back for a program that died, where the system is short of things.
 * argv[1]: the product, argv[2]: the interfaces' sysfs directories but for "1.0". cdc_acm holds interfaces 0 and 1. */
#include "check.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 200, MOST = 12 };

static uint16_t product;
static const char *sysfs;

static int driven(void) {
    char link[512];
    int number, bound = 0;
    for (number = 0; number < 2; number++) {
        snprintf(link, sizeof link, "%s1.%d/driver", sysfs, number);
        bound += access(link, F_OK) == 0;
    }
    return bound == 2;
}

static int within(double seconds, int (*condition)(void)) {
    double end = seconds_now() + seconds;
    while (!condition()) {
        if (seconds_now() > end) {
            return 0;
        }
        usleep(2000);
    }
    return 1;
}

static usbx_device *opened(void) {
    usbx_device *device;
    OK(usbx_open(LAB_VENDOR, product, NULL, &device));
    return device;
}

/* The only child of this process. */
static pid_t helper(void) {
    char name[64];
    int pid = 0;
    FILE *file;
    snprintf(name, sizeof name, "/proc/self/task/%d/children", (int)getpid());
    file = fopen(name, "r");
    CHECK(file != NULL && fscanf(file, "%d", &pid) == 1);
    fclose(file);
    return pid;
}

static unsigned long ticks_of(pid_t pid) {
    char name[64];
    unsigned long user = 0, kernel = 0;
    FILE *file;
    snprintf(name, sizeof name, "/proc/%d/stat", (int)pid);
    file = fopen(name, "r");
    CHECK(file != NULL);
    CHECK(fscanf(file, "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &kernel) == 2);
    fclose(file);
    return user + kernel;
}

static void in_a_process(void (*body)(void)) {
    int status;
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        alarm(60); /* rather than to hang */
        body();
        exit(0);
    }
    while (waitpid(child, &status, 0) < 0) {
        CHECK(errno == EINTR);
    }
    CHECK(status == 0 || (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL));
    CHECK(within(5, driven));
}

static void refuse_pidfd_open(void) {
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pidfd_open, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

static int *survivor; /* shared with all processes here */

/* Without a descriptor for its parent it sleeps, and sees that the parent ends, though another child has a copy of all descriptors. */
static void without_pidfd(void) {
    usbx_device *device;
    unsigned long before;
    double start;
    pid_t pid;
    refuse_pidfd_open();
    device = opened();
    OK(usbx_detach_kernel_driver(device, 0));
    before = ticks_of(helper());
    for (start = seconds_now(); seconds_now() < start + 1;) {
        usleep(10000);
    }
    before = ticks_of(helper()) - before;
    printf("note: without pidfd_open the helper takes %lu ticks of the processor in a second\n", before);
    CHECK(before < 10);
    OK(usbx_claim(device, 0));
    pid = fork();
    if (pid == 0) {
        for (;;) {
            pause();
        }
    }
    *survivor = pid;
    fflush(stdout);
    kill(getpid(), SIGKILL);
}

/* With few descriptors left it works, or says that; and nobody's descriptor is touched. */
static void few_descriptors(void) {
    struct rlimit limit = {64, 64};
    int filler[64], filled, left, ends[2], refused = 0;
    char byte;
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    CHECK(pipe(ends) == 0 && dup2(ends[0], 0) == 0);
    for (left = 0; left < MOST; left++) {
        usbx_device *device = opened();
        usbx_status status;
        int give;
        for (filled = 0; (filler[filled] = open("/dev/null", O_RDONLY)) >= 0; filled++) {
        }
        CHECK(filled >= left);
        for (give = 0; give < left; give++) {
            close(filler[--filled]);
        }
        status = usbx_detach_kernel_driver(device, 0);
        while (filled > 0) {
            close(filler[--filled]);
        }
        if (status == USBX_OK) {
            CHECK(!driven());
        } else {
            CHECK_NUMBER(status, USBX_ERROR_NO_MEM);
            SAYS("ulimit -n");
            CHECK(driven());
            refused++;
        }
        CHECK((fcntl(0, F_GETFL) & O_NONBLOCK) == 0);
        CHECK(write(ends[1], "x", 1) == 1 && read(0, &byte, 1) == 1 && byte == 'x');
        OK(usbx_close(device));
        CHECK(driven());
    }
    CHECK(refused > 0 && refused < MOST);
}

static volatile int *elsewhere, program_pid;

static void on_signal(int number) {
    (void)number;
    if (syscall(SYS_getpid) != program_pid) {
        ++*elsewhere;
    }
}

/* Signals for the whole group run the program's handler in the program alone, and its mask is as it was. */
static void signals(void) {
    sigset_t before, after;
    struct sigaction action;
    pid_t sender;
    int round;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    program_pid = getpid();
    memset(&before, 0, sizeof before);
    memset(&after, 0, sizeof after);
    CHECK(setpgid(0, 0) == 0 && sigaction(SIGUSR1, &action, NULL) == 0);
    sender = fork();
    if (sender == 0) {
        signal(SIGUSR1, SIG_IGN);
        while (getppid() == program_pid) {
            kill(0, SIGUSR1);
        }
        _exit(0);
    }
    CHECK(sigprocmask(SIG_SETMASK, NULL, &before) == 0);
    for (round = 0; round < ROUNDS; round++) {
        usbx_device *device = opened();
        OK(usbx_detach_kernel_driver(device, 1));
        OK(usbx_close(device));
    }
    CHECK(sigprocmask(SIG_SETMASK, NULL, &after) == 0);
    CHECK(memcmp(&before, &after, sizeof before) == 0);
    kill(sender, SIGKILL);
    CHECK(waitpid(sender, NULL, 0) == sender);
    CHECK_NUMBER(*elsewhere, 0);
}

static pid_t watched;

/* How many pieces of shared memory it has, of files whose names begin like that. */
static int shared_by(pid_t pid, const char *names) {
    char name[64], line[512];
    int shared = 0;
    FILE *file;
    snprintf(name, sizeof name, "/proc/%d/maps", (int)pid);
    file = fopen(name, "r");
    CHECK(file != NULL);
    while (fgets(line, sizeof line, file) != NULL) {
        shared += strstr(line, " rw-s ") != NULL && strstr(line, names) != NULL;
    }
    fclose(file);
    return shared;
}

static int shares_nothing(void) { return shared_by(watched, "") == 0; }

/* Memory that the program shares with others, or with the kernel, is not kept alive by the helper. */
static void shared_memory(void) {
    usbx_device *device = opened();
    void *buffer;
    CHECK(mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
    OK(usbx_buffer_alloc(device, 1 << 16, &buffer));
    CHECK_NUMBER(shared_by(getpid(), "/dev/bus/usb"), 1);
    OK(usbx_detach_kernel_driver(device, 0));
    watched = helper();
    CHECK(within(5, shares_nothing));
    OK(usbx_close(device));
}

int main(int argc, char **argv) {
    CHECK(argc == 3);
    product = (uint16_t)strtoul(argv[1], NULL, 0);
    sysfs = argv[2];
    survivor = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(survivor != MAP_FAILED && driven());
    elsewhere = survivor + 1;
    in_a_process(without_pidfd);
    CHECK(*survivor > 0 && kill(*survivor, SIGKILL) == 0);
    in_a_process(few_descriptors);
    in_a_process(signals);
    in_a_process(shared_memory);
    return 0;
}
