//! A host that is slow to say what became of a request, and one that says nothing any more.

use super::*;
use crate::bus::usbip::protocol::Packet;
use crate::bus::usbip::protocol::HEADER;
use crate::bus::{Extras, Packets, Target};
use crate::error::Status;
use crate::sys::Memory;
use crate::usb::TransferType;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::mpsc;
use std::thread;

const OUT: u8 = 0x02;
const LENGTH: usize = 10;

/// What hangs fails the test.
const AT_MOST: Duration = Duration::from_secs(10);

fn pair(patience: Duration) -> (Arc<Link>, UnixStream) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    ours.set_nonblocking(true).unwrap();
    theirs.set_read_timeout(Some(AT_MOST)).unwrap();
    (Link::new(Socket::Unix(ours), 1, false, patience, Box::new(|| ())).unwrap(), theirs)
}

fn begin_write(link: &Link) -> Arc<Request> {
    let (transfer_type, extras) = (TransferType::Bulk, Extras::default());
    let target = Target::Endpoint { transfer_type, address: OUT, max_packet_size: 512, extras };
    let request = Request::new(&target, 0, None, None);
    let memory = Memory::heap(LENGTH).unwrap();
    link.submit(&request, &mut memory.lend(LENGTH).unwrap(), LENGTH).unwrap();
    request
}

/// The next message at the host's end.
fn asked(host: &mut UnixStream) -> (u32, Message) {
    let mut bytes = [0; HEADER];
    host.read_exact(&mut bytes).unwrap();
    let header = Header::parse(&bytes).unwrap();
    if let Message::Submit { .. } = header.message {
        host.read_exact(&mut [0; LENGTH]).unwrap();
    }
    (header.sequence, header.message)
}

fn unlink_of(host: &mut UnixStream, target: u32) -> u32 {
    let (sequence, message) = asked(host);
    assert!(matches!(message, Message::Unlink { sequence } if sequence == target), "{message:?}");
    sequence
}

fn answer(host: &mut UnixStream, sequence: u32, message: Message) {
    host.write_all(&Header { sequence, device: 0, is_in: false, endpoint: 0, message }.bytes()).unwrap();
}

fn submitted(actual: u32) -> Message {
    Message::Submitted { status: 0, actual, start_frame: 0, packets: 0, errors: 0 }
}

fn ended(link: &Link, request: &Request) -> (usize, std::result::Result<(), Status>) {
    link.wait_for(request, Some(Instant::now() + AT_MOST));
    let completion = request.progress().completion.expect("it has ended");
    (completion.transferred, completion.result)
}

#[test]
fn a_write_that_was_complete_before_its_unlink_counts() {
    let (link, mut host) = pair(AT_MOST);
    let request = begin_write(&link);
    let (write, _) = asked(&mut host);
    link.cancel(&request);
    let first = unlink_of(&mut host, write);
    answer(&mut host, first, Message::Unlinked { status: 0 });
    link.pump();
    let second = unlink_of(&mut host, write);
    answer(&mut host, write, submitted(LENGTH as u32));
    answer(&mut host, second, Message::Unlinked { status: 0 });
    assert_eq!(ended(&link, &request), (LENGTH, Ok(())));
}

/// Such a host is not asked for ever, and an answer that comes after all harms nothing.
#[test]
fn a_write_that_is_complete_without_an_answer_ends() {
    let (link, mut host) = pair(AT_MOST);
    let request = begin_write(&link);
    let (write, _) = asked(&mut host);
    link.cancel(&request);
    for _ in 0..2 {
        let sequence = unlink_of(&mut host, write);
        answer(&mut host, sequence, Message::Unlinked { status: 0 });
        link.pump();
    }
    assert_eq!(ended(&link, &request), (0, Err(Status::Cancelled)));
    answer(&mut host, write, submitted(LENGTH as u32));
    assert!(link.look().is_none());
}

const PACKETS: usize = 2;
const LONGEST: usize = 100;

