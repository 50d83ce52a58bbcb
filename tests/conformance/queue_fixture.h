/* Shared by the tests of completion queues. */
#ifndef QUEUE_FIXTURE_H
#define QUEUE_FIXTURE_H

#include "suite.h"

usbx_queue *open_queue(void);
usbx_transfer make_transfer(uint8_t endpoint, void *data, size_t length); /* of the type that the endpoint has */
usbx_transfer make_request(uint8_t request_type, uint8_t request, uint16_t index, void *data, size_t length);
/* Submits it and checks that its number is good; 0 if it could not be submitted. */
uint64_t submit(usbx_device *device, usbx_queue *queue, const usbx_transfer *transfer);
uint64_t submit_to(usbx_device *device, usbx_queue *queue, uint8_t endpoint, void *data, size_t length);
/* Submits one read of 0x83 for ROOM packets and sends SENT bytes: when they have been taken, some are in the buffer, and
 * the read waits for more. */
enum { SENT = (HELD + 1) * PACKET };
uint64_t submit_blocked_read(usbx_device *device, usbx_queue *queue, uint8_t data[ROOM * PACKET]);
/* Waits until so many have come; 0 if they do not. */
int take(usbx_queue *queue, usbx_completion *completions, size_t wanted);
int is_empty(usbx_queue *queue); /* nothing is complete, and a wait that does not wait says so */

#define COMPLETED(completion, expected_id, expected_status, bytes)                       \
    do {                                                                                 \
        EQUAL((completion).id, expected_id);                                             \
        if (!EQUAL((completion).status, expected_status))                                \
            printf("#   the completion says %s\n", usbx_error_name((completion).status)); \
        EQUAL((completion).transferred, bytes);                                          \
    } while (0)

#endif
