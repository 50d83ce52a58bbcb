//! Which interfaces lost their kernel driver, and how they get it back. Nothing here allocates: restorer.rs's process does the same
//! for a program that died.
//!
//! A driver may hold several interfaces. cdc_acm lets go of all of them when it is taken from one, and binds only while all are free.
//! snd-usb-audio lets go of that one alone; with the first of its function it takes the others that are free, and it binds to one of those alone, too,
//! which leaves a hole.

use super::super::usbfs;
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
        self.functions_of(self.waiting).iter().any(|interface| is_claimed(node, interface))
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
        interfaces.iter().all(|interface| is_driven(node, interface))
    }

    /// Lets drivers bind to these interfaces again: whether one did, and which interfaces a program held when it was their turn. That no driver
    /// wants one, or that one is held, is not a failure.
    fn give_back(&self, node: &File, interfaces: Interfaces) -> (io::Result<bool>, Interfaces) {
        let functions = self.functions_of(interfaces);
        // What its driver still holds of a function that has a hole: bound anew as a whole, or the hole stays.
        for interface in functions.without(interfaces).iter() {
            if is_driven(node, interface) {
                let _ = usbfs::disconnect(node, interface);
            }
        }
        let (mut result, mut has_bound, mut held) = (Ok(()), false, Interfaces::default());
        for interface in functions.and(interfaces).iter() {
            match usbfs::connect(node, interface).map_err(|error| (error.raw_os_error(), error)) {
                Ok(bound) => has_bound |= bound,
                Err((Some(libc::ENODATA), _)) => {}
                Err((Some(libc::EBUSY), _)) if is_driven(node, interface) => {}
                Err((Some(libc::EBUSY), _)) => held = held.and(Interfaces::of(interface)),
                Err((_, error)) => result = Err(error),
            }
        }
        (result.map(|()| has_bound), held)
    }

    /// Gives back, and returns which of these have no driver because a program still holds one of their function: another handle, or another
    /// process. Where that was so and is not any more, they are given back once more; but not where a driver has bound to all that was free:
    /// what is without one then another program may have detached since.
    pub fn give_back_or_wait(&self, node: &File, interfaces: Interfaces) -> (io::Result<()>, Interfaces) {
        let left = || interfaces.iter().filter(|it| self.lost.has(*it) && !is_driven(node, *it)).collect();
        let is_held = || self.functions_of(interfaces).iter().any(|interface| is_claimed(node, interface));
        let (mut result, mut held) = self.give_back(node, interfaces);
        let mut rest: Interfaces = left();
        if !rest.is_empty() && !is_held() && (matches!(result, Ok(false)) || !held.is_empty()) {
            (result, held) = self.give_back(node, rest);
            rest = left();
        }
        let waits = !rest.is_empty() && (!held.is_empty() || is_held());
        (result.map(drop), if waits { rest } else { Interfaces::default() })
    }

    fn functions_of(&self, interfaces: Interfaces) -> Interfaces {
        let lost = interfaces.iter().filter(|interface| self.lost.has(*interface));
        lost.fold(Interfaces::default(), |all, interface| all.and(self.functions[usize::from(interface)]))
    }
}

/// A driver of the kernel's has it.
fn is_driven(node: &File, interface: u8) -> bool {
    matches!(usbfs::driver(node, interface), Ok(Some(driver)) if !driver.is_usbfs())
}

/// A program has it.
fn is_claimed(node: &File, interface: u8) -> bool {
    matches!(usbfs::driver(node, interface), Ok(Some(driver)) if driver.is_usbfs())
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
