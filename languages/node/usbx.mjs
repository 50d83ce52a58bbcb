// The declarations of usbx.h for Node with koffi: constants, types and functions.
// Derived from the header by languages/derive, which `make declarations` runs; edit there. docs/languages.md explains it.
// SPDX-License-Identifier: MIT OR Apache-2.0
import koffi from 'koffi';

const library = koffi.load('libusbx.so.0');

koffi.alias('usbx_status', 'int32_t');
koffi.opaque('usbx_capture');
koffi.opaque('usbx_device');
koffi.opaque('usbx_queue');
koffi.opaque('usbx_share');
koffi.opaque('usbx_stream');
koffi.opaque('usbx_virtual');
koffi.opaque('usbx_watch');

/** What is known of a device without opening it. */
export const usbx_device_info = koffi.struct('usbx_device_info', {
    vendor_id: 'uint16_t', // idVendor.
    product_id: 'uint16_t', // idProduct.
    device_version: 'uint16_t', // bcdDevice: 0x0100 is release 1.00.
    usb_version: 'uint16_t', // bcdUSB: 0x0200 is USB 2.0.
    device_class: 'uint8_t', // bDeviceClass; 0 means that each interface has its own class.
    device_subclass: 'uint8_t', // bDeviceSubClass.
    device_protocol: 'uint8_t', // bDeviceProtocol.
    configurations: 'uint8_t', // Number of configurations the device has.
    bus: 'uint8_t', // Number of the bus.
    address: 'uint8_t', // Address on the bus; changes each time the device is plugged in.
    speed: 'uint8_t', // The device's speed: USBX_SPEED_*.
    backend: 'uint8_t', // How the device is reached: USBX_BACKEND_*.
    path: 'char [256]', // Where the device is plugged in: "2-1.4" is bus 2, port 1, and port 4 of the hub there; "usb2" is the root hub of bus 2; "virtual/1" is a virtual device, "usbip://host/1-1" one of another computer (usbx_remote_devices).
    manufacturer: 'char [384]', // Manufacturer's name (iManufacturer).
    product: 'char [384]', // Product's name (iProduct).
    serial: 'char [384]', // Serial number (iSerialNumber).
    reserved: 'uint8_t [64]', // Always 0.
});

/** An endpoint of the active configuration. */
export const usbx_endpoint = koffi.struct('usbx_endpoint', {
    address: 'uint8_t', // bEndpointAddress: bit 7 is set for IN, device to host.
    type: 'uint8_t', // The endpoint's type: USBX_TYPE_*.
    interface_number: 'uint8_t', // The interface it belongs to; claim that with usbx_claim.
    alt_setting: 'uint8_t', // The alternate setting it belongs to; if that is not the selected one, select it with usbx_set_alt_setting.
    max_packet_size: 'uint16_t', // Bytes in a packet, as the system uses it: wMaxPacketSize without its bits 11 and 12, and no more than USB allows for this type at the device's speed.
    packets_per_interval: 'uint8_t', // Packets in one service interval: up to 3 at high speed, (bMaxBurst + 1) x (Mult + 1) at SuperSpeed, as many as dwBytesPerInterval needs at SuperSpeedPlus, else 1.
    interval: 'uint8_t', // bInterval as the device gives it: milliseconds at low and full speed, 2^(n-1) x 125 us above.
    max_bytes_per_interval: 'uint32_t', // Bytes in one service interval: max_packet_size x packets_per_interval, or the device's wBytesPerInterval or dwBytesPerInterval.
    reserved: 'uint8_t [16]', // Always 0.
});

/** An alternate setting of an interface of the active configuration. */
export const usbx_interface = koffi.struct('usbx_interface', {
    number: 'uint8_t', // bInterfaceNumber, for usbx_claim.
    alt_setting: 'uint8_t', // bAlternateSetting, for usbx_set_alt_setting.
    selected: 'uint8_t', // 1 if it is the selected one of its interface, else 0.
    interface_class: 'uint8_t', // bInterfaceClass
    interface_subclass: 'uint8_t', // bInterfaceSubClass
    interface_protocol: 'uint8_t', // bInterfaceProtocol
    endpoints: 'uint8_t', // Number of its endpoints that usbx_endpoints lists.
    string_index: 'uint8_t', // iInterface: a string for usbx_get_string; 0 if there is none.
    association_first: 'uint8_t', // bFirstInterface of the interface association it belongs to.
    association_count: 'uint8_t', // bInterfaceCount of that association; 0 if it belongs to none.
    reserved: 'uint8_t [22]', // Always 0.
});

/** One packet of an isochronous transfer. */
export const usbx_packet = koffi.struct('usbx_packet', {
    length: 'uint32_t', // Set before the transfer: bytes to send, or room to receive; at most the endpoint's max_bytes_per_interval.
    transferred: 'uint32_t', // Set by the transfer: bytes that moved.
    status: 'usbx_status', // Set by the transfer: USBX_OK, or what happened to this packet alone; USBX_ERROR_CANCELLED if it was never on the bus.
    reserved: 'uint32_t', // Always 0.
});

