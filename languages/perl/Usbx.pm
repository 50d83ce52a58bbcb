# The declarations of usbx.h for Perl with FFI::Platypus: constants, records and functions.
# Derived from the header by languages/derive, which `make declarations` runs; edit there. docs/languages.md explains it.
# SPDX-License-Identifier: MIT OR Apache-2.0
package Usbx;
use strict;
use warnings;
use Exporter 'import';
use FFI::Platypus 2.00;

my $ffi = FFI::Platypus->new(api => 2, lib => 'libusbx.so.0');
our @EXPORT;

# Constants.
my %constants;
BEGIN {
    %constants = (
        USBX_NO_WAIT => 4294967295, # For timeout_ms of a wait on a queue, a stream or a watch: return at once.
        USBX_VERSION_MAJOR => 0, # The major version of this header. usbx_version() returns the version of the library.
        USBX_VERSION_MINOR => 1, # The minor version of this header.
        USBX_VERSION_PATCH => 0, # The patch version of this header.
        USBX_SPEED_UNKNOWN => 0, # The speed is not known.
        USBX_SPEED_LOW => 1, # Low speed, 1.5 Mbit/s.
        USBX_SPEED_FULL => 2, # Full speed, 12 Mbit/s.
        USBX_SPEED_HIGH => 3, # High speed, 480 Mbit/s.
        USBX_SPEED_SUPER => 4, # SuperSpeed, 5 Gbit/s.
        USBX_SPEED_SUPER_PLUS => 5, # SuperSpeedPlus, 10 Gbit/s and more.
        USBX_BACKEND_SYSTEM => 0, # A device on this computer's own bus.
        USBX_BACKEND_VIRTUAL => 1, # A virtual device, simulated in this process.
        USBX_BACKEND_USBIP => 2, # A device of another computer, over USB/IP.
        USBX_TYPE_CONTROL => 0, # A control endpoint or transfer.
        USBX_TYPE_ISOCHRONOUS => 1, # An isochronous endpoint or transfer.
        USBX_TYPE_BULK => 2, # A bulk endpoint or transfer.
        USBX_TYPE_INTERRUPT => 3, # An interrupt endpoint or transfer.
        USBX_NO_TIMEOUT => 0, # For timeout_ms: no time limit.
        USBX_TRANSFER_ZERO_PACKET => 1, # Flag of a bulk or interrupt OUT transfer: if its length is a multiple of the packet size, a zero-length packet follows the data, so that the device sees where they end.
        USBX_MEMORY_AUTO => 0, # Memory of a stream: the library measures which kind is faster when the stream is opened, and uses that.
        USBX_MEMORY_HEAP => 1, # Memory of a stream: the process's own; the system copies each transfer.
        USBX_MEMORY_MAPPED => 2, # Memory of a stream: shared with the system, without a copy, like libusb_dev_mem_alloc in libusb.
        USBX_STREAM_EXACT_TIME => 1, # Flag of a stream: its timestamps are exact, however late the reader is.
        USBX_STREAM_KEEP_GOING => 2, # Flag of an IN stream: an error on the bus does not end it.
        USBX_STREAM_ZERO_PACKET => 4, # Flag of a bulk or interrupt OUT stream: usbx_stream_flush ends with a zero-length packet if the bytes that were written since the flush before are a multiple of the packet size, so that the device sees where they end.
        USBX_EVENT_ARRIVED => 1, # The device was plugged in, or was there when the watch was opened, and can be opened.
        USBX_EVENT_LEFT => 2, # The device was unplugged.
        USBX_VIRTUAL_SETUP => 1, # The host sends a control request, which is in hand from now on: answer it with usbx_virtual_reply, or refuse it with usbx_virtual_stall.
        USBX_VIRTUAL_RESET => 2, # The host reset the device: it is as after power-on, in the same configuration.
        USBX_VIRTUAL_CONFIGURED => 3, # The host selected a configuration, or the same one again: alternate settings and halts are as at the beginning.
        USBX_VIRTUAL_ALT_SETTING => 4, # The host selected an alternate setting of an interface.
        USBX_VIRTUAL_HALT => 5, # The host set or cleared the halt of an endpoint.
        USBX_VIRTUAL_OPENED => 6, # A program on the host's side opened the device.
        USBX_VIRTUAL_CLOSED => 7, # A program on the host's side closed the device.
        USBX_VIRTUAL_IN => 8, # The host waits for data of an IN endpoint, and there are none: usbx_virtual_write sends some.
        USBX_VIRTUAL_OUT => 9, # The host has data for an OUT endpoint, and no usbx_virtual_read waits for them.
        USBX_FAULT_STATUS => 1, # Fault: the transfer ends with a status, after so many bytes.
        USBX_FAULT_DELAY => 2, # Fault: the transfer is complete so many milliseconds later than its data.
        USBX_FAULT_NAK => 3, # Fault: the device answers NAK for so many milliseconds before the transfer goes on.
        USBX_FAULT_SHORT => 4, # Fault of an IN transfer: a short packet ends it after so many bytes.
        USBX_FAULT_CORRUPT => 5, # Fault: one bit of the transfer's data is wrong; seed selects which.
        USBX_FAULT_BABBLE => 6, # Fault of an IN transfer: its last packet is one byte too long, which the host sees as USBX_ERROR_OVERFLOW.
        USBX_FAULT_UNPLUG => 7, # Fault: the device is unplugged when so many bytes have moved at the endpoint, from the nth transfer on.
        USBX_OK => 0, # Success.
        USBX_ERROR_IO => -1, # The transfer failed on the bus: a bad cable, electrical noise, or a device that breaks the protocol.
        USBX_ERROR_INVALID_PARAM => -2, # An argument is not valid; usbx_last_error() says which and why.
        USBX_ERROR_ACCESS => -3, # This process may not open the device; usbx_last_error() says what to do, for example which udev rule to add.
        USBX_ERROR_NO_DEVICE => -4, # The device is gone for this handle: it was unplugged, or did not come back from a reset.
        USBX_ERROR_NOT_FOUND => -5, # There is no such device, interface, alternate setting or configuration.
        USBX_ERROR_BUSY => -6, # A kernel driver, another program, another handle or another thread's call is using it; usbx_last_error() says which.
        USBX_ERROR_TIMEOUT => -7, # The time limit passed.
        USBX_ERROR_OVERFLOW => -8, # The device sent more than the buffer can hold.
        USBX_ERROR_PIPE => -9, # The endpoint stalled: the device refused a control request, or the endpoint is halted (see usbx_clear_halt).
        USBX_ERROR_INTERRUPTED => -10, # Not returned: a signal does not end a call. libusb has this number.
        USBX_ERROR_NO_MEM => -11, # Out of memory: the process's own, or the kernel's limit for USB transfers.
        USBX_ERROR_NOT_SUPPORTED => -12, # This platform or device does not support it.
        USBX_ERROR_OTHER => -99, # An error that has no number of its own.
        USBX_ERROR_INVALID_HANDLE => -100, # The handle is NULL, closed, forged, or of another kind.
        USBX_ERROR_CANCELLED => -101, # The transfer was cancelled.
        USBX_ERROR_CLOSED => -102, # Another thread closed the handle during the call.
        USBX_ERROR_NOT_CLAIMED => -103, # This handle has not claimed the interface; call usbx_claim first.
        USBX_ERROR_FORKED => -104, # The handle was opened in the parent process, before fork(); open the device again in the child.
        USBX_ERROR_INTERNAL => -105, # A defect in usbx itself; usbx_last_error() says where.
    );
}
use constant \%constants;
push @EXPORT, keys %constants;

