//! The table behind every handle: a token goes in, the object comes out, or a plain refusal.
//!
//! No operation takes a lock, and none waits for another thread to finish its own. So a forked child can use the table
//! at once, whatever the parent's other threads were doing to it when they vanished; at worst it has a free slot less.

mod cache;
mod cell;
#[cfg(all(test, not(loom)))]
mod tests;

pub use cache::Cache;

use cell::{AtomicU32, AtomicU64, AtomicUsize, Cell, Once, Ordering};
use std::ops::Deref;
use std::sync::Arc;

/// Bits of a token, from the lowest: slot, kind, generation. On 64 bits the generation lies above bit 31, so that a
/// token cut to 32 bits is never valid, and the whole stays below 2^53, which is where JavaScript's numbers end.
#[cfg(target_pointer_width = "64")]
const WIDTHS: (u32, u32, u32) = (28, 4, 21);
#[cfg(target_pointer_width = "32")]
const WIDTHS: (u32, u32, u32) = (13, 3, 16);

const SLOT_BITS: u32 = WIDTHS.0;
const KIND_LIMIT: usize = 1 << WIDTHS.1;
const GENERATION_SHIFT: u32 = WIDTHS.0 + WIDTHS.1;
const LAST_GENERATION: u32 = (1 << WIDTHS.2) - 1;

/// The first slots lie in the table itself, so that the common case follows no pointer and allocates nothing; every
/// further chunk has as many as all before it.
#[cfg(not(loom))]
const FIRST_BITS: u32 = 6;
#[cfg(not(loom))]
const CHUNKS: u32 = SLOT_BITS - FIRST_BITS;
// Small, so that loom meets a further chunk soon and has few objects to follow.
#[cfg(loom)]
const FIRST_BITS: u32 = 1;
#[cfg(loom)]
const CHUNKS: u32 = 1;
const FIRST: usize = 1 << FIRST_BITS;
/// What there is room for: all that the slot bits of a token can name.
const SLOTS: u32 = 1 << (FIRST_BITS + CHUNKS);

/// What can be kept in a [`Registry`].
pub trait Kinded {
    /// The kind of handle this object is for: 1 to 15 (7 on 32-bit targets).
    fn kind(&self) -> u8;

    /// Whether a [`Cache`] may hold this object, and so keep it after its handle was closed: only if nothing but some
    /// memory waits for its `Drop` then, no file descriptor for example.
    fn may_linger(&self) -> bool;

    /// Calls with the cache of this thread; `None` if that is gone already, as the thread ends. A generic type cannot
    /// have a thread's variable, so the object type lends one.
    fn with_cache<R>(call: impl FnOnce(&Cache<Self>) -> R) -> Option<R>
    where
        Self: Sized;
}

/// A handle as the caller holds it. Never 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token(usize);

impl Token {
    fn new(slot: u32, kind: usize, generation: u32) -> Self {
        Token((generation as usize) << GENERATION_SHIFT | kind << SLOT_BITS | slot as usize)
    }

    /// The number that is given to the caller, and that [`Registry::get`] takes back.
    pub fn value(self) -> usize {
        self.0
    }
}

fn slot_of(token: usize) -> u32 {
    (token & ((1 << SLOT_BITS) - 1)) as u32
}

/// The kind of handle that a token claims to be.
pub fn kind_of(token: usize) -> usize {
    token >> SLOT_BITS & (KIND_LIMIT - 1)
}

/// Why a token was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// NULL, closed, forged, damaged, or of another kind.
    Invalid,
    /// A live handle of the process this one was forked from.
    Forked,
}

/// An object with the token and the process it was registered under.
pub struct Entry<T> {
    // The whole token, kind and generation included: one comparison validates all of it.
    token: usize,
    process: u32,
    object: T,
}

impl<T> Deref for Entry<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.object
    }
}

/// An object that was looked up, kept alive while this exists even if its handle is closed meanwhile.
pub struct Ref<'a, T: Kinded> {
    slot: &'a Slot<T>,
    /// `None` only while this is dropped.
    entry: Option<Arc<Entry<T>>>,
}

impl<T: Kinded> Deref for Ref<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        match &self.entry {
            Some(entry) => &entry.object,
            None => unreachable!("a Ref has its entry until it is dropped"),
        }
    }
}

impl<T: Kinded> Drop for Ref<'_, T> {
    fn drop(&mut self) {
        let lingers = |entry: &Arc<Entry<T>>| entry.object.may_linger() && self.slot.is_valid(entry);
        if let Some(entry) = self.entry.take().filter(lingers) {
            T::with_cache(|cache| cache.put(entry));
        }
    }
}

