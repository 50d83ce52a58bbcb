//! Completion queues: each transfer completes once, or its queue is closed; then its memory belongs to the caller again.

use super::handles::Kind;
use super::transfers::tallies;
use super::*;
use crate::fuzzed::memory::bytes_of;
use std::mem::{size_of, zeroed};

/// What the library has to work with until it says that it is done.
pub struct Submitted {
    queue: usize,
    id: u64,
    user_data: u64,
    reads: bool,
    data: Memory,
    packets: Memory,
}

impl Submitted {
    /// Without a completion, all of the buffer may have been written.
    pub fn check(&self) {
        self.data.untouched_from(if self.reads { self.data.len() } else { 0 });
        self.packets.guarded();
    }

    fn completed(&self, completion: &usbx_completion) {
        let moved = completion.transferred;
        assert!(completion.user_data == self.user_data && completion.reserved == [0; 36] && moved <= self.data.len());
        self.check();
        let count = self.packets.len() / size_of::<usbx_packet>();
        if count == 0 {
            self.data.untouched_from(if self.reads { moved } else { 0 });
        } else {
            tallies(&self.packets, count, moved);
        }
    }
}

impl Caller {
    pub fn queue_open(&mut self) {
        let mut place = Memory::of::<usize>();
        let status = call!(usbx_queue_open(place.start()));
        self.opened(Kind::Queue, &place, status);
    }

    pub fn submit(&mut self) {
        let (device, valid) = self.handles.choose(Kind::Device, &mut self.input);
        let (queue, valid_queue) = self.handles.choose(Kind::Queue, &mut self.input);
        // SAFETY: a plain struct, to be zeroed as its documentation says.
        let mut transfer: usbx_transfer = unsafe { zeroed() };
        transfer.r#type = self.input.of(&[2, 3, 2, 0, 1, 2, 3, 9]);
        transfer.endpoint = self.endpoint();
        transfer.timeout_ms = self.input.of(&[0, 1, 0, USBX_NO_WAIT_VALUE]);
        transfer.user_data = self.input.byte().into();
        transfer.length = self.length();
        // There are no bulk streams.
        transfer.stream = if transfer.user_data > 0xf0 { 1 } else { 0 };
        let mut packets = Memory::new(0);
        match transfer.r#type {
            0 => {
                transfer.request_type = self.input.of(&[0x80, 0xc0, 0x40, 0x00, 0x02]);
                transfer.request = self.input.byte() % 13;
                (transfer.value, transfer.index) = (self.input.word(), self.input.word());
            }
            1 => (packets, transfer.packet_count, transfer.length) = self.packets(),
            _ => {}
        }
        let reads = if transfer.r#type == 0 { transfer.request_type } else { transfer.endpoint } & 0x80 != 0;
        let mut data = Memory::new(transfer.length);
        (transfer.data, transfer.packets) = (data.start(), packets.start());
        let mut asked = Memory::holding(bytes_of(&transfer));
        let mut id = Memory::of::<u64>();
        let status =
            call!(usbx_submit(device as _, queue as _, asked.start::<usbx_transfer>().cast_const(), id.start()));
        self.judge(valid && valid_queue, status);
        assert!(status != USBX_OK || transfer.stream == 0);
        let user_data = transfer.user_data;
        let submitted = Submitted { queue, id: id.value(), user_data, reads, data, packets };
        id.guarded();
        if status == USBX_OK {
            let same = self.submitted.iter().any(|other| (other.queue, other.id) == (queue, submitted.id));
            assert!(submitted.id != 0 && !same);
            self.submitted.push(submitted);
        } else {
            assert!(id.is_zero());
            submitted.data.untouched_from(0);
            submitted.check();
        }
    }

    pub fn queue_wait(&mut self) {
        let (queue, valid) = self.handles.choose(Kind::Queue, &mut self.input);
        let (capacity, wait) = (usize::from(self.input.byte() % 4), self.input.of(&WAITS));
        let (mut places, mut taken) = (Memory::new(capacity * size_of::<usbx_completion>()), Memory::of::<usize>());
        let status = call!(usbx_queue_wait(queue as _, places.start(), capacity, wait, taken.start()));
        self.judge(valid, status);
        let taken = count(&taken, status);
        assert!(taken <= capacity && (taken > 0) == (status == USBX_OK));
        places.untouched_from(taken * size_of::<usbx_completion>());
        for completion in places.values::<usbx_completion>(taken) {
            known("usbx_queue_wait", completion.status);
            self.judge_bus(completion.status);
            let pending = self.submitted.iter().position(|one| (one.queue, one.id) == (queue, completion.id));
            self.submitted
                .swap_remove(pending.expect("it was submitted, and has not completed yet"))
                .completed(&completion);
        }
    }

    pub fn queue_cancel(&mut self) {
        let (queue, valid) = self.handles.choose(Kind::Queue, &mut self.input);
        let id = if self.input.one_in(4) { self.input.long() } else { u64::from(self.input.byte() % 8) };
        let status = call!(usbx_queue_cancel(queue as _, id));
        self.judge(valid, status);
        assert_eq!(status == USBX_OK, valid);
    }

    pub fn queue_fd(&mut self) {
        let (queue, valid) = self.handles.choose(Kind::Queue, &mut self.input);
        let mut place = Memory::of::<i32>();
        let status = call!(usbx_queue_fd(queue as _, place.start()));
        self.judge(valid, status);
        place.guarded();
        assert_eq!(place.value::<i32>() >= 0, status == USBX_OK);
    }

    pub fn queue_close(&mut self) {
        let (queue, valid) = self.handles.choose(Kind::Queue, &mut self.input);
        self.closed(queue, valid, call!(usbx_queue_close(queue as _)));
        // Freed: AddressSanitizer reports a later write.
        let (over, rest) = self.submitted.drain(..).partition(|one| valid && one.queue == queue);
        self.submitted = rest;
        let over: Vec<Submitted> = over;
        over.iter().for_each(Submitted::check);
    }
}
