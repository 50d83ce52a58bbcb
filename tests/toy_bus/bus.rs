//! A third bus, to show what one has to bring: one device in this process, whose endpoint 0x83 sends back what 0x02 takes, packet by packet,
//! and whose requests 4 write and read 256 registers. It knows the traits of `bus`, and nothing above them; nothing above knows it.

use crate::bus::{tap, Bus, Change, Completion, Event, Handle, Hotplug, InFlight, Notice, Tap, Target, Wire};
use crate::error::{Error, Result, Status};
use crate::sync::{lock, wait, Condvar, Mutex};
use crate::sys::{self, BorrowedDescriptor, Buffer, Descriptor, Memory, Readiness, Timestamp};
use crate::usb::{Backend, DeviceInfo, Direction, SetupPacket, Speed};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::os::unix::io::{AsFd, OwnedFd};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

const DEVICE: [u8; 18] = [18, 1, 0, 2, 0, 0, 0, 64, 0x09, 0x12, 1, 0, 0, 1, 0, 0, 0, 1];
#[rustfmt::skip]
const CONFIGURATION: [u8; 46] = [9, 2, 46, 0, 1, 1, 0, 0x80, 50, 9, 4, 0, 0, 4, 0xff, 0, 0, 0, 7, 5, 0x81, 2, 0, 2, 0,
    7, 5, 0x82, 3, 16, 0, 7, 7, 5, 2, 2, 0, 2, 0, 7, 5, 0x83, 2, 0, 2, 0];
const PACKET: usize = 512;
const HELD: usize = 128;

#[derive(Default)]
struct Toy {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    packets: VecDeque<Vec<u8>>,
    registers: BTreeMap<u16, u8>,
    halted: BTreeSet<u8>,
    /// In the order of their submission.
    waiting: Vec<(Arc<Transfer>, Buffer, usize)>,
    claims: BTreeMap<u8, u64>,
    handles: u64,
}

struct Transfer {
    target: Target,
    notice: Option<Notice>,
    wire: Arc<Wire>,
    tap: Mutex<Tap>,
    completion: Mutex<Option<Completion>>,
}

fn toy() -> &'static Toy {
    static TOY: OnceLock<Toy> = OnceLock::new();
    TOY.get_or_init(Toy::default)
}

impl State {
    fn complete(&mut self, at: usize, result: std::result::Result<(), Status>) {
        let (transfer, buffer, transferred) = self.waiting.remove(at);
        lock(&transfer.tap).end(tap::errno(result), transferred, buffer.bytes(), &[]);
        drop(buffer);
        let completion = Completion { transferred, result };
        *lock(&transfer.completion) = Some(completion);
        toy().changed.notify_all();
        if let Some(notice) = &transfer.notice {
            notice.give(completion, Timestamp::now());
        }
    }

    /// Moves every packet that can be moved; the oldest transfer of an endpoint first.
    fn service(&mut self) {
        let mut at = 0;
        while at < self.waiting.len() {
            let (address, before) = (self.waiting[at].0.target.address(), self.waiting[at].2);
            let first = self.waiting.iter().position(|(other, ..)| other.target.address() == address);
            let result = if first == Some(at) { self.step(at) } else { None };
            let moved = result.is_some() || self.waiting[at].2 > before;
            if let Some(result) = result {
                self.complete(at, result);
            }
            // What one endpoint takes may be what another has been waiting for.
            at = if moved { 0 } else { at + 1 };
        }
    }

