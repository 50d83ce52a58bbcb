//! What was recorded at one endpoint, and how far the host is with it.

use crate::bus::simulated::recording::{Outcome, Urb};

#[derive(Default)]
pub struct Script {
    urbs: Vec<Urb>,
    taken: Vec<bool>,
    /// The first that is not taken.
    next: usize,
}

impl Script {
    pub fn new(urbs: Vec<Urb>) -> Script {
        let taken = vec![false; urbs.len()];
        Script { urbs, taken, next: 0 }
    }

    pub fn urb(&self, at: usize) -> &Urb {
        &self.urbs[at]
    }

    /// The first that is not taken.
    pub fn next(&self) -> Option<usize> {
        Some(self.next).filter(|next| *next < self.urbs.len())
    }

    pub fn take(&mut self, at: usize) {
        self.taken[at] = true;
        while self.taken.get(self.next) == Some(&true) {
            self.next += 1;
        }
    }

    /// It was not moved after all.
    pub fn give_back(&mut self, at: usize) {
        self.taken[at] = false;
        self.next = self.next.min(at);
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

    /// How many are left that moved something, or ended by themselves.
    pub fn remaining(&self) -> u64 {
        let left = (self.next..self.urbs.len()).filter(|at| !self.taken[*at]);
        left.filter(|at| !is_wait(&self.urbs[*at])).count() as u64
    }
}

/// Nothing came of it: the host gave it up, or the recording ended.
pub fn is_wait(urb: &Urb) -> bool {
    matches!(urb.outcome, Outcome::Cancelled | Outcome::Unknown) && urb.received().is_empty()
}
