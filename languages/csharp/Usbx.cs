// What usbx.h declares, for C#: structs, constants, functions, and a SafeHandle for each kind of handle.
// Derived from the header by languages/derive, which `make declarations` runs; edit there. docs/languages.md explains it.
// SPDX-License-Identifier: MIT OR Apache-2.0
using System;
using System.Runtime.InteropServices;

#pragma warning disable 169 // reserved fields, which nobody uses

/// <summary>An open device.</summary>
public sealed class usbx_device : SafeHandle
{
    public usbx_device() : base(IntPtr.Zero, true) { }
    public override bool IsInvalid { get { return handle == IntPtr.Zero; } }
    protected override bool ReleaseHandle() { return Usbx.usbx_close(handle) == Usbx.USBX_OK; }
}

/// <summary>A completion queue.</summary>
public sealed class usbx_queue : SafeHandle
{
    public usbx_queue() : base(IntPtr.Zero, true) { }
    public override bool IsInvalid { get { return handle == IntPtr.Zero; } }
    protected override bool ReleaseHandle() { return Usbx.usbx_queue_close(handle) == Usbx.USBX_OK; }
}

/// <summary>A stream.</summary>
public sealed class usbx_stream : SafeHandle
{
    public usbx_stream() : base(IntPtr.Zero, true) { }
    public override bool IsInvalid { get { return handle == IntPtr.Zero; } }
    protected override bool ReleaseHandle() { return Usbx.usbx_stream_close(handle) == Usbx.USBX_OK; }
}

/// <summary>A plugged-in virtual device, as its maker holds it; a program that talks to it opens it like any other device.</summary>
public sealed class usbx_virtual : SafeHandle
{
    public usbx_virtual() : base(IntPtr.Zero, true) { }
    public override bool IsInvalid { get { return handle == IntPtr.Zero; } }
    protected override bool ReleaseHandle() { return Usbx.usbx_virtual_close(handle) == Usbx.USBX_OK; }
}

/// <summary>A watch for devices that come and go.</summary>
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
    /// <summary>bDeviceClass; 0 says that each interface has its own.</summary>
    public byte device_class;
    /// <summary>bDeviceSubClass.</summary>
    public byte device_subclass;
    /// <summary>bDeviceProtocol.</summary>
    public byte device_protocol;
    /// <summary>How many configurations the device has.</summary>
    public byte configurations;
    /// <summary>Number of the bus.</summary>
    public byte bus;
    /// <summary>Address on the bus; changes each time the device is plugged in.</summary>
    public byte address;
    /// <summary>USBX_SPEED_*.</summary>
    public byte speed;
    /// <summary>USBX_BACKEND_*.</summary>
    public byte backend;
    /// <summary>Where the device is plugged in: "2-1.4" is bus 2, port 1, port 4 of the hub there; "usb2" bus 2's root hub; "virtual/1" a virtual device.</summary>
    [MarshalAs(UnmanagedType.ByValTStr, SizeConst = 256)] public string path;
    /// <summary>iManufacturer.</summary>
    [MarshalAs(UnmanagedType.ByValTStr, SizeConst = 384)] public string manufacturer;
    /// <summary>iProduct.</summary>
    [MarshalAs(UnmanagedType.ByValTStr, SizeConst = 384)] public string product;
    /// <summary>iSerialNumber.</summary>
    [MarshalAs(UnmanagedType.ByValTStr, SizeConst = 384)] public string serial;
    uint reserved_word_0, reserved_word_1, reserved_word_2, reserved_word_3, reserved_word_4, reserved_word_5, reserved_word_6, reserved_word_7, reserved_word_8, reserved_word_9, reserved_word_10, reserved_word_11, reserved_word_12, reserved_word_13, reserved_word_14, reserved_word_15;
}

