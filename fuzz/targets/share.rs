//! A client of a share that sends anything, and what the server makes of it: every request and every unlink is answered once at most, no
//! answer has more bytes than were asked for, and another client is served as if nothing were the matter.

use super::input::Input;
use crate::bus::simulated::built_in;
use crate::bus::usbip::protocol::{Header, Message, HEADER, PACKET};
use crate::library;
use crate::share::{Options, Share};
use crate::usb::SetupPacket;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::Duration;

const MOST_MESSAGES: usize = 40;
/// The unlink that comes last.
const LAST: u32 = u32::MAX;
/// Among the questions if there may be others than are known.
const DOUBT: u32 = u32::MAX - 1;

pub fn run(mut input: Input) {
    let plugged = built_in("acquisition", "FUZZ")
        .and_then(|(description, model)| library::with_simulated(|bus| bus.plug(description, model, 0, &[])));
    let Ok(plugged) = plugged else { return };
    let share = library::open_share("127.0.0.1:0", Options { allow: Vec::new(), clients: 8 }, &[]).expect("a share");
    share.add(&plugged.info().path, Some("1-1")).expect("the device");
    if input.one_in(4) {
        let bytes = input.rest().to_vec();
        let mut client = connect(&share);
        // The server may have had enough before the end.
        let _ = client.write_all(&bytes);
    } else {
        converse(&mut connect(&share), &mut input);
    }
    let mut client = connect(&share);
    client.write_all(b"\x01\x11\x80\x05\0\0\0\0").expect("a question");
    let mut list = Vec::new();
    client.read_to_end(&mut list).expect("the list");
    assert_eq!(list[..12], *b"\x01\x11\0\x05\0\0\0\0\0\0\0\x01", "another client's list");
    share.close();
    library::with_simulated(|bus| bus.unplug(&plugged));
}

fn connect(share: &Arc<Share>) -> TcpStream {
    let client = TcpStream::connect(share.address()).expect("a connection");
    client.set_read_timeout(Some(Duration::from_secs(8))).expect("a time limit");
    client
}

/// What was asked for under each number, and was not answered.
type Asked = BTreeMap<u32, Question>;

#[derive(Clone, Copy)]
enum Question {
    Submit {
        length: u32,
        is_in: bool,
    },
    Unlink,
    /// The number was used twice, or the message was changed on its way.
    Unknown,
}

fn converse(client: &mut TcpStream, input: &mut Input) {
    let import = [&b"\x01\x11\x80\x03\0\0\0\0"[..], b"1-1", &[0; 29]].concat();
    client.write_all(&import).expect("the import");
    let mut reply = [0; 320];
    client.read_exact(&mut reply).expect("its reply");
    assert_eq!(reply[..8], *b"\x01\x11\0\x03\0\0\0\0");
    let mut asked = Asked::new();
    let mut bytes = Vec::new();
    for _ in 0..MOST_MESSAGES {
        if input.is_empty() || !message(input, &mut asked, &mut bytes) {
            break;
        }
    }
    let last =
        Header { sequence: LAST, device: 0, is_in: false, endpoint: 0, message: Message::Unlink { sequence: LAST } };
    bytes.extend(last.bytes());
    asked.insert(LAST, Question::Unlink);
    if client.write_all(&bytes).is_err() {
        return;
    }
    if asked.values().any(|question| matches!(question, Question::Unknown)) {
        // It may wait for data that do not come.
        let _ = client.shutdown(Shutdown::Write);
    }
    while let Some(sequence) = answer(client, &mut asked) {
        if sequence == LAST {
            break;
        }
    }
}