    /// `None` is NAK.
    fn step(&mut self, at: usize) -> Option<std::result::Result<(), Status>> {
        let State { packets, registers, halted, waiting, .. } = self;
        let (transfer, buffer, moved) = &mut waiting[at];
        let address = transfer.target.address();
        if let Target::Control(setup) = &transfer.target {
            let (length, wanted) = (buffer.len(), setup.direction() == Direction::In);
            let answer = match (setup.request_type, setup.request) {
                (0x80, 6) if setup.value == 0x100 => DEVICE.to_vec(),
                (0x80, 6) if setup.value == 0x200 => CONFIGURATION.to_vec(),
                (0x80 | 0x81, 0) => vec![0, 0],
                (0x82, 0) => vec![u8::from(halted.contains(&(setup.index as u8))), 0],
                (0x02, 3) => {
                    halted.insert(setup.index as u8);
                    return Some(Ok(()));
                }
                // The suite's device has a source of samples; this one has none to start, stop or set the rate of.
                (0x40, 1..=3) => return Some(Ok(())),
                (0xc0, 4) => (setup.index..256).map(|at| registers.get(&at).copied().unwrap_or(0)).collect(),
                (0x40, 4) => {
                    registers.extend((setup.index..).zip(buffer.bytes().iter().copied()));
                    *moved = length;
                    return Some(Ok(()));
                }
                _ => return Some(Err(Status::Pipe)),
            };
            *moved = if wanted { length.min(answer.len()) } else { 0 };
            buffer.space()[..*moved].copy_from_slice(&answer[..*moved]);
            return Some(Ok(()));
        }
        if halted.contains(&address) {
            return Some(Err(Status::Pipe));
        }
        while address == 2 && packets.len() < HELD {
            let rest = &buffer.bytes()[*moved..];
            packets.push_back(rest[..rest.len().min(PACKET)].to_vec());
            *moved += rest.len().min(PACKET);
            if *moved == buffer.len() {
                return Some(Ok(()));
            }
        }
        while address == 0x83 {
            let (packet, room) = (packets.pop_front()?, buffer.len() - *moved);
            let fits = packet.len().min(room);
            buffer.space()[*moved..*moved + fits].copy_from_slice(&packet[..fits]);
            *moved += fits;
            if packet.len() > room {
                return Some(Err(Status::Overflow));
            }
            if packet.len() < PACKET || *moved == buffer.len() {
                return Some(Ok(()));
            }
        }
        None
    }
}

impl Toy {
    fn start(&self, transfer: &Arc<Transfer>, buffer: Buffer) {
        let mut state = lock(&self.state);
        *lock(&transfer.tap) = Tap::begin(&transfer.wire, &transfer.target, buffer.bytes(), buffer.len());
        state.waiting.push((Arc::clone(transfer), buffer, 0));
        state.service();
    }
}

impl InFlight for Transfer {
    fn cancel(&self) {
        let mut state = lock(&toy().state);
        if let Some(at) = state.waiting.iter().position(|(other, ..)| std::ptr::eq(&**other, self)) {
            state.complete(at, Err(Status::Cancelled));
        }
    }

    fn again(self: Arc<Self>, buffer: Buffer) -> Result<()> {
        *lock(&self.completion) = None;
        toy().start(&self, buffer);
        Ok(())
    }

    fn wait(&self, deadline: Option<Instant>) -> Option<Completion> {
        let mut state = lock(&toy().state);
        loop {
            let completion = *lock(&self.completion);
            if completion.is_some() || deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                return completion;
            }
            state = wait(&toy().changed, state, deadline);
        }
    }
}

pub struct ToyBus;

struct ToyHandle(Arc<Wire>, u64);

impl Bus for ToyBus {
    fn devices(&self, is_wanted: &dyn Fn(&DeviceInfo) -> bool) -> Result<Vec<Arc<DeviceInfo>>> {
        let (path, serial) = ("toy/1".to_owned(), "TOY".to_owned());
        let mut info = DeviceInfo {
            path,
            serial,
            backend: Backend::Usbip,
            speed: Speed::High,
            address: 1,
            ..DeviceInfo::default()
        };
        info.describe(&DEVICE);
        Ok(Some(info).filter(|info| is_wanted(info)).map(Arc::new).into_iter().collect())
    }

    fn open(&self, info: &Arc<DeviceInfo>) -> Result<Arc<dyn Handle>> {
        let mut state = lock(&toy().state);
        state.handles += 1;
        let wire = Wire::new(Arc::clone(info), [&DEVICE[..], &CONFIGURATION].concat());
        Ok(Arc::new(ToyHandle(wire, state.handles)))
    }

