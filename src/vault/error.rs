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
        "the sealed value is cut short: restore the row from a backup, or let the user sign in \
         with the provider again"
    )]
    Truncated,
    /// Sealed by another version of this server.
    #[error(
        "the sealed value has the unknown format version {0}: run the release of \
         provider-connections that wrote it, or a newer one"
    )]
    UnknownVersion(u8),
    /// Sealed under a key that is not in the ring. Holds the id of the key.
    #[error(
        "the sealed value needs the key `{0}`: put it back into ENCRYPTION_KEYS behind the first, \
         and take it out only after `provider-connections keys rotate` has finished"
    )]
    UnknownKey(String),
    /// Changed, copied from another row or column, or sealed under another key of the same id.
    #[error(
        "the sealed value does not open: it was changed, copied from another row or column, or the \
         key of this id in ENCRYPTION_KEYS is not the one that sealed it; restore the key or the \
         row, or let the user sign in with the provider again"
    )]
    Damaged,
}
