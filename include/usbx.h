/* usbx: a USB library that cannot be misused.  SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Generated from the Rust source by `make header`; edit there, not here.
 */
#ifndef USBX_H
#define USBX_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif



/** For waits on the library's own queues: return at once. A transfer refuses it with USBX_ERROR_INVALID_PARAM. */
#define USBX_NO_WAIT 0xFFFFFFFFu

/**
 * The version of this header; usbx_version() tells the library's.
 */
#define USBX_VERSION_MAJOR 0

/**
 * See USBX_VERSION_MAJOR.
 */
#define USBX_VERSION_MINOR 1

/**
 * See USBX_VERSION_MAJOR.
 */
#define USBX_VERSION_PATCH 0

/**
 * Speed not known.
 */
#define USBX_SPEED_UNKNOWN 0

/**
 * 1.5 Mbit/s.
 */
#define USBX_SPEED_LOW 1

/**
 * 12 Mbit/s.
 */
#define USBX_SPEED_FULL 2

/**
 * 480 Mbit/s.
 */
#define USBX_SPEED_HIGH 3

/**
 * 5 Gbit/s.
 */
#define USBX_SPEED_SUPER 4

/**
 * 10 Gbit/s and more.
 */
#define USBX_SPEED_SUPER_PLUS 5

/**
 * A device on this computer's own bus.
 */
#define USBX_BACKEND_LIBUSB 0

/**
 * A virtual device, living in this process.
 */
#define USBX_BACKEND_VIRTUAL 1

/**
 * A device of another computer, over USB/IP.
 */
#define USBX_BACKEND_USBIP 2

/**
 * An endpoint of type control.
 */
#define USBX_TYPE_CONTROL 0

/**
 * An endpoint of type isochronous.
 */
#define USBX_TYPE_ISOCHRONOUS 1

/**
 * An endpoint of type bulk.
 */
#define USBX_TYPE_BULK 2

/**
 * An endpoint of type interrupt.
 */
#define USBX_TYPE_INTERRUPT 3

/**
 * A timeout that never comes: wait for ever.
 */
#define USBX_NO_TIMEOUT 0

/**
 * Memory of a stream: whichever is faster here, found out when it is opened.
 */
#define USBX_MEMORY_AUTO 0

/**
 * The process's own memory; the system copies each transfer.
 */
#define USBX_MEMORY_HEAP 1

/**
 * Memory shared with the system, no copy. Source: libusb_dev_mem_alloc.
 */
#define USBX_MEMORY_MAPPED 2

/**
 * A thread of the library takes completions as they come, so that timestamp_ns is exact however late the reader is. It costs a
 * switch of threads for each, or for several that come together; it sleeps otherwise, and ends with the stream.
 */
#define USBX_STREAM_EXACT_TIME 1

/**
 * The device was plugged in, or was there when the watch began, and can be opened.
 */
#define USBX_EVENT_ARRIVED 1

/**
 * The device was unplugged.
 */
#define USBX_EVENT_LEFT 2

/**
 * An open device. The pointer is a token, never dereferenced: a wrong, closed or forged one is answered with
 * USBX_ERROR_INVALID_HANDLE. Any thread may use it; usbx_close ends it.
 */
typedef struct usbx_device usbx_device;

/**
 * A completion queue. A token, as usbx_device. Any thread may use it; usbx_queue_close ends it.
 */
typedef struct usbx_queue usbx_queue;

/**
 * A stream. A token, as usbx_device. Any thread may use it, one call at a time has it; usbx_stream_close ends it.
 */
typedef struct usbx_stream usbx_stream;

/**
 * A plugged-in virtual device, as its maker holds it; a program that talks to it opens it like any other device. A token,
 * as usbx_device. Any thread may use it; usbx_virtual_close ends it.
 */
typedef struct usbx_virtual usbx_virtual;

/**
 * A watch for devices that come and go. A token, as usbx_device. Any thread may use it; usbx_watch_close ends it.
 */
typedef struct usbx_watch usbx_watch;

/**
 * What every function returns: USBX_OK (0), or a negative USBX_ERROR_*. `if (usbx_...)` reads "failed".
 * Since 0.1.0.
 */
typedef int32_t usbx_status;

/**
 * What is known of a device without opening it. Strings are NUL-terminated UTF-8, "" where unknown. Since 0.1.0.
 */
typedef struct usbx_device_info {
  /**
   * idVendor.
   */
  uint16_t vendor_id;
  /**
   * idProduct.
   */
  uint16_t product_id;
  /**
   * bcdDevice: 0x0100 is release 1.00.
   */
  uint16_t device_version;
  /**
   * bcdUSB: 0x0200 is USB 2.0.
   */
  uint16_t usb_version;
  /**
   * bDeviceClass; 0 says that each interface has its own.
   */
  uint8_t device_class;
  /**
   * bDeviceSubClass.
   */
  uint8_t device_subclass;
  /**
   * bDeviceProtocol.
   */
  uint8_t device_protocol;
  /**
   * How many configurations the device has.
   */
  uint8_t configurations;
  /**
   * Number of the bus.
   */
  uint8_t bus;
  /**
   * Address on the bus; changes each time the device is plugged in.
   */
  uint8_t address;
  /**
   * USBX_SPEED_*.
   */
  uint8_t speed;
  /**
   * USBX_BACKEND_*.
   */
  uint8_t backend;
  /**
   * Where the device is plugged in: "2-1.4" is bus 2, port 1, port 4 of the hub there; "usb2" bus 2's root hub;
   * "virtual/1" a virtual device. Stays the same when it is plugged in again there. Opens with usbx_open_path.
   */
  char path[256];
  /**
   * iManufacturer.
   */
  char manufacturer[384];
  /**
   * iProduct.
   */
  char product[384];
  /**
   * iSerialNumber.
   */
  char serial[384];
  /**
   * 0.
   */
  uint8_t reserved[64];
} usbx_device_info;

/**
 * An endpoint of the active configuration. Source: USB 2.0 section 9.6.6, USB 3.2 section 9.6.7. Since 0.1.0.
 */
typedef struct usbx_endpoint {
  /**
   * bEndpointAddress: bit 7 is set for IN, device to host.
   */
  uint8_t address;
  /**
   * USBX_TYPE_*.
   */
  uint8_t type;
  /**
   * The interface it belongs to, to be claimed with usbx_claim.
   */
  uint8_t interface_number;
  /**
   * The alternate setting it belongs to, to be selected with usbx_set_alt_setting if it is not 0.
   */
  uint8_t alt_setting;
  /**
   * Bytes in a packet: wMaxPacketSize without its bits 11 and 12.
   */
  uint16_t max_packet_size;
  /**
   * Packets in one service interval: up to 3 at high speed, (bMaxBurst + 1) x (Mult + 1) at SuperSpeed, else 1.
   */
  uint8_t packets_per_interval;
  /**
   * bInterval as the device gives it: milliseconds at low and full speed, 2^(n-1) x 125 us above.
   */
  uint8_t interval;
  /**
   * Bytes in one service interval: max_packet_size x packets_per_interval, or the device's wBytesPerInterval.
   */
  uint32_t max_bytes_per_interval;
  /**
   * 0.
   */
  uint8_t reserved[16];
} usbx_endpoint;

/**
 * One packet of an isochronous transfer. Since 0.1.0.
 */
