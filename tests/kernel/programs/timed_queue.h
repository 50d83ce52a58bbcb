/* Transfers by a queue, and how long the longest call took that is TIMED. */
#ifndef TIMED_QUEUE_H
#define TIMED_QUEUE_H

#include "check.h"

static uint8_t data[1 << 16];
static double longest, started_;
static usbx_status result_;

static void took(double started) {
    double seconds = seconds_now() - started;
    longest = seconds > longest ? seconds : longest;
}

#define TIMED(call) (started_ = seconds_now(), result_ = (call), took(started_), result_)

static void submit(usbx_device *to, usbx_queue *queue, uint8_t endpoint, uint64_t user_data, usbx_status expected) {
    usbx_transfer transfer;
    memset(&transfer, 0, sizeof transfer);
    transfer.type = USBX_TYPE_BULK;
    transfer.endpoint = endpoint;
    transfer.data = data + 1024 * (user_data % 32);
    transfer.length = 1024;
    transfer.user_data = user_data;
    EXPECT(TIMED(usbx_submit(to, queue, &transfer, NULL)), expected);
}

static usbx_completion next(usbx_queue *queue) {
    usbx_completion done;
    usbx_status status;
    double end = seconds_now() + 20;
    do {
        size_t count;
        status = TIMED(usbx_queue_wait(queue, &done, 1, USBX_NO_WAIT, &count));
    } while (status == USBX_ERROR_TIMEOUT && seconds_now() < end);
    OK(status);
    return done;
}

#endif
