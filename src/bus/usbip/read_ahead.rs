//! Bytes that came after the call that asked for them was over. A read that ends early leaves its request with the host: taken back, it
//! would lose what it has got. What comes of it is for the next read of that endpoint.

use crate::error::Status;
use std::collections::VecDeque;

/// What one IN endpoint still has to give, in the order in which it was asked for.
#[derive(Default)]
pub struct ReadAhead {
    requests: VecDeque<Request>,
}

struct Request {
    sequence: u32,
    room: usize,
    /// What has come, and how much of that was taken.
    data: Vec<u8>,
    taken: usize,
    end: Option<End>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Full,
    /// A short packet, which ends a read.
    Short,
    Failed(Status),
    /// It was taken back: nothing ends by that.
    TakenBack,
}

/// What a read has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// More is to come, or to be asked for.
    Part(usize),
    All(usize, Result<(), Status>),
}

impl ReadAhead {
    pub fn is_empty(&self) -> bool {
        self.requests.is_empty()
    }

    /// Takes over a request that is on its way.
    pub fn add(&mut self, sequence: u32, room: usize) {
        // Requests that lose their calls do so in any order.
        let at = self.requests.iter().position(|other| sequence.wrapping_sub(other.sequence) > u32::MAX / 2);
        let request = Request { sequence, room, data: Vec::new(), taken: 0, end: None };
        self.requests.insert(at.unwrap_or(self.requests.len()), request);
    }

    /// Where the data of a request goes that is being answered.
    pub fn data(&mut self, sequence: u32) -> Option<&mut Vec<u8>> {
        self.requests.iter_mut().find(|request| request.sequence == sequence).map(|request| &mut request.data)
    }

    pub fn answered(&mut self, sequence: u32, failure: Option<Status>) {
        if let Some(request) = self.requests.iter_mut().find(|request| request.sequence == sequence) {
            request.end = Some(match failure {
                Some(Status::Cancelled) => End::TakenBack,
                Some(status) => End::Failed(status),
                None if request.data.len() < request.room => End::Short,
                None => End::Full,
            });
        }
    }

    /// How many bytes may still come without another request.
    pub fn capacity(&self) -> usize {
        self.requests
            .iter()
            .map(|request| match request.end {
                None => request.room,
                Some(_) => request.data.len() - request.taken,
            })
            .sum()
    }

    /// Gives a read what is there for it.
    pub fn give(&mut self, space: &mut [u8]) -> Given {
        let mut given = 0;
        while let Some(first) = self.requests.front_mut() {
            let Some(end) = first.end else { break };
            let rest = &first.data[first.taken..];
            let count = rest.len().min(space.len() - given);
            space[given..given + count].copy_from_slice(&rest[..count]);
            (given, first.taken) = (given + count, first.taken + count);
            let used_up = first.taken == first.data.len();
            if used_up && !(given == space.len() && matches!(end, End::Failed(_))) {
                self.requests.pop_front();
            }
            if given == space.len() {
                return Given::All(given, Ok(()));
            }
            match end {
                End::Short => return Given::All(given, Ok(())),
                End::Failed(status) => return Given::All(given, Err(status)),
                End::Full | End::TakenBack => {}
            }
        }
        Given::Part(given)
    }

    /// The endpoint works again: failures of before say nothing any more. Its bytes stay.
    pub fn forgive(&mut self) {
        self.requests.iter_mut().for_each(|request| {
            if matches!(request.end, Some(End::Failed(_))) {
                request.end = Some(End::TakenBack);
            }
        });
    }

    /// Drops all of it. The requests that are still on their way.
    pub fn clear(&mut self) -> Vec<u32> {
        self.requests.drain(..).filter(|request| request.end.is_none()).map(|request| request.sequence).collect()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn answer(ahead: &mut ReadAhead, sequence: u32, data: &[u8], failure: Option<Status>) {
        ahead.data(sequence).unwrap().extend_from_slice(data);
        ahead.answered(sequence, failure);
    }

    fn read(ahead: &mut ReadAhead, length: usize) -> (Given, Vec<u8>) {
        let mut space = vec![0; length];
        let given = ahead.give(&mut space);
        let (Given::Part(count) | Given::All(count, _)) = given;
        space.truncate(count);
        (given, space)
    }

    #[test]
    fn bytes_come_in_the_order_in_which_they_were_asked_for() {
        let mut ahead = ReadAhead::default();
        [7, 5, 6].iter().for_each(|sequence| ahead.add(*sequence, 4));
        assert_eq!(read(&mut ahead, 4), (Given::Part(0), vec![]));
        answer(&mut ahead, 5, b"abcd", None);
        answer(&mut ahead, 6, b"ef", None);
        assert_eq!(read(&mut ahead, 3), (Given::All(3, Ok(())), b"abc".to_vec()));
        assert_eq!(ahead.capacity(), 1 + 2 + 4);
        // The short packet ends it, although the third may bring more.
        assert_eq!(read(&mut ahead, 8), (Given::All(3, Ok(())), b"def".to_vec()));
        answer(&mut ahead, 7, b"", None);
        assert_eq!(read(&mut ahead, 8), (Given::All(0, Ok(())), vec![]), "a zero-length packet");
        assert!(ahead.is_empty());
    }

    #[test]
    fn a_failure_comes_behind_the_bytes_before_it() {
        let mut ahead = ReadAhead::default();
        ahead.add(1, 8);
        answer(&mut ahead, 1, b"abc", Some(Status::Pipe));
        assert_eq!(read(&mut ahead, 3), (Given::All(3, Ok(())), b"abc".to_vec()));
        assert_eq!(read(&mut ahead, 3), (Given::All(0, Err(Status::Pipe)), vec![]));
        assert!(ahead.is_empty());
        ahead.add(2, 8);
        answer(&mut ahead, 2, b"abc", Some(Status::Pipe));
        ahead.forgive();
        assert_eq!(read(&mut ahead, 8), (Given::Part(3), b"abc".to_vec()));
    }

    #[test]
    fn what_was_taken_back_ends_nothing() {
        let mut ahead = ReadAhead::default();
        ahead.add(u32::MAX, 4);
        ahead.add(1, 4);
        answer(&mut ahead, u32::MAX, b"ab", Some(Status::Cancelled));
        assert_eq!(read(&mut ahead, 4), (Given::Part(2), b"ab".to_vec()));
        assert_eq!(ahead.clear(), [1]);
    }
}