typedef struct usbx_packet {
  /**
   * Before: bytes to send, or room to receive; the endpoint's max_bytes_per_interval at the most.
   */
  uint32_t length;
  /**
   * After: bytes that moved.
   */
  uint32_t transferred;
  /**
   * After: USBX_OK, or what happened to this packet alone; USBX_ERROR_CANCELLED if it was never on the bus.
   */
  usbx_status status;
  /**
   * 0.
   */
  uint32_t reserved;
} usbx_packet;

/**
 * A transfer to submit. Zero it first; what its type does not need stays 0. Since 0.1.0.
 */
typedef struct usbx_transfer {
  /**
   * USBX_TYPE_*.
   */
  uint8_t type;
  /**
   * bEndpointAddress, not for control requests. Bit 7 says which way.
   */
  uint8_t endpoint;
  /**
   * Control: bmRequestType; bit 7 set means IN.
   */
  uint8_t request_type;
  /**
   * Control: bRequest.
   */
  uint8_t request;
  /**
   * Control: wValue.
   */
  uint16_t value;
  /**
   * Control: wIndex.
   */
  uint16_t index;
  /**
   * Milliseconds the transfer may take; USBX_NO_TIMEOUT: for ever.
   */
  uint32_t timeout_ms;
  /**
   * 0.
   */
  uint32_t reserved_1;
  /**
   * The bytes to send or to receive into. They are the library's until the completion was taken from the queue, or the
   * queue is closed.
   */
  void *data;
  /**
   * How many; 65535 at the most for control.
   */
  size_t length;
  /**
   * Isochronous: the packets, as usbx_isochronous_read. They are the library's as long as the data is, and then say what became
   * of each.
   */
  struct usbx_packet *packets;
  /**
   * Isochronous: how many.
   */
  size_t packet_count;
  /**
   * Comes back in the completion, as it is.
   */
  uint64_t user_data;
  /**
   * 0.
   */
  uint8_t reserved[32];
} usbx_transfer;

/**
 * How a transfer went. Since 0.1.0.
 */
typedef struct usbx_completion {
  /**
   * The number that usbx_submit gave.
   */
  uint64_t id;
  /**
   * From the transfer.
   */
  uint64_t user_data;
  /**
   * When it completed: nanoseconds of CLOCK_MONOTONIC.
   */
  uint64_t timestamp_ns;
  /**
   * Bytes that moved, on failure too.
   */
  size_t transferred;
  /**
   * USBX_OK, or why the transfer ended early.
   */
  usbx_status status;
  /**
   * 0.
   */
  uint8_t reserved[36];
} usbx_completion;

/**
 * How a stream is to work. Zero it first: 0 leaves a choice to the library. Since 0.1.0.
 */
typedef struct usbx_stream_options {
  /**
   * Bytes in one transfer, a multiple of the packet size, 16 MiB at the most. A chunk comes when a transfer is full or a
   * short packet ends it, or when a reader's time is up.
   */
  size_t size;
  /**
   * Transfers in flight, 1024 at the most.
   */
  size_t depth;
  /**
   * USBX_MEMORY_*.
   */
  uint32_t memory;
  /**
   * 0, or USBX_STREAM_EXACT_TIME.
   */
  uint32_t flags;
  /**
   * 0.
   */
  uint8_t reserved[40];
} usbx_stream_options;

/**
 * What one transfer of a stream brought. Since 0.1.0.
 */
typedef struct usbx_chunk {
  /**
   * The bytes; the library's, and valid until the next call of usbx_stream_next, usbx_stream_read or usbx_stream_close.
   */
  const void *data;
  /**
   * How many; 0 for a zero-length packet.
   */
  size_t length;
  /**
   * When it was found complete, in nanoseconds of CLOCK_MONOTONIC: at once while a call for the stream waits, otherwise at the
   * next call, or at once in any case with USBX_STREAM_EXACT_TIME.
   */
  uint64_t timestamp_ns;
  /**
   * Counts the chunks of the stream, from 0.
   */
  uint64_t sequence;
  /**
   * The packets of an isochronous transfer, in their order, as long valid as data; NULL for bulk and interrupt. Their bytes lie
   * one behind the other without gaps: packets[i].length is packets[i].transferred here.
   */
  const struct usbx_packet *packets;
  /**
   * How many.
   */
  size_t packet_count;
  /**
   * USBX_OK, or how the transfer ended that brought these bytes: usbx_stream_next says the same when all of them were taken.
   */
  usbx_status status;
  /**
   * 0.
   */
  uint8_t reserved[28];
} usbx_chunk;

/**
 * What a stream has done so far. Since 0.1.0.
 */
typedef struct usbx_stream_statistics {
  /**
   * Bytes that moved.
   */
  uint64_t bytes;
  /**
   * Transfers that completed.
   */
  uint64_t transfers;
  /**
   * Transfers IN that a short packet ended.
   */
  uint64_t short_packets;
  /**
   * Transfers that ended with USBX_ERROR_PIPE.
   */
  uint64_t stalls;
  /**
   * Transfers that ended with USBX_ERROR_OVERFLOW.
   */
  uint64_t overflows;
  /**
   * Transfers that failed otherwise; cancelled ones, and those of an unplugged device, do not count.
   */
  uint64_t other_errors;
  /**
   * How often no transfer was in flight because the reader was late: the device had to wait.
   */
  uint64_t device_waits;
  /**
   * The most chunks that waited for the reader.
   */
  uint64_t deepest_backlog;
  /**
   * Isochronous packets IN that were asked for.
   */
  uint64_t packets;
  /**
   * Isochronous packets IN that were lost: those with an error, and as many as there were intervals in which nothing was in
   * flight because the reader was late (reckoned by the clock, to about one transfer).
   */
  uint64_t lost_packets;
  /**
   * Transfers in flight at the most, as it turned out.
   */
  uint64_t depth;
  /**
   * Bytes in one transfer.
   */
  uint64_t size;
  /**
   * USBX_MEMORY_HEAP or USBX_MEMORY_MAPPED.
   */
  uint32_t memory;
  /**
   * 0.
   */
  uint8_t reserved[44];
} usbx_stream_statistics;

/**
 * Success.
 */
#define USBX_OK 0

/**
 * The transfer failed on the bus (cable, electrical noise, a device that breaks the protocol).
 */
#define USBX_ERROR_IO -1

/**
 * An argument is not valid; usbx_last_error() says which and why. Nothing reached the bus.
 */
#define USBX_ERROR_INVALID_PARAM -2

/**
 * Permission denied; usbx_last_error() has the udev rule that grants it.
 */
#define USBX_ERROR_ACCESS -3

/**
 * The device was there and is gone.
 */
#define USBX_ERROR_NO_DEVICE -4

/**
 * There is no such device, interface, alternate setting or configuration.
 */
#define USBX_ERROR_NOT_FOUND -5

/**
 * A kernel driver, another program or another handle holds it; usbx_last_error() says who.
 */
#define USBX_ERROR_BUSY -6

/**
 * The time given was not enough; what moved until then is counted and in the buffer.
 */
#define USBX_ERROR_TIMEOUT -7

/**
 * The device sent more than the buffer can hold.
 */
#define USBX_ERROR_OVERFLOW -8

/**
 * The endpoint stalled: a control request was refused, or the endpoint is halted (see usbx_clear_halt).
 */
#define USBX_ERROR_PIPE -9

/**
 * A signal interrupted the call.
 */
#define USBX_ERROR_INTERRUPTED -10

