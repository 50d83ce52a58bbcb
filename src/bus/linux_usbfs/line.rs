//! Transfers whose requests the kernel gets one by one.
//!
//! Where a request cannot be as long as a transfer, the transfer is several. The next one of a read is submitted only when the one before has
//! come back full: a short packet ends the transfer, and what the device sends after it is for the transfer behind. (usbfs has
//! USBDEVFS_URB_BULK_CONTINUATION for that, which takes later requests back when a packet was short. A controller that does not stop there has
//! filled them by then.) So the transfers of an endpoint stand in a line, and the kernel has requests of the first one only, and of those
//! before it, which have left the line as the kernel has all of theirs.

use crate::error::Result;
use crate::sys::{out_of_memory, Event};
use std::collections::VecDeque;
use std::sync::Arc;

/// An endpoint's address and a bulk stream.
pub type Place = (u8, u16);

/// The lines of a device's endpoints that have one now. With the reaper's lock held.
pub struct Lines<T> {
    lines: Vec<Line<T>>,
    /// Set when a transfer has ended in a line, which the node says nothing of. Made with the first line.
    waker: Option<Arc<Event>>,
}

struct Line<T> {
    place: Place,
    transfers: VecDeque<Arc<T>>,
}

impl<T> Default for Lines<T> {
    fn default() -> Lines<T> {
        Lines { lines: Vec::new(), waker: None }
    }
}

impl<T> Lines<T> {
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Whether no transfer waits there that a new one would have to stand behind.
    #[inline]
    pub fn is_free(&self, place: impl FnOnce() -> Place) -> bool {
        if self.lines.is_empty() {
            return true;
        }
        let place = place();
        self.lines.iter().all(|line| line.place != place)
    }

    /// What the thread that sleeps on the node is to look at besides.
    pub fn waker(&self) -> Option<Arc<Event>> {
        self.waker.clone()
    }

    pub fn wake(&self) {
        self.waker.iter().for_each(|waker| waker.set());
    }

    /// So that `push` cannot fail.
    pub fn make_room(&mut self, place: Place) -> Result<()> {
        if self.waker.is_none() {
            self.waker = Some(Arc::new(Event::new()?));
        }
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
    #[cold]
    pub fn advance(&mut self, mut go_on: impl FnMut(&Arc<T>) -> bool) {
        for line in &mut self.lines {
            while line.transfers.front().is_some_and(&mut go_on) {
                line.transfers.pop_front();
            }
        }
        self.lines.retain(|line| !line.transfers.is_empty());
    }
}
