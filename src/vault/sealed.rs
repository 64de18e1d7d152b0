//! The id of the key in a sealed value.

use domain::Sealed;

use super::{
    KeyRing, OpenError,
    format::{Parts, VERSION, is_key_id},
};

/// The id of the key in the first bytes of a sealed value, up to the end of the id. `None`: another
/// version, or damaged.
pub fn key_id_in_front(front: &[u8]) -> Option<&str> {
    match front {
        [VERSION, length, id @ ..] if id.len() == usize::from(*length) => {
            std::str::from_utf8(id).ok().filter(|id| is_key_id(id))
        }
        _ => None,
    }
}

impl KeyRing {
    /// The beginning of everything that this ring seals: [`key_id_in_front`] finds the id in it.
    ///
    /// # Panics
    /// Never: a key id has at most 32 bytes.
    pub fn sealing_front(&self) -> Vec<u8> {
        let id = &self.sealing().id;
        let length = u8::try_from(id.len()).expect("a key id has at most 32 bytes");
        [&[VERSION, length], id.as_bytes()].concat()
    }
}

/// The id of the key that a value was sealed with, to find what must be re-encrypted.
pub fn key_id(sealed: &Sealed) -> Result<&str, OpenError> {
    Parts::parse(sealed.as_bytes()).map(|parts| parts.key_id)
}
