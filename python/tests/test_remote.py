"""Devices of other computers: this process shares a device and uses it as a client."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import pyusbx

LOOP_OUT, LOOP_IN = 0x02, 0x83


@pytest.fixture
def host(tmp_path: Path) -> Iterator[str]:
    """A host with one device, "1-1"."""
    with pyusbx.VirtualDevice(serial="REMOTE"), pyusbx.Share("127.0.0.1:0") as share:
        share.add(next(info.path for info in pyusbx.devices() if info.serial == "REMOTE"), "1-1")
        yield share.address


def uses(device: pyusbx.Device) -> None:
    assert device.info().serial == "REMOTE"
    assert device.info().backend is pyusbx.Backend.USBIP
    with device.claim(0):
        assert device.bulk_write(LOOP_OUT, b"there and back") == 14
        assert device.bulk_read(LOOP_IN, 512) == b"there and back"


def test_a_listed_device_opens_by_its_path(host: str) -> None:
    (info,) = pyusbx.remote_devices(host, timeout_ms=30000)
    assert (info.path, info.vendor_id, info.product_id) == (f"usbip://{host}/1-1", 0x1209, 0x0001)
    assert info.backend is pyusbx.Backend.USBIP
    with pyusbx.open_path(info.path) as device:
        uses(device)
    with pyusbx.open_path(f"usbip://{host}/1209:0001:REMOTE") as device:
        uses(device)


def test_a_device_opens_over_a_socket(host: str) -> None:
    name, port = host.rsplit(":", 1)
    with socket.create_connection((name, int(port)), timeout=30) as connection:
        device = pyusbx.usbip_open_fd(connection, "1-1")
    with device:  # it has its own copy of the connection
        uses(device)
        with socket.create_connection((name, int(port)), timeout=30) as second, pytest.raises(pyusbx.Busy, match="1-1 is in use"):
            pyusbx.usbip_open_fd(second.fileno(), "1-1")


def test_a_unix_socket_is_a_host(tmp_path: Path) -> None:
    with pyusbx.Share(f"unix:{tmp_path}/share"):
        assert pyusbx.remote_devices(f"unix:{tmp_path}/share") == []
    with pytest.raises(pyusbx.NotFound, match="there is no socket"):
        pyusbx.remote_devices(f"unix:{tmp_path}/none")


def test_what_is_wrong_is_said() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(pyusbx.Io, match="nothing listens"):
            pyusbx.remote_devices(host)
        silent.listen()
        with pytest.raises(pyusbx.Timeout, match="does not answer"):
            pyusbx.remote_devices(host, timeout_ms=50)
    with pytest.raises(pyusbx.InvalidParam, match="is no host"):
        pyusbx.remote_devices("pi.local/1-1")
    with pytest.raises(pyusbx.InvalidParam, match="timeout_ms"):
        pyusbx.remote_devices("127.0.0.1", timeout_ms=0)
    with pytest.raises(pyusbx.InvalidParam, match="closed"):
        pyusbx.usbip_open_fd(silent, "1-1")
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(pyusbx.InvalidParam):
        pyusbx.usbip_open_fd(ours, "a bus")


PORT_RESET = bytes((0x23, 3, 4, 0))
RET_SUBMIT, EPIPE = 3, 32
HEADER = ">10I8s"


def refuse_resets(client: socket.socket, server: socket.socket, is_own: bool) -> None:
    """Between the two: a reset comes back as refused. Only this library's server says at the end of the device's path that it keeps bytes."""

    def passes_on() -> None:
        while data := server.recv(65536):
            client.sendall(data)

    with client, server:
        server.sendall(client.recv(40, socket.MSG_WAITALL))
        imported = bytearray(server.recv(320, socket.MSG_WAITALL))
        if not is_own:
            imported[200:264] = bytes(64)
        client.sendall(imported)
        back = threading.Thread(target=passes_on)
        back.start()
        while header := client.recv(48, socket.MSG_WAITALL):
            command, sequence, _, to_host, _, _, length, *_, setup = struct.unpack(HEADER, header)
            if setup.startswith(PORT_RESET):
                client.sendall(struct.pack(">5Ii4I8x", RET_SUBMIT, sequence, 0, 0, 0, -EPIPE, 0, 0, 0, 0))
            else:
                data = client.recv(length, socket.MSG_WAITALL) if command == 1 and not to_host and length else b""
                server.sendall(header + data)
        server.shutdown(socket.SHUT_RDWR)
        back.join()


@pytest.mark.parametrize("is_own", [True, False], ids=["usbx", "Linux"])
def test_a_refused_reset_is_a_failure_unless_its_host_refuses_what_it_has_done(host: str, is_own: bool) -> None:
    name, port = host.rsplit(":", 1)
    ours, theirs = socket.socketpair()
    between = threading.Thread(target=refuse_resets, args=(theirs, socket.create_connection((name, int(port))), is_own))
    between.start()
    with ours:
        device = pyusbx.usbip_open_fd(ours, "1-1")
    with device:
        if is_own:
            with pytest.raises(pyusbx.Pipe, match="refused"):
                device.reset()
        else:
            device.reset()
        uses(device)
    between.join(30)
    assert not between.is_alive()
