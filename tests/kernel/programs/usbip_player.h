/* Declarations shared by the parts of the player. */
#ifndef USBIP_PLAYER_H
#define USBIP_PLAYER_H

#include "usbip_messages.h"
#include <pthread.h>

extern pthread_mutex_t lock;   /* of every request, and of sending */
extern pthread_cond_t changed; /* a request came, or was answered */
extern usbx_device *device;

int errno_of(usbx_status status);
int receive_all(void *data, size_t length); /* as receive_bytes */
/* Under the lock: an answer to an unlink must not come before that of its request. */
void send_all(const void *data, size_t length);
void send_unlinked(uint32_t sequence, int error);

/* In usbip_isochronous.c. */
int is_isochronous(const struct message *message);
/* Takes what follows the message of a request, and submits it; 0 if the kernel has hung up. */
int take_isochronous(const struct message *message);
int unlink_isochronous(uint32_t sequence, uint32_t unlink_sequence); /* under the lock; 0 if there is no such request */
int is_isochronous_pending(void);                                    /* under the lock */

#endif
