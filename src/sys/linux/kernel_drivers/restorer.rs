//! Gives kernel drivers back when the process dies before it can: killed, crashed, out of memory.
//!
//! The kernel does not bind a driver again by itself when the program that took its interface away is gone. So while an
//! interface is detached, a child process holds the device's descriptor and waits for its parent's end. It is made by clone
//! without an exit signal: the host program sees no SIGCHLD, and its wait() does not find it. It runs none of the
//! program's code, keeps no other descriptor open, and gives the program's memory up.
//!
//! No event says when another program lets go of an interface whose driver waits for it: the restorer looks again and again, also when its
//! parent has ended.

use super::super::usbfs;
use super::detached::{Detached, Interfaces};
use super::restorer_memory::give_memory_up;
use crate::error::{Error, Result};
use std::fs::File;
use std::io;
use std::mem::{size_of, ManuallyDrop, MaybeUninit};
use std::os::raw::{c_int, c_long, c_uint, c_void};
use std::os::unix::io::{AsRawFd, FromRawFd, RawFd};

pub struct DriverRestorer {
    process: libc::pid_t,
    /// Carries what is detached; `None` once it is dismissed. When it closes, as it does when this process ends, the restorer acts.
    line: Option<File>,
    /// Something waits for another program.
    waits: bool,
}

/// How its process is called, with the NUL of C.
const NAME: &str = "usbx-restorer\0";

/// Whether a process of that name is a restorer.
pub fn is_name(name: &str) -> bool {
    NAME.strip_suffix('\0') == Some(name)
}

/// What is sent to it; anything shorter is the end.
type Message = Detached;

/// How often it looks for its parent where the system gives no descriptor for a process, and, in the end, whether other programs have let go.
const LOOK: c_int = 1000;

/// How soon it looks for that first.
const FIRST_LOOK: c_int = 16;

impl DriverRestorer {
    /// `None` if the system lets no child be made: then drivers come back at release and close only.
    pub fn start(node: &File) -> Result<Option<DriverRestorer>> {
        let mut ends = [0; 2];
        let kind = libc::SOCK_SEQPACKET | libc::SOCK_CLOEXEC;
        // SAFETY: the array has room for the two descriptors.
        if unsafe { libc::socketpair(libc::AF_UNIX, kind, 0, ends.as_mut_ptr()) } != 0 {
            return Err(Error::no_descriptor(io::Error::last_os_error()));
        }
        // SAFETY: socketpair has just made both for us alone.
        let (reader, writer) = unsafe { (File::from_raw_fd(ends[0]), File::from_raw_fd(ends[1])) };
        // SAFETY: a call without arguments.
        let own = unsafe { libc::getpid() };
        // SAFETY: a system call without pointers; where there is none (before Linux 5.3, or a filter), -1 comes back.
        let parent = unsafe { libc::syscall(libc::SYS_pidfd_open, own, 0) } as RawFd;
        let signals = block_signals();
        // SAFETY: all-zero arguments make a copy of this process, with this thread alone. The child calls only what a child of a
        // process with threads may, and never returns.
        let process = unsafe { libc::syscall(libc::SYS_clone, 0, 0, 0, 0, 0) } as libc::pid_t;
        if process == 0 {
            let own = Own { line: reader.as_raw_fd(), node: node.as_raw_fd(), parent, parent_id: own };
            // SAFETY: this is the child, single-threaded, its signals are blocked, and the three descriptors are its own copies.
            unsafe { watch(&own) }
        }
        if process > 0 {
            drop(reader);
            wait_until_ready(&writer);
        }
        restore_signals(signals);
        if parent >= 0 {
            // SAFETY: pidfd_open made it for us alone.
            unsafe { libc::close(parent) };
        }
        Ok(match process {
            -1 => None,
            process => Some(DriverRestorer { process, line: Some(writer), waits: false }),
        })
    }

    pub fn tell(&mut self, detached: &Message) {
        self.waits = !detached.waiting.is_empty();
        let message: *const Message = detached;
        self.send(message.cast(), size_of::<Message>());
    }

