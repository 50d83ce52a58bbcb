//! A device that breaks the rules: the fuzzer's bytes decide each answer. When they are used up, it is silent.

use super::input::Input;
use crate::bus::simulated::{Answer, Description, HostEvent, Model, Request};
use crate::error::Result;
use crate::usb::string::ENGLISH;
use crate::usb::{Endpoint, Speed};
use std::cell::RefCell;
use std::time::{Duration, Instant};

pub struct Liar {
    input: RefCell<Input>,
    was_silent: bool,
}

/// Strings that are difficult to copy.
const STRINGS: [&str; 6] = ["liar", "", "a\0b", "𝄞", "ÿ\u{feff}\u{202e}", LONG];
const LONG: &str = "012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789\
                    😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀\
                    €€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€€";

const ADDRESSES: [u8; 8] = [0x81, 0x02, 0x83, 0x04, 0x85, 0x06, 0x80, 0x00];
const SIZES: [u16; 8] = [64, 512, 1024, 1, 0, 2047, 0x1400, 0xffff];

/// What it says of itself, and what it does. One that no host would see is refused.
pub fn liar(mut input: Input) -> Result<(Description, Box<dyn Model>)> {
    let mut device = [18, 1, 0, 2, 0, 0, 0, 64, 0x09, 0x12, 0x01, 0x00, 0x00, 0x01, 1, 2, 3, 1];
    if input.one_in(8) {
        device[usize::from(input.byte()) % 18] = input.byte();
    }
    let speed = Speed::from_number(input.byte() % 6);
    let mut description = Description::new(speed, &[&device[..], &configuration(&mut input)].concat())?;
    for index in 1..=3 {
        if !input.one_in(8) {
            // One that is too long is refused.
            let _ = description.add_string(index, ENGLISH, input.of(&STRINGS));
        }
    }
    Ok((description, Box::new(Liar { input: RefCell::new(input), was_silent: false })))
}

/// A configuration as a device may describe it.
pub fn configuration(input: &mut Input) -> Vec<u8> {
    let mut all = vec![9, 2, 0, 0, 1, 1, 0, 0x80, 50, 9, 4, 0, 0, 1, 0xff, 0, 0, 0];
    for _ in 0..input.byte() % 12 {
        let begin = all.len();
        match input.byte() % 8 {
            0 => all.extend([9, 4, input.byte() % 3, input.byte() % 3, 1, 0xff, 0, 0, 0]),
            1 => all.extend([6, 48, input.byte(), input.byte(), input.byte(), input.byte()]),
            2 => {
                let length = usize::from(input.byte()) % 16;
                all.extend(input.take(length));
            }
            _ => {
                let [low, high] = input.of(&SIZES).to_le_bytes();
                all.extend([7, 5, input.of(&ADDRESSES), input.byte(), low, high, input.byte() % 20]);
            }
        }
        if input.one_in(16) && all.len() > begin {
            all[begin] = input.byte();
        }
    }
    let total = if input.one_in(8) { input.word() } else { all.len() as u16 };
    all[2..4].copy_from_slice(&total.to_le_bytes());
    if input.one_in(16) {
        all.truncate(usize::from(input.byte()));
    }
    all
}

impl Model for Liar {
    fn host(&mut self, _: HostEvent) {}

    fn control(&mut self, _: &Request<'_>, _: Instant) -> Answer {
        let input = self.input.get_mut();
        // Once: each silence takes the five seconds that a call has, and an input has ten in all.
        if !self.was_silent && input.one_in(16) {
            self.was_silent = true;
            return Answer::Nak;
        }
        answer(input).into()
    }

    fn answers_standard_requests(&self) -> bool {
        true
    }

    fn send(&mut self, _: &Endpoint, packet: &mut [u8], _: Instant) -> Option<usize> {
        let input = self.input.get_mut();
        let room = packet.len();
        let length = match input.byte() % 8 {
            0 => return None,
            1 => usize::from(input.byte()),
            2 => room.wrapping_sub(1),
            3 => room + 1,
            4 => usize::from(input.word()),
            5 => usize::MAX,
            _ => room,
        };
        let written = length.min(room);
        packet[..written].fill(0x5a);
        Some(length)
    }

    fn receive(&mut self, _: &Endpoint, _: &[u8]) -> bool {
        self.input.get_mut().byte() % 4 != 0
    }

    fn due(&self, _: u8, now: Instant) -> Option<Instant> {
        match self.input.borrow_mut().byte() % 5 {
            0 => None,
            1 => now.checked_sub(Duration::from_secs(1)),
            2 => Some(now),
            3 => Some(now + Duration::from_micros(50)),
            _ => now.checked_add(Duration::from_secs(u64::from(u32::MAX))),
        }
    }
}

/// To a control request, whatever it was.
fn answer(input: &mut Input) -> Option<Vec<u8>> {
    let length = match input.byte() % 8 {
        0 => return None,
        1 => 0,
        2 => usize::from(input.word()),
        // A table of languages.
        3 => return Some(vec![4, 3, 0x09, 0x04]),
        4 => {
            // A string, of any length, of any units: halves of surrogate pairs among them.
            let length = usize::from(input.byte());
            let mut text = vec![input.of(&[(length as u8).saturating_add(2), 255, 0, 1, 3]), 3];
            text.extend(input.take(length));
            return Some(text);
        }
        _ => usize::from(input.byte()),
    };
    let mut content = input.take(length.min(300)).to_vec();
    content.resize(length, 0xd8);
    Some(content)
}
