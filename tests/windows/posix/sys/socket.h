/* Berkeley's calls, by Winsock's. */
#ifndef POSIX_SYS_SOCKET_H
#define POSIX_SYS_SOCKET_H

#define WIN32_LEAN_AND_MEAN
/* The suite has constants of these names. */
#define LONG WINDOWS_LONG
#define SHORT WINDOWS_SHORT
#include <winsock2.h>
#include <ws2tcpip.h>
#undef LONG
#undef SHORT
#include <unistd.h>

enum { MSG_NOSIGNAL = 0, MSG_DONTWAIT = 0 };

static inline int posix_socket(int family, int type, int protocol)
{
    WSADATA data;
    WSAStartup(0x0202, &data);
    return (int)socket(family, type, protocol);
}

static inline int posix_setsockopt(int fd, int level, int name, const void *value, int length)
{
    if (level == SOL_SOCKET && (name == SO_RCVTIMEO || name == SO_SNDTIMEO)) {
        const struct timeval *time = value;
        DWORD ms = (DWORD)(time->tv_sec * 1000 + time->tv_usec / 1000);
        return setsockopt((SOCKET)fd, level, name, (const char *)&ms, sizeof ms);
    }
    return setsockopt((SOCKET)fd, level, name, value, length);
}

#define socket posix_socket
#define setsockopt(fd, level, name, value, length) posix_setsockopt(fd, level, name, value, (int)(length))
#define connect(fd, address, length) connect((SOCKET)(fd), address, length)
#define send(fd, data, length, flags) ((ssize_t)send((SOCKET)(fd), (const char *)(data), (int)(length), flags))
#define recv(fd, data, length, flags) ((ssize_t)recv((SOCKET)(fd), (char *)(data), (int)(length), flags))
#define shutdown(fd, how) shutdown((SOCKET)(fd), how)
#define close(fd) closesocket((SOCKET)(fd))
enum { SHUT_RD = SD_RECEIVE, SHUT_WR = SD_SEND, SHUT_RDWR = SD_BOTH };

#endif
