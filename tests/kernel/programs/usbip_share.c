/* Gives a virtual device of the library to the kernel's USB stack by the library's own USB/IP server: it is shared, and
 * vhci-hcd gets a connection to the server, as Linux's `usbip attach` makes one. Another program then sees the device on
 * a real bus, with usbfs, the kernel's client and the server in between.
 *
 *   usbip_share plug MODEL SERIAL PIDFILE    plugs it in and continues in the background; returns when the kernel has been told
 *   usbip_share unplug PIDFILE               unplugs it; returns when that is done
 *   usbip_share attach ADDRESS BUSID         plugs in the device of a server; prints the port
 *   usbip_share detach PORT
 *
 * The server listens at $USBX_SHARE_ADDRESS, or on a Unix socket beside PIDFILE. */
#include "usbip_port.h"
#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int connect_to(const char *address) {
    struct sockaddr_un local = {0};
    struct sockaddr_in remote = {0};
    int fd;
    if (strncmp(address, "unix:", 5) == 0) {
        local.sun_family = AF_UNIX;
        CHECK(strlen(address + 5) < sizeof local.sun_path);
        strcpy(local.sun_path, address + 5);
        fd = socket(AF_UNIX, SOCK_STREAM, 0);
        CHECK(fd >= 0 && connect(fd, (struct sockaddr *)&local, sizeof local) == 0);
        return fd;
    }
    remote.sin_family = AF_INET;
    remote.sin_port = htons((uint16_t)atoi(strrchr(address, ':') + 1));
    remote.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(fd >= 0 && connect(fd, (struct sockaddr *)&remote, sizeof remote) == 0);
    return fd;
}

static void receive(int fd, void *data, size_t length) {
    char *at = data;
    while (length > 0) {
        ssize_t got = read(fd, at, length);
        CHECK(got > 0);
        at += got;
        length -= (size_t)got;
    }
}

/* Takes the device as `usbip attach` does, and hands the connection to the kernel. */
static int attach(const char *address, const char *busid) {
    uint8_t request[40] = {0x01, 0x11, 0x80, 0x03}, reply[8 + 312];
    uint32_t numbers[3]; /* bus, address, speed */
    int port, fd = connect_to(address);
    snprintf((char *)request + 8, 32, "%s", busid);
    CHECK(write(fd, request, sizeof request) == (ssize_t)sizeof request);
    receive(fd, reply, 8);
    CHECK(memcmp(reply, "\x01\x11\x00\x03\0\0\0\0", 8) == 0);
    receive(fd, reply + 8, 312);
    CHECK(strcmp((char *)reply + 8 + 256, busid) == 0);
    memcpy(numbers, reply + 8 + 288, sizeof numbers);
    port = attach_socket((int)ntohl(numbers[2]), fd, (int)(ntohl(numbers[0]) << 16 | ntohl(numbers[1])));
    close(fd);
    return port;
}

static void play(const char *name, const char *serial, const char *file, int ready) {
    struct timespec pause = {0, 10000000};
    char address[300], path[32], text[300];
    usbx_virtual *model;
    usbx_share *share;
    sigset_t set;
    int got, port;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    CHECK(pthread_sigmask(SIG_BLOCK, &set, NULL) == 0);
    OK(usbx_virtual_open(name, serial, &model));
    OK(usbx_virtual_path(model, path, sizeof path, NULL));
    snprintf(address, sizeof address, "unix:%s.socket", file);
    OK(usbx_share_open(getenv("USBX_SHARE_ADDRESS") != NULL ? getenv("USBX_SHARE_ADDRESS") : address, NULL, &share));
    OK(usbx_share_address(share, text, sizeof text, NULL));
    OK(usbx_share_add(share, path, "1-1"));
    port = attach(text, "1-1");
    CHECK(write(ready, "!", 1) == 1);
    close(ready);
    sigwait(&set, &got);
    OK(usbx_virtual_unplug(model));
    alarm(20); /* a port that stays must not keep this process */
    while (!is_port_free(port)) { /* the end of the connection tells the kernel */
        nanosleep(&pause, NULL);
    }
    OK(usbx_share_close(share));
    OK(usbx_shutdown(NULL));
}

int main(int argc, char **argv) {
    char text[16] = "";
    int ready[2];
    pid_t pid;
    FILE *file;

    if (argc == 3 && strcmp(argv[1], "unplug") == 0) {
        file = fopen(argv[2], "r");
        CHECK(file != NULL && fgets(text, sizeof text, file) != NULL);
        pid = atoi(text);
        CHECK(pid > 1 && kill(pid, SIGUSR1) == 0);
        while (kill(pid, 0) == 0) { /* the case that waits for this has its own time limit */
            struct timespec pause = {0, 10000000};
            nanosleep(&pause, NULL);
        }
        return 0;
    }
    if (argc == 4 && strcmp(argv[1], "attach") == 0) {
        printf("%d\n", attach(argv[2], argv[3]));
        return 0;
    }
    if (argc == 3 && strcmp(argv[1], "detach") == 0) {
        detach_port(atoi(argv[2]));
        return 0;
    }
    CHECK(argc == 5 && strcmp(argv[1], "plug") == 0);
    CHECK(pipe(ready) == 0);
    pid = fork(); /* before the library is used: it would not take its handles along */
    if (pid == 0) {
        close(ready[0]);
        setsid();
        play(argv[2], argv[3], argv[4], ready[1]);
        return 0;
    }
    close(ready[1]);
    if (pid < 0 || read(ready[0], text, 1) != 1) {
        return 1; /* it has printed why */
    }
    snprintf(text, sizeof text, "%d", (int)pid);
    write_file(argv[4], text);
    return 0;
}
