//! A device that a client has taken: the client's requests on their way to it, and what becomes of each. Every request is answered once,
//! and every unlink; nothing that was moved is left out of an answer.

use super::message::{Nonsense, Submission, MOST_BYTES};
use super::outcome;
use super::output::Output;
use super::store::Store;
use super::visits::Counter;
use super::worker::Worker;
use crate::bus::usbip::protocol::{Header, Message, Packet, NOT_ISOCHRONOUS, URB_SHORT_NOT_OK, URB_ZERO_PACKET};
use crate::bus::{Extras, Packets};
use crate::device::{Device, Request};
use crate::error::{Error, Status};
use crate::queue::{Finished, Queue};
use crate::sys::{Buffer, Memory};
use crate::usb::{Direction, SetupPacket, TransferType};
use rustc_hash::FxHashMap;
use std::collections::VecDeque;
use std::sync::Arc;

pub struct Import {
    device: Arc<Device>,
    worker: Worker,
    /// By this its completions are known to be this client's.
    client: u64,
    moved: Counter,
    requests: FxHashMap<u32, Pending>,
    /// Requests behind one that the worker has.
    held: VecDeque<Submission<'static>>,
    /// The one that the worker has.
    job: Option<u32>,
    /// Cancels behind that.
    late_cancels: Vec<u64>,
    /// Bytes of memory that requests have.
    bytes: usize,
    store: Store,
    gone: bool,
}

/// A request that was not answered yet.
struct Pending {
    state: State,
    bytes: usize,
    /// The client's request to take it back.
    unlink: Option<u32>,
}

enum State {
    /// Behind what the worker does.
    Held,
    Job,
    Running(Running),
}

struct Running {
    /// Its number in the queue.
    id: u64,
    memory: Arc<Memory>,
    is_in: bool,
    /// What the client asked for.
    length: usize,
    short_is_failure: bool,
    isochronous: Option<(Arc<Packets>, Vec<Packet>)>,
}

/// What a client's requests may have at once.
const MOST_IN_FLIGHT: usize = 64 << 20;
const MOST_REQUESTS: usize = 16 << 10;

/// What is answered of an isochronous transfer: packets, and how many of them failed.
type Tables<'a> = Option<(&'a [Packet], u32)>;

impl Import {
    pub fn new(device: Arc<Device>, worker: Worker, client: u64, moved: Counter) -> Import {
        Import {
            device,
            worker,
            client,
            moved,
            requests: FxHashMap::default(),
            held: VecDeque::new(),
            job: None,
            late_cancels: Vec::new(),
            bytes: 0,
            store: Store::default(),
            gone: false,
        }
    }

    pub fn has_left(&mut self, path: &str) {
        self.gone |= self.device.info().path == path;
    }

    /// All requests are answered.
    pub fn has_nothing(&self) -> bool {
        self.requests.is_empty()
    }

    /// The device was unplugged, and all that was under way has been answered.
    pub fn is_gone(&self) -> bool {
        self.gone && self.requests.is_empty()
    }

    /// By the device's descriptors. What stands in the message counts only of an endpoint that the device does not have.
    pub fn is_isochronous(&self, endpoint: u8, is_in: bool, packets: u32) -> bool {
        if endpoint == 0 {
            return false;
        }
        match self.device.stream_endpoint(address(endpoint, is_in)) {
            Ok(endpoint) => endpoint.transfer_type == TransferType::Isochronous,
            Err(_) => packets != NOT_ISOCHRONOUS,
        }
    }

    /// Nonsense if the client asks twice under one number.
    pub fn submit(&mut self, submission: Submission<'_>, queue: &Queue, output: &mut Output) -> Result<(), Nonsense> {
        let sequence = submission.sequence;
        if self.requests.contains_key(&sequence) {
            return Err(Nonsense);
        }
        let too_much = submission.length > MOST_BYTES
            || self.bytes + submission.length > MOST_IN_FLIGHT
            || self.requests.len() >= MOST_REQUESTS;
        if too_much {
            answer(output, sequence, outcome::NO_MEMORY, 0, None, None);
            return Ok(());
        }
        if self.job.is_some() {
            let bytes = submission.length;
            self.bytes += bytes;
            self.requests.insert(sequence, Pending { state: State::Held, bytes, unlink: None });
            self.held.push_back(submission.kept());
            return Ok(());
        }
        self.begin(submission, queue, output);
        Ok(())
    }

