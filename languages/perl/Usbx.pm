# What usbx.h declares, for Perl by FFI::Platypus: constants, records and functions.
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
        USBX_NO_WAIT => 4294967295, # For waits on the library's own queues: return at once.
        USBX_VERSION_MAJOR => 0, # The version of this header; usbx_version() tells the library's.
        USBX_VERSION_MINOR => 1, # See USBX_VERSION_MAJOR.
        USBX_VERSION_PATCH => 0, # See USBX_VERSION_MAJOR.
        USBX_SPEED_UNKNOWN => 0, # Speed not known.
        USBX_SPEED_LOW => 1, # 1.5 Mbit/s.
        USBX_SPEED_FULL => 2, # 12 Mbit/s.
        USBX_SPEED_HIGH => 3, # 480 Mbit/s.
        USBX_SPEED_SUPER => 4, # 5 Gbit/s.
        USBX_SPEED_SUPER_PLUS => 5, # 10 Gbit/s and more.
        USBX_BACKEND_LIBUSB => 0, # A device on this computer's own bus.
        USBX_BACKEND_VIRTUAL => 1, # A virtual device, living in this process.
        USBX_BACKEND_USBIP => 2, # A device of another computer, over USB/IP.
        USBX_TYPE_CONTROL => 0, # An endpoint of type control.
        USBX_TYPE_ISOCHRONOUS => 1, # An endpoint of type isochronous.
        USBX_TYPE_BULK => 2, # An endpoint of type bulk.
        USBX_TYPE_INTERRUPT => 3, # An endpoint of type interrupt.
        USBX_NO_TIMEOUT => 0, # A timeout that never comes: wait for ever.
        USBX_MEMORY_AUTO => 0, # Memory of a stream: whichever is faster here, found out when it is opened.
        USBX_MEMORY_HEAP => 1, # The process's own memory; the system copies each transfer.
        USBX_MEMORY_MAPPED => 2, # Memory shared with the system, no copy.
        USBX_STREAM_EXACT_TIME => 1, # A thread of the library takes completions as they come, so that timestamp_ns is exact however late the reader is.
        USBX_EVENT_ARRIVED => 1, # The device was plugged in, or was there when the watch began, and can be opened.
        USBX_EVENT_LEFT => 2, # The device was unplugged.
        USBX_OK => 0, # Success.
        USBX_ERROR_IO => -1, # The transfer failed on the bus (cable, electrical noise, a device that breaks the protocol).
        USBX_ERROR_INVALID_PARAM => -2, # An argument is not valid; usbx_last_error() says which and why.
        USBX_ERROR_ACCESS => -3, # Permission denied; usbx_last_error() has the udev rule that grants it.
        USBX_ERROR_NO_DEVICE => -4, # The device was there and is gone.
        USBX_ERROR_NOT_FOUND => -5, # There is no such device, interface, alternate setting or configuration.
        USBX_ERROR_BUSY => -6, # A kernel driver, another program or another handle holds it; usbx_last_error() says who.
        USBX_ERROR_TIMEOUT => -7, # The time given was not enough; what moved until then is counted and in the buffer.
        USBX_ERROR_OVERFLOW => -8, # The device sent more than the buffer can hold.
        USBX_ERROR_PIPE => -9, # The endpoint stalled: a control request was refused, or the endpoint is halted (see usbx_clear_halt).
        USBX_ERROR_INTERRUPTED => -10, # A signal interrupted the call.
        USBX_ERROR_NO_MEM => -11, # Memory ran out, the process's or the kernel's share for USB transfers.
        USBX_ERROR_NOT_SUPPORTED => -12, # This platform or device does not support it.
        USBX_ERROR_OTHER => -99, # An error that has no number of its own.
        USBX_ERROR_INVALID_HANDLE => -100, # The handle is NULL, closed, forged, or of another kind.
        USBX_ERROR_CANCELLED => -101, # usbx_cancel ended the transfer; what moved until then is counted and in the buffer.
        USBX_ERROR_CLOSED => -102, # Another thread closed the handle during the call; what moved until then is counted and in the buffer.
        USBX_ERROR_NOT_CLAIMED => -103, # The interface is not claimed by this handle; call usbx_claim first.
        USBX_ERROR_FORKED => -104, # The handle was opened before fork(), in the parent process; open the device anew in the child.
        USBX_ERROR_INTERNAL => -105, # A defect in usbx itself, with its place in usbx_last_error(); please report it.
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
        'uint8' => 'device_class', # bDeviceClass; 0 says that each interface has its own.
        'uint8' => 'device_subclass', # bDeviceSubClass.
        'uint8' => 'device_protocol', # bDeviceProtocol.
        'uint8' => 'configurations', # How many configurations the device has.
        'uint8' => 'bus', # Number of the bus.
        'uint8' => 'address', # Address on the bus; changes each time the device is plugged in.
        'uint8' => 'speed', # USBX_SPEED_*.
        'uint8' => 'backend', # USBX_BACKEND_*.
        'string(256)' => 'path', # Where the device is plugged in: "2-1.4" is bus 2, port 1, port 4 of the hub there; "usb2" bus 2's root hub; "virtual/1" a virtual device.
        'string(384)' => 'manufacturer', # iManufacturer.
        'string(384)' => 'product', # iProduct.
        'string(384)' => 'serial', # iSerialNumber.
        'uint8[64]' => 'reserved', # 0.
    );
}
$ffi->type('record(Usbx::DeviceInfo)*' => 'usbx_device_info');