/** A transfer to submit to a completion queue. */
export const usbx_transfer = koffi.struct('usbx_transfer', {
    type: 'uint8_t', // The type of the transfer: USBX_TYPE_*.
    endpoint: 'uint8_t', // bEndpointAddress; bit 7 is the direction.
    request_type: 'uint8_t', // Control: bmRequestType; bit 7 set means IN.
    request: 'uint8_t', // Control: bRequest.
    value: 'uint16_t', // Control: wValue.
    index: 'uint16_t', // Control: wIndex.
    timeout_ms: 'uint32_t', // Maximum time for the transfer, in milliseconds; USBX_NO_TIMEOUT: no limit.
    flags: 'uint32_t', // 0, or USBX_TRANSFER_ZERO_PACKET.
    data: 'void *', // The bytes to send, or the buffer to receive into.
    length: 'size_t', // Size of data in bytes; at most 65535 for control.
    packets: 'usbx_packet *', // Isochronous: the packets, as in usbx_isochronous_read.
    packet_count: 'size_t', // Isochronous: number of packets.
    user_data: 'uint64_t', // A value of the caller's choice; the completion returns it unchanged.
    stream: 'uint32_t', // Bulk: the number of the stream, from 1, if the endpoint has bulk streams (usbx_bulk_streams_alloc); otherwise 0.
    reserved: 'uint8_t [28]', // Set to 0.
});

/** The outcome of one transfer. */
export const usbx_completion = koffi.struct('usbx_completion', {
    id: 'uint64_t', // The number that usbx_submit returned for the transfer.
    user_data: 'uint64_t', // The caller's value from the transfer.
    timestamp_ns: 'uint64_t', // When the transfer completed, in nanoseconds of CLOCK_MONOTONIC.
    transferred: 'size_t', // Bytes that moved, on failure too.
    status: 'usbx_status', // USBX_OK, or why the transfer ended early.
    reserved: 'uint8_t [36]', // Always 0.
});

/** Options of a stream. */
export const usbx_stream_options = koffi.struct('usbx_stream_options', {
    size: 'size_t', // Bytes in one transfer: a multiple of the packet size, at most 16 MiB.
    depth: 'size_t', // Number of transfers in flight, at most 1024.
    memory: 'uint32_t', // Where the stream's data are: USBX_MEMORY_*.
    flags: 'uint32_t', // 0, or some of USBX_STREAM_*, added up.
    reserved: 'uint8_t [40]', // Set to 0.
});

/** The data of one transfer of a stream. */
export const usbx_chunk = koffi.struct('usbx_chunk', {
    data: 'void *', // The bytes.
    length: 'size_t', // Number of bytes; 0 for a zero-length packet.
    timestamp_ns: 'uint64_t', // When the library found the transfer complete, in nanoseconds of CLOCK_MONOTONIC.
    sequence: 'uint64_t', // Number of the chunk in its stream, from 0.
    packets: 'usbx_packet *', // The packets of an isochronous transfer, in their order, valid as long as data; NULL for bulk and interrupt.
    packet_count: 'size_t', // Number of packets.
    status: 'usbx_status', // USBX_OK, or how the transfer that brought these bytes ended; usbx_stream_next returns the same status after all bytes have been taken, unless the stream keeps going (USBX_STREAM_KEEP_GOING).
    reserved: 'uint8_t [28]', // Always 0.
});

/** What a stream has done so far. */
export const usbx_stream_statistics = koffi.struct('usbx_stream_statistics', {
    bytes: 'uint64_t', // Bytes that moved.
    transfers: 'uint64_t', // Transfers that completed.
    short_packets: 'uint64_t', // IN transfers that a short packet ended.
    stalls: 'uint64_t', // Transfers that ended with USBX_ERROR_PIPE.
    overflows: 'uint64_t', // Transfers that ended with USBX_ERROR_OVERFLOW.
    other_errors: 'uint64_t', // Transfers that failed in another way; cancelled transfers, and those of an unplugged device, do not count.
    device_waits: 'uint64_t', // How often the reader was so late that no transfer was in flight and the device had to wait.
    deepest_backlog: 'uint64_t', // Maximum number of chunks that waited for the reader.
    packets: 'uint64_t', // Isochronous IN packets that were requested.
    lost_packets: 'uint64_t', // Isochronous IN packets that were lost: packets with an error, and the intervals in which no transfer was in flight because the reader, or the computer, was late.
    depth: 'uint64_t', // Maximum number of transfers in flight that the stream uses.
    size: 'uint64_t', // Bytes in one transfer.
    memory: 'uint32_t', // The kind of memory in use: USBX_MEMORY_HEAP or USBX_MEMORY_MAPPED.
    reserved: 'uint8_t [44]', // Always 0.
});

/** Something that happened to a virtual device. */
export const usbx_virtual_event = koffi.struct('usbx_virtual_event', {
    event: 'int32_t', // USBX_VIRTUAL_*; 0 if nothing happened.
    request_type: 'uint8_t', // USBX_VIRTUAL_SETUP: bmRequestType; bit 7 set means that the host wants data.
    request: 'uint8_t', // USBX_VIRTUAL_SETUP: bRequest.
    value: 'uint16_t', // USBX_VIRTUAL_SETUP: wValue, in the computer's byte order.
    index: 'uint16_t', // USBX_VIRTUAL_SETUP: wIndex, in the computer's byte order.
    length: 'uint16_t', // USBX_VIRTUAL_SETUP: wLength, in bytes.
    endpoint: 'uint8_t', // USBX_VIRTUAL_IN, _OUT, _HALT: bEndpointAddress.
    halted: 'uint8_t', // USBX_VIRTUAL_HALT: 1 if the endpoint is halted now, 0 if it is not.
    configuration: 'uint8_t', // USBX_VIRTUAL_CONFIGURED: bConfigurationValue, or 0 for the unconfigured state.
    interface_number: 'uint8_t', // USBX_VIRTUAL_ALT_SETTING: bInterfaceNumber.
    alt_setting: 'uint8_t', // USBX_VIRTUAL_ALT_SETTING: bAlternateSetting.
    reserved: 'uint8_t [7]', // Always 0.
    lost: 'uint64_t', // Number of events before this one that were lost, because more than 1024 waited.
    interval_ns: 'uint64_t', // USBX_VIRTUAL_IN of an isochronous endpoint: when the interval begins that the packet is for, in nanoseconds of CLOCK_MONOTONIC.
    reserved2: 'uint8_t [24]', // Always 0.
});