    fn begin(&mut self, submission: Submission<'_>, queue: &Queue, output: &mut Output) {
        let (sequence, setup) = (submission.sequence, submission.setup);
        if submission.endpoint == 0 && Worker::is_for(&setup) {
            self.job = Some(sequence);
            self.requests.insert(sequence, Pending { state: State::Job, bytes: 0, unlink: None });
            self.worker.hand_over(setup);
            return;
        }
        if submission.length == 0 && submission.is_in && submission.endpoint != 0 {
            // Nothing can come of it.
            return answer(output, sequence, outcome::OK, 0, None, None);
        }
        let bytes = submission.length;
        match self.start(submission, queue) {
            Ok(running) => {
                self.bytes += bytes;
                self.requests.insert(sequence, Pending { state: State::Running(running), bytes, unlink: None });
            }
            Err(error) => {
                self.gone |= error.status == Status::NoDevice;
                answer(output, sequence, outcome::number(error.status), 0, None, None);
            }
        }
    }

    fn start(&mut self, submission: Submission<'_>, queue: &Queue) -> Result<Running, Error> {
        let Submission { sequence, is_in, endpoint, flags, length, setup, packets, data } = submission;
        let address = address(endpoint, is_in);
        let (request, length) = if endpoint == 0 {
            control(setup, is_in, length)?
        } else {
            let way = if is_in { Direction::In } else { Direction::Out };
            let found = self.device.stream_endpoint(address).map_err(|error| match error.status {
                Status::InvalidParam => error.with_status(Status::NotFound),
                _ => error,
            });
            let transfer_type = found?.transfer_type;
            let request = if transfer_type == TransferType::Isochronous {
                let lengths: Vec<u32> = packets.iter().map(|packet| packet.length).collect();
                Request::Isochronous { way, address, packets: Arc::new(Packets::new(lengths)?) }
            } else {
                let zero_packet = !is_in && flags & URB_ZERO_PACKET != 0;
                Request::Endpoint { transfer_type, way, address, extras: Extras { zero_packet, stream: 0 } }
            };
            match &request {
                Request::Isochronous { packets, .. } => {
                    let total = packets.total();
                    if total > MOST_BYTES {
                        return Err(Error::invalid("the packets are too long"));
                    }
                    (request, total)
                }
                _ => (request, length),
            }
        };
        let (memory, mut buffer) = self.store.take(length)?;
        let isochronous = match &request {
            Request::Isochronous { packets: lengths, .. } => Some((Arc::clone(lengths), packets)),
            _ => None,
        };
        if !is_in {
            match &isochronous {
                Some((_, packets)) if !gather(buffer.space(), &data, packets) => {
                    return Err(Error::invalid("a packet lies outside of the data"));
                }
                Some(_) => {}
                None => buffer.space().copy_from_slice(&data[..length]),
            }
        }
        let user_data = self.client << 32 | u64::from(sequence);
        let id = queue.submit(&self.device, &request, buffer, None, None, user_data)?;
        let short_is_failure = is_in && flags & URB_SHORT_NOT_OK != 0;
        Ok(Running { id, memory, is_in, length, short_is_failure, isochronous })
    }

    /// Takes a request back: it is answered with what it has moved by then, if that is anything.
    pub fn unlink(&mut self, sequence: u32, target: u32, queue: &Queue, output: &mut Output) {
        let Some(pending) = self.requests.get_mut(&target).filter(|pending| pending.unlink.is_none()) else {
            // It is answered, or never was.
            return unlinked(output, sequence, outcome::OK);
        };
        pending.unlink = Some(sequence);
        match &pending.state {
            State::Held => {
                self.held.retain(|held| held.sequence != target);
                self.forget(target);
                unlinked(output, sequence, outcome::CONNECTION_RESET);
            }
            // It ends soon.
            State::Job => {}
            State::Running(running) if self.job.is_some() => self.late_cancels.push(running.id),
            State::Running(running) => drop(queue.cancel(running.id)),
        }
    }

    fn forget(&mut self, sequence: u32) -> Option<Pending> {
        let pending = self.requests.remove(&sequence)?;
        self.bytes -= pending.bytes;
        Some(pending)
    }

