// What usbx.h declares, for Java by JNA: constants, handles, structs and functions.
// Derived from the header by languages/derive, which `make declarations` runs; edit there. docs/languages.md explains it.
// SPDX-License-Identifier: MIT OR Apache-2.0
package usbx;

import com.sun.jna.*;
import com.sun.jna.ptr.*;
import java.nio.ByteBuffer;
import java.util.Map;

public interface Usbx extends Library {
    Usbx USBX = Native.load("libusbx.so.0", Usbx.class, Map.of(Library.OPTION_STRING_ENCODING, "UTF-8"));

    /** C's size_t. */
    class SizeT extends IntegerType {
        public SizeT() {
            this(0);
        }

        public SizeT(long value) {
            super(Native.SIZE_T_SIZE, value, true);
        }
    }

    /** A size_t that a function writes. */
    class SizeTByReference extends ByReference {
        public SizeTByReference() {
            super(Native.SIZE_T_SIZE);
        }

        public long getValue() {
            return Native.SIZE_T_SIZE == 8 ? getPointer().getLong(0) : getPointer().getInt(0) & 0xffffffffL;
        }
    }

    /** For waits on the library's own queues: return at once. */
    int USBX_NO_WAIT = 0xFFFFFFFF;

    /** The version of this header; usbx_version() tells the library's. */
    int USBX_VERSION_MAJOR = 0;

    /** See USBX_VERSION_MAJOR. */
    int USBX_VERSION_MINOR = 1;

    /** See USBX_VERSION_MAJOR. */
    int USBX_VERSION_PATCH = 0;

    /** Speed not known. */
    int USBX_SPEED_UNKNOWN = 0;

    /** 1.5 Mbit/s. */
    int USBX_SPEED_LOW = 1;

    /** 12 Mbit/s. */
    int USBX_SPEED_FULL = 2;

    /** 480 Mbit/s. */
    int USBX_SPEED_HIGH = 3;

    /** 5 Gbit/s. */
    int USBX_SPEED_SUPER = 4;

    /** 10 Gbit/s and more. */
    int USBX_SPEED_SUPER_PLUS = 5;

    /** A device on this computer's own bus. */
    int USBX_BACKEND_LIBUSB = 0;

    /** A virtual device, living in this process. */
    int USBX_BACKEND_VIRTUAL = 1;

    /** A device of another computer, over USB/IP. */
    int USBX_BACKEND_USBIP = 2;

    /** An endpoint of type control. */
    int USBX_TYPE_CONTROL = 0;

    /** An endpoint of type isochronous. */
    int USBX_TYPE_ISOCHRONOUS = 1;

    /** An endpoint of type bulk. */
    int USBX_TYPE_BULK = 2;

    /** An endpoint of type interrupt. */
    int USBX_TYPE_INTERRUPT = 3;

    /** A timeout that never comes: wait for ever. */
    int USBX_NO_TIMEOUT = 0;

    /** Memory of a stream: whichever is faster here, found out when it is opened. */
    int USBX_MEMORY_AUTO = 0;

    /** The process's own memory; the system copies each transfer. */
    int USBX_MEMORY_HEAP = 1;

    /** Memory shared with the system, no copy. */
    int USBX_MEMORY_MAPPED = 2;

    /** A thread of the library takes completions as they come, so that timestamp_ns is exact however late the reader is. */
    int USBX_STREAM_EXACT_TIME = 1;

    /** The device was plugged in, or was there when the watch began, and can be opened. */
    int USBX_EVENT_ARRIVED = 1;

    /** The device was unplugged. */
    int USBX_EVENT_LEFT = 2;

    /** Success. */
    int USBX_OK = 0;

    /** The transfer failed on the bus (cable, electrical noise, a device that breaks the protocol). */
    int USBX_ERROR_IO = -1;

    /** An argument is not valid; usbx_last_error() says which and why. */
    int USBX_ERROR_INVALID_PARAM = -2;

    /** Permission denied; usbx_last_error() has the udev rule that grants it. */
    int USBX_ERROR_ACCESS = -3;

    /** The device was there and is gone. */
    int USBX_ERROR_NO_DEVICE = -4;

    /** There is no such device, interface, alternate setting or configuration. */
    int USBX_ERROR_NOT_FOUND = -5;