    fn descriptors(&self, path: &str) -> Result<Option<Vec<u8>>> {
        Ok((path == "toy/1").then(|| [&DEVICE[..], &CONFIGURATION].concat()))
    }

    fn watch(&self) -> Result<Box<dyn Hotplug>> {
        Ok(Box::new(Always))
    }

    fn why_not(&self) -> Option<String> {
        None
    }
}

/// The device is there, and stays.
struct Always;

impl Hotplug for Always {
    fn descriptors(&self) -> Vec<(BorrowedDescriptor<'_>, Readiness)> {
        Vec::new()
    }

    fn begin(&mut self) -> Result<Vec<Change>> {
        Ok(ToyBus
            .devices(&|_| true)?
            .into_iter()
            .map(|info| Change { event: Event::Arrived, info: DeviceInfo::clone(&info) })
            .collect())
    }

    fn pump(&mut self, _: &mut Vec<Change>) -> Result<()> {
        Ok(())
    }
}

impl Handle for ToyHandle {
    fn info(&self) -> &Arc<DeviceInfo> {
        &self.0.info
    }

    fn wire(&self) -> &Arc<Wire> {
        &self.0
    }

    fn configuration(&self) -> Result<u8> {
        Ok(1)
    }

    fn configuration_descriptors(&self) -> Result<Vec<Vec<u8>>> {
        Ok(vec![CONFIGURATION.to_vec()])
    }

    fn set_configuration(&self, _: u8) -> Result<()> {
        Ok(())
    }

    fn claim(&self, interface: u8) -> Result<()> {
        match *lock(&toy().state).claims.entry(interface).or_insert(self.1) {
            owner if owner == self.1 => Ok(()),
            _ => Err(Error::new(Status::Busy, "held by another handle of this process; release it there first")),
        }
    }

    fn release(&self, interface: u8) -> Result<()> {
        lock(&toy().state).claims.remove(&interface);
        Ok(())
    }

    fn set_alt_setting(&self, _: u8, _: u8) -> Result<()> {
        Ok(())
    }

    fn kernel_driver(&self, _: u8) -> Result<Option<String>> {
        Ok(None)
    }

    fn detach_kernel_driver(&self, _: u8) -> Result<Vec<u8>> {
        Ok(Vec::new())
    }

    fn attach_kernel_driver(&self, _: &[u8]) -> Result<()> {
        Ok(())
    }

    fn clear_halt(&self, endpoint: u8, _: &dyn Fn(SetupPacket) -> Result<()>) -> Result<()> {
        self.0.request(SetupPacket::clear_halt(endpoint), || {
            lock(&toy().state).halted.remove(&endpoint);
            Ok(())
        })
    }

    fn reset(&self, _: &[u8]) -> Result<()> {
        let mut state = lock(&toy().state);
        (state.packets, state.registers, state.halted) = Default::default();
        Ok(())
    }

    fn submit(
        &self,
        target: &Target,
        buffer: &mut Buffer,
        length: usize,
        notice: Option<Notice>,
    ) -> Result<Arc<dyn InFlight>> {
        let (wire, target) = (Arc::clone(&self.0), target.clone());
        let transfer = Transfer { target, notice, wire, tap: Mutex::default(), completion: Mutex::default() };
        let transfer = Arc::new(transfer);
        toy().start(&transfer, buffer.split_to(length));
        Ok(transfer)
    }

    /// Never ready: submissions and cancels move everything themselves.
    fn descriptor(&self) -> Result<(Descriptor, Readiness)> {
        let event = sys::Event::new()?;
        let descriptor: std::io::Result<OwnedFd> = event.as_fd().try_clone_to_owned();
        Ok((descriptor.map_err(Error::no_descriptor)?, Readiness::Read))
    }

    fn pump(&self) -> bool {
        false
    }

    fn memory(&self, _: usize) -> Result<Arc<Memory>> {
        Err(Error::new(Status::NotSupported, "a toy has no mapped memory"))
    }

    fn gone(&self) -> bool {
        false
    }

    fn max_transfer(&self) -> usize {
        usize::MAX
    }
}
