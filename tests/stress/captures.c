#include "stress.h"

#include <string.h>

void open_capture(worker *w)
{
    usbx_capture *capture = (usbx_capture *)w;
    usbx_capture_options options;
    memset(&options, 0, sizeof options);
    if (one_in(w, 8)) {
        TRY(w, NOT_FOUND, usbx_capture_open("/nonexistent/file", NULL, &capture));
        CHECK(w, capture == NULL);
        return;
    }
    options.snap_length = one_in(w, 2) ? 100 : 0;
    options.ring = one_in(w, 2) ? 100000 : 0;
    TRY(w, OK_, usbx_capture_open("/dev/null", one_in(w, 2) ? &options : NULL, &capture));
    if (CHECK(w, capture != NULL)) {
        opened();
        keep(w, CAPTURE, below(w, 2), capture); /* each costs all the others time */
    }
}

void look_at_capture(worker *w)
{
    chosen capture = choose(w, CAPTURE);
    usbx_capture_statistics statistics;
    memset(&statistics, UNTOUCHED, sizeof statistics);
    if (TRY(w, of(capture, OK_), usbx_capture_stats(capture.token, &statistics)) == USBX_OK)
        CHECK(w, statistics.status == USBX_OK && statistics.devices <= DEVICES * 32);
    else
        CHECK(w, statistics.records == 0 && statistics.reserved[43] == 0);
}