# What is known of a device without opening it.
package Usbx::DeviceInfo {
    use FFI::Platypus::Record;
    record_layout_1(
        'uint16' => 'vendor_id', # idVendor.
        'uint16' => 'product_id', # idProduct.
        'uint16' => 'device_version', # bcdDevice: 0x0100 is release 1.00.
        'uint16' => 'usb_version', # bcdUSB: 0x0200 is USB 2.0.
        'uint8' => 'device_class', # bDeviceClass; 0 means that each interface has its own class.
        'uint8' => 'device_subclass', # bDeviceSubClass.
        'uint8' => 'device_protocol', # bDeviceProtocol.
        'uint8' => 'configurations', # Number of configurations the device has.
        'uint8' => 'bus', # Number of the bus.
        'uint8' => 'address', # Address on the bus; changes each time the device is plugged in.
        'uint8' => 'speed', # The device's speed: USBX_SPEED_*.
        'uint8' => 'backend', # How the device is reached: USBX_BACKEND_*.
        'string(256)' => 'path', # Where the device is plugged in: "2-1.4" is bus 2, port 1, and port 4 of the hub there; "usb2" is the root hub of bus 2; "virtual/1" is a virtual device, "usbip://host/1-1" one of another computer (usbx_remote_devices).
        'string(384)' => 'manufacturer', # Manufacturer's name (iManufacturer).
        'string(384)' => 'product', # Product's name (iProduct).
        'string(384)' => 'serial', # Serial number (iSerialNumber).
        'uint8[64]' => 'reserved', # Always 0.
    );
}
$ffi->type('record(Usbx::DeviceInfo)*' => 'usbx_device_info');

# An endpoint of the active configuration.
package Usbx::Endpoint {
    use FFI::Platypus::Record;
    record_layout_1(
        'uint8' => 'address', # bEndpointAddress: bit 7 is set for IN, device to host.
        'uint8' => 'type', # The endpoint's type: USBX_TYPE_*.
        'uint8' => 'interface_number', # The interface it belongs to; claim that with usbx_claim.
        'uint8' => 'alt_setting', # The alternate setting it belongs to; if that is not the selected one, select it with usbx_set_alt_setting.
        'uint16' => 'max_packet_size', # Bytes in a packet, as the system uses it: wMaxPacketSize without its bits 11 and 12, and no more than USB allows for this type at the device's speed.
        'uint8' => 'packets_per_interval', # Packets in one service interval: up to 3 at high speed, (bMaxBurst + 1) x (Mult + 1) at SuperSpeed, as many as dwBytesPerInterval needs at SuperSpeedPlus, else 1.
        'uint8' => 'interval', # bInterval as the device gives it: milliseconds at low and full speed, 2^(n-1) x 125 us above.
        'uint32' => 'max_bytes_per_interval', # Bytes in one service interval: max_packet_size x packets_per_interval, or the device's wBytesPerInterval or dwBytesPerInterval.
        'uint8[16]' => 'reserved', # Always 0.
    );
}
$ffi->type('record(Usbx::Endpoint)*' => 'usbx_endpoint');

# An alternate setting of an interface of the active configuration.
package Usbx::Interface {
    use FFI::Platypus::Record;
    record_layout_1(
        'uint8' => 'number', # bInterfaceNumber, for usbx_claim.
        'uint8' => 'alt_setting', # bAlternateSetting, for usbx_set_alt_setting.
        'uint8' => 'selected', # 1 if it is the selected one of its interface, else 0.
        'uint8' => 'interface_class', # bInterfaceClass
        'uint8' => 'interface_subclass', # bInterfaceSubClass
        'uint8' => 'interface_protocol', # bInterfaceProtocol
        'uint8' => 'endpoints', # Number of its endpoints that usbx_endpoints lists.
        'uint8' => 'string_index', # iInterface: a string for usbx_get_string; 0 if there is none.
        'uint8' => 'association_first', # bFirstInterface of the interface association it belongs to.
        'uint8' => 'association_count', # bInterfaceCount of that association; 0 if it belongs to none.
        'uint8[22]' => 'reserved', # Always 0.
    );
}
$ffi->type('record(Usbx::Interface)*' => 'usbx_interface');

