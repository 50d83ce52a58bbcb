//! Captures as anybody may have written them: any bytes as a file, or a file that is right around any packets. Devices that can be played
//! are played, to a host that does anything.

use super::input::Input;
use crate::bus::simulated::play;
use crate::bus::simulated::recording::samples::{capture, Format};
use crate::bus::simulated::recording::{Recording, Urb};

pub fn run(mut input: Input) {
    let kind = input.byte();
    if kind % 4 == 0 {
        return check(input.rest(), &[]);
    }
    let steps = usize::from(input.byte());
    let steps = input.take(steps).to_vec();
    let format = if kind & 4 == 0 { Format::Pcap } else { Format::PcapNg };
    let big_endian = kind & 8 != 0;
    let link_type = input.of(&[220, 249, 189, 1]);
    let mut packets = Vec::new();
    while !input.is_empty() {
        let length = usize::from(input.byte());
        packets.push(input.take(length).to_vec());
    }
    check(&capture(format, big_endian, link_type, &packets), &steps);
}

fn check(file: &[u8], steps: &[u8]) {
    let recording = match Recording::read(file) {
        Ok(recording) => recording,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let mut bytes = 0;
    for device in &recording.devices {
        assert!(device.first <= device.last);
        for urbs in device.endpoints.values() {
            // What was pending when the capture began stands before what was submitted in it, and has the frame of its end.
            let (recorded, before): (Vec<&Urb>, Vec<&Urb>) =
                urbs.iter().partition(|urb| urb.completion != Some(urb.frame));
            for urbs in [recorded, before] {
                assert!(
                    urbs.windows(2).all(|two| two[0].frame < two[1].frame),
                    "transfers are in the order of the file"
                );
            }
            urbs.iter().for_each(check_urb);
            bytes += urbs.iter().map(|urb| urb.data.len()).sum::<usize>();
        }
    }
    assert!(bytes <= file.len(), "{bytes} bytes of data in a file of {}", file.len());
    let places: Vec<_> = recording.devices.iter().map(|device| (device.bus, device.address)).collect();
    match recording.choose(places.get(..1).unwrap_or(&[])) {
        Ok(chain) => {
            assert!(!chain.is_empty() && chain.iter().all(|device| device.is_complete()));
            play(chain, steps);
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

fn check_urb(urb: &Urb) {
    assert!(
        urb.received().len() <= urb.actual as usize && urb.is_cut() == (urb.received().len() < urb.actual as usize)
    );
    assert!(urb.completion.map_or(true, |completion| completion >= urb.frame));
}
