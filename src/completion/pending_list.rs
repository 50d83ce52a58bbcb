//! Entries by number, the oldest first: what is pending, in a device or in a queue.
//!
//! A ring, which is sorted as numbers only grow. What is taken out stands near an end most times, where little has to be moved.

use crate::error::Result;
use crate::sys::out_of_memory;
use std::collections::VecDeque;

pub struct PendingList<T> {
    entries: VecDeque<(u64, T)>,
    last_number: u64,
}

impl<T> Default for PendingList<T> {
    fn default() -> PendingList<T> {
        PendingList::new()
    }
}

impl<T> PendingList<T> {
    pub fn new() -> PendingList<T> {
        PendingList { entries: VecDeque::new(), last_number: 0 }
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// For one more, so that `add` does not look for memory.
    pub fn make_room(&mut self) -> Result<()> {
        self.entries.try_reserve(1).map_err(out_of_memory)
    }

    /// For so many in all.
    pub fn make_room_for(&mut self, count: usize) -> Result<()> {
        self.entries.try_reserve(count.saturating_sub(self.entries.len())).map_err(out_of_memory)
    }

    /// Its number, which is never 0 and which no other entry has.
    pub fn add(&mut self, entry: T) -> u64 {
        self.add_as(|_| entry)
    }

    /// The same, of one that is told its number.
    #[inline]
    pub fn add_as(&mut self, entry: impl FnOnce(u64) -> T) -> u64 {
        self.last_number += 1;
        self.entries.push_back((self.last_number, entry(self.last_number)));
        self.last_number
    }

    /// One that was taken out, with the number it had; or one whose number its owner has given it.
    #[inline(always)]
    pub fn put_back(&mut self, number: u64, entry: T) {
        match self.entries.back() {
            Some((last, _)) if *last > number => self.put_between(number, entry),
            _ => self.entries.push_back((number, entry)),
        }
    }

    #[inline(never)]
    fn put_between(&mut self, number: u64, entry: T) {
        let place = self.entries.partition_point(|(other, _)| *other < number);
        self.entries.insert(place, (number, entry));
    }

    fn place(&self, number: u64) -> Option<usize> {
        if self.entries.front().is_some_and(|(first, _)| *first == number) {
            return Some(0);
        }
        self.entries.binary_search_by_key(&number, |(number, _)| *number).ok()
    }

    pub fn get(&self, number: u64) -> Option<&T> {
        self.place(number).map(|place| &self.entries[place].1)
    }

    pub fn get_mut(&mut self, number: u64) -> Option<&mut T> {
        self.place(number).map(|place| &mut self.entries[place].1)
    }

    /// The oldest most times.
    #[inline(always)]
    pub fn remove(&mut self, number: u64) -> Option<T> {
        match self.entries.front() {
            Some((first, _)) if *first == number => self.entries.pop_front().map(|(_, entry)| entry),
            _ => self.remove_behind(number),
        }
    }

    #[inline(never)]
    fn remove_behind(&mut self, number: u64) -> Option<T> {
        let place = self.place(number)?;
        self.entries.remove(place).map(|(_, entry)| entry)
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.entries.iter().map(|(_, entry)| entry)
    }

    /// Those with a higher number.
    pub fn after(&self, number: u64) -> impl Iterator<Item = &T> {
        let first = self.entries.partition_point(|(other, _)| *other <= number);
        self.entries.range(first..).map(|(_, entry)| entry)
    }

    /// The newest with a lower number.
    pub fn before(&self, number: u64) -> Option<(u64, &T)> {
        let end = self.entries.partition_point(|(other, _)| *other < number);
        self.entries.range(..end).next_back().map(|(number, entry)| (*number, entry))
    }

    /// Those that are meant, and none of them is left.
    pub fn take_those(&mut self, meant: impl Fn(&T) -> bool) -> Vec<T> {
        let (taken, left): (VecDeque<_>, VecDeque<_>) =
            std::mem::take(&mut self.entries).into_iter().partition(|(_, entry)| meant(entry));
        self.entries = left;
        taken.into_iter().map(|(_, entry)| entry).collect()
    }

    /// All, and none is left.
    pub fn take(&mut self) -> impl DoubleEndedIterator<Item = T> {
        std::mem::take(&mut self.entries).into_iter().map(|(_, entry)| entry)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::PendingList;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn it_is_as_a_map_with_growing_keys(steps in prop::collection::vec(0u64..40, 0..200)) {
            let (mut book, mut map) = (PendingList::new(), BTreeMap::new());
            for step in steps {
                if step % 2 == 0 {
                    book.make_room().unwrap();
                    map.insert(book.add(step), step);
                }
                prop_assert_eq!(book.get(step), map.get(&step));
                prop_assert_eq!(book.before(step), map.range(..step).next_back().map(|(number, entry)| (*number, entry)));
                prop_assert!(book.after(step).eq(map.range(step + 1..).map(|(_, entry)| entry)));
                if step % 3 == 0 {
                    prop_assert_eq!(book.remove(step), map.remove(&step));
                }
                if step % 5 == 0 {
                    if let Some(entry) = map.get(&step) {
                        prop_assert_eq!(book.remove(step), Some(*entry));
                        book.put_back(step, *entry);
                    }
                }
                if let (Some(entry), Some(other)) = (book.get_mut(step + 1), map.get_mut(&(step + 1))) {
                    (*entry, *other) = (*entry + 1, *other + 1);
                }
                if step == 39 {
                    let taken: Vec<u64> = map.values().copied().filter(|entry| entry % 2 == 1).collect();
                    map.retain(|_, entry| *entry % 2 == 0);
                    prop_assert_eq!(book.take_those(|entry| entry % 2 == 1), taken);
                }
                prop_assert_eq!((book.len(), book.is_empty()), (map.len(), map.is_empty()));
                prop_assert!(book.iter().rev().eq(map.values().rev()));
            }
            prop_assert!(book.take().eq(map.into_values()));
            prop_assert_eq!(book.len(), 0);
        }
    }
}
