//! `usbx run`.

use crate::support::{prefix, root, scratch};
use crate::{run, start, DEVICE, SILENT};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

mod loading;
mod models;

const USBX: &str = env!("CARGO_BIN_EXE_usbx");

/// With the library that `make stage` has installed, and pyusbx of the source tree.
fn usbx(arguments: &[&str]) -> Command {
    let (prefix, python) = (prefix(), root().join("../python"));
    let mut command = Command::new(USBX);
    command.args(arguments).stdin(Stdio::null()).env_remove("USBX_VIRTUAL").env("PYTHONPATH", python);
    command.env("USBX_LIBUSB", prefix.join("lib/usbx/libusb-1.0.so.0"));
    command.env("USBX_LIBRARY", prefix.join("lib/libusbx.so")).env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

#[test]
fn it_ends_as_the_program_does() {
    run(&mut usbx(&["run", "sh", "-c", "exit 7"])).expect(7, &[]);
    let killed = usbx(&["run", "sh", "-c", "kill -TERM $$"]).status().expect("usbx");
    assert_eq!(killed.signal(), Some(15));
    // Options behind the program are its own.
    assert_eq!(run(&mut usbx(&["run", "echo", "--virtual", "-x"])).expect(0, &[]).stdout(), "--virtual -x\n");
}

#[test]
fn programs_that_cannot_be_run_so_are_refused() {
    run(&mut usbx(&["run", "no-such-program"])).expect(127, &["no-such-program", "PATH"]);
    run(&mut usbx(&["run", "./no-such-program"])).expect(127, &["./no-such-program"]);
    run(&mut usbx(&["run", "/"])).expect(126, &["directory"]);
    let script = scratch("script");
    let name = script.to_str().unwrap();
    std::fs::write(&script, "#!/nonexistent/interpreter\n").unwrap();
    run(&mut usbx(&["run", name])).expect(126, &["not executable", "chmod"]);
    let allow = |file: &Path, mode| std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap();
    allow(&script, 0o755);
    run(&mut usbx(&["run", name])).expect(126, &["/nonexistent/interpreter"]);

    let source = scratch("static").with_extension("c");
    let program = source.with_extension("");
    std::fs::write(&source, "int main(void) { return 0; }\n").unwrap();
    for flags in [&["-static"][..], &["-static-pie"]] {
        if Command::new("cc").arg(&source).arg("-o").arg(&program).args(flags).status().expect("cc").success() {
            run(&mut usbx(&["run", program.to_str().unwrap()])).expect(126, &["statically linked"]);
        }
    }
    // A script is as its interpreter is.
    std::fs::write(&script, format!("#! /usr/bin/env -S {} -x\n", program.display())).unwrap();
    run(&mut usbx(&["run", name])).expect(126, &["statically linked"]);

    let set_user = scratch("set-user");
    std::fs::copy("/bin/true", &set_user).unwrap();
    let given = std::os::unix::fs::chown(&set_user, Some(65534), None).is_ok();
    allow(&set_user, 0o4755);
    let set_user = if given { set_user } else { PathBuf::from("/usr/bin/passwd") };
    run(&mut usbx(&["run", set_user.to_str().unwrap()])).expect(126, &["set-user-ID"]);
}

#[test]
fn what_cannot_be_had_is_said_before_the_program_begins() {
    let fails = |options: &[&str], code, words: &[&str]| {
        let ended = run(&mut usbx(&[&["run"], options, &["--", "echo", "began"]].concat()));
        assert_eq!(ended.expect(code, words).stdout(), "");
    };
    fails(&["--virtual", "no-such-model"], 2, &["no-such-model"]);
    fails(&["--virtual", "replay:/nonexistent"], 2, &["/nonexistent"]);
    fails(&["--capture", "/nonexistent/file"], 3, &["capture to /nonexistent/file"]);
    fails(&["--capture", "-"], 2, &["FIFO"]);
    fails(&["--simulate", "/nonexistent.py"], 1, &["/nonexistent.py"]);
    fails(&["--usbip", "a host"], 2, &["a host"]);
    let ended = run(usbx(&["run", "echo"]).env("USBX_LIBUSB", "/nonexistent"));
    ended.expect(1, &["USBX_LIBUSB=/nonexistent"]);
}

/// They may come while the program runs.
#[test]
fn hosts_that_bring_nothing_are_said_and_the_program_begins() {
    let begins = |host: &str, words: &[&str]| {
        let ended = run(&mut usbx(&["run", "--usbip", host, "--", "echo", "began"]));
        assert_eq!(ended.expect(0, words).stdout(), "began\n");
        assert_eq!(ended.stderr.lines().count(), words.len().min(1), "{}", ended.stderr);
    };
    begins("unix:/nonexistent/socket", &["/nonexistent/socket", "the program begins without"]);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let host = listener.local_addr().expect("its address").to_string();
    let nothing = std::thread::spawn(move || {
        let (mut client, _) = listener.accept().expect("a client");
        client.read_exact(&mut [0; 8]).expect("its question");
        client.write_all(b"\x01\x11\0\x05\0\0\0\0\0\0\0\0").expect("the answer");
    });
    begins(&host, &[&host, "shares no device now"]);
    nothing.join().expect("a host");
    let mut share = start(&mut usbx(&["share", "acquisition", "--listen", "127.0.0.1:0"]));
    let mut lines = BufReader::new(share.stdout.as_mut().expect("a pipe")).lines();
    let line = lines.next().expect("a line").expect("text");
    begins(line.strip_prefix("listening  ").expect("where it listens"), &[]);
    share.kill().expect("its end");
    share.wait().expect("its end");
}

fn sections(file: &Path) -> usize {
    let bytes = std::fs::read(file).expect("a capture");
    bytes.windows(4).filter(|four| *four == [0x0a, 0x0d, 0x0d, 0x0a]).count()
}

/// One after the other they share the file; at the same time each has its own. Nothing that was captured is lost.
#[test]
fn processes_capture_side_by_side() {
    let directory = scratch("captures");
    std::fs::create_dir(&directory).unwrap();
    let script = format!(
        "ask() {{ {USBX} control {DEVICE} vendor,in 4 0 0 4 --hex; }}
        ask; ask
        size() {{ stat -c %s traffic.pcapng; }}; before=$(size)
        {USBX} read {DEVICE} {SILENT} --timeout 0 & reader=$!
        for i in $(seq 1000); do [ $(size) -gt $before ] && break; sleep 0.01; done
        ask; kill $reader; wait"
    );
    let mut command = usbx(&["run", "--virtual", "acquisition", "--capture", "traffic.pcapng", "sh", "-c", &script]);
    run(command.current_dir(&directory));
    let shared = directory.join("traffic.pcapng");
    assert_eq!(sections(&shared), 4, "the head, and three processes");
    let files: Vec<_> = std::fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    let own: Vec<_> = files.iter().filter(|file| **file != shared).collect();
    assert_eq!((own.len(), sections(own[0])), (1, 1), "{own:?}");
    // What an earlier run had is overwritten, and a recording plays what this one has.
    run(usbx(&[
        "run",
        "--virtual",
        "acquisition",
        "--capture",
        "traffic.pcapng",
        "sh",
        "-c",
        &format!("cd /; {USBX} control {DEVICE} vendor,in 4 0 0 4 --hex"),
    ])
    .current_dir(&directory))
    .expect(0, &[]);
    assert_eq!(sections(&shared), 2);
    let replay = [
        "run",
        "--virtual",
        "replay:traffic.pcapng",
        USBX,
        "control",
        DEVICE,
        "vendor,in",
        "4",
        "0",
        "0",
        "4",
        "--hex",
    ];
    assert!(run(usbx(&replay).current_dir(&directory)).expect(0, &[]).stdout().starts_with("00000000"));
}
