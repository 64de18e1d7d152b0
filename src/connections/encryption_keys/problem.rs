/// What is wrong with a key ring, in view of what the database knows of keys. Each says what to do.
/// A key's id is no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyProblem {
    /// The ring has another key under an id that was used before.
    #[error(
        "the key {id} in ENCRYPTION_KEYS is not the key that this database knows as {id}. Put the original key back under this id, and give a new key an id of its own"
    )]
    Different { id: String },
    /// The ring lacks a key that values may be sealed with.
    #[error(
        "the key {id}, which seals tokens in this database, is missing from ENCRYPTION_KEYS. Add it behind the first key, or run `provider-connections keys retire {id} --lost` if nobody has it any more: users whose tokens it sealed have to sign in again"
    )]
    Missing { id: String },
    /// The ring's first key was shredded by `connections revoke --shred`.
    #[error(
        "the key {id}, which ENCRYPTION_KEYS has first, was shredded: what it sealed is meant to be lost. Put a new one in its place (`provider-connections keys generate`) and destroy every copy of it"
    )]
    Shredded { id: String },
    /// The ring's first key was retired by a rotation to another.
    #[error(
        "the key {id} seals here, but `provider-connections keys rotate` has retired it. Put the new key first in ENCRYPTION_KEYS and restart, then run `provider-connections keys rotate` again"
    )]
    Retired { id: String },
    /// A key that was retired, and that stored values say has sealed them.
    #[error(
        "the key {id} is retired, but {values} values need it. Put it behind the first key and run `provider-connections keys rotate`; if nobody has it any more, their users have to sign in again"
    )]
    RetiredButNeeded { id: String, values: i64 },
}

impl KeyProblem {
    /// Whether no server starts with this ring.
    pub fn is_fatal(&self) -> bool {
        matches!(self, Self::Different { .. } | Self::Missing { .. } | Self::Shredded { .. })
    }

    /// Whether a server that runs with this ring can't do its work. One that has started lacked no key
    /// then: what is missing was brought by another server since, and this one goes on with all that
    /// its own keys open.
    pub fn stops_service(&self) -> bool {
        matches!(self, Self::Different { .. })
    }

    pub fn id(&self) -> &str {
        let (Self::Different { id }
        | Self::Missing { id }
        | Self::Shredded { id }
        | Self::Retired { id }
        | Self::RetiredButNeeded { id, .. }) = self;
        id
    }

    /// For anybody who can ask: which key, and what about it.
    pub fn in_short(&self) -> String {
        match self {
            Self::Different { id } => format!("the key {id} is not the one that was used before"),
            Self::Missing { id } => format!("the key {id} is missing from ENCRYPTION_KEYS"),
            Self::Shredded { id } => format!("the key {id} seals here, and is shredded"),
            Self::Retired { id } => format!("the key {id} seals here, and is retired"),
            Self::RetiredButNeeded { id, .. } => format!("the key {id} is retired, and is needed"),
        }
    }
}
