use thiserror::Error;

/// Why `ENCRYPTION_KEYS` can't be used: all problems at once, none of which shows a key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}", problems.join("; "))]
pub struct KeyRingError {
    pub(super) problems: Vec<String>,
}

impl KeyRingError {
    /// What is wrong and what to do, one sentence each; never empty.
    pub fn problems(&self) -> &[String] {
        &self.problems
    }
}

/// Why a sealed value could not be decrypted. The message contains nothing of its content.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OpenError {
    /// It is shorter than its own header says.
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
    /// It was sealed with a key that is not in the ring. Contains the id of the key.
    #[error(
        "the encrypted value needs the key `{0}`: add it to ENCRYPTION_KEYS again, after the first key, and remove it only after `provider-connections keys rotate` has finished"
    )]
    UnknownKey(String),
    /// It was changed, copied from another row or column, or sealed with another key that has the
    /// same id.
    #[error(
        "the encrypted value can't be decrypted: it was changed or copied from another row or column, or the key with this id in ENCRYPTION_KEYS is another one. Restore the key or the row, or ask the user to sign in with the provider again"
    )]
    Damaged,
}
