"""Shares: devices for other computers."""

from __future__ import annotations

import socket

import pytest

import pyusbx


def path(serial: str) -> str:
    return next(info.path for info in pyusbx.devices() if info.serial == serial)


def test_a_device_is_offered() -> None:
    with pyusbx.VirtualDevice(serial="SHARED"), pyusbx.Share("127.0.0.1:0") as share:
        share.add(path("SHARED"), "1-1")
        host, port = share.address.rsplit(":", 1)
        with socket.create_connection((host, int(port)), timeout=30) as client:
            client.sendall(b"\x01\x11\x80\x05\0\0\0\0")
            answer = b""
            while more := client.recv(4096):
                answer += more
        assert answer[:12] == b"\x01\x11\x00\x05\0\0\0\0\0\0\0\x01"
        assert answer[12 + 256 : 12 + 260] == b"1-1\0"
        with pytest.raises(pyusbx.Busy):
            share.add(path("SHARED"))


def test_what_is_wrong_is_said() -> None:
    with pytest.raises(pyusbx.InvalidParam, match="address"):
        pyusbx.Share("nowhere")
    with pytest.raises(pyusbx.InvalidParam, match="10.0.0.0/99"):
        pyusbx.Share("127.0.0.1:0", allow="10.0.0.0/99")
    with pyusbx.Share("127.0.0.1:0") as share, pytest.raises(pyusbx.NotFound):
        share.add("virtual/999")
    assert share.closed
