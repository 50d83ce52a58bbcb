//! Every part of the built library is named with its licence, and generated and installed files state theirs.

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::{has, libusb, prefix, root, run, scratch, Libusb};

const OWN: &str = "SPDX-License-Identifier: MIT OR Apache-2.0";

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// The dependencies may have changed since.
#[test]
fn notices_are_of_what_is_built() {
    if !has("python3", "the notices of third-party licences") {
        return;
    }
    let renewed = scratch("notices");
    run(Command::new("python3").arg(root().join("packaging/notices")).arg(&renewed));
    let same = text(&renewed) == text(&root().join("LICENSE-THIRD-PARTY"));
    assert!(same, "LICENSE-THIRD-PARTY is not of what Cargo.lock says: run `make notices` and commit the result");
}

#[test]
fn licences_are_installed() {
    let directory = prefix().join("share/doc/usbx");
    for name in ["LICENSE-APACHE", "LICENSE-MIT"] {
        assert!(text(&directory.join(name)) == text(&root().join(name)), "{name}");
    }
    let notices = text(&directory.join("LICENSE-THIRD-PARTY"));
    if libusb() == Libusb::BuiltIn {
        assert!(text(&directory.join("LICENSE-LGPL-2.1")) == text(&root().join("LICENSE-LGPL-2.1")));
        assert!(notices == text(&root().join("LICENSE-THIRD-PARTY")));
    } else {
        assert!(!directory.join("LICENSE-LGPL-2.1").exists());
        assert!(notices.contains("smallvec ") && !notices.contains("LGPL"));
    }
    for crate_name in ["\nlibusb1-sys ", "\nrusb "] {
        assert_eq!(notices.contains(crate_name), libusb() != Libusb::None, "{crate_name}");
    }
}

/// What the licences say of libusb is what is in the library.
#[test]
fn libusb_is_where_the_licences_say_it_is() {
    if !has("nm", "what the libraries contain of libusb") {
        return;
    }
    let symbols = run(Command::new("nm").arg(prefix().join("lib/libusbx.a")));
    let kinds: Vec<&str> =
        symbols.lines().filter_map(|line| line.strip_suffix(" libusb_submit_transfer")?.rsplit(' ').next()).collect();
    let expected: &[&str] = match libusb() {
        Libusb::BuiltIn => &["t"],
        Libusb::System => &["U"],
        Libusb::None => &[],
    };
    assert_eq!(kinds, expected);
    assert!(libusb() != Libusb::None || !symbols.contains(" libusb_"));
}

/// Headers, manual pages, completions, the files for pkg-config and CMake, the rule for udev.
#[test]
fn what_is_installed_says_its_licence() {
    let directories = ["include", "share", "lib/pkgconfig", "lib/cmake"];
    let installed: Vec<PathBuf> = directories.iter().flat_map(|name| files(&prefix().join(name))).collect();
    assert!(installed.len() > 80, "{installed:?}");
    for path in installed {
        let is_licence = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("LICENSE-"));
        assert!(is_licence || text(&path).contains(OWN), "{} says no licence", path.display());
    }
}

/// Users copy them from here.
#[test]
fn what_is_generated_says_its_licence() {
    let generated = |path: &PathBuf| {
        let first: Vec<String> = text(path).lines().take(4).map(String::from).collect();
        first.iter().any(|line| line.contains("Derived from the header by") || line.contains("Made by `make abi`"))
    };
    let all = [files(&root().join("languages")), files(&root().join("abi"))].concat();
    let mut count = 0;
    for path in all
        .iter()
        .filter(|path| !path.ends_with("snapshot") && !path.components().any(|part| part.as_os_str() == "node_modules"))
    {
        if path.extension().is_some_and(|extension| extension == "csv") {
            let beside = PathBuf::from(format!("{}.license", path.display()));
            assert_eq!(text(&beside).trim_end(), OWN);
            count += 1;
        } else if generated(path) {
            assert!(text(path).contains(OWN), "{} says no licence", path.display());
            count += 1;
        }
    }
    assert!(count >= 11, "only {count} files are generated");
}