struct Slot<T> {
    entry: Cell<Entry<T>>,
    /// The address of the entry if it is valid, or 0. Set after the entry is in place, and cleared before it is taken
    /// out: the thread that clears it ends the entry. A thread that holds an entry cannot mistake another for it, as no two
    /// that exist have the same address.
    valid: AtomicUsize,
    /// Of the next entry. Only the thread that holds the empty slot touches it.
    generation: AtomicU32,
    /// The free slot below this one in the stack, plus one; 0 at the bottom.
    below: AtomicU32,
}

impl<T> Slot<T> {
    fn is_valid(&self, entry: &Arc<Entry<T>>) -> bool {
        self.valid.load(Ordering::Acquire) == address(entry)
    }

    /// The entry of a token without the help of a cache.
    #[cold]
    fn find(&self, token: usize) -> Option<Arc<Entry<T>>> {
        self.entry.load().filter(|entry| entry.token == token && self.is_valid(entry))
    }
}

/// All open handles, of every kind, each in a slot that never moves.
pub struct Registry<T> {
    first: [Slot<T>; FIRST],
    // Once, not a blocking OnceCell: a fork in the middle of its initialisation would block the child forever.
    chunks: [Once<Box<[Slot<T>]>>; CHUNKS as usize],
    /// How many slots were ever taken; those above have never been used.
    used: AtomicU32,
    /// The stack of free slots: the topmost plus one in the low half (0 if empty), a count of changes in the high half.
    /// Without the count, a pop that was overtaken by pop, pop, push would see the same top again and bring back a
    /// `below` that is in use.
    free: AtomicU64,
    slots: u32,
    last_generation: u32,
}

#[cfg(not(loom))]
impl<T> Registry<T> {
    #[allow(clippy::declare_interior_mutable_const)] // these two are operands of repeat expressions and nothing else
    const EMPTY_SLOT: Slot<T> = Slot {
        entry: Cell::empty(),
        valid: AtomicUsize::new(0),
        generation: AtomicU32::new(1),
        below: AtomicU32::new(0),
    };
    #[allow(clippy::declare_interior_mutable_const)]
    const NO_CHUNK: Once<Box<[Slot<T>]>> = Once::new();

    /// An empty table, fit for a static.
    pub const fn new() -> Self {
        Registry {
            first: [Self::EMPTY_SLOT; FIRST],
            chunks: [Self::NO_CHUNK; CHUNKS as usize],
            used: AtomicU32::new(0),
            free: AtomicU64::new(0),
            slots: SLOTS,
            last_generation: LAST_GENERATION,
        }
    }

    fn chunk(slots: usize) -> Box<[Slot<T>]> {
        (0..slots).map(|_| Self::EMPTY_SLOT).collect()
    }
}

/// The same again, as loom's types cannot be made in a constant.
#[cfg(loom)]
impl<T> Registry<T> {
    fn empty_slot() -> Slot<T> {
        Slot {
            entry: Cell::empty(),
            valid: AtomicUsize::new(0),
            generation: AtomicU32::new(1),
            below: AtomicU32::new(0),
        }
    }

    pub fn new() -> Self {
        Registry {
            first: std::array::from_fn(|_| Self::empty_slot()),
            chunks: std::array::from_fn(|_| Once::new()),
            used: AtomicU32::new(0),
            free: AtomicU64::new(0),
            slots: SLOTS,
            last_generation: LAST_GENERATION,
        }
    }

    fn chunk(slots: usize) -> Box<[Slot<T>]> {
        (0..slots).map(|_| Self::empty_slot()).collect()
    }
}

impl<T: Kinded> Registry<T> {
    /// An empty table whose slots, and the generations of each, run out soon.
    #[cfg(any(test, loom))]
    pub fn with_limits(slots: u32, last_generation: u32) -> Self {
        assert!(slots <= SLOTS && (1..=LAST_GENERATION).contains(&last_generation));
        Registry { slots, last_generation, ..Self::new() }
    }

    /// Registers an object. None, and the object is dropped, if the table is full or no token can hold the kind.
    ///
    /// `process` is a number of the caller's choice that a forked child does not share with its parent.
    pub fn insert(&self, object: T, process: u32) -> Option<Token> {
        let kind = usize::from(object.kind());
        if kind == 0 || kind >= KIND_LIMIT {
            return None;
        }
        let (index, slot) = self.pop().or_else(|| self.unused())?;
        let token = Token::new(index, kind, slot.generation.load(Ordering::Relaxed));
        let entry = Arc::new(Entry { token: token.value(), process, object });
        let address = address(&entry);
        slot.entry.fill(entry);
        slot.valid.store(address, Ordering::Release);
        Some(token)
    }

