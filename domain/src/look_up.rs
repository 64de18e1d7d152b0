use strum::{EnumString, IntoStaticStr};

/// Why a provider is not asked again which account a sign-in was with, though it did not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum LookUpEnd {
    /// It wants a scope that the sign-in did not ask for.
    ScopeMissing,
    /// It refuses the access token at its user-info endpoint.
    Refused,
    /// Its answer names no account.
    Unreadable,
    /// It could not be asked, however often that was tried.
    Unavailable,
}

impl LookUpEnd {
    /// The word that is stored.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}
