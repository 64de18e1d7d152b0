use strum::{EnumString, IntoStaticStr};

/// Why a provider is not asked again for the account of a sign-in, although it did not return one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum LookUpEnd {
    /// It requires a scope that the sign-in did not request.
    ScopeMissing,
    /// It rejects the access token at its user-info endpoint.
    Refused,
    /// Its response names no account.
    Unreadable,
    /// It could not be asked, after all attempts.
    Unavailable,
}

impl LookUpEnd {
    /// The stored value.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}
