/* The library's built-in device "acquisition" once more, against the public header only: what docs/acquisition.md says, with
 * frames, status reports, loopback, HID, registers and isochronous samples. examples-c/model.c is the shorter one to begin with.
 *
 * One thread does everything, so nothing here has a lock: it takes an event, and then moves what can be moved at once. */
#define _POSIX_C_SOURCE 200809L
#include "acquisition_model.h"
#include "../acquisition.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { NOW = 0x85, HELD = 128 /* packets */, KEPT = 1024 /* frames */, AT_ONCE = 64 /* frames */, PERIOD = 1000 /* samples */ };
#define SECOND UINT64_C(1000000000)
#define REPORT_PERIOD (SECOND / 100)

struct acquisition_model {
    usbx_virtual *device;
    pthread_t thread;
    uint64_t plugged; /* all times are nanoseconds of CLOCK_MONOTONIC */

    uint8_t registers[256], idle_rate;
    uint32_t rate, seed;
    int running;
    uint64_t started, since;      /* frames come at `rate` since then */
    uint64_t made, next, dropped; /* frames made until `since`, the next one to send, lost ones */
    uint64_t reported;            /* number of the status report that was sent last */
    int frames_wanted, report_wanted; /* the host waits for them */

    uint8_t frames[AT_ONCE][ACQ_FRAME_SIZE]; /* made ahead: `ready` ones from number `first` on */
    uint64_t first;
    size_t ready;

    uint8_t loop[HELD][ACQ_FRAME_SIZE];
    size_t lengths[HELD], oldest, held;

    int16_t sine[PERIOD];
    uint8_t data[65536]; /* of a request */
};

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * SECOND + (uint64_t)now.tv_nsec;
}

/* Frames. */

static void put_u16(uint8_t *bytes, unsigned value)
{
    bytes[0] = (uint8_t)value;
    bytes[1] = (uint8_t)(value >> 8);
}

static unsigned noise(uint32_t seed, uint64_t n)
{
    uint64_t z = ((uint64_t)seed << 32 ^ n) * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (unsigned)(z >> 48);
}

static void make_frame(const acquisition_model *m, uint8_t *frame, uint64_t number)
{
    uint64_t n = number * ACQ_SAMPLES, end = n + ACQ_SAMPLES;
    uint8_t *sample = frame + ACQ_HEADER;
    memcpy(frame, "ACQ1", 4);
    acq_put_u32(frame + 4, (uint32_t)number);
    put_u16(frame + 8, ACQ_SAMPLES);
    put_u16(frame + 10, ACQ_CHANNELS);
    for (; n != end; n++, sample += 2 * ACQ_CHANNELS) {
        put_u16(sample, (unsigned)m->sine[n % PERIOD]);
        put_u16(sample + 2, (unsigned)(n + 0x8000));
        put_u16(sample + 4, (unsigned)(n % PERIOD < PERIOD / 2 ? 20000 : -20000));
        put_u16(sample + 6, noise(m->seed, n));
    }
    acq_put_u32(frame + ACQ_FRAME_SIZE - 4, acq_crc32(frame, ACQ_FRAME_SIZE - 4));
}

/* In nanoseconds from `since` on, rounded up. A frame of many samples, at a low rate, takes more than 64 bits would count. */
static uint64_t time_of_frames(uint64_t count, uint32_t rate)
{
    uint64_t samples = count * ACQ_SAMPLES;
    return samples / rate * SECOND + (samples % rate * SECOND + rate - 1) / rate;
}

static uint64_t frames_made(const acquisition_model *m, uint64_t now)
{
    uint64_t elapsed = now - m->since, seconds = elapsed / SECOND, rest = elapsed % SECOND;
    if (!m->running || m->rate == 0)
        return m->made;
    return m->made + (seconds * m->rate + rest * m->rate / SECOND) / ACQ_SAMPLES;
}

static uint64_t frames_late(const acquisition_model *m, uint64_t made)
{
    return made > m->next + KEPT ? made - m->next - KEPT : 0;
}

/* What was made until now was made at the rate that ends here. */
static void settle(acquisition_model *m, uint64_t now)
{
    m->made = frames_made(m, now);
    m->since = now;
}

