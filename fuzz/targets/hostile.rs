//! A device that breaks the rules, and a caller that makes any calls. All promises about calls hold here too.

use super::calls::Caller;
use super::device::liar;
use super::input::Input;
use crate::library;

pub fn run(mut input: Input) {
    // How much of the input is the caller's; the rest is the device's.
    let length = usize::from(input.word() % 512);
    let calls = Input::new(input.take(length));
    // One that no host would see is not plugged in.
    let plug = |(description, model)| library::with_simulated(|bus| bus.plug(description, model, 0, &[]));
    let plugged = liar(Input::new(input.rest())).and_then(plug).is_ok();
    let mut caller = Caller::new(calls);
    caller.meets_a_liar();
    if plugged {
        caller.opens("virtual/1");
    }
    caller.run();
}
