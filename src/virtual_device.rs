//! Virtual devices as programs have them: described, plugged in, answered for, and pulled out again.

use crate::bus::simulated::{
    self, Answer, Description, Fault, FaultKind, Happening, Mailbox, Model, Plugged, Progress, ReplayStatistics,
    SimulatedBus, UserModel,
};
use crate::bus::Completion;
use crate::completion::{Gate, Inside};
use crate::error::{Error, Outcome, Result, Status};
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::{lock, Mutex};
use crate::sys::{Buffer, Deadline, RawDescriptor, Wait};
use crate::usb::{Endpoint, Speed, TransferType};
use std::sync::Arc;

pub struct VirtualDevice {
    /// By this the bus knows what belongs to it.
    owner: u64,
    gate: Gate,
    kind: Kind,
    /// For when it is plugged in next.
    faults: Mutex<Vec<(u8, Fault)>>,
    /// Of a recording, since it was plugged in last.
    replay: Mutex<Option<Arc<ReplayStatistics>>>,
    /// Where it was plugged in last. A process may have got another bus meanwhile, by usbx_shutdown.
    bus: Mutex<Option<SimulatedBus>>,
}

enum Kind {
    /// The library's own, made anew each time it is plugged in.
    BuiltIn(Box<dyn Fn() -> Result<Device> + Send + Sync>),
    Program(Program),
}

type Device = (Description, Box<dyn Model>);

/// A user's program answers for the device.
struct Program {
    description: Mutex<Description>,
    mailbox: Arc<Mailbox>,
    plugged: Mutex<Option<Arc<Plugged>>>,
}

impl VirtualDevice {
    pub fn built_in(make: impl Fn() -> Result<Device> + Send + Sync + 'static) -> VirtualDevice {
        VirtualDevice::new(Kind::BuiltIn(Box::new(make)))
    }

    /// A user's, from a device descriptor and the configurations behind it; it is not plugged in.
    pub fn of_program(speed: Speed, descriptors: &[u8]) -> Result<VirtualDevice> {
        let description = Mutex::new(Description::new(speed, descriptors)?);
        let program = Program { description, mailbox: Arc::default(), plugged: Mutex::default() };
        Ok(VirtualDevice::new(Kind::Program(program)))
    }

    fn new(kind: Kind) -> VirtualDevice {
        static OWNERS: AtomicU64 = AtomicU64::new(1);
        let owner = OWNERS.fetch_add(1, Ordering::Relaxed);
        VirtualDevice {
            owner,
            gate: Gate::new(),
            kind,
            faults: Mutex::default(),
            replay: Mutex::default(),
            bus: Mutex::default(),
        }
    }

