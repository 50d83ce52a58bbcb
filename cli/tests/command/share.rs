use crate::{end, run, signal, start, usbx, DEVICE};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

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
fn what_cannot_be_shared_is_said() {
    run(&mut usbx(&["share", "dead:beef", "--listen", "127.0.0.1:0"])).expect(3, &["dead:beef", "usbx list"]);
    run(&mut usbx(&["share", "virtual/7", "--listen", "127.0.0.1:0"])).expect(3, &["virtual/7"]);
    run(&mut usbx(&["share", DEVICE, "--listen", "192.0.2.1:0"])).expect(3, &["192.0.2.1:0"]);
    run(&mut usbx(&["share", DEVICE, "--allow", "10.0.0.0/99"])).expect(2, &["10.0.0.0/99"]);
}
