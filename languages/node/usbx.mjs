// What usbx.h declares, for Node by koffi: constants, types and functions.
// Derived from the header by languages/derive, which `make declarations` runs; edit there. docs/languages.md explains it.
// SPDX-License-Identifier: MIT OR Apache-2.0
import koffi from 'koffi';

const library = koffi.load('libusbx.so.0');

koffi.alias('usbx_status', 'int32_t');
koffi.opaque('usbx_device');
koffi.opaque('usbx_queue');
koffi.opaque('usbx_stream');
koffi.opaque('usbx_virtual');
koffi.opaque('usbx_watch');

/** What is known of a device without opening it. */
export const usbx_device_info = koffi.struct('usbx_device_info', {
    vendor_id: 'uint16_t', // idVendor.
    product_id: 'uint16_t', // idProduct.
    device_version: 'uint16_t', // bcdDevice: 0x0100 is release 1.00.
    usb_version: 'uint16_t', // bcdUSB: 0x0200 is USB 2.0.
    device_class: 'uint8_t', // bDeviceClass; 0 says that each interface has its own.
    device_subclass: 'uint8_t', // bDeviceSubClass.
    device_protocol: 'uint8_t', // bDeviceProtocol.
    configurations: 'uint8_t', // How many configurations the device has.
    bus: 'uint8_t', // Number of the bus.
    address: 'uint8_t', // Address on the bus; changes each time the device is plugged in.
    speed: 'uint8_t', // USBX_SPEED_*.
    backend: 'uint8_t', // USBX_BACKEND_*.
    path: 'char [256]', // Where the device is plugged in: "2-1.4" is bus 2, port 1, port 4 of the hub there; "usb2" bus 2's root hub; "virtual/1" a virtual device.
    manufacturer: 'char [384]', // iManufacturer.
    product: 'char [384]', // iProduct.
    serial: 'char [384]', // iSerialNumber.
    reserved: 'uint8_t [64]', // 0.
});

/** An endpoint of the active configuration. */
export const usbx_endpoint = koffi.struct('usbx_endpoint', {
    address: 'uint8_t', // bEndpointAddress: bit 7 is set for IN, device to host.
    type: 'uint8_t', // USBX_TYPE_*.
    interface_number: 'uint8_t', // The interface it belongs to, to be claimed with usbx_claim.
    alt_setting: 'uint8_t', // The alternate setting it belongs to, to be selected with usbx_set_alt_setting if it is not 0.
    max_packet_size: 'uint16_t', // Bytes in a packet: wMaxPacketSize without its bits 11 and 12.
    packets_per_interval: 'uint8_t', // Packets in one service interval: up to 3 at high speed, (bMaxBurst + 1) x (Mult + 1) at SuperSpeed, else 1.
    interval: 'uint8_t', // bInterval as the device gives it: milliseconds at low and full speed, 2^(n-1) x 125 us above.
    max_bytes_per_interval: 'uint32_t', // Bytes in one service interval: max_packet_size x packets_per_interval, or the device's wBytesPerInterval.
    reserved: 'uint8_t [16]', // 0.
});

/** One packet of an isochronous transfer. */
export const usbx_packet = koffi.struct('usbx_packet', {
    length: 'uint32_t', // Before: bytes to send, or room to receive; the endpoint's max_bytes_per_interval at the most.
    transferred: 'uint32_t', // After: bytes that moved.
    status: 'usbx_status', // After: USBX_OK, or what happened to this packet alone; USBX_ERROR_CANCELLED if it was never on the bus.
    reserved: 'uint32_t', // 0.
});

/** A transfer to submit. */
export const usbx_transfer = koffi.struct('usbx_transfer', {
    type: 'uint8_t', // USBX_TYPE_*.
    endpoint: 'uint8_t', // bEndpointAddress, not for control requests.
    request_type: 'uint8_t', // Control: bmRequestType; bit 7 set means IN.
    request: 'uint8_t', // Control: bRequest.
    value: 'uint16_t', // Control: wValue.
    index: 'uint16_t', // Control: wIndex.
    timeout_ms: 'uint32_t', // Milliseconds the transfer may take; USBX_NO_TIMEOUT: for ever.
    reserved_1: 'uint32_t', // 0.
    data: 'void *', // The bytes to send or to receive into.
    length: 'size_t', // How many; 65535 at the most for control.
    packets: 'usbx_packet *', // Isochronous: the packets, as usbx_isochronous_read.
    packet_count: 'size_t', // Isochronous: how many.
    user_data: 'uint64_t', // Comes back in the completion, as it is.
    reserved: 'uint8_t [32]', // 0.
});