# An endpoint of the active configuration.
package Usbx::Endpoint {
    use FFI::Platypus::Record;
    record_layout_1(
        'uint8' => 'address', # bEndpointAddress: bit 7 is set for IN, device to host.
        'uint8' => 'type', # USBX_TYPE_*.
        'uint8' => 'interface_number', # The interface it belongs to, to be claimed with usbx_claim.
        'uint8' => 'alt_setting', # The alternate setting it belongs to, to be selected with usbx_set_alt_setting if it is not 0.
        'uint16' => 'max_packet_size', # Bytes in a packet: wMaxPacketSize without its bits 11 and 12.
        'uint8' => 'packets_per_interval', # Packets in one service interval: up to 3 at high speed, (bMaxBurst + 1) x (Mult + 1) at SuperSpeed, else 1.
        'uint8' => 'interval', # bInterval as the device gives it: milliseconds at low and full speed, 2^(n-1) x 125 us above.
        'uint32' => 'max_bytes_per_interval', # Bytes in one service interval: max_packet_size x packets_per_interval, or the device's wBytesPerInterval.
        'uint8[16]' => 'reserved', # 0.
    );
}
$ffi->type('record(Usbx::Endpoint)*' => 'usbx_endpoint');

# One packet of an isochronous transfer.
package Usbx::Packet {
    use FFI::Platypus::Record;
    record_layout_1(
        'uint32' => 'length', # Before: bytes to send, or room to receive; the endpoint's max_bytes_per_interval at the most.
        'uint32' => 'transferred', # After: bytes that moved.
        'sint32' => 'status', # After: USBX_OK, or what happened to this packet alone; USBX_ERROR_CANCELLED if it was never on the bus.
        'uint32' => 'reserved', # 0.
    );
}
$ffi->type('record(Usbx::Packet)*' => 'usbx_packet');

# A transfer to submit.
package Usbx::Transfer {
    use FFI::Platypus::Record;
    record_layout_1(
        'uint8' => 'type', # USBX_TYPE_*.
        'uint8' => 'endpoint', # bEndpointAddress, not for control requests.
        'uint8' => 'request_type', # Control: bmRequestType; bit 7 set means IN.
        'uint8' => 'request', # Control: bRequest.
        'uint16' => 'value', # Control: wValue.
        'uint16' => 'index', # Control: wIndex.
        'uint32' => 'timeout_ms', # Milliseconds the transfer may take; USBX_NO_TIMEOUT: for ever.
        'uint32' => 'reserved_1', # 0.
        'opaque' => 'data', # The bytes to send or to receive into.
        'size_t' => 'length', # How many; 65535 at the most for control.
        'opaque' => 'packets', # Isochronous: the packets, as usbx_isochronous_read.
        'size_t' => 'packet_count', # Isochronous: how many.
        'uint64' => 'user_data', # Comes back in the completion, as it is.
        'uint8[32]' => 'reserved', # 0.
    );
}
$ffi->type('record(Usbx::Transfer)*' => 'usbx_transfer');

# How a transfer went.
package Usbx::Completion {
    use FFI::Platypus::Record;
    record_layout_1(
        'uint64' => 'id', # The number that usbx_submit gave.
        'uint64' => 'user_data', # From the transfer.
        'uint64' => 'timestamp_ns', # When it completed: nanoseconds of CLOCK_MONOTONIC.
        'size_t' => 'transferred', # Bytes that moved, on failure too.
        'sint32' => 'status', # USBX_OK, or why the transfer ended early.
        'uint8[36]' => 'reserved', # 0.
    );
}
$ffi->type('record(Usbx::Completion)*' => 'usbx_completion');

