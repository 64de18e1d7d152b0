use std::{fmt, time::Duration};

/// Why the upstream, Nhost Auth or the provider itself, returned no provider session. The texts
/// contain nothing of the upstream's body.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UpstreamError {
    /// There is none for this user and provider: they never signed in, or it was already fetched.
    /// Only a new sign-in creates another.
    #[error("Nhost Auth has no session for this provider")]
    NoSession,
    /// Nhost Auth does not know the provider, or it is disabled there.
    #[error("the provider is not enabled at Nhost Auth")]
    NotEnabled,
    /// The refresh failed. Through Nhost Auth, a revoked grant, a wrong client secret and an outage
    /// of the provider look alike.
    #[error("the provider refused the refresh, or could not be reached by Nhost Auth")]
    Refused,
    /// Nhost Auth rejects the JWT of the call.
    #[error("Nhost Auth did not accept the JWT")]
    Unauthenticated,
    /// Nhost Auth knows the user but rejects them: disabled, or anonymous.
    #[error("Nhost Auth rejects this user")]
    Forbidden,
    /// The provider itself says that the grant has ended. That is final: only a new sign-in creates
    /// another.
    #[error("the provider says that the grant has ended: {0}")]
    Ended(Evidence),
    /// The provider itself rejected the refresh, and neither says that the grant has ended nor
    /// blames the client: a policy, a firewall's page, an empty 401. It concerns only this grant.
    #[error("the provider refused the refresh without saying that the grant has ended: {evidence}")]
    GrantRefused { evidence: Evidence, retry_after: Option<Duration> },
    /// The provider rejects this server as its client, which the operator must fix; it is never the
    /// user's fault. The refresh token was not used up.
    #[error("the provider refused this server's client credentials: {0}")]
    ClientRefused(Evidence),
    /// Called too often (HTTP 429). Worth trying again, later.
    #[error("the upstream limits the rate of calls")]
    RateLimited { retry_after: Option<Duration> },
    /// Down, slow, or reporting that it is unavailable. Worth trying again.
    #[error("the upstream is unavailable: {what}")]
    Unavailable { what: &'static str, status: Option<u16>, retry_after: Option<Duration> },
    /// The upstream did its work, but its response was lost or has no readable token. What was
    /// requested may be used up; a session that Nhost Auth returns only once is.
    #[error("the upstream's response was lost or can't be read: {what}")]
    Unreadable { what: &'static str },
}

/// The safe part of a provider's response: a code from a list of known ones, the status, and who
/// sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// From RFC 6749 §5.2, or the provider's own if it is known; otherwise `unknown`.
    pub code: &'static str,
    /// The HTTP status. GitHub sends 200 with errors, too.
    pub status: u16,
    pub host: String,
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (HTTP {}) from {}", self.code, self.status, self.host)
    }
}

impl UpstreamError {
    /// Whether every connection gets it at this moment, and not only the one that called.
    pub fn is_of_all(&self) -> bool {
        matches!(
            self,
            Self::NotEnabled
                | Self::ClientRefused(_)
                | Self::RateLimited { .. }
                | Self::Unavailable { .. }
        )
    }

    pub(super) fn unavailable(what: &'static str) -> Self {
        Self::Unavailable { what, status: None, retry_after: None }
    }

    pub(crate) fn too_slow() -> Self {
        Self::unavailable(super::answer::TOO_SLOW)
    }

    /// Whether the upstream may have processed the request, so that a single-use refresh token may
    /// be used up. If it says that it could not, it is believed.
    pub fn may_have_worked(&self) -> bool {
        use super::answer::{BROKE, GATEWAY_TIMEOUT, TOO_SLOW};
        match self {
            Self::Unreadable { .. } => true,
            Self::Unavailable { what, .. } => [BROKE, GATEWAY_TIMEOUT, TOO_SLOW].contains(what),
            _ => false,
        }
    }

    /// How long the upstream asks callers to wait, if it does.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after }
            | Self::Unavailable { retry_after, .. }
            | Self::GrantRefused { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// The HTTP status of the response, if there was one and it is known.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Ended(evidence)
            | Self::ClientRefused(evidence)
            | Self::GrantRefused { evidence, .. } => Some(evidence.status),
            Self::Unavailable { status, .. } => *status,
            // Nhost Auth sends this for any error of a provider.
            Self::Refused => Some(400),
            // Some say it in the body, with another status.
            Self::RateLimited { .. } => Some(429),
            Self::NoSession
            | Self::NotEnabled
            | Self::Unauthenticated
            | Self::Forbidden
            | Self::Unreadable { .. } => None,
        }
    }

    /// Its class in one word, for the log.
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

    /// Details for an operator who asks for the cause; without any secret.
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