    fn send(&self, message: *const c_void, length: usize) {
        if let Some(line) = &self.line {
            // A restorer that was killed restores nothing, but that must not send the program a SIGPIPE.
            // SAFETY: `tell` passes a whole message, which has no padding, `dismiss` one byte, `drop` two.
            unsafe { libc::send(line.as_raw_fd(), message, length, libc::MSG_NOSIGNAL) };
        }
    }

    /// Tells it that all is given back, and waits for its end. Returns its exit status.
    fn dismiss(&mut self) -> c_int {
        // Closing the line would do, had no child of the host's a copy of it.
        let quit = 0u8;
        let quit: *const u8 = &quit;
        self.send(quit.cast(), 1);
        self.line = None;
        let mut status = 0;
        // SAFETY: waits for a child of this process, which ends as soon as it is told to.
        while unsafe { libc::waitpid(self.process, &mut status, libc::__WALL) } < 0
            && io::Error::last_os_error().kind() == io::ErrorKind::Interrupted
        {}
        status
    }
}

impl Drop for DriverRestorer {
    fn drop(&mut self) {
        // Where something waits it goes on alone; the system removes it when this process has ended, too.
        match &self.line {
            Some(_) if self.waits => self.send(LEFT_ALONE.as_ptr().cast(), LEFT_ALONE.len()),
            Some(_) => drop(self.dismiss()),
            None => {}
        }
    }
}

/// What is sent when nobody waits for its end: in length neither a message nor a dismissal.
const LEFT_ALONE: &[u8] = &[0; 2];

/// What the child sends once.
const READY: &[u8] = &[0];

/// The kernel's own set of signals, those of libc's own among them: libc would leave them out.
type Signals = [u8; 8];

/// The program's handlers must not run in the child: none may come between clone and the child's first step.
fn block_signals() -> Option<Signals> {
    let (all, mut before): (Signals, Signals) = ([0xff; 8], [0; 8]);
    (signal_mask(&all, &mut before) == 0).then_some(before)
}

fn restore_signals(before: Option<Signals>) {
    if let Some(before) = before {
        signal_mask(&before, &mut [0; 8]);
    }
}

fn signal_mask(now: &Signals, before: &mut Signals) -> c_long {
    // SAFETY: two sets of the kernel's size.
    unsafe {
        libc::syscall(
            libc::SYS_rt_sigprocmask,
            libc::SIG_SETMASK,
            now.as_ptr(),
            before.as_mut_ptr(),
            size_of::<Signals>(),
        )
    }
}

/// Until the child has its name and no descriptor but its own, so that nobody takes it for the program, and what the program closes from
/// here on is closed. A second at most, should it have been killed: another child of the host's may keep its line open.
fn wait_until_ready(line: &File) {
    let mut ready = libc::pollfd { fd: line.as_raw_fd(), events: libc::POLLIN, revents: 0 };
    let mut byte = 0u8;
    let place: *mut u8 = &mut byte;
    // SAFETY: one valid entry, counted as one, and room for one byte.
    unsafe {
        libc::poll(&mut ready, 1, LOOK);
        libc::recv(line.as_raw_fd(), place.cast(), 1, libc::MSG_DONTWAIT);
    }
}

/// What the child has: its descriptors, where the parent had them, and who its parent is.
struct Own {
    line: RawFd,
    node: RawFd,
    /// -1 where there is none.
    parent: RawFd,
    parent_id: libc::pid_t,
}

