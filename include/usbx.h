/* usbx: a USB library with checked handles, exact byte counts, and errors that say what to do.
 * SPDX-License-Identifier: MIT OR Apache-2.0
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

/** @file
 * The C interface of usbx.
 *
 * A program finds a device (usbx_devices), opens it (usbx_open), claims an interface (usbx_claim), transfers data
 * (usbx_bulk_read and similar calls), and closes the device (usbx_close). Streams (usbx_stream_open) transfer data
 * continuously, completion queues (usbx_queue_open) take many transfers at once, and watches (usbx_watch_open) report
 * devices that are plugged in and unplugged.
 *
 * These rules hold for every function:
 * - A function that can fail returns a usbx_status: 0, or a negative number. usbx_last_error() then returns a sentence
 *   that says what happened and what to do.
 * - Results come through pointers and are written on failure too. A count then says how much moved, and a data buffer
 *   contains it; other results are 0, NULL or -1. A pointer must not be NULL unless its description allows it.
 * - Handles are checked. A handle that is NULL, closed, forged or of another kind causes USBX_ERROR_INVALID_HANDLE. If
 *   another thread closes the handle during the call, the call ends with USBX_ERROR_CLOSED. A handle that the parent
 *   process opened before fork() causes USBX_ERROR_FORKED. Not every description repeats these.
 * - Any thread may call any function at any time. The library never calls back into the program.
 * - Times are in milliseconds unless a name ends in _ns, lengths are in bytes, and strings are UTF-8.
 * - IN means device to host, OUT means host to device. Names such as idVendor, bEndpointAddress and wValue are those of
 *   the USB specification (USB 2.0, chapter 9).
 */



/** For timeout_ms of a wait on a queue, a stream or a watch: return at once.
 *
 * Transfers do not accept it: usbx_bulk_read and similar calls return USBX_ERROR_INVALID_PARAM. */
#define USBX_NO_WAIT 0xFFFFFFFFu

/**
 * The major version of this header. usbx_version() returns the version of the library.
 */
#define USBX_VERSION_MAJOR 0

/**
 * The minor version of this header.
 */
#define USBX_VERSION_MINOR 1

/**
 * The patch version of this header.
 */
#define USBX_VERSION_PATCH 0

/**
 * The speed is not known.
 */
#define USBX_SPEED_UNKNOWN 0

/**
 * Low speed, 1.5 Mbit/s.
 */
#define USBX_SPEED_LOW 1

/**
 * Full speed, 12 Mbit/s.
 */
#define USBX_SPEED_FULL 2

/**
 * High speed, 480 Mbit/s.
 */
#define USBX_SPEED_HIGH 3

/**
 * SuperSpeed, 5 Gbit/s.
 */
#define USBX_SPEED_SUPER 4

/**
 * SuperSpeedPlus, 10 Gbit/s and more.
 */
#define USBX_SPEED_SUPER_PLUS 5

/**
 * A device on this computer's own bus.
 */
#define USBX_BACKEND_SYSTEM 0

/**
 * A virtual device, simulated in this process.
 */
#define USBX_BACKEND_VIRTUAL 1

/**
 * A device of another computer, over USB/IP.
 */
#define USBX_BACKEND_USBIP 2

/**
 * A control endpoint or transfer.
 */
#define USBX_TYPE_CONTROL 0

/**
 * An isochronous endpoint or transfer.
 */
#define USBX_TYPE_ISOCHRONOUS 1

/**
 * A bulk endpoint or transfer.
 */
#define USBX_TYPE_BULK 2

/**
 * An interrupt endpoint or transfer.
 */
#define USBX_TYPE_INTERRUPT 3

/**
 * For timeout_ms: no time limit.
 */
#define USBX_NO_TIMEOUT 0

/**
 * Flag of a bulk or interrupt OUT transfer: if its length is a multiple of the packet size, a zero-length packet follows
 * the data, so that the device sees where they end.
 *
 * usbx_bulk_write and usbx_interrupt_write have no flags: call them once more with a length of 0 for the same packets
 * on the wire.
 */
#define USBX_TRANSFER_ZERO_PACKET 1

/**
 * Memory of a stream: the library measures which kind is faster when the stream is opened, and uses that.
 */
#define USBX_MEMORY_AUTO 0

/**
 * Memory of a stream: the process's own; the system copies each transfer.
 */
#define USBX_MEMORY_HEAP 1

/**
 * Memory of a stream: shared with the system, without a copy, like libusb_dev_mem_alloc in libusb.
 */
#define USBX_MEMORY_MAPPED 2

/**
 * Flag of a stream: its timestamps are exact, however late the reader is. A thread of the library takes completions as
 * they come. This costs a thread switch for each completion, or for several that come together. The thread sleeps
 * otherwise, and ends with the stream.
 */
#define USBX_STREAM_EXACT_TIME 1

/**
 * Flag of an IN stream: an error on the bus does not end it. The transfer that failed comes as a chunk with its status
 * (USBX_ERROR_IO, USBX_ERROR_OVERFLOW) and with the bytes that arrived before the error, maybe none; the next data
 * follow. usbx_stream_read returns the status once, after the bytes that came before. A halt, unplugging and the like
 * end the stream all the same.
 */
#define USBX_STREAM_KEEP_GOING 2

/**
 * Flag of a bulk or interrupt OUT stream: usbx_stream_flush ends with a zero-length packet if the bytes that were
 * written since the flush before are a multiple of the packet size, so that the device sees where they end.
 */
#define USBX_STREAM_ZERO_PACKET 4

/**
 * The device was plugged in, or was there when the watch was opened, and can be opened.
 */
#define USBX_EVENT_ARRIVED 1

/**
 * The device was unplugged.
 */
#define USBX_EVENT_LEFT 2

/**
 * The host sends a control request, which is in hand from now on: answer it with usbx_virtual_reply, or refuse it with
 * usbx_virtual_stall. While it is not answered, no other comes.
 */
#define USBX_VIRTUAL_SETUP 1

/**
 * The host reset the device: it is as after power-on, in the same configuration. This event, USBX_VIRTUAL_CONFIGURED
 * and USBX_VIRTUAL_ALT_SETTING end the program's reads and writes at the endpoints that they are about with
 * USBX_ERROR_CANCELLED. Until the program takes the event, these endpoints answer NAK, and what it begins there ends the
 * same way when it does: so nothing from before is taken for what comes after.
 */
#define USBX_VIRTUAL_RESET 2

/**
 * The host selected a configuration, or the same one again: alternate settings and halts are as at the beginning.
 */
#define USBX_VIRTUAL_CONFIGURED 3

/**
 * The host selected an alternate setting of an interface.
 */
#define USBX_VIRTUAL_ALT_SETTING 4

/**
 * The host set or cleared the halt of an endpoint.
 */
#define USBX_VIRTUAL_HALT 5

/**
 * A program on the host's side opened the device.
 */
#define USBX_VIRTUAL_OPENED 6

/**
 * A program on the host's side closed the device.
 */
#define USBX_VIRTUAL_CLOSED 7

/**
 * The host waits for data of an IN endpoint, and there are none: usbx_virtual_write sends some. Reported once, and again
 * after the next write there. Of an isochronous endpoint: for the interval that begins at interval_ns, which waits up to
 * 250 ms for the write, and up to 2 s while the program, which has taken this or another event, or waited for one in
 * vain, has not called usbx_virtual_next again; an empty write lets it pass. If none comes, intervals pass empty until
 * the next write.
 */
#define USBX_VIRTUAL_IN 8

/**
 * The host has data for an OUT endpoint, and no usbx_virtual_read waits for them. Reported once, and again after the next
 * read there.
 */
#define USBX_VIRTUAL_OUT 9

/**
 * Fault: the transfer ends with a status, after so many bytes. USBX_ERROR_PIPE also halts a bulk or interrupt endpoint.
 */
#define USBX_FAULT_STATUS 1

/**
 * Fault: the transfer is complete so many milliseconds later than its data.
 */
#define USBX_FAULT_DELAY 2

/**
 * Fault: the device answers NAK for so many milliseconds before the transfer goes on.
 */
#define USBX_FAULT_NAK 3

/**
 * Fault of an IN transfer: a short packet ends it after so many bytes. The rest of that packet is lost.
 */
#define USBX_FAULT_SHORT 4

/**
 * Fault: one bit of the transfer's data is wrong; seed selects which.
 */
#define USBX_FAULT_CORRUPT 5

/**
 * Fault of an IN transfer: its last packet is one byte too long, which the host sees as USBX_ERROR_OVERFLOW.
 */
#define USBX_FAULT_BABBLE 6

/**
 * Fault: the device is unplugged when so many bytes have moved at the endpoint, from the nth transfer on.
 */
#define USBX_FAULT_UNPLUG 7

/**
 * A capture, from usbx_capture_open. It is closed with usbx_capture_close.
 *
 * The pointer is a checked token, like usbx_device. Any thread may use it.
 */
typedef struct usbx_capture usbx_capture;

/**
 * An open device, from usbx_open. It is closed with usbx_close.
 *
 * The pointer is a checked token and is never dereferenced: a handle that is NULL, closed, forged or of another kind
 * is answered with USBX_ERROR_INVALID_HANDLE. Any thread may use it.
 */
typedef struct usbx_device usbx_device;

/**
 * A completion queue, from usbx_queue_open. It is closed with usbx_queue_close.
 *
 * The pointer is a checked token, like usbx_device. Any thread may use it.
 */
typedef struct usbx_queue usbx_queue;

/**
 * Devices that other computers may use, from usbx_share_open. It is closed with usbx_share_close.
 *
 * The pointer is a checked token, like usbx_device. Any thread may use it.
 */
typedef struct usbx_share usbx_share;

/**
 * A stream, from usbx_stream_open. It is closed with usbx_stream_close.
 *
 * The pointer is a checked token, like usbx_device. Any thread may use it; its reads and writes run one at a time.
 */
typedef struct usbx_stream usbx_stream;

/**
 * A virtual device of this process, from usbx_virtual_open or usbx_virtual_create. It is removed with
 * usbx_virtual_close.
 *
 * To transfer data, a program opens it with usbx_open like any other device. The pointer is a checked token, like
 * usbx_device. Any thread may use it.
 */
typedef struct usbx_virtual usbx_virtual;

/**
 * A watch for devices that are plugged in and unplugged, from usbx_watch_open. It is closed with usbx_watch_close.
 *
 * The pointer is a checked token, like usbx_device. Any thread may use it.
 */
typedef struct usbx_watch usbx_watch;

/**
 * The result of a call: USBX_OK (0), or a negative USBX_ERROR_*. `if (usbx_...)` therefore reads "if it failed".
 *
 * @since 0.1.0
 */
typedef int32_t usbx_status;

/**
 * What is known of a device without opening it.
 *
 * Strings are UTF-8, NUL-terminated, and "" if they are not known.
 *
 * @since 0.1.0
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
   * bDeviceClass; 0 means that each interface has its own class.
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
   * Number of configurations the device has.
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
   * The device's speed: USBX_SPEED_*.
   */
  uint8_t speed;
  /**
   * How the device is reached: USBX_BACKEND_*.
   */
  uint8_t backend;
  /**
   * Where the device is plugged in: "2-1.4" is bus 2, port 1, and port 4 of the hub there; "usb2" is the root hub of
   * bus 2; "virtual/1" is a virtual device, "usbip://host/1-1" one of another computer (usbx_remote_devices). The path stays the same when a device is plugged into the same port
   * again. usbx_open_path opens it. Where the system hides /sys, as on Android and in some containers, it is bus and
   * address, "001/002", the strings are "", and a list opens each device node for a moment when it sees it first.
   */
  char path[256];
  /**
   * Manufacturer's name (iManufacturer).
   */
  char manufacturer[384];
  /**
   * Product's name (iProduct).
   */
  char product[384];
  /**
   * Serial number (iSerialNumber).
   */
  char serial[384];
  /**
   * Always 0.
   */
  uint8_t reserved[64];
} usbx_device_info;

/**
 * An endpoint of the active configuration.
 *
 * @par References
 * USB 2.0 section 9.6.6; USB 3.2 section 9.6.7.
 *
 * @since 0.1.0
 */
typedef struct usbx_endpoint {
  /**
   * bEndpointAddress: bit 7 is set for IN, device to host.
   */
  uint8_t address;
  /**
   * The endpoint's type: USBX_TYPE_*.
   */
  uint8_t type;
  /**
   * The interface it belongs to; claim that with usbx_claim.
   */
  uint8_t interface_number;
  /**
   * The alternate setting it belongs to; if that is not the selected one, select it with usbx_set_alt_setting.
   */
  uint8_t alt_setting;
  /**
   * Bytes in a packet, as the system uses it: wMaxPacketSize without its bits 11 and 12, and no more than USB allows for
   * this type at the device's speed. On a full-speed port a high-speed device's 512 becomes 64.
   */
  uint16_t max_packet_size;
  /**
   * Packets in one service interval: up to 3 at high speed, (bMaxBurst + 1) x (Mult + 1) at SuperSpeed, as many as
   * dwBytesPerInterval needs at SuperSpeedPlus, else 1.
   */
  uint8_t packets_per_interval;
  /**
   * bInterval as the device gives it: milliseconds at low and full speed, 2^(n-1) x 125 us above.
   */
  uint8_t interval;
  /**
   * Bytes in one service interval: max_packet_size x packets_per_interval, or the device's wBytesPerInterval or
   * dwBytesPerInterval.
   */
  uint32_t max_bytes_per_interval;
  /**
   * Always 0.
   */
  uint8_t reserved[16];
} usbx_endpoint;

/**
 * An alternate setting of an interface of the active configuration.
 *
 * @par References
 * USB 2.0 section 9.6.5; USB 3.2 section 9.6.4 (interface association).
 *
 * @since 0.1.0
 */
typedef struct usbx_interface {
  /**
   * bInterfaceNumber, for usbx_claim.
   */
  uint8_t number;
  /**
   * bAlternateSetting, for usbx_set_alt_setting.
   */
  uint8_t alt_setting;
  /**
   * 1 if it is the selected one of its interface, else 0. Of an interface that this handle has not claimed, that is
   * the one in which the interface begins.
   */
  uint8_t selected;
  /**
   * bInterfaceClass
   */
  uint8_t interface_class;
  /**
   * bInterfaceSubClass
   */
  uint8_t interface_subclass;
  /**
   * bInterfaceProtocol
   */
  uint8_t interface_protocol;
  /**
   * Number of its endpoints that usbx_endpoints lists.
   */
  uint8_t endpoints;
  /**
   * iInterface: a string for usbx_get_string; 0 if there is none.
   */
  uint8_t string_index;
  /**
   * bFirstInterface of the interface association it belongs to.
   */
  uint8_t association_first;
  /**
   * bInterfaceCount of that association; 0 if it belongs to none.
   */
  uint8_t association_count;
  /**
   * Always 0.
   */
  uint8_t reserved[22];
} usbx_interface;

/**
 * One packet of an isochronous transfer.
 *
 * @since 0.1.0
 */
typedef struct usbx_packet {
  /**
   * Set before the transfer: bytes to send, or room to receive; at most the endpoint's max_bytes_per_interval.
   */
  uint32_t length;
  /**
   * Set by the transfer: bytes that moved.
   */
  uint32_t transferred;
  /**
   * Set by the transfer: USBX_OK, or what happened to this packet alone; USBX_ERROR_CANCELLED if it was never on the
   * bus.
   */
  usbx_status status;
  /**
   * Always 0.
   */
  uint32_t reserved;
} usbx_packet;

/**
 * A transfer to submit to a completion queue.
 *
 * Set the whole struct to 0 first; the fields that its type does not need stay 0.
 *
 * @since 0.1.0
 */
