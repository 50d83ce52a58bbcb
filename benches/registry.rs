//! What a handle costs: `cargo bench --bench registry`. Figures are nanoseconds per operation and thread.

// Criterion asks for a newer compiler than the library does.
#![allow(clippy::incompatible_msrv)]

#[allow(unused)] // of the module's own tests only the imports are left here
#[path = "../src/registry/mod.rs"]
mod registry;

use criterion::{criterion_group, criterion_main, Criterion};
use registry::{Cache, Kinded, Registry};
use std::hint::black_box;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

const DEVICE: u8 = 1;
const QUEUE: u8 = 2;
const PROCESS: u32 = 1;

/// As in the library: an enum of shared objects, one variant for each kind of handle.
enum Handle {
    Device(Arc<u64>),
    Queue(Arc<u64>),
}

impl Kinded for Handle {
    fn kind(&self) -> u8 {
        match self {
            Handle::Device(_) => DEVICE,
            Handle::Queue(_) => QUEUE,
        }
    }

    fn may_linger(&self) -> bool {
        matches!(self, Handle::Device(_))
    }

    fn with_cache<R>(call: impl FnOnce(&Cache<Self>) -> R) -> Option<R> {
        CACHE.try_with(call).ok()
    }
}

thread_local! {
    static CACHE: Cache<Handle> = const { Cache::new() };
}

/// An ordinary table: some slots in use, by queues and devices in turn.
fn filled() -> (Registry<Handle>, Vec<usize>) {
    let registry = Registry::new();
    let insert = |handle| registry.insert(handle, PROCESS).unwrap().value();
    let pair = |number| [insert(Handle::Queue(Arc::new(number))), insert(Handle::Device(Arc::new(number)))];
    let tokens = (0..16).flat_map(pair).collect();
    (registry, tokens)
}

/// Looks up, validates, holds the object, uses it and lets go.
fn get(registry: &Registry<Handle>, token: usize, kind: u8) -> u64 {
    match registry.get(black_box(token), kind, PROCESS) {
        Ok(found) => match &*found {
            Handle::Device(value) | Handle::Queue(value) => **value,
        },
        Err(_) => unreachable!("the handle is open"),
    }
}

fn get_many(registry: &Registry<Handle>, token: usize, kind: u8, times: u64) -> Duration {
    let start = Instant::now();
    for _ in 0..times {
        black_box(get(registry, token, kind));
    }
    start.elapsed()
}

/// Both threads at once; the slower one counts.
fn on_two_threads(registry: &Registry<Handle>, tokens: [usize; 2], times: u64) -> Duration {
    let start = Barrier::new(2);
    let run = |token| {
        start.wait();
        get_many(registry, token, DEVICE, times)
    };
    thread::scope(|scope| {
        let other = scope.spawn(|| run(tokens[1]));
        let mine = run(tokens[0]);
        mine.max(other.join().unwrap())
    })
}

fn registry(c: &mut Criterion) {
    let (registry, tokens) = filled();
    let (queue, one, another) = (tokens[6], tokens[7], tokens[25]);
    let mut group = c.benchmark_group("registry");
    group.bench_function("get, one thread", |b| b.iter_custom(|times| get_many(&registry, one, DEVICE, times)));
    group.bench_function("get, two threads, same handle", |b| {
        b.iter_custom(|times| on_two_threads(&registry, [one, one], times));
    });
    group.bench_function("get, two threads, different handles", |b| {
        b.iter_custom(|times| on_two_threads(&registry, [one, another], times));
    });
    group.bench_function("get, a kind that no cache may hold", |b| {
        b.iter_custom(|times| get_many(&registry, queue, QUEUE, times));
    });
    let object = Arc::new(0);
    // A table of its own: some 2^21 rounds retire one slot after the other, as years of a real program would.
    let churned = Registry::new();
    group.bench_function("insert and remove", |b| {
        b.iter(|| {
            let token = churned.insert(Handle::Device(Arc::clone(&object)), PROCESS).unwrap();
            churned.remove(token.value(), DEVICE, PROCESS).map_err(drop).unwrap()
        });
    });
    group.finish();
}

criterion_group!(benches, registry);
criterion_main!(benches);