/**
 * Memory ran out, the process's or the kernel's share for USB transfers.
 */
#define USBX_ERROR_NO_MEM -11

/**
 * This platform or device does not support it.
 */
#define USBX_ERROR_NOT_SUPPORTED -12

/**
 * An error that has no number of its own.
 */
#define USBX_ERROR_OTHER -99

/**
 * The handle is NULL, closed, forged, or of another kind.
 */
#define USBX_ERROR_INVALID_HANDLE -100

/**
 * usbx_cancel ended the transfer; what moved until then is counted and in the buffer.
 */
#define USBX_ERROR_CANCELLED -101

/**
 * Another thread closed the handle during the call; what moved until then is counted and in the buffer.
 */
#define USBX_ERROR_CLOSED -102

/**
 * The interface is not claimed by this handle; call usbx_claim first.
 */
#define USBX_ERROR_NOT_CLAIMED -103

/**
 * The handle was opened before fork(), in the parent process; open the device anew in the child.
 */
#define USBX_ERROR_FORKED -104

/**
 * A defect in usbx itself, with its place in usbx_last_error(); please report it.
 */
#define USBX_ERROR_INTERNAL -105

/**
 * The version of the library that is loaded: "0.1.0".
 *
 * Returns a string that lives as long as the library. Any thread. Since 0.1.0.
 */
const char *usbx_version(void);

/**
 * The name of a status as the header spells it: "USBX_ERROR_TIMEOUT".
 *
 * Returns a string that lives as long as the library; "USBX_ERROR_UNKNOWN" for a number that is no status.
 * Any thread. Since 0.1.0.
 */
const char *usbx_error_name(usbx_status status);

/**
 * One plain sentence on a status. For what happened and what to do about it, ask usbx_last_error().
 *
 * Returns a string that lives as long as the library. Any thread. Since 0.1.0.
 */
const char *usbx_error_text(usbx_status status);

/**
 * The calling thread's last failure, as one sentence to act on: what was tried, on which device, what stood in
 * the way and what to do.
 *
 * "claim interface 0 of 0403:6001 (path 1-2): held by kernel driver ftdi_sio; call usbx_detach_kernel_driver first".
 * A call that succeeds leaves it as it is.
 *
 * Returns "" if nothing failed yet on this thread. The string is the library's, and valid until this thread's next
 * failure or its end. UTF-8. Any thread. Since 0.1.0.
 */
const char *usbx_last_error(void);

/**
 * Closes all that is open: every handle of this process, whichever thread opened it.
 *
 * Calls that wait on one of them end with USBX_ERROR_CLOSED. When it returns no transfer can touch a caller's buffer
 * any more, kernel drivers have been given back, and no thread and no descriptor of the library is left. The library
 * can be used again afterwards. Handles inherited through fork() are left alone.
 *
 * leaked: receives how many handles were still open; may be NULL.
 *
 * Returns USBX_OK. Any thread. Since 0.1.0.
 */
usbx_status usbx_shutdown(size_t *leaked);

/**
 * Lists the devices there are now: those on the bus, root hubs among them, and the virtual ones, in path order.
 *
 * Nothing is opened and no request is sent: a device that somebody uses is not disturbed. Plugging and unplugging is
 * seen without udevd. A host without USB has none, which is no error.
 *
 * devices: receives one entry for each device, capacity at the most; may be NULL if capacity is 0.
 * capacity: how many entries fit.
 * count: receives how many devices there are, which may be more than capacity; may be NULL.
 *
 * Returns USBX_OK, also where capacity is too small; USBX_ERROR_INVALID_PARAM if devices is NULL and capacity is not 0;
 * USBX_ERROR_NO_MEM if the system has no descriptor to look with.
 * Any thread. Source: libusb_get_device_list. Since 0.1.0.
 */
usbx_status usbx_devices(struct usbx_device_info *devices, size_t capacity, size_t *count);

/**
 * Opens the device of these IDs and, if given, this serial number. If several match: the first in path order.
 *
 * Opening claims nothing and leaves kernel drivers alone; several handles of one device may be open at once.
 *
 * vendor_id, product_id: idVendor and idProduct.
 * serial: the serial number, UTF-8; NULL or "" for any.
 * device: receives the handle, or NULL on failure. The caller owns it and gives it back with usbx_close.
 *
 * Returns USBX_OK; USBX_ERROR_NOT_FOUND if no such device is there; USBX_ERROR_ACCESS if its node may not be opened;
 * USBX_ERROR_NO_DEVICE if it went away meanwhile; USBX_ERROR_IO if it does not answer; USBX_ERROR_NO_MEM;
 * USBX_ERROR_INVALID_PARAM.
 * Any thread. Source: libusb_open. Since 0.1.0.
 */
usbx_status usbx_open(uint16_t vendor_id, uint16_t product_id, const char *serial, struct usbx_device **device);

/**
 * Opens the device that is plugged in at this place, whatever it is.
 *
 * path: as in usbx_device_info: "2-1.4", "usb1", "virtual/1".
 * device: receives the handle, or NULL on failure. The caller owns it and gives it back with usbx_close.
 *
 * Returns as usbx_open. Any thread. Since 0.1.0.
 */
usbx_status usbx_open_path(const char *path, struct usbx_device **device);

/**
 * Makes a handle of a usbfs descriptor that someone else opened: Android's UsbDeviceConnection, a Flatpak portal,
 * a service manager.
 *
 * fd: a descriptor of /dev/bus/usb/BBB/DDD, open for reading and writing. It stays the caller's, who closes it after
 *   usbx_close. Meanwhile nobody else may move data by it or a copy of it: the system would mix up who gets what.
 * device: receives the handle, or NULL on failure. The caller owns it and gives it back with usbx_close.
 *
 * Returns USBX_OK; USBX_ERROR_INVALID_PARAM if fd is no usbfs descriptor; USBX_ERROR_BUSY if another handle was made of it or of
 * a copy; USBX_ERROR_NO_DEVICE if the device is gone;
 * USBX_ERROR_NOT_SUPPORTED where the system has no usbfs. The path in usbx_info is "" if it cannot be told.
 * Any thread. Source: libusb_wrap_sys_device. Since 0.1.0.
 */
usbx_status usbx_open_fd(int32_t fd,
                         struct usbx_device **device);

/**
 * Closes a device: ends its pending calls with USBX_ERROR_CLOSED, gives back claims and detached kernel drivers.
 *
 * When it returns, no transfer can touch a caller's buffer any more and the kernel drivers are back.
 *
 * device: the handle; NULL is allowed and does nothing, as with free().
 *
 * Returns USBX_OK; USBX_ERROR_INVALID_HANDLE if it is not open (any more): of several closes at once exactly one
 * returns USBX_OK; USBX_ERROR_FORKED in a child process. Any thread. Source: libusb_close. Since 0.1.0.
 */
usbx_status usbx_close(struct usbx_device *device);

/**
 * Tells what usbx_devices tells, of an open device. Works after unplugging too.
 *
 * device: the handle.
 * info: receives the description; zeroed on failure.
 *
 * Returns USBX_OK; USBX_ERROR_INVALID_HANDLE; USBX_ERROR_INVALID_PARAM if info is NULL. Any thread. Since 0.1.0.
 */
usbx_status usbx_info(struct usbx_device *device, struct usbx_device_info *info);