/** A fault of a virtual device's transfers. */
export const usbx_fault = koffi.struct('usbx_fault', {
    kind: 'uint32_t', // USBX_FAULT_*.
    nth: 'uint32_t', // Which transfer of the endpoint is meant, counted from now on; 0 or 1: the next one.
    repeat: 'uint32_t', // 0: once. 1: each further nth transfer, too.
    status: 'usbx_status', // USBX_FAULT_STATUS: USBX_ERROR_IO, USBX_ERROR_PIPE, USBX_ERROR_OVERFLOW or USBX_ERROR_OTHER.
    bytes: 'uint64_t', // USBX_FAULT_STATUS, _SHORT, _UNPLUG: how many bytes move before.
    milliseconds: 'uint32_t', // USBX_FAULT_DELAY, _NAK: time in milliseconds.
    seed: 'uint32_t', // USBX_FAULT_CORRUPT: any number.
    reserved: 'uint8_t [32]', // Set to 0.
});

/** How a program and the recording that it uses as a device agree so far. */
export const usbx_replay_statistics = koffi.struct('usbx_replay_statistics', {
    transfers: 'uint64_t', // Transfers and control requests that ended as they had ended in the recording.
    departures: 'uint64_t', // Those that ended with USBX_ERROR_OTHER: they were not in the recording, or nothing was left for them.
    remaining: 'uint64_t', // Recorded transfers that the program has not asked for.
    frame: 'uint64_t', // The number in the capture of the frame that the first departure met; 0 if there is none.
    reserved: 'uint8_t [32]', // Always 0.
});

/** Options of a capture. */
export const usbx_capture_options = koffi.struct('usbx_capture_options', {
    path: 'char [256]', // Captures only the device at this path, as in usbx_device_info; "": every device.
    snap_length: 'size_t', // Maximum number of bytes of each transfer's data; the lengths in the file are still the true ones. 0: no limit.
    ring: 'size_t', // 0: records are written as they come.
    memory: 'size_t', // Memory in bytes for records that wait to be written, 512 KiB or more; 0: 32 MiB.
    flags: 'uint32_t', // 0; there are no flags yet.
    reserved: 'uint8_t [60]', // Set to 0.
});

/** What a capture has done so far. */
export const usbx_capture_statistics = koffi.struct('usbx_capture_statistics', {
    records: 'uint64_t', // Records that are in the file, or in memory on the way there.
    bytes: 'uint64_t', // Bytes of the file.
    dropped: 'uint64_t', // Records that were lost: there was no memory left for them, or the file takes no more.
    replaced: 'uint64_t', // Records of a ring that newer ones replaced before they were written.
    errors: 'uint64_t', // Transfers that failed; cancelled transfers, and those whose time was up, do not count.
    devices: 'uint64_t', // Devices that were seen.
    status: 'usbx_status', // USBX_OK, or USBX_ERROR_IO once the file takes no more; usbx_capture_close says why.
    reserved: 'uint8_t [44]', // Always 0.
});

/** Options of a share. */
export const usbx_share_options = koffi.struct('usbx_share_options', {
    allow: 'char *', // The networks whose computers may connect, NUL-terminated: "192.168.1.0/24,fd00::/8,10.0.0.7".
    clients: 'uint32_t', // How many clients may be connected at once; 0 for 64.
    reserved: 'uint8_t [52]', // Set to 0.
});

/** For timeout_ms of a wait on a queue, a stream or a watch: return at once. */
export const USBX_NO_WAIT = 4294967295;

/** The major version of this header. usbx_version() returns the version of the library. */
export const USBX_VERSION_MAJOR = 0;

/** The minor version of this header. */
export const USBX_VERSION_MINOR = 1;

/** The patch version of this header. */
export const USBX_VERSION_PATCH = 0;

/** The speed is not known. */
export const USBX_SPEED_UNKNOWN = 0;

/** Low speed, 1.5 Mbit/s. */
export const USBX_SPEED_LOW = 1;

/** Full speed, 12 Mbit/s. */
export const USBX_SPEED_FULL = 2;

/** High speed, 480 Mbit/s. */
export const USBX_SPEED_HIGH = 3;

/** SuperSpeed, 5 Gbit/s. */
export const USBX_SPEED_SUPER = 4;

/** SuperSpeedPlus, 10 Gbit/s and more. */
export const USBX_SPEED_SUPER_PLUS = 5;

/** A device on this computer's own bus. */
export const USBX_BACKEND_SYSTEM = 0;

/** A virtual device, simulated in this process. */
export const USBX_BACKEND_VIRTUAL = 1;

