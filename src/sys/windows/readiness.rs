//! What is ready, and who waits for it. Sources become ready and are so until something says otherwise; sets hold sources or other
//! sets, and are ready while one of theirs is. One lock guards all of it: it is held for a few steps and never while a thread sleeps.

use super::RawDescriptor;
use crate::error::{Error, Result, Status};
use crate::sync::{self, lock, Condvar, Mutex};
use rustc_hash::FxHashMap;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::sync::Arc;
use std::time::Instant;
use windows_sys::Win32::System::Threading::{CreateEventW, ResetEvent, SetEvent};

/// Something to wait for. It lives as long as one of its descriptors.
pub type Descriptor = Arc<Source>;

/// One that other code keeps.
#[derive(Clone, Copy)]
pub struct BorrowedDescriptor<'a>(&'a Descriptor);

/// What a set can wait for.
pub trait Pollable {
    fn as_fd(&self) -> BorrowedDescriptor<'_>;
}

impl Pollable for Descriptor {
    fn as_fd(&self) -> BorrowedDescriptor<'_> {
        BorrowedDescriptor(self)
    }
}

impl Pollable for BorrowedDescriptor<'_> {
    fn as_fd(&self) -> BorrowedDescriptor<'_> {
        *self
    }
}

impl<T: Pollable + ?Sized> Pollable for &T {
    fn as_fd(&self) -> BorrowedDescriptor<'_> {
        (**self).as_fd()
    }
}

impl BorrowedDescriptor<'_> {
    pub(super) fn source(&self) -> &Source {
        self.0
    }
}

/// By its number in the table.
pub struct Source(u64);

/// How something is ready.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub struct State {
    pub read: bool,
    pub write: bool,
    /// It is ready for reading for good: the other end says no more.
    pub ended: bool,
    /// The connection is lost. It counts always.
    pub hung_up: bool,
}

/// What a set waits for at one of its members.
#[derive(Clone, Copy)]
pub struct Interest {
    pub read: bool,
    pub write: bool,
    pub key: u64,
}

impl Interest {
    fn is_met(&self, state: State) -> bool {
        state.hung_up || (self.read && state.read) || (self.write && state.write)
    }
}

#[derive(Default)]
struct Node {
    state: State,
    /// The sets that it is in.
    sets: Vec<(u64, Interest)>,
    /// The members of a set.
    members: Vec<u64>,
    /// Those of them that are ready, with their keys.
    ready: Vec<(u64, u64)>,
    /// Threads that wait for a set.
    sleepers: usize,
    woken: Option<Arc<Condvar>>,
    /// What programs wait for.
    handle: Option<OwnedHandle>,
}

static NODES: Mutex<Option<Nodes>> = Mutex::new(None);

#[derive(Default)]
struct Nodes {
    last: u64,
    all: FxHashMap<u64, Node>,
}

fn with<T>(look: impl FnOnce(&mut Nodes) -> T) -> T {
    look(lock(&NODES).get_or_insert_with(Nodes::default))
}

impl Nodes {
    /// Says how a source is ready, and tells the sets that it is in.
    fn set(&mut self, id: u64, state: State) {
        let Some(node) = self.all.get_mut(&id) else { return };
        if node.state == state {
            return;
        }
        let was_ready = node.state.read;
        node.state = state;
        if was_ready != state.read {
            if let Some(handle) = &node.handle {
                signal(handle, state.read);
            }
        }
        // Indexed, as the sets' own entries are changed meanwhile.
        for at in 0.. {
            let Some((set, interest)) = self.all.get(&id).and_then(|node| node.sets.get(at)).copied() else { break };
            self.note(set, id, interest, state);
        }
    }

    /// Notes in a set how a member is.
    fn note(&mut self, set: u64, member: u64, interest: Interest, state: State) {
        let Some(node) = self.all.get_mut(&set) else { return };
        node.ready.retain(|(ready, _)| *ready != member);
        if interest.is_met(state) {
            node.ready.push((member, interest.key));
            if let (true, Some(woken)) = (node.sleepers > 0, &node.woken) {
                woken.notify_all();
            }
        }
        let state = State { read: !node.ready.is_empty(), ..State::default() };
        self.set(set, state);
    }

    fn leave(&mut self, set: u64, member: u64) {
        if let Some(node) = self.all.get_mut(&member) {
            node.sets.retain(|(other, _)| *other != set);
        }
        if let Some(node) = self.all.get_mut(&set) {
            node.members.retain(|other| *other != member);
        }
        self.note(set, member, Interest { read: false, write: false, key: 0 }, State::default());
    }
}

