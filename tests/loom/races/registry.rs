//! The table of handles.

use crate::registry::{Cache, Kinded, Refused, Registry};
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;
use std::sync::Arc;

const KIND: u8 = 1;
const HERE: u32 = 1;
const MANY: u32 = 1000;

struct Object(u32);

impl Kinded for Object {
    fn kind(&self) -> u8 {
        KIND
    }

    fn may_linger(&self) -> bool {
        true
    }

    fn with_cache<R>(call: impl FnOnce(&Cache<Self>) -> R) -> Option<R> {
        CACHE.try_with(call).ok()
    }
}

loom::thread_local! {
    static CACHE: Cache<Object> = Cache::new();
}

struct Table(Registry<Object>);

impl Table {
    fn new(slots: u32, last_generation: u32) -> Arc<Self> {
        Arc::new(Table(Registry::with_limits(slots, last_generation)))
    }

    /// A table whose first slots have been used once and are free again.
    fn used(slots: u32) -> Arc<Self> {
        let table = Self::new(slots, MANY);
        let tokens: Vec<_> = (0..slots).map(|_| table.insert(0).unwrap()).collect();
        tokens.into_iter().for_each(|token| assert_eq!(table.remove(token), Ok(0)));
        table
    }

    fn insert(&self, number: u32) -> Option<usize> {
        self.0.insert(Object(number), HERE).map(|token| token.value())
    }

    fn get(&self, token: usize) -> Result<u32, Refused> {
        self.0.get(token, KIND, HERE).map(|object| object.0)
    }

    fn remove(&self, token: usize) -> Result<u32, Refused> {
        self.0.remove(token, KIND, HERE).map(|entry| entry.0)
    }
}

#[test]
fn one_of_two_removes_wins_and_a_lookup_sees_before_or_after() {
    loom::model(|| {
        let table = Table::new(1, MANY);
        let token = table.insert(7).unwrap();
        let other = Arc::clone(&table);
        let remove = thread::spawn(move || other.remove(token));
        let other = Arc::clone(&table);
        let get = thread::spawn(move || other.get(token));
        let mine = table.remove(token);
        let results = [mine, remove.join().unwrap()];
        assert!(results.contains(&Ok(7)) && results.contains(&Err(Refused::Invalid)), "{:?}", results);
        assert!(matches!(get.join().unwrap(), Ok(7) | Err(Refused::Invalid)));
        assert_eq!(table.get(token), Err(Refused::Invalid));
        // Freed once, and not twice.
        assert!(table.insert(8).is_some() && table.insert(9).is_none());
    });
}

#[test]
fn a_stale_token_never_meets_the_next_object_in_its_slot() {
    loom::model(|| {
        let table = Table::new(1, MANY);
        let stale = table.insert(1).unwrap();
        let other = Arc::clone(&table);
        let reuse = thread::spawn(move || {
            let removed = other.remove(stale);
            (removed, other.insert(2))
        });
        assert!(matches!(table.get(stale), Ok(1) | Err(Refused::Invalid)));
        let mine = table.remove(stale);
        // Also if the other thread is still at it.
        assert_eq!(table.get(stale), Err(Refused::Invalid));
        let (others, next) = reuse.join().unwrap();
        assert!(mine == Ok(1) && others.is_err() || mine.is_err() && others == Ok(1), "{:?} {:?}", mine, others);
        // None only while this thread had not yet freed the slot.
        match next {
            Some(next) => assert_eq!((next == stale, table.get(next)), (false, Ok(2))),
            None => assert_eq!(mine, Ok(1)),
        }
    });
}

#[test]
fn an_entry_in_a_threads_cache_ends_with_its_token() {
    loom::model(|| {
        let table = Table::new(1, MANY);
        let stale = table.insert(1).unwrap();
        assert_eq!(table.get(stale), Ok(1));
        let gone = Arc::new(AtomicBool::new(false));
        let (other, tell) = (Arc::clone(&table), Arc::clone(&gone));
        let reuse = thread::spawn(move || {
            assert_eq!(other.get(stale), Ok(1));
            assert_eq!(other.remove(stale), Ok(1));
            assert_eq!(other.get(stale), Err(Refused::Invalid));
            tell.store(true, Ordering::Release);
            other.insert(2).unwrap()
        });
        let was_gone = gone.load(Ordering::Acquire);
        let found = table.get(stale);
        assert!(found == Err(Refused::Invalid) || found == Ok(1) && !was_gone, "{:?} {}", found, was_gone);
        let next = reuse.join().unwrap();
        assert_eq!([table.get(stale), table.get(next)], [Err(Refused::Invalid), Ok(2)]);
    });
}

