//! Runs every input of the corpus in the usual tests, so that old findings stay covered.

use std::path::Path;
use std::sync::Mutex;

/// A shutdown is everybody's: one target at a time.
static TURN: Mutex<()> = Mutex::new(());

fn replay(target: &str, run: fn(&[u8])) {
    let turn = TURN.lock();
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut files: Vec<_> =
        std::fs::read_dir(directory).expect("a corpus").map(|file| file.expect("a file").path()).collect();
    files.sort();
    assert!(files.len() > 10, "the corpus of {target} has {} inputs", files.len());
    for file in files {
        // Shown where it fails.
        println!("{}", file.display());
        run(&std::fs::read(file).expect("an input"));
    }
    drop(turn);
}

#[test]
fn descriptors() {
    replay("descriptors", super::descriptors);
}

#[test]
fn calls() {
    replay("calls", super::calls);
}

#[test]
fn hostile() {
    replay("hostile", super::hostile);
}

#[test]
fn recording() {
    replay("recording", super::recording);
}