/// <summary>An endpoint of the active configuration.</summary>
[StructLayout(LayoutKind.Sequential, CharSet = CharSet.Ansi)]
public struct usbx_endpoint
{
    /// <summary>bEndpointAddress: bit 7 is set for IN, device to host.</summary>
    public byte address;
    /// <summary>USBX_TYPE_*.</summary>
    public byte type;
    /// <summary>The interface it belongs to, to be claimed with usbx_claim.</summary>
    public byte interface_number;
    /// <summary>The alternate setting it belongs to, to be selected with usbx_set_alt_setting if it is not 0.</summary>
    public byte alt_setting;
    /// <summary>Bytes in a packet: wMaxPacketSize without its bits 11 and 12.</summary>
    public ushort max_packet_size;
    /// <summary>Packets in one service interval: up to 3 at high speed, (bMaxBurst + 1) x (Mult + 1) at SuperSpeed, else 1.</summary>
    public byte packets_per_interval;
    /// <summary>bInterval as the device gives it: milliseconds at low and full speed, 2^(n-1) x 125 us above.</summary>
    public byte interval;
    /// <summary>Bytes in one service interval: max_packet_size x packets_per_interval, or the device's wBytesPerInterval.</summary>
    public uint max_bytes_per_interval;
    uint reserved_word_0, reserved_word_1, reserved_word_2, reserved_word_3;
}

/// <summary>One packet of an isochronous transfer.</summary>
[StructLayout(LayoutKind.Sequential, CharSet = CharSet.Ansi)]
public struct usbx_packet
{
    /// <summary>Before: bytes to send, or room to receive; the endpoint's max_bytes_per_interval at the most.</summary>
    public uint length;
    /// <summary>After: bytes that moved.</summary>
    public uint transferred;
    /// <summary>After: USBX_OK, or what happened to this packet alone; USBX_ERROR_CANCELLED if it was never on the bus.</summary>
    public int status;
    /// <summary>0.</summary>
    public uint reserved;
}

/// <summary>A transfer to submit.</summary>
[StructLayout(LayoutKind.Sequential, CharSet = CharSet.Ansi)]
public struct usbx_transfer
{
    /// <summary>USBX_TYPE_*.</summary>
    public byte type;
    /// <summary>bEndpointAddress, not for control requests.</summary>
    public byte endpoint;
    /// <summary>Control: bmRequestType; bit 7 set means IN.</summary>
    public byte request_type;
    /// <summary>Control: bRequest.</summary>
    public byte request;
    /// <summary>Control: wValue.</summary>
    public ushort value;
    /// <summary>Control: wIndex.</summary>
    public ushort index;
    /// <summary>Milliseconds the transfer may take; USBX_NO_TIMEOUT: for ever.</summary>
    public uint timeout_ms;
    /// <summary>0.</summary>
    public uint reserved_1;
    /// <summary>The bytes to send or to receive into.</summary>
    public IntPtr data;
    /// <summary>How many; 65535 at the most for control.</summary>
    public UIntPtr length;
    /// <summary>Isochronous: the packets, as usbx_isochronous_read.</summary>
    public IntPtr packets;
    /// <summary>Isochronous: how many.</summary>
    public UIntPtr packet_count;
    /// <summary>Comes back in the completion, as it is.</summary>
    public ulong user_data;
    uint reserved_word_0, reserved_word_1, reserved_word_2, reserved_word_3, reserved_word_4, reserved_word_5, reserved_word_6, reserved_word_7;
}

/// <summary>How a transfer went.</summary>
[StructLayout(LayoutKind.Sequential, CharSet = CharSet.Ansi)]
public struct usbx_completion
{
    /// <summary>The number that usbx_submit gave.</summary>
    public ulong id;
    /// <summary>From the transfer.</summary>
    public ulong user_data;
    /// <summary>When it completed: nanoseconds of CLOCK_MONOTONIC.</summary>
    public ulong timestamp_ns;
    /// <summary>Bytes that moved, on failure too.</summary>
    public UIntPtr transferred;
    /// <summary>USBX_OK, or why the transfer ended early.</summary>
    public int status;
    uint reserved_word_0, reserved_word_1, reserved_word_2, reserved_word_3, reserved_word_4, reserved_word_5, reserved_word_6, reserved_word_7, reserved_word_8;
}

