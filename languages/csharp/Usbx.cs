// The declarations of usbx.h for C#: structs, constants, functions, and a SafeHandle for each kind of handle.
// Derived from the header by languages/derive, which `make declarations` runs; edit there. docs/languages.md explains it.
// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Runtime.InteropServices;

#pragma warning disable 169 // reserved fields, which are not used

/// <summary>A capture, from usbx_capture_open.</summary>
public sealed class usbx_capture : SafeHandle
{
    public usbx_capture() : base(IntPtr.Zero, true) { }
    public override bool IsInvalid { get { return handle == IntPtr.Zero; } }
    protected override bool ReleaseHandle() { return Usbx.usbx_capture_close(handle) == Usbx.USBX_OK; }
}

/// <summary>An open device, from usbx_open.</summary>
public sealed class usbx_device : SafeHandle
{
    public usbx_device() : base(IntPtr.Zero, true) { }
    public override bool IsInvalid { get { return handle == IntPtr.Zero; } }
    protected override bool ReleaseHandle() { return Usbx.usbx_close(handle) == Usbx.USBX_OK; }
}

/// <summary>A completion queue, from usbx_queue_open.</summary>
public sealed class usbx_queue : SafeHandle
{
    public usbx_queue() : base(IntPtr.Zero, true) { }
    public override bool IsInvalid { get { return handle == IntPtr.Zero; } }
    protected override bool ReleaseHandle() { return Usbx.usbx_queue_close(handle) == Usbx.USBX_OK; }
}

/// <summary>Devices that other computers may use, from usbx_share_open.</summary>
public sealed class usbx_share : SafeHandle
{
    public usbx_share() : base(IntPtr.Zero, true) { }
    public override bool IsInvalid { get { return handle == IntPtr.Zero; } }
    protected override bool ReleaseHandle() { return Usbx.usbx_share_close(handle) == Usbx.USBX_OK; }
}

/// <summary>A stream, from usbx_stream_open.</summary>
public sealed class usbx_stream : SafeHandle
{
    public usbx_stream() : base(IntPtr.Zero, true) { }
    public override bool IsInvalid { get { return handle == IntPtr.Zero; } }
    protected override bool ReleaseHandle() { return Usbx.usbx_stream_close(handle) == Usbx.USBX_OK; }
}

/// <summary>A virtual device of this process, from usbx_virtual_open or usbx_virtual_create.</summary>
public sealed class usbx_virtual : SafeHandle
{
    public usbx_virtual() : base(IntPtr.Zero, true) { }
    public override bool IsInvalid { get { return handle == IntPtr.Zero; } }
    protected override bool ReleaseHandle() { return Usbx.usbx_virtual_close(handle) == Usbx.USBX_OK; }
}

/// <summary>A watch for devices that are plugged in and unplugged, from usbx_watch_open.</summary>
public sealed class usbx_watch : SafeHandle
{
    public usbx_watch() : base(IntPtr.Zero, true) { }
    public override bool IsInvalid { get { return handle == IntPtr.Zero; } }
    protected override bool ReleaseHandle() { return Usbx.usbx_watch_close(handle) == Usbx.USBX_OK; }
}

/// <summary>What is known of a device without opening it.</summary>
[StructLayout(LayoutKind.Sequential, CharSet = CharSet.Ansi)]
public struct usbx_device_info
{
    /// <summary>idVendor.</summary>
    public ushort vendor_id;
    /// <summary>idProduct.</summary>
    public ushort product_id;
    /// <summary>bcdDevice: 0x0100 is release 1.00.</summary>
    public ushort device_version;
    /// <summary>bcdUSB: 0x0200 is USB 2.0.</summary>
    public ushort usb_version;
    /// <summary>bDeviceClass; 0 means that each interface has its own class.</summary>
    public byte device_class;
    /// <summary>bDeviceSubClass.</summary>
    public byte device_subclass;
    /// <summary>bDeviceProtocol.</summary>
    public byte device_protocol;
    /// <summary>Number of configurations the device has.</summary>
    public byte configurations;
    /// <summary>Number of the bus.</summary>
    public byte bus;
    /// <summary>Address on the bus; changes each time the device is plugged in.</summary>
    public byte address;
    /// <summary>The device's speed: USBX_SPEED_*.</summary>
    public byte speed;
    /// <summary>How the device is reached: USBX_BACKEND_*.</summary>
    public byte backend;
    /// <summary>Where the device is plugged in: "2-1.4" is bus 2, port 1, and port 4 of the hub there; "usb2" is the root hub of bus 2; "virtual/1" is a virtual device, "usbip://host/1-1" one of another computer (usbx_remote_devices).</summary>
    [MarshalAs(UnmanagedType.ByValTStr, SizeConst = 256)] public string path;
    /// <summary>Manufacturer's name (iManufacturer).</summary>
    [MarshalAs(UnmanagedType.ByValTStr, SizeConst = 384)] public string manufacturer;
    /// <summary>Product's name (iProduct).</summary>
    [MarshalAs(UnmanagedType.ByValTStr, SizeConst = 384)] public string product;
    /// <summary>Serial number (iSerialNumber).</summary>
    [MarshalAs(UnmanagedType.ByValTStr, SizeConst = 384)] public string serial;
    uint reserved_word_0, reserved_word_1, reserved_word_2, reserved_word_3, reserved_word_4, reserved_word_5, reserved_word_6, reserved_word_7, reserved_word_8, reserved_word_9, reserved_word_10, reserved_word_11, reserved_word_12, reserved_word_13, reserved_word_14, reserved_word_15;
}