# One packet of an isochronous transfer.
package Usbx::Packet {
    use FFI::Platypus::Record;
    record_layout_1(
        'uint32' => 'length', # Set before the transfer: bytes to send, or room to receive; at most the endpoint's max_bytes_per_interval.
        'uint32' => 'transferred', # Set by the transfer: bytes that moved.
        'sint32' => 'status', # Set by the transfer: USBX_OK, or what happened to this packet alone; USBX_ERROR_CANCELLED if it was never on the bus.
        'uint32' => 'reserved', # Always 0.
    );
}
$ffi->type('record(Usbx::Packet)*' => 'usbx_packet');

# A transfer to submit to a completion queue.
package Usbx::Transfer {
    use FFI::Platypus::Record;
    record_layout_1(
        'uint8' => 'type', # The type of the transfer: USBX_TYPE_*.
        'uint8' => 'endpoint', # bEndpointAddress; bit 7 is the direction.
        'uint8' => 'request_type', # Control: bmRequestType; bit 7 set means IN.
        'uint8' => 'request', # Control: bRequest.
        'uint16' => 'value', # Control: wValue.
        'uint16' => 'index', # Control: wIndex.
        'uint32' => 'timeout_ms', # Maximum time for the transfer, in milliseconds; USBX_NO_TIMEOUT: no limit.
        'uint32' => 'flags', # 0, or USBX_TRANSFER_ZERO_PACKET.
        'opaque' => 'data', # The bytes to send, or the buffer to receive into.
        'size_t' => 'length', # Size of data in bytes; at most 65535 for control.
        'opaque' => 'packets', # Isochronous: the packets, as in usbx_isochronous_read.
        'size_t' => 'packet_count', # Isochronous: number of packets.
        'uint64' => 'user_data', # A value of the caller's choice; the completion returns it unchanged.
        'uint32' => 'stream', # Bulk: the number of the stream, from 1, if the endpoint has bulk streams (usbx_bulk_streams_alloc); otherwise 0.
        'uint8[28]' => 'reserved', # Set to 0.
    );
}
$ffi->type('record(Usbx::Transfer)*' => 'usbx_transfer');

# The outcome of one transfer.
package Usbx::Completion {
    use FFI::Platypus::Record;
    record_layout_1(
        'uint64' => 'id', # The number that usbx_submit returned for the transfer.
        'uint64' => 'user_data', # The caller's value from the transfer.
        'uint64' => 'timestamp_ns', # When the transfer completed, in nanoseconds of CLOCK_MONOTONIC.
        'size_t' => 'transferred', # Bytes that moved, on failure too.
        'sint32' => 'status', # USBX_OK, or why the transfer ended early.
        'uint8[36]' => 'reserved', # Always 0.
    );
}
$ffi->type('record(Usbx::Completion)*' => 'usbx_completion');

# Options of a stream.
package Usbx::StreamOptions {
    use FFI::Platypus::Record;
    record_layout_1(
        'size_t' => 'size', # Bytes in one transfer: a multiple of the packet size, at most 16 MiB.
        'size_t' => 'depth', # Number of transfers in flight, at most 1024.
        'uint32' => 'memory', # Where the stream's data are: USBX_MEMORY_*.
        'uint32' => 'flags', # 0, or some of USBX_STREAM_*, added up.
        'uint8[40]' => 'reserved', # Set to 0.
    );
}
$ffi->type('record(Usbx::StreamOptions)*' => 'usbx_stream_options');

# The data of one transfer of a stream.
package Usbx::Chunk {
    use FFI::Platypus::Record;
    record_layout_1(
        'opaque' => 'data', # The bytes.
        'size_t' => 'length', # Number of bytes; 0 for a zero-length packet.
        'uint64' => 'timestamp_ns', # When the library found the transfer complete, in nanoseconds of CLOCK_MONOTONIC.
        'uint64' => 'sequence', # Number of the chunk in its stream, from 0.
        'opaque' => 'packets', # The packets of an isochronous transfer, in their order, valid as long as data; NULL for bulk and interrupt.
        'size_t' => 'packet_count', # Number of packets.
        'sint32' => 'status', # USBX_OK, or how the transfer that brought these bytes ended; usbx_stream_next returns the same status after all bytes have been taken, unless the stream keeps going (USBX_STREAM_KEEP_GOING).
        'uint8[28]' => 'reserved', # Always 0.
    );
}
$ffi->type('record(Usbx::Chunk)*' => 'usbx_chunk');

# What a stream has done so far.
package Usbx::StreamStatistics {
    use FFI::Platypus::Record;
    record_layout_1(
        'uint64' => 'bytes', # Bytes that moved.
        'uint64' => 'transfers', # Transfers that completed.
        'uint64' => 'short_packets', # IN transfers that a short packet ended.
        'uint64' => 'stalls', # Transfers that ended with USBX_ERROR_PIPE.
        'uint64' => 'overflows', # Transfers that ended with USBX_ERROR_OVERFLOW.
        'uint64' => 'other_errors', # Transfers that failed in another way; cancelled transfers, and those of an unplugged device, do not count.
        'uint64' => 'device_waits', # How often the reader was so late that no transfer was in flight and the device had to wait.
        'uint64' => 'deepest_backlog', # Maximum number of chunks that waited for the reader.
        'uint64' => 'packets', # Isochronous IN packets that were requested.
        'uint64' => 'lost_packets', # Isochronous IN packets that were lost: packets with an error, and the intervals in which no transfer was in flight because the reader, or the computer, was late.
        'uint64' => 'depth', # Maximum number of transfers in flight that the stream uses.
        'uint64' => 'size', # Bytes in one transfer.
        'uint32' => 'memory', # The kind of memory in use: USBX_MEMORY_HEAP or USBX_MEMORY_MAPPED.
        'uint8[44]' => 'reserved', # Always 0.
    );
}
$ffi->type('record(Usbx::StreamStatistics)*' => 'usbx_stream_statistics');