/// <summary>How a stream is to work.</summary>
[StructLayout(LayoutKind.Sequential, CharSet = CharSet.Ansi)]
public struct usbx_stream_options
{
    /// <summary>Bytes in one transfer, a multiple of the packet size, 16 MiB at the most.</summary>
    public UIntPtr size;
    /// <summary>Transfers in flight, 1024 at the most.</summary>
    public UIntPtr depth;
    /// <summary>USBX_MEMORY_*.</summary>
    public uint memory;
    /// <summary>0, or USBX_STREAM_EXACT_TIME.</summary>
    public uint flags;
    uint reserved_word_0, reserved_word_1, reserved_word_2, reserved_word_3, reserved_word_4, reserved_word_5, reserved_word_6, reserved_word_7, reserved_word_8, reserved_word_9;
}

/// <summary>What one transfer of a stream brought.</summary>
[StructLayout(LayoutKind.Sequential, CharSet = CharSet.Ansi)]
public struct usbx_chunk
{
    /// <summary>The bytes; the library's, and valid until the next call of usbx_stream_next, usbx_stream_read or usbx_stream_close.</summary>
    public IntPtr data;
    /// <summary>How many; 0 for a zero-length packet.</summary>
    public UIntPtr length;
    /// <summary>When it was found complete, in nanoseconds of CLOCK_MONOTONIC: at once while a call for the stream waits, otherwise at the next call, or at once in any case with USBX_STREAM_EXACT_TIME.</summary>
    public ulong timestamp_ns;
    /// <summary>Counts the chunks of the stream, from 0.</summary>
    public ulong sequence;
    /// <summary>The packets of an isochronous transfer, in their order, as long valid as data; NULL for bulk and interrupt.</summary>
    public IntPtr packets;
    /// <summary>How many.</summary>
    public UIntPtr packet_count;
    /// <summary>USBX_OK, or how the transfer ended that brought these bytes: usbx_stream_next says the same when all of them were taken.</summary>
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
    /// <summary>Transfers IN that a short packet ended.</summary>
    public ulong short_packets;
    /// <summary>Transfers that ended with USBX_ERROR_PIPE.</summary>
    public ulong stalls;
    /// <summary>Transfers that ended with USBX_ERROR_OVERFLOW.</summary>
    public ulong overflows;
    /// <summary>Transfers that failed otherwise; cancelled ones, and those of an unplugged device, do not count.</summary>
    public ulong other_errors;
    /// <summary>How often no transfer was in flight because the reader was late: the device had to wait.</summary>
    public ulong device_waits;
    /// <summary>The most chunks that waited for the reader.</summary>
    public ulong deepest_backlog;
    /// <summary>Isochronous packets IN that were asked for.</summary>
    public ulong packets;
    /// <summary>Isochronous packets IN that were lost: those with an error, and as many as there were intervals in which nothing was in flight because the reader was late (reckoned by the clock, to about one transfer).</summary>
    public ulong lost_packets;
    /// <summary>Transfers in flight at the most, as it turned out.</summary>
    public ulong depth;
    /// <summary>Bytes in one transfer.</summary>
    public ulong size;
    /// <summary>USBX_MEMORY_HEAP or USBX_MEMORY_MAPPED.</summary>
    public uint memory;
    uint reserved_word_0, reserved_word_1, reserved_word_2, reserved_word_3, reserved_word_4, reserved_word_5, reserved_word_6, reserved_word_7, reserved_word_8, reserved_word_9, reserved_word_10;
}

public static class Usbx
{
    const string Library = "libusbx.so.0";

    /// <summary>For waits on the library's own queues: return at once.</summary>
    public const uint USBX_NO_WAIT = 4294967295;

    /// <summary>The version of this header; usbx_version() tells the library's.</summary>
    public const int USBX_VERSION_MAJOR = 0;

    /// <summary>See USBX_VERSION_MAJOR.</summary>
    public const int USBX_VERSION_MINOR = 1;

    /// <summary>See USBX_VERSION_MAJOR.</summary>
    public const int USBX_VERSION_PATCH = 0;

