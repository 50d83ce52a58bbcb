//! Which of a recording's devices is played, and those that came after it in the same port.

use super::device::RecordedDevice;
use super::Recording;
use crate::error::{Error, Result, Status};
use crate::text::list;

/// Bus and address: as usbmon, USBPcap and Wireshark number a device.
pub type Place = (u16, u16);

/// "1.4"
pub fn place(text: &str) -> Option<Place> {
    let (bus, address) = text.split_once('.')?;
    Some((bus.parse().ok()?, address.parse().ok()?))
}

impl Recording {
    /// The device at a place, or the only one there is; behind it those that it came back as, such as a device that has loaded its
    /// firmware. Several places are one device after another.
    pub fn choose(self, places: &[Place]) -> Result<Vec<RecordedDevice>> {
        let mut devices = self.devices;
        if devices.is_empty() {
            return Err(Error::new(Status::NotFound, "the recording has no transfer of any device"));
        }
        let (complete, rest): (Vec<_>, Vec<_>) = devices.drain(..).partition(RecordedDevice::is_complete);
        let mut chains = chains(complete, places);
        if !places.is_empty() {
            return chosen(chains, &rest, places);
        }
        match chains.len() {
            1 => Ok(chains.remove(0)),
            0 => Err(without_descriptors(&rest)),
            _ => {
                let there = list(chains.iter().map(|chain| named(&chain[0])));
                let reason = format!(
                    "the recording has several devices, {there}: choose one with the option device=BUS.ADDRESS"
                );
                Err(Error::new(Status::NotFound, reason))
            }
        }
    }
}

fn named(device: &RecordedDevice) -> String {
    let ids = device.ids().map_or(String::new(), |(vendor, product)| format!(" ({vendor:04x}:{product:04x})"));
    format!("{}.{}{ids}", device.bus, device.address)
}

/// Each a device with those that followed it. A hub is no candidate unless it is asked for.
fn chains(devices: Vec<RecordedDevice>, places: &[Place]) -> Vec<Vec<RecordedDevice>> {
    let mut chains: Vec<Vec<RecordedDevice>> = Vec::new();
    for device in devices {
        let is_asked_for = places.contains(&(device.bus, device.address));
        if device.is_hub() && !is_asked_for {
            continue;
        }
        let before = chains.iter().position(|chain| chain.last().is_some_and(|last| follows(last, &device)));
        match before.filter(|_| places.len() < 2) {
            Some(at) => chains[at].push(device),
            None => chains.push(vec![device]),
        }
    }
    chains
}

/// A capture does not say in which port a device is. One that came when another of the same vendor, or one that was seen to be
/// unplugged, was never heard of again is taken for its return.
fn follows(before: &RecordedDevice, after: &RecordedDevice) -> bool {
    let vendor = |device: &RecordedDevice| device.ids().map(|(vendor, _)| vendor);
    before.bus == after.bus && after.first > before.last && (before.gone || vendor(before) == vendor(after))
}

fn chosen(
    mut chains: Vec<Vec<RecordedDevice>>,
    rest: &[RecordedDevice],
    places: &[Place],
) -> Result<Vec<RecordedDevice>> {
    let mut chosen = Vec::new();
    for place in places {
        let is_here = |device: &RecordedDevice| (device.bus, device.address) == *place;
        match chains.iter().position(|chain| chain.iter().any(is_here)) {
            Some(at) => chosen.extend(chains.remove(at).into_iter().skip_while(|device| !is_here(device))),
            None if rest.iter().any(is_here) => {
                let only: Vec<&RecordedDevice> = rest.iter().filter(|device| is_here(device)).collect();
                return Err(incomplete(only[0]));
            }
            None => {
                let there = list(chains.iter().flatten().chain(rest).map(named));
                let reason = format!("the recording has no device {}.{}; it has {there}", place.0, place.1);
                return Err(Error::new(Status::NotFound, reason));
            }
        }
    }
    Ok(chosen)
}

const HOW: &str = "start the capture first and plug the device in then, or record with usbx --capture, which adds them";

fn incomplete(device: &RecordedDevice) -> Error {
    let missing = match device.device_descriptor() {
        None => "device descriptor",
        Some(_) => "whole configuration descriptor",
    };
    Error::new(Status::NotFound, format!("the recording has no {missing} of device {}: {HOW}", named(device)))
}

fn without_descriptors(rest: &[RecordedDevice]) -> Error {
    match rest {
        [only] => incomplete(only),
        [] => Error::new(Status::NotFound, "the recording has no device but hubs"),
        _ => {
            let there = list(rest.iter().map(named));
            let reason = format!("the recording has no descriptors of any of its devices, {there}: {HOW}");
            Error::new(Status::NotFound, reason)
        }
    }
}