/** A device of another computer, over USB/IP. */
export const USBX_BACKEND_USBIP = 2;

/** A control endpoint or transfer. */
export const USBX_TYPE_CONTROL = 0;

/** An isochronous endpoint or transfer. */
export const USBX_TYPE_ISOCHRONOUS = 1;

/** A bulk endpoint or transfer. */
export const USBX_TYPE_BULK = 2;

/** An interrupt endpoint or transfer. */
export const USBX_TYPE_INTERRUPT = 3;

/** For timeout_ms: no time limit. */
export const USBX_NO_TIMEOUT = 0;

/** Flag of a bulk or interrupt OUT transfer: if its length is a multiple of the packet size, a zero-length packet follows the data, so that the device sees where they end. */
export const USBX_TRANSFER_ZERO_PACKET = 1;

/** Memory of a stream: the library measures which kind is faster when the stream is opened, and uses that. */
export const USBX_MEMORY_AUTO = 0;

/** Memory of a stream: the process's own; the system copies each transfer. */
export const USBX_MEMORY_HEAP = 1;

/** Memory of a stream: shared with the system, without a copy, like libusb_dev_mem_alloc in libusb. */
export const USBX_MEMORY_MAPPED = 2;

/** Flag of a stream: its timestamps are exact, however late the reader is. */
export const USBX_STREAM_EXACT_TIME = 1;

/** Flag of an IN stream: an error on the bus does not end it. */
export const USBX_STREAM_KEEP_GOING = 2;

/** Flag of a bulk or interrupt OUT stream: usbx_stream_flush ends with a zero-length packet if the bytes that were written since the flush before are a multiple of the packet size, so that the device sees where they end. */
export const USBX_STREAM_ZERO_PACKET = 4;

/** The device was plugged in, or was there when the watch was opened, and can be opened. */
export const USBX_EVENT_ARRIVED = 1;

/** The device was unplugged. */
export const USBX_EVENT_LEFT = 2;

/** The host sends a control request, which is in hand from now on: answer it with usbx_virtual_reply, or refuse it with usbx_virtual_stall. */
export const USBX_VIRTUAL_SETUP = 1;

/** The host reset the device: it is as after power-on, in the same configuration. */
export const USBX_VIRTUAL_RESET = 2;

/** The host selected a configuration, or the same one again: alternate settings and halts are as at the beginning. */
export const USBX_VIRTUAL_CONFIGURED = 3;

/** The host selected an alternate setting of an interface. */
export const USBX_VIRTUAL_ALT_SETTING = 4;

/** The host set or cleared the halt of an endpoint. */
export const USBX_VIRTUAL_HALT = 5;

/** A program on the host's side opened the device. */
export const USBX_VIRTUAL_OPENED = 6;

/** A program on the host's side closed the device. */
export const USBX_VIRTUAL_CLOSED = 7;

/** The host waits for data of an IN endpoint, and there are none: usbx_virtual_write sends some. */
export const USBX_VIRTUAL_IN = 8;

/** The host has data for an OUT endpoint, and no usbx_virtual_read waits for them. */
export const USBX_VIRTUAL_OUT = 9;

/** Fault: the transfer ends with a status, after so many bytes. */
export const USBX_FAULT_STATUS = 1;

/** Fault: the transfer is complete so many milliseconds later than its data. */
export const USBX_FAULT_DELAY = 2;

/** Fault: the device answers NAK for so many milliseconds before the transfer goes on. */
export const USBX_FAULT_NAK = 3;

/** Fault of an IN transfer: a short packet ends it after so many bytes. */
export const USBX_FAULT_SHORT = 4;

/** Fault: one bit of the transfer's data is wrong; seed selects which. */
export const USBX_FAULT_CORRUPT = 5;

/** Fault of an IN transfer: its last packet is one byte too long, which the host sees as USBX_ERROR_OVERFLOW. */
export const USBX_FAULT_BABBLE = 6;

/** Fault: the device is unplugged when so many bytes have moved at the endpoint, from the nth transfer on. */
export const USBX_FAULT_UNPLUG = 7;

/** Success. */
export const USBX_OK = 0;

/** The transfer failed on the bus: a bad cable, electrical noise, or a device that breaks the protocol. */
export const USBX_ERROR_IO = -1;

/** An argument is not valid; usbx_last_error() says which and why. */
export const USBX_ERROR_INVALID_PARAM = -2;

/** This process may not open the device; usbx_last_error() says what to do, for example which udev rule to add. */
export const USBX_ERROR_ACCESS = -3;

/** The device is gone for this handle: it was unplugged, or did not come back from a reset. */
export const USBX_ERROR_NO_DEVICE = -4;

/** There is no such device, interface, alternate setting or configuration. */
export const USBX_ERROR_NOT_FOUND = -5;

/** A kernel driver, another program, another handle or another thread's call is using it; usbx_last_error() says which. */
export const USBX_ERROR_BUSY = -6;

/** The time limit passed. */
export const USBX_ERROR_TIMEOUT = -7;

/** The device sent more than the buffer can hold. */
export const USBX_ERROR_OVERFLOW = -8;

/** The endpoint stalled: the device refused a control request, or the endpoint is halted (see usbx_clear_halt). */
export const USBX_ERROR_PIPE = -9;

/** Not returned: a signal does not end a call. libusb has this number. */
export const USBX_ERROR_INTERRUPTED = -10;

