//! What a thread looked up last, kept at hand: looking it up again costs no locked instruction.
//!
//! A cache only spares the way to an entry. Whether the entry is still valid is asked of its slot every time.

use super::Entry;
use std::cell::Cell;
use std::sync::Arc;

/// A power of two, so that finding a place is one instruction; this many fill a line of the processor's cache.
pub(super) const PLACES: usize = 8;

/// A few entries, each in the place that the low bits of its token say.
///
/// An entry is out of its place while it is in use, so that neither look-up nor release touches its count of owners. It
/// may stay here after another thread has closed it: then it keeps some memory, of at most [`PLACES`] objects for each
/// thread, until the thread uses the place for another or ends. Nothing else hangs on that: only objects come here that
/// give everything else back when they are closed, without waiting for their last owner.
pub struct Cache<T>([Cell<Option<Arc<Entry<T>>>>; PLACES]);

impl<T> Cache<T> {
    #[allow(clippy::declare_interior_mutable_const)] // the operand of a repeat expression and nothing else
    const FREE: Cell<Option<Arc<Entry<T>>>> = Cell::new(None);

    pub const fn new() -> Self {
        Cache([Self::FREE; PLACES])
    }

    pub(super) fn take(&self, token: usize) -> Option<Arc<Entry<T>>> {
        let place = self.place(token);
        let entry = place.take()?;
        if entry.token == token {
            return Some(entry);
        }
        place.set(Some(entry));
        None
    }

    pub(super) fn put(&self, entry: Arc<Entry<T>>) {
        self.place(entry.token).set(Some(entry));
    }

    pub(super) fn clear(&self) {
        self.0.iter().for_each(|place| place.set(None));
    }

    fn place(&self, token: usize) -> &Cell<Option<Arc<Entry<T>>>> {
        &self.0[token % PLACES]
    }
}