static void start(acquisition_model *m, uint64_t now)
{
    m->seed = acq_u32(m->registers);
    m->running = 1;
    m->started = m->since = now;
    m->made = m->next = m->dropped = 0;
    m->ready = 0;
}

static void start_over(acquisition_model *m)
{
    memset(m->registers, 0, sizeof m->registers);
    m->rate = 10000;
    m->running = 0;
    m->made = m->next = m->dropped = 0;
    m->ready = m->held = 0;
    m->idle_rate = 0;
}

/* Endpoints: each moves what the host asks for now. Where it does not ask, usbx_virtual_next says when it does. */

/* Returns whether more may go at once. */
static int send_frames(acquisition_model *m, uint64_t now)
{
    uint64_t made = frames_made(m, now), late = frames_late(m, made), left;
    int paced = m->rate != 0 || !m->running;
    size_t count, moved = 0, have;
    usbx_status status;
    m->next += late;
    m->dropped += late;
    left = paced ? made - m->next : AT_ONCE;
    if (left == 0)
        return 0;
    count = left < AT_ONCE ? (size_t)left : AT_ONCE;
    have = m->ready > 0 && m->next >= m->first && m->next < m->first + m->ready ? (size_t)(m->first + m->ready - m->next) : 0;
    if (have > 0 && m->next > m->first)
        memmove(m->frames, m->frames[m->next - m->first], have * ACQ_FRAME_SIZE);
    for (; have < count; have++)
        make_frame(m, m->frames[have], m->next + have);
    m->first = m->next;
    m->ready = have;
    status = usbx_virtual_write(m->device, ACQ_FRAMES, m->frames, count * ACQ_FRAME_SIZE, USBX_NO_WAIT, &moved);
    m->next += moved / ACQ_FRAME_SIZE;
    if (!paced)
        m->made = m->next;
    m->frames_wanted = status == USBX_OK;
    return status == USBX_OK;
}

static void send_report(acquisition_model *m, uint64_t now)
{
    uint64_t number = (now - m->plugged) / REPORT_PERIOD, made = frames_made(m, now);
    uint32_t milliseconds = (uint32_t)((now - m->plugged) / (SECOND / 1000));
    uint8_t report[ACQ_STATUS_SIZE];
    if (number == m->reported)
        return;
    put_u16(report, 2500 + milliseconds / 1000 % 100);
    put_u16(report + 2, (unsigned)m->running);
    acq_put_u32(report + 4, (uint32_t)made);
    acq_put_u32(report + 8, (uint32_t)(m->dropped + frames_late(m, made)));
    acq_put_u32(report + 12, milliseconds);
    m->report_wanted = usbx_virtual_write(m->device, ACQ_STATUS, report, sizeof report, USBX_NO_WAIT, NULL) == USBX_OK;
    if (m->report_wanted)
        m->reported = number;
}

static void move_loopback(acquisition_model *m)
{
    int moving;
    do {
        moving = 0;
        if (m->held < HELD) {
            size_t at = (m->oldest + m->held) % HELD;
            moving = usbx_virtual_read(m->device, ACQ_LOOP_OUT, m->loop[at], ACQ_FRAME_SIZE, USBX_NO_WAIT, &m->lengths[at]) ==
                     USBX_OK;
            m->held += (size_t)moving;
        }
        if (m->held > 0 && usbx_virtual_write(m->device, ACQ_LOOP_IN, m->loop[m->oldest], m->lengths[m->oldest],
                                              USBX_NO_WAIT, NULL) == USBX_OK) {
            m->oldest = (m->oldest + 1) % HELD;
            m->held--;
            moving = 1;
        }
    } while (moving);
}

/* The frame of the millisecond in which that interval begins. */
static void send_samples(acquisition_model *m, uint64_t interval)
{
    uint8_t frame[ACQ_FRAME_SIZE];
    size_t length = m->running && interval >= m->started ? sizeof frame : 0;
    if (length > 0)
        make_frame(m, frame, (interval - m->started) / (SECOND / 1000));
    usbx_virtual_write(m->device, NOW, frame, length, USBX_NO_WAIT, NULL);
}

/* Requests: each returns how many bytes of m->data are the answer, or -1 to refuse. */