/** How a transfer went. */
export const usbx_completion = koffi.struct('usbx_completion', {
    id: 'uint64_t', // The number that usbx_submit gave.
    user_data: 'uint64_t', // From the transfer.
    timestamp_ns: 'uint64_t', // When it completed: nanoseconds of CLOCK_MONOTONIC.
    transferred: 'size_t', // Bytes that moved, on failure too.
    status: 'usbx_status', // USBX_OK, or why the transfer ended early.
    reserved: 'uint8_t [36]', // 0.
});

/** How a stream is to work. */
export const usbx_stream_options = koffi.struct('usbx_stream_options', {
    size: 'size_t', // Bytes in one transfer, a multiple of the packet size, 16 MiB at the most.
    depth: 'size_t', // Transfers in flight, 1024 at the most.
    memory: 'uint32_t', // USBX_MEMORY_*.
    flags: 'uint32_t', // 0, or USBX_STREAM_EXACT_TIME.
    reserved: 'uint8_t [40]', // 0.
});

/** What one transfer of a stream brought. */
export const usbx_chunk = koffi.struct('usbx_chunk', {
    data: 'void *', // The bytes; the library's, and valid until the next call of usbx_stream_next, usbx_stream_read or usbx_stream_close.
    length: 'size_t', // How many; 0 for a zero-length packet.
    timestamp_ns: 'uint64_t', // When it was found complete, in nanoseconds of CLOCK_MONOTONIC: at once while a call for the stream waits, otherwise at the next call, or at once in any case with USBX_STREAM_EXACT_TIME.
    sequence: 'uint64_t', // Counts the chunks of the stream, from 0.
    packets: 'usbx_packet *', // The packets of an isochronous transfer, in their order, as long valid as data; NULL for bulk and interrupt.
    packet_count: 'size_t', // How many.
    status: 'usbx_status', // USBX_OK, or how the transfer ended that brought these bytes: usbx_stream_next says the same when all of them were taken.
    reserved: 'uint8_t [28]', // 0.
});

/** What a stream has done so far. */
export const usbx_stream_statistics = koffi.struct('usbx_stream_statistics', {
    bytes: 'uint64_t', // Bytes that moved.
    transfers: 'uint64_t', // Transfers that completed.
    short_packets: 'uint64_t', // Transfers IN that a short packet ended.
    stalls: 'uint64_t', // Transfers that ended with USBX_ERROR_PIPE.
    overflows: 'uint64_t', // Transfers that ended with USBX_ERROR_OVERFLOW.
    other_errors: 'uint64_t', // Transfers that failed otherwise; cancelled ones, and those of an unplugged device, do not count.
    device_waits: 'uint64_t', // How often no transfer was in flight because the reader was late: the device had to wait.
    deepest_backlog: 'uint64_t', // The most chunks that waited for the reader.
    packets: 'uint64_t', // Isochronous packets IN that were asked for.
    lost_packets: 'uint64_t', // Isochronous packets IN that were lost: those with an error, and as many as there were intervals in which nothing was in flight because the reader was late (reckoned by the clock, to about one transfer).
    depth: 'uint64_t', // Transfers in flight at the most, as it turned out.
    size: 'uint64_t', // Bytes in one transfer.
    memory: 'uint32_t', // USBX_MEMORY_HEAP or USBX_MEMORY_MAPPED.
    reserved: 'uint8_t [44]', // 0.
});

/** For waits on the library's own queues: return at once. */
export const USBX_NO_WAIT = 4294967295;

/** The version of this header; usbx_version() tells the library's. */
export const USBX_VERSION_MAJOR = 0;

/** See USBX_VERSION_MAJOR. */
export const USBX_VERSION_MINOR = 1;

/** See USBX_VERSION_MAJOR. */
export const USBX_VERSION_PATCH = 0;

/** Speed not known. */
export const USBX_SPEED_UNKNOWN = 0;

/** 1.5 Mbit/s. */
export const USBX_SPEED_LOW = 1;

/** 12 Mbit/s. */
export const USBX_SPEED_FULL = 2;

/** 480 Mbit/s. */
export const USBX_SPEED_HIGH = 3;

/** 5 Gbit/s. */
export const USBX_SPEED_SUPER = 4;

/** 10 Gbit/s and more. */
export const USBX_SPEED_SUPER_PLUS = 5;

