/* The device "acquisition" (docs/acquisition.md) as a program outside the library answers for it, on a thread of its own. */
#ifndef ACQUISITION_MODEL_H
#define ACQUISITION_MODEL_H

#include <usbx.h>

typedef struct acquisition_model acquisition_model;

/* Plugs one in. On failure *model is NULL; usbx_last_error says why. */
usbx_status acquisition_model_open(const char *serial, acquisition_model **model);
/* For usbx_virtual_path, usbx_virtual_unplug, usbx_virtual_fault. */
usbx_virtual *acquisition_model_device(acquisition_model *model);
/* Unplugs it and waits for its thread, also after usbx_shutdown. NULL is allowed. */
void acquisition_model_close(acquisition_model *model);

#endif
