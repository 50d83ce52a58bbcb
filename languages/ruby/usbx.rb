# The declarations of usbx.h for Ruby with the gem ffi: constants, structs and functions.
# Derived from the header by languages/derive, which `make declarations` runs; edit there. docs/languages.md explains it.
# SPDX-License-Identifier: MIT OR Apache-2.0
require 'ffi'

module Usbx
  extend FFI::Library
  ffi_lib 'libusbx.so.0'

  USBX_NO_WAIT = 4294967295 # For timeout_ms of a wait on a queue, a stream or a watch: return at once.
  USBX_VERSION_MAJOR = 0 # The major version of this header. usbx_version() returns the version of the library.
  USBX_VERSION_MINOR = 1 # The minor version of this header.
  USBX_VERSION_PATCH = 0 # The patch version of this header.
  USBX_SPEED_UNKNOWN = 0 # The speed is not known.
  USBX_SPEED_LOW = 1 # Low speed, 1.5 Mbit/s.
  USBX_SPEED_FULL = 2 # Full speed, 12 Mbit/s.
  USBX_SPEED_HIGH = 3 # High speed, 480 Mbit/s.
  USBX_SPEED_SUPER = 4 # SuperSpeed, 5 Gbit/s.
  USBX_SPEED_SUPER_PLUS = 5 # SuperSpeedPlus, 10 Gbit/s and more.
  USBX_BACKEND_SYSTEM = 0 # A device on this computer's own bus.
  USBX_BACKEND_VIRTUAL = 1 # A virtual device, simulated in this process.
  USBX_BACKEND_USBIP = 2 # A device of another computer, over USB/IP.
  USBX_TYPE_CONTROL = 0 # A control endpoint or transfer.
  USBX_TYPE_ISOCHRONOUS = 1 # An isochronous endpoint or transfer.
  USBX_TYPE_BULK = 2 # A bulk endpoint or transfer.
  USBX_TYPE_INTERRUPT = 3 # An interrupt endpoint or transfer.
  USBX_NO_TIMEOUT = 0 # For timeout_ms: no time limit.
  USBX_TRANSFER_ZERO_PACKET = 1 # Flag of a bulk or interrupt OUT transfer: if its length is a multiple of the packet size, a zero-length packet follows the data, so that the device sees where they end.
  USBX_MEMORY_AUTO = 0 # Memory of a stream: the library measures which kind is faster when the stream is opened, and uses that.
  USBX_MEMORY_HEAP = 1 # Memory of a stream: the process's own; the system copies each transfer.
  USBX_MEMORY_MAPPED = 2 # Memory of a stream: shared with the system, without a copy, like libusb_dev_mem_alloc in libusb.
  USBX_STREAM_EXACT_TIME = 1 # Flag of a stream: its timestamps are exact, however late the reader is.
  USBX_STREAM_KEEP_GOING = 2 # Flag of an IN stream: an error on the bus does not end it.
  USBX_STREAM_ZERO_PACKET = 4 # Flag of a bulk or interrupt OUT stream: usbx_stream_flush ends with a zero-length packet if the bytes that were written since the flush before are a multiple of the packet size, so that the device sees where they end.
  USBX_EVENT_ARRIVED = 1 # The device was plugged in, or was there when the watch was opened, and can be opened.
  USBX_EVENT_LEFT = 2 # The device was unplugged.
  USBX_VIRTUAL_SETUP = 1 # The host sends a control request, which is in hand from now on: answer it with usbx_virtual_reply, or refuse it with usbx_virtual_stall.
  USBX_VIRTUAL_RESET = 2 # The host reset the device: it is as after power-on, in the same configuration.
  USBX_VIRTUAL_CONFIGURED = 3 # The host selected a configuration, or the same one again: alternate settings and halts are as at the beginning.
  USBX_VIRTUAL_ALT_SETTING = 4 # The host selected an alternate setting of an interface.
  USBX_VIRTUAL_HALT = 5 # The host set or cleared the halt of an endpoint.
  USBX_VIRTUAL_OPENED = 6 # A program on the host's side opened the device.
  USBX_VIRTUAL_CLOSED = 7 # A program on the host's side closed the device.
  USBX_VIRTUAL_IN = 8 # The host waits for data of an IN endpoint, and there are none: usbx_virtual_write sends some.
  USBX_VIRTUAL_OUT = 9 # The host has data for an OUT endpoint, and no usbx_virtual_read waits for them.
  USBX_FAULT_STATUS = 1 # Fault: the transfer ends with a status, after so many bytes.
  USBX_FAULT_DELAY = 2 # Fault: the transfer is complete so many milliseconds later than its data.
  USBX_FAULT_NAK = 3 # Fault: the device answers NAK for so many milliseconds before the transfer goes on.
  USBX_FAULT_SHORT = 4 # Fault of an IN transfer: a short packet ends it after so many bytes.
  USBX_FAULT_CORRUPT = 5 # Fault: one bit of the transfer's data is wrong; seed selects which.
  USBX_FAULT_BABBLE = 6 # Fault of an IN transfer: its last packet is one byte too long, which the host sees as USBX_ERROR_OVERFLOW.
  USBX_FAULT_UNPLUG = 7 # Fault: the device is unplugged when so many bytes have moved at the endpoint, from the nth transfer on.
  USBX_OK = 0 # Success.
  USBX_ERROR_IO = -1 # The transfer failed on the bus: a bad cable, electrical noise, or a device that breaks the protocol.
  USBX_ERROR_INVALID_PARAM = -2 # An argument is not valid; usbx_last_error() says which and why.
  USBX_ERROR_ACCESS = -3 # This process may not open the device; usbx_last_error() says what to do, for example which udev rule to add.
  USBX_ERROR_NO_DEVICE = -4 # The device is gone for this handle: it was unplugged, or did not come back from a reset.
  USBX_ERROR_NOT_FOUND = -5 # There is no such device, interface, alternate setting or configuration.
  USBX_ERROR_BUSY = -6 # A kernel driver, another program, another handle or another thread's call is using it; usbx_last_error() says which.
  USBX_ERROR_TIMEOUT = -7 # The time limit passed.
  USBX_ERROR_OVERFLOW = -8 # The device sent more than the buffer can hold.
  USBX_ERROR_PIPE = -9 # The endpoint stalled: the device refused a control request, or the endpoint is halted (see usbx_clear_halt).
  USBX_ERROR_INTERRUPTED = -10 # Not returned: a signal does not end a call. libusb has this number.
  USBX_ERROR_NO_MEM = -11 # Out of memory: the process's own, or the kernel's limit for USB transfers.
  USBX_ERROR_NOT_SUPPORTED = -12 # This platform or device does not support it.
  USBX_ERROR_OTHER = -99 # An error that has no number of its own.
  USBX_ERROR_INVALID_HANDLE = -100 # The handle is NULL, closed, forged, or of another kind.
  USBX_ERROR_CANCELLED = -101 # The transfer was cancelled.
  USBX_ERROR_CLOSED = -102 # Another thread closed the handle during the call.
  USBX_ERROR_NOT_CLAIMED = -103 # This handle has not claimed the interface; call usbx_claim first.
  USBX_ERROR_FORKED = -104 # The handle was opened in the parent process, before fork(); open the device again in the child.
  USBX_ERROR_INTERNAL = -105 # A defect in usbx itself; usbx_last_error() says where.

  # What is known of a device without opening it.
  class DeviceInfo < FFI::Struct
    layout(
      vendor_id: :uint16, # idVendor.
      product_id: :uint16, # idProduct.
      device_version: :uint16, # bcdDevice: 0x0100 is release 1.00.
      usb_version: :uint16, # bcdUSB: 0x0200 is USB 2.0.
      device_class: :uint8, # bDeviceClass; 0 means that each interface has its own class.
      device_subclass: :uint8, # bDeviceSubClass.
      device_protocol: :uint8, # bDeviceProtocol.
      configurations: :uint8, # Number of configurations the device has.
      bus: :uint8, # Number of the bus.
      address: :uint8, # Address on the bus; changes each time the device is plugged in.
      speed: :uint8, # The device's speed: USBX_SPEED_*.
      backend: :uint8, # How the device is reached: USBX_BACKEND_*.
      path: [:char, 256], # Where the device is plugged in: "2-1.4" is bus 2, port 1, and port 4 of the hub there; "usb2" is the root hub of bus 2; "virtual/1" is a virtual device, "usbip://host/1-1" one of another computer (usbx_remote_devices).
      manufacturer: [:char, 384], # Manufacturer's name (iManufacturer).
      product: [:char, 384], # Product's name (iProduct).
      serial: [:char, 384], # Serial number (iSerialNumber).
      reserved: [:uint8, 64], # Always 0.
    )
  end

  # An endpoint of the active configuration.
  class Endpoint < FFI::Struct
    layout(
      address: :uint8, # bEndpointAddress: bit 7 is set for IN, device to host.
      type: :uint8, # The endpoint's type: USBX_TYPE_*.
      interface_number: :uint8, # The interface it belongs to; claim that with usbx_claim.
      alt_setting: :uint8, # The alternate setting it belongs to; if that is not the selected one, select it with usbx_set_alt_setting.
      max_packet_size: :uint16, # Bytes in a packet, as the system uses it: wMaxPacketSize without its bits 11 and 12, and no more than USB allows for this type at the device's speed.
      packets_per_interval: :uint8, # Packets in one service interval: up to 3 at high speed, (bMaxBurst + 1) x (Mult + 1) at SuperSpeed, as many as dwBytesPerInterval needs at SuperSpeedPlus, else 1.
      interval: :uint8, # bInterval as the device gives it: milliseconds at low and full speed, 2^(n-1) x 125 us above.
      max_bytes_per_interval: :uint32, # Bytes in one service interval: max_packet_size x packets_per_interval, or the device's wBytesPerInterval or dwBytesPerInterval.
      reserved: [:uint8, 16], # Always 0.
    )
  end

  # An alternate setting of an interface of the active configuration.
  class Interface < FFI::Struct
    layout(
      number: :uint8, # bInterfaceNumber, for usbx_claim.
      alt_setting: :uint8, # bAlternateSetting, for usbx_set_alt_setting.
      selected: :uint8, # 1 if it is the selected one of its interface, else 0.
      interface_class: :uint8, # bInterfaceClass
      interface_subclass: :uint8, # bInterfaceSubClass
      interface_protocol: :uint8, # bInterfaceProtocol
      endpoints: :uint8, # Number of its endpoints that usbx_endpoints lists.
      string_index: :uint8, # iInterface: a string for usbx_get_string; 0 if there is none.
      association_first: :uint8, # bFirstInterface of the interface association it belongs to.
      association_count: :uint8, # bInterfaceCount of that association; 0 if it belongs to none.
      reserved: [:uint8, 22], # Always 0.
    )
  end

  # One packet of an isochronous transfer.
  class Packet < FFI::Struct
    layout(
      length: :uint32, # Set before the transfer: bytes to send, or room to receive; at most the endpoint's max_bytes_per_interval.
      transferred: :uint32, # Set by the transfer: bytes that moved.
      status: :int32, # Set by the transfer: USBX_OK, or what happened to this packet alone; USBX_ERROR_CANCELLED if it was never on the bus.
      reserved: :uint32, # Always 0.
    )
  end

  # A transfer to submit to a completion queue.
  class Transfer < FFI::Struct
    layout(
      type: :uint8, # The type of the transfer: USBX_TYPE_*.
      endpoint: :uint8, # bEndpointAddress; bit 7 is the direction.
      request_type: :uint8, # Control: bmRequestType; bit 7 set means IN.
      request: :uint8, # Control: bRequest.
      value: :uint16, # Control: wValue.
      index: :uint16, # Control: wIndex.
      timeout_ms: :uint32, # Maximum time for the transfer, in milliseconds; USBX_NO_TIMEOUT: no limit.
      flags: :uint32, # 0, or USBX_TRANSFER_ZERO_PACKET.
      data: :pointer, # The bytes to send, or the buffer to receive into.
      length: :size_t, # Size of data in bytes; at most 65535 for control.
      packets: :pointer, # Isochronous: the packets, as in usbx_isochronous_read.
      packet_count: :size_t, # Isochronous: number of packets.
      user_data: :uint64, # A value of the caller's choice; the completion returns it unchanged.
      stream: :uint32, # Bulk: the number of the stream, from 1, if the endpoint has bulk streams (usbx_bulk_streams_alloc); otherwise 0.
      reserved: [:uint8, 28], # Set to 0.
    )
  end

  # The outcome of one transfer.
  class Completion < FFI::Struct
    layout(
      id: :uint64, # The number that usbx_submit returned for the transfer.
      user_data: :uint64, # The caller's value from the transfer.
      timestamp_ns: :uint64, # When the transfer completed, in nanoseconds of CLOCK_MONOTONIC.
      transferred: :size_t, # Bytes that moved, on failure too.
      status: :int32, # USBX_OK, or why the transfer ended early.
      reserved: [:uint8, 36], # Always 0.
    )
  end

  # Options of a stream.
  class StreamOptions < FFI::Struct
    layout(
      size: :size_t, # Bytes in one transfer: a multiple of the packet size, at most 16 MiB.
      depth: :size_t, # Number of transfers in flight, at most 1024.
      memory: :uint32, # Where the stream's data are: USBX_MEMORY_*.
      flags: :uint32, # 0, or some of USBX_STREAM_*, added up.
      reserved: [:uint8, 40], # Set to 0.
    )
  end

  # The data of one transfer of a stream.
  class Chunk < FFI::Struct
    layout(
      data: :pointer, # The bytes.
      length: :size_t, # Number of bytes; 0 for a zero-length packet.
      timestamp_ns: :uint64, # When the library found the transfer complete, in nanoseconds of CLOCK_MONOTONIC.
      sequence: :uint64, # Number of the chunk in its stream, from 0.
      packets: :pointer, # The packets of an isochronous transfer, in their order, valid as long as data; NULL for bulk and interrupt.
      packet_count: :size_t, # Number of packets.
      status: :int32, # USBX_OK, or how the transfer that brought these bytes ended; usbx_stream_next returns the same status after all bytes have been taken, unless the stream keeps going (USBX_STREAM_KEEP_GOING).
      reserved: [:uint8, 28], # Always 0.
    )
  end

  # What a stream has done so far.
  class StreamStatistics < FFI::Struct
    layout(
      bytes: :uint64, # Bytes that moved.
      transfers: :uint64, # Transfers that completed.
      short_packets: :uint64, # IN transfers that a short packet ended.
      stalls: :uint64, # Transfers that ended with USBX_ERROR_PIPE.
      overflows: :uint64, # Transfers that ended with USBX_ERROR_OVERFLOW.
      other_errors: :uint64, # Transfers that failed in another way; cancelled transfers, and those of an unplugged device, do not count.
      device_waits: :uint64, # How often the reader was so late that no transfer was in flight and the device had to wait.
      deepest_backlog: :uint64, # Maximum number of chunks that waited for the reader.
      packets: :uint64, # Isochronous IN packets that were requested.
      lost_packets: :uint64, # Isochronous IN packets that were lost: packets with an error, and the intervals in which no transfer was in flight because the reader, or the computer, was late.
      depth: :uint64, # Maximum number of transfers in flight that the stream uses.
      size: :uint64, # Bytes in one transfer.
      memory: :uint32, # The kind of memory in use: USBX_MEMORY_HEAP or USBX_MEMORY_MAPPED.
      reserved: [:uint8, 44], # Always 0.
    )
  end

  # Something that happened to a virtual device.
  class VirtualEvent < FFI::Struct
    layout(
      event: :int32, # USBX_VIRTUAL_*; 0 if nothing happened.
      request_type: :uint8, # USBX_VIRTUAL_SETUP: bmRequestType; bit 7 set means that the host wants data.
      request: :uint8, # USBX_VIRTUAL_SETUP: bRequest.
      value: :uint16, # USBX_VIRTUAL_SETUP: wValue, in the computer's byte order.
      index: :uint16, # USBX_VIRTUAL_SETUP: wIndex, in the computer's byte order.
      length: :uint16, # USBX_VIRTUAL_SETUP: wLength, in bytes.
      endpoint: :uint8, # USBX_VIRTUAL_IN, _OUT, _HALT: bEndpointAddress.
      halted: :uint8, # USBX_VIRTUAL_HALT: 1 if the endpoint is halted now, 0 if it is not.
      configuration: :uint8, # USBX_VIRTUAL_CONFIGURED: bConfigurationValue, or 0 for the unconfigured state.
      interface_number: :uint8, # USBX_VIRTUAL_ALT_SETTING: bInterfaceNumber.
      alt_setting: :uint8, # USBX_VIRTUAL_ALT_SETTING: bAlternateSetting.
      reserved: [:uint8, 7], # Always 0.
      lost: :uint64, # Number of events before this one that were lost, because more than 1024 waited.
      interval_ns: :uint64, # USBX_VIRTUAL_IN of an isochronous endpoint: when the interval begins that the packet is for, in nanoseconds of CLOCK_MONOTONIC.
      reserved2: [:uint8, 24], # Always 0.
    )
  end

  # A fault of a virtual device's transfers.
  class Fault < FFI::Struct
    layout(
      kind: :uint32, # USBX_FAULT_*.
      nth: :uint32, # Which transfer of the endpoint is meant, counted from now on; 0 or 1: the next one.
      repeat: :uint32, # 0: once. 1: each further nth transfer, too.
      status: :int32, # USBX_FAULT_STATUS: USBX_ERROR_IO, USBX_ERROR_PIPE, USBX_ERROR_OVERFLOW or USBX_ERROR_OTHER.
      bytes: :uint64, # USBX_FAULT_STATUS, _SHORT, _UNPLUG: how many bytes move before.
      milliseconds: :uint32, # USBX_FAULT_DELAY, _NAK: time in milliseconds.
      seed: :uint32, # USBX_FAULT_CORRUPT: any number.
      reserved: [:uint8, 32], # Set to 0.
    )
  end

  # How a program and the recording that it uses as a device agree so far.
  class ReplayStatistics < FFI::Struct
    layout(
      transfers: :uint64, # Transfers and control requests that ended as they had ended in the recording.
      departures: :uint64, # Those that ended with USBX_ERROR_OTHER: they were not in the recording, or nothing was left for them.
      remaining: :uint64, # Recorded transfers that the program has not asked for.
      frame: :uint64, # The number in the capture of the frame that the first departure met; 0 if there is none.
      reserved: [:uint8, 32], # Always 0.
    )
  end

  # Options of a capture.
  class CaptureOptions < FFI::Struct
    layout(
      path: [:char, 256], # Captures only the device at this path, as in usbx_device_info; "": every device.
      snap_length: :size_t, # Maximum number of bytes of each transfer's data; the lengths in the file are still the true ones. 0: no limit.
      ring: :size_t, # 0: records are written as they come.
      memory: :size_t, # Memory in bytes for records that wait to be written, 512 KiB or more; 0: 32 MiB.
      flags: :uint32, # 0; there are no flags yet.
      reserved: [:uint8, 60], # Set to 0.
    )
  end

  # What a capture has done so far.
  class CaptureStatistics < FFI::Struct
    layout(
      records: :uint64, # Records that are in the file, or in memory on the way there.
      bytes: :uint64, # Bytes of the file.
      dropped: :uint64, # Records that were lost: there was no memory left for them, or the file takes no more.
      replaced: :uint64, # Records of a ring that newer ones replaced before they were written.
      errors: :uint64, # Transfers that failed; cancelled transfers, and those whose time was up, do not count.
      devices: :uint64, # Devices that were seen.
      status: :int32, # USBX_OK, or USBX_ERROR_IO once the file takes no more; usbx_capture_close says why.
      reserved: [:uint8, 44], # Always 0.
    )
  end

  # Options of a share.
  class ShareOptions < FFI::Struct
    layout(
      allow: :pointer, # The networks whose computers may connect, NUL-terminated: "192.168.1.0/24,fd00::/8,10.0.0.7".
      clients: :uint32, # How many clients may be connected at once; 0 for 64.
      reserved: [:uint8, 52], # Set to 0.
    )
  end

  # usbx_version(): Returns the version of the loaded library, for example "0.1.0".
  attach_function :usbx_version, [], :string

  # usbx_error_name(status): Returns the name of a status as this header spells it, for example "USBX_ERROR_TIMEOUT".
  attach_function :usbx_error_name, [:int32], :string

  # usbx_error_text(status): Returns one plain sentence that describes a status.
  attach_function :usbx_error_text, [:int32], :string

  # usbx_last_error(): Returns one sentence about the calling thread's last failure.
  attach_function :usbx_last_error, [], :string

  # usbx_handle_error(handle, text, capacity, length): Gets one sentence about the last failure of calls with a handle, whichever thread made the call.
  attach_function :usbx_handle_error, [:pointer, :pointer, :size_t, :pointer], :int32

  # usbx_shutdown(leaked): Closes every handle of this process, whichever thread opened it.
  attach_function :usbx_shutdown, [:pointer], :int32, blocking: true

  # usbx_devices(devices, capacity, count): Lists the devices that are plugged in now, root hubs and virtual devices included, in the order of their paths.
  attach_function :usbx_devices, [:pointer, :size_t, :pointer], :int32, blocking: true

  # usbx_open(vendor_id, product_id, serial, device): Opens the device with these IDs and, if given, this serial number.
  attach_function :usbx_open, [:uint16, :uint16, :string, :pointer], :int32, blocking: true

  # usbx_open_path(path, device): Opens the device at a path, whichever device is plugged in there.
  attach_function :usbx_open_path, [:string, :pointer], :int32, blocking: true

  # usbx_open_fd(fd, device): Makes a device handle from a usbfs file descriptor that other code opened.
  attach_function :usbx_open_fd, [:int32, :pointer], :int32

  # usbx_close(device): Closes a device.
  attach_function :usbx_close, [:pointer], :int32, blocking: true

  # usbx_info(device, info): Describes an open device, as usbx_devices does; works after unplugging too.
  attach_function :usbx_info, [:pointer, :pointer], :int32

  # usbx_get_configuration(device, configuration): Gets the number of the active configuration.
  attach_function :usbx_get_configuration, [:pointer, :pointer], :int32, blocking: true

  # usbx_set_configuration(device, configuration): Selects a configuration, or takes the device back to the unconfigured state.
  attach_function :usbx_set_configuration, [:pointer, :uint8], :int32, blocking: true

  # usbx_claim(device, interface_number): Claims an interface, so that this handle can use its endpoints and no other program or handle can claim it.
  attach_function :usbx_claim, [:pointer, :uint8], :int32, blocking: true

  # usbx_release(device, interface_number): Releases a claimed interface.
  attach_function :usbx_release, [:pointer, :uint8], :int32, blocking: true

  # usbx_set_alt_setting(device, interface_number, alt_setting): Selects an alternate setting of a claimed interface.
  attach_function :usbx_set_alt_setting, [:pointer, :uint8, :uint8], :int32, blocking: true

  # usbx_kernel_driver(device, interface_number, name, capacity, length): Gets the name of the kernel driver that holds an interface, for example "usbhid".
  attach_function :usbx_kernel_driver, [:pointer, :uint8, :pointer, :size_t, :pointer], :int32, blocking: true

  # usbx_detach_kernel_driver(device, interface_number): Detaches the kernel driver from an interface, so that it can be claimed.
  attach_function :usbx_detach_kernel_driver, [:pointer, :uint8], :int32, blocking: true

  # usbx_set_auto_detach(device, enable): Makes claims detach kernel drivers by themselves, or stops that.
  attach_function :usbx_set_auto_detach, [:pointer, :int32], :int32, blocking: true

  # usbx_attach_kernel_driver(device, interface_number): Lets a kernel driver bind to an interface again, without waiting for usbx_close.
  attach_function :usbx_attach_kernel_driver, [:pointer, :uint8], :int32, blocking: true

  # usbx_endpoints(device, endpoints, capacity, count): Lists the endpoints of the active configuration, in every interface and every alternate setting.
  attach_function :usbx_endpoints, [:pointer, :pointer, :size_t, :pointer], :int32, blocking: true

  # usbx_interfaces(device, interfaces, capacity, count): Lists the interfaces of the active configuration, with every alternate setting of each.
  attach_function :usbx_interfaces, [:pointer, :pointer, :size_t, :pointer], :int32, blocking: true

  # usbx_descriptors(path, data, capacity, length): Gets the descriptors of a device that usbx_devices lists, without opening it.
  attach_function :usbx_descriptors, [:string, :pointer, :size_t, :pointer], :int32, blocking: true

  # usbx_get_descriptor(device, type, index, data, length, transferred): Requests a descriptor from the device and returns it as the device sends it.
  attach_function :usbx_get_descriptor, [:pointer, :uint8, :uint8, :pointer, :size_t, :pointer], :int32, blocking: true

  # usbx_get_string(device, index, language, text, capacity, length): Requests a string from the device and returns it in UTF-8.
  attach_function :usbx_get_string, [:pointer, :uint8, :uint16, :pointer, :size_t, :pointer], :int32, blocking: true

  # usbx_control(device, request_type, request, value, index, data, length, timeout_ms, transferred): Sends a control request and transfers its data, in either direction.
  attach_function :usbx_control, [:pointer, :uint8, :uint8, :uint16, :uint16, :pointer, :uint16, :uint32, :pointer], :int32, blocking: true

  # usbx_bulk_read(device, endpoint, data, length, timeout_ms, transferred): Reads from a bulk endpoint until the buffer is full or a short packet ends the read.
  attach_function :usbx_bulk_read, [:pointer, :uint8, :pointer, :size_t, :uint32, :pointer], :int32, blocking: true

  # usbx_bulk_write(device, endpoint, data, length, timeout_ms, transferred): Writes to a bulk endpoint.
  attach_function :usbx_bulk_write, [:pointer, :uint8, :pointer, :size_t, :uint32, :pointer], :int32, blocking: true

  # usbx_interrupt_read(device, endpoint, data, length, timeout_ms, transferred): Reads from an interrupt endpoint until the buffer is full or a short packet ends the read.
  attach_function :usbx_interrupt_read, [:pointer, :uint8, :pointer, :size_t, :uint32, :pointer], :int32, blocking: true

  # usbx_interrupt_write(device, endpoint, data, length, timeout_ms, transferred): Writes to an interrupt endpoint.
  attach_function :usbx_interrupt_write, [:pointer, :uint8, :pointer, :size_t, :uint32, :pointer], :int32, blocking: true

  # usbx_clear_halt(device, endpoint): Clears the halt of an endpoint, so that data flows again after USBX_ERROR_PIPE.
  attach_function :usbx_clear_halt, [:pointer, :uint8], :int32, blocking: true

  # usbx_reset(device): Resets the device, as if it were unplugged and plugged in again.
  attach_function :usbx_reset, [:pointer], :int32, blocking: true

  # usbx_cancel(device, endpoint): Cancels all pending transfers of an endpoint.
  attach_function :usbx_cancel, [:pointer, :uint8], :int32

  # usbx_isochronous_read(device, endpoint, data, length, packets, packet_count, timeout_ms, transferred): Reads packets from an isochronous endpoint, one in each service interval.
  attach_function :usbx_isochronous_read, [:pointer, :uint8, :pointer, :size_t, :pointer, :size_t, :uint32, :pointer], :int32, blocking: true

  # usbx_isochronous_write(device, endpoint, data, length, packets, packet_count, timeout_ms, transferred): Writes packets to an isochronous endpoint, one in each service interval.
  attach_function :usbx_isochronous_write, [:pointer, :uint8, :pointer, :size_t, :pointer, :size_t, :uint32, :pointer], :int32, blocking: true

  # usbx_buffer_alloc(device, length, buffer): Allocates memory that transfers use without a copy.
  attach_function :usbx_buffer_alloc, [:pointer, :size_t, :pointer], :int32, blocking: true

  # usbx_buffer_free(buffer): Frees a buffer from usbx_buffer_alloc.
  attach_function :usbx_buffer_free, [:pointer], :int32, blocking: true

  # usbx_queue_open(queue): Opens a completion queue.
  attach_function :usbx_queue_open, [:pointer], :int32, blocking: true

  # usbx_submit(device, queue, transfer, id): Starts a transfer and returns at once; its completion comes from the queue.
  attach_function :usbx_submit, [:pointer, :pointer, :pointer, :pointer], :int32, blocking: true

  # usbx_queue_wait(queue, completions, capacity, timeout_ms, count): Waits for transfers to complete and takes the completions that are there, as many as fit.
  attach_function :usbx_queue_wait, [:pointer, :pointer, :size_t, :uint32, :pointer], :int32, blocking: true

  # usbx_queue_cancel(queue, id): Cancels one transfer of a queue, or all of them.
  attach_function :usbx_queue_cancel, [:pointer, :uint64], :int32

  # usbx_queue_fd(queue, fd): Gets a file descriptor that becomes readable when a queue has work to do.
  attach_function :usbx_queue_fd, [:pointer, :pointer], :int32

  # usbx_queue_close(queue): Closes a queue.
  attach_function :usbx_queue_close, [:pointer], :int32, blocking: true

  # usbx_bulk_streams_alloc(device, count, endpoints, endpoint_count, allocated): Allocates bulk streams (USB 3) on some bulk endpoints of one claimed interface.
  attach_function :usbx_bulk_streams_alloc, [:pointer, :uint32, :pointer, :size_t, :pointer], :int32, blocking: true

  # usbx_bulk_streams_free(device, endpoints, endpoint_count): Frees the bulk streams of some endpoints, which then take transfers without a stream again.
  attach_function :usbx_bulk_streams_free, [:pointer, :pointer, :size_t], :int32, blocking: true

  # usbx_stream_open(device, endpoint, options, stream): Opens a stream on a bulk, interrupt or isochronous endpoint of a claimed interface.
  attach_function :usbx_stream_open, [:pointer, :uint8, :pointer, :pointer], :int32, blocking: true

  # usbx_stream_next(stream, timeout_ms, chunk): Borrows the next chunk of an IN stream, without a copy.
  attach_function :usbx_stream_next, [:pointer, :uint32, :pointer], :int32, blocking: true

  # usbx_stream_read(stream, data, length, timeout_ms, transferred): Reads from an IN stream like from a file: waits for the first byte, then returns what is there.
  attach_function :usbx_stream_read, [:pointer, :pointer, :size_t, :uint32, :pointer], :int32, blocking: true

  # usbx_stream_write(stream, data, length, timeout_ms, transferred): Writes to an OUT stream like to a file.
  attach_function :usbx_stream_write, [:pointer, :pointer, :size_t, :uint32, :pointer], :int32, blocking: true

  # usbx_stream_space(stream, timeout_ms, data, length): Lends room in an OUT stream to be filled in place, which avoids the copy of usbx_stream_write.
  attach_function :usbx_stream_space, [:pointer, :uint32, :pointer, :pointer], :int32, blocking: true

  # usbx_stream_commit(stream, length): Writes the bytes that were put into the room from usbx_stream_space.
  attach_function :usbx_stream_commit, [:pointer, :size_t], :int32, blocking: true

  # usbx_stream_flush(stream, timeout_ms): Sends what was written and waits until the device has taken all of it.
  attach_function :usbx_stream_flush, [:pointer, :uint32], :int32, blocking: true

  # usbx_stream_stats(stream, statistics): Gets the statistics of a stream.
  attach_function :usbx_stream_stats, [:pointer, :pointer], :int32

  # usbx_stream_fd(stream, fd): Gets a file descriptor that becomes readable when a stream has work to do.
  attach_function :usbx_stream_fd, [:pointer, :pointer], :int32

  # usbx_stream_close(stream): Closes a stream.
  attach_function :usbx_stream_close, [:pointer], :int32, blocking: true

  # usbx_watch_open(vendor_id, product_id, watch): Starts to watch for devices that are plugged in and unplugged, virtual ones included.
  attach_function :usbx_watch_open, [:uint16, :uint16, :pointer], :int32, blocking: true

  # usbx_watch_next(watch, timeout_ms, event, info): Takes the next event of a watch, in the order in which they happened.
  attach_function :usbx_watch_next, [:pointer, :uint32, :pointer, :pointer], :int32, blocking: true

  # usbx_watch_fd(watch, fd): Gets a file descriptor that becomes readable when a watch has an event.
  attach_function :usbx_watch_fd, [:pointer, :pointer], :int32

  # usbx_watch_close(watch): Closes a watch.
  attach_function :usbx_watch_close, [:pointer], :int32, blocking: true

  # usbx_virtual_open(model, serial, virtual_device): Plugs in a virtual device: usbx_devices then lists it and usbx_open opens it, like a real one.
  attach_function :usbx_virtual_open, [:string, :string, :pointer], :int32, blocking: true

  # usbx_virtual_create(speed, descriptors, length, virtual_device): Makes a virtual device that this program answers for.
  attach_function :usbx_virtual_create, [:uint8, :pointer, :size_t, :pointer], :int32, blocking: true

  # usbx_virtual_string(virtual_device, index, language, text): Adds a string to a virtual device, in one language.
  attach_function :usbx_virtual_string, [:pointer, :uint8, :uint16, :string], :int32, blocking: true

  # usbx_virtual_descriptor(virtual_device, type, index, recipient, data, length): Adds a descriptor that hosts ask for by itself: a BOS, a HID report descriptor, or one in place of a descriptor that usbx_virtual_create got, which is then the one that requests get.
  attach_function :usbx_virtual_descriptor, [:pointer, :uint8, :uint8, :uint16, :pointer, :size_t], :int32, blocking: true

  # usbx_virtual_answer_standard_requests(virtual_device, enable): Lets a program answer standard requests of its virtual device itself, or leaves them to the library, as at first.
  attach_function :usbx_virtual_answer_standard_requests, [:pointer, :int32], :int32, blocking: true

  # usbx_virtual_plug(virtual_device): Plugs in a virtual device: usbx_devices lists it, usbx_open opens it, watches report it.
  attach_function :usbx_virtual_plug, [:pointer], :int32, blocking: true

  # usbx_virtual_path(virtual_device, path, capacity, length): Gets the path of a virtual device, for usbx_open_path: "virtual/1" for example.
  attach_function :usbx_virtual_path, [:pointer, :pointer, :size_t, :pointer], :int32, blocking: true

  # usbx_virtual_unplug(virtual_device): Unplugs a virtual device, as if by hand.
  attach_function :usbx_virtual_unplug, [:pointer], :int32, blocking: true

  # usbx_virtual_close(virtual_device): Unplugs a virtual device, if it is still plugged in, and closes its handle.
  attach_function :usbx_virtual_close, [:pointer], :int32, blocking: true

  # usbx_virtual_next(virtual_device, timeout_ms, event, data, capacity, length): Takes the next event of a virtual device from usbx_virtual_create, in the order in which they happened.
  attach_function :usbx_virtual_next, [:pointer, :uint32, :pointer, :pointer, :size_t, :pointer], :int32, blocking: true

  # usbx_virtual_reply(virtual_device, data, length): Answers the control request in hand, which usbx_virtual_next gave.
  attach_function :usbx_virtual_reply, [:pointer, :pointer, :size_t], :int32, blocking: true

  # usbx_virtual_stall(virtual_device, endpoint): Refuses the control request in hand, or halts an endpoint.
  attach_function :usbx_virtual_stall, [:pointer, :uint8], :int32, blocking: true

  # usbx_virtual_write(virtual_device, endpoint, data, length, timeout_ms, transferred): Sends data from a virtual device to the host, at an IN endpoint.
  attach_function :usbx_virtual_write, [:pointer, :uint8, :pointer, :size_t, :uint32, :pointer], :int32, blocking: true

  # usbx_virtual_read(virtual_device, endpoint, data, capacity, timeout_ms, transferred): Receives data that the host sends to a virtual device, at an OUT endpoint.
  attach_function :usbx_virtual_read, [:pointer, :uint8, :pointer, :size_t, :uint32, :pointer], :int32, blocking: true

  # usbx_virtual_fd(virtual_device, fd): Gets a file descriptor that becomes readable when a virtual device has an event.
  attach_function :usbx_virtual_fd, [:pointer, :pointer], :int32

  # usbx_virtual_fault(virtual_device, endpoint, fault): Makes transfers of a virtual device fail, deterministically: to try what a program does then.
  attach_function :usbx_virtual_fault, [:pointer, :uint8, :pointer], :int32, blocking: true

  # usbx_virtual_replay_stats(virtual_device, statistics, departure, capacity, length): Gets how far a recording has been played since it was plugged in last.
  attach_function :usbx_virtual_replay_stats, [:pointer, :pointer, :pointer, :size_t, :pointer], :int32

  # usbx_capture_open(path, options, capture): Starts to capture what goes through the library from now on, of every device and every handle of this process, to a file that Wireshark reads.
  attach_function :usbx_capture_open, [:string, :pointer, :pointer], :int32, blocking: true

  # usbx_capture_stats(capture, statistics): Gets what a capture has done so far.
  attach_function :usbx_capture_stats, [:pointer, :pointer], :int32

  # usbx_capture_close(capture): Ends a capture and closes its handle.
  attach_function :usbx_capture_close, [:pointer], :int32, blocking: true

  # usbx_share_open(address, options, share): Opens a share: from now on clients of USB/IP can connect, Linux's usbip attach among them.
  attach_function :usbx_share_open, [:string, :pointer, :pointer], :int32, blocking: true

  # usbx_share_add(share, path, busid): Offers a device to clients, until the share is closed.
  attach_function :usbx_share_add, [:pointer, :string, :string], :int32, blocking: true

  # usbx_share_address(share, text, capacity, length): Gets the address at which a share listens: "127.0.0.1:3240", with the real port where usbx_share_open got 0, or "unix:/path".
  attach_function :usbx_share_address, [:pointer, :pointer, :size_t, :pointer], :int32, blocking: true

  # usbx_share_close(share): Closes a share: disconnects every client, ends what is pending, gives every device back to its drivers, and returns when that is done.
  attach_function :usbx_share_close, [:pointer], :int32, blocking: true

  # usbx_remote_devices(host, devices, capacity, count, timeout_ms): Lists the devices that another computer exports over USB/IP, in its own order: those of "usbx share", of Linux's usbipd, of usbipd-win, of a simulator.
  attach_function :usbx_remote_devices, [:string, :pointer, :size_t, :pointer, :uint32], :int32, blocking: true

  # usbx_usbip_open_fd(fd, busid, device): Opens a device of another computer over a connection that other code has made: ssh, a TLS proxy, vsock, inetd.
  attach_function :usbx_usbip_open_fd, [:int32, :string, :pointer], :int32
end
