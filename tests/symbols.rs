//! What the installed libraries export, and what they need.

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;
use support::{declared_functions, has, libusb, prefix, run, Libusb};

fn installed(library: &str) -> PathBuf {
    prefix().join("lib").join(library)
}

fn defined(args: &[&str], library: &Path) -> Vec<String> {
    let listing = run(Command::new("nm").args(args).arg("--defined-only").arg(library));
    let mut names: Vec<String> = listing
        .lines()
        .filter_map(|line| match line.split_whitespace().collect::<Vec<_>>()[..] {
            [_, "A", _] => None, // the version itself
            [_, _, name] => Some(name.to_string()),
            _ => None,
        })
        .collect();
    names.sort();
    names
}

#[test]
fn the_header_declares_something() {
    let names = declared_functions();
    for name in ["usbx_open", "usbx_bulk_read", "usbx_version", "usbx_virtual_close"] {
        assert!(names.iter().any(|declared| declared == name), "{name} is not among {names:?}");
    }
}

#[test]
fn shared_library_exports_the_header_exactly() {
    if has("nm", "exported symbols") {
        assert_eq!(defined(&["-D", "--without-symbol-versions"], &installed("libusbx.so")), declared_functions());
    }
}

/// What `cargo build` links by itself, here with the tests: no symbol versions, otherwise the same.
#[test]
fn cargo_s_own_shared_library_is_like_the_installed_one() {
    if !has("nm", "exported symbols of cargo's shared library")
        || !has("readelf", "how cargo's shared library is linked")
    {
        return;
    }
    let library = std::env::current_exe().expect("this program").with_file_name("libusbx.so");
    assert_eq!(defined(&["-D"], &library), declared_functions());
    let dynamic = run(Command::new("readelf").arg("-dW").arg(&library));
    for word in ["[libusbx.so.0]", "BIND_NOW", "NODELETE"] {
        assert!(dynamic.contains(word), "{word} is not in\n{dynamic}");
    }
    let header = library.ancestors().nth(2).expect("TARGET/PROFILE/deps").join("include/usbx.h");
    assert_eq!(
        std::fs::read(header).expect("the header beside it"),
        std::fs::read(prefix().join("include/usbx.h")).unwrap()
    );
}

/// A program that calls a function of 0.2 is then told by the loader that it needs 0.2.
#[test]
fn each_symbol_has_the_version_that_its_comment_says() {
    if !has("nm", "symbol versions") {
        return;
    }
    let header = std::fs::read_to_string(prefix().join("include/usbx.h")).expect("usbx.h");
    let mut since = "";
    let mut versioned = Vec::new();
    for line in header.lines() {
        if let Some((_, after)) = line.split_once("@since ") {
            since = after.rsplit_once('.').map_or("", |(version, _)| version);
        }
        let name = line.split('(').next().unwrap_or("").rsplit([' ', '*']).next().unwrap_or("");
        if line.contains('(') && !line.starts_with([' ', '#', '/']) && name.starts_with("usbx_") {
            versioned.push(format!("{name}@@USBX_{since}"));
        }
    }
    versioned.sort();
    assert_eq!(defined(&["-D"], &installed("libusbx.so")), versioned);
}

#[test]
fn static_library_shows_the_header_exactly() {
    if has("nm", "symbols of the static library") {
        assert_eq!(defined(&["-g"], &installed("libusbx.a")), declared_functions());
    }
}

#[test]
fn shared_library_needs_nothing_but_the_c_library() {
    if !has("readelf", "what the library needs") {
        return;
    }
    let dynamic = run(Command::new("readelf").arg("-dW").arg(installed("libusbx.so")));
    let entries = |tag: &str| -> Vec<String> {
        let lines = dynamic.lines().filter(|line| line.contains(tag));
        lines.filter_map(|line| Some(line.split_once('[')?.1.split_once(']')?.0.to_string())).collect()
    };
    assert_eq!(entries("(SONAME)"), ["libusbx.so.0"]);
    let mut allowed =
        vec!["libc.so.6", "libgcc_s.so.1", "libpthread.so.0", "libdl.so.2", "libm.so.6", "ld-linux-x86-64.so.2"];
    if libusb() == Libusb::System {
        allowed.push("libusb-1.0.so.0");
        assert!(
            entries("(NEEDED)").iter().any(|needed| needed == "libusb-1.0.so.0"),
            "not linked to the system's libusb"
        );
    }
    for needed in entries("(NEEDED)") {
        assert!(allowed.contains(&needed.as_str()), "the library needs {needed}; allowed is {allowed:?}");
    }
    assert!(dynamic.contains("NODELETE"), "the library can be unloaded under its own threads");
    assert!(!dynamic.contains("TEXTREL"), "the library has text relocations");
}

#[test]
fn installed_links_lead_to_the_library() {
    for link in ["libusbx.so", "libusbx.so.0"] {
        let target = std::fs::canonicalize(installed(link)).expect(link);
        assert_eq!(
            target.file_name().unwrap().to_str(),
            Some(concat!("libusbx.so.", env!("CARGO_PKG_VERSION"))),
            "{link}"
        );
    }
}