/// False if it is not whole: nothing can follow.
fn message(input: &mut Input, asked: &mut Asked, bytes: &mut Vec<u8>) -> bool {
    let new = asked.len() as u32; // numbers are dense
    let sequence = if input.one_in(16) { u32::from(input.byte()) % (new + 1) } else { new };
    let is_in = input.one_in(2);
    let endpoint = input.of(&[0, 1, 2, 3, 4, 5, 2, 3, 0, 15]);
    let (message, question) = if input.one_in(4) {
        (Message::Unlink { sequence: u32::from(input.byte()) % (new + 2) }, Question::Unlink)
    } else {
        let length = input.of(&[0, 1, 64, 512, 513, 4096, 65536, 16 << 20, u32::MAX]);
        let setup = SetupPacket {
            request_type: input.of(&[0x80, 0, 1, 0x81, 2, 0x23, 0x40, 0xc0, 0xff]),
            request: input.of(&[6, 9, 11, 1, 3, 5, 0, 2, 4]),
            value: input.of(&[0x0100, 1, 0, 4, 0x0302, 7]),
            index: input.of(&[0, 0x83, 1, 0x0409, 0xffff]),
            length: if input.one_in(8) { input.word() } else { length as u16 },
        };
        // As every client does where it is not isochronous: otherwise what follows is taken for something else.
        let packets =
            input.of(if is_plain(endpoint, is_in) { &[0, u32::MAX] } else { &[0, u32::MAX, 1, 3, 1024, 1025] });
        let flags = input.byte().into();
        let message = Message::Submit { flags, length, start_frame: 0, packets, interval: 1, setup };
        (message, Question::Submit { length, is_in })
    };
    let known = asked.contains_key(&sequence);
    let mut header = Header { sequence, device: 0, is_in, endpoint, message }.bytes();
    if input.one_in(32) {
        // It may be another message by that, and what follows it another one's data.
        header[usize::from(input.byte()) % HEADER] = input.byte();
        asked.values_mut().for_each(|question| *question = Question::Unknown);
        asked.insert(DOUBT, Question::Unknown);
    }
    asked.insert(sequence, if known { Question::Unknown } else { question });
    bytes.extend(header);
    let Message::Submit { length, packets, .. } = message else { return true };
    if !is_in {
        bytes.resize(bytes.len() + length.min(65536) as usize, input.byte());
    }
    if packets <= 1024 {
        for _ in 0..packets {
            let mut packet = [0; PACKET];
            packet[4..8].copy_from_slice(&u32::from(input.word() % 1024).to_be_bytes());
            bytes.extend(packet);
        }
    }
    let whole = is_in || length <= 65536;
    if !whole {
        asked.insert(sequence, Question::Unknown);
    }
    whole
}

/// Of the device's endpoints, those that are not isochronous.
fn is_plain(endpoint: u8, is_in: bool) -> bool {
    matches!((endpoint, is_in), (0 | 2, _) | (1 | 3 | 4, true))
}

/// Takes an answer; whose it is. `None` if the server has ended the connection, or nothing more can be said.
fn answer(client: &mut TcpStream, asked: &mut Asked) -> Option<u32> {
    let mut header = [0; HEADER];
    if let Err(error) = client.read_exact(&mut header) {
        assert!(!matches!(error.kind(), std::io::ErrorKind::WouldBlock), "the server is silent");
        return None;
    }
    let header = Header::parse(&header).expect("an answer");
    let Some(question) = asked.remove(&header.sequence) else {
        assert!(asked.contains_key(&DOUBT), "the server answers a question a second time, or one that nobody asked");
        return None;
    };
    match (header.message, question) {
        (Message::Submitted { actual, packets, .. }, Question::Submit { length, is_in }) => {
            assert!(actual <= length && packets <= 1024, "{actual} bytes of {length}, {packets} packets");
            let behind = if is_in { actual as usize } else { 0 } + packets as usize * PACKET;
            client.read_exact(&mut vec![0; behind]).expect("what is behind an answer");
        }
        (Message::Unlinked { .. }, Question::Unlink) => {}
        // Linux's way: an unlink that came in time is all the answer that its request gets.
        (_, Question::Unknown) => return None,
        _ => panic!("an answer of another kind than its question"),
    }
    Some(header.sequence)
}