    /// <summary>Speed not known.</summary>
    public const int USBX_SPEED_UNKNOWN = 0;

    /// <summary>1.5 Mbit/s.</summary>
    public const int USBX_SPEED_LOW = 1;

    /// <summary>12 Mbit/s.</summary>
    public const int USBX_SPEED_FULL = 2;

    /// <summary>480 Mbit/s.</summary>
    public const int USBX_SPEED_HIGH = 3;

    /// <summary>5 Gbit/s.</summary>
    public const int USBX_SPEED_SUPER = 4;

    /// <summary>10 Gbit/s and more.</summary>
    public const int USBX_SPEED_SUPER_PLUS = 5;

    /// <summary>A device on this computer's own bus.</summary>
    public const int USBX_BACKEND_LIBUSB = 0;

    /// <summary>A virtual device, living in this process.</summary>
    public const int USBX_BACKEND_VIRTUAL = 1;

    /// <summary>A device of another computer, over USB/IP.</summary>
    public const int USBX_BACKEND_USBIP = 2;

    /// <summary>An endpoint of type control.</summary>
    public const int USBX_TYPE_CONTROL = 0;

    /// <summary>An endpoint of type isochronous.</summary>
    public const int USBX_TYPE_ISOCHRONOUS = 1;

    /// <summary>An endpoint of type bulk.</summary>
    public const int USBX_TYPE_BULK = 2;

    /// <summary>An endpoint of type interrupt.</summary>
    public const int USBX_TYPE_INTERRUPT = 3;

    /// <summary>A timeout that never comes: wait for ever.</summary>
    public const int USBX_NO_TIMEOUT = 0;

    /// <summary>Memory of a stream: whichever is faster here, found out when it is opened.</summary>
    public const int USBX_MEMORY_AUTO = 0;

    /// <summary>The process's own memory; the system copies each transfer.</summary>
    public const int USBX_MEMORY_HEAP = 1;

    /// <summary>Memory shared with the system, no copy.</summary>
    public const int USBX_MEMORY_MAPPED = 2;

    /// <summary>A thread of the library takes completions as they come, so that timestamp_ns is exact however late the reader is.</summary>
    public const int USBX_STREAM_EXACT_TIME = 1;

    /// <summary>The device was plugged in, or was there when the watch began, and can be opened.</summary>
    public const int USBX_EVENT_ARRIVED = 1;

    /// <summary>The device was unplugged.</summary>
    public const int USBX_EVENT_LEFT = 2;

    /// <summary>Success.</summary>
    public const int USBX_OK = 0;

    /// <summary>The transfer failed on the bus (cable, electrical noise, a device that breaks the protocol).</summary>
    public const int USBX_ERROR_IO = -1;

    /// <summary>An argument is not valid; usbx_last_error() says which and why.</summary>
    public const int USBX_ERROR_INVALID_PARAM = -2;

    /// <summary>Permission denied; usbx_last_error() has the udev rule that grants it.</summary>
    public const int USBX_ERROR_ACCESS = -3;

    /// <summary>The device was there and is gone.</summary>
    public const int USBX_ERROR_NO_DEVICE = -4;

    /// <summary>There is no such device, interface, alternate setting or configuration.</summary>
    public const int USBX_ERROR_NOT_FOUND = -5;

    /// <summary>A kernel driver, another program or another handle holds it; usbx_last_error() says who.</summary>
    public const int USBX_ERROR_BUSY = -6;

    /// <summary>The time given was not enough; what moved until then is counted and in the buffer.</summary>
    public const int USBX_ERROR_TIMEOUT = -7;

    /// <summary>The device sent more than the buffer can hold.</summary>
    public const int USBX_ERROR_OVERFLOW = -8;

    /// <summary>The endpoint stalled: a control request was refused, or the endpoint is halted (see usbx_clear_halt).</summary>
    public const int USBX_ERROR_PIPE = -9;

    /// <summary>A signal interrupted the call.</summary>
    public const int USBX_ERROR_INTERRUPTED = -10;

    /// <summary>Memory ran out, the process's or the kernel's share for USB transfers.</summary>
    public const int USBX_ERROR_NO_MEM = -11;

