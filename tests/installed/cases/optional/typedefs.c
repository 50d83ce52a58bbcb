/* A pointer's type by hand, for a compiler without typeof; and a line that compiles only if it is the header's. */
#include <usbx.h>

typedef usbx_status (*open_function)(uint16_t vendor_id, uint16_t product_id, const char *serial, usbx_device **device);
typedef char open_is_right[sizeof((open_function)0 == usbx_open)]; /* compared, and not called: nothing to link */
