"""What include/usbx.h declares, for ctypes: constants, structures, functions. A test compares all of it with the header.

Names, fields and their order are those of the header, which describes each.
"""

from ctypes import CDLL, POINTER, Structure, c_char, c_char_p, c_int32, c_size_t, c_uint8, c_uint16, c_uint32, c_uint64, c_void_p

USBX_VERSION_MAJOR = 0
USBX_VERSION_MINOR = 1
USBX_VERSION_PATCH = 0

USBX_NO_TIMEOUT = 0
USBX_NO_WAIT = 0xFFFFFFFF

USBX_OK = 0
USBX_ERROR_IO = -1
USBX_ERROR_INVALID_PARAM = -2
USBX_ERROR_ACCESS = -3
USBX_ERROR_NO_DEVICE = -4
USBX_ERROR_NOT_FOUND = -5
USBX_ERROR_BUSY = -6
USBX_ERROR_TIMEOUT = -7
USBX_ERROR_OVERFLOW = -8
USBX_ERROR_PIPE = -9
USBX_ERROR_INTERRUPTED = -10
USBX_ERROR_NO_MEM = -11
USBX_ERROR_NOT_SUPPORTED = -12
USBX_ERROR_OTHER = -99
USBX_ERROR_INVALID_HANDLE = -100
USBX_ERROR_CANCELLED = -101
USBX_ERROR_CLOSED = -102
USBX_ERROR_NOT_CLAIMED = -103
USBX_ERROR_FORKED = -104
USBX_ERROR_INTERNAL = -105

USBX_SPEED_UNKNOWN = 0
USBX_SPEED_LOW = 1
USBX_SPEED_FULL = 2
USBX_SPEED_HIGH = 3
USBX_SPEED_SUPER = 4
USBX_SPEED_SUPER_PLUS = 5

USBX_BACKEND_SYSTEM = 0
USBX_BACKEND_VIRTUAL = 1
USBX_BACKEND_USBIP = 2

USBX_TYPE_CONTROL = 0
USBX_TYPE_ISOCHRONOUS = 1
USBX_TYPE_BULK = 2
USBX_TYPE_INTERRUPT = 3

USBX_MEMORY_AUTO = 0
USBX_MEMORY_HEAP = 1
USBX_MEMORY_MAPPED = 2
USBX_STREAM_EXACT_TIME = 1
USBX_STREAM_KEEP_GOING = 2
USBX_STREAM_ZERO_PACKET = 4
USBX_TRANSFER_ZERO_PACKET = 1

USBX_EVENT_ARRIVED = 1
USBX_EVENT_LEFT = 2

USBX_VIRTUAL_SETUP = 1
USBX_VIRTUAL_RESET = 2
USBX_VIRTUAL_CONFIGURED = 3
USBX_VIRTUAL_ALT_SETTING = 4
USBX_VIRTUAL_HALT = 5
USBX_VIRTUAL_OPENED = 6
USBX_VIRTUAL_CLOSED = 7
USBX_VIRTUAL_IN = 8
USBX_VIRTUAL_OUT = 9

USBX_FAULT_STATUS = 1
USBX_FAULT_DELAY = 2
USBX_FAULT_NAK = 3
USBX_FAULT_SHORT = 4
USBX_FAULT_CORRUPT = 5
USBX_FAULT_BABBLE = 6
USBX_FAULT_UNPLUG = 7

usbx_status = c_int32


# Handles are tokens, never dereferenced; a class for each kind lets ctypes refuse one of another kind.
class usbx_device(c_void_p):
    pass


class usbx_queue(c_void_p):
    pass


class usbx_stream(c_void_p):
    pass


class usbx_virtual(c_void_p):
    pass


class usbx_capture(c_void_p):
    pass


class usbx_watch(c_void_p):
    pass


class usbx_share(c_void_p):
    pass


class usbx_device_info(Structure):
    _fields_ = [
        ("vendor_id", c_uint16),
        ("product_id", c_uint16),
        ("device_version", c_uint16),
        ("usb_version", c_uint16),
        ("device_class", c_uint8),
        ("device_subclass", c_uint8),
        ("device_protocol", c_uint8),
        ("configurations", c_uint8),
        ("bus", c_uint8),
        ("address", c_uint8),
        ("speed", c_uint8),
        ("backend", c_uint8),
        ("path", c_char * 256),
        ("manufacturer", c_char * 384),
        ("product", c_char * 384),
        ("serial", c_char * 384),
        ("reserved", c_uint8 * 64),
    ]


class usbx_endpoint(Structure):
    _fields_ = [
        ("address", c_uint8),
        ("type", c_uint8),
        ("interface_number", c_uint8),
        ("alt_setting", c_uint8),
        ("max_packet_size", c_uint16),
        ("packets_per_interval", c_uint8),
        ("interval", c_uint8),
        ("max_bytes_per_interval", c_uint32),
        ("reserved", c_uint8 * 16),
    ]


