/* The isochronous requests of usbip_player. An interval without a request is lost, so handling one request at a time, as for
 * other endpoints, would interrupt the stream: each is submitted to one completion queue when it comes, and a thread answers
 * them as they complete. */
#include "usbip_player.h"
#include <arpa/inet.h>
#include <errno.h>

/* Behind a request's data and behind an answer's, one for each packet. */
struct descriptor {
    uint32_t offset, length, moved, status;
};

struct request {
    struct request *next;
    uint32_t sequence, in, length; /* the length of the data as the kernel has it, with what may lie between packets */
    uint32_t unlink_sequence;      /* 0, or the message that wants this request ended */
    uint64_t id;
    uint32_t count;
    struct descriptor *descriptors;
    usbx_packet *packets;
    uint8_t *data; /* the packets, one behind the other */
};

static struct request *pending; /* what the queue has */
static usbx_queue *queue;

int is_isochronous(const struct message *message) {
    return message->u.submit.packets != 0 && message->u.submit.packets != 0xffffffff;
}

static int errno_of_packet(usbx_status status) {
    switch (status) {
    case USBX_OK: return 0;
    case USBX_ERROR_OVERFLOW: return EOVERFLOW;
    case USBX_ERROR_CANCELLED: return EXDEV; /* never on the bus: what the kernel has in each packet at first */
    default: return EPROTO;
    }
}

static void free_request(struct request *request) {
    free(request->descriptors);
    free(request->packets);
    free(request->data);
    free(request);
}

/* The answer: what came, without the room that packets left, and then what became of each packet. */
static void answer(const struct request *request, int error) {
    uint32_t moved = 0, at = 0, errors = 0, i;
    struct message message = {0};
    uint8_t *data = malloc(request->length + 1);
    CHECK(data != NULL);
    for (i = 0; i < request->count; i++) {
        const usbx_packet *packet = &request->packets[i];
        if (request->in) {
            memcpy(data + moved, request->data + at, packet->transferred);
        }
        at += packet->length;
        moved += packet->transferred;
        errors += packet->status != USBX_OK;
        request->descriptors[i].moved = htonl(packet->transferred);
        request->descriptors[i].status = htonl((uint32_t)-errno_of_packet(packet->status));
    }
    message.command = htonl(RET_SUBMIT);
    message.sequence = htonl(request->sequence);
    message.u.submitted.status = htonl((uint32_t)-error);
    message.u.submitted.length = htonl(moved);
    message.u.submitted.packets = htonl(request->count);
    message.u.submitted.errors = htonl(errors);
    send_all(&message, sizeof message);
    if (request->in) {
        send_all(data, moved);
    }
    send_all(request->descriptors, request->count * sizeof *request->descriptors);
    free(data);
    if (request->unlink_sequence != 0) {
        send_unlinked(request->unlink_sequence, 0);
    }
}

static void *answer_completions(void *unused) {
    usbx_completion done[32];
    size_t count, i;
    for (;;) {
        usbx_status status = usbx_queue_wait(queue, done, 32, USBX_NO_TIMEOUT, &count);
        if (status == USBX_ERROR_CLOSED || status == USBX_ERROR_INVALID_HANDLE) {
            return unused; /* the player ends */
        }
        OK(status);
        pthread_mutex_lock(&lock);
        for (i = 0; i < count; i++) {
            struct request **at = &pending, *request;
            while ((*at)->id != done[i].id) {
                at = &(*at)->next;
            }
            request = *at;
            *at = request->next;
            answer(request, errno_of(done[i].status));
            free_request(request);
        }
        pthread_cond_broadcast(&changed);
        pthread_mutex_unlock(&lock);
    }
}

/* What follows the message: the data of an OUT request, and the descriptors. */
static int receive_rest(struct request *request) {
    size_t size = request->count * sizeof *request->descriptors;
    uint8_t *sent = calloc(1, request->length + 1);
    uint32_t at = 0, i;
    int received;
    request->descriptors = malloc(size);
    request->packets = calloc(request->count, sizeof *request->packets);
    request->data = calloc(1, request->length + 1);
    CHECK(sent != NULL && request->descriptors != NULL && request->packets != NULL && request->data != NULL);
    received = (request->in || receive_all(sent, request->length)) && receive_all(request->descriptors, size);
    for (i = 0; received && i < request->count; i++) {
        uint32_t offset = ntohl(request->descriptors[i].offset), length = ntohl(request->descriptors[i].length);
        CHECK(offset <= request->length && length <= request->length - offset && length <= request->length - at);
        request->packets[i].length = length;
        request->packets[i].status = USBX_ERROR_CANCELLED; /* if it cannot be submitted */
        memcpy(request->data + at, sent + offset, length);
        at += length;
    }
    request->length = at;
    free(sent);
    return received;
}

static void submit(struct request *request, uint8_t endpoint) {
    usbx_transfer transfer = {0};
    usbx_status status;
    transfer.type = USBX_TYPE_ISOCHRONOUS;
    transfer.endpoint = endpoint;
    transfer.data = request->data;
    transfer.length = request->length;
    transfer.packets = request->packets;
    transfer.packet_count = request->count;
    status = usbx_submit(device, queue, &transfer, &request->id);
    if (status == USBX_OK) {
        request->next = pending;
        pending = request;
    } else {
        answer(request, errno_of(status));
        free_request(request);
    }
}

int take_isochronous(const struct message *message) {
    struct request *request = calloc(1, sizeof *request);
    uint32_t endpoint = ntohl(message->endpoint);
    pthread_t thread;
    CHECK(request != NULL && endpoint < 16);
    request->sequence = ntohl(message->sequence);
    request->in = ntohl(message->direction_in);
    request->length = ntohl(message->u.submit.length);
    request->count = ntohl(message->u.submit.packets);
    CHECK(request->count <= 1024); /* the kernel's own limit */
    if (!receive_rest(request)) {
        free_request(request);
        return 0;
    }
    if (queue == NULL) {
        OK(usbx_queue_open(&queue));
        CHECK(pthread_create(&thread, NULL, answer_completions, NULL) == 0);
    }
    pthread_mutex_lock(&lock); /* its completion is looked for in the list */
    submit(request, (uint8_t)(endpoint | (request->in ? 0x80 : 0)));
    pthread_mutex_unlock(&lock);
    return 1;
}

int unlink_isochronous(uint32_t sequence, uint32_t unlink_sequence) {
    struct request *request = pending;
    while (request != NULL && request->sequence != sequence) {
        request = request->next;
    }
    if (request == NULL) {
        return 0;
    }
    /* What came until now is answered as its result, like any other. */
    request->unlink_sequence = unlink_sequence;
    OK(usbx_queue_cancel(queue, request->id));
    return 1;
}

int is_isochronous_pending(void) {
    return pending != NULL;
}