# How a stream is to work.
package Usbx::StreamOptions {
    use FFI::Platypus::Record;
    record_layout_1(
        'size_t' => 'size', # Bytes in one transfer, a multiple of the packet size, 16 MiB at the most.
        'size_t' => 'depth', # Transfers in flight, 1024 at the most.
        'uint32' => 'memory', # USBX_MEMORY_*.
        'uint32' => 'flags', # 0, or USBX_STREAM_EXACT_TIME.
        'uint8[40]' => 'reserved', # 0.
    );
}
$ffi->type('record(Usbx::StreamOptions)*' => 'usbx_stream_options');

# What one transfer of a stream brought.
package Usbx::Chunk {
    use FFI::Platypus::Record;
    record_layout_1(
        'opaque' => 'data', # The bytes; the library's, and valid until the next call of usbx_stream_next, usbx_stream_read or usbx_stream_close.
        'size_t' => 'length', # How many; 0 for a zero-length packet.
        'uint64' => 'timestamp_ns', # When it was found complete, in nanoseconds of CLOCK_MONOTONIC: at once while a call for the stream waits, otherwise at the next call, or at once in any case with USBX_STREAM_EXACT_TIME.
        'uint64' => 'sequence', # Counts the chunks of the stream, from 0.
        'opaque' => 'packets', # The packets of an isochronous transfer, in their order, as long valid as data; NULL for bulk and interrupt.
        'size_t' => 'packet_count', # How many.
        'sint32' => 'status', # USBX_OK, or how the transfer ended that brought these bytes: usbx_stream_next says the same when all of them were taken.
        'uint8[28]' => 'reserved', # 0.
    );
}
$ffi->type('record(Usbx::Chunk)*' => 'usbx_chunk');

# What a stream has done so far.
package Usbx::StreamStatistics {
    use FFI::Platypus::Record;
    record_layout_1(
        'uint64' => 'bytes', # Bytes that moved.
        'uint64' => 'transfers', # Transfers that completed.
        'uint64' => 'short_packets', # Transfers IN that a short packet ended.
        'uint64' => 'stalls', # Transfers that ended with USBX_ERROR_PIPE.
        'uint64' => 'overflows', # Transfers that ended with USBX_ERROR_OVERFLOW.
        'uint64' => 'other_errors', # Transfers that failed otherwise; cancelled ones, and those of an unplugged device, do not count.
        'uint64' => 'device_waits', # How often no transfer was in flight because the reader was late: the device had to wait.
        'uint64' => 'deepest_backlog', # The most chunks that waited for the reader.
        'uint64' => 'packets', # Isochronous packets IN that were asked for.
        'uint64' => 'lost_packets', # Isochronous packets IN that were lost: those with an error, and as many as there were intervals in which nothing was in flight because the reader was late (reckoned by the clock, to about one transfer).
        'uint64' => 'depth', # Transfers in flight at the most, as it turned out.
        'uint64' => 'size', # Bytes in one transfer.
        'uint32' => 'memory', # USBX_MEMORY_HEAP or USBX_MEMORY_MAPPED.
        'uint8[44]' => 'reserved', # 0.
    );
}
$ffi->type('record(Usbx::StreamStatistics)*' => 'usbx_stream_statistics');

# usbx_version(): The version of the library that is loaded: "0.1.0".
$ffi->attach(usbx_version => [] => 'string');

# usbx_error_name(status): The name of a status as the header spells it: "USBX_ERROR_TIMEOUT".
$ffi->attach(usbx_error_name => ['sint32'] => 'string');

# usbx_error_text(status): One plain sentence on a status.
$ffi->attach(usbx_error_text => ['sint32'] => 'string');

# usbx_last_error(): The calling thread's last failure, as one sentence to act on: what was tried, on which device, what stood in the way and what to do.
$ffi->attach(usbx_last_error => [] => 'string');

# usbx_shutdown(leaked): Closes all that is open: every handle of this process, whichever thread opened it.
$ffi->attach(usbx_shutdown => ['size_t*'] => 'sint32');

# usbx_devices(devices, capacity, count): Lists the devices there are now: those on the bus, root hubs among them, and the virtual ones, in path order.
$ffi->attach(usbx_devices => ['opaque', 'size_t', 'size_t*'] => 'sint32');

