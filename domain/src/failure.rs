use strum::{EnumString, IntoStaticStr};

/// Why the last refresh of a connection brought nothing. Stored, and answered, under the code of
/// the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum FailureCode {
    /// Nhost Auth or the provider is down, slow, limits the rate, or said nothing clear.
    UpstreamUnavailable,
    /// The operator has not configured the provider at Nhost Auth.
    ProviderNotEnabled,
    /// The grant was revoked or has ended: only a new sign-in helps.
    ReauthenticationRequired,
    /// There is no refresh token that may be used: only a new sign-in helps.
    NotRefreshable,
}

impl FailureCode {
    /// The code as it is stored and answered.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// What is stored. A code of a newer version of this server reads as the one that promises
    /// least.
    pub fn of_stored(text: &str) -> Self {
        text.parse().unwrap_or(Self::UpstreamUnavailable)
    }
}