    /** A kernel driver, another program or another handle holds it; usbx_last_error() says who. */
    int USBX_ERROR_BUSY = -6;

    /** The time given was not enough; what moved until then is counted and in the buffer. */
    int USBX_ERROR_TIMEOUT = -7;

    /** The device sent more than the buffer can hold. */
    int USBX_ERROR_OVERFLOW = -8;

    /** The endpoint stalled: a control request was refused, or the endpoint is halted (see usbx_clear_halt). */
    int USBX_ERROR_PIPE = -9;

    /** A signal interrupted the call. */
    int USBX_ERROR_INTERRUPTED = -10;

    /** Memory ran out, the process's or the kernel's share for USB transfers. */
    int USBX_ERROR_NO_MEM = -11;

    /** This platform or device does not support it. */
    int USBX_ERROR_NOT_SUPPORTED = -12;

    /** An error that has no number of its own. */
    int USBX_ERROR_OTHER = -99;

    /** The handle is NULL, closed, forged, or of another kind. */
    int USBX_ERROR_INVALID_HANDLE = -100;

    /** usbx_cancel ended the transfer; what moved until then is counted and in the buffer. */
    int USBX_ERROR_CANCELLED = -101;

    /** Another thread closed the handle during the call; what moved until then is counted and in the buffer. */
    int USBX_ERROR_CLOSED = -102;

    /** The interface is not claimed by this handle; call usbx_claim first. */
    int USBX_ERROR_NOT_CLAIMED = -103;

    /** The handle was opened before fork(), in the parent process; open the device anew in the child. */
    int USBX_ERROR_FORKED = -104;

    /** A defect in usbx itself, with its place in usbx_last_error(); please report it. */
    int USBX_ERROR_INTERNAL = -105;

    /** An open device. */
    class usbx_device extends PointerType {
        public usbx_device() {
        }

        public usbx_device(Pointer token) {
            super(token);
        }
    }

    /** A completion queue. */
    class usbx_queue extends PointerType {
        public usbx_queue() {
        }

        public usbx_queue(Pointer token) {
            super(token);
        }
    }

    /** A stream. */
    class usbx_stream extends PointerType {
        public usbx_stream() {
        }

        public usbx_stream(Pointer token) {
            super(token);
        }
    }

    /** A plugged-in virtual device, as its maker holds it; a program that talks to it opens it like any other device. */
    class usbx_virtual extends PointerType {
        public usbx_virtual() {
        }

        public usbx_virtual(Pointer token) {
            super(token);
        }
    }

    /** A watch for devices that come and go. */
    class usbx_watch extends PointerType {
        public usbx_watch() {
        }

        public usbx_watch(Pointer token) {
            super(token);
        }
    }

    /** What is known of a device without opening it. */
    @Structure.FieldOrder({"vendor_id", "product_id", "device_version", "usb_version", "device_class", "device_subclass", "device_protocol", "configurations", "bus", "address", "speed", "backend", "path", "manufacturer", "product", "serial", "reserved"})
    class usbx_device_info extends Structure {
        /** idVendor. */
        public short vendor_id;
        /** idProduct. */
        public short product_id;
        /** bcdDevice: 0x0100 is release 1.00. */
        public short device_version;
        /** bcdUSB: 0x0200 is USB 2.0. */
        public short usb_version;
        /** bDeviceClass; 0 says that each interface has its own. */
        public byte device_class;
        /** bDeviceSubClass. */
        public byte device_subclass;
        /** bDeviceProtocol. */
        public byte device_protocol;
        /** How many configurations the device has. */
        public byte configurations;
        /** Number of the bus. */
        public byte bus;
        /** Address on the bus; changes each time the device is plugged in. */
        public byte address;
        /** USBX_SPEED_*. */
        public byte speed;
        /** USBX_BACKEND_*. */
        public byte backend;
        /** Where the device is plugged in: "2-1.4" is bus 2, port 1, port 4 of the hub there; "usb2" bus 2's root hub; "virtual/1" a virtual device. */
        public byte[] path = new byte[256];
        /** iManufacturer. */
        public byte[] manufacturer = new byte[384];
        /** iProduct. */
        public byte[] product = new byte[384];
        /** iSerialNumber. */
        public byte[] serial = new byte[384];
        /** 0. */
        public byte[] reserved = new byte[64];
    }

