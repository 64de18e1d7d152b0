//! A digest that identifies a token without storing it.

use aws_lc_rs::{hkdf::Okm, hmac};
use secrecy::{ExposeSecret, SecretString};

use super::{Binding, Vault, format};

impl Vault {
    /// The digests (HMAC-SHA-256, 32 bytes) of a token of this user at this provider, one for each
    /// key of the ring; the first key's comes first. Without the key, nobody can tell whether a
    /// digest belongs to a given token, or whether two users have the same one.
    pub fn token_digests(&self, binding: Binding<'_>, token: &SecretString) -> Vec<Vec<u8>> {
        self.digests(&format::token_digest_info(binding), token)
    }

    /// One for each key of the ring, with a key derived by `info`.
    pub(super) fn digests(&self, info: &[u8], secret: &SecretString) -> Vec<Vec<u8>> {
        let info = [info];
        let digest = |key: Okm<'_, hmac::Algorithm>| {
            let key = hmac::Key::from(key);
            hmac::sign(&key, secret.expose_secret().as_bytes()).as_ref().to_vec()
        };
        self.ring
            .keys()
            .map(|key| {
                let derived = key.secret.expand(&info, hmac::HMAC_SHA256);
                digest(derived.expect("HKDF-SHA-256 derives up to 8160 bytes"))
            })
            .collect()
    }
}