/**
 * Tells the active configuration.
 *
 * device: the handle.
 * configuration: receives bConfigurationValue; 0 if the device is not configured.
 *
 * Returns USBX_OK; USBX_ERROR_INVALID_HANDLE; USBX_ERROR_INVALID_PARAM; USBX_ERROR_NO_DEVICE; USBX_ERROR_NO_MEM.
 * Any thread. Source: USB 2.0 section 9.4.2, libusb_get_configuration. Since 0.1.0.
 */
usbx_status usbx_get_configuration(struct usbx_device *device, uint8_t *configuration);

/**
 * Selects a configuration. No bus traffic if it is the active one.
 *
 * device: the handle.
 * configuration: bConfigurationValue of the one to select.
 *
 * Returns USBX_OK; USBX_ERROR_NOT_FOUND if the device has no such configuration; USBX_ERROR_BUSY if an interface is
 * claimed, by this handle or another, or held by a kernel driver; USBX_ERROR_INVALID_HANDLE; USBX_ERROR_NO_DEVICE;
 * USBX_ERROR_IO.
 * Any thread. Source: USB 2.0 section 9.4.7, libusb_set_configuration. Since 0.1.0.
 */
usbx_status usbx_set_configuration(struct usbx_device *device, uint8_t configuration);

/**
 * Claims an interface for this handle: its endpoints can be used from then on, and nobody else can claim it.
 * Claimed already by the same handle: USBX_OK.
 *
 * device: the handle.
 * interface_number: bInterfaceNumber.
 *
 * Returns USBX_OK; USBX_ERROR_BUSY if a kernel driver, another program or another handle holds it, and
 * usbx_last_error() says who; USBX_ERROR_NOT_FOUND if the active configuration has no such interface;
 * USBX_ERROR_INVALID_HANDLE; USBX_ERROR_NO_DEVICE.
 * Any thread. Source: libusb_claim_interface. Since 0.1.0.
 */
usbx_status usbx_claim(struct usbx_device *device, uint8_t interface_number);

/**
 * Gives an interface back. Its pending transfers, of other threads, end with USBX_ERROR_CANCELLED first; its alternate
 * setting returns to 0; a kernel driver that usbx_detach_kernel_driver took away is back when it returns.
 *
 * device: the handle.
 * interface_number: bInterfaceNumber.
 *
 * Returns USBX_OK; USBX_ERROR_NOT_CLAIMED; USBX_ERROR_NOT_FOUND if there is no such interface;
 * USBX_ERROR_INVALID_HANDLE; USBX_ERROR_NO_DEVICE; USBX_ERROR_IO.
 * Any thread. Source: libusb_release_interface. Since 0.1.0.
 */
usbx_status usbx_release(struct usbx_device *device, uint8_t interface_number);

/**
 * Selects an alternate setting of a claimed interface. The interface's pending transfers, of other threads, end with
 * USBX_ERROR_CANCELLED first.
 *
 * device: the handle.
 * interface_number: bInterfaceNumber.
 * alt_setting: bAlternateSetting.
 *
 * Returns USBX_OK; USBX_ERROR_NOT_CLAIMED; USBX_ERROR_NOT_FOUND if there is no such interface or setting;
 * USBX_ERROR_INVALID_HANDLE; USBX_ERROR_NO_DEVICE; USBX_ERROR_IO.
 * Any thread. Source: USB 2.0 section 9.4.10, libusb_set_interface_alt_setting. Since 0.1.0.
 */
usbx_status usbx_set_alt_setting(struct usbx_device *device, uint8_t interface_number, uint8_t alt_setting);

/**
 * Tells which kernel driver holds an interface, such as "usbhid". A program that has claimed it, this one too, is none.
 *
 * device: the handle.
 * interface_number: bInterfaceNumber.
 * name: receives the driver's name, always NUL-terminated; "" if there is none, and on failure; may be NULL if capacity is 0.
 * capacity: bytes that fit, the NUL included. 256 holds every name.
 * length: receives the whole name's length in bytes, without the NUL: 0 if there is no driver; may be NULL.
 *
 * Returns USBX_OK, also where capacity is too small; USBX_ERROR_NOT_FOUND if there is no such interface;
 * USBX_ERROR_INVALID_PARAM; USBX_ERROR_INVALID_HANDLE; USBX_ERROR_NO_DEVICE; USBX_ERROR_IO if the system does not tell.
 * Any thread. Source: libusb_kernel_driver_active. Since 0.1.0.
 */
usbx_status usbx_kernel_driver(struct usbx_device *device,
                               uint8_t interface_number,
                               char *name,
                               size_t capacity,
                               size_t *length);

/**
 * Takes an interface away from the kernel driver that holds it, so that it can be claimed. The driver is given back at
 * usbx_release and at usbx_close. Where no driver is bound it does nothing.
 *
 * device: the handle.
 * interface_number: bInterfaceNumber.
 *
 * Returns USBX_OK; USBX_ERROR_NOT_FOUND if there is no such interface; USBX_ERROR_NOT_SUPPORTED where the system has no
 * such thing; USBX_ERROR_INVALID_HANDLE; USBX_ERROR_NO_DEVICE.
 * Any thread. Source: libusb_detach_kernel_driver. Since 0.1.0.
 */
usbx_status usbx_detach_kernel_driver(struct usbx_device *device, uint8_t interface_number);

/**
 * Gives an interface to the kernel's drivers now, without waiting for usbx_close: one that usbx_detach_kernel_driver took
 * away, or that some program left without. Where a driver or a program holds it, or no driver wants it, it does nothing.
 *
 * device: the handle.
 * interface_number: bInterfaceNumber.
 *
 * Returns USBX_OK, and the driver, if one wants it, is bound; USBX_ERROR_BUSY if this handle has claimed the interface:
 * usbx_release gives it back; USBX_ERROR_NOT_FOUND if there is no such interface; USBX_ERROR_NOT_SUPPORTED where the system has
 * no such thing; USBX_ERROR_INVALID_HANDLE; USBX_ERROR_NO_DEVICE.
 * Any thread. Source: libusb_attach_kernel_driver. Since 0.1.0.
 */
usbx_status usbx_attach_kernel_driver(struct usbx_device *device,
                                      uint8_t interface_number);

/**
 * Lists the endpoints of the active configuration, of every interface and every alternate setting; endpoint 0 is not
 * among them. An unconfigured device has none.
 *
 * device: the handle.
 * endpoints: receives one entry for each endpoint, capacity at the most; may be NULL if capacity is 0.
 * capacity: how many entries fit.
 * count: receives how many endpoints there are, which may be more than capacity; may be NULL.
 *
 * Returns USBX_OK, also where capacity is too small; USBX_ERROR_INVALID_HANDLE; USBX_ERROR_INVALID_PARAM;
 * USBX_ERROR_NO_DEVICE. Any thread. Source: libusb_get_active_config_descriptor. Since 0.1.0.
 */
usbx_status usbx_endpoints(struct usbx_device *device, struct usbx_endpoint *endpoints, size_t capacity, size_t *count);

