/// What is wrong with a key ring, compared with what the database knows about keys. Each problem
/// says what to do. The id of a key is not a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyProblem {
    /// The ring has a different key under an id that was used before.
    #[error(
        "the key {id} in ENCRYPTION_KEYS is not the key that this database knows as {id}. Put the original key back under this id, and give the new key another id"
    )]
    Different { id: String },
    /// The ring lacks a key that values may be sealed with.
    #[error(
        "the key {id}, which tokens in this database are encrypted with, is missing from ENCRYPTION_KEYS. Add it after the first key, or, if the key is lost, run `provider-connections keys retire {id} --lost`: the users of these tokens must then sign in again"
    )]
    Missing { id: String },
    /// The ring's first key was shredded by `connections revoke --shred`.
    #[error(
        "the first key in ENCRYPTION_KEYS, {id}, was shredded, so that nothing can be encrypted with it again. Replace it by a new one (`provider-connections keys generate`) and destroy every copy of it"
    )]
    Shredded { id: String },
    /// The ring's first key was retired by a rotation to another.
    #[error(
        "this server encrypts with the key {id}, but `provider-connections keys rotate` has retired it. Put the new key first in ENCRYPTION_KEYS and restart, then run `provider-connections keys rotate` again"
    )]
    Retired { id: String },
    /// A key that was retired although stored values were sealed with it.
    #[error(
        "the key {id} is retired, but {values} values need it. Add it after the first key and run `provider-connections keys rotate`; if the key is lost, the users must sign in again"
    )]
    RetiredButNeeded { id: String, values: i64 },
}

impl KeyProblem {
    /// Whether no server starts with this ring.
    pub fn is_fatal(&self) -> bool {
        matches!(self, Self::Different { .. } | Self::Missing { .. } | Self::Shredded { .. })
    }

    /// Whether a server that runs with this ring can't work. When it started, no key was missing:
    /// another server has added the missing one since, and this one continues with everything that
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

    /// A public text: which key, and what is wrong with it.
    pub fn in_short(&self) -> String {
        match self {
            Self::Different { id } => format!("the key {id} is not the one that was used before"),
            Self::Missing { id } => format!("the key {id} is missing from ENCRYPTION_KEYS"),
            Self::Shredded { id } => format!("the key {id} encrypts here, but is shredded"),
            Self::Retired { id } => format!("the key {id} encrypts here, but is retired"),
            Self::RetiredButNeeded { id, .. } => format!(
                "the key {id} is retired, but still \
                                                          needed"
            ),
        }
    }
}
