//! The examples compile without a warning as C99 and as C++, and do what they say.

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use support::{compile, declared_functions, has, output, root, run, run_for, scratch, text, Library};

const NAMES: [&str; 8] = ["acquire", "bulk_read", "control", "interrupt_read", "list", "model", "stream_poll", "watch"];

fn source(name: &str) -> String {
    format!("examples-c/{name}.c")
}

/// Compiled once for all the tests that run it.
fn example(name: &str) -> Command {
    static BUILT: OnceLock<Vec<PathBuf>> = OnceLock::new();
    let built = BUILT.get_or_init(|| {
        NAMES.iter().map(|name| compile(&["gcc"], &["-std=c99"], &[&source(name)], Library::Shared)).collect()
    });
    let mut command = Command::new(&built[NAMES.iter().position(|known| *known == name).expect(name)]);
    command.env_remove("USBX_VIRTUAL");
    command
}

#[test]
fn every_example_is_tested_and_short() {
    for entry in std::fs::read_dir(root().join("examples-c")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue; // a guide's own, tried by tests/installed
        }
        let name = path.file_stem().unwrap().to_str().unwrap().to_string();
        assert!(path.extension().unwrap() != "c" || NAMES.contains(&name.as_str()), "{name} is not tested");
        let lines = std::fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines < 100, "{} has {lines} lines", path.display());
    }
}

#[test]
fn model_answers_for_a_device() {
    assert_eq!(run(&mut example("model")), "USBX_OK: hello, 5 bytes\n");
}

#[test]
fn compile_as_c99_and_as_cpp() {
    let compilers: [&[&str]; 5] = [
        &["clang", "-std=c99"],
        &["g++", "-x", "c++"],
        &["g++", "-x", "c++", "-std=c++11"],
        &["clang++", "-x", "c++"],
        &["clang++", "-x", "c++", "-std=c++20"],
    ];
    for compiler in compilers.iter().filter(|compiler| has(compiler[0], &format!("examples with {}", compiler[0]))) {
        for name in NAMES {
            let program = compile(compiler, &[], &[&source(name)], Library::Shared);
            if name == "control" {
                assert_eq!(run(&mut Command::new(program)), CONTROL);
            }
        }
    }
}

const CONTROL: &str = "ca fe 01 02\n4 bytes written\nca fe 01 02\n4 bytes read\n";

#[test]
fn list_shows_devices_and_endpoints() {
    let printed = run(example("list").env("USBX_VIRTUAL", "acquisition:FIRST,acquisition:SECOND"));
    let place = |what: &str| printed.find(what).unwrap_or_else(|| panic!("no {what}"));
    assert!(place("serial FIRST") < place("serial SECOND"));
    assert_eq!(printed.matches("1209:0001  virtual/").count(), 2);
    assert_eq!(printed.matches("setting 0: 0x83 IN  bulk         512 bytes").count(), 2);
    assert_eq!(printed.matches("setting 0: 0x82 IN  interrupt     16 bytes").count(), 2);
    assert_eq!(printed.matches("setting 1: 0x85 IN  isochronous  512 bytes").count(), 2);
}

#[test]
fn bulk_read_prints_a_frame() {
    let printed = run(&mut example("bulk_read"));
    assert!(printed.starts_with("41 43 51 31 00 00 00 00 3e 00 04 00 "), "{printed}");
    assert!(printed.ends_with("\n512 bytes\n"), "{printed}");
}

#[test]
fn bulk_read_says_what_is_wrong() {
    let with = |arguments: &[&str]| {
        let result = output(example("bulk_read").env("USBX_VIRTUAL", "acquisition").args(arguments));
        (result.status.code(), text(&result.stderr))
    };
    let (code, message) = with(&["1209:0001", "83"]);
    assert!(code == Some(1) && message.contains("0x83") && message.contains("1209:0001"), "{message}");
    let (code, message) = with(&["1209:0001", "85"]);
    assert!(code == Some(1) && message.contains("0x85"), "{message}");
    let (code, message) = with(&["1209:0001:OTHER"]);
    assert!(code == Some(1) && message.contains("OTHER"), "{message}");
    assert_eq!(with(&["nonsense"]).0, Some(2));
    assert_eq!(with(&["1209:0001", "81", "0"]).0, Some(2));
}