/**
 * Gives the descriptors of a device that usbx_devices lists, without opening it: its device descriptor of 18 bytes, and behind
 * that each of its configuration descriptors with all that follows it, as the device sent them when it was plugged in.
 *
 * Nothing is opened and no request is sent. What the device sent may break the standard: check each length in it.
 *
 * path: as in usbx_device_info: "2-1.4", "usb1", "virtual/1".
 * data: receives the descriptors, capacity bytes at the most; may be NULL if capacity is 0.
 * capacity: bytes that fit.
 * length: receives how many bytes there are, which may be more than capacity; may be NULL.
 *
 * Returns USBX_OK, also where capacity is too small; USBX_ERROR_NOT_FOUND if no device is plugged in there; USBX_ERROR_NO_MEM if
 * the system has no descriptor to look with; USBX_ERROR_INVALID_PARAM.
 * Any thread. Source: USB 2.0 section 9.5, libusb_get_device_descriptor, libusb_get_config_descriptor. Since 0.1.0.
 */
usbx_status usbx_descriptors(const char *path,
                             void *data,
                             size_t capacity,
                             size_t *length);

/**
 * Asks the device for a descriptor, as it sends it. Waits 5 seconds at the most.
 *
 * device: the handle.
 * type: bDescriptorType: 1 device, 2 configuration, 3 string, 15 BOS ...
 * index: which one of that type, from 0.
 * data: receives the descriptor; may be NULL only if length is 0.
 * length: bytes that fit, 65535 at the most; a longer descriptor is cut by the device.
 * transferred: receives how many bytes came; may be NULL.
 *
 * Returns USBX_OK; USBX_ERROR_PIPE if the device has no such descriptor; the statuses of usbx_control.
 * Any thread. Source: USB 2.0 section 9.4.3, libusb_get_descriptor. Since 0.1.0.
 */
usbx_status usbx_get_descriptor(struct usbx_device *device,
                                uint8_t type,
                                uint8_t index,
                                void *data,
                                size_t length,
                                size_t *transferred);

/**
 * Asks the device for a string, in UTF-8. Waits 5 seconds at the most for each of its two requests.
 *
 * device: the handle.
 * index: the string's index, from a descriptor; 0, the table of languages, is none.
 * language: which language, 0x0409 for US English; 0 for the first the device has.
 * text: receives the string, cut at a character if need be, and always NUL-terminated, on failure as ""; may be NULL if
 *   capacity is 0.
 * capacity: bytes that fit, the NUL included. 384 holds every string.
 * length: receives the whole string's length in bytes, without the NUL; may be NULL.
 *
 * Returns USBX_OK, also where capacity is too small; USBX_ERROR_INVALID_PARAM if index is 0; USBX_ERROR_PIPE if the
 * device has no such string; the statuses of usbx_control.
 * Any thread. Source: USB 2.0 section 9.6.7, libusb_get_string_descriptor. Since 0.1.0.
 */
usbx_status usbx_get_string(struct usbx_device *device,
                            uint8_t index,
                            uint16_t language,
                            char *text,
                            size_t capacity,
                            size_t *length);

/**
 * Sends a control request and moves its data, either way.
 *
 * Requests that would change what the library keeps book of go the library's way: SET_CONFIGURATION as
 * usbx_set_configuration, SET_INTERFACE as usbx_set_alt_setting, CLEAR_FEATURE(ENDPOINT_HALT) as usbx_clear_halt;
 * SET_ADDRESS is refused.
 *
 * device: the handle.
 * request_type: bmRequestType; bit 7 set means IN, device to host.
 * request, value, index: bRequest, wValue, wIndex, in the computer's byte order.
 * data: length bytes to send or to receive into; may be NULL only if length is 0.
 * length: wLength, in bytes.
 * timeout_ms: milliseconds to wait at the most; USBX_NO_TIMEOUT for ever.
 * transferred: receives the bytes of data that moved, on failure too; may be NULL.
 *
 * Returns USBX_OK; USBX_ERROR_PIPE if the device refuses the request; USBX_ERROR_NOT_CLAIMED if it goes to an interface
 * or endpoint, is no vendor request, and that interface is not claimed; USBX_ERROR_TIMEOUT; USBX_ERROR_CANCELLED by
 * usbx_cancel for endpoint 0; USBX_ERROR_CLOSED; USBX_ERROR_NO_DEVICE; USBX_ERROR_INVALID_PARAM;
 * USBX_ERROR_INVALID_HANDLE; USBX_ERROR_NO_MEM; USBX_ERROR_IO.
 * Any thread. Source: USB 2.0 section 9.3, libusb_control_transfer. Since 0.1.0.
 */
usbx_status usbx_control(struct usbx_device *device,
                         uint8_t request_type,
                         uint8_t request,
                         uint16_t value,
                         uint16_t index,
                         void *data,
                         uint16_t length,
                         uint32_t timeout_ms,
                         size_t *transferred);

/**
 * Reads from a bulk endpoint until the buffer is full, or a short packet (one below the packet size) ends the read.
 *
 * device: the handle.
 * endpoint: bEndpointAddress, of a claimed interface's selected alternate setting; bit 7 is set.
 * data: receives the bytes; beyond what was transferred it is left as it was.
 * length: bytes that fit, not 0. Make it a multiple of the packet size: a packet larger than the rest of the buffer is
 *   USBX_ERROR_OVERFLOW. There is no upper limit.
 * timeout_ms: milliseconds to wait at the most, for all of it; USBX_NO_TIMEOUT for ever.
 * transferred: receives the bytes that came, on failure too; may be NULL.
 *
 * Returns USBX_OK; USBX_ERROR_TIMEOUT; USBX_ERROR_PIPE if the endpoint is halted (usbx_clear_halt);
 * USBX_ERROR_OVERFLOW; USBX_ERROR_CANCELLED; USBX_ERROR_CLOSED; USBX_ERROR_NO_DEVICE if it was unplugged;
 * USBX_ERROR_NOT_CLAIMED; USBX_ERROR_INVALID_PARAM if there is no such endpoint now, and usbx_last_error() lists the ones
 * there are; USBX_ERROR_INVALID_HANDLE; USBX_ERROR_NO_MEM; USBX_ERROR_IO.
 * Any thread; reads of one endpoint at once are served in the order they came.
 * Source: USB 2.0 section 5.8, libusb_bulk_transfer. Since 0.1.0.
 */
usbx_status usbx_bulk_read(struct usbx_device *device,
                           uint8_t endpoint,
                           void *data,
                           size_t length,
                           uint32_t timeout_ms,
                           size_t *transferred);

/**
 * Writes to a bulk endpoint. A length that is a multiple of the packet size sends no zero-length packet behind it; a
 * length of 0 sends one.
 *
 * device: the handle.
 * endpoint: bEndpointAddress, of a claimed interface's selected alternate setting; bit 7 is clear.
 * data: the bytes to send; may be NULL only if length is 0.
 * length: how many. There is no upper limit.
 * timeout_ms: milliseconds to wait at the most, for all of it; USBX_NO_TIMEOUT for ever.
 * transferred: receives the bytes that the device took, on failure too; may be NULL.
 *
 * Returns as usbx_bulk_read, USBX_ERROR_OVERFLOW excepted.
 * Any thread. Source: USB 2.0 section 5.8, libusb_bulk_transfer. Since 0.1.0.
 */
usbx_status usbx_bulk_write(struct usbx_device *device,
                            uint8_t endpoint,
                            const void *data,
                            size_t length,
                            uint32_t timeout_ms,
                            size_t *transferred);

/**
 * Reads from an interrupt endpoint: as usbx_bulk_read, for endpoints of type interrupt. A report shorter than the
 * packet size ends the read; give the packet size as length to get one report a call.
 *
 * device, endpoint, data, length, timeout_ms, transferred: as usbx_bulk_read.
 *
 * Returns as usbx_bulk_read. Any thread. Source: USB 2.0 section 5.7, libusb_interrupt_transfer. Since 0.1.0.
 */
