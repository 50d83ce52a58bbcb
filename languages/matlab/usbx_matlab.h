/* The declarations of usbx.h in the C that MATLAB's loadlibrary reads on 64-bit Linux: no includes, and no own types except structs.
 * A handle, which is an opaque pointer in the header, is an unsigned long (uint64) here; so is size_t.
 * Derived from the header by languages/derive, which `make declarations` runs; edit there. docs/languages.md explains it.
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What is known of a device without opening it. 1488 bytes. */
struct usbx_device_info {
    unsigned short vendor_id; /* idVendor. */
    unsigned short product_id; /* idProduct. */
    unsigned short device_version; /* bcdDevice: 0x0100 is release 1.00. */
    unsigned short usb_version; /* bcdUSB: 0x0200 is USB 2.0. */
    unsigned char device_class; /* bDeviceClass; 0 means that each interface has its own class. */
    unsigned char device_subclass; /* bDeviceSubClass. */
    unsigned char device_protocol; /* bDeviceProtocol. */
    unsigned char configurations; /* Number of configurations the device has. */
    unsigned char bus; /* Number of the bus. */
    unsigned char address; /* Address on the bus; changes each time the device is plugged in. */
    unsigned char speed; /* The device's speed: USBX_SPEED_*. */
    unsigned char backend; /* How the device is reached: USBX_BACKEND_*. */
    char path[256]; /* Where the device is plugged in: "2-1.4" is bus 2, port 1, and port 4 of the hub there; "usb2" is the root hub of bus 2; "virtual/1" is a virtual device, "usbip://host/1-1" one of another computer (usbx_remote_devices). */
    char manufacturer[384]; /* Manufacturer's name (iManufacturer). */
    char product[384]; /* Product's name (iProduct). */
    char serial[384]; /* Serial number (iSerialNumber). */
    unsigned char reserved[64]; /* Always 0. */
};

/* An endpoint of the active configuration. 28 bytes. */
struct usbx_endpoint {
    unsigned char address; /* bEndpointAddress: bit 7 is set for IN, device to host. */
    unsigned char type; /* The endpoint's type: USBX_TYPE_*. */
    unsigned char interface_number; /* The interface it belongs to; claim that with usbx_claim. */
    unsigned char alt_setting; /* The alternate setting it belongs to; if that is not the selected one, select it with usbx_set_alt_setting. */
    unsigned short max_packet_size; /* Bytes in a packet, as the system uses it: wMaxPacketSize without its bits 11 and 12, and no more than USB allows for this type at the device's speed. */
    unsigned char packets_per_interval; /* Packets in one service interval: up to 3 at high speed, (bMaxBurst + 1) x (Mult + 1) at SuperSpeed, as many as dwBytesPerInterval needs at SuperSpeedPlus, else 1. */
    unsigned char interval; /* bInterval as the device gives it: milliseconds at low and full speed, 2^(n-1) x 125 us above. */
    unsigned int max_bytes_per_interval; /* Bytes in one service interval: max_packet_size x packets_per_interval, or the device's wBytesPerInterval or dwBytesPerInterval. */
    unsigned char reserved[16]; /* Always 0. */
};

/* An alternate setting of an interface of the active configuration. 32 bytes. */
struct usbx_interface {
    unsigned char number; /* bInterfaceNumber, for usbx_claim. */
    unsigned char alt_setting; /* bAlternateSetting, for usbx_set_alt_setting. */
    unsigned char selected; /* 1 if it is the selected one of its interface, else 0. */
    unsigned char interface_class; /* bInterfaceClass */
    unsigned char interface_subclass; /* bInterfaceSubClass */
    unsigned char interface_protocol; /* bInterfaceProtocol */
    unsigned char endpoints; /* Number of its endpoints that usbx_endpoints lists. */
    unsigned char string_index; /* iInterface: a string for usbx_get_string; 0 if there is none. */
    unsigned char association_first; /* bFirstInterface of the interface association it belongs to. */
    unsigned char association_count; /* bInterfaceCount of that association; 0 if it belongs to none. */
    unsigned char reserved[22]; /* Always 0. */
};

