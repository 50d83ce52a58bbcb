#define _POSIX_C_SOURCE 200809L
#include "usbip_client.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

int client_connect(const char *address)
{
    struct timeval patience = {30, 0};
    struct sockaddr_un local;
    struct sockaddr_in remote;
    int fd, is_local = strncmp(address, "unix:", 5) == 0;
    memset(&local, 0, sizeof local);
    memset(&remote, 0, sizeof remote);
    local.sun_family = AF_UNIX;
    if (is_local)
        strncpy(local.sun_path, address + 5, sizeof local.sun_path - 1);
    else
        remote.sin_port = htons((uint16_t)atoi(strrchr(address, ':') + 1));
    remote.sin_family = AF_INET;
    remote.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    fd = socket(is_local ? AF_UNIX : AF_INET, SOCK_STREAM, 0);
    if (fd >= 0 && connect(fd, is_local ? (struct sockaddr *)&local : (struct sockaddr *)&remote,
                           is_local ? (socklen_t)sizeof local : (socklen_t)sizeof remote) != 0) {
        close(fd);
        return -1;
    }
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience); /* a hang is a failure, too */
    return fd;
}

int client_send(int fd, const void *data, size_t length)
{
    const uint8_t *at = data;
    while (length > 0) {
        ssize_t sent = send(fd, at, length, MSG_NOSIGNAL);
        if (sent <= 0)
            return 0;
        at += sent;
        length -= (size_t)sent;
    }
    return 1;
}

int client_receive(int fd, void *data, size_t length)
{
    uint8_t *at = data;
    while (length > 0) {
        ssize_t got = recv(fd, at, length, 0);
        if (got <= 0)
            return 0;
        at += got;
        length -= (size_t)got;
    }
    return 1;
}

int client_ended(int fd)
{
    uint8_t byte;
    return recv(fd, &byte, 1, 0) <= 0;
}

uint32_t client_number(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void put(uint8_t *bytes, uint32_t number)
{
    int i;
    for (i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(number >> (24 - 8 * i));
}

unsigned client_import(int fd, const char *busid, uint8_t *device)
{
    uint8_t request[40] = {0x01, 0x11, 0x80, 0x03}, reply[8], described[DEVICE_SIZE];
    strncpy((char *)request + 8, busid, 31);
    if (!client_send(fd, request, sizeof request) || !client_receive(fd, reply, sizeof reply) ||
        memcmp(reply, "\x01\x11\x00\x03", 4) != 0)
        return 99;
    if (client_number(reply + 4) == 0) {
        if (!client_receive(fd, described, sizeof described))
            return 99;
        if (device != NULL)
            memcpy(device, described, sizeof described);
    }
    return client_number(reply + 4);
}

void client_header(uint8_t *header, uint32_t command, uint32_t sequence, uint8_t endpoint, uint32_t length)
{
    memset(header, 0, HEADER_SIZE);
    put(header, command);
    put(header + 4, sequence);
    put(header + 8, 1);
    put(header + 12, endpoint & 0x80 ? 1 : 0);
    put(header + 16, endpoint & 0x0f);
    put(header + 24, length);
}

void client_submit(int fd, uint32_t sequence, uint8_t endpoint, uint32_t flags, const void *data, uint32_t length)
{
    uint8_t header[HEADER_SIZE];
    client_header(header, CMD_SUBMIT, sequence, endpoint, length);
    put(header + 20, flags);
    client_send(fd, header, sizeof header);
    if (!(endpoint & 0x80))
        client_send(fd, data, length);
}

void client_control(int fd, uint32_t sequence, uint8_t type, uint8_t request, uint16_t value, uint16_t index,
                    const void *data, uint16_t length)
{
    uint8_t header[HEADER_SIZE];
    client_header(header, CMD_SUBMIT, sequence, type & 0x80, length);
    header[40] = type;
    header[41] = request;
    header[42] = (uint8_t)value;
    header[43] = (uint8_t)(value >> 8);
    header[44] = (uint8_t)index;
    header[45] = (uint8_t)(index >> 8);
    header[46] = (uint8_t)length;
    header[47] = (uint8_t)(length >> 8);
    client_send(fd, header, sizeof header);
    if (!(type & 0x80))
        client_send(fd, data, length);
}

void client_isochronous(int fd, uint32_t sequence, uint8_t endpoint, uint32_t length, uint32_t packets)
{
    uint8_t header[HEADER_SIZE], packet[16];
    uint32_t i;
    client_header(header, CMD_SUBMIT, sequence, endpoint, length * packets);
    put(header + 32, packets);
    client_send(fd, header, sizeof header);
    for (i = 0; i < packets; i++) {
        memset(packet, 0, sizeof packet);
        put(packet, i * length);
        put(packet + 4, length);
        client_send(fd, packet, sizeof packet);
    }
}

void client_unlink(int fd, uint32_t sequence, uint32_t target)
{
    uint8_t header[HEADER_SIZE];
    client_header(header, CMD_UNLINK, sequence, 0, 0);
    put(header + 20, target);
    client_send(fd, header, sizeof header);
}

int client_answer(int fd, answer *got, int in)
{
    uint8_t header[HEADER_SIZE];
    size_t length;
    memset(got, 0, sizeof *got);
    if (!client_receive(fd, header, sizeof header))
        return 0;
    got->command = client_number(header);
    got->sequence = client_number(header + 4);
    got->status = (int32_t)client_number(header + 20);
    if (got->command != RET_SUBMIT)
        return 1;
    got->actual = client_number(header + 24);
    got->packets = client_number(header + 32);
    length = (in ? got->actual : 0) + 16 * (size_t)got->packets;
    return length <= sizeof got->data && client_receive(fd, got->data, length);
}
