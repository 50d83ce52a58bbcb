//! `usbx control`: one control request.

use crate::failure::Result;
use crate::interrupt;
use crate::output::{self, Output};
use crate::request::{data, Request, RequestType};
use crate::target::Target;
use crate::values::{number, seconds};
use std::sync::Arc;
use std::time::Duration;
use usbx::tool::Status;

/// Sends a control request and moves its data
///
/// TYPE is bmRequestType, as a number (0xc0) or as words separated by commas: in or out; standard (the default), class or
/// vendor; device (the default), interface, endpoint or other. "vendor,in" is 0xc0.
///
/// For an IN request the last argument is how many bytes to ask for. For an OUT request it is the data: bytes in hexadecimal, in one
/// word or several, or @FILE, or @- for standard input; leave it out to send no data.
///
/// A request to an interface or an endpoint, except a vendor request, needs a claim of that interface: usbx claims it for the request.
#[derive(clap::Args, Debug)]
#[group(skip)]
pub struct Options {
    /// VID:PID, VID:PID:SERIAL or path
    pub device: Target,
    /// bmRequestType: a number, or words such as vendor,in
    #[arg(value_name = "TYPE")]
    pub request_type: RequestType,
    /// bRequest
    #[arg(value_parser = number::<u8>)]
    pub request: u8,
    /// wValue
    #[arg(value_parser = number::<u16>)]
    pub value: u16,
    /// wIndex
    #[arg(value_parser = number::<u16>)]
    pub index: u16,
    /// How many bytes to ask for (IN), or the bytes to send (OUT)
    #[arg(value_name = "LENGTH|DATA")]
    pub data: Vec<String>,
    /// How long the device may take; 0: forever
    #[arg(short, long, value_name = "SECONDS", value_parser = seconds, default_value = "1")]
    pub timeout: Duration,
    #[command(flatten)]
    pub output: output::Options,
    /// Takes the interface from a kernel driver, which gets it back at the end
    #[arg(long)]
    pub detach: bool,
}

pub fn run(options: &Options) -> Result<()> {
    let Options { request_type, request, value, index, .. } = *options;
    let request = Request { request_type, request, value, index, data: data(request_type, &options.data)? };
    let device = options.device.open()?;
    let stopped = Arc::downgrade(&device.0);
    interrupt::calls(move || {
        let _ = stopped.upgrade().map(|device| device.cancel(0));
    })?;
    let (data, outcome) = request.send(&device, options.timeout, options.detach)?;
    if request.is_in() && outcome.transferred > 0 {
        Output::open(&options.output)?.write(&data)?;
    }
    match outcome.result {
        Err(error) if error.status == Status::Cancelled && interrupt::came() => Err(interrupt::failure(error.reason)),
        result => Ok(result?),
    }
}