/** A device on this computer's own bus. */
export const USBX_BACKEND_LIBUSB = 0;

/** A virtual device, living in this process. */
export const USBX_BACKEND_VIRTUAL = 1;

/** A device of another computer, over USB/IP. */
export const USBX_BACKEND_USBIP = 2;

/** An endpoint of type control. */
export const USBX_TYPE_CONTROL = 0;

/** An endpoint of type isochronous. */
export const USBX_TYPE_ISOCHRONOUS = 1;

/** An endpoint of type bulk. */
export const USBX_TYPE_BULK = 2;

/** An endpoint of type interrupt. */
export const USBX_TYPE_INTERRUPT = 3;

/** A timeout that never comes: wait for ever. */
export const USBX_NO_TIMEOUT = 0;

/** Memory of a stream: whichever is faster here, found out when it is opened. */
export const USBX_MEMORY_AUTO = 0;

/** The process's own memory; the system copies each transfer. */
export const USBX_MEMORY_HEAP = 1;

/** Memory shared with the system, no copy. */
export const USBX_MEMORY_MAPPED = 2;

/** A thread of the library takes completions as they come, so that timestamp_ns is exact however late the reader is. */
export const USBX_STREAM_EXACT_TIME = 1;

/** The device was plugged in, or was there when the watch began, and can be opened. */
export const USBX_EVENT_ARRIVED = 1;

/** The device was unplugged. */
export const USBX_EVENT_LEFT = 2;

/** Success. */
export const USBX_OK = 0;

/** The transfer failed on the bus (cable, electrical noise, a device that breaks the protocol). */
export const USBX_ERROR_IO = -1;

/** An argument is not valid; usbx_last_error() says which and why. */
export const USBX_ERROR_INVALID_PARAM = -2;

/** Permission denied; usbx_last_error() has the udev rule that grants it. */
export const USBX_ERROR_ACCESS = -3;

/** The device was there and is gone. */
export const USBX_ERROR_NO_DEVICE = -4;

/** There is no such device, interface, alternate setting or configuration. */
export const USBX_ERROR_NOT_FOUND = -5;

/** A kernel driver, another program or another handle holds it; usbx_last_error() says who. */
export const USBX_ERROR_BUSY = -6;

/** The time given was not enough; what moved until then is counted and in the buffer. */
export const USBX_ERROR_TIMEOUT = -7;

/** The device sent more than the buffer can hold. */
export const USBX_ERROR_OVERFLOW = -8;

/** The endpoint stalled: a control request was refused, or the endpoint is halted (see usbx_clear_halt). */
export const USBX_ERROR_PIPE = -9;

/** A signal interrupted the call. */
export const USBX_ERROR_INTERRUPTED = -10;

/** Memory ran out, the process's or the kernel's share for USB transfers. */
export const USBX_ERROR_NO_MEM = -11;

/** This platform or device does not support it. */
export const USBX_ERROR_NOT_SUPPORTED = -12;

/** An error that has no number of its own. */
export const USBX_ERROR_OTHER = -99;

/** The handle is NULL, closed, forged, or of another kind. */
export const USBX_ERROR_INVALID_HANDLE = -100;

/** usbx_cancel ended the transfer; what moved until then is counted and in the buffer. */
export const USBX_ERROR_CANCELLED = -101;

/** Another thread closed the handle during the call; what moved until then is counted and in the buffer. */
export const USBX_ERROR_CLOSED = -102;

/** The interface is not claimed by this handle; call usbx_claim first. */
export const USBX_ERROR_NOT_CLAIMED = -103;

/** The handle was opened before fork(), in the parent process; open the device anew in the child. */
export const USBX_ERROR_FORKED = -104;

/** A defect in usbx itself, with its place in usbx_last_error(); please report it. */
export const USBX_ERROR_INTERNAL = -105;

/** The version of the library that is loaded: "0.1.0". */
export const usbx_version = library.func(
    'const char *usbx_version(void)');

/** The name of a status as the header spells it: "USBX_ERROR_TIMEOUT". */
export const usbx_error_name = library.func(
    'const char *usbx_error_name(int32_t status)');

/** One plain sentence on a status. */
export const usbx_error_text = library.func(
    'const char *usbx_error_text(int32_t status)');

/** The calling thread's last failure, as one sentence to act on: what was tried, on which device, what stood in the way and what to do. */
export const usbx_last_error = library.func(
    'const char *usbx_last_error(void)');

