//! The thread of a device that a client has taken: opening, closing, and the requests that may wait for the device.

use crate::device::Device;
use crate::error::{Error, Result, Status};
use crate::share::exports::Source;
use crate::share::handover::Handover;
use crate::share::outcome;
use crate::sys::{start_thread, with_buffer};
use crate::usb::SetupPacket;
use std::sync::Arc;
use std::thread::JoinHandle;

/// What the thread has to say.
pub enum Done {
    /// The device with all its interfaces claimed, or why not.
    Opened(Result<Arc<Device>>),
    /// The request that was handed over is carried out: its status.
    Carried(i32),
    /// The device is given back; the thread is about to end.
    Closed,
}

/// How a client hands requests over. Dropped, it lets the device go.
pub struct Worker {
    jobs: Arc<Handover<SetupPacket>>,
}

const CLEAR_FEATURE: u8 = 1;
const SET_FEATURE: u8 = 3;
const SET_ADDRESS: u8 = 5;
const SET_CONFIGURATION: u8 = 9;
const SET_INTERFACE: u8 = 11;

const TO_HOST: u8 = 0x80;
const TO_DEVICE: u8 = 0;
const TO_INTERFACE: u8 = 1;
const TO_ENDPOINT: u8 = 2;
/// A class request to a hub's port.
const TO_PORT: u8 = 0x23;
const ENDPOINT_HALT: u16 = 0;
const PORT_RESET: u16 = 4;

/// How long a request has, in milliseconds.
const TIMEOUT: u32 = 5000;

impl Worker {
    /// Begins with opening the device at a path.
    pub fn start(
        source: Arc<dyn Source>,
        path: String,
        tell: impl Fn(Done) + Send + 'static,
    ) -> Result<(Worker, JoinHandle<()>)> {
        let jobs = Arc::new(Handover::default());
        let taken = Arc::clone(&jobs);
        let thread = start_thread("usbx-shared", move || work(&*source, &path, &taken, tell));
        let none = |error| Error::new(Status::NoMem, format!("the system starts no thread: {error}"));
        Ok((Worker { jobs }, thread.map_err(none)?))
    }

    /// Whether a request is one for this thread: it changes what the library keeps, or is the host's own business.
    pub fn is_for(setup: &SetupPacket) -> bool {
        let SetupPacket { request_type, request, value, .. } = *setup;
        is_reset(setup)
            || match (request_type & !TO_HOST, request) {
                (TO_DEVICE, SET_ADDRESS | SET_CONFIGURATION) | (TO_INTERFACE, SET_INTERFACE) => true,
                (TO_ENDPOINT, CLEAR_FEATURE) => value == ENDPOINT_HALT,
                _ => false,
            }
    }

    pub fn hand_over(&self, setup: SetupPacket) {
        self.jobs.give(setup);
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.jobs.end();
    }
}

/// A client's way to reset the device: its own hub's request, which a hub would never see.
fn is_reset(setup: &SetupPacket) -> bool {
    (setup.request_type, setup.request, setup.value) == (TO_PORT, SET_FEATURE, PORT_RESET)
}

fn work(source: &dyn Source, path: &str, jobs: &Handover<SetupPacket>, tell: impl Fn(Done)) {
    let device = match open(source, path) {
        Ok(device) => device,
        Err(error) => return tell(Done::Opened(Err(error))),
    };
    tell(Done::Opened(Ok(Arc::clone(&device))));
    while let Some(setup) = jobs.wait() {
        tell(Done::Carried(carry_out(&device, setup)));
    }
    device.close();
    tell(Done::Closed);
}

fn open(source: &dyn Source, path: &str) -> Result<Arc<Device>> {
    let device = source.open(path)?;
    let claimed = device.set_auto_detach(true).and_then(|()| claim_all(&device));
    if let Err(error) = claimed {
        device.close();
        return Err(error);
    }
    Ok(Arc::new(device))
}

fn claim_all(device: &Device) -> Result<()> {
    interfaces(device)?.into_iter().try_for_each(|interface| device.claim(interface))
}

fn interfaces(device: &Device) -> Result<Vec<u8>> {
    let mut numbers: Vec<u8> = device.interfaces()?.iter().map(|(setting, _)| setting.interface).collect();
    numbers.dedup();
    Ok(numbers)
}

fn carry_out(device: &Device, setup: SetupPacket) -> i32 {
    let carried = match (setup.request_type & !TO_HOST, setup.request) {
        _ if is_reset(&setup) => device.reset(),
        // The host has given it one.
        (TO_DEVICE, SET_ADDRESS) => Ok(()),
        (TO_DEVICE, SET_CONFIGURATION) => configure(device, setup),
        _ => control(device, setup),
    };
    match carried.map_err(|error| error.status) {
        Ok(()) => outcome::OK,
        // What the device does not have it refuses.
        Err(Status::NotFound | Status::InvalidParam) => outcome::PIPE,
        Err(status) => outcome::number(status),
    }
}

fn control(device: &Device, setup: SetupPacket) -> Result<()> {
    with_buffer(&mut [], |buffer| device.control(setup, buffer, TIMEOUT)).result
}

/// Another configuration has other interfaces: those of before are given back, and those of after claimed.
fn configure(device: &Device, setup: SetupPacket) -> Result<()> {
    let value = setup.value as u8;
    if device.configuration()? == value {
        return control(device, setup);
    }
    // One that is not there is refused before anything is given back.
    let before = interfaces(device)?;
    for interface in &before {
        // What is lost is free, too.
        let _ = device.release(*interface);
    }
    let selected = device.set_configuration(value);
    claim_all(device).and(selected)
}
