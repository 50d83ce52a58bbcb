/* Opening devices at the moments in which they come and go. Two devices have the same IDs; the one comes and goes all the time, the other
 * stays. By their IDs one can be opened at any moment; the one that comes and goes opens, or is gone, and is never said to lack a node.
 * argv[1]: the UDC file of the gadget that comes and goes, argv[2]: its device controller, argv[3]: its path, argv[4]: how often. */
#include "check.h"
#include <sys/wait.h>
#include <unistd.h>

enum { OPENED, LEFT, NOT_THERE, KINDS };
static const char *const names[KINDS] = {"opened", "left", "not there"};

static void tell(const char *udc, const char *what) {
    FILE *file = fopen(udc, "w");
    CHECK(file != NULL && fprintf(file, "%s\n", what) > 0 && fclose(file) == 0);
}

static int is_listed(const char *path) {
    usbx_device_info all[16];
    size_t count, i;
    OK(usbx_devices(all, 16, &count));
    for (i = 0; i < count && i < 16; i++) {
        if (strcmp(all[i].path, path) == 0) {
            return 1;
        }
    }
    return 0;
}

/* In another process, as others do it. */
static void come_and_go(char **argv) {
    struct timespec pause = {0, 3000000};
    int round;
    for (round = 0; round < atoi(argv[4]); round++) {
        tell(argv[1], "");
        while (is_listed(argv[3])) {
            nanosleep(&pause, NULL);
        }
        tell(argv[1], argv[2]);
        while (!is_listed(argv[3])) {
            nanosleep(&pause, NULL);
        }
        nanosleep(&pause, NULL);
    }
}

int main(int argc, char **argv) {
    int seen[KINDS] = {0}, status, kind;
    usbx_device *device;
    usbx_status opened;
    pid_t child;

    CHECK(argc == 5);
    child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        come_and_go(argv);
        _exit(0);
    }
    while (waitpid(child, &status, WNOHANG) == 0) {
        opened = usbx_open_path(argv[3], &device);
        kind = opened == USBX_OK ? OPENED : opened == USBX_ERROR_NO_DEVICE ? LEFT : NOT_THERE;
        if (kind == NOT_THERE) {
            EXPECT(opened, USBX_ERROR_NOT_FOUND);
        }
        seen[kind]++;
        if (kind == OPENED) {
            OK(usbx_close(device));
        }
        OK(usbx_open(LAB_VENDOR, LOOP_PRODUCT, NULL, &device));
        OK(usbx_close(device));
    }
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    for (kind = 0; kind < KINDS; kind++) {
        printf("note: %d times %s\n", seen[kind], names[kind]);
    }
    CHECK(seen[OPENED] > 0 && seen[NOT_THERE] > 0);
    return 0;
}