/** Closes all that is open: every handle of this process, whichever thread opened it. */
export const usbx_shutdown = library.func(
    'usbx_status usbx_shutdown(_Out_ size_t *leaked)');

/** Lists the devices there are now: those on the bus, root hubs among them, and the virtual ones, in path order. */
export const usbx_devices = library.func(
    'usbx_status usbx_devices(_Out_ usbx_device_info *devices, size_t capacity, _Out_ size_t *count)');

/** Opens the device of these IDs and, if given, this serial number. */
export const usbx_open = library.func(
    'usbx_status usbx_open(uint16_t vendor_id, uint16_t product_id, const char *serial, _Out_ usbx_device **device)');

/** Opens the device that is plugged in at this place, whatever it is. */
export const usbx_open_path = library.func(
    'usbx_status usbx_open_path(const char *path, _Out_ usbx_device **device)');

/** Makes a handle of a usbfs descriptor that someone else opened: Android's UsbDeviceConnection, a Flatpak portal, a service manager. */
export const usbx_open_fd = library.func(
    'usbx_status usbx_open_fd(int32_t fd, _Out_ usbx_device **device)');

/** Closes a device: ends its pending calls with USBX_ERROR_CLOSED, gives back claims and detached kernel drivers. */
export const usbx_close = library.func(
    'usbx_status usbx_close(usbx_device *device)');

/** Tells what usbx_devices tells, of an open device. */
export const usbx_info = library.func(
    'usbx_status usbx_info(usbx_device *device, _Out_ usbx_device_info *info)');

/** Tells the active configuration. */
export const usbx_get_configuration = library.func(
    'usbx_status usbx_get_configuration(usbx_device *device, _Out_ uint8_t *configuration)');

/** Selects a configuration. */
export const usbx_set_configuration = library.func(
    'usbx_status usbx_set_configuration(usbx_device *device, uint8_t configuration)');

/** Claims an interface for this handle: its endpoints can be used from then on, and nobody else can claim it. */
export const usbx_claim = library.func(
    'usbx_status usbx_claim(usbx_device *device, uint8_t interface_number)');

/** Gives an interface back. */
export const usbx_release = library.func(
    'usbx_status usbx_release(usbx_device *device, uint8_t interface_number)');

/** Selects an alternate setting of a claimed interface. */
export const usbx_set_alt_setting = library.func(
    'usbx_status usbx_set_alt_setting(usbx_device *device, uint8_t interface_number, uint8_t alt_setting)');

/** Tells which kernel driver holds an interface, such as "usbhid". */
export const usbx_kernel_driver = library.func(
    'usbx_status usbx_kernel_driver(usbx_device *device, uint8_t interface_number, _Out_ char *name, size_t capacity, _Out_ size_t *length)');

/** Takes an interface away from the kernel driver that holds it, so that it can be claimed. */
export const usbx_detach_kernel_driver = library.func(
    'usbx_status usbx_detach_kernel_driver(usbx_device *device, uint8_t interface_number)');

/** Gives an interface to the kernel's drivers now, without waiting for usbx_close: one that usbx_detach_kernel_driver took away, or that some program left without. */
export const usbx_attach_kernel_driver = library.func(
    'usbx_status usbx_attach_kernel_driver(usbx_device *device, uint8_t interface_number)');

/** Lists the endpoints of the active configuration, of every interface and every alternate setting; endpoint 0 is not among them. */
export const usbx_endpoints = library.func(
    'usbx_status usbx_endpoints(usbx_device *device, _Out_ usbx_endpoint *endpoints, size_t capacity, _Out_ size_t *count)');

/** Gives the descriptors of a device that usbx_devices lists, without opening it: its device descriptor of 18 bytes, and behind that each of its configuration descriptors with all that follows it, as the device sent them when it was plugged in. */
export const usbx_descriptors = library.func(
    'usbx_status usbx_descriptors(const char *path, _Inout_ void *data, size_t capacity, _Out_ size_t *length)');

/** Asks the device for a descriptor, as it sends it. */
export const usbx_get_descriptor = library.func(
    'usbx_status usbx_get_descriptor(usbx_device *device, uint8_t type, uint8_t index, _Inout_ void *data, size_t length, _Out_ size_t *transferred)');

/** Asks the device for a string, in UTF-8. */
export const usbx_get_string = library.func(
    'usbx_status usbx_get_string(usbx_device *device, uint8_t index, uint16_t language, _Out_ char *text, size_t capacity, _Out_ size_t *length)');

