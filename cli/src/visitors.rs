//! Who has the devices of a share: a line for each that comes or goes, and on a terminal one with the rates, while it runs.

use crate::message::tell;
use indicatif::{DecimalBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{stderr, IsTerminal};
use std::time::{Duration, Instant};
use usbx::tool::Visit;

pub struct Visitors {
    bar: ProgressBar,
    on_terminal: bool,
    shown: bool,
    before: Vec<Visit>,
    /// Of the rates: what had been moved, and when.
    counted: Vec<Visit>,
    since: Instant,
}

const RATE_EVERY: Duration = Duration::from_secs(1);

impl Visitors {
    pub fn new(asked: bool) -> Visitors {
        let on_terminal = stderr().is_terminal();
        let target = if on_terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template("{msg}") {
            bar.set_style(style);
        }
        let (before, counted) = (Vec::new(), Vec::new());
        Visitors { bar, on_terminal, shown: on_terminal || asked, before, counted, since: Instant::now() }
    }

    pub fn look(&mut self, now: Vec<Visit>) {
        if !self.shown {
            return;
        }
        let is_in = |all: &[Visit], one: &Visit| all.iter().any(|other| other.number == one.number);
        if self.before.iter().any(|one| !is_in(&now, one)) {
            // Its rate is no longer true.
            self.bar.set_message(String::new());
        }
        self.before.iter().filter(|one| !is_in(&now, one)).for_each(|one| {
            self.say(&format!("{} has returned {}", who(one), one.busid));
        });
        now.iter().filter(|one| !is_in(&self.before, one)).for_each(|one| {
            self.say(&format!("{} has {}", who(one), one.busid));
        });
        let elapsed = self.since.elapsed();
        if self.on_terminal && elapsed >= RATE_EVERY {
            let rates: Vec<String> = now.iter().map(|one| self.rate(one, elapsed)).collect();
            self.bar.set_message(rates.join("   "));
            (self.counted, self.since) = (now.clone(), Instant::now());
        }
        self.before = now;
    }

    fn rate(&self, one: &Visit, elapsed: Duration) -> String {
        let counted = self.counted.iter().find(|other| other.number == one.number).map_or(0, |other| other.moved);
        let rate = (one.moved - counted) as f64 / elapsed.as_secs_f64();
        format!("{} {}/s", one.busid, DecimalBytes(rate as u64))
    }

    fn say(&self, line: &str) {
        if self.on_terminal {
            self.bar.println(line);
        } else {
            tell(line);
        }
    }
}

impl Drop for Visitors {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn who(visit: &Visit) -> String {
    visit.from.map_or_else(|| "a program of this computer".to_owned(), |address| address.to_string())
}
