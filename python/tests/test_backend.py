"""pyusb's own interface, on the virtual device by usbx. pyusb's own suite runs in the kernel lab."""

from __future__ import annotations

import array
import errno
import os
import pickle
import signal
import threading
import traceback
from typing import Any, Callable, Iterator

import pytest
import usb.backend.libusb1
import usb.control
import usb.core
import usb.util

import pyusbx
from pyusbx.backend import get_backend

FRAMES, STATUS, LOOPBACK_OUT, LOOPBACK_IN, ISOCHRONOUS = 0x81, 0x82, 0x02, 0x83, 0x85
START, RATE, REGISTERS = 1, 3, 4


def find(virtual: pyusbx.VirtualDevice) -> Any:
    return usb.core.find(backend=get_backend(), idVendor=0x1209, serial_number=virtual.serial)


@pytest.fixture
def usb_device(plugged: pyusbx.VirtualDevice) -> Iterator[Any]:
    device = find(plugged)
    device.set_configuration()
    yield device
    usb.util.dispose_resources(device)


def failure(call: Callable[[], object], kind: type[usb.core.USBError] = usb.core.USBError) -> Any:
    with pytest.raises(kind) as caught:
        call()
    return caught.value


def test_a_device_is_described_without_opening_it(plugged: pyusbx.VirtualDevice) -> None:
    device = usb.core.find(backend=get_backend(), idVendor=0x1209)
    assert (device.idVendor, device.idProduct, device.bcdUSB, device.bMaxPacketSize0) == (0x1209, 1, 0x0200, 64)
    assert (device.bus, device.speed, device.port_numbers) == (0, usb.util.SPEED_HIGH, (device.port_number,))
    assert device.parent is None
    configuration = device[0]
    assert (configuration.bNumInterfaces, configuration.wTotalLength) == (2, 115)
    assert [(i.bInterfaceNumber, i.bAlternateSetting, i.bNumEndpoints) for i in configuration] == [(0, 0, 4), (0, 1, 5), (1, 0, 1)]
    assert [e.bEndpointAddress for e in configuration[(0, 1)]] == [0x81, 0x82, 0x02, 0x83, 0x85]
    assert configuration[(1, 0)].extra_descriptors[:2] == [9, 0x21], "HID's descriptor stands behind the interface's"
    with pytest.raises(IndexError):
        configuration[(2, 0)]
    with pytest.raises(usb.core.USBError):
        device[1]
    assert device._ctx.handle is None, "it was opened"
    assert "Virtual acquisition, 4 × 16 bit" in str(device)


def test_every_call_of_a_backend_is_there() -> None:
    calls = {name for name in vars(usb.backend.IBackend) if not name.startswith("_")}
    assert len(calls) > 20 and calls <= set(vars(type(get_backend())))


def test_programs_that_ask_for_libusb1_by_its_modules_name_find_it(usb_device: Any) -> None:
    # So python-escpos and its copies decide whether they detach kernel drivers.
    assert usb_device.backend.__module__.endswith("libusb1")
    assert usb_device.backend.__module__ == "pyusbx.backend.libusb1", "it does not pass for pyusb's own"


def test_devices_are_told_apart(plugged: pyusbx.VirtualDevice) -> None:
    with pyusbx.VirtualDevice(serial="B") as second:
        one, other = find(plugged), find(second)
        assert one != other and one == find(plugged) and len({one, other, find(second)}) == 2
        assert len(list(usb.core.find(find_all=True, backend=get_backend(), idVendor=0x1209))) == 2
    assert usb.core.find(backend=get_backend(), custom_match=lambda d: d.idVendor == 0x1209 and d.serial_number == "B") is None


def test_bytes_come_back(usb_device: Any) -> None:
    for data in ("four", b"\0\1\2", [5, 6], array.array("B", range(200))):
        assert usb_device.write(LOOPBACK_OUT, data) == len(data)
        expected = data.encode() if isinstance(data, str) else bytes(data)
        assert usb_device.read(LOOPBACK_IN, 512).tobytes() == expected
    usb_device.write(LOOPBACK_OUT, b"into a buffer")
    for typecode in "BH":
        usb_device.write(LOOPBACK_OUT, b"into a buffer!")
        buffer = array.array(typecode, bytes(512))
        assert usb_device.read(LOOPBACK_IN, buffer) in (13, 14)
        assert buffer.tobytes().startswith(b"into a buffer")


def test_a_time_that_is_up_has_a_sentence_an_errno_and_a_code(usb_device: Any) -> None:
    late = failure(lambda: usb_device.read(LOOPBACK_IN, 512, 20), usb.core.USBTimeoutError)
    assert (late.errno, late.backend_error_code) == (errno.ETIMEDOUT, usb.backend.libusb1.LIBUSB_ERROR_TIMEOUT)
    assert late.strerror == "Operation timed out", "as programs compare it"
    assert str(late).startswith("[Errno 110] Operation timed out: ") and "0x83 of 1209:0001" in str(late)
    assert not isinstance(failure(lambda: usb_device.ctrl_transfer(0xC0, 0x77)), usb.core.USBTimeoutError)