# usbx_open(vendor_id, product_id, serial, device): Opens the device of these IDs and, if given, this serial number.
$ffi->attach(usbx_open => ['uint16', 'uint16', 'string', 'opaque*'] => 'sint32');

# usbx_open_path(path, device): Opens the device that is plugged in at this place, whatever it is.
$ffi->attach(usbx_open_path => ['string', 'opaque*'] => 'sint32');

# usbx_open_fd(fd, device): Makes a handle of a usbfs descriptor that someone else opened: Android's UsbDeviceConnection, a Flatpak portal, a service manager.
$ffi->attach(usbx_open_fd => ['sint32', 'opaque*'] => 'sint32');

# usbx_close(device): Closes a device: ends its pending calls with USBX_ERROR_CLOSED, gives back claims and detached kernel drivers.
$ffi->attach(usbx_close => ['opaque'] => 'sint32');

# usbx_info(device, info): Tells what usbx_devices tells, of an open device.
$ffi->attach(usbx_info => ['opaque', 'usbx_device_info'] => 'sint32');

# usbx_get_configuration(device, configuration): Tells the active configuration.
$ffi->attach(usbx_get_configuration => ['opaque', 'uint8*'] => 'sint32');

# usbx_set_configuration(device, configuration): Selects a configuration.
$ffi->attach(usbx_set_configuration => ['opaque', 'uint8'] => 'sint32');

# usbx_claim(device, interface_number): Claims an interface for this handle: its endpoints can be used from then on, and nobody else can claim it.
$ffi->attach(usbx_claim => ['opaque', 'uint8'] => 'sint32');

# usbx_release(device, interface_number): Gives an interface back.
$ffi->attach(usbx_release => ['opaque', 'uint8'] => 'sint32');

# usbx_set_alt_setting(device, interface_number, alt_setting): Selects an alternate setting of a claimed interface.
$ffi->attach(usbx_set_alt_setting => ['opaque', 'uint8', 'uint8'] => 'sint32');

# usbx_kernel_driver(device, interface_number, name, capacity, length): Tells which kernel driver holds an interface, such as "usbhid".
$ffi->attach(usbx_kernel_driver => ['opaque', 'uint8', 'opaque', 'size_t', 'size_t*'] => 'sint32');

# usbx_detach_kernel_driver(device, interface_number): Takes an interface away from the kernel driver that holds it, so that it can be claimed.
$ffi->attach(usbx_detach_kernel_driver => ['opaque', 'uint8'] => 'sint32');

# usbx_attach_kernel_driver(device, interface_number): Gives an interface to the kernel's drivers now, without waiting for usbx_close: one that usbx_detach_kernel_driver took away, or that some program left without.
$ffi->attach(usbx_attach_kernel_driver => ['opaque', 'uint8'] => 'sint32');

# usbx_endpoints(device, endpoints, capacity, count): Lists the endpoints of the active configuration, of every interface and every alternate setting; endpoint 0 is not among them.
$ffi->attach(usbx_endpoints => ['opaque', 'opaque', 'size_t', 'size_t*'] => 'sint32');

# usbx_descriptors(path, data, capacity, length): Gives the descriptors of a device that usbx_devices lists, without opening it: its device descriptor of 18 bytes, and behind that each of its configuration descriptors with all that follows it, as the device sent them when it was plugged in.
$ffi->attach(usbx_descriptors => ['string', 'opaque', 'size_t', 'size_t*'] => 'sint32');

# usbx_get_descriptor(device, type, index, data, length, transferred): Asks the device for a descriptor, as it sends it.
$ffi->attach(usbx_get_descriptor => ['opaque', 'uint8', 'uint8', 'opaque', 'size_t', 'size_t*'] => 'sint32');

# usbx_get_string(device, index, language, text, capacity, length): Asks the device for a string, in UTF-8.
$ffi->attach(usbx_get_string => ['opaque', 'uint8', 'uint16', 'opaque', 'size_t', 'size_t*'] => 'sint32');

# usbx_control(device, request_type, request, value, index, data, length, timeout_ms, transferred): Sends a control request and moves its data, either way.
$ffi->attach(usbx_control => ['opaque', 'uint8', 'uint8', 'uint16', 'uint16', 'opaque', 'uint16', 'uint32', 'size_t*'] => 'sint32');

