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

/// A capture does not say in which port a device is. One that came when another was never heard of again is taken for its return, if
/// that one was seen to be unplugged, or is of the same vendor and was in use or had this one's address.
fn follows(before: &RecordedDevice, after: &RecordedDevice) -> bool {
    let vendor = |device: &RecordedDevice| device.ids().map(|(vendor, _)| vendor);
    let had_to_leave = before.is_used() || before.address == after.address;
    let may_be_it = before.gone || had_to_leave && vendor(before) == vendor(after);
    before.bus == after.bus && after.first > before.last && may_be_it
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
            let has_one = rest.iter().any(|device| device.device_descriptor().is_some());
            let missing = if has_one { "whole configuration descriptor" } else { "descriptors" };
            let reason = format!("the recording has no {missing} of any of its devices, {there}: {HOW}");
            Error::new(Status::NotFound, reason)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::*;
    use super::*;

    fn usbpcap(address: u16, product: u8, extra: &[Usbpcap]) -> Vec<Vec<u8>> {
        let mut descriptor = DEVICE;
        descriptor[10] = product;
        let mut requests = setting_up();
        requests[0].1 = &descriptor;
        let all = requests.iter().flat_map(|request| usbpcap_request(false, *request));
        let to_device = all.map(|mut bytes| {
            bytes[19..21].copy_from_slice(&address.to_le_bytes());
            bytes
        });
        to_device.chain(extra.iter().map(Usbpcap::bytes)).collect()
    }

    /// USBPcap begins with the descriptors of all that is plugged in, two devices of one vendor among them.
    #[test]
    fn a_device_that_was_not_used_has_not_come_back_as_another() {
        let read = Usbpcap { device: 6, completes: true, data: b"x", ..Usbpcap::default() };
        let packets = [usbpcap(5, 1, &[]), usbpcap(6, 2, &[read])].concat();
        let file = capture(Format::Pcap, false, 249, &packets);
        let choose = |places: &[Place]| Recording::read(&file[..]).and_then(|recording| recording.choose(places));
        let error = choose(&[]).unwrap_err().to_string();
        assert!(error.contains("several devices, 2.5 (4711:0801) and 2.6 (4711:0802)"), "{error}");
        let addresses = |places: &[Place]| choose(places).unwrap().iter().map(|d| d.address).collect::<Vec<_>>();
        assert_eq!(addresses(&[(2, 5)]), [5]);
        assert_eq!(addresses(&[(2, 6)]), [6]);
        assert_eq!(addresses(&[(2, 5), (2, 6)]), [5, 6]);
    }

    /// libpcap asks each device for its device descriptor when a capture begins, and for no other.
    #[test]
    fn what_is_missing_of_several_devices_is_named() {
        let ask = |address| usbmon_request(true, false, 7, address, (get_descriptor(1, 0, 18), &DEVICE));
        let file = capture(Format::PcapNg, false, 220, &[ask(5), ask(6)].concat());
        let error = Recording::read(&file[..]).unwrap().choose(&[]).unwrap_err().to_string();
        let expected = "no whole configuration descriptor of any of its devices, 2.5 (4711:0815) and 2.6 (4711:0815)";
        assert!(error.contains(expected), "{error}");
    }
}