class usbx_interface(Structure):
    _fields_ = [
        ("number", c_uint8),
        ("alt_setting", c_uint8),
        ("selected", c_uint8),
        ("interface_class", c_uint8),
        ("interface_subclass", c_uint8),
        ("interface_protocol", c_uint8),
        ("endpoints", c_uint8),
        ("string_index", c_uint8),
        ("association_first", c_uint8),
        ("association_count", c_uint8),
        ("reserved", c_uint8 * 22),
    ]


class usbx_packet(Structure):
    _fields_ = [
        ("length", c_uint32),
        ("transferred", c_uint32),
        ("status", usbx_status),
        ("reserved", c_uint32),
    ]


class usbx_transfer(Structure):
    _fields_ = [
        ("type", c_uint8),
        ("endpoint", c_uint8),
        ("request_type", c_uint8),
        ("request", c_uint8),
        ("value", c_uint16),
        ("index", c_uint16),
        ("timeout_ms", c_uint32),
        ("flags", c_uint32),
        ("data", c_void_p),
        ("length", c_size_t),
        ("packets", POINTER(usbx_packet)),
        ("packet_count", c_size_t),
        ("user_data", c_uint64),
        ("stream", c_uint32),
        ("reserved", c_uint8 * 28),
    ]


class usbx_completion(Structure):
    _fields_ = [
        ("id", c_uint64),
        ("user_data", c_uint64),
        ("timestamp_ns", c_uint64),
        ("transferred", c_size_t),
        ("status", usbx_status),
        ("reserved", c_uint8 * 36),
    ]


class usbx_stream_options(Structure):
    _fields_ = [
        ("size", c_size_t),
        ("depth", c_size_t),
        ("memory", c_uint32),
        ("flags", c_uint32),
        ("reserved", c_uint8 * 40),
    ]


class usbx_share_options(Structure):
    _fields_ = [
        ("allow", c_char_p),
        ("clients", c_uint32),
        ("reserved", c_uint8 * 52),
    ]


class usbx_chunk(Structure):
    _fields_ = [
        ("data", c_void_p),
        ("length", c_size_t),
        ("timestamp_ns", c_uint64),
        ("sequence", c_uint64),
        ("packets", POINTER(usbx_packet)),
        ("packet_count", c_size_t),
        ("status", usbx_status),
        ("reserved", c_uint8 * 28),
    ]


class usbx_stream_statistics(Structure):
    _fields_ = [
        ("bytes", c_uint64),
        ("transfers", c_uint64),
        ("short_packets", c_uint64),
        ("stalls", c_uint64),
        ("overflows", c_uint64),
        ("other_errors", c_uint64),
        ("device_waits", c_uint64),
        ("deepest_backlog", c_uint64),
        ("packets", c_uint64),
        ("lost_packets", c_uint64),
        ("depth", c_uint64),
        ("size", c_uint64),
        ("memory", c_uint32),
        ("reserved", c_uint8 * 44),
    ]


class usbx_replay_statistics(Structure):
    _fields_ = [
        ("transfers", c_uint64),
        ("departures", c_uint64),
        ("remaining", c_uint64),
        ("frame", c_uint64),
        ("reserved", c_uint8 * 32),
    ]


class usbx_virtual_event(Structure):
    _fields_ = [
        ("event", c_int32),
        ("request_type", c_uint8),
        ("request", c_uint8),
        ("value", c_uint16),
        ("index", c_uint16),
        ("length", c_uint16),
        ("endpoint", c_uint8),
        ("halted", c_uint8),
        ("configuration", c_uint8),
        ("interface_number", c_uint8),
        ("alt_setting", c_uint8),
        ("reserved", c_uint8 * 7),
        ("lost", c_uint64),
        ("interval_ns", c_uint64),
        ("reserved2", c_uint8 * 24),
    ]


class usbx_fault(Structure):
    _fields_ = [
        ("kind", c_uint32),
        ("nth", c_uint32),
        ("repeat", c_uint32),
        ("status", usbx_status),
        ("bytes", c_uint64),
        ("milliseconds", c_uint32),
        ("seed", c_uint32),
        ("reserved", c_uint8 * 32),
    ]


class usbx_capture_options(Structure):
    _fields_ = [
        ("path", c_char * 256),
        ("snap_length", c_size_t),
        ("ring", c_size_t),
        ("memory", c_size_t),
        ("flags", c_uint32),
        ("reserved", c_uint8 * 60),
    ]


class usbx_capture_statistics(Structure):
    _fields_ = [
        ("records", c_uint64),
        ("bytes", c_uint64),
        ("dropped", c_uint64),
        ("replaced", c_uint64),
        ("errors", c_uint64),
        ("devices", c_uint64),
        ("status", usbx_status),
        ("reserved", c_uint8 * 44),
    ]


