//! How long a call may take.

use std::time::{Duration, Instant};

#[derive(Clone, Copy, Debug)]
pub enum Wait {
    Forever,
    For(Duration),
    /// Only what is there.
    Not,
}

/// When a call's time is up. The clock is asked only when a call needs it, for most calls find what they want at once.
pub struct Deadline {
    wait: Wait,
    at: Option<Instant>,
}

impl Deadline {
    pub fn new(wait: Wait) -> Deadline {
        Deadline { wait, at: None }
    }

    /// `None`: never.
    pub fn instant(&mut self) -> Option<Instant> {
        match self.wait {
            Wait::Forever => None,
            Wait::For(time) => Some(*self.at.get_or_insert_with(|| Instant::now() + time)),
            Wait::Not => Some(*self.at.get_or_insert_with(Instant::now)),
        }
    }

    /// How long from now on; `None` for no limit.
    pub fn left(&mut self) -> Option<Duration> {
        match (self.wait, self.at) {
            (Wait::Not, _) => Some(Duration::from_secs(0)),
            // The first question is asked when the time begins.
            (Wait::For(time), None) => {
                self.instant();
                Some(time)
            }
            _ => self.instant().map(|at| at.saturating_duration_since(Instant::now())),
        }
    }

    pub fn is_over(&mut self) -> bool {
        matches!(self.wait, Wait::Not) || matches!(self.instant(), Some(at) if at <= Instant::now())
    }

    pub fn may_wait(&self) -> bool {
        !matches!(self.wait, Wait::Not)
    }
}
