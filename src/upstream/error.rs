use std::time::Duration;

/// Why the upstream gave no provider session. None carries a word of the upstream's body.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UpstreamError {
    /// There is none for this user and provider: never signed in, or already fetched. Only a new
    /// sign-in makes another.
    #[error("Nhost Auth has no session of this provider to hand out")]
    NoSession,
    /// Nhost Auth does not know the provider, or it is not switched on there.
    #[error("the provider is not enabled at Nhost Auth")]
    NotEnabled,
    /// The refresh was refused. Through Nhost Auth a revoked grant, a wrong client secret and an
    /// outage of the provider look alike.
    #[error("the provider refused the refresh, or could not be reached by Nhost Auth")]
    Refused,
    /// Nhost Auth does not accept the JWT that it was called with.
    #[error("Nhost Auth did not accept the JWT")]
    Unauthenticated,
    /// Nhost Auth knows the user, and lets them do nothing: disabled, or anonymous.
    #[error("Nhost Auth does not let this user in")]
    Forbidden,
    /// Down, slow, rate limited, or answering what nobody can read. Worth trying again.
    #[error("Nhost Auth could not be used: {what}")]
    Unavailable { what: &'static str, retry_after: Option<Duration> },
}

impl UpstreamError {
    pub(super) fn unavailable(what: &'static str) -> Self {
        Self::Unavailable { what, retry_after: None }
    }
}
