use std::fmt;

use super::{OpenError, format::Parts};

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