_count = POINTER(c_size_t)
_timeout_ms = c_uint32
_read_or_write = (usbx_status, [usbx_device, c_uint8, c_void_p, c_size_t, _timeout_ms, _count])
_at_device = (usbx_status, [usbx_virtual, c_uint8, c_void_p, c_size_t, _timeout_ms, _count])
_packets = (usbx_status, [usbx_device, c_uint8, c_void_p, c_size_t, POINTER(usbx_packet), c_size_t, _timeout_ms, _count])

# Each function: what it returns, what it takes.
FUNCTIONS = {
    "usbx_version": (c_char_p, []),
    "usbx_error_name": (c_char_p, [usbx_status]),
    "usbx_error_text": (c_char_p, [usbx_status]),
    "usbx_last_error": (c_char_p, []),
    "usbx_handle_error": (usbx_status, [c_void_p, POINTER(c_char), c_size_t, _count]),
    "usbx_shutdown": (usbx_status, [_count]),
    "usbx_devices": (usbx_status, [POINTER(usbx_device_info), c_size_t, _count]),
    "usbx_open": (usbx_status, [c_uint16, c_uint16, c_char_p, POINTER(usbx_device)]),
    "usbx_open_path": (usbx_status, [c_char_p, POINTER(usbx_device)]),
    "usbx_open_fd": (usbx_status, [c_int32, POINTER(usbx_device)]),
    "usbx_close": (usbx_status, [usbx_device]),
    "usbx_info": (usbx_status, [usbx_device, POINTER(usbx_device_info)]),
    "usbx_get_configuration": (usbx_status, [usbx_device, POINTER(c_uint8)]),
    "usbx_set_configuration": (usbx_status, [usbx_device, c_uint8]),
    "usbx_claim": (usbx_status, [usbx_device, c_uint8]),
    "usbx_release": (usbx_status, [usbx_device, c_uint8]),
    "usbx_set_alt_setting": (usbx_status, [usbx_device, c_uint8, c_uint8]),
    "usbx_kernel_driver": (usbx_status, [usbx_device, c_uint8, POINTER(c_char), c_size_t, _count]),
    "usbx_detach_kernel_driver": (usbx_status, [usbx_device, c_uint8]),
    "usbx_attach_kernel_driver": (usbx_status, [usbx_device, c_uint8]),
    "usbx_set_auto_detach": (usbx_status, [usbx_device, c_int32]),
    "usbx_endpoints": (usbx_status, [usbx_device, POINTER(usbx_endpoint), c_size_t, _count]),
    "usbx_interfaces": (usbx_status, [usbx_device, POINTER(usbx_interface), c_size_t, _count]),
    "usbx_descriptors": (usbx_status, [c_char_p, c_void_p, c_size_t, _count]),
    "usbx_get_descriptor": (usbx_status, [usbx_device, c_uint8, c_uint8, c_void_p, c_size_t, _count]),
    "usbx_get_string": (usbx_status, [usbx_device, c_uint8, c_uint16, POINTER(c_char), c_size_t, _count]),
    "usbx_control": (
        usbx_status,
        [usbx_device, c_uint8, c_uint8, c_uint16, c_uint16, c_void_p, c_uint16, _timeout_ms, _count],
    ),
    "usbx_bulk_read": _read_or_write,
    "usbx_bulk_write": _read_or_write,
    "usbx_interrupt_read": _read_or_write,
    "usbx_interrupt_write": _read_or_write,
    "usbx_isochronous_read": _packets,
    "usbx_isochronous_write": _packets,
    "usbx_buffer_alloc": (usbx_status, [usbx_device, c_size_t, POINTER(c_void_p)]),
    "usbx_buffer_free": (usbx_status, [c_void_p]),
    "usbx_bulk_streams_alloc": (usbx_status, [usbx_device, c_uint32, POINTER(c_uint8), c_size_t, POINTER(c_uint32)]),
    "usbx_bulk_streams_free": (usbx_status, [usbx_device, POINTER(c_uint8), c_size_t]),
    "usbx_clear_halt": (usbx_status, [usbx_device, c_uint8]),
    "usbx_reset": (usbx_status, [usbx_device]),
    "usbx_cancel": (usbx_status, [usbx_device, c_uint8]),
    "usbx_queue_open": (usbx_status, [POINTER(usbx_queue)]),
    "usbx_submit": (usbx_status, [usbx_device, usbx_queue, POINTER(usbx_transfer), POINTER(c_uint64)]),
    "usbx_queue_wait": (usbx_status, [usbx_queue, POINTER(usbx_completion), c_size_t, _timeout_ms, _count]),
    "usbx_queue_cancel": (usbx_status, [usbx_queue, c_uint64]),
    "usbx_queue_fd": (usbx_status, [usbx_queue, POINTER(c_int32)]),
    "usbx_queue_close": (usbx_status, [usbx_queue]),
    "usbx_stream_open": (usbx_status, [usbx_device, c_uint8, POINTER(usbx_stream_options), POINTER(usbx_stream)]),
    "usbx_stream_next": (usbx_status, [usbx_stream, _timeout_ms, POINTER(usbx_chunk)]),
    "usbx_stream_read": (usbx_status, [usbx_stream, c_void_p, c_size_t, _timeout_ms, _count]),
    "usbx_stream_write": (usbx_status, [usbx_stream, c_void_p, c_size_t, _timeout_ms, _count]),
    "usbx_stream_space": (usbx_status, [usbx_stream, _timeout_ms, POINTER(c_void_p), _count]),
    "usbx_stream_commit": (usbx_status, [usbx_stream, c_size_t]),
    "usbx_stream_flush": (usbx_status, [usbx_stream, _timeout_ms]),
    "usbx_stream_stats": (usbx_status, [usbx_stream, POINTER(usbx_stream_statistics)]),
    "usbx_stream_fd": (usbx_status, [usbx_stream, POINTER(c_int32)]),
    "usbx_stream_close": (usbx_status, [usbx_stream]),
    "usbx_virtual_open": (usbx_status, [c_char_p, c_char_p, POINTER(usbx_virtual)]),
    "usbx_virtual_replay_stats": (
        usbx_status,
        [usbx_virtual, POINTER(usbx_replay_statistics), POINTER(c_char), c_size_t, _count],
    ),
    "usbx_virtual_create": (usbx_status, [c_uint8, c_void_p, c_size_t, POINTER(usbx_virtual)]),
    "usbx_virtual_string": (usbx_status, [usbx_virtual, c_uint8, c_uint16, c_char_p]),
    "usbx_virtual_descriptor": (usbx_status, [usbx_virtual, c_uint8, c_uint8, c_uint16, c_void_p, c_size_t]),
    "usbx_virtual_answer_standard_requests": (usbx_status, [usbx_virtual, c_int32]),
    "usbx_virtual_plug": (usbx_status, [usbx_virtual]),
    "usbx_virtual_path": (usbx_status, [usbx_virtual, POINTER(c_char), c_size_t, _count]),
    "usbx_virtual_unplug": (usbx_status, [usbx_virtual]),
    "usbx_virtual_close": (usbx_status, [usbx_virtual]),
    "usbx_virtual_next": (usbx_status, [usbx_virtual, _timeout_ms, POINTER(usbx_virtual_event), c_void_p, c_size_t, _count]),
    "usbx_virtual_reply": (usbx_status, [usbx_virtual, c_void_p, c_size_t]),
    "usbx_virtual_stall": (usbx_status, [usbx_virtual, c_uint8]),
    "usbx_virtual_write": _at_device,
    "usbx_virtual_read": _at_device,
    "usbx_virtual_fd": (usbx_status, [usbx_virtual, POINTER(c_int32)]),
    "usbx_virtual_fault": (usbx_status, [usbx_virtual, c_uint8, POINTER(usbx_fault)]),
    "usbx_capture_open": (usbx_status, [c_char_p, POINTER(usbx_capture_options), POINTER(usbx_capture)]),
    "usbx_capture_stats": (usbx_status, [usbx_capture, POINTER(usbx_capture_statistics)]),
    "usbx_capture_close": (usbx_status, [usbx_capture]),
    "usbx_share_open": (usbx_status, [c_char_p, POINTER(usbx_share_options), POINTER(usbx_share)]),
    "usbx_share_add": (usbx_status, [usbx_share, c_char_p, c_char_p]),
    "usbx_share_address": (usbx_status, [usbx_share, POINTER(c_char), c_size_t, _count]),
    "usbx_share_close": (usbx_status, [usbx_share]),
    "usbx_remote_devices": (usbx_status, [c_char_p, POINTER(usbx_device_info), c_size_t, _count, c_uint32]),
    "usbx_usbip_open_fd": (usbx_status, [c_int32, c_char_p, POINTER(usbx_device)]),
    "usbx_watch_open": (usbx_status, [c_uint16, c_uint16, POINTER(usbx_watch)]),
    "usbx_watch_next": (usbx_status, [usbx_watch, _timeout_ms, POINTER(c_int32), POINTER(usbx_device_info)]),
    "usbx_watch_fd": (usbx_status, [usbx_watch, POINTER(c_int32)]),
    "usbx_watch_close": (usbx_status, [usbx_watch]),
}


def declare(library: CDLL) -> None:
    """Tells ctypes what each function of the library takes and returns."""
    for name, (returns, takes) in FUNCTIONS.items():
        function = getattr(library, name)
        function.restype = returns
        function.argtypes = takes