    /// <summary>This platform or device does not support it.</summary>
    public const int USBX_ERROR_NOT_SUPPORTED = -12;

    /// <summary>An error that has no number of its own.</summary>
    public const int USBX_ERROR_OTHER = -99;

    /// <summary>The handle is NULL, closed, forged, or of another kind.</summary>
    public const int USBX_ERROR_INVALID_HANDLE = -100;

    /// <summary>usbx_cancel ended the transfer; what moved until then is counted and in the buffer.</summary>
    public const int USBX_ERROR_CANCELLED = -101;

    /// <summary>Another thread closed the handle during the call; what moved until then is counted and in the buffer.</summary>
    public const int USBX_ERROR_CLOSED = -102;

    /// <summary>The interface is not claimed by this handle; call usbx_claim first.</summary>
    public const int USBX_ERROR_NOT_CLAIMED = -103;

    /// <summary>The handle was opened before fork(), in the parent process; open the device anew in the child.</summary>
    public const int USBX_ERROR_FORKED = -104;

    /// <summary>A defect in usbx itself, with its place in usbx_last_error(); please report it.</summary>
    public const int USBX_ERROR_INTERNAL = -105;

    /// <summary>The version of the library that is loaded: "0.1.0".</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern IntPtr usbx_version();

    /// <summary>The name of a status as the header spells it: "USBX_ERROR_TIMEOUT".</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern IntPtr usbx_error_name(int status);

    /// <summary>One plain sentence on a status.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern IntPtr usbx_error_text(int status);

    /// <summary>The calling thread's last failure, as one sentence to act on: what was tried, on which device, what stood in the way and what to do.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern IntPtr usbx_last_error();

    /// <summary>Closes all that is open: every handle of this process, whichever thread opened it.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_shutdown(out UIntPtr leaked);

    /// <summary>Lists the devices there are now: those on the bus, root hubs among them, and the virtual ones, in path order.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_devices([In, Out] usbx_device_info[] devices, UIntPtr capacity, out UIntPtr count);

    /// <summary>Opens the device of these IDs and, if given, this serial number.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_open(ushort vendor_id, ushort product_id, [MarshalAs(UnmanagedType.LPUTF8Str)] string serial, out usbx_device device);

    /// <summary>Opens the device that is plugged in at this place, whatever it is.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_open_path([MarshalAs(UnmanagedType.LPUTF8Str)] string path, out usbx_device device);

    /// <summary>Makes a handle of a usbfs descriptor that someone else opened: Android's UsbDeviceConnection, a Flatpak portal, a service manager.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_open_fd(int fd, out usbx_device device);

    /// <summary>Closes a device: ends its pending calls with USBX_ERROR_CLOSED, gives back claims and detached kernel drivers.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_close(IntPtr device);

    /// <summary>Tells what usbx_devices tells, of an open device.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_info(usbx_device device, out usbx_device_info info);

    /// <summary>Tells the active configuration.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_get_configuration(usbx_device device, out byte configuration);

    /// <summary>Selects a configuration.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_set_configuration(usbx_device device, byte configuration);

    /// <summary>Claims an interface for this handle: its endpoints can be used from then on, and nobody else can claim it.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_claim(usbx_device device, byte interface_number);

    /// <summary>Gives an interface back.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_release(usbx_device device, byte interface_number);

    /// <summary>Selects an alternate setting of a claimed interface.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_set_alt_setting(usbx_device device, byte interface_number, byte alt_setting);

    /// <summary>Tells which kernel driver holds an interface, such as "usbhid".</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_kernel_driver(usbx_device device, byte interface_number, byte[] name, UIntPtr capacity, out UIntPtr length);

    /// <summary>Takes an interface away from the kernel driver that holds it, so that it can be claimed.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_detach_kernel_driver(usbx_device device, byte interface_number);

    /// <summary>Gives an interface to the kernel's drivers now, without waiting for usbx_close: one that usbx_detach_kernel_driver took away, or that some program left without.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_attach_kernel_driver(usbx_device device, byte interface_number);