/* One packet of an isochronous transfer. 16 bytes. */
struct usbx_packet {
    unsigned int length; /* Set before the transfer: bytes to send, or room to receive; at most the endpoint's max_bytes_per_interval. */
    unsigned int transferred; /* Set by the transfer: bytes that moved. */
    int status; /* Set by the transfer: USBX_OK, or what happened to this packet alone; USBX_ERROR_CANCELLED if it was never on the bus. */
    unsigned int reserved; /* Always 0. */
};

/* A transfer to submit to a completion queue. 88 bytes. */
struct usbx_transfer {
    unsigned char type; /* The type of the transfer: USBX_TYPE_*. */
    unsigned char endpoint; /* bEndpointAddress; bit 7 is the direction. */
    unsigned char request_type; /* Control: bmRequestType; bit 7 set means IN. */
    unsigned char request; /* Control: bRequest. */
    unsigned short value; /* Control: wValue. */
    unsigned short index; /* Control: wIndex. */
    unsigned int timeout_ms; /* Maximum time for the transfer, in milliseconds; USBX_NO_TIMEOUT: no limit. */
    unsigned int flags; /* 0, or USBX_TRANSFER_ZERO_PACKET. */
    unsigned char *data; /* The bytes to send, or the buffer to receive into. */
    unsigned long length; /* Size of data in bytes; at most 65535 for control. */
    struct usbx_packet *packets; /* Isochronous: the packets, as in usbx_isochronous_read. */
    unsigned long packet_count; /* Isochronous: number of packets. */
    unsigned long user_data; /* A value of the caller's choice; the completion returns it unchanged. */
    unsigned int stream; /* Bulk: the number of the stream, from 1, if the endpoint has bulk streams (usbx_bulk_streams_alloc); otherwise 0. */
    unsigned char reserved[28]; /* Set to 0. */
};

/* The outcome of one transfer. 72 bytes. */
struct usbx_completion {
    unsigned long id; /* The number that usbx_submit returned for the transfer. */
    unsigned long user_data; /* The caller's value from the transfer. */
    unsigned long timestamp_ns; /* When the transfer completed, in nanoseconds of CLOCK_MONOTONIC. */
    unsigned long transferred; /* Bytes that moved, on failure too. */
    int status; /* USBX_OK, or why the transfer ended early. */
    unsigned char reserved[36]; /* Always 0. */
};

/* Options of a stream. 64 bytes. */
struct usbx_stream_options {
    unsigned long size; /* Bytes in one transfer: a multiple of the packet size, at most 16 MiB. */
    unsigned long depth; /* Number of transfers in flight, at most 1024. */
    unsigned int memory; /* Where the stream's data are: USBX_MEMORY_*. */
    unsigned int flags; /* 0, or some of USBX_STREAM_*, added up. */
    unsigned char reserved[40]; /* Set to 0. */
};

/* The data of one transfer of a stream. 80 bytes. */
struct usbx_chunk {
    unsigned char *data; /* The bytes. */
    unsigned long length; /* Number of bytes; 0 for a zero-length packet. */
    unsigned long timestamp_ns; /* When the library found the transfer complete, in nanoseconds of CLOCK_MONOTONIC. */
    unsigned long sequence; /* Number of the chunk in its stream, from 0. */
    struct usbx_packet *packets; /* The packets of an isochronous transfer, in their order, valid as long as data; NULL for bulk and interrupt. */
    unsigned long packet_count; /* Number of packets. */
    int status; /* USBX_OK, or how the transfer that brought these bytes ended; usbx_stream_next returns the same status after all bytes have been taken, unless the stream keeps going (USBX_STREAM_KEEP_GOING). */
    unsigned char reserved[28]; /* Always 0. */
};

