//! The format of a sealed value, version 1.
//!
//! ```text
//! offset  length  content
//! 0       1       format version: 1
//! 1       1       n, the length of the key id: 1 to 32
//! 2       n       key id: ASCII letters, digits, `_` and `-`
//! 2+n     12      nonce: random, new for every value
//! 14+n    m       AES-256-GCM ciphertext (NIST SP 800-38D), as long as the plaintext
//! 14+n+m  16      AES-256-GCM tag
//! ```
//!
//! The plaintext is the token in UTF-8. The AES key is derived per connection by HKDF-SHA-256
//! (RFC 5869) from the 32 bytes of the ring's key, without a salt (that is, 32 zero bytes):
//!
//! ```text
//! key = HKDF-SHA-256(ikm = ring key, salt = "", length = 32, info = list(
//!     "provider-connections connection key", version, user id, provider))
//! associated data = list(
//!     "provider-connections sealed value", version, key id, user id, provider, field)
//! ```
//!
//! - `list` writes each item as its length in bytes (8 bytes, big endian) and then the item, so
//!   that no two lists are written alike.
//! - `version` is the one byte 1; `user id` the 16 bytes of the UUID in network order; `provider`
//!   Nhost's id of it in UTF-8 (`github`); `field` is `access_token`, `refresh_token`,
//!   `spool`, `account` or `profile`.
//!
//! The database keeps a check value of each key of the ring, to know the key again. It is another
//! output of HKDF, from which neither the key nor any key of a connection can be computed:
//!
//! ```text
//! check value = HKDF-SHA-256(ikm = ring key, salt = "", length = 32, info = list(
//!     "provider-connections key check value", version, key id))
//! ```
//!
//! An account at a provider is found by a digest of its id, which does not reveal the account
//! without the key. It is the same for every user:
//!
//! ```text
//! account digest = HMAC-SHA-256(account id, key = HKDF-SHA-256(ikm = ring key, salt = "",
//!     length = 32, info = list("provider-connections account digest key", version, provider)))
//! ```
//!
//! A nonce is random, so a key must not seal more than 2³² values (SP 800-38D, 8.3): a key per
//! connection keeps that out of reach. `test_vectors.json` next to this file has examples.

use uuid::Uuid;

use super::{Binding, Field, OpenError};

/// The version that this server writes, and the only one that it reads.
pub(super) const VERSION: u8 = 1;
/// Length of the nonce of AES-GCM in bytes.
pub(super) const NONCE_LENGTH: usize = 12;
/// Length of the tag of AES-GCM in bytes.
pub(super) const TAG_LENGTH: usize = 16;
/// Longest id of a key in bytes.
const MAX_KEY_ID_LENGTH: usize = 32;

/// Whether `id` can name a key: `[A-Za-z0-9_-]{1,32}`.
pub(super) fn is_key_id(id: &str) -> bool {
    (1..=MAX_KEY_ID_LENGTH).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

/// A sealed value split into its parts. None of them can be trusted before the tag has been
/// checked.
pub(super) struct Parts<'a> {
    pub(super) key_id: &'a str,
    pub(super) nonce: [u8; NONCE_LENGTH],
    pub(super) ciphertext_and_tag: &'a [u8],
}

impl<'a> Parts<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, OpenError> {
        let (&version, rest) = bytes.split_first().ok_or(OpenError::Truncated)?;
        if version != VERSION {
            return Err(OpenError::UnknownVersion(version));
        }
        let (&length, rest) = rest.split_first().ok_or(OpenError::Truncated)?;
        let (key_id, rest) = rest.split_at_checked(length.into()).ok_or(OpenError::Truncated)?;
        let key_id = std::str::from_utf8(key_id)
            .ok()
            .filter(|id| is_key_id(id))
            .ok_or(OpenError::Damaged)?;
        let (nonce, ciphertext_and_tag) =
            rest.split_first_chunk::<NONCE_LENGTH>().ok_or(OpenError::Truncated)?;
        if ciphertext_and_tag.len() < TAG_LENGTH {
            return Err(OpenError::Truncated);
        }
        Ok(Self { key_id, nonce: *nonce, ciphertext_and_tag })
    }
}

/// The bytes before the ciphertext.
pub(super) fn header(key_id: &str, nonce: &[u8; NONCE_LENGTH]) -> Vec<u8> {
    let length = u8::try_from(key_id.len()).expect("a key id has at most 32 bytes");
    [&[VERSION, length], key_id.as_bytes(), nonce].concat()
}

/// The `info` for deriving the key of one connection with HKDF.
pub(super) fn derivation_info(binding: Binding<'_>) -> Vec<u8> {
    list(&[
        b"provider-connections connection key",
        &[VERSION],
        binding.user_id.as_bytes(),
        binding.provider.as_bytes(),
    ])
}

/// The `info` for deriving the key of a token's digest.
pub(super) fn token_digest_info(binding: Binding<'_>) -> Vec<u8> {
    list(&[
        b"provider-connections token digest key",
        &[VERSION],
        binding.user_id.as_bytes(),
        binding.provider.as_bytes(),
    ])
}

/// The `info` for deriving the key of an account's digest. It contains no user, because a
/// provider's signal about an account concerns everyone who is connected to it.
pub(super) fn account_digest_info(provider: &str) -> Vec<u8> {
    list(&[b"provider-connections account digest key", &[VERSION], provider.as_bytes()])
}

/// The `info` for deriving the key of a user's opaque ids with HKDF. They are not stored.
pub(super) fn opaque_id_info(user_id: Uuid) -> Vec<u8> {
    list(&[b"provider-connections opaque id key", &[VERSION], user_id.as_bytes()])
}

/// The `info` for deriving the check value of a key with HKDF.
pub(super) fn check_value_info(key_id: &str) -> Vec<u8> {
    list(&[b"provider-connections key check value", &[VERSION], key_id.as_bytes()])
}

/// The associated data, without which the value can't be decrypted.
pub(super) fn associated_data(key_id: &str, binding: Binding<'_>, field: Field) -> Vec<u8> {
    list(&[
        b"provider-connections sealed value",
        &[VERSION],
        key_id.as_bytes(),
        binding.user_id.as_bytes(),
        binding.provider.as_bytes(),
        field.label().as_bytes(),
    ])
}

fn list(items: &[&[u8]]) -> Vec<u8> {
    let mut written = Vec::new();
    for item in items {
        written.extend_from_slice(&(item.len() as u64).to_be_bytes());
        written.extend_from_slice(item);
    }
    written
}
