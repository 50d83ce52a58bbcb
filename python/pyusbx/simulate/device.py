"""A device that a class describes and a thread serves."""

from __future__ import annotations

import asyncio
import select
import sys
import threading
import traceback
from concurrent.futures import Future
from types import TracebackType
from typing import Any, ClassVar, Coroutine, Mapping, TypeVar

from .. import _waiting, events
from ..constants import Fault, Speed
from ..errors import Cancelled, Closed, Error, InvalidHandle, NoDevice, NotFound, Timeout
from ..events import Setup
from ..virtual import VirtualDevice
from . import _standard
from ._build import Build
from .declare import Stall, Text, kind_of, requests
from .endpoint import In, Out

D = TypeVar("D", bound="Device")


class Device:
    """The base of a device. A derived class declares endpoints and handlers; `with Model() as device:` plugs one in and serves it on a
    thread, `await device.serve()` in a task.

    Plain handlers run on the device's thread one after the other; while an `async def` one waits, the device goes on. What a handler
    raises, other than `Stall`, refuses the request, is printed, and is raised again at the end of the `with` block or of `serve`.
    """

    vendor_id: ClassVar[int] = 0x1209
    product_id: ClassVar[int] = 0x0001
    device_version: ClassVar[int] = 0x0100
    manufacturer: ClassVar[Text | None] = None
    product: ClassVar[Text | None] = None
    serial: Text | None = None
    #: None: high speed, or what fits `descriptors`.
    speed: ClassVar[Speed | None] = None
    usb_version: ClassVar[int | None] = None
    device_class: ClassVar[int] = 0
    device_subclass: ClassVar[int] = 0
    device_protocol: ClassVar[int] = 0
    #: Of the interface of a device that declares none.
    interface_class: ClassVar[int] = 0xFF
    interface_subclass: ClassVar[int] = 0
    control_packet: ClassVar[int | None] = None
    #: bmAttributes of the configurations.
    attributes: ClassVar[int] = 0x80
    max_power_ma: ClassVar[int] = 100
    #: Further strings, by index.
    strings: ClassVar[Mapping[int, Text]] = {}
    #: Descriptors that hosts ask for by themselves, by (type, index, interface or None for the device).
    more_descriptors: ClassVar[Mapping[tuple[int, int, int | None], bytes]] = {}
    #: The device descriptor and all configurations, in place of those that the declarations give. They may be wrong.
    descriptors: ClassVar[bytes | None] = None

    def __init__(self, serial: str | None = None) -> None:
        kind = type(self)
        if serial is not None:
            kind = type(kind.__name__, (kind,), {"serial": serial, "__module__": kind.__module__})
        self._build = Build(kind)
        self._requests = requests(kind)
        self._endpoints: dict[int, In | Out] = {}
        for declared in self._build.endpoints:
            self._endpoints[declared.address] = declared.runtime(self, declared, self._build.packet(declared))
        #: The requests that no method answered, in order; the host saw `pyusbx.Pipe`.
        self.unhandled: list[Setup] = []
        #: What handlers raised.
        self.errors: list[BaseException] = []
        self._virtual: VirtualDevice | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._own_loop: threading.Thread | None = None
        self._in_hand: Setup | None = None
        self._answering = threading.RLock()
        self._serving = threading.RLock()
        self._running: set[Future[Any]] = set()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.vendor_id:04x}:{self.product_id:04x}>"

    # The plug

    def plug(self) -> None:
        """Plugs it in and serves it on a thread; after `unplug()` again, which is a new arrival. A plain handler that is at work then is
        waited for: what it queues or pauses is of before."""
        if self._virtual is None:
            build = self._build
            virtual = VirtualDevice.create(build.descriptors, type(self).speed, build.strings)
            for (kind, index, interface), data in self.more_descriptors.items():
                virtual.add_descriptor(kind, index, data, interface)
            if any(request.kind == "standard" for request, _ in self._requests):
                virtual.answer_standard_requests()
            self._virtual = virtual
            virtual.plug()
            self._thread = threading.Thread(target=self._pump, args=[virtual], name=f"usbx {type(self).__name__}", daemon=True)
            self._thread.start()
        else:
            with self._serving:
                self._drop(lambda _: True)
                self._virtual.plug()
        for endpoint in self._endpoints.values():
            if isinstance(endpoint, Out):
                endpoint._on_offered()  # an isochronous one keeps packets from its first read on

    def unplug(self) -> None:
        """Unplugs it, as if by hand. `plug()` plugs it in again."""
        self.virtual.unplug()

    def close(self) -> None:
        """Unplugs it for good and ends its thread. It can be plugged in again all the same."""
        virtual, self._virtual = self._virtual, None
        if virtual is None:
            return
        virtual.close()
        for running in list(self._running):
            running.cancel()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
        if self._own_loop is not None and self._loop is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._own_loop.join()
            self._own_loop = self._loop = None

    @property
    def virtual(self) -> VirtualDevice:
        """The device as the library has it. `NoDevice` if it was never plugged in, or is closed."""
        if self._virtual is None:
            raise NoDevice(f"{self!r} is not plugged in; use it in a `with` block, or call plug()")
        return self._virtual

    @property
    def path(self) -> str:
        """Where it is plugged in, for `pyusbx.open_path`."""
        return self.virtual.path

    def fault(self, kind: Fault, **details: Any) -> None:
        """Makes a control request go wrong; endpoints have a `fault` of their own. See `pyusbx.VirtualDevice.fault`."""
        self.virtual.fault(0, kind, **details)

    def __enter__(self: D) -> D:
        self.plug()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
        if error is None and self.errors:
            raise self.errors[0]

    async def serve(self) -> None:
        """Plugs it in, if it is not, and serves it until it is closed or the task is cancelled. `async def` handlers run in this loop,
        plain ones on a thread."""
        self._loop = loop = asyncio.get_running_loop()
        if self._virtual is None:
            self.plug()
        thread = self._thread
        assert thread is not None
        ended: asyncio.Future[None] = loop.create_future()

        def wait() -> None:
            thread.join()
            _waiting.call_in(loop, _waiting.tell, ended)

        threading.Thread(target=wait, daemon=True).start()
        try:
            await ended
        finally:
            # The thread may be in a handler that waits for this loop: it is not joined here.
            await loop.run_in_executor(None, self.close)
            self._loop = None
        if self.errors:
            raise self.errors[0]

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        """Runs work of an `async def` where the handlers of that kind run, beside them, until it ends or the device is closed."""
        self._spawn(work).add_done_callback(self._hooked)

    # What happens; to be overridden

    def on_reset(self) -> Any:
        """The host reset the device. What was queued is dropped, and no endpoint pauses any more; so it is with `on_configured` and
        `on_alt_setting`."""

    def on_configured(self, configuration: int) -> Any:
        """The host selected a configuration, or the same one again."""

    def on_alt_setting(self, interface: int, alternate: int) -> Any:
        """The host selected an alternate setting."""

    def on_halt(self, endpoint: int, halted: bool) -> Any:
        """The host set or cleared an endpoint's halt."""

    def on_opened(self) -> Any:
        """A program opened the device."""

    def on_closed(self) -> Any:
        """A program closed the device."""

    # The thread

    def _pump(self, virtual: VirtualDevice) -> None:
        while True:
            try:
                if self._in_hand is None:
                    event = virtual.next()
                else:
                    # Its answer must not come between this and the next request.
                    poll = select.poll()
                    poll.register(virtual.fileno(), select.POLLIN)
                    poll.poll(_waiting.LOOK_MS)
                    with self._answering:
                        event = virtual.next(0)
                        if isinstance(event, Setup):
                            self._in_hand = None
            except Timeout:
                continue
            except (Closed, InvalidHandle, ValueError, OSError):
                return
            try:
                with self._serving:
                    self._happened(event)
            except (Closed, InvalidHandle):
                return
            except Exception as error:
                self._failed(error)

    def _happened(self, event: events.VirtualEvent) -> None:
        if isinstance(event, (events.In, events.Out)):
            endpoint = self._endpoints.get(event.endpoint)
            if isinstance(endpoint, In):
                endpoint._on_wanted(event.interval_ns if isinstance(event, events.In) else 0)
            elif isinstance(endpoint, Out):
                endpoint._on_offered()
        elif isinstance(event, Setup):
            self._requested(event)
        elif isinstance(event, events.Reset):
            self._drop(lambda _: True)
            self._call(self.on_reset)
        elif isinstance(event, events.Configured):
            self._drop(lambda _: True)
            self._call(self.on_configured, event.configuration)
        elif isinstance(event, events.AltSetting):
            number = event.interface_number
            self._drop(lambda interfaces: any(one.number == number for one in interfaces or self._build.interfaces[:1]))
            self._call(self.on_alt_setting, number, event.alt_setting)
        elif isinstance(event, events.Halt):
            self._call(self.on_halt, event.endpoint, event.halted)
        elif isinstance(event, events.Opened):
            self._call(self.on_opened)
        elif isinstance(event, events.Closed):
            self._call(self.on_closed)

    def _drop(self, is_meant: Any) -> None:
        """What a reset or another setting makes void: data for the host, and pauses."""
        for endpoint in self._endpoints.values():
            if is_meant(endpoint._declared.interfaces):
                endpoint._forget()

    def _call(self, hook: Any, *arguments: Any) -> None:
        answer = hook(*arguments)
        if asyncio.iscoroutine(answer):
            self.spawn(answer)

    def _hooked(self, answer: Future[Any]) -> None:
        error = None if answer.cancelled() else answer.exception()
        if error is not None:
            self._failed(error)

    # Requests

    def _requested(self, setup: Setup) -> None:
        for request, name in self._requests:
            handler = getattr(self, name)
            if handler is None or not request.fits(setup):
                continue
            try:
                answer = handler(setup)
            except BaseException as error:
                self._refuse(error)
                return
            if asyncio.iscoroutine(answer):
                self._in_hand = setup
                self._spawn(answer).add_done_callback(lambda done: self._answered(setup, done))
                return
            if answer is NotImplemented:
                continue
            self._answer(setup, answer)
            return
        if kind_of(setup) == "standard" and (found := _standard.answer(self, setup)) is not None:
            self._answer(setup, found)
            return
        self.unhandled.append(setup)
        self._refuse(Stall())

    def _answered(self, setup: Setup, done: Future[Any]) -> None:
        with self._answering:
            if self._in_hand is not setup:
                return  # the host gave it up
            self._in_hand = None
            error = Stall() if done.cancelled() else done.exception()
            if error is None:
                self._answer(setup, done.result())
            else:
                self._refuse(error)

    def _answer(self, setup: Setup, answer: Any) -> None:
        try:
            if answer is not None and not setup.is_in:
                raise TypeError(f"a handler returned {answer!r} for {setup}, which goes OUT: return None")
            self.virtual.reply(b"" if answer is None else answer)
        except (Cancelled, NoDevice, NotFound, Closed, InvalidHandle):
            pass  # the host gave it up, or the device was unplugged
        except Exception as error:
            self._refuse(error)

    def _refuse(self, error: BaseException) -> None:
        if not isinstance(error, Stall):
            self._failed(error)
        try:
            self.virtual.stall()
        except Error:
            pass

    # Handlers

    def _spawn(self, handler: Coroutine[Any, Any, Any]) -> Future[Any]:
        """Runs an `async def` handler in the loop of `serve`, or in one of the device's own."""
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._own_loop = threading.Thread(target=_run, args=[self._loop], name="usbx handlers", daemon=True)
            self._own_loop.start()
        running = asyncio.run_coroutine_threadsafe(handler, self._loop)
        self._running.add(running)
        running.add_done_callback(self._running.discard)
        return running

    def _failed(self, error: BaseException) -> None:
        self.errors.append(error)
        print(f"a handler of {self!r} failed:", file=sys.stderr)
        traceback.print_exception(type(error), error, error.__traceback__)


def _run(loop: asyncio.AbstractEventLoop) -> None:
    async def end() -> None:
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    try:
        loop.run_forever()
        loop.run_until_complete(end())
    finally:
        loop.close()