/// <summary>An endpoint of the active configuration.</summary>
[StructLayout(LayoutKind.Sequential, CharSet = CharSet.Ansi)]
public struct usbx_endpoint
{
    /// <summary>bEndpointAddress: bit 7 is set for IN, device to host.</summary>
    public byte address;
    /// <summary>The endpoint's type: USBX_TYPE_*.</summary>
    public byte type;
    /// <summary>The interface it belongs to; claim that with usbx_claim.</summary>
    public byte interface_number;
    /// <summary>The alternate setting it belongs to; if that is not the selected one, select it with usbx_set_alt_setting.</summary>
    public byte alt_setting;
    /// <summary>Bytes in a packet, as the system uses it: wMaxPacketSize without its bits 11 and 12, and no more than USB allows for this type at the device's speed.</summary>
    public ushort max_packet_size;
    /// <summary>Packets in one service interval: up to 3 at high speed, (bMaxBurst + 1) x (Mult + 1) at SuperSpeed, as many as dwBytesPerInterval needs at SuperSpeedPlus, else 1.</summary>
    public byte packets_per_interval;
    /// <summary>bInterval as the device gives it: milliseconds at low and full speed, 2^(n-1) x 125 us above.</summary>
    public byte interval;
    /// <summary>Bytes in one service interval: max_packet_size x packets_per_interval, or the device's wBytesPerInterval or dwBytesPerInterval.</summary>
    public uint max_bytes_per_interval;
    uint reserved_word_0, reserved_word_1, reserved_word_2, reserved_word_3;
}

/// <summary>An alternate setting of an interface of the active configuration.</summary>
[StructLayout(LayoutKind.Sequential, CharSet = CharSet.Ansi)]
public struct usbx_interface
{
    /// <summary>bInterfaceNumber, for usbx_claim.</summary>
    public byte number;
    /// <summary>bAlternateSetting, for usbx_set_alt_setting.</summary>
    public byte alt_setting;
    /// <summary>1 if it is the selected one of its interface, else 0.</summary>
    public byte selected;
    /// <summary>bInterfaceClass</summary>
    public byte interface_class;
    /// <summary>bInterfaceSubClass</summary>
    public byte interface_subclass;
    /// <summary>bInterfaceProtocol</summary>
    public byte interface_protocol;
    /// <summary>Number of its endpoints that usbx_endpoints lists.</summary>
    public byte endpoints;
    /// <summary>iInterface: a string for usbx_get_string; 0 if there is none.</summary>
    public byte string_index;
    /// <summary>bFirstInterface of the interface association it belongs to.</summary>
    public byte association_first;
    /// <summary>bInterfaceCount of that association; 0 if it belongs to none.</summary>
    public byte association_count;
    uint reserved_word_0, reserved_word_1, reserved_word_2, reserved_word_3, reserved_word_4;
}

/// <summary>One packet of an isochronous transfer.</summary>
[StructLayout(LayoutKind.Sequential, CharSet = CharSet.Ansi)]
public struct usbx_packet
{
    /// <summary>Set before the transfer: bytes to send, or room to receive; at most the endpoint's max_bytes_per_interval.</summary>
    public uint length;
    /// <summary>Set by the transfer: bytes that moved.</summary>
    public uint transferred;
    /// <summary>Set by the transfer: USBX_OK, or what happened to this packet alone; USBX_ERROR_CANCELLED if it was never on the bus.</summary>
    public int status;
    /// <summary>Always 0.</summary>
    public uint reserved;
}

/// <summary>A transfer to submit to a completion queue.</summary>
[StructLayout(LayoutKind.Sequential, CharSet = CharSet.Ansi)]
public struct usbx_transfer
{
    /// <summary>The type of the transfer: USBX_TYPE_*.</summary>
    public byte type;
    /// <summary>bEndpointAddress; bit 7 is the direction.</summary>
    public byte endpoint;
    /// <summary>Control: bmRequestType; bit 7 set means IN.</summary>
    public byte request_type;
    /// <summary>Control: bRequest.</summary>
    public byte request;
    /// <summary>Control: wValue.</summary>
    public ushort value;
    /// <summary>Control: wIndex.</summary>
    public ushort index;
    /// <summary>Maximum time for the transfer, in milliseconds; USBX_NO_TIMEOUT: no limit.</summary>
    public uint timeout_ms;
    /// <summary>0, or USBX_TRANSFER_ZERO_PACKET.</summary>
    public uint flags;
    /// <summary>The bytes to send, or the buffer to receive into.</summary>
    public IntPtr data;
    /// <summary>Size of data in bytes; at most 65535 for control.</summary>
    public UIntPtr length;
    /// <summary>Isochronous: the packets, as in usbx_isochronous_read.</summary>
    public IntPtr packets;
    /// <summary>Isochronous: number of packets.</summary>
    public UIntPtr packet_count;
    /// <summary>A value of the caller's choice; the completion returns it unchanged.</summary>
    public ulong user_data;
    /// <summary>Bulk: the number of the stream, from 1, if the endpoint has bulk streams (usbx_bulk_streams_alloc); otherwise 0.</summary>
    public uint stream;
    uint reserved_word_0, reserved_word_1, reserved_word_2, reserved_word_3, reserved_word_4, reserved_word_5, reserved_word_6;
}

/// <summary>The outcome of one transfer.</summary>
[StructLayout(LayoutKind.Sequential, CharSet = CharSet.Ansi)]
public struct usbx_completion
{
    /// <summary>The number that usbx_submit returned for the transfer.</summary>
    public ulong id;
    /// <summary>The caller's value from the transfer.</summary>
    public ulong user_data;
    /// <summary>When the transfer completed, in nanoseconds of CLOCK_MONOTONIC.</summary>
    public ulong timestamp_ns;
    /// <summary>Bytes that moved, on failure too.</summary>
    public UIntPtr transferred;
    /// <summary>USBX_OK, or why the transfer ended early.</summary>
    public int status;
    uint reserved_word_0, reserved_word_1, reserved_word_2, reserved_word_3, reserved_word_4, reserved_word_5, reserved_word_6, reserved_word_7, reserved_word_8;
}

