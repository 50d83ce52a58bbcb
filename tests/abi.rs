//! The promises of released versions still hold (`abi/README.md`), and the check notices what breaks a promise.

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::{has, output, prefix, root, run, scratch, text};

fn kept() -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(root().join("abi"))
        .expect("abi")
        .map(|entry| entry.expect("abi").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "c"))
        .collect();
    files.sort();
    files
}

fn newest() -> PathBuf {
    let version = env!("CARGO_PKG_VERSION").rsplit_once('.').expect("X.Y.Z").0;
    root().join(format!("abi/usbx-{version}.c"))
}

/// Compiles and links a promise with this directory's usbx.h and this library.
fn build(promise: &Path, include: &Path, library: &Path) -> (Command, PathBuf) {
    let program = scratch("promise");
    let mut command = Command::new("cc");
    command.args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-I"]).arg(include).arg(promise);
    command.arg(library).arg(format!("-Wl,-rpath,{}", prefix().join("lib").display())).arg("-o").arg(&program);
    (command, program)
}

#[test]
fn promises_of_all_versions_hold() {
    if !has("cc", "what released versions promised") {
        return;
    }
    assert!(!kept().is_empty());
    for promise in kept() {
        let (mut compile, program) = build(&promise, &prefix().join("include"), &prefix().join("lib/libusbx.so"));
        run(&mut compile);
        run(&mut Command::new(program));
    }
}

#[test]
fn this_version_promises_what_the_header_says() {
    if !has("cc", "what this version promises") {
        return;
    }
    let says = run(Command::new(root().join("abi/snapshot")).arg(root().join("include/usbx.h")));
    let promised = fs::read_to_string(newest()).unwrap_or_default();
    assert!(says == promised, "{} is not what the header says: see abi/README.md", newest().display());
}

/// What must not happen to a released interface, each as a change of the header, and what the compiler then says.
#[test]
fn a_broken_promise_is_seen() {
    if !has("cc", "broken promises") {
        return;
    }
    let header = fs::read_to_string(prefix().join("include/usbx.h")).expect("usbx.h");
    let include = scratch("broken");
    fs::create_dir_all(&include).expect("a directory");
    for (before, after, told) in [
        ("  uint64_t sequence;", "  int64_t sequence;", "usbx_chunk.sequence is not uint64_t"),
        ("  uint64_t sequence;", "  uint64_t more;\n  uint64_t sequence;", "usbx_chunk.sequence has moved"),
        ("  uint64_t sequence;", "", "no member named"),
        ("  char serial[384];", "  char serial[380];", "usbx_device_info has another size"),
        ("  char serial[384];", "  char serial[380];", "usbx_device_info.serial is not char[384]"),
        ("  uint8_t reserved[28];", "  uint8_t reserved[36];", "usbx_chunk has another size"),
        ("#define USBX_ERROR_PIPE -9", "#define USBX_ERROR_PIPE -10", "USBX_ERROR_PIPE has changed"),
        ("uint8_t interface_number, uint8_t alt_setting);", "uint8_t interface_number);", "usbx_set_alt_setting"),
        ("usbx_status usbx_reset(", "int64_t usbx_reset(", "usbx_reset"),
        ("typedef int32_t usbx_status;", "typedef int64_t usbx_status;", "usbx_status is not int32_t"),
    ] {
        assert!(header.contains(before), "the header has no {before:?}");
        fs::write(include.join("usbx.h"), header.replace(before, after)).expect("a header");
        let failed = output(&mut build(&newest(), &include, &prefix().join("lib/libusbx.so")).0);
        let said = text(&failed.stderr);
        assert!(!failed.status.success() && said.contains(told), "{before:?} to {after:?} is not seen: {said}");
    }

    // What may happen: reserved bytes get a meaning, and there is more of everything.
    for (before, after) in [
        ("  uint8_t reserved[28];", "  uint32_t lost;\n  uint8_t reserved[24];"),
        ("#define USBX_OK 0", "#define USBX_ERROR_NEW -106\n#define USBX_OK 0\nint usbx_new(void);"),
    ] {
        fs::write(include.join("usbx.h"), header.replace(before, after)).expect("a header");
        run(&mut build(&newest(), &include, &prefix().join("lib/libusbx.so")).0);
    }
}

/// A function that is gone from the library, or has another version there.
#[test]
fn a_missing_symbol_is_seen() {
    if !has("cc", "missing symbols") {
        return;
    }
    let directory = scratch("missing");
    fs::create_dir_all(&directory).expect("a directory");
    let map = fs::read_to_string(root().join("abi/usbx.map")).expect("usbx.map");
    let functions: String =
        support::declared_functions().iter().map(|name| format!("void {name}(void){{}}\n")).collect();
    fs::write(directory.join("stand_in.c"), functions).expect("a source");
    for (changed, told) in [
        (map.clone(), None),
        (map.replace("        usbx_claim;\n", ""), Some("usbx_claim@USBX_0.1")),
        (map.replace("USBX_0.1", "USBX_0.2"), Some("usbx_claim@USBX_0.1")),
    ] {
        fs::write(directory.join("map"), changed).expect("a map");
        let library = directory.join("libusbx.so.0");
        let mut link = Command::new("cc");
        link.current_dir(&directory).args(["-shared", "-fPIC", "-Wl,--version-script=map", "-Wl,-soname,libusbx.so.0"]);
        run(link.args(["stand_in.c", "-o", "libusbx.so.0"]));
        let linked = output(&mut build(&newest(), &prefix().join("include"), &library).0);
        let said = text(&linked.stderr);
        match told {
            None => assert!(linked.status.success(), "{said}"),
            Some(told) => assert!(!linked.status.success() && said.contains(told), "{said}"),
        }
    }
}