    fn enter(&self) -> Result<Inside<'_>> {
        self.gate.enter().ok_or_else(closed)
    }

    fn program(&self) -> Result<&Program> {
        match &self.kind {
            Kind::Program(program) => Ok(program),
            Kind::BuiltIn(_) => {
                let reason =
                    "the library answers for this device; usbx_virtual_create makes one that a program answers for";
                Err(Error::new(Status::NotSupported, reason))
            }
        }
    }

    pub fn add_string(&self, index: u8, language: u16, text: &str) -> Result<()> {
        lock(&self.program()?.description).add_string(index, language, text)
    }

    pub fn add_descriptor(&self, kind: u8, index: u8, recipient: u16, bytes: &[u8]) -> Result<()> {
        lock(&self.program()?.description).add_descriptor(kind, index, recipient, bytes)
    }

    pub fn plug(&self, bus: &SimulatedBus) -> Result<()> {
        let _inside = self.enter()?;
        let mut faults = lock(&self.faults);
        if self.plugged().is_some() {
            return Err(Error::new(Status::Busy, "it is plugged in; unplug it first (usbx_virtual_unplug)"));
        }
        let (description, model) = match &self.kind {
            Kind::BuiltIn(make) => make()?,
            Kind::Program(program) => {
                let description = lock(&program.description).clone();
                let model = UserModel::new(Arc::clone(&program.mailbox), &description);
                (description, Box::new(model) as Box<dyn Model>)
            }
        };
        let replay = model.replay_statistics();
        let plugged = bus.plug(description, model, self.owner, &faults)?;
        *lock(&self.bus) = Some(bus.clone());
        *lock(&self.replay) = replay;
        faults.clear();
        if let Kind::Program(program) = &self.kind {
            *lock(&program.plugged) = Some(plugged);
        }
        Ok(())
    }

    pub fn unplug(&self) {
        let bus = lock(&self.bus).clone();
        if let Some((bus, plugged)) = bus.and_then(|bus| bus.of_owner(self.owner).map(|plugged| (bus, plugged))) {
            bus.unplug(&plugged);
        }
    }

    /// What is in its port: itself, or what came in its place.
    fn plugged(&self) -> Option<Arc<Plugged>> {
        lock(&self.bus).as_ref()?.of_owner(self.owner)
    }

    /// How far a recording has been played since it was plugged in last.
    pub fn replay_progress(&self) -> Result<Progress> {
        let statistics = lock(&self.replay).clone();
        let reason = "it is not a recording; usbx_virtual_open plays one, with the model \"replay:FILE\"";
        let statistics = statistics.ok_or_else(|| Error::new(Status::NotSupported, reason))?;
        Ok(statistics.progress())
    }

    /// Where the device is, or what came in its place.
    pub fn path(&self) -> Result<String> {
        let plugged = self.plugged().ok_or_else(not_plugged)?;
        Ok(plugged.info().path.clone())
    }

    pub fn set_answers_standard_requests(&self, enable: bool) -> Result<()> {
        self.program()?.mailbox.set_answers_standard_requests(enable);
        Ok(())
    }

    /// What happened next, and how many events before it were lost. Data that are longer than `capacity` stay: how long they are.
    pub fn next(&self, wait: Wait, capacity: usize) -> std::result::Result<(Happening, u64), (Error, usize)> {
        let without = |error| (error, 0);
        let _inside = self.enter().map_err(without)?;
        let program = self.program().map_err(without)?;
        let mut deadline = Deadline::new(wait);
        loop {
            // The device's time goes on, whether the host looks or not.
            let plugged = lock(&program.plugged).clone();
            let due = plugged.as_ref().and_then(|plugged| plugged.due());
            if let Some(next) = program.mailbox.next(&mut deadline, due, capacity)? {
                if let (Happening::Host(_), Some(plugged)) = (&next.0, &plugged) {
                    // What ended the program's transfers is over now.
                    plugged.look();
                }
                return Ok(next);
            }
            if deadline.is_over() {
                return Err(without(Error::new(Status::Timeout, "nothing happened in that time")));
            }
            if let Some(plugged) = plugged {
                plugged.look();
            }
        }
    }

    /// Answers the request in hand: with data, or with nothing for an OUT request.
    pub fn reply(&self, data: &[u8]) -> Result<()> {
        self.answer(Answer::Data(data.to_vec()))
    }

    fn answer(&self, answer: Answer) -> Result<()> {
        let _inside = self.enter()?;
        let program = self.program()?;
        program.mailbox.answer(answer)?;
        if let Some(plugged) = &*lock(&program.plugged) {
            plugged.look();
        }
        Ok(())
    }

    /// Refuses the request in hand, with endpoint 0; halts any other endpoint until the host clears that.
    pub fn stall(&self, endpoint: u8) -> Result<()> {
        if endpoint & 0x7f == 0 {
            return self.answer(Answer::Stall);
        }
        let _inside = self.enter()?;
        let program = self.program()?;
        program.endpoint(endpoint)?;
        program.plugged()?.halt(endpoint);
        Ok(())
    }

    /// Sends to the host, at an IN endpoint.
    pub fn write(&self, endpoint: u8, buffer: Buffer, wait: Wait) -> Outcome {
        self.transfer(endpoint, buffer, wait, true)
    }

    /// Receives from the host, at an OUT endpoint.
    pub fn read(&self, endpoint: u8, buffer: Buffer, wait: Wait) -> Outcome {
        self.transfer(endpoint, buffer, wait, false)
    }

    fn transfer(&self, address: u8, buffer: Buffer, wait: Wait, is_write: bool) -> Outcome {
        let begin = || {
            let inside = self.enter()?;
            let program = self.program()?;
            let endpoint = program.endpoint(address)?;
            let plugged = program.plugged()?;
            // An address may mean something else in each setting.
            let endpoint = plugged.endpoint(address).unwrap_or(endpoint);
            if is_write != (address & 0x80 != 0) {
                let (does, wanted) = if is_write { ("sends to", "an IN") } else { ("receives from", "an OUT") };
                let reason = format!("the device {does} the host at {wanted} endpoint, and 0x{address:02x} is not one");
                return Err(Error::invalid(reason));
            }
            Ok((inside, program, plugged, endpoint))
        };
        let (_inside, program, plugged, endpoint) = match begin() {
            Ok(begun) => begun,
            Err(error) => return Outcome::failed(error),
        };
        let mut deadline = Deadline::new(wait);
        let (mailbox, deadline) = (&*program.mailbox, &mut deadline);
        let done = match (endpoint.transfer_type, is_write) {
            (TransferType::Isochronous, true) => {
                let size = endpoint.max_bytes_per_interval as usize;
                simulated::send_packets(&plugged, mailbox, address, buffer.bytes(), size, deadline)
            }
            (TransferType::Isochronous, false) => simulated::take_packet(&plugged, mailbox, address, buffer, deadline),
            _ => simulated::transfer(&plugged, mailbox, address, buffer, deadline),
        };
        self.outcome(done, &endpoint)
    }

    fn outcome(&self, done: Completion, endpoint: &Endpoint) -> Outcome {
        let Completion { transferred, result } = done;
        let result = result.map_err(|status| match status {
            _ if self.gate.is_shut() => closed(),
            Status::NoDevice => not_plugged(),
            Status::Timeout => {
                Error::new(status, format!("the host did not take part in that time; {transferred} bytes moved"))
            }
            Status::Cancelled => {
                let reason = format!("the host reset or configured the device meanwhile; {transferred} bytes moved");
                Error::new(status, reason)
            }
            Status::Overflow => {
                let size = endpoint.max_bytes_per_interval;
                let reason = format!(
                    "the host's packet is longer than the buffer; give room for {size} bytes, and it comes again"
                );
                Error::new(status, reason)
            }
            other => Error::new(other, "the transfer failed"),
        });
        Outcome { transferred, result }
    }

    /// Adds a fault, or removes all of that endpoint. In effect while the device is plugged in, or when it is next.
    pub fn set_fault(&self, endpoint: u8, fault: Option<Fault>) -> Result<()> {
        let _inside = self.enter()?;
        let mut waiting = lock(&self.faults);
        let plugged = self.plugged();
        let is_there = match (&plugged, &self.kind) {
            _ if endpoint == 0 => true,
            (Some(plugged), _) => plugged.has_endpoint(endpoint),
            (None, Kind::Program(program)) => program.endpoint(endpoint).is_ok(),
            (None, Kind::BuiltIn(_)) => return Err(not_plugged()),
        };
        if !is_there {
            return Err(no_endpoint(endpoint));
        }
        if let Some(Fault { kind: FaultKind::Short(_) | FaultKind::Babble, .. }) = fault {
            if endpoint & 0x80 == 0 && endpoint != 0 {
                let reason = format!(
                    "endpoint 0x{endpoint:02x} is OUT: the host decides how long its packets are; use another fault"
                );
                return Err(Error::invalid(reason));
            }
        }
        match (plugged, fault) {
            (Some(plugged), fault) => plugged.set_fault(endpoint, fault),
            (None, Some(fault)) => waiting.push((endpoint, fault)),
            (None, None) => waiting.retain(|(address, _)| *address != endpoint),
        }
        Ok(())
    }

    pub fn descriptor(&self) -> Result<RawDescriptor> {
        self.program()?.mailbox.descriptor()
    }

    pub fn close(&self) {
        self.gate.shut();
        if let Kind::Program(program) = &self.kind {
            program.mailbox.close();
        }
        self.unplug();
        self.gate.wait_until_empty();
    }
}

impl Program {
    fn plugged(&self) -> Result<Arc<Plugged>> {
        lock(&self.plugged).clone().ok_or_else(not_plugged)
    }

    /// An endpoint that the device has in some setting.
    fn endpoint(&self, address: u8) -> Result<Endpoint> {
        lock(&self.description).endpoints(address).pop().ok_or_else(|| no_endpoint(address))
    }
}

fn no_endpoint(address: u8) -> Error {
    Error::invalid(format!("the device's descriptors have no endpoint 0x{address:02x}"))
}

fn not_plugged() -> Error {
    Error::new(Status::NoDevice, "the virtual device is not plugged in; usbx_virtual_plug does that")
}

fn closed() -> Error {
    Error::new(Status::Closed, "another thread closed the virtual device meanwhile")
}
