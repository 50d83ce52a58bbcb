//! Prepares an endpoint for use: finds its interface, claims it and selects the alternate setting.

use crate::failure::{Failure, Result, BUSY, NOT_FOUND, USAGE};
use crate::target::Open;
use crate::values::number;
use usbx::tool::{Device, Direction, Endpoint};

#[derive(clap::Args, Debug)]
#[group(skip)]
pub struct Options {
    /// Alternate setting to select; default: the first one that has the endpoint
    #[arg(long, value_name = "NUMBER", value_parser = number::<u8>)]
    pub alt: Option<u8>,
    /// Takes the interface from a kernel driver, which gets it back at the end
    #[arg(long)]
    pub detach: bool,
    /// Clears the endpoint's halt first
    #[arg(long)]
    pub clear_halt: bool,
}

const DETACH: &str = "with --detach, usbx takes the interface from a kernel driver while it runs";

/// Claims the endpoint's interface and selects its alternate setting.
pub fn prepare(device: &Open, way: Direction, address: u8, options: &Options) -> Result<Endpoint> {
    let endpoints = device.endpoints()?;
    let wanted = |endpoint: &&Endpoint| {
        endpoint.address == address && options.alt.map_or(true, |alt| endpoint.alt_setting == alt)
    };
    let endpoint = endpoints.iter().filter(wanted).min_by_key(|endpoint| endpoint.alt_setting);
    let endpoint = endpoint.cloned().ok_or_else(|| missing(device, address, options, &endpoints))?;
    match (way, address & 0x80 != 0) {
        (Direction::In, true) | (Direction::Out, false) => {}
        (Direction::In, false) => return Err(wrong_way(address, "an OUT", "write")),
        (Direction::Out, true) => return Err(wrong_way(address, "an IN", "read")),
    }
    claim(device, endpoint.interface, options.detach)?;
    if endpoint.alt_setting != 0 {
        device.set_alt_setting(endpoint.interface, endpoint.alt_setting)?;
    }
    if options.clear_halt {
        device.clear_halt(address)?;
    }
    Ok(endpoint)
}

pub fn claim(device: &Device, interface: u8, detach: bool) -> Result<()> {
    if detach {
        device.detach_kernel_driver(interface)?;
    }
    device.claim(interface).map_err(|error| match detach {
        true => Failure::from(error),
        false => Failure::from(error).hint(BUSY, DETACH),
    })
}

fn wrong_way(address: u8, way: &str, command: &str) -> Failure {
    Failure::new(USAGE, format!("endpoint 0x{address:02x} is {way} endpoint; use 'usbx {command}'"))
}

fn missing(device: &Device, address: u8, options: &Options, endpoints: &[Endpoint]) -> Failure {
    let setting = options.alt.map_or_else(String::new, |alt| format!(" in alternate setting {alt}"));
    let listed: Vec<String> = endpoints
        .iter()
        .map(|e| {
            let setting = if e.alt_setting == 0 { String::new() } else { format!(" setting {}", e.alt_setting) };
            let (kind, way) = (e.transfer_type.name(), e.direction_name());
            format!("0x{:02x} ({kind} {way}, interface {}{setting})", e.address, e.interface)
        })
        .collect();
    let there = if listed.is_empty() { "no endpoint".to_owned() } else { listed.join(", ") };
    Failure::new(NOT_FOUND, format!("{device} has no endpoint 0x{address:02x}{setting}; it has {there}"))
}
