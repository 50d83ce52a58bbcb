//! Runs every input of the corpus in the usual tests, so that old findings stay covered.

use crate::library::ALONE;
use crate::sync::lock;
use std::path::Path;

fn replay(target: &str, run: fn(&[u8])) {
    let alone = lock(&ALONE);
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
    drop(alone);
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

/// A function that nobody fuzzes is one whose place here was forgotten.
#[test]
fn every_function_is_called() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &Path| std::fs::read_to_string(path).expect("a file");
    let files = std::fs::read_dir(root.join("fuzz/targets/calls")).expect("the target");
    let target: String = files.map(|file| read(&file.expect("a file").path())).collect();
    let map = read(&root.join("abi/usbx.map"));
    let names: Vec<&str> = map.lines().filter_map(|line| line.trim().strip_suffix(';')).collect();
    let names: Vec<&str> = names.into_iter().filter(|name| name.starts_with("usbx_")).collect();
    assert!(names.len() > 50, "{names:?}");
    for name in names {
        assert!(target.contains(&format!("{name}(")), "fuzz/targets/calls has no call of {name}");
    }
}

#[test]
fn recording() {
    replay("recording", super::recording);
}

#[test]
fn share() {
    replay("share", super::share);
}

#[test]
fn host() {
    replay("host", super::host);
}