usbx_status usbx_interrupt_read(struct usbx_device *device,
                                uint8_t endpoint,
                                void *data,
                                size_t length,
                                uint32_t timeout_ms,
                                size_t *transferred);

/**
 * Writes to an interrupt endpoint: as usbx_bulk_write, for endpoints of type interrupt.
 *
 * device, endpoint, data, length, timeout_ms, transferred: as usbx_bulk_write.
 *
 * Returns as usbx_bulk_write. Any thread. Source: USB 2.0 section 5.7, libusb_interrupt_transfer. Since 0.1.0.
 */
usbx_status usbx_interrupt_write(struct usbx_device *device,
                                 uint8_t endpoint,
                                 const void *data,
                                 size_t length,
                                 uint32_t timeout_ms,
                                 size_t *transferred);

/**
 * Clears the halt of a claimed interface's endpoint, on the device and in the host's driver: after
 * USBX_ERROR_PIPE, so that data flows again. The endpoint's pending transfers, of other threads, end with
 * USBX_ERROR_CANCELLED first.
 *
 * device: the handle.
 * endpoint: bEndpointAddress.
 *
 * Returns USBX_OK, also where it was not halted; USBX_ERROR_NOT_CLAIMED; USBX_ERROR_INVALID_PARAM if there is no such
 * endpoint now; USBX_ERROR_INVALID_HANDLE; USBX_ERROR_NO_DEVICE; USBX_ERROR_IO.
 * Any thread. Source: USB 2.0 section 9.4.5, libusb_clear_halt. Since 0.1.0.
 */
usbx_status usbx_clear_halt(struct usbx_device *device, uint8_t endpoint);

/**
 * Resets the device, as if it were unplugged and plugged in, but the handle, its claims and its alternate settings
 * survive where the device comes back the same. Pending transfers, of other threads, end with USBX_ERROR_CANCELLED first.
 *
 * device: the handle.
 *
 * Returns USBX_OK; USBX_ERROR_NO_DEVICE if it did not come back, or came back as another: open it again;
 * USBX_ERROR_INVALID_HANDLE; USBX_ERROR_IO. Any thread. Source: USB 2.0 section 7.1.7.5, libusb_reset_device. Since 0.1.0.
 */
usbx_status usbx_reset(struct usbx_device *device);

/**
 * Ends every pending transfer of an endpoint with USBX_ERROR_CANCELLED; their calls, in other threads, return with what
 * moved until then.
 *
 * device: the handle.
 * endpoint: bEndpointAddress; 0 for control requests.
 *
 * Returns USBX_OK, also where nothing is pending; USBX_ERROR_INVALID_PARAM if there is no such endpoint;
 * USBX_ERROR_INVALID_HANDLE. It does not wait for them.
 * Any thread; not from a signal handler. Source: libusb_cancel_transfer. Since 0.1.0.
 */
usbx_status usbx_cancel(struct usbx_device *device, uint8_t endpoint);

/**
 * Reads packets from an isochronous endpoint, one in each service interval, and waits for the last of them.
 *
 * device: the handle.
 * endpoint: bEndpointAddress, of a claimed interface's selected alternate setting; bit 7 is set.
 * data: receives the bytes: each packet has its own place of packets[i].length bytes, one behind the other, full or not. What a
 *   packet leaves of its place may be overwritten with zeros.
 * length: bytes that fit: the sum of the packets' lengths.
 * packets: what to ask for, and what came of each.
 * packet_count: how many.
 * timeout_ms: milliseconds to wait at the most, for all of them; USBX_NO_TIMEOUT for ever.
 * transferred: receives the bytes that came, in all; may be NULL.
 *
 * Returns USBX_OK if the transfer ran to its end, whatever became of single packets; USBX_ERROR_TIMEOUT, USBX_ERROR_CANCELLED,
 * USBX_ERROR_CLOSED and USBX_ERROR_NO_DEVICE if it did not; else as usbx_bulk_read.
 * Any thread. For data without gaps between calls use a completion queue. Source: USB 2.0 section 5.6,
 * libusb_fill_iso_transfer. Since 0.1.0.
 */
usbx_status usbx_isochronous_read(struct usbx_device *device,
                                  uint8_t endpoint,
                                  void *data,
                                  size_t length,
                                  struct usbx_packet *packets,
                                  size_t packet_count,
                                  uint32_t timeout_ms,
                                  size_t *transferred);

/**
 * Sends packets to an isochronous endpoint, one in each service interval, and waits for the last of them.
 *
 * device, endpoint, length, packet_count, timeout_ms: as usbx_isochronous_read; bit 7 of the endpoint is clear.
 * data: the bytes of all packets, one behind the other.
 * packets: how long each is, and what became of it.
 * transferred: receives the bytes that were sent, in all; may be NULL.
 *
 * Returns as usbx_isochronous_read. Any thread. Since 0.1.0.
 */
usbx_status usbx_isochronous_write(struct usbx_device *device,
                                   uint8_t endpoint,
                                   const void *data,
                                   size_t length,
                                   struct usbx_packet *packets,
                                   size_t packet_count,
                                   uint32_t timeout_ms,
                                   size_t *transferred);

/**
 * Opens a completion queue. It has no thread: whoever waits on it drives the bus.
 *
 * queue: receives the handle, or NULL on failure. The caller owns it and gives it back with usbx_queue_close.
 *
 * Returns USBX_OK; USBX_ERROR_NO_MEM; USBX_ERROR_INVALID_PARAM. Any thread. Since 0.1.0.
 */
usbx_status usbx_queue_open(struct usbx_queue **queue);

/**
 * Starts a transfer whose completion the queue will give. Transfers of one endpoint complete in the order they were
 * submitted, unless one is cancelled.
 *
 * device: the handle. The checks are those of usbx_control, usbx_bulk_read and their kin.
 * queue: where the completion goes; transfers of several devices may share one.
 * transfer: what to do. The struct is copied; the data is not.
 * id: receives a number for it, never 0, unique in this queue; may be NULL.
 *
 * Returns USBX_OK if it was started; USBX_ERROR_NOT_CLAIMED; USBX_ERROR_INVALID_PARAM; USBX_ERROR_NO_DEVICE;
 * USBX_ERROR_NO_MEM if the system has no memory for one more; USBX_ERROR_IO if it does not take it for another reason;
 * USBX_ERROR_INVALID_HANDLE; USBX_ERROR_CLOSED. On failure
 * there is no completion. Any thread. Source: libusb_submit_transfer. Since 0.1.0.
 */
usbx_status usbx_submit(struct usbx_device *device,
                        struct usbx_queue *queue,
                        const struct usbx_transfer *transfer,
                        uint64_t *id);

/**
 * Waits for completions and takes as many as there are and fit. While it waits it drives the bus.
 *
 * queue: the handle.
 * completions: receives the completions, oldest first.
 * capacity: how many fit, not 0.
 * timeout_ms: milliseconds to wait for the first one; USBX_NO_TIMEOUT for ever, USBX_NO_WAIT not at all.
 * count: receives how many were taken; may be NULL where capacity is 1 or the rest of the array was zeroed (no id is 0).
 *
 * Returns USBX_OK with at least one; USBX_ERROR_TIMEOUT with none; USBX_ERROR_CLOSED if another thread closed the queue;
 * USBX_ERROR_NO_MEM, and the completions stay in the queue;
 * USBX_ERROR_INVALID_PARAM; USBX_ERROR_INVALID_HANDLE. Any thread, several at once. Since 0.1.0.
 */
