#include "usbip_port.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define VHCI "/sys/devices/platform/vhci_hcd.0/"

void write_file(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text)) {
        fprintf(stderr, "usbip: cannot write \"%s\" to %s: %s\n", text, path, strerror(errno));
        exit(1);
    }
    close(fd);
}

/* The first free port for a device of that kind, or whether `wanted` is one: lines of "hs|ss port status …", 004 being free. */
static int free_port(const char *kind, int wanted) {
    char line[256];
    FILE *file = fopen(VHCI "status", "r");
    int number, status, found = -1;
    CHECK(file != NULL);
    while (found < 0 && fgets(line, sizeof line, file) != NULL) {
        if ((kind == NULL || strncmp(line, kind, 2) == 0) && sscanf(line + 2, "%d %d", &number, &status) == 2 &&
            status == 4 && (wanted < 0 || number == wanted)) {
            found = number;
        }
    }
    fclose(file);
    return found;
}

int is_port_free(int port) { return free_port(NULL, port) == port; }

int attach_socket(int kernel_speed, int fd, int device) {
    char text[64];
    int port = free_port(kernel_speed >= 5 ? "ss" : "hs", -1);
    CHECK(port >= 0);
    snprintf(text, sizeof text, "%d %d %d %d", port, fd, device, kernel_speed);
    write_file(VHCI "attach", text);
    return port;
}

int attach_port(int speed, int *end) {
    static const int kernel_speed[] = {0, 1, 2, 3, 5, 6};
    int ends[2], port;
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    port = attach_socket(kernel_speed[speed], ends[1], 1 << 16 | 1);
    close(ends[1]);
    *end = ends[0];
    return port;
}

void wait_until_read(int end) {
    const struct timespec pause = {0, 1000 * 1000};
    int unread = 1, looks;
    for (looks = 0; looks < 10000 && unread > 0; looks++) {
        CHECK(ioctl(end, SIOCOUTQ, &unread) == 0);
        nanosleep(&pause, NULL);
    }
    CHECK_NUMBER(unread, 0);
}

void detach_port(int port) {
    char text[16];
    snprintf(text, sizeof text, "%d", port);
    write_file(VHCI "detach", text);
}
