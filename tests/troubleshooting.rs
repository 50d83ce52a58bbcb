//! docs/troubleshooting.md quotes the library's messages: each is still in the source, and no status is left out.

use std::path::Path;

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// All of src/, with string literals as they are at run time: lines joined, and no escapes.
fn source() -> String {
    fn add(directory: &Path, all: &mut String) {
        for entry in std::fs::read_dir(directory).expect("src") {
            let path = entry.expect("src").path();
            match path.extension() {
                _ if path.is_dir() => add(&path, all),
                Some(extension) if extension == "rs" => *all += &read(&path),
                _ => {}
            }
        }
    }
    let mut all = String::new();
    add(&root().join("src"), &mut all);
    let joined: Vec<&str> = all.split("\\\n").map(str::trim_start).collect();
    joined.concat().replace("\\\"", "\"")
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_quoted_message_is_in_the_source() {
    let (page, source) = (read(&root().join("docs/troubleshooting.md")), source());
    let quoted: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("### \"")?.strip_suffix('"')).collect();
    assert!(quoted.len() > 30, "{} messages are quoted", quoted.len());
    for message in quoted {
        for part in message.split('…').map(str::trim).filter(|part| part.len() > 2) {
            assert!(source.contains(part), "docs/troubleshooting.md quotes {message:?}; src/ has no {part:?}");
        }
    }
}

#[test]
fn every_status_is_explained() {
    let (page, header) = (read(&root().join("docs/troubleshooting.md")), read(&root().join("include/usbx.h")));
    let names = header.lines().filter_map(|line| line.strip_prefix("#define USBX_ERROR_")?.split(' ').next());
    for name in names {
        let begins = format!("\n`USBX_ERROR_{name}`");
        assert!(page.contains(&begins), "no message of docs/troubleshooting.md has the status USBX_ERROR_{name}");
    }
}
