/* A port of the kernel's virtual host controller (vhci-hcd), where a program plays a device. */
#ifndef USBIP_PORT_H
#define USBIP_PORT_H

#include "check.h"

void write_file(const char *path, const char *text);
/* Plugs a device of that speed (USBX_SPEED_*) in; its messages come and go by the socket *end. Returns the port. */
int attach_port(int speed, int *end);
/* The same for a connection to a server, by the kernel's number of the speed and the server's of the device. */
int attach_socket(int kernel_speed, int fd, int device);
/* Until the kernel has taken what was written to attach_port's socket: detach_port makes it forget the rest. */
void wait_until_read(int end);
void detach_port(int port);
int is_port_free(int port);

#endif
