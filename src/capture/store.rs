//! The memory in which records wait to be written: blocks that are used again and again, up to a limit.

use crate::sys::try_vec;
use std::collections::VecDeque;

/// Records one after the other, and how many.
#[derive(Default)]
pub struct Block {
    pub bytes: Vec<u8>,
    pub records: u64,
    /// It is one of the store's.
    lent: bool,
}

pub struct Store {
    /// In the order of their records; the last one has room.
    blocks: VecDeque<Block>,
    free: Vec<Block>,
    size: usize,
    limit: usize,
    /// Bytes of the blocks, those that are being written included.
    allocated: usize,
    /// Beyond so many bytes the oldest records go.
    ring: Option<usize>,
    /// Bytes of the blocks that wait here.
    kept: usize,
}

impl Store {
    pub fn new(limit: usize, ring: bool) -> Store {
        let size = (limit / 128).clamp(4 * 1024, 1024 * 1024);
        // While a ring's records are being written, others come.
        let (ring, limit) = if ring { (Some(limit), 2 * limit) } else { (None, limit) };
        Store { blocks: VecDeque::new(), free: Vec::new(), size, limit, allocated: 0, ring, kept: 0 }
    }

    /// A place for records of so many bytes at most; `None` if there is no memory for them. And how many records had to go for it.
    pub fn place(&mut self, length: usize) -> (Option<&mut Block>, u64) {
        let fits = |block: &Block| block.bytes.capacity() - block.bytes.len() >= length;
        let mut forgotten = 0;
        if !self.blocks.back().is_some_and(fits) {
            forgotten = self.make_room(length);
            match self.block(length) {
                Some(block) => {
                    self.kept += block.bytes.capacity();
                    self.blocks.push_back(block);
                }
                None => return (None, forgotten),
            }
        }
        (self.blocks.back_mut(), forgotten)
    }

    fn block(&mut self, length: usize) -> Option<Block> {
        if length <= self.size {
            if let Some(block) = self.free.pop() {
                return Some(block);
            }
        }
        let size = length.max(self.size);
        if self.allocated + size > self.limit {
            return None;
        }
        let block = Block { bytes: try_vec(size).ok()?, records: 0, lent: true };
        self.allocated += block.bytes.capacity();
        Some(block)
    }

    /// Lets go of a ring's oldest records, and of what is free where that is too short.
    fn make_room(&mut self, length: usize) -> u64 {
        let (need, mut forgotten) = (length.max(self.size), 0);
        while self.ring.is_some_and(|most| self.kept + need > most) {
            let Some(block) = self.blocks.pop_front() else { break };
            forgotten += block.records;
            self.kept -= block.bytes.capacity();
            self.give_back(block);
        }
        while length > self.size && self.allocated + need > self.limit {
            let Some(block) = self.free.pop() else { break };
            self.allocated -= block.bytes.capacity();
        }
        forgotten
    }

    pub fn is_ring(&self) -> bool {
        self.ring.is_some()
    }

    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// Whether so much waits that it is to be written now. To wake the thread for each block costs the threads that move data more than
    /// their copies do.
    pub fn is_worth_writing(&self) -> bool {
        self.kept > self.portion()
    }

    /// So many bytes are written at a time.
    pub fn portion(&self) -> usize {
        self.limit / 16
    }

    /// The first blocks of what waits, up to so many bytes but one at least: to be written and given back.
    pub fn take(&mut self, most: usize) -> VecDeque<Block> {
        let mut taken = VecDeque::new();
        let mut bytes = 0;
        while bytes < most {
            let Some(block) = self.blocks.pop_front() else { break };
            bytes += block.bytes.capacity();
            taken.push_back(block);
        }
        self.kept -= bytes;
        taken
    }

    pub fn give_back(&mut self, mut block: Block) {
        if !block.lent {
            return;
        }
        // One that was made for a long record is not kept.
        if block.bytes.capacity() >= 2 * self.size {
            self.allocated -= block.bytes.capacity();
            return;
        }
        block.bytes.clear();
        block.records = 0;
        self.free.push(block);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(store: &mut Store, length: usize) -> bool {
        let (place, _) = store.place(length);
        let Some(place) = place else { return false };
        place.bytes.resize(place.bytes.len() + length, 0);
        place.records += 1;
        true
    }

    fn records(blocks: &VecDeque<Block>) -> u64 {
        blocks.iter().map(|block| block.records).sum()
    }

    #[test]
    fn a_full_store_takes_no_more_until_blocks_are_given_back() {
        let mut store = Store::new(16 * 1024, false);
        assert_eq!((0..20).filter(|_| add(&mut store, 3000)).count(), 4);
        let taken = store.take(usize::MAX);
        assert_eq!(records(&taken), 4);
        assert!(!add(&mut store, 3000), "what is being written counts");
        taken.into_iter().for_each(|block| store.give_back(block));
        assert!(add(&mut store, 3000));
        assert!(!add(&mut store, 64 * 1024));
    }

    /// The thread that writes is not woken for less, and does not keep more of the memory for itself.
    #[test]
    fn blocks_are_written_by_portions() {
        let mut store = Store::new(128 * 4096, false);
        let mut added = 0;
        while !store.is_worth_writing() {
            assert!(add(&mut store, 4000));
            added += 1;
        }
        assert_eq!(added, 9, "eight blocks are a portion");
        (0..11).for_each(|_| assert!(add(&mut store, 4000)));
        assert_eq!([(); 4].map(|()| store.take(store.portion()).len()), [8, 8, 4, 0]);
        assert!(!store.is_worth_writing());
    }

    #[test]
    fn a_ring_keeps_the_newest() {
        let mut store = Store::new(16 * 1024, true);
        let mut forgotten = 0;
        for i in 0..20u8 {
            let (place, gone) = store.place(3000);
            let place = place.unwrap();
            place.bytes.resize(place.bytes.len() + 3000, i);
            place.records += 1;
            forgotten += gone;
        }
        let taken = store.take(usize::MAX);
        assert_eq!(records(&taken) + forgotten, 20);
        assert_eq!(taken.back().unwrap().bytes.last(), Some(&19));
        assert!(records(&taken) >= 3);
    }
}
