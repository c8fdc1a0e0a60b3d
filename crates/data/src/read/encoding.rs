//! Bytes to UTF-8 text with line feeds.

use std::io::{self, BufRead, Cursor, Read};
use std::path::Path;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::container;
use crate::error::DataError;

/// Bytes by which an encoding, a separator and a header are found.
pub(super) const SAMPLE: usize = 1 << 16;

/// UTF-8 text: its first bytes, which are looked at before the rest is read, and all of it.
pub(super) struct Text {
    pub(super) sample: Vec<u8>,
    /// Whether the sample is all there is.
    pub(super) is_whole: bool,
    rest: Box<dyn BufRead>,
}

impl Text {
    /// The text from its beginning.
    pub(super) fn into_reader(self) -> impl BufRead {
        Cursor::new(self.sample).chain(self.rest)
    }
}

/// The text of `content` in an encoding.
pub(super) fn text(path: &Path, content: Box<dyn BufRead>, encoding: &'static Encoding) -> Result<Text, DataError> {
    let failed = |error| DataError::io("read", path)(error);
    let mut decoded: Box<dyn Read> = if encoding == UTF_8 {
        Box::new(SkipMark::new(content))
    } else {
        Box::new(Decoded {
            content,
            decoder: encoding.new_decoder_with_bom_removal(),
            text: String::new(),
            read: 0,
            ended: false,
        })
    };
    let mut sample = Vec::new();
    decoded.by_ref().take(SAMPLE as u64).read_to_end(&mut sample).map_err(failed)?;
    // Carriage returns alone end the lines of files from old Macs.
    if sample.contains(&b'\r') && !sample.contains(&b'\n') {
        to_feeds(&mut sample);
        decoded = Box::new(Feeds(decoded));
    }
    let is_whole = sample.len() < SAMPLE;
    Ok(Text { sample, is_whole, rest: Box::new(io::BufReader::with_capacity(1 << 16, decoded)) })
}

/// The encoding that the first bytes of a file show: UTF-16 by its mark or by every other byte being zero, else UTF-8.
///
/// # Errors
/// Bytes that are no text.
pub(super) fn sniff(path: &Path, start: &[u8]) -> Result<&'static Encoding, DataError> {
    if let Some((encoding, _)) = Encoding::for_bom(start) {
        return Ok(encoding);
    }
    let start = &start[..start.len().min(4096)];
    let zeros = |parity: usize| start.iter().skip(parity).step_by(2).filter(|&&byte| byte == 0).count();
    match (zeros(0), zeros(1)) {
        (0, 0) => Ok(UTF_8),
        (0, odd) if start.len() > 3 && odd * 3 > start.len() => Ok(UTF_16LE),
        (even, 0) if start.len() > 3 && even * 3 > start.len() => Ok(UTF_16BE),
        _ => Err(DataError::file(
            path,
            "this is no text: it has bytes of zero; a table as CSV, JSON or Parquet is needed",
        )),
    }
}

/// The encoding of a file that is not UTF-8, by the whole of it.
///
/// # Errors
/// A file that is UTF-8 but for some bytes: no guess would be right for both.
pub(super) fn guess(path: &Path) -> Result<&'static Encoding, DataError> {
    let failed = |error| DataError::io("read", path)(error);
    let mut reader = container::open(path)?.reader;
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    let mut line = Vec::new();
    let (mut n_utf8, mut wrong) = (0_u64, None);
    let mut occurs = [false; 256];
    for number in 1_u64.. {
        line.clear();
        if reader.by_ref().take(SAMPLE as u64).read_until(b'\n', &mut line).map_err(failed)? == 0 {
            break;
        }
        detector.feed(&line, false);
        line.iter().for_each(|&byte| occurs[usize::from(byte)] = true);
        match std::str::from_utf8(&line) {
            Ok(_) => n_utf8 += u64::from(!line.is_ascii()),
            Err(_) => {
                wrong.get_or_insert(number);
            }
        }
    }
    detector.feed(&[], true);
    match wrong {
        None => Ok(UTF_8),
        Some(line) if n_utf8 > 0 => Err(DataError::row(
            path,
            line,
            "bytes that are not UTF-8, in a file that is UTF-8 elsewhere: mend the line, or name the encoding with data.encoding",
        )),
        Some(_) => Ok(plainest(detector.guess(None, Utf8Detection::Deny), &occurs)),
    }
}

/// Latin-1 in place of a guess that decodes the bytes which occur alike.
fn plainest(guess: &'static Encoding, occurs: &[bool; 256]) -> &'static Encoding {
    let is_alike = |byte: u8| {
        let bytes = [byte];
        let text = |encoding: &'static Encoding| encoding.decode_without_bom_handling(&bytes).0;
        text(guess) == text(WINDOWS_1252)
    };
    let alike = (0..=u8::MAX).filter(|&byte| occurs[usize::from(byte)]).all(is_alike);
    if guess.is_single_byte() && alike { WINDOWS_1252 } else { guess }
}

/// The encoding of a name.
///
/// # Errors
/// A name that is none.
pub(super) fn named(name: &str) -> Result<&'static Encoding, DataError> {
    Encoding::for_label(name.as_bytes()).ok_or_else(|| {
        DataError::Invalid(format!(
            "data.encoding = '{name}': no encoding has that name; use a name of the WHATWG Encoding Standard, such as utf-8, utf-16le, latin1 or windows-1252"
        ))
    })
}

/// UTF-8 bytes without the mark of byte order before them.
struct SkipMark<R> {
    content: R,
    is_checked: bool,
}

impl<R> SkipMark<R> {
    fn new(content: R) -> Self {
        Self { content, is_checked: false }
    }
}

impl<R: BufRead> Read for SkipMark<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.is_checked {
            self.is_checked = true;
            if self.content.fill_buf()?.starts_with(b"\xef\xbb\xbf") {
                self.content.consume(3);
            }
        }
        self.content.read(buffer)
    }
}

/// Text of another encoding as UTF-8.
struct Decoded {
    content: Box<dyn BufRead>,
    decoder: Decoder,
    text: String,
    /// Bytes of `text` that were handed on.
    read: usize,
    ended: bool,
}

impl Read for Decoded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.read == self.text.len() && !self.ended {
            self.fill()?;
        }
        let n = buffer.len().min(self.text.len() - self.read);
        buffer[..n].copy_from_slice(&self.text.as_bytes()[self.read..][..n]);
        self.read += n;
        Ok(n)
    }
}

impl Decoded {
    fn fill(&mut self) -> io::Result<()> {
        self.text.clear();
        self.read = 0;
        self.text.reserve(1 << 16);
        let bytes = self.content.fill_buf()?;
        let is_last = bytes.is_empty();
        let (result, n, malformed) = self.decoder.decode_to_string(bytes, &mut self.text, is_last);
        self.content.consume(n);
        if malformed {
            let name = self.decoder.encoding().name();
            return Err(io::Error::new(io::ErrorKind::InvalidData, format!("bytes that are not {name} text")));
        }
        self.ended = is_last && result == CoderResult::InputEmpty;
        Ok(())
    }
}

fn to_feeds(bytes: &mut [u8]) {
    bytes.iter_mut().filter(|byte| **byte == b'\r').for_each(|byte| *byte = b'\n');
}

/// Text whose carriage returns are line feeds.
struct Feeds<R>(R);

impl<R: Read> Read for Feeds<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.0.read(buffer)?;
        to_feeds(&mut buffer[..n]);
        Ok(n)
    }
}
