//! Which interfaces lost their kernel driver, and how they get it back. Nothing here allocates: driver_restorer's process does the same
//! for a program that died.
//!
//! A driver may hold several interfaces. cdc_acm lets go of all of them when it is taken from one, and binds only while all are free.
//! snd-usb-audio lets go of that one alone, but binds to the first of its function alone, and takes then what is free.

use super::usbfs;
use std::fs::File;
use std::io;

/// A set of interfaces, by their numbers. usbfs lets no program claim one from 64 on.
#[repr(transparent)]
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Interfaces(pub u64);

impl Interfaces {
    pub const NUMBERS: u8 = 64;

    pub fn of(interface: u8) -> Interfaces {
        Interfaces(1u64.checked_shl(interface.into()).unwrap_or(0))
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn has(self, interface: u8) -> bool {
        self.0 & Interfaces::of(interface).0 != 0
    }

    pub fn and(self, others: Interfaces) -> Interfaces {
        Interfaces(self.0 | others.0)
    }

    pub fn without(self, others: Interfaces) -> Interfaces {
        Interfaces(self.0 & !others.0)
    }

    pub fn iter(self) -> impl Iterator<Item = u8> {
        (0..Interfaces::NUMBERS).filter(move |interface| self.has(*interface))
    }
}

impl FromIterator<u8> for Interfaces {
    fn from_iter<I: IntoIterator<Item = u8>>(interfaces: I) -> Interfaces {
        interfaces.into_iter().fold(Interfaces::default(), |all, interface| all.and(Interfaces::of(interface)))
    }
}

/// The interfaces without their driver, each with those of its function that the same driver held.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Detached {
    pub lost: Interfaces,
    /// Of these, what the program has given back, and another one keeps without its driver.
    pub waiting: Interfaces,
    functions: [Interfaces; Interfaces::NUMBERS as usize],
}

impl Detached {
    pub const fn none() -> Detached {
        Detached {
            lost: Interfaces(0),
            waiting: Interfaces(0),
            functions: [Interfaces(0); Interfaces::NUMBERS as usize],
        }
    }

    pub fn note(&mut self, lost: Interfaces, function: Interfaces) {
        self.lost = self.lost.and(lost);
        self.waiting = self.waiting.without(lost);
        lost.iter().for_each(|interface| self.functions[usize::from(interface)] = function);
    }

    pub fn forget(&mut self, interfaces: Interfaces) {
        self.lost = self.lost.without(interfaces);
        self.waiting = self.waiting.without(interfaces);
    }

    /// Whether a program still has something of what waits. A driver is not disturbed for nothing.
    pub fn is_kept(&self, node: &File) -> bool {
        let by_program = |other| matches!(usbfs::driver(node, other), Ok(Some(driver)) if driver.is_usbfs());
        self.functions_of(self.waiting).iter().any(by_program)
    }

    /// Gives back what waits: whether any still does.
    pub fn give_all_back(&mut self, node: &File) -> bool {
        let tried = self.waiting;
        let kept_out = match Detached::are_driven(node, tried) {
            true => Interfaces::default(),
            false => self.give_back_or_wait(node, tried).1,
        };
        self.forget(tried.without(kept_out));
        !kept_out.is_empty()
    }

    /// Whether each of these has a driver of the kernel's.
    pub fn are_driven(node: &File, interfaces: Interfaces) -> bool {
        let driven = |interface| matches!(usbfs::driver(node, interface), Ok(Some(driver)) if !driver.is_usbfs());
        interfaces.iter().all(driven)
    }

    /// Lets drivers bind to these interfaces again: whether one did. That no driver wants one, or that one is held, is not a failure.
    fn give_back(&self, node: &File, interfaces: Interfaces) -> io::Result<bool> {
        let functions = self.functions_of(interfaces);
        // What its driver still holds of a function that has a hole: bound anew as a whole, or the hole stays.
        for interface in functions.without(interfaces).iter() {
            if matches!(usbfs::driver(node, interface), Ok(Some(driver)) if !driver.is_usbfs()) {
                let _ = usbfs::disconnect(node, interface);
            }
        }
        let (mut result, mut has_bound) = (Ok(()), false);
        for interface in functions.and(interfaces).iter() {
            match usbfs::connect(node, interface) {
                Err(error) if !matches!(error.raw_os_error(), Some(libc::ENODATA | libc::EBUSY)) => result = Err(error),
                bound => has_bound |= bound.unwrap_or(false),
            }
        }
        result.map(|()| has_bound)
    }

    /// Gives back, and returns which of these have no driver because a program still holds one of their function: another handle, or another
    /// process. Where that was so and is not any more, they are given back once more; but not where a driver has bound, which another program
    /// may have detached since.
    pub fn give_back_or_wait(&self, node: &File, interfaces: Interfaces) -> (io::Result<()>, Interfaces) {
        let driven = |interface| usbfs::driver(node, interface).ok().flatten();
        let by_program = |interface: &u8| driven(*interface).is_some_and(|driver| driver.is_usbfs());
        let is_left = |interface: &u8| self.lost.has(*interface) && driven(*interface).map_or(true, |d| d.is_usbfs());
        let mut result = self.give_back(node, interfaces);
        if interfaces.iter().any(|interface| is_left(&interface)) {
            if self.functions_of(interfaces).iter().any(|interface| by_program(&interface)) {
                return (result.map(drop), interfaces.iter().filter(is_left).collect());
            }
            if matches!(result, Ok(false)) {
                result = self.give_back(node, interfaces);
            }
        }
        (result.map(drop), Interfaces::default())
    }

    fn functions_of(&self, interfaces: Interfaces) -> Interfaces {
        let lost = interfaces.iter().filter(|interface| self.lost.has(*interface));
        lost.fold(Interfaces::default(), |all, interface| all.and(self.functions[usize::from(interface)]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_what_was_put_in_and_no_number_beyond_its_size() {
        let set: Interfaces = [0, 3, 63, 64, 255].into_iter().collect();
        assert_eq!(set.iter().collect::<Vec<u8>>(), [0, 3, 63]);
        assert!(!set.has(64) && !set.has(1));
        assert_eq!(set.without(Interfaces::of(3)).iter().collect::<Vec<u8>>(), [0, 63]);
    }
}
