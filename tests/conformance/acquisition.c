/* The data source itself, as docs/acquisition.md describes it: frames, their samples, pace, overruns, status reports. */
#include "suite.h"

#include <math.h>

static void set_rate(usbx_device *device, uint32_t rate)
{
    uint8_t data[4];
    acq_put_u32(data, rate);
    EXPECT(usbx_control(device, ACQ_OUT, ACQ_RATE, 0, 0, data, 4, LONG, NULL), USBX_OK);
}

static void start(usbx_device *device, uint32_t rate)
{
    set_rate(device, rate);
    EXPECT(usbx_control(device, ACQ_OUT, ACQ_START, 0, 0, NULL, 0, LONG, NULL), USBX_OK);
}

static void stop(usbx_device *device)
{
    EXPECT(usbx_control(device, ACQ_OUT, ACQ_STOP, 0, 0, NULL, 0, LONG, NULL), USBX_OK);
}

/* The expected samples, except the noise. */
static int samples_are_right(const uint8_t *frame)
{
    uint32_t n = acq_u32(frame + 4) * ACQ_SAMPLES, end = n + ACQ_SAMPLES;
    const uint8_t *sample = frame + ACQ_HEADER;
    for (; n != end; n++, sample += 2 * ACQ_CHANNELS) {
        double sine = 30000 * sin(2 * 3.14159265358979323846 * (n % 1000) / 1000);
        if (fabs(acq_i16(sample) - sine) > 1 || acq_i16(sample + 2) != (int)(n % 65536) - 32768 ||
            acq_i16(sample + 4) != (n % 1000 < 500 ? 20000 : -20000)) {
            printf("# sample %lu: %d %d %d\n", (unsigned long)n, acq_i16(sample), acq_i16(sample + 2), acq_i16(sample + 4));
            return 0;
        }
    }
    return 1;
}

/* Checks frame after frame; their numbers continue from *next. */
static int frames_are_right(const uint8_t *data, size_t length, uint32_t *next)
{
    size_t at;
    if (!EQUAL(length % ACQ_FRAME_SIZE, 0))
        return 0;
    for (at = 0; at < length; at += ACQ_FRAME_SIZE, ++*next) {
        const uint8_t *frame = data + at;
        if (!CHECK(acq_frame_is_sound(frame)) || !EQUAL(acq_u32(frame + 4), *next) ||
            !EQUAL(frame[8] | frame[9] << 8, ACQ_SAMPLES) || !EQUAL(frame[10] | frame[11] << 8, ACQ_CHANNELS) ||
            !CHECK(samples_are_right(frame)))
            return 0;
    }
    return 1;
}

static void unpaced_frames_are_whole_and_in_order(void)
{
    static uint8_t data[128 * ACQ_FRAME_SIZE];
    usbx_device *device = claim_test_device();
    uint32_t next = 0;
    size_t moved;
    int i;
    EQUAL(acq_crc32((const uint8_t *)"123456789", 9), 0xcbf43926); /* the well-known check value */
    start(device, 0);
    for (i = 0; i < 20; i++) { /* past 65,536 samples, where the ramp restarts */
        EXPECT(usbx_bulk_read(device, ACQ_FRAMES, data, sizeof data, LONG, &moved), USBX_OK);
        EQUAL(moved, sizeof data);
        if (!frames_are_right(data, moved, &next))
            break;
    }
    start(device, 0); /* restarts with frame 0, and drops old data */
    next = 0;
    EXPECT(usbx_bulk_read(device, ACQ_FRAMES, data, sizeof data, LONG, &moved), USBX_OK);
    frames_are_right(data, moved, &next);
    stop(device);
    EXPECT(usbx_close(device), USBX_OK);
}

static void noise_depends_on_the_seed_alone(void)
{
    static uint8_t data[3][8 * ACQ_FRAME_SIZE];
    uint8_t seeds[3][4] = {{1, 2, 3, 4}, {1, 2, 3, 4}, {1, 2, 3, 5}};
    usbx_device *device = claim_test_device();
    size_t i, moved;
    for (i = 0; i < 3; i++) {
        EXPECT(usbx_control(device, ACQ_OUT, ACQ_REGISTERS, 0, 0, seeds[i], 4, LONG, NULL), USBX_OK);
        start(device, i == 1 ? 620000 : 0);
        EXPECT(usbx_bulk_read(device, ACQ_FRAMES, data[i], sizeof data[i], LONG, &moved), USBX_OK);
        EQUAL(moved, sizeof data[i]);
        stop(device);
    }
    CHECK(memcmp(data[0], data[1], sizeof data[0]) == 0);
    CHECK(memcmp(data[0], data[2], sizeof data[0]) != 0);
    EXPECT(usbx_close(device), USBX_OK);
}

typedef struct {
    int sampling;
    uint32_t frames, overruns, milliseconds;
} report;

