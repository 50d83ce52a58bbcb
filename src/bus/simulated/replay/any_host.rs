//! Any host at all: what it does to a recording comes from bytes. For tests and fuzzing.

use super::options::{Match, Options};
use super::{device, Answer, HostEvent, Request, Status, WholeTransfer};
use crate::bus::simulated::model::WholePackets;
use crate::bus::simulated::recording::RecordedDevice;
use crate::bus::simulated::replay_statistics::ReplayStatistics;
use crate::error::Outcome;
use crate::sys::with_buffer;
use crate::usb::SetupPacket;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Plays devices, and panics if anything moves more than was asked for.
pub fn play(devices: Vec<RecordedDevice>, bytes: &[u8]) {
    let mut bytes = bytes.iter().copied();
    let mut next = || bytes.next();
    let choice = next().unwrap_or(0);
    let matching = [Match::Strict, Match::Setup, Match::Loose][usize::from(choice % 3)];
    let options = Options { matching, recorded_timing: choice & 0x80 != 0, places: Vec::new() };
    let seen: Vec<u8> = devices.iter().flat_map(|device| device.endpoints.keys().copied()).collect();
    let setups: Vec<SetupPacket> =
        devices.iter().filter_map(|device| device.endpoints.get(&0)).flatten().filter_map(|urb| urb.setup).collect();
    let statistics = Arc::new(ReplayStatistics::default());
    statistics.begin(devices.iter().map(device::to_play).sum());
    let Ok((_, mut model)) = device::chain(&"fuzzed".into(), &options, devices, &statistics) else { return };
    let mut now = Instant::now();
    let mut id = 0;
    while let Some(what) = next() {
        let endpoint = seen.get(usize::from(next().unwrap_or(0)) % seen.len().max(1)).copied().unwrap_or(0x81);
        now += Duration::from_millis(u64::from(what >> 4) * 100);
        match what % 8 {
            0 => model.gave_up(endpoint),
            1 => model.host(HostEvent::Abandoned(id)),
            2 | 3 if !setups.is_empty() => {
                id += u64::from(what & 1);
                let setup = &setups[usize::from(next().unwrap_or(0)) % setups.len()];
                let data = vec![next().unwrap_or(0); usize::from(setup.length)];
                if let Answer::Failed(Status::Other) = model.control(&Request { id, setup, data: &data }, now) {
                    assert!(model.explanation(0).is_some_and(|text| !text.is_empty()));
                }
            }
            _ => {
                let length = usize::from(next().unwrap_or(0)) * 8;
                let mut memory = vec![next().unwrap_or(0); length];
                let lengths = [length as u32 / 2, (length - length / 2) as u32];
                let (mut results, mut at) = (Vec::new(), 0);
                let isochronous = what & 8 != 0;
                let packets =
                    isochronous.then_some(WholePackets { lengths: &lengths, results: &mut results, at: &mut at });
                with_buffer(&mut memory, |mut buffer| {
                    let buffer = &mut buffer;
                    let mut transfer =
                        WholeTransfer { endpoint, packet_size: 64, moved: 0, packets, buffer, corrupted: None };
                    let finished = model.advance(&mut transfer, now);
                    assert!(transfer.moved <= length, "{} of {length} bytes moved", transfer.moved);
                    if finished == Some(Err(Status::Other)) {
                        assert!(model.explanation(endpoint).is_some_and(|text| !text.is_empty()));
                    }
                    Outcome { transferred: 0, result: Ok(()) }
                });
            }
        }
        if let Some(departure) = model.departure() {
            match departure.next {
                Some((_, next)) => model = next,
                None => return,
            }
        }
    }
    let progress = statistics.progress();
    assert!(progress.departures > 0 || progress.departure.is_empty());
}