# Something that happened to a virtual device.
package Usbx::VirtualEvent {
    use FFI::Platypus::Record;
    record_layout_1(
        'sint32' => 'event', # USBX_VIRTUAL_*; 0 if nothing happened.
        'uint8' => 'request_type', # USBX_VIRTUAL_SETUP: bmRequestType; bit 7 set means that the host wants data.
        'uint8' => 'request', # USBX_VIRTUAL_SETUP: bRequest.
        'uint16' => 'value', # USBX_VIRTUAL_SETUP: wValue, in the computer's byte order.
        'uint16' => 'index', # USBX_VIRTUAL_SETUP: wIndex, in the computer's byte order.
        'uint16' => 'length', # USBX_VIRTUAL_SETUP: wLength, in bytes.
        'uint8' => 'endpoint', # USBX_VIRTUAL_IN, _OUT, _HALT: bEndpointAddress.
        'uint8' => 'halted', # USBX_VIRTUAL_HALT: 1 if the endpoint is halted now, 0 if it is not.
        'uint8' => 'configuration', # USBX_VIRTUAL_CONFIGURED: bConfigurationValue, or 0 for the unconfigured state.
        'uint8' => 'interface_number', # USBX_VIRTUAL_ALT_SETTING: bInterfaceNumber.
        'uint8' => 'alt_setting', # USBX_VIRTUAL_ALT_SETTING: bAlternateSetting.
        'uint8[7]' => 'reserved', # Always 0.
        'uint64' => 'lost', # Number of events before this one that were lost, because more than 1024 waited.
        'uint64' => 'interval_ns', # USBX_VIRTUAL_IN of an isochronous endpoint: when the interval begins that the packet is for, in nanoseconds of CLOCK_MONOTONIC.
        'uint8[24]' => 'reserved2', # Always 0.
    );
}
$ffi->type('record(Usbx::VirtualEvent)*' => 'usbx_virtual_event');

# A fault of a virtual device's transfers.
package Usbx::Fault {
    use FFI::Platypus::Record;
    record_layout_1(
        'uint32' => 'kind', # USBX_FAULT_*.
        'uint32' => 'nth', # Which transfer of the endpoint is meant, counted from now on; 0 or 1: the next one.
        'uint32' => 'repeat', # 0: once. 1: each further nth transfer, too.
        'sint32' => 'status', # USBX_FAULT_STATUS: USBX_ERROR_IO, USBX_ERROR_PIPE, USBX_ERROR_OVERFLOW or USBX_ERROR_OTHER.
        'uint64' => 'bytes', # USBX_FAULT_STATUS, _SHORT, _UNPLUG: how many bytes move before.
        'uint32' => 'milliseconds', # USBX_FAULT_DELAY, _NAK: time in milliseconds.
        'uint32' => 'seed', # USBX_FAULT_CORRUPT: any number.
        'uint8[32]' => 'reserved', # Set to 0.
    );
}
$ffi->type('record(Usbx::Fault)*' => 'usbx_fault');

# How a program and the recording that it uses as a device agree so far.
package Usbx::ReplayStatistics {
    use FFI::Platypus::Record;
    record_layout_1(
        'uint64' => 'transfers', # Transfers and control requests that ended as they had ended in the recording.
        'uint64' => 'departures', # Those that ended with USBX_ERROR_OTHER: they were not in the recording, or nothing was left for them.
        'uint64' => 'remaining', # Recorded transfers that the program has not asked for.
        'uint64' => 'frame', # The number in the capture of the frame that the first departure met; 0 if there is none.
        'uint8[32]' => 'reserved', # Always 0.
    );
}
$ffi->type('record(Usbx::ReplayStatistics)*' => 'usbx_replay_statistics');

# Options of a capture.
package Usbx::CaptureOptions {
    use FFI::Platypus::Record;
    record_layout_1(
        'string(256)' => 'path', # Captures only the device at this path, as in usbx_device_info; "": every device.
        'size_t' => 'snap_length', # Maximum number of bytes of each transfer's data; the lengths in the file are still the true ones. 0: no limit.
        'size_t' => 'ring', # 0: records are written as they come.
        'size_t' => 'memory', # Memory in bytes for records that wait to be written, 512 KiB or more; 0: 32 MiB.
        'uint32' => 'flags', # 0; there are no flags yet.
        'uint8[60]' => 'reserved', # Set to 0.
    );
}
$ffi->type('record(Usbx::CaptureOptions)*' => 'usbx_capture_options');

# What a capture has done so far.
package Usbx::CaptureStatistics {
    use FFI::Platypus::Record;
    record_layout_1(
        'uint64' => 'records', # Records that are in the file, or in memory on the way there.
        'uint64' => 'bytes', # Bytes of the file.
        'uint64' => 'dropped', # Records that were lost: there was no memory left for them, or the file takes no more.
        'uint64' => 'replaced', # Records of a ring that newer ones replaced before they were written.
        'uint64' => 'errors', # Transfers that failed; cancelled transfers, and those whose time was up, do not count.
        'uint64' => 'devices', # Devices that were seen.
        'sint32' => 'status', # USBX_OK, or USBX_ERROR_IO once the file takes no more; usbx_capture_close says why.
        'uint8[44]' => 'reserved', # Always 0.
    );
}
$ffi->type('record(Usbx::CaptureStatistics)*' => 'usbx_capture_statistics');