    /** An endpoint of the active configuration. */
    @Structure.FieldOrder({"address", "type", "interface_number", "alt_setting", "max_packet_size", "packets_per_interval", "interval", "max_bytes_per_interval", "reserved"})
    class usbx_endpoint extends Structure {
        /** bEndpointAddress: bit 7 is set for IN, device to host. */
        public byte address;
        /** USBX_TYPE_*. */
        public byte type;
        /** The interface it belongs to, to be claimed with usbx_claim. */
        public byte interface_number;
        /** The alternate setting it belongs to, to be selected with usbx_set_alt_setting if it is not 0. */
        public byte alt_setting;
        /** Bytes in a packet: wMaxPacketSize without its bits 11 and 12. */
        public short max_packet_size;
        /** Packets in one service interval: up to 3 at high speed, (bMaxBurst + 1) x (Mult + 1) at SuperSpeed, else 1. */
        public byte packets_per_interval;
        /** bInterval as the device gives it: milliseconds at low and full speed, 2^(n-1) x 125 us above. */
        public byte interval;
        /** Bytes in one service interval: max_packet_size x packets_per_interval, or the device's wBytesPerInterval. */
        public int max_bytes_per_interval;
        /** 0. */
        public byte[] reserved = new byte[16];
    }

    /** One packet of an isochronous transfer. */
    @Structure.FieldOrder({"length", "transferred", "status", "reserved"})
    class usbx_packet extends Structure {
        /** Before: bytes to send, or room to receive; the endpoint's max_bytes_per_interval at the most. */
        public int length;
        /** After: bytes that moved. */
        public int transferred;
        /** After: USBX_OK, or what happened to this packet alone; USBX_ERROR_CANCELLED if it was never on the bus. */
        public int status;
        /** 0. */
        public int reserved;
    }

    /** A transfer to submit. */
    @Structure.FieldOrder({"type", "endpoint", "request_type", "request", "value", "index", "timeout_ms", "reserved_1", "data", "length", "packets", "packet_count", "user_data", "reserved"})
    class usbx_transfer extends Structure {
        /** USBX_TYPE_*. */
        public byte type;
        /** bEndpointAddress, not for control requests. */
        public byte endpoint;
        /** Control: bmRequestType; bit 7 set means IN. */
        public byte request_type;
        /** Control: bRequest. */
        public byte request;
        /** Control: wValue. */
        public short value;
        /** Control: wIndex. */
        public short index;
        /** Milliseconds the transfer may take; USBX_NO_TIMEOUT: for ever. */
        public int timeout_ms;
        /** 0. */
        public int reserved_1;
        /** The bytes to send or to receive into. */
        public Pointer data;
        /** How many; 65535 at the most for control. */
        public SizeT length = new SizeT();
        /** Isochronous: the packets, as usbx_isochronous_read. */
        public Pointer packets;
        /** Isochronous: how many. */
        public SizeT packet_count = new SizeT();
        /** Comes back in the completion, as it is. */
        public long user_data;
        /** 0. */
        public byte[] reserved = new byte[32];
    }

    /** How a transfer went. */
    @Structure.FieldOrder({"id", "user_data", "timestamp_ns", "transferred", "status", "reserved"})
    class usbx_completion extends Structure {
        /** The number that usbx_submit gave. */
        public long id;
        /** From the transfer. */
        public long user_data;
        /** When it completed: nanoseconds of CLOCK_MONOTONIC. */
        public long timestamp_ns;
        /** Bytes that moved, on failure too. */
        public SizeT transferred = new SizeT();
        /** USBX_OK, or why the transfer ended early. */
        public int status;
        /** 0. */
        public byte[] reserved = new byte[36];
    }

    /** How a stream is to work. */
    @Structure.FieldOrder({"size", "depth", "memory", "flags", "reserved"})
    class usbx_stream_options extends Structure {
        /** Bytes in one transfer, a multiple of the packet size, 16 MiB at the most. */
        public SizeT size = new SizeT();
        /** Transfers in flight, 1024 at the most. */
        public SizeT depth = new SizeT();
        /** USBX_MEMORY_*. */
        public int memory;
        /** 0, or USBX_STREAM_EXACT_TIME. */
        public int flags;
        /** 0. */
        public byte[] reserved = new byte[40];
    }