/// <summary>Options of a stream.</summary>
[StructLayout(LayoutKind.Sequential, CharSet = CharSet.Ansi)]
public struct usbx_stream_options
{
    /// <summary>Bytes in one transfer: a multiple of the packet size, at most 16 MiB.</summary>
    public UIntPtr size;
    /// <summary>Number of transfers in flight, at most 1024.</summary>
    public UIntPtr depth;
    /// <summary>Where the stream's data are: USBX_MEMORY_*.</summary>
    public uint memory;
    /// <summary>0, or some of USBX_STREAM_*, added up.</summary>
    public uint flags;
    uint reserved_word_0, reserved_word_1, reserved_word_2, reserved_word_3, reserved_word_4, reserved_word_5, reserved_word_6, reserved_word_7, reserved_word_8, reserved_word_9;
}

/// <summary>The data of one transfer of a stream.</summary>
[StructLayout(LayoutKind.Sequential, CharSet = CharSet.Ansi)]
public struct usbx_chunk
{
    /// <summary>The bytes.</summary>
    public IntPtr data;
    /// <summary>Number of bytes; 0 for a zero-length packet.</summary>
    public UIntPtr length;
    /// <summary>When the library found the transfer complete, in nanoseconds of CLOCK_MONOTONIC.</summary>
    public ulong timestamp_ns;
    /// <summary>Number of the chunk in its stream, from 0.</summary>
    public ulong sequence;
    /// <summary>The packets of an isochronous transfer, in their order, valid as long as data; NULL for bulk and interrupt.</summary>
    public IntPtr packets;
    /// <summary>Number of packets.</summary>
    public UIntPtr packet_count;
    /// <summary>USBX_OK, or how the transfer that brought these bytes ended; usbx_stream_next returns the same status after all bytes have been taken, unless the stream keeps going (USBX_STREAM_KEEP_GOING).</summary>
    public int status;
    uint reserved_word_0, reserved_word_1, reserved_word_2, reserved_word_3, reserved_word_4, reserved_word_5, reserved_word_6;
}

/// <summary>What a stream has done so far.</summary>
[StructLayout(LayoutKind.Sequential, CharSet = CharSet.Ansi)]
public struct usbx_stream_statistics
{
    /// <summary>Bytes that moved.</summary>
    public ulong bytes;
    /// <summary>Transfers that completed.</summary>
    public ulong transfers;
    /// <summary>IN transfers that a short packet ended.</summary>
    public ulong short_packets;
    /// <summary>Transfers that ended with USBX_ERROR_PIPE.</summary>
    public ulong stalls;
    /// <summary>Transfers that ended with USBX_ERROR_OVERFLOW.</summary>
    public ulong overflows;
    /// <summary>Transfers that failed in another way; cancelled transfers, and those of an unplugged device, do not count.</summary>
    public ulong other_errors;
    /// <summary>How often the reader was so late that no transfer was in flight and the device had to wait.</summary>
    public ulong device_waits;
    /// <summary>Maximum number of chunks that waited for the reader.</summary>
    public ulong deepest_backlog;
    /// <summary>Isochronous IN packets that were requested.</summary>
    public ulong packets;
    /// <summary>Isochronous IN packets that were lost: packets with an error, and the intervals in which no transfer was in flight because the reader, or the computer, was late.</summary>
    public ulong lost_packets;
    /// <summary>Maximum number of transfers in flight that the stream uses.</summary>
    public ulong depth;
    /// <summary>Bytes in one transfer.</summary>
    public ulong size;
    /// <summary>The kind of memory in use: USBX_MEMORY_HEAP or USBX_MEMORY_MAPPED.</summary>
    public uint memory;
    uint reserved_word_0, reserved_word_1, reserved_word_2, reserved_word_3, reserved_word_4, reserved_word_5, reserved_word_6, reserved_word_7, reserved_word_8, reserved_word_9, reserved_word_10;
}

/// <summary>Something that happened to a virtual device.</summary>
[StructLayout(LayoutKind.Sequential, CharSet = CharSet.Ansi)]
public struct usbx_virtual_event
{
    /// <summary>USBX_VIRTUAL_*; 0 if nothing happened.</summary>
    public int @event;
    /// <summary>USBX_VIRTUAL_SETUP: bmRequestType; bit 7 set means that the host wants data.</summary>
    public byte request_type;
    /// <summary>USBX_VIRTUAL_SETUP: bRequest.</summary>
    public byte request;
    /// <summary>USBX_VIRTUAL_SETUP: wValue, in the computer's byte order.</summary>
    public ushort value;
    /// <summary>USBX_VIRTUAL_SETUP: wIndex, in the computer's byte order.</summary>
    public ushort index;
    /// <summary>USBX_VIRTUAL_SETUP: wLength, in bytes.</summary>
    public ushort length;
    /// <summary>USBX_VIRTUAL_IN, _OUT, _HALT: bEndpointAddress.</summary>
    public byte endpoint;
    /// <summary>USBX_VIRTUAL_HALT: 1 if the endpoint is halted now, 0 if it is not.</summary>
    public byte halted;
    /// <summary>USBX_VIRTUAL_CONFIGURED: bConfigurationValue, or 0 for the unconfigured state.</summary>
    public byte configuration;
    /// <summary>USBX_VIRTUAL_ALT_SETTING: bInterfaceNumber.</summary>
    public byte interface_number;
    /// <summary>USBX_VIRTUAL_ALT_SETTING: bAlternateSetting.</summary>
    public byte alt_setting;
    uint reserved_word_0;
    /// <summary>Number of events before this one that were lost, because more than 1024 waited.</summary>
    public ulong lost;
    /// <summary>USBX_VIRTUAL_IN of an isochronous endpoint: when the interval begins that the packet is for, in nanoseconds of CLOCK_MONOTONIC.</summary>
    public ulong interval_ns;
    uint reserved2_word_0, reserved2_word_1, reserved2_word_2, reserved2_word_3, reserved2_word_4, reserved2_word_5;
}

