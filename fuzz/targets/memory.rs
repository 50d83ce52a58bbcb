//! Memory that is passed to the library, with guards around it, and at an odd address, as some languages do.

const GUARD: usize = 33;
const FILL: u8 = 0xe7;

pub struct Memory {
    bytes: Vec<u8>,
}

impl Memory {
    pub fn new(length: usize) -> Memory {
        Memory { bytes: vec![FILL; length + 2 * GUARD] }
    }

    /// Room for a value.
    pub fn of<T>() -> Memory {
        Memory::new(std::mem::size_of::<T>())
    }

    pub fn holding(content: &[u8]) -> Memory {
        let mut memory = Memory::new(content.len());
        memory.bytes[GUARD..GUARD + content.len()].copy_from_slice(content);
        memory
    }

    pub fn start<T>(&mut self) -> *mut T {
        self.bytes[GUARD..].as_mut_ptr().cast()
    }

    pub fn content(&self) -> &[u8] {
        &self.bytes[GUARD..self.bytes.len() - GUARD]
    }

    pub fn len(&self) -> usize {
        self.content().len()
    }

    /// Nothing was written beside it, nor into it from there on.
    pub fn untouched_from(&self, at: usize) {
        let beside = self.bytes[..GUARD].iter().chain(&self.bytes[GUARD + self.len()..]);
        assert!(beside.chain(&self.content()[at..]).all(|byte| *byte == FILL), "written beside what was to be written");
    }

    pub fn guarded(&self) {
        self.untouched_from(self.len());
    }

    pub fn is_zero(&self) -> bool {
        self.content().iter().all(|byte| *byte == 0)
    }

    /// The value in it.
    pub fn value<T: Copy>(&self) -> T {
        self.values::<T>(1)[0]
    }

    pub fn values<T: Copy>(&self, count: usize) -> Vec<T> {
        let size = std::mem::size_of::<T>();
        let places = self.content()[..count * size].chunks_exact(size);
        // SAFETY: each place has the size of a T, which is one of the header's plain structs or a number or pointer: any bytes do.
        places.map(|place| unsafe { place.as_ptr().cast::<T>().read_unaligned() }).collect()
    }
}

/// The bytes of one of the header's structs.
pub fn bytes_of<T: Copy>(value: &T) -> &[u8] {
    // SAFETY: the structs that are passed here have no padding, and a reference is valid for its size.
    unsafe { std::slice::from_raw_parts((value as *const T).cast(), std::mem::size_of::<T>()) }
}
