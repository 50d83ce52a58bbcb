#include "usbip_odd.h"
#include "usbip_messages.h"
#include <arpa/inet.h>
#include <errno.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 65536 };

static const struct odd_device *played;
static int end;
static struct silence silence;
static uint8_t configuration;

static void put(const void *from, size_t length) {
    if (!send_bytes(end, from, length)) {
        exit(0); /* the kernel has hung up */
    }
}

static int take(void *to, size_t length) { return receive_bytes(end, to, length); }

/* The descriptor that is asked for; NULL for a stall. */
static const uint8_t *descriptor(uint8_t kind, uint8_t index, size_t *length) {
    static const uint8_t languages[] = {4, 3, 9, 4};
    const uint8_t *found = NULL;
    if (kind == 1) {
        *length = 18;
        return played->device;
    }
    if (kind == 2 && index < 2 && played->configurations[index] != NULL) {
        *length = played->lengths[index];
        return played->configurations[index];
    }
    if (kind == 3) {
        found = index > 0 && index < 8 ? played->strings[index] : index == 0 && played->has_languages ? languages : NULL;
        *length = found != NULL ? found[0] : 0;
    }
    return found;
}

static void answer(const struct message *request) {
    static uint8_t data[MOST];
    static const uint8_t printer_id[] = {0, 6, 'M', 'D', 'L', ':'};
    struct message message = {0};
    const uint8_t *s = request->u.submit.setup, *from = data;
    uint32_t in = ntohl(request->direction_in), asked = ntohl(request->u.submit.length);
    size_t length = asked;
    int status = 0;
    CHECK(asked <= MOST);
    if (!in && !take(data, asked)) {
        exit(0);
    }
    if (request->endpoint != 0) {
        length = (in && ntohl(request->endpoint) == played->fills) || asked < 5 ? asked : 5;
        memset(data, 0x5a, length);
    } else if (s[0] == 0x80 && s[1] == 6) { /* GET_DESCRIPTOR */
        from = descriptor(s[3], s[2], &length);
        if (from != NULL && s[3] == 3 && s[2] == played->deaf_to_long && s[2] != 0 && asked > length) {
            fall_silent(&silence, ntohl(request->sequence));
            if (played->unanswered != NULL) {
                ++*played->unanswered;
            }
            return;
        }
        if (from != NULL && s[3] == 3 && s[2] == played->deaf_to_long && s[2] != 0) {
            struct timespec slowly = {0, 30000000};
            nanosleep(&slowly, NULL); /* it needs this time, which is to be left when the long request was in vain */
        }
    } else if (s[0] == 0x00 && s[1] == 9) { /* SET_CONFIGURATION */
        configuration = s[2];
    } else if (s[0] == 0x80 && s[1] == 8) {
        data[0] = configuration;
    } else if (s[0] == 0xa1 && s[1] == 0) { /* GET_DEVICE_ID */
        from = printer_id;
        length = sizeof printer_id;
    } else if (in) {
        memset(data, 0, length);
    }
    if (from == NULL) {
        status = -EPIPE;
        length = 0;
    }
    length = length < asked ? length : asked;
    message.command = htonl(RET_SUBMIT);
    message.sequence = request->sequence;
    message.u.submitted.status = htonl((uint32_t)status);
    message.u.submitted.length = htonl((uint32_t)length);
    put(&message, sizeof message);
    if (in) {
        put(from, length);
    }
}

static void unlink_request(const struct message *request) {
    struct message message = {0};
    message.command = htonl(RET_UNLINK);
    message.sequence = request->sequence;
    if (break_silence(&silence, ntohl(request->u.unlink.value))) {
        message.u.unlink.value = htonl((uint32_t)-ECONNRESET);
    }
    put(&message, sizeof message);
}

void play_odd(const struct odd_device *device, int kernel_socket) {
    struct message message;
    played = device;
    end = kernel_socket;
    while (take(&message, sizeof message)) {
        if (ntohl(message.command) == CMD_SUBMIT) {
            answer(&message);
        } else {
            unlink_request(&message);
        }
    }
}