#[test]
fn control_writes_and_reads_back() {
    assert_eq!(run(&mut example("control")), CONTROL);
    let with = |code, arguments: &[&str]| {
        run_for(code, example("control").env("USBX_VIRTUAL", "acquisition:C1").arg("1209:0001:C1").args(arguments))
    };
    assert!(with(0, &["80", "6", "100", "0", "18"]).starts_with("12 01 00 02 "));
    with(1, &["c0", "77", "0", "0", "18"]);
    with(2, &["c0"]);
}

#[test]
fn interrupt_read_prints_reports() {
    let printed = run(&mut example("interrupt_read"));
    assert_eq!(
        printed.lines().filter(|line| line.contains("degrees, idle, 0 frames, 0 overruns")).count(),
        10,
        "{printed}"
    );
}

/// The number before this word in acquire's summary.
fn number(summary: &str, word: &str) -> u64 {
    let words: Vec<&str> = summary.split([' ', ',', '\n']).filter(|word| !word.is_empty()).collect();
    let at = words.iter().position(|found| *found == word).unwrap_or_else(|| panic!("no {word} in {summary}"));
    words[at - 1].parse().unwrap_or_else(|_| panic!("{} {word}", words[at - 1]))
}

/// Sample after sample without a gap, each channel as docs/acquisition.md says; returns how many there are.
fn check_csv(csv: &str) -> u64 {
    let mut lines = csv.lines();
    assert_eq!(lines.next(), Some("sample,sine,ramp,square,noise"));
    let mut n = 0;
    for line in lines {
        let values: Vec<i64> = line.split(',').map(|value| value.parse().expect("a number")).collect();
        let sine = (30000.0 * (std::f64::consts::TAU * n as f64 / 1000.0).sin()).round() as i64;
        assert_eq!(values.len(), 5);
        assert_eq!(
            [values[0], values[2], values[3]],
            [n, n % 65536 - 32768, if n % 1000 < 500 { 20000 } else { -20000 }]
        );
        assert!((values[1] - sine).abs() <= 1, "sample {n}: sine {} and not {sine}", values[1]);
        n += 1;
    }
    n as u64
}

#[test]
fn acquire_writes_what_it_counts() {
    let csv = scratch("acquire.csv");
    let summary = run(example("acquire").args(["-t", "1", "-r", "100000", "-o"]).arg(&csv));
    let frames = number(&summary, "frames");
    assert!(frames > 0);
    assert_eq!((number(&summary, "lost"), number(&summary, "damaged")), (0, 0));
    assert_eq!(number(&summary, "bytes"), frames * 512);
    assert_eq!(check_csv(&std::fs::read_to_string(csv).unwrap()), frames * 62);

    let raw = scratch("acquire").with_extension("raw");
    let summary = run(example("acquire").args(["-t", "0.5", "-r", "0", "-o"]).arg(&raw));
    assert_eq!((number(&summary, "lost"), number(&summary, "damaged")), (0, 0));
    let bytes = std::fs::read(&raw).unwrap();
    std::fs::remove_file(&raw).unwrap();
    assert!(!bytes.is_empty());
    assert_eq!(bytes.len() as u64, number(&summary, "frames") * 62 * 8);
    for (n, sample) in bytes.chunks(8).enumerate() {
        let ramp = i16::from_le_bytes([sample[2], sample[3]]);
        assert_eq!(i64::from(ramp), n as i64 % 65536 - 32768, "sample {n}");
    }
}

#[test]
fn acquire_tells_loss_by_its_exit_code() {
    let summary = run_for(3, example("acquire").args(["-t", "0.5", "-r", "4000000000"]));
    assert!(number(&summary, "lost") > 0);
    assert_eq!(number(&summary, "damaged"), 0);
}

