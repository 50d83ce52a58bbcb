//! Gives kernel drivers back when the process dies before it can: killed, crashed, out of memory.
//!
//! The kernel does not bind a driver again by itself when the program that took its interface away is gone. So while an
//! interface is detached, a child process holds the device's descriptor and waits for its parent's end. It is made by clone
//! without an exit signal: the host program sees no SIGCHLD, and its wait() does not find it. It runs none of the
//! program's code, keeps no other descriptor open, and gives the program's memory up.

use super::usbfs::{DriverIoctl, CONNECT, DRIVER_IOCTL, RELEASE_INTERFACE};
use std::fs::File;
use std::os::raw::{c_int, c_uint, c_void};
use std::os::unix::io::{AsRawFd, FromRawFd, RawFd};

pub struct DriverRestorer {
    process: libc::pid_t,
    /// Tells it what is detached; `None` once it is dismissed. Its end, which comes with ours, makes it act.
    line: Option<File>,
}

impl DriverRestorer {
    /// `None` if the system lets no child be made: then drivers come back at release and close only.
    pub fn start(node: &File) -> Option<DriverRestorer> {
        let mut ends = [0; 2];
        let kind = libc::SOCK_SEQPACKET | libc::SOCK_CLOEXEC;
        // SAFETY: the array has room for the two descriptors.
        if unsafe { libc::socketpair(libc::AF_UNIX, kind, 0, ends.as_mut_ptr()) } != 0 {
            return None;
        }
        // SAFETY: socketpair has just made both for us alone.
        let (reader, writer) = unsafe { (File::from_raw_fd(ends[0]), File::from_raw_fd(ends[1])) };
        // SAFETY: a system call without pointers; where it does not exist, -1 comes back and poll() passes it over.
        let parent = unsafe { libc::syscall(libc::SYS_pidfd_open, libc::getpid(), 0) } as RawFd;
        // SAFETY: all-zero arguments make a copy of this process, with this thread alone. The child calls only what a child of a
        // process with threads may, and never returns.
        let process = unsafe { libc::syscall(libc::SYS_clone, 0, 0, 0, 0, 0) } as libc::pid_t;
        if process == 0 {
            // SAFETY: this is the child, single-threaded, and the three descriptors are its own copies.
            unsafe { watch(reader.as_raw_fd(), node.as_raw_fd(), parent) }
        }
        if parent >= 0 {
            // SAFETY: pidfd_open made it for us alone.
            unsafe { libc::close(parent) };
        }
        match process {
            -1 => None,
            process => Some(DriverRestorer { process, line: Some(writer) }),
        }
    }

    pub fn detaching(&self, interface: u8) {
        self.tell([DETACHED, interface]);
    }

    pub fn attached(&self, interface: u8) {
        self.tell([ATTACHED, interface]);
    }

    fn tell(&self, message: [u8; 2]) {
        if let Some(line) = &self.line {
            // A restorer that somebody killed guards nothing, but no SIGPIPE may hit the program for that.
            // SAFETY: two bytes, from where two bytes are.
            unsafe { libc::send(line.as_raw_fd(), message.as_ptr().cast(), message.len(), libc::MSG_NOSIGNAL) };
        }
    }
}

impl DriverRestorer {
    /// Tells it that all is given back, and sees it out. Its exit status.
    fn dismiss(&mut self) -> c_int {
        // Closing the line would do, had no child of the host's a copy of it.
        self.tell([QUIT, 0]);
        self.line = None;
        let mut status = 0;
        // SAFETY: waits for a child of ours, which ends as soon as it is told to.
        while unsafe { libc::waitpid(self.process, &mut status, libc::__WALL) } < 0
            && std::io::Error::last_os_error().kind() == std::io::ErrorKind::Interrupted
        {}
        status
    }
}

impl Drop for DriverRestorer {
    fn drop(&mut self) {
        if self.line.is_some() {
            self.dismiss();
        }
    }
}

// What it is told of an interface.
const ATTACHED: u8 = 0;
const DETACHED: u8 = 1;
const QUIT: u8 = 2;

// Its descriptors.
const LINE: c_int = 0;
const NODE: c_int = 1;
const PARENT: c_int = 2;

/// The child's life. It must not allocate, lock or panic: another thread of the parent may have been in the middle of that.
///
/// # Safety
/// To be called in a freshly cloned child that shares nothing with its parent but open files.
unsafe fn watch(line: RawFd, node: RawFd, parent: RawFd) -> ! {
    // SAFETY: system calls on this process's own descriptors, signals and memory. The memory given up is used by nobody:
    // only this stack is, and what the linker mapped.
    unsafe {
        libc::setsid();
        let mut all: libc::sigset_t = std::mem::zeroed();
        libc::sigfillset(&mut all);
        libc::sigprocmask(libc::SIG_SETMASK, &all, std::ptr::null_mut());
        libc::prctl(libc::PR_SET_NAME, b"usbx-restorer\0".as_ptr());
        let high = [line, node, parent].map(|fd| libc::fcntl(fd, libc::F_DUPFD, 10));
        libc::dup2(high[0], LINE);
        libc::dup2(high[1], NODE);
        if libc::dup2(high[2], PARENT) < 0 {
            libc::close(PARENT);
        }
        if libc::syscall(libc::SYS_close_range, 3, c_uint::MAX, 0) != 0 {
            for fd in 3..65536 {
                libc::close(fd);
            }
        }
        libc::fcntl(LINE, libc::F_SETFL, libc::O_NONBLOCK);
        give_memory_up();
        let mut detached = [false; 256];
        while !listen(&mut detached) {
            let mut polls = [LINE, PARENT].map(|fd| libc::pollfd { fd, events: libc::POLLIN, revents: 0 });
            libc::poll(polls.as_mut_ptr(), 2, -1);
            if polls[1].revents & libc::POLLIN != 0 {
                listen(&mut detached);
                break;
            }
        }
        for (interface, _) in detached.iter().enumerate().filter(|(_, detached)| **detached) {
            give_back(interface as c_uint);
        }
        libc::_exit(0)
    }
}

