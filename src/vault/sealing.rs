use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    hkdf::Prk,
};
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

    /// The keys that it seals and opens with.
    pub fn ring(&self) -> &KeyRing {
        &self.ring
    }

    /// Seals `token` for one column of one connection, with the first key of the ring.
    ///
    /// # Panics
    /// Only with a token of 64 GiB, the most that AES-GCM takes.
    pub fn seal(&self, binding: Binding<'_>, field: Field, token: &SecretString) -> Sealed {
        let key = self.ring.sealing();
        let nonce = self.random.bytes::<NONCE_LENGTH>();
        let token = token.expose_secret().as_bytes();

        let header = format::header(&key.id, &nonce);
        // Allocated at full size, because growing would leave a copy of the token behind.
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

    /// Opens what [`Vault::seal`] created for the same column of the same connection.
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

        let associated_data = format::associated_data(&key.id, binding, field);
        let key = connection_key(key, binding);
        let token = open(&key, parts.nonce, &associated_data, parts.ciphertext_and_tag)?;
        let token = std::str::from_utf8(&token).map_err(|_| OpenError::Damaged)?;
        Ok(SecretString::from(token))
    }
}

fn connection_key(key: &RingKey, binding: Binding<'_>) -> LessSafeKey {
    derive(&key.secret, &format::derivation_info(binding))
}

/// An AES key (RFC 5869, 2.3).
pub(super) fn derive(secret: &Prk, info: &[u8]) -> LessSafeKey {
    let info = [info];
    let derived =
        secret.expand(&info, &AES_256_GCM).expect("HKDF-SHA-256 derives up to 8160 bytes");
    LessSafeKey::new(UnboundKey::from(derived))
}

/// The plaintext, if the tag is right.
pub(super) fn open(
    key: &LessSafeKey,
    nonce: [u8; NONCE_LENGTH],
    associated_data: &[u8],
    ciphertext_and_tag: &[u8],
) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let mut buffer = Zeroizing::new(ciphertext_and_tag.to_vec());
    let nonce = Nonce::assume_unique_for_key(nonce);
    let length = key
        .open_in_place(nonce, Aad::from(associated_data), &mut buffer)
        .map_err(|_| OpenError::Damaged)?
        .len();
    buffer.truncate(length);
    Ok(buffer)
}