# Options of a share.
package Usbx::ShareOptions {
    use FFI::Platypus::Record;
    record_layout_1(
        'opaque' => 'allow', # The networks whose computers may connect, NUL-terminated: "192.168.1.0/24,fd00::/8,10.0.0.7".
        'uint32' => 'clients', # How many clients may be connected at once; 0 for 64.
        'uint8[52]' => 'reserved', # Set to 0.
    );
}
$ffi->type('record(Usbx::ShareOptions)*' => 'usbx_share_options');

# usbx_version(): Returns the version of the loaded library, for example "0.1.0".
$ffi->attach(usbx_version => [] => 'string');

# usbx_error_name(status): Returns the name of a status as this header spells it, for example "USBX_ERROR_TIMEOUT".
$ffi->attach(usbx_error_name => ['sint32'] => 'string');

# usbx_error_text(status): Returns one plain sentence that describes a status.
$ffi->attach(usbx_error_text => ['sint32'] => 'string');

# usbx_last_error(): Returns one sentence about the calling thread's last failure.
$ffi->attach(usbx_last_error => [] => 'string');

# usbx_handle_error(handle, text, capacity, length): Gets one sentence about the last failure of calls with a handle, whichever thread made the call.
$ffi->attach(usbx_handle_error => ['opaque', 'opaque', 'size_t', 'size_t*'] => 'sint32');

# usbx_shutdown(leaked): Closes every handle of this process, whichever thread opened it.
$ffi->attach(usbx_shutdown => ['size_t*'] => 'sint32');

# usbx_devices(devices, capacity, count): Lists the devices that are plugged in now, root hubs and virtual devices included, in the order of their paths.
$ffi->attach(usbx_devices => ['opaque', 'size_t', 'size_t*'] => 'sint32');

# usbx_open(vendor_id, product_id, serial, device): Opens the device with these IDs and, if given, this serial number.
$ffi->attach(usbx_open => ['uint16', 'uint16', 'string', 'opaque*'] => 'sint32');

# usbx_open_path(path, device): Opens the device at a path, whichever device is plugged in there.
$ffi->attach(usbx_open_path => ['string', 'opaque*'] => 'sint32');

# usbx_open_fd(fd, device): Makes a device handle from a usbfs file descriptor that other code opened.
$ffi->attach(usbx_open_fd => ['sint32', 'opaque*'] => 'sint32');

# usbx_close(device): Closes a device.
$ffi->attach(usbx_close => ['opaque'] => 'sint32');

# usbx_info(device, info): Describes an open device, as usbx_devices does; works after unplugging too.
$ffi->attach(usbx_info => ['opaque', 'usbx_device_info'] => 'sint32');

# usbx_get_configuration(device, configuration): Gets the number of the active configuration.
$ffi->attach(usbx_get_configuration => ['opaque', 'uint8*'] => 'sint32');

# usbx_set_configuration(device, configuration): Selects a configuration, or takes the device back to the unconfigured state.
$ffi->attach(usbx_set_configuration => ['opaque', 'uint8'] => 'sint32');

# usbx_claim(device, interface_number): Claims an interface, so that this handle can use its endpoints and no other program or handle can claim it.
$ffi->attach(usbx_claim => ['opaque', 'uint8'] => 'sint32');

# usbx_release(device, interface_number): Releases a claimed interface.
$ffi->attach(usbx_release => ['opaque', 'uint8'] => 'sint32');

# usbx_set_alt_setting(device, interface_number, alt_setting): Selects an alternate setting of a claimed interface.
$ffi->attach(usbx_set_alt_setting => ['opaque', 'uint8', 'uint8'] => 'sint32');

# usbx_kernel_driver(device, interface_number, name, capacity, length): Gets the name of the kernel driver that holds an interface, for example "usbhid".
$ffi->attach(usbx_kernel_driver => ['opaque', 'uint8', 'opaque', 'size_t', 'size_t*'] => 'sint32');

# usbx_detach_kernel_driver(device, interface_number): Detaches the kernel driver from an interface, so that it can be claimed.
$ffi->attach(usbx_detach_kernel_driver => ['opaque', 'uint8'] => 'sint32');

# usbx_set_auto_detach(device, enable): Makes claims detach kernel drivers by themselves, or stops that.
$ffi->attach(usbx_set_auto_detach => ['opaque', 'sint32'] => 'sint32');

# usbx_attach_kernel_driver(device, interface_number): Lets a kernel driver bind to an interface again, without waiting for usbx_close.
$ffi->attach(usbx_attach_kernel_driver => ['opaque', 'uint8'] => 'sint32');

# usbx_endpoints(device, endpoints, capacity, count): Lists the endpoints of the active configuration, in every interface and every alternate setting.
$ffi->attach(usbx_endpoints => ['opaque', 'opaque', 'size_t', 'size_t*'] => 'sint32');

# usbx_interfaces(device, interfaces, capacity, count): Lists the interfaces of the active configuration, with every alternate setting of each.
$ffi->attach(usbx_interfaces => ['opaque', 'opaque', 'size_t', 'size_t*'] => 'sint32');

# usbx_descriptors(path, data, capacity, length): Gets the descriptors of a device that usbx_devices lists, without opening it.
$ffi->attach(usbx_descriptors => ['string', 'opaque', 'size_t', 'size_t*'] => 'sint32');

# usbx_get_descriptor(device, type, index, data, length, transferred): Requests a descriptor from the device and returns it as the device sends it.
$ffi->attach(usbx_get_descriptor => ['opaque', 'uint8', 'uint8', 'opaque', 'size_t', 'size_t*'] => 'sint32');

