use std::fmt;

use aws_lc_rs::hkdf::{HKDF_SHA256, Prk, Salt};
use base64::{
    Engine,
    alphabet::STANDARD as STANDARD_ALPHABET,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD},
};
use secrecy::zeroize::Zeroizing;

use super::{KeyRingError, WrappedKey, format};
use crate::random::Random;

/// Length of a key in bytes.
const KEY_LENGTH: usize = 32;

/// Standard base64, padded or not: tools disagree about the `=` at the end.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD_ALPHABET,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The keys of `ENCRYPTION_KEYS`: the first seals, all open. Never empty.
#[derive(Clone)]
pub struct KeyRing {
    sealing: RingKey,
    older: Vec<RingKey>,
}

/// One key. aws-lc-rs overwrites its bytes when the last copy is dropped.
#[derive(Clone)]
pub(super) struct RingKey {
    pub(super) id: String,
    pub(super) secret: Prk,
}

impl KeyRing {
    /// Parses `id:base64,id:base64,…`. White space around an entry is allowed.
    pub fn parse(keys: &str) -> Result<Self, KeyRingError> {
        Self::parse_with(keys, |entry| Err(format!("is wrapped by {}", entry.wrapper.service())))
    }

    /// The same if entries may be wrapped, `id:vault:v1:…`: `unwrap` returns their keys, or the
    /// rest of a sentence with the reason why not.
    pub fn parse_with(
        keys: &str,
        mut unwrap: impl FnMut(WrappedKey<'_>) -> Result<Zeroizing<Vec<u8>>, String>,
    ) -> Result<Self, KeyRingError> {
        if keys.trim().is_empty() {
            let problem = "there is no key: run `provider-connections keys generate` and set \
                           ENCRYPTION_KEYS to its output";
            return Err(KeyRingError { problems: vec![problem.to_owned()] });
        }
        let mut ring = Vec::<RingKey>::new();
        let mut problems = Vec::new();
        for (entry, number) in keys.split(',').zip(1..) {
            match RingKey::parse(entry.trim(), &mut unwrap) {
                Ok(key) if ring.iter().any(|other| other.id == key.id) => problems.push(format!(
                    "entry {number} repeats the id `{}`: give each key its own id",
                    key.id
                )),
                Ok(key) => ring.push(key),
                Err(problem) => problems.push(format!("entry {number} {problem}")),
            }
        }
        if !problems.is_empty() || ring.is_empty() {
            return Err(KeyRingError { problems });
        }
        let older = ring.split_off(1);
        Ok(Self { sealing: ring.remove(0), older })
    }

    /// The entries that have to be unwrapped.
    pub fn wrapped_entries(keys: &str) -> Vec<WrappedKey<'_>> {
        keys.split(',').filter_map(|entry| WrappedKey::parse(entry.trim())).collect()
    }

    /// Whether `id` can name a key: `[A-Za-z0-9_-]{1,32}`.
    pub fn is_key_id(id: &str) -> bool {
        format::is_key_id(id)
    }

    /// A generated id for a new key.
    pub fn new_id(random: &Random) -> String {
        let name = random.uuid().simple().to_string();
        format!("k-{}", &name[..8])
    }

    /// A new entry for `ENCRYPTION_KEYS`, `id:base64`. It is a secret. [`KeyRing::parse`] accepts
    /// it if [`KeyRing::is_key_id`].
    pub fn generate(id: &str, random: &Random) -> String {
        format!("{id}:{}", STANDARD.encode(*Self::new_key(random)))
    }

    /// The bytes of a new key, for wrapping.
    pub fn new_key(random: &Random) -> Zeroizing<[u8; KEY_LENGTH]> {
        Zeroizing::new(random.bytes::<KEY_LENGTH>())
    }

    /// The ids of all keys; the first is the one that seals.
    pub fn key_ids(&self) -> impl Iterator<Item = &str> {
        self.keys().map(|key| key.id.as_str())
    }

    pub(super) fn sealing(&self) -> &RingKey {
        &self.sealing
    }

    pub(super) fn get(&self, id: &str) -> Option<&RingKey> {
        self.keys().find(|key| key.id == id)
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &RingKey> {
        std::iter::once(&self.sealing).chain(&self.older)
    }
}

impl RingKey {
    /// The problem is the rest of a sentence. It names no id, because with a stray colon the id
    /// would be half of the key.
    fn parse(
        entry: &str,
        unwrap: impl FnOnce(WrappedKey<'_>) -> Result<Zeroizing<Vec<u8>>, String>,
    ) -> Result<Self, String> {
        const GENERATE: &str = "create one with `provider-connections keys generate`";
        let Some((id, key)) = entry.split_once(':') else {
            return Err(format!("is not of the form `id:base64`: {GENERATE}"));
        };
        if !format::is_key_id(id) {
            return Err("has no valid id: use 1 to 32 of the characters A-Z a-z 0-9 _ - in front \
                        of the colon"
                .to_owned());
        }
        let bytes = match WrappedKey::parse(entry) {
            Some(wrapped) => unwrap(wrapped)?,
            None => LENIENT
                .decode(key)
                .map(Zeroizing::new)
                .map_err(|_| format!("has a key that is not base64: {GENERATE}"))?,
        };
        if bytes.len() != KEY_LENGTH {
            return Err(format!(
                "has a key of {} bytes instead of {KEY_LENGTH}: {GENERATE}",
                bytes.len()
            ));
        }
        Ok(Self { id: id.to_owned(), secret: pseudorandom_key(&bytes) })
    }
}

/// The base from which the keys of connections are derived (RFC 5869, 2.2).
pub(super) fn pseudorandom_key(key: &[u8]) -> Prk {
    Salt::none(HKDF_SHA256).extract(key)
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyRing")?;
        f.debug_list().entries(self.key_ids()).finish()
    }
}
