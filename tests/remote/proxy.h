/* A connection between a client and a server of USB/IP that is bad on purpose. */
#ifndef PROXY_H
#define PROXY_H

#include <stddef.h>
#include <stdint.h>

enum { TO_SERVER, TO_CLIENT };

/* What is done to the bytes of one session. */
struct mischief {
    int way;         /* which way the bytes are counted */
    long cut;        /* after so many of them all connections end; -1: never */
    int reset;       /* the end is a reset of TCP, not an orderly one */
    size_t piece;    /* so many bytes are passed on at once; 0: as they come */
    uint64_t delays; /* seed of delays, up to 2 ms before each piece; 0: none */
};

/* What came of them. */
struct passage {
    long bytes[2];
    int is_cut;
    long partial; /* data bytes that were passed on of the answer under way when the connection was cut */
};

/* Listens on a port of its own on loopback, for a server at another one. */
uint16_t proxy_start(uint16_t server);
/* A session begins: no connection of the one before is left. */
void proxy_begin(const struct mischief *mischief);
struct passage proxy_end(void);

#endif