/// <summary>A fault of a virtual device's transfers.</summary>
[StructLayout(LayoutKind.Sequential, CharSet = CharSet.Ansi)]
public struct usbx_fault
{
    /// <summary>USBX_FAULT_*.</summary>
    public uint kind;
    /// <summary>Which transfer of the endpoint is meant, counted from now on; 0 or 1: the next one.</summary>
    public uint nth;
    /// <summary>0: once. 1: each further nth transfer, too.</summary>
    public uint repeat;
    /// <summary>USBX_FAULT_STATUS: USBX_ERROR_IO, USBX_ERROR_PIPE, USBX_ERROR_OVERFLOW or USBX_ERROR_OTHER.</summary>
    public int status;
    /// <summary>USBX_FAULT_STATUS, _SHORT, _UNPLUG: how many bytes move before.</summary>
    public ulong bytes;
    /// <summary>USBX_FAULT_DELAY, _NAK: time in milliseconds.</summary>
    public uint milliseconds;
    /// <summary>USBX_FAULT_CORRUPT: any number.</summary>
    public uint seed;
    uint reserved_word_0, reserved_word_1, reserved_word_2, reserved_word_3, reserved_word_4, reserved_word_5, reserved_word_6, reserved_word_7;
}

/// <summary>How a program and the recording that it uses as a device agree so far.</summary>
[StructLayout(LayoutKind.Sequential, CharSet = CharSet.Ansi)]
public struct usbx_replay_statistics
{
    /// <summary>Transfers and control requests that ended as they had ended in the recording.</summary>
    public ulong transfers;
    /// <summary>Those that ended with USBX_ERROR_OTHER: they were not in the recording, or nothing was left for them.</summary>
    public ulong departures;
    /// <summary>Recorded transfers that the program has not asked for.</summary>
    public ulong remaining;
    /// <summary>The number in the capture of the frame that the first departure met; 0 if there is none.</summary>
    public ulong frame;
    uint reserved_word_0, reserved_word_1, reserved_word_2, reserved_word_3, reserved_word_4, reserved_word_5, reserved_word_6, reserved_word_7;
}

/// <summary>Options of a capture.</summary>
[StructLayout(LayoutKind.Sequential, CharSet = CharSet.Ansi)]
public struct usbx_capture_options
{
    /// <summary>Captures only the device at this path, as in usbx_device_info; "": every device.</summary>
    [MarshalAs(UnmanagedType.ByValTStr, SizeConst = 256)] public string path;
    /// <summary>Maximum number of bytes of each transfer's data; the lengths in the file are still the true ones. 0: no limit.</summary>
    public UIntPtr snap_length;
    /// <summary>0: records are written as they come.</summary>
    public UIntPtr ring;
    /// <summary>Memory in bytes for records that wait to be written, 512 KiB or more; 0: 32 MiB.</summary>
    public UIntPtr memory;
    /// <summary>0; there are no flags yet.</summary>
    public uint flags;
    uint reserved_word_0, reserved_word_1, reserved_word_2, reserved_word_3, reserved_word_4, reserved_word_5, reserved_word_6, reserved_word_7, reserved_word_8, reserved_word_9, reserved_word_10, reserved_word_11, reserved_word_12, reserved_word_13, reserved_word_14;
}

/// <summary>What a capture has done so far.</summary>
[StructLayout(LayoutKind.Sequential, CharSet = CharSet.Ansi)]
public struct usbx_capture_statistics
{
    /// <summary>Records that are in the file, or in memory on the way there.</summary>
    public ulong records;
    /// <summary>Bytes of the file.</summary>
    public ulong bytes;
    /// <summary>Records that were lost: there was no memory left for them, or the file takes no more.</summary>
    public ulong dropped;
    /// <summary>Records of a ring that newer ones replaced before they were written.</summary>
    public ulong replaced;
    /// <summary>Transfers that failed; cancelled transfers, and those whose time was up, do not count.</summary>
    public ulong errors;
    /// <summary>Devices that were seen.</summary>
    public ulong devices;
    /// <summary>USBX_OK, or USBX_ERROR_IO once the file takes no more; usbx_capture_close says why.</summary>
    public int status;
    uint reserved_word_0, reserved_word_1, reserved_word_2, reserved_word_3, reserved_word_4, reserved_word_5, reserved_word_6, reserved_word_7, reserved_word_8, reserved_word_9, reserved_word_10;
}

/// <summary>Options of a share.</summary>
[StructLayout(LayoutKind.Sequential, CharSet = CharSet.Ansi)]
public struct usbx_share_options
{
    /// <summary>The networks whose computers may connect, NUL-terminated: "192.168.1.0/24,fd00::/8,10.0.0.7".</summary>
    public IntPtr allow;
    /// <summary>How many clients may be connected at once; 0 for 64.</summary>
    public uint clients;
    uint reserved_word_0, reserved_word_1, reserved_word_2, reserved_word_3, reserved_word_4, reserved_word_5, reserved_word_6, reserved_word_7, reserved_word_8, reserved_word_9, reserved_word_10, reserved_word_11, reserved_word_12;
}

public static class Usbx
{
    const string Library = "libusbx.so.0";

    /// <summary>For timeout_ms of a wait on a queue, a stream or a watch: return at once.</summary>
    public const uint USBX_NO_WAIT = 4294967295;

    /// <summary>The major version of this header. usbx_version() returns the version of the library.</summary>
    public const int USBX_VERSION_MAJOR = 0;

    /// <summary>The minor version of this header.</summary>
    public const int USBX_VERSION_MINOR = 1;

    /// <summary>The patch version of this header.</summary>
    public const int USBX_VERSION_PATCH = 0;

    /// <summary>The speed is not known.</summary>
    public const int USBX_SPEED_UNKNOWN = 0;

    /// <summary>Low speed, 1.5 Mbit/s.</summary>
    public const int USBX_SPEED_LOW = 1;

    /// <summary>Full speed, 12 Mbit/s.</summary>
    public const int USBX_SPEED_FULL = 2;

    /// <summary>High speed, 480 Mbit/s.</summary>
    public const int USBX_SPEED_HIGH = 3;

    /// <summary>SuperSpeed, 5 Gbit/s.</summary>
    public const int USBX_SPEED_SUPER = 4;

