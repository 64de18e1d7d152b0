use std::{fmt, time::Duration};

/// Why the upstream, Nhost Auth or the provider itself, gave no provider session. None carries a
/// word of the upstream's body.
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
    /// The provider itself says that the grant has ended. It stays so: only a new sign-in makes
    /// another.
    #[error("the provider says that the grant has ended: {0}")]
    Ended(Evidence),
    /// The provider itself refused the refresh, and neither says that the grant has ended nor blames
    /// the client: a policy, a firewall's page, an empty 401. It says something of this grant alone.
    #[error("the provider refused the refresh without saying that the grant has ended: {evidence}")]
    GrantRefused { evidence: Evidence, retry_after: Option<Duration> },
    /// The provider does not accept this server as its client: the operator's to fix, and never
    /// the user's fault. The refresh token was not used up.
    #[error("the provider refused this server's client credentials: {0}")]
    ClientRefused(Evidence),
    /// Called too often (HTTP 429). Worth trying again, later.
    #[error("the upstream limits the rate of calls")]
    RateLimited { retry_after: Option<Duration> },
    /// Down, slow, or saying that it is. Worth trying again.
    #[error("the upstream could not be used: {what}")]
    Unavailable { what: &'static str, status: Option<u16>, retry_after: Option<Duration> },
    /// The upstream did its work, and its answer was lost or has no token that can be read: what it
    /// was asked for may be spent. A session that Nhost Auth hands out once is.
    #[error("the upstream's answer was lost or can't be read: {what}")]
    Unreadable { what: &'static str },
}

/// What a provider answered, as far as it may be written down: a code from a list of known ones,
/// the status, and who said it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// As of RFC 6749 §5.2, or the provider's own where that is known; else `unknown`.
    pub code: &'static str,
    /// Of HTTP. GitHub says 200 to errors, too.
    pub status: u16,
    pub host: String,
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (HTTP {}) from {}", self.code, self.status, self.host)
    }
}

impl UpstreamError {
    pub(super) fn unavailable(what: &'static str) -> Self {
        Self::Unavailable { what, status: None, retry_after: None }
    }

    pub(crate) fn too_slow() -> Self {
        Self::unavailable(super::answer::TOO_SLOW)
    }

    /// Whether the upstream may have done what it was asked for, so that a refresh token that is good
    /// for one use may be used up. Its own word that it could not is believed.
    pub fn may_have_worked(&self) -> bool {
        use super::answer::{BROKE, GATEWAY_TIMEOUT, TOO_SLOW};
        match self {
            Self::Unreadable { .. } => true,
            Self::Unavailable { what, .. } => [BROKE, GATEWAY_TIMEOUT, TOO_SLOW].contains(what),
            _ => false,
        }
    }

    /// How long the upstream wants to be left alone, where it says so.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after }
            | Self::Unavailable { retry_after, .. }
            | Self::GrantRefused { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// The HTTP status of the answer, where there was one and it is kept.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Ended(evidence)
            | Self::ClientRefused(evidence)
            | Self::GrantRefused { evidence, .. } => Some(evidence.status),
            Self::Unavailable { status, .. } => *status,
            // Nhost Auth says that of a provider's refusal, whatever the provider said.
            Self::Refused => Some(400),
            // Some say it in words, with another status.
            Self::RateLimited { .. } => Some(429),
            Self::NoSession
            | Self::NotEnabled
            | Self::Unauthenticated
            | Self::Forbidden
            | Self::Unreadable { .. } => None,
        }
    }

    /// The kind of it in one word, for the log.
    pub fn class(&self) -> &'static str {
        match self {
            Self::NoSession => "no_session",
            Self::NotEnabled => "not_enabled",
            Self::Refused => "refused",
            Self::Unauthenticated => "jwt_refused",
            Self::Forbidden => "forbidden",
            Self::Ended(_) => "grant_ended",
            Self::GrantRefused { .. } => "grant_refused",
            Self::ClientRefused(_) => "client_refused",
            Self::RateLimited { .. } => "rate_limited",
            Self::Unavailable { .. } => "unavailable",
            Self::Unreadable { .. } => "unreadable",
        }
    }

    /// What was seen, for an operator who asks why; without any secret.
    pub fn evidence(&self) -> String {
        match self {
            Self::Ended(evidence)
            | Self::ClientRefused(evidence)
            | Self::GrantRefused { evidence, .. } => evidence.to_string(),
            Self::RateLimited { .. } => "HTTP 429".to_owned(),
            Self::Unavailable { what, .. } | Self::Unreadable { what } => (*what).to_owned(),
            Self::NoSession
            | Self::NotEnabled
            | Self::Refused
            | Self::Unauthenticated
            | Self::Forbidden => self.to_string(),
        }
    }
}
