//! Transfers whose requests the system gets one by one.
//!
//! Where a request cannot be as long as a transfer, the transfer is several. The next one of a read is submitted only when the one before has
//! come back full: a short packet ends the transfer, and what the device sends after it is for the transfer behind. (usbfs has
//! USBDEVFS_URB_BULK_CONTINUATION for that, which takes later requests back when a packet was short. A controller that does not stop there has
//! filled them by then.) So the transfers of an endpoint stand in a line, and the kernel has requests of the first one only, and of those
//! before it, which have left the line as the kernel has all of theirs.

use crate::error::Result;
use crate::sys::out_of_memory;
use std::collections::VecDeque;
use std::sync::Arc;

/// An endpoint's address and a bulk stream.
pub type Place = (u8, u16);

/// The lines of a device's endpoints that have one now.
pub struct Lines<T: ?Sized> {
    lines: Vec<Line<T>>,
}

struct Line<T: ?Sized> {
    place: Place,
    transfers: VecDeque<Arc<T>>,
}

impl<T: ?Sized> Default for Lines<T> {
    fn default() -> Lines<T> {
        Lines { lines: Vec::new() }
    }
}

impl<T: ?Sized> Lines<T> {
    /// Whether no transfer waits there that a new one would have to stand behind.
    #[inline]
    pub fn is_free(&self, place: impl FnOnce() -> Place) -> bool {
        if self.lines.is_empty() {
            return true;
        }
        let place = place();
        self.lines.iter().all(|line| line.place != place)
    }

    /// So that `push` cannot fail.
    pub fn make_room(&mut self, place: Place) -> Result<()> {
        match self.lines.iter_mut().find(|line| line.place == place) {
            Some(line) => line.transfers.try_reserve(1),
            None => self.lines.try_reserve(1),
        }
        .map_err(out_of_memory)
    }

    pub fn push(&mut self, place: Place, transfer: Arc<T>) {
        match self.lines.iter_mut().find(|line| line.place == place) {
            Some(line) => line.transfers.push_back(transfer),
            None => self.lines.push(Line { place, transfers: VecDeque::from([transfer]) }),
        }
    }

    /// The first ones go on, which tell whether they leave the line by that.
    #[inline]
    pub fn advance(&mut self, go_on: impl FnMut(&Arc<T>) -> bool) {
        if !self.lines.is_empty() {
            self.advance_all(go_on);
        }
    }

    #[cold]
    fn advance_all(&mut self, mut go_on: impl FnMut(&Arc<T>) -> bool) {
        for line in &mut self.lines {
            while line.transfers.front().is_some_and(&mut go_on) {
                line.transfers.pop_front();
            }
        }
        self.lines.retain(|line| !line.transfers.is_empty());
    }
}
