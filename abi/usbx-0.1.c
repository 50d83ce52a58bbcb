/* SPDX-License-Identifier: MIT OR Apache-2.0
 * Made by `make abi`; see README.md. This is what programs built with this version rely on: a test compiles, links and runs it
 * with every later header and library, and it does not change after the release of the version. */
#include <stddef.h>
#include <stdint.h>
#include <usbx.h>

#define FIELD(type, name, is, at)                                                                                   \
    _Static_assert(__builtin_types_compatible_p(__typeof__(((type *)0)->name), is), #type "." #name " is not " #is); \
    _Static_assert(offsetof(type, name) == at, #type "." #name " has moved")
#define SYMBOL(name, version)          \
    extern void kept_##name(void);     \
    __asm__(".symver kept_" #name "," #name "@" version)

_Static_assert(__builtin_types_compatible_p(usbx_status, int32_t), "usbx_status is not int32_t");
_Static_assert(USBX_NO_WAIT == 0xFFFFFFFFu, "USBX_NO_WAIT has changed");
_Static_assert(USBX_SPEED_UNKNOWN == 0, "USBX_SPEED_UNKNOWN has changed");
_Static_assert(USBX_SPEED_LOW == 1, "USBX_SPEED_LOW has changed");
_Static_assert(USBX_SPEED_FULL == 2, "USBX_SPEED_FULL has changed");
_Static_assert(USBX_SPEED_HIGH == 3, "USBX_SPEED_HIGH has changed");
_Static_assert(USBX_SPEED_SUPER == 4, "USBX_SPEED_SUPER has changed");
_Static_assert(USBX_SPEED_SUPER_PLUS == 5, "USBX_SPEED_SUPER_PLUS has changed");
_Static_assert(USBX_BACKEND_SYSTEM == 0, "USBX_BACKEND_SYSTEM has changed");
_Static_assert(USBX_BACKEND_VIRTUAL == 1, "USBX_BACKEND_VIRTUAL has changed");
_Static_assert(USBX_BACKEND_USBIP == 2, "USBX_BACKEND_USBIP has changed");
_Static_assert(USBX_TYPE_CONTROL == 0, "USBX_TYPE_CONTROL has changed");
_Static_assert(USBX_TYPE_ISOCHRONOUS == 1, "USBX_TYPE_ISOCHRONOUS has changed");
_Static_assert(USBX_TYPE_BULK == 2, "USBX_TYPE_BULK has changed");
_Static_assert(USBX_TYPE_INTERRUPT == 3, "USBX_TYPE_INTERRUPT has changed");
_Static_assert(USBX_NO_TIMEOUT == 0, "USBX_NO_TIMEOUT has changed");
_Static_assert(USBX_TRANSFER_ZERO_PACKET == 1, "USBX_TRANSFER_ZERO_PACKET has changed");
_Static_assert(USBX_MEMORY_AUTO == 0, "USBX_MEMORY_AUTO has changed");
_Static_assert(USBX_MEMORY_HEAP == 1, "USBX_MEMORY_HEAP has changed");
_Static_assert(USBX_MEMORY_MAPPED == 2, "USBX_MEMORY_MAPPED has changed");
_Static_assert(USBX_STREAM_EXACT_TIME == 1, "USBX_STREAM_EXACT_TIME has changed");
_Static_assert(USBX_STREAM_KEEP_GOING == 2, "USBX_STREAM_KEEP_GOING has changed");
_Static_assert(USBX_STREAM_ZERO_PACKET == 4, "USBX_STREAM_ZERO_PACKET has changed");
_Static_assert(USBX_EVENT_ARRIVED == 1, "USBX_EVENT_ARRIVED has changed");
_Static_assert(USBX_EVENT_LEFT == 2, "USBX_EVENT_LEFT has changed");
_Static_assert(USBX_VIRTUAL_SETUP == 1, "USBX_VIRTUAL_SETUP has changed");
_Static_assert(USBX_VIRTUAL_RESET == 2, "USBX_VIRTUAL_RESET has changed");
_Static_assert(USBX_VIRTUAL_CONFIGURED == 3, "USBX_VIRTUAL_CONFIGURED has changed");
_Static_assert(USBX_VIRTUAL_ALT_SETTING == 4, "USBX_VIRTUAL_ALT_SETTING has changed");
_Static_assert(USBX_VIRTUAL_HALT == 5, "USBX_VIRTUAL_HALT has changed");
_Static_assert(USBX_VIRTUAL_OPENED == 6, "USBX_VIRTUAL_OPENED has changed");
_Static_assert(USBX_VIRTUAL_CLOSED == 7, "USBX_VIRTUAL_CLOSED has changed");
_Static_assert(USBX_VIRTUAL_IN == 8, "USBX_VIRTUAL_IN has changed");
_Static_assert(USBX_VIRTUAL_OUT == 9, "USBX_VIRTUAL_OUT has changed");
_Static_assert(USBX_FAULT_STATUS == 1, "USBX_FAULT_STATUS has changed");
_Static_assert(USBX_FAULT_DELAY == 2, "USBX_FAULT_DELAY has changed");
_Static_assert(USBX_FAULT_NAK == 3, "USBX_FAULT_NAK has changed");
_Static_assert(USBX_FAULT_SHORT == 4, "USBX_FAULT_SHORT has changed");
_Static_assert(USBX_FAULT_CORRUPT == 5, "USBX_FAULT_CORRUPT has changed");
_Static_assert(USBX_FAULT_BABBLE == 6, "USBX_FAULT_BABBLE has changed");
_Static_assert(USBX_FAULT_UNPLUG == 7, "USBX_FAULT_UNPLUG has changed");
_Static_assert(USBX_OK == 0, "USBX_OK has changed");
_Static_assert(USBX_ERROR_IO == -1, "USBX_ERROR_IO has changed");
_Static_assert(USBX_ERROR_INVALID_PARAM == -2, "USBX_ERROR_INVALID_PARAM has changed");
_Static_assert(USBX_ERROR_ACCESS == -3, "USBX_ERROR_ACCESS has changed");
_Static_assert(USBX_ERROR_NO_DEVICE == -4, "USBX_ERROR_NO_DEVICE has changed");
_Static_assert(USBX_ERROR_NOT_FOUND == -5, "USBX_ERROR_NOT_FOUND has changed");
_Static_assert(USBX_ERROR_BUSY == -6, "USBX_ERROR_BUSY has changed");
_Static_assert(USBX_ERROR_TIMEOUT == -7, "USBX_ERROR_TIMEOUT has changed");
_Static_assert(USBX_ERROR_OVERFLOW == -8, "USBX_ERROR_OVERFLOW has changed");
_Static_assert(USBX_ERROR_PIPE == -9, "USBX_ERROR_PIPE has changed");
_Static_assert(USBX_ERROR_INTERRUPTED == -10, "USBX_ERROR_INTERRUPTED has changed");
_Static_assert(USBX_ERROR_NO_MEM == -11, "USBX_ERROR_NO_MEM has changed");
_Static_assert(USBX_ERROR_NOT_SUPPORTED == -12, "USBX_ERROR_NOT_SUPPORTED has changed");
_Static_assert(USBX_ERROR_OTHER == -99, "USBX_ERROR_OTHER has changed");
_Static_assert(USBX_ERROR_INVALID_HANDLE == -100, "USBX_ERROR_INVALID_HANDLE has changed");
_Static_assert(USBX_ERROR_CANCELLED == -101, "USBX_ERROR_CANCELLED has changed");
_Static_assert(USBX_ERROR_CLOSED == -102, "USBX_ERROR_CLOSED has changed");
_Static_assert(USBX_ERROR_NOT_CLAIMED == -103, "USBX_ERROR_NOT_CLAIMED has changed");
_Static_assert(USBX_ERROR_FORKED == -104, "USBX_ERROR_FORKED has changed");
_Static_assert(USBX_ERROR_INTERNAL == -105, "USBX_ERROR_INTERNAL has changed");

_Static_assert(sizeof(usbx_device_info) == 1488, "usbx_device_info has another size");
FIELD(usbx_device_info, vendor_id, uint16_t, 0);
FIELD(usbx_device_info, product_id, uint16_t, 2);
FIELD(usbx_device_info, device_version, uint16_t, 4);
FIELD(usbx_device_info, usb_version, uint16_t, 6);
FIELD(usbx_device_info, device_class, uint8_t, 8);
FIELD(usbx_device_info, device_subclass, uint8_t, 9);
FIELD(usbx_device_info, device_protocol, uint8_t, 10);
FIELD(usbx_device_info, configurations, uint8_t, 11);
FIELD(usbx_device_info, bus, uint8_t, 12);
FIELD(usbx_device_info, address, uint8_t, 13);
FIELD(usbx_device_info, speed, uint8_t, 14);
FIELD(usbx_device_info, backend, uint8_t, 15);
FIELD(usbx_device_info, path, char[256], 16);
FIELD(usbx_device_info, manufacturer, char[384], 272);
FIELD(usbx_device_info, product, char[384], 656);
FIELD(usbx_device_info, serial, char[384], 1040);

_Static_assert(sizeof(usbx_endpoint) == 28, "usbx_endpoint has another size");
FIELD(usbx_endpoint, address, uint8_t, 0);
FIELD(usbx_endpoint, type, uint8_t, 1);
FIELD(usbx_endpoint, interface_number, uint8_t, 2);
FIELD(usbx_endpoint, alt_setting, uint8_t, 3);
FIELD(usbx_endpoint, max_packet_size, uint16_t, 4);
FIELD(usbx_endpoint, packets_per_interval, uint8_t, 6);
FIELD(usbx_endpoint, interval, uint8_t, 7);
FIELD(usbx_endpoint, max_bytes_per_interval, uint32_t, 8);

_Static_assert(sizeof(usbx_interface) == 32, "usbx_interface has another size");
FIELD(usbx_interface, number, uint8_t, 0);
FIELD(usbx_interface, alt_setting, uint8_t, 1);
FIELD(usbx_interface, selected, uint8_t, 2);
FIELD(usbx_interface, interface_class, uint8_t, 3);
FIELD(usbx_interface, interface_subclass, uint8_t, 4);
FIELD(usbx_interface, interface_protocol, uint8_t, 5);
FIELD(usbx_interface, endpoints, uint8_t, 6);
FIELD(usbx_interface, string_index, uint8_t, 7);
FIELD(usbx_interface, association_first, uint8_t, 8);
FIELD(usbx_interface, association_count, uint8_t, 9);

_Static_assert(sizeof(usbx_packet) == 16, "usbx_packet has another size");
FIELD(usbx_packet, length, uint32_t, 0);
FIELD(usbx_packet, transferred, uint32_t, 4);
FIELD(usbx_packet, status, usbx_status, 8);

_Static_assert(sizeof(usbx_transfer) == 88, "usbx_transfer has another size");
FIELD(usbx_transfer, type, uint8_t, 0);
FIELD(usbx_transfer, endpoint, uint8_t, 1);
FIELD(usbx_transfer, request_type, uint8_t, 2);
FIELD(usbx_transfer, request, uint8_t, 3);
FIELD(usbx_transfer, value, uint16_t, 4);
FIELD(usbx_transfer, index, uint16_t, 6);
FIELD(usbx_transfer, timeout_ms, uint32_t, 8);
FIELD(usbx_transfer, flags, uint32_t, 12);
FIELD(usbx_transfer, data, void *, 16);
FIELD(usbx_transfer, length, size_t, 24);
FIELD(usbx_transfer, packets, usbx_packet *, 32);
FIELD(usbx_transfer, packet_count, size_t, 40);
FIELD(usbx_transfer, user_data, uint64_t, 48);
FIELD(usbx_transfer, stream, uint32_t, 56);

_Static_assert(sizeof(usbx_completion) == 72, "usbx_completion has another size");
FIELD(usbx_completion, id, uint64_t, 0);
FIELD(usbx_completion, user_data, uint64_t, 8);
FIELD(usbx_completion, timestamp_ns, uint64_t, 16);
FIELD(usbx_completion, transferred, size_t, 24);
FIELD(usbx_completion, status, usbx_status, 32);

_Static_assert(sizeof(usbx_stream_options) == 64, "usbx_stream_options has another size");
FIELD(usbx_stream_options, size, size_t, 0);
FIELD(usbx_stream_options, depth, size_t, 8);
FIELD(usbx_stream_options, memory, uint32_t, 16);
FIELD(usbx_stream_options, flags, uint32_t, 20);

_Static_assert(sizeof(usbx_chunk) == 80, "usbx_chunk has another size");
FIELD(usbx_chunk, data, const void *, 0);
FIELD(usbx_chunk, length, size_t, 8);
FIELD(usbx_chunk, timestamp_ns, uint64_t, 16);
FIELD(usbx_chunk, sequence, uint64_t, 24);
FIELD(usbx_chunk, packets, const usbx_packet *, 32);
FIELD(usbx_chunk, packet_count, size_t, 40);
FIELD(usbx_chunk, status, usbx_status, 48);

_Static_assert(sizeof(usbx_stream_statistics) == 144, "usbx_stream_statistics has another size");
FIELD(usbx_stream_statistics, bytes, uint64_t, 0);
FIELD(usbx_stream_statistics, transfers, uint64_t, 8);
FIELD(usbx_stream_statistics, short_packets, uint64_t, 16);
FIELD(usbx_stream_statistics, stalls, uint64_t, 24);
FIELD(usbx_stream_statistics, overflows, uint64_t, 32);
FIELD(usbx_stream_statistics, other_errors, uint64_t, 40);
FIELD(usbx_stream_statistics, device_waits, uint64_t, 48);
FIELD(usbx_stream_statistics, deepest_backlog, uint64_t, 56);
FIELD(usbx_stream_statistics, packets, uint64_t, 64);
FIELD(usbx_stream_statistics, lost_packets, uint64_t, 72);
FIELD(usbx_stream_statistics, depth, uint64_t, 80);
FIELD(usbx_stream_statistics, size, uint64_t, 88);
FIELD(usbx_stream_statistics, memory, uint32_t, 96);

_Static_assert(sizeof(usbx_virtual_event) == 64, "usbx_virtual_event has another size");
FIELD(usbx_virtual_event, event, int32_t, 0);
FIELD(usbx_virtual_event, request_type, uint8_t, 4);
FIELD(usbx_virtual_event, request, uint8_t, 5);
FIELD(usbx_virtual_event, value, uint16_t, 6);
FIELD(usbx_virtual_event, index, uint16_t, 8);
FIELD(usbx_virtual_event, length, uint16_t, 10);
FIELD(usbx_virtual_event, endpoint, uint8_t, 12);
FIELD(usbx_virtual_event, halted, uint8_t, 13);
FIELD(usbx_virtual_event, configuration, uint8_t, 14);
FIELD(usbx_virtual_event, interface_number, uint8_t, 15);
FIELD(usbx_virtual_event, alt_setting, uint8_t, 16);
FIELD(usbx_virtual_event, lost, uint64_t, 24);
FIELD(usbx_virtual_event, interval_ns, uint64_t, 32);

_Static_assert(sizeof(usbx_fault) == 64, "usbx_fault has another size");
FIELD(usbx_fault, kind, uint32_t, 0);
FIELD(usbx_fault, nth, uint32_t, 4);
FIELD(usbx_fault, repeat, uint32_t, 8);
FIELD(usbx_fault, status, usbx_status, 12);
FIELD(usbx_fault, bytes, uint64_t, 16);
FIELD(usbx_fault, milliseconds, uint32_t, 24);
FIELD(usbx_fault, seed, uint32_t, 28);

_Static_assert(sizeof(usbx_replay_statistics) == 64, "usbx_replay_statistics has another size");
FIELD(usbx_replay_statistics, transfers, uint64_t, 0);
FIELD(usbx_replay_statistics, departures, uint64_t, 8);
FIELD(usbx_replay_statistics, remaining, uint64_t, 16);
FIELD(usbx_replay_statistics, frame, uint64_t, 24);

_Static_assert(sizeof(usbx_capture_options) == 344, "usbx_capture_options has another size");
FIELD(usbx_capture_options, path, char[256], 0);
FIELD(usbx_capture_options, snap_length, size_t, 256);
FIELD(usbx_capture_options, ring, size_t, 264);
FIELD(usbx_capture_options, memory, size_t, 272);
FIELD(usbx_capture_options, flags, uint32_t, 280);

_Static_assert(sizeof(usbx_capture_statistics) == 96, "usbx_capture_statistics has another size");
FIELD(usbx_capture_statistics, records, uint64_t, 0);
FIELD(usbx_capture_statistics, bytes, uint64_t, 8);
FIELD(usbx_capture_statistics, dropped, uint64_t, 16);
FIELD(usbx_capture_statistics, replaced, uint64_t, 24);
FIELD(usbx_capture_statistics, errors, uint64_t, 32);
FIELD(usbx_capture_statistics, devices, uint64_t, 40);
FIELD(usbx_capture_statistics, status, usbx_status, 48);

_Static_assert(sizeof(usbx_share_options) == 64, "usbx_share_options has another size");
FIELD(usbx_share_options, allow, const char *, 0);
FIELD(usbx_share_options, clients, uint32_t, 8);

const char *usbx_version(void);
const char *usbx_error_name(usbx_status status);
const char *usbx_error_text(usbx_status status);
const char *usbx_last_error(void);
usbx_status usbx_handle_error(const void *handle, char *text, size_t capacity, size_t *length);
usbx_status usbx_shutdown(size_t *leaked);
usbx_status usbx_devices(usbx_device_info *devices, size_t capacity, size_t *count);
usbx_status usbx_open(uint16_t vendor_id, uint16_t product_id, const char *serial, usbx_device **device);
usbx_status usbx_open_path(const char *path, usbx_device **device);
usbx_status usbx_open_fd(int32_t fd, usbx_device **device);
usbx_status usbx_close(usbx_device *device);
usbx_status usbx_info(usbx_device *device, usbx_device_info *info);
usbx_status usbx_get_configuration(usbx_device *device, uint8_t *configuration);
usbx_status usbx_set_configuration(usbx_device *device, uint8_t configuration);
usbx_status usbx_claim(usbx_device *device, uint8_t interface_number);
usbx_status usbx_release(usbx_device *device, uint8_t interface_number);
usbx_status usbx_set_alt_setting(usbx_device *device, uint8_t interface_number, uint8_t alt_setting);
usbx_status usbx_kernel_driver(usbx_device *device, uint8_t interface_number, char *name, size_t capacity, size_t *length);
usbx_status usbx_detach_kernel_driver(usbx_device *device, uint8_t interface_number);
usbx_status usbx_set_auto_detach(usbx_device *device, int32_t enable);
usbx_status usbx_attach_kernel_driver(usbx_device *device, uint8_t interface_number);
usbx_status usbx_endpoints(usbx_device *device, usbx_endpoint *endpoints, size_t capacity, size_t *count);
usbx_status usbx_interfaces(usbx_device *device, usbx_interface *interfaces, size_t capacity, size_t *count);
usbx_status usbx_descriptors(const char *path, void *data, size_t capacity, size_t *length);
usbx_status usbx_get_descriptor(usbx_device *device, uint8_t type, uint8_t index, void *data, size_t length, size_t *transferred);
usbx_status usbx_get_string(usbx_device *device, uint8_t index, uint16_t language, char *text, size_t capacity, size_t *length);
usbx_status usbx_control(usbx_device *device, uint8_t request_type, uint8_t request, uint16_t value, uint16_t index, void *data, uint16_t length, uint32_t timeout_ms, size_t *transferred);
usbx_status usbx_bulk_read(usbx_device *device, uint8_t endpoint, void *data, size_t length, uint32_t timeout_ms, size_t *transferred);
usbx_status usbx_bulk_write(usbx_device *device, uint8_t endpoint, const void *data, size_t length, uint32_t timeout_ms, size_t *transferred);
usbx_status usbx_interrupt_read(usbx_device *device, uint8_t endpoint, void *data, size_t length, uint32_t timeout_ms, size_t *transferred);
usbx_status usbx_interrupt_write(usbx_device *device, uint8_t endpoint, const void *data, size_t length, uint32_t timeout_ms, size_t *transferred);
usbx_status usbx_clear_halt(usbx_device *device, uint8_t endpoint);
usbx_status usbx_reset(usbx_device *device);
usbx_status usbx_cancel(usbx_device *device, uint8_t endpoint);
usbx_status usbx_isochronous_read(usbx_device *device, uint8_t endpoint, void *data, size_t length, usbx_packet *packets, size_t packet_count, uint32_t timeout_ms, size_t *transferred);
usbx_status usbx_isochronous_write(usbx_device *device, uint8_t endpoint, const void *data, size_t length, usbx_packet *packets, size_t packet_count, uint32_t timeout_ms, size_t *transferred);
usbx_status usbx_buffer_alloc(usbx_device *device, size_t length, void **buffer);
usbx_status usbx_buffer_free(void *buffer);
usbx_status usbx_queue_open(usbx_queue **queue);
usbx_status usbx_submit(usbx_device *device, usbx_queue *queue, const usbx_transfer *transfer, uint64_t *id);
usbx_status usbx_queue_wait(usbx_queue *queue, usbx_completion *completions, size_t capacity, uint32_t timeout_ms, size_t *count);
usbx_status usbx_queue_cancel(usbx_queue *queue, uint64_t id);
usbx_status usbx_queue_fd(usbx_queue *queue, int32_t *fd);
usbx_status usbx_queue_close(usbx_queue *queue);
usbx_status usbx_bulk_streams_alloc(usbx_device *device, uint32_t count, const uint8_t *endpoints, size_t endpoint_count, uint32_t *allocated);
usbx_status usbx_bulk_streams_free(usbx_device *device, const uint8_t *endpoints, size_t endpoint_count);
usbx_status usbx_stream_open(usbx_device *device, uint8_t endpoint, const usbx_stream_options *options, usbx_stream **stream);
usbx_status usbx_stream_next(usbx_stream *stream, uint32_t timeout_ms, usbx_chunk *chunk);
usbx_status usbx_stream_read(usbx_stream *stream, void *data, size_t length, uint32_t timeout_ms, size_t *transferred);
usbx_status usbx_stream_write(usbx_stream *stream, const void *data, size_t length, uint32_t timeout_ms, size_t *transferred);
usbx_status usbx_stream_space(usbx_stream *stream, uint32_t timeout_ms, void **data, size_t *length);
usbx_status usbx_stream_commit(usbx_stream *stream, size_t length);
usbx_status usbx_stream_flush(usbx_stream *stream, uint32_t timeout_ms);
usbx_status usbx_stream_stats(usbx_stream *stream, usbx_stream_statistics *statistics);
usbx_status usbx_stream_fd(usbx_stream *stream, int32_t *fd);
usbx_status usbx_stream_close(usbx_stream *stream);
usbx_status usbx_watch_open(uint16_t vendor_id, uint16_t product_id, usbx_watch **watch);
usbx_status usbx_watch_next(usbx_watch *watch, uint32_t timeout_ms, int32_t *event, usbx_device_info *info);
usbx_status usbx_watch_fd(usbx_watch *watch, int32_t *fd);
usbx_status usbx_watch_close(usbx_watch *watch);
usbx_status usbx_virtual_open(const char *model, const char *serial, usbx_virtual **virtual_device);
usbx_status usbx_virtual_create(uint8_t speed, const void *descriptors, size_t length, usbx_virtual **virtual_device);
usbx_status usbx_virtual_string(usbx_virtual *virtual_device, uint8_t index, uint16_t language, const char *text);
usbx_status usbx_virtual_descriptor(usbx_virtual *virtual_device, uint8_t type, uint8_t index, uint16_t recipient, const void *data, size_t length);
usbx_status usbx_virtual_answer_standard_requests(usbx_virtual *virtual_device, int32_t enable);
usbx_status usbx_virtual_plug(usbx_virtual *virtual_device);
usbx_status usbx_virtual_path(usbx_virtual *virtual_device, char *path, size_t capacity, size_t *length);
usbx_status usbx_virtual_unplug(usbx_virtual *virtual_device);
usbx_status usbx_virtual_close(usbx_virtual *virtual_device);
usbx_status usbx_virtual_next(usbx_virtual *virtual_device, uint32_t timeout_ms, usbx_virtual_event *event, void *data, size_t capacity, size_t *length);
usbx_status usbx_virtual_reply(usbx_virtual *virtual_device, const void *data, size_t length);
usbx_status usbx_virtual_stall(usbx_virtual *virtual_device, uint8_t endpoint);
usbx_status usbx_virtual_write(usbx_virtual *virtual_device, uint8_t endpoint, const void *data, size_t length, uint32_t timeout_ms, size_t *transferred);
usbx_status usbx_virtual_read(usbx_virtual *virtual_device, uint8_t endpoint, void *data, size_t capacity, uint32_t timeout_ms, size_t *transferred);
usbx_status usbx_virtual_fd(usbx_virtual *virtual_device, int32_t *fd);
usbx_status usbx_virtual_fault(usbx_virtual *virtual_device, uint8_t endpoint, const usbx_fault *fault);
usbx_status usbx_virtual_replay_stats(usbx_virtual *virtual_device, usbx_replay_statistics *statistics, char *departure, size_t capacity, size_t *length);
usbx_status usbx_capture_open(const char *path, const usbx_capture_options *options, usbx_capture **capture);
usbx_status usbx_capture_stats(usbx_capture *capture, usbx_capture_statistics *statistics);
usbx_status usbx_capture_close(usbx_capture *capture);
usbx_status usbx_share_open(const char *address, const usbx_share_options *options, usbx_share **share);
usbx_status usbx_share_add(usbx_share *share, const char *path, const char *busid);
usbx_status usbx_share_address(usbx_share *share, char *text, size_t capacity, size_t *length);
usbx_status usbx_share_close(usbx_share *share);
usbx_status usbx_remote_devices(const char *host, usbx_device_info *devices, size_t capacity, size_t *count, uint32_t timeout_ms);
usbx_status usbx_usbip_open_fd(int32_t fd, const char *busid, usbx_device **device);

SYMBOL(usbx_version, "USBX_0.1");
SYMBOL(usbx_error_name, "USBX_0.1");
SYMBOL(usbx_error_text, "USBX_0.1");
SYMBOL(usbx_last_error, "USBX_0.1");
SYMBOL(usbx_handle_error, "USBX_0.1");
SYMBOL(usbx_shutdown, "USBX_0.1");
SYMBOL(usbx_devices, "USBX_0.1");
SYMBOL(usbx_open, "USBX_0.1");
SYMBOL(usbx_open_path, "USBX_0.1");
SYMBOL(usbx_open_fd, "USBX_0.1");
SYMBOL(usbx_close, "USBX_0.1");
SYMBOL(usbx_info, "USBX_0.1");
SYMBOL(usbx_get_configuration, "USBX_0.1");
SYMBOL(usbx_set_configuration, "USBX_0.1");
SYMBOL(usbx_claim, "USBX_0.1");
SYMBOL(usbx_release, "USBX_0.1");
SYMBOL(usbx_set_alt_setting, "USBX_0.1");
SYMBOL(usbx_kernel_driver, "USBX_0.1");
SYMBOL(usbx_detach_kernel_driver, "USBX_0.1");
SYMBOL(usbx_set_auto_detach, "USBX_0.1");
SYMBOL(usbx_attach_kernel_driver, "USBX_0.1");
SYMBOL(usbx_endpoints, "USBX_0.1");
SYMBOL(usbx_interfaces, "USBX_0.1");
SYMBOL(usbx_descriptors, "USBX_0.1");
SYMBOL(usbx_get_descriptor, "USBX_0.1");
SYMBOL(usbx_get_string, "USBX_0.1");
SYMBOL(usbx_control, "USBX_0.1");
SYMBOL(usbx_bulk_read, "USBX_0.1");
SYMBOL(usbx_bulk_write, "USBX_0.1");
SYMBOL(usbx_interrupt_read, "USBX_0.1");
SYMBOL(usbx_interrupt_write, "USBX_0.1");
SYMBOL(usbx_clear_halt, "USBX_0.1");
SYMBOL(usbx_reset, "USBX_0.1");
SYMBOL(usbx_cancel, "USBX_0.1");
SYMBOL(usbx_isochronous_read, "USBX_0.1");
SYMBOL(usbx_isochronous_write, "USBX_0.1");
SYMBOL(usbx_buffer_alloc, "USBX_0.1");
SYMBOL(usbx_buffer_free, "USBX_0.1");
SYMBOL(usbx_queue_open, "USBX_0.1");
SYMBOL(usbx_submit, "USBX_0.1");
SYMBOL(usbx_queue_wait, "USBX_0.1");
SYMBOL(usbx_queue_cancel, "USBX_0.1");
SYMBOL(usbx_queue_fd, "USBX_0.1");
SYMBOL(usbx_queue_close, "USBX_0.1");
SYMBOL(usbx_bulk_streams_alloc, "USBX_0.1");
SYMBOL(usbx_bulk_streams_free, "USBX_0.1");
SYMBOL(usbx_stream_open, "USBX_0.1");
SYMBOL(usbx_stream_next, "USBX_0.1");
SYMBOL(usbx_stream_read, "USBX_0.1");
SYMBOL(usbx_stream_write, "USBX_0.1");
SYMBOL(usbx_stream_space, "USBX_0.1");
SYMBOL(usbx_stream_commit, "USBX_0.1");
SYMBOL(usbx_stream_flush, "USBX_0.1");
SYMBOL(usbx_stream_stats, "USBX_0.1");
SYMBOL(usbx_stream_fd, "USBX_0.1");
SYMBOL(usbx_stream_close, "USBX_0.1");
SYMBOL(usbx_watch_open, "USBX_0.1");
SYMBOL(usbx_watch_next, "USBX_0.1");
SYMBOL(usbx_watch_fd, "USBX_0.1");
SYMBOL(usbx_watch_close, "USBX_0.1");
SYMBOL(usbx_virtual_open, "USBX_0.1");
SYMBOL(usbx_virtual_create, "USBX_0.1");
SYMBOL(usbx_virtual_string, "USBX_0.1");
SYMBOL(usbx_virtual_descriptor, "USBX_0.1");
SYMBOL(usbx_virtual_answer_standard_requests, "USBX_0.1");
SYMBOL(usbx_virtual_plug, "USBX_0.1");
SYMBOL(usbx_virtual_path, "USBX_0.1");
SYMBOL(usbx_virtual_unplug, "USBX_0.1");
SYMBOL(usbx_virtual_close, "USBX_0.1");
SYMBOL(usbx_virtual_next, "USBX_0.1");
SYMBOL(usbx_virtual_reply, "USBX_0.1");
SYMBOL(usbx_virtual_stall, "USBX_0.1");
SYMBOL(usbx_virtual_write, "USBX_0.1");
SYMBOL(usbx_virtual_read, "USBX_0.1");
SYMBOL(usbx_virtual_fd, "USBX_0.1");
SYMBOL(usbx_virtual_fault, "USBX_0.1");
SYMBOL(usbx_virtual_replay_stats, "USBX_0.1");
SYMBOL(usbx_capture_open, "USBX_0.1");
SYMBOL(usbx_capture_stats, "USBX_0.1");
SYMBOL(usbx_capture_close, "USBX_0.1");
SYMBOL(usbx_share_open, "USBX_0.1");
SYMBOL(usbx_share_add, "USBX_0.1");
SYMBOL(usbx_share_address, "USBX_0.1");
SYMBOL(usbx_share_close, "USBX_0.1");
SYMBOL(usbx_remote_devices, "USBX_0.1");
SYMBOL(usbx_usbip_open_fd, "USBX_0.1");

void (*const volatile kept[])(void) = {
    kept_usbx_version,
    kept_usbx_error_name,
    kept_usbx_error_text,
    kept_usbx_last_error,
    kept_usbx_handle_error,
    kept_usbx_shutdown,
    kept_usbx_devices,
    kept_usbx_open,
    kept_usbx_open_path,
    kept_usbx_open_fd,
    kept_usbx_close,
    kept_usbx_info,
    kept_usbx_get_configuration,
    kept_usbx_set_configuration,
    kept_usbx_claim,
    kept_usbx_release,
    kept_usbx_set_alt_setting,
    kept_usbx_kernel_driver,
    kept_usbx_detach_kernel_driver,
    kept_usbx_set_auto_detach,
    kept_usbx_attach_kernel_driver,
    kept_usbx_endpoints,
    kept_usbx_interfaces,
    kept_usbx_descriptors,
    kept_usbx_get_descriptor,
    kept_usbx_get_string,
    kept_usbx_control,
    kept_usbx_bulk_read,
    kept_usbx_bulk_write,
    kept_usbx_interrupt_read,
    kept_usbx_interrupt_write,
    kept_usbx_clear_halt,
    kept_usbx_reset,
    kept_usbx_cancel,
    kept_usbx_isochronous_read,
    kept_usbx_isochronous_write,
    kept_usbx_buffer_alloc,
    kept_usbx_buffer_free,
    kept_usbx_queue_open,
    kept_usbx_submit,
    kept_usbx_queue_wait,
    kept_usbx_queue_cancel,
    kept_usbx_queue_fd,
    kept_usbx_queue_close,
    kept_usbx_bulk_streams_alloc,
    kept_usbx_bulk_streams_free,
    kept_usbx_stream_open,
    kept_usbx_stream_next,
    kept_usbx_stream_read,
    kept_usbx_stream_write,
    kept_usbx_stream_space,
    kept_usbx_stream_commit,
    kept_usbx_stream_flush,
    kept_usbx_stream_stats,
    kept_usbx_stream_fd,
    kept_usbx_stream_close,
    kept_usbx_watch_open,
    kept_usbx_watch_next,
    kept_usbx_watch_fd,
    kept_usbx_watch_close,
    kept_usbx_virtual_open,
    kept_usbx_virtual_create,
    kept_usbx_virtual_string,
    kept_usbx_virtual_descriptor,
    kept_usbx_virtual_answer_standard_requests,
    kept_usbx_virtual_plug,
    kept_usbx_virtual_path,
    kept_usbx_virtual_unplug,
    kept_usbx_virtual_close,
    kept_usbx_virtual_next,
    kept_usbx_virtual_reply,
    kept_usbx_virtual_stall,
    kept_usbx_virtual_write,
    kept_usbx_virtual_read,
    kept_usbx_virtual_fd,
    kept_usbx_virtual_fault,
    kept_usbx_virtual_replay_stats,
    kept_usbx_capture_open,
    kept_usbx_capture_stats,
    kept_usbx_capture_close,
    kept_usbx_share_open,
    kept_usbx_share_add,
    kept_usbx_share_address,
    kept_usbx_share_close,
    kept_usbx_remote_devices,
    kept_usbx_usbip_open_fd,
};

int main(void)
{
    return kept[0] == NULL;
}