static long vendor_request(acquisition_model *m, const usbx_virtual_event *e, size_t length)
{
    uint64_t now = now_ns();
    int is_in = e->request_type & 0x80;
    switch (e->request) {
    case ACQ_START:
        if (is_in || length != 0)
            return -1;
        start(m, now);
        return 0;
    case ACQ_STOP:
        if (is_in || length != 0)
            return -1;
        settle(m, now);
        m->running = 0;
        return 0;
    case ACQ_RATE:
        if (is_in) {
            acq_put_u32(m->data, m->rate);
            return 4;
        }
        if (length != 4)
            return -1;
        settle(m, now);
        m->rate = acq_u32(m->data);
        return 0;
    case ACQ_REGISTERS:
        if (e->index + (e->length > 0 ? e->length : 1) > (int)sizeof m->registers)
            return -1;
        if (is_in)
            memcpy(m->data, m->registers + e->index, e->length);
        else
            memcpy(m->registers + e->index, m->data, length);
        return is_in ? (long)e->length : 0;
    default: return -1;
    }
}

static long hid_request(acquisition_model *m, const usbx_virtual_event *e)
{
    if (e->index != 1)
        return -1;
    if (e->request_type == 0xa1 && e->request == 1 && e->value == 0x0100) { /* GET_REPORT: no button is pressed */
        m->data[0] = 0;
        return 1;
    }
    if (e->request_type == 0xa1 && e->request == 2) { /* GET_IDLE */
        m->data[0] = m->idle_rate;
        return 1;
    }
    if (e->request_type == 0x21 && e->request == 10) { /* SET_IDLE */
        m->idle_rate = (uint8_t)(e->value >> 8);
        return 0;
    }
    return -1;
}

static void answer(acquisition_model *m, const usbx_virtual_event *e, size_t length)
{
    int type = e->request_type & 0x7f;
    long reply = type == 0x40 ? vendor_request(m, e, length) : type == 0x21 ? hid_request(m, e) : -1;
    /* That the host has given up by now is no matter. */
    if (reply < 0)
        usbx_virtual_stall(m->device, 0);
    else
        usbx_virtual_reply(m->device, m->data, (size_t)reply);
}

static void handle(acquisition_model *m, const usbx_virtual_event *e, size_t length)
{
    switch (e->event) {
    case USBX_VIRTUAL_SETUP: answer(m, e, length); break;
    case USBX_VIRTUAL_RESET:
    case USBX_VIRTUAL_CONFIGURED: start_over(m); break;
    case USBX_VIRTUAL_IN:
        if (e->endpoint == ACQ_FRAMES)
            m->frames_wanted = 1;
        else if (e->endpoint == ACQ_STATUS)
            m->report_wanted = 1;
        else if (e->endpoint == NOW)
            send_samples(m, e->interval_ns);
        break;
    default: break;
    }
}

/* Milliseconds until time alone gives the host what it waits for. */
static uint32_t time_to_wait(const acquisition_model *m, uint64_t now)
{
    uint64_t due = UINT64_MAX;
    if (m->report_wanted)
        due = m->plugged + (m->reported + 1) * REPORT_PERIOD;
    if (m->report_wanted && due <= now)
        due = m->plugged + ((now - m->plugged) / REPORT_PERIOD + 1) * REPORT_PERIOD;
    if (m->frames_wanted && m->running && m->rate != 0) {
        uint64_t frame = m->since + time_of_frames(frames_made(m, now) + 1 - m->made, m->rate);
        due = frame < due ? frame : due;
    }
    return due == UINT64_MAX ? USBX_NO_TIMEOUT : due <= now ? USBX_NO_WAIT : (uint32_t)((due - now) / 1000000 + 1);
}

static void *run(void *argument)
{
    acquisition_model *m = (acquisition_model *)argument;
    usbx_virtual_event event;
    usbx_status status;
    int busy = 0;
    do {
        size_t length = 0;
        uint32_t wait = busy ? USBX_NO_WAIT : time_to_wait(m, now_ns());
        status = usbx_virtual_next(m->device, wait, &event, m->data, sizeof m->data, &length);
        if (status == USBX_OK)
            handle(m, &event, length);
        if (m->report_wanted)
            send_report(m, now_ns());
        move_loopback(m);
        busy = m->frames_wanted && send_frames(m, now_ns());
    } while (status == USBX_OK || status == USBX_ERROR_TIMEOUT);
    return NULL; /* it was closed */
}