    /// <summary>SuperSpeedPlus, 10 Gbit/s and more.</summary>
    public const int USBX_SPEED_SUPER_PLUS = 5;

    /// <summary>A device on this computer's own bus.</summary>
    public const int USBX_BACKEND_SYSTEM = 0;

    /// <summary>A virtual device, simulated in this process.</summary>
    public const int USBX_BACKEND_VIRTUAL = 1;

    /// <summary>A device of another computer, over USB/IP.</summary>
    public const int USBX_BACKEND_USBIP = 2;

    /// <summary>A control endpoint or transfer.</summary>
    public const int USBX_TYPE_CONTROL = 0;

    /// <summary>An isochronous endpoint or transfer.</summary>
    public const int USBX_TYPE_ISOCHRONOUS = 1;

    /// <summary>A bulk endpoint or transfer.</summary>
    public const int USBX_TYPE_BULK = 2;

    /// <summary>An interrupt endpoint or transfer.</summary>
    public const int USBX_TYPE_INTERRUPT = 3;

    /// <summary>For timeout_ms: no time limit.</summary>
    public const int USBX_NO_TIMEOUT = 0;

    /// <summary>Flag of a bulk or interrupt OUT transfer: if its length is a multiple of the packet size, a zero-length packet follows the data, so that the device sees where they end.</summary>
    public const int USBX_TRANSFER_ZERO_PACKET = 1;

    /// <summary>Memory of a stream: the library measures which kind is faster when the stream is opened, and uses that.</summary>
    public const int USBX_MEMORY_AUTO = 0;

    /// <summary>Memory of a stream: the process's own; the system copies each transfer.</summary>
    public const int USBX_MEMORY_HEAP = 1;

    /// <summary>Memory of a stream: shared with the system, without a copy, like libusb_dev_mem_alloc in libusb.</summary>
    public const int USBX_MEMORY_MAPPED = 2;

    /// <summary>Flag of a stream: its timestamps are exact, however late the reader is.</summary>
    public const int USBX_STREAM_EXACT_TIME = 1;

    /// <summary>Flag of an IN stream: an error on the bus does not end it.</summary>
    public const int USBX_STREAM_KEEP_GOING = 2;

    /// <summary>Flag of a bulk or interrupt OUT stream: usbx_stream_flush ends with a zero-length packet if the bytes that were written since the flush before are a multiple of the packet size, so that the device sees where they end.</summary>
    public const int USBX_STREAM_ZERO_PACKET = 4;

    /// <summary>The device was plugged in, or was there when the watch was opened, and can be opened.</summary>
    public const int USBX_EVENT_ARRIVED = 1;

    /// <summary>The device was unplugged.</summary>
    public const int USBX_EVENT_LEFT = 2;

    /// <summary>The host sends a control request, which is in hand from now on: answer it with usbx_virtual_reply, or refuse it with usbx_virtual_stall.</summary>
    public const int USBX_VIRTUAL_SETUP = 1;

    /// <summary>The host reset the device: it is as after power-on, in the same configuration.</summary>
    public const int USBX_VIRTUAL_RESET = 2;

    /// <summary>The host selected a configuration, or the same one again: alternate settings and halts are as at the beginning.</summary>
    public const int USBX_VIRTUAL_CONFIGURED = 3;

    /// <summary>The host selected an alternate setting of an interface.</summary>
    public const int USBX_VIRTUAL_ALT_SETTING = 4;

    /// <summary>The host set or cleared the halt of an endpoint.</summary>
    public const int USBX_VIRTUAL_HALT = 5;

    /// <summary>A program on the host's side opened the device.</summary>
    public const int USBX_VIRTUAL_OPENED = 6;

    /// <summary>A program on the host's side closed the device.</summary>
    public const int USBX_VIRTUAL_CLOSED = 7;

    /// <summary>The host waits for data of an IN endpoint, and there are none: usbx_virtual_write sends some.</summary>
    public const int USBX_VIRTUAL_IN = 8;

    /// <summary>The host has data for an OUT endpoint, and no usbx_virtual_read waits for them.</summary>
    public const int USBX_VIRTUAL_OUT = 9;

    /// <summary>Fault: the transfer ends with a status, after so many bytes.</summary>
    public const int USBX_FAULT_STATUS = 1;

    /// <summary>Fault: the transfer is complete so many milliseconds later than its data.</summary>
    public const int USBX_FAULT_DELAY = 2;

    /// <summary>Fault: the device answers NAK for so many milliseconds before the transfer goes on.</summary>
    public const int USBX_FAULT_NAK = 3;

    /// <summary>Fault of an IN transfer: a short packet ends it after so many bytes.</summary>
    public const int USBX_FAULT_SHORT = 4;

    /// <summary>Fault: one bit of the transfer's data is wrong; seed selects which.</summary>
    public const int USBX_FAULT_CORRUPT = 5;

    /// <summary>Fault of an IN transfer: its last packet is one byte too long, which the host sees as USBX_ERROR_OVERFLOW.</summary>
    public const int USBX_FAULT_BABBLE = 6;

    /// <summary>Fault: the device is unplugged when so many bytes have moved at the endpoint, from the nth transfer on.</summary>
    public const int USBX_FAULT_UNPLUG = 7;

    /// <summary>Success.</summary>
    public const int USBX_OK = 0;

    /// <summary>The transfer failed on the bus: a bad cable, electrical noise, or a device that breaks the protocol.</summary>
    public const int USBX_ERROR_IO = -1;

    /// <summary>An argument is not valid; usbx_last_error() says which and why.</summary>
    public const int USBX_ERROR_INVALID_PARAM = -2;

    /// <summary>This process may not open the device; usbx_last_error() says what to do, for example which udev rule to add.</summary>
    public const int USBX_ERROR_ACCESS = -3;

    /// <summary>The device is gone for this handle: it was unplugged, or did not come back from a reset.</summary>
    public const int USBX_ERROR_NO_DEVICE = -4;