typedef struct usbx_transfer {
  /**
   * The type of the transfer: USBX_TYPE_*.
   */
  uint8_t type;
  /**
   * bEndpointAddress; bit 7 is the direction. Not used for control requests.
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
   * Maximum time for the transfer, in milliseconds; USBX_NO_TIMEOUT: no limit.
   */
  uint32_t timeout_ms;
  /**
   * 0, or USBX_TRANSFER_ZERO_PACKET.
   */
  uint32_t flags;
  /**
   * The bytes to send, or the buffer to receive into. The library uses the memory until the completion is taken from
   * the queue or the queue is closed; do not free or change it before.
   */
  void *data;
  /**
   * Size of data in bytes; at most 65535 for control.
   */
  size_t length;
  /**
   * Isochronous: the packets, as in usbx_isochronous_read. The library uses this memory as long as data; afterwards
   * each entry says what happened to its packet.
   */
  struct usbx_packet *packets;
  /**
   * Isochronous: number of packets.
   */
  size_t packet_count;
  /**
   * A value of the caller's choice; the completion returns it unchanged.
   */
  uint64_t user_data;
  /**
   * Bulk: the number of the stream, from 1, if the endpoint has bulk streams (usbx_bulk_streams_alloc); otherwise 0.
   */
  uint32_t stream;
  /**
   * Set to 0.
   */
  uint8_t reserved[28];
} usbx_transfer;

/**
 * The outcome of one transfer.
 *
 * @since 0.1.0
 */
typedef struct usbx_completion {
  /**
   * The number that usbx_submit returned for the transfer.
   */
  uint64_t id;
  /**
   * The caller's value from the transfer.
   */
  uint64_t user_data;
  /**
   * When the transfer completed, in nanoseconds of CLOCK_MONOTONIC.
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
   * Always 0.
   */
  uint8_t reserved[36];
} usbx_completion;

/**
 * Options of a stream.
 *
 * Set the whole struct to 0 first; the library chooses what is left 0.
 *
 * @since 0.1.0
 */
typedef struct usbx_stream_options {
  /**
   * Bytes in one transfer: a multiple of the packet size, at most 16 MiB. A chunk is delivered when a transfer is
   * full, when a short packet ends it, or when a reader's time limit passes.
   */
  size_t size;
  /**
   * Number of transfers in flight, at most 1024.
   */
  size_t depth;
  /**
   * Where the stream's data are: USBX_MEMORY_*.
   */
  uint32_t memory;
  /**
   * 0, or some of USBX_STREAM_*, added up.
   */
  uint32_t flags;
  /**
   * Set to 0.
   */
  uint8_t reserved[40];
} usbx_stream_options;

/**
 * The data of one transfer of a stream.
 *
 * @since 0.1.0
 */
typedef struct usbx_chunk {
  /**
   * The bytes. The library owns them; they stay valid until the next call of usbx_stream_next, usbx_stream_read or
   * usbx_stream_close.
   */
  const void *data;
  /**
   * Number of bytes; 0 for a zero-length packet.
   */
  size_t length;
  /**
   * When the library found the transfer complete, in nanoseconds of CLOCK_MONOTONIC. That is at once while a call
   * for the stream waits, and at the next call otherwise; with USBX_STREAM_EXACT_TIME it is always at once.
   */
  uint64_t timestamp_ns;
  /**
   * Number of the chunk in its stream, from 0.
   */
  uint64_t sequence;
  /**
   * The packets of an isochronous transfer, in their order, valid as long as data; NULL for bulk and interrupt.
   * Their bytes follow each other in data without gaps: here packets[i].length equals packets[i].transferred.
   */
  const struct usbx_packet *packets;
  /**
   * Number of packets.
   */
  size_t packet_count;
  /**
   * USBX_OK, or how the transfer that brought these bytes ended; usbx_stream_next returns the same status after all
   * bytes have been taken, unless the stream keeps going (USBX_STREAM_KEEP_GOING).
   */
  usbx_status status;
  /**
   * Always 0.
   */
  uint8_t reserved[28];
} usbx_chunk;

/**
 * What a stream has done so far.
 *
 * @since 0.1.0
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
   * IN transfers that a short packet ended.
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
   * Transfers that failed in another way; cancelled transfers, and those of an unplugged device, do not count.
   */
  uint64_t other_errors;
  /**
   * How often the reader was so late that no transfer was in flight and the device had to wait.
   */
  uint64_t device_waits;
  /**
   * Maximum number of chunks that waited for the reader.
   */
  uint64_t deepest_backlog;
  /**
   * Isochronous IN packets that were requested.
   */
  uint64_t packets;
  /**
   * Isochronous IN packets that were lost: packets with an error, and the intervals in which no transfer was in
   * flight because the reader, or the computer, was late. Those are estimated from the clock: of each gap, a
   * transfer's time may go unnoticed.
   */
  uint64_t lost_packets;
  /**
   * Maximum number of transfers in flight that the stream uses.
   */
  uint64_t depth;
  /**
   * Bytes in one transfer.
   */
  uint64_t size;
  /**
   * The kind of memory in use: USBX_MEMORY_HEAP or USBX_MEMORY_MAPPED.
   */
  uint32_t memory;
  /**
   * Always 0.
   */
  uint8_t reserved[44];
} usbx_stream_statistics;

/**
 * Something that happened to a virtual device.
 *
 * @since 0.1.0
 */
typedef struct usbx_virtual_event {
  /**
   * USBX_VIRTUAL_*; 0 if nothing happened.
   */
  int32_t event;
  /**
   * USBX_VIRTUAL_SETUP: bmRequestType; bit 7 set means that the host wants data.
   */
  uint8_t request_type;
  /**
   * USBX_VIRTUAL_SETUP: bRequest.
   */
  uint8_t request;
  /**
   * USBX_VIRTUAL_SETUP: wValue, in the computer's byte order.
   */
  uint16_t value;
  /**
   * USBX_VIRTUAL_SETUP: wIndex, in the computer's byte order.
   */
  uint16_t index;
  /**
   * USBX_VIRTUAL_SETUP: wLength, in bytes.
   */
  uint16_t length;
  /**
   * USBX_VIRTUAL_IN, _OUT, _HALT: bEndpointAddress.
   */
  uint8_t endpoint;
  /**
   * USBX_VIRTUAL_HALT: 1 if the endpoint is halted now, 0 if it is not.
   */
  uint8_t halted;
  /**
   * USBX_VIRTUAL_CONFIGURED: bConfigurationValue, or 0 for the unconfigured state.
   */
  uint8_t configuration;
  /**
   * USBX_VIRTUAL_ALT_SETTING: bInterfaceNumber.
   */
  uint8_t interface_number;
  /**
   * USBX_VIRTUAL_ALT_SETTING: bAlternateSetting.
   */
  uint8_t alt_setting;
  /**
   * Always 0.
   */
  uint8_t reserved[7];
  /**
   * Number of events before this one that were lost, because more than 1024 waited. Control requests and waiting
   * endpoints are not lost.
   */
  uint64_t lost;
  /**
   * USBX_VIRTUAL_IN of an isochronous endpoint: when the interval begins that the packet is for, in nanoseconds of
   * CLOCK_MONOTONIC. Otherwise 0.
   */
  uint64_t interval_ns;
  /**
   * Always 0.
   */
  uint8_t reserved2[24];
} usbx_virtual_event;

/**
 * A fault of a virtual device's transfers.
 *
 * Set the whole struct to 0 first.
 *
 * @since 0.1.0
 */
typedef struct usbx_fault {
  /**
   * USBX_FAULT_*.
   */
  uint32_t kind;
  /**
   * Which transfer of the endpoint is meant, counted from now on; 0 or 1: the next one.
   */
  uint32_t nth;
  /**
   * 0: once. 1: each further nth transfer, too.
   */
  uint32_t repeat;
  /**
   * USBX_FAULT_STATUS: USBX_ERROR_IO, USBX_ERROR_PIPE, USBX_ERROR_OVERFLOW or USBX_ERROR_OTHER.
   */
  usbx_status status;
  /**
   * USBX_FAULT_STATUS, _SHORT, _UNPLUG: how many bytes move before. OUT: rounded down to whole packets. IN: after
   * USBX_FAULT_STATUS the next transfer begins with the rest of the packet.
   */
  uint64_t bytes;
  /**
   * USBX_FAULT_DELAY, _NAK: time in milliseconds.
   */
  uint32_t milliseconds;
  /**
   * USBX_FAULT_CORRUPT: any number. The same number and the same length give the same bit.
   */
  uint32_t seed;
  /**
   * Set to 0.
   */
  uint8_t reserved[32];
} usbx_fault;

/**
 * How a program and the recording that it uses as a device agree so far.
 *
 * @since 0.1.0
 */
typedef struct usbx_replay_statistics {
  /**
   * Transfers and control requests that ended as they had ended in the recording. Standard requests do not count.
   */
  uint64_t transfers;
  /**
   * Those that ended with USBX_ERROR_OTHER: they were not in the recording, or nothing was left for them.
   */
  uint64_t departures;
  /**
   * Recorded transfers that the program has not asked for. One that came to nothing, as before a timeout, does not count.
   */
  uint64_t remaining;
  /**
   * The number in the capture of the frame that the first departure met; 0 if there is none.
   */
  uint64_t frame;
  /**
   * Always 0.
   */
  uint8_t reserved[32];
} usbx_replay_statistics;

/**
 * Options of a capture.
 *
 * Set the whole struct to 0 first; the library chooses what is left 0.
 *
 * @since 0.1.0
 */
typedef struct usbx_capture_options {
  /**
   * Captures only the device at this path, as in usbx_device_info; "": every device.
   */
  char path[256];
  /**
   * Maximum number of bytes of each transfer's data; the lengths in the file are still the true ones. 0: no limit.
   */
  size_t snap_length;
  /**
   * 0: records are written as they come. Otherwise the capture keeps the last so many bytes in memory, 64 KiB or
   * more, and writes them when a transfer fails and when the capture is closed. Cancelled transfers, and those whose
   * time was up, do not count as failures.
   */
  size_t ring;
  /**
   * Memory in bytes for records that wait to be written, 512 KiB or more; 0: 32 MiB. Records that find no room are
   * dropped and counted. A ring uses its own.
   */
  size_t memory;
  /**
   * 0; there are no flags yet.
   */
  uint32_t flags;
  /**
   * Set to 0.
   */
  uint8_t reserved[60];
} usbx_capture_options;

/**
 * What a capture has done so far. A transfer has two records: when it began and when it was complete.
 *
 * @since 0.1.0
 */
typedef struct usbx_capture_statistics {
  /**
   * Records that are in the file, or in memory on the way there. Those that describe the devices count, too.
   */
  uint64_t records;
  /**
   * Bytes of the file.
   */
  uint64_t bytes;
  /**
   * Records that were lost: there was no memory left for them, or the file takes no more.
   */
  uint64_t dropped;
  /**
   * Records of a ring that newer ones replaced before they were written.
   */
  uint64_t replaced;
  /**
   * Transfers that failed; cancelled transfers, and those whose time was up, do not count.
   */
  uint64_t errors;
  /**
   * Devices that were seen.
   */
  uint64_t devices;
  /**
   * USBX_OK, or USBX_ERROR_IO once the file takes no more; usbx_capture_close says why.
   */
  usbx_status status;
  /**
   * Always 0.
   */
  uint8_t reserved[44];
} usbx_capture_statistics;

/**
 * Options of a share.
 *
 * Set the whole struct to 0 first; the library chooses what is left 0.
 *
 * @since 0.1.0
 */
typedef struct usbx_share_options {
  /**
   * The networks whose computers may connect, NUL-terminated: "192.168.1.0/24,fd00::/8,10.0.0.7". NULL or "": every
   * computer that reaches the address. A Unix socket is not concerned: who may write to its file may connect.
   */
  const char *allow;
  /**
   * How many clients may be connected at once; 0 for 64.
   */
  uint32_t clients;
  /**
   * Set to 0.
   */
  uint8_t reserved[52];
} usbx_share_options;

/**
 * Success.
 */
#define USBX_OK 0

/**
 * The transfer failed on the bus: a bad cable, electrical noise, or a device that breaks the protocol. Or the system
 * ended it, because another program reset the device or the computer slept. The handle stays usable: try again. The
 * first error after the device was unplugged may be this one, too; as soon as the system knows that the device is gone,
 * calls return USBX_ERROR_NO_DEVICE.
 */
#define USBX_ERROR_IO -1

/**
 * An argument is not valid; usbx_last_error() says which and why. Nothing reached the bus.
 */
#define USBX_ERROR_INVALID_PARAM -2

/**
 * This process may not open the device; usbx_last_error() says what to do, for example which udev rule to add.
 */
#define USBX_ERROR_ACCESS -3

/**
 * The device is gone for this handle: it was unplugged, or did not come back from a reset.
 */
#define USBX_ERROR_NO_DEVICE -4

/**
 * There is no such device, interface, alternate setting or configuration.
 */
#define USBX_ERROR_NOT_FOUND -5

/**
 * A kernel driver, another program, another handle or another thread's call is using it; usbx_last_error() says which.
 */
#define USBX_ERROR_BUSY -6

/**
 * The time limit passed. The bytes that moved before it are counted, and those received are in the buffer.
 */
#define USBX_ERROR_TIMEOUT -7

/**
 * The device sent more than the buffer can hold.
 */
#define USBX_ERROR_OVERFLOW -8

/**
 * The endpoint stalled: the device refused a control request, or the endpoint is halted (see usbx_clear_halt).
 */
#define USBX_ERROR_PIPE -9

/**
 * Not returned: a signal does not end a call. libusb has this number.
 */
#define USBX_ERROR_INTERRUPTED -10

/**
 * Out of memory: the process's own, or the kernel's limit for USB transfers. Also: no file descriptor left.
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
 * The transfer was cancelled. The bytes that moved before are counted, and those received are in the buffer.
 */
#define USBX_ERROR_CANCELLED -101

/**
 * Another thread closed the handle during the call. The bytes that moved before are counted, and those received are in
 * the buffer.
 */
#define USBX_ERROR_CLOSED -102

/**
 * This handle has not claimed the interface; call usbx_claim first.
 */
#define USBX_ERROR_NOT_CLAIMED -103

/**
 * The handle was opened in the parent process, before fork(); open the device again in the child.
 */
#define USBX_ERROR_FORKED -104

/**
 * A defect in usbx itself; usbx_last_error() says where. Please report it.
 */
#define USBX_ERROR_INTERNAL -105

/**
 * Returns the version of the loaded library, for example "0.1.0".
 *
 * @return a string that stays valid as long as the library is loaded
 *
 * @par Threads
 * Any thread.
 *
 * @since 0.1.0
 */
const char *usbx_version(void);

/**
 * Returns the name of a status as this header spells it, for example "USBX_ERROR_TIMEOUT".
 *
 * @param status a status that a function returned
 *
 * @return a string that stays valid as long as the library is loaded; "USBX_ERROR_UNKNOWN" for a number that is not a
 *   status
 *
 * @par Threads
 * Any thread.
 *
 * @since 0.1.0
 */
const char *usbx_error_name(usbx_status status);

/**
 * Returns one plain sentence that describes a status.
 *
 * It describes the status in general. usbx_last_error() says what happened in a particular call and what to do about
 * it.
 *
 * @param status a status that a function returned
 *
 * @return a string that stays valid as long as the library is loaded
 *
 * @par Threads
 * Any thread.
 *
 * @since 0.1.0
 */
const char *usbx_error_text(usbx_status status);

/**
 * Returns one sentence about the calling thread's last failure.
 *
 * It says what was tried, on which device, why it failed, and what to do: "claim interface 0 of 0403:6001 (path 1-2):
 * held by kernel driver ftdi_sio; call usbx_detach_kernel_driver first, or usbx_set_auto_detach once".
 *
 * Print it only where a call has failed: `if (usbx_claim(device, 0) != USBX_OK) puts(usbx_last_error());`
 * A call that succeeds does not change it, so that a program can clean up before it prints. After a success it is
 * still about an older failure.
 *
 * @return the sentence in UTF-8, or "" if no call has failed on this thread. The library owns the string; it stays
 *   valid until this thread's next failure, or until the thread ends.
 *
 * @par Threads
 * Any thread; each has its own last error.
 *
 * @since 0.1.0
 */
const char *usbx_last_error(void);