# usbx_bulk_read(device, endpoint, data, length, timeout_ms, transferred): Reads from a bulk endpoint until the buffer is full, or a short packet (one below the packet size) ends the read.
$ffi->attach(usbx_bulk_read => ['opaque', 'uint8', 'opaque', 'size_t', 'uint32', 'size_t*'] => 'sint32');

# usbx_bulk_write(device, endpoint, data, length, timeout_ms, transferred): Writes to a bulk endpoint.
$ffi->attach(usbx_bulk_write => ['opaque', 'uint8', 'opaque', 'size_t', 'uint32', 'size_t*'] => 'sint32');

# usbx_interrupt_read(device, endpoint, data, length, timeout_ms, transferred): Reads from an interrupt endpoint: as usbx_bulk_read, for endpoints of type interrupt.
$ffi->attach(usbx_interrupt_read => ['opaque', 'uint8', 'opaque', 'size_t', 'uint32', 'size_t*'] => 'sint32');

# usbx_interrupt_write(device, endpoint, data, length, timeout_ms, transferred): Writes to an interrupt endpoint: as usbx_bulk_write, for endpoints of type interrupt.
$ffi->attach(usbx_interrupt_write => ['opaque', 'uint8', 'opaque', 'size_t', 'uint32', 'size_t*'] => 'sint32');

# usbx_clear_halt(device, endpoint): Clears the halt of a claimed interface's endpoint, on the device and in the host's driver: after USBX_ERROR_PIPE, so that data flows again.
$ffi->attach(usbx_clear_halt => ['opaque', 'uint8'] => 'sint32');

# usbx_reset(device): Resets the device, as if it were unplugged and plugged in, but the handle, its claims and its alternate settings survive where the device comes back the same.
$ffi->attach(usbx_reset => ['opaque'] => 'sint32');

# usbx_cancel(device, endpoint): Ends every pending transfer of an endpoint with USBX_ERROR_CANCELLED; their calls, in other threads, return with what moved until then.
$ffi->attach(usbx_cancel => ['opaque', 'uint8'] => 'sint32');

# usbx_isochronous_read(device, endpoint, data, length, packets, packet_count, timeout_ms, transferred): Reads packets from an isochronous endpoint, one in each service interval, and waits for the last of them.
$ffi->attach(usbx_isochronous_read => ['opaque', 'uint8', 'opaque', 'size_t', 'opaque', 'size_t', 'uint32', 'size_t*'] => 'sint32');

# usbx_isochronous_write(device, endpoint, data, length, packets, packet_count, timeout_ms, transferred): Sends packets to an isochronous endpoint, one in each service interval, and waits for the last of them.
$ffi->attach(usbx_isochronous_write => ['opaque', 'uint8', 'opaque', 'size_t', 'opaque', 'size_t', 'uint32', 'size_t*'] => 'sint32');

# usbx_queue_open(queue): Opens a completion queue.
$ffi->attach(usbx_queue_open => ['opaque*'] => 'sint32');

# usbx_submit(device, queue, transfer, id): Starts a transfer whose completion the queue will give.
$ffi->attach(usbx_submit => ['opaque', 'opaque', 'usbx_transfer', 'uint64*'] => 'sint32');

# usbx_queue_wait(queue, completions, capacity, timeout_ms, count): Waits for completions and takes as many as there are and fit.
$ffi->attach(usbx_queue_wait => ['opaque', 'opaque', 'size_t', 'uint32', 'size_t*'] => 'sint32');

# usbx_queue_cancel(queue, id): Ends a transfer early: its completion comes with USBX_ERROR_CANCELLED and what moved until then, or as it was if it is complete already.
$ffi->attach(usbx_queue_cancel => ['opaque', 'uint64'] => 'sint32');

# usbx_queue_fd(queue, fd): A descriptor for select(), poll(), epoll and event loops: readable when usbx_queue_wait with USBX_NO_WAIT should be called.
$ffi->attach(usbx_queue_fd => ['opaque', 'sint32*'] => 'sint32');

# usbx_queue_close(queue): Closes a queue: cancels what is pending, and returns when no buffer is in use any more.
$ffi->attach(usbx_queue_close => ['opaque'] => 'sint32');

# usbx_stream_open(device, endpoint, options, stream): Opens a stream on a bulk, interrupt or isochronous endpoint of a claimed interface.
$ffi->attach(usbx_stream_open => ['opaque', 'uint8', 'usbx_stream_options', 'opaque*'] => 'sint32');

