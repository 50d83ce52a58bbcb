/* What usbx.h declares, in the C that MATLAB's loadlibrary reads on 64-bit Linux: no includes, no types of its own but structs.
 * A handle is an unsigned long (uint64), where the header has a pointer that nobody may follow; so is size_t.
 * Derived from the header by languages/derive, which `make declarations` runs; edit there. docs/languages.md explains it.
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What is known of a device without opening it. 1488 bytes. */
struct usbx_device_info {
    unsigned short vendor_id; /* idVendor. */
    unsigned short product_id; /* idProduct. */
    unsigned short device_version; /* bcdDevice: 0x0100 is release 1.00. */
    unsigned short usb_version; /* bcdUSB: 0x0200 is USB 2.0. */
    unsigned char device_class; /* bDeviceClass; 0 says that each interface has its own. */
    unsigned char device_subclass; /* bDeviceSubClass. */
    unsigned char device_protocol; /* bDeviceProtocol. */
    unsigned char configurations; /* How many configurations the device has. */
    unsigned char bus; /* Number of the bus. */
    unsigned char address; /* Address on the bus; changes each time the device is plugged in. */
    unsigned char speed; /* USBX_SPEED_*. */
    unsigned char backend; /* USBX_BACKEND_*. */
    char path[256]; /* Where the device is plugged in: "2-1.4" is bus 2, port 1, port 4 of the hub there; "usb2" bus 2's root hub; "virtual/1" a virtual device. */
    char manufacturer[384]; /* iManufacturer. */
    char product[384]; /* iProduct. */
    char serial[384]; /* iSerialNumber. */
    unsigned char reserved[64]; /* 0. */
};

/* An endpoint of the active configuration. 28 bytes. */
struct usbx_endpoint {
    unsigned char address; /* bEndpointAddress: bit 7 is set for IN, device to host. */
    unsigned char type; /* USBX_TYPE_*. */
    unsigned char interface_number; /* The interface it belongs to, to be claimed with usbx_claim. */
    unsigned char alt_setting; /* The alternate setting it belongs to, to be selected with usbx_set_alt_setting if it is not 0. */
    unsigned short max_packet_size; /* Bytes in a packet: wMaxPacketSize without its bits 11 and 12. */
    unsigned char packets_per_interval; /* Packets in one service interval: up to 3 at high speed, (bMaxBurst + 1) x (Mult + 1) at SuperSpeed, else 1. */
    unsigned char interval; /* bInterval as the device gives it: milliseconds at low and full speed, 2^(n-1) x 125 us above. */
    unsigned int max_bytes_per_interval; /* Bytes in one service interval: max_packet_size x packets_per_interval, or the device's wBytesPerInterval. */
    unsigned char reserved[16]; /* 0. */
};

/* One packet of an isochronous transfer. 16 bytes. */
struct usbx_packet {
    unsigned int length; /* Before: bytes to send, or room to receive; the endpoint's max_bytes_per_interval at the most. */
    unsigned int transferred; /* After: bytes that moved. */
    int status; /* After: USBX_OK, or what happened to this packet alone; USBX_ERROR_CANCELLED if it was never on the bus. */
    unsigned int reserved; /* 0. */
};

/* A transfer to submit. 88 bytes. */
struct usbx_transfer {
    unsigned char type; /* USBX_TYPE_*. */
    unsigned char endpoint; /* bEndpointAddress, not for control requests. */
    unsigned char request_type; /* Control: bmRequestType; bit 7 set means IN. */
    unsigned char request; /* Control: bRequest. */
    unsigned short value; /* Control: wValue. */
    unsigned short index; /* Control: wIndex. */
    unsigned int timeout_ms; /* Milliseconds the transfer may take; USBX_NO_TIMEOUT: for ever. */
    unsigned int reserved_1; /* 0. */
    unsigned char *data; /* The bytes to send or to receive into. */
    unsigned long length; /* How many; 65535 at the most for control. */
    struct usbx_packet *packets; /* Isochronous: the packets, as usbx_isochronous_read. */
    unsigned long packet_count; /* Isochronous: how many. */
    unsigned long user_data; /* Comes back in the completion, as it is. */
    unsigned char reserved[32]; /* 0. */
};