/**
 * Gets one sentence about the last failure of calls with a handle, whichever thread made the call.
 *
 * usbx_last_error() is about the calling thread; this is for languages and programs whose calls change threads, and
 * for the transfers of a queue. A call that succeeds does not change it.
 *
 * @param handle an open handle of any kind: a usbx_device, usbx_queue, usbx_stream, usbx_watch, usbx_virtual,
 *   usbx_capture or usbx_share
 * @param text receives the sentence in UTF-8, NUL-terminated and cut between characters if it does not fit. For a
 *   queue it is about the completion taken last that failed, and not about calls; a failed usbx_submit is the
 *   device's. "" if nothing has failed, and on failure. May be NULL if capacity is 0.
 * @param capacity size of text in bytes, with room for the NUL; 1024 is enough for most sentences
 * @param length receives the length of the whole sentence in bytes, without the NUL; may be NULL
 *
 * @return USBX_OK, also if capacity is too small, or:
 * - USBX_ERROR_INVALID_PARAM: text is NULL and capacity is not 0
 * - USBX_ERROR_INVALID_HANDLE: the handle is not open
 * - USBX_ERROR_FORKED: the handle was opened in the parent process, before fork()
 *
 * @par Threads
 * Any thread.
 *
 * @since 0.1.0
 */
usbx_status usbx_handle_error(const void *handle, char *text, size_t capacity, size_t *length);

/**
 * Closes every handle of this process, whichever thread opened it.
 *
 * Calls that are waiting on one of them end with USBX_ERROR_CLOSED. When this function returns, no transfer can touch
 * a caller's buffer any more, the kernel drivers have been given back, and the library has no thread and no file
 * descriptor left. The library can be used again afterwards. Handles inherited through fork() are left alone.
 *
 * @param leaked receives the number of handles that were still open; may be NULL
 *
 * @return USBX_OK
 *
 * @par Threads
 * Any thread.
 *
 * @since 0.1.0
 */
usbx_status usbx_shutdown(size_t *leaked);

/**
 * Lists the devices that are plugged in now, root hubs and virtual devices included, in the order of their paths.
 *
 * No device is opened and no request is sent, so a device that another program uses is not disturbed. Where the system
 * hides /sys there is an exception: each device node that this process may open is opened for a moment when it is seen
 * first, which wakes a device that sleeps. udevd is not needed. On a host without USB the list is empty, and that is not an error. Nor does a list wait for a device that does
 * not answer: of a device that is busy, with a request of the system's or of another program, the strings may be ""
 * until they can be read.
 *
 * @param devices receives one entry for each device, up to capacity; may be NULL if capacity is 0
 * @param capacity number of entries that fit in devices
 * @param count receives the number of devices, which may be more than capacity; may be NULL
 *
 * @return USBX_OK, also if capacity is too small, or:
 * - USBX_ERROR_INVALID_PARAM: devices is NULL and capacity is not 0
 * - USBX_ERROR_NO_MEM: out of memory, or no file descriptor left
 *
 * @par Threads
 * Any thread.
 *
 * @par References
 * libusb_get_device_list in libusb.
 *
 * @since 0.1.0
 */
usbx_status usbx_devices(struct usbx_device_info *devices,
                         size_t capacity,
                         size_t *count);

/**
 * Opens the device with these IDs and, if given, this serial number.
 *
 * If several devices match, the first in the order of their paths is opened. Opening claims no interface, sends no
 * request, and leaves kernel drivers alone. It waits while the device itself is busy, but not for others: a busy device
 * of these IDs has a second to report its serial number, and if it does not, the message says so. Several handles of one
 * device may be open at the same time.
 *
 * @param vendor_id idVendor; 0 is a number as any other here, and not a sign for any device as in usbx_watch_open
 * @param product_id idProduct, likewise
 * @param serial serial number in UTF-8; NULL or "" for any
 * @param device receives the handle, or NULL on failure; the caller owns it and closes it with usbx_close
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_NOT_FOUND: no such device is plugged in
 * - USBX_ERROR_ACCESS: this process may not open the device; usbx_last_error() says what to do, for example which udev
 *   rule to add
 * - USBX_ERROR_NO_DEVICE: the device was unplugged during the call
 * - USBX_ERROR_IO: the device does not answer
 * - USBX_ERROR_NO_MEM: out of memory, or no file descriptor left
 * - USBX_ERROR_INVALID_PARAM: device is NULL, or serial is not UTF-8
 *
 * @par Threads
 * Any thread.
 *
 * @par References
 * libusb_open in libusb.
 *
 * @since 0.1.0
 */
usbx_status usbx_open(uint16_t vendor_id,
                      uint16_t product_id,
                      const char *serial,
                      struct usbx_device **device);

/**
 * Opens the device at a path, whichever device is plugged in there.
 *
 * @param path a path as in usbx_device_info: "2-1.4", "usb1", "virtual/1", "usbip://host/1-1"; or, of another computer,
 *   "usbip://host/vid:pid" and "usbip://host/vid:pid:serial" (usbx_remote_devices)
 * @param device receives the handle, or NULL on failure; the caller owns it and closes it with usbx_close
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_NOT_FOUND: no device is plugged in there
 * - USBX_ERROR_ACCESS: this process may not open the device; usbx_last_error() says what to do, for example which udev
 *   rule to add
 * - USBX_ERROR_NO_DEVICE: the device was unplugged during the call
 * - USBX_ERROR_IO: the device does not answer
 * - USBX_ERROR_NO_MEM: out of memory, or no file descriptor left
 * - USBX_ERROR_INVALID_PARAM: device or path is NULL, or path is not UTF-8
 *
 * @par Threads
 * Any thread.
 *
 * @since 0.1.0
 */
usbx_status usbx_open_path(const char *path, struct usbx_device **device);

/**
 * Makes a device handle from a usbfs file descriptor that other code opened.
 *
 * This is for systems that open the device for the program: UsbDeviceConnection on Android, a Flatpak portal, a
 * service manager. The path in usbx_info is "" if it cannot be found out.
 *
 * @param fd a file descriptor of /dev/bus/usb/BBB/DDD, open for reading and writing. The caller keeps it and closes it
 *   after usbx_close. Until then nothing else may transfer data through it or a copy of it: the system would confuse
 *   whose data is whose.
 * @param device receives the handle, or NULL on failure; the caller owns it and closes it with usbx_close
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_INVALID_PARAM: fd is not a usbfs descriptor, or device is NULL
 * - USBX_ERROR_BUSY: another handle was made from fd or from a copy of it
 * - USBX_ERROR_NO_DEVICE: the device was unplugged
 * - USBX_ERROR_NOT_SUPPORTED: this system has no usbfs
 *
 * @par Threads
 * Any thread.
 *
 * @par References
 * libusb_wrap_sys_device in libusb.
 *
 * @since 0.1.0
 */
usbx_status usbx_open_fd(int32_t fd, struct usbx_device **device);

/**
 * Closes a device.
 *
 * Calls and transfers that are pending end with USBX_ERROR_CLOSED. When this function returns, no transfer can touch a
 * caller's buffer any more, the claimed interfaces are released, and detached kernel drivers have been given back.
 *
 * @param device an open device; NULL is allowed and does nothing, as with free()
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_INVALID_HANDLE: the device handle is not open, or not open any more: if several threads close it at
 *   once, exactly one gets USBX_OK
 * - USBX_ERROR_FORKED: the handle was opened in the parent process, before fork()
 *
 * @par Threads
 * Any thread.
 *
 * @par References
 * libusb_close in libusb.
 *
 * @since 0.1.0
 */
usbx_status usbx_close(struct usbx_device *device);

/**
 * Describes an open device, as usbx_devices does; works after unplugging too.
 *
 * @param device an open device
 * @param info receives the description; zeroed on failure
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_INVALID_HANDLE: the device handle is not open
 * - USBX_ERROR_INVALID_PARAM: info is NULL
 *
 * @par Threads
 * Any thread.
 *
 * @since 0.1.0
 */
usbx_status usbx_info(struct usbx_device *device, struct usbx_device_info *info);

/**
 * Gets the number of the active configuration.
 *
 * @param device an open device
 * @param configuration receives bConfigurationValue; 0 if the device is not configured
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_INVALID_HANDLE: the device handle is not open
 * - USBX_ERROR_INVALID_PARAM: configuration is NULL
 * - USBX_ERROR_NO_DEVICE: the device was unplugged
 * - USBX_ERROR_NO_MEM: out of memory, or no file descriptor left
 *
 * @par Threads
 * Any thread.
 *
 * @par References
 * USB 2.0 section 9.4.2; libusb_get_configuration in libusb.
 *
 * @since 0.1.0
 */
usbx_status usbx_get_configuration(struct usbx_device *device, uint8_t *configuration);

/**
 * Selects a configuration, or takes the device back to the unconfigured state.
 *
 * If it is the active one already, nothing is sent to the device; SET_CONFIGURATION by usbx_control selects it again.
 *
 * @param device an open device
 * @param configuration bConfigurationValue of the configuration to select; 0 for none, unless the device has a
 *   configuration of value 0
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_NOT_FOUND: the device has no such configuration
 * - USBX_ERROR_BUSY: an interface is claimed, by this handle or another, or a kernel driver holds one
 * - USBX_ERROR_INVALID_HANDLE: the device handle is not open
 * - USBX_ERROR_NO_DEVICE: the device was unplugged
 * - USBX_ERROR_IO: the request failed on the bus
 *
 * @par Threads
 * Any thread.
 *
 * @par References
 * USB 2.0 section 9.4.7; libusb_set_configuration in libusb.
 *
 * @since 0.1.0
 */
usbx_status usbx_set_configuration(struct usbx_device *device, uint8_t configuration);

/**
 * Claims an interface, so that this handle can use its endpoints and no other program or handle can claim it.
 *
 * The interface begins in alternate setting 0, or in its first if it has no 0. If endpoints of two interfaces have the
 * same address, calls with that address mean the endpoint of the claimed interface. An interface that a kernel driver
 * holds can be claimed after usbx_detach_kernel_driver, or by every claim with usbx_set_auto_detach.
 *
 * An interface that this handle has claimed already stays claimed, and the call returns USBX_OK. If the system has
 * ended that claim meanwhile, as when another program reset the device, it is claimed anew.
 *
 * @param device an open device
 * @param interface_number bInterfaceNumber
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_BUSY: a kernel driver, another program or another handle holds it; usbx_last_error() says which
 * - USBX_ERROR_NOT_FOUND: the active configuration has no such interface
 * - USBX_ERROR_INVALID_HANDLE: the device handle is not open
 * - USBX_ERROR_NO_DEVICE: the device was unplugged
 *
 * @par Threads
 * Any thread.
 *
 * @par References
 * libusb_claim_interface in libusb.
 *
 * @since 0.1.0
 */
usbx_status usbx_claim(struct usbx_device *device, uint8_t interface_number);

/**
 * Releases a claimed interface.
 *
 * Transfers of the interface that are pending in other threads end with USBX_ERROR_CANCELLED first. The interface
 * returns to alternate setting 0, if it has one. A claim that the system has ended meanwhile, as when another program
 * reset the device, is released as any other. If usbx_detach_kernel_driver detached a kernel driver, that driver is
 * back when this function returns.
 *
 * @param device an open device
 * @param interface_number bInterfaceNumber
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_NOT_CLAIMED: this handle has not claimed the interface
 * - USBX_ERROR_NOT_FOUND: the active configuration has no such interface
 * - USBX_ERROR_INVALID_HANDLE: the device handle is not open
 * - USBX_ERROR_NO_DEVICE: the device was unplugged
 * - USBX_ERROR_IO: the request failed on the bus
 *
 * @par Threads
 * Any thread.
 *
 * @par References
 * libusb_release_interface in libusb.
 *
 * @since 0.1.0
 */
usbx_status usbx_release(struct usbx_device *device, uint8_t interface_number);

/**
 * Selects an alternate setting of a claimed interface.
 *
 * Transfers of the interface that are pending in other threads end with USBX_ERROR_CANCELLED first.
 *
 * @param device an open device
 * @param interface_number bInterfaceNumber
 * @param alt_setting bAlternateSetting
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_NOT_CLAIMED: this handle has not claimed the interface
 * - USBX_ERROR_NOT_FOUND: the active configuration has no such interface or alternate setting
 * - USBX_ERROR_INVALID_HANDLE: the device handle is not open
 * - USBX_ERROR_NO_DEVICE: the device was unplugged
 * - USBX_ERROR_IO: the request failed on the bus
 *
 * @par Threads
 * Any thread.
 *
 * @par References
 * USB 2.0 section 9.4.10; libusb_set_interface_alt_setting in libusb.
 *
 * @since 0.1.0
 */
usbx_status usbx_set_alt_setting(struct usbx_device *device, uint8_t interface_number, uint8_t alt_setting);

/**
 * Gets the name of the kernel driver that holds an interface, for example "usbhid".
 *
 * A claim by a program, this one included, does not count as a kernel driver.
 *
 * @param device an open device
 * @param interface_number bInterfaceNumber
 * @param name receives the driver's name, NUL-terminated and cut if it does not fit; "" if there is no driver, and on
 *   failure; may be NULL if capacity is 0
 * @param capacity size of name in bytes, with room for the NUL; 256 is enough for every name
 * @param length receives the length of the whole name in bytes, without the NUL; 0 if there is no driver; may be NULL
 *
 * @return USBX_OK, also if capacity is too small, or:
 * - USBX_ERROR_NOT_FOUND: the active configuration has no such interface
 * - USBX_ERROR_INVALID_PARAM: name is NULL and capacity is not 0
 * - USBX_ERROR_INVALID_HANDLE: the device handle is not open
 * - USBX_ERROR_NO_DEVICE: the device was unplugged
 * - USBX_ERROR_IO: the system does not say
 *
 * @par Threads
 * Any thread.
 *
 * @par References
 * libusb_kernel_driver_active in libusb.
 *
 * @since 0.1.0
 */
usbx_status usbx_kernel_driver(struct usbx_device *device,
                               uint8_t interface_number,
                               char *name,
                               size_t capacity,
                               size_t *length);

/**
 * Detaches the kernel driver from an interface, so that it can be claimed.
 *
 * usbx_release and usbx_close give the interface back to the driver. If no driver is bound to it, the call does
 * nothing. A driver that holds several interfaces, as cdc_acm does, may let go of all of them: they are given back
 * together, when this handle has released the last of them that it claimed.
 *
 * @param device an open device
 * @param interface_number bInterfaceNumber
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_NOT_FOUND: the active configuration has no such interface
 * - USBX_ERROR_NOT_SUPPORTED: this system cannot detach kernel drivers
 * - USBX_ERROR_ACCESS: the rights to the device do not include that, as with a descriptor from a sandbox's portal
 * - USBX_ERROR_NO_MEM: no file descriptor is left for the process that gives the driver back if the program dies
 * - USBX_ERROR_INVALID_HANDLE: the device handle is not open
 * - USBX_ERROR_NO_DEVICE: the device was unplugged
 *
 * @par Threads
 * Any thread.
 *
 * @par References
 * libusb_detach_kernel_driver in libusb.
 *
 * @since 0.1.0
 */
usbx_status usbx_detach_kernel_driver(struct usbx_device *device, uint8_t interface_number);

/**
 * Makes claims detach kernel drivers by themselves, or stops that.
 *
 * With it on, usbx_claim detaches the kernel driver that holds the interface, as usbx_detach_kernel_driver does, and
 * usbx_release and usbx_close give the interface back to the driver. It is off when a device is opened. An interface
 * that a program holds is not taken from it.
 *
 * @param device an open device
 * @param enable not 0: claims detach kernel drivers; 0: they do not. What is detached already is given back all the
 *   same
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_INVALID_HANDLE: the device handle is not open
 *
 * @par Threads
 * Any thread.
 *
 * @par References
 * libusb_set_auto_detach_kernel_driver in libusb.
 *
 * @since 0.1.0
 */
usbx_status usbx_set_auto_detach(struct usbx_device *device, int32_t enable);