/// What becomes of an isochronous transfer, each packet of which may have `LONGEST` bytes, for an answer with such packets and such data.
fn isochronous(is_in: bool, status: i32, actual: usize, told: &[u32], data: usize) -> std::result::Result<(), Status> {
    let (link, mut host) = pair(AT_MOST);
    let address = if is_in { 0x84 } else { 0x04 };
    let packets = Arc::new(Packets::new(vec![LONGEST as u32; PACKETS]).unwrap());
    let request = Request::new(&Target::Isochronous { address, packets }, 1, None, None);
    let memory = Memory::heap(PACKETS * LONGEST).unwrap();
    link.submit(&request, &mut memory.lend(PACKETS * LONGEST).unwrap(), PACKETS * LONGEST).unwrap();
    let sequence = lock(&request.sequences)[0];
    let message =
        Message::Submitted { status, actual: actual as u32, start_frame: 0, packets: told.len() as u32, errors: 0 };
    answer(&mut host, sequence, message);
    host.write_all(&vec![1; data]).unwrap();
    for (number, actual) in told.iter().enumerate() {
        let offset = (number * LONGEST) as u32;
        host.write_all(&Packet { offset, length: LONGEST as u32, actual: *actual, status: 0 }.bytes()).unwrap();
    }
    ended(&link, &request).1
}

#[test]
fn an_isochronous_answer_tells_of_every_packet_and_of_every_byte() {
    let lies = Err(Status::NoDevice);
    assert_eq!(isochronous(true, 0, 150, &[100, 50], 150), Ok(()));
    assert_eq!(isochronous(true, 0, 150, &[100, 40], 150), lies, "ten bytes are nobody's");
    assert_eq!(isochronous(true, 0, 100, &[100], 100), lies, "of the other packet nothing is told");
    assert_eq!(isochronous(true, 0, 150, &[], 150), lies);
    assert_eq!(isochronous(true, 0, 0, &[], 0), lies);
    assert_eq!(isochronous(false, 0, 200, &[100, 100], 0), Ok(()));
    assert_eq!(isochronous(false, 0, 200, &[100], 0), lies);
    assert_eq!(isochronous(false, 0, 200, &[], 0), lies);
    // One that was refused as a whole has no packets.
    assert_eq!(isochronous(true, -12, 0, &[], 0), Err(Status::NoMem));
    assert_eq!(isochronous(false, -12, 0, &[], 0), Err(Status::NoMem));
}

/// A thread gives the host up while another one sleeps on the socket.
#[test]
fn all_hear_of_a_host_that_is_given_up() {
    let (link, _host) = pair(Duration::ZERO);
    let (silent, cancelled) = (begin_write(&link), begin_write(&link));
    let (tell, told) = mpsc::channel();
    let (other, waits) = (Arc::clone(&link), Arc::clone(&silent));
    thread::spawn(move || {
        other.wait_for(&waits, None);
        tell.send(()).unwrap();
    });
    while !lock(&link.state).leading {
        thread::yield_now();
    }
    // As `cancel` leaves it, but for the timer, which would wake the other thread if that were the first to look.
    *lock(&cancelled.cancelled) = Some(Instant::now());
    link.wait_for(&cancelled, None);
    assert!(told.recv_timeout(AT_MOST).is_ok(), "the other thread sleeps on");
    assert_eq!(ended(&link, &silent), (0, Err(Status::NoDevice)));
}

/// The end of the connection is for every descriptor of it. A forked child has one, too.
#[test]
fn a_child_that_closes_does_not_end_its_parents_connection() {
    for forked in [false, true] {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let mut parents = ours.try_clone().unwrap();
        let link = Link::new(Socket::Unix(ours), 1, false, AT_MOST, Box::new(|| ())).unwrap();
        let mut link = Arc::into_inner(link).unwrap();
        let process = link.process.get_mut();
        *process = process.wrapping_sub(u32::from(forked));
        drop(link);
        let sent = parents.write_all(b"x");
        assert_eq!(sent.is_ok(), forked, "{sent:?}");
        assert_eq!(theirs.read(&mut [0]).unwrap(), usize::from(forked));
    }
}

/// A process and its forked child have the connection in common, and each reads what comes for either.
#[test]
fn an_answer_to_a_forked_child_is_not_taken_for_its_parents() {
    let (ours, mut host) = UnixStream::pair().unwrap();
    ours.set_nonblocking(true).unwrap();
    host.set_read_timeout(Some(AT_MOST)).unwrap();
    let link = |socket| Link::new(Socket::Unix(socket), 1, false, AT_MOST, Box::new(|| ())).unwrap();
    let (parent, child) = (link(ours.try_clone().unwrap()), link(ours));
    lock(&child.state).process = process_generation().wrapping_sub(1);
    let own = begin_write(&parent);
    asked(&mut host);
    begin_write(&child);
    let (sequence, _) = asked(&mut host);
    answer(&mut host, sequence, submitted(LENGTH as u32));
    assert_eq!(ended(&parent, &own), (0, Err(Status::NoDevice)));
}