def test_what_came_before_the_time_was_up_is_given(usb_device: Any) -> None:
    usb_device.write(LOOPBACK_OUT, bytes(range(256)) * 2)
    assert usb_device.read(LOOPBACK_IN, 1024, 50).tobytes() == bytes(range(256)) * 2


def test_what_came_before_a_failure_goes_with_the_exception(usb_device: Any, plugged: pyusbx.VirtualDevice) -> None:
    usb_device.write(LOOPBACK_OUT, bytes(512) + b"the rest")
    too_large = failure(lambda: usb_device.read(LOOPBACK_IN, 512 + 4, 1000))
    assert (too_large.errno, too_large.backend_error_code) == (errno.EOVERFLOW, -8)
    assert too_large.transferred == len(too_large.data) >= 512
    usb_device.write(LOOPBACK_OUT, bytes(512))
    threading.Timer(0.1, plugged.unplug).start()
    unplugged = failure(lambda: usb_device.read(LOOPBACK_IN, 1024, 0))
    assert (unplugged.errno, unplugged.backend_error_code, unplugged.data) == (errno.ENODEV, -4, bytes(512))


@pytest.mark.parametrize("forever", [0, -1, 1 << 32])
def test_what_is_no_time_is_for_ever(usb_device: Any, forever: int) -> None:
    threading.Timer(0.05, usb_device.write, (LOOPBACK_OUT, b"later")).start()
    assert usb_device.read(LOOPBACK_IN, 512, forever).tobytes() == b"later"


def test_what_came_while_it_waits_for_ever_is_one_read(usb_device: Any) -> None:
    usb_device.write(LOOPBACK_OUT, bytes(512))
    # Later than the first step of an unlimited wait.
    threading.Timer(0.7, usb_device.write, (LOOPBACK_OUT, b"the end")).start()
    assert usb_device.read(LOOPBACK_IN, 2048, 0).tobytes() == bytes(512) + b"the end"


def test_control_requests_go_both_ways(usb_device: Any) -> None:
    assert usb_device.ctrl_transfer(0x40, REGISTERS, 0, 16, [1, 2, 3]) == 3
    assert usb_device.ctrl_transfer(0xC0, REGISTERS, 0, 16, 3).tolist() == [1, 2, 3]
    buffer = usb.util.create_buffer(3)
    assert usb_device.ctrl_transfer(0xC0, REGISTERS, 0, 16, buffer) == 3 and buffer.tolist() == [1, 2, 3]
    refused = failure(lambda: usb_device.ctrl_transfer(0xC0, 0x77, 0, 0, 4))
    assert (refused.errno, refused.backend_error_code) == (errno.EPIPE, -9)
    # A class request to an interface without a claim: pyusb's users need not claim.
    assert usb_device.ctrl_transfer(0xA1, 1, 0x0100, 1, 64).tolist() == [0]


def test_the_standards_requests(usb_device: Any) -> None:
    endpoint = usb_device[0][(0, 0)][0]
    assert usb.control.get_status(usb_device, endpoint) == 0, "nothing was claimed before"
    usb.control.set_feature(usb_device, usb.control.ENDPOINT_HALT, endpoint)
    assert usb.control.get_status(usb_device, endpoint) == 1
    halted = failure(lambda: endpoint.read(512))
    assert halted.errno == errno.EPIPE and "pipe error" in halted.strerror.lower()
    assert "dev.clear_halt(0x81)" in str(halted) and "usbx_" not in str(halted)
    usb.control.clear_feature(usb_device, usb.control.ENDPOINT_HALT, endpoint)
    assert usb.control.get_status(usb_device, endpoint) == 0
    assert usb.control.get_configuration(usb_device) == 1
    assert usb.control.get_interface(usb_device, 0) == 0
    assert usb_device.langids == (0x0409,)
    assert usb.util.get_string(usb_device, usb_device.iManufacturer) == "usbx"


def test_a_halt_is_cleared_without_a_claim(usb_device: Any) -> None:
    usb_device.clear_halt(FRAMES)