    /** What one transfer of a stream brought. */
    @Structure.FieldOrder({"data", "length", "timestamp_ns", "sequence", "packets", "packet_count", "status", "reserved"})
    class usbx_chunk extends Structure {
        /** The bytes; the library's, and valid until the next call of usbx_stream_next, usbx_stream_read or usbx_stream_close. */
        public Pointer data;
        /** How many; 0 for a zero-length packet. */
        public SizeT length = new SizeT();
        /** When it was found complete, in nanoseconds of CLOCK_MONOTONIC: at once while a call for the stream waits, otherwise at the next call, or at once in any case with USBX_STREAM_EXACT_TIME. */
        public long timestamp_ns;
        /** Counts the chunks of the stream, from 0. */
        public long sequence;
        /** The packets of an isochronous transfer, in their order, as long valid as data; NULL for bulk and interrupt. */
        public Pointer packets;
        /** How many. */
        public SizeT packet_count = new SizeT();
        /** USBX_OK, or how the transfer ended that brought these bytes: usbx_stream_next says the same when all of them were taken. */
        public int status;
        /** 0. */
        public byte[] reserved = new byte[28];
    }

    /** What a stream has done so far. */
    @Structure.FieldOrder({"bytes", "transfers", "short_packets", "stalls", "overflows", "other_errors", "device_waits", "deepest_backlog", "packets", "lost_packets", "depth", "size", "memory", "reserved"})
    class usbx_stream_statistics extends Structure {
        /** Bytes that moved. */
        public long bytes;
        /** Transfers that completed. */
        public long transfers;
        /** Transfers IN that a short packet ended. */
        public long short_packets;
        /** Transfers that ended with USBX_ERROR_PIPE. */
        public long stalls;
        /** Transfers that ended with USBX_ERROR_OVERFLOW. */
        public long overflows;
        /** Transfers that failed otherwise; cancelled ones, and those of an unplugged device, do not count. */
        public long other_errors;
        /** How often no transfer was in flight because the reader was late: the device had to wait. */
        public long device_waits;
        /** The most chunks that waited for the reader. */
        public long deepest_backlog;
        /** Isochronous packets IN that were asked for. */
        public long packets;
        /** Isochronous packets IN that were lost: those with an error, and as many as there were intervals in which nothing was in flight because the reader was late (reckoned by the clock, to about one transfer). */
        public long lost_packets;
        /** Transfers in flight at the most, as it turned out. */
        public long depth;
        /** Bytes in one transfer. */
        public long size;
        /** USBX_MEMORY_HEAP or USBX_MEMORY_MAPPED. */
        public int memory;
        /** 0. */
        public byte[] reserved = new byte[44];
    }

    /** The version of the library that is loaded: "0.1.0". */
    String usbx_version();

    /** The name of a status as the header spells it: "USBX_ERROR_TIMEOUT". */
    String usbx_error_name(int status);

    /** One plain sentence on a status. */
    String usbx_error_text(int status);

    /** The calling thread's last failure, as one sentence to act on: what was tried, on which device, what stood in the way and what to do. */
    String usbx_last_error();

    /** Closes all that is open: every handle of this process, whichever thread opened it. */
    int usbx_shutdown(SizeTByReference leaked);

    /** Lists the devices there are now: those on the bus, root hubs among them, and the virtual ones, in path order. */
    int usbx_devices(usbx_device_info[] devices, SizeT capacity, SizeTByReference count);

    /** Opens the device of these IDs and, if given, this serial number. */
    int usbx_open(short vendor_id, short product_id, String serial, PointerByReference device);

    /** Opens the device that is plugged in at this place, whatever it is. */
    int usbx_open_path(String path, PointerByReference device);

    /** Makes a handle of a usbfs descriptor that someone else opened: Android's UsbDeviceConnection, a Flatpak portal, a service manager. */
    int usbx_open_fd(int fd, PointerByReference device);

    /** Closes a device: ends its pending calls with USBX_ERROR_CLOSED, gives back claims and detached kernel drivers. */
    int usbx_close(usbx_device device);

    /** Tells what usbx_devices tells, of an open device. */
    int usbx_info(usbx_device device, usbx_device_info info);

    /** Tells the active configuration. */
    int usbx_get_configuration(usbx_device device, ByteByReference configuration);

