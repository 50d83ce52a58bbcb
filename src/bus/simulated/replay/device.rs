//! A device to be plugged in, made of a recording.

use super::clock::Clock;
use super::options::{self, Options};
use super::script::Script;
use super::{script, Replay};
use crate::bus::simulated::description::{Description, OF_DEVICE, OF_INTERFACE};
use crate::bus::simulated::model::Model;
use crate::bus::simulated::recording::{RecordedDevice, Recording, Urb};
use crate::bus::simulated::replay_statistics::ReplayStatistics;
use crate::error::{Error, Result};
use crate::usb::{string, SetupPacket, Speed};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

type Device = (Description, Box<dyn Model>);

const SERIAL_STRING: usize = 16;

/// From "FILE[,option=value…]". A serial number takes the place of the recorded one.
pub fn device(text: &str, serial: &str) -> Result<Device> {
    let (file, options) = options::parse(text)?;
    let devices = Recording::open(Path::new(&file)).and_then(|recording| recording.choose(&options.places));
    let made = devices.and_then(|devices| {
        let statistics = Arc::new(ReplayStatistics::default());
        statistics.begin(devices.iter().map(to_play).sum());
        let (mut description, model) = chain(&file.as_str().into(), &options, devices, &statistics)?;
        if !serial.is_empty() {
            let index = description.bytes()[SERIAL_STRING];
            if index == 0 {
                return Err(Error::invalid("the recorded device has no serial number; give none"));
            }
            description.add_string(index, description.first_language(), serial)?;
        }
        Ok((description, model))
    });
    made.map_err(|error| error.during(format!("replay of {file}")))
}

/// The first of some devices, with the others to come in its place.
pub fn chain(
    file: &Arc<str>,
    options: &Options,
    devices: Vec<RecordedDevice>,
    statistics: &Arc<ReplayStatistics>,
) -> Result<Device> {
    let mut devices = devices.into_iter();
    let Some(first) = devices.next() else { return Err(Error::invalid("no device follows")) };
    let description = description(&first)?;
    let mut scripts: BTreeMap<u8, Script> = BTreeMap::new();
    for (endpoint, urbs) in first.endpoints {
        scripts.insert(endpoint, Script::new(urbs.into_iter().filter(|urb| is_played(endpoint, urb)).collect()));
    }
    let lasts = scripts.iter().filter_map(|(endpoint, script)| Some((script.last()?, *endpoint)));
    let last = lasts.max().map(|((_, at), endpoint)| (endpoint, at));
    let model = Replay {
        file: Arc::clone(file),
        options: options.clone(),
        scripts,
        current: BTreeMap::new(),
        request: None,
        offsets: BTreeMap::new(),
        waiting: BTreeMap::new(),
        clock: Clock::default(),
        wanted: BTreeMap::new(),
        progress: None,
        reached: 0,
        passed: 0,
        explanations: BTreeMap::new(),
        leaves: false,
        last,
        statistics: Arc::clone(statistics),
        next: devices.collect(),
    };
    Ok((description, Box::new(model)))
}

fn is_played(endpoint: u8, urb: &Urb) -> bool {
    urb.setup.map_or(endpoint != 0, |setup| is_the_models(&setup))
}

/// How many transfers that came to something.
pub fn to_play(device: &RecordedDevice) -> u64 {
    let all = device.endpoints.iter().flat_map(|(endpoint, urbs)| urbs.iter().map(move |urb| (*endpoint, urb)));
    all.filter(|(endpoint, urb)| is_played(*endpoint, urb) && !script::is_wait(urb)).count() as u64
}

/// The bus answers from the descriptors, and keeps settings and halts.
fn is_the_models(setup: &SetupPacket) -> bool {
    match (setup.request_type, setup.request) {
        // GET_STATUS, CLEAR_FEATURE, SET_FEATURE, SET_ADDRESS, GET_DESCRIPTOR, GET_ and SET_CONFIGURATION, GET_ and SET_INTERFACE
        (0x00..=0x02 | 0x80..=0x82, 0 | 1 | 3 | 5 | 6 | 8 | 9 | 10 | 11) => false,
        // Link states and delays, which hosts set for themselves (USB 3.2 section 9.4).
        (0x00, 0x30 | 0x31) => false,
        _ => true,
    }
}

fn description(device: &RecordedDevice) -> Result<Description> {
    let mut bytes = device.device_descriptor().unwrap_or_default().to_vec();
    let configurations = device.configurations();
    configurations.iter().for_each(|configuration| bytes.extend_from_slice(configuration));
    let mut description = Description::new(Speed::Unknown, &bytes)?;
    description.selected = device.configuration;
    let strings = || device.descriptors.iter().filter(|(key, _)| key.kind == string::STRING && !key.of_interface);
    // The order of the table is that of the strings.
    let table =
        strings().find(|(key, _)| key.number == 0).and_then(|(_, bytes)| string::units(bytes)).unwrap_or_default();
    let mut all: Vec<_> = strings().filter(|(key, _)| key.number != 0).collect();
    all.sort_by_key(|(key, _)| table.iter().position(|language| *language == key.index).unwrap_or(usize::MAX));
    for (key, bytes) in all {
        if let Some(units) = string::units(bytes) {
            description.add_string(key.number, key.index, &String::from_utf16_lossy(&units))?;
        }
    }
    for (key, bytes) in &device.descriptors {
        let recipient = if key.of_interface { OF_INTERFACE | (key.index & 0xff) } else { OF_DEVICE };
        // Device, configuration and string descriptors are there already.
        if key.of_interface || key.kind > string::STRING {
            description.add_descriptor(key.kind, key.number, recipient, bytes)?;
        }
    }
    Ok(description)
}