/**
 * Lets a kernel driver bind to an interface again, without waiting for usbx_close.
 *
 * Use it for an interface that usbx_detach_kernel_driver took from its driver, or that another program left without
 * one. If a driver or a program holds the interface, or if no driver wants it, the call does nothing. If this handle
 * has claimed another interface that the driver held too, the driver comes back when that is released.
 *
 * @param device an open device
 * @param interface_number bInterfaceNumber
 *
 * @return USBX_OK, and a driver that wants the interface is bound to it, or will be as said above, or:
 * - USBX_ERROR_BUSY: this handle has claimed the interface; usbx_release gives it back
 * - USBX_ERROR_NOT_FOUND: the active configuration has no such interface
 * - USBX_ERROR_NOT_SUPPORTED: this system cannot attach kernel drivers
 * - USBX_ERROR_INVALID_HANDLE: the device handle is not open
 * - USBX_ERROR_NO_DEVICE: the device was unplugged
 *
 * @par Threads
 * Any thread.
 *
 * @par References
 * libusb_attach_kernel_driver in libusb.
 *
 * @since 0.1.0
 */
usbx_status usbx_attach_kernel_driver(struct usbx_device *device, uint8_t interface_number);

/**
 * Lists the endpoints of the active configuration, in every interface and every alternate setting.
 *
 * Endpoint 0 is not in the list. An unconfigured device has no endpoints.
 *
 * @param device an open device
 * @param endpoints receives one entry for each endpoint, up to capacity; may be NULL if capacity is 0
 * @param capacity number of entries that fit in endpoints
 * @param count receives the number of endpoints, which may be more than capacity; may be NULL
 *
 * @return USBX_OK, also if capacity is too small, or:
 * - USBX_ERROR_INVALID_HANDLE: the device handle is not open
 * - USBX_ERROR_INVALID_PARAM: endpoints is NULL and capacity is not 0
 * - USBX_ERROR_NO_DEVICE: the device was unplugged
 *
 * @par Threads
 * Any thread.
 *
 * @par References
 * libusb_get_active_config_descriptor in libusb.
 *
 * @since 0.1.0
 */
usbx_status usbx_endpoints(struct usbx_device *device, struct usbx_endpoint *endpoints, size_t capacity, size_t *count);

/**
 * Lists the interfaces of the active configuration, with every alternate setting of each.
 *
 * The entries are in the order of the device's descriptors. Interfaces without endpoints are in the list, too. An
 * unconfigured device has no interfaces. No request is sent to the device.
 *
 * @param device an open device
 * @param interfaces receives one entry for each alternate setting, up to capacity; may be NULL if capacity is 0
 * @param capacity number of entries that fit in interfaces
 * @param count receives the number of alternate settings, which may be more than capacity; may be NULL
 *
 * @return USBX_OK, also if capacity is too small, or:
 * - USBX_ERROR_INVALID_HANDLE: the device handle is not open
 * - USBX_ERROR_INVALID_PARAM: interfaces is NULL and capacity is not 0
 * - USBX_ERROR_NO_DEVICE: the device was unplugged
 *
 * @par Threads
 * Any thread.
 *
 * @par References
 * libusb_get_active_config_descriptor in libusb.
 *
 * @since 0.1.0
 */
usbx_status usbx_interfaces(struct usbx_device *device,
                            struct usbx_interface *interfaces,
                            size_t capacity,
                            size_t *count);

/**
 * Gets the descriptors of a device that usbx_devices lists, without opening it.
 *
 * The data are the device descriptor of 18 bytes, followed by each configuration descriptor with everything that
 * belongs to it, as the device sent them when it was plugged in, with one correction: each configuration's wTotalLength
 * is the length of what is there, so the next configuration begins behind that. No request is sent to the device. The
 * device's data may break the standard, so check every other length in them.
 *
 * @param path a path as in usbx_device_info: "2-1.4", "usb1", "virtual/1"
 * @param data receives the descriptors, up to capacity bytes; may be NULL if capacity is 0
 * @param capacity size of data in bytes
 * @param length receives the length of the descriptors in bytes, which may be more than capacity; may be NULL
 *
 * @return USBX_OK, also if capacity is too small, or:
 * - USBX_ERROR_NOT_FOUND: no device is plugged in there
 * - USBX_ERROR_NO_MEM: out of memory, or no file descriptor left
 * - USBX_ERROR_INVALID_PARAM: path is NULL or not UTF-8, or data is NULL and capacity is not 0
 *
 * @par Threads
 * Any thread.
 *
 * @par References
 * USB 2.0 section 9.5; libusb_get_device_descriptor and libusb_get_config_descriptor in libusb.
 *
 * @since 0.1.0
 */
usbx_status usbx_descriptors(const char *path, void *data, size_t capacity, size_t *length);

/**
 * Requests a descriptor from the device and returns it as the device sends it.
 *
 * The device has at most 5 seconds to answer.
 *
 * @param device an open device
 * @param type bDescriptorType: 1 device, 2 configuration, 3 string, 15 BOS ...
 * @param index which descriptor of that type, from 0
 * @param data receives the descriptor; may be NULL only if length is 0
 * @param length size of data in bytes, at most 65535; the device cuts a longer descriptor
 * @param transferred receives the number of bytes received; may be NULL
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_PIPE: the device has no such descriptor
 * - any other status of usbx_control
 *
 * @par Threads
 * Any thread.
 *
 * @par References
 * USB 2.0 section 9.4.3; libusb_get_descriptor in libusb.
 *
 * @since 0.1.0
 */
usbx_status usbx_get_descriptor(struct usbx_device *device,
                                uint8_t type,
                                uint8_t index,
                                void *data,
                                size_t length,
                                size_t *transferred);

/**
 * Requests a string from the device and returns it in UTF-8.
 *
 * If the device does not answer the request for 255 bytes, this asks for the string's length first and then for the
 * string. The device has at most 5 seconds for everything. A NUL ends the text, and half of a surrogate pair is left
 * out, as in the strings of usbx_device_info.
 *
 * @param device an open device
 * @param index the string's index, as a descriptor gives it; not 0, which is the table of languages
 * @param language language ID, for example 0x0409 for US English: the device is asked for that at once; 0 for the first
 *   language in the device's table, and US English if it has no such table
 * @param text receives the string, NUL-terminated and cut between characters if it does not fit; "" on failure; may be
 *   NULL if capacity is 0
 * @param capacity size of text in bytes, with room for the NUL; 384 is enough for every string
 * @param length receives the length of the whole string in bytes, without the NUL; may be NULL
 *
 * @return USBX_OK, also if capacity is too small, or:
 * - USBX_ERROR_INVALID_PARAM: index is 0, or text is NULL and capacity is not 0
 * - USBX_ERROR_NOT_FOUND: the device has no strings in this language
 * - USBX_ERROR_PIPE: the device has no such string
 * - any other status of usbx_control
 *
 * @par Threads
 * Any thread.
 *
 * @par References
 * USB 2.0 section 9.6.7; libusb_get_string_descriptor in libusb.
 *
 * @since 0.1.0
 */
usbx_status usbx_get_string(struct usbx_device *device,
                            uint8_t index,
                            uint16_t language,
                            char *text,
                            size_t capacity,
                            size_t *length);

/**
 * Sends a control request and transfers its data, in either direction.
 *
 * Some requests would change state that the library tracks. It carries them out itself: SET_CONFIGURATION as
 * usbx_set_configuration, SET_INTERFACE as usbx_set_alt_setting, and CLEAR_FEATURE(ENDPOINT_HALT) as usbx_clear_halt.
 * SET_CONFIGURATION of the active configuration selects it again, which resets every interface and endpoint: claims
 * stay, their interfaces return to the alternate setting in which they began, and pending transfers end with
 * USBX_ERROR_CANCELLED. In these requests reserved bytes and length must be 0. SET_ADDRESS is refused.
 *
 * A request to an interface or endpoint needs the interface claimed, except vendor requests, and GET_DEVICE_ID to a
 * printer's interface.
 *
 * @param device an open device
 * @param request_type bmRequestType; bit 7 set means IN, device to host
 * @param request bRequest
 * @param value wValue, in the computer's byte order
 * @param index wIndex, in the computer's byte order
 * @param data the bytes to send, or a buffer to receive into, of length bytes; may be NULL only if length is 0
 * @param length wLength, in bytes
 * @param timeout_ms maximum time for the whole request, in milliseconds; USBX_NO_TIMEOUT: no limit
 * @param transferred receives the number of data bytes that moved, on failure too; may be NULL
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_PIPE: the device refused the request
 * - USBX_ERROR_NOT_CLAIMED: the request needs its interface claimed, and this handle has not claimed it
 * - USBX_ERROR_BUSY: SET_CONFIGURATION: an interface is in use by a kernel driver, another program or another handle
 * - USBX_ERROR_TIMEOUT: the time limit passed
 * - USBX_ERROR_CANCELLED: usbx_cancel cancelled the control requests (endpoint 0)
 * - USBX_ERROR_CLOSED: another thread closed the device during the call
 * - USBX_ERROR_NO_DEVICE: the device was unplugged
 * - USBX_ERROR_INVALID_PARAM: an argument is not valid, or the request is SET_ADDRESS
 * - USBX_ERROR_INVALID_HANDLE: the device handle is not open
 * - USBX_ERROR_NO_MEM: out of memory
 * - USBX_ERROR_IO: the request failed on the bus
 *
 * @par Threads
 * Any thread.
 *
 * @par References
 * USB 2.0 section 9.3; libusb_control_transfer in libusb.
 *
 * @since 0.1.0
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
 * Reads from a bulk endpoint until the buffer is full or a short packet ends the read.
 *
 * A short packet is one that is smaller than the endpoint's packet size. If the read fails, the bytes received before
 * are in the buffer and are counted in transferred.
 *
 * @param device an open device
 * @param endpoint bEndpointAddress of an IN endpoint (bit 7 set), in the selected alternate setting of a claimed
 *   interface
 * @param data receives the bytes; the rest of the buffer stays as it was
 * @param length size of data in bytes, not 0; there is no upper limit. Make it a multiple of the packet size: a packet
 *   that is larger than the rest of the buffer fails with USBX_ERROR_OVERFLOW.
 * @param timeout_ms maximum time for the whole read, in milliseconds; USBX_NO_TIMEOUT: no limit
 * @param transferred receives the number of bytes received, on failure too; may be NULL
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_TIMEOUT: the time limit passed
 * - USBX_ERROR_PIPE: the endpoint is halted; see usbx_clear_halt
 * - USBX_ERROR_OVERFLOW: the device sent more than the rest of the buffer can hold
 * - USBX_ERROR_CANCELLED: the transfer was cancelled, by usbx_cancel or by a change of the interface, the
 *   configuration or the device
 * - USBX_ERROR_CLOSED: another thread closed the device during the call
 * - USBX_ERROR_NO_DEVICE: the device was unplugged
 * - USBX_ERROR_NOT_CLAIMED: this handle has not claimed the endpoint's interface
 * - USBX_ERROR_INVALID_PARAM: an argument is not valid, or there is no such endpoint now; usbx_last_error() lists the
 *   endpoints
 * - USBX_ERROR_INVALID_HANDLE: the device handle is not open
 * - USBX_ERROR_NO_MEM: out of memory
 * - USBX_ERROR_IO: the transfer failed on the bus
 *
 * @par Threads
 * Any thread. Concurrent reads of one endpoint are served in the order of their calls.
 *
 * @par References
 * USB 2.0 section 5.8; libusb_bulk_transfer in libusb.
 *
 * @since 0.1.0
 */
usbx_status usbx_bulk_read(struct usbx_device *device,
                           uint8_t endpoint,
                           void *data,
                           size_t length,
                           uint32_t timeout_ms,
                           size_t *transferred);

/**
 * Writes to a bulk endpoint.
 *
 * If the length is a multiple of the packet size, no zero-length packet is sent after the data. A length of 0 sends
 * one. If the write fails, transferred counts the bytes that the device took before.
 *
 * @param device an open device
 * @param endpoint bEndpointAddress of an OUT endpoint (bit 7 clear), in the selected alternate setting of a claimed
 *   interface
 * @param data the bytes to send; may be NULL only if length is 0
 * @param length number of bytes to send; there is no upper limit
 * @param timeout_ms maximum time for the whole write, in milliseconds; USBX_NO_TIMEOUT: no limit
 * @param transferred receives the number of bytes that the device took, on failure too; may be NULL
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_TIMEOUT: the time limit passed
 * - USBX_ERROR_PIPE: the endpoint is halted; see usbx_clear_halt
 * - USBX_ERROR_CANCELLED: the transfer was cancelled, by usbx_cancel or by a change of the interface, the
 *   configuration or the device
 * - USBX_ERROR_CLOSED: another thread closed the device during the call
 * - USBX_ERROR_NO_DEVICE: the device was unplugged
 * - USBX_ERROR_NOT_CLAIMED: this handle has not claimed the endpoint's interface
 * - USBX_ERROR_INVALID_PARAM: an argument is not valid, or there is no such endpoint now; usbx_last_error() lists the
 *   endpoints
 * - USBX_ERROR_INVALID_HANDLE: the device handle is not open
 * - USBX_ERROR_NO_MEM: out of memory
 * - USBX_ERROR_IO: the transfer failed on the bus
 *
 * @par Threads
 * Any thread. Concurrent writes to one endpoint are served in the order of their calls.
 *
 * @par References
 * USB 2.0 section 5.8; libusb_bulk_transfer in libusb.
 *
 * @since 0.1.0
 */
usbx_status usbx_bulk_write(struct usbx_device *device,
                            uint8_t endpoint,
                            const void *data,
                            size_t length,
                            uint32_t timeout_ms,
                            size_t *transferred);

/**
 * Reads from an interrupt endpoint until the buffer is full or a short packet ends the read.
 *
 * A report that is shorter than the packet size ends the read. To get one report per call, pass the packet size as
 * length.
 *
 * @param device an open device
 * @param endpoint bEndpointAddress of an IN endpoint (bit 7 set), in the selected alternate setting of a claimed
 *   interface
 * @param data receives the bytes; the rest of the buffer stays as it was
 * @param length size of data in bytes, not 0; use a multiple of the packet size
 * @param timeout_ms maximum time for the whole read, in milliseconds; USBX_NO_TIMEOUT: no limit
 * @param transferred receives the number of bytes received, on failure too; may be NULL
 *
 * @return USBX_OK, or any other status of usbx_bulk_read
 *
 * @par Threads
 * Any thread.
 *
 * @par References
 * USB 2.0 section 5.7; libusb_interrupt_transfer in libusb.
 *
 * @since 0.1.0
 */
usbx_status usbx_interrupt_read(struct usbx_device *device,
                                uint8_t endpoint,
                                void *data,
                                size_t length,
                                uint32_t timeout_ms,
                                size_t *transferred);

/**
 * Writes to an interrupt endpoint.
 *
 * If the length is a multiple of the packet size, no zero-length packet is sent after the data. A length of 0 sends
 * one.
 *
 * @param device an open device
 * @param endpoint bEndpointAddress of an OUT endpoint (bit 7 clear), in the selected alternate setting of a claimed
 *   interface
 * @param data the bytes to send; may be NULL only if length is 0
 * @param length number of bytes to send; there is no upper limit
 * @param timeout_ms maximum time for the whole write, in milliseconds; USBX_NO_TIMEOUT: no limit
 * @param transferred receives the number of bytes that the device took, on failure too; may be NULL
 *
 * @return USBX_OK, or any other status of usbx_bulk_write
 *
 * @par Threads
 * Any thread.
 *
 * @par References
 * USB 2.0 section 5.7; libusb_interrupt_transfer in libusb.
 *
 * @since 0.1.0
 */
usbx_status usbx_interrupt_write(struct usbx_device *device,
                                 uint8_t endpoint,
                                 const void *data,
                                 size_t length,
                                 uint32_t timeout_ms,
                                 size_t *transferred);