def test_the_first_line_of_most_scripts_clears_what_an_earlier_run_left(usb_device: Any, plugged: pyusbx.VirtualDevice) -> None:
    usb.control.set_feature(usb_device, usb.control.ENDPOINT_HALT, usb_device[0][(0, 0)][3])
    assert failure(lambda: usb_device.read(LOOPBACK_IN, 512, 50)).errno == errno.EPIPE
    usb_device.set_configuration()
    assert failure(lambda: usb_device.read(LOOPBACK_IN, 512, 50)).errno == errno.EPIPE, "while an interface is claimed it does nothing"
    usb.util.dispose_resources(usb_device)
    later = find(plugged)
    with pyusbx.open_path(later._ctx.dev.path) as other, other.claim(1):
        later.set_configuration()
    assert failure(lambda: later.read(LOOPBACK_IN, 512, 50)).errno == errno.EPIPE, "another had an interface then"
    usb.util.release_interface(later, 0)
    later.set_configuration()
    later.write(LOOPBACK_OUT, b"cleared")
    assert later.read(LOOPBACK_IN, 512, 50).tobytes() == b"cleared"
    usb.util.dispose_resources(later)


def test_isochronous_packets_come_one_behind_the_other(usb_device: Any) -> None:
    usb_device.set_interface_altsetting(0, 1)
    assert len(usb_device.read(ISOCHRONOUS, 512 * 4)) == 0, "while it is not sampling, packets are empty"
    usb_device.ctrl_transfer(0x40, START)
    data = usb_device.read(ISOCHRONOUS, 512 * 20).tobytes()
    # What of the first packets was empty has left no gap.
    assert len(data) >= 512 * 10 and all(data[at : at + 4] == b"ACQ1" for at in range(0, len(data), 512))
    buffer = array.array("H", bytes(512 * 2))
    assert usb_device.read(ISOCHRONOUS, buffer) == 1024 and buffer.tobytes()[:4] == b"ACQ1"
    usb_device.set_interface_altsetting(0, 0)
    with pytest.raises((ValueError, usb.core.USBError)):  # by pyusb, or here
        usb_device.read(ISOCHRONOUS, 512)


def test_a_disposed_device_is_used_again(usb_device: Any) -> None:
    usb_device.write(LOOPBACK_OUT, b"1")
    usb.util.dispose_resources(usb_device)
    with pyusbx.open_path(usb_device._ctx.dev.path) as other:
        other.claim(0)
    assert usb_device.read(LOOPBACK_IN, 512).tobytes() == b"1"
    usb_device.reset()
    usb_device.write(LOOPBACK_OUT, b"2")
    assert usb_device.read(LOOPBACK_IN, 512).tobytes() == b"2"
    usb.util.release_interface(usb_device, 0)
    usb.util.claim_interface(usb_device, 0)


def test_who_else_has_it_is_told(usb_device: Any) -> None:
    with pyusbx.open_path(usb_device._ctx.dev.path) as other, other.claim(0):
        busy = failure(lambda: usb_device.write(LOOPBACK_OUT, b"?"))
        assert (busy.errno, busy.backend_error_code) == (errno.EBUSY, -6)
        assert "another handle" in str(busy)


def test_who_else_had_it_is_known_after_other_failures_and_after_the_device_was_closed(usb_device: Any) -> None:
    with pyusbx.open_path(usb_device._ctx.dev.path) as other, other.claim(0):
        early = failure(lambda: usb.util.claim_interface(usb_device, 0))
        assert "another handle" in str(pickle.loads(pickle.dumps(early)))
        failure(lambda: usb.util.claim_interface(usb_device, 9))
        assert "another handle" in early.sentence
        late = failure(lambda: usb.util.claim_interface(usb_device, 0))
        usb.util.dispose_resources(usb_device)
    assert "another handle" in str(late) and "another handle" in str(early)


def test_a_refusal_never_has_another_failures_sentence(usb_device: Any) -> None:
    with pyusbx.open_path(usb_device._ctx.dev.path) as other, other.claim(0):
        busy = failure(lambda: usb.util.claim_interface(usb_device, 0))
        failure(lambda: usb.util.claim_interface(usb_device, 9))
        assert str(busy).endswith("it is in use") and "claim interface 0" in str(busy)


def test_kernel_drivers_where_there_are_none(usb_device: Any) -> None:
    assert usb_device.is_kernel_driver_active(1) is False
    usb_device.detach_kernel_driver(1)
    usb_device.attach_kernel_driver(1)
    assert failure(lambda: usb_device.is_kernel_driver_active(9)).errno == errno.ENOENT


def test_an_endpoint_that_is_not_there_is_not_found(usb_device: Any, plugged: pyusbx.VirtualDevice) -> None:
    wrong = failure(lambda: usb_device.clear_halt(0x8F))
    assert (wrong.errno, wrong.status) == (errno.ENOENT, pyusbx.InvalidParam.status) and "0x8f" in str(wrong)
    plugged.unplug()
    assert failure(lambda: usb_device.clear_halt(LOOPBACK_IN)).errno == errno.ENODEV