/// Reads what the parent has told; true once that is all.
unsafe fn listen(detached: &mut [bool; 256]) -> bool {
    let mut message = [0u8; 2];
    loop {
        // SAFETY: room for two bytes. Messages of two bytes are written whole and read whole.
        match unsafe { libc::read(LINE, message.as_mut_ptr().cast(), 2) } {
            2 if message[0] == QUIT => return true,
            2 => detached[usize::from(message[1])] = message[0] == DETACHED,
            0 => return true,
            _ => return false,
        }
    }
}

unsafe fn give_back(interface: c_uint) {
    let mut connect = DriverIoctl { interface: interface as c_int, code: CONNECT as c_int, data: std::ptr::null_mut() };
    // SAFETY: usbfs requests with the arguments that they take. On a device that is gone they fail, and nothing is lost.
    unsafe {
        libc::ioctl(NODE, RELEASE_INTERFACE, &interface as *const c_uint);
        libc::ioctl(NODE, DRIVER_IOCTL, &mut connect as *mut DriverIoctl);
    }
}

/// Lets go of the parent's large private memory, that of no file. Otherwise each page that the parent changes would exist twice.
unsafe fn give_memory_up() {
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
            if let Some((start, end)) = line.next(*byte) {
                if end - start >= LARGE && !needed.iter().any(|address| (start..end).contains(address)) {
                    // SAFETY: a mapping of this process, private and of no file, that holds neither code, nor what the linker
                    // relocated, nor this thread's stack and data.
                    unsafe { libc::madvise(start as *mut c_void, end - start, libc::MADV_DONTNEED) };
                }
            }
        }
    }
    // SAFETY: opened above, or -1.
    unsafe { libc::close(maps) };
}

/// Reads /proc/self/maps byte by byte: "start-end rw-p offset device inode path".
#[derive(Default)]
struct Line {
    field: u8,
    numbers: [usize; 2],
    permissions: u32,
    of_file: bool,
}

impl Line {
    /// At the end of a line: its range, if the mapping is private, writable and of no file.
    fn next(&mut self, byte: u8) -> Option<(usize, usize)> {
        match (self.field, byte) {
            (_, b'\n') => {
                let line = std::mem::take(self);
                let [start, end] = line.numbers;
                let wanted = line.permissions == u32::from_be_bytes(*b"rw-p") && !line.of_file;
                return if wanted { Some((start, end)) } else { None };
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
    fn only_private_writable_mappings_of_no_file_are_given_up() {
        let maps = b"00400000-0048b000 r-xp 00000000 fd:00 1 /bin/x\n\
                     0048b000-0078b000 rw-p 0008a000 fd:00 201 /bin/x\n\
                     7f0000000000-7f0000200000 rw-p 00000000 00:00 0 \n\
                     7f1000000000-7f1000200000 rw-s 00000000 00:05 9 /dev/zero (deleted)\n\
                     7ffc12340000-7ffc12361000 rw-p 00000000 00:00 0  [stack]\n";
        let mut line = Line::default();
        let found: Vec<_> = maps.iter().filter_map(|byte| line.next(*byte)).collect();
        assert_eq!(found, [(0x7f00_0000_0000, 0x7f00_0020_0000), (0x7ffc_1234_0000, 0x7ffc_1236_1000)]);
    }

    #[test]
    fn it_lives_without_the_parent_s_memory_and_ends_when_told_though_another_child_has_its_line() {
        let large = vec![1u8; 64 << 20];
        let node = File::open("/dev/null").unwrap();
        // A process that ever had a second thread makes libc look at its own data in every call that waits.
        let mut restorer = std::thread::spawn(move || DriverRestorer::start(&node).unwrap()).join().unwrap();
        let process = restorer.process;
        restorer.detaching(3);
        let copy = restorer.line.as_ref().unwrap().try_clone().unwrap();
        assert_eq!(restorer.dismiss(), 0, "it crashed");
        drop(copy);
        assert!(!std::path::Path::new(&format!("/proc/{process}")).exists(), "it is left behind");
        assert!(large.iter().all(|byte| *byte == 1));
    }

    #[test]
    fn it_being_killed_does_not_harm_the_program() {
        let mut restorer = DriverRestorer::start(&File::open("/dev/null").unwrap()).unwrap();
        // SAFETY: signals in a test of its own: SIGPIPE as every C program has it, and the end of our own child.
        unsafe {
            libc::signal(libc::SIGPIPE, libc::SIG_DFL);
            libc::kill(restorer.process, libc::SIGKILL);
        }
        assert_eq!(restorer.dismiss(), libc::SIGKILL);
        restorer.detaching(1);
    }
}