    /// <summary>Lists the endpoints of the active configuration, of every interface and every alternate setting; endpoint 0 is not among them.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_endpoints(usbx_device device, [In, Out] usbx_endpoint[] endpoints, UIntPtr capacity, out UIntPtr count);

    /// <summary>Gives the descriptors of a device that usbx_devices lists, without opening it: its device descriptor of 18 bytes, and behind that each of its configuration descriptors with all that follows it, as the device sent them when it was plugged in.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_descriptors([MarshalAs(UnmanagedType.LPUTF8Str)] string path, byte[] data, UIntPtr capacity, out UIntPtr length);

    /// <summary>Asks the device for a descriptor, as it sends it.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_get_descriptor(usbx_device device, byte type, byte index, byte[] data, UIntPtr length, out UIntPtr transferred);

    /// <summary>Asks the device for a string, in UTF-8.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_get_string(usbx_device device, byte index, ushort language, byte[] text, UIntPtr capacity, out UIntPtr length);

    /// <summary>Sends a control request and moves its data, either way.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_control(usbx_device device, byte request_type, byte request, ushort value, ushort index, byte[] data, ushort length, uint timeout_ms, out UIntPtr transferred);

    /// <summary>Reads from a bulk endpoint until the buffer is full, or a short packet (one below the packet size) ends the read.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_bulk_read(usbx_device device, byte endpoint, byte[] data, UIntPtr length, uint timeout_ms, out UIntPtr transferred);

    /// <summary>Writes to a bulk endpoint.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_bulk_write(usbx_device device, byte endpoint, byte[] data, UIntPtr length, uint timeout_ms, out UIntPtr transferred);

    /// <summary>Reads from an interrupt endpoint: as usbx_bulk_read, for endpoints of type interrupt.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_interrupt_read(usbx_device device, byte endpoint, byte[] data, UIntPtr length, uint timeout_ms, out UIntPtr transferred);

    /// <summary>Writes to an interrupt endpoint: as usbx_bulk_write, for endpoints of type interrupt.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_interrupt_write(usbx_device device, byte endpoint, byte[] data, UIntPtr length, uint timeout_ms, out UIntPtr transferred);

    /// <summary>Clears the halt of a claimed interface's endpoint, on the device and in the host's driver: after USBX_ERROR_PIPE, so that data flows again.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_clear_halt(usbx_device device, byte endpoint);

    /// <summary>Resets the device, as if it were unplugged and plugged in, but the handle, its claims and its alternate settings survive where the device comes back the same.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_reset(usbx_device device);

    /// <summary>Ends every pending transfer of an endpoint with USBX_ERROR_CANCELLED; their calls, in other threads, return with what moved until then.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_cancel(usbx_device device, byte endpoint);

    /// <summary>Reads packets from an isochronous endpoint, one in each service interval, and waits for the last of them.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_isochronous_read(usbx_device device, byte endpoint, byte[] data, UIntPtr length, [In, Out] usbx_packet[] packets, UIntPtr packet_count, uint timeout_ms, out UIntPtr transferred);

    /// <summary>Sends packets to an isochronous endpoint, one in each service interval, and waits for the last of them.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_isochronous_write(usbx_device device, byte endpoint, byte[] data, UIntPtr length, [In, Out] usbx_packet[] packets, UIntPtr packet_count, uint timeout_ms, out UIntPtr transferred);

    /// <summary>Opens a completion queue.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_queue_open(out usbx_queue queue);

    /// <summary>Starts a transfer whose completion the queue will give.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_submit(usbx_device device, usbx_queue queue, ref usbx_transfer transfer, out ulong id);

    /// <summary>Waits for completions and takes as many as there are and fit.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_queue_wait(usbx_queue queue, [In, Out] usbx_completion[] completions, UIntPtr capacity, uint timeout_ms, out UIntPtr count);

    /// <summary>Ends a transfer early: its completion comes with USBX_ERROR_CANCELLED and what moved until then, or as it was if it is complete already.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_queue_cancel(usbx_queue queue, ulong id);