#[test]
fn a_token_found_ended_stays_so_whichever_way_it_is_looked_up() {
    loom::model(|| {
        let table = Table::new(1, MANY);
        let token = table.insert(1).unwrap();
        let held = table.0.get(token, KIND, HERE).map_err(drop).unwrap();
        let other = Arc::clone(&table);
        let reuse = thread::spawn(move || (other.remove(token), other.insert(2)));
        // What is held is not in the cache, and is there again after.
        let past_the_cache = table.get(token);
        assert_eq!(held.0, 1);
        drop(held);
        let through_the_cache = table.get(token);
        assert!(past_the_cache.is_ok() || through_the_cache.is_err());
        let (removed, next) = reuse.join().unwrap();
        assert_eq!((removed, table.get(token), table.get(next.unwrap())), (Ok(1), Err(Refused::Invalid), Ok(2)));
    });
}

#[test]
fn a_slow_insert_is_not_misled_by_a_slot_that_left_the_stack_and_came_back() {
    loom::model(|| {
        let table = Table::used(2);
        let other = Arc::clone(&table);
        let insert = thread::spawn(move || other.insert(1));
        let second = table.insert(2);
        let third = table.insert(3);
        if let Some(second) = second {
            assert_eq!(table.remove(second), Ok(2));
        }
        let mut open: Vec<_> = insert.join().unwrap().map(|token| (token, 1)).into_iter().collect();
        open.extend(third.map(|token| (token, 3)));
        // Fill up what is left, and a slot that is in use must not come up again.
        open.extend((4..7).filter_map(|number| Some((table.insert(number)?, number))));
        assert_eq!(open.len(), 2);
        for (token, number) in open {
            assert_eq!(table.get(token), Ok(number));
        }
    });
}

#[test]
fn slots_freed_at_once_are_all_found_again() {
    loom::model(|| {
        let table = Table::new(2, MANY);
        let tokens = [table.insert(1).unwrap(), table.insert(2).unwrap()];
        let other = Arc::clone(&table);
        let remove = thread::spawn(move || other.remove(tokens[0]));
        assert_eq!(table.remove(tokens[1]), Ok(2));
        let early = table.insert(3).unwrap();
        assert_eq!(remove.join().unwrap(), Ok(1));
        let late = table.insert(4).unwrap();
        assert!(!tokens.contains(&early) && !tokens.contains(&late));
        assert_eq!([table.get(early), table.get(late)], [Ok(3), Ok(4)]);
        assert_eq!(table.insert(5), None);
    });
}

#[test]
fn the_last_generation_is_not_followed_by_another() {
    loom::model(|| {
        let table = Table::new(1, 2);
        let first = table.insert(1).unwrap();
        assert_eq!(table.remove(first), Ok(1));
        let last = table.insert(2).unwrap();
        let other = Arc::clone(&table);
        let remove = thread::spawn(move || other.remove(last));
        assert_eq!(table.insert(3), None);
        assert_eq!(remove.join().unwrap(), Ok(2));
        assert_eq!(table.insert(4), None);
        assert_eq!([table.get(first), table.get(last)], [Err(Refused::Invalid); 2]);
    });
}

#[test]
fn an_object_is_either_drained_or_removed() {
    loom::model(|| {
        let table = Table::new(2, MANY);
        let token = table.insert(1).unwrap();
        let other = Arc::clone(&table);
        let remove = thread::spawn(move || (other.remove(token).is_ok(), other.insert(2)));
        let drained: Vec<_> = table.0.drain(HERE).iter().map(|entry| entry.0).collect();
        let (removed, second) = remove.join().unwrap();
        assert_eq!(drained.contains(&1), !removed);
        let second = second.unwrap();
        assert_eq!(table.get(second), if drained.contains(&2) { Err(Refused::Invalid) } else { Ok(2) });
        assert_eq!(table.0.len(HERE), usize::from(!drained.contains(&2)));
    });
}

#[test]
fn inserts_that_race_for_a_further_chunk_share_it() {
    loom::model(|| {
        let table = Table::new(4, MANY);
        // The two slots in the table itself are taken.
        let first = [table.insert(1).unwrap(), table.insert(2).unwrap()];
        let other = Arc::clone(&table);
        let insert = thread::spawn(move || other.insert(3).unwrap());
        let mine = table.insert(4).unwrap();
        assert!((3..=4).contains(&table.0.len(HERE)));
        let others = insert.join().unwrap();
        assert_eq!([first[0], first[1], others, mine].map(|token| table.get(token)), [Ok(1), Ok(2), Ok(3), Ok(4)]);
        assert_eq!(table.insert(5), None);
    });
}