# usbx_get_string(device, index, language, text, capacity, length): Requests a string from the device and returns it in UTF-8.
$ffi->attach(usbx_get_string => ['opaque', 'uint8', 'uint16', 'opaque', 'size_t', 'size_t*'] => 'sint32');

# usbx_control(device, request_type, request, value, index, data, length, timeout_ms, transferred): Sends a control request and transfers its data, in either direction.
$ffi->attach(usbx_control => ['opaque', 'uint8', 'uint8', 'uint16', 'uint16', 'opaque', 'uint16', 'uint32', 'size_t*'] => 'sint32');

# usbx_bulk_read(device, endpoint, data, length, timeout_ms, transferred): Reads from a bulk endpoint until the buffer is full or a short packet ends the read.
$ffi->attach(usbx_bulk_read => ['opaque', 'uint8', 'opaque', 'size_t', 'uint32', 'size_t*'] => 'sint32');

# usbx_bulk_write(device, endpoint, data, length, timeout_ms, transferred): Writes to a bulk endpoint.
$ffi->attach(usbx_bulk_write => ['opaque', 'uint8', 'opaque', 'size_t', 'uint32', 'size_t*'] => 'sint32');

# usbx_interrupt_read(device, endpoint, data, length, timeout_ms, transferred): Reads from an interrupt endpoint until the buffer is full or a short packet ends the read.
$ffi->attach(usbx_interrupt_read => ['opaque', 'uint8', 'opaque', 'size_t', 'uint32', 'size_t*'] => 'sint32');

# usbx_interrupt_write(device, endpoint, data, length, timeout_ms, transferred): Writes to an interrupt endpoint.
$ffi->attach(usbx_interrupt_write => ['opaque', 'uint8', 'opaque', 'size_t', 'uint32', 'size_t*'] => 'sint32');

# usbx_clear_halt(device, endpoint): Clears the halt of an endpoint, so that data flows again after USBX_ERROR_PIPE.
$ffi->attach(usbx_clear_halt => ['opaque', 'uint8'] => 'sint32');

# usbx_reset(device): Resets the device, as if it were unplugged and plugged in again.
$ffi->attach(usbx_reset => ['opaque'] => 'sint32');

# usbx_cancel(device, endpoint): Cancels all pending transfers of an endpoint.
$ffi->attach(usbx_cancel => ['opaque', 'uint8'] => 'sint32');

# usbx_isochronous_read(device, endpoint, data, length, packets, packet_count, timeout_ms, transferred): Reads packets from an isochronous endpoint, one in each service interval.
$ffi->attach(usbx_isochronous_read => ['opaque', 'uint8', 'opaque', 'size_t', 'opaque', 'size_t', 'uint32', 'size_t*'] => 'sint32');

# usbx_isochronous_write(device, endpoint, data, length, packets, packet_count, timeout_ms, transferred): Writes packets to an isochronous endpoint, one in each service interval.
$ffi->attach(usbx_isochronous_write => ['opaque', 'uint8', 'opaque', 'size_t', 'opaque', 'size_t', 'uint32', 'size_t*'] => 'sint32');

# usbx_buffer_alloc(device, length, buffer): Allocates memory that transfers use without a copy.
$ffi->attach(usbx_buffer_alloc => ['opaque', 'size_t', 'opaque*'] => 'sint32');

# usbx_buffer_free(buffer): Frees a buffer from usbx_buffer_alloc.
$ffi->attach(usbx_buffer_free => ['opaque'] => 'sint32');

# usbx_queue_open(queue): Opens a completion queue.
$ffi->attach(usbx_queue_open => ['opaque*'] => 'sint32');

# usbx_submit(device, queue, transfer, id): Starts a transfer and returns at once; its completion comes from the queue.
$ffi->attach(usbx_submit => ['opaque', 'opaque', 'usbx_transfer', 'uint64*'] => 'sint32');

# usbx_queue_wait(queue, completions, capacity, timeout_ms, count): Waits for transfers to complete and takes the completions that are there, as many as fit.
$ffi->attach(usbx_queue_wait => ['opaque', 'opaque', 'size_t', 'uint32', 'size_t*'] => 'sint32');

# usbx_queue_cancel(queue, id): Cancels one transfer of a queue, or all of them.
$ffi->attach(usbx_queue_cancel => ['opaque', 'uint64'] => 'sint32');

# usbx_queue_fd(queue, fd): Gets a file descriptor that becomes readable when a queue has work to do.
$ffi->attach(usbx_queue_fd => ['opaque', 'sint32*'] => 'sint32');

# usbx_queue_close(queue): Closes a queue.
$ffi->attach(usbx_queue_close => ['opaque'] => 'sint32');

# usbx_bulk_streams_alloc(device, count, endpoints, endpoint_count, allocated): Allocates bulk streams (USB 3) on some bulk endpoints of one claimed interface.
$ffi->attach(usbx_bulk_streams_alloc => ['opaque', 'uint32', 'opaque', 'size_t', 'uint32*'] => 'sint32');

# usbx_bulk_streams_free(device, endpoints, endpoint_count): Frees the bulk streams of some endpoints, which then take transfers without a stream again.
$ffi->attach(usbx_bulk_streams_free => ['opaque', 'opaque', 'size_t'] => 'sint32');

# usbx_stream_open(device, endpoint, options, stream): Opens a stream on a bulk, interrupt or isochronous endpoint of a claimed interface.
$ffi->attach(usbx_stream_open => ['opaque', 'uint8', 'usbx_stream_options', 'opaque*'] => 'sint32');

# usbx_stream_next(stream, timeout_ms, chunk): Borrows the next chunk of an IN stream, without a copy.
$ffi->attach(usbx_stream_next => ['opaque', 'uint32', 'usbx_chunk'] => 'sint32');

