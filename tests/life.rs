//! A process that uses the library: fork and exec, signals, exit, unloading, and lack of memory and file descriptors.

mod support;

use std::path::Path;
use std::process::Command;
use support::{compile, has, prefix, root, run, Library};

const FIXTURE: [&str; 2] = ["tests/c/fixture.c", "tests/c/check.c"];
const QUEUED: [&str; 3] = ["tests/c/queued.c", "tests/c/fixture.c", "tests/c/check.c"];
const WORK: [&str; 5] =
    ["tests/life/work.c", "tests/c/calls.c", "tests/c/queued.c", "tests/c/fixture.c", "tests/c/check.c"];

fn program(name: &str, with: &[&str]) -> Command {
    let source = format!("tests/life/{name}.c");
    let sources = [&[source.as_str()], with].concat();
    Command::new(compile(&["gcc"], &["-std=c11", "-Itests/c", "-Wl,--as-needed"], &sources, Library::Shared))
}

/// The line that every C test ends with; a program that ran nothing has not passed.
fn passed(command: &mut Command) {
    let printed = run(command);
    let last = printed.lines().last().unwrap_or_default();
    let count: u32 = last.split(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0);
    assert!(count > 0 && last.ends_with(" passed, 0 failed"), "the last line is: {last}");
}

/// No invalid access, and nothing definitely lost if leaks are looked for.
fn under_valgrind(program: &Command, leak_check: &str) -> Option<Command> {
    let what = Path::new(program.get_program()).file_name()?.to_str()?.to_owned();
    has("valgrind", &format!("{what} under valgrind")).then(|| {
        let mut command = Command::new("valgrind");
        command.args(["--quiet", "--error-exitcode=99", "--errors-for-leak-kinds=definite", "--fair-sched=yes"]);
        command.args(["--show-leak-kinds=definite", &format!("--leak-check={leak_check}")]);
        command.arg(program.get_program());
        command
    })
}

#[test]
fn children_of_a_busy_process() {
    passed(&mut program("fork_busy", &WORK));
}

/// Without the search for leaks: what another thread held is lost to a child. (The sanitizers' own memory has locks that a child of
/// a busy process may find taken.)
#[test]
fn children_of_a_busy_process_under_valgrind() {
    if let Some(mut command) = under_valgrind(&program("fork_busy", &WORK), "no") {
        passed(command.arg("5"));
    }
}

#[test]
fn a_child_forked_in_the_first_call() {
    passed(&mut program("fork_first", &FIXTURE));
}

#[test]
fn nothing_is_handed_to_another_program() {
    passed(&mut program("exec", &WORK));
}

#[test]
fn signals_interrupt_no_call() {
    passed(&mut program("signals", &WORK));
}

#[test]
fn a_process_ends_with_calls_under_way() {
    passed(&mut program("exit", &WORK));
}

#[test]
fn a_process_ends_with_calls_under_way_under_valgrind() {
    if let Some(mut command) = under_valgrind(&program("exit", &WORK), "full") {
        passed(command.arg("a_thread_exits"));
    }
}

#[test]
fn loaded_and_closed_as_a_plugin() {
    passed(program("unload", &[]).arg(prefix().join("lib/libusbx.so")));
}

/// Its own memory is not measured, as valgrind keeps what was freed.
#[test]
fn loaded_and_closed_as_a_plugin_under_valgrind() {
    if let Some(mut command) = under_valgrind(&program("unload", &[]), "full") {
        passed(command.arg(prefix().join("lib/libusbx.so")).arg("unmeasured"));
    }
}

#[test]
fn descriptors_threads_and_address_space_run_out() {
    passed(&mut program("limits", &QUEUED));
}

#[test]
fn every_allocation_fails_once() {
    passed(&mut program("no_memory", &QUEUED));
}

/// As users of Python's multiprocessing meet fork().
#[test]
fn python_s_multiprocessing() {
    if has("python3", "multiprocessing") {
        let script = root().join("tests/life/multiprocessing_fork.py");
        let printed = run(Command::new("python3").arg(script).arg(prefix().join("lib/libusbx.so")));
        assert!(printed.ends_with("ok\n"), "{printed}");
    }
}

/// Every file in tests/life is part of a test above, so that a new one cannot be forgotten.
#[test]
fn every_source_is_used() {
    let used = include_str!("life.rs");
    for entry in std::fs::read_dir(root().join("tests/life")).unwrap() {
        let path = entry.unwrap().path();
        let (stem, name) = (path.file_stem().unwrap().to_str().unwrap(), path.file_name().unwrap().to_str().unwrap());
        let is_used = used.contains(&format!("\"{stem}\"")) || used.contains(&format!("tests/life/{name}"));
        assert!(is_used || name.ends_with(".h"), "{name} is in no test");
    }
}
