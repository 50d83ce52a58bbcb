//! The C tests, linked to the installed library in every way, alone and under sanitizers and valgrind.

mod support;

use std::path::Path;
use std::process::Command;
use support::{compile, has, passed, prefix, root, run, scratch, Library};

/// The device of the conformance suite as a program outside the library answers for it.
const MODEL: &str = "examples-c/models/acquisition_model.c";
const C99: [&str; 2] = ["-std=c99", "-Itests/conformance"];
const SANITIZED: [&str; 5] = [
    "-std=c99",
    "-Itests/conformance",
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=all",
    "-fno-omit-frame-pointer",
];

/// The conformance suite, one file for each part.
fn conformance() -> Vec<String> {
    let names = sources("tests/conformance");
    let parts = names.iter().map(|name| format!("tests/conformance/{name}"));
    parts.chain([MODEL.to_owned()]).collect()
}

/// Every function with bad arguments.
fn bad_arguments() -> Vec<String> {
    let parts = sources("tests/calls").into_iter().map(|name| format!("tests/calls/{name}"));
    parts.chain(["fixture", "check"].map(|name| format!("tests/conformance/{name}.c"))).collect()
}

/// The C files of a directory.
fn sources(directory: &str) -> Vec<String> {
    let entries = std::fs::read_dir(root().join(directory)).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| name.ends_with(".c"));
    names.sort();
    names
}

fn test_program<S: AsRef<str>>(compiler: &str, flags: &[&str], sources: &[S], library: Library) {
    let program = compile(&[compiler], flags, &sources.iter().map(AsRef::as_ref).collect::<Vec<_>>(), library);
    let mut command = Command::new(program);
    // What leaks is reported at the end; a use after return shows, too.
    passed(&run(command.env("ASAN_OPTIONS", "detect_leaks=1:detect_stack_use_after_return=1")));
}

#[test]
fn conformance_shared() {
    test_program("gcc", &C99, &conformance(), Library::Shared);
}

#[test]
fn conformance_static() {
    test_program("gcc", &C99, &conformance(), Library::Static);
}

#[test]
fn conformance_with_address_and_undefined_behaviour_sanitizers() {
    test_program("gcc", &SANITIZED, &conformance(), Library::Shared);
}

/// The same promises when a program answers for the device, on a thread of its own.
fn conformance_on_a_model(flags: &[&str]) {
    let sources = conformance();
    let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
    let mut command = Command::new(compile(&["gcc"], flags, &sources, Library::Shared));
    command.env("USBX_TEST_MODEL", "c");
    passed(&run(command.env("ASAN_OPTIONS", "detect_leaks=1:detect_stack_use_after_return=1")));
}

#[test]
fn conformance_on_a_model_in_c() {
    conformance_on_a_model(&C99);
}

#[test]
fn conformance_on_a_model_in_c_with_address_and_undefined_behaviour_sanitizers() {
    conformance_on_a_model(&SANITIZED);
}

#[test]
fn bad_arguments_shared() {
    test_program("gcc", &C99, &bad_arguments(), Library::Shared);
}

#[test]
fn bad_arguments_static() {
    test_program("gcc", &C99, &bad_arguments(), Library::Static);
}

#[test]
fn bad_arguments_with_sanitizers() {
    test_program("gcc", &SANITIZED, &bad_arguments(), Library::Shared);
    if has("clang", "bad_arguments with clang's sanitizers") {
        test_program("clang", &SANITIZED, &bad_arguments(), Library::Static);
    }
}

/// Nothing definitely lost, no invalid access, no use of what was not initialised. `arguments` may leave cases out.
fn under_valgrind<S: AsRef<str>>(sources: &[S], library: Library, arguments: &[&str]) {
    let sources: Vec<&str> = sources.iter().map(AsRef::as_ref).collect();
    if !has("valgrind", &format!("{} under valgrind", Path::new(sources[0]).display())) {
        return;
    }
    let program = compile(&["gcc"], &C99, &sources, library);
    let mut command = Command::new("valgrind");
    command.args(["--quiet", "--error-exitcode=99", "--leak-check=full", "--errors-for-leak-kinds=definite"]);
    command.args(["--show-leak-kinds=definite", "--fair-sched=yes"]);
    passed(&run(command.arg(program).args(arguments)));
}

/// Valgrind runs one thread at a time, slowly. Threads that race without ever waiting take minutes (the thread sanitizer has these), and
/// a device that does not wait for its reader loses data.
const NOT_UNDER_VALGRIND: [&str; 5] = [
    "-a_call_that_gives_up_says_what_moved",
    "-nothing_is_open_when_a_close_has_returned",
    "-frame_after_frame_comes_with_its_packet",
    "-reads_copy_frames_without_gaps",
    "-a_late_reader_is_told_what_was_lost",
];

#[test]
fn conformance_under_valgrind() {
    under_valgrind(&conformance(), Library::Shared, &NOT_UNDER_VALGRIND);
}

#[test]
fn bad_arguments_under_valgrind() {
    under_valgrind(&bad_arguments(), Library::Static, &[]);
}

/// As the README tells people to link.
#[test]
fn links_by_pkg_config() {
    if !has("pkg-config", "linking by pkg-config") {
        return;
    }
    let ask = |what: &[&str]| {
        let path = prefix().join("lib/pkgconfig");
        run(Command::new("pkg-config").env("PKG_CONFIG_PATH", path).args(what).arg("usbx")).trim().to_owned()
    };
    assert_eq!(ask(&["--modversion"]), env!("CARGO_PKG_VERSION"));
    let program = scratch("pkg-config");
    let mut compiler = Command::new("gcc");
    compiler.arg(root().join("tests/header/header_only.c")).arg("-o").arg(&program);
    run(compiler.args(ask(&["--cflags", "--libs"]).split_whitespace()));
    run(Command::new(&program).env("LD_LIBRARY_PATH", prefix().join("lib")));
}