impl Source {
    pub fn new(state: State) -> Descriptor {
        with(|nodes| {
            nodes.last += 1;
            nodes.all.insert(nodes.last, Node { state, ..Node::default() });
            Arc::new(Source(nodes.last))
        })
    }

    /// One that other sources are members of.
    pub fn set() -> Descriptor {
        let set = Source::new(State::default());
        with(|nodes| {
            if let Some(node) = nodes.all.get_mut(&set.0) {
                node.woken = Some(Arc::default());
            }
        });
        set
    }

    pub fn change(&self, change: impl FnOnce(&mut State)) {
        with(|nodes| {
            let Some(mut state) = nodes.all.get(&self.0).map(|node| node.state) else { return };
            change(&mut state);
            nodes.set(self.0, state);
        });
    }

    /// From now on the set waits for the member in this way.
    pub fn watch(&self, member: &Source, interest: Interest) {
        with(|nodes| {
            let Some(node) = nodes.all.get_mut(&member.0) else { return };
            node.sets.retain(|(set, _)| *set != self.0);
            node.sets.push((self.0, interest));
            let state = node.state;
            if let Some(set) = nodes.all.get_mut(&self.0) {
                if !set.members.contains(&member.0) {
                    set.members.push(member.0);
                }
            }
            nodes.note(self.0, member.0, interest, state);
        });
    }

    pub fn forget(&self, member: &Source) {
        with(|nodes| nodes.leave(self.0, member.0));
    }

    /// Sleeps until a member is ready or the deadline: the keys of those that are, and of those of them that have hung up.
    pub fn wait(&self, deadline: Option<Instant>) -> (Vec<u64>, Vec<u64>) {
        let mut guard = lock(&NODES);
        loop {
            let Some(node) = guard.as_mut().and_then(|nodes| nodes.all.get_mut(&self.0)) else {
                return Default::default();
            };
            if !node.ready.is_empty() || deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                break;
            }
            let Some(woken) = node.woken.clone() else { break };
            node.sleepers += 1;
            guard = sync::wait(&woken, guard, deadline);
            if let Some(node) = guard.as_mut().and_then(|nodes| nodes.all.get_mut(&self.0)) {
                node.sleepers -= 1;
            }
        }
        let Some(nodes) = guard.as_ref() else { return Default::default() };
        let ready = nodes.all.get(&self.0).map(|node| node.ready.as_slice()).unwrap_or_default();
        let has_hung_up = |member| nodes.all.get(member).is_some_and(|node| node.state.hung_up);
        let gone = ready.iter().filter(|(member, _)| has_hung_up(member)).map(|(_, key)| *key).collect();
        (ready.iter().map(|(_, key)| *key).collect(), gone)
    }

    /// The HANDLE of an event that is signalled while it is ready for reading. It lives as long as this.
    pub fn handle(&self) -> Result<RawDescriptor> {
        with(|nodes| {
            let none = || Error::new(Status::NoMem, "the system has no memory for an event; close some handles");
            let node = nodes.all.get_mut(&self.0).ok_or_else(none)?;
            if node.handle.is_none() {
                // SAFETY: a new event of nobody else's, without a name, that stays signalled until it is reset.
                let event = unsafe { CreateEventW(std::ptr::null(), 1, node.state.read.into(), std::ptr::null()) };
                if event.is_null() {
                    return Err(none());
                }
                // SAFETY: just made, and kept here alone.
                node.handle = Some(unsafe { OwnedHandle::from_raw_handle(event) });
            }
            node.handle.as_ref().map(|handle| handle.as_raw_handle() as isize as RawDescriptor).ok_or_else(none)
        })
    }
}

fn signal(event: &OwnedHandle, ready: bool) {
    // SAFETY: an event that lives as long as the reference.
    unsafe {
        match ready {
            true => SetEvent(event.as_raw_handle()),
            false => ResetEvent(event.as_raw_handle()),
        }
    };
}

impl Drop for Source {
    fn drop(&mut self) {
        // What it had is dropped without the lock.
        let node = with(|nodes| {
            let sets: Vec<u64> = nodes.all.get(&self.0)?.sets.iter().map(|(set, _)| *set).collect();
            sets.into_iter().for_each(|set| nodes.leave(set, self.0));
            let node = nodes.all.remove(&self.0)?;
            for member in &node.members {
                if let Some(member) = nodes.all.get_mut(member) {
                    member.sets.retain(|(set, _)| *set != self.0);
                }
            }
            Some(node)
        });
        drop(node);
    }
}