/* What it says of itself. */

#define U16(value) (value) & 0xff, (value) >> 8
#define ENDPOINT(address, type, size, interval) 7, 5, address, type, U16(size), interval
#define FOUR_ENDPOINTS \
    ENDPOINT(ACQ_FRAMES, 2, 512, 0), ENDPOINT(ACQ_STATUS, 3, 16, 7), ENDPOINT(ACQ_LOOP_OUT, 2, 512, 0), \
        ENDPOINT(ACQ_LOOP_IN, 2, 512, 0)
#define HID_DESCRIPTOR 9, 0x21, U16(0x0111), 0, 1, 0x22, U16(sizeof report_descriptor)

static const uint8_t report_descriptor[] = {0x06, 0x00, 0xff, 0x09, 0x01, 0xa1, 0x01, 0x05, 0x09, 0x19, 0x01, 0x29,
                                            0x08, 0x15, 0x00, 0x25, 0x01, 0x75, 0x01, 0x95, 0x08, 0x81, 0x02, 0xc0};
static const uint8_t hid_descriptor[] = {HID_DESCRIPTOR};
static const uint8_t descriptors[] = {
    18, 1, U16(0x0200), 0, 0, 0, 64, U16(ACQ_VENDOR_ID), U16(ACQ_PRODUCT_ID), U16(0x0100), 1, 2, 3, 1, /* device */
    9, 2, U16(9 + 3 * 9 + 9 * 7 + 9 + 7), 2, 1, 0, 0x80, 50,                                           /* configuration */
    9, 4, 0, 0, 4, 0xff, 0, 0, 0, FOUR_ENDPOINTS,
    9, 4, 0, 1, 5, 0xff, 0, 0, 0, FOUR_ENDPOINTS, ENDPOINT(NOW, 1, 512, 4),
    9, 4, 1, 0, 1, 3, 0, 0, 0, HID_DESCRIPTOR, ENDPOINT(ACQ_HID, 3, 8, 7),
};

static usbx_status plug(acquisition_model *m, const char *serial)
{
    usbx_status status = usbx_virtual_create(USBX_SPEED_HIGH, descriptors, sizeof descriptors, &m->device);
    if (status == USBX_OK)
        status = usbx_virtual_string(m->device, 1, 0x0409, "usbx");
    if (status == USBX_OK)
        status = usbx_virtual_string(m->device, 2, 0x0409, "Virtual acquisition, 4 \xc3\x97 16 bit");
    if (status == USBX_OK)
        status = usbx_virtual_string(m->device, 3, 0x0409, serial);
    if (status == USBX_OK)
        status = usbx_virtual_descriptor(m->device, 0x22, 0, 0x101, report_descriptor, sizeof report_descriptor);
    if (status == USBX_OK)
        status = usbx_virtual_descriptor(m->device, 0x21, 0, 0x101, hid_descriptor, sizeof hid_descriptor);
    return status == USBX_OK ? usbx_virtual_plug(m->device) : status;
}

usbx_status acquisition_model_open(const char *serial, acquisition_model **model)
{
    acquisition_model *m = (acquisition_model *)calloc(1, sizeof *m);
    usbx_status status = m == NULL ? USBX_ERROR_NO_MEM : USBX_OK;
    int i;
    *model = NULL;
    if (m == NULL)
        return status;
    for (i = 0; i < PERIOD; i++)
        m->sine[i] = (int16_t)lround(30000 * sin(2 * 3.14159265358979323846 * i / PERIOD));
    start_over(m);
    m->plugged = now_ns();
    status = plug(m, serial);
    if (status == USBX_OK && pthread_create(&m->thread, NULL, run, m) != 0)
        status = USBX_ERROR_NO_MEM;
    if (status == USBX_OK) {
        *model = m;
        return USBX_OK;
    }
    usbx_virtual_close(m->device);
    free(m);
    return status;
}

usbx_virtual *acquisition_model_device(acquisition_model *model)
{
    return model->device;
}

void acquisition_model_close(acquisition_model *model)
{
    if (model == NULL)
        return;
    usbx_virtual_close(model->device); /* which ends its thread's call */
    pthread_join(model->thread, NULL);
    free(model);
}