/** Sends a control request and moves its data, either way. */
export const usbx_control = library.func(
    'usbx_status usbx_control(usbx_device *device, uint8_t request_type, uint8_t request, uint16_t value, uint16_t index, _Inout_ void *data, uint16_t length, uint32_t timeout_ms, _Out_ size_t *transferred)');

/** Reads from a bulk endpoint until the buffer is full, or a short packet (one below the packet size) ends the read. */
export const usbx_bulk_read = library.func(
    'usbx_status usbx_bulk_read(usbx_device *device, uint8_t endpoint, _Inout_ void *data, size_t length, uint32_t timeout_ms, _Out_ size_t *transferred)');

/** Writes to a bulk endpoint. */
export const usbx_bulk_write = library.func(
    'usbx_status usbx_bulk_write(usbx_device *device, uint8_t endpoint, const void *data, size_t length, uint32_t timeout_ms, _Out_ size_t *transferred)');

/** Reads from an interrupt endpoint: as usbx_bulk_read, for endpoints of type interrupt. */
export const usbx_interrupt_read = library.func(
    'usbx_status usbx_interrupt_read(usbx_device *device, uint8_t endpoint, _Inout_ void *data, size_t length, uint32_t timeout_ms, _Out_ size_t *transferred)');

/** Writes to an interrupt endpoint: as usbx_bulk_write, for endpoints of type interrupt. */
export const usbx_interrupt_write = library.func(
    'usbx_status usbx_interrupt_write(usbx_device *device, uint8_t endpoint, const void *data, size_t length, uint32_t timeout_ms, _Out_ size_t *transferred)');

/** Clears the halt of a claimed interface's endpoint, on the device and in the host's driver: after USBX_ERROR_PIPE, so that data flows again. */
export const usbx_clear_halt = library.func(
    'usbx_status usbx_clear_halt(usbx_device *device, uint8_t endpoint)');

/** Resets the device, as if it were unplugged and plugged in, but the handle, its claims and its alternate settings survive where the device comes back the same. */
export const usbx_reset = library.func(
    'usbx_status usbx_reset(usbx_device *device)');

/** Ends every pending transfer of an endpoint with USBX_ERROR_CANCELLED; their calls, in other threads, return with what moved until then. */
export const usbx_cancel = library.func(
    'usbx_status usbx_cancel(usbx_device *device, uint8_t endpoint)');

/** Reads packets from an isochronous endpoint, one in each service interval, and waits for the last of them. */
export const usbx_isochronous_read = library.func(
    'usbx_status usbx_isochronous_read(usbx_device *device, uint8_t endpoint, _Inout_ void *data, size_t length, _Inout_ usbx_packet *packets, size_t packet_count, uint32_t timeout_ms, _Out_ size_t *transferred)');

/** Sends packets to an isochronous endpoint, one in each service interval, and waits for the last of them. */
export const usbx_isochronous_write = library.func(
    'usbx_status usbx_isochronous_write(usbx_device *device, uint8_t endpoint, const void *data, size_t length, _Inout_ usbx_packet *packets, size_t packet_count, uint32_t timeout_ms, _Out_ size_t *transferred)');

/** Opens a completion queue. */
export const usbx_queue_open = library.func(
    'usbx_status usbx_queue_open(_Out_ usbx_queue **queue)');

/** Starts a transfer whose completion the queue will give. */
export const usbx_submit = library.func(
    'usbx_status usbx_submit(usbx_device *device, usbx_queue *queue, const usbx_transfer *transfer, _Out_ uint64_t *id)');

/** Waits for completions and takes as many as there are and fit. */
export const usbx_queue_wait = library.func(
    'usbx_status usbx_queue_wait(usbx_queue *queue, _Out_ usbx_completion *completions, size_t capacity, uint32_t timeout_ms, _Out_ size_t *count)');

/** Ends a transfer early: its completion comes with USBX_ERROR_CANCELLED and what moved until then, or as it was if it is complete already. */
export const usbx_queue_cancel = library.func(
    'usbx_status usbx_queue_cancel(usbx_queue *queue, uint64_t id)');

/** A descriptor for select(), poll(), epoll and event loops: readable when usbx_queue_wait with USBX_NO_WAIT should be called. */
export const usbx_queue_fd = library.func(
    'usbx_status usbx_queue_fd(usbx_queue *queue, _Out_ int32_t *fd)');

/** Closes a queue: cancels what is pending, and returns when no buffer is in use any more. */
export const usbx_queue_close = library.func(
    'usbx_status usbx_queue_close(usbx_queue *queue)');

