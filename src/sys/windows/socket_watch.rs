//! Tells readiness of a socket as the system notices it. Windows says each thing once, until the call that it was about has been made
//! again; who finds that a call has nothing says so here, and makes it again.

use super::readiness::{Descriptor, Source, State};
use std::ffi::c_void;
use std::io;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle, RawSocket};
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use windows_sys::Win32::Foundation::{HANDLE, INVALID_HANDLE_VALUE};
use windows_sys::Win32::Networking::WinSock::{
    WSAEnumNetworkEvents, WSAEventSelect, FD_ACCEPT, FD_CLOSE, FD_CLOSE_BIT, FD_CONNECT, FD_CONNECT_BIT, FD_READ,
    FD_WRITE, SOCKET, WSANETWORKEVENTS,
};
use windows_sys::Win32::System::Threading::{
    CreateEventW, RegisterWaitForSingleObject, UnregisterWaitEx, INFINITE, WT_EXECUTEINWAITTHREAD,
};

pub struct SocketWatch {
    wait: HANDLE,
    /// The callback has its address.
    shared: Box<Shared>,
}

struct Shared {
    source: Descriptor,
    socket: SOCKET,
    event: OwnedHandle,
    /// What came of connecting has been said, and what it was.
    connected: AtomicBool,
    refused: AtomicI32,
}

// SAFETY: the wait is begun and ended by any thread, and what is shared is.
unsafe impl Send for SocketWatch {}
// SAFETY: as above.
unsafe impl Sync for SocketWatch {}

impl SocketWatch {
    /// The socket, which never waits from now on, is open as long as this.
    pub fn new(socket: RawSocket, is_connected: bool) -> io::Result<SocketWatch> {
        super::exit::stay_loaded();
        // SAFETY: a new event of nobody else's, without a name.
        let event = unsafe { CreateEventW(std::ptr::null(), 0, 0, std::ptr::null()) };
        if event.is_null() {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: just made, and kept here alone.
        let event = unsafe { OwnedHandle::from_raw_handle(event) };
        let (source, connected) = (Source::new(State::default()), AtomicBool::new(is_connected));
        let shared =
            Box::new(Shared { source, socket: socket as SOCKET, event, connected, refused: AtomicI32::new(0) });
        let mut wait = std::ptr::null_mut();
        let context: *const Shared = &*shared;
        // SAFETY: `drop` waits for the callback before what it is given is gone.
        let begun = unsafe {
            RegisterWaitForSingleObject(
                &mut wait,
                shared.event.as_raw_handle(),
                Some(happened),
                context as *const c_void,
                INFINITE,
                WT_EXECUTEINWAITTHREAD,
            )
        };
        if begun == 0 {
            return Err(io::Error::last_os_error());
        }
        let watch = SocketWatch { wait, shared };
        let events = (FD_READ | FD_WRITE | FD_ACCEPT | FD_CONNECT | FD_CLOSE) as i32;
        // SAFETY: an open socket and an event that lives as long as the watch.
        match unsafe { WSAEventSelect(watch.shared.socket, watch.shared.event.as_raw_handle() as isize, events) } {
            0 => Ok(watch),
            _ => Err(io::Error::last_os_error()),
        }
    }

    pub fn source(&self) -> &Descriptor {
        &self.shared.source
    }

    /// Whether the connection stands, once it is ready for writing.
    pub fn connected(&self) -> io::Result<()> {
        match self.shared.refused.load(Ordering::Acquire) {
            0 => Ok(()),
            code => Err(io::Error::from_raw_os_error(code)),
        }
    }

    pub fn is_connecting(&self) -> bool {
        !self.shared.connected.load(Ordering::Acquire)
    }

    /// Makes a call that reads or accepts. Where there is nothing, it is made once more after that was said: what comes from then on is told.
    pub fn reading<T>(&self, mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
        self.trying(&mut call, |state, ready| state.read = ready || state.ended)
    }

    /// The same for one that writes.
    pub fn writing<T>(&self, mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
        self.trying(&mut call, |state, ready| state.write = ready)
    }

    fn trying<T>(&self, call: &mut dyn FnMut() -> io::Result<T>, note: fn(&mut State, bool)) -> io::Result<T> {
        let is_nothing =
            |result: &io::Result<T>| matches!(result, Err(error) if error.kind() == io::ErrorKind::WouldBlock);
        let first = call();
        if !is_nothing(&first) {
            return first;
        }
        self.shared.source.change(|state| note(state, false));
        let second = call();
        if !is_nothing(&second) {
            self.shared.source.change(|state| note(state, true));
        }
        second
    }
}

unsafe extern "system" fn happened(context: *mut c_void, _timed_out: bool) {
    // SAFETY: `new` gave it, and `drop` waits for this to end.
    let shared = unsafe { &*(context as *const Shared) };
    // SAFETY: plain numbers.
    let mut news: WSANETWORKEVENTS = unsafe { std::mem::zeroed() };
    // SAFETY: the socket is open as long as the watch, and the place is one for what it says.
    if unsafe { WSAEnumNetworkEvents(shared.socket, shared.event.as_raw_handle() as isize, &mut news) } != 0 {
        return;
    }
    if news.lNetworkEvents as u32 & FD_CONNECT != 0 {
        shared.refused.store(news.iErrorCode[FD_CONNECT_BIT as usize], Ordering::Release);
        shared.connected.store(true, Ordering::Release);
    }
    let has = |what: u32| news.lNetworkEvents as u32 & what != 0;
    shared.source.change(|state| {
        // A connection that has ended is ready for reading, which says so.
        state.ended |= has(FD_CLOSE);
        state.hung_up |= has(FD_CLOSE) && news.iErrorCode[FD_CLOSE_BIT as usize] != 0;
        state.read |= has(FD_READ | FD_ACCEPT | FD_CLOSE);
        state.write |= has(FD_WRITE | FD_CONNECT);
    });
}

impl Drop for SocketWatch {
    fn drop(&mut self) {
        // SAFETY: begun by `new`; it returns once no callback runs or is to come. The socket is still open.
        unsafe {
            WSAEventSelect(self.shared.socket, 0, 0);
            UnregisterWaitEx(self.wait, INVALID_HANDLE_VALUE);
        }
    }
}
