//! Strings, asked of the device in the ways that hosts know. Some devices answer one of them only.

use super::control::descriptor_request;
use super::submission::Request;
use super::Device;
use crate::error::{Error, Result, Status};
use crate::sync::atomic::Ordering;
use crate::sys::with_buffer;
use crate::text::list;
use crate::usb::string::{text, units, ENGLISH, STRING};
use std::time::{Duration, Instant};

/// How long a device has for everything that one string takes.
const WHOLE_CALL: Duration = Duration::from_secs(5);

/// How long for the request of 255 bytes: some devices never answer that. Twice what USB 2.0 section 9.2.6.4 allows for a request.
const LONG_REQUEST: Duration = Duration::from_secs(1);

impl Device {
    pub fn get_string(&self, index: u8, language: u16) -> Result<String> {
        let what = format!("get string {index}");
        self.string(index, language).map_err(|e| e.during(format!("{what} of {self}")))
    }

    fn string(&self, index: u8, language: u16) -> Result<String> {
        if index == 0 {
            return Err(Error::invalid("index 0 is the table of languages, not a string; a descriptor's 0 means none"));
        }
        let deadline = Instant::now() + WHOLE_CALL;
        let asked = match language {
            0 => self.first_language(deadline)?,
            language => language,
        };
        let answer = self.string_units(index, asked, deadline);
        match answer
            .map_err(|error| if language == 0 { error } else { self.or_no_such_language(error, language, deadline) })?
        {
            Some(units) => Ok(text(&units)),
            None => Err(Error::new(Status::Io, "the device's answer is not a string descriptor")),
        }
    }

    /// The first language of the table. A device without a table, or with one that makes no sense, is asked for English.
    fn first_language(&self, deadline: Instant) -> Result<u16> {
        match self.string_units(0, 0, deadline) {
            Ok(languages) => Ok(languages.unwrap_or_default().first().copied().unwrap_or(ENGLISH)),
            Err(error) if error.status == Status::Pipe => Ok(ENGLISH),
            Err(error) => Err(error),
        }
    }

    /// Why a string was refused: maybe the device has none in that language.
    fn or_no_such_language(&self, error: Error, language: u16, deadline: Instant) -> Error {
        if error.status != Status::Pipe {
            return error;
        }
        match self.string_units(0, 0, deadline) {
            Ok(Some(languages)) if !languages.is_empty() && !languages.contains(&language) => {
                let there = list(languages.iter().map(|language| format!("0x{language:04x}")));
                let reason = format!("the device has no language 0x{language:04x}; it has {there}");
                Error::new(Status::NotFound, reason)
            }
            _ => error,
        }
    }

    /// The units of a string descriptor; `None` if the device answered something else.
    fn string_units(&self, index: u8, language: u16, deadline: Instant) -> Result<Option<Vec<u16>>> {
        let ask = |length: u8, time: Duration| {
            let mut answer = vec![0; usize::from(length)];
            let setup = descriptor_request(STRING, index, language, length.into());
            let left = time.min(deadline.saturating_duration_since(Instant::now()));
            // 0 would be no limit.
            let timeout_ms = (left.as_millis() as u32).max(1);
            let outcome = with_buffer(&mut answer, |buffer| self.run(&Request::Control(setup), buffer, timeout_ms));
            answer.truncate(outcome.transferred);
            outcome.result.map(|()| answer)
        };
        let refused = if self.length_first.load(Ordering::Relaxed) {
            true
        } else {
            match ask(u8::MAX, LONG_REQUEST) {
                Ok(answer) => match units(&answer) {
                    Some(units) => return Ok(Some(units)),
                    None => false,
                },
                Err(error) if is_refusal(error.status) => true,
                Err(error) => return Err(error),
            }
        };
        let head = ask(2, WHOLE_CALL)?;
        if units(&head).is_none() {
            return Ok(None);
        }
        let answer = ask(head[0], WHOLE_CALL)?;
        if refused {
            self.length_first.store(true, Ordering::Relaxed);
        }
        Ok(units(&answer))
    }
}

/// What a device that cannot answer a long request may do in place of that.
fn is_refusal(status: Status) -> bool {
    matches!(status, Status::Pipe | Status::Timeout | Status::Io | Status::Overflow)
}