/** Out of memory: the process's own, or the kernel's limit for USB transfers. */
export const USBX_ERROR_NO_MEM = -11;

/** This platform or device does not support it. */
export const USBX_ERROR_NOT_SUPPORTED = -12;

/** An error that has no number of its own. */
export const USBX_ERROR_OTHER = -99;

/** The handle is NULL, closed, forged, or of another kind. */
export const USBX_ERROR_INVALID_HANDLE = -100;

/** The transfer was cancelled. */
export const USBX_ERROR_CANCELLED = -101;

/** Another thread closed the handle during the call. */
export const USBX_ERROR_CLOSED = -102;

/** This handle has not claimed the interface; call usbx_claim first. */
export const USBX_ERROR_NOT_CLAIMED = -103;

/** The handle was opened in the parent process, before fork(); open the device again in the child. */
export const USBX_ERROR_FORKED = -104;

/** A defect in usbx itself; usbx_last_error() says where. */
export const USBX_ERROR_INTERNAL = -105;

/** Returns the version of the loaded library, for example "0.1.0". */
export const usbx_version = library.func(
    'const char *usbx_version(void)');

/** Returns the name of a status as this header spells it, for example "USBX_ERROR_TIMEOUT". */
export const usbx_error_name = library.func(
    'const char *usbx_error_name(int32_t status)');

/** Returns one plain sentence that describes a status. */
export const usbx_error_text = library.func(
    'const char *usbx_error_text(int32_t status)');

/** Returns one sentence about the calling thread's last failure. */
export const usbx_last_error = library.func(
    'const char *usbx_last_error(void)');

/** Gets one sentence about the last failure of calls with a handle, whichever thread made the call. */
export const usbx_handle_error = library.func(
    'usbx_status usbx_handle_error(const void *handle, _Out_ char *text, size_t capacity, _Out_ size_t *length)');

/** Closes every handle of this process, whichever thread opened it. */
export const usbx_shutdown = library.func(
    'usbx_status usbx_shutdown(_Out_ size_t *leaked)');

/** Lists the devices that are plugged in now, root hubs and virtual devices included, in the order of their paths. */
export const usbx_devices = library.func(
    'usbx_status usbx_devices(_Out_ usbx_device_info *devices, size_t capacity, _Out_ size_t *count)');

/** Opens the device with these IDs and, if given, this serial number. */
export const usbx_open = library.func(
    'usbx_status usbx_open(uint16_t vendor_id, uint16_t product_id, const char *serial, _Out_ usbx_device **device)');

/** Opens the device at a path, whichever device is plugged in there. */
export const usbx_open_path = library.func(
    'usbx_status usbx_open_path(const char *path, _Out_ usbx_device **device)');

/** Makes a device handle from a usbfs file descriptor that other code opened. */
export const usbx_open_fd = library.func(
    'usbx_status usbx_open_fd(int32_t fd, _Out_ usbx_device **device)');

/** Closes a device. */
export const usbx_close = library.func(
    'usbx_status usbx_close(usbx_device *device)');

/** Describes an open device, as usbx_devices does; works after unplugging too. */
export const usbx_info = library.func(
    'usbx_status usbx_info(usbx_device *device, _Out_ usbx_device_info *info)');

/** Gets the number of the active configuration. */
export const usbx_get_configuration = library.func(
    'usbx_status usbx_get_configuration(usbx_device *device, _Out_ uint8_t *configuration)');

/** Selects a configuration, or takes the device back to the unconfigured state. */
export const usbx_set_configuration = library.func(
    'usbx_status usbx_set_configuration(usbx_device *device, uint8_t configuration)');

/** Claims an interface, so that this handle can use its endpoints and no other program or handle can claim it. */
export const usbx_claim = library.func(
    'usbx_status usbx_claim(usbx_device *device, uint8_t interface_number)');

/** Releases a claimed interface. */
export const usbx_release = library.func(
    'usbx_status usbx_release(usbx_device *device, uint8_t interface_number)');

/** Selects an alternate setting of a claimed interface. */
export const usbx_set_alt_setting = library.func(
    'usbx_status usbx_set_alt_setting(usbx_device *device, uint8_t interface_number, uint8_t alt_setting)');

/** Gets the name of the kernel driver that holds an interface, for example "usbhid". */
export const usbx_kernel_driver = library.func(
    'usbx_status usbx_kernel_driver(usbx_device *device, uint8_t interface_number, _Out_ char *name, size_t capacity, _Out_ size_t *length)');

/** Detaches the kernel driver from an interface, so that it can be claimed. */
export const usbx_detach_kernel_driver = library.func(
    'usbx_status usbx_detach_kernel_driver(usbx_device *device, uint8_t interface_number)');

/** Makes claims detach kernel drivers by themselves, or stops that. */
export const usbx_set_auto_detach = library.func(
    'usbx_status usbx_set_auto_detach(usbx_device *device, int32_t enable)');

/** Lets a kernel driver bind to an interface again, without waiting for usbx_close. */
export const usbx_attach_kernel_driver = library.func(
    'usbx_status usbx_attach_kernel_driver(usbx_device *device, uint8_t interface_number)');

/** Lists the endpoints of the active configuration, in every interface and every alternate setting. */
export const usbx_endpoints = library.func(
    'usbx_status usbx_endpoints(usbx_device *device, _Out_ usbx_endpoint *endpoints, size_t capacity, _Out_ size_t *count)');

