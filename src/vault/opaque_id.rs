//! Ids for rows that don't reveal how many rows there are.

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, Nonce, UnboundKey};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use uuid::Uuid;

use super::{Vault, format, key_ring::RingKey};

/// Bytes of a number and of the tag.
const LENGTH: usize = 8 + format::TAG_LENGTH;

/// One nonce for all: equal numbers of one user must have equal ids, which is all that AES-GCM-SIV
/// reveals then (RFC 8452, 1).
const NONCE: [u8; format::NONCE_LENGTH] = [0; format::NONCE_LENGTH];

impl Vault {
    /// The id of one of the user's rows, from its number. The same on every server with these keys,
    /// as long as the first key of the ring stays the first.
    ///
    /// # Panics
    /// Never: eight bytes can be sealed.
    pub fn opaque_id(&self, user_id: Uuid, number: i64) -> String {
        let mut bytes = number.to_be_bytes().to_vec();
        key_of(self.ring.sealing(), user_id)
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(NONCE), Aad::empty(), &mut bytes)
            .expect("AES-256-GCM-SIV seals eight bytes");
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The number behind an id that [`Vault::opaque_id`] created with any key of the ring. `None`:
    /// it is not an id of this user.
    pub fn number_of(&self, user_id: Uuid, id: &str) -> Option<i64> {
        let sealed: [u8; LENGTH] = BASE64_URL_SAFE_NO_PAD.decode(id).ok()?.try_into().ok()?;
        self.ring.keys().find_map(|key| {
            let mut bytes = sealed;
            let nonce = Nonce::assume_unique_for_key(NONCE);
            let opened =
                key_of(key, user_id).open_in_place(nonce, Aad::empty(), &mut bytes).ok()?;
            Some(i64::from_be_bytes(opened.try_into().ok()?))
        })
    }
}

fn key_of(key: &RingKey, user_id: Uuid) -> LessSafeKey {
    let info = format::opaque_id_info(user_id);
    let info = [info.as_slice()];
    let derived =
        key.secret.expand(&info, &AES_256_GCM_SIV).expect("HKDF-SHA-256 derives up to 8160 bytes");
    LessSafeKey::new(UnboundKey::from(derived))
}