usbx_status usbx_queue_wait(struct usbx_queue *queue,
                            struct usbx_completion *completions,
                            size_t capacity,
                            uint32_t timeout_ms,
                            size_t *count);

/**
 * Ends a transfer early: its completion comes with USBX_ERROR_CANCELLED and what moved until then, or as it was if it is
 * complete already.
 *
 * queue: the handle.
 * id: from usbx_submit; 0 for all. One that is not pending is passed over.
 *
 * Returns USBX_OK; USBX_ERROR_INVALID_HANDLE. Any thread. Source: libusb_cancel_transfer. Since 0.1.0.
 */
usbx_status usbx_queue_cancel(struct usbx_queue *queue,
                              uint64_t id);

/**
 * A descriptor for select(), poll(), epoll and event loops: readable when usbx_queue_wait with USBX_NO_WAIT should be called.
 * It may be readable with nothing complete, now and then. It is the library's, and valid until usbx_queue_close.
 *
 * queue: the handle.
 * fd: receives the descriptor; -1 on failure.
 *
 * Returns USBX_OK; USBX_ERROR_INVALID_PARAM; USBX_ERROR_INVALID_HANDLE. Any thread. Since 0.1.0.
 */
usbx_status usbx_queue_fd(struct usbx_queue *queue,
                          int32_t *fd);

/**
 * Closes a queue: cancels what is pending, and returns when no buffer is in use any more. Completions not taken are dropped.
 *
 * queue: the handle; NULL is allowed and does nothing.
 *
 * Returns USBX_OK; USBX_ERROR_INVALID_HANDLE; USBX_ERROR_FORKED. Any thread. Since 0.1.0.
 */
usbx_status usbx_queue_close(struct usbx_queue *queue);

/**
 * Opens a stream on a bulk, interrupt or isochronous endpoint of a claimed interface. An IN stream starts at once. It has no thread: a
 * reader that is late makes the device wait, and nothing is lost.
 *
 * device: the handle; it may be closed before the stream, which then ends with USBX_ERROR_CLOSED.
 * endpoint: bEndpointAddress. Nobody else should read or write there meanwhile.
 * options: how; NULL for what suits the endpoint.
 * stream: receives the handle, or NULL on failure. The caller owns it and gives it back with usbx_stream_close.
 *
 * Returns USBX_OK; USBX_ERROR_NOT_CLAIMED; USBX_ERROR_INVALID_PARAM; USBX_ERROR_NOT_SUPPORTED; USBX_ERROR_NO_MEM;
 * USBX_ERROR_NO_DEVICE; USBX_ERROR_IO if the system does not take its transfers; USBX_ERROR_INVALID_HANDLE. Any thread. Since 0.1.0.
 */
usbx_status usbx_stream_open(struct usbx_device *device,
                             uint8_t endpoint,
                             const struct usbx_stream_options *options,
                             struct usbx_stream **stream);

/**
 * Borrows the next chunk of an IN stream, without a copy: what a transfer brought that is full, or that a short packet ended,
 * or, when the time is up, what has come until then. So with a timeout a slow device's data comes soon, and the last bytes of
 * a device that stopped come too.
 *
 * stream: the handle.
 * timeout_ms: milliseconds to wait at the most; USBX_NO_TIMEOUT for ever, USBX_NO_WAIT not at all.
 * chunk: receives the chunk, valid until the next call; zeroed on failure.
 *
 * Returns USBX_OK; USBX_ERROR_TIMEOUT if nothing came; once all that came was delivered, the reason why the
 * stream ended, each time: USBX_ERROR_PIPE, USBX_ERROR_NO_DEVICE, USBX_ERROR_CANCELLED, USBX_ERROR_CLOSED, USBX_ERROR_OVERFLOW,
 * USBX_ERROR_NO_MEM, USBX_ERROR_IO, USBX_ERROR_NOT_CLAIMED if its interface was released, USBX_ERROR_INVALID_PARAM if its endpoint went
 * with the alternate setting; USBX_ERROR_INVALID_PARAM; USBX_ERROR_INVALID_HANDLE. Any thread, one at a time. Since 0.1.0.
 */
usbx_status usbx_stream_next(struct usbx_stream *stream,
                             uint32_t timeout_ms,
                             struct usbx_chunk *chunk);

/**
 * Reads from an IN stream as from a file: waits for the first byte, and returns with what is there.
 *
 * stream: the handle.
 * data: receives the bytes.
 * length: bytes that fit, not 0; any number.
 * timeout_ms: milliseconds to wait for the first byte; USBX_NO_TIMEOUT for ever, USBX_NO_WAIT not at all.
 * transferred: receives how many bytes were copied; may be NULL.
 *
 * Returns as usbx_stream_next. Any thread, one at a time. Since 0.1.0.
 */
usbx_status usbx_stream_read(struct usbx_stream *stream,
                             void *data,
                             size_t length,
                             uint32_t timeout_ms,
                             size_t *transferred);

/**
 * Writes to an OUT stream as to a file: the bytes are taken in, waiting for room, and are sent when a transfer is full or
 * usbx_stream_flush is called.
 *
 * stream: the handle.
 * data: the bytes; they are copied.
 * length: how many.
 * timeout_ms: milliseconds to wait for room; USBX_NO_TIMEOUT for ever, USBX_NO_WAIT not at all.
 * transferred: receives how many were taken in, on failure too; may be NULL.
 *
 * Returns USBX_OK if all were; USBX_ERROR_TIMEOUT; or why the stream ended, as usbx_stream_next; usbx_stream_stats tells how many
 * bytes the device has taken. Any thread, one at a time. Since 0.1.0.
 */
usbx_status usbx_stream_write(struct usbx_stream *stream,
                              const void *data,
                              size_t length,
                              uint32_t timeout_ms,
                              size_t *transferred);

/**
 * Lends room of an OUT stream to be filled in place: usbx_stream_write without its copy. Fill some of it, then call
 * usbx_stream_commit.
 *
 * stream: the handle.
 * timeout_ms: milliseconds to wait for room; USBX_NO_TIMEOUT for ever, USBX_NO_WAIT not at all.
 * data: receives where to write; valid until the next call for this stream. NULL on failure.
 * length: receives how many bytes fit, at least 1; 0 on failure.
 *
 * Returns USBX_OK; USBX_ERROR_TIMEOUT; USBX_ERROR_INVALID_PARAM; or why the stream ended, as usbx_stream_next. Any thread, one at a time.
 * Since 0.1.0.
 */
usbx_status usbx_stream_space(struct usbx_stream *stream,
                              uint32_t timeout_ms,
                              void **data,
                              size_t *length);

/**
 * Writes what was put into the room that usbx_stream_space lent, as usbx_stream_write does with its bytes.
 *
 * stream: the handle.
 * length: how many bytes, from the start of the room; 0 gives the room back.
 *
 * Returns USBX_OK; USBX_ERROR_INVALID_PARAM if it is more than was lent; or why the stream ended, as usbx_stream_next. It does not wait:
 * USBX_ERROR_TIMEOUT if another thread is in a call for the stream.
 * Any thread, one at a time. Since 0.1.0.
 */