/**
 * Clears the halt of an endpoint, so that data flows again after USBX_ERROR_PIPE.
 *
 * The halt is cleared on the device and in the host's driver. Transfers of the endpoint that are pending in other
 * threads end with USBX_ERROR_CANCELLED first.
 *
 * @param device an open device
 * @param endpoint bEndpointAddress of an endpoint of a claimed interface
 *
 * @return USBX_OK, also if the endpoint was not halted, or:
 * - USBX_ERROR_NOT_CLAIMED: this handle has not claimed the endpoint's interface
 * - USBX_ERROR_INVALID_PARAM: there is no such endpoint now
 * - USBX_ERROR_INVALID_HANDLE: the device handle is not open
 * - USBX_ERROR_NO_DEVICE: the device was unplugged
 * - USBX_ERROR_IO: the request failed on the bus
 *
 * @par Threads
 * Any thread.
 *
 * @par References
 * USB 2.0 section 9.4.5; libusb_clear_halt in libusb.
 *
 * @since 0.1.0
 */
usbx_status usbx_clear_halt(struct usbx_device *device, uint8_t endpoint);

/**
 * Resets the device, as if it were unplugged and plugged in again.
 *
 * If the device comes back unchanged, the handle, its claims and its alternate settings stay valid. Transfers that are
 * pending in other threads end with USBX_ERROR_CANCELLED first.
 *
 * @param device an open device
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_NO_DEVICE: the device did not come back, or came back as a different device; close this handle and open
 *   the device again
 * - USBX_ERROR_INVALID_HANDLE: the device handle is not open
 * - USBX_ERROR_NOT_CLAIMED: the device was reset, but another program or handle has taken an interface that this handle
 *   had claimed
 * - USBX_ERROR_IO: the reset failed on the bus
 *
 * @par Threads
 * Any thread.
 *
 * @par References
 * USB 2.0 section 7.1.7.5; libusb_reset_device in libusb.
 *
 * @since 0.1.0
 */
usbx_status usbx_reset(struct usbx_device *device);

/**
 * Cancels all pending transfers of an endpoint.
 *
 * Their calls, in other threads, return USBX_ERROR_CANCELLED and the bytes that moved before. This function does not
 * wait for them.
 *
 * @param device an open device
 * @param endpoint bEndpointAddress; 0 for control requests
 *
 * @return USBX_OK, also if nothing is pending, or:
 * - USBX_ERROR_INVALID_PARAM: there is no such endpoint
 * - USBX_ERROR_INVALID_HANDLE: the device handle is not open
 *
 * @par Threads
 * Any thread, but not a signal handler.
 *
 * @par References
 * libusb_cancel_transfer in libusb.
 *
 * @since 0.1.0
 */
usbx_status usbx_cancel(struct usbx_device *device, uint8_t endpoint);

/**
 * Reads packets from an isochronous endpoint, one in each service interval.
 *
 * The call returns after the last packet. For data without gaps between calls, use a stream or a completion queue.
 *
 * @param device an open device
 * @param endpoint bEndpointAddress of an IN endpoint (bit 7 set), in the selected alternate setting of a claimed
 *   interface
 * @param data receives the bytes. Each packet has a place of its own, of packets[i].length bytes, one after the other,
 *   whether it is filled or not. The unused rest of a place may be overwritten with zeros.
 * @param length size of data in bytes: the sum of the packets' lengths
 * @param packets one entry for each packet: set length; the call sets transferred and status
 * @param packet_count number of packets, 1 to 65536
 * @param timeout_ms maximum time for all packets, in milliseconds; USBX_NO_TIMEOUT: no limit
 * @param transferred receives the number of bytes received in all packets together; may be NULL
 *
 * @return USBX_OK if all packets had their turn, whatever happened to single ones, or:
 * - USBX_ERROR_TIMEOUT: the time limit passed
 * - USBX_ERROR_CANCELLED: the transfer was cancelled, by usbx_cancel or by a change of the interface, the
 *   configuration or the device
 * - USBX_ERROR_CLOSED: another thread closed the device during the call
 * - USBX_ERROR_NO_DEVICE: the device was unplugged
 * - any other status of usbx_bulk_read
 *
 * @par Threads
 * Any thread.
 *
 * @par References
 * USB 2.0 section 5.6; libusb_fill_iso_transfer in libusb.
 *
 * @since 0.1.0
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
 * Writes packets to an isochronous endpoint, one in each service interval.
 *
 * The call returns after the last packet.
 *
 * @param device an open device
 * @param endpoint bEndpointAddress of an OUT endpoint (bit 7 clear), in the selected alternate setting of a claimed
 *   interface
 * @param data the bytes of all packets, one after the other
 * @param length size of data in bytes: the sum of the packets' lengths
 * @param packets one entry for each packet: set length; the call sets transferred and status
 * @param packet_count number of packets, 1 to 65536
 * @param timeout_ms maximum time for all packets, in milliseconds; USBX_NO_TIMEOUT: no limit
 * @param transferred receives the number of bytes sent in all packets together; may be NULL
 *
 * @return USBX_OK if all packets had their turn, whatever happened to single ones, or any other status of
 *   usbx_isochronous_read
 *
 * @par Threads
 * Any thread.
 *
 * @par References
 * USB 2.0 section 5.6; libusb_fill_iso_transfer in libusb.
 *
 * @since 0.1.0
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
 * Allocates memory that transfers use without a copy.
 *
 * Where the system can share memory with the device's host controller, and reading that is not slow, the buffer is such
 * memory; otherwise it is ordinary memory. Any transfer of this device with its data inside the buffer, whole or in
 * part, goes without a copy where the memory is shared: blocking calls, and transfers of a queue. Control requests are
 * copied, and so is what a stream reads or writes; usbx_stream_next and usbx_stream_space have the stream's own memory
 * without a copy. Other devices can use the buffer as any memory.
 *
 * The system limits the size of one shared buffer (4 MiB is usual) and of all together (usbfs_memory_mb); a larger
 * buffer is ordinary memory.
 *
 * Until usbx_buffer_free, the address and the bytes stay valid: when the device is closed or unplugged, and after
 * usbx_shutdown. Ordinary memory then takes the place; do not write to the buffer during usbx_close and usbx_shutdown.
 * A child made by fork() must not use the buffer.
 *
 * @param device an open device
 * @param length size in bytes, not 0
 * @param buffer receives the address, which begins a page; the bytes are 0. NULL on failure. The caller owns the
 *   buffer and frees it with usbx_buffer_free.
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_NO_MEM: out of memory
 * - USBX_ERROR_INVALID_PARAM: buffer is NULL, or length is 0
 * - USBX_ERROR_INVALID_HANDLE: the device handle is not open
 * - USBX_ERROR_CLOSED: another thread closed the device during the call
 *
 * @par Threads
 * Any thread.
 *
 * @par References
 * libusb_dev_mem_alloc in libusb.
 *
 * @since 0.1.0
 */
usbx_status usbx_buffer_alloc(struct usbx_device *device, size_t length, void **buffer);

/**
 * Frees a buffer from usbx_buffer_alloc.
 *
 * The device may be closed before.
 *
 * @param buffer the address from usbx_buffer_alloc; NULL is allowed and does nothing, as with free()
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_BUSY: a transfer uses it; the buffer stays as it was
 * - USBX_ERROR_INVALID_PARAM: it is not the address of a buffer, or of one that the parent process has
 *
 * @par Threads
 * Any thread.
 *
 * @par References
 * libusb_dev_mem_free in libusb.
 *
 * @since 0.1.0
 */
usbx_status usbx_buffer_free(void *buffer);

/**
 * Opens a completion queue.
 *
 * A queue takes many transfers at once and returns each when it is complete. It has no thread of its own: the threads
 * that wait on it collect the completions from the system.
 *
 * @param queue receives the handle, or NULL on failure; the caller owns it and closes it with usbx_queue_close
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_NO_MEM: out of memory, or no file descriptor left
 * - USBX_ERROR_INVALID_PARAM: queue is NULL
 *
 * @par Threads
 * Any thread.
 *
 * @since 0.1.0
 */
usbx_status usbx_queue_open(struct usbx_queue **queue);

/**
 * Starts a transfer and returns at once; its completion comes from the queue.
 *
 * While another thread's call clears the endpoint's halt, or releases an interface of the device, selects a setting or a
 * configuration, or resets it, nothing can be started there. The function waits up to 50 ms for that call, and then returns
 * USBX_ERROR_BUSY.
 *
 * Transfers of one endpoint complete in the order in which they were submitted, unless one is cancelled or the system ends
 * them, because the device is unplugged or reset by another program or the computer sleeps: then they come in any order, often
 * the newest first, and bytes may have come in one that is taken last.
 *
 * A blocking call of more than 512 KiB runs in pieces: what is submitted to its endpoint meanwhile may come between two of
 * them. If this call fails, there is no completion. The arguments are checked as for usbx_control, usbx_bulk_read and similar
 * calls. Requests that usbx_control carries out itself, such as SET_CONFIGURATION, are refused here.
 *
 * @param device an open device
 * @param queue the queue that gets the completion; transfers of several devices may share one
 * @param transfer the transfer to start. The struct is copied and may be reused at once; the data and packets are not
 *   copied and stay in use until the completion is taken.
 * @param id receives a number for the transfer, not 0 and unique in this queue; may be NULL
 *
 * @return USBX_OK if the transfer was started, or:
 * - USBX_ERROR_NOT_CLAIMED: this handle has not claimed the endpoint's interface
 * - USBX_ERROR_INVALID_PARAM: an argument or a field of transfer is not valid
 * - USBX_ERROR_NO_DEVICE: the device was unplugged
 * - USBX_ERROR_BUSY: another thread is in a call that changes the endpoint, its interface or the device; submit again
 *   when that call has returned
 * - USBX_ERROR_CANCELLED: usbx_cancel, or a change of the interface or the device, came while this call waited for such
 *   a call
 * - USBX_ERROR_NO_MEM: out of memory for another transfer
 * - USBX_ERROR_IO: the system refuses the transfer for another reason
 * - USBX_ERROR_INVALID_HANDLE: the device or queue handle is not open
 * - USBX_ERROR_CLOSED: another thread closed the device or the queue during the call
 *
 * @par Threads
 * Any thread.
 *
 * @par References
 * libusb_submit_transfer in libusb.
 *
 * @since 0.1.0
 */
usbx_status usbx_submit(struct usbx_device *device,
                        struct usbx_queue *queue,
                        const struct usbx_transfer *transfer,
                        uint64_t *id);

/**
 * Waits for transfers to complete and takes the completions that are there, as many as fit.
 *
 * While it waits, the calling thread collects completions from the system.
 *
 * @param queue an open queue
 * @param completions receives the completions, oldest first
 * @param capacity number of entries that fit in completions, not 0
 * @param timeout_ms maximum wait for the first completion, in milliseconds; USBX_NO_TIMEOUT: no limit; USBX_NO_WAIT:
 *   return at once
 * @param count receives the number of completions taken; may be NULL if capacity is 1, or if the array was zeroed
 *   before (no id is 0)
 *
 * @return USBX_OK with at least one completion, or:
 * - USBX_ERROR_TIMEOUT: nothing completed in that time
 * - USBX_ERROR_CLOSED: another thread closed the queue
 * - USBX_ERROR_NO_MEM: out of memory; the completions stay in the queue
 * - USBX_ERROR_INVALID_PARAM: completions is NULL or capacity is 0
 * - USBX_ERROR_INVALID_HANDLE: the queue handle is not open
 *
 * @par Threads
 * Any thread, several at the same time.
 *
 * @since 0.1.0
 */
usbx_status usbx_queue_wait(struct usbx_queue *queue,
                            struct usbx_completion *completions,
                            size_t capacity,
                            uint32_t timeout_ms,
                            size_t *count);

/**
 * Cancels one transfer of a queue, or all of them.
 *
 * The transfer's completion still comes from the queue: with USBX_ERROR_CANCELLED and the bytes that moved before, or
 * with its own result if it was complete already.
 *
 * @param queue an open queue
 * @param id the number from usbx_submit; 0 for all. A transfer that is not pending is ignored.
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_INVALID_HANDLE: the queue handle is not open
 *
 * @par Threads
 * Any thread.
 *
 * @par References
 * libusb_cancel_transfer in libusb.
 *
 * @since 0.1.0
 */
usbx_status usbx_queue_cancel(struct usbx_queue *queue, uint64_t id);

/**
 * Gets a file descriptor that becomes readable when a queue has work to do.
 *
 * Use it with select(), poll(), epoll or an event loop. When it is readable, call usbx_queue_wait with USBX_NO_WAIT.
 * Sometimes it is readable although nothing has completed.
 *
 * On Windows it is the HANDLE of an event that is signalled meanwhile, for WaitForMultipleObjects:
 * (HANDLE)(intptr_t)fd.
 *
 * @param queue an open queue
 * @param fd receives the file descriptor; -1 on failure. The library owns it; it stays valid until usbx_queue_close.
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_INVALID_PARAM: fd is NULL
 * - USBX_ERROR_INVALID_HANDLE: the queue handle is not open
 *
 * @par Threads
 * Any thread.
 *
 * @since 0.1.0
 */
usbx_status usbx_queue_fd(struct usbx_queue *queue, int32_t *fd);

/**
 * Closes a queue.
 *
 * Pending transfers are cancelled. When this function returns, no buffer of theirs is in use any more. Completions
 * that were not taken are dropped.
 *
 * @param queue an open queue; NULL is allowed and does nothing
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_INVALID_HANDLE: the queue handle is not open
 * - USBX_ERROR_FORKED: the handle was opened in the parent process, before fork()
 *
 * @par Threads
 * Any thread.
 *
 * @since 0.1.0
 */
usbx_status usbx_queue_close(struct usbx_queue *queue);

/**
 * Allocates bulk streams (USB 3) on some bulk endpoints of one claimed interface.
 *
 * With streams an endpoint has several queues, and the device decides which one goes on; USB Attached SCSI works so.
 * From then on the endpoint takes transfers of usbx_submit that say their stream, and no others. The streams last until
 * usbx_bulk_streams_free, or until the interface is released, its alternate setting is selected, or the device is
 * reset or closed.
 *
 * @param device an open device
 * @param count number of streams to ask for, 2 to 65533; the device and the host controller may have fewer
 * @param endpoints bEndpointAddress of each endpoint
 * @param endpoint_count number of entries in endpoints
 * @param allocated receives the number of streams that each endpoint has, which are numbered from 1; 0 on failure; may
 *   be NULL
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_NOT_SUPPORTED: the device is slower than SuperSpeed, or the endpoints or the host controller have no
 *   streams
 * - USBX_ERROR_BUSY: transfers are pending on one of the endpoints
 * - USBX_ERROR_NOT_CLAIMED: this handle has not claimed the interface
 * - USBX_ERROR_INVALID_PARAM: endpoints is NULL or empty, one of them is not a bulk endpoint of the same interface, is
 *   given twice or has streams already, or count is out of range
 * - USBX_ERROR_NO_DEVICE: the device was unplugged
 * - USBX_ERROR_NO_MEM: out of memory
 * - USBX_ERROR_INVALID_HANDLE: the device handle is not open
 *
 * @par Threads
 * Any thread.
 *
 * @par References
 * USB 3.2 section 4.4.6.4; libusb_alloc_streams in libusb.
 *
 * @since 0.1.0
 */
usbx_status usbx_bulk_streams_alloc(struct usbx_device *device,
                                    uint32_t count,
                                    const uint8_t *endpoints,
                                    size_t endpoint_count,
                                    uint32_t *allocated);

/**
 * Frees the bulk streams of some endpoints, which then take transfers without a stream again.
 *
 * @param device an open device
 * @param endpoints bEndpointAddress of each endpoint
 * @param endpoint_count number of entries in endpoints
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_BUSY: transfers are pending on one of the endpoints
 * - USBX_ERROR_NOT_CLAIMED: this handle has not claimed the interface
 * - USBX_ERROR_INVALID_PARAM: endpoints is NULL or empty, or one of them has no streams
 * - USBX_ERROR_NO_DEVICE: the device was unplugged
 * - USBX_ERROR_INVALID_HANDLE: the device handle is not open
 *
 * @par Threads
 * Any thread.
 *
 * @par References
 * libusb_free_streams in libusb.
 *
 * @since 0.1.0
 */
