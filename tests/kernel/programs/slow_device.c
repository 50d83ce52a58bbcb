/* A device, or its host controller, that is slow to do what one call asks for: no other call waits for it beyond its time. */
#include "timed_queue.h"
#include "usbip_faults.h"
#include <poll.h>
#include <pthread.h>
#include <sys/resource.h>

enum { IN = 0x81, OUT = 0x02, NEVER = 0x83, SECOND = 0x84, TIMES = 10, SLOW = 1500 };

static usbx_device *device, *other;
static struct faults *faults;

static double cpu_seconds(void) {
    struct rusage usage;
    CHECK(getrusage(RUSAGE_SELF, &usage) == 0);
    return (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec +
           ((double)usage.ru_utime.tv_usec + (double)usage.ru_stime.tv_usec) * 1e-6;
}

/* A set-up call in another thread whose request the device answers when it is told to, so that it returns after all that is tried beside it. */
static struct {
    pthread_t thread;
    usbx_status status;
    volatile int has_returned;
} slow;

static void slow_call_has_returned(usbx_status status) {
    slow.status = status;
    __atomic_store_n(&slow.has_returned, 1, __ATOMIC_SEQ_CST);
}

static void *clear_halt(void *endpoint) {
    slow_call_has_returned(usbx_clear_halt(device, *(uint8_t *)endpoint));
    return NULL;
}

static void *clear_halt_by_request(void *endpoint) {
    slow_call_has_returned(usbx_control(device, 0x02, 1, 0, *(uint8_t *)endpoint, NULL, 0, 10000, NULL));
    return NULL;
}

static void *select_setting(void *unused) {
    slow_call_has_returned(usbx_set_alt_setting(device, 1, 1));
    return unused;
}

static void begin_slow_call(void *(*call)(void *), uint8_t *endpoint) {
    slow.has_returned = 0;
    CHECK(pthread_create(&slow.thread, NULL, call, endpoint) == 0);
    WITHIN(faults->clearing == 1);
}

static void slow_call_goes_on(void) { CHECK(!__atomic_load_n(&slow.has_returned, __ATOMIC_SEQ_CST) && faults->clearing == 1); }

static void end_slow_call(usbx_status expected) {
    slow_call_goes_on();
    faults->let_go = 1;
    CHECK(pthread_join(slow.thread, NULL) == 0);
    EXPECT(slow.status, expected);
}

/* A blocking call that begins beside a slow one and has no limit of its own. */
static struct {
    pthread_t thread;
    usbx_status status;
    volatile int has_returned;
    uint8_t endpoint;
} blocked;

static void *block(void *unused) {
    size_t moved = 99;
    blocked.status = blocked.endpoint & 0x80 ? usbx_bulk_read(device, blocked.endpoint, data, 512, USBX_NO_TIMEOUT, &moved)
                                             : usbx_bulk_write(device, blocked.endpoint, data, 512, USBX_NO_TIMEOUT, &moved);
    CHECK_NUMBER(moved, 0);
    __atomic_store_n(&blocked.has_returned, 1, __ATOMIC_SEQ_CST);
    return unused;
}

static void a_cancel_reaches_who_waits_at(uint8_t endpoint) {
    blocked.endpoint = endpoint;
    blocked.has_returned = 0;
    CHECK(pthread_create(&blocked.thread, NULL, block, NULL) == 0);
    /* It may not have begun. */
    while (!__atomic_load_n(&blocked.has_returned, __ATOMIC_SEQ_CST)) {
        OK(usbx_cancel(device, endpoint));
        slow_call_goes_on();
    }
    CHECK(pthread_join(blocked.thread, NULL) == 0);
    EXPECT(blocked.status, USBX_ERROR_CANCELLED);
}

static void open_again(void) {
    OK(usbx_open(0x1209, FAULTS_PRODUCT, "FAULTY", &device));
    OK(usbx_claim(device, 0));
    OK(usbx_claim(device, 1));
}

/* Streams that are open on the endpoint. One whose reads the clearing has ended says so at once; one that had nothing in flight gives what
 * had come, takes what it has room for, and goes on afterwards. */
static void streams_do_not_wait_for_a_clear(void) {
    uint8_t in = IN, never = NEVER, out = OUT;
    usbx_stream *stream;
    usbx_chunk chunk;
    usbx_status status;
    size_t moved, chunks = 0, i;
    OK(usbx_stream_open(device, NEVER, NULL, &stream));
    EXPECT(usbx_stream_next(stream, USBX_NO_WAIT, &chunk), USBX_ERROR_TIMEOUT);
    begin_slow_call(clear_halt, &never);
    EXPECT(usbx_stream_next(stream, USBX_NO_WAIT, &chunk), USBX_ERROR_CANCELLED);
    OK(usbx_stream_close(stream));
    end_slow_call(USBX_OK);

    OK(usbx_stream_open(device, IN, NULL, &stream));
    OK(usbx_stream_next(stream, 10000, &chunk));
    OK(usbx_bulk_read(device, IN, data, 512, 10000, &moved)); /* and so all reads of the stream before this one have been answered */
    begin_slow_call(clear_halt, &in);
    while ((status = usbx_stream_next(stream, USBX_NO_WAIT, &chunk)) == USBX_OK) {
        CHECK(chunk.length > 0 && ++chunks < 1000);
    }
    EXPECT(status, USBX_ERROR_TIMEOUT);
    EXPECT(usbx_stream_next(stream, 50, &chunk), USBX_ERROR_TIMEOUT);
    end_slow_call(USBX_OK);
    for (i = 0; i < 10 * TIMES; i++) { /* each of its transfers starts again */
        OK(usbx_stream_next(stream, 10000, &chunk));
        CHECK(chunk.length > 0);
    }
    OK(usbx_stream_close(stream));

    OK(usbx_stream_open(device, OUT, NULL, &stream));
    OK(usbx_stream_write(stream, data, 512, 10000, &moved));
    OK(usbx_stream_flush(stream, 10000));
    begin_slow_call(clear_halt, &out);
    OK(usbx_stream_write(stream, data, 512, USBX_NO_WAIT, &moved));
    CHECK_NUMBER(moved, 512);
    EXPECT(usbx_stream_flush(stream, USBX_NO_WAIT), USBX_ERROR_TIMEOUT);
    EXPECT(usbx_stream_flush(stream, 50), USBX_ERROR_TIMEOUT);
    end_slow_call(USBX_OK);
    OK(usbx_stream_flush(stream, 10000));
    OK(usbx_stream_close(stream));
}

/* A device that is slow to clear a halt delays no call beyond its own time. */
static void slow_clears_delay_nobody(void) {
    static void *(*const ways[])(void *) = {clear_halt, clear_halt_by_request};
    uint8_t in = IN, out = OUT;
    usbx_queue *queue;
    usbx_stream *stream;
    usbx_chunk chunk;
    size_t moved, i;
    OK(usbx_queue_open(&queue));
    OK(usbx_claim(device, 1));
    OK(usbx_set_alt_setting(device, 1, 1));
    faults->clear_delay_ms = HELD;
    streams_do_not_wait_for_a_clear();
    begin_slow_call(clear_halt, &in);
    /* The endpoint itself cannot be used now, and a call that may not wait for it does not. */
    EXPECT(usbx_bulk_read(device, IN, data, 512, 50, &moved), USBX_ERROR_TIMEOUT);
    CHECK_NUMBER(moved, 0);
    submit(device, queue, IN, 1, USBX_ERROR_BUSY);
    EXPECT(usbx_stream_open(device, IN, NULL, &stream), USBX_ERROR_BUSY);
    a_cancel_reaches_who_waits_at(IN);
    /* The others are. */
    OK(usbx_bulk_write(device, OUT, data, 512, 10000, &moved));
    EXPECT(usbx_bulk_read(device, NEVER, data, 512, 50, &moved), USBX_ERROR_TIMEOUT);
    OK(usbx_control(device, 0xc0, 1, 0, 0, data, 8, 10000, &moved));
    CHECK_NUMBER(moved, 8);
    submit(device, queue, OUT, 2, USBX_OK);
    CHECK_NUMBER(next(queue).status, USBX_OK);
    submit(device, queue, NEVER, 3, USBX_OK);
    OK(usbx_cancel(device, NEVER));
    CHECK_NUMBER(next(queue).status, USBX_ERROR_CANCELLED);
    OK(usbx_stream_open(device, SECOND, NULL, &stream));
    for (i = 0; i < TIMES; i++) {
        OK(usbx_stream_next(stream, 10000, &chunk));
        CHECK(chunk.length > 0);
    }
    OK(usbx_stream_close(stream));
    OK(usbx_stream_open(device, OUT, NULL, &stream));
    OK(usbx_stream_write(stream, data, 512, 10000, &moved));
    OK(usbx_stream_flush(stream, 10000));
    OK(usbx_stream_close(stream));
    end_slow_call(USBX_OK);
    OK(usbx_bulk_read(device, IN, data, 512, 10000, &moved));

    /* One that waits for as long as it takes gets its data. */
    faults->clear_delay_ms = 100;
    begin_slow_call(clear_halt, &out);
    OK(usbx_bulk_write(device, OUT, data, 512, 10000, &moved));
    CHECK(pthread_join(slow.thread, NULL) == 0);
    OK(slow.status);
    OK(usbx_queue_close(queue));

    /* A close ends the slow call itself, and so does a cancel of control requests. */
    faults->clear_delay_ms = HELD;
    for (i = 0; i < sizeof ways / sizeof *ways; i++) {
        begin_slow_call(ways[i], &in);
        OK(usbx_close(device));
        CHECK(pthread_join(slow.thread, NULL) == 0);
        EXPECT(slow.status, USBX_ERROR_CLOSED);
        open_again();
        begin_slow_call(ways[i], &in);
        OK(usbx_cancel(device, 0));
        CHECK(pthread_join(slow.thread, NULL) == 0);
        EXPECT(slow.status, USBX_ERROR_CANCELLED);
    }
    faults->clear_delay_ms = 0;
    OK(usbx_bulk_read(device, IN, data, 512, 10000, &moved));
}

/* The kernel keeps every call to a device waiting that is slow to select a setting: calls with a time do not go there, and those about
 * other devices are none of its business. */
static void a_slow_setting_delays_no_call_beyond_its_time(void) {
    usbx_queue *queue;
    usbx_stream *stream, *another;
    usbx_chunk chunk;
    usbx_status status;
    size_t moved, i;
    OK(usbx_queue_open(&queue));
    submit(device, queue, NEVER, 1, USBX_OK);
    OK(usbx_stream_open(device, IN, NULL, &stream));
    OK(usbx_stream_next(stream, 10000, &chunk));
    faults->set_delay_ms = HELD;
    begin_slow_call(select_setting, NULL);
    EXPECT(usbx_bulk_read(device, IN, data, 512, 50, &moved), USBX_ERROR_TIMEOUT);
    EXPECT(usbx_control(device, 0xc0, 1, 0, 0, data, 8, 50, &moved), USBX_ERROR_TIMEOUT);
    CHECK_NUMBER(moved, 0);
    submit(device, queue, OUT, 2, USBX_ERROR_BUSY);
    EXPECT(usbx_stream_open(device, OUT, NULL, &another), USBX_OK);
    EXPECT(usbx_stream_write(another, data, 512, 50, &moved), USBX_OK);
    EXPECT(usbx_stream_flush(another, 50), USBX_ERROR_TIMEOUT);
    /* The stream gives what has come, and waits as long as it may. */
    for (i = 0; i < 64; i++) {
        status = usbx_stream_next(stream, USBX_NO_WAIT, &chunk);
        CHECK(status == USBX_OK || status == USBX_ERROR_TIMEOUT);
    }
    EXPECT(usbx_stream_next(stream, 50, &chunk), USBX_ERROR_TIMEOUT);
    a_cancel_reaches_who_waits_at(OUT);
    faults->answer = 1; /* which cannot be taken yet */
    WITHIN(faults->pending == 0);
    submit(other, queue, IN, 3, USBX_OK);
    CHECK_NUMBER(next(queue).user_data, 3);
    end_slow_call(USBX_OK);
    faults->set_delay_ms = 0;
    OK(usbx_stream_flush(another, 10000));
    OK(usbx_stream_close(another));
    OK(usbx_stream_next(stream, 10000, &chunk));
    OK(usbx_stream_close(stream));
    OK(usbx_bulk_read(device, IN, data, 512, 10000, &moved));
    CHECK_NUMBER(next(queue).user_data, 1);
    OK(usbx_queue_close(queue));
}

static uint64_t slow_id;
static volatile int has_cancelled;

static void *cancel_slowly(void *queue) {
    OK(usbx_queue_cancel((usbx_queue *)queue, slow_id));
    __atomic_store_n(&has_cancelled, 1, __ATOMIC_SEQ_CST);
    return NULL;
}

/* A host controller that takes its time to let a cancelled transfer go. The kernel lets no other call to that device in meanwhile: none
 * waits for it beyond its time, nor do other devices' completions in the same queue, or what the library knows itself. */
static void a_slow_cancel_delays_no_other_endpoint(void) {
    usbx_transfer transfer;
    usbx_queue *queue, *own;
    usbx_interface interfaces[8];
    usbx_endpoint endpoints[8];
    usbx_device_info info;
    usbx_completion done;
    pthread_t canceller;
    size_t count;
    OK(usbx_queue_open(&queue));
    OK(usbx_queue_open(&own));
    memset(&transfer, 0, sizeof transfer);
    transfer.type = USBX_TYPE_BULK;
    transfer.endpoint = NEVER;
    transfer.data = data;
    transfer.length = 1024;
    transfer.user_data = 1;
    OK(usbx_submit(device, own, &transfer, &slow_id));
    WITHIN(faults->pending == 1);
    submit(device, queue, IN, 2, USBX_OK); /* complete in the kernel, and not taken yet */
    /* libusb would wait for the cancel if it came meanwhile; if it came before, it is taken before. */
    CHECK(!is_by_libusb() || next(queue).user_data == 2);
    faults->unlink_delay_ms = HELD;
    CHECK(pthread_create(&canceller, NULL, cancel_slowly, own) == 0);
    WITHIN(faults->pending == 0);
    EXPECT(usbx_queue_wait(queue, &done, 1, USBX_NO_WAIT, &count), USBX_ERROR_TIMEOUT);
    EXPECT(usbx_bulk_read(device, IN, data, 512, 50, &count), USBX_ERROR_TIMEOUT);
    OK(usbx_interfaces(device, interfaces, 8, &count));
    OK(usbx_endpoints(device, endpoints, 8, &count));
    OK(usbx_info(device, &info));
    submit(other, queue, IN, 3, USBX_OK);
    CHECK_NUMBER(next(queue).user_data, 3);
    CHECK(!__atomic_load_n(&has_cancelled, __ATOMIC_SEQ_CST));
    faults->let_go = 1;
    CHECK(pthread_join(canceller, NULL) == 0);
    faults->unlink_delay_ms = 0;
    CHECK(is_by_libusb() || next(queue).user_data == 2);
    CHECK_NUMBER(next(own).status, USBX_ERROR_CANCELLED);
    OK(usbx_queue_close(own));
    OK(usbx_queue_close(queue));
}

static usbx_queue *waited_on, *polled;
static volatile int is_closed;

static void *wait_on_queue(void *unused) {
    usbx_completion done;
    size_t count;
    EXPECT(usbx_queue_wait(waited_on, &done, 1, USBX_NO_TIMEOUT, &count), USBX_OK);
    CHECK(done.status == USBX_ERROR_CLOSED || done.status == USBX_ERROR_CANCELLED);
    EXPECT(usbx_queue_wait(waited_on, &done, 1, SLOW / 2, &count), USBX_ERROR_TIMEOUT);
    return unused;
}

/* As a program with a loop of its own waits. It is woken for what there is to take, and once more when all of the device is gone. */
static void *poll_queue(void *unused) {
    struct pollfd waits = {0, POLLIN, 0};
    usbx_completion done;
    size_t count, taken = 0, woken = 0;
    OK(usbx_queue_fd(polled, &waits.fd));
    while (!__atomic_load_n(&is_closed, __ATOMIC_SEQ_CST) || taken == 0) {
        int ready = poll(&waits, 1, 100);
        CHECK(ready >= 0);
        woken += (size_t)ready;
        taken += usbx_queue_wait(polled, &done, 1, USBX_NO_WAIT, &count) == USBX_OK;
    }
    printf("note: who polls was woken %zu times by a close\n", woken);
    CHECK_NUMBER(taken, 1);
    CHECK(woken < 8);
    return unused;
}

static void *close_device(void *unused) {
    OK(usbx_close(device));
    __atomic_store_n(&is_closed, 1, __ATOMIC_SEQ_CST);
    return unused;
}

/* While a device closes, and takes its time, who waits on a queue sleeps. */
static void a_queue_sleeps_while_a_device_closes(void) {
    pthread_t waiter, poller, closer;
    double before;
    OK(usbx_queue_open(&waited_on));
    OK(usbx_queue_open(&polled));
    submit(device, waited_on, NEVER, 1, USBX_OK);
    submit(device, polled, NEVER, 2, USBX_OK);
    WITHIN(faults->pending == 2);
    faults->unlink_delay_ms = SLOW; /* so long the close takes */
    before = cpu_seconds();
    CHECK(pthread_create(&waiter, NULL, wait_on_queue, NULL) == 0);
    CHECK(pthread_create(&poller, NULL, poll_queue, NULL) == 0);
    CHECK(pthread_create(&closer, NULL, close_device, NULL) == 0);
    CHECK(pthread_join(closer, NULL) == 0);
    CHECK(pthread_join(waiter, NULL) == 0);
    CHECK(pthread_join(poller, NULL) == 0);
    printf("note: a close of %d ms took %.0f ms of the processor\n", SLOW, (cpu_seconds() - before) * 1000);
    CHECK(cpu_seconds() - before < SLOW / 1000.0 / 4);
    faults->unlink_delay_ms = 0;
    OK(usbx_queue_close(waited_on));
    OK(usbx_queue_close(polled));
}

int main(void) {
    struct faults *others = plug_faults("OTHER", &other);
    faults = plug_faults("FAULTY", &device);
    OK(usbx_claim(device, 0));
    OK(usbx_claim(other, 0));
    slow_clears_delay_nobody();
    a_slow_setting_delays_no_call_beyond_its_time();
    a_slow_cancel_delays_no_other_endpoint();
    a_queue_sleeps_while_a_device_closes();
    OK(usbx_close(other));
    unplug_faults(faults);
    unplug_faults(others);
    return 0;
}
