//! The members of one JSON object, even if it is damaged.
//!
//! Sound and damaged JSON are read the same way: members are found one by one, without recursion,
//! and each value is read on its own. A value that can't be read affects only itself.

use serde_json::{Number, Value};

use super::{
    string::{Place, end_of_key, end_of_value, unescape},
    walk::{is_word, key_at, skip_space},
};

/// What was found.
#[derive(Default)]
pub struct Object {
    /// In order; a name may occur several times.
    pub members: Vec<(String, Value)>,
    /// Members after the end of the object, which then was not its end.
    pub strays: Vec<(String, Value)>,
    /// Its end was found, and nothing was wrong before it.
    pub sound: bool,
    pub closed: bool,
    /// After its last byte.
    pub end: usize,
}

/// How much text may be read twice: a stray quote is only noticed at the end of the text.
const FUEL: usize = 32 * 1024 * 1024;

/// Reads objects of one text.
pub struct Scanner<'a> {
    bytes: &'a [u8],
    fuel: usize,
}

impl<'a> Scanner<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, fuel: FUEL }
    }

    /// Reads the object whose brace is at `start`. `is_token` says which names are those of tokens.
    pub fn object(&mut self, start: usize, is_token: impl Fn(&str) -> bool) -> Object {
        let bytes = self.bytes;
        let mut object = Object { sound: true, ..Object::default() };
        let mut at = start + 1;
        while self.fuel > 0 {
            at = skip_space(bytes, at);
            let Some(byte) = bytes.get(at) else {
                object.sound &= object.closed;
                break;
            };
            match *byte {
                b'}' => {
                    at += 1;
                    if !object.closed {
                        object.end = at;
                        object.closed = true;
                    }
                    // A stray brace within the object: its other members follow.
                    let Some(next) = next_member(bytes, at) else { break };
                    object.sound = false;
                    at = next;
                }
                b',' => at += 1,
                _ => {
                    let Some((key, colon)) = key(bytes, at) else {
                        object.sound = false;
                        at = behind_key(bytes, at);
                        continue;
                    };
                    let value = skip_space(bytes, colon + 1);
                    let place = if is_token(&key) { Place::Token } else { Place::Member };
                    let (read, next, sound) = self.value(value, place);
                    object.sound &= sound && bytes[at] == b'"';
                    if let Some(read) = read {
                        let list =
                            if object.closed { &mut object.strays } else { &mut object.members };
                        list.push((key, read));
                    }
                    at = next;
                }
            }
        }
        if !object.closed {
            object.end = bytes.len();
        }
        object
    }

    /// The value at `at`, where reading continues, and whether the value is sound. No value: it is
    /// cut off.
    fn value(&mut self, at: usize, place: Place) -> (Option<Value>, usize, bool) {
        let bytes = self.bytes;
        match bytes.get(at) {
            // The next member: this one has no value.
            Some(b'"') if key_at(bytes, at).is_some() => (None, at, false),
            Some(b'"' | b'\'') => match end_of_value(bytes, at, place) {
                Some(end) => {
                    let text = unescape(&bytes[at + 1..end.content]);
                    (Some(Value::String(text)), end.next, bytes[at] == b'"' && !end.damaged)
                }
                None => (None, self.retry(at), false),
            },
            Some(b'{' | b'[') if opens(bytes, at) => {
                let (end, sound) = self.nested(at);
                let Some(end) = end else { return (None, bytes.len(), false) };
                // Too deep, or damaged: then nobody needs to know what it is.
                let value = serde_json::from_slice(&bytes[at..end]);
                let sound = sound && value.is_ok();
                (Some(value.unwrap_or_default()), end, sound)
            }
            Some(b'{' | b'[') => (None, at + 1, false),
            _ => {
                let rest = bytes.get(at..).unwrap_or_default();
                // A value that reaches the end may be cut.
                let Some(length) = rest.iter().position(|byte| ends_bare(*byte)) else {
                    return (None, bytes.len(), false);
                };
                let (value, sound) = bare(&rest[..length]);
                (Some(value), at + length, sound)
            }
        }
    }

    /// Where the nested value that opens at `start` ends.
    fn nested(&mut self, start: usize) -> (Option<usize>, bool) {
        let bytes = self.bytes;
        let mut open: Vec<u8> = Vec::new();
        let mut braces = 0_usize;
        let mut sound = true;
        let mut at = start;
        while let Some(byte) = bytes.get(at) {
            match *byte {
                b'{' | b'[' => {
                    if opens(bytes, at) {
                        open.push(*byte);
                        braces += usize::from(*byte == b'{');
                    } else {
                        sound = false;
                    }
                    at += 1;
                }
                b'}' if braces == 0 => return (Some(at), false), // the outer object's own
                b']' if braces == open.len() => {
                    sound = false; // closes nothing that is open
                    at += 1;
                }
                close @ (b'}' | b']') => {
                    let wanted = if close == b'}' { b'{' } else { b'[' };
                    while let Some(opener) = open.pop() {
                        braces -= usize::from(opener == b'{');
                        if opener == wanted {
                            break;
                        }
                        sound = false;
                    }
                    at += 1;
                    if open.is_empty() {
                        return (Some(at), sound);
                    }
                }
                b'"' => {
                    let in_array = open.last() == Some(&b'[');
                    if key_at(bytes, at).is_some() {
                        // An array has no members: it was none, or its end is missing.
                        while open.last() == Some(&b'[') {
                            open.pop();
                            sound = false;
                        }
                        if open.is_empty() {
                            return (Some(at), false);
                        }
                        at = behind_key(bytes, at);
                        continue;
                    }
                    // A key that is not a word, then a value.
                    if let Some((_, colon)) = key(bytes, at).filter(|_| !in_array) {
                        at = colon;
                        continue;
                    }
                    let place = if in_array { Place::Element } else { Place::Member };
                    let end = end_of_value(bytes, at, place);
                    sound &= end.as_ref().is_some_and(|end| !end.damaged);
                    at = end.map_or_else(|| self.retry(at), |end| end.next);
                }
                _ => at += 1,
            }
        }
        (None, false)
    }

    /// A quote that begins no terminated string: reading continues after it, as long as that is
    /// cheap.
    fn retry(&mut self, at: usize) -> usize {
        let twice = self.bytes.len() - at;
        self.fuel = self.fuel.saturating_sub(twice);
        if self.fuel == 0 { self.bytes.len() } else { at + 1 }
    }
}

