use thiserror::Error;

/// Why `ENCRYPTION_KEYS` can't be used: every problem at once, none of them showing a key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}", problems.join("; "))]
pub struct KeyRingError {
    pub(super) problems: Vec<String>,
}

impl KeyRingError {
    /// What is wrong and what to do, a sentence each; never empty.
    pub fn problems(&self) -> &[String] {
        &self.problems
    }
}

/// Why a sealed value did not open. Nothing of its content is in the message.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OpenError {
    /// Shorter than its own header says.
    #[error(
        "the encrypted value is incomplete: restore the row from a backup, or ask the user to sign in with the provider again"
    )]
    Truncated,
    /// Sealed by another version of this server.
    #[error(
        "the encrypted value has the unknown format version {0}: run the release of \
         provider-connections that wrote it, or a newer one"
    )]
    UnknownVersion(u8),
    /// Sealed under a key that is not in the ring. Holds the id of the key.
    #[error(
        "the encrypted value needs the key `{0}`: add it to ENCRYPTION_KEYS again, after the first key, and remove it only after `provider-connections keys rotate` has finished"
    )]
    UnknownKey(String),
    /// Changed, copied from another row or column, or sealed under another key of the same id.
    #[error(
        "the encrypted value can't be decrypted: it was changed or copied from another row or column, or the key with this id in ENCRYPTION_KEYS is another one. Restore the key or the row, or ask the user to sign in with the provider again"
    )]
    Damaged,
}
