//! Decodes content encodings (RFC 9110 §8.4), including those that the header states wrongly.
//!
//! The HTTP client's own decompression stays off: it would fail the whole response at the first
//! wrong byte.

use std::io::{BufRead, BufReader, Read};

use brotli_decompressor::Decompressor;
use flate2::bufread::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

use super::LIMIT;

/// The maximum number of nested encodings; more than two are unknown.
const LAYERS: usize = 4;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Coding {
    Gzip,
    Zlib,
    Deflate,
    Brotli,
}

/// The decoded body, and whether its encodings differed from the declared ones. A body that can't
/// be decoded stays as far as it can, or as it came.
pub fn decode(body: Vec<u8>, content_encoding: &str) -> (Vec<u8>, bool) {
    let declared = content_encoding.rsplit(',').filter_map(|name| {
        match name.trim().to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => Some(Coding::Gzip),
            // Zlib according to the standard, raw deflate from some servers.
            "deflate" => Some(Coding::Zlib),
            "br" => Some(Coding::Brotli),
            _ => None,
        }
    });
    let mut body = body;
    let mut repaired = false;
    for coding in declared.take(LAYERS) {
        let decoded = coding.undo(&body);
        repaired |= !decoded.whole;
        if !decoded.bytes.is_empty() && (decoded.whole || !is_text(&body) && decoded.is_text()) {
            body = decoded.bytes;
        }
    }
    for _ in 0..LAYERS {
        let Some(undone) = guess(&body) else { break };
        repaired = true;
        body = undone;
    }
    (body, repaired)
}

/// Guesses the encoding of a body whose header names none. Nothing that starts like text is
/// touched.
fn guess(body: &[u8]) -> Option<Vec<u8>> {
    if is_text(body) {
        return None;
    }
    // Gzip and zlib have a magic number. The two others are tried, and used if everything fits.
    [Coding::Gzip, Coding::Zlib, Coding::Brotli, Coding::Deflate]
        .into_iter()
        .filter(|coding| coding.may_be(body))
        .map(|coding| (coding, coding.undo(body)))
        .find(|(coding, decoded)| match coding {
            Coding::Gzip | Coding::Zlib => !decoded.bytes.is_empty(),
            Coding::Brotli | Coding::Deflate => decoded.whole && decoded.is_text(),
        })
        .map(|(_, decoded)| decoded.bytes)
}

/// The result of a decoder.
struct Decoded {
    bytes: Vec<u8>,
    /// The decoder found the end that it expected.
    whole: bool,
}

impl Decoded {
    fn is_text(&self) -> bool {
        !self.bytes.is_empty() && is_text(&self.bytes)
    }
}

impl Coding {
    fn may_be(self, body: &[u8]) -> bool {
        match (self, body) {
            (Self::Gzip, _) => body.starts_with(&[0x1f, 0x8b]),
            // RFC 1950 §2.2: deflate, and a checksum of the first two bytes.
            (Self::Zlib, [cmf, flags, ..]) => {
                cmf & 0x0f == 8 && (u16::from(*cmf) << 8 | u16::from(*flags)) % 31 == 0
            }
            (Self::Zlib, _) => false,
            (Self::Brotli | Self::Deflate, _) => true,
        }
    }

    fn undo(self, body: &[u8]) -> Decoded {
        let decoded = self.read(body);
        if decoded.whole {
            return decoded;
        }
        // If it gets one byte at a time, a decoder outputs everything before the damage.
        let slowly = self.read(BufReader::with_capacity(1, body));
        if self == Self::Zlib && !slowly.is_text() {
            return Self::Deflate.undo(body);
        }
        slowly
    }

    fn read(self, body: impl BufRead) -> Decoded {
        match self {
            Self::Gzip => read(MultiGzDecoder::new(body)),
            Self::Zlib => read(ZlibDecoder::new(body)),
            Self::Deflate => read(DeflateDecoder::new(body)),
            Self::Brotli => read(Decompressor::new(body, 4096)),
        }
    }
}

fn read(mut decoder: impl Read) -> Decoded {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        match decoder.read(&mut chunk) {
            Ok(0) => return Decoded { bytes, whole: true },
            Ok(count) => bytes.extend_from_slice(&chunk[..count]),
            Err(_) => return Decoded { bytes, whole: false },
        }
        if bytes.len() >= LIMIT {
            bytes.truncate(LIMIT);
            return Decoded { bytes, whole: true };
        }
    }
}

/// Whether this could be text, including UTF-16: nothing encoded begins with this many bytes
/// without a control character.
fn is_text(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(48)];
    let is_control =
        |byte: &u8| byte.is_ascii_control() && *byte != 0 && !byte.is_ascii_whitespace();
    match start {
        [] | [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0xef, 0xbb, 0xbf, ..] => true,
        [first, ..] => first.is_ascii() && !start.iter().any(is_control),
    }
}
