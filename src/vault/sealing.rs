use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use domain::Sealed;
use secrecy::{ExposeSecret, SecretString, zeroize::Zeroizing};

use super::{
    Binding, Field, KeyRing, OpenError,
    format::{self, NONCE_LENGTH, Parts, TAG_LENGTH},
    key_ring::RingKey,
};
use crate::random::Random;

/// Seals and opens tokens with the keys of a ring.
#[derive(Debug, Clone)]
pub struct Vault {
    pub(super) ring: KeyRing,
    random: Random,
}

impl Vault {
    /// A vault that seals under the first key of `ring`, with nonces from `random`.
    pub fn new(ring: KeyRing, random: Random) -> Self {
        Self { ring, random }
    }

    /// Seals `token` for one column of one connection, under the first key of the ring.
    ///
    /// # Panics
    /// Only with a token of 64 GiB, the most that AES-GCM takes.
    pub fn seal(&self, binding: Binding<'_>, field: Field, token: &SecretString) -> Sealed {
        let key = self.ring.sealing();
        let nonce = self.random.bytes::<NONCE_LENGTH>();
        let token = token.expose_secret().as_bytes();

        let header = format::header(&key.id, &nonce);
        // At its full size from the start: growing would leave a copy of the token behind.
        let mut bytes = Vec::with_capacity(header.len() + token.len() + TAG_LENGTH);
        bytes.extend_from_slice(&header);
        bytes.extend_from_slice(token);
        let tag = connection_key(key, binding)
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(format::associated_data(&key.id, binding, field)),
                &mut bytes[header.len()..],
            )
            .expect("AES-256-GCM seals what is shorter than 64 GiB");
        bytes.extend_from_slice(tag.as_ref());
        Sealed::from_bytes(bytes)
    }

    /// Opens what [`Vault::seal`] made for the same column of the same connection.
    pub fn open(
        &self,
        binding: Binding<'_>,
        field: Field,
        sealed: &Sealed,
    ) -> Result<SecretString, OpenError> {
        fail::fail_point!("vault.open");
        let parts = Parts::parse(sealed.as_bytes())?;
        let key = self
            .ring
            .get(parts.key_id)
            .ok_or_else(|| OpenError::UnknownKey(parts.key_id.to_owned()))?;

        let mut buffer = Zeroizing::new(parts.ciphertext_and_tag.to_vec());
        let token = connection_key(key, binding)
            .open_in_place(
                Nonce::assume_unique_for_key(parts.nonce),
                Aad::from(format::associated_data(&key.id, binding, field)),
                &mut buffer,
            )
            .map_err(|_| OpenError::Damaged)?;
        let token = std::str::from_utf8(token).map_err(|_| OpenError::Damaged)?;
        Ok(SecretString::from(token))
    }
}

fn connection_key(key: &RingKey, binding: Binding<'_>) -> LessSafeKey {
    let info = format::derivation_info(binding);
    let info = [info.as_slice()];
    let derived =
        key.secret.expand(&info, &AES_256_GCM).expect("HKDF-SHA-256 derives up to 8160 bytes");
    LessSafeKey::new(UnboundKey::from(derived))
}
