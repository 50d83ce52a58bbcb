//! Round trips: a program uses the virtual device, with a capture; then it uses the capture as its device, and prints the same to the byte.

mod support;

use std::path::PathBuf;
use std::process::Command;
use support::{compile, output, root, run, run_for, scratch, text, Library};

/// Every program below examples-c and examples-cpp is a session's of this file, but for these.
const LEFT_OUT: [(&str, &str); 4] = [
    ("examples-c/embedding/frames.f90", "in Fortran, which tests/installed has: fortran"),
    ("examples-c/embedding/select.c", "prints how much came in a second; the kernel lab has it: 93-select"),
    ("examples-c/models/acquisition_model.c", "no program but a part of the conformance suite"),
    ("examples-c/porting/before.c", "a program of libusb's; the kernel lab has it: 92-porting"),
];

fn example(source: &str) -> PathBuf {
    let (compiler, standard) = if source.ends_with(".cpp") { ("g++", "-std=c++17") } else { ("gcc", "-std=c99") };
    compile(&[compiler], &[standard], &[source], Library::Shared)
}

fn sources(directory: &str, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(root().join(directory)).unwrap() {
        let name = format!("{directory}/{}", entry.unwrap().file_name().to_str().unwrap());
        if root().join(&name).is_dir() {
            sources(&name, found);
        } else if [".c", ".cpp", ".f90"].iter().any(|end| name.ends_with(end)) {
            found.push(name);
        }
    }
}

#[test]
fn every_example_is_here() {
    let mut found = Vec::new();
    sources("examples-c", &mut found);
    sources("examples-cpp", &mut found);
    for (source, why) in LEFT_OUT {
        assert!(found.iter().any(|name| name == source), "there is no {source}, which is left out: {why}");
    }
    found.retain(|name| LEFT_OUT.iter().all(|(source, _)| source != name));
    assert!(found.len() >= 12, "{found:?}");
    for name in found {
        assert!(include_str!("replay.rs").contains(&format!("example(\"{name}\")")), "no round trip of {name}");
    }
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
    Session { name: "control", program: example("examples-c/control.c"), arguments: &get }.round_trip(&ALL, 0);
    let put = ["1209:0001", "0x40", "4", "0", "8", "cafe0102"];
    Session { name: "control-out", program: example("examples-c/control.c"), arguments: &put }.round_trip(&ALL, 0);
    let reports = ["1209:0001"];
    Session { name: "reports", program: example("examples-c/interrupt_read.c"), arguments: &reports }
        .round_trip(&ALL, 0);
}

/// No transfer is made for it: the recording has the device all the same.
#[test]
fn a_list_of_devices() {
    let list = Session { name: "list", program: example("examples-c/list.c"), arguments: &[] };
    let capture = list.round_trip(&["", ",match=loose"], 0);
    // A watch opens nothing, so it records nothing; it sees the same device.
    let watch = Session { name: "watch", program: example("examples-c/watch.c"), arguments: &["1209:0001", "1"] };
    let program = example("examples-cpp/watch.cpp");
    let watch_cpp = Session { name: "watch-cpp", program, arguments: &["1"] };
    for watch in [watch, watch_cpp] {
        let arrival = run_for(0, &mut watch.command("acquisition", ""));
        assert_eq!(run_for(0, &mut watch.command(&format!("replay:{capture}"), "")), arrival);
    }
}

/// Its keyboard is at its end at once, which stops it.
#[test]
fn a_stream_in_an_event_loop() {
    let arguments = ["1209:0001"];
    Session { name: "poll", program: example("examples-c/stream_poll.c"), arguments: &arguments }.round_trip(&ALL, 0);
}

/// The one in C++. It stops the device when its time is over, which the recording of half a second is long before.
#[test]
fn an_acquisition_in_cpp() {
    if Command::new("g++").arg("--version").output().is_err() {
        return;
    }
    let program = example("examples-cpp/acquire.cpp");
    let session = Session { name: "acquire-cpp", program, arguments: &["0.5"] };
    session.round_trip(&["", ",match=setup", ",match=loose"], 0);
}

#[test]
fn programs_of_the_guides() {
    let old = Session { name: "c89", program: example("examples-c/embedding/c89.c"), arguments: &["FILE"] };
    old.round_trip(&[""], 0);
    let ported = Session { name: "after", program: example("examples-c/porting/after.c"), arguments: &[] };
    ported.round_trip(&[""], 0);
    let optional = Session { name: "optional", program: example("examples-c/embedding/optional.c"), arguments: &[] };
    let capture = optional.round_trip(&[""], 0);
    let printed = run_for(0, &mut optional.command(&format!("replay:{capture}"), ""));
    assert!(printed.contains("a status report of 16 bytes"), "{printed}");
}

/// A program that is the device, too: in the replay its model stays unplugged, and the recording takes its place.
#[test]
fn a_program_with_a_model() {
    let capture = scratch("model").with_extension("pcapng");
    let printed = run(Command::new(example("examples-c/model.c")).env("USBX_CAPTURE", &capture));
    let instead = scratch("instead").with_extension("c");
    let function = format!(
        r#"#undef usbx_virtual_plug
#include <usbx.h>
usbx_status instead(usbx_virtual *model);
usbx_status instead(usbx_virtual *model)
{{
    (void)model;
    return usbx_virtual_open("replay:{}", NULL, &model);
}}
"#,
        capture.display()
    );
    std::fs::write(&instead, function).unwrap();
    let sources = ["examples-c/model.c", instead.to_str().unwrap()];
    let program = compile(&["gcc"], &["-std=c99", "-Dusbx_virtual_plug=instead"], &sources, Library::Shared);
    assert_eq!(run(&mut Command::new(&program)), printed);
    // It is the recording that answers: with another byte in it, that byte is printed.
    let mut recorded = std::fs::read(&capture).unwrap();
    let at = recorded.windows(5).rposition(|bytes| bytes == b"hello").unwrap();
    recorded[at] = b'j';
    std::fs::write(&capture, recorded).unwrap();
    assert_eq!(run(&mut Command::new(&program)), printed.replace("hello", "jello"));
}

/// Nothing was started: the device is silent, and the program's own timeout ends its read.
#[test]
fn a_read_in_vain() {
    let session = Session { name: "silent", program: example("examples-c/bulk_read.c"), arguments: &["1209:0001"] };
    session.round_trip(&["", ",match=setup"], 1);
}

#[test]
fn an_acquisition() {
    let arguments = ["-t", "0.3", "-r", "20000", "-o", "FILE", "1209:0001"];
    let session = Session { name: "acquire", program: example("examples-c/acquire.c"), arguments: &arguments };
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
    Session { name: "fast", program: example("examples-c/acquire.c"), arguments: &arguments }
        .round_trip(&["", ",match=loose"], 0);
}

/// A capture of a replay is one like the first.
#[test]
fn a_replay_of_a_replay() {
    let get = ["1209:0001", "0xc0", "4", "0", "0", "16"];
    let session = Session { name: "twice", program: example("examples-c/control.c"), arguments: &get };
    let first = session.round_trip(&[""], 0);
    let second = format!("{first}.second");
    let printed = run_for(0, session.command(&format!("replay:{first}"), "").env("USBX_CAPTURE", &second));
    assert_eq!(run_for(0, &mut session.command(&format!("replay:{second}"), "")), printed);
}
