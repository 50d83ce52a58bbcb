//! The thread that writes a capture's file, while the capture is open.

use super::pcapng::{begin, end, whole_blocks, Totals};
use super::recording::{Recording, Written};
use super::store::Block;
use crate::sys::{Output, Timestamp};
use std::collections::VecDeque;

pub fn run(recording: &Recording, output: &Output) {
    let started = recording.wall(Timestamp::now());
    let mut first = Block::default();
    begin(&mut first.bytes);
    let mut blocks = VecDeque::from([first]);
    let mut intact = true;
    loop {
        // It keeps no memory while it sleeps: to a forked child, which has no such thread, that would be lost.
        let written = std::mem::take(&mut blocks).into_iter().map(|block| write(output, block, &mut intact));
        recording.wrote(written.collect());
        if !recording.next(&mut blocks) && recording.is_ending() {
            break;
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
    recording.wrote(vec![write(output, last, &mut intact)]);
}

/// `intact`: the file takes more.
fn write(output: &Output, block: Block, intact: &mut bool) -> Written {
    if !*intact {
        return Written { block, bytes: 0, records: 0, failure: None };
    }
    match output.write(&block.bytes) {
        Ok(()) => Written { bytes: block.bytes.len(), records: block.records, block, failure: None },
        Err((done, error)) => {
            *intact = false;
            // What is there is to be readable.
            let (whole, records) = whole_blocks(&block.bytes, done);
            output.take_back(done - whole);
            Written { block, bytes: whole, records, failure: Some(error.to_string()) }
        }
    }
}
