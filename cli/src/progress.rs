//! The progress of a long transfer: a line on the terminal while it runs.

use crate::message::tell;
use indicatif::{DecimalBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{stderr, IsTerminal};
use std::time::{Duration, Instant};

pub struct Progress {
    bar: ProgressBar,
    shown: bool,
    /// The time of the next line, if there is no terminal to draw on and progress was requested.
    next_line: Option<Instant>,
    begin: Instant,
}

const LINE_EVERY: Duration = Duration::from_secs(1);

impl Progress {
    /// `total`: the number of bytes, if known. `asked`: show progress also where it is not shown by default.
    pub fn new(total: Option<u64>, asked: bool, by_default: bool) -> Progress {
        let terminal = stderr().is_terminal();
        let shown = terminal && (asked || by_default);
        let target = if shown { ProgressDrawTarget::stderr_with_hz(10) } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(total, target);
        let template = match total {
            Some(_) => "[{bar:24}] {percent:>3} %  {decimal_bytes}  {decimal_bytes_per_sec}  {eta} left",
            None => "{spinner} {decimal_bytes}  {decimal_bytes_per_sec}  {elapsed}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> ").tick_chars("-\\|/ "));
        }
        let begin = Instant::now();
        Progress { bar, shown, next_line: (asked && !terminal).then(|| begin + LINE_EVERY), begin }
    }

    pub fn set(&mut self, bytes: u64) {
        self.bar.set_position(bytes);
        if self.shown {
            self.bar.tick();
        }
        if self.next_line.is_some_and(|at| at <= Instant::now()) {
            self.next_line = Some(Instant::now() + LINE_EVERY);
            tell(self.summary(bytes));
        }
    }

    /// Removes the line and prints the total.
    pub fn finish(self, bytes: u64) {
        self.bar.finish_and_clear();
        if self.shown || self.next_line.is_some() {
            tell(self.summary(bytes));
        }
    }

    fn summary(&self, bytes: u64) -> String {
        let seconds = self.begin.elapsed().as_secs_f64();
        let rate = DecimalBytes((bytes as f64 / seconds.max(1e-6)) as u64);
        format!("{bytes} bytes in {seconds:.1} s, {rate}/s")
    }
}