/* What a stream has done so far. 144 bytes. */
struct usbx_stream_statistics {
    unsigned long bytes; /* Bytes that moved. */
    unsigned long transfers; /* Transfers that completed. */
    unsigned long short_packets; /* IN transfers that a short packet ended. */
    unsigned long stalls; /* Transfers that ended with USBX_ERROR_PIPE. */
    unsigned long overflows; /* Transfers that ended with USBX_ERROR_OVERFLOW. */
    unsigned long other_errors; /* Transfers that failed in another way; cancelled transfers, and those of an unplugged device, do not count. */
    unsigned long device_waits; /* How often the reader was so late that no transfer was in flight and the device had to wait. */
    unsigned long deepest_backlog; /* Maximum number of chunks that waited for the reader. */
    unsigned long packets; /* Isochronous IN packets that were requested. */
    unsigned long lost_packets; /* Isochronous IN packets that were lost: packets with an error, and the intervals in which no transfer was in flight because the reader, or the computer, was late. */
    unsigned long depth; /* Maximum number of transfers in flight that the stream uses. */
    unsigned long size; /* Bytes in one transfer. */
    unsigned int memory; /* The kind of memory in use: USBX_MEMORY_HEAP or USBX_MEMORY_MAPPED. */
    unsigned char reserved[44]; /* Always 0. */
};

/* Something that happened to a virtual device. 64 bytes. */
struct usbx_virtual_event {
    int event; /* USBX_VIRTUAL_*; 0 if nothing happened. */
    unsigned char request_type; /* USBX_VIRTUAL_SETUP: bmRequestType; bit 7 set means that the host wants data. */
    unsigned char request; /* USBX_VIRTUAL_SETUP: bRequest. */
    unsigned short value; /* USBX_VIRTUAL_SETUP: wValue, in the computer's byte order. */
    unsigned short index; /* USBX_VIRTUAL_SETUP: wIndex, in the computer's byte order. */
    unsigned short length; /* USBX_VIRTUAL_SETUP: wLength, in bytes. */
    unsigned char endpoint; /* USBX_VIRTUAL_IN, _OUT, _HALT: bEndpointAddress. */
    unsigned char halted; /* USBX_VIRTUAL_HALT: 1 if the endpoint is halted now, 0 if it is not. */
    unsigned char configuration; /* USBX_VIRTUAL_CONFIGURED: bConfigurationValue, or 0 for the unconfigured state. */
    unsigned char interface_number; /* USBX_VIRTUAL_ALT_SETTING: bInterfaceNumber. */
    unsigned char alt_setting; /* USBX_VIRTUAL_ALT_SETTING: bAlternateSetting. */
    unsigned char reserved[7]; /* Always 0. */
    unsigned long lost; /* Number of events before this one that were lost, because more than 1024 waited. */
    unsigned long interval_ns; /* USBX_VIRTUAL_IN of an isochronous endpoint: when the interval begins that the packet is for, in nanoseconds of CLOCK_MONOTONIC. */
    unsigned char reserved2[24]; /* Always 0. */
};

/* A fault of a virtual device's transfers. 64 bytes. */
struct usbx_fault {
    unsigned int kind; /* USBX_FAULT_*. */
    unsigned int nth; /* Which transfer of the endpoint is meant, counted from now on; 0 or 1: the next one. */
    unsigned int repeat; /* 0: once. 1: each further nth transfer, too. */
    int status; /* USBX_FAULT_STATUS: USBX_ERROR_IO, USBX_ERROR_PIPE, USBX_ERROR_OVERFLOW or USBX_ERROR_OTHER. */
    unsigned long bytes; /* USBX_FAULT_STATUS, _SHORT, _UNPLUG: how many bytes move before. */
    unsigned int milliseconds; /* USBX_FAULT_DELAY, _NAK: time in milliseconds. */
    unsigned int seed; /* USBX_FAULT_CORRUPT: any number. */
    unsigned char reserved[32]; /* Set to 0. */
};

/* How a program and the recording that it uses as a device agree so far. 64 bytes. */
struct usbx_replay_statistics {
    unsigned long transfers; /* Transfers and control requests that ended as they had ended in the recording. */
    unsigned long departures; /* Those that ended with USBX_ERROR_OTHER: they were not in the recording, or nothing was left for them. */
    unsigned long remaining; /* Recorded transfers that the program has not asked for. */
    unsigned long frame; /* The number in the capture of the frame that the first departure met; 0 if there is none. */
    unsigned char reserved[32]; /* Always 0. */
};

