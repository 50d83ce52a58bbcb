//! What restorer.rs's process has of its parent's memory, and does not need.

use std::os::raw::c_void;

/// Lets go of the parent's large private memory, that of no file: otherwise each page that the parent changes would exist twice. And of
/// all memory that is shared with others, such as streams' with the kernel, which is charged for as long as anybody has it.
///
/// What directly follows a file's memory stays: variables that begin as 0, of libc's in a static program, or of what stands before libc's calls,
/// as AddressSanitizer does. That one, finding that it has never begun, would begin with starting the whole program anew.
///
/// # Safety
/// To be called where no other code uses such memory.
pub unsafe fn give_memory_up() {
    const LARGE: usize = 1 << 20;
    let mut line = Line::default();
    let mut piece = [0u8; 1024];
    // This stack, and where the thread's own data is: libc's calls read it.
    // SAFETY: it has no condition.
    let needed = [&line as *const Line as usize, unsafe { libc::pthread_self() } as usize];
    // SAFETY: the path is NUL-terminated.
    let maps = unsafe { libc::open(b"/proc/self/maps\0".as_ptr().cast(), libc::O_RDONLY) };
    loop {
        // SAFETY: room for as many bytes as are asked for.
        let length = unsafe { libc::read(maps, piece.as_mut_ptr().cast(), piece.len()) };
        if length <= 0 {
            break;
        }
        for byte in piece.iter().take(length as usize) {
            let Some(mapping) = line.next(*byte) else { continue };
            let (start, length) = (mapping.start as *mut c_void, mapping.end - mapping.start);
            if needed.iter().any(|address| (mapping.start..mapping.end).contains(address)) {
                continue;
            }
            match mapping.kind {
                // SAFETY: a mapping of this process that holds neither code, nor what the linker relocated, nor this thread's stack
                // and data.
                Kind::Private if length >= LARGE => unsafe { libc::madvise(start, length, libc::MADV_DONTNEED) },
                // SAFETY: as above.
                Kind::Shared => unsafe { libc::munmap(start, length) },
                Kind::Private => 0,
            };
        }
    }
    // SAFETY: opened above, or -1.
    unsafe { libc::close(maps) };
}

struct Mapping {
    start: usize,
    end: usize,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Private and of no file.
    Private,
    /// Shared with other processes or with the kernel.
    Shared,
}

/// Reads /proc/self/maps byte by byte: "start-end rw-p offset device inode path".
#[derive(Default)]
struct Line {
    field: u8,
    numbers: [usize; 2],
    permissions: u32,
    of_file: bool,
    /// Where the memory of the file before ends, if that is what comes before.
    file_end: usize,
}

impl Line {
    /// At the end of a line: its mapping, if that is writable and one of these kinds.
    fn next(&mut self, byte: u8) -> Option<Mapping> {
        match (self.field, byte) {
            (_, b'\n') => {
                let line = std::mem::take(self);
                let [start, end] = line.numbers;
                self.file_end = if line.of_file { end } else { 0 };
                let kind = match &line.permissions.to_be_bytes() {
                    b"rw-p" if !line.of_file && start != line.file_end => Kind::Private,
                    b"rw-s" => Kind::Shared,
                    _ => return None,
                };
                return Some(Mapping { start, end, kind });
            }
            (0, b'-') | (1..=5, b' ') => self.field += 1,
            (0 | 1, digit) => {
                let value = (digit as char).to_digit(16).unwrap_or(0) as usize;
                let number = &mut self.numbers[usize::from(self.field & 1)];
                *number = *number << 4 | value;
            }
            (2, letter) => self.permissions = self.permissions << 8 | u32::from(letter),
            (5, digit) => self.of_file |= digit != b'0',
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_writable_mappings_that_follow_no_file_and_shared_ones_are_given_up() {
        let maps = b"00400000-0048b000 r-xp 00000000 fd:00 1 /bin/x\n\
                     0048b000-0078b000 rw-p 0008a000 fd:00 201 /bin/x\n\
                     0078b000-0098b000 rw-p 00000000 00:00 0 \n\
                     0098b000-00b8b000 rw-p 00000000 00:00 0 [heap]\n\
                     7f000000-7f200000 rw-p 00000000 00:00 0 \n\
                     80000000-80200000 rw-s 00000000 00:05 9 /dev/zero (deleted)\n\
                     ffc12340-ffc12361 rw-p 00000000 00:00 0  [stack]\n";
        let mut line = Line::default();
        let found = maps.iter().filter_map(|byte| line.next(*byte)).map(|found| (found.start, found.end, found.kind));
        let expected = [
            (0x98_b000, 0xb8_b000, Kind::Private),
            (0x7f00_0000, 0x7f20_0000, Kind::Private),
            (0x8000_0000, 0x8020_0000, Kind::Shared),
            (0xffc1_2340, 0xffc1_2361, Kind::Private),
        ];
        assert_eq!(found.collect::<Vec<_>>(), expected);
    }
}