/* How a transfer went. 72 bytes. */
struct usbx_completion {
    unsigned long id; /* The number that usbx_submit gave. */
    unsigned long user_data; /* From the transfer. */
    unsigned long timestamp_ns; /* When it completed: nanoseconds of CLOCK_MONOTONIC. */
    unsigned long transferred; /* Bytes that moved, on failure too. */
    int status; /* USBX_OK, or why the transfer ended early. */
    unsigned char reserved[36]; /* 0. */
};

/* How a stream is to work. 64 bytes. */
struct usbx_stream_options {
    unsigned long size; /* Bytes in one transfer, a multiple of the packet size, 16 MiB at the most. */
    unsigned long depth; /* Transfers in flight, 1024 at the most. */
    unsigned int memory; /* USBX_MEMORY_*. */
    unsigned int flags; /* 0, or USBX_STREAM_EXACT_TIME. */
    unsigned char reserved[40]; /* 0. */
};

/* What one transfer of a stream brought. 80 bytes. */
struct usbx_chunk {
    unsigned char *data; /* The bytes; the library's, and valid until the next call of usbx_stream_next, usbx_stream_read or usbx_stream_close. */
    unsigned long length; /* How many; 0 for a zero-length packet. */
    unsigned long timestamp_ns; /* When it was found complete, in nanoseconds of CLOCK_MONOTONIC: at once while a call for the stream waits, otherwise at the next call, or at once in any case with USBX_STREAM_EXACT_TIME. */
    unsigned long sequence; /* Counts the chunks of the stream, from 0. */
    struct usbx_packet *packets; /* The packets of an isochronous transfer, in their order, as long valid as data; NULL for bulk and interrupt. */
    unsigned long packet_count; /* How many. */
    int status; /* USBX_OK, or how the transfer ended that brought these bytes: usbx_stream_next says the same when all of them were taken. */
    unsigned char reserved[28]; /* 0. */
};

/* What a stream has done so far. 144 bytes. */
struct usbx_stream_statistics {
    unsigned long bytes; /* Bytes that moved. */
    unsigned long transfers; /* Transfers that completed. */
    unsigned long short_packets; /* Transfers IN that a short packet ended. */
    unsigned long stalls; /* Transfers that ended with USBX_ERROR_PIPE. */
    unsigned long overflows; /* Transfers that ended with USBX_ERROR_OVERFLOW. */
    unsigned long other_errors; /* Transfers that failed otherwise; cancelled ones, and those of an unplugged device, do not count. */
    unsigned long device_waits; /* How often no transfer was in flight because the reader was late: the device had to wait. */
    unsigned long deepest_backlog; /* The most chunks that waited for the reader. */
    unsigned long packets; /* Isochronous packets IN that were asked for. */
    unsigned long lost_packets; /* Isochronous packets IN that were lost: those with an error, and as many as there were intervals in which nothing was in flight because the reader was late (reckoned by the clock, to about one transfer). */
    unsigned long depth; /* Transfers in flight at the most, as it turned out. */
    unsigned long size; /* Bytes in one transfer. */
    unsigned int memory; /* USBX_MEMORY_HEAP or USBX_MEMORY_MAPPED. */
    unsigned char reserved[44]; /* 0. */
};

/* The version of the library that is loaded: "0.1.0". */
const char *usbx_version(void);

/* The name of a status as the header spells it: "USBX_ERROR_TIMEOUT". */
const char *usbx_error_name(int status);

/* One plain sentence on a status. */
const char *usbx_error_text(int status);

/* The calling thread's last failure, as one sentence to act on: what was tried, on which device, what stood in the way and what to do. */
const char *usbx_last_error(void);

/* Closes all that is open: every handle of this process, whichever thread opened it. */
int usbx_shutdown(unsigned long *leaked);

/* Lists the devices there are now: those on the bus, root hubs among them, and the virtual ones, in path order. */
int usbx_devices(struct usbx_device_info *devices, unsigned long capacity, unsigned long *count);

/* Opens the device of these IDs and, if given, this serial number. */
int usbx_open(unsigned short vendor_id, unsigned short product_id, const char *serial, unsigned long *device);

/* Opens the device that is plugged in at this place, whatever it is. */
int usbx_open_path(const char *path, unsigned long *device);

/* Makes a handle of a usbfs descriptor that someone else opened: Android's UsbDeviceConnection, a Flatpak portal, a service manager. */
int usbx_open_fd(int fd, unsigned long *device);

/* Closes a device: ends its pending calls with USBX_ERROR_CLOSED, gives back claims and detached kernel drivers. */
int usbx_close(unsigned long device);