/* Options of a capture. 344 bytes. */
struct usbx_capture_options {
    char path[256]; /* Captures only the device at this path, as in usbx_device_info; "": every device. */
    unsigned long snap_length; /* Maximum number of bytes of each transfer's data; the lengths in the file are still the true ones. 0: no limit. */
    unsigned long ring; /* 0: records are written as they come. */
    unsigned long memory; /* Memory in bytes for records that wait to be written, 512 KiB or more; 0: 32 MiB. */
    unsigned int flags; /* 0; there are no flags yet. */
    unsigned char reserved[60]; /* Set to 0. */
};

/* What a capture has done so far. 96 bytes. */
struct usbx_capture_statistics {
    unsigned long records; /* Records that are in the file, or in memory on the way there. */
    unsigned long bytes; /* Bytes of the file. */
    unsigned long dropped; /* Records that were lost: there was no memory left for them, or the file takes no more. */
    unsigned long replaced; /* Records of a ring that newer ones replaced before they were written. */
    unsigned long errors; /* Transfers that failed; cancelled transfers, and those whose time was up, do not count. */
    unsigned long devices; /* Devices that were seen. */
    int status; /* USBX_OK, or USBX_ERROR_IO once the file takes no more; usbx_capture_close says why. */
    unsigned char reserved[44]; /* Always 0. */
};

/* Options of a share. 64 bytes. */
struct usbx_share_options {
    char *allow; /* The networks whose computers may connect, NUL-terminated: "192.168.1.0/24,fd00::/8,10.0.0.7". */
    unsigned int clients; /* How many clients may be connected at once; 0 for 64. */
    unsigned char reserved[52]; /* Set to 0. */
};

/* Returns the version of the loaded library, for example "0.1.0". */
const char *usbx_version(void);

/* Returns the name of a status as this header spells it, for example "USBX_ERROR_TIMEOUT". */
const char *usbx_error_name(int status);

/* Returns one plain sentence that describes a status. */
const char *usbx_error_text(int status);

/* Returns one sentence about the calling thread's last failure. */
const char *usbx_last_error(void);

/* Gets one sentence about the last failure of calls with a handle, whichever thread made the call. */
int usbx_handle_error(unsigned long handle, char *text, unsigned long capacity, unsigned long *length);

/* Closes every handle of this process, whichever thread opened it. */
int usbx_shutdown(unsigned long *leaked);

/* Lists the devices that are plugged in now, root hubs and virtual devices included, in the order of their paths. */
int usbx_devices(struct usbx_device_info *devices, unsigned long capacity, unsigned long *count);

/* Opens the device with these IDs and, if given, this serial number. */
int usbx_open(unsigned short vendor_id, unsigned short product_id, const char *serial, unsigned long *device);

/* Opens the device at a path, whichever device is plugged in there. */
int usbx_open_path(const char *path, unsigned long *device);

/* Makes a device handle from a usbfs file descriptor that other code opened. */
int usbx_open_fd(int fd, unsigned long *device);

/* Closes a device. */
int usbx_close(unsigned long device);

/* Describes an open device, as usbx_devices does; works after unplugging too. */
int usbx_info(unsigned long device, struct usbx_device_info *info);

/* Gets the number of the active configuration. */
int usbx_get_configuration(unsigned long device, unsigned char *configuration);

/* Selects a configuration, or takes the device back to the unconfigured state. */
int usbx_set_configuration(unsigned long device, unsigned char configuration);

/* Claims an interface, so that this handle can use its endpoints and no other program or handle can claim it. */
int usbx_claim(unsigned long device, unsigned char interface_number);

/* Releases a claimed interface. */
int usbx_release(unsigned long device, unsigned char interface_number);

/* Selects an alternate setting of a claimed interface. */
int usbx_set_alt_setting(unsigned long device, unsigned char interface_number, unsigned char alt_setting);

/* Gets the name of the kernel driver that holds an interface, for example "usbhid". */
int usbx_kernel_driver(unsigned long device, unsigned char interface_number, char *name, unsigned long capacity, unsigned long *length);

