#define _GNU_SOURCE
#include "proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS = 8, ROOM = 65536, HEADER = 48, COMMON = 8, BUSID = 32, DEVICE = 312, PACKET = 16 };

/* What one way of a connection is about to bring. */
struct reader {
    uint8_t bytes[HEADER];
    size_t have, want;
    long data;      /* of these are still to come, and count */
    long passed;    /* and have come */
    long rest;      /* then come these */
    int imported;
};

struct connection {
    int sockets[2]; /* by the way that their bytes go: the server's has TO_CLIENT */
    struct reader readers[2];
    /* By the lower half of their numbers: which requests read, and how many packets they have. */
    uint8_t reads[ROOM];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct connection connections[CONNECTIONS];
static struct mischief mischief;
static struct passage passage;
static uint64_t random_state;
static int listener;
static uint16_t server_port;

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static uint32_t number(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void header(struct connection *connection, int way, struct reader *reader)
{
    const uint8_t *bytes = reader->bytes;
    reader->have = 0;
    reader->passed = 0;
    if (!reader->imported) {
        reader->imported = bytes[3] == 3;
        reader->rest = way == TO_SERVER ? (reader->imported ? BUSID : 0) : DEVICE;
        reader->want = HEADER;
        if (!reader->imported)
            reader->rest = 1L << 30; /* a list */
        return;
    }
    uint8_t *reads = &connection->reads[number(bytes + 4) % ROOM];
    uint32_t packets = number(bytes + 32);
    if (number(bytes) == 1) {
        int is_in = number(bytes + 12) != 0;
        *reads = (uint8_t)is_in;
        reader->rest = (is_in ? 0 : (long)number(bytes + 24)) + (packets == UINT32_MAX ? 0 : (long)packets * PACKET);
    } else if (number(bytes) == 3) {
        reader->data = *reads ? (long)number(bytes + 24) : 0;
        reader->rest = packets == UINT32_MAX ? 0 : (long)packets * PACKET;
    }
}

/* Follows the messages, to know of what answer the data are. */
static void follow(struct connection *connection, int way, const uint8_t *bytes, size_t count)
{
    struct reader *reader = &connection->readers[way];
    for (size_t at = 0; at < count; at++) {
        if (reader->data > 0) {
            reader->data--;
            reader->passed++;
        } else if (reader->rest > 0) {
            reader->rest--;
        } else {
            reader->bytes[reader->have++] = bytes[at];
            if (reader->have == reader->want)
                header(connection, way, reader);
        }
    }
}

static void end(struct connection *connection, int reset)
{
    for (int way = 0; way < 2; way++) {
        struct linger linger = {1, 0};
        if (reset)
            setsockopt(connection->sockets[way], SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
        close(connection->sockets[way]);
    }
    connection->sockets[0] = connection->sockets[1] = -1;
}

static void cut(void)
{
    passage.is_cut = 1;
    for (int at = 0; at < CONNECTIONS; at++) {
        struct connection *connection = &connections[at];
        if (connection->sockets[0] < 0)
            continue;
        if (connection->readers[TO_CLIENT].data > 0)
            passage.partial = connection->readers[TO_CLIENT].passed;
        end(connection, mischief.reset);
    }
}

static int send_all(int socket, const uint8_t *bytes, size_t count)
{
    while (count > 0) {
        ssize_t sent = send(socket, bytes, count, MSG_NOSIGNAL);
        if (sent <= 0)
            return 0;
        bytes += sent;
        count -= (size_t)sent;
    }
    return 1;
}

static void delay(void)
{
    if (mischief.delays == 0)
        return;
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    struct timespec time = {0, (long)(random_state >> 33) % 2000000};
    nanosleep(&time, NULL);
}

/* Passes on what has come that way. */
static void pass(struct connection *connection, int way)
{
    static uint8_t bytes[ROOM];
    ssize_t got = recv(connection->sockets[way], bytes, sizeof bytes, MSG_DONTWAIT);
    if (got <= 0) {
        end(connection, 0);
        return;
    }
    size_t count = (size_t)got, at = 0;
    int is_last = mischief.cut >= 0 && mischief.way == way && passage.bytes[way] + got >= mischief.cut;
    if (is_last)
        count = (size_t)(mischief.cut - passage.bytes[way]);
    while (at < count) {
        size_t piece = mischief.piece != 0 && mischief.piece < count - at ? mischief.piece : count - at;
        delay();
        if (!send_all(connection->sockets[!way], bytes + at, piece))
            break;
        follow(connection, way, bytes + at, piece);
        passage.bytes[way] += (long)piece;
        at += piece;
    }
    if (is_last)
        cut();
}

static void take(void)
{
    int client = accept(listener, NULL, NULL), one = 1, free_at = 0;
    if (client < 0)
        return;
    if (passage.is_cut) {
        close(client); /* it is dead for all that come later, too */
        return;
    }
    while (connections[free_at].sockets[0] >= 0)
        if (++free_at == CONNECTIONS)
            fail("too many connections");
    struct connection *connection = &connections[free_at];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(server_port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int server = socket(AF_INET, SOCK_STREAM, 0);
    if (server < 0 || connect(server, (struct sockaddr *)&address, sizeof address) != 0)
        fail("connect");
    memset(connection, 0, sizeof *connection);
    connection->sockets[TO_SERVER] = client;
    connection->sockets[TO_CLIENT] = server;
    connection->readers[0].want = connection->readers[1].want = COMMON;
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (mischief.cut == 0)
        cut();
}

static void *run(void *unused)
{
    (void)unused;
    for (;;) {
        struct pollfd polled[1 + 2 * CONNECTIONS] = {{listener, POLLIN, 0}};
        pthread_mutex_lock(&lock);
        for (int at = 0; at < 2 * CONNECTIONS; at++)
            polled[1 + at] = (struct pollfd){connections[at / 2].sockets[at % 2], POLLIN, 0};
        pthread_mutex_unlock(&lock);
        if (poll(polled, 1 + 2 * CONNECTIONS, -1) < 0)
            continue;
        pthread_mutex_lock(&lock);
        for (int at = 0; at < 2 * CONNECTIONS; at++)
            /* One that ended in this round may be closed, or another one. */
            if (polled[1 + at].revents != 0 && connections[at / 2].sockets[at % 2] == polled[1 + at].fd &&
                polled[1 + at].fd >= 0)
                pass(&connections[at / 2], at % 2);
        if (polled[0].revents != 0)
            take();
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

uint16_t proxy_start(uint16_t server)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof address;
    pthread_t thread;
    for (int at = 0; at < CONNECTIONS; at++)
        connections[at].sockets[0] = connections[at].sockets[1] = -1;
    server_port = server;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 16) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &length) != 0 ||
        pthread_create(&thread, NULL, run, NULL) != 0)
        fail("proxy");
    return ntohs(address.sin_port);
}

void proxy_begin(const struct mischief *wanted)
{
    pthread_mutex_lock(&lock);
    for (int at = 0; at < CONNECTIONS; at++)
        if (connections[at].sockets[0] >= 0)
            end(&connections[at], 0);
    mischief = *wanted;
    random_state = wanted->delays;
    memset(&passage, 0, sizeof passage);
    pthread_mutex_unlock(&lock);
}

struct passage proxy_end(void)
{
    pthread_mutex_lock(&lock);
    struct passage result = passage;
    pthread_mutex_unlock(&lock);
    return result;
}