usbx_status usbx_bulk_streams_free(struct usbx_device *device, const uint8_t *endpoints, size_t endpoint_count);

/**
 * Opens a stream on a bulk, interrupt or isochronous endpoint of a claimed interface.
 *
 * A stream moves data continuously: it keeps several transfers in flight. An IN stream starts at once. A stream has no
 * thread of its own. If the reader of a bulk or interrupt stream is late, the device has to wait and no data is lost;
 * an isochronous device does not wait, and usbx_stream_stats counts the lost packets.
 *
 * @param device an open device; it may be closed before the stream, which then ends with USBX_ERROR_CLOSED
 * @param endpoint bEndpointAddress; no other code should read or write there while the stream is open
 * @param options how the stream works; NULL for values that suit the endpoint
 * @param stream receives the handle, or NULL on failure; the caller owns it and closes it with usbx_stream_close
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_NOT_CLAIMED: this handle has not claimed the endpoint's interface
 * - USBX_ERROR_INVALID_PARAM: an argument or option is not valid, or there is no such endpoint now
 * - USBX_ERROR_NOT_SUPPORTED: the device or system does not support an option
 * - USBX_ERROR_BUSY: another thread is in a call that changes the endpoint, its interface or the device
 * - USBX_ERROR_NO_MEM: out of memory
 * - USBX_ERROR_NO_DEVICE: the device was unplugged
 * - USBX_ERROR_IO: the system refuses the transfers
 * - USBX_ERROR_INVALID_HANDLE: the device handle is not open
 *
 * @par Threads
 * Any thread.
 *
 * @since 0.1.0
 */
usbx_status usbx_stream_open(struct usbx_device *device,
                             uint8_t endpoint,
                             const struct usbx_stream_options *options,
                             struct usbx_stream **stream);

/**
 * Borrows the next chunk of an IN stream, without a copy.
 *
 * A chunk is the data of one transfer. It is delivered when the transfer is full, when a short packet ends it, or,
 * with the bytes received so far, when the time limit passes. With a time limit, the data of a slow device therefore
 * arrive soon, and so do the last bytes of a device that stopped.
 *
 * A failure ends the stream, except an error on the bus of a stream with USBX_STREAM_KEEP_GOING. All data that arrived
 * before are still delivered; then every call returns the reason.
 *
 * @param stream an open IN stream
 * @param timeout_ms maximum wait, in milliseconds; USBX_NO_TIMEOUT: no limit; USBX_NO_WAIT: return at once
 * @param chunk receives the chunk; its data stay valid until the next call for this stream; zeroed on failure
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_TIMEOUT: nothing arrived in that time, or another thread is in a call for the stream
 * - USBX_ERROR_INVALID_PARAM: chunk is NULL, or the stream is not an IN stream
 * - USBX_ERROR_INVALID_HANDLE: the stream handle is not open
 * - USBX_ERROR_PIPE: the stream ended because the endpoint is halted; see usbx_clear_halt
 * - USBX_ERROR_NO_DEVICE: the stream ended because the device was unplugged
 * - USBX_ERROR_CANCELLED: the stream ended because its transfers were cancelled, by usbx_cancel or by a change of the
 *   interface, the configuration or the device; also if none was in flight when a setting without its endpoint was
 *   selected
 * - USBX_ERROR_CLOSED: the stream ended because it or its device was closed
 * - USBX_ERROR_OVERFLOW: the stream ended because the device sent a packet that is too large
 * - USBX_ERROR_NO_MEM: the stream ended because the system is out of memory for its transfers
 * - USBX_ERROR_IO: the stream ended because a transfer failed on the bus
 * - USBX_ERROR_NOT_CLAIMED: the stream ended because its interface was released while no transfer was in flight
 *
 * @par Threads
 * Any thread, one at a time.
 *
 * @since 0.1.0
 */
usbx_status usbx_stream_next(struct usbx_stream *stream, uint32_t timeout_ms, struct usbx_chunk *chunk);

/**
 * Reads from an IN stream like from a file: waits for the first byte, then returns what is there.
 *
 * The bytes are copied out of the stream's own memory, also into a buffer from usbx_buffer_alloc; usbx_stream_next
 * lends that memory without a copy.
 *
 * @param stream an open IN stream
 * @param data receives the bytes
 * @param length size of data in bytes, not 0; it need not be a multiple of the packet size
 * @param timeout_ms maximum wait for the first byte, in milliseconds; USBX_NO_TIMEOUT: no limit; USBX_NO_WAIT: return
 *   at once
 * @param transferred receives the number of bytes copied; may be NULL
 *
 * @return USBX_OK, or any other status of usbx_stream_next
 *
 * @par Threads
 * Any thread, one at a time.
 *
 * @since 0.1.0
 */
usbx_status usbx_stream_read(struct usbx_stream *stream,
                             void *data,
                             size_t length,
                             uint32_t timeout_ms,
                             size_t *transferred);

/**
 * Writes to an OUT stream like to a file.
 *
 * The call waits for room and copies the bytes, also those of a buffer from usbx_buffer_alloc; usbx_stream_space lends
 * room without a copy. They are sent when a transfer is full, or when usbx_stream_flush is
 * called. usbx_stream_stats says how many bytes the device has taken.
 *
 * @param stream an open OUT stream
 * @param data the bytes to write; may be NULL only if length is 0
 * @param length number of bytes to write
 * @param timeout_ms maximum wait for room, in milliseconds; USBX_NO_TIMEOUT: no limit; USBX_NO_WAIT: return at once
 * @param transferred receives the number of bytes copied, on failure too; may be NULL
 *
 * @return USBX_OK if all bytes were copied, or:
 * - USBX_ERROR_TIMEOUT: there was not enough room in that time
 * - the reason why the stream ended, as listed at usbx_stream_next
 *
 * @par Threads
 * Any thread, one at a time.
 *
 * @since 0.1.0
 */
usbx_status usbx_stream_write(struct usbx_stream *stream,
                              const void *data,
                              size_t length,
                              uint32_t timeout_ms,
                              size_t *transferred);

/**
 * Lends room in an OUT stream to be filled in place, which avoids the copy of usbx_stream_write.
 *
 * Fill some of it, then call usbx_stream_commit.
 *
 * @param stream an open OUT stream
 * @param timeout_ms maximum wait for room, in milliseconds; USBX_NO_TIMEOUT: no limit; USBX_NO_WAIT: return at once
 * @param data receives the address to write to, valid until the next call for this stream; NULL on failure. The
 *   library owns the memory.
 * @param length receives the number of bytes that fit there, at least 1; 0 on failure
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_TIMEOUT: there was no room in that time
 * - USBX_ERROR_INVALID_PARAM: data or length is NULL, or the stream is not an OUT stream
 * - the reason why the stream ended, as listed at usbx_stream_next
 *
 * @par Threads
 * Any thread, one at a time.
 *
 * @since 0.1.0
 */
usbx_status usbx_stream_space(struct usbx_stream *stream, uint32_t timeout_ms, void **data, size_t *length);

/**
 * Writes the bytes that were put into the room from usbx_stream_space.
 *
 * They are sent like the bytes of usbx_stream_write. The call does not wait.
 *
 * @param stream an open OUT stream
 * @param length number of bytes from the start of the room; 0 gives the room back
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_INVALID_PARAM: length is more than was lent
 * - USBX_ERROR_TIMEOUT: another thread is in a call for the stream
 * - the reason why the stream ended, as listed at usbx_stream_next
 *
 * @par Threads
 * Any thread, one at a time.
 *
 * @since 0.1.0
 */
usbx_status usbx_stream_commit(struct usbx_stream *stream, size_t length);

/**
 * Sends what was written and waits until the device has taken all of it.
 *
 * @param stream an open OUT stream
 * @param timeout_ms maximum wait, in milliseconds; USBX_NO_TIMEOUT: no limit; USBX_NO_WAIT: return at once
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_TIMEOUT: the device has not taken all of it yet; sending goes on
 * - the reason why the stream ended, as listed at usbx_stream_next
 *
 * @par Threads
 * Any thread, one at a time.
 *
 * @since 0.1.0
 */
usbx_status usbx_stream_flush(struct usbx_stream *stream, uint32_t timeout_ms);

/**
 * Gets the statistics of a stream.
 *
 * @param stream an open stream
 * @param statistics receives the counts; zeroed on failure
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_INVALID_PARAM: statistics is NULL
 * - USBX_ERROR_INVALID_HANDLE: the stream handle is not open
 *
 * @par Threads
 * Any thread, also while another one reads or writes.
 *
 * @since 0.1.0
 */
usbx_status usbx_stream_stats(struct usbx_stream *stream, struct usbx_stream_statistics *statistics);

/**
 * Gets a file descriptor that becomes readable when a stream has work to do.
 *
 * Use it with select(), poll(), epoll or an event loop. When it is readable, call usbx_stream_next or usbx_stream_read
 * with USBX_NO_WAIT. Sometimes it is readable although nothing has arrived.
 *
 * On Windows it is the HANDLE of an event that is signalled meanwhile, for WaitForMultipleObjects:
 * (HANDLE)(intptr_t)fd.
 *
 * @param stream an open stream
 * @param fd receives the file descriptor; -1 on failure. The library owns it; it stays valid until usbx_stream_close.
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_INVALID_PARAM: fd is NULL
 * - USBX_ERROR_INVALID_HANDLE: the stream handle is not open
 *
 * @par Threads
 * Any thread.
 *
 * @since 0.1.0
 */
usbx_status usbx_stream_fd(struct usbx_stream *stream, int32_t *fd);

/**
 * Closes a stream.
 *
 * Its transfers and calls end. When this function returns, nothing of the stream is in use any more, and a borrowed
 * chunk is not valid any more. Data that were written and not flushed may not have reached the device. Data that
 * arrived and were not read are dropped; to get them, read until USBX_ERROR_TIMEOUT first.
 *
 * @param stream an open stream; NULL is allowed and does nothing
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_INVALID_HANDLE: the stream handle is not open
 * - USBX_ERROR_FORKED: the handle was opened in the parent process, before fork()
 *
 * @par Threads
 * Any thread.
 *
 * @since 0.1.0
 */
usbx_status usbx_stream_close(struct usbx_stream *stream);

/**
 * Starts to watch for devices that are plugged in and unplugged, virtual ones included.
 *
 * The first events are the arrivals of the devices that are plugged in now, in the order of their paths. After that no
 * event is missed, and none is reported twice, as long as the system has room for the events that usbx_watch_next has
 * not taken: for hundreds of devices that come or go. When that room is full, the watch compares what was plugged in
 * with what is: devices that have left, have arrived, or are another one at the same path (their address differs) are
 * reported; a device that came and went in between, while there was no room, is not, as the system keeps no
 * description of it. udevd is not needed. There is no callback; a thread of the library's runs only while it reads the
 * strings of a device that has just come.
 *
 * @param vendor_id idVendor of the devices to watch for; 0 for any
 * @param product_id idProduct of the devices to watch for; 0 for any
 * @param watch receives the handle, or NULL on failure; the caller owns it and closes it with usbx_watch_close
 *
 * @return USBX_OK, also on a host without USB, or:
 * - USBX_ERROR_NO_MEM: out of memory, or no file descriptor left
 * - USBX_ERROR_INVALID_PARAM: watch is NULL
 *
 * @par Threads
 * Any thread.
 *
 * @par References
 * libusb_hotplug_register_callback in libusb.
 *
 * @since 0.1.0
 */
usbx_status usbx_watch_open(uint16_t vendor_id, uint16_t product_id, struct usbx_watch **watch);

/**
 * Takes the next event of a watch, in the order in which they happened.
 *
 * A device arrives when it can be opened: its configuration is selected, and this process may open its device node.
 * The watch waits at most one second for that; then the device arrives as it is. In a container, a device without a
 * node arrives when it gets one. A device that is unplugged and plugged in again leaves and arrives, with another
 * address. A device that is reset neither leaves nor arrives.
 *
 * @param watch an open watch
 * @param timeout_ms maximum wait, in milliseconds; USBX_NO_TIMEOUT: no limit; USBX_NO_WAIT: return at once
 * @param event receives USBX_EVENT_ARRIVED or USBX_EVENT_LEFT; 0 on failure
 * @param info receives the description of the device; for USBX_EVENT_LEFT, as it was when it arrived. Zeroed on
 *   failure.
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_TIMEOUT: nothing happened in that time
 * - USBX_ERROR_CLOSED: another thread closed the watch
 * - USBX_ERROR_INVALID_PARAM: event or info is NULL
 * - USBX_ERROR_INVALID_HANDLE: the watch handle is not open
 * - USBX_ERROR_FORKED: the handle was opened in the parent process, before fork()
 *
 * @par Threads
 * Any thread; of several at the same time, each gets different events.
 *
 * @since 0.1.0
 */
usbx_status usbx_watch_next(struct usbx_watch *watch,
                            uint32_t timeout_ms,
                            int32_t *event,
                            struct usbx_device_info *info);

/**
 * Gets a file descriptor that becomes readable when a watch has an event.
 *
 * Use it with select(), poll(), epoll or an event loop. When it is readable, call usbx_watch_next with USBX_NO_WAIT
 * until that returns USBX_ERROR_TIMEOUT. Sometimes it is readable although there is no event.
 *
 * On Windows it is the HANDLE of an event that is signalled meanwhile, for WaitForMultipleObjects:
 * (HANDLE)(intptr_t)fd.
 *
 * @param watch an open watch
 * @param fd receives the file descriptor; -1 on failure. The library owns it; it stays valid until usbx_watch_close.
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_INVALID_PARAM: fd is NULL
 * - USBX_ERROR_INVALID_HANDLE: the watch handle is not open
 * - USBX_ERROR_FORKED: the handle was opened in the parent process, before fork()
 *
 * @par Threads
 * Any thread.
 *
 * @since 0.1.0
 */
usbx_status usbx_watch_fd(struct usbx_watch *watch, int32_t *fd);

/**
 * Closes a watch.
 *
 * Calls that are waiting on it end with USBX_ERROR_CLOSED.
 *
 * @param watch an open watch; NULL is allowed and does nothing
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_INVALID_HANDLE: the watch handle is not open
 * - USBX_ERROR_FORKED: the handle was opened in the parent process, before fork()
 *
 * @par Threads
 * Any thread.
 *
 * @par References
 * libusb_hotplug_deregister_callback in libusb.
 *
 * @since 0.1.0
 */
usbx_status usbx_watch_close(struct usbx_watch *watch);

/**
 * Plugs in a virtual device: usbx_devices then lists it and usbx_open opens it, like a real one.
 *
 * The environment variable USBX_VIRTUAL does the same for a program that does not call this function: "acquisition",
 * or several as "acquisition:SERIAL1,acquisition:SERIAL2". Without one of the two there is no virtual device.
 *
 * A recording plays as a device: "replay:FILE", and options after it, as in "replay:FILE,match=loose". They are
 * match=strict, match=setup or match=loose, timing=none or timing=recorded, and device=BUS.ADDRESS.
 * FILE is a capture of USB, pcap or pcapng, by usbmon or USBPcap; docs/virtual.md says how it is played. A transfer that
 * is not as it was recorded, or for which nothing is left, ends with USBX_ERROR_OTHER, and usbx_last_error says why.
 *
 * @param model "acquisition": 1209:0001, the data source that docs/acquisition.md describes; or a recording, as above
 * @param serial its serial number in UTF-8, at most 126 UTF-16 units; NULL or "" for "VIRT0001", or for the recorded one
 * @param virtual_device receives the handle, or NULL on failure; the caller owns it and closes it with
 *   usbx_virtual_close
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_NOT_FOUND: there is no such model or file, or the recording does not have the device or its descriptors
 * - USBX_ERROR_INVALID_PARAM: model or virtual_device is NULL, a string or an option is not valid, or the file is no
 *   capture, or is damaged
 * - USBX_ERROR_NOT_SUPPORTED: the capture is not of USB
 * - USBX_ERROR_ACCESS, USBX_ERROR_IO: the file cannot be read
 *
 * @par Threads
 * Any thread.
 *
 * @since 0.1.0
 */
