//! Memory of a client's transfers, which is used again: it is not cleared for each.

use crate::error::{Error, Result, Status};
use crate::sys::{Buffer, Memory};
use std::sync::Arc;

#[derive(Default)]
pub struct Store {
    blocks: Vec<Arc<Memory>>,
    /// Where the search begins: behind the block that was used last.
    at: usize,
}

/// Blocks that are kept, and the length above which one is not.
const KEPT: usize = 32;
const MOST_KEPT: usize = 128 << 10;
const LEAST: usize = 4096;

impl Store {
    /// A block of at least that length, and the right to its beginning. What is in it may be of an earlier transfer of this client.
    pub fn take(&mut self, length: usize) -> Result<(Arc<Memory>, Buffer)> {
        let in_use = || Error::new(Status::Internal, "the memory is in use");
        if length > MOST_KEPT {
            let block = Memory::heap(length)?;
            let buffer = block.lend(length).ok_or_else(in_use)?;
            return Ok((block, buffer));
        }
        let size = length.next_power_of_two().max(LEAST);
        for step in 0..self.blocks.len() {
            let place = (self.at + step) % self.blocks.len();
            let block = &self.blocks[place];
            // Nobody else has it: neither a transfer, nor what is to be answered of one.
            let free = block.len() == size && Arc::strong_count(block) == 1;
            if let Some(buffer) = free.then(|| block.lend(length)).flatten() {
                let block = Arc::clone(block);
                self.at = place + 1;
                return Ok((block, buffer));
            }
        }
        let block = Memory::heap(size)?;
        let buffer = block.lend(length).ok_or_else(in_use)?;
        if self.blocks.len() < KEPT {
            self.blocks.push(Arc::clone(&block));
        } else {
            // Another length is wanted now, or all are in use.
            let place = self.at % KEPT;
            self.blocks[place] = Arc::clone(&block);
            self.at = place + 1;
        }
        Ok((block, buffer))
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn memory_is_one_transfers_at_a_time_and_then_anothers() {
        let mut store = Store::default();
        let (block, buffer) = store.take(100).unwrap();
        let place = block.as_ptr();
        assert_ne!(store.take(100).unwrap().0.as_ptr(), place, "a transfer has it");
        drop(buffer);
        assert_ne!(store.take(100).unwrap().0.as_ptr(), place, "its answer is to come");
        drop(block);
        let places: Vec<_> = (0..2).map(|_| store.take(4000).unwrap()).map(|(block, _)| block.as_ptr()).collect();
        assert!(places.contains(&place), "it is free");
        assert!(store.take(5000).unwrap().0.len() >= 5000);
        let used: Vec<_> = (0..100).map(|_| store.take(200_000 - 100_000).unwrap()).collect();
        assert_eq!((store.blocks.len(), used.len()), (KEPT, 100));
        assert!(store.take(MOST_KEPT + 1).unwrap().1.len() == MOST_KEPT + 1);
    }
}
