"""fork() as users of Python's multiprocessing meet it; takes the path of libusbx.so."""

import ctypes
import multiprocessing
import sys
import threading
from ctypes import POINTER, byref, c_char_p, c_int32, c_size_t, c_uint8, c_uint16, c_uint32, c_void_p, create_string_buffer

FORKED = -104
context = multiprocessing.get_context("fork")

usbx = ctypes.CDLL(sys.argv[1])
usbx.usbx_last_error.restype = c_char_p
usbx.usbx_virtual_open.argtypes = [c_char_p, c_char_p, POINTER(c_void_p)]
usbx.usbx_virtual_close.argtypes = [c_void_p]
usbx.usbx_open.argtypes = [c_uint16, c_uint16, c_char_p, POINTER(c_void_p)]
usbx.usbx_claim.argtypes = [c_void_p, c_uint8]
usbx.usbx_close.argtypes = [c_void_p]
usbx.usbx_shutdown.argtypes = [POINTER(c_size_t)]
usbx.usbx_bulk_read.argtypes = usbx.usbx_bulk_write.argtypes = [
    c_void_p, c_uint8, c_void_p, c_size_t, c_uint32, POINTER(c_size_t)
]


def check(what, got, expected):
    if got != expected:
        sys.exit(f"{what}: got {got!r}, expected {expected!r}; last error: {usbx.usbx_last_error()}")


def opened():
    plugged, device = c_void_p(), c_void_p()
    check("virtual_open", usbx.usbx_virtual_open(b"acquisition", None, byref(plugged)), 0)
    check("open", usbx.usbx_open(0x1209, 1, None, byref(device)), 0)
    check("claim", usbx.usbx_claim(device, 0), 0)
    return device


def echo(device, text):
    buffer, moved = create_string_buffer(512), c_size_t()
    check("write", usbx.usbx_bulk_write(device, 2, text, len(text), 30000, None), 0)
    check("read", usbx.usbx_bulk_read(device, 0x83, buffer, 512, 30000, byref(moved)), 0)
    check("what came back", buffer.raw[: moved.value], text)


def use_in_child(number):
    """A worker that opens for itself, in a process that was forked before or after the parent did."""
    echo(opened(), b"worker %d" % number)
    leaked = c_size_t()
    check("shutdown", usbx.usbx_shutdown(byref(leaked)), 0)
    return leaked.value


def use_of_parent(device):
    moved = c_size_t(99)
    check("the parent's", usbx.usbx_bulk_read(device, 0x83, create_string_buffer(512), 512, 0, byref(moved)), FORKED)
    check("moved", moved.value, 0)
    check("last error says fork", b"fork" in usbx.usbx_last_error(), True)
    check("close", usbx.usbx_close(device), FORKED)
    return use_in_child(0)


def in_child(function, argument):
    with context.Pool(1) as pool:
        return pool.apply_async(function, (argument,)).get(60)


# The library is loaded here, and used in the workers only.
with context.Pool(4) as pool:
    check("workers", pool.map_async(use_in_child, range(16)).get(120), [2] * 16)

# It is in use here, a thread waits in it, and workers are forked.
device = opened()
came, moved = create_string_buffer(512), c_size_t()
reader = threading.Thread(target=lambda: usbx.usbx_bulk_read(device, 0x83, came, 512, 30000, byref(moved)))
reader.start()
for _ in range(5):
    check("a worker", in_child(use_of_parent, device.value), 2)
    check("a worker of its own", in_child(use_in_child, 1), 2)
check("write", usbx.usbx_bulk_write(device, 2, b"parent", 6, 30000, None), 0)
reader.join()
check("what the thread read", came.raw[: moved.value], b"parent")
echo(device, b"and again")
leaked = c_size_t()
check("shutdown", usbx.usbx_shutdown(byref(leaked)), 0)
check("leaked", leaked.value, 2)
print("ok")