# usbx_stream_next(stream, timeout_ms, chunk): Borrows the next chunk of an IN stream, without a copy: what a transfer brought that is full, or that a short packet ended, or, when the time is up, what has come until then.
$ffi->attach(usbx_stream_next => ['opaque', 'uint32', 'usbx_chunk'] => 'sint32');

# usbx_stream_read(stream, data, length, timeout_ms, transferred): Reads from an IN stream as from a file: waits for the first byte, and returns with what is there.
$ffi->attach(usbx_stream_read => ['opaque', 'opaque', 'size_t', 'uint32', 'size_t*'] => 'sint32');

# usbx_stream_write(stream, data, length, timeout_ms, transferred): Writes to an OUT stream as to a file: the bytes are taken in, waiting for room, and are sent when a transfer is full or usbx_stream_flush is called.
$ffi->attach(usbx_stream_write => ['opaque', 'opaque', 'size_t', 'uint32', 'size_t*'] => 'sint32');

# usbx_stream_space(stream, timeout_ms, data, length): Lends room of an OUT stream to be filled in place: usbx_stream_write without its copy.
$ffi->attach(usbx_stream_space => ['opaque', 'uint32', 'opaque*', 'size_t*'] => 'sint32');

# usbx_stream_commit(stream, length): Writes what was put into the room that usbx_stream_space lent, as usbx_stream_write does with its bytes.
$ffi->attach(usbx_stream_commit => ['opaque', 'size_t'] => 'sint32');

# usbx_stream_flush(stream, timeout_ms): Sends what was written, and returns when the device has taken all of it.
$ffi->attach(usbx_stream_flush => ['opaque', 'uint32'] => 'sint32');

# usbx_stream_stats(stream, statistics): Tells what a stream has done so far.
$ffi->attach(usbx_stream_stats => ['opaque', 'usbx_stream_statistics'] => 'sint32');

# usbx_stream_fd(stream, fd): A descriptor for select(), poll(), epoll and event loops: readable when usbx_stream_next or usbx_stream_read with USBX_NO_WAIT should be called.
$ffi->attach(usbx_stream_fd => ['opaque', 'sint32*'] => 'sint32');

# usbx_stream_close(stream): Closes a stream: ends its transfers and calls, and returns when nothing of it is in use.
$ffi->attach(usbx_stream_close => ['opaque'] => 'sint32');

# usbx_watch_open(vendor_id, product_id, watch): Begins to watch which devices come and go, on the bus and among the virtual ones.
$ffi->attach(usbx_watch_open => ['uint16', 'uint16', 'opaque*'] => 'sint32');

# usbx_watch_next(watch, timeout_ms, event, info): Takes the next event, in the order in which they happened.
$ffi->attach(usbx_watch_next => ['opaque', 'uint32', 'sint32*', 'usbx_device_info'] => 'sint32');

# usbx_watch_fd(watch, fd): A descriptor for select(), poll(), epoll and event loops: readable when usbx_watch_next with USBX_NO_WAIT should be called, until that gives USBX_ERROR_TIMEOUT.
$ffi->attach(usbx_watch_fd => ['opaque', 'sint32*'] => 'sint32');

# usbx_watch_close(watch): Ends a watch.
$ffi->attach(usbx_watch_close => ['opaque'] => 'sint32');

# usbx_virtual_open(model, serial, virtual_device): Plugs in a virtual device: from then on usbx_devices lists it and usbx_open opens it, like a real one.
$ffi->attach(usbx_virtual_open => ['string', 'string', 'opaque*'] => 'sint32');

# usbx_virtual_unplug(virtual_device): Pulls the virtual device out, as a hand would: its pending transfers end with USBX_ERROR_NO_DEVICE, and it is not listed any more.
$ffi->attach(usbx_virtual_unplug => ['opaque'] => 'sint32');

# usbx_virtual_close(virtual_device): Pulls the virtual device out, if it is still plugged in, and frees its handle.
$ffi->attach(usbx_virtual_close => ['opaque'] => 'sint32');

push @EXPORT, qw(
    usbx_version
    usbx_error_name
    usbx_error_text
    usbx_last_error
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
    usbx_attach_kernel_driver
    usbx_endpoints
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
    usbx_queue_open
    usbx_submit
    usbx_queue_wait
    usbx_queue_cancel
    usbx_queue_fd
    usbx_queue_close
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
    usbx_virtual_unplug
    usbx_virtual_close
);

1;
