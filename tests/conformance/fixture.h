/* The device that a test talks to, and a read that is known to be waiting.
 *
 * The device is the built-in "acquisition", plugged in by the fixture. With USBX_TEST_MODEL=c it is the same device as a
 * program outside the library answers for it (examples-c/models/acquisition_model.c), and a program that runs the suite itself may
 * bring its own (use_test_model). With USBX_TEST_DEVICE=VID:PID:SERIAL it is that
 * device, which another program plays to a kernel's bus; both behave the same. The shell commands
 * USBX_TEST_UNPLUG and USBX_TEST_PLUG then unplug it and plug it in again. With USBX_USBIP, too, it is a device of that host. */
#ifndef FIXTURE_H
#define FIXTURE_H

#include "acquisition.h"
#include "check.h"

#include <pthread.h>
#include <stdint.h>

enum {
    LONG = 30000,  /* milliseconds; a working library needs less */
    SHORT = 500,   /* milliseconds to wait for data that does not come */
    PACKET = 512,  /* bytes */
    HELD = 128,    /* packets that the device's loopback holds */
    ROOM = 200     /* packets that fit into a blocked read */
};
#define UNTOUCHED 0xa5 /* buffers are filled with this before a call */

extern usbx_virtual *test_virtual; /* NULL if the device is not in this process */
extern const char *test_serial;
/* Whether what a device can do at once is done when a call returns: not if another thread answers for the device. */
extern int test_at_once;
int test_is_remote(void); /* whether it is another host's, over USB/IP */

/* For a program that has loaded the suite and calls conformance(): the functions plug in the device of docs/acquisition.md under
 * that serial number, and unplug it for good, also after usbx_shutdown. */
void use_test_model(usbx_virtual *(*plug_it)(const char *serial), void (*unplug_it)(void));

void plug(void);          /* plugs the device in, if needed, and waits until it can be opened */
int unplug(void);         /* unplugs it; 0 if that is not possible here */
/* What a call that was in flight says of that: a real bus notices an error before anybody notices the plug. */
usbx_status of_unplugging(usbx_status got);
void start_over(void);    /* closes everything, for the next case after a failed one */
usbx_device *open_test_device(void);   /* a handle with nothing claimed; on failure NULL and a failed check */
usbx_device *claim_test_device(void);  /* interface 0 claimed, nothing halted, not sampling, the loopback empty */

void start_sampling(usbx_device *device, uint32_t rate);
int readable(int fd, int timeout_ms); /* by poll() */
pthread_t run_thread(void *(*function)(void *), void *argument);
int directory_entries(const char *directory); /* of /proc/self/fd, say */
int threads_at_most(int count); /* waits for that: a thread that has been joined may show in /proc for a moment more */

/* Byte n of a test pattern, which shows any shift, also of packets. */
uint8_t pattern(size_t n);
void fill_pattern(uint8_t *data, size_t first, size_t length);
int is_pattern(const uint8_t *data, size_t first, size_t length);
int is_untouched(const uint8_t *data, size_t length);

/* Reads what the loopback still holds; returns how many bytes, or (size_t)-1 if they do not continue with byte `first`
 * of the pattern. */
size_t drain_loopback(usbx_device *device, size_t first);

/* One read of 0x83 in a separate thread. */
typedef struct {
    usbx_device *device;
    size_t length;
    uint8_t *data;
    usbx_status status;
    size_t moved;
    char error[1024];
    pthread_t thread;
} reader;

void start_reader(reader *r, usbx_device *device, size_t length);
/* Starts a read of ROOM packets and sends one packet more than the device holds: when the device has taken it, the read has
 * begun to move data and waits for more. Returns 0 if that fails. */
int start_blocked_reader(reader *r, usbx_device *device);
/* Waits for the read to end and checks its status, that the data is the pattern from its start, and that the rest of
 * its buffer is untouched. Frees the buffer and returns the number of bytes that moved. */
size_t end_reader(reader *r, usbx_status expected);

#endif