/* Detaches the kernel driver from an interface, so that it can be claimed. */
int usbx_detach_kernel_driver(unsigned long device, unsigned char interface_number);

/* Makes claims detach kernel drivers by themselves, or stops that. */
int usbx_set_auto_detach(unsigned long device, int enable);

/* Lets a kernel driver bind to an interface again, without waiting for usbx_close. */
int usbx_attach_kernel_driver(unsigned long device, unsigned char interface_number);

/* Lists the endpoints of the active configuration, in every interface and every alternate setting. */
int usbx_endpoints(unsigned long device, struct usbx_endpoint *endpoints, unsigned long capacity, unsigned long *count);

/* Lists the interfaces of the active configuration, with every alternate setting of each. */
int usbx_interfaces(unsigned long device, struct usbx_interface *interfaces, unsigned long capacity, unsigned long *count);

/* Gets the descriptors of a device that usbx_devices lists, without opening it. */
int usbx_descriptors(const char *path, unsigned char *data, unsigned long capacity, unsigned long *length);

/* Requests a descriptor from the device and returns it as the device sends it. */
int usbx_get_descriptor(unsigned long device, unsigned char type, unsigned char index, unsigned char *data, unsigned long length, unsigned long *transferred);

/* Requests a string from the device and returns it in UTF-8. */
int usbx_get_string(unsigned long device, unsigned char index, unsigned short language, char *text, unsigned long capacity, unsigned long *length);

/* Sends a control request and transfers its data, in either direction. */
int usbx_control(unsigned long device, unsigned char request_type, unsigned char request, unsigned short value, unsigned short index, unsigned char *data, unsigned short length, unsigned int timeout_ms, unsigned long *transferred);

/* Reads from a bulk endpoint until the buffer is full or a short packet ends the read. */
int usbx_bulk_read(unsigned long device, unsigned char endpoint, unsigned char *data, unsigned long length, unsigned int timeout_ms, unsigned long *transferred);

/* Writes to a bulk endpoint. */
int usbx_bulk_write(unsigned long device, unsigned char endpoint, const unsigned char *data, unsigned long length, unsigned int timeout_ms, unsigned long *transferred);

/* Reads from an interrupt endpoint until the buffer is full or a short packet ends the read. */
int usbx_interrupt_read(unsigned long device, unsigned char endpoint, unsigned char *data, unsigned long length, unsigned int timeout_ms, unsigned long *transferred);

/* Writes to an interrupt endpoint. */
int usbx_interrupt_write(unsigned long device, unsigned char endpoint, const unsigned char *data, unsigned long length, unsigned int timeout_ms, unsigned long *transferred);

/* Clears the halt of an endpoint, so that data flows again after USBX_ERROR_PIPE. */
int usbx_clear_halt(unsigned long device, unsigned char endpoint);

/* Resets the device, as if it were unplugged and plugged in again. */
int usbx_reset(unsigned long device);

/* Cancels all pending transfers of an endpoint. */
int usbx_cancel(unsigned long device, unsigned char endpoint);

/* Reads packets from an isochronous endpoint, one in each service interval. */
int usbx_isochronous_read(unsigned long device, unsigned char endpoint, unsigned char *data, unsigned long length, struct usbx_packet *packets, unsigned long packet_count, unsigned int timeout_ms, unsigned long *transferred);

/* Writes packets to an isochronous endpoint, one in each service interval. */
int usbx_isochronous_write(unsigned long device, unsigned char endpoint, const unsigned char *data, unsigned long length, struct usbx_packet *packets, unsigned long packet_count, unsigned int timeout_ms, unsigned long *transferred);

/* Allocates memory that transfers use without a copy. */
int usbx_buffer_alloc(unsigned long device, unsigned long length, unsigned char **buffer);

/* Frees a buffer from usbx_buffer_alloc. */
int usbx_buffer_free(unsigned char *buffer);

/* Opens a completion queue. */
int usbx_queue_open(unsigned long *queue);

/* Starts a transfer and returns at once; its completion comes from the queue. */
int usbx_submit(unsigned long device, unsigned long queue, const struct usbx_transfer *transfer, unsigned long *id);

