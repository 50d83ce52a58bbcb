#include "stress.h"

#include <stddef.h>

void plug_in(worker *w, unsigned device)
{
    usbx_virtual *virtual_device = (usbx_virtual *)w;
    char serial[64];
    if (TRY(w, OK_, usbx_virtual_open("acquisition", serial_of(device, serial), &virtual_device)) == USBX_OK) {
        opened();
        keep(w, VIRTUAL, device, virtual_device);
    }
}

void replug(worker *w)
{
    usbx_virtual *virtual_device = (usbx_virtual *)w;

    switch (below(w, target.on_kernel ? 3 : 8)) { /* a kernel's devices are plugged in by somebody else */
    case 0:
        TRY(w, NOT_FOUND, usbx_virtual_open("oscilloscope", NULL, &virtual_device));
        CHECK(w, virtual_device == NULL);
        break;
    case 1:
        TRY(w, INVALID_PARAM, usbx_virtual_open("acquisition", NULL, NULL));
        break;
    case 2:
        TRY(w, INVALID_PARAM, usbx_virtual_open(one_in(w, 2) ? NULL : "\xff", "A", &virtual_device));
        CHECK(w, virtual_device == NULL);
        break;
    default:
        plug_in(w, below(w, DEVICES));
    }
}

void unplug(worker *w)
{
    chosen virtual_device = choose(w, VIRTUAL);
    TRY(w, virtual_device.wrong ? INVALID_HANDLE : OK_ | INVALID_HANDLE, usbx_virtual_unplug(virtual_device.token));
}
