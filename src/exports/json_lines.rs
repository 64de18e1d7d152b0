use std::io::{self, BufRead, Read};

use secrecy::zeroize::Zeroizing;

use super::{LONGEST_ROW, Problem};

pub type Text = Zeroizing<Vec<u8>>;

/// The non-empty lines, with their numbers. Only one is held in memory at a time.
pub fn lines(
    mut file: impl BufRead,
    first: u64,
) -> impl Iterator<Item = io::Result<(u64, Result<Text, Problem>)>> {
    let mut next = first;
    std::iter::from_fn(move || {
        loop {
            let line = next;
            next += 1;
            let mut text = Zeroizing::new(Vec::new());
            let most = u64::try_from(LONGEST_ROW).unwrap_or(u64::MAX);
            match file.by_ref().take(most).read_until(b'\n', &mut text) {
                Err(error) => return Some(Err(error)),
                Ok(0) => return None,
                Ok(_) => {}
            }
            if text.len() == LONGEST_ROW && text.last() != Some(&b'\n') {
                if let Err(error) = file.skip_until(b'\n') {
                    return Some(Err(error));
                }
                return Some(Ok((line, Err(Problem::TooLong))));
            }
            if !text.iter().all(u8::is_ascii_whitespace) {
                return Some(Ok((line, Ok(text))));
            }
        }
    })
}
