//! Reads and writes of a user's program, the device's side of the host's transfers. The thread that makes one moves the packets.

use super::super::plugged::Plugged;
use super::super::queues::CompletionCell;
use super::contents::{Contents, DeviceTransfer};
use super::mailbox::Mailbox;
use crate::bus::Completion;
use crate::error::Status;
use crate::sync::{self, lock};
use crate::sys::{Buffer, Deadline};
use std::sync::Arc;
use std::time::Instant;

/// Sends a buffer's bytes to the host, or receives what the host has sent: at once what is there, as soon as there is any.
pub fn transfer(
    plugged: &Plugged,
    mailbox: &Mailbox,
    address: u8,
    buffer: Buffer,
    deadline: &mut Deadline,
) -> Completion {
    let cell = Arc::new(CompletionCell::default());
    let is_read = address & 0x80 == 0;
    {
        let mut contents = mailbox.contents();
        mailbox.want_no_more(&mut contents, address);
        let transfer = DeviceTransfer { buffer, moved: 0, cell: Arc::clone(&cell) };
        contents.transfers.entry(address).or_default().push_back(transfer);
    }
    let ended = drive(plugged, deadline, || {
        let completed = *lock(&cell.completion);
        if completed.is_some() {
            return completed;
        }
        let mut contents = mailbox.contents();
        if is_read && moved(&contents, address, &cell) > 0 {
            return Some(withdraw(&mut contents, address, &cell, Ok(())));
        }
        None
    });
    ended.unwrap_or_else(|status| {
        // The host may have moved something, or all, since the last look.
        let mut contents = mailbox.contents();
        let completed = *lock(&cell.completion);
        completed.unwrap_or_else(|| {
            let result = if is_read && moved(&contents, address, &cell) > 0 { Ok(()) } else { Err(status) };
            withdraw(&mut contents, address, &cell, result)
        })
    })
}

/// Queues isochronous packets of that size, one for each service interval, and waits only for room. No bytes are an empty packet.
pub fn send_packets(
    plugged: &Plugged,
    mailbox: &Mailbox,
    address: u8,
    bytes: &[u8],
    size: usize,
    deadline: &mut Deadline,
) -> Completion {
    let mut transferred = 0;
    let nothing = bytes.is_empty().then_some(bytes);
    let mut packets = nothing.into_iter().chain(bytes.chunks(size.max(1)));
    let added = packets.try_for_each(|packet| {
        // Before the host asks again: it is what was asked for.
        if !mailbox.send_packet(address, packet) {
            drive(plugged, deadline, || mailbox.send_packet(address, packet).then_some(()))?;
        }
        transferred += packet.len();
        Ok(())
    });
    let result = added.and_then(|()| drive(plugged, deadline, || Some(())));
    if result == Err(Status::NoDevice) {
        mailbox.contents().packets.remove(&address);
    }
    Completion { transferred, result }
}

/// Takes one isochronous packet that the host sent.
pub fn take_packet(
    plugged: &Plugged,
    mailbox: &Mailbox,
    address: u8,
    mut buffer: Buffer,
    deadline: &mut Deadline,
) -> Completion {
    let taken = drive(plugged, deadline, || {
        let mut contents = mailbox.contents();
        mailbox.want_no_more(&mut contents, address);
        let packets = contents.packets.get_mut(&address)?;
        if packets.front()?.len() > buffer.len() {
            return Some(Err(Status::Overflow));
        }
        let packet = packets.pop_front().map(Ok);
        // No further packet may come to tell of these.
        if !packets.is_empty() {
            mailbox.want(&mut contents, address, None);
        }
        packet
    });
    match taken.and_then(|packet| packet) {
        Ok(packet) => {
            buffer.space()[..packet.len()].copy_from_slice(&packet);
            Completion { transferred: packet.len(), result: Ok(()) }
        }
        Err(status) => Completion { transferred: 0, result: Err(status) },
    }
}

/// Moves packets until `look` has found what it wants.
fn drive<T>(
    plugged: &Plugged,
    deadline: &mut Deadline,
    mut look: impl FnMut() -> Option<T>,
) -> std::result::Result<T, Status> {
    let mut state = plugged.state();
    loop {
        if state.unplugged {
            return Err(Status::NoDevice);
        }
        let now = Instant::now();
        plugged.service(&mut state, now);
        if let Some(found) = look() {
            // What was taken makes room: the host's transfers may go on.
            plugged.service(&mut state, now);
            plugged.tell(&state);
            state.arm(now);
            return Ok(found);
        }
        state.arm(now);
        if deadline.is_over() {
            return Err(Status::Timeout);
        }
        let until = [deadline.instant(), state.due(now)].iter().flatten().min().copied();
        state.waiters += 1;
        state = sync::wait(&plugged.progress, state, until);
        state.waiters -= 1;
    }
}

fn moved(contents: &Contents, address: u8, cell: &Arc<CompletionCell>) -> usize {
    let mut transfers = contents.transfers.get(&address).into_iter().flatten();
    transfers.find(|transfer| Arc::ptr_eq(&transfer.cell, cell)).map_or(0, |transfer| transfer.moved)
}

/// Takes a transfer back, with what it has moved.
fn withdraw(
    contents: &mut Contents,
    address: u8,
    cell: &Arc<CompletionCell>,
    result: std::result::Result<(), Status>,
) -> Completion {
    let Some(queue) = contents.transfers.get_mut(&address) else { return Completion { transferred: 0, result } };
    let at = queue.iter().position(|transfer| Arc::ptr_eq(&transfer.cell, cell));
    let transferred = at.and_then(|at| queue.remove(at)).map_or(0, |transfer| transfer.moved);
    Completion { transferred, result }
}
