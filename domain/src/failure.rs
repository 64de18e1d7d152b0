use strum::{EnumString, IntoStaticStr};

/// Why the last refresh of a connection failed. Stored and returned as the API's error code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum FailureCode {
    /// Nhost Auth or the provider is down, slow, limits the rate, or gave no clear answer.
    UpstreamUnavailable,
    /// The operator has not configured the provider at Nhost Auth.
    ProviderNotEnabled,
    /// The grant was revoked or has ended: only a new sign-in helps.
    ReauthenticationRequired,
    /// There is no usable refresh token: only a new sign-in helps.
    NotRefreshable,
}

impl FailureCode {
    /// The code as it is stored and returned.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Parses a stored code. A code of a newer version of this server becomes the one that promises
    /// least.
    pub fn of_stored(text: &str) -> Self {
        text.parse().unwrap_or(Self::UpstreamUnavailable)
    }
}