# usbx_stream_read(stream, data, length, timeout_ms, transferred): Reads from an IN stream like from a file: waits for the first byte, then returns what is there.
$ffi->attach(usbx_stream_read => ['opaque', 'opaque', 'size_t', 'uint32', 'size_t*'] => 'sint32');

# usbx_stream_write(stream, data, length, timeout_ms, transferred): Writes to an OUT stream like to a file.
$ffi->attach(usbx_stream_write => ['opaque', 'opaque', 'size_t', 'uint32', 'size_t*'] => 'sint32');

# usbx_stream_space(stream, timeout_ms, data, length): Lends room in an OUT stream to be filled in place, which avoids the copy of usbx_stream_write.
$ffi->attach(usbx_stream_space => ['opaque', 'uint32', 'opaque*', 'size_t*'] => 'sint32');

# usbx_stream_commit(stream, length): Writes the bytes that were put into the room from usbx_stream_space.
$ffi->attach(usbx_stream_commit => ['opaque', 'size_t'] => 'sint32');

# usbx_stream_flush(stream, timeout_ms): Sends what was written and waits until the device has taken all of it.
$ffi->attach(usbx_stream_flush => ['opaque', 'uint32'] => 'sint32');

# usbx_stream_stats(stream, statistics): Gets the statistics of a stream.
$ffi->attach(usbx_stream_stats => ['opaque', 'usbx_stream_statistics'] => 'sint32');

# usbx_stream_fd(stream, fd): Gets a file descriptor that becomes readable when a stream has work to do.
$ffi->attach(usbx_stream_fd => ['opaque', 'sint32*'] => 'sint32');

# usbx_stream_close(stream): Closes a stream.
$ffi->attach(usbx_stream_close => ['opaque'] => 'sint32');

# usbx_watch_open(vendor_id, product_id, watch): Starts to watch for devices that are plugged in and unplugged, virtual ones included.
$ffi->attach(usbx_watch_open => ['uint16', 'uint16', 'opaque*'] => 'sint32');

# usbx_watch_next(watch, timeout_ms, event, info): Takes the next event of a watch, in the order in which they happened.
$ffi->attach(usbx_watch_next => ['opaque', 'uint32', 'sint32*', 'usbx_device_info'] => 'sint32');

# usbx_watch_fd(watch, fd): Gets a file descriptor that becomes readable when a watch has an event.
$ffi->attach(usbx_watch_fd => ['opaque', 'sint32*'] => 'sint32');

# usbx_watch_close(watch): Closes a watch.
$ffi->attach(usbx_watch_close => ['opaque'] => 'sint32');

# usbx_virtual_open(model, serial, virtual_device): Plugs in a virtual device: usbx_devices then lists it and usbx_open opens it, like a real one.
$ffi->attach(usbx_virtual_open => ['string', 'string', 'opaque*'] => 'sint32');

# usbx_virtual_create(speed, descriptors, length, virtual_device): Makes a virtual device that this program answers for.
$ffi->attach(usbx_virtual_create => ['uint8', 'opaque', 'size_t', 'opaque*'] => 'sint32');

# usbx_virtual_string(virtual_device, index, language, text): Adds a string to a virtual device, in one language.
$ffi->attach(usbx_virtual_string => ['opaque', 'uint8', 'uint16', 'string'] => 'sint32');

# usbx_virtual_descriptor(virtual_device, type, index, recipient, data, length): Adds a descriptor that hosts ask for by itself: a BOS, a HID report descriptor, or one in place of a descriptor that usbx_virtual_create got, which is then the one that requests get.
$ffi->attach(usbx_virtual_descriptor => ['opaque', 'uint8', 'uint8', 'uint16', 'opaque', 'size_t'] => 'sint32');

# usbx_virtual_answer_standard_requests(virtual_device, enable): Lets a program answer standard requests of its virtual device itself, or leaves them to the library, as at first.
$ffi->attach(usbx_virtual_answer_standard_requests => ['opaque', 'sint32'] => 'sint32');

# usbx_virtual_plug(virtual_device): Plugs in a virtual device: usbx_devices lists it, usbx_open opens it, watches report it.
$ffi->attach(usbx_virtual_plug => ['opaque'] => 'sint32');

# usbx_virtual_path(virtual_device, path, capacity, length): Gets the path of a virtual device, for usbx_open_path: "virtual/1" for example.
$ffi->attach(usbx_virtual_path => ['opaque', 'opaque', 'size_t', 'size_t*'] => 'sint32');

# usbx_virtual_unplug(virtual_device): Unplugs a virtual device, as if by hand.
$ffi->attach(usbx_virtual_unplug => ['opaque'] => 'sint32');

# usbx_virtual_close(virtual_device): Unplugs a virtual device, if it is still plugged in, and closes its handle.
$ffi->attach(usbx_virtual_close => ['opaque'] => 'sint32');

# usbx_virtual_next(virtual_device, timeout_ms, event, data, capacity, length): Takes the next event of a virtual device from usbx_virtual_create, in the order in which they happened.
$ffi->attach(usbx_virtual_next => ['opaque', 'uint32', 'usbx_virtual_event', 'opaque', 'size_t', 'size_t*'] => 'sint32');

# usbx_virtual_reply(virtual_device, data, length): Answers the control request in hand, which usbx_virtual_next gave.
$ffi->attach(usbx_virtual_reply => ['opaque', 'opaque', 'size_t'] => 'sint32');

# usbx_virtual_stall(virtual_device, endpoint): Refuses the control request in hand, or halts an endpoint.
$ffi->attach(usbx_virtual_stall => ['opaque', 'uint8'] => 'sint32');

# usbx_virtual_write(virtual_device, endpoint, data, length, timeout_ms, transferred): Sends data from a virtual device to the host, at an IN endpoint.
$ffi->attach(usbx_virtual_write => ['opaque', 'uint8', 'opaque', 'size_t', 'uint32', 'size_t*'] => 'sint32');

