/* Eight threads, each making random valid and invalid calls, for the same eight devices.
 *
 * After each call: does the header list the status for this situation, are the results written, is there a last error?
 * Every random number comes from the seed, the thread's number and the number of its operation, so a thread repeats its
 * calls with the same seed, whatever the others do. */
#ifndef STRESS_H
#define STRESS_H

#include <stddef.h>
#include <stdint.h>
#include <usbx.h>

enum { WORKERS = 8, DEVICES = 8, SLOTS = 24 };

typedef enum { DEVICE, QUEUE, STREAM, VIRTUAL, WATCH, CAPTURE, KINDS } handle_kind;

typedef struct {
    unsigned number;
    uint64_t random;    /* of this operation */
    uint64_t operation, calls;
    const char *doing;  /* the call, as it stands in the source */
    uint64_t ends[32];  /* how often calls ended so, by the bit of their status */
    uint64_t shutdowns; /* how many had ended when it began to use a device of its own */
    int owns, lost;     /* it uses one now; a shutdown took that away */
    char apart[64];     /* no two in one cache line */
} worker;

/* random.c */
uint64_t random_of(uint64_t seed, unsigned number, uint64_t operation);
uint32_t below(worker *w, uint32_t limit);
int one_in(worker *w, uint32_t chances);

/* check.c: sets of statuses, and what has to hold after each call. */
#define PLACE(status) ((status) <= -99 ? -(status) - 86 : -(status))
#define BIT(status) (1u << PLACE(status))
#define OK_ BIT(USBX_OK)
#define IO BIT(USBX_ERROR_IO)
#define INVALID_PARAM BIT(USBX_ERROR_INVALID_PARAM)
#define NO_DEVICE BIT(USBX_ERROR_NO_DEVICE)
#define NOT_FOUND BIT(USBX_ERROR_NOT_FOUND)
#define BUSY BIT(USBX_ERROR_BUSY)
#define TIMEOUT BIT(USBX_ERROR_TIMEOUT)
#define OVERFLOW BIT(USBX_ERROR_OVERFLOW)
#define PIPE BIT(USBX_ERROR_PIPE)
#define NO_MEM BIT(USBX_ERROR_NO_MEM)
#define NOT_SUPPORTED BIT(USBX_ERROR_NOT_SUPPORTED)
#define INVALID_HANDLE BIT(USBX_ERROR_INVALID_HANDLE)
#define CANCELLED BIT(USBX_ERROR_CANCELLED)
#define CLOSED BIT(USBX_ERROR_CLOSED)
#define NOT_CLAIMED BIT(USBX_ERROR_NOT_CLAIMED)

/* TRY(w, OK_ | BUSY, usbx_claim(device, 0)): makes the call and returns its status, which has to be one of those. */
#define TRY(w, allowed, call) (begin_call(w, #call), end_call(w, call, allowed))
#define CHECK(w, condition) ((condition) ? 1 : complain(w, __FILE__, __LINE__, #condition))
void begin_call(worker *w, const char *call);
usbx_status end_call(worker *w, usbx_status status, unsigned allowed);
int complain(worker *w, const char *file, int line, const char *what); /* ends the run; returns 0 */
void print_ends(const worker *workers); /* how often calls ended how */
extern int failures;

/* buffer.c: of exactly this size, so that a sanitizer sees what goes beyond. */
enum { UNTOUCHED = 0xa5 };
uint8_t *room(size_t length);
uint8_t *bytes_to_send(worker *w, size_t length);
int untouched(const uint8_t *data, size_t length);

/* handles.c: the open handles, which any thread may use and close, and the list of them. */
typedef struct {
    void *token;
    int wrong; /* surely no open handle of that kind */
} chosen;
chosen choose(worker *w, handle_kind kind);
/* What a call may return for this handle, if it may return these for an open one. */
unsigned of(chosen handle, unsigned allowed);
void opened(void);
void keep(worker *w, handle_kind kind, unsigned slot, void *handle); /* opened; closes what was in the slot */
usbx_status close_handle(worker *w, handle_kind kind, void *handle);
void close_any(worker *w);
void shut_down(worker *w);
void own_from_now(worker *w);
void wait_for_shutdowns(void); /* until none is running */
/* Whether a shutdown may have closed what this worker opened. */
int shut_down_meanwhile(const worker *w);
/* The library's last shutdown: the number of handles left, by its count and by ours. */
void last_shutdown(size_t *leaked, size_t *expected);

/* devices.c: the devices and their endpoints. An address is 0 if there is no such endpoint. */
typedef struct {
    int on_kernel;
    uint16_t vendor_id, product_id;
    uint8_t bulk_in[2], bulk_out, interrupt_in, isochronous_in;
    unsigned bus_errors; /* what any transfer may suffer: another handle's reset, on a real bus more */
} bus;
extern bus target;
void use_kernel(void);
const char *serial_of(unsigned device, char text[64]);
void list(worker *w);
void open_device(worker *w);
void describe(worker *w);
void set_up(worker *w);
void read_descriptor(worker *w);

/* transfers.c */
void control(worker *w);
void move(worker *w);
void move_isochronous(worker *w);
void steer(worker *w); /* cancel, clear halt, reset */
void ask(worker *w);   /* versions and names */

/* queues.c */
void open_queue(worker *w);
void submit(worker *w);
void wait_for_completions(worker *w);
void steer_queue(worker *w);
void queue_was_closed(void *queue); /* its buffers are ours again */
void queues_were_closed(worker *w); /* those of every queue that is not open any more */

/* streams.c */
void open_stream(worker *w);
void stream_in(worker *w);
void stream_out(worker *w);
void look_at_stream(worker *w);

/* watches.c */
void open_watch(worker *w);
void watch_devices(worker *w);

/* captures.c */
void open_capture(worker *w);
void look_at_capture(worker *w);

/* plugging.c */
void plug_in(worker *w, unsigned device);
void replug(worker *w);
void unplug(worker *w);

/* loopback.c: a device without other users. Every status is known, and no byte may be lost. */
void use_own_device(worker *w);

#endif
