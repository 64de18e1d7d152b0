//! A value that the database keeps to recognize a key. It decrypts nothing; see
//! [`mod@super::format`].

use aws_lc_rs::hkdf::HKDF_SHA256;

use super::{KeyRing, format, key_ring::RingKey};

/// Length of a check value in bytes.
const LENGTH: usize = 32;

/// The check value of a key: equal for equal keys with the same id, and only for these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckValue([u8; LENGTH]);

impl CheckValue {
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    fn of(key: &RingKey) -> Self {
        let info = format::check_value_info(&key.id);
        let info = [info.as_slice()];
        let mut value = [0; LENGTH];
        key.secret
            .expand(&info, HKDF_SHA256)
            .and_then(|derived| derived.fill(&mut value))
            .expect("HKDF-SHA-256 derives up to 8160 bytes");
        Self(value)
    }
}

impl KeyRing {
    /// The ids of all keys with their check values; the first is the one that seals.
    pub fn check_values(&self) -> impl Iterator<Item = (&str, CheckValue)> {
        self.keys().map(|key| (key.id.as_str(), CheckValue::of(key)))
    }
}
