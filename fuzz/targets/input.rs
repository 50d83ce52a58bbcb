//! The fuzzer's bytes, taken one after another. When they are used up, 0 follows, so that every input is valid.

pub struct Input {
    bytes: Vec<u8>,
    at: usize,
}

impl Input {
    pub fn new(bytes: &[u8]) -> Input {
        Input { bytes: bytes.to_vec(), at: 0 }
    }

    pub fn is_empty(&self) -> bool {
        self.at == self.bytes.len()
    }

    pub fn byte(&mut self) -> u8 {
        self.take(1).first().copied().unwrap_or(0)
    }

    pub fn word(&mut self) -> u16 {
        u16::from_le_bytes([self.byte(), self.byte()])
    }

    pub fn long(&mut self) -> u64 {
        (0..8).fold(0, |sum, _| sum << 8 | u64::from(self.byte()))
    }

    /// True once in this many times, for rare choices; false when no bytes are left.
    pub fn one_in(&mut self, many: u8) -> bool {
        self.byte() % many == many - 1
    }

    /// One of these; the first when no bytes are left.
    pub fn of<T: Copy>(&mut self, these: &[T]) -> T {
        these[usize::from(self.byte()) % these.len()]
    }

    /// So many bytes, or as many as there are.
    pub fn take(&mut self, length: usize) -> &[u8] {
        let begin = self.at;
        self.at += length.min(self.bytes.len() - begin);
        &self.bytes[begin..self.at]
    }

    pub fn rest(&mut self) -> &[u8] {
        self.take(usize::MAX)
    }
}
