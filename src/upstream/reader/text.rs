//! Converts bytes to text that is read byte by byte: UTF-8, or close to it.

use std::borrow::Cow;

/// UTF-16 becomes UTF-8; a byte order mark is removed; everything else stays, including wrong
/// bytes.
pub fn text(bytes: &[u8]) -> Cow<'_, [u8]> {
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        let text: String =
            char::decode_utf16(units).map(|unit| unit.unwrap_or('\u{fffd}')).collect();
        Cow::Owned(text.into_bytes())
    };
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => Cow::Borrowed(rest),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        // Without a mark: if it begins with ASCII characters, every other byte is zero.
        _ if begins(bytes, |pair| pair[0] != 0 && pair[1] == 0) => utf16(bytes, u16::from_le_bytes),
        _ if begins(bytes, |pair| pair[0] == 0 && pair[1] != 0) => utf16(bytes, u16::from_be_bytes),
        _ => Cow::Borrowed(bytes),
    }
}

/// Whether the first characters are of this kind.
fn begins(bytes: &[u8], kind: impl Fn(&[u8]) -> bool) -> bool {
    bytes.get(..16).is_some_and(|start| start.chunks_exact(2).all(kind))
}
