//! The thread that writes a capture's file, while the capture is open.

use super::pcapng::{begin, end, whole_blocks, Totals};
use super::recording::Recording;
use super::store::Block;
use crate::sys::{Output, Timestamp};
use std::collections::VecDeque;

pub fn run(recording: &Recording, output: &Output) {
    let started = recording.wall(Timestamp::now());
    let mut first = Block::default();
    begin(&mut first.bytes);
    let mut intact = write(recording, output, first);
    let mut blocks = VecDeque::new();
    while recording.next(&mut blocks) || !recording.is_ending() {
        for block in std::mem::take(&mut blocks) {
            match intact {
                true => intact = write(recording, output, block),
                false => recording.wrote(block, 0, 0, None),
            }
        }
    }
    if !intact {
        return;
    }
    let statistics = recording.statistics();
    let totals = Totals {
        begin: started,
        end: recording.wall(Timestamp::now()),
        received: statistics.records + statistics.dropped,
        dropped: statistics.dropped,
    };
    let comment = match statistics.dropped {
        0 => String::new(),
        dropped => {
            format!("{dropped} of {} records were dropped: the file was slower than the traffic", totals.received)
        }
    };
    let mut last = Block::default();
    end(&mut last.bytes, &totals, &comment);
    write(recording, output, last);
}

/// False once the file takes no more.
fn write(recording: &Recording, output: &Output, block: Block) -> bool {
    match output.write(&block.bytes) {
        Ok(()) => {
            let (length, records) = (block.bytes.len(), block.records);
            recording.wrote(block, length, records, None);
            true
        }
        Err((done, error)) => {
            // What is there is to be readable.
            let (whole, records) = whole_blocks(&block.bytes, done);
            output.take_back(done - whole);
            recording.wrote(block, whole, records, Some(error.to_string()));
            false
        }
    }
}