    /** Selects a configuration. */
    int usbx_set_configuration(usbx_device device, byte configuration);

    /** Claims an interface for this handle: its endpoints can be used from then on, and nobody else can claim it. */
    int usbx_claim(usbx_device device, byte interface_number);

    /** Gives an interface back. */
    int usbx_release(usbx_device device, byte interface_number);

    /** Selects an alternate setting of a claimed interface. */
    int usbx_set_alt_setting(usbx_device device, byte interface_number, byte alt_setting);

    /** Tells which kernel driver holds an interface, such as "usbhid". */
    int usbx_kernel_driver(usbx_device device, byte interface_number, byte[] name, SizeT capacity, SizeTByReference length);

    /** Takes an interface away from the kernel driver that holds it, so that it can be claimed. */
    int usbx_detach_kernel_driver(usbx_device device, byte interface_number);

    /** Gives an interface to the kernel's drivers now, without waiting for usbx_close: one that usbx_detach_kernel_driver took away, or that some program left without. */
    int usbx_attach_kernel_driver(usbx_device device, byte interface_number);

    /** Lists the endpoints of the active configuration, of every interface and every alternate setting; endpoint 0 is not among them. */
    int usbx_endpoints(usbx_device device, usbx_endpoint[] endpoints, SizeT capacity, SizeTByReference count);

    /** Gives the descriptors of a device that usbx_devices lists, without opening it: its device descriptor of 18 bytes, and behind that each of its configuration descriptors with all that follows it, as the device sent them when it was plugged in. */
    int usbx_descriptors(String path, ByteBuffer data, SizeT capacity, SizeTByReference length);

    /** Asks the device for a descriptor, as it sends it. */
    int usbx_get_descriptor(usbx_device device, byte type, byte index, ByteBuffer data, SizeT length, SizeTByReference transferred);

    /** Asks the device for a string, in UTF-8. */
    int usbx_get_string(usbx_device device, byte index, short language, byte[] text, SizeT capacity, SizeTByReference length);

    /** Sends a control request and moves its data, either way. */
    int usbx_control(usbx_device device, byte request_type, byte request, short value, short index, ByteBuffer data, short length, int timeout_ms, SizeTByReference transferred);

    /** Reads from a bulk endpoint until the buffer is full, or a short packet (one below the packet size) ends the read. */
    int usbx_bulk_read(usbx_device device, byte endpoint, ByteBuffer data, SizeT length, int timeout_ms, SizeTByReference transferred);

    /** Writes to a bulk endpoint. */
    int usbx_bulk_write(usbx_device device, byte endpoint, ByteBuffer data, SizeT length, int timeout_ms, SizeTByReference transferred);

    /** Reads from an interrupt endpoint: as usbx_bulk_read, for endpoints of type interrupt. */
    int usbx_interrupt_read(usbx_device device, byte endpoint, ByteBuffer data, SizeT length, int timeout_ms, SizeTByReference transferred);

    /** Writes to an interrupt endpoint: as usbx_bulk_write, for endpoints of type interrupt. */
    int usbx_interrupt_write(usbx_device device, byte endpoint, ByteBuffer data, SizeT length, int timeout_ms, SizeTByReference transferred);

    /** Clears the halt of a claimed interface's endpoint, on the device and in the host's driver: after USBX_ERROR_PIPE, so that data flows again. */
    int usbx_clear_halt(usbx_device device, byte endpoint);

    /** Resets the device, as if it were unplugged and plugged in, but the handle, its claims and its alternate settings survive where the device comes back the same. */
    int usbx_reset(usbx_device device);

    /** Ends every pending transfer of an endpoint with USBX_ERROR_CANCELLED; their calls, in other threads, return with what moved until then. */
    int usbx_cancel(usbx_device device, byte endpoint);

    /** Reads packets from an isochronous endpoint, one in each service interval, and waits for the last of them. */
    int usbx_isochronous_read(usbx_device device, byte endpoint, ByteBuffer data, SizeT length, usbx_packet[] packets, SizeT packet_count, int timeout_ms, SizeTByReference transferred);

    /** Sends packets to an isochronous endpoint, one in each service interval, and waits for the last of them. */
    int usbx_isochronous_write(usbx_device device, byte endpoint, ByteBuffer data, SizeT length, usbx_packet[] packets, SizeT packet_count, int timeout_ms, SizeTByReference transferred);

