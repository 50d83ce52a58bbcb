mod cache;

use super::{further, kind_of, slot_of, Cache, Kinded, Refused, Registry, Token};
use super::{CHUNKS, FIRST, GENERATION_SHIFT, KIND_LIMIT, LAST_GENERATION, SLOTS};
use proptest::prelude::*;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Barrier};
use std::thread;

const HERE: u32 = 1;
const ELSEWHERE: u32 = 2;
/// The kind of those that no cache may hold.
const LEAVES: u8 = 5;

#[derive(Debug)]
struct Object {
    kind: u8,
    number: usize,
}

impl Kinded for Object {
    fn kind(&self) -> u8 {
        self.kind
    }

    fn may_linger(&self) -> bool {
        self.kind != LEAVES
    }

    fn with_cache<R>(call: impl FnOnce(&Cache<Self>) -> R) -> Option<R> {
        CACHE.try_with(call).ok()
    }
}

thread_local! {
    static CACHE: Cache<Object> = const { Cache::new() };
}

fn object(kind: u8, number: usize) -> Object {
    Object { kind, number }
}

fn generation_of(token: usize) -> u32 {
    (token >> GENERATION_SHIFT) as u32
}

fn found(registry: &Registry<Object>, token: usize, kind: u8, process: u32) -> Result<usize, Refused> {
    registry.get(token, kind, process).map(|found| found.number)
}

fn removed(registry: &Registry<Object>, token: usize, kind: u8, process: u32) -> Result<usize, Refused> {
    registry.remove(token, kind, process).map(|entry| entry.number)
}

#[test]
fn the_largest_token_is_below_2_to_53_and_has_room_for_all_parts() {
    let token = Token::new(SLOTS - 1, KIND_LIMIT - 1, LAST_GENERATION).value();
    assert!((token as u64) < 1 << 53);
    assert_eq!((slot_of(token), kind_of(token), generation_of(token)), (SLOTS - 1, KIND_LIMIT - 1, LAST_GENERATION));
    #[cfg(target_pointer_width = "64")]
    assert!(Token::new(0, 1, 1).value() > u32::MAX as usize);
}

#[test]
fn every_slot_has_a_place_of_its_own() {
    let mut next = FIRST as u32;
    for chunk in 0..CHUNKS as usize {
        let slots = FIRST << chunk;
        assert_eq!(further(next), Some((chunk, 0)));
        next += slots as u32 - 1;
        assert_eq!(further(next), Some((chunk, slots - 1)));
        next += 1;
    }
    assert_eq!(next, SLOTS);
    assert_eq!(further(FIRST as u32 - 1), None);
}

#[test]
fn many_handles_at_once_keep_their_objects() {
    static REGISTRY: Registry<Object> = Registry::new();
    let tokens: Vec<_> = (0..5000).map(|number| REGISTRY.insert(object(3, number), HERE).unwrap().value()).collect();
    assert_eq!(tokens.iter().collect::<HashSet<_>>().len(), tokens.len());
    for (number, &token) in tokens.iter().enumerate() {
        assert_eq!(found(&REGISTRY, token, 3, HERE), Ok(number));
    }
    assert_eq!(REGISTRY.len(HERE), tokens.len());
    assert_eq!(REGISTRY.drain(HERE).len(), tokens.len());
    assert_eq!(REGISTRY.len(HERE), 0);
    assert!(tokens.iter().all(|&token| found(&REGISTRY, token, 3, HERE) == Err(Refused::Invalid)));
}

#[test]
fn an_empty_table_knows_no_token() {
    let registry = Registry::<Object>::new();
    for token in [0, 1, FIRST, usize::MAX, usize::MAX >> 1, Token::new(0, 1, 1).value()] {
        assert_eq!(found(&registry, token, 1, HERE), Err(Refused::Invalid));
        assert_eq!(removed(&registry, token, 1, HERE), Err(Refused::Invalid));
    }
}

#[test]
fn a_kind_that_no_token_can_hold_is_refused() {
    let registry = Registry::new();
    assert_eq!(registry.insert(object(0, 0), HERE), None);
    assert_eq!(registry.insert(object(KIND_LIMIT as u8, 0), HERE), None);
    assert!(registry.insert(object(KIND_LIMIT as u8 - 1, 0), HERE).is_some());
}

#[test]
fn a_looked_up_object_outlives_its_handle() {
    let registry = Registry::new();
    let token = registry.insert(object(1, 7), HERE).unwrap().value();
    let held = registry.get(token, 1, HERE).map_err(drop).unwrap();
    let entry = registry.remove(token, 1, HERE).map_err(drop).unwrap();
    let another = registry.insert(object(1, 8), HERE).unwrap().value();
    assert_eq!((slot_of(another), generation_of(another)), (slot_of(token), generation_of(token) + 1));
    assert_eq!((held.number, entry.number), (7, 7));
    let weak = Arc::downgrade(&entry);
    drop(entry);
    assert_eq!(held.number, 7);
    drop(held);
    assert!(weak.upgrade().is_none(), "nothing else holds on to an entry that this thread removed");
}

