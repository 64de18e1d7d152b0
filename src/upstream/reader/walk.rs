//! Skips over text that may be JSON.

/// After white space and comments.
pub fn skip_space(bytes: &[u8], mut at: usize) -> usize {
    loop {
        while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
            at += 1;
        }
        // The start of a comment without an end is not a comment.
        let rest = bytes.get(at..).unwrap_or_default();
        let comment = match rest {
            [b'/', b'/', text @ ..] => find(text, b"\n").map(|end| end + 3),
            [b'/', b'*', text @ ..] => find(text, b"*/").map(|end| end + 4),
            _ => None,
        };
        match comment {
            Some(length) => at += length,
            None => return at,
        }
    }
}

/// Comments are rare and short: their end is not searched for further than this, which limits the
/// time for any text.
const LONGEST_COMMENT: usize = 1024;

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    let text = &text[..text.len().min(LONGEST_COMMENT)];
    text.windows(what.len()).position(|window| window == what)
}

/// Whether `, "name":` is at `at`: never inside a string of sound JSON.
pub fn member_follows(bytes: &[u8], at: usize) -> bool {
    let at = skip_blank(bytes, at);
    bytes.get(at) == Some(&b',') && key_at(bytes, skip_blank(bytes, at + 1)).is_some()
}

/// The name of the member whose key is at `at`, if there is one.
pub fn key_at(bytes: &[u8], at: usize) -> Option<&[u8]> {
    let rest = bytes.get(at..)?.strip_prefix(b"\"")?;
    let length = word(rest)?;
    let colon = skip_blank(rest, length + 1);
    (rest.get(length) == Some(&b'"') && rest.get(colon) == Some(&b':')).then_some(&rest[..length])
}

/// Whether `name:` is at `at`.
pub fn bare_key_at(bytes: &[u8], at: usize) -> bool {
    let rest = bytes.get(at..).unwrap_or_default();
    word(rest).is_some_and(|length| rest.get(skip_blank(rest, length)) == Some(&b':'))
}

/// The length of the word that `rest` begins with.
fn word(rest: &[u8]) -> Option<usize> {
    let length = rest.iter().take(64).take_while(|byte| is_word(**byte)).count();
    (length > 0).then_some(length)
}

fn skip_blank(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().take(64).take_while(|byte| byte.is_ascii_whitespace()).count()
}

pub fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'$' | b'.')
}
