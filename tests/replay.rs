//! Round trips: a program uses the virtual device, with a capture; then it uses the capture as its device, and prints the same to the byte.

mod support;

use std::path::PathBuf;
use std::process::Command;
use support::{compile, output, run_for, scratch, text, Library};

fn example(name: &str) -> PathBuf {
    compile(&["gcc"], &["-std=c99"], &[&format!("examples-c/{name}.c")], Library::Shared)
}

/// Arguments, and the input of a program that has one.
struct Session<'a> {
    name: &'a str,
    program: PathBuf,
    arguments: &'a [&'a str],
}

impl Session<'_> {
    fn command(&self, device: &str, file: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.env("USBX_VIRTUAL", device);
        command.args(self.arguments.iter().map(|argument| if *argument == "FILE" { file } else { argument }));
        command
    }

    /// What it printed and wrote: on the device, and on each kind of replay.
    fn round_trip(&self, options: &[&str], code: i32) -> String {
        let directory = scratch(self.name);
        std::fs::create_dir_all(&directory).unwrap();
        let path = |name: &str| directory.join(name).to_str().unwrap().to_owned();
        let (capture, recorded) = (path("session.pcapng"), path("recorded"));
        let printed = run_for(code, self.command("acquisition", &recorded).env("USBX_CAPTURE", &capture));
        for option in options {
            let replayed = path("replayed");
            let again = run_for(code, &mut self.command(&format!("replay:{capture}{option}"), &replayed));
            assert_eq!(without_times(&again), without_times(&printed), "{} with {option:?}", self.name);
            if self.arguments.contains(&"FILE") {
                let read = |path: &str| std::fs::read(path).unwrap();
                assert!(!read(&recorded).is_empty());
                assert!(read(&recorded) == read(&replayed), "{} with {option:?} wrote other data", self.name);
            }
        }
        capture
    }
}

/// How long it took, and what follows from that, is the present's: "1.0 s", "0.08 MB/s", "9979 samples/s".
fn without_times(printed: &str) -> Vec<&str> {
    let is_time = |part: &&str| part.ends_with(" s") || part.ends_with("/s");
    printed.split(", ").filter(|part| !is_time(part)).collect()
}

const ALL: [&str; 4] = ["", ",match=setup", ",match=loose", ",timing=recorded"];

#[test]
fn requests_and_reports() {
    let get = ["1209:0001", "0xc0", "4", "0", "0", "16"];
    Session { name: "control", program: example("control"), arguments: &get }.round_trip(&ALL, 0);
    let put = ["1209:0001", "0x40", "4", "0", "8", "cafe0102"];
    Session { name: "control-out", program: example("control"), arguments: &put }.round_trip(&ALL, 0);
    let reports = ["1209:0001"];
    Session { name: "reports", program: example("interrupt_read"), arguments: &reports }.round_trip(&ALL, 0);
}

/// No transfer is made for it: the recording has the device all the same.
#[test]
fn a_list_of_devices() {
    let list = Session { name: "list", program: example("list"), arguments: &[] };
    let capture = list.round_trip(&["", ",match=loose"], 0);
    // A watch opens nothing, so it records nothing; it sees the same device.
    let watch = Session { name: "watch", program: example("watch"), arguments: &["1209:0001", "1"] };
    let arrival = run_for(0, &mut watch.command("acquisition", ""));
    assert_eq!(run_for(0, &mut watch.command(&format!("replay:{capture}"), "")), arrival);
}

/// Its keyboard is at its end at once, which stops it.
#[test]
fn a_stream_in_an_event_loop() {
    let arguments = ["1209:0001"];
    Session { name: "poll", program: example("stream_poll"), arguments: &arguments }.round_trip(&ALL, 0);
}

/// The one in C++. It stops the device when its time is over, which the recording of half a second is long before.
#[test]
fn an_acquisition_in_cpp() {
    if Command::new("g++").arg("--version").output().is_err() {
        return;
    }
    let program = compile(&["g++"], &["-std=c++17"], &["examples-cpp/acquire.cpp"], Library::Shared);
    let session = Session { name: "acquire-cpp", program, arguments: &["0.5"] };
    session.round_trip(&["", ",match=setup", ",match=loose"], 0);
}

/// Nothing was started: the device is silent, and the program's own timeout ends its read.
#[test]
fn a_read_in_vain() {
    let session = Session { name: "silent", program: example("bulk_read"), arguments: &["1209:0001"] };
    session.round_trip(&["", ",match=setup"], 1);
}

#[test]
fn an_acquisition() {
    let arguments = ["-t", "0.3", "-r", "20000", "-o", "FILE", "1209:0001"];
    let session = Session { name: "acquire", program: example("acquire"), arguments: &arguments };
    let capture = session.round_trip(&ALL, 0);
    // Another rate is another program.
    let mut other = Command::new(&session.program);
    let printed =
        output(other.args(["-t", "0.3", "-r", "30000", "1209:0001"]).env("USBX_VIRTUAL", format!("replay:{capture}")));
    assert_eq!(printed.status.code(), Some(1));
    let said = text(&printed.stderr);
    assert!(said.contains(": expected 40 03 00 00 00 00 04 00 with 20 4e 00 00, got 40 03 00 00"), "{said}");
    assert!(said.contains("with 30 75 00 00; match=loose"), "{said}");
}

/// As fast as the program reads: transfers follow each other without a pause.
#[test]
fn a_fast_acquisition() {
    let arguments = ["-t", "0.2", "-r", "0", "-o", "FILE", "1209:0001"];
    Session { name: "fast", program: example("acquire"), arguments: &arguments }.round_trip(&["", ",match=loose"], 0);
}

/// A capture of a replay is one like the first.
#[test]
fn a_replay_of_a_replay() {
    let get = ["1209:0001", "0xc0", "4", "0", "0", "16"];
    let session = Session { name: "twice", program: example("control"), arguments: &get };
    let first = session.round_trip(&[""], 0);
    let second = format!("{first}.second");
    let printed = run_for(0, session.command(&format!("replay:{first}"), "").env("USBX_CAPTURE", &second));
    assert_eq!(run_for(0, &mut session.command(&format!("replay:{second}"), "")), printed);
}