#[test]
fn inherited_entries_stay_untouched() {
    let registry = Registry::new();
    let parents = registry.insert(object(1, 1), ELSEWHERE).unwrap().value();
    let own = registry.insert(object(1, 2), HERE).unwrap().value();
    assert_eq!(found(&registry, parents, 1, HERE), Err(Refused::Forked));
    assert_eq!(removed(&registry, parents, 1, HERE), Err(Refused::Forked));
    assert_eq!(found(&registry, parents, 2, HERE), Err(Refused::Invalid), "another kind says nothing of the fork");
    let drained: Vec<_> = registry.drain(HERE).iter().map(|entry| entry.number).collect();
    assert_eq!(drained, [2]);
    assert_eq!(found(&registry, own, 1, HERE), Err(Refused::Invalid));
    assert_eq!((registry.len(HERE), registry.len(ELSEWHERE)), (0, 1));
    // By the parent's own thread too, which has it at hand in the child.
    assert_eq!(found(&registry, parents, 1, ELSEWHERE), Ok(1));
    assert_eq!(found(&registry, parents, 1, HERE), Err(Refused::Forked));
    assert_eq!(found(&registry, parents, 1, ELSEWHERE), Ok(1));
    assert_eq!(found(&registry, parents, 2, ELSEWHERE), Err(Refused::Invalid));
    assert_eq!(removed(&registry, parents, 1, HERE), Err(Refused::Forked));
}

#[test]
fn a_slot_retires_after_its_last_generation() {
    let registry = Registry::with_limits(2, 3);
    let mut seen = HashSet::new();
    for number in 0..6 {
        let token = registry.insert(object(1, number), HERE).unwrap().value();
        assert!((1..=3).contains(&generation_of(token)) && seen.insert(token));
        assert_eq!(removed(&registry, token, 1, HERE), Ok(number));
    }
    assert_eq!(registry.insert(object(1, 6), HERE), None);
    assert!(seen.iter().all(|&token| found(&registry, token, 1, HERE) == Err(Refused::Invalid)));
}

