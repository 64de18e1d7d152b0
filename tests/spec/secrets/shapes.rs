use std::fmt::Write;

use base64::{
    Engine,
    prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD},
};

/// How bytes can be written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// As they are.
    Plain,
    /// `0a1b`, as hash functions and PostgreSQL's `bytea` show them.
    Hexadecimal,
    /// `0A1B`
    HexadecimalCapitals,
    /// `10, 27`, as a derived `Debug` shows them.
    Listed,
    /// `10,27`, as JSON has them.
    ListedNarrowly,
    /// In base64, wherever in the encoded bytes they begin.
    Base64,
    /// The same in the alphabet for URLs.
    Base64Url,
    /// As a part of a URL: what is neither letter nor digit as `%2F`.
    Percent,
    /// `%2f`
    PercentSmall,
    /// As a string that another system keeps: two bytes a character.
    Utf16LittleEndian,
    Utf16BigEndian,
}

pub const SHAPES: [Shape; 11] = [
    Shape::Plain,
    Shape::Hexadecimal,
    Shape::HexadecimalCapitals,
    Shape::Listed,
    Shape::ListedNarrowly,
    Shape::Base64,
    Shape::Base64Url,
    Shape::Percent,
    Shape::PercentSmall,
    Shape::Utf16LittleEndian,
    Shape::Utf16BigEndian,
];

impl Shape {
    /// What to look for; base64 has one for each place that the bytes can begin at.
    pub fn of(self, bytes: &[u8]) -> Vec<Vec<u8>> {
        match self {
            Self::Plain => vec![bytes.to_vec()],
            Self::Hexadecimal => vec![each(bytes, |text, byte| write!(text, "{byte:02x}"))],
            Self::HexadecimalCapitals => vec![each(bytes, |text, byte| write!(text, "{byte:02X}"))],
            Self::Listed => vec![listed(bytes, ", ")],
            Self::ListedNarrowly => vec![listed(bytes, ",")],
            Self::Base64 => in_base64(bytes, &BASE64_STANDARD_NO_PAD),
            Self::Base64Url => in_base64(bytes, &BASE64_URL_SAFE_NO_PAD),
            Self::Percent => vec![percent(bytes, |text, byte| write!(text, "%{byte:02X}"))],
            Self::PercentSmall => vec![percent(bytes, |text, byte| write!(text, "%{byte:02x}"))],
            Self::Utf16LittleEndian => vec![bytes.iter().flat_map(|byte| [*byte, 0]).collect()],
            Self::Utf16BigEndian => vec![bytes.iter().flat_map(|byte| [0, *byte]).collect()],
        }
    }
}

fn each(bytes: &[u8], write: impl Fn(&mut String, u8) -> std::fmt::Result) -> Vec<u8> {
    let mut text = String::new();
    for byte in bytes {
        write(&mut text, *byte).unwrap();
    }
    text.into_bytes()
}

fn listed(bytes: &[u8], separator: &str) -> Vec<u8> {
    bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(separator).into_bytes()
}

/// Three bytes are four characters: behind none, one or two other bytes these ones are written
/// differently. A character at either end that shares its bits with a neighbour is left out.
fn in_base64(bytes: &[u8], engine: &impl Engine) -> Vec<Vec<u8>> {
    let shifted = |before: usize| {
        let encoded = engine.encode([vec![0; before], bytes.to_vec()].concat()).into_bytes();
        let first = (before * 8).div_ceil(6);
        let whole = (before + bytes.len()) * 8 / 6;
        encoded[first..whole].to_vec()
    };
    (0..3).map(shifted).collect()
}

fn percent(bytes: &[u8], write: impl Fn(&mut String, u8) -> std::fmt::Result) -> Vec<u8> {
    each(bytes, |text, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.write_char(char::from(byte))
        } else {
            write(text, byte)
        }
    })
}