/** Opens a stream on a bulk, interrupt or isochronous endpoint of a claimed interface. */
export const usbx_stream_open = library.func(
    'usbx_status usbx_stream_open(usbx_device *device, uint8_t endpoint, const usbx_stream_options *options, _Out_ usbx_stream **stream)');

/** Borrows the next chunk of an IN stream, without a copy: what a transfer brought that is full, or that a short packet ended, or, when the time is up, what has come until then. */
export const usbx_stream_next = library.func(
    'usbx_status usbx_stream_next(usbx_stream *stream, uint32_t timeout_ms, _Out_ usbx_chunk *chunk)');

/** Reads from an IN stream as from a file: waits for the first byte, and returns with what is there. */
export const usbx_stream_read = library.func(
    'usbx_status usbx_stream_read(usbx_stream *stream, _Inout_ void *data, size_t length, uint32_t timeout_ms, _Out_ size_t *transferred)');

/** Writes to an OUT stream as to a file: the bytes are taken in, waiting for room, and are sent when a transfer is full or usbx_stream_flush is called. */
export const usbx_stream_write = library.func(
    'usbx_status usbx_stream_write(usbx_stream *stream, const void *data, size_t length, uint32_t timeout_ms, _Out_ size_t *transferred)');

/** Lends room of an OUT stream to be filled in place: usbx_stream_write without its copy. */
export const usbx_stream_space = library.func(
    'usbx_status usbx_stream_space(usbx_stream *stream, uint32_t timeout_ms, _Out_ void **data, _Out_ size_t *length)');

/** Writes what was put into the room that usbx_stream_space lent, as usbx_stream_write does with its bytes. */
export const usbx_stream_commit = library.func(
    'usbx_status usbx_stream_commit(usbx_stream *stream, size_t length)');

/** Sends what was written, and returns when the device has taken all of it. */
export const usbx_stream_flush = library.func(
    'usbx_status usbx_stream_flush(usbx_stream *stream, uint32_t timeout_ms)');

/** Tells what a stream has done so far. */
export const usbx_stream_stats = library.func(
    'usbx_status usbx_stream_stats(usbx_stream *stream, _Out_ usbx_stream_statistics *statistics)');

/** A descriptor for select(), poll(), epoll and event loops: readable when usbx_stream_next or usbx_stream_read with USBX_NO_WAIT should be called. */
export const usbx_stream_fd = library.func(
    'usbx_status usbx_stream_fd(usbx_stream *stream, _Out_ int32_t *fd)');

/** Closes a stream: ends its transfers and calls, and returns when nothing of it is in use. */
export const usbx_stream_close = library.func(
    'usbx_status usbx_stream_close(usbx_stream *stream)');

/** Begins to watch which devices come and go, on the bus and among the virtual ones. */
export const usbx_watch_open = library.func(
    'usbx_status usbx_watch_open(uint16_t vendor_id, uint16_t product_id, _Out_ usbx_watch **watch)');

/** Takes the next event, in the order in which they happened. */
export const usbx_watch_next = library.func(
    'usbx_status usbx_watch_next(usbx_watch *watch, uint32_t timeout_ms, _Out_ int32_t *event, _Out_ usbx_device_info *info)');

/** A descriptor for select(), poll(), epoll and event loops: readable when usbx_watch_next with USBX_NO_WAIT should be called, until that gives USBX_ERROR_TIMEOUT. */
export const usbx_watch_fd = library.func(
    'usbx_status usbx_watch_fd(usbx_watch *watch, _Out_ int32_t *fd)');

/** Ends a watch. */
export const usbx_watch_close = library.func(
    'usbx_status usbx_watch_close(usbx_watch *watch)');

/** Plugs in a virtual device: from then on usbx_devices lists it and usbx_open opens it, like a real one. */
export const usbx_virtual_open = library.func(
    'usbx_status usbx_virtual_open(const char *model, const char *serial, _Out_ usbx_virtual **virtual_device)');

/** Pulls the virtual device out, as a hand would: its pending transfers end with USBX_ERROR_NO_DEVICE, and it is not listed any more. */
export const usbx_virtual_unplug = library.func(
    'usbx_status usbx_virtual_unplug(usbx_virtual *virtual_device)');

/** Pulls the virtual device out, if it is still plugged in, and frees its handle. */
export const usbx_virtual_close = library.func(
    'usbx_status usbx_virtual_close(usbx_virtual *virtual_device)');