/** Lists the interfaces of the active configuration, with every alternate setting of each. */
export const usbx_interfaces = library.func(
    'usbx_status usbx_interfaces(usbx_device *device, _Out_ usbx_interface *interfaces, size_t capacity, _Out_ size_t *count)');

/** Gets the descriptors of a device that usbx_devices lists, without opening it. */
export const usbx_descriptors = library.func(
    'usbx_status usbx_descriptors(const char *path, _Inout_ void *data, size_t capacity, _Out_ size_t *length)');

/** Requests a descriptor from the device and returns it as the device sends it. */
export const usbx_get_descriptor = library.func(
    'usbx_status usbx_get_descriptor(usbx_device *device, uint8_t type, uint8_t index, _Inout_ void *data, size_t length, _Out_ size_t *transferred)');

/** Requests a string from the device and returns it in UTF-8. */
export const usbx_get_string = library.func(
    'usbx_status usbx_get_string(usbx_device *device, uint8_t index, uint16_t language, _Out_ char *text, size_t capacity, _Out_ size_t *length)');

/** Sends a control request and transfers its data, in either direction. */
export const usbx_control = library.func(
    'usbx_status usbx_control(usbx_device *device, uint8_t request_type, uint8_t request, uint16_t value, uint16_t index, _Inout_ void *data, uint16_t length, uint32_t timeout_ms, _Out_ size_t *transferred)');

/** Reads from a bulk endpoint until the buffer is full or a short packet ends the read. */
export const usbx_bulk_read = library.func(
    'usbx_status usbx_bulk_read(usbx_device *device, uint8_t endpoint, _Inout_ void *data, size_t length, uint32_t timeout_ms, _Out_ size_t *transferred)');

/** Writes to a bulk endpoint. */
export const usbx_bulk_write = library.func(
    'usbx_status usbx_bulk_write(usbx_device *device, uint8_t endpoint, const void *data, size_t length, uint32_t timeout_ms, _Out_ size_t *transferred)');

/** Reads from an interrupt endpoint until the buffer is full or a short packet ends the read. */
export const usbx_interrupt_read = library.func(
    'usbx_status usbx_interrupt_read(usbx_device *device, uint8_t endpoint, _Inout_ void *data, size_t length, uint32_t timeout_ms, _Out_ size_t *transferred)');

/** Writes to an interrupt endpoint. */
export const usbx_interrupt_write = library.func(
    'usbx_status usbx_interrupt_write(usbx_device *device, uint8_t endpoint, const void *data, size_t length, uint32_t timeout_ms, _Out_ size_t *transferred)');

/** Clears the halt of an endpoint, so that data flows again after USBX_ERROR_PIPE. */
export const usbx_clear_halt = library.func(
    'usbx_status usbx_clear_halt(usbx_device *device, uint8_t endpoint)');

/** Resets the device, as if it were unplugged and plugged in again. */
export const usbx_reset = library.func(
    'usbx_status usbx_reset(usbx_device *device)');

/** Cancels all pending transfers of an endpoint. */
export const usbx_cancel = library.func(
    'usbx_status usbx_cancel(usbx_device *device, uint8_t endpoint)');

/** Reads packets from an isochronous endpoint, one in each service interval. */
export const usbx_isochronous_read = library.func(
    'usbx_status usbx_isochronous_read(usbx_device *device, uint8_t endpoint, _Inout_ void *data, size_t length, _Inout_ usbx_packet *packets, size_t packet_count, uint32_t timeout_ms, _Out_ size_t *transferred)');

/** Writes packets to an isochronous endpoint, one in each service interval. */
export const usbx_isochronous_write = library.func(
    'usbx_status usbx_isochronous_write(usbx_device *device, uint8_t endpoint, const void *data, size_t length, _Inout_ usbx_packet *packets, size_t packet_count, uint32_t timeout_ms, _Out_ size_t *transferred)');

/** Allocates memory that transfers use without a copy. */
export const usbx_buffer_alloc = library.func(
    'usbx_status usbx_buffer_alloc(usbx_device *device, size_t length, _Out_ void **buffer)');

/** Frees a buffer from usbx_buffer_alloc. */
export const usbx_buffer_free = library.func(
    'usbx_status usbx_buffer_free(void *buffer)');

/** Opens a completion queue. */
export const usbx_queue_open = library.func(
    'usbx_status usbx_queue_open(_Out_ usbx_queue **queue)');

/** Starts a transfer and returns at once; its completion comes from the queue. */
export const usbx_submit = library.func(
    'usbx_status usbx_submit(usbx_device *device, usbx_queue *queue, const usbx_transfer *transfer, _Out_ uint64_t *id)');

/** Waits for transfers to complete and takes the completions that are there, as many as fit. */
export const usbx_queue_wait = library.func(
    'usbx_status usbx_queue_wait(usbx_queue *queue, _Out_ usbx_completion *completions, size_t capacity, uint32_t timeout_ms, _Out_ size_t *count)');

/** Cancels one transfer of a queue, or all of them. */
export const usbx_queue_cancel = library.func(
    'usbx_status usbx_queue_cancel(usbx_queue *queue, uint64_t id)');

/** Gets a file descriptor that becomes readable when a queue has work to do. */
export const usbx_queue_fd = library.func(
    'usbx_status usbx_queue_fd(usbx_queue *queue, _Out_ int32_t *fd)');

