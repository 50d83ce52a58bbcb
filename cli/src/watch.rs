//! `usbx watch`: devices that come and go.

use crate::failure::{Failure, Result, TIMEOUT};
use crate::interrupt;
use crate::list::{line, Described};
use crate::target::Kind;
use crate::values::seconds;
use serde::Serialize;
use std::io::{stdout, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};
use usbx::tool::{open_watch, Event, Filter, Status, Wait};

/// Shows devices that come and go, one per line
///
/// Devices that are present come first, as arrivals. A device arrives when it can be opened.
#[derive(clap::Args, Debug)]
#[group(skip)]
pub struct Options {
    /// Only devices with these IDs; VID: for all devices of a vendor
    #[arg(short, long, value_name = "VID:[PID]")]
    pub device: Option<Kind>,
    /// Ends after this many events
    #[arg(short = 'n', long, value_name = "NUMBER")]
    pub count: Option<u64>,
    /// Ends after this time; with --count that is exit code 6
    #[arg(short, long, value_name = "SECONDS", value_parser = seconds)]
    pub timeout: Option<Duration>,
    /// Prints a JSON object for each event: "event", "arrived" or "left", and "device", as 'usbx list --json' shows it
    #[arg(long)]
    pub json: bool,
}

#[derive(Serialize)]
struct Reported<'a> {
    event: &'a str,
    device: Described<'a>,
}

pub fn run(options: &Options) -> Result<()> {
    let Kind { vendor, product } = options.device.unwrap_or_default();
    let watch = open_watch(Filter { vendor_id: vendor, product_id: product })?;
    let stopped = Arc::downgrade(&watch);
    interrupt::calls(move || {
        let _ = stopped.upgrade().map(|watch| watch.close());
    })?;
    let end = options.timeout.and_then(|time| Instant::now().checked_add(time));
    let mut reported = 0;
    while options.count.map_or(true, |count| reported < count) {
        let left = end.map(|end| end.saturating_duration_since(Instant::now()));
        let change = match watch.next(left.map_or(Wait::Forever, Wait::For)) {
            Ok(Some(change)) => change,
            Ok(None) => {
                let missed = |count| Err(Failure::new(TIMEOUT, format!("timeout; {reported} of {count} events came")));
                return options.count.map_or(Ok(()), missed);
            }
            Err(error) if error.status == Status::Closed && interrupt::came() => return Err(interrupt::failure("")),
            Err(error) => return Err(error.into()),
        };
        let event = match change.event {
            Event::Arrived => "arrived",
            Event::Left => "left",
        };
        let text = match options.json {
            true => serde_json::to_string(&Reported { event, device: Described::new(&change.info) })
                .map_err(Failure::of_lines)?,
            false => format!("{event:<7}  {}", line(&change.info)),
        };
        let mut output = stdout().lock();
        writeln!(output, "{text}").and_then(|()| output.flush()).map_err(Failure::of_lines)?;
        reported += 1;
    }
    watch.close();
    Ok(())
}
