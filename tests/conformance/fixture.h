/* The device that a test talks to, and a read that is known to be waiting.
 *
 * The device is the built-in "acquisition", plugged in by the fixture. With USBX_TEST_DEVICE=VID:PID:SERIAL it is that
 * one, played to a kernel's bus by somebody else: what holds for the one holds for the other. The shell commands
 * USBX_TEST_UNPLUG and USBX_TEST_PLUG then pull it out and put it in again. */
#ifndef FIXTURE_H
#define FIXTURE_H

#include "acquisition.h"
#include "check.h"

#include <pthread.h>
#include <stdint.h>

enum {
    LONG = 30000,  /* milliseconds that no working library needs */
    SHORT = 500,   /* milliseconds to wait for what does not come */
    PACKET = 512,  /* bytes */
    HELD = 128,    /* packets that the device's loopback holds before it takes no more */
    ROOM = 200     /* packets that a blocked read has room for */
};
#define UNTOUCHED 0xa5 /* what buffers are filled with beforehand */

extern usbx_virtual *test_virtual; /* NULL where the device is not of this process */
extern const char *test_serial;

void plug(void);          /* plugs the device in, if it is not, and waits until it can be opened */
int unplug(void);         /* pulls it out; 0 if that cannot be done here */
/* What a call that was in flight says of that: a real bus notices an error before anybody notices the plug. */
usbx_status of_unplugging(usbx_status got);
void start_over(void);    /* closes all there is, for the next case after one that failed */
usbx_device *open_test_device(void);   /* a handle with nothing claimed; NULL and a failed check if not */
usbx_device *claim_test_device(void);  /* interface 0 claimed, nothing halted, not sampling, the loopback empty */

void start_sampling(usbx_device *device, uint32_t rate);
int readable(int fd, int timeout_ms); /* by poll() */
pthread_t run_thread(void *(*function)(void *), void *argument);
int directory_entries(const char *directory); /* of /proc/self/fd, say */

/* Byte n of a test pattern; it tells any shift, of packets too. */
uint8_t pattern(size_t n);
void fill_pattern(uint8_t *data, size_t first, size_t length);
int is_pattern(const uint8_t *data, size_t first, size_t length);
int is_untouched(const uint8_t *data, size_t length);

/* Reads what the loopback still holds; returns how many bytes, or (size_t)-1 if they go not on with byte `first` of the
 * pattern. */
size_t drain_loopback(usbx_device *device, size_t first);

/* One read of 0x83 by a thread of its own. */
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
/* Starts a read of ROOM packets and sends one packet more than the device holds: when that has been taken, the read has
 * begun to move data, and it waits for more. Returns 0 if it did not come to that. */
int start_blocked_reader(reader *r, usbx_device *device);
/* Waits for the read to end and checks its status, that what moved is the pattern from its start, and that the rest of
 * its buffer is untouched. Frees the buffer and returns how much moved. */
size_t end_reader(reader *r, usbx_status expected);

#endif
