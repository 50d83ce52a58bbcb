//! What the threads' caches must not change.

use super::super::cache::PLACES;
use super::super::{Refused, Registry};
use super::{found, object, removed, Object, HERE, LEAVES};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{mpsc, Arc, Weak};
use std::thread;

/// Many entries, each looked up once by this thread.
fn fill(registry: &Registry<Object>, kind: u8) -> Vec<usize> {
    let tokens: Vec<_> = (0..100).map(|number| registry.insert(object(kind, number), HERE).unwrap().value()).collect();
    for (number, &token) in tokens.iter().enumerate() {
        assert_eq!(found(registry, token, kind, HERE), Ok(number));
    }
    tokens
}

#[test]
fn a_thread_never_finds_what_another_had_removed_before() {
    const ROUNDS: usize = 100_000;
    let registry = Registry::new();
    let (token, gone) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        scope.spawn(|| {
            for number in 1..=ROUNDS {
                let open = registry.insert(object(1, number), HERE).unwrap().value();
                token.store(open, Ordering::Release);
                if number % 16 == 0 {
                    thread::yield_now();
                }
                assert_eq!(removed(&registry, open, 1, HERE), Ok(number));
                gone.store(number, Ordering::Release);
            }
        });
        while gone.load(Ordering::Acquire) < ROUNDS {
            let token = token.load(Ordering::Acquire);
            // The same one several times: from the table, from the cache, and past the cache as it is in use.
            for _ in 0..3 {
                let before = gone.load(Ordering::Acquire);
                let held = registry.get(token, 1, HERE);
                let nested = found(&registry, token, 1, HERE);
                let all = [held.as_ref().map(|held| held.number).map_err(|refused| *refused), nested];
                assert!(all.iter().flatten().all(|number| *number > before), "{all:?} after {before}");
            }
        }
    });
    assert_eq!(found(&registry, token.into_inner(), 1, HERE), Err(Refused::Invalid));
}

#[test]
fn equal_tokens_of_two_tables_are_kept_apart() {
    let tables = [Registry::new(), Registry::new()];
    let tokens = [1, 2].map(|number| tables[number - 1].insert(object(1, number), HERE).unwrap().value());
    assert_eq!(tokens[0], tokens[1]);
    for _ in 0..3 {
        assert_eq!(found(&tables[0], tokens[0], 1, HERE), Ok(1));
        assert_eq!(found(&tables[1], tokens[1], 1, HERE), Ok(2));
    }
}

#[test]
fn nested_lookups_share_the_object() {
    let registry = Registry::new();
    let token = registry.insert(object(1, 7), HERE).unwrap().value();
    assert_eq!(found(&registry, token, 1, HERE), Ok(7));
    let outer = registry.get(token, 1, HERE).map_err(drop).unwrap();
    let inner = registry.get(token, 1, HERE).map_err(drop).unwrap();
    assert!(std::ptr::eq(&*outer, &*inner));
    // A Ref may end on any thread.
    thread::scope(|scope| scope.spawn(|| drop(outer)).join().unwrap());
    drop(inner);
    assert_eq!(removed(&registry, token, 1, HERE), Ok(7));
}

#[test]
fn what_this_thread_removes_or_drains_it_does_not_keep() {
    let registry = Registry::new();
    let open = |number| {
        let token = registry.insert(object(1, number), HERE).unwrap().value();
        assert_eq!(found(&registry, token, 1, HERE), Ok(number));
        token
    };
    let removed = registry.remove(open(1), 1, HERE).map_err(drop).unwrap();
    open(2);
    open(3);
    let ended: Vec<_> = registry.drain(HERE).into_iter().chain([removed]).map(|entry| Arc::downgrade(&entry)).collect();
    assert_eq!(ended.len(), 3);
    assert!(ended.iter().all(|entry| entry.upgrade().is_none()));
}

#[test]
fn what_others_remove_is_kept_within_bounds() {
    let registry = Registry::new();
    let tokens = fill(&registry, 1);
    let remove = |token: &usize| Arc::downgrade(&registry.remove(*token, 1, HERE).map_err(drop).unwrap());
    let ended: Vec<_> = thread::scope(|scope| scope.spawn(|| tokens.iter().map(remove).collect()).join().unwrap());
    let kept = || ended.iter().filter(|entry: &&Weak<_>| entry.upgrade().is_some()).count();
    assert_eq!(kept(), PLACES);
    assert!(tokens.iter().all(|&token| found(&registry, token, 1, HERE) == Err(Refused::Invalid)));
    assert_eq!(kept(), 0);
}

#[test]
fn what_may_not_linger_is_not_kept_when_others_remove_it() {
    let registry = Registry::new();
    let tokens = fill(&registry, LEAVES);
    let remove = |token: &usize| drop(registry.remove(*token, LEAVES, HERE).map_err(drop).unwrap());
    let kept = registry.get(tokens[0], LEAVES, HERE).map_err(drop).unwrap();
    let weak = |token: &usize| Arc::downgrade(&registry.look_up(*token, LEAVES, HERE).map_err(drop).unwrap().1);
    let weak: Vec<Weak<_>> = tokens.iter().map(weak).collect();
    thread::scope(|scope| scope.spawn(|| tokens.iter().for_each(remove)).join().unwrap());
    assert_eq!(weak.iter().filter(|entry| entry.upgrade().is_some()).count(), 1, "the one that is in use");
    drop(kept);
    assert!(weak.iter().all(|entry| entry.upgrade().is_none()));
}

#[test]
fn a_thread_that_ends_still_finds_its_objects() {
    static REGISTRY: Registry<Object> = Registry::new();

    struct AtEnd(usize, mpsc::Sender<Result<usize, Refused>>);

    impl Drop for AtEnd {
        fn drop(&mut self) {
            let _ = self.1.send(found(&REGISTRY, self.0, 1, HERE));
        }
    }

    thread_local! {
        static FIRST: std::cell::Cell<Option<AtEnd>> = const { std::cell::Cell::new(None) };
        static LAST: std::cell::Cell<Option<AtEnd>> = const { std::cell::Cell::new(None) };
    }

    let token = REGISTRY.insert(object(1, 7), HERE).unwrap().value();
    let (tell, told) = mpsc::channel();
    // One of them outlives the thread's cache, whichever way round the system ends a thread's variables.
    let run = move || {
        FIRST.with(|first| first.set(Some(AtEnd(token, tell.clone()))));
        assert_eq!(found(&REGISTRY, token, 1, HERE), Ok(7));
        LAST.with(|last| last.set(Some(AtEnd(token, tell))));
    };
    thread::spawn(run).join().unwrap();
    assert_eq!(told.iter().collect::<Vec<_>>(), [Ok(7), Ok(7)]);
}