#[test]
fn acquire_exit_codes() {
    run_for(2, example("acquire").args(["-t", "soon"]));
    run_for(2, example("acquire").args(["-r", "-1"]));
    run_for(2, example("acquire").arg("nonsense"));
    run_for(2, example("acquire").args(["1209:0001", "1209:0001"]));
    run_for(1, example("acquire").args(["-t", "0.1", "-e", "7f"]));
    run_for(1, example("acquire").args(["-t", "0.2", "-o", "/no/such/directory/file.csv"]));
    run_for(1, example("acquire").args(["-t", "0.2", "-o", "/dev/full"]));
    let missing = output(example("acquire").arg("1234:5678"));
    assert_eq!(missing.status.code(), Some(1));
    assert!(text(&missing.stderr).contains("1234:5678"), "{}", text(&missing.stderr));
    // Without frames it takes what comes, here nothing.
    assert_eq!(number(&run(example("acquire").args(["-x", "-e", "83", "-t", "0.2"])), "bytes"), 0);
}

#[test]
fn acquire_stops_cleanly_on_ctrl_c() {
    let csv = scratch("ctrl-c.csv");
    let mut command = example("acquire");
    command.args(["-t", "0", "-r", "100000", "-o"]).arg(&csv).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let begin = std::time::Instant::now();
    while std::fs::metadata(&csv).map_or(0, |file| file.len()) == 0 {
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        if begin.elapsed().as_secs() > 60 {
            child.kill().unwrap();
            panic!("no sample was written in a minute");
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    run(Command::new("kill").args(["-INT", &child.id().to_string()]));
    let mut summary = String::new();
    child.stdout.take().unwrap().read_to_string(&mut summary).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{summary}");
    assert_eq!(check_csv(&std::fs::read_to_string(csv).unwrap()), number(&summary, "frames") * 62);
    assert_eq!((number(&summary, "lost"), number(&summary, "damaged")), (0, 0));
}

#[test]
fn acquire_shows_progress_on_a_terminal_only() {
    let piped = output(example("acquire").args(["-t", "0.5"]));
    assert_eq!(text(&piped.stderr), "");
    if has("python3", "acquire on a terminal") {
        let acquire = example("acquire").get_program().to_owned();
        let spawn = "import pty, sys; sys.exit(pty.spawn([sys.argv[1], '-t', '0.5']) >> 8)";
        let shown = run(Command::new("python3").args(["-c", spawn]).arg(acquire));
        assert!(shown.contains(" lost, 0 damaged \r"), "{shown:?}");
    }
}

#[test]
fn stream_poll_hears_the_stream_and_the_keyboard() {
    let mut command = example("stream_poll");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut keyboard, mut screen) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
    let begin = std::time::Instant::now();
    let mut ask = |keys: &[u8]| {
        keyboard.write_all(keys).unwrap();
        let mut line = String::new();
        screen.read_line(&mut line).unwrap();
        assert_eq!((number(&line, "lost"), number(&line, "damaged")), (0, 0), "{line}");
        assert!(begin.elapsed().as_secs() < 60, "in a minute no more than {line}");
        number(&line, "frames")
    };
    // It answers while data comes, and data comes while it answers.
    while ask(b"\n") < 100 {}
    assert!(ask(b"q\n") >= 100);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    // The end of the input stops it, too.
    assert!(run(&mut example("stream_poll")).contains(" 0 lost, 0 damaged"));
    run_for(2, example("stream_poll").arg("-h"));
    run_for(1, example("stream_poll").arg("1234:5678"));
}

#[test]
fn watch_tells_of_those_that_are_there() {
    let printed =
        run(example("watch").env("USBX_VIRTUAL", "acquisition:FIRST,acquisition:SECOND").args(["1209:0001", "2"]));
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(lines.len(), 2, "{printed}");
    for (line, serial) in lines.iter().zip(["FIRST", "SECOND"]) {
        assert!(line.starts_with("arrived 1209:0001  virtual/") && line.ends_with(serial), "{line}");
    }
    run_for(2, example("watch").arg("nonsense"));
}

/// A binding author looks for each function in the examples or tests.
#[test]
fn every_function_is_called_by_c() {
    let mut sources = String::new();
    for directory in ["examples-c", "tests/conformance", "tests/calls", "tests/process"] {
        for entry in std::fs::read_dir(root().join(directory)).unwrap() {
            sources += &std::fs::read_to_string(entry.unwrap().path()).unwrap_or_default();
        }
    }
    for function in declared_functions() {
        assert!(sources.contains(&format!("{function}(")), "no C program calls {function}");
    }
}
