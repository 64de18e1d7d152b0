//! The one place where randomness comes from.

use uuid::Uuid;

/// `N` random bytes.
///
/// # Panics
/// When the operating system has no randomness to give.
fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[expect(clippy::disallowed_methods, reason = "everything else asks this module")]
    getrandom::fill(&mut bytes).expect("the operating system has no randomness");
    bytes
}

/// A random UUID (RFC 9562, version 4).
pub(crate) fn uuid() -> Uuid {
    uuid::Builder::from_random_bytes(bytes()).into_uuid()
}

/// `prefix` and 32 hexadecimal digits.
pub(crate) fn token(prefix: &str) -> String {
    format!("{prefix}{}", uuid::Builder::from_bytes(bytes()).into_uuid().simple())
}

/// A key for HS256: 64 hexadecimal digits, so that it survives any quoting.
pub(crate) fn hmac_key() -> String {
    token(&token(""))
}