    /// A transfer has ended.
    pub fn finished(&mut self, sequence: u32, finished: &Finished, output: &mut Output) {
        let Some(Pending { state: State::Running(running), unlink, .. }) = self.forget(sequence) else { return };
        let Running { memory, is_in, length, short_is_failure, isochronous, .. } = running;
        let (status, moved) = (finished.result.err(), finished.transferred);
        self.moved.add(moved);
        self.gone |= status == Some(Status::NoDevice);
        if let (Some(unlink), Some(Status::Cancelled), 0) = (unlink, status, moved) {
            return unlinked(output, unlink, outcome::CONNECTION_RESET);
        }
        let number = match status {
            Some(status) => outcome::number(status),
            None if short_is_failure && moved < length => outcome::SHORT,
            None => outcome::OK,
        };
        let tables = isochronous.map(|(lengths, packets)| tables(&lengths, packets));
        let told = tables.as_ref().map(|(packets, failed)| (&packets[..], *failed));
        let data = is_in.then(|| memory.lend(length)).flatten().map(|mut room| {
            let count = match &tables {
                None => moved.min(length),
                Some((packets, _)) => compact(room.space(), packets),
            };
            (room.split_to(count), memory.len())
        });
        answer(output, sequence, number, moved, data, told);
        if let Some(unlink) = unlink {
            unlinked(output, unlink, outcome::OK);
        }
    }

    /// The worker has carried its request out.
    pub fn carried(&mut self, status: i32, queue: &Queue, output: &mut Output) {
        let Some(sequence) = self.job.take() else { return };
        let unlink = self.forget(sequence).and_then(|pending| pending.unlink);
        answer(output, sequence, status, 0, None, None);
        if let Some(unlink) = unlink {
            unlinked(output, unlink, outcome::OK);
        }
        for id in std::mem::take(&mut self.late_cancels) {
            let _ = queue.cancel(id);
        }
    }

    /// Begins the next one of those that were behind the worker's. False if there is none, or the worker has one again.
    pub fn follow(&mut self, queue: &Queue, output: &mut Output) -> bool {
        let next = if self.job.is_none() { self.held.pop_front() } else { None };
        let Some(next) = next else { return false };
        self.forget(next.sequence);
        self.begin(next, queue, output);
        true
    }
}

fn address(endpoint: u8, is_in: bool) -> u8 {
    endpoint | if is_in { 0x80 } else { 0 }
}

/// The message and the setup packet each say how many bytes move, and which way.
fn control(setup: SetupPacket, is_in: bool, length: usize) -> Result<(Request, usize), Error> {
    let wanted = usize::from(setup.length);
    let alike = wanted == 0 && length == 0 || is_in == (setup.direction() == Direction::In);
    if !alike || (!is_in && wanted != length) {
        return Err(Error::invalid("the setup packet and the message differ"));
    }
    let length = wanted.min(length);
    Ok((Request::Control(SetupPacket { length: length as u16, ..setup }), length))
}

/// The packets' bytes one after the other, from where the client has them. False if one lies outside.
fn gather(space: &mut [u8], data: &[u8], packets: &[Packet]) -> bool {
    let mut at = 0;
    for packet in packets {
        let (offset, length) = (packet.offset as usize, packet.length as usize);
        let Some(bytes) = data.get(offset..).and_then(|rest| rest.get(..length)) else { return false };
        space[at..at + length].copy_from_slice(bytes);
        at += length;
    }
    true
}

/// The client's packets, with what became of each; and how many failed.
fn tables(lengths: &Packets, mut packets: Vec<Packet>) -> (Vec<Packet>, u32) {
    let mut failed = 0;
    for (packet, (moved, result)) in packets.iter_mut().zip(lengths.results().iter()) {
        packet.actual = (*moved).min(packet.length);
        packet.status = result.err().map_or(outcome::OK, outcome::number);
        failed += u32::from(result.is_err());
    }
    (packets, failed)
}

/// Moves what has come together, without the room that was left in each packet: how much it is.
fn compact(bytes: &mut [u8], packets: &[Packet]) -> usize {
    let (mut count, mut at) = (0, 0);
    for packet in packets {
        let came = packet.actual as usize;
        bytes.copy_within(at..at + came, count);
        count += came;
        at += packet.length as usize;
    }
    count
}

/// Data come with the length of the memory that they are in.
fn answer(
    output: &mut Output,
    sequence: u32,
    status: i32,
    moved: usize,
    data: Option<(Buffer, usize)>,
    tables: Tables<'_>,
) {
    let (packets, errors) = tables.unwrap_or_default();
    let message = Message::Submitted {
        status,
        actual: moved as u32,
        start_frame: 0,
        packets: if tables.is_some() { packets.len() as u32 } else { 0 },
        errors,
    };
    output.add(&Header { sequence, device: 0, is_in: false, endpoint: 0, message }.bytes());
    if let Some((data, capacity)) = data {
        output.add_data(data, capacity);
    }
    packets.iter().for_each(|packet| output.add(&packet.bytes()));
}

fn unlinked(output: &mut Output, sequence: u32, status: i32) {
    let message = Message::Unlinked { status };
    output.add(&Header { sequence, device: 0, is_in: false, endpoint: 0, message }.bytes());
}
