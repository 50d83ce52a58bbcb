"""The library from ctypes, with its functions declared and without; takes the path of libusbx.so."""

import ctypes
import sys
from ctypes import POINTER, byref, c_char_p, c_int32, c_size_t, c_uint8, c_uint16, c_uint32, c_void_p, create_string_buffer

LIBRARY = sys.argv[1]
INVALID_HANDLE = -100


def check(what, got, expected):
    if got != expected:
        sys.exit(f"{what}: got {got!r}, expected {expected!r}")


def declared():
    """As a careful binding does it."""
    usbx = ctypes.CDLL(LIBRARY)
    usbx.usbx_version.restype = c_char_p
    usbx.usbx_last_error.restype = c_char_p
    usbx.usbx_virtual_open.argtypes = [c_char_p, c_char_p, POINTER(c_void_p)]
    usbx.usbx_virtual_close.argtypes = [c_void_p]
    usbx.usbx_open.argtypes = [c_uint16, c_uint16, c_char_p, POINTER(c_void_p)]
    usbx.usbx_claim.argtypes = [c_void_p, c_uint8]
    usbx.usbx_close.argtypes = [c_void_p]
    transfer = [c_void_p, c_uint8, c_void_p, c_size_t, c_uint32, POINTER(c_size_t)]
    usbx.usbx_bulk_read.argtypes = usbx.usbx_bulk_write.argtypes = transfer
    for name in "virtual_open virtual_close open claim close bulk_read bulk_write".split():
        getattr(usbx, "usbx_" + name).restype = c_int32

    check("version", usbx.usbx_version().count(b"."), 2)
    plugged, device, moved = c_void_p(), c_void_p(), c_size_t()
    serial = "ctypes-ü".encode()
    check("virtual_open", usbx.usbx_virtual_open(b"acquisition", serial, byref(plugged)), 0)
    check("open", usbx.usbx_open(0x1209, 1, serial, byref(device)), 0)
    check("claim", usbx.usbx_claim(device, 0), 0)
    check("bulk_write", usbx.usbx_bulk_write(device, 2, b"hello", 5, 1000, byref(moved)), 0)
    buffer = create_string_buffer(512)
    check("bulk_read", usbx.usbx_bulk_read(device, 0x83, buffer, 512, 1000, byref(moved)), 0)
    check("what came back", buffer.raw[: moved.value], b"hello")
    check("float keeps a token whole", int(float(device.value)), device.value)
    check("close", usbx.usbx_close(device), 0)
    check("close again", usbx.usbx_close(device), INVALID_HANDLE)
    check("last error speaks", b"close" in usbx.usbx_last_error(), True)
    check("virtual_close", usbx.usbx_virtual_close(plugged), 0)


def undeclared():
    """As a first try does it: ctypes passes Python ints as 32-bit ones, which cuts a handle in half. That is an invalid
    handle, never a crash and never another's device."""
    usbx = ctypes.CDLL(LIBRARY)
    plugged, device, moved = c_void_p(), c_void_p(), c_size_t()
    check("virtual_open", usbx.usbx_virtual_open(b"acquisition", None, byref(plugged)), 0)
    check("open", usbx.usbx_open(0x1209, 1, None, byref(device)), 0)
    cut = c_int32(device.value & 0xFFFFFFFF)
    check("a token does not fit 32 bits", cut.value != device.value, True)
    buffer = create_string_buffer(512)
    for value in (cut, device.value & 0x7FFFFFFF, 0, -1, c_uint32(0xFFFFFFFF)):
        check("claim", usbx.usbx_claim(value, 0), INVALID_HANDLE)
        check("bulk_read", usbx.usbx_bulk_read(value, 0x83, buffer, 512, 1000, byref(moved)), INVALID_HANDLE)
        check("virtual_unplug", usbx.usbx_virtual_unplug(value), INVALID_HANDLE)
    check("close", usbx.usbx_close(cut), INVALID_HANDLE)
    check("claim", usbx.usbx_claim(device, 0), 0)  # a c_void_p goes whole
    check("close", usbx.usbx_close(device), 0)
    check("virtual_close", usbx.usbx_virtual_close(plugged), 0)


declared()
undeclared()
print("ok")
