#include "stress.h"

#include <string.h>

void open_watch(worker *w)
{
    usbx_watch *watch = (usbx_watch *)w;
    if (one_in(w, 8)) {
        TRY(w, INVALID_PARAM, usbx_watch_open(0, 0, NULL));
        return;
    }
    TRY(w, OK_, usbx_watch_open(one_in(w, 2) ? target.vendor_id : 0, one_in(w, 2) ? target.product_id : 0, &watch));
    if (CHECK(w, watch != NULL)) {
        opened();
        keep(w, WATCH, below(w, SLOTS), watch);
    }
}

void watch_devices(worker *w)
{
    chosen watch = choose(w, WATCH);
    usbx_device_info info;
    int32_t event = 77, fd = 77;

    if (one_in(w, 8)) {
        if (TRY(w, of(watch, OK_), usbx_watch_fd(watch.token, &fd)) == USBX_OK)
            CHECK(w, fd >= 0);
        else
            CHECK(w, fd == -1);
        return;
    }
    memset(&info, UNTOUCHED, sizeof info);
    if (TRY(w, of(watch, OK_ | TIMEOUT), usbx_watch_next(watch.token, one_in(w, 16) ? 1 : USBX_NO_WAIT, &event, &info)) == USBX_OK)
        CHECK(w, (event == USBX_EVENT_ARRIVED || event == USBX_EVENT_LEFT) && info.path[0] != '\0');
    else
        CHECK(w, event == 0 && info.path[0] == '\0' && info.vendor_id == 0);
}
