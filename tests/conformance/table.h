/* Every ending of every transfer, from every state, as a table: the axes below give the cells, and rules give the expectation
 * for each (table_rules.c). No cell is picked by hand, and none is left out without a rule that says why. */
#ifndef TABLE_H
#define TABLE_H

#include "isochronous_fixture.h"
#include "stream_fixture.h"

typedef enum {
    CONTROL,
    BULK_IN,
    BULK_OUT,
    INTERRUPT_IN,
    INTERRUPT_OUT,
    ISOCHRONOUS_IN,
    ISOCHRONOUS_OUT,
    TYPES
} transfer_type;

/* Who fetches the result: the call itself; a thread that waits when the ending comes; or no one until it is over. */
typedef enum { BLOCKING, QUEUED, QUEUED_WAITED, STREAMED, STREAMED_WAITED, WAYS } transfer_way;

typedef enum {
    BEFORE,   /* the ending comes first, and then the call */
    IDLE,     /* in flight, nothing moved */
    PART,     /* in flight, part moved */
    RACING,   /* the ending comes with the data */
    COMPLETE, /* complete, but not fetched */
    PHASES
} transfer_phase;

typedef enum {
    CANCEL,
    QUEUE_CANCEL,
    QUEUE_CANCEL_ALL,
    OWN_CLOSE, /* of the queue, of the stream */
    CLOSE,     /* of the device */
    SHUTDOWN,
    RELEASE,
    SET_ALT_SETTING,
    SET_CONFIGURATION,
    CLEAR_HALT,
    RESET,
    STALL,
    TIMEOUT,
    UNPLUG,
    EXIT,
    DLCLOSE,
    ENDINGS
} transfer_ending;

typedef struct {
    transfer_type type;
    transfer_way way;
    transfer_phase phase;
    transfer_ending ending;
} cell;

/* The rules. */
const char *why_impossible(const cell *c);     /* NULL if the cell is possible */
usbx_status status_before(const cell *c);      /* of a call that comes after the ending */
usbx_status status_in_flight(const cell *c);   /* of a call that the ending interrupts */
int is_wanted(const cell *c, usbx_status got); /* the expected result of this cell */
int is_allowed(const cell *c, usbx_status got); /* a result that means that the ending came too early or too late: repeat */
int ends_nothing(const cell *c);               /* and the transfer continues */
int keeps_handles(const cell *c);              /* the queue or stream is still open afterwards */
int device_keeps_its_data(const cell *c);
int comes_in_parts(const cell *c);             /* a stream's data when a reader's timeout expires */
int is_streamed(const cell *c);
int is_waited(const cell *c);                  /* by another thread */
int is_in(const cell *c);
void print_cell(const cell *c);

/* Memory between two inaccessible pages. */
typedef struct {
    uint8_t *data; /* it ends at the end of a page */
    size_t length;
    uint8_t *pages;
    size_t size;
} guarded;

guarded allocate(size_t length); /* filled with UNTOUCHED */
void forbid_writing(guarded *memory);
void give_back(guarded *memory);  /* from now on it is inaccessible */
int is_as_given_back(guarded *memory);
void release_memory(guarded *memory);

/* One transfer of the table. */
typedef struct {
    cell c;
    int round;
    usbx_device *device; /* NULL once it is closed */
    usbx_queue *queue;
    usbx_stream *stream;
    uint64_t id;
    uint8_t endpoint, interface_number;
    guarded data, table; /* the caller's memory, also for packets */
    intervals packets;
    size_t length;
    uint32_t timeout_ms;
    size_t given, taken; /* bytes of the pattern that the loopback got and gave, except those of the transfer */

    pthread_t thread, mover;
    int has_thread, has_mover;
    usbx_device *handle; /* for the threads */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int ended;
    double began, ended_at;

    usbx_status status;
    int was_refused; /* immediately */
    int was_late; /* the device missed an interval, as its player had no processor */
    int is_known; /* whether the number of moved bytes is known; not if the queue or stream was closed */
    size_t moved, served /* packets */;
    char error[512];
} job;

enum { HANG = 10000 }; /* milliseconds; a longer call hangs */

double seconds_now(void);
void pause_ms(double milliseconds);

int prepare(job *j, const cell *c, int round); /* the device, the queue, the memory; on failure 0 and a failed check */
int start(job *j);                             /* submits it, or starts a thread that calls; 0 if it was refused immediately */
int bring_to_phase(job *j, double pause);
void finish(job *j);                           /* lets it end normally */
void join_mover(job *j);
void fetch(job *j);                            /* waits for the result */
usbx_status take_chunks(job *j);               /* of an IN stream, until all have arrived or the timeout expires */
int wait_until_ended(job *j, unsigned milliseconds);

int end_it(job *j); /* 0 if that is not possible here */
void recover(job *j); /* the device is open, claimed and can be used again */
/* Checks what moved; 0 if the cell must be repeated, because it was not in the intended state. */
int check_bytes(job *j);
void check_device(job *j); /* it works, and still has the expected data */

/* A process that ends during a transfer; it runs table_child. */
double run_in_child(const cell *c); /* how long it took to end */
void check_driver_is_back(const job *j);

#endif
