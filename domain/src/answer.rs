use std::time::Duration;

/// What the answer to a refresh says, as far as the rules care, and of whom it says it: of *this
/// grant*, of *this operator*, or of *this upstream*. The three are never taken for one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Tokens.
    Renewed,
    /// This grant: the provider itself says that it has ended.
    Ended,
    /// This grant: the provider itself refuses it, and doesn't say that it has ended. A 4xx other
    /// than 408 and 429. It may ask for patience.
    Refused(Option<Duration>),
    /// Any of the three: Nhost Auth answers a revoked grant, a wrong client secret and an outage of
    /// the provider alike.
    Ambiguous,
    /// This operator: the client credentials are wrong.
    ClientRefused,
    /// This operator: the provider is not configured at Nhost Auth.
    NotEnabled,
    /// This upstream: called too often (HTTP 429). It may say for how long to wait.
    RateLimited(Option<Duration>),
    /// This upstream: down, slow, unreachable, or not to be understood. It may say for how long.
    Unavailable(Option<Duration>),
}

impl Answer {
    /// The longest that any upstream is waited for, whatever it asks for: one answer with
    /// `Retry-After: 86400` must not stop a provider for a day.
    pub const LONGEST_PAUSE: Duration = Duration::from_mins(5);

    /// The longest that a grant is left alone because it was refused: its user is to learn within
    /// minutes whether it has ended.
    const LONGEST_AFTER_REFUSAL: Duration = Duration::from_mins(1);

    /// How long this connection is left alone because the upstream asks for it.
    pub fn patience(self) -> Duration {
        match self {
            Self::Refused(asked) => asked.unwrap_or_default().min(Self::LONGEST_AFTER_REFUSAL),
            Self::RateLimited(asked) | Self::Unavailable(asked) => {
                asked.unwrap_or_default().min(Self::LONGEST_PAUSE)
            }
            _ => Duration::ZERO,
        }
    }

    /// Whether it refuses this grant, or may do so.
    pub fn refuses_grant(self) -> bool {
        matches!(self, Self::Ended | Self::Refused(_) | Self::Ambiguous)
    }
}