/// The child's life. It must not allocate, lock or panic: another thread of the parent may have been in the middle of that.
///
/// # Safety
/// To be called in a freshly cloned child that shares nothing with its parent but open files, with all signals blocked.
unsafe fn watch(own: &Own) -> ! {
    // SAFETY: system calls on this process's own descriptors and memory. No code uses the memory given up: only this stack is used,
    // and what the linker mapped.
    unsafe {
        libc::setsid();
        libc::prctl(libc::PR_SET_NAME, NAME.as_ptr());
        close_others(own);
        libc::send(own.line, READY.as_ptr().cast(), READY.len(), libc::MSG_NOSIGNAL);
        // Where this code itself is instrumented, each step of it uses ThreadSanitizer's memory.
        if !cfg!(thread_sanitizer) {
            give_memory_up();
        }
    }
    // SAFETY: the descriptor is open as long as this process lives, and is not closed through this.
    let node = ManuallyDrop::new(unsafe { File::from_raw_fd(own.node) });
    let (mut detached, mut pause, mut was_free) = (Detached::none(), FIRST_LOOK, false);
    let end = loop {
        if let Some(end) = listen(own, &mut detached) {
            break end;
        }
        let mut polls = [own.line, own.parent].map(|fd| libc::pollfd { fd, events: libc::POLLIN, revents: 0 });
        // poll() passes a negative descriptor over.
        let limit = match (detached.waiting.is_empty(), own.parent) {
            (false, _) => pause,
            (true, ..=-1) => LOOK,
            (true, _) => -1,
        };
        // SAFETY: two valid entries, counted as two.
        let ready = unsafe { libc::poll(polls.as_mut_ptr(), 2, limit) };
        // SAFETY: a call without arguments.
        let orphan = own.parent < 0 && unsafe { libc::getppid() } != own.parent_id;
        if orphan || (ready > 0 && polls[1].revents != 0) {
            break listen(own, &mut detached).unwrap_or(End::OfParent);
        }
        // What the parent itself has let go of it gives back at once: it is left to the parent until the second look.
        let is_free = ready == 0 && !detached.is_kept(&node);
        if is_free && was_free {
            detached.give_all_back(&node);
        }
        was_free = is_free;
        pause = if is_free || ready != 0 { FIRST_LOOK } else { longer(pause) };
        if ready < 0 {
            sleep(LOOK);
        }
    };
    if end == End::Dismissed {
        detached = Detached::none();
    }
    if end == End::OfParent && detached.lost != Interfaces::default() {
        // The kernel closes the parent's descriptors one after the other, and another handle's may still be open: until its end is complete.
        let mut parent = libc::pollfd { fd: own.parent, events: libc::POLLIN, revents: 0 };
        let limit = if own.parent < 0 { 0 } else { LOOK };
        // SAFETY: one valid entry, counted as one. A negative descriptor is passed over.
        unsafe { libc::poll(&mut parent, 1, limit) };
    }
    // The node is open here too: what the parent claimed is claimed still.
    detached.lost.iter().for_each(|interface| drop(usbfs::release(&*node, interface)));
    detached.waiting = detached.lost;
    if detached.give_all_back(&node) {
        // SAFETY: its own descriptor, which it does not use any more.
        if let Some(node) = unsafe { reopened(own.node) } {
            pause = FIRST_LOOK;
            while detached.is_kept(&node) || detached.give_all_back(&node) {
                sleep(pause);
                pause = longer(pause);
            }
        }
    }
    // SAFETY: ends this process alone.
    unsafe { libc::_exit(0) }
}

/// The same node, opened anew: nothing else that the parent had claimed, or submitted, is to stay with this process. `None` where this process
/// may not open it.
///
/// # Safety
/// The descriptor is this process's own, and is not used after this.
unsafe fn reopened(node: RawFd) -> Option<File> {
    let mut path = *b"/proc/self/fd/\0\0\0\0\0\0\0\0\0\0\0";
    let digits = std::iter::successors(Some(node), |number| Some(number / 10).filter(|rest| *rest > 0)).count();
    let mut rest = node;
    for place in path["/proc/self/fd/".len()..].iter_mut().take(digits).rev() {
        *place = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    // SAFETY: the path ends with NUL: a descriptor has ten digits at most. The file is this process's alone.
    unsafe {
        let fd = libc::open(path.as_ptr().cast(), libc::O_RDWR | libc::O_CLOEXEC);
        libc::close(node);
        (fd >= 0).then(|| File::from_raw_fd(fd))
    }
}

fn longer(pause: c_int) -> c_int {
    (pause * 2).min(LOOK)
}

fn sleep(milliseconds: c_int) {
    // SAFETY: no entries.
    unsafe { libc::poll(std::ptr::null_mut(), 0, milliseconds) };
}

/// Why nothing more comes from the parent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// All is given back.
    Dismissed,
    /// It has closed everything, and waits no longer for others.
    LeftAlone,
    OfParent,
}

