//! The tool as it is used, on the library's virtual device: what it prints, what it keeps, how it ends. Windows has other signals, pipes
//! and rights.
#![cfg(unix)]

#[path = "../../../tests/support/mod.rs"]
mod support;

mod capture;
mod control;
mod doctor;
mod generated;
mod list;
mod read;
mod run;
mod share;
mod terminal;
mod udev;
mod watch;
mod write;

use std::io::Read;
use std::process::{Child, Command, Stdio};
use support::text;

/// The virtual device's frames, its status reports, its loopback, its isochronous samples, and a panel that sends nothing.
const FRAMES: &str = "0x81";
const REPORTS: &str = "0x82";
const LOOPBACK: &str = "0x02";
const SAMPLES: &str = "0x85";
const SILENT: &str = "0x84";
const START: &str = "vendor,out 1 0 0";
/// As fast as the host reads.
const UNPACED: &str = "vendor,out 3 0 0 00 00 00 00";
const DEVICE: &str = "1209:0001";

fn usbx(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_usbx"));
    command.args(arguments).env("USBX_VIRTUAL", "acquisition").stdin(Stdio::null());
    command
}

/// How it ended, and what it said.
struct Ended {
    code: Option<i32>,
    stdout: Vec<u8>,
    stderr: String,
}

impl Ended {
    /// The exit code is this, and on standard error are these words.
    fn expect(&self, code: i32, words: &[&str]) -> &Ended {
        assert_eq!(self.code, Some(code), "{}", self.stderr);
        for word in words {
            assert!(self.stderr.contains(word), "no \"{word}\" in: {}", self.stderr);
        }
        self
    }

    fn stdout(&self) -> String {
        text(&self.stdout)
    }
}

fn run(command: &mut Command) -> Ended {
    let output = support::output(command);
    Ended { code: output.status.code(), stdout: output.stdout, stderr: text(&output.stderr) }
}

/// One that runs until something ends it.
fn start(command: &mut Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("usbx")
}

fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").args(["-s", name, &child.id().to_string()]).status().expect("kill");
    assert!(status.success());
}

/// Sees it out, with what it had still to say.
fn end(mut child: Child) -> Ended {
    let (mut stdout, mut stderr) = (Vec::new(), String::new());
    if let Some(mut pipe) = child.stdout.take() {
        pipe.read_to_end(&mut stdout).expect("its output");
    }
    child.stderr.take().expect("a pipe").read_to_string(&mut stderr).expect("its messages");
    Ended { code: child.wait().expect("its end").code(), stdout, stderr }
}

/// Frames of the virtual device, one behind the other from the first on; says how many.
fn frames(bytes: &[u8]) -> u32 {
    let mut count = 0;
    for frame in bytes.chunks(512) {
        assert_eq!(frame[..4.min(frame.len())], b"ACQ1"[..4.min(frame.len())], "frame {count}");
        if frame.len() >= 8 {
            assert_eq!(frame[4..8], u32::to_le_bytes(count), "a frame is missing");
        }
        count += 1;
    }
    count
}

#[test]
fn a_wrong_command_line_is_2() {
    for wrong in [
        &["frobnicate"][..],
        &["read"],
        &["read", DEVICE],
        &["read", "1209:zz", FRAMES],
        &["read", DEVICE, "0x181"],
        &["read", DEVICE, FRAMES, "--timeout", "-1"],
        &["read", DEVICE, FRAMES, "--hex", "--raw"],
        &["write", DEVICE, LOOPBACK, "--hex", "012"],
        &["write", DEVICE, LOOPBACK, "file", "--hex", "01"],
        &["control", DEVICE, "vendor", "1", "0", "0"],
        &["control", DEVICE, "vendor,in", "1", "0", "0"],
        &["control", DEVICE, "vendor,out", "1", "0", "0", "zz"],
        &["watch", "--device", "1209"],
    ] {
        let ended = run(&mut usbx(wrong));
        assert_eq!((ended.code, ended.stdout()), (Some(2), String::new()), "{wrong:?}: {}", ended.stderr);
        assert!(!ended.stderr.is_empty() && !ended.stderr.contains("defect"), "{wrong:?}: {}", ended.stderr);
    }
}

#[test]
fn what_is_not_there_is_3() {
    for (arguments, word) in [
        (&["read", "dead:beef", FRAMES][..], "dead:beef"),
        (&["read", "1209:0001:NOBODY", FRAMES], "VIRT0001"),
        (&["read", "virtual/7", FRAMES], "usbx list"),
        (&["read", DEVICE, "0x8f"], "0x81 (bulk IN, interface 0)"),
        (&["read", DEVICE, SAMPLES, "--alt", "0"], "setting 0"),
        (&["control", DEVICE, "class,interface,in", "1", "0", "9", "1"], "interface 9"),
    ] {
        run(&mut usbx(arguments)).expect(3, &[word]);
    }
}

#[test]
fn help_has_the_exit_codes_and_every_command() {
    let help = run(&mut usbx(&["--help"])).expect(0, &[]).stdout();
    for word in ["Exit codes:", "130, 143", "list", "watch", "read", "write", "control", "share"] {
        assert!(help.contains(word), "{help}");
    }
    assert!(!help.contains("generate"), "{help}");
    let version = run(&mut usbx(&["--version"])).stdout();
    assert_eq!(version, format!("usbx {}\n", usbx::tool::VERSION));
}