    /** Opens a completion queue. */
    int usbx_queue_open(PointerByReference queue);

    /** Starts a transfer whose completion the queue will give. */
    int usbx_submit(usbx_device device, usbx_queue queue, usbx_transfer transfer, LongByReference id);

    /** Waits for completions and takes as many as there are and fit. */
    int usbx_queue_wait(usbx_queue queue, usbx_completion[] completions, SizeT capacity, int timeout_ms, SizeTByReference count);

    /** Ends a transfer early: its completion comes with USBX_ERROR_CANCELLED and what moved until then, or as it was if it is complete already. */
    int usbx_queue_cancel(usbx_queue queue, long id);

    /** A descriptor for select(), poll(), epoll and event loops: readable when usbx_queue_wait with USBX_NO_WAIT should be called. */
    int usbx_queue_fd(usbx_queue queue, IntByReference fd);

    /** Closes a queue: cancels what is pending, and returns when no buffer is in use any more. */
    int usbx_queue_close(usbx_queue queue);

    /** Opens a stream on a bulk, interrupt or isochronous endpoint of a claimed interface. */
    int usbx_stream_open(usbx_device device, byte endpoint, usbx_stream_options options, PointerByReference stream);

    /** Borrows the next chunk of an IN stream, without a copy: what a transfer brought that is full, or that a short packet ended, or, when the time is up, what has come until then. */
    int usbx_stream_next(usbx_stream stream, int timeout_ms, usbx_chunk chunk);

    /** Reads from an IN stream as from a file: waits for the first byte, and returns with what is there. */
    int usbx_stream_read(usbx_stream stream, ByteBuffer data, SizeT length, int timeout_ms, SizeTByReference transferred);

    /** Writes to an OUT stream as to a file: the bytes are taken in, waiting for room, and are sent when a transfer is full or usbx_stream_flush is called. */
    int usbx_stream_write(usbx_stream stream, ByteBuffer data, SizeT length, int timeout_ms, SizeTByReference transferred);

    /** Lends room of an OUT stream to be filled in place: usbx_stream_write without its copy. */
    int usbx_stream_space(usbx_stream stream, int timeout_ms, PointerByReference data, SizeTByReference length);

    /** Writes what was put into the room that usbx_stream_space lent, as usbx_stream_write does with its bytes. */
    int usbx_stream_commit(usbx_stream stream, SizeT length);

    /** Sends what was written, and returns when the device has taken all of it. */
    int usbx_stream_flush(usbx_stream stream, int timeout_ms);

    /** Tells what a stream has done so far. */
    int usbx_stream_stats(usbx_stream stream, usbx_stream_statistics statistics);

    /** A descriptor for select(), poll(), epoll and event loops: readable when usbx_stream_next or usbx_stream_read with USBX_NO_WAIT should be called. */
    int usbx_stream_fd(usbx_stream stream, IntByReference fd);

    /** Closes a stream: ends its transfers and calls, and returns when nothing of it is in use. */
    int usbx_stream_close(usbx_stream stream);

    /** Begins to watch which devices come and go, on the bus and among the virtual ones. */
    int usbx_watch_open(short vendor_id, short product_id, PointerByReference watch);

    /** Takes the next event, in the order in which they happened. */
    int usbx_watch_next(usbx_watch watch, int timeout_ms, IntByReference event, usbx_device_info info);

    /** A descriptor for select(), poll(), epoll and event loops: readable when usbx_watch_next with USBX_NO_WAIT should be called, until that gives USBX_ERROR_TIMEOUT. */
    int usbx_watch_fd(usbx_watch watch, IntByReference fd);

    /** Ends a watch. */
    int usbx_watch_close(usbx_watch watch);

    /** Plugs in a virtual device: from then on usbx_devices lists it and usbx_open opens it, like a real one. */
    int usbx_virtual_open(String model, String serial, PointerByReference virtual_device);

    /** Pulls the virtual device out, as a hand would: its pending transfers end with USBX_ERROR_NO_DEVICE, and it is not listed any more. */
    int usbx_virtual_unplug(usbx_virtual virtual_device);

    /** Pulls the virtual device out, if it is still plugged in, and frees its handle. */
    int usbx_virtual_close(usbx_virtual virtual_device);
}