/* Tells what usbx_devices tells, of an open device. */
int usbx_info(unsigned long device, struct usbx_device_info *info);

/* Tells the active configuration. */
int usbx_get_configuration(unsigned long device, unsigned char *configuration);

/* Selects a configuration. */
int usbx_set_configuration(unsigned long device, unsigned char configuration);

/* Claims an interface for this handle: its endpoints can be used from then on, and nobody else can claim it. */
int usbx_claim(unsigned long device, unsigned char interface_number);

/* Gives an interface back. */
int usbx_release(unsigned long device, unsigned char interface_number);

/* Selects an alternate setting of a claimed interface. */
int usbx_set_alt_setting(unsigned long device, unsigned char interface_number, unsigned char alt_setting);

/* Tells which kernel driver holds an interface, such as "usbhid". */
int usbx_kernel_driver(unsigned long device, unsigned char interface_number, char *name, unsigned long capacity, unsigned long *length);

/* Takes an interface away from the kernel driver that holds it, so that it can be claimed. */
int usbx_detach_kernel_driver(unsigned long device, unsigned char interface_number);

/* Gives an interface to the kernel's drivers now, without waiting for usbx_close: one that usbx_detach_kernel_driver took away, or that some program left without. */
int usbx_attach_kernel_driver(unsigned long device, unsigned char interface_number);

/* Lists the endpoints of the active configuration, of every interface and every alternate setting; endpoint 0 is not among them. */
int usbx_endpoints(unsigned long device, struct usbx_endpoint *endpoints, unsigned long capacity, unsigned long *count);

/* Gives the descriptors of a device that usbx_devices lists, without opening it: its device descriptor of 18 bytes, and behind that each of its configuration descriptors with all that follows it, as the device sent them when it was plugged in. */
int usbx_descriptors(const char *path, unsigned char *data, unsigned long capacity, unsigned long *length);

/* Asks the device for a descriptor, as it sends it. */
int usbx_get_descriptor(unsigned long device, unsigned char type, unsigned char index, unsigned char *data, unsigned long length, unsigned long *transferred);

/* Asks the device for a string, in UTF-8. */
int usbx_get_string(unsigned long device, unsigned char index, unsigned short language, char *text, unsigned long capacity, unsigned long *length);

/* Sends a control request and moves its data, either way. */
int usbx_control(unsigned long device, unsigned char request_type, unsigned char request, unsigned short value, unsigned short index, unsigned char *data, unsigned short length, unsigned int timeout_ms, unsigned long *transferred);

/* Reads from a bulk endpoint until the buffer is full, or a short packet (one below the packet size) ends the read. */
int usbx_bulk_read(unsigned long device, unsigned char endpoint, unsigned char *data, unsigned long length, unsigned int timeout_ms, unsigned long *transferred);

/* Writes to a bulk endpoint. */
int usbx_bulk_write(unsigned long device, unsigned char endpoint, const unsigned char *data, unsigned long length, unsigned int timeout_ms, unsigned long *transferred);

/* Reads from an interrupt endpoint: as usbx_bulk_read, for endpoints of type interrupt. */
int usbx_interrupt_read(unsigned long device, unsigned char endpoint, unsigned char *data, unsigned long length, unsigned int timeout_ms, unsigned long *transferred);

/* Writes to an interrupt endpoint: as usbx_bulk_write, for endpoints of type interrupt. */
int usbx_interrupt_write(unsigned long device, unsigned char endpoint, const unsigned char *data, unsigned long length, unsigned int timeout_ms, unsigned long *transferred);

/* Clears the halt of a claimed interface's endpoint, on the device and in the host's driver: after USBX_ERROR_PIPE, so that data flows again. */
int usbx_clear_halt(unsigned long device, unsigned char endpoint);

/* Resets the device, as if it were unplugged and plugged in, but the handle, its claims and its alternate settings survive where the device comes back the same. */
int usbx_reset(unsigned long device);

/* Ends every pending transfer of an endpoint with USBX_ERROR_CANCELLED; their calls, in other threads, return with what moved until then. */
int usbx_cancel(unsigned long device, unsigned char endpoint);

/* Reads packets from an isochronous endpoint, one in each service interval, and waits for the last of them. */
int usbx_isochronous_read(unsigned long device, unsigned char endpoint, unsigned char *data, unsigned long length, struct usbx_packet *packets, unsigned long packet_count, unsigned int timeout_ms, unsigned long *transferred);