# usbx_virtual_read(virtual_device, endpoint, data, capacity, timeout_ms, transferred): Receives data that the host sends to a virtual device, at an OUT endpoint.
$ffi->attach(usbx_virtual_read => ['opaque', 'uint8', 'opaque', 'size_t', 'uint32', 'size_t*'] => 'sint32');

# usbx_virtual_fd(virtual_device, fd): Gets a file descriptor that becomes readable when a virtual device has an event.
$ffi->attach(usbx_virtual_fd => ['opaque', 'sint32*'] => 'sint32');

# usbx_virtual_fault(virtual_device, endpoint, fault): Makes transfers of a virtual device fail, deterministically: to try what a program does then.
$ffi->attach(usbx_virtual_fault => ['opaque', 'uint8', 'usbx_fault'] => 'sint32');

# usbx_virtual_replay_stats(virtual_device, statistics, departure, capacity, length): Gets how far a recording has been played since it was plugged in last.
$ffi->attach(usbx_virtual_replay_stats => ['opaque', 'usbx_replay_statistics', 'opaque', 'size_t', 'size_t*'] => 'sint32');

# usbx_capture_open(path, options, capture): Starts to capture what goes through the library from now on, of every device and every handle of this process, to a file that Wireshark reads.
$ffi->attach(usbx_capture_open => ['string', 'usbx_capture_options', 'opaque*'] => 'sint32');

# usbx_capture_stats(capture, statistics): Gets what a capture has done so far.
$ffi->attach(usbx_capture_stats => ['opaque', 'usbx_capture_statistics'] => 'sint32');

# usbx_capture_close(capture): Ends a capture and closes its handle.
$ffi->attach(usbx_capture_close => ['opaque'] => 'sint32');

# usbx_share_open(address, options, share): Opens a share: from now on clients of USB/IP can connect, Linux's usbip attach among them.
$ffi->attach(usbx_share_open => ['string', 'usbx_share_options', 'opaque*'] => 'sint32');

# usbx_share_add(share, path, busid): Offers a device to clients, until the share is closed.
$ffi->attach(usbx_share_add => ['opaque', 'string', 'string'] => 'sint32');

# usbx_share_address(share, text, capacity, length): Gets the address at which a share listens: "127.0.0.1:3240", with the real port where usbx_share_open got 0, or "unix:/path".
$ffi->attach(usbx_share_address => ['opaque', 'opaque', 'size_t', 'size_t*'] => 'sint32');

# usbx_share_close(share): Closes a share: disconnects every client, ends what is pending, gives every device back to its drivers, and returns when that is done.
$ffi->attach(usbx_share_close => ['opaque'] => 'sint32');

# usbx_remote_devices(host, devices, capacity, count, timeout_ms): Lists the devices that another computer exports over USB/IP, in its own order: those of "usbx share", of Linux's usbipd, of usbipd-win, of a simulator.
$ffi->attach(usbx_remote_devices => ['string', 'opaque', 'size_t', 'size_t*', 'uint32'] => 'sint32');

# usbx_usbip_open_fd(fd, busid, device): Opens a device of another computer over a connection that other code has made: ssh, a TLS proxy, vsock, inetd.
$ffi->attach(usbx_usbip_open_fd => ['sint32', 'string', 'opaque*'] => 'sint32');

push @EXPORT, qw(
    usbx_version
    usbx_error_name
    usbx_error_text
    usbx_last_error
    usbx_handle_error
    usbx_shutdown
    usbx_devices
    usbx_open
    usbx_open_path
    usbx_open_fd
    usbx_close
    usbx_info
    usbx_get_configuration
    usbx_set_configuration
    usbx_claim
    usbx_release
    usbx_set_alt_setting
    usbx_kernel_driver
    usbx_detach_kernel_driver
    usbx_set_auto_detach
    usbx_attach_kernel_driver
    usbx_endpoints
    usbx_interfaces
    usbx_descriptors
    usbx_get_descriptor
    usbx_get_string
    usbx_control
    usbx_bulk_read
    usbx_bulk_write
    usbx_interrupt_read
    usbx_interrupt_write
    usbx_clear_halt
    usbx_reset
    usbx_cancel
    usbx_isochronous_read
    usbx_isochronous_write
    usbx_buffer_alloc
    usbx_buffer_free
    usbx_queue_open
    usbx_submit
    usbx_queue_wait
    usbx_queue_cancel
    usbx_queue_fd
    usbx_queue_close
    usbx_bulk_streams_alloc
    usbx_bulk_streams_free
    usbx_stream_open
    usbx_stream_next
    usbx_stream_read
    usbx_stream_write
    usbx_stream_space
    usbx_stream_commit
    usbx_stream_flush
    usbx_stream_stats
    usbx_stream_fd
    usbx_stream_close
    usbx_watch_open
    usbx_watch_next
    usbx_watch_fd
    usbx_watch_close
    usbx_virtual_open
    usbx_virtual_create
    usbx_virtual_string
    usbx_virtual_descriptor
    usbx_virtual_answer_standard_requests
    usbx_virtual_plug
    usbx_virtual_path
    usbx_virtual_unplug
    usbx_virtual_close
    usbx_virtual_next
    usbx_virtual_reply
    usbx_virtual_stall
    usbx_virtual_write
    usbx_virtual_read
    usbx_virtual_fd
    usbx_virtual_fault
    usbx_virtual_replay_stats
    usbx_capture_open
    usbx_capture_stats
    usbx_capture_close
    usbx_share_open
    usbx_share_add
    usbx_share_address
    usbx_share_close
    usbx_remote_devices
    usbx_usbip_open_fd
);

1;