usbx_status usbx_stream_commit(struct usbx_stream *stream,
                               size_t length);

/**
 * Sends what was written, and returns when the device has taken all of it.
 *
 * stream: the handle.
 * timeout_ms: milliseconds to wait at the most; USBX_NO_TIMEOUT for ever, USBX_NO_WAIT not at all.
 *
 * Returns USBX_OK; USBX_ERROR_TIMEOUT if it has not taken all yet, and it goes on; or why the stream ended, as usbx_stream_next.
 * Any thread, one at a time. Since 0.1.0.
 */
usbx_status usbx_stream_flush(struct usbx_stream *stream,
                              uint32_t timeout_ms);

/**
 * Tells what a stream has done so far.
 *
 * stream: the handle.
 * statistics: receives the counts; zeroed on failure.
 *
 * Returns USBX_OK; USBX_ERROR_INVALID_PARAM; USBX_ERROR_INVALID_HANDLE. Any thread, also while another reads. Since 0.1.0.
 */
usbx_status usbx_stream_stats(struct usbx_stream *stream,
                              struct usbx_stream_statistics *statistics);

/**
 * A descriptor for select(), poll(), epoll and event loops: readable when usbx_stream_next or usbx_stream_read with USBX_NO_WAIT should
 * be called. It may be readable with nothing there, now and then. It is the library's, and valid until usbx_stream_close.
 *
 * stream: the handle.
 * fd: receives the descriptor; -1 on failure.
 *
 * Returns USBX_OK; USBX_ERROR_INVALID_PARAM; USBX_ERROR_INVALID_HANDLE. Any thread. Since 0.1.0.
 */
usbx_status usbx_stream_fd(struct usbx_stream *stream,
                           int32_t *fd);

/**
 * Closes a stream: ends its transfers and calls, and returns when nothing of it is in use. A borrowed chunk ends with it. What was
 * written and not flushed may not have reached the device, and what came and was not read is dropped: read until
 * USBX_ERROR_TIMEOUT first.
 *
 * stream: the handle; NULL is allowed and does nothing.
 *
 * Returns USBX_OK; USBX_ERROR_INVALID_HANDLE; USBX_ERROR_FORKED. Any thread. Since 0.1.0.
 */
usbx_status usbx_stream_close(struct usbx_stream *stream);

/**
 * Begins to watch which devices come and go, on the bus and among the virtual ones. The devices there are now come first, as
 * arrivals in path order; from then on no event is missed, and none comes twice.
 *
 * There is no thread and no callback: events wait until usbx_watch_next takes them. No udevd is needed.
 *
 * vendor_id: idVendor of the devices to watch for; 0 for any.
 * product_id: idProduct; 0 for any.
 * watch: receives the handle, or NULL on failure. The caller owns it and gives it back with usbx_watch_close.
 *
 * Returns USBX_OK, on a host without USB too; USBX_ERROR_NO_MEM; USBX_ERROR_INVALID_PARAM.
 * Any thread. Source: libusb_hotplug_register_callback. Since 0.1.0.
 */
usbx_status usbx_watch_open(uint16_t vendor_id,
                            uint16_t product_id,
                            struct usbx_watch **watch);

/**
 * Takes the next event, in the order in which they happened.
 *
 * A device arrives when it can be opened: its configuration is selected and this process may open its node. It waits one second
 * for that at the most, and then arrives as it is. In a container, a device that has no node there yet arrives when it gets one. A
 * device that is plugged in again leaves and arrives, with another address. A device that was reset stays.
 *
 * watch: the handle.
 * timeout_ms: milliseconds to wait for an event; USBX_NO_TIMEOUT for ever, USBX_NO_WAIT not at all.
 * event: receives USBX_EVENT_ARRIVED or USBX_EVENT_LEFT; 0 on failure.
 * info: receives the device's description, for USBX_EVENT_LEFT as it was at its arrival. Zero on failure.
 *
 * Returns USBX_OK; USBX_ERROR_TIMEOUT if nothing happened; USBX_ERROR_CLOSED if another thread closed the watch;
 * USBX_ERROR_INVALID_PARAM; USBX_ERROR_INVALID_HANDLE; USBX_ERROR_FORKED. Any thread; of several at once each gets other events.
 * Since 0.1.0.
 */
usbx_status usbx_watch_next(struct usbx_watch *watch,
                            uint32_t timeout_ms,
                            int32_t *event,
                            struct usbx_device_info *info);

/**
 * A descriptor for select(), poll(), epoll and event loops: readable when usbx_watch_next with USBX_NO_WAIT should be called, until
 * that gives USBX_ERROR_TIMEOUT. It may be readable with no event, now and then. It is the library's, and valid until
 * usbx_watch_close.
 *
 * watch: the handle.
 * fd: receives the descriptor; -1 on failure.
 *
 * Returns USBX_OK; USBX_ERROR_INVALID_PARAM; USBX_ERROR_INVALID_HANDLE; USBX_ERROR_FORKED. Any thread. Since 0.1.0.
 */
usbx_status usbx_watch_fd(struct usbx_watch *watch,
                          int32_t *fd);

/**
 * Ends a watch. Calls that wait on it end with USBX_ERROR_CLOSED.
 *
 * watch: the handle; NULL is allowed and does nothing.
 *
 * Returns USBX_OK; USBX_ERROR_INVALID_HANDLE; USBX_ERROR_FORKED. Any thread. Source: libusb_hotplug_deregister_callback.
 * Since 0.1.0.
 */
usbx_status usbx_watch_close(struct usbx_watch *watch);

/**
 * Plugs in a virtual device: from then on usbx_devices lists it and usbx_open opens it, like a real one.
 *
 * The environment variable USBX_VIRTUAL does the same for a program that knows nothing of it: "acquisition", or several
 * as "acquisition:SERIAL1,acquisition:SERIAL2". No virtual device exists unless asked for.
 *
 * model: "acquisition", 1209:0001, the data source that docs/acquisition.md describes.
 * serial: its serial number, UTF-8, 126 UTF-16 units at the most; NULL or "" for "VIRT0001".
 * virtual_device: receives the handle, or NULL on failure. The caller owns it and gives it back with
 *   usbx_virtual_close.
 *
 * Returns USBX_OK; USBX_ERROR_NOT_FOUND if there is no such model; USBX_ERROR_INVALID_PARAM.
 * Any thread. Since 0.1.0.
 */
usbx_status usbx_virtual_open(const char *model, const char *serial, struct usbx_virtual **virtual_device);

/**
 * Pulls the virtual device out, as a hand would: its pending transfers end with USBX_ERROR_NO_DEVICE, and it is not
 * listed any more. Once it is out, this does nothing.
 *
 * virtual_device: the handle; usbx_virtual_close still has to be called.
 *
 * Returns USBX_OK; USBX_ERROR_INVALID_HANDLE; USBX_ERROR_FORKED. Any thread. Since 0.1.0.
 */
usbx_status usbx_virtual_unplug(struct usbx_virtual *virtual_device);

/**
 * Pulls the virtual device out, if it is still plugged in, and frees its handle.
 *
 * virtual_device: the handle; NULL is allowed and does nothing.
 *
 * Returns USBX_OK; USBX_ERROR_INVALID_HANDLE; USBX_ERROR_FORKED. Any thread. Since 0.1.0.
 */
usbx_status usbx_virtual_close(struct usbx_virtual *virtual_device);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* USBX_H */
