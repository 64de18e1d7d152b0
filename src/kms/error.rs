use crate::vault::Wrapper;

/// Why a key was not wrapped or unwrapped, and what to do. Never shows a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KmsError {
    #[error(
        "needs {}, for which this build has no client. Build with `--features {}`",
        .0.service(), .0.feature()
    )]
    NotInThisBuild(Wrapper),
    /// A setting is missing.
    #[error("needs {}, and {setting} is not set. {advice}", wrapper.service())]
    NotSet { wrapper: Wrapper, setting: &'static str, advice: &'static str },
    /// It may answer later.
    #[error(
        "needs {}, which does not answer ({cause}). Check its address and that this machine can reach it, then start again",
        wrapper.service()
    )]
    Unavailable { wrapper: Wrapper, cause: String },
    /// These credentials are not sufficient.
    #[error(
        "needs {}, which refuses these credentials ({cause}). Give them the right to use the wrapping key, or renew them",
        wrapper.service()
    )]
    Denied { wrapper: Wrapper, cause: String },
    /// It was not wrapped by this key.
    #[error(
        "is refused by {} ({cause}). Check that the entry is whole, and that the wrapping key is the one that wrapped it",
        wrapper.service()
    )]
    Refused { wrapper: Wrapper, cause: String },
}

impl KmsError {
    /// Whether to try again.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }

    /// By the HTTP status of the service's response. `None`: it did not answer.
    #[cfg(any(feature = "kms-vault", feature = "kms-aws", feature = "kms-gcp"))]
    pub(super) fn of_status(wrapper: Wrapper, status: Option<u16>, cause: String) -> Self {
        match status {
            Some(401 | 403) => Self::Denied { wrapper, cause },
            Some(408 | 429) | None => Self::Unavailable { wrapper, cause },
            Some(status) if status >= 500 => Self::Unavailable { wrapper, cause },
            Some(_) => Self::Refused { wrapper, cause },
        }
    }
}
