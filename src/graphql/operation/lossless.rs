//! Prepares a text for the parser, so that no part of it is misread or skipped:
//!
//! - It looks ahead past one ignored token only: `{ a , : b }` would be no alias.
//! - It leaves out what it does not expect among arguments: `{ a(stray b: 1) }` would be executed.

use std::{borrow::Cow, iter};

use super::nesting::{after_block_string, after_comment, after_string};

/// The same text, with a space for each byte of a comma, a comment or a byte order mark (GraphQL,
/// September 2025, section 2.1.7): positions stay the same, and tokens are separated by white space
/// only.
pub(super) fn blanked(text: &str) -> Cow<'_, str> {
    if !text.contains([',', '#', '\u{feff}']) {
        return Cow::Borrowed(text);
    }
    let mut blanked = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece.kind {
            Kind::Ignored => blanked.extend(iter::repeat_n(' ', piece.text.len())),
            Kind::Space | Kind::Token => blanked.push_str(piece.text),
        }
    }
    Cow::Owned(blanked)
}

/// How many lexical tokens a text has (section 2.1.6). A `query` before `{` in the first operation
/// is optional, and does not count.
pub(super) fn tokens(text: &str) -> usize {
    let (mut tokens, mut depth, mut optional) = (0, 0_usize, false);
    for piece in pieces(text).filter(|piece| piece.kind == Kind::Token) {
        if optional && piece.text == "{" {
            tokens -= 1;
        }
        optional = depth == 0 && piece.text == "query";
        match piece.text {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => depth = depth.saturating_sub(1),
            _ => {}
        }
        tokens += 1;
    }
    tokens
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A comma, a comment, or a byte order mark.
    Ignored,
    /// White space and ends of lines.
    Space,
    Token,
}

#[derive(Clone, Copy, Debug)]
struct Piece<'a> {
    kind: Kind,
    text: &'a str,
}

fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    iter::from_fn(move || {
        let (kind, length) = first(rest.as_bytes())?;
        // A piece ends on a character boundary.
        let (piece, after) = rest.split_at_checked(length)?;
        rest = after;
        Some(Piece { kind, text: piece })
    })
}

/// The first token of a text, and its length in bytes. Anything that is not a GraphQL token counts
/// as one here: the parser rejects it.
fn first(text: &[u8]) -> Option<(Kind, usize)> {
    let length_of = |rest: &[u8]| text.len() - rest.len();
    let run = |belongs: fn(u8) -> bool| text.iter().take_while(|byte| belongs(**byte)).count();
    Some(match text {
        [] => return None,
        [b' ' | b'\t' | b'\r' | b'\n', ..] => (Kind::Space, 1),
        [b',', ..] => (Kind::Ignored, 1),
        [0xEF, 0xBB, 0xBF, ..] => (Kind::Ignored, 3),
        [b'#', after @ ..] => (Kind::Ignored, length_of(after_comment(after))),
        [b'"', b'"', b'"', after @ ..] => (Kind::Token, length_of(after_block_string(after))),
        [b'"', after @ ..] => (Kind::Token, length_of(after_string(after))),
        [b'.', b'.', b'.', ..] => (Kind::Token, 3),
        [byte, ..] if is_word(*byte) => (Kind::Token, run(is_word)),
        [128..=255, ..] => (Kind::Token, run(|byte| !byte.is_ascii())),
        _ => (Kind::Token, 1),
    })
}

/// Of a name or a number.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ignored_becomes_as_many_spaces() {
        for (text, expected) in [
            ("{ a ,,: b }", "{ a   : b }"),
            ("\u{feff}{ a }", "   { a }"),
            ("{ a# é, \"{\r\n: b }", "{ a        \r\n: b }"),
            (
                "{ a(b: \"#,\u{feff}\", c: \"\"\"#,\n\\\"\"\",\"\"\") }",
                "{ a(b: \"#,\u{feff}\"  c: \"\"\"#,\n\\\"\"\",\"\"\") }",
            ),
            ("{ a }", "{ a }"),
        ] {
            assert_eq!(blanked(text), expected);
            assert_eq!(blanked(text).len(), text.len());
        }
    }

    #[test]
    fn tokens_are_counted_however_they_are_written() {
        for (text, expected) in [
            ("", 0),
            ("{a}", 3),
            ("query{a}", 3),
            ("query Q { a, b # c\n}", 6),
            ("query($a:[Int!]=-1.5e+3){query{b(c:\"\"\"d\"\"\",e:\"f\")...@g}}", 31),
        ] {
            assert_eq!(tokens(text), expected, "{text}");
        }
        assert_eq!(tokens("{a(b c:1)}"), tokens("{a(c:1)}") + 1);
    }
}