    /// <summary>There is no such device, interface, alternate setting or configuration.</summary>
    public const int USBX_ERROR_NOT_FOUND = -5;

    /// <summary>A kernel driver, another program, another handle or another thread's call is using it; usbx_last_error() says which.</summary>
    public const int USBX_ERROR_BUSY = -6;

    /// <summary>The time limit passed.</summary>
    public const int USBX_ERROR_TIMEOUT = -7;

    /// <summary>The device sent more than the buffer can hold.</summary>
    public const int USBX_ERROR_OVERFLOW = -8;

    /// <summary>The endpoint stalled: the device refused a control request, or the endpoint is halted (see usbx_clear_halt).</summary>
    public const int USBX_ERROR_PIPE = -9;

    /// <summary>Not returned: a signal does not end a call. libusb has this number.</summary>
    public const int USBX_ERROR_INTERRUPTED = -10;

    /// <summary>Out of memory: the process's own, or the kernel's limit for USB transfers.</summary>
    public const int USBX_ERROR_NO_MEM = -11;

    /// <summary>This platform or device does not support it.</summary>
    public const int USBX_ERROR_NOT_SUPPORTED = -12;

    /// <summary>An error that has no number of its own.</summary>
    public const int USBX_ERROR_OTHER = -99;

    /// <summary>The handle is NULL, closed, forged, or of another kind.</summary>
    public const int USBX_ERROR_INVALID_HANDLE = -100;

    /// <summary>The transfer was cancelled.</summary>
    public const int USBX_ERROR_CANCELLED = -101;

    /// <summary>Another thread closed the handle during the call.</summary>
    public const int USBX_ERROR_CLOSED = -102;

    /// <summary>This handle has not claimed the interface; call usbx_claim first.</summary>
    public const int USBX_ERROR_NOT_CLAIMED = -103;

    /// <summary>The handle was opened in the parent process, before fork(); open the device again in the child.</summary>
    public const int USBX_ERROR_FORKED = -104;

    /// <summary>A defect in usbx itself; usbx_last_error() says where.</summary>
    public const int USBX_ERROR_INTERNAL = -105;

    /// <summary>Returns the version of the loaded library, for example "0.1.0".</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern IntPtr usbx_version();

    /// <summary>Returns the name of a status as this header spells it, for example "USBX_ERROR_TIMEOUT".</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern IntPtr usbx_error_name(int status);

    /// <summary>Returns one plain sentence that describes a status.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern IntPtr usbx_error_text(int status);

    /// <summary>Returns one sentence about the calling thread's last failure.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern IntPtr usbx_last_error();

    /// <summary>Gets one sentence about the last failure of calls with a handle, whichever thread made the call.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_handle_error(SafeHandle handle, byte[] text, UIntPtr capacity, out UIntPtr length);

    /// <summary>Closes every handle of this process, whichever thread opened it.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_shutdown(out UIntPtr leaked);

    /// <summary>Lists the devices that are plugged in now, root hubs and virtual devices included, in the order of their paths.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_devices([In, Out] usbx_device_info[] devices, UIntPtr capacity, out UIntPtr count);

    /// <summary>Opens the device with these IDs and, if given, this serial number.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_open(ushort vendor_id, ushort product_id, [MarshalAs(UnmanagedType.LPUTF8Str)] string serial, out usbx_device device);

    /// <summary>Opens the device at a path, whichever device is plugged in there.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_open_path([MarshalAs(UnmanagedType.LPUTF8Str)] string path, out usbx_device device);

    /// <summary>Makes a device handle from a usbfs file descriptor that other code opened.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_open_fd(int fd, out usbx_device device);

    /// <summary>Closes a device.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_close(IntPtr device);

    /// <summary>Describes an open device, as usbx_devices does; works after unplugging too.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_info(usbx_device device, out usbx_device_info info);

    /// <summary>Gets the number of the active configuration.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_get_configuration(usbx_device device, out byte configuration);

    /// <summary>Selects a configuration, or takes the device back to the unconfigured state.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_set_configuration(usbx_device device, byte configuration);

    /// <summary>Claims an interface, so that this handle can use its endpoints and no other program or handle can claim it.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_claim(usbx_device device, byte interface_number);

    /// <summary>Releases a claimed interface.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_release(usbx_device device, byte interface_number);

    /// <summary>Selects an alternate setting of a claimed interface.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_set_alt_setting(usbx_device device, byte interface_number, byte alt_setting);

    /// <summary>Gets the name of the kernel driver that holds an interface, for example "usbhid".</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_kernel_driver(usbx_device device, byte interface_number, byte[] name, UIntPtr capacity, out UIntPtr length);

    /// <summary>Detaches the kernel driver from an interface, so that it can be claimed.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_detach_kernel_driver(usbx_device device, byte interface_number);

    /// <summary>Makes claims detach kernel drivers by themselves, or stops that.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_set_auto_detach(usbx_device device, int enable);

    /// <summary>Lets a kernel driver bind to an interface again, without waiting for usbx_close.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_attach_kernel_driver(usbx_device device, byte interface_number);

    /// <summary>Lists the endpoints of the active configuration, in every interface and every alternate setting.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_endpoints(usbx_device device, [In, Out] usbx_endpoint[] endpoints, UIntPtr capacity, out UIntPtr count);

    /// <summary>Lists the interfaces of the active configuration, with every alternate setting of each.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_interfaces(usbx_device device, [In, Out] usbx_interface[] interfaces, UIntPtr capacity, out UIntPtr count);

    /// <summary>Gets the descriptors of a device that usbx_devices lists, without opening it.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_descriptors([MarshalAs(UnmanagedType.LPUTF8Str)] string path, byte[] data, UIntPtr capacity, out UIntPtr length);

    /// <summary>Requests a descriptor from the device and returns it as the device sends it.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_get_descriptor(usbx_device device, byte type, byte index, byte[] data, UIntPtr length, out UIntPtr transferred);