def test_a_device_that_was_plugged_in_again_is_another(plugged: pyusbx.VirtualDevice) -> None:
    device = find(plugged)
    usb.util.dispose_resources(device)
    device._ctx.dev.descriptor.address = 99
    assert failure(lambda: device.set_configuration()).errno == errno.ENODEV
    plugged.unplug()
    assert failure(lambda: device.set_configuration()).errno in (errno.ENODEV, errno.ENOENT)
    assert find(plugged) is None


def test_threads_read_side_by_side(usb_device: Any) -> None:
    usb_device.ctrl_transfer(0x40, RATE, 0, 0, (0).to_bytes(4, "little"))
    usb_device.ctrl_transfer(0x40, START)
    got: dict[int, int] = {}

    def read(endpoint: int, size: int) -> None:
        got[endpoint] = sum(len(usb_device.read(endpoint, size)) for _ in range(20))

    threads = [threading.Thread(target=read, args=work) for work in ((FRAMES, 5120), (STATUS, 16))]
    for thread in threads:
        thread.start()
    usb_device.write(LOOPBACK_OUT, b"meanwhile")
    assert usb_device.read(LOOPBACK_IN, 512).tobytes() == b"meanwhile"
    for thread in threads:
        thread.join()
    assert got == {FRAMES: 20 * 5120, STATUS: 20 * 16}


def test_ctrl_c_ends_a_read_without_a_time(python: Callable[..., Any]) -> None:
    program = """
import usb.core, pyusbx.backend
pyusbx.backend.install()
device = usb.core.find(idVendor=0x1209)
device.set_configuration()
usb.util.claim_interface(device, 0)
try:
    print("reading")
    device.read(0x83, 512, 0)
except KeyboardInterrupt:
    print("interrupted")
device.write(2, b"still of use")
print(device.read(0x83, 512).tobytes().decode())
"""
    running = python(program, USBX_VIRTUAL="acquisition")
    assert running.stdout.readline() == "reading\n"
    running.send_signal(signal.SIGINT)
    assert running.communicate(timeout=30)[0] == "interrupted\nstill of use\n"


def test_one_call_makes_it_the_default(python: Callable[..., Any]) -> None:
    program = """
import pyusbx.backend
pyusbx.backend.install()
import usb.core, usb.backend.libusb1 as libusb1
for backend in (None, libusb1.get_backend(), libusb1.get_backend(find_library=lambda name: "/nowhere/libusb-1.0.so")):
    print(usb.core.find(backend=backend, idVendor=0x1209).product, libusb1.LIBUSB_ERROR_TIMEOUT)
"""
    running = python(program, USBX_VIRTUAL="acquisition")
    assert running.communicate(timeout=30)[0] == "Virtual acquisition, 4 × 16 bit -7\n" * 3


def in_child(call: Callable[[], object]) -> None:
    """Makes the call in a child made by fork. What fails there fails here."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            call()
            status = 0
        except BaseException:
            traceback.print_exc()
        os._exit(status)
    assert os.waitpid(child, 0)[1] == 0


def test_a_forked_child_leaves_the_parents_device_alone(usb_device: Any) -> None:
    usb_device.write(LOOPBACK_OUT, b"parent")

    def child() -> None:
        refused = failure(lambda: usb_device.read(LOOPBACK_IN, 512))
        assert refused.status == -104 and "fork" in str(refused)
        usb.util.dispose_resources(usb_device)

    in_child(child)
    assert usb_device.read(LOOPBACK_IN, 512).tobytes() == b"parent"


def test_a_forked_child_uses_a_device_of_which_the_parent_has_claimed_nothing(python: Callable[..., Any]) -> None:
    # With the variable a child has a virtual device of its own, in the same place. The kernel's are one: lab case 96.
    program = """
import multiprocessing, os, usb.core, usb.util, pyusbx.backend
pyusbx.backend.install()
device = usb.core.find(idVendor=0x1209)
device.set_configuration()
device.write(2, b"parent")
usb.util.release_interface(device, 0)

def grandchild():
    try:
        device.read(0x83, 512)
    except usb.core.USBError as error:
        print("refused", error.status)

def child():
    device.write(2, b"child")
    print(device.read(0x83, 512).tobytes().decode(), device._ctx.handle.device.get_configuration())
    in_child(grandchild)
    usb.util.dispose_resources(device)
    in_child(grandchild_anew)

def grandchild_anew():
    device.write(2, b"grandchild")
    print(device.read(0x83, 512).tobytes().decode())

def in_child(work):
    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    process.join()
    assert process.exitcode == 0

in_child(child)
in_child(lambda: usb.util.dispose_resources(device))
print(device.read(0x83, 512).tobytes().decode())
"""
    running = python(program, USBX_VIRTUAL="acquisition")
    assert running.communicate(timeout=30)[0] == "child 1\nrefused -104\ngrandchild\nparent\n"