    /// Looks a token up, and holds the object for as long as the result lives.
    pub fn get(&self, token: usize, kind: u8, process: u32) -> Result<Ref<'_, T>, Refused> {
        let (slot, entry) = self.look_up(token, kind, process)?;
        Ok(Ref { slot, entry: Some(entry) })
    }

    /// Ends a token's validity and hands its entry over. Of several at once, exactly one gets it.
    pub fn remove(&self, token: usize, kind: u8, process: u32) -> Result<Arc<Entry<T>>, Refused> {
        let (slot, entry) = self.look_up(token, kind, process)?;
        if self.end(slot, &entry) {
            Ok(entry)
        } else {
            Err(Refused::Invalid)
        }
    }

    /// Removes every entry of this process. One that is inserted meanwhile may stay.
    pub fn drain(&self, process: u32) -> Vec<Arc<Entry<T>>> {
        T::with_cache(Cache::clear);
        let ended = self.every_slot().filter_map(|slot| {
            let entry = slot.entry.load().filter(|entry| entry.process == process)?;
            Some(entry).filter(|entry| self.end(slot, entry))
        });
        ended.collect()
    }

    /// How many entries this process has.
    #[allow(dead_code)] // so far only the tests ask
    pub fn len(&self, process: u32) -> usize {
        let ours = |slot: &&Slot<T>| matches!(slot.entry.load(), Some(entry) if entry.process == process);
        self.every_slot().filter(ours).count()
    }

    /// The slot of a token and its entry, which was valid at one moment. The entry is out of this thread's cache then.
    fn look_up(&self, token: usize, kind: u8, process: u32) -> Result<(&Slot<T>, Arc<Entry<T>>), Refused> {
        if kind_of(token) != usize::from(kind) {
            return Err(Refused::Invalid);
        }
        let slot = self.slot(slot_of(token)).ok_or(Refused::Invalid)?;
        let cached = T::with_cache(|cache| cache.take(token)).flatten();
        let entry = match cached.filter(|entry| slot.is_valid(entry)) {
            Some(entry) => entry,
            None => slot.find(token).ok_or(Refused::Invalid)?,
        };
        if entry.process == process {
            Ok((slot, entry))
        } else {
            Err(Refused::Forked)
        }
    }

    /// Ends the validity of an entry, and makes its slot free for the next generation if there is one. False if it has
    /// ended before.
    fn end(&self, slot: &Slot<T>, entry: &Arc<Entry<T>>) -> bool {
        if slot.valid.compare_exchange(address(entry), 0, Ordering::AcqRel, Ordering::Relaxed).is_err() {
            return false;
        }
        // From here to the push the slot is this thread's alone: no other thread could end its entry, and it is not on the
        // stack. Without the push it is retired.
        slot.entry.clear();
        let generation = (entry.token >> GENERATION_SHIFT) as u32;
        if generation < self.last_generation {
            slot.generation.store(generation + 1, Ordering::Relaxed);
            self.push(slot_of(entry.token), slot);
        }
        true
    }

    fn push(&self, index: u32, slot: &Slot<T>) {
        let mut free = self.free.load(Ordering::Relaxed);
        loop {
            slot.below.store(free as u32, Ordering::Relaxed);
            match self.free.compare_exchange_weak(free, stack(free, index + 1), Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return,
                Err(now) => free = now,
            }
        }
    }

    fn pop(&self) -> Option<(u32, &Slot<T>)> {
        let mut free = self.free.load(Ordering::Acquire);
        loop {
            let index = (free as u32).checked_sub(1)?;
            let slot = self.slot(index)?;
            let below = slot.below.load(Ordering::Relaxed);
            match self.free.compare_exchange_weak(free, stack(free, below), Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return Some((index, slot)),
                Err(now) => free = now,
            }
        }
    }

    /// Takes a slot into use for the first time.
    fn unused(&self) -> Option<(u32, &Slot<T>)> {
        let next = |used| if used < self.slots { Some(used + 1) } else { None };
        let index = self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).ok()?;
        if let Some((chunk, _)) = further(index) {
            self.chunks.get(chunk)?.get_or_init(|| Box::new(Self::chunk(FIRST << chunk)));
        }
        Some((index, self.slot(index)?))
    }

    fn slot(&self, index: u32) -> Option<&Slot<T>> {
        match further(index) {
            None => self.first.get(index as usize),
            Some((chunk, offset)) => self.chunks.get(chunk)?.get()?.get(offset),
        }
    }

    fn every_slot(&self) -> impl Iterator<Item = &Slot<T>> + '_ {
        (0..self.used.load(Ordering::Relaxed)).filter_map(move |index| self.slot(index))
    }
}

/// What distinguishes an entry from all others that exist.
fn address<T>(entry: &Arc<Entry<T>>) -> usize {
    Arc::as_ptr(entry) as usize
}

/// The chunk of a slot that is not among the first, and the place in it.
fn further(index: u32) -> Option<(usize, usize)> {
    if (index as usize) < FIRST {
        return None;
    }
    let bits = 31 - index.leading_zeros();
    Some(((bits - FIRST_BITS) as usize, (index - (1 << bits)) as usize))
}

/// The stack after one more change, with this slot plus one on top.
fn stack(before: u64, top: u32) -> u64 {
    (before >> 32).wrapping_add(1) << 32 | u64::from(top)
}
