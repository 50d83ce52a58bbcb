//! A process that uses the library: fork and exec, signals, exit, unloading, and lack of memory and file descriptors.

mod support;

use std::path::Path;
use std::process::Command;
use support::{compile, has, passed, prefix, root, run, Library};

const FIXTURE: [&str; 2] = ["tests/conformance/fixture.c", "tests/conformance/check.c"];
const CALLS: [&str; 3] = ["tests/calls/calls.c", FIXTURE[0], FIXTURE[1]];
const QUEUE: [&str; 3] = ["tests/conformance/queue_fixture.c", FIXTURE[0], FIXTURE[1]];
const WORK: [&str; 5] = ["tests/process/work.c", CALLS[0], QUEUE[0], FIXTURE[0], FIXTURE[1]];

fn program(name: &str, with: &[&str]) -> Command {
    built(name, with, &["-std=c11", "-Wl,--as-needed"], Library::Shared)
}

fn built(name: &str, with: &[&str], flags: &[&str], library: Library) -> Command {
    let source = format!("tests/process/{name}.c");
    let sources = [&[source.as_str()], with].concat();
    let flags = [flags, &["-Itests/conformance", "-Itests/calls"]].concat();
    Command::new(compile(&["gcc"], &flags, &sources, library))
}

fn passes(command: &mut Command) {
    passed(&run(command));
}

/// No invalid access, and nothing definitely lost if leaks are looked for.
fn under_valgrind(program: &Command, options: &[&str]) -> Option<Command> {
    let what = Path::new(program.get_program()).file_name()?.to_str()?.to_owned();
    has("valgrind", &format!("{what} under valgrind")).then(|| {
        let mut command = Command::new("valgrind");
        command.args(["--quiet", "--error-exitcode=99", "--errors-for-leak-kinds=definite", "--fair-sched=yes"]);
        command.args(["--show-leak-kinds=definite", "--leak-check=full"]);
        command.args(options).arg(program.get_program());
        command
    })
}

#[test]
fn children_of_a_busy_process() {
    passes(&mut program("fork_busy", &WORK));
}

/// Without the search for leaks: what another thread held is lost to a child. (The sanitizers' own memory has locks that a child of
/// a busy process may find taken.)
#[test]
fn children_of_a_busy_process_under_valgrind() {
    if let Some(mut command) = under_valgrind(&program("fork_busy", &WORK), &["--leak-check=no"]) {
        passes(command.arg("5"));
    }
}

#[test]
fn what_a_forked_child_may_do() {
    passes(&mut program("fork", &CALLS));
}

#[test]
fn what_a_forked_child_may_do_static_with_sanitizers() {
    let flags = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer"];
    // What leaks is reported at the end; a use after return shows, too.
    let options = "detect_leaks=1:detect_stack_use_after_return=1";
    passes(built("fork", &CALLS, &flags, Library::Static).env("ASAN_OPTIONS", options));
}

#[test]
fn what_a_forked_child_may_do_under_valgrind() {
    let suppressions = format!("--suppressions={}", root().join("tests/process/fork.supp").display());
    if let Some(mut command) = under_valgrind(&program("fork", &CALLS), &[&suppressions, "--num-callers=40"]) {
        passes(&mut command);
    }
}

#[test]
fn a_child_forked_in_the_first_call() {
    passes(&mut program("fork_first", &FIXTURE));
}

#[test]
fn nothing_is_handed_to_another_program() {
    passes(&mut program("exec", &WORK));
}

#[test]
fn signals_interrupt_no_call() {
    passes(&mut program("signals", &WORK));
}

#[test]
fn a_process_ends_with_calls_under_way() {
    passes(&mut program("exit", &WORK));
}

#[test]
fn a_process_ends_with_calls_under_way_under_valgrind() {
    if let Some(mut command) = under_valgrind(&program("exit", &WORK), &[]) {
        passes(command.arg("a_thread_exits"));
    }
}

#[test]
fn loaded_and_closed_as_a_plugin() {
    passes(program("unload", &[]).arg(prefix().join("lib/libusbx.so")));
}

/// Its own memory is not measured, as valgrind keeps what was freed.
#[test]
fn loaded_and_closed_as_a_plugin_under_valgrind() {
    if let Some(mut command) = under_valgrind(&program("unload", &[]), &[]) {
        passes(command.arg(prefix().join("lib/libusbx.so")).arg("unmeasured"));
    }
}

#[test]
fn descriptors_threads_and_address_space_run_out() {
    passes(&mut program("limits", &QUEUE));
}

#[test]
fn every_allocation_fails_once() {
    passes(&mut program("no_memory", &QUEUE));
}

/// As users of Python's multiprocessing meet fork().
#[test]
fn python_s_multiprocessing() {
    if has("python3", "multiprocessing") {
        let script = root().join("tests/process/multiprocessing_fork.py");
        let printed = run(Command::new("python3").arg(script).arg(prefix().join("lib/libusbx.so")));
        assert!(printed.ends_with("ok\n"), "{printed}");
    }
}

/// Every file in tests/process is part of a test above, so that a new one cannot be forgotten.
#[test]
fn every_source_is_used() {
    let used = include_str!("process.rs");
    for entry in std::fs::read_dir(root().join("tests/process")).unwrap() {
        let path = entry.unwrap().path();
        let (stem, name) = (path.file_stem().unwrap().to_str().unwrap(), path.file_name().unwrap().to_str().unwrap());
        let is_used = used.contains(&format!("\"{stem}\"")) || used.contains(&format!("tests/process/{name}"));
        assert!(is_used || name.ends_with(".h"), "{name} is in no test");
    }
}
