use std::io::{self, BufRead};

use secrecy::zeroize::Zeroizing;

use super::{LONGEST_ROW, Problem, json_lines::Text};

/// The objects of an array, with the lines on which they begin. Only one is held in memory at a
/// time, which no reader of whole documents can promise.
pub fn objects(
    file: impl BufRead,
    first: u64,
) -> impl Iterator<Item = io::Result<(u64, Result<Text, Problem>)>> {
    let mut bytes = Bytes { file, line: first };
    std::iter::from_fn(move || bytes.next_item().transpose())
}

struct Bytes<R> {
    file: R,
    line: u64,
}

/// The position of a byte within an item.
#[derive(Default)]
struct Place {
    /// Open objects and arrays.
    depth: usize,
    in_string: bool,
    escaped: bool,
}

impl Place {
    fn after(&mut self, byte: u8) {
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' if self.in_string => self.escaped = true,
            b'"' => self.in_string = !self.in_string,
            _ if self.in_string => {}
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
    }
}

impl<R: BufRead> Bytes<R> {
    fn peek(&mut self) -> io::Result<Option<u8>> {
        Ok(self.file.fill_buf()?.first().copied())
    }

    fn take(&mut self, byte: u8) {
        self.line += u64::from(byte == b'\n');
        self.file.consume(1);
    }

    fn next_item(&mut self) -> io::Result<Option<(u64, Result<Text, Problem>)>> {
        loop {
            let Some(byte) = self.peek()? else { return Ok(None) };
            if !byte.is_ascii_whitespace() && !matches!(byte, b'[' | b']' | b',') {
                break;
            }
            self.take(byte);
        }
        let begins_at = self.line;
        let (mut text, mut place) = (Zeroizing::new(Vec::new()), Place::default());
        let mut too_long = false;
        while let Some(byte) = self.peek()? {
            let is_over = place.depth == 0 && !place.in_string && matches!(byte, b',' | b']');
            if is_over {
                break;
            }
            self.take(byte);
            place.after(byte);
            if text.len() < LONGEST_ROW {
                text.push(byte);
            } else {
                too_long = true;
            }
            if place.depth == 0 && byte == b'}' {
                break;
            }
        }
        let text = if too_long { Err(Problem::TooLong) } else { Ok(text) };
        Ok(Some((begins_at, text)))
    }
}