/// Takes what the parent has sent; an end once that is all.
fn listen(own: &Own, detached: &mut Message) -> Option<End> {
    let mut message = MaybeUninit::<Message>::uninit();
    let size = size_of::<Message>();
    loop {
        // SAFETY: room for as many bytes as are asked for. Messages are sent whole and taken whole.
        match unsafe { libc::recv(own.line, message.as_mut_ptr().cast(), size, libc::MSG_DONTWAIT) } {
            // SAFETY: a whole message, of which every bit pattern is valid.
            length if length == size as isize => *detached = unsafe { message.assume_init() },
            1 => return Some(End::Dismissed),
            2 => return Some(End::LeftAlone),
            length if length >= 0 => return Some(End::OfParent),
            _ => return None,
        }
    }
}

/// Closes every descriptor but its own ones. They stay where they are: near the limit of descriptors there may be no other place.
unsafe fn close_others(own: &Own) {
    let mut kept = [own.line, own.node, own.parent];
    kept.sort_unstable();
    let mut first = 0;
    for kept in kept.iter().copied().filter(|fd| *fd >= 0).chain([RawFd::MAX]) {
        // SAFETY: descriptors of this process alone, which nothing here uses.
        unsafe { close_range(first, kept) };
        first = kept.saturating_add(1);
    }
}

/// Closes those from `first` on, before `end`.
unsafe fn close_range(first: RawFd, end: RawFd) {
    // SAFETY: as the caller's.
    unsafe {
        if first < end && libc::syscall(libc::SYS_close_range, first as c_uint, (end - 1) as c_uint, 0) != 0 {
            for fd in first..end.min(65536) {
                libc::close(fd);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detached(interface: u8) -> Detached {
        let mut detached = Detached::none();
        detached.note(Interfaces::of(interface), Interfaces::of(interface));
        detached
    }

    #[test]
    fn it_lives_without_the_parent_s_memory_and_ends_when_told_though_another_child_has_its_line() {
        let large = vec![1u8; 64 << 20];
        let node = File::open("/dev/null").unwrap();
        // A process that ever had a second thread makes libc look at its own data in every call that waits.
        let mut restorer = std::thread::spawn(move || DriverRestorer::start(&node).unwrap().unwrap()).join().unwrap();
        let process = restorer.process;
        restorer.tell(&detached(3));
        let copy = restorer.line.as_ref().unwrap().try_clone().unwrap();
        assert_eq!(restorer.dismiss(), 0, "it crashed");
        drop(copy);
        assert!(!std::path::Path::new(&format!("/proc/{process}")).exists(), "it is left behind");
        assert!(large.iter().all(|byte| *byte == 1));
    }

    #[test]
    fn it_has_its_name_and_only_its_own_descriptors_from_the_start() {
        let (node, _other) = (File::open("/dev/null").unwrap(), File::open("/dev/zero").unwrap());
        for _ in 0..100 {
            let restorer = DriverRestorer::start(&node).unwrap().unwrap();
            let of = |what: &str| format!("/proc/{}/{what}", restorer.process);
            let name = std::fs::read_to_string(of("comm")).unwrap();
            assert!(is_name(name.trim_end()), "{name}");
            let descriptors = std::fs::read_dir(of("fd")).unwrap().flatten();
            let links: Vec<_> = descriptors.filter_map(|entry| std::fs::read_link(entry.path()).ok()).collect();
            assert!(!links.contains(&"/dev/zero".into()), "{links:?}");
            assert!(links.contains(&"/dev/null".into()), "{links:?}");
        }
    }

    #[test]
    fn it_being_killed_does_not_harm_the_program() {
        let mut restorer = DriverRestorer::start(&File::open("/dev/null").unwrap()).unwrap().unwrap();
        // SAFETY: signal calls on known targets: SIGPIPE as every C program has it, and the end of our own child.
        unsafe {
            libc::signal(libc::SIGPIPE, libc::SIG_DFL);
            libc::kill(restorer.process, libc::SIGKILL);
        }
        assert_eq!(restorer.dismiss(), libc::SIGKILL);
        restorer.tell(&detached(1));
    }
}
