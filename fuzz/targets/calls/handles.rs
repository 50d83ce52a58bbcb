//! The handles as a caller should know them: open ones, closed ones, and numbers that were never handles.

use crate::fuzzed::input::Input;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Device,
    Virtual,
    Queue,
    Stream,
    Share,
    Watch,
    Capture,
}

#[derive(Default)]
pub struct Handles {
    open: Vec<(Kind, usize)>,
    closed: Vec<usize>,
}

impl Handles {
    pub fn opened(&mut self, kind: Kind, handle: usize) {
        assert!(
            handle != 0 && (handle as u64) < 1 << 53 && !self.closed.contains(&handle),
            "0x{handle:x} is not a new handle"
        );
        assert!(self.open.iter().all(|(_, other)| *other != handle), "0x{handle:x} stands for two");
        self.open.push((kind, handle));
    }

    pub fn closed(&mut self, handle: usize) {
        self.open.retain(|(_, other)| *other != handle);
        self.closed.push(handle);
    }

    /// Of all that are open; how many they were.
    pub fn forget_all(&mut self) -> usize {
        let count = self.open.len();
        self.closed.extend(self.open.drain(..).map(|(_, handle)| handle));
        count
    }

    pub fn is_open(&self, kind: Kind, handle: usize) -> bool {
        self.open.contains(&(kind, handle))
    }

    /// Of whichever kind.
    pub fn is_open_at_all(&self, handle: usize) -> bool {
        self.open.iter().any(|(_, other)| *other == handle)
    }

    /// A handle to be passed as one of that kind, mostly a good one, and whether it is.
    pub fn choose(&self, kind: Kind, input: &mut Input) -> (usize, bool) {
        let nth = |all: &[usize], at: u8| all.get(usize::from(at) % all.len().max(1)).copied().unwrap_or(0);
        let which = input.byte();
        let of_kind: Vec<usize> = self.open.iter().filter(|(other, _)| *other == kind).map(|(_, one)| *one).collect();
        let all: Vec<usize> = self.open.iter().map(|(_, one)| *one).collect();
        let handle = match which {
            0..=223 => nth(&of_kind, which),
            224..=227 => 0,
            228..=235 => nth(&all, input.byte()),
            236..=243 => nth(&self.closed, input.byte()),
            244..=247 => nth(&of_kind, input.byte()) & 0xffff_ffff,
            248..=251 => nth(&of_kind, input.byte()) ^ (1u64 << (input.byte() % 64)) as usize,
            _ => input.long() as usize,
        };
        (handle, self.is_open(kind, handle))
    }
}
