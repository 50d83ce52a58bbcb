//! Compares docs/porting.md and docs/embedding.md with what they describe: libusb's header, ours, and the files that they
//! quote.

mod support;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;
use support::{declared_functions, output, prefix, root, text};

fn page(name: &str) -> String {
    std::fs::read_to_string(root().join("docs").join(name)).expect(name)
}

/// libusb's header, of the version that is built in, without its comments.
fn libusb_header() -> String {
    let cargo = std::env::var_os("CARGO").expect("a run by cargo");
    let mut command = Command::new(cargo);
    command.args(["metadata", "--format-version", "1", "--filter-platform"]).current_dir(root());
    let metadata = output(command.arg(format!("{}-unknown-linux-gnu", std::env::consts::ARCH)));
    assert!(metadata.status.success(), "{}", text(&metadata.stderr));
    let metadata = text(&metadata.stdout);
    let manifests = metadata.split("\"manifest_path\":\"").skip(1).map(|rest| rest.split('"').next().unwrap());
    let package = manifests.map(PathBuf::from).find(|path| path.to_string_lossy().contains("/libusb1-sys"));
    let header = package.expect("libusb1-sys").with_file_name("libusb").join("libusb/libusb.h");
    let header = std::fs::read_to_string(header).expect("libusb.h");
    assert!(header.contains("#define LIBUSB_API_VERSION 0x0100010A"), "not libusb 1.0.27's");
    let mut code = String::new();
    for piece in header.split("/*") {
        code += piece.split_once("*/").map_or(piece, |(_, code)| code);
    }
    code
}

/// The words that begin so.
fn words(text: &str, beginning: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with(beginning)).map(String::from).collect()
}

fn libusb_functions() -> BTreeSet<String> {
    let header = libusb_header();
    let code = header.lines().filter(|line| !line.starts_with('#'));
    // A declaration has LIBUSB_CALL, or LIBUSB_CALLV, before its name; the others are inline.
    let (mut names, mut declared) = (BTreeSet::new(), false);
    for word in code.flat_map(|line| line.split([' ', '*', '\t'])) {
        declared |= word.starts_with("LIBUSB_CALL") || word == "inline";
        if let (true, Some((name, _))) = (declared, word.split_once('(')) {
            names.insert(name.to_string());
            declared = false;
        }
    }
    names.insert("libusb_le16_to_cpu".into()); // a macro
    names
}

/// The functions of the first column of the tables.
fn rows(page: &str) -> BTreeSet<String> {
    let first = page.lines().filter_map(|line| line.strip_prefix('|')?.split('|').next());
    first.flat_map(|cell| words(cell, "libusb_")).collect()
}

#[test]
fn every_function_of_libusb_has_a_row() {
    let (functions, rows) = (libusb_functions(), rows(&page("porting.md")));
    assert!(functions.len() > 100, "{functions:?}");
    let missing: Vec<_> = functions.difference(&rows).collect();
    assert!(missing.is_empty(), "no row for {missing:?}");
    let unknown: Vec<_> = rows.difference(&functions).collect();
    assert!(unknown.is_empty(), "libusb 1.0.27 has no {unknown:?}");
}

#[test]
fn what_the_pages_name_is_there() {
    let (header, libusb) = (std::fs::read_to_string(prefix().join("include/usbx.h")).unwrap(), libusb_header());
    let types = ["usbx_device", "usbx_queue", "usbx_stream", "usbx_watch"].map(String::from);
    let functions: BTreeSet<String> = declared_functions().into_iter().chain(types).collect();
    for name in ["porting.md", "embedding.md"] {
        let page = page(name);
        for word in words(&page, "usbx_").into_iter().chain(words(&page, "USBX_")) {
            let known = functions.contains(&word) || words(&header, &word).contains(&word);
            assert!(known || ["USBX_VIRTUAL", "USBX_ERROR_"].contains(&&*word), "{name}: usbx.h has no {word}");
        }
        for word in words(&page, "LIBUSB_") {
            assert!(words(&libusb, &word).contains(&word), "{name}: libusb.h has no {word}");
        }
    }
}

/// The number that a header gives to a name, by an enumeration or a definition.
fn number(header: &str, name: &str) -> Option<i64> {
    let mut lines = header.lines().filter(|line| !line.trim_start().starts_with('*'));
    let line = lines.find(|line| line.split([' ', '\t', '=', ',']).any(|word| word == name))?;
    let digits = line.rsplit(|c: char| !c.is_ascii_digit() && c != '-').find(|word| !word.is_empty())?;
    digits.parse().ok()
}

#[test]
fn the_numbers_are_libusbs() {
    let (header, libusb) = (std::fs::read_to_string(prefix().join("include/usbx.h")).unwrap(), libusb_header());
    let mut compared = 0;
    for name in words(&libusb, "LIBUSB_ERROR_").into_iter().chain(words(&libusb, "LIBUSB_SPEED_")) {
        let ours = name.replace("LIBUSB_", "USBX_");
        if let Some(our_number) = number(&header, &ours) {
            assert_eq!(number(&libusb, &name), Some(our_number), "{name}");
            compared += 1;
        } else {
            assert_eq!(name, "LIBUSB_ERROR_COUNT", "usbx.h has no {ours}");
        }
    }
    for kind in ["CONTROL", "ISOCHRONOUS", "BULK", "INTERRUPT"] {
        let theirs = number(&libusb, &format!("LIBUSB_TRANSFER_TYPE_{kind}"));
        assert_eq!(theirs, number(&header, &format!("USBX_TYPE_{kind}")), "{kind}");
    }
    assert_eq!(compared, 13 + 6);
}

#[test]
fn the_port_is_as_short_as_is_said() {
    let said = page("porting.md").replace('\n', " ");
    let lines =
        |file: &str| std::fs::read_to_string(root().join("examples-c/porting").join(file)).unwrap().lines().count();
    for (file, library) in [("before.c", "libusb"), ("after.c", "usbx")] {
        let sentence = format!("{file}) with {library} in {}", lines(file));
        assert!(said.contains(&sentence), "the page does not say: {sentence}");
    }
}
