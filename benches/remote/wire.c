/* A long cable between two network namespaces: wire NAMESPACE NAMESPACE ROUND_TRIP_US MBIT. It makes a device "wire0" in each, and passes
 * packets on after half of the round trip, as fast as the rate lets them. (netem does that, too, where the kernel has it.) */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum { SLOTS = 4096, MOST = 9000 };

struct packet {
    int64_t due;
    size_t length;
    uint8_t bytes[MOST];
};

struct way {
    int from, to;
    sem_t room, ready;
    struct packet *packets;
};

static int64_t delay_ns;
static double ns_per_byte;

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int device(const char *name)
{
    char path[128];
    struct ifreq request;
    snprintf(path, sizeof path, "/run/netns/%s", name);
    int space = open(path, O_RDONLY | O_CLOEXEC);
    if (space < 0 || setns(space, CLONE_NEWNET) != 0)
        fail(path);
    close(space);
    int tun = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    memset(&request, 0, sizeof request);
    strcpy(request.ifr_name, "wire0");
    request.ifr_flags = IFF_TUN | IFF_NO_PI;
    if (tun < 0 || ioctl(tun, TUNSETIFF, &request) != 0)
        fail("/dev/net/tun");
    return tun;
}

static void *take(void *argument)
{
    struct way *way = argument;
    int64_t free_at = 0;
    for (unsigned at = 0;; at++) {
        struct packet *packet = &way->packets[at % SLOTS];
        sem_wait(&way->room);
        ssize_t got = read(way->from, packet->bytes, MOST);
        if (got <= 0)
            fail("read");
        int64_t begin = now();
        free_at = (free_at > begin ? free_at : begin) + (int64_t)((double)got * ns_per_byte);
        packet->length = (size_t)got;
        packet->due = free_at + delay_ns;
        sem_post(&way->ready);
    }
    return NULL;
}

static void *give(void *argument)
{
    struct way *way = argument;
    prctl(PR_SET_TIMERSLACK, 1000);
    for (unsigned at = 0;; at++) {
        struct packet *packet = &way->packets[at % SLOTS];
        sem_wait(&way->ready);
        int64_t left = packet->due - now();
        if (left > 0) {
            struct timespec time = {(time_t)(packet->due / 1000000000), (long)(packet->due % 1000000000)};
            clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
        }
        /* While the other end is not up, packets get lost. */
        if (write(way->to, packet->bytes, packet->length) < 0 && errno != EIO)
            fail("write");
        sem_post(&way->room);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    static struct way ways[2];
    pthread_t threads[4];
    if (argc != 5)
        return 2;
    delay_ns = atoll(argv[3]) * 1000 / 2;
    ns_per_byte = 8000.0 / atof(argv[4]);
    ways[0].from = ways[1].to = device(argv[1]);
    ways[0].to = ways[1].from = device(argv[2]);
    for (int at = 0; at < 2; at++) {
        ways[at].packets = calloc(SLOTS, sizeof(struct packet));
        sem_init(&ways[at].room, 0, SLOTS);
        sem_init(&ways[at].ready, 0, 0);
        if (ways[at].packets == NULL || pthread_create(&threads[2 * at], NULL, take, &ways[at]) != 0 ||
            pthread_create(&threads[2 * at + 1], NULL, give, &ways[at]) != 0)
            fail("start");
    }
    printf("ready\n");
    fflush(stdout);
    pthread_join(threads[0], NULL);
    return 0;
}
