// The declarations of usbx.h for Java with JNA: constants, handles, structs and functions.
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

    /** For timeout_ms of a wait on a queue, a stream or a watch: return at once. */
    int USBX_NO_WAIT = 0xFFFFFFFF;

    /** The major version of this header. usbx_version() returns the version of the library. */
    int USBX_VERSION_MAJOR = 0;

    /** The minor version of this header. */
    int USBX_VERSION_MINOR = 1;

    /** The patch version of this header. */
    int USBX_VERSION_PATCH = 0;

    /** The speed is not known. */
    int USBX_SPEED_UNKNOWN = 0;

    /** Low speed, 1.5 Mbit/s. */
    int USBX_SPEED_LOW = 1;

    /** Full speed, 12 Mbit/s. */
    int USBX_SPEED_FULL = 2;

    /** High speed, 480 Mbit/s. */
    int USBX_SPEED_HIGH = 3;

    /** SuperSpeed, 5 Gbit/s. */
    int USBX_SPEED_SUPER = 4;

    /** SuperSpeedPlus, 10 Gbit/s and more. */
    int USBX_SPEED_SUPER_PLUS = 5;

    /** A device on this computer's own bus. */
    int USBX_BACKEND_SYSTEM = 0;

    /** A virtual device, simulated in this process. */
    int USBX_BACKEND_VIRTUAL = 1;

    /** A device of another computer, over USB/IP. */
    int USBX_BACKEND_USBIP = 2;

    /** A control endpoint or transfer. */
    int USBX_TYPE_CONTROL = 0;

    /** An isochronous endpoint or transfer. */
    int USBX_TYPE_ISOCHRONOUS = 1;

    /** A bulk endpoint or transfer. */
    int USBX_TYPE_BULK = 2;

    /** An interrupt endpoint or transfer. */
    int USBX_TYPE_INTERRUPT = 3;

    /** For timeout_ms: no time limit. */
    int USBX_NO_TIMEOUT = 0;

    /** Flag of a bulk or interrupt OUT transfer: if its length is a multiple of the packet size, a zero-length packet follows the data, so that the device sees where they end. */
    int USBX_TRANSFER_ZERO_PACKET = 1;

    /** Memory of a stream: the library measures which kind is faster when the stream is opened, and uses that. */
    int USBX_MEMORY_AUTO = 0;

    /** Memory of a stream: the process's own; the system copies each transfer. */
    int USBX_MEMORY_HEAP = 1;

    /** Memory of a stream: shared with the system, without a copy, like libusb_dev_mem_alloc in libusb. */
    int USBX_MEMORY_MAPPED = 2;

    /** Flag of a stream: its timestamps are exact, however late the reader is. */
    int USBX_STREAM_EXACT_TIME = 1;

    /** Flag of an IN stream: an error on the bus does not end it. */
    int USBX_STREAM_KEEP_GOING = 2;

    /** Flag of a bulk or interrupt OUT stream: usbx_stream_flush ends with a zero-length packet if the bytes that were written since the flush before are a multiple of the packet size, so that the device sees where they end. */
    int USBX_STREAM_ZERO_PACKET = 4;

    /** The device was plugged in, or was there when the watch was opened, and can be opened. */
    int USBX_EVENT_ARRIVED = 1;

    /** The device was unplugged. */
    int USBX_EVENT_LEFT = 2;

    /** The host sends a control request, which is in hand from now on: answer it with usbx_virtual_reply, or refuse it with usbx_virtual_stall. */
    int USBX_VIRTUAL_SETUP = 1;

    /** The host reset the device: it is as after power-on, in the same configuration. */
    int USBX_VIRTUAL_RESET = 2;

    /** The host selected a configuration, or the same one again: alternate settings and halts are as at the beginning. */
    int USBX_VIRTUAL_CONFIGURED = 3;

    /** The host selected an alternate setting of an interface. */
    int USBX_VIRTUAL_ALT_SETTING = 4;

    /** The host set or cleared the halt of an endpoint. */
    int USBX_VIRTUAL_HALT = 5;

    /** A program on the host's side opened the device. */
    int USBX_VIRTUAL_OPENED = 6;

    /** A program on the host's side closed the device. */
    int USBX_VIRTUAL_CLOSED = 7;

    /** The host waits for data of an IN endpoint, and there are none: usbx_virtual_write sends some. */
    int USBX_VIRTUAL_IN = 8;

    /** The host has data for an OUT endpoint, and no usbx_virtual_read waits for them. */
    int USBX_VIRTUAL_OUT = 9;

    /** Fault: the transfer ends with a status, after so many bytes. */
    int USBX_FAULT_STATUS = 1;

    /** Fault: the transfer is complete so many milliseconds later than its data. */
    int USBX_FAULT_DELAY = 2;

    /** Fault: the device answers NAK for so many milliseconds before the transfer goes on. */
    int USBX_FAULT_NAK = 3;

    /** Fault of an IN transfer: a short packet ends it after so many bytes. */
    int USBX_FAULT_SHORT = 4;

    /** Fault: one bit of the transfer's data is wrong; seed selects which. */
    int USBX_FAULT_CORRUPT = 5;

    /** Fault of an IN transfer: its last packet is one byte too long, which the host sees as USBX_ERROR_OVERFLOW. */
    int USBX_FAULT_BABBLE = 6;

    /** Fault: the device is unplugged when so many bytes have moved at the endpoint, from the nth transfer on. */
    int USBX_FAULT_UNPLUG = 7;

    /** Success. */
    int USBX_OK = 0;

    /** The transfer failed on the bus: a bad cable, electrical noise, or a device that breaks the protocol. */
    int USBX_ERROR_IO = -1;

    /** An argument is not valid; usbx_last_error() says which and why. */
    int USBX_ERROR_INVALID_PARAM = -2;

    /** This process may not open the device; usbx_last_error() says what to do, for example which udev rule to add. */
    int USBX_ERROR_ACCESS = -3;

    /** The device is gone for this handle: it was unplugged, or did not come back from a reset. */
    int USBX_ERROR_NO_DEVICE = -4;

    /** There is no such device, interface, alternate setting or configuration. */
    int USBX_ERROR_NOT_FOUND = -5;

    /** A kernel driver, another program, another handle or another thread's call is using it; usbx_last_error() says which. */
    int USBX_ERROR_BUSY = -6;

    /** The time limit passed. */
    int USBX_ERROR_TIMEOUT = -7;

    /** The device sent more than the buffer can hold. */
    int USBX_ERROR_OVERFLOW = -8;

    /** The endpoint stalled: the device refused a control request, or the endpoint is halted (see usbx_clear_halt). */
    int USBX_ERROR_PIPE = -9;

    /** Not returned: a signal does not end a call. libusb has this number. */
    int USBX_ERROR_INTERRUPTED = -10;

    /** Out of memory: the process's own, or the kernel's limit for USB transfers. */
    int USBX_ERROR_NO_MEM = -11;

    /** This platform or device does not support it. */
    int USBX_ERROR_NOT_SUPPORTED = -12;

    /** An error that has no number of its own. */
    int USBX_ERROR_OTHER = -99;

    /** The handle is NULL, closed, forged, or of another kind. */
    int USBX_ERROR_INVALID_HANDLE = -100;

    /** The transfer was cancelled. */
    int USBX_ERROR_CANCELLED = -101;

    /** Another thread closed the handle during the call. */
    int USBX_ERROR_CLOSED = -102;

    /** This handle has not claimed the interface; call usbx_claim first. */
    int USBX_ERROR_NOT_CLAIMED = -103;

    /** The handle was opened in the parent process, before fork(); open the device again in the child. */
    int USBX_ERROR_FORKED = -104;

    /** A defect in usbx itself; usbx_last_error() says where. */
    int USBX_ERROR_INTERNAL = -105;

    /** A capture, from usbx_capture_open. */
    class usbx_capture extends PointerType {
        public usbx_capture() {
        }

        public usbx_capture(Pointer token) {
            super(token);
        }
    }

    /** An open device, from usbx_open. */
    class usbx_device extends PointerType {
        public usbx_device() {
        }

        public usbx_device(Pointer token) {
            super(token);
        }
    }

    /** A completion queue, from usbx_queue_open. */
    class usbx_queue extends PointerType {
        public usbx_queue() {
        }

        public usbx_queue(Pointer token) {
            super(token);
        }
    }

    /** Devices that other computers may use, from usbx_share_open. */
    class usbx_share extends PointerType {
        public usbx_share() {
        }

        public usbx_share(Pointer token) {
            super(token);
        }
    }

    /** A stream, from usbx_stream_open. */
    class usbx_stream extends PointerType {
        public usbx_stream() {
        }

        public usbx_stream(Pointer token) {
            super(token);
        }
    }

    /** A virtual device of this process, from usbx_virtual_open or usbx_virtual_create. */
    class usbx_virtual extends PointerType {
        public usbx_virtual() {
        }

        public usbx_virtual(Pointer token) {
            super(token);
        }
    }

    /** A watch for devices that are plugged in and unplugged, from usbx_watch_open. */
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
        /** bDeviceClass; 0 means that each interface has its own class. */
        public byte device_class;
        /** bDeviceSubClass. */
        public byte device_subclass;
        /** bDeviceProtocol. */
        public byte device_protocol;
        /** Number of configurations the device has. */
        public byte configurations;
        /** Number of the bus. */
        public byte bus;
        /** Address on the bus; changes each time the device is plugged in. */
        public byte address;
        /** The device's speed: USBX_SPEED_*. */
        public byte speed;
        /** How the device is reached: USBX_BACKEND_*. */
        public byte backend;
        /** Where the device is plugged in: "2-1.4" is bus 2, port 1, and port 4 of the hub there; "usb2" is the root hub of bus 2; "virtual/1" is a virtual device, "usbip://host/1-1" one of another computer (usbx_remote_devices). */
        public byte[] path = new byte[256];
        /** Manufacturer's name (iManufacturer). */
        public byte[] manufacturer = new byte[384];
        /** Product's name (iProduct). */
        public byte[] product = new byte[384];
        /** Serial number (iSerialNumber). */
        public byte[] serial = new byte[384];
        /** Always 0. */
        public byte[] reserved = new byte[64];
    }

    /** An endpoint of the active configuration. */
    @Structure.FieldOrder({"address", "type", "interface_number", "alt_setting", "max_packet_size", "packets_per_interval", "interval", "max_bytes_per_interval", "reserved"})
    class usbx_endpoint extends Structure {
        /** bEndpointAddress: bit 7 is set for IN, device to host. */
        public byte address;
        /** The endpoint's type: USBX_TYPE_*. */
        public byte type;
        /** The interface it belongs to; claim that with usbx_claim. */
        public byte interface_number;
        /** The alternate setting it belongs to; if that is not the selected one, select it with usbx_set_alt_setting. */
        public byte alt_setting;
        /** Bytes in a packet, as the system uses it: wMaxPacketSize without its bits 11 and 12, and no more than USB allows for this type at the device's speed. */
        public short max_packet_size;
        /** Packets in one service interval: up to 3 at high speed, (bMaxBurst + 1) x (Mult + 1) at SuperSpeed, as many as dwBytesPerInterval needs at SuperSpeedPlus, else 1. */
        public byte packets_per_interval;
        /** bInterval as the device gives it: milliseconds at low and full speed, 2^(n-1) x 125 us above. */
        public byte interval;
        /** Bytes in one service interval: max_packet_size x packets_per_interval, or the device's wBytesPerInterval or dwBytesPerInterval. */
        public int max_bytes_per_interval;
        /** Always 0. */
        public byte[] reserved = new byte[16];
    }

    /** An alternate setting of an interface of the active configuration. */
    @Structure.FieldOrder({"number", "alt_setting", "selected", "interface_class", "interface_subclass", "interface_protocol", "endpoints", "string_index", "association_first", "association_count", "reserved"})
    class usbx_interface extends Structure {
        /** bInterfaceNumber, for usbx_claim. */
        public byte number;
        /** bAlternateSetting, for usbx_set_alt_setting. */
        public byte alt_setting;
        /** 1 if it is the selected one of its interface, else 0. */
        public byte selected;
        /** bInterfaceClass */
        public byte interface_class;
        /** bInterfaceSubClass */
        public byte interface_subclass;
        /** bInterfaceProtocol */
        public byte interface_protocol;
        /** Number of its endpoints that usbx_endpoints lists. */
        public byte endpoints;
        /** iInterface: a string for usbx_get_string; 0 if there is none. */
        public byte string_index;
        /** bFirstInterface of the interface association it belongs to. */
        public byte association_first;
        /** bInterfaceCount of that association; 0 if it belongs to none. */
        public byte association_count;
        /** Always 0. */
        public byte[] reserved = new byte[22];
    }

    /** One packet of an isochronous transfer. */
    @Structure.FieldOrder({"length", "transferred", "status", "reserved"})
    class usbx_packet extends Structure {
        /** Set before the transfer: bytes to send, or room to receive; at most the endpoint's max_bytes_per_interval. */
        public int length;
        /** Set by the transfer: bytes that moved. */
        public int transferred;
        /** Set by the transfer: USBX_OK, or what happened to this packet alone; USBX_ERROR_CANCELLED if it was never on the bus. */
        public int status;
        /** Always 0. */
        public int reserved;
    }

    /** A transfer to submit to a completion queue. */
    @Structure.FieldOrder({"type", "endpoint", "request_type", "request", "value", "index", "timeout_ms", "flags", "data", "length", "packets", "packet_count", "user_data", "stream", "reserved"})
    class usbx_transfer extends Structure {
        /** The type of the transfer: USBX_TYPE_*. */
        public byte type;
        /** bEndpointAddress; bit 7 is the direction. */
        public byte endpoint;
        /** Control: bmRequestType; bit 7 set means IN. */
        public byte request_type;
        /** Control: bRequest. */
        public byte request;
        /** Control: wValue. */
        public short value;
        /** Control: wIndex. */
        public short index;
        /** Maximum time for the transfer, in milliseconds; USBX_NO_TIMEOUT: no limit. */
        public int timeout_ms;
        /** 0, or USBX_TRANSFER_ZERO_PACKET. */
        public int flags;
        /** The bytes to send, or the buffer to receive into. */
        public Pointer data;
        /** Size of data in bytes; at most 65535 for control. */
        public SizeT length = new SizeT();
        /** Isochronous: the packets, as in usbx_isochronous_read. */
        public Pointer packets;
        /** Isochronous: number of packets. */
        public SizeT packet_count = new SizeT();
        /** A value of the caller's choice; the completion returns it unchanged. */
        public long user_data;
        /** Bulk: the number of the stream, from 1, if the endpoint has bulk streams (usbx_bulk_streams_alloc); otherwise 0. */
        public int stream;
        /** Set to 0. */
        public byte[] reserved = new byte[28];
    }

    /** The outcome of one transfer. */
    @Structure.FieldOrder({"id", "user_data", "timestamp_ns", "transferred", "status", "reserved"})
    class usbx_completion extends Structure {
        /** The number that usbx_submit returned for the transfer. */
        public long id;
        /** The caller's value from the transfer. */
        public long user_data;
        /** When the transfer completed, in nanoseconds of CLOCK_MONOTONIC. */
        public long timestamp_ns;
        /** Bytes that moved, on failure too. */
        public SizeT transferred = new SizeT();
        /** USBX_OK, or why the transfer ended early. */
        public int status;
        /** Always 0. */
        public byte[] reserved = new byte[36];
    }

    /** Options of a stream. */
    @Structure.FieldOrder({"size", "depth", "memory", "flags", "reserved"})
    class usbx_stream_options extends Structure {
        /** Bytes in one transfer: a multiple of the packet size, at most 16 MiB. */
        public SizeT size = new SizeT();
        /** Number of transfers in flight, at most 1024. */
        public SizeT depth = new SizeT();
        /** Where the stream's data are: USBX_MEMORY_*. */
        public int memory;
        /** 0, or some of USBX_STREAM_*, added up. */
        public int flags;
        /** Set to 0. */
        public byte[] reserved = new byte[40];
    }

    /** The data of one transfer of a stream. */
    @Structure.FieldOrder({"data", "length", "timestamp_ns", "sequence", "packets", "packet_count", "status", "reserved"})
    class usbx_chunk extends Structure {
        /** The bytes. */
        public Pointer data;
        /** Number of bytes; 0 for a zero-length packet. */
        public SizeT length = new SizeT();
        /** When the library found the transfer complete, in nanoseconds of CLOCK_MONOTONIC. */
        public long timestamp_ns;
        /** Number of the chunk in its stream, from 0. */
        public long sequence;
        /** The packets of an isochronous transfer, in their order, valid as long as data; NULL for bulk and interrupt. */
        public Pointer packets;
        /** Number of packets. */
        public SizeT packet_count = new SizeT();
        /** USBX_OK, or how the transfer that brought these bytes ended; usbx_stream_next returns the same status after all bytes have been taken, unless the stream keeps going (USBX_STREAM_KEEP_GOING). */
        public int status;
        /** Always 0. */
        public byte[] reserved = new byte[28];
    }

    /** What a stream has done so far. */
    @Structure.FieldOrder({"bytes", "transfers", "short_packets", "stalls", "overflows", "other_errors", "device_waits", "deepest_backlog", "packets", "lost_packets", "depth", "size", "memory", "reserved"})
    class usbx_stream_statistics extends Structure {
        /** Bytes that moved. */
        public long bytes;
        /** Transfers that completed. */
        public long transfers;
        /** IN transfers that a short packet ended. */
        public long short_packets;
        /** Transfers that ended with USBX_ERROR_PIPE. */
        public long stalls;
        /** Transfers that ended with USBX_ERROR_OVERFLOW. */
        public long overflows;
        /** Transfers that failed in another way; cancelled transfers, and those of an unplugged device, do not count. */
        public long other_errors;
        /** How often the reader was so late that no transfer was in flight and the device had to wait. */
        public long device_waits;
        /** Maximum number of chunks that waited for the reader. */
        public long deepest_backlog;
        /** Isochronous IN packets that were requested. */
        public long packets;
        /** Isochronous IN packets that were lost: packets with an error, and the intervals in which no transfer was in flight because the reader, or the computer, was late. */
        public long lost_packets;
        /** Maximum number of transfers in flight that the stream uses. */
        public long depth;
        /** Bytes in one transfer. */
        public long size;
        /** The kind of memory in use: USBX_MEMORY_HEAP or USBX_MEMORY_MAPPED. */
        public int memory;
        /** Always 0. */
        public byte[] reserved = new byte[44];
    }

    /** Something that happened to a virtual device. */
    @Structure.FieldOrder({"event", "request_type", "request", "value", "index", "length", "endpoint", "halted", "configuration", "interface_number", "alt_setting", "reserved", "lost", "interval_ns", "reserved2"})
    class usbx_virtual_event extends Structure {
        /** USBX_VIRTUAL_*; 0 if nothing happened. */
        public int event;
        /** USBX_VIRTUAL_SETUP: bmRequestType; bit 7 set means that the host wants data. */
        public byte request_type;
        /** USBX_VIRTUAL_SETUP: bRequest. */
        public byte request;
        /** USBX_VIRTUAL_SETUP: wValue, in the computer's byte order. */
        public short value;
        /** USBX_VIRTUAL_SETUP: wIndex, in the computer's byte order. */
        public short index;
        /** USBX_VIRTUAL_SETUP: wLength, in bytes. */
        public short length;
        /** USBX_VIRTUAL_IN, _OUT, _HALT: bEndpointAddress. */
        public byte endpoint;
        /** USBX_VIRTUAL_HALT: 1 if the endpoint is halted now, 0 if it is not. */
        public byte halted;
        /** USBX_VIRTUAL_CONFIGURED: bConfigurationValue, or 0 for the unconfigured state. */
        public byte configuration;
        /** USBX_VIRTUAL_ALT_SETTING: bInterfaceNumber. */
        public byte interface_number;
        /** USBX_VIRTUAL_ALT_SETTING: bAlternateSetting. */
        public byte alt_setting;
        /** Always 0. */
        public byte[] reserved = new byte[7];
        /** Number of events before this one that were lost, because more than 1024 waited. */
        public long lost;
        /** USBX_VIRTUAL_IN of an isochronous endpoint: when the interval begins that the packet is for, in nanoseconds of CLOCK_MONOTONIC. */
        public long interval_ns;
        /** Always 0. */
        public byte[] reserved2 = new byte[24];
    }

    /** A fault of a virtual device's transfers. */
    @Structure.FieldOrder({"kind", "nth", "repeat", "status", "bytes", "milliseconds", "seed", "reserved"})
    class usbx_fault extends Structure {
        /** USBX_FAULT_*. */
        public int kind;
        /** Which transfer of the endpoint is meant, counted from now on; 0 or 1: the next one. */
        public int nth;
        /** 0: once. 1: each further nth transfer, too. */
        public int repeat;
        /** USBX_FAULT_STATUS: USBX_ERROR_IO, USBX_ERROR_PIPE, USBX_ERROR_OVERFLOW or USBX_ERROR_OTHER. */
        public int status;
        /** USBX_FAULT_STATUS, _SHORT, _UNPLUG: how many bytes move before. */
        public long bytes;
        /** USBX_FAULT_DELAY, _NAK: time in milliseconds. */
        public int milliseconds;
        /** USBX_FAULT_CORRUPT: any number. */
        public int seed;
        /** Set to 0. */
        public byte[] reserved = new byte[32];
    }

    /** How a program and the recording that it uses as a device agree so far. */
    @Structure.FieldOrder({"transfers", "departures", "remaining", "frame", "reserved"})
    class usbx_replay_statistics extends Structure {
        /** Transfers and control requests that ended as they had ended in the recording. */
        public long transfers;
        /** Those that ended with USBX_ERROR_OTHER: they were not in the recording, or nothing was left for them. */
        public long departures;
        /** Recorded transfers that the program has not asked for. */
        public long remaining;
        /** The number in the capture of the frame that the first departure met; 0 if there is none. */
        public long frame;
        /** Always 0. */
        public byte[] reserved = new byte[32];
    }

    /** Options of a capture. */
    @Structure.FieldOrder({"path", "snap_length", "ring", "memory", "flags", "reserved"})
    class usbx_capture_options extends Structure {
        /** Captures only the device at this path, as in usbx_device_info; "": every device. */
        public byte[] path = new byte[256];
        /** Maximum number of bytes of each transfer's data; the lengths in the file are still the true ones. 0: no limit. */
        public SizeT snap_length = new SizeT();
        /** 0: records are written as they come. */
        public SizeT ring = new SizeT();
        /** Memory in bytes for records that wait to be written, 512 KiB or more; 0: 32 MiB. */
        public SizeT memory = new SizeT();
        /** 0; there are no flags yet. */
        public int flags;
        /** Set to 0. */
        public byte[] reserved = new byte[60];
    }

    /** What a capture has done so far. */
    @Structure.FieldOrder({"records", "bytes", "dropped", "replaced", "errors", "devices", "status", "reserved"})
    class usbx_capture_statistics extends Structure {
        /** Records that are in the file, or in memory on the way there. */
        public long records;
        /** Bytes of the file. */
        public long bytes;
        /** Records that were lost: there was no memory left for them, or the file takes no more. */
        public long dropped;
        /** Records of a ring that newer ones replaced before they were written. */
        public long replaced;
        /** Transfers that failed; cancelled transfers, and those whose time was up, do not count. */
        public long errors;
        /** Devices that were seen. */
        public long devices;
        /** USBX_OK, or USBX_ERROR_IO once the file takes no more; usbx_capture_close says why. */
        public int status;
        /** Always 0. */
        public byte[] reserved = new byte[44];
    }

    /** Options of a share. */
    @Structure.FieldOrder({"allow", "clients", "reserved"})
    class usbx_share_options extends Structure {
        /** The networks whose computers may connect, NUL-terminated: "192.168.1.0/24,fd00::/8,10.0.0.7". */
        public Pointer allow;
        /** How many clients may be connected at once; 0 for 64. */
        public int clients;
        /** Set to 0. */
        public byte[] reserved = new byte[52];
    }

    /** Returns the version of the loaded library, for example "0.1.0". */
    String usbx_version();

    /** Returns the name of a status as this header spells it, for example "USBX_ERROR_TIMEOUT". */
    String usbx_error_name(int status);

    /** Returns one plain sentence that describes a status. */
    String usbx_error_text(int status);

    /** Returns one sentence about the calling thread's last failure. */
    String usbx_last_error();

    /** Gets one sentence about the last failure of calls with a handle, whichever thread made the call. */
    int usbx_handle_error(PointerType handle, byte[] text, SizeT capacity, SizeTByReference length);

    /** Closes every handle of this process, whichever thread opened it. */
    int usbx_shutdown(SizeTByReference leaked);

    /** Lists the devices that are plugged in now, root hubs and virtual devices included, in the order of their paths. */
    int usbx_devices(usbx_device_info[] devices, SizeT capacity, SizeTByReference count);

    /** Opens the device with these IDs and, if given, this serial number. */
    int usbx_open(short vendor_id, short product_id, String serial, PointerByReference device);

    /** Opens the device at a path, whichever device is plugged in there. */
    int usbx_open_path(String path, PointerByReference device);

    /** Makes a device handle from a usbfs file descriptor that other code opened. */
    int usbx_open_fd(int fd, PointerByReference device);

    /** Closes a device. */
    int usbx_close(usbx_device device);

    /** Describes an open device, as usbx_devices does; works after unplugging too. */
    int usbx_info(usbx_device device, usbx_device_info info);

    /** Gets the number of the active configuration. */
    int usbx_get_configuration(usbx_device device, ByteByReference configuration);

    /** Selects a configuration, or takes the device back to the unconfigured state. */
    int usbx_set_configuration(usbx_device device, byte configuration);

    /** Claims an interface, so that this handle can use its endpoints and no other program or handle can claim it. */
    int usbx_claim(usbx_device device, byte interface_number);

    /** Releases a claimed interface. */
    int usbx_release(usbx_device device, byte interface_number);

    /** Selects an alternate setting of a claimed interface. */
    int usbx_set_alt_setting(usbx_device device, byte interface_number, byte alt_setting);

    /** Gets the name of the kernel driver that holds an interface, for example "usbhid". */
    int usbx_kernel_driver(usbx_device device, byte interface_number, byte[] name, SizeT capacity, SizeTByReference length);

    /** Detaches the kernel driver from an interface, so that it can be claimed. */
    int usbx_detach_kernel_driver(usbx_device device, byte interface_number);

    /** Makes claims detach kernel drivers by themselves, or stops that. */
    int usbx_set_auto_detach(usbx_device device, int enable);

    /** Lets a kernel driver bind to an interface again, without waiting for usbx_close. */
    int usbx_attach_kernel_driver(usbx_device device, byte interface_number);

    /** Lists the endpoints of the active configuration, in every interface and every alternate setting. */
    int usbx_endpoints(usbx_device device, usbx_endpoint[] endpoints, SizeT capacity, SizeTByReference count);

    /** Lists the interfaces of the active configuration, with every alternate setting of each. */
    int usbx_interfaces(usbx_device device, usbx_interface[] interfaces, SizeT capacity, SizeTByReference count);

    /** Gets the descriptors of a device that usbx_devices lists, without opening it. */
    int usbx_descriptors(String path, ByteBuffer data, SizeT capacity, SizeTByReference length);

    /** Requests a descriptor from the device and returns it as the device sends it. */
    int usbx_get_descriptor(usbx_device device, byte type, byte index, ByteBuffer data, SizeT length, SizeTByReference transferred);

    /** Requests a string from the device and returns it in UTF-8. */
    int usbx_get_string(usbx_device device, byte index, short language, byte[] text, SizeT capacity, SizeTByReference length);

    /** Sends a control request and transfers its data, in either direction. */
    int usbx_control(usbx_device device, byte request_type, byte request, short value, short index, ByteBuffer data, short length, int timeout_ms, SizeTByReference transferred);

    /** Reads from a bulk endpoint until the buffer is full or a short packet ends the read. */
    int usbx_bulk_read(usbx_device device, byte endpoint, ByteBuffer data, SizeT length, int timeout_ms, SizeTByReference transferred);

    /** Writes to a bulk endpoint. */
    int usbx_bulk_write(usbx_device device, byte endpoint, ByteBuffer data, SizeT length, int timeout_ms, SizeTByReference transferred);

    /** Reads from an interrupt endpoint until the buffer is full or a short packet ends the read. */
    int usbx_interrupt_read(usbx_device device, byte endpoint, ByteBuffer data, SizeT length, int timeout_ms, SizeTByReference transferred);

    /** Writes to an interrupt endpoint. */
    int usbx_interrupt_write(usbx_device device, byte endpoint, ByteBuffer data, SizeT length, int timeout_ms, SizeTByReference transferred);

    /** Clears the halt of an endpoint, so that data flows again after USBX_ERROR_PIPE. */
    int usbx_clear_halt(usbx_device device, byte endpoint);

    /** Resets the device, as if it were unplugged and plugged in again. */
    int usbx_reset(usbx_device device);

    /** Cancels all pending transfers of an endpoint. */
    int usbx_cancel(usbx_device device, byte endpoint);

    /** Reads packets from an isochronous endpoint, one in each service interval. */
    int usbx_isochronous_read(usbx_device device, byte endpoint, ByteBuffer data, SizeT length, usbx_packet[] packets, SizeT packet_count, int timeout_ms, SizeTByReference transferred);

    /** Writes packets to an isochronous endpoint, one in each service interval. */
    int usbx_isochronous_write(usbx_device device, byte endpoint, ByteBuffer data, SizeT length, usbx_packet[] packets, SizeT packet_count, int timeout_ms, SizeTByReference transferred);

    /** Allocates memory that transfers use without a copy. */
    int usbx_buffer_alloc(usbx_device device, SizeT length, PointerByReference buffer);

    /** Frees a buffer from usbx_buffer_alloc. */
    int usbx_buffer_free(Pointer buffer);

    /** Opens a completion queue. */
    int usbx_queue_open(PointerByReference queue);

    /** Starts a transfer and returns at once; its completion comes from the queue. */
    int usbx_submit(usbx_device device, usbx_queue queue, usbx_transfer transfer, LongByReference id);

    /** Waits for transfers to complete and takes the completions that are there, as many as fit. */
    int usbx_queue_wait(usbx_queue queue, usbx_completion[] completions, SizeT capacity, int timeout_ms, SizeTByReference count);

    /** Cancels one transfer of a queue, or all of them. */
    int usbx_queue_cancel(usbx_queue queue, long id);

    /** Gets a file descriptor that becomes readable when a queue has work to do. */
    int usbx_queue_fd(usbx_queue queue, IntByReference fd);

    /** Closes a queue. */
    int usbx_queue_close(usbx_queue queue);

    /** Allocates bulk streams (USB 3) on some bulk endpoints of one claimed interface. */
    int usbx_bulk_streams_alloc(usbx_device device, int count, ByteBuffer endpoints, SizeT endpoint_count, IntByReference allocated);

    /** Frees the bulk streams of some endpoints, which then take transfers without a stream again. */
    int usbx_bulk_streams_free(usbx_device device, ByteBuffer endpoints, SizeT endpoint_count);

    /** Opens a stream on a bulk, interrupt or isochronous endpoint of a claimed interface. */
    int usbx_stream_open(usbx_device device, byte endpoint, usbx_stream_options options, PointerByReference stream);

    /** Borrows the next chunk of an IN stream, without a copy. */
    int usbx_stream_next(usbx_stream stream, int timeout_ms, usbx_chunk chunk);

    /** Reads from an IN stream like from a file: waits for the first byte, then returns what is there. */
    int usbx_stream_read(usbx_stream stream, ByteBuffer data, SizeT length, int timeout_ms, SizeTByReference transferred);

    /** Writes to an OUT stream like to a file. */
    int usbx_stream_write(usbx_stream stream, ByteBuffer data, SizeT length, int timeout_ms, SizeTByReference transferred);

    /** Lends room in an OUT stream to be filled in place, which avoids the copy of usbx_stream_write. */
    int usbx_stream_space(usbx_stream stream, int timeout_ms, PointerByReference data, SizeTByReference length);

    /** Writes the bytes that were put into the room from usbx_stream_space. */
    int usbx_stream_commit(usbx_stream stream, SizeT length);

    /** Sends what was written and waits until the device has taken all of it. */
    int usbx_stream_flush(usbx_stream stream, int timeout_ms);

    /** Gets the statistics of a stream. */
    int usbx_stream_stats(usbx_stream stream, usbx_stream_statistics statistics);

    /** Gets a file descriptor that becomes readable when a stream has work to do. */
    int usbx_stream_fd(usbx_stream stream, IntByReference fd);

    /** Closes a stream. */
    int usbx_stream_close(usbx_stream stream);

    /** Starts to watch for devices that are plugged in and unplugged, virtual ones included. */
    int usbx_watch_open(short vendor_id, short product_id, PointerByReference watch);

    /** Takes the next event of a watch, in the order in which they happened. */
    int usbx_watch_next(usbx_watch watch, int timeout_ms, IntByReference event, usbx_device_info info);

    /** Gets a file descriptor that becomes readable when a watch has an event. */
    int usbx_watch_fd(usbx_watch watch, IntByReference fd);

    /** Closes a watch. */
    int usbx_watch_close(usbx_watch watch);

    /** Plugs in a virtual device: usbx_devices then lists it and usbx_open opens it, like a real one. */
    int usbx_virtual_open(String model, String serial, PointerByReference virtual_device);

    /** Makes a virtual device that this program answers for. */
    int usbx_virtual_create(byte speed, ByteBuffer descriptors, SizeT length, PointerByReference virtual_device);

    /** Adds a string to a virtual device, in one language. */
    int usbx_virtual_string(usbx_virtual virtual_device, byte index, short language, String text);

    /** Adds a descriptor that hosts ask for by itself: a BOS, a HID report descriptor, or one in place of a descriptor that usbx_virtual_create got, which is then the one that requests get. */
    int usbx_virtual_descriptor(usbx_virtual virtual_device, byte type, byte index, short recipient, ByteBuffer data, SizeT length);

    /** Lets a program answer standard requests of its virtual device itself, or leaves them to the library, as at first. */
    int usbx_virtual_answer_standard_requests(usbx_virtual virtual_device, int enable);

    /** Plugs in a virtual device: usbx_devices lists it, usbx_open opens it, watches report it. */
    int usbx_virtual_plug(usbx_virtual virtual_device);

    /** Gets the path of a virtual device, for usbx_open_path: "virtual/1" for example. */
    int usbx_virtual_path(usbx_virtual virtual_device, byte[] path, SizeT capacity, SizeTByReference length);

    /** Unplugs a virtual device, as if by hand. */
    int usbx_virtual_unplug(usbx_virtual virtual_device);

    /** Unplugs a virtual device, if it is still plugged in, and closes its handle. */
    int usbx_virtual_close(usbx_virtual virtual_device);

    /** Takes the next event of a virtual device from usbx_virtual_create, in the order in which they happened. */
    int usbx_virtual_next(usbx_virtual virtual_device, int timeout_ms, usbx_virtual_event event, ByteBuffer data, SizeT capacity, SizeTByReference length);

    /** Answers the control request in hand, which usbx_virtual_next gave. */
    int usbx_virtual_reply(usbx_virtual virtual_device, ByteBuffer data, SizeT length);

    /** Refuses the control request in hand, or halts an endpoint. */
    int usbx_virtual_stall(usbx_virtual virtual_device, byte endpoint);

    /** Sends data from a virtual device to the host, at an IN endpoint. */
    int usbx_virtual_write(usbx_virtual virtual_device, byte endpoint, ByteBuffer data, SizeT length, int timeout_ms, SizeTByReference transferred);

    /** Receives data that the host sends to a virtual device, at an OUT endpoint. */
    int usbx_virtual_read(usbx_virtual virtual_device, byte endpoint, ByteBuffer data, SizeT capacity, int timeout_ms, SizeTByReference transferred);

    /** Gets a file descriptor that becomes readable when a virtual device has an event. */
    int usbx_virtual_fd(usbx_virtual virtual_device, IntByReference fd);

    /** Makes transfers of a virtual device fail, deterministically: to try what a program does then. */
    int usbx_virtual_fault(usbx_virtual virtual_device, byte endpoint, usbx_fault fault);

    /** Gets how far a recording has been played since it was plugged in last. */
    int usbx_virtual_replay_stats(usbx_virtual virtual_device, usbx_replay_statistics statistics, byte[] departure, SizeT capacity, SizeTByReference length);

    /** Starts to capture what goes through the library from now on, of every device and every handle of this process, to a file that Wireshark reads. */
    int usbx_capture_open(String path, usbx_capture_options options, PointerByReference capture);

    /** Gets what a capture has done so far. */
    int usbx_capture_stats(usbx_capture capture, usbx_capture_statistics statistics);

    /** Ends a capture and closes its handle. */
    int usbx_capture_close(usbx_capture capture);

    /** Opens a share: from now on clients of USB/IP can connect, Linux's usbip attach among them. */
    int usbx_share_open(String address, usbx_share_options options, PointerByReference share);

    /** Offers a device to clients, until the share is closed. */
    int usbx_share_add(usbx_share share, String path, String busid);

    /** Gets the address at which a share listens: "127.0.0.1:3240", with the real port where usbx_share_open got 0, or "unix:/path". */
    int usbx_share_address(usbx_share share, byte[] text, SizeT capacity, SizeTByReference length);

    /** Closes a share: disconnects every client, ends what is pending, gives every device back to its drivers, and returns when that is done. */
    int usbx_share_close(usbx_share share);

    /** Lists the devices that another computer exports over USB/IP, in its own order: those of "usbx share", of Linux's usbipd, of usbipd-win, of a simulator. */
    int usbx_remote_devices(String host, usbx_device_info[] devices, SizeT capacity, SizeTByReference count, int timeout_ms);

    /** Opens a device of another computer over a connection that other code has made: ssh, a TLS proxy, vsock, inetd. */
    int usbx_usbip_open_fd(int fd, String busid, PointerByReference device);
}