/** Closes a queue. */
export const usbx_queue_close = library.func(
    'usbx_status usbx_queue_close(usbx_queue *queue)');

/** Allocates bulk streams (USB 3) on some bulk endpoints of one claimed interface. */
export const usbx_bulk_streams_alloc = library.func(
    'usbx_status usbx_bulk_streams_alloc(usbx_device *device, uint32_t count, const uint8_t *endpoints, size_t endpoint_count, _Out_ uint32_t *allocated)');

/** Frees the bulk streams of some endpoints, which then take transfers without a stream again. */
export const usbx_bulk_streams_free = library.func(
    'usbx_status usbx_bulk_streams_free(usbx_device *device, const uint8_t *endpoints, size_t endpoint_count)');

/** Opens a stream on a bulk, interrupt or isochronous endpoint of a claimed interface. */
export const usbx_stream_open = library.func(
    'usbx_status usbx_stream_open(usbx_device *device, uint8_t endpoint, const usbx_stream_options *options, _Out_ usbx_stream **stream)');

/** Borrows the next chunk of an IN stream, without a copy. */
export const usbx_stream_next = library.func(
    'usbx_status usbx_stream_next(usbx_stream *stream, uint32_t timeout_ms, _Out_ usbx_chunk *chunk)');

/** Reads from an IN stream like from a file: waits for the first byte, then returns what is there. */
export const usbx_stream_read = library.func(
    'usbx_status usbx_stream_read(usbx_stream *stream, _Inout_ void *data, size_t length, uint32_t timeout_ms, _Out_ size_t *transferred)');

/** Writes to an OUT stream like to a file. */
export const usbx_stream_write = library.func(
    'usbx_status usbx_stream_write(usbx_stream *stream, const void *data, size_t length, uint32_t timeout_ms, _Out_ size_t *transferred)');

/** Lends room in an OUT stream to be filled in place, which avoids the copy of usbx_stream_write. */
export const usbx_stream_space = library.func(
    'usbx_status usbx_stream_space(usbx_stream *stream, uint32_t timeout_ms, _Out_ void **data, _Out_ size_t *length)');

/** Writes the bytes that were put into the room from usbx_stream_space. */
export const usbx_stream_commit = library.func(
    'usbx_status usbx_stream_commit(usbx_stream *stream, size_t length)');

/** Sends what was written and waits until the device has taken all of it. */
export const usbx_stream_flush = library.func(
    'usbx_status usbx_stream_flush(usbx_stream *stream, uint32_t timeout_ms)');

/** Gets the statistics of a stream. */
export const usbx_stream_stats = library.func(
    'usbx_status usbx_stream_stats(usbx_stream *stream, _Out_ usbx_stream_statistics *statistics)');

/** Gets a file descriptor that becomes readable when a stream has work to do. */
export const usbx_stream_fd = library.func(
    'usbx_status usbx_stream_fd(usbx_stream *stream, _Out_ int32_t *fd)');

/** Closes a stream. */
export const usbx_stream_close = library.func(
    'usbx_status usbx_stream_close(usbx_stream *stream)');

/** Starts to watch for devices that are plugged in and unplugged, virtual ones included. */
export const usbx_watch_open = library.func(
    'usbx_status usbx_watch_open(uint16_t vendor_id, uint16_t product_id, _Out_ usbx_watch **watch)');

/** Takes the next event of a watch, in the order in which they happened. */
export const usbx_watch_next = library.func(
    'usbx_status usbx_watch_next(usbx_watch *watch, uint32_t timeout_ms, _Out_ int32_t *event, _Out_ usbx_device_info *info)');

/** Gets a file descriptor that becomes readable when a watch has an event. */
export const usbx_watch_fd = library.func(
    'usbx_status usbx_watch_fd(usbx_watch *watch, _Out_ int32_t *fd)');

/** Closes a watch. */
export const usbx_watch_close = library.func(
    'usbx_status usbx_watch_close(usbx_watch *watch)');

/** Plugs in a virtual device: usbx_devices then lists it and usbx_open opens it, like a real one. */
export const usbx_virtual_open = library.func(
    'usbx_status usbx_virtual_open(const char *model, const char *serial, _Out_ usbx_virtual **virtual_device)');

/** Makes a virtual device that this program answers for. */
export const usbx_virtual_create = library.func(
    'usbx_status usbx_virtual_create(uint8_t speed, const void *descriptors, size_t length, _Out_ usbx_virtual **virtual_device)');

/** Adds a string to a virtual device, in one language. */
export const usbx_virtual_string = library.func(
    'usbx_status usbx_virtual_string(usbx_virtual *virtual_device, uint8_t index, uint16_t language, const char *text)');

/** Adds a descriptor that hosts ask for by itself: a BOS, a HID report descriptor, or one in place of a descriptor that usbx_virtual_create got, which is then the one that requests get. */
export const usbx_virtual_descriptor = library.func(
    'usbx_status usbx_virtual_descriptor(usbx_virtual *virtual_device, uint8_t type, uint8_t index, uint16_t recipient, const void *data, size_t length)');

/** Lets a program answer standard requests of its virtual device itself, or leaves them to the library, as at first. */
export const usbx_virtual_answer_standard_requests = library.func(
    'usbx_status usbx_virtual_answer_standard_requests(usbx_virtual *virtual_device, int32_t enable)');

