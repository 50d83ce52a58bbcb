"""An alternate setting of an interface, as the device describes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from ._declarations import usbx_interface


@dataclass(frozen=True)
class Interface:
    """An alternate setting of an interface of the active configuration (USB 2.0 section 9.6.5)."""

    #: bInterfaceNumber, for `Device.claim`.
    number: int
    #: bAlternateSetting, for `Device.set_alt_setting`.
    alt_setting: int
    #: Whether it is the selected one of its interface. Of an interface that this device has not claimed, that is the one in which
    #: the interface begins.
    selected: bool
    #: bInterfaceClass
    interface_class: int
    #: bInterfaceSubClass
    interface_subclass: int
    #: bInterfaceProtocol
    interface_protocol: int
    #: Number of its endpoints.
    endpoints: int
    #: iInterface: a string for `Device.get_string`; 0 if there is none.
    string_index: int
    #: The first interface of the function (interface association) that it belongs to, and how many interfaces that has.
    association: Optional[tuple[int, int]]


def described(interface: usbx_interface) -> Interface:
    count = interface.association_count
    return Interface(
        number=interface.number,
        alt_setting=interface.alt_setting,
        selected=bool(interface.selected),
        interface_class=interface.interface_class,
        interface_subclass=interface.interface_subclass,
        interface_protocol=interface.interface_protocol,
        endpoints=interface.endpoints,
        string_index=interface.string_index,
        association=(interface.association_first, count) if count else None,
    )
