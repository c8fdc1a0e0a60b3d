//! Compressed input that expands without end: known by how much comes out for what went in.

use std::io::{self, Read};

/// Ratings compress to a tenth, repeated ones to a fiftieth; a file made to fill memory, to a thousandth.
pub(crate) const MAX_RATIO: u64 = 200;
/// So much may come of a file of any size.
pub(crate) const FREE: u64 = 16 << 20;

/// What is said of a file beyond the limit.
pub(crate) fn too_large() -> String {
    let megabytes = FREE >> 20;
    format!("it expands to more than {MAX_RATIO} times its size and {megabytes} MiB: no table of ratings does that")
}

/// Whether `expanded` bytes are more than may come of `compressed` ones.
pub(crate) fn is_too_large(expanded: u64, compressed: u64) -> bool {
    expanded > FREE && expanded > compressed.saturating_mul(MAX_RATIO)
}

/// What a decoder gives, which ends with an error beyond the limit.
pub(crate) struct Limited<R> {
    decoder: R,
    expanded: u64,
    compressed: u64,
}

impl<R: Read> Limited<R> {
    /// `compressed` is the size of what is decoded, in bytes.
    pub(crate) fn new(decoder: R, compressed: u64) -> Self {
        Self { decoder, expanded: 0, compressed }
    }
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.decoder.read(buffer)?;
        self.expanded += n as u64;
        if is_too_large(self.expanded, self.compressed) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, too_large()));
        }
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::read::MultiGzDecoder;
    use flate2::write::GzEncoder;

    use super::*;

    /// How much of a row, written so often, is read back.
    fn gunzipped(row: &str, times: usize) -> io::Result<u64> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        (0..times).for_each(|_| encoder.write_all(row.as_bytes()).unwrap());
        let compressed = encoder.finish().unwrap();
        let decoder = MultiGzDecoder::new(compressed.as_slice());
        io::copy(&mut Limited::new(decoder, compressed.len() as u64), &mut io::sink())
    }

    #[test]
    fn input_that_expands_without_end_is_refused() {
        let row = "a,x,5\n".repeat(1 << 17);
        assert_eq!(gunzipped(&row, 20).unwrap(), 20 * row.len() as u64, "less than what is free");
        let said = gunzipped(&row, 100).unwrap_err().to_string();
        assert_eq!(said, "it expands to more than 200 times its size and 16 MiB: no table of ratings does that");
    }

    #[test]
    fn the_limit_is_where_it_is_said_to_be() {
        assert!(!is_too_large(FREE, 0) && is_too_large(FREE + 1, 0));
        assert!(!is_too_large(200 << 30, 1 << 30) && is_too_large((200 << 30) + 1, 1 << 30));
    }
}