/* Sends packets to an isochronous endpoint, one in each service interval, and waits for the last of them. */
int usbx_isochronous_write(unsigned long device, unsigned char endpoint, const unsigned char *data, unsigned long length, struct usbx_packet *packets, unsigned long packet_count, unsigned int timeout_ms, unsigned long *transferred);

/* Opens a completion queue. */
int usbx_queue_open(unsigned long *queue);

/* Starts a transfer whose completion the queue will give. */
int usbx_submit(unsigned long device, unsigned long queue, const struct usbx_transfer *transfer, unsigned long *id);

/* Waits for completions and takes as many as there are and fit. */
int usbx_queue_wait(unsigned long queue, struct usbx_completion *completions, unsigned long capacity, unsigned int timeout_ms, unsigned long *count);

/* Ends a transfer early: its completion comes with USBX_ERROR_CANCELLED and what moved until then, or as it was if it is complete already. */
int usbx_queue_cancel(unsigned long queue, unsigned long id);

/* A descriptor for select(), poll(), epoll and event loops: readable when usbx_queue_wait with USBX_NO_WAIT should be called. */
int usbx_queue_fd(unsigned long queue, int *fd);

/* Closes a queue: cancels what is pending, and returns when no buffer is in use any more. */
int usbx_queue_close(unsigned long queue);

/* Opens a stream on a bulk, interrupt or isochronous endpoint of a claimed interface. */
int usbx_stream_open(unsigned long device, unsigned char endpoint, const struct usbx_stream_options *options, unsigned long *stream);

/* Borrows the next chunk of an IN stream, without a copy: what a transfer brought that is full, or that a short packet ended, or, when the time is up, what has come until then. */
int usbx_stream_next(unsigned long stream, unsigned int timeout_ms, struct usbx_chunk *chunk);

/* Reads from an IN stream as from a file: waits for the first byte, and returns with what is there. */
int usbx_stream_read(unsigned long stream, unsigned char *data, unsigned long length, unsigned int timeout_ms, unsigned long *transferred);

/* Writes to an OUT stream as to a file: the bytes are taken in, waiting for room, and are sent when a transfer is full or usbx_stream_flush is called. */
int usbx_stream_write(unsigned long stream, const unsigned char *data, unsigned long length, unsigned int timeout_ms, unsigned long *transferred);

/* Lends room of an OUT stream to be filled in place: usbx_stream_write without its copy. */
int usbx_stream_space(unsigned long stream, unsigned int timeout_ms, unsigned char **data, unsigned long *length);

/* Writes what was put into the room that usbx_stream_space lent, as usbx_stream_write does with its bytes. */
int usbx_stream_commit(unsigned long stream, unsigned long length);

/* Sends what was written, and returns when the device has taken all of it. */
int usbx_stream_flush(unsigned long stream, unsigned int timeout_ms);

/* Tells what a stream has done so far. */
int usbx_stream_stats(unsigned long stream, struct usbx_stream_statistics *statistics);

/* A descriptor for select(), poll(), epoll and event loops: readable when usbx_stream_next or usbx_stream_read with USBX_NO_WAIT should be called. */
int usbx_stream_fd(unsigned long stream, int *fd);

/* Closes a stream: ends its transfers and calls, and returns when nothing of it is in use. */
int usbx_stream_close(unsigned long stream);

/* Begins to watch which devices come and go, on the bus and among the virtual ones. */
int usbx_watch_open(unsigned short vendor_id, unsigned short product_id, unsigned long *watch);

/* Takes the next event, in the order in which they happened. */
int usbx_watch_next(unsigned long watch, unsigned int timeout_ms, int *event, struct usbx_device_info *info);

/* A descriptor for select(), poll(), epoll and event loops: readable when usbx_watch_next with USBX_NO_WAIT should be called, until that gives USBX_ERROR_TIMEOUT. */
int usbx_watch_fd(unsigned long watch, int *fd);

/* Ends a watch. */
int usbx_watch_close(unsigned long watch);

/* Plugs in a virtual device: from then on usbx_devices lists it and usbx_open opens it, like a real one. */
int usbx_virtual_open(const char *model, const char *serial, unsigned long *virtual_device);

/* Pulls the virtual device out, as a hand would: its pending transfers end with USBX_ERROR_NO_DEVICE, and it is not listed any more. */
int usbx_virtual_unplug(unsigned long virtual_device);

/* Pulls the virtual device out, if it is still plugged in, and frees its handle. */
int usbx_virtual_close(unsigned long virtual_device);
