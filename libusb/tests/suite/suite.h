/* The whole of libusb's interface on the acquisition model (docs/acquisition.md), as one program of libusb's: nothing in it knows usbx.
   It prints what every call gives; what may differ from run to run is left out, so that two libraries can be compared by their output.
   expected is what it prints. */
#ifndef SUITE_H
#define SUITE_H
#define _POSIX_C_SOURCE 200809L
#include <libusb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if !defined(LIBUSB_API_VERSION) || LIBUSB_API_VERSION < 0x0100010A
struct libusb_platform_descriptor;
struct libusb_init_option {
    enum libusb_option option;
    union {
        int ival;
        libusb_log_cb log_cbval;
    } value;
};
struct libusb_interface_association_descriptor {
    uint8_t bLength, bDescriptorType, bFirstInterface, bInterfaceCount, bFunctionClass, bFunctionSubClass, bFunctionProtocol, iFunction;
};
struct libusb_interface_association_descriptor_array {
    const struct libusb_interface_association_descriptor *iad;
    int length;
};
#endif
/* Two of the functions have been told to be out of use. */
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

/* New in 1.0.27; a library without them is not asked. */
int libusb_init_context(libusb_context **, const struct libusb_init_option[], int) __attribute__((weak));
int libusb_get_max_alt_packet_size(libusb_device *, int, int, unsigned char) __attribute__((weak));
int libusb_get_platform_descriptor(libusb_context *, struct libusb_bos_dev_capability_descriptor *, struct libusb_platform_descriptor **)
    __attribute__((weak));
void libusb_free_platform_descriptor(struct libusb_platform_descriptor *) __attribute__((weak));
int libusb_get_interface_association_descriptors(libusb_device *, uint8_t, struct libusb_interface_association_descriptor_array **)
    __attribute__((weak));
int libusb_get_active_interface_association_descriptors(libusb_device *, struct libusb_interface_association_descriptor_array **)
    __attribute__((weak));
void libusb_free_interface_association_descriptors(struct libusb_interface_association_descriptor_array *) __attribute__((weak));

enum { VENDOR = 0x1209, PRODUCT = 0x0001, FRAMES = 0x81, STATUS = 0x82, LOOP_OUT = 0x02, LOOP_IN = 0x83, REGISTERS = 4, START = 1, STOP = 2, RATE = 3 };

extern libusb_context *context;
extern libusb_device *device;
extern libusb_device_handle *handle;
extern struct timeval soon;

const char *name(int code);
/* Prints a function's result. */
void code(const char *what, int value);

/* What became of a transfer, for `seen`, its callback. */
struct seen {
    int done, calls, again;
    enum libusb_transfer_status status;
    int count;
};

extern pthread_t main_thread;
void LIBUSB_CALL seen(struct libusb_transfer *t);
/* Handles events until it has ended, and prints how. */
void wait_for(struct seen *s);
/* Reads what is left of earlier writes. */
void drain(void);

/* The cases. Each finds the device open and claimed, but for `contexts`. */
void contexts(void);
void descriptors(void);
void strings(void);
void interfaces(void);
void blocking(void);
void asynchronous(void);
void in_order(void);
void isochronous(void);
void submissions(void);
void at_one_time(void);
void locks(void);
void polled(void);
void together(void);
void signals(void);
void hotplug(void);
void busy(void);
void wrapped(void);
void forked(void);
/* It closes the device and the context itself. */
void with_thread(void);
#endif
