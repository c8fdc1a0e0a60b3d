//! A search as TensorBoard shows it: the scalars of every update, from the records of a journal.
//!
//! An event file is a row of TFRecords, each an `Event` of TensorFlow's `event.proto` in the wire format of protocol
//! buffers. The crates that write one bring a code generator for it along; what is needed of it is below.

use autolossgen::record::{Counts, Record, Update};

/// What a reader of event files expects first.
const FILE_VERSION: &str = "brain.Event:2";

/// Types of the wire format.
const VARINT: u8 = 0;
const FIXED_64: u8 = 1;
const BYTES: u8 = 2;
const FIXED_32: u8 = 5;

/// The bytes of an event file: validation metric, mean reward, baseline, entropy, norm of the gradient, and what was sampled
/// and accepted so far, each at the number of its update. What is NaN or ∞ is left out.
///
/// The format asks for a time with every event; a journal has none, so that all have `wall_time`, in seconds since 1970.
pub fn events(records: &[Record], wall_time: f64) -> Vec<u8> {
    let mut file = framed(&event(wall_time, None, &field(3, BYTES, &delimited(FILE_VERSION.as_bytes()))));
    let mut counts = Counts::default();
    for record in records {
        match record {
            Record::Sample(sample) => counts.add(&sample.outcome),
            Record::Update(update) => file.extend(framed(&of_update(update, &counts, wall_time))),
            _ => {}
        }
    }
    file
}

fn of_update(update: &Update, counts: &Counts, wall_time: f64) -> Vec<u8> {
    let stats = &update.stats;
    let scalars = [
        ("search/validation", update.validation),
        ("search/mean_reward", stats.mean_reward),
        ("search/baseline", stats.baseline),
        ("search/entropy", stats.entropy),
        ("search/grad_norm", stats.grad_norm),
        ("search/sampled", counts.sampled as f64),
        ("search/accepted", counts.accepted as f64),
    ];
    let finite = scalars.into_iter().filter(|(_, value)| value.is_finite());
    let summary: Vec<u8> =
        finite.flat_map(|(tag, value)| field(1, BYTES, &delimited(&scalar(tag, value as f32)))).collect();
    event(wall_time, Some(update.update), &field(5, BYTES, &delimited(&summary)))
}

/// `Event`: wall_time = 1, step = 2, and what it is about.
fn event(wall_time: f64, step: Option<u64>, about: &[u8]) -> Vec<u8> {
    let mut event = field(1, FIXED_64, &wall_time.to_le_bytes());
    event.extend(step.into_iter().flat_map(|step| field(2, VARINT, &varint(step))));
    event.extend(about);
    event
}

/// `Summary.Value`: tag = 1, simple_value = 2.
fn scalar(tag: &str, value: f32) -> Vec<u8> {
    let mut scalar = field(1, BYTES, &delimited(tag.as_bytes()));
    scalar.extend(field(2, FIXED_32, &value.to_le_bytes()));
    scalar
}

fn field(number: u8, wire_type: u8, value: &[u8]) -> Vec<u8> {
    [&[number << 3 | wire_type], value].concat()
}

fn delimited(bytes: &[u8]) -> Vec<u8> {
    [varint(bytes.len() as u64), bytes.to_vec()].concat()
}

/// Seven bits a byte, the lowest first; the upper bit says that more follow.
fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// A TFRecord: length, its checksum, data, their checksum.
fn framed(data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u64).to_le_bytes();
    [&length, &masked(&length)[..], data, &masked(data)].concat()
}

/// The checksum, turned by 15 bits and moved, as the format has it.
fn masked(data: &[u8]) -> [u8; 4] {
    crc32c(data).rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes()
}

/// CRC-32C (Castagnoli), bit by bit: a file is written once, at the end of a search.
fn crc32c(data: &[u8]) -> u32 {
    let bit = |crc: u32, _| if crc & 1 == 1 { crc >> 1 ^ 0x82f6_3b78 } else { crc >> 1 };
    !data.iter().fold(u32::MAX, |crc, &byte| (0..8).fold(crc ^ u32::from(byte), bit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use autolossgen::record::UpdateStats;

    #[test]
    fn the_checksum_is_that_of_rfc_3720() {
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
        assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
    }

    #[test]
    fn numbers_are_written_seven_bits_a_byte() {
        assert_eq!((varint(0), varint(127), varint(300)), (vec![0], vec![127], vec![0xac, 0x02]));
    }

    /// As TensorFlow's own writer begins a file at the time 0.
    #[test]
    fn an_empty_search_is_a_file_with_its_version() {
        let mut expected = vec![24, 0, 0, 0, 0, 0, 0, 0];
        expected.extend(masked(&24_u64.to_le_bytes()));
        let data = [&[0x09, 0, 0, 0, 0, 0, 0, 0, 0, 0x1a, 13][..], FILE_VERSION.as_bytes()].concat();
        expected.extend(&data);
        expected.extend(masked(&data));
        assert_eq!(events(&[], 0.0), expected);
    }

    #[test]
    fn an_update_has_its_step_and_no_scalar_that_is_not_finite() {
        let stats = UpdateStats { mean_reward: 0.5, baseline: f64::NAN, ..UpdateStats::default() };
        let update = Record::Update(Update { update: 300, stats, validation: 0.75, replaced: false });
        let file = events(&[update], 1.0);
        let holds = |part: &[u8]| file.windows(part.len()).any(|window| window == part);
        assert!(holds(&[0x10, 0xac, 0x02]), "step 300");
        assert!(holds(&[b"\x0a\x11search/validation\x15", &0.75_f32.to_le_bytes()[..]].concat()));
        assert!(holds(b"search/mean_reward") && !holds(b"search/baseline"));
    }
}