static report read_report(usbx_device *device)
{
    uint8_t data[ACQ_STATUS_SIZE] = {0};
    size_t moved = 99;
    report result;
    EXPECT(usbx_interrupt_read(device, ACQ_STATUS, data, sizeof data, LONG, &moved), USBX_OK);
    EQUAL(moved, ACQ_STATUS_SIZE);
    CHECK(acq_i16(data) > -5000 && acq_i16(data) < 10000); /* hundredths of a degree, of a device that works */
    result.sampling = acq_i16(data + 2);
    result.frames = acq_u32(data + 4);
    result.overruns = acq_u32(data + 8);
    result.milliseconds = acq_u32(data + 12);
    return result;
}

static void rate_is_kept_by_the_devices_own_clock(void)
{
    enum { RATE = 12400, FRAMES = 40 }; /* 200 frames a second */
    static uint8_t data[FRAMES * ACQ_FRAME_SIZE];
    usbx_device *device = claim_test_device();
    uint8_t rate[4] = {0};
    uint32_t next = 0;
    size_t moved;
    report before, after;
    set_rate(device, RATE);
    EXPECT(usbx_control(device, ACQ_IN, ACQ_RATE, 0, 0, rate, 4, LONG, &moved), USBX_OK);
    EQUAL(moved, 4);
    EQUAL(acq_u32(rate), RATE);

    before = read_report(device); /* not sampling: made before the start */
    start(device, RATE);
    EXPECT(usbx_bulk_read(device, ACQ_FRAMES, data, sizeof data, LONG, &moved), USBX_OK);
    EQUAL(moved, sizeof data);
    frames_are_right(data, moved, &next);
    do
        after = read_report(device);
    while (after.frames < FRAMES && after.milliseconds < before.milliseconds + LONG);
    EQUAL(after.sampling, 1);
    CHECK(after.frames >= FRAMES);
    /* However slow the computer is, the device makes no more than its rate in its own time. */
    CHECK(after.frames <= (uint64_t)(after.milliseconds - before.milliseconds) * RATE / ACQ_SAMPLES / 1000 + 1);
    stop(device);
    EXPECT(usbx_close(device), USBX_OK);
}

static void a_late_reader_sees_what_was_dropped(void)
{
    static uint8_t data[2048 * ACQ_FRAME_SIZE];
    usbx_device *device = claim_test_device();
    uint32_t next;
    size_t moved = 0;
    report status;
    start(device, 620000); /* 10,000 frames a second, which are not read */
    do
        status = read_report(device);
    while (status.overruns == 0 && status.frames < 100000);
    CHECK(status.overruns > 0);
    stop(device);
    do
        status = read_report(device);
    while (status.sampling);
    EXPECT(usbx_bulk_read(device, ACQ_FRAMES, data, sizeof data, 4 * SHORT, &moved), USBX_ERROR_TIMEOUT);
    EQUAL(moved, 1024 * ACQ_FRAME_SIZE); /* the newest, which stay readable after the stop */
    next = status.overruns;
    frames_are_right(data, moved, &next);
    EQUAL(next, status.frames); /* every frame is either here or counted */
    EXPECT(usbx_close(device), USBX_OK);
}

static void stopped_means_silence(void)
{
    usbx_device *device = claim_test_device();
    uint8_t data[ACQ_FRAME_SIZE];
    size_t moved = 99;
    start(device, 1000);
    start(device, 1); /* a minute for the first frame; old data is dropped */
    stop(device);
    memset(data, UNTOUCHED, sizeof data);
    EXPECT(usbx_bulk_read(device, ACQ_FRAMES, data, sizeof data, SHORT, &moved), USBX_ERROR_TIMEOUT);
    EQUAL(moved, 0);
    CHECK(is_untouched(data, sizeof data));
    EXPECT(usbx_close(device), USBX_OK);
}

static void nobody_presses_the_button(void)
{
    usbx_device *device = open_test_device();
    uint8_t data[8];
    size_t moved = 99;
    EXPECT(usbx_detach_kernel_driver(device, 1), USBX_OK);
    EXPECT(usbx_claim(device, 1), USBX_OK);
    EXPECT(usbx_interrupt_read(device, ACQ_HID, data, sizeof data, SHORT, &moved), USBX_ERROR_TIMEOUT);
    EQUAL(moved, 0);
    EXPECT(usbx_close(device), USBX_OK);
}

const test_case acquisition_cases[] = {
    {"unpaced_frames_are_whole_and_in_order", unpaced_frames_are_whole_and_in_order},
    {"noise_depends_on_the_seed_alone", noise_depends_on_the_seed_alone},
    {"rate_is_kept_by_the_devices_own_clock", rate_is_kept_by_the_devices_own_clock},
    {"a_late_reader_sees_what_was_dropped", a_late_reader_sees_what_was_dropped},
    {"stopped_means_silence", stopped_means_silence},
    {"nobody_presses_the_button", nobody_presses_the_button},
};
const size_t acquisition_count = COUNT(acquisition_cases);