/// Whether the bracket at `at` opens what it should: a brace is followed by a key.
fn opens(bytes: &[u8], at: usize) -> bool {
    let next = bytes.get(skip_space(bytes, at + 1));
    bytes[at] == b'['
        || next.is_none_or(|byte| {
            matches!(byte, b'"' | b'\'' | b'}') || is_word(*byte) && !byte.is_ascii_digit()
        })
}

/// The name of the member at `at`, and the position of its colon.
fn key(bytes: &[u8], at: usize) -> Option<(String, usize)> {
    let (name, end) = match bytes[at] {
        b'"' | b'\'' => {
            let close = end_of_key(bytes, at)?;
            (&bytes[at + 1..close], close + 1)
        }
        byte if is_word(byte) => {
            let length = bytes[at..].iter().take_while(|byte| is_word(**byte)).count();
            (&bytes[at..at + length], at + length)
        }
        _ => return None,
    };
    let colon = skip_space(bytes, end);
    (bytes.get(colon) == Some(&b':')).then(|| (unescape(name), colon))
}

/// Where reading continues after something that is not a key: a second quote may begin one.
fn behind_key(bytes: &[u8], at: usize) -> usize {
    let quote = bytes[at];
    if !matches!(quote, b'"' | b'\'') {
        let word = bytes[at..].iter().take_while(|byte| is_word(**byte)).count();
        return at + word.max(1);
    }
    let Some(close) = end_of_key(bytes, at) else { return at + 1 };
    let next = bytes.get(skip_space(bytes, close + 1));
    if matches!(next, None | Some(b',' | b'}' | b':')) { close + 1 } else { close }
}

/// The next member at the same level as the one that ends at `from`.
fn next_member(bytes: &[u8], from: usize) -> Option<usize> {
    let rest = &bytes[from..];
    let rest = &rest[..rest.iter().position(|byte| *byte == b'{').unwrap_or(rest.len())];
    let commas = rest.iter().enumerate().filter(|(_, byte)| **byte == b',');
    let starts = commas.map(|(comma, _)| from + comma + 1);
    let mut starts = [from].into_iter().chain(starts).map(|start| skip_space(bytes, start));
    starts.find(|at| key_at(bytes, *at).is_some())
}

fn ends_bare(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b',' | b'}' | b']' | b'{' | b'[' | b'"' | b'\'')
}

/// A number, a literal, or a meaningless word.
fn bare(word: &[u8]) -> (Value, bool) {
    if let Ok(value) = serde_json::from_slice(word) {
        return (value, true);
    }
    let number = std::str::from_utf8(word).ok().and_then(|word| word.parse().ok());
    (number.and_then(Number::from_f64).map_or(Value::Null, Value::Number), false)
}