/* Waits for transfers to complete and takes the completions that are there, as many as fit. */
int usbx_queue_wait(unsigned long queue, struct usbx_completion *completions, unsigned long capacity, unsigned int timeout_ms, unsigned long *count);

/* Cancels one transfer of a queue, or all of them. */
int usbx_queue_cancel(unsigned long queue, unsigned long id);

/* Gets a file descriptor that becomes readable when a queue has work to do. */
int usbx_queue_fd(unsigned long queue, int *fd);

/* Closes a queue. */
int usbx_queue_close(unsigned long queue);

/* Allocates bulk streams (USB 3) on some bulk endpoints of one claimed interface. */
int usbx_bulk_streams_alloc(unsigned long device, unsigned int count, const unsigned char *endpoints, unsigned long endpoint_count, unsigned int *allocated);

/* Frees the bulk streams of some endpoints, which then take transfers without a stream again. */
int usbx_bulk_streams_free(unsigned long device, const unsigned char *endpoints, unsigned long endpoint_count);

/* Opens a stream on a bulk, interrupt or isochronous endpoint of a claimed interface. */
int usbx_stream_open(unsigned long device, unsigned char endpoint, const struct usbx_stream_options *options, unsigned long *stream);

/* Borrows the next chunk of an IN stream, without a copy. */
int usbx_stream_next(unsigned long stream, unsigned int timeout_ms, struct usbx_chunk *chunk);

/* Reads from an IN stream like from a file: waits for the first byte, then returns what is there. */
int usbx_stream_read(unsigned long stream, unsigned char *data, unsigned long length, unsigned int timeout_ms, unsigned long *transferred);

/* Writes to an OUT stream like to a file. */
int usbx_stream_write(unsigned long stream, const unsigned char *data, unsigned long length, unsigned int timeout_ms, unsigned long *transferred);

/* Lends room in an OUT stream to be filled in place, which avoids the copy of usbx_stream_write. */
int usbx_stream_space(unsigned long stream, unsigned int timeout_ms, unsigned char **data, unsigned long *length);

/* Writes the bytes that were put into the room from usbx_stream_space. */
int usbx_stream_commit(unsigned long stream, unsigned long length);

/* Sends what was written and waits until the device has taken all of it. */
int usbx_stream_flush(unsigned long stream, unsigned int timeout_ms);

/* Gets the statistics of a stream. */
int usbx_stream_stats(unsigned long stream, struct usbx_stream_statistics *statistics);

/* Gets a file descriptor that becomes readable when a stream has work to do. */
int usbx_stream_fd(unsigned long stream, int *fd);

/* Closes a stream. */
int usbx_stream_close(unsigned long stream);

/* Starts to watch for devices that are plugged in and unplugged, virtual ones included. */
int usbx_watch_open(unsigned short vendor_id, unsigned short product_id, unsigned long *watch);

/* Takes the next event of a watch, in the order in which they happened. */
int usbx_watch_next(unsigned long watch, unsigned int timeout_ms, int *event, struct usbx_device_info *info);

/* Gets a file descriptor that becomes readable when a watch has an event. */
int usbx_watch_fd(unsigned long watch, int *fd);

/* Closes a watch. */
int usbx_watch_close(unsigned long watch);

/* Plugs in a virtual device: usbx_devices then lists it and usbx_open opens it, like a real one. */
int usbx_virtual_open(const char *model, const char *serial, unsigned long *virtual_device);

/* Makes a virtual device that this program answers for. */
int usbx_virtual_create(unsigned char speed, const unsigned char *descriptors, unsigned long length, unsigned long *virtual_device);

/* Adds a string to a virtual device, in one language. */
int usbx_virtual_string(unsigned long virtual_device, unsigned char index, unsigned short language, const char *text);

/* Adds a descriptor that hosts ask for by itself: a BOS, a HID report descriptor, or one in place of a descriptor that usbx_virtual_create got, which is then the one that requests get. */
int usbx_virtual_descriptor(unsigned long virtual_device, unsigned char type, unsigned char index, unsigned short recipient, const unsigned char *data, unsigned long length);