/** Plugs in a virtual device: usbx_devices lists it, usbx_open opens it, watches report it. */
export const usbx_virtual_plug = library.func(
    'usbx_status usbx_virtual_plug(usbx_virtual *virtual_device)');

/** Gets the path of a virtual device, for usbx_open_path: "virtual/1" for example. */
export const usbx_virtual_path = library.func(
    'usbx_status usbx_virtual_path(usbx_virtual *virtual_device, _Out_ char *path, size_t capacity, _Out_ size_t *length)');

/** Unplugs a virtual device, as if by hand. */
export const usbx_virtual_unplug = library.func(
    'usbx_status usbx_virtual_unplug(usbx_virtual *virtual_device)');

/** Unplugs a virtual device, if it is still plugged in, and closes its handle. */
export const usbx_virtual_close = library.func(
    'usbx_status usbx_virtual_close(usbx_virtual *virtual_device)');

/** Takes the next event of a virtual device from usbx_virtual_create, in the order in which they happened. */
export const usbx_virtual_next = library.func(
    'usbx_status usbx_virtual_next(usbx_virtual *virtual_device, uint32_t timeout_ms, _Out_ usbx_virtual_event *event, _Inout_ void *data, size_t capacity, _Out_ size_t *length)');

/** Answers the control request in hand, which usbx_virtual_next gave. */
export const usbx_virtual_reply = library.func(
    'usbx_status usbx_virtual_reply(usbx_virtual *virtual_device, const void *data, size_t length)');

/** Refuses the control request in hand, or halts an endpoint. */
export const usbx_virtual_stall = library.func(
    'usbx_status usbx_virtual_stall(usbx_virtual *virtual_device, uint8_t endpoint)');

/** Sends data from a virtual device to the host, at an IN endpoint. */
export const usbx_virtual_write = library.func(
    'usbx_status usbx_virtual_write(usbx_virtual *virtual_device, uint8_t endpoint, const void *data, size_t length, uint32_t timeout_ms, _Out_ size_t *transferred)');

/** Receives data that the host sends to a virtual device, at an OUT endpoint. */
export const usbx_virtual_read = library.func(
    'usbx_status usbx_virtual_read(usbx_virtual *virtual_device, uint8_t endpoint, _Inout_ void *data, size_t capacity, uint32_t timeout_ms, _Out_ size_t *transferred)');

/** Gets a file descriptor that becomes readable when a virtual device has an event. */
export const usbx_virtual_fd = library.func(
    'usbx_status usbx_virtual_fd(usbx_virtual *virtual_device, _Out_ int32_t *fd)');

/** Makes transfers of a virtual device fail, deterministically: to try what a program does then. */
export const usbx_virtual_fault = library.func(
    'usbx_status usbx_virtual_fault(usbx_virtual *virtual_device, uint8_t endpoint, const usbx_fault *fault)');

/** Gets how far a recording has been played since it was plugged in last. */
export const usbx_virtual_replay_stats = library.func(
    'usbx_status usbx_virtual_replay_stats(usbx_virtual *virtual_device, _Out_ usbx_replay_statistics *statistics, _Out_ char *departure, size_t capacity, _Out_ size_t *length)');

/** Starts to capture what goes through the library from now on, of every device and every handle of this process, to a file that Wireshark reads. */
export const usbx_capture_open = library.func(
    'usbx_status usbx_capture_open(const char *path, const usbx_capture_options *options, _Out_ usbx_capture **capture)');

/** Gets what a capture has done so far. */
export const usbx_capture_stats = library.func(
    'usbx_status usbx_capture_stats(usbx_capture *capture, _Out_ usbx_capture_statistics *statistics)');

/** Ends a capture and closes its handle. */
export const usbx_capture_close = library.func(
    'usbx_status usbx_capture_close(usbx_capture *capture)');

/** Opens a share: from now on clients of USB/IP can connect, Linux's usbip attach among them. */
export const usbx_share_open = library.func(
    'usbx_status usbx_share_open(const char *address, const usbx_share_options *options, _Out_ usbx_share **share)');

/** Offers a device to clients, until the share is closed. */
export const usbx_share_add = library.func(
    'usbx_status usbx_share_add(usbx_share *share, const char *path, const char *busid)');

/** Gets the address at which a share listens: "127.0.0.1:3240", with the real port where usbx_share_open got 0, or "unix:/path". */
export const usbx_share_address = library.func(
    'usbx_status usbx_share_address(usbx_share *share, _Out_ char *text, size_t capacity, _Out_ size_t *length)');

/** Closes a share: disconnects every client, ends what is pending, gives every device back to its drivers, and returns when that is done. */
export const usbx_share_close = library.func(
    'usbx_status usbx_share_close(usbx_share *share)');

/** Lists the devices that another computer exports over USB/IP, in its own order: those of "usbx share", of Linux's usbipd, of usbipd-win, of a simulator. */
export const usbx_remote_devices = library.func(
    'usbx_status usbx_remote_devices(const char *host, _Out_ usbx_device_info *devices, size_t capacity, _Out_ size_t *count, uint32_t timeout_ms)');

/** Opens a device of another computer over a connection that other code has made: ssh, a TLS proxy, vsock, inetd. */
export const usbx_usbip_open_fd = library.func(
    'usbx_status usbx_usbip_open_fd(int32_t fd, const char *busid, _Out_ usbx_device **device)');
