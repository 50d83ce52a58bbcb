"""Devices of this computer for others, over USB/IP."""

from __future__ import annotations

from ctypes import byref, c_size_t, create_string_buffer

from ._arguments import number, text
from ._declarations import usbx_share, usbx_share_options
from ._library import lib
from .errors import check
from .handle import Handle


class Share(Handle):
    """Lets other computers use devices: those that `add()` names. Clients are Linux (`usbip attach`) and others that speak USB/IP.

    address: "127.0.0.1:3240", where programs of this computer alone come in; another of its addresses; or "unix:/path". Port 0 is one
    of the system's choice. allow: the networks whose computers may connect, as "192.168.1.0/24,fd00::/8"; all, if it is "". clients: how
    many at once. The protocol has no passwords.
    """

    _token: usbx_share
    _closer = lib.usbx_share_close

    def __init__(self, address: str = "127.0.0.1:3240", *, allow: str = "", clients: int = 64) -> None:
        token = usbx_share()
        options = usbx_share_options(allow=text("allow", allow), clients=number("clients", clients, 32))
        check(lib.usbx_share_open(text("address", address), byref(options), byref(token)))
        super().__init__(token)

    def add(self, path: str, busid: str | None = None) -> None:
        """Offers one more device, by its path. busid is how clients name it; made of the path if it is None."""
        name = None if busid is None else text("busid", busid)
        check(lib.usbx_share_add(self._token, text("path", path), name))

    @property
    def address(self) -> str:
        """Where it listens, with the real port."""
        length = c_size_t()
        check(lib.usbx_share_address(self._token, None, 0, byref(length)))
        found = create_string_buffer(length.value + 1)
        check(lib.usbx_share_address(self._token, found, len(found), None))
        return found.value.decode()

    def __repr__(self) -> str:
        return "<pyusbx.Share>"
