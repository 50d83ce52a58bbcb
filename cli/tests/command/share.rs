use crate::support::{scratch, skip};
use crate::{end, run, signal, start, usbx, DEVICE};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

#[test]
fn clients_find_what_it_says_and_a_signal_ends_it() {
    for (name, code) in [("INT", 130), ("TERM", 143)] {
        let mut child = start(&mut usbx(&["share", DEVICE, "--listen", "127.0.0.1:0", "--allow", "127.0.0.0/8"]));
        let mut lines = BufReader::new(child.stdout.as_mut().expect("a pipe")).lines();
        let mut line = || lines.next().expect("a line").expect("text");
        let (listening, shared) = (line(), line());
        let address = listening.strip_prefix("listening  ").expect("where it listens").to_owned();
        assert_eq!(shared, "virtual-1  virtual/1");

        let mut client = TcpStream::connect(address).expect("a connection");
        client.write_all(b"\x01\x11\x80\x05\0\0\0\0").expect("the question");
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).expect("the answer");
        assert_eq!(answer[..12], *b"\x01\x11\0\x05\0\0\0\0\0\0\0\x01");
        assert_eq!(answer[12 + 256..][..10], *b"virtual-1\0");

        signal(&child, name);
        let ended = end(child);
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(code), ""));
    }
}

#[test]
fn a_recording_is_a_device_beside_others() {
    let file = scratch("shared.pcapng");
    let name = file.to_str().unwrap();
    run(&mut usbx(&["control", DEVICE, "vendor,in", "4", "0", "0", "4", "--hex", "--capture", name])).expect(0, &[]);
    let recording = format!("replay:{name}");
    let mut child = start(&mut usbx(&["share", DEVICE, &recording, "--listen", "127.0.0.1:0"]));
    let mut lines = BufReader::new(child.stdout.as_mut().expect("a pipe")).lines();
    let mut line = || lines.next().expect("a line").expect("text");
    let address = line().strip_prefix("listening  ").expect("where it listens").to_owned();
    assert_eq!((line().as_str(), line().as_str()), ("virtual-1  virtual/1", "virtual-2  virtual/2"));

    // Two clients at once, each with a device of its own, of the same descriptor.
    let clients = ["virtual-1", "virtual-2"].map(|busid| {
        let mut client = TcpStream::connect(&address).expect("a connection");
        let mut name = [0; 32];
        name[..busid.len()].copy_from_slice(busid.as_bytes());
        client.write_all(&[&b"\x01\x11\x80\x03\0\0\0\0"[..], &name].concat()).expect("the question");
        let mut answer = [0; 320];
        client.read_exact(&mut answer).expect("the answer");
        assert_eq!(answer[..8], *b"\x01\x11\0\x03\0\0\0\0", "{busid}");
        assert_eq!(answer[8 + 300..][..4], *b"\x12\x09\x00\x01", "{busid}");
        client
    });
    signal(&child, "INT");
    assert_eq!(end(child).code, Some(130));
    drop(clients);
    std::fs::remove_file(&file).unwrap();
    run(&mut usbx(&["share", "replay:/nonexistent", "--listen", "127.0.0.1:0"])).expect(3, &["/nonexistent"]);
}

#[test]
fn a_virtual_device_needs_no_variable() {
    let mut command = usbx(&["share", "acquisition", "acquisition:B", "--listen", "127.0.0.1:0"]);
    let mut child = start(command.env_remove("USBX_VIRTUAL"));
    let mut lines = BufReader::new(child.stdout.as_mut().expect("a pipe")).lines();
    let mut line = || lines.next().expect("a line").expect("text");
    let address = line().strip_prefix("listening  ").expect("where it listens").to_owned();
    assert_eq!((line().as_str(), line().as_str()), ("virtual-1  virtual/1", "virtual-2  virtual/2"));
    for device in ["virtual-1", "1209:0001:B"] {
        let path = format!("usbip://{address}/{device}");
        run(&mut usbx(&["control", &path, "vendor,in", "4", "0", "0", "4"])).expect(0, &[]);
    }
    signal(&child, "INT");
    assert_eq!(end(child).code, Some(130));
}

#[test]
fn who_has_a_device_is_shown() {
    let mut child = start(&mut usbx(&["share", DEVICE, "--listen", "127.0.0.1:0", "--progress"]));
    let mut told = BufReader::new(child.stdout.as_mut().expect("a pipe")).lines();
    let mut shown = BufReader::new(child.stderr.as_mut().expect("a pipe")).lines();
    let listening = told.next().expect("a line").expect("text");
    let address = listening.strip_prefix("listening  ").expect("where it listens");
    let mut next = || shown.next().expect("a line").expect("text");

    let mut client = TcpStream::connect(address).expect("a connection");
    let mut busid = [0; 32];
    busid[..9].copy_from_slice(b"virtual-1");
    client.write_all(&[&b"\x01\x11\x80\x03\0\0\0\0"[..], &busid].concat()).expect("the question");
    assert_eq!(next(), "127.0.0.1 has virtual-1");
    drop(client);
    assert_eq!(next(), "127.0.0.1 has returned virtual-1");
    signal(&child, "INT");
    assert_eq!(end(child).code, Some(130));
}

/// systemd listens, and starts the command when a client comes.
#[test]
fn the_socket_may_be_systemds() {
    run(&mut usbx(&["share", DEVICE, "--listen", "systemd:"])).expect(3, &["systemd has not passed a socket"]);
    let socket = scratch("activated");
    let command = usbx(&["share", DEVICE, "--listen", "systemd:"]);
    let mut activate = Command::new("systemd-socket-activate");
    activate.args(["-E", "USBX_VIRTUAL=acquisition", "-l"]).arg(&socket).arg(command.get_program());
    let mut child = match activate.args(command.get_args()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn() {
        Ok(child) => child,
        Err(_) => return skip("a share on a socket of systemd", "there is no systemd-socket-activate"),
    };
    let begin = Instant::now();
    let mut client = loop {
        match UnixStream::connect(&socket) {
            Ok(client) => break client,
            Err(error) => assert!(begin.elapsed() < Duration::from_secs(20), "{error}"),
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    client.write_all(b"\x01\x11\x80\x05\0\0\0\0").expect("the question");
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).expect("the answer");
    assert_eq!(answer[..12], *b"\x01\x11\0\x05\0\0\0\0\0\0\0\x01");
    let mut lines = BufReader::new(child.stdout.as_mut().expect("a pipe")).lines();
    assert_eq!(lines.next().expect("a line").expect("text"), format!("listening  unix:{}", socket.display()));
    signal(&child, "TERM");
    assert_eq!(end(child).code, Some(143));
    assert!(socket.exists(), "the file is systemd's");
    std::fs::remove_file(&socket).unwrap();
}

#[test]
fn what_cannot_be_shared_is_said() {
    run(&mut usbx(&["share", "dead:beef", "--listen", "127.0.0.1:0"])).expect(3, &["dead:beef", "usbx list"]);
    run(&mut usbx(&["share", "virtual/7", "--listen", "127.0.0.1:0"])).expect(3, &["virtual/7"]);
    run(&mut usbx(&["share", DEVICE, "--listen", "192.0.2.1:0"])).expect(3, &["192.0.2.1:0"]);
    run(&mut usbx(&["share", DEVICE, "--allow", "10.0.0.0/99"])).expect(2, &["10.0.0.0/99"]);
}
