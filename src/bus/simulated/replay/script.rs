//! What was recorded at one endpoint, and how far the host is with it.

use crate::bus::simulated::recording::{Outcome, Urb};

#[derive(Default)]
pub struct Script {
    urbs: Vec<Urb>,
    taken: Vec<bool>,
    /// The first that is not taken.
    next: usize,
    /// How many are not taken that moved something, or ended by themselves.
    pub remaining: u64,
}

impl Script {
    pub fn new(urbs: Vec<Urb>) -> Script {
        let taken = vec![false; urbs.len()];
        let remaining = urbs.iter().filter(|urb| !is_wait(urb)).count() as u64;
        Script { urbs, taken, next: 0, remaining }
    }

    pub fn urb(&self, at: usize) -> &Urb {
        &self.urbs[at]
    }

    pub fn is_taken(&self, at: usize) -> bool {
        self.taken[at]
    }

    /// The last that came to something, and its frame.
    pub fn last(&self) -> Option<(u64, usize)> {
        let at = self.urbs.iter().rposition(|urb| !is_wait(urb))?;
        Some((self.urbs[at].frame, at))
    }

    /// The first that is not taken.
    pub fn next(&self) -> Option<usize> {
        Some(self.next).filter(|next| *next < self.urbs.len())
    }

    /// True if there is one less now that came to something.
    pub fn take(&mut self, at: usize) -> bool {
        let counts = !std::mem::replace(&mut self.taken[at], true) && !is_wait(&self.urbs[at]);
        self.remaining -= u64::from(counts);
        while self.taken.get(self.next) == Some(&true) {
            self.next += 1;
        }
        counts
    }

    /// The same backwards.
    pub fn give_back(&mut self, at: usize) -> bool {
        let counts = std::mem::replace(&mut self.taken[at], false) && !is_wait(&self.urbs[at]);
        self.remaining += u64::from(counts);
        self.next = self.next.min(at);
        counts
    }

    /// The first that is not taken and fits.
    pub fn find(&self, fits: impl Fn(&Urb) -> bool) -> Option<usize> {
        (self.next..self.urbs.len()).find(|at| !self.taken[*at] && fits(&self.urbs[*at]))
    }

    /// The last that was taken and fits.
    pub fn find_again(&self, fits: impl Fn(&Urb) -> bool) -> Option<usize> {
        (0..self.urbs.len()).rev().find(|at| self.taken[*at] && fits(&self.urbs[*at]))
    }

    /// The last frame of it.
    pub fn last_frame(&self) -> Option<u64> {
        self.urbs.last().map(|urb| urb.frame)
    }
}

/// Nothing came of it: the host gave it up, or the recording ended.
pub fn is_wait(urb: &Urb) -> bool {
    matches!(urb.outcome, Outcome::Cancelled | Outcome::Unknown) && urb.received().is_empty()
}