    /// <summary>A descriptor for select(), poll(), epoll and event loops: readable when usbx_queue_wait with USBX_NO_WAIT should be called.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_queue_fd(usbx_queue queue, out int fd);

    /// <summary>Closes a queue: cancels what is pending, and returns when no buffer is in use any more.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_queue_close(IntPtr queue);

    /// <summary>Opens a stream on a bulk, interrupt or isochronous endpoint of a claimed interface.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_stream_open(usbx_device device, byte endpoint, ref usbx_stream_options options, out usbx_stream stream);

    /// <summary>Opens a stream on a bulk, interrupt or isochronous endpoint of a claimed interface.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_stream_open(usbx_device device, byte endpoint, IntPtr options, out usbx_stream stream);

    /// <summary>Borrows the next chunk of an IN stream, without a copy: what a transfer brought that is full, or that a short packet ended, or, when the time is up, what has come until then.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_stream_next(usbx_stream stream, uint timeout_ms, out usbx_chunk chunk);

    /// <summary>Reads from an IN stream as from a file: waits for the first byte, and returns with what is there.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_stream_read(usbx_stream stream, byte[] data, UIntPtr length, uint timeout_ms, out UIntPtr transferred);

    /// <summary>Writes to an OUT stream as to a file: the bytes are taken in, waiting for room, and are sent when a transfer is full or usbx_stream_flush is called.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_stream_write(usbx_stream stream, byte[] data, UIntPtr length, uint timeout_ms, out UIntPtr transferred);

    /// <summary>Lends room of an OUT stream to be filled in place: usbx_stream_write without its copy.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_stream_space(usbx_stream stream, uint timeout_ms, out IntPtr data, out UIntPtr length);

    /// <summary>Writes what was put into the room that usbx_stream_space lent, as usbx_stream_write does with its bytes.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_stream_commit(usbx_stream stream, UIntPtr length);

    /// <summary>Sends what was written, and returns when the device has taken all of it.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_stream_flush(usbx_stream stream, uint timeout_ms);

    /// <summary>Tells what a stream has done so far.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_stream_stats(usbx_stream stream, out usbx_stream_statistics statistics);

    /// <summary>A descriptor for select(), poll(), epoll and event loops: readable when usbx_stream_next or usbx_stream_read with USBX_NO_WAIT should be called.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_stream_fd(usbx_stream stream, out int fd);

    /// <summary>Closes a stream: ends its transfers and calls, and returns when nothing of it is in use.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_stream_close(IntPtr stream);

    /// <summary>Begins to watch which devices come and go, on the bus and among the virtual ones.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_watch_open(ushort vendor_id, ushort product_id, out usbx_watch watch);

    /// <summary>Takes the next event, in the order in which they happened.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_watch_next(usbx_watch watch, uint timeout_ms, out int @event, out usbx_device_info info);

    /// <summary>A descriptor for select(), poll(), epoll and event loops: readable when usbx_watch_next with USBX_NO_WAIT should be called, until that gives USBX_ERROR_TIMEOUT.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_watch_fd(usbx_watch watch, out int fd);

    /// <summary>Ends a watch.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_watch_close(IntPtr watch);

    /// <summary>Plugs in a virtual device: from then on usbx_devices lists it and usbx_open opens it, like a real one.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_virtual_open([MarshalAs(UnmanagedType.LPUTF8Str)] string model, [MarshalAs(UnmanagedType.LPUTF8Str)] string serial, out usbx_virtual virtual_device);

    /// <summary>Pulls the virtual device out, as a hand would: its pending transfers end with USBX_ERROR_NO_DEVICE, and it is not listed any more.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_virtual_unplug(usbx_virtual virtual_device);

    /// <summary>Pulls the virtual device out, if it is still plugged in, and frees its handle.</summary>
    [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
    public static extern int usbx_virtual_close(IntPtr virtual_device);

    /// <summary>The string at a pointer that the library returned; it is UTF-8 and stays the library's.</summary>
    public static string Text(IntPtr text) { return Marshal.PtrToStringAnsi(text); }
}
