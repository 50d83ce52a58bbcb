//! The library from Python's ctypes, as most people will try it first.

mod support;

use std::process::Command;
use support::{has, prefix, root, run};

#[test]
fn ctypes_smoke() {
    if has("python3", "ctypes") {
        let script = root().join("tests/ctypes/smoke.py");
        let printed = run(Command::new("python3").arg(script).arg(prefix().join("lib/libusbx.so")));
        assert!(printed.ends_with("ok\n"), "{printed}");
    }
}