#[test]
fn of_several_removes_one_wins() {
    const THREADS: usize = 4;
    let registry = Registry::new();
    for number in 0..2000 {
        let token = registry.insert(object(1, number), HERE).unwrap().value();
        let start = Barrier::new(THREADS);
        let remove = || {
            start.wait();
            removed(&registry, token, 1, HERE)
        };
        let results: Vec<_> = thread::scope(|scope| {
            let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(remove)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(results.iter().filter(|result| **result == Ok(number)).count(), 1);
        assert_eq!(results.iter().filter(|result| **result == Err(Refused::Invalid)).count(), THREADS - 1);
    }
    assert_eq!(registry.len(HERE), 0);
}

#[test]
fn busy_threads_never_meet_each_others_objects() {
    const THREADS: usize = 4;
    // Fewer slots than the threads ask for, and fewer generations: full, reused and retired slots all come up.
    let registry = Registry::with_limits(10, 6000);
    let tokens = thread::scope(|scope| {
        let run = |thread: usize| {
            let mut tokens = Vec::new();
            let mut open: Vec<(usize, usize)> = Vec::new();
            for round in 0..20_000 {
                let number = round * THREADS + thread;
                if let Some(token) = registry.insert(object(1, number), HERE) {
                    tokens.push(token.value());
                    open.push((token.value(), number));
                }
                for &(token, number) in &open {
                    assert_eq!(found(&registry, token, 1, HERE), Ok(number));
                }
                if open.len() > round % 4 {
                    let (token, number) = open.swap_remove(round % open.len());
                    assert_eq!(removed(&registry, token, 1, HERE), Ok(number));
                    assert_eq!(found(&registry, token, 1, HERE), Err(Refused::Invalid));
                }
            }
            for (token, number) in open {
                assert_eq!(removed(&registry, token, 1, HERE), Ok(number));
            }
            tokens
        };
        let threads: Vec<_> = (0..THREADS).map(|thread| scope.spawn(move || run(thread))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    assert_eq!(tokens.iter().collect::<HashSet<_>>().len(), tokens.len(), "no token was given out twice");
    assert_eq!(registry.len(HERE), 0);
}

#[derive(Clone, Debug)]
enum Damage {
    None,
    Flip(u32),
    Truncate,
    Forge(usize),
}

#[derive(Clone, Debug)]
enum Step {
    Insert {
        kind: u8,
        process: u32,
    },
    /// With a token picked among all that were ever given out, live or not.
    Get {
        pick: usize,
        damage: Damage,
        kind: Option<u8>,
        process: u32,
    },
    Remove {
        pick: usize,
        damage: Damage,
        kind: Option<u8>,
        process: u32,
    },
    Drain {
        process: u32,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let process = || prop_oneof![4 => Just(HERE), 1 => Just(ELSEWHERE)];
    let damage = || {
        prop_oneof![
            6 => Just(Damage::None),
            2 => (0..usize::BITS).prop_map(Damage::Flip),
            1 => Just(Damage::Truncate),
            1 => any::<usize>().prop_map(Damage::Forge),
        ]
    };
    let kind = || prop_oneof![4 => Just(None), 1 => (0..=u8::MAX).prop_map(Some), 1 => (1..6_u8).prop_map(Some)];
    let step = prop_oneof![
        6 => (1..6_u8, process()).prop_map(|(kind, process)| Step::Insert { kind, process }),
        4 => (any::<usize>(), damage(), kind(), process())
            .prop_map(|(pick, damage, kind, process)| Step::Get { pick, damage, kind, process }),
        6 => (any::<usize>(), damage(), kind(), process())
            .prop_map(|(pick, damage, kind, process)| Step::Remove { pick, damage, kind, process }),
        1 => process().prop_map(|process| Step::Drain { process }),
    ];
    prop::collection::vec(step, 1..200)
}

/// What the registry should know, with nothing clever about it.
#[derive(Default)]
struct Model {
    live: HashMap<usize, (u8, u32, usize)>,
    given: Vec<usize>,
    retired: usize,
}

impl Model {
    fn expected(&self, token: usize, kind: u8, process: u32) -> Result<usize, Refused> {
        match self.live.get(&token) {
            Some(&(its_kind, its_process, number)) if its_kind == kind => {
                if its_process == process {
                    Ok(number)
                } else {
                    Err(Refused::Forked)
                }
            }
            _ => Err(Refused::Invalid),
        }
    }

    fn pick(&self, pick: usize, damage: &Damage, kind: Option<u8>) -> (usize, u8) {
        let token = if self.given.is_empty() { 0 } else { self.given[pick % self.given.len()] };
        let kind = kind.unwrap_or(kind_of(token) as u8);
        let token = match *damage {
            Damage::None => token,
            Damage::Flip(bit) => token ^ 1 << bit,
            Damage::Truncate => token & (usize::MAX >> (usize::BITS / 2)),
            Damage::Forge(forged) => forged,
        };
        (token, kind)
    }

    fn forget(&mut self, token: usize, last_generation: u32) {
        self.live.remove(&token).unwrap();
        self.retired += usize::from(generation_of(token) == last_generation);
    }
}

proptest! {
    #[test]
    fn it_does_what_a_simple_table_would(
        (slots, last_generation) in prop_oneof![(1..6_u32, 1..5_u32), Just((SLOTS, LAST_GENERATION))],
        steps in steps(),
    ) {
        let registry = Registry::with_limits(slots, last_generation);
        let mut model = Model::default();
        for (number, step) in steps.iter().enumerate() {
            match step {
                &Step::Insert { kind, process } => match registry.insert(object(kind, number), process) {
                    None => prop_assert_eq!(model.live.len() + model.retired, slots as usize),
                    Some(token) => {
                        let token = token.value();
                        prop_assert!(!model.given.contains(&token), "given out twice");
                        prop_assert!((1..=last_generation).contains(&generation_of(token)));
                        prop_assert!((token as u64) < 1 << 53 && slot_of(token) < slots);
                        prop_assert_eq!(kind_of(token), usize::from(kind));
                        model.given.push(token);
                        model.live.insert(token, (kind, process, number));
                        prop_assert!(model.live.len() + model.retired <= slots as usize);
                    }
                },
                Step::Get { pick, damage, kind, process } => {
                    let (token, kind) = model.pick(*pick, damage, *kind);
                    // The second time from the cache, if it is there at all.
                    for _ in 0..2 {
                        prop_assert_eq!(found(&registry, token, kind, *process), model.expected(token, kind, *process));
                    }
                }
                Step::Remove { pick, damage, kind, process } => {
                    let (token, kind) = model.pick(*pick, damage, *kind);
                    let expected = model.expected(token, kind, *process);
                    prop_assert_eq!(removed(&registry, token, kind, *process), expected);
                    if expected.is_ok() {
                        model.forget(token, last_generation);
                    }
                }
                &Step::Drain { process } => {
                    let mut numbers: Vec<_> = registry.drain(process).iter().map(|entry| entry.number).collect();
                    let ours = model.live.iter().filter(|(_, live)| live.1 == process);
                    let ours: Vec<_> = ours.map(|(&token, live)| (token, live.2)).collect();
                    let mut expected: Vec<_> = ours.iter().map(|&(_, number)| number).collect();
                    numbers.sort_unstable();
                    expected.sort_unstable();
                    prop_assert_eq!(numbers, expected);
                    ours.iter().for_each(|&(token, _)| model.forget(token, last_generation));
                }
            }
            let ours = model.live.values().filter(|live| live.1 == HERE).count();
            prop_assert_eq!(registry.len(HERE), ours);
            prop_assert_eq!(registry.len(ELSEWHERE), model.live.len() - ours);
        }
        for &token in &model.given {
            let (kind, process) = (kind_of(token) as u8, HERE);
            prop_assert_eq!(found(&registry, token, kind, process), model.expected(token, kind, process));
        }
    }
}
