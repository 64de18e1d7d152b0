use std::fmt;

use chrono::{DateTime, Utc};

use crate::BroughtScopes;

/// A sealed token as it is stored. It is not secret, and its type can't be confused with an open
/// token.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    /// Wraps what was stored. Only the vault can say whether it opens.
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
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealed").field("length", &self.0.len()).finish()
    }
}

/// The sealed result of a sign-in or a refresh.
#[derive(Clone, Debug)]
pub struct Grant {
    pub access_token: Sealed,
    /// `None` keeps the one that is stored.
    pub refresh_token: Option<Sealed>,
    /// `None`: no known expiry.
    pub access_token_expires_at: Option<DateTime<Utc>>,
    /// `None`: the provider doesn't say.
    pub refresh_token_expires_at: Option<DateTime<Utc>>,
    /// When to refresh in the background; `None`: never.
    pub refresh_due_at: Option<DateTime<Utc>>,
    /// What the response says about the scopes.
    pub scopes: BroughtScopes,
}