/* Lets a program answer standard requests of its virtual device itself, or leaves them to the library, as at first. */
int usbx_virtual_answer_standard_requests(unsigned long virtual_device, int enable);

/* Plugs in a virtual device: usbx_devices lists it, usbx_open opens it, watches report it. */
int usbx_virtual_plug(unsigned long virtual_device);

/* Gets the path of a virtual device, for usbx_open_path: "virtual/1" for example. */
int usbx_virtual_path(unsigned long virtual_device, char *path, unsigned long capacity, unsigned long *length);

/* Unplugs a virtual device, as if by hand. */
int usbx_virtual_unplug(unsigned long virtual_device);

/* Unplugs a virtual device, if it is still plugged in, and closes its handle. */
int usbx_virtual_close(unsigned long virtual_device);

/* Takes the next event of a virtual device from usbx_virtual_create, in the order in which they happened. */
int usbx_virtual_next(unsigned long virtual_device, unsigned int timeout_ms, struct usbx_virtual_event *event, unsigned char *data, unsigned long capacity, unsigned long *length);

/* Answers the control request in hand, which usbx_virtual_next gave. */
int usbx_virtual_reply(unsigned long virtual_device, const unsigned char *data, unsigned long length);

/* Refuses the control request in hand, or halts an endpoint. */
int usbx_virtual_stall(unsigned long virtual_device, unsigned char endpoint);

/* Sends data from a virtual device to the host, at an IN endpoint. */
int usbx_virtual_write(unsigned long virtual_device, unsigned char endpoint, const unsigned char *data, unsigned long length, unsigned int timeout_ms, unsigned long *transferred);

/* Receives data that the host sends to a virtual device, at an OUT endpoint. */
int usbx_virtual_read(unsigned long virtual_device, unsigned char endpoint, unsigned char *data, unsigned long capacity, unsigned int timeout_ms, unsigned long *transferred);

/* Gets a file descriptor that becomes readable when a virtual device has an event. */
int usbx_virtual_fd(unsigned long virtual_device, int *fd);

/* Makes transfers of a virtual device fail, deterministically: to try what a program does then. */
int usbx_virtual_fault(unsigned long virtual_device, unsigned char endpoint, const struct usbx_fault *fault);

/* Gets how far a recording has been played since it was plugged in last. */
int usbx_virtual_replay_stats(unsigned long virtual_device, struct usbx_replay_statistics *statistics, char *departure, unsigned long capacity, unsigned long *length);

/* Starts to capture what goes through the library from now on, of every device and every handle of this process, to a file that Wireshark reads. */
int usbx_capture_open(const char *path, const struct usbx_capture_options *options, unsigned long *capture);

/* Gets what a capture has done so far. */
int usbx_capture_stats(unsigned long capture, struct usbx_capture_statistics *statistics);

/* Ends a capture and closes its handle. */
int usbx_capture_close(unsigned long capture);

/* Opens a share: from now on clients of USB/IP can connect, Linux's usbip attach among them. */
int usbx_share_open(const char *address, const struct usbx_share_options *options, unsigned long *share);

/* Offers a device to clients, until the share is closed. */
int usbx_share_add(unsigned long share, const char *path, const char *busid);

/* Gets the address at which a share listens: "127.0.0.1:3240", with the real port where usbx_share_open got 0, or "unix:/path". */
int usbx_share_address(unsigned long share, char *text, unsigned long capacity, unsigned long *length);

/* Closes a share: disconnects every client, ends what is pending, gives every device back to its drivers, and returns when that is done. */
int usbx_share_close(unsigned long share);

/* Lists the devices that another computer exports over USB/IP, in its own order: those of "usbx share", of Linux's usbipd, of usbipd-win, of a simulator. */
int usbx_remote_devices(const char *host, struct usbx_device_info *devices, unsigned long capacity, unsigned long *count, unsigned int timeout_ms);

/* Opens a device of another computer over a connection that other code has made: ssh, a TLS proxy, vsock, inetd. */
int usbx_usbip_open_fd(int fd, const char *busid, unsigned long *device);
