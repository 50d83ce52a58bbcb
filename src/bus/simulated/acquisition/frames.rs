//! What is in a frame: 62 samples of four channels, a sequence number and a CRC.

use once_cell::sync::Lazy;

/// One packet.
pub(super) const FRAME: usize = 512;
pub(super) const SAMPLES: u64 = 62;

const HEADER: usize = 12;
const CRC: usize = 508;
const PERIOD: usize = 1000;

/// Sine and square of the samples of a period, at their places in a sample; the first ones stand behind it once more, as a frame may begin at any.
static WAVES: Lazy<[u64; PERIOD + SAMPLES as usize]> = Lazy::new(|| {
    let mut table = [0; PERIOD + SAMPLES as usize];
    for (n, waves) in table.iter_mut().enumerate() {
        let phase = n % PERIOD;
        let angle = 2.0 * std::f64::consts::PI * phase as f64 / PERIOD as f64;
        let sine = (30_000.0 * angle.sin()).round() as i16;
        let square: i16 = if phase < PERIOD / 2 { 20_000 } else { -20_000 };
        *waves = in_channel(0, sine as u16) | in_channel(2, square as u16);
    }
    table
});

/// A value at its place in a sample.
fn in_channel(channel: u32, value: u16) -> u64 {
    u64::from(value) << (16 * channel)
}

/// Writes the frame of that sequence number.
pub fn write(frame: &mut [u8], sequence: u64, seed: u32) {
    frame[0..4].copy_from_slice(b"ACQ1");
    frame[4..8].copy_from_slice(&(sequence as u32).to_le_bytes());
    frame[8..10].copy_from_slice(&(SAMPLES as u16).to_le_bytes());
    frame[10..12].copy_from_slice(&4u16.to_le_bytes());
    let first = sequence * SAMPLES;
    let waves = &WAVES[(first % PERIOD as u64) as usize..];
    for ((sample, waves), n) in frame[HEADER..CRC].chunks_exact_mut(8).zip(waves).zip(first..) {
        let ramp = (n as u16).wrapping_sub(0x8000);
        let whole = waves | in_channel(1, ramp) | in_channel(3, noise(seed, n));
        sample.copy_from_slice(&whole.to_le_bytes());
    }
    let crc = crc32fast::hash(&frame[..CRC]);
    frame[CRC..FRAME].copy_from_slice(&crc.to_le_bytes());
}

/// Every sample's noise stands for itself (the mixing function of SplitMix64), so that a frame can be made out of turn.
fn noise(seed: u32, n: u64) -> u16 {
    let mut z = (u64::from(seed) << 32 ^ n).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z >> 48) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(sequence: u64, i: usize, channel: usize) -> i16 {
        let mut frame = [0; FRAME];
        write(&mut frame, sequence, 0);
        let at = HEADER + i * 8 + channel * 2;
        i16::from_le_bytes([frame[at], frame[at + 1]])
    }

    #[test]
    fn channels_go_on_from_frame_to_frame() {
        assert_eq!([sample(0, 0, 0), sample(0, 0, 1), sample(0, 0, 2)], [0, -32768, 20_000]);
        // Sample 250, a quarter of the sine, is in frame 4 (4 * 62 = 248).
        assert_eq!([sample(4, 2, 0), sample(4, 2, 1)], [30_000, -32518]);
        // Sample 500 is in frame 8 (8 * 62 = 496).
        assert_eq!([sample(8, 3, 2), sample(8, 4, 2)], [20_000, -20_000]);
        // Sample 65,536, where the ramp starts again, is in frame 1057 (1057 * 62 = 65,534).
        assert_eq!([sample(1057, 1, 1), sample(1057, 2, 1)], [32767, -32768]);
    }

    #[test]
    fn every_sample_stands_for_itself_wherever_its_frame_begins() {
        let mut frame = [0; FRAME];
        // As many as the period has: a frame begins at every second sample of it.
        for sequence in 0..PERIOD as u64 {
            write(&mut frame, sequence, 7);
            for (i, sample) in frame[HEADER..CRC].chunks_exact(8).enumerate() {
                let n = sequence * SAMPLES + i as u64;
                let sine = (30_000.0 * (2.0 * std::f64::consts::PI * (n % 1000) as f64 / 1000.0).sin()).round();
                let square: i16 = if n % 1000 < 500 { 20_000 } else { -20_000 };
                let ramp = ((n % 65_536) as i32 - 32_768) as i16;
                let channels = [sine as i16, ramp, square, noise(7, n) as i16].map(i16::to_le_bytes);
                assert_eq!(sample, channels.concat(), "sample {n}");
            }
        }
    }

    #[test]
    fn noise_depends_on_the_seed_and_fills_the_range() {
        let values: Vec<i16> = (0..10_000).map(|n| noise(1, n) as i16).collect();
        assert!(values.iter().min() < Some(&-32_000) && values.iter().max() > Some(&32_000));
        assert!(values.iter().map(|v| i64::from(*v)).sum::<i64>().abs() / 10_000 < 1_000);
        assert_ne!(noise(1, 0), noise(2, 0));
    }
}
