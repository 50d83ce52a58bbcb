/* The calls fail: the library has no such sockets on Windows. */
#ifndef POSIX_SYS_UN_H
#define POSIX_SYS_UN_H

struct sockaddr_un {
    unsigned short sun_family;
    char sun_path[108];
};

#endif
