# What usbx.h declares, for Ruby by the gem ffi: constants, structs and functions.
# Derived from the header by languages/derive, which `make declarations` runs; edit there. docs/languages.md explains it.
# SPDX-License-Identifier: MIT OR Apache-2.0
require 'ffi'

module Usbx
  extend FFI::Library
  ffi_lib 'libusbx.so.0'

  USBX_NO_WAIT = 4294967295 # For waits on the library's own queues: return at once.
  USBX_VERSION_MAJOR = 0 # The version of this header; usbx_version() tells the library's.
  USBX_VERSION_MINOR = 1 # See USBX_VERSION_MAJOR.
  USBX_VERSION_PATCH = 0 # See USBX_VERSION_MAJOR.
  USBX_SPEED_UNKNOWN = 0 # Speed not known.
  USBX_SPEED_LOW = 1 # 1.5 Mbit/s.
  USBX_SPEED_FULL = 2 # 12 Mbit/s.
  USBX_SPEED_HIGH = 3 # 480 Mbit/s.
  USBX_SPEED_SUPER = 4 # 5 Gbit/s.
  USBX_SPEED_SUPER_PLUS = 5 # 10 Gbit/s and more.
  USBX_BACKEND_LIBUSB = 0 # A device on this computer's own bus.
  USBX_BACKEND_VIRTUAL = 1 # A virtual device, living in this process.
  USBX_BACKEND_USBIP = 2 # A device of another computer, over USB/IP.
  USBX_TYPE_CONTROL = 0 # An endpoint of type control.
  USBX_TYPE_ISOCHRONOUS = 1 # An endpoint of type isochronous.
  USBX_TYPE_BULK = 2 # An endpoint of type bulk.
  USBX_TYPE_INTERRUPT = 3 # An endpoint of type interrupt.
  USBX_NO_TIMEOUT = 0 # A timeout that never comes: wait for ever.
  USBX_MEMORY_AUTO = 0 # Memory of a stream: whichever is faster here, found out when it is opened.
  USBX_MEMORY_HEAP = 1 # The process's own memory; the system copies each transfer.
  USBX_MEMORY_MAPPED = 2 # Memory shared with the system, no copy.
  USBX_STREAM_EXACT_TIME = 1 # A thread of the library takes completions as they come, so that timestamp_ns is exact however late the reader is.
  USBX_EVENT_ARRIVED = 1 # The device was plugged in, or was there when the watch began, and can be opened.
  USBX_EVENT_LEFT = 2 # The device was unplugged.
  USBX_OK = 0 # Success.
  USBX_ERROR_IO = -1 # The transfer failed on the bus (cable, electrical noise, a device that breaks the protocol).
  USBX_ERROR_INVALID_PARAM = -2 # An argument is not valid; usbx_last_error() says which and why.
  USBX_ERROR_ACCESS = -3 # Permission denied; usbx_last_error() has the udev rule that grants it.
  USBX_ERROR_NO_DEVICE = -4 # The device was there and is gone.
  USBX_ERROR_NOT_FOUND = -5 # There is no such device, interface, alternate setting or configuration.
  USBX_ERROR_BUSY = -6 # A kernel driver, another program or another handle holds it; usbx_last_error() says who.
  USBX_ERROR_TIMEOUT = -7 # The time given was not enough; what moved until then is counted and in the buffer.
  USBX_ERROR_OVERFLOW = -8 # The device sent more than the buffer can hold.
  USBX_ERROR_PIPE = -9 # The endpoint stalled: a control request was refused, or the endpoint is halted (see usbx_clear_halt).
  USBX_ERROR_INTERRUPTED = -10 # A signal interrupted the call.
  USBX_ERROR_NO_MEM = -11 # Memory ran out, the process's or the kernel's share for USB transfers.
  USBX_ERROR_NOT_SUPPORTED = -12 # This platform or device does not support it.
  USBX_ERROR_OTHER = -99 # An error that has no number of its own.
  USBX_ERROR_INVALID_HANDLE = -100 # The handle is NULL, closed, forged, or of another kind.
  USBX_ERROR_CANCELLED = -101 # usbx_cancel ended the transfer; what moved until then is counted and in the buffer.
  USBX_ERROR_CLOSED = -102 # Another thread closed the handle during the call; what moved until then is counted and in the buffer.
  USBX_ERROR_NOT_CLAIMED = -103 # The interface is not claimed by this handle; call usbx_claim first.
  USBX_ERROR_FORKED = -104 # The handle was opened before fork(), in the parent process; open the device anew in the child.
  USBX_ERROR_INTERNAL = -105 # A defect in usbx itself, with its place in usbx_last_error(); please report it.

  # What is known of a device without opening it.
  class DeviceInfo < FFI::Struct
    layout(
      vendor_id: :uint16, # idVendor.
      product_id: :uint16, # idProduct.
      device_version: :uint16, # bcdDevice: 0x0100 is release 1.00.
      usb_version: :uint16, # bcdUSB: 0x0200 is USB 2.0.
      device_class: :uint8, # bDeviceClass; 0 says that each interface has its own.
      device_subclass: :uint8, # bDeviceSubClass.
      device_protocol: :uint8, # bDeviceProtocol.
      configurations: :uint8, # How many configurations the device has.
      bus: :uint8, # Number of the bus.
      address: :uint8, # Address on the bus; changes each time the device is plugged in.
      speed: :uint8, # USBX_SPEED_*.
      backend: :uint8, # USBX_BACKEND_*.
      path: [:char, 256], # Where the device is plugged in: "2-1.4" is bus 2, port 1, port 4 of the hub there; "usb2" bus 2's root hub; "virtual/1" a virtual device.
      manufacturer: [:char, 384], # iManufacturer.
      product: [:char, 384], # iProduct.
      serial: [:char, 384], # iSerialNumber.
      reserved: [:uint8, 64], # 0.
    )
  end

  # An endpoint of the active configuration.
  class Endpoint < FFI::Struct
    layout(
      address: :uint8, # bEndpointAddress: bit 7 is set for IN, device to host.
      type: :uint8, # USBX_TYPE_*.
      interface_number: :uint8, # The interface it belongs to, to be claimed with usbx_claim.
      alt_setting: :uint8, # The alternate setting it belongs to, to be selected with usbx_set_alt_setting if it is not 0.
      max_packet_size: :uint16, # Bytes in a packet: wMaxPacketSize without its bits 11 and 12.
      packets_per_interval: :uint8, # Packets in one service interval: up to 3 at high speed, (bMaxBurst + 1) x (Mult + 1) at SuperSpeed, else 1.
      interval: :uint8, # bInterval as the device gives it: milliseconds at low and full speed, 2^(n-1) x 125 us above.
      max_bytes_per_interval: :uint32, # Bytes in one service interval: max_packet_size x packets_per_interval, or the device's wBytesPerInterval.
      reserved: [:uint8, 16], # 0.
    )
  end

  # One packet of an isochronous transfer.
  class Packet < FFI::Struct
    layout(
      length: :uint32, # Before: bytes to send, or room to receive; the endpoint's max_bytes_per_interval at the most.
      transferred: :uint32, # After: bytes that moved.
      status: :int32, # After: USBX_OK, or what happened to this packet alone; USBX_ERROR_CANCELLED if it was never on the bus.
      reserved: :uint32, # 0.
    )
  end

  # A transfer to submit.
  class Transfer < FFI::Struct
    layout(
      type: :uint8, # USBX_TYPE_*.
      endpoint: :uint8, # bEndpointAddress, not for control requests.
      request_type: :uint8, # Control: bmRequestType; bit 7 set means IN.
      request: :uint8, # Control: bRequest.
      value: :uint16, # Control: wValue.
      index: :uint16, # Control: wIndex.
      timeout_ms: :uint32, # Milliseconds the transfer may take; USBX_NO_TIMEOUT: for ever.
      reserved_1: :uint32, # 0.
      data: :pointer, # The bytes to send or to receive into.
      length: :size_t, # How many; 65535 at the most for control.
      packets: :pointer, # Isochronous: the packets, as usbx_isochronous_read.
      packet_count: :size_t, # Isochronous: how many.
      user_data: :uint64, # Comes back in the completion, as it is.
      reserved: [:uint8, 32], # 0.
    )
  end

  # How a transfer went.
  class Completion < FFI::Struct
    layout(
      id: :uint64, # The number that usbx_submit gave.
      user_data: :uint64, # From the transfer.
      timestamp_ns: :uint64, # When it completed: nanoseconds of CLOCK_MONOTONIC.
      transferred: :size_t, # Bytes that moved, on failure too.
      status: :int32, # USBX_OK, or why the transfer ended early.
      reserved: [:uint8, 36], # 0.
    )
  end

  # How a stream is to work.
  class StreamOptions < FFI::Struct
    layout(
      size: :size_t, # Bytes in one transfer, a multiple of the packet size, 16 MiB at the most.
      depth: :size_t, # Transfers in flight, 1024 at the most.
      memory: :uint32, # USBX_MEMORY_*.
      flags: :uint32, # 0, or USBX_STREAM_EXACT_TIME.
      reserved: [:uint8, 40], # 0.
    )
  end

  # What one transfer of a stream brought.
  class Chunk < FFI::Struct
    layout(
      data: :pointer, # The bytes; the library's, and valid until the next call of usbx_stream_next, usbx_stream_read or usbx_stream_close.
      length: :size_t, # How many; 0 for a zero-length packet.
      timestamp_ns: :uint64, # When it was found complete, in nanoseconds of CLOCK_MONOTONIC: at once while a call for the stream waits, otherwise at the next call, or at once in any case with USBX_STREAM_EXACT_TIME.
      sequence: :uint64, # Counts the chunks of the stream, from 0.
      packets: :pointer, # The packets of an isochronous transfer, in their order, as long valid as data; NULL for bulk and interrupt.
      packet_count: :size_t, # How many.
      status: :int32, # USBX_OK, or how the transfer ended that brought these bytes: usbx_stream_next says the same when all of them were taken.
      reserved: [:uint8, 28], # 0.
    )
  end

  # What a stream has done so far.
  class StreamStatistics < FFI::Struct
    layout(
      bytes: :uint64, # Bytes that moved.
      transfers: :uint64, # Transfers that completed.
      short_packets: :uint64, # Transfers IN that a short packet ended.
      stalls: :uint64, # Transfers that ended with USBX_ERROR_PIPE.
      overflows: :uint64, # Transfers that ended with USBX_ERROR_OVERFLOW.
      other_errors: :uint64, # Transfers that failed otherwise; cancelled ones, and those of an unplugged device, do not count.
      device_waits: :uint64, # How often no transfer was in flight because the reader was late: the device had to wait.
      deepest_backlog: :uint64, # The most chunks that waited for the reader.
      packets: :uint64, # Isochronous packets IN that were asked for.
      lost_packets: :uint64, # Isochronous packets IN that were lost: those with an error, and as many as there were intervals in which nothing was in flight because the reader was late (reckoned by the clock, to about one transfer).
      depth: :uint64, # Transfers in flight at the most, as it turned out.
      size: :uint64, # Bytes in one transfer.
      memory: :uint32, # USBX_MEMORY_HEAP or USBX_MEMORY_MAPPED.
      reserved: [:uint8, 44], # 0.
    )
  end

  # usbx_version(): The version of the library that is loaded: "0.1.0".
  attach_function :usbx_version, [], :string

  # usbx_error_name(status): The name of a status as the header spells it: "USBX_ERROR_TIMEOUT".
  attach_function :usbx_error_name, [:int32], :string

  # usbx_error_text(status): One plain sentence on a status.
  attach_function :usbx_error_text, [:int32], :string

  # usbx_last_error(): The calling thread's last failure, as one sentence to act on: what was tried, on which device, what stood in the way and what to do.
  attach_function :usbx_last_error, [], :string

  # usbx_shutdown(leaked): Closes all that is open: every handle of this process, whichever thread opened it.
  attach_function :usbx_shutdown, [:pointer], :int32, blocking: true

  # usbx_devices(devices, capacity, count): Lists the devices there are now: those on the bus, root hubs among them, and the virtual ones, in path order.
  attach_function :usbx_devices, [:pointer, :size_t, :pointer], :int32, blocking: true

  # usbx_open(vendor_id, product_id, serial, device): Opens the device of these IDs and, if given, this serial number.
  attach_function :usbx_open, [:uint16, :uint16, :string, :pointer], :int32, blocking: true

  # usbx_open_path(path, device): Opens the device that is plugged in at this place, whatever it is.
  attach_function :usbx_open_path, [:string, :pointer], :int32, blocking: true

  # usbx_open_fd(fd, device): Makes a handle of a usbfs descriptor that someone else opened: Android's UsbDeviceConnection, a Flatpak portal, a service manager.
  attach_function :usbx_open_fd, [:int32, :pointer], :int32

  # usbx_close(device): Closes a device: ends its pending calls with USBX_ERROR_CLOSED, gives back claims and detached kernel drivers.
  attach_function :usbx_close, [:pointer], :int32, blocking: true

  # usbx_info(device, info): Tells what usbx_devices tells, of an open device.
  attach_function :usbx_info, [:pointer, :pointer], :int32

  # usbx_get_configuration(device, configuration): Tells the active configuration.
  attach_function :usbx_get_configuration, [:pointer, :pointer], :int32, blocking: true

  # usbx_set_configuration(device, configuration): Selects a configuration.
  attach_function :usbx_set_configuration, [:pointer, :uint8], :int32, blocking: true

  # usbx_claim(device, interface_number): Claims an interface for this handle: its endpoints can be used from then on, and nobody else can claim it.
  attach_function :usbx_claim, [:pointer, :uint8], :int32, blocking: true

  # usbx_release(device, interface_number): Gives an interface back.
  attach_function :usbx_release, [:pointer, :uint8], :int32, blocking: true

  # usbx_set_alt_setting(device, interface_number, alt_setting): Selects an alternate setting of a claimed interface.
  attach_function :usbx_set_alt_setting, [:pointer, :uint8, :uint8], :int32, blocking: true

  # usbx_kernel_driver(device, interface_number, name, capacity, length): Tells which kernel driver holds an interface, such as "usbhid".
  attach_function :usbx_kernel_driver, [:pointer, :uint8, :pointer, :size_t, :pointer], :int32, blocking: true

  # usbx_detach_kernel_driver(device, interface_number): Takes an interface away from the kernel driver that holds it, so that it can be claimed.
  attach_function :usbx_detach_kernel_driver, [:pointer, :uint8], :int32, blocking: true

  # usbx_attach_kernel_driver(device, interface_number): Gives an interface to the kernel's drivers now, without waiting for usbx_close: one that usbx_detach_kernel_driver took away, or that some program left without.
  attach_function :usbx_attach_kernel_driver, [:pointer, :uint8], :int32, blocking: true

  # usbx_endpoints(device, endpoints, capacity, count): Lists the endpoints of the active configuration, of every interface and every alternate setting; endpoint 0 is not among them.
  attach_function :usbx_endpoints, [:pointer, :pointer, :size_t, :pointer], :int32, blocking: true

  # usbx_descriptors(path, data, capacity, length): Gives the descriptors of a device that usbx_devices lists, without opening it: its device descriptor of 18 bytes, and behind that each of its configuration descriptors with all that follows it, as the device sent them when it was plugged in.
  attach_function :usbx_descriptors, [:string, :pointer, :size_t, :pointer], :int32, blocking: true

  # usbx_get_descriptor(device, type, index, data, length, transferred): Asks the device for a descriptor, as it sends it.
  attach_function :usbx_get_descriptor, [:pointer, :uint8, :uint8, :pointer, :size_t, :pointer], :int32, blocking: true

  # usbx_get_string(device, index, language, text, capacity, length): Asks the device for a string, in UTF-8.
  attach_function :usbx_get_string, [:pointer, :uint8, :uint16, :pointer, :size_t, :pointer], :int32, blocking: true

  # usbx_control(device, request_type, request, value, index, data, length, timeout_ms, transferred): Sends a control request and moves its data, either way.
  attach_function :usbx_control, [:pointer, :uint8, :uint8, :uint16, :uint16, :pointer, :uint16, :uint32, :pointer], :int32, blocking: true

  # usbx_bulk_read(device, endpoint, data, length, timeout_ms, transferred): Reads from a bulk endpoint until the buffer is full, or a short packet (one below the packet size) ends the read.
  attach_function :usbx_bulk_read, [:pointer, :uint8, :pointer, :size_t, :uint32, :pointer], :int32, blocking: true

  # usbx_bulk_write(device, endpoint, data, length, timeout_ms, transferred): Writes to a bulk endpoint.
  attach_function :usbx_bulk_write, [:pointer, :uint8, :pointer, :size_t, :uint32, :pointer], :int32, blocking: true

  # usbx_interrupt_read(device, endpoint, data, length, timeout_ms, transferred): Reads from an interrupt endpoint: as usbx_bulk_read, for endpoints of type interrupt.
  attach_function :usbx_interrupt_read, [:pointer, :uint8, :pointer, :size_t, :uint32, :pointer], :int32, blocking: true

  # usbx_interrupt_write(device, endpoint, data, length, timeout_ms, transferred): Writes to an interrupt endpoint: as usbx_bulk_write, for endpoints of type interrupt.
  attach_function :usbx_interrupt_write, [:pointer, :uint8, :pointer, :size_t, :uint32, :pointer], :int32, blocking: true

  # usbx_clear_halt(device, endpoint): Clears the halt of a claimed interface's endpoint, on the device and in the host's driver: after USBX_ERROR_PIPE, so that data flows again.
  attach_function :usbx_clear_halt, [:pointer, :uint8], :int32, blocking: true

  # usbx_reset(device): Resets the device, as if it were unplugged and plugged in, but the handle, its claims and its alternate settings survive where the device comes back the same.
  attach_function :usbx_reset, [:pointer], :int32, blocking: true

  # usbx_cancel(device, endpoint): Ends every pending transfer of an endpoint with USBX_ERROR_CANCELLED; their calls, in other threads, return with what moved until then.
  attach_function :usbx_cancel, [:pointer, :uint8], :int32

  # usbx_isochronous_read(device, endpoint, data, length, packets, packet_count, timeout_ms, transferred): Reads packets from an isochronous endpoint, one in each service interval, and waits for the last of them.
  attach_function :usbx_isochronous_read, [:pointer, :uint8, :pointer, :size_t, :pointer, :size_t, :uint32, :pointer], :int32, blocking: true

  # usbx_isochronous_write(device, endpoint, data, length, packets, packet_count, timeout_ms, transferred): Sends packets to an isochronous endpoint, one in each service interval, and waits for the last of them.
  attach_function :usbx_isochronous_write, [:pointer, :uint8, :pointer, :size_t, :pointer, :size_t, :uint32, :pointer], :int32, blocking: true

  # usbx_queue_open(queue): Opens a completion queue.
  attach_function :usbx_queue_open, [:pointer], :int32, blocking: true

  # usbx_submit(device, queue, transfer, id): Starts a transfer whose completion the queue will give.
  attach_function :usbx_submit, [:pointer, :pointer, :pointer, :pointer], :int32, blocking: true

  # usbx_queue_wait(queue, completions, capacity, timeout_ms, count): Waits for completions and takes as many as there are and fit.
  attach_function :usbx_queue_wait, [:pointer, :pointer, :size_t, :uint32, :pointer], :int32, blocking: true

  # usbx_queue_cancel(queue, id): Ends a transfer early: its completion comes with USBX_ERROR_CANCELLED and what moved until then, or as it was if it is complete already.
  attach_function :usbx_queue_cancel, [:pointer, :uint64], :int32

  # usbx_queue_fd(queue, fd): A descriptor for select(), poll(), epoll and event loops: readable when usbx_queue_wait with USBX_NO_WAIT should be called.
  attach_function :usbx_queue_fd, [:pointer, :pointer], :int32

  # usbx_queue_close(queue): Closes a queue: cancels what is pending, and returns when no buffer is in use any more.
  attach_function :usbx_queue_close, [:pointer], :int32, blocking: true

  # usbx_stream_open(device, endpoint, options, stream): Opens a stream on a bulk, interrupt or isochronous endpoint of a claimed interface.
  attach_function :usbx_stream_open, [:pointer, :uint8, :pointer, :pointer], :int32, blocking: true

  # usbx_stream_next(stream, timeout_ms, chunk): Borrows the next chunk of an IN stream, without a copy: what a transfer brought that is full, or that a short packet ended, or, when the time is up, what has come until then.
  attach_function :usbx_stream_next, [:pointer, :uint32, :pointer], :int32, blocking: true

  # usbx_stream_read(stream, data, length, timeout_ms, transferred): Reads from an IN stream as from a file: waits for the first byte, and returns with what is there.
  attach_function :usbx_stream_read, [:pointer, :pointer, :size_t, :uint32, :pointer], :int32, blocking: true

  # usbx_stream_write(stream, data, length, timeout_ms, transferred): Writes to an OUT stream as to a file: the bytes are taken in, waiting for room, and are sent when a transfer is full or usbx_stream_flush is called.
  attach_function :usbx_stream_write, [:pointer, :pointer, :size_t, :uint32, :pointer], :int32, blocking: true

  # usbx_stream_space(stream, timeout_ms, data, length): Lends room of an OUT stream to be filled in place: usbx_stream_write without its copy.
  attach_function :usbx_stream_space, [:pointer, :uint32, :pointer, :pointer], :int32, blocking: true

  # usbx_stream_commit(stream, length): Writes what was put into the room that usbx_stream_space lent, as usbx_stream_write does with its bytes.
  attach_function :usbx_stream_commit, [:pointer, :size_t], :int32, blocking: true

  # usbx_stream_flush(stream, timeout_ms): Sends what was written, and returns when the device has taken all of it.
  attach_function :usbx_stream_flush, [:pointer, :uint32], :int32, blocking: true

  # usbx_stream_stats(stream, statistics): Tells what a stream has done so far.
  attach_function :usbx_stream_stats, [:pointer, :pointer], :int32

  # usbx_stream_fd(stream, fd): A descriptor for select(), poll(), epoll and event loops: readable when usbx_stream_next or usbx_stream_read with USBX_NO_WAIT should be called.
  attach_function :usbx_stream_fd, [:pointer, :pointer], :int32

  # usbx_stream_close(stream): Closes a stream: ends its transfers and calls, and returns when nothing of it is in use.
  attach_function :usbx_stream_close, [:pointer], :int32, blocking: true

  # usbx_watch_open(vendor_id, product_id, watch): Begins to watch which devices come and go, on the bus and among the virtual ones.
  attach_function :usbx_watch_open, [:uint16, :uint16, :pointer], :int32, blocking: true

  # usbx_watch_next(watch, timeout_ms, event, info): Takes the next event, in the order in which they happened.
  attach_function :usbx_watch_next, [:pointer, :uint32, :pointer, :pointer], :int32, blocking: true

  # usbx_watch_fd(watch, fd): A descriptor for select(), poll(), epoll and event loops: readable when usbx_watch_next with USBX_NO_WAIT should be called, until that gives USBX_ERROR_TIMEOUT.
  attach_function :usbx_watch_fd, [:pointer, :pointer], :int32

  # usbx_watch_close(watch): Ends a watch.
  attach_function :usbx_watch_close, [:pointer], :int32, blocking: true

  # usbx_virtual_open(model, serial, virtual_device): Plugs in a virtual device: from then on usbx_devices lists it and usbx_open opens it, like a real one.
  attach_function :usbx_virtual_open, [:string, :string, :pointer], :int32, blocking: true

  # usbx_virtual_unplug(virtual_device): Pulls the virtual device out, as a hand would: its pending transfers end with USBX_ERROR_NO_DEVICE, and it is not listed any more.
  attach_function :usbx_virtual_unplug, [:pointer], :int32, blocking: true

  # usbx_virtual_close(virtual_device): Pulls the virtual device out, if it is still plugged in, and frees its handle.
  attach_function :usbx_virtual_close, [:pointer], :int32, blocking: true
end
