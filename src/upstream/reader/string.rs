//! Strings in damaged JSON: where they end, and what they contain.

use super::walk::{bare_key_at, key_at, member_follows, skip_space};

/// The position of a string, which determines what may follow it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The value of a token, which contains no quotes: the first one ends it.
    Token,
    Member,
    Element,
}

/// The end of a string.
pub struct End {
    /// After its last byte.
    pub content: usize,
    /// Where reading continues.
    pub next: usize,
    /// The string was not closed as JSON requires.
    pub damaged: bool,
}

/// A longer string is not a key; this limits the time for any text.
const LONGEST_KEY: usize = 256;

/// Where the key that begins at `open` ends: at the first quote. Keys contain none.
pub fn end_of_key(bytes: &[u8], open: usize) -> Option<usize> {
    let bytes = &bytes[..bytes.len().min(open + LONGEST_KEY)];
    let quote = bytes[open];
    let mut at = open + 1;
    while let Some(byte) = bytes.get(at) {
        match *byte {
            b'\\' => at += 2,
            byte if byte == quote => return Some(at),
            _ => at += 1,
        }
    }
    None
}

/// Where the value that begins at `open` ends. `None`: nowhere, so it may be incomplete.
///
/// In sound JSON this is the first quote that is not escaped. A quote that is followed by nothing
/// sensible belongs to the text; and a text that runs into the next member has lost its own quote.
pub fn end_of_value(bytes: &[u8], open: usize, place: Place) -> Option<End> {
    let quote = bytes[open];
    let mut at = open + 1;
    let mut damaged = false;
    let mut first = None;
    while let Some(byte) = bytes.get(at) {
        match *byte {
            b'\\' => {
                // `…\","next":`: the backslash is what is wrong.
                if bytes.get(at + 1) == Some(&quote) && member_follows(bytes, at + 2) {
                    return Some(End { content: at, next: at + 2, damaged: true });
                }
                at += 2;
            }
            byte if byte == quote => {
                if may_end(bytes, at + 1, place) {
                    return Some(End { content: at, next: at + 1, damaged });
                }
                damaged = true;
                if key_at(bytes, at).is_some() {
                    // `…", ?? "next":`: the text between is wrong.
                    if let Some(end) = first {
                        return Some(End { content: end, next: end + 1, damaged });
                    }
                    // `…,"next":`: the quote is missing.
                    if let Some(comma) = last_comma(bytes, open, at) {
                        return Some(End { content: comma, next: comma, damaged });
                    }
                }
                first = first.or(Some(at));
                at += 1;
            }
            _ => at += 1,
        }
    }
    None
}

/// The comma right before `at`, if there is one.
fn last_comma(bytes: &[u8], open: usize, at: usize) -> Option<usize> {
    let before = &bytes[open + 1..at];
    let comma = before.iter().rposition(|byte| !byte.is_ascii_whitespace())?;
    (before[comma] == b',').then_some(open + 1 + comma)
}

/// Whether what follows a quote allows it to be the end of a value.
fn may_end(bytes: &[u8], at: usize, place: Place) -> bool {
    let at = skip_space(bytes, at);
    match (bytes.get(at), place) {
        (_, Place::Token)
        | (None, _)
        | (Some(b'}'), Place::Member)
        | (Some(b']' | b','), Place::Element) => true,
        (Some(b','), Place::Member) => {
            let next = skip_space(bytes, at + 1);
            matches!(bytes.get(next), None | Some(b'"' | b'\'' | b'}' | b','))
                || bare_key_at(bytes, next)
        }
        _ => false,
    }
}

/// The content of a string. Half a surrogate pair, which isn't a character, becomes U+FFFD; bytes
/// that are not UTF-8 are read as Latin-1.
pub fn unescape(raw: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(raw.len());
    let mut at = 0;
    while let Some(byte) = raw.get(at) {
        at += 1;
        if *byte != b'\\' {
            bytes.push(*byte);
            continue;
        }
        let Some(escaped) = raw.get(at) else { break };
        at += 1;
        match escaped {
            b'b' => bytes.push(0x08),
            b'f' => bytes.push(0x0c),
            b'n' => bytes.push(b'\n'),
            b'r' => bytes.push(b'\r'),
            b't' => bytes.push(b'\t'),
            b'u' => {
                let (character, length) = unicode(&raw[at..]);
                at += length;
                bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
            other => bytes.push(*other),
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|error| latin1(error.as_bytes()))
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

/// The character after `\u`, and the number of bytes that encode it.
fn unicode(raw: &[u8]) -> (char, usize) {
    let unit = |at: usize| {
        let digits =
            raw.get(at..at + 4).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
        u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let Some(first) = unit(0) else { return ('\u{fffd}', 0) };
    let second = (raw.get(4..6) == Some(b"\\u")).then(|| unit(6)).flatten();
    let mut pair = char::decode_utf16([first].into_iter().chain(second));
    match (pair.next(), second) {
        (Some(Ok(character)), _) if character.len_utf16() == 2 => (character, 10),
        (Some(Ok(character)), _) => (character, 4),
        _ => ('\u{fffd}', 4),
    }
}