usbx_status usbx_virtual_open(const char *model,
                              const char *serial,
                              struct usbx_virtual **virtual_device);

/**
 * Makes a virtual device that this program answers for. It is not plugged in yet.
 *
 * The descriptors say what the device is; usbx_virtual_string and usbx_virtual_descriptor add to them. After
 * usbx_virtual_plug, hosts see it: usbx_devices lists it, usbx_open opens it. The program then takes what happens with
 * usbx_virtual_next, answers with usbx_virtual_reply and usbx_virtual_stall, and moves data with usbx_virtual_write and
 * usbx_virtual_read.
 *
 * Descriptors may be wrong: the host's side has to cope with that, as with a real device.
 *
 * @param speed USBX_SPEED_*; USBX_SPEED_UNKNOWN (0): the speed that fits the descriptors
 * @param descriptors the device descriptor, 18 bytes, and behind it every configuration descriptor with all that
 *   follows it: what usbx_descriptors gives of a real device
 * @param length number of bytes
 * @param virtual_device receives the handle, or NULL on failure; the caller owns it and closes it with
 *   usbx_virtual_close
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_INVALID_PARAM: the descriptors do not begin with a device descriptor, speed is not one of
 *   USBX_SPEED_*, or a pointer is NULL
 *
 * @par Threads
 * Any thread.
 *
 * @par References
 * USB 2.0 sections 9.5 and 9.6.
 *
 * @since 0.1.0
 */
usbx_status usbx_virtual_create(uint8_t speed,
                                const void *descriptors,
                                size_t length,
                                struct usbx_virtual **virtual_device);

/**
 * Adds a string to a virtual device, in one language. Its languages are those of its strings, the first one first.
 *
 * @param virtual_device a virtual device from usbx_virtual_create; a device that is plugged in has it from the next time
 *   on
 * @param index index of the string, from 1, as descriptors refer to it
 * @param language language ID, for example 0x0409 for US English
 * @param text the string in UTF-8, at most 126 UTF-16 units
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_INVALID_PARAM: index is 0, or text is NULL, not valid UTF-8 or too long
 * - USBX_ERROR_NOT_SUPPORTED: the library answers for this device: it is from usbx_virtual_open
 * - USBX_ERROR_INVALID_HANDLE: the virtual device's handle is not open
 *
 * @par Threads
 * Any thread.
 *
 * @par References
 * USB 2.0 section 9.6.7.
 *
 * @since 0.1.0
 */
usbx_status usbx_virtual_string(struct usbx_virtual *virtual_device,
                                uint8_t index,
                                uint16_t language,
                                const char *text);

/**
 * Adds a descriptor that hosts ask for by itself: a BOS, a HID report descriptor, or one in place of a descriptor that
 * usbx_virtual_create got, which is then the one that requests get.
 *
 * @param virtual_device a virtual device from usbx_virtual_create; a device that is plugged in has it from the next time
 *   on
 * @param type the descriptor's type, the high byte of wValue: 15 for a BOS, 0x22 for a HID report descriptor
 * @param index the descriptor's index, the low byte of wValue
 * @param recipient who is asked: 0 for the device, 0x100 + n for interface n
 * @param data the descriptor, which may be wrong
 * @param length number of bytes, at most 65,535
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_INVALID_PARAM: recipient is not valid, length is too large, or data is NULL with a length
 * - USBX_ERROR_NOT_SUPPORTED: the library answers for this device: it is from usbx_virtual_open
 * - USBX_ERROR_INVALID_HANDLE: the virtual device's handle is not open
 *
 * @par Threads
 * Any thread.
 *
 * @par References
 * USB 2.0 section 9.4.3.
 *
 * @since 0.1.0
 */
usbx_status usbx_virtual_descriptor(struct usbx_virtual *virtual_device,
                                    uint8_t type,
                                    uint8_t index,
                                    uint16_t recipient,
                                    const void *data,
                                    size_t length);

/**
 * Lets a program answer standard requests of its virtual device itself, or leaves them to the library, as at first.
 *
 * The program then gets GET_DESCRIPTOR, GET_STATUS of the device and of interfaces, SET_FEATURE, SYNCH_FRAME and the like
 * with USBX_VIRTUAL_SETUP. What is about state that the library tracks stays its own: SET_CONFIGURATION, SET_INTERFACE
 * and the halts of endpoints, which the program hears of, and GET_CONFIGURATION and GET_INTERFACE. What
 * usbx_devices lists comes from usbx_virtual_create and usbx_virtual_string either way.
 *
 * @param virtual_device a virtual device from usbx_virtual_create
 * @param enable 1: the program answers; 0: the library answers from the descriptors
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_NOT_SUPPORTED: the library answers for this device: it is from usbx_virtual_open
 * - USBX_ERROR_INVALID_HANDLE: the virtual device's handle is not open
 *
 * @par Threads
 * Any thread.
 *
 * @par References
 * USB 2.0 section 9.4.
 *
 * @since 0.1.0
 */
usbx_status usbx_virtual_answer_standard_requests(struct usbx_virtual *virtual_device,
                                                  int32_t enable);

/**
 * Plugs in a virtual device: usbx_devices lists it, usbx_open opens it, watches report it. Its first configuration is
 * selected, as hosts do.
 *
 * After usbx_virtual_unplug it can be plugged in again, which is a new arrival: the device is as after power-on.
 *
 * @param virtual_device a virtual device that is not plugged in
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_BUSY: it is plugged in
 * - USBX_ERROR_NO_MEM: too many virtual devices are plugged in
 * - USBX_ERROR_INVALID_HANDLE: the virtual device's handle is not open
 *
 * @par Threads
 * Any thread.
 *
 * @since 0.1.0
 */
usbx_status usbx_virtual_plug(struct usbx_virtual *virtual_device);

/**
 * Gets the path of a virtual device, for usbx_open_path: "virtual/1" for example.
 *
 * @param virtual_device a virtual device that is plugged in
 * @param path receives the path, NUL-terminated, cut to capacity; may be NULL with capacity 0
 * @param capacity size of path in bytes; 32 is always enough
 * @param length receives the length of the whole path without its NUL; may be NULL
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_NO_DEVICE: the virtual device is not plugged in
 * - USBX_ERROR_INVALID_PARAM: path is NULL with a capacity
 * - USBX_ERROR_INVALID_HANDLE: the virtual device's handle is not open
 *
 * @par Threads
 * Any thread.
 *
 * @since 0.1.0
 */
usbx_status usbx_virtual_path(struct usbx_virtual *virtual_device, char *path, size_t capacity, size_t *length);

/**
 * Unplugs a virtual device, as if by hand.
 *
 * Its pending transfers end with USBX_ERROR_NO_DEVICE, and it is not listed any more. If it is unplugged already, the
 * call does nothing.
 *
 * @param virtual_device a virtual device; usbx_virtual_close still has to be called
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_INVALID_HANDLE: the virtual device's handle is not open
 * - USBX_ERROR_FORKED: the handle was opened in the parent process, before fork()
 *
 * @par Threads
 * Any thread.
 *
 * @since 0.1.0
 */
usbx_status usbx_virtual_unplug(struct usbx_virtual *virtual_device);

/**
 * Unplugs a virtual device, if it is still plugged in, and closes its handle.
 *
 * @param virtual_device a virtual device; NULL is allowed and does nothing
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_INVALID_HANDLE: the virtual device's handle is not open
 * - USBX_ERROR_FORKED: the handle was opened in the parent process, before fork()
 *
 * @par Threads
 * Any thread.
 *
 * @since 0.1.0
 */
usbx_status usbx_virtual_close(struct usbx_virtual *virtual_device);

/**
 * Takes the next event of a virtual device from usbx_virtual_create, in the order in which they happened.
 *
 * The program that answers for the device calls this in a loop, on any thread. The library holds no lock meanwhile: the
 * program may itself use usbx. While nobody calls it, the device answers NAK: requests of the host wait until their time
 * limit.
 *
 * The library answers the standard requests itself, from the descriptors; see
 * usbx_virtual_answer_standard_requests. A request that waits here and that the host gives up is not reported.
 *
 * @param virtual_device a virtual device from usbx_virtual_create
 * @param timeout_ms maximum wait, in milliseconds; USBX_NO_TIMEOUT: no limit; USBX_NO_WAIT: return at once
 * @param event receives what happened; zeroed on failure
 * @param data receives the data of a control request that goes OUT, at most 65,535 bytes; NULL is allowed with capacity 0
 * @param capacity size of data in bytes
 * @param length receives the number of data bytes; may be NULL
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_TIMEOUT: nothing happened in that time
 * - USBX_ERROR_OVERFLOW: the request has more data than data has room for. length receives how many; the request comes
 *   again with the next call.
 * - USBX_ERROR_CLOSED: another thread closed the virtual device
 * - USBX_ERROR_NOT_SUPPORTED: the library answers for this device: it is from usbx_virtual_open
 * - USBX_ERROR_INVALID_PARAM: event is NULL, or data is NULL with a capacity
 * - USBX_ERROR_INVALID_HANDLE: the virtual device's handle is not open
 *
 * @par Threads
 * Any thread; of several at the same time, each gets different events.
 *
 * @par References
 * USB 2.0 section 9.3; FunctionFS and raw-gadget in Linux.
 *
 * @since 0.1.0
 */
usbx_status usbx_virtual_next(struct usbx_virtual *virtual_device,
                              uint32_t timeout_ms,
                              struct usbx_virtual_event *event,
                              void *data,
                              size_t capacity,
                              size_t *length);

/**
 * Answers the control request in hand, which usbx_virtual_next gave.
 *
 * @param virtual_device a virtual device from usbx_virtual_create
 * @param data the answer to a request that wants data; bytes beyond its wLength are not sent. NULL with length 0
 *   acknowledges a request, or answers with no data.
 * @param length number of bytes; 0 for a request that goes OUT
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_NOT_FOUND: no request is in hand
 * - USBX_ERROR_CANCELLED: the host gave the request up before this call, by its time limit for example
 * - USBX_ERROR_INVALID_PARAM: data is NULL with a length, or the request goes OUT and length is not 0: the request is
 *   still in hand
 * - USBX_ERROR_NOT_SUPPORTED: the library answers for this device
 * - USBX_ERROR_INVALID_HANDLE: the virtual device's handle is not open
 *
 * @par Threads
 * Any thread.
 *
 * @since 0.1.0
 */
usbx_status usbx_virtual_reply(struct usbx_virtual *virtual_device, const void *data, size_t length);

/**
 * Refuses the control request in hand, or halts an endpoint.
 *
 * @param virtual_device a virtual device from usbx_virtual_create
 * @param endpoint 0: the request in hand fails with USBX_ERROR_PIPE. Otherwise bEndpointAddress of an endpoint, which is
 *   halted until the host clears that (USBX_VIRTUAL_HALT); the host's transfers there end with USBX_ERROR_PIPE.
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_NOT_FOUND: endpoint is 0, and no request is in hand
 * - USBX_ERROR_CANCELLED: endpoint is 0, and the host gave the request up before
 * - USBX_ERROR_INVALID_PARAM: the device has no such endpoint
 * - USBX_ERROR_NO_DEVICE: the virtual device is not plugged in
 * - USBX_ERROR_NOT_SUPPORTED: the library answers for this device
 * - USBX_ERROR_INVALID_HANDLE: the virtual device's handle is not open
 *
 * @par Threads
 * Any thread.
 *
 * @par References
 * USB 2.0 sections 5.3.1 and 8.4.5.
 *
 * @since 0.1.0
 */
usbx_status usbx_virtual_stall(struct usbx_virtual *virtual_device,
                               uint8_t endpoint);

/**
 * Sends data from a virtual device to the host, at an IN endpoint.
 *
 * Bulk and interrupt: the data go out in packets, as on a wire, when the host's transfers ask for them; the call returns
 * when the host has taken all. The last packet is short if the length is not a multiple of the packet size, and ends
 * the host's transfer. With length 0 a zero-length packet is sent, which does the same after full packets.
 *
 * Isochronous: the data are cut into packets of the interval's size, of which one goes out in each interval in which the
 * host has a transfer there. The call returns when all are queued; 4096 packets have room.
 *
 * @param virtual_device a virtual device from usbx_virtual_create, plugged in
 * @param endpoint bEndpointAddress of an IN endpoint (bit 7 set) in any of the device's settings
 * @param data the bytes to send; may be NULL only if length is 0
 * @param length number of bytes to send
 * @param timeout_ms maximum wait, in milliseconds; USBX_NO_TIMEOUT: no limit; USBX_NO_WAIT: what the host asks for now
 * @param transferred receives the number of bytes that the host took (isochronous: that are queued), on failure too; may
 *   be NULL
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_TIMEOUT: the host did not take all in that time
 * - USBX_ERROR_CANCELLED: the host reset or configured the device, or selected an alternate setting of the interface
 * - USBX_ERROR_NO_DEVICE: the virtual device is not plugged in, or was unplugged
 * - USBX_ERROR_CLOSED: another thread closed the virtual device
 * - USBX_ERROR_INVALID_PARAM: the device has no such IN endpoint
 * - USBX_ERROR_NOT_SUPPORTED: the library answers for this device
 * - USBX_ERROR_INVALID_HANDLE: the virtual device's handle is not open
 *
 * @par Threads
 * Any thread. Concurrent writes to one endpoint are sent in the order of their calls.
 *
 * @par References
 * USB 2.0 sections 5.5 to 5.8.
 *
 * @since 0.1.0
 */
usbx_status usbx_virtual_write(struct usbx_virtual *virtual_device,
                               uint8_t endpoint,
                               const void *data,
                               size_t length,
                               uint32_t timeout_ms,
                               size_t *transferred);

/**
 * Receives data that the host sends to a virtual device, at an OUT endpoint.
 *
 * Bulk and interrupt: the call waits for a packet, takes what the host sends at that moment, and returns: when the buffer
 * is full, after a short packet, or when nothing more is there. A zero-length packet alone is a success with 0 bytes. A
 * packet that the rest of the buffer has no room for stays for the next read. The host's transfer is complete when all
 * of it was read.
 *
 * Isochronous: each call takes one packet. 4096 packets wait; further ones are lost, as on a bus.
 *
 * @param virtual_device a virtual device from usbx_virtual_create, plugged in
 * @param endpoint bEndpointAddress of an OUT endpoint (bit 7 clear) in any of the device's settings
 * @param data receives the bytes
 * @param capacity size of data in bytes: at least the packet size
 * @param timeout_ms maximum wait, in milliseconds; USBX_NO_TIMEOUT: no limit; USBX_NO_WAIT: what is there now
 * @param transferred receives the number of bytes received, on failure too; may be NULL
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_TIMEOUT: the host sent nothing in that time
 * - USBX_ERROR_OVERFLOW: the host's packet is longer than the buffer; it is not lost
 * - USBX_ERROR_CANCELLED: the host reset or configured the device, or selected an alternate setting of the interface
 * - USBX_ERROR_NO_DEVICE: the virtual device is not plugged in, or was unplugged
 * - USBX_ERROR_CLOSED: another thread closed the virtual device
 * - USBX_ERROR_INVALID_PARAM: the device has no such OUT endpoint, or data is NULL with a capacity
 * - USBX_ERROR_NOT_SUPPORTED: the library answers for this device
 * - USBX_ERROR_INVALID_HANDLE: the virtual device's handle is not open
 *
 * @par Threads
 * Any thread. Concurrent reads of one endpoint are served in the order of their calls.
 *
 * @par References
 * USB 2.0 sections 5.5 to 5.8.
 *
 * @since 0.1.0
 */
usbx_status usbx_virtual_read(struct usbx_virtual *virtual_device,
                              uint8_t endpoint,
                              void *data,
                              size_t capacity,
                              uint32_t timeout_ms,
                              size_t *transferred);

