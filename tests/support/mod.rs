//! Shared by the tests of the installed library: its path, running programs, and reporting skipped tests.
#![allow(dead_code)] // each test uses its part

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

pub const WARNINGS: [&str; 5] = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"];

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Where cargo builds: $CARGO_TARGET_DIR, or target/.
pub fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("TARGET/tmp").to_path_buf()
}

/// The installation under test: `$USBX_PREFIX`, or what `make stage` made.
pub fn prefix() -> PathBuf {
    let prefix = std::env::var_os("USBX_PREFIX").map_or_else(|| target().join("stage"), PathBuf::from);
    assert!(
        prefix.join("lib/libusbx.so").exists() && prefix.join("include/usbx.h").exists(),
        "no library is installed at {}: run `make stage` first, or set USBX_PREFIX",
        prefix.display()
    );
    prefix
}

/// What usbx.pc of the installation says under this key.
pub fn pkgconfig(key: &str) -> String {
    let text = std::fs::read_to_string(prefix().join("lib/pkgconfig/usbx.pc")).expect("usbx.pc");
    let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
    line.unwrap_or_else(|| panic!("usbx.pc has no {key}")).trim().to_string()
}

/// What the installed library has of libusb.
#[derive(Debug, PartialEq, Eq)]
pub enum Libusb {
    BuiltIn,
    System,
    None,
}

pub fn libusb() -> Libusb {
    if pkgconfig("License").contains("LGPL") {
        Libusb::BuiltIn
    } else if pkgconfig("Libs.private").contains("-lusb-1.0") {
        Libusb::System
    } else {
        Libusb::None
    }
}

/// A test that cannot run here says so past the test harness's capture, and fails where nothing may be left out.
pub fn skip(what: &str, why: &str) {
    let line = format!("LEFT OUT: {what}: {why}\n");
    std::io::stderr().write_all(line.as_bytes()).expect("stderr");
    if let Some(list) = std::env::var_os("USBX_LEFT_OUT") {
        let mut list =
            std::fs::OpenOptions::new().append(true).create(true).open(list).expect("the list of what is left out");
        list.write_all(line.as_bytes()).expect("the list of what is left out");
    }
    assert!(
        std::env::var("CI").as_deref() != Ok("true"),
        "with CI=true nothing may be left out, but {what} was: {why}"
    );
}

/// Whether this program can be run; if not, that is said.
pub fn has(program: &str, what: &str) -> bool {
    let found = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !found {
        skip(what, &format!("{program} is not installed; run tests/setup"));
    }
    found
}

/// A name of its own for each thing that is built.
pub fn scratch(name: &str) -> PathBuf {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}-{number}", std::process::id()))
}

/// Runs to the end; a program that takes longer than ten minutes hangs.
pub fn output(command: &mut Command) -> Output {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let read = |stream: Option<Box<dyn std::io::Read + Send>>| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = std::io::Read::read_to_end(&mut stream.expect("a pipe"), &mut bytes);
            bytes
        })
    };
    let stdout = read(child.stdout.take().map(|s| Box::new(s) as _));
    let stderr = read(child.stderr.take().map(|s| Box::new(s) as _));
    let deadline = Instant::now() + Duration::from_secs(600);
    let status = loop {
        if let Some(status) = child.try_wait().expect("wait") {
            break status;
        }
        if Instant::now() > deadline {
            let _ = child.kill();
            let stdout = String::from_utf8_lossy(&stdout.join().unwrap()).into_owned();
            panic!("{command:?} did not end; it printed:\n{stdout}");
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    Output { status, stdout: stdout.join().unwrap(), stderr: stderr.join().unwrap() }
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Runs, expects this exit code, and returns what it printed, which is also shown if the test fails.
pub fn run_for(code: i32, command: &mut Command) -> String {
    let output = output(command);
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    println!("{command:?}\n{stdout}{stderr}");
    assert_eq!(output.status.code(), Some(code), "{command:?} ended with {:?}:\n{stdout}{stderr}", output.status);
    stdout
}

pub fn run(command: &mut Command) -> String {
    run_for(0, command)
}

/// The line that every C test ends with; a program that ran nothing has not passed.
pub fn passed(printed: &str) {
    let last = printed.lines().last().unwrap_or_default();
    let count: u32 = last.split(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0);
    assert!(count > 0 && last.ends_with(" passed, 0 failed"), "the last line is: {last}");
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Library {
    Shared,
    Static,
}

/// Compiles C to a program that is linked to the installed library; the flags come first. The same program is compiled once.
pub fn compile(compiler: &[&str], flags: &[&str], sources: &[&str], library: Library) -> PathBuf {
    static PROGRAMS: Mutex<BTreeMap<String, Arc<OnceLock<PathBuf>>>> = Mutex::new(BTreeMap::new());
    let mut programs = PROGRAMS.lock().unwrap_or_else(PoisonError::into_inner);
    let program = programs.entry(format!("{compiler:?} {flags:?} {sources:?} {library:?}")).or_default().clone();
    drop(programs);
    program.get_or_init(|| compiled(compiler, flags, sources, library)).clone()
}

fn compiled(compiler: &[&str], flags: &[&str], sources: &[&str], library: Library) -> PathBuf {
    let prefix = prefix();
    let name = Path::new(sources[0]).file_stem().and_then(|name| name.to_str()).expect("a name");
    let program = scratch(name);
    let mut command = Command::new(compiler[0]);
    command.args(&compiler[1..]).args(["-O1", "-g"]).args(WARNINGS).args(flags);
    command.arg("-I").arg(prefix.join("include")).arg("-I").arg(root().join("examples-c"));
    command.args(sources.iter().map(|source| root().join(source))).arg("-o").arg(&program);
    // Sources are C even where a C++ compiler compiles them; what follows are libraries.
    command.args(["-x", "none"]).arg("-L").arg(prefix.join("lib"));
    match library {
        Library::Shared => {
            command.arg(format!("-Wl,-rpath,{}", prefix.join("lib").display())).arg("-lusbx");
        }
        Library::Static => {
            command.arg(prefix.join("lib/libusbx.a")).args(pkgconfig("Libs.private").split_whitespace());
        }
    }
    command.args(["-lm", "-pthread"]);
    run(&mut command);
    program
}

/// The functions that the installed header declares.
pub fn declared_functions() -> Vec<String> {
    let header = std::fs::read_to_string(prefix().join("include/usbx.h")).expect("usbx.h");
    let mut inside_comment = false;
    let mut names = Vec::new();
    for line in header.lines() {
        inside_comment |= line.trim_start().starts_with("/*");
        if !inside_comment && !line.starts_with([' ', '#']) {
            if let Some((before, _)) = line.split_once('(') {
                names.extend(before.rsplit([' ', '*']).find(|word| word.starts_with("usbx_")).map(String::from));
            }
        }
        inside_comment &= !line.contains("*/");
    }
    names.sort();
    names
}