    /// <summary>Requests a string from the device and returns it in UTF-8.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_get_string(usbx_device device, byte index, ushort language, byte[] text, UIntPtr capacity, out UIntPtr length);

    /// <summary>Sends a control request and transfers its data, in either direction.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_control(usbx_device device, byte request_type, byte request, ushort value, ushort index, byte[] data, ushort length, uint timeout_ms, out UIntPtr transferred);

    /// <summary>Reads from a bulk endpoint until the buffer is full or a short packet ends the read.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_bulk_read(usbx_device device, byte endpoint, byte[] data, UIntPtr length, uint timeout_ms, out UIntPtr transferred);

    /// <summary>Writes to a bulk endpoint.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_bulk_write(usbx_device device, byte endpoint, byte[] data, UIntPtr length, uint timeout_ms, out UIntPtr transferred);

    /// <summary>Reads from an interrupt endpoint until the buffer is full or a short packet ends the read.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_interrupt_read(usbx_device device, byte endpoint, byte[] data, UIntPtr length, uint timeout_ms, out UIntPtr transferred);

    /// <summary>Writes to an interrupt endpoint.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_interrupt_write(usbx_device device, byte endpoint, byte[] data, UIntPtr length, uint timeout_ms, out UIntPtr transferred);

    /// <summary>Clears the halt of an endpoint, so that data flows again after USBX_ERROR_PIPE.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_clear_halt(usbx_device device, byte endpoint);

    /// <summary>Resets the device, as if it were unplugged and plugged in again.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_reset(usbx_device device);

    /// <summary>Cancels all pending transfers of an endpoint.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_cancel(usbx_device device, byte endpoint);

    /// <summary>Reads packets from an isochronous endpoint, one in each service interval.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_isochronous_read(usbx_device device, byte endpoint, byte[] data, UIntPtr length, [In, Out] usbx_packet[] packets, UIntPtr packet_count, uint timeout_ms, out UIntPtr transferred);

    /// <summary>Writes packets to an isochronous endpoint, one in each service interval.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_isochronous_write(usbx_device device, byte endpoint, byte[] data, UIntPtr length, [In, Out] usbx_packet[] packets, UIntPtr packet_count, uint timeout_ms, out UIntPtr transferred);

    /// <summary>Allocates memory that transfers use without a copy.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_buffer_alloc(usbx_device device, UIntPtr length, out IntPtr buffer);

    /// <summary>Frees a buffer from usbx_buffer_alloc.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_buffer_free(IntPtr buffer);

    /// <summary>Opens a completion queue.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_queue_open(out usbx_queue queue);

    /// <summary>Starts a transfer and returns at once; its completion comes from the queue.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_submit(usbx_device device, usbx_queue queue, ref usbx_transfer transfer, out ulong id);

    /// <summary>Waits for transfers to complete and takes the completions that are there, as many as fit.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_queue_wait(usbx_queue queue, [In, Out] usbx_completion[] completions, UIntPtr capacity, uint timeout_ms, out UIntPtr count);

    /// <summary>Cancels one transfer of a queue, or all of them.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_queue_cancel(usbx_queue queue, ulong id);

    /// <summary>Gets a file descriptor that becomes readable when a queue has work to do.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_queue_fd(usbx_queue queue, out int fd);

    /// <summary>Closes a queue.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_queue_close(IntPtr queue);

    /// <summary>Allocates bulk streams (USB 3) on some bulk endpoints of one claimed interface.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_bulk_streams_alloc(usbx_device device, uint count, byte[] endpoints, UIntPtr endpoint_count, out uint allocated);

    /// <summary>Frees the bulk streams of some endpoints, which then take transfers without a stream again.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_bulk_streams_free(usbx_device device, byte[] endpoints, UIntPtr endpoint_count);

    /// <summary>Opens a stream on a bulk, interrupt or isochronous endpoint of a claimed interface.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_stream_open(usbx_device device, byte endpoint, ref usbx_stream_options options, out usbx_stream stream);

    /// <summary>Opens a stream on a bulk, interrupt or isochronous endpoint of a claimed interface.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_stream_open(usbx_device device, byte endpoint, IntPtr options, out usbx_stream stream);

    /// <summary>Borrows the next chunk of an IN stream, without a copy.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_stream_next(usbx_stream stream, uint timeout_ms, out usbx_chunk chunk);

    /// <summary>Reads from an IN stream like from a file: waits for the first byte, then returns what is there.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_stream_read(usbx_stream stream, byte[] data, UIntPtr length, uint timeout_ms, out UIntPtr transferred);

    /// <summary>Writes to an OUT stream like to a file.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_stream_write(usbx_stream stream, byte[] data, UIntPtr length, uint timeout_ms, out UIntPtr transferred);

    /// <summary>Lends room in an OUT stream to be filled in place, which avoids the copy of usbx_stream_write.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_stream_space(usbx_stream stream, uint timeout_ms, out IntPtr data, out UIntPtr length);

    /// <summary>Writes the bytes that were put into the room from usbx_stream_space.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_stream_commit(usbx_stream stream, UIntPtr length);

    /// <summary>Sends what was written and waits until the device has taken all of it.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_stream_flush(usbx_stream stream, uint timeout_ms);

    /// <summary>Gets the statistics of a stream.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_stream_stats(usbx_stream stream, out usbx_stream_statistics statistics);

    /// <summary>Gets a file descriptor that becomes readable when a stream has work to do.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_stream_fd(usbx_stream stream, out int fd);

    /// <summary>Closes a stream.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_stream_close(IntPtr stream);

    /// <summary>Starts to watch for devices that are plugged in and unplugged, virtual ones included.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_watch_open(ushort vendor_id, ushort product_id, out usbx_watch watch);

    /// <summary>Takes the next event of a watch, in the order in which they happened.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_watch_next(usbx_watch watch, uint timeout_ms, out int @event, out usbx_device_info info);

    /// <summary>Gets a file descriptor that becomes readable when a watch has an event.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_watch_fd(usbx_watch watch, out int fd);