/**
 * Gets a file descriptor that becomes readable when a virtual device has an event.
 *
 * When it is readable, call usbx_virtual_next with USBX_NO_WAIT until that returns USBX_ERROR_TIMEOUT.
 *
 * On Windows it is the HANDLE of an event that is signalled meanwhile, for WaitForMultipleObjects:
 * (HANDLE)(intptr_t)fd.
 *
 * @param virtual_device a virtual device from usbx_virtual_create
 * @param fd receives the file descriptor; -1 on failure. The library owns it; it stays valid until usbx_virtual_close.
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_NO_MEM: no file descriptor left
 * - USBX_ERROR_NOT_SUPPORTED: the library answers for this device
 * - USBX_ERROR_INVALID_PARAM: fd is NULL
 * - USBX_ERROR_INVALID_HANDLE: the virtual device's handle is not open
 *
 * @par Threads
 * Any thread.
 *
 * @since 0.1.0
 */
usbx_status usbx_virtual_fd(struct usbx_virtual *virtual_device, int32_t *fd);

/**
 * Makes transfers of a virtual device fail, deterministically: to try what a program does then.
 *
 * It works with every virtual device, built-in ones too. Several faults of one endpoint count independently; the one
 * that was set first meets a transfer that several mean. They are in effect while the device is plugged in; faults that
 * were set before are in effect from then on, and unplugging removes them.
 *
 * @param virtual_device a virtual device
 * @param endpoint bEndpointAddress in any of the device's settings; 0 for control requests
 * @param fault what happens to which transfer; NULL removes the faults of the endpoint
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_INVALID_PARAM: the device has no such endpoint, the fault is not valid, or it is for IN endpoints only
 * - USBX_ERROR_NO_DEVICE: a device from usbx_virtual_open is not plugged in
 * - USBX_ERROR_INVALID_HANDLE: the virtual device's handle is not open
 *
 * @par Threads
 * Any thread.
 *
 * @since 0.1.0
 */
usbx_status usbx_virtual_fault(struct usbx_virtual *virtual_device, uint8_t endpoint, const struct usbx_fault *fault);

/**
 * Gets how far a recording has been played since it was plugged in last.
 *
 * A test checks with it that the program did all that was recorded, and nothing else: departures and remaining are 0.
 *
 * @param virtual_device a virtual device from usbx_virtual_open("replay:FILE")
 * @param statistics receives the counts; zeroed on failure
 * @param departure receives a sentence in UTF-8 about the first departure, with the frame, what was expected and what
 *   came, as usbx_last_error had it; NUL-terminated, and cut between characters if it does not fit. "" if there was
 *   none. May be NULL if capacity is 0.
 * @param capacity size of departure in bytes, with room for the NUL
 * @param length receives the length of the whole sentence in bytes, without the NUL; may be NULL
 *
 * @return USBX_OK, also if capacity is too small, or:
 * - USBX_ERROR_NOT_SUPPORTED: the device is not a recording
 * - USBX_ERROR_INVALID_PARAM: statistics is NULL, or departure is NULL and capacity is not 0
 * - USBX_ERROR_INVALID_HANDLE: the virtual device handle is not open
 *
 * @par Threads
 * Any thread.
 *
 * @since 0.1.0
 */
usbx_status usbx_virtual_replay_stats(struct usbx_virtual *virtual_device,
                                      struct usbx_replay_statistics *statistics,
                                      char *departure,
                                      size_t capacity,
                                      size_t *length);

/**
 * Starts to capture what goes through the library from now on, of every device and every handle of this process, to a
 * file that Wireshark reads.
 *
 * The file is pcapng with the link type of Linux's usbmon (LINKTYPE_USB_LINUX_MMAPPED). It has every transfer, when it
 * began and when it was complete, with its data: also those that were open before, from their next transfer on, and the
 * control requests that the system makes for calls such as usbx_set_alt_setting. Each device begins with its
 * descriptors, so that Wireshark knows the classes; a comment says that these records were not on the wire.
 *
 * No transfer waits for the file: a thread of the library writes it, as long as the capture is open. If the file is
 * slower than the traffic, records are dropped. usbx_capture_stats counts them, and so does the file.
 *
 * Several captures may be open at once, each with its own file. A forked child is not captured. If the program ends
 * without closing the capture, the file is complete all the same, unless the program is killed; then the last 10 ms may
 * be missing.
 *
 * The environment variable USBX_CAPTURE=FILE does the same for a program that does not call this function, from the
 * first device it opens; %p in FILE is the number of the process. If the file cannot be written, opening the device
 * fails and says so. A program that runs with more rights than its user ignores the variable.
 *
 * @param path the file, in UTF-8; an existing one is overwritten. A FIFO must have a reader already.
 * @param options how to capture; NULL for everything
 * @param capture receives the handle, or NULL on failure; the caller owns it and closes it with usbx_capture_close
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_NOT_FOUND: the directory does not exist, or the FIFO has no reader
 * - USBX_ERROR_ACCESS: this process may not write there
 * - USBX_ERROR_BUSY: another capture, maybe of another process, is writing this file
 * - USBX_ERROR_IO: the file cannot be created for another reason
 * - USBX_ERROR_NO_MEM: out of memory, or no file descriptor left
 * - USBX_ERROR_INVALID_PARAM: path or capture is NULL, or an option is not valid
 *
 * @par Threads
 * Any thread.
 *
 * @since 0.1.0
 */
usbx_status usbx_capture_open(const char *path,
                              const struct usbx_capture_options *options,
                              struct usbx_capture **capture);

/**
 * Gets what a capture has done so far.
 *
 * @param capture an open capture
 * @param statistics receives the figures; zeroed on failure
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_INVALID_PARAM: statistics is NULL
 * - USBX_ERROR_INVALID_HANDLE: the capture's handle is not open
 * - USBX_ERROR_FORKED: the handle was opened in the parent process, before fork()
 *
 * @par Threads
 * Any thread.
 *
 * @since 0.1.0
 */
usbx_status usbx_capture_stats(struct usbx_capture *capture, struct usbx_capture_statistics *statistics);

/**
 * Ends a capture and closes its handle. What waits in memory is written first; a pipe whose reader takes nothing is
 * given up after two seconds.
 *
 * The handle is closed whatever the function returns. A failure is about the file, and usbx_last_error() says how many
 * records are missing in it.
 *
 * @param capture a capture; NULL is allowed and does nothing
 *
 * @return USBX_OK, if the file has every record, or:
 * - USBX_ERROR_OVERFLOW: records were dropped, because the file was slower than the traffic
 * - USBX_ERROR_IO: the file could not be written to the end, for example because the disk is full
 * - USBX_ERROR_INVALID_HANDLE: the capture's handle is not open
 * - USBX_ERROR_FORKED: the handle was opened in the parent process, before fork()
 *
 * @par Threads
 * Any thread.
 *
 * @since 0.1.0
 */
usbx_status usbx_capture_close(struct usbx_capture *capture);

/**
 * Opens a share: from now on clients of USB/IP can connect, Linux's usbip attach among them. What they find is added with
 * usbx_share_add.
 *
 * A thread of the library serves all clients, and each device that a client has taken has one more for the calls that
 * wait for the device. A client that is lost is noticed within about 10 seconds; its device is given back then.
 *
 * The protocol has no passwords and no encryption: whoever reaches the address can use the devices, unless
 * usbx_share_options.allow says otherwise. Without an address the share listens on 127.0.0.1, where only programs of
 * this computer reach it; docs/usbip.md shows how ssh or WireGuard carry it further.
 *
 * @param address "127.0.0.1:3240", "[::1]:3240", "127.0.0.1:0" for a port of the system's choice (usbx_share_address
 *   tells it), "unix:/path" for a socket file, "systemd:" for the one that systemd passed to this program (once); NULL
 *   for "127.0.0.1:3240". Without a port it is 3240
 * @param options NULL for the defaults
 * @param share receives the handle, or NULL on failure; the caller owns it and closes it with usbx_share_close
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_BUSY: another program listens there, or the socket's file is there and is no socket
 * - USBX_ERROR_NOT_FOUND: this computer does not have that address, the socket's folder does not exist, or systemd has
 *   passed no socket
 * - USBX_ERROR_ACCESS: this user may not listen there
 * - USBX_ERROR_INVALID_PARAM: address or options are not valid, or share is NULL
 * - USBX_ERROR_NO_MEM: the system has no file descriptor or thread left
 *
 * @par Threads
 * Any thread.
 *
 * @par References
 * Linux, Documentation/usb/usbip_protocol.rst.
 *
 * @since 0.1.0
 */
usbx_status usbx_share_open(const char *address,
                            const struct usbx_share_options *options,
                            struct usbx_share **share);

/**
 * Offers a device to clients, until the share is closed.
 *
 * Nothing happens to the device before a client takes it. Then the library opens it, detaches the kernel drivers of its
 * interfaces and claims them; when the client lets it go, or is lost, the drivers come back. One client at a time has a
 * device; another one is told that it is busy. While the device is unplugged clients do not see it, and when it comes
 * back in the same place they see it again.
 *
 * @param share a share
 * @param path the device's path, as usbx_devices tells it: a device of this computer or a virtual one
 * @param busid how clients name it, at most 31 characters without spaces and slashes; NULL for the path, with - in the
 *   place of /: "1-2", "virtual-1"
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_NOT_FOUND: no device is plugged in there
 * - USBX_ERROR_BUSY: the share has that device, or another one of that bus ID
 * - USBX_ERROR_NOT_SUPPORTED: the device is a hub
 * - USBX_ERROR_INVALID_PARAM: path is NULL, or the bus ID is not valid
 * - USBX_ERROR_INVALID_HANDLE: the share's handle is not open
 *
 * @par Threads
 * Any thread.
 *
 * @since 0.1.0
 */
usbx_status usbx_share_add(struct usbx_share *share, const char *path, const char *busid);

/**
 * Gets the address at which a share listens: "127.0.0.1:3240", with the real port where usbx_share_open got 0, or
 * "unix:/path".
 *
 * @param share a share
 * @param text receives the address, NUL-terminated, cut to capacity; may be NULL with capacity 0
 * @param capacity size of text in bytes
 * @param length receives the length of the whole address without its NUL; may be NULL
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_INVALID_PARAM: text is NULL with a capacity
 * - USBX_ERROR_INVALID_HANDLE: the share's handle is not open
 *
 * @par Threads
 * Any thread.
 *
 * @since 0.1.0
 */
usbx_status usbx_share_address(struct usbx_share *share, char *text, size_t capacity, size_t *length);

/**
 * Closes a share: disconnects every client, ends what is pending, gives every device back to its drivers, and returns
 * when that is done.
 *
 * @param share a share; NULL is allowed and does nothing
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_INVALID_HANDLE: the share's handle is not open
 * - USBX_ERROR_FORKED: the handle was opened in the parent process, before fork()
 *
 * @par Threads
 * Any thread.
 *
 * @since 0.1.0
 */
usbx_status usbx_share_close(struct usbx_share *share);

/**
 * Lists the devices that another computer exports over USB/IP, in its own order: those of "usbx share", of Linux's usbipd, of
 * usbipd-win, of a simulator.
 *
 * The path of each, "usbip://pi.local/1-1.2", opens with usbx_open_path, also without this list; "usbip://pi.local/0403:6001"
 * and "usbip://pi.local/0403:6001:SERIAL" open the first device with these IDs, and "usbip+unix:///run/usbx.sock/1-1" one
 * behind a Unix socket. With the environment variable USBX_USBIP=pi.local,192.168.1.5:3240,unix:/run/usbx.sock the devices
 * of those hosts belong to usbx_devices, usbx_open and watches, too.
 *
 * Lists tell neither strings nor usb_version: they are "" and 0 until this process has opened the device once. Some hosts
 * leave out devices that are in use. No device is opened.
 *
 * An open device behaves as every device. What differs:
 * - Its host gives it to one process at a time, with all of its interfaces. Claims count inside this process.
 * - Connecting, opening and each call that asks the device's host (usbx_set_configuration, usbx_set_alt_setting,
 *   usbx_clear_halt, usbx_reset, usbx_get_string …) have 5 seconds; the environment variable USBX_USBIP_TIMEOUT gives
 *   another number of milliseconds.
 * - "usbx share" gives back what a transfer has moved that times out or is cancelled, as every bus does. Other hosts (Linux's
 *   usbipd) drop that. So a bulk or interrupt read leaves its request with such a host: what comes of it is not lost, but
 *   for the next read of that endpoint. It is dropped when the interface is released, its setting or the configuration
 *   changes, or the device is reset or closed. Of other transfers the count is 0 there.
 * - Watches ask each host of USBX_USBIP once a second: a device that left and came back between two questions is seen only
 *   if its address is another one, or this process had it open.
 * - When the connection is lost, everything that is pending ends with USBX_ERROR_NO_DEVICE and its count, and watches report
 *   that the device has left. A host that dies without a word is noticed within about 10 seconds.
 * - There are no bulk streams, no kernel drivers to detach, and no usbx_buffer_alloc memory that is shared with the system.
 *
 * @param host "pi.local", "192.168.1.5:3240", "[fe80::1]:3240", or "unix:/path" for a Unix socket. Without a port it is 3240
 * @param devices receives one entry for each device, up to capacity; may be NULL if capacity is 0
 * @param capacity number of entries that fit in devices
 * @param count receives the number of devices, which may be more than capacity; 0 on failure; may be NULL
 * @param timeout_ms how long the host has, in milliseconds; 0 for 5 seconds, or what USBX_USBIP_TIMEOUT says
 *
 * @return USBX_OK, also if capacity is too small, or:
 * - USBX_ERROR_TIMEOUT: the host, or the name server, does not answer
 * - USBX_ERROR_IO: nothing listens there, the host cannot be reached, or it answers something else
 * - USBX_ERROR_NOT_FOUND: the name is not known, or there is no such Unix socket
 * - USBX_ERROR_ACCESS: this user may not connect to that Unix socket
 * - USBX_ERROR_BUSY: that Unix socket takes no more connections now
 * - USBX_ERROR_NOT_SUPPORTED: the host speaks another version of USB/IP
 * - USBX_ERROR_INVALID_PARAM: host is NULL or is no host, or devices is NULL and capacity is not 0
 * - USBX_ERROR_NO_MEM: out of memory, or no file descriptor or thread left
 *
 * @par Threads
 * Any thread. A name that is no address is looked up by a thread of the library, which ends with the answer.
 *
 * @since 0.1.0
 */
usbx_status usbx_remote_devices(const char *host,
                                struct usbx_device_info *devices,
                                size_t capacity,
                                size_t *count,
                                uint32_t timeout_ms);

/**
 * Opens a device of another computer over a connection that other code has made: ssh, a TLS proxy, vsock, inetd.
 *
 * @param fd a stream socket, on Windows a SOCKET, that is connected to a USB/IP server, on which nothing was sent or
 *   received yet. The library takes a copy of it, and sets its options itself. The caller may close its own at once; as
 *   long as the device is open, nothing else may use the connection. usbx_close ends it
 * @param busid which of the server's devices, as "1-1.2"
 * @param device receives the handle, or NULL on failure; the caller owns it and closes it with usbx_close
 *
 * @return USBX_OK, or:
 * - USBX_ERROR_NOT_FOUND: the server exports no such device
 * - USBX_ERROR_BUSY: another client has it
 * - USBX_ERROR_IO: the server closed the connection or answers something else, or the device does not answer
 * - USBX_ERROR_TIMEOUT: the server or the device does not answer within 5 seconds (USBX_USBIP_TIMEOUT)
 * - USBX_ERROR_NO_DEVICE: the connection was lost during the call
 * - USBX_ERROR_NOT_SUPPORTED: the server speaks another version of USB/IP
 * - USBX_ERROR_INVALID_PARAM: fd is not an open stream socket, busid is NULL or not a bus ID, or device is NULL
 * - USBX_ERROR_NO_MEM: out of memory, or no file descriptor left
 *
 * @par Threads
 * Any thread.
 *
 * @since 0.1.0
 */
usbx_status usbx_usbip_open_fd(int32_t fd, const char *busid, struct usbx_device **device);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* USBX_H */
