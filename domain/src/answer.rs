use std::time::Duration;

/// The meaning of the answer to a refresh, as far as the rules care, and what it is about: *this
/// grant*, *this operator*, or *this upstream*. The three are never confused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Tokens.
    Renewed,
    /// This grant: the provider itself says that it has ended.
    Ended,
    /// This grant: the provider itself rejects it, but doesn't say that it has ended. A 4xx other
    /// than 408 and 429. It may ask to wait.
    Refused(Option<Duration>),
    /// Any of the three: Nhost Auth gives the same answer to a revoked grant, a wrong client secret
    /// and an outage of the provider.
    Ambiguous,
    /// This operator: the client credentials are wrong.
    ClientRefused,
    /// This operator: the provider is not configured at Nhost Auth.
    NotEnabled,
    /// This upstream: called too often (HTTP 429). It may say how long to wait.
    RateLimited(Option<Duration>),
    /// This upstream: down, slow, unreachable, or unintelligible. It may say how long to wait.
    Unavailable(Option<Duration>),
}

impl Answer {
    /// The longest wait for any upstream, whatever it asks for: one answer with `Retry-After:
    /// 86400` must not stop a provider for a day.
    pub const LONGEST_PAUSE: Duration = Duration::from_mins(5);

    /// The longest wait for a rejected grant: its user should learn within minutes whether it has
    /// ended.
    const LONGEST_AFTER_REFUSAL: Duration = Duration::from_mins(1);

    /// How long this connection waits because the upstream asks for it.
    pub fn patience(self) -> Duration {
        match self {
            Self::Refused(asked) => asked.unwrap_or_default().min(Self::LONGEST_AFTER_REFUSAL),
            Self::RateLimited(asked) | Self::Unavailable(asked) => {
                asked.unwrap_or_default().min(Self::LONGEST_PAUSE)
            }
            _ => Duration::ZERO,
        }
    }

    /// Whether it rejects this grant, or may do so.
    pub fn refuses_grant(self) -> bool {
        matches!(self, Self::Ended | Self::Refused(_) | Self::Ambiguous)
    }
}