    /// <summary>Closes a watch.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_watch_close(IntPtr watch);

    /// <summary>Plugs in a virtual device: usbx_devices then lists it and usbx_open opens it, like a real one.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_virtual_open([MarshalAs(UnmanagedType.LPUTF8Str)] string model, [MarshalAs(UnmanagedType.LPUTF8Str)] string serial, out usbx_virtual virtual_device);

    /// <summary>Makes a virtual device that this program answers for.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_virtual_create(byte speed, byte[] descriptors, UIntPtr length, out usbx_virtual virtual_device);

    /// <summary>Adds a string to a virtual device, in one language.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_virtual_string(usbx_virtual virtual_device, byte index, ushort language, [MarshalAs(UnmanagedType.LPUTF8Str)] string text);

    /// <summary>Adds a descriptor that hosts ask for by itself: a BOS, a HID report descriptor, or one in place of a descriptor that usbx_virtual_create got, which is then the one that requests get.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_virtual_descriptor(usbx_virtual virtual_device, byte type, byte index, ushort recipient, byte[] data, UIntPtr length);

    /// <summary>Lets a program answer standard requests of its virtual device itself, or leaves them to the library, as at first.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_virtual_answer_standard_requests(usbx_virtual virtual_device, int enable);

    /// <summary>Plugs in a virtual device: usbx_devices lists it, usbx_open opens it, watches report it.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_virtual_plug(usbx_virtual virtual_device);

    /// <summary>Gets the path of a virtual device, for usbx_open_path: "virtual/1" for example.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_virtual_path(usbx_virtual virtual_device, byte[] path, UIntPtr capacity, out UIntPtr length);

    /// <summary>Unplugs a virtual device, as if by hand.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_virtual_unplug(usbx_virtual virtual_device);

    /// <summary>Unplugs a virtual device, if it is still plugged in, and closes its handle.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_virtual_close(IntPtr virtual_device);

    /// <summary>Takes the next event of a virtual device from usbx_virtual_create, in the order in which they happened.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_virtual_next(usbx_virtual virtual_device, uint timeout_ms, out usbx_virtual_event @event, byte[] data, UIntPtr capacity, out UIntPtr length);

    /// <summary>Answers the control request in hand, which usbx_virtual_next gave.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_virtual_reply(usbx_virtual virtual_device, byte[] data, UIntPtr length);

    /// <summary>Refuses the control request in hand, or halts an endpoint.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_virtual_stall(usbx_virtual virtual_device, byte endpoint);

    /// <summary>Sends data from a virtual device to the host, at an IN endpoint.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_virtual_write(usbx_virtual virtual_device, byte endpoint, byte[] data, UIntPtr length, uint timeout_ms, out UIntPtr transferred);

    /// <summary>Receives data that the host sends to a virtual device, at an OUT endpoint.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_virtual_read(usbx_virtual virtual_device, byte endpoint, byte[] data, UIntPtr capacity, uint timeout_ms, out UIntPtr transferred);

    /// <summary>Gets a file descriptor that becomes readable when a virtual device has an event.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_virtual_fd(usbx_virtual virtual_device, out int fd);

    /// <summary>Makes transfers of a virtual device fail, deterministically: to try what a program does then.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_virtual_fault(usbx_virtual virtual_device, byte endpoint, ref usbx_fault fault);

    /// <summary>Gets how far a recording has been played since it was plugged in last.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_virtual_replay_stats(usbx_virtual virtual_device, out usbx_replay_statistics statistics, byte[] departure, UIntPtr capacity, out UIntPtr length);

    /// <summary>Starts to capture what goes through the library from now on, of every device and every handle of this process, to a file that Wireshark reads.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_capture_open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, ref usbx_capture_options options, out usbx_capture capture);

    /// <summary>Starts to capture what goes through the library from now on, of every device and every handle of this process, to a file that Wireshark reads.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_capture_open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, IntPtr options, out usbx_capture capture);

    /// <summary>Gets what a capture has done so far.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_capture_stats(usbx_capture capture, out usbx_capture_statistics statistics);

    /// <summary>Ends a capture and closes its handle.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_capture_close(IntPtr capture);

    /// <summary>Opens a share: from now on clients of USB/IP can connect, Linux's usbip attach among them.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_share_open([MarshalAs(UnmanagedType.LPUTF8Str)] string address, ref usbx_share_options options, out usbx_share share);

    /// <summary>Opens a share: from now on clients of USB/IP can connect, Linux's usbip attach among them.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_share_open([MarshalAs(UnmanagedType.LPUTF8Str)] string address, IntPtr options, out usbx_share share);

    /// <summary>Offers a device to clients, until the share is closed.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_share_add(usbx_share share, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, [MarshalAs(UnmanagedType.LPUTF8Str)] string busid);

    /// <summary>Gets the address at which a share listens: "127.0.0.1:3240", with the real port where usbx_share_open got 0, or "unix:/path".</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_share_address(usbx_share share, byte[] text, UIntPtr capacity, out UIntPtr length);

    /// <summary>Closes a share: disconnects every client, ends what is pending, gives every device back to its drivers, and returns when that is done.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_share_close(IntPtr share);

    /// <summary>Lists the devices that another computer exports over USB/IP, in its own order: those of "usbx share", of Linux's usbipd, of usbipd-win, of a simulator.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_remote_devices([MarshalAs(UnmanagedType.LPUTF8Str)] string host, [In, Out] usbx_device_info[] devices, UIntPtr capacity, out UIntPtr count, uint timeout_ms);

    /// <summary>Opens a device of another computer over a connection that other code has made: ssh, a TLS proxy, vsock, inetd.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_usbip_open_fd(int fd, [MarshalAs(UnmanagedType.LPUTF8Str)] string busid, out usbx_device device);

    /// <summary>The string at a pointer that the library returned; it is UTF-8 and stays the library's.</summary>
    public static string Text(IntPtr text) { return Marshal.PtrToStringAnsi(text); }
}
