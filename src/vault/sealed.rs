use std::fmt;

use super::{
    OpenError,
    format::{Parts, VERSION, is_key_id},
};

/// A sealed token as it is stored. It is no secret, and it can't be taken for an open token.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    /// What was stored. Whether it opens is found out by [`super::Vault::open`].
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes to store.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes to store.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// The id of the key in the first bytes of a sealed value, up to the end of the id. `None`: they
    /// are of another version, or damaged.
    pub fn key_id_in_front(front: &[u8]) -> Option<&str> {
        match front {
            [VERSION, length, id @ ..] if id.len() == usize::from(*length) => {
                std::str::from_utf8(id).ok().filter(|id| is_key_id(id))
            }
            _ => None,
        }
    }

    /// The id of the key that it says it was sealed under, to find what is to be sealed anew.
    pub fn key_id(&self) -> Result<&str, OpenError> {
        Parts::parse(&self.0).map(|parts| parts.key_id)
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealed")
            .field("length", &self.0.len())
            .field("key_id", &self.key_id().ok())
            .finish()
    }
}
