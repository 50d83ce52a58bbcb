//! Control requests: those of classes and vendors, and the standard ones that are not about descriptors and settings.

use super::options::Match;
use super::{words, Replay};
use crate::bus::simulated::model::{Answer, Request};
use crate::bus::simulated::recording::{Outcome, Urb};
use crate::error::Status;
use crate::usb::{Direction, SetupPacket};
use std::time::Instant;

impl Replay {
    pub(super) fn answer(&mut self, request: &Request<'_>, now: Instant) -> Answer {
        let at = match self.request {
            Some((id, at)) if id == request.id => at,
            _ => {
                let Some(at) = self.choose(request) else { return Answer::Failed(Status::Other) };
                let submitted = self.script(0).urb(at).submitted;
                self.clock.begin(submitted, now);
                self.take(0, at);
                self.request = Some((request.id, at));
                at
            }
        };
        if self.held_back(0, at, now) {
            return Answer::Nak;
        }
        let Some(ending) = self.ending(0, at) else { return Answer::Nak };
        self.request = None;
        self.step(0, at, now);
        if ending != Err(Status::Other) {
            self.statistics.played();
        }
        match ending {
            Ok(()) if request.setup.direction() == Direction::In => {
                Answer::Data(self.script(0).urb(at).received().to_vec())
            }
            Ok(()) => Answer::Data(Vec::new()),
            Err(Status::Pipe) => Answer::Stall,
            Err(status) => Answer::Failed(status),
        }
    }

    /// Which one of the recorded requests it is.
    fn choose(&mut self, request: &Request<'_>) -> Option<usize> {
        let is_strict = self.options.matching == Match::Strict;
        let is_same = |urb: &Urb| {
            urb.setup.as_ref() == Some(request.setup)
                && (!is_strict || request.setup.direction() == Direction::In || is_payload(urb, request.data))
        };
        let script = self.scripts.entry(0).or_default();
        if self.options.matching == Match::Loose {
            let is_answered = |urb: &Urb| is_same(urb) && urb.outcome != Outcome::Unknown;
            let found = script.find(is_answered).or_else(|| script.find_again(is_answered));
            if found.is_none() {
                let got = words::request(request.setup, request.data);
                let what = format!("{} has no such request: {got}", self.file);
                let _ = self.departs(0, None, what);
            }
            return found;
        }
        let next = script.find(|urb| urb.setup.as_ref().map(recipient) == Some(recipient(request.setup)));
        if let Some(at) = next.filter(|at| is_same(script.urb(*at))) {
            return Some(at);
        }
        let got = words::request(request.setup, request.data);
        let frame = next.map(|at| script.urb(at).frame);
        let what = match next.map(|at| script.urb(at)) {
            Some(urb) => {
                let expected = words::recorded(urb);
                let difference = match urb.setup.as_ref() == Some(request.setup) {
                    true => words::difference(&urb.data, request.data),
                    false => String::new(),
                };
                let hint = "match=loose takes requests in any order";
                let frame = urb.frame;
                format!("not as in {}, frame {frame}: expected {expected}, got {got}{difference}; {hint}", self.file)
            }
            None => match script.last_frame() {
                Some(frame) => format!("{} has no request after frame {frame}; got {got}", self.file),
                None => format!("{} has no request but standard ones; got {got}", self.file),
            },
        };
        let _ = self.departs(0, frame, what);
        None
    }
}

/// Whose order a request is in. The drivers of other interfaces, as the system's for a keyboard's, ask on their own.
fn recipient(setup: &SetupPacket) -> Option<u8> {
    Some(setup.index as u8).filter(|_| setup.request_type & 0x1f == 1)
}

/// Whether the host sends what was recorded, as far as that was captured.
pub(super) fn is_payload(urb: &Urb, bytes: &[u8]) -> bool {
    let length = urb.asked.map_or(urb.data.len(), |asked| asked as usize);
    bytes.len() == length && bytes.starts_with(&urb.data)
}
